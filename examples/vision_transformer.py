"""A vision transformer reads handwritten digits, and shows which patches its answer is taken from.

    python examples/vision_transformer.py [--epochs 20] [--seed 0] [--plot looks.png]

The data come with the package (UCI's optical digits, 8 x 8 pixels): sentences of 16 patches, 2 x 2 pixels
each, with a class token in front. With ``--plot`` and matplotlib (the extra ``viz``) some digits are drawn, and
beside each what the class token looks at in the last block, a mean over the heads.
"""

import argparse

import numpy as np

from ml_from_scratch.core import no_grad
from ml_from_scratch.datasets import load_digits
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import Model
from ml_from_scratch.optimizers import AdamW, Cosine
from ml_from_scratch.transformers import VisionTransformer, attention_maps
from ml_from_scratch.utils import plot_images, train_test_split

PATCH = 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", metavar="PATH", help="save digits and what is looked at here")
    options = parser.parse_args()

    X, y = load_digits(return_X_y=True)
    X = X.reshape(-1, 8, 8, 1) / 16
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=options.seed
    )

    network = VisionTransformer(10, PATCH, n_layers=2, n_heads=4, d_model=64)
    model = Model([network], seed=options.seed)
    rate = Cosine(0.002, n_steps=options.epochs * -(-len(X_train) // 64))
    optimizer = AdamW(learning_rate=rate, weight_decay=0.05)
    model.compile(optimizer, CrossEntropy(from_logits=True), metrics=["accuracy"])
    model.fit(
        X_train,
        y_train,
        epochs=options.epochs,
        batch_size=64,
        validation_data=(X_test, y_test),
    )

    y_pred = model.predict(X_test).argmax(axis=1)
    print(f"\naccuracy on {len(y_test)} unseen digits: {(y_pred == y_test).mean():.1%}")
    for i in np.flatnonzero(y_pred != y_test):
        print(f"  a {y_test[i]} was read as a {y_pred[i]}")
    if options.plot:
        draw(X_test[:12], looks(model, X_test[:12]), y_test[:12], y_pred[:12], options.plot)
        print(f"the pictures are at {options.plot}")


def looks(model, images):
    """What the class token takes from each patch in the last block: (batch, rows, columns)."""
    with no_grad(), attention_maps(model) as maps:
        model(images)
    name = list(maps)[-1]
    (weights,) = maps[name]  # (batch, heads, 1 + patches, 1 + patches)
    side = images.shape[1] // PATCH
    return weights[:, :, 0, 1:].mean(axis=1).reshape(-1, side, side)


def draw(images, maps, labels, predictions, path):
    """Each digit, and beside it where its class is read from."""
    import matplotlib.pyplot as plt

    digits = images[..., 0]
    # as large as the digits, and each as bright as they are
    maps = np.kron(maps / maps.max(axis=(1, 2), keepdims=True), np.ones((PATCH, PATCH)))
    pairs = np.stack([digits, maps], axis=1).reshape(-1, *digits.shape[1:])
    names = [str(label) for label in labels]
    said = [str(label) for label in predictions]
    figure, ax = plt.subplots(figsize=(7, 7))
    plot_images(
        pairs,
        [text for name in names for text in (name, "looks")],
        predictions=[text for name in said for text in (name, "looks")],
        n_columns=6,
        ax=ax,
        title="Digits, and the patches that the class token looks at",
    )
    figure.savefig(path, bbox_inches="tight")


if __name__ == "__main__":
    main()
