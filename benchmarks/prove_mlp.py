"""The quick start on real digits: at least 95 % of 2,000 unseen MNIST images after 10 epochs.

    python benchmarks/prove_mlp.py --data FOLDER

FOLDER holds MNIST's files (10,000 images suffice: t10k-images-idx3-ubyte.gz and
t10k-labels-idx1-ubyte.gz). The first 8,000 are for learning, the last 2,000 for the test. Prints the
figures and PASS or FAIL, and ends with a status to match.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ml_from_scratch.datasets import read_idx
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import Dense, Model, ReLU, Softmax
from ml_from_scratch.optimizers import Adam

BAR = 0.95


def load(folder):
    """Return 10,000 images as rows of floats from 0 to 1, and their digits."""
    images = read_idx(Path(folder) / "t10k-images-idx3-ubyte.gz")
    labels = read_idx(Path(folder) / "t10k-labels-idx1-ubyte.gz")
    return images.reshape(len(images), -1) / 255.0, labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, help="the folder with MNIST's files")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    X, y = load(options.data)
    X_train, y_train, X_test, y_test = X[:8000], y[:8000], X[8000:], y[8000:]

    model = Model(seed=options.seed)
    model.add(Dense(128, input_dim=784))
    model.add(ReLU())
    model.add(Dense(10))
    model.add(Softmax())

    model.compile(optimizer=Adam(learning_rate=0.001), loss=CrossEntropy(), metrics=["accuracy"])
    start = time.perf_counter()
    model.fit(X_train, y_train, epochs=10, batch_size=32)
    seconds = time.perf_counter() - start

    result = model.evaluate(X_test, y_test)
    passed = result["accuracy"] >= BAR
    print(f"seed {model.seed}, {seconds:.1f} s for 10 epochs of {len(X_train)} images")
    print(f"test loss {result['loss']:.4f}, accuracy {result['accuracy']:.2%} (bar {BAR:.0%})")
    print("PASS" if passed else "FAIL")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
