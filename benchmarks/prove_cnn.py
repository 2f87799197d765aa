"""A small convolutional network reads digits: 98 % of unseen MNIST images, and of the bundled ones.

    python benchmarks/prove_cnn.py [--data FOLDER] [--only digits] [--seed 0]

"digits": the bundled images of 8 x 8 pixels, a quarter of them held out. With FOLDER, which holds MNIST's
files (t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz), "mnist": 8,000 of its 10,000 images for
learning, 2,000 for the test. Prints the figures and PASS or FAIL, and ends with a status to match.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ml_from_scratch.datasets import load_digits, read_idx
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import Conv2D, Dense, Dropout, Flatten, HeNormal, MaxPool2D, Model, ReLU
from ml_from_scratch.optimizers import Adam, Cosine
from ml_from_scratch.utils import train_test_split

BAR = 0.98


def network(seed):
    """Two convolutions, each with a pooling behind it, and a dense layer."""
    layers = []
    for filters in (16, 32):
        layers += [Conv2D(filters, 3, padding="same", kernel_initializer=HeNormal()), ReLU()]
        layers += [MaxPool2D(2)]
    return Model([*layers, Flatten(), Dense(128), ReLU(), Dropout(0.3), Dense(10)], seed=seed)


def digits(options):
    """A held-out quarter of the 1,797 bundled images."""
    X, y = load_digits(return_X_y=True)
    X = X.reshape(-1, 8, 8, 1) / 16.0
    split = train_test_split(X, y, test_size=0.25, stratify=y, random_state=options.seed)
    return reads("digits", *split, epochs=40, seed=options.seed)


def mnist(options):
    """The last 2,000 of MNIST's 10,000 test images."""
    X = read_idx(Path(options.data) / "t10k-images-idx3-ubyte.gz")[..., None] / 255.0
    y = read_idx(Path(options.data) / "t10k-labels-idx1-ubyte.gz")
    return reads("mnist", X[:8000], X[8000:], y[:8000], y[8000:], epochs=10, seed=options.seed)


def reads(name, X_train, X_test, y_train, y_test, epochs, seed):
    """Train the network, and return whether it reads enough of the others."""
    model = network(seed)
    rate = Cosine(0.002, n_steps=epochs * -(-len(X_train) // 64))
    loss = CrossEntropy(from_logits=True)
    model.compile(Adam(learning_rate=rate), loss, metrics=["accuracy"])
    model.fit(X_train, y_train, epochs=epochs, batch_size=64, verbose=0)
    accuracy = model.evaluate(X_test, y_test)["accuracy"]
    print(
        f"{name}: {epochs} epochs of {len(X_train)} images; accuracy {accuracy:.2%} on {len(X_test)} "
        f"others (bar {BAR:.0%})"
    )
    return accuracy >= BAR


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", help="the folder with MNIST's files, for one proof more")
    parser.add_argument("--only", choices=("digits", "mnist"), help="one proof alone")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.only == "mnist" and not options.data:
        parser.error("mnist needs --data FOLDER")
    proofs = [digits, *([mnist] if options.data else [])]
    passed = []
    for proof in proofs:
        if options.only in (None, proof.__name__):
            start = time.perf_counter()
            passed.append(proof(options))
            print(f"  seed {options.seed}, {time.perf_counter() - start:.1f} s", flush=True)
    print("PASS" if passed and all(passed) else "FAIL")
    return 0 if passed and all(passed) else 1


if __name__ == "__main__":
    raise SystemExit(main())
