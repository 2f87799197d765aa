"""A convolutional network reads handwritten digits: what its filters look for, and where it errs.

    python examples/cnn_digits.py [--epochs 15] [--seed 0] [--plot cnn.png]

The data come with the package (UCI's optical digits, 8 x 8 pixels). Images are (batch, height, width,
channels). With ``--plot`` and matplotlib (the extra ``viz``) the filters of the first layer are drawn, what
they see in one digit, and the digits that are read wrongly.
"""

import argparse

import numpy as np

from ml_from_scratch.datasets import load_digits
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import Conv2D, Dense, Flatten, MaxPool2D, Model, ReLU
from ml_from_scratch.optimizers import Adam
from ml_from_scratch.utils import plot_filters, plot_images, train_test_split


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", metavar="PATH", help="save filters and mistakes here")
    options = parser.parse_args()

    X, y = load_digits(return_X_y=True)
    X = X.reshape(-1, 8, 8, 1) / 16
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=options.seed
    )

    model = Model(
        [
            Conv2D(16, kernel_size=3, padding="same"),
            ReLU(),
            MaxPool2D(2),
            Conv2D(32, kernel_size=3, padding="same"),
            ReLU(),
            MaxPool2D(2),
            Flatten(),
            Dense(10),  # logits
        ],
        seed=options.seed,
    )
    model.compile(Adam(learning_rate=0.003), CrossEntropy(from_logits=True), metrics=["accuracy"])
    model.build((8, 8, 1))
    print(model.summary())
    model.fit(
        X_train, y_train, epochs=options.epochs, batch_size=32, validation_data=(X_test, y_test)
    )

    y_pred = model.predict(X_test).argmax(axis=1)
    wrong = np.flatnonzero(y_pred != y_test)
    print(f"\naccuracy on {len(y_test)} unseen digits: {(y_pred == y_test).mean():.1%}")
    for i in wrong:
        print(f"  a {y_test[i]} was read as a {y_pred[i]}")

    if options.plot:
        draw(model, X_test, y_test, y_pred, wrong, options.plot)
        print(f"filters and mistakes are at {options.plot}")


def draw(model, X, y, y_pred, wrong, path):
    """The filters, what they see in the first digit, and the mistakes."""
    import matplotlib.pyplot as plt

    first = model[0]
    seen = np.maximum(first(X[:1].astype(np.float32)).data[0], 0.0)  # (8, 8, filters)
    figure, axes = plt.subplots(3, 1, figsize=(9, 6), layout="constrained")
    plot_filters(first.weight.data, n_columns=8, ax=axes[0], title="The filters of the first layer")
    title = f"What they find in a {y[0]}"
    plot_images(np.moveaxis(seen, -1, 0), n_columns=8, ax=axes[1], title=title)
    if len(wrong):
        plot_images(
            X[wrong],
            y[wrong],
            predictions=y_pred[wrong],
            n_columns=8,
            ax=axes[2],
            title=f"Read wrongly: {len(wrong)} of {len(X)}",
        )
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
