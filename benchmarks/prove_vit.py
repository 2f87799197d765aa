"""A small vision transformer reads digits: 97 % of the bundled images that it has not seen.

    python benchmarks/prove_vit.py [--seed 0]

1,797 images of 8 x 8 pixels, a quarter of them held out, in 16 patches of 2 x 2. They fill their frames, so moved
ones lose an edge: in as little time a network learns more from images as they are. Prints the figures and PASS
or FAIL, and ends with a status to match. Takes less than a minute.
"""

from __future__ import annotations

import argparse
import time

from ml_from_scratch.datasets import load_digits
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import Model
from ml_from_scratch.optimizers import AdamW, Cosine, WarmUp
from ml_from_scratch.transformers import VisionTransformer
from ml_from_scratch.utils import train_test_split

BAR = 0.97
EPOCHS, BATCH = 40, 32


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    X, y = load_digits(return_X_y=True)
    X = X.reshape(-1, 8, 8, 1) / 16.0
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.25, stratify=y, random_state=options.seed
    )
    start = time.perf_counter()
    network = VisionTransformer(10, patch_size=2, n_layers=2, n_heads=4, d_model=64, dropout=0.05)
    model = Model([network], seed=options.seed)
    n_steps = EPOCHS * -(-len(X_train) // BATCH)
    rate = WarmUp(Cosine(0.001, n_steps=n_steps), n_steps // 20)
    optimizer = AdamW(learning_rate=rate, weight_decay=0.05)
    model.compile(optimizer, CrossEntropy(from_logits=True), metrics=["accuracy"])
    model.fit(X_train, y_train, epochs=EPOCHS, batch_size=BATCH, verbose=0)
    accuracy = model.evaluate(X_test, y_test)["accuracy"]
    print(
        f"{EPOCHS} epochs of {len(X_train)} images; accuracy {accuracy:.2%} on {len(X_test)} others "
        f"(bar {BAR:.0%})"
    )
    print(f"  seed {options.seed}, {time.perf_counter() - start:.1f} s")
    print("PASS" if accuracy >= BAR else "FAIL")
    return 0 if accuracy >= BAR else 1


if __name__ == "__main__":
    raise SystemExit(main())
