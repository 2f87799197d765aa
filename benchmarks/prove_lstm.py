"""An LSTM remembers: it adds numbers that lie a hundred steps apart, and reads digits pixel by pixel.

    python benchmarks/prove_lstm.py [--data FOLDER] [--only adding] [--seed 0]

"adding": of 100 numbers two are marked; their sum is asked for at the end. Always answering 1 has a mean
squared error of 1/6; the bar is 0.01 on sequences that were never seen. "digits": the bundled images of
8 x 8 pixels as sequences of 64 numbers; the bar is 95 % of a held-out quarter. With FOLDER, which holds
MNIST's files (t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz), "mnist": 8,000 images row by row,
28 steps of 28 pixels; the bar is 95 % of the 2,000 others. Prints the figures and PASS or FAIL, and ends
with a status to match. Takes about a minute and a half.
"""

from __future__ import annotations

import argparse
import time
from itertools import islice
from pathlib import Path

import numpy as np

from ml_from_scratch.datasets import load_digits, make_adding_problem, read_idx
from ml_from_scratch.experiments.lab.images_and_sequences import adding_losses
from ml_from_scratch.losses import MSE, CrossEntropy
from ml_from_scratch.neural import LSTM, Dense, Model
from ml_from_scratch.optimizers import Adam, ClipByGlobalNorm, Cosine
from ml_from_scratch.utils import train_test_split

LENGTH, BASELINE = 100, 1 / 6
BARS = {"adding": 0.01, "digits": 0.95, "mnist": 0.95}


def adding(options):
    """Train on fresh sequences until a check on others is passed with room to spare."""
    model = Model([LSTM(64, input_dim=2), Dense(1)], seed=options.seed)
    model.compile(Adam(learning_rate=0.01), MSE())
    X_check, y_check = make_adding_problem(500, LENGTH, random_state=options.seed + 1)
    losses = adding_losses(model, LENGTH, np.random.default_rng(options.seed))
    n_steps = 0
    for n_steps, _ in enumerate(islice(losses, 3000), 1):
        if n_steps % 100 == 0 and squared_error(model, X_check, y_check) < BARS["adding"] / 3:
            break
    X_test, y_test = make_adding_problem(2000, LENGTH, random_state=options.seed + 2)
    error = squared_error(model, X_test, y_test)
    print(
        f"adding: {n_steps} steps of 64 sequences; mean squared error {error:.4f} on {len(X_test)} fresh "
        f"sequences (always 1: {squared_error(None, X_test, y_test):.4f}; bar {BARS['adding']})"
    )
    return error < BARS["adding"]


def squared_error(model, X, y):
    """The mean squared error of a model's answers; without a model, of the answer 1."""
    return float(np.mean((y - (1.0 if model is None else model.predict(X))) ** 2))


def digits(options):
    """Pixel by pixel, from the top left to the bottom right."""
    X, y = load_digits(return_X_y=True)
    split = train_test_split(
        X[:, :, None] / 16, y, test_size=0.25, stratify=y, random_state=options.seed
    )
    return reads("digits", *split, epochs=100, options=options)


def mnist(options):
    """Row by row."""
    images = read_idx(Path(options.data) / "t10k-images-idx3-ubyte.gz") / 255.0
    y = read_idx(Path(options.data) / "t10k-labels-idx1-ubyte.gz")
    split = images[:8000], images[8000:], y[:8000], y[8000:]
    return reads("mnist", *split, epochs=10, options=options)


def reads(name, X_train, X_test, y_train, y_test, epochs, options):
    """Train an LSTM that names the digit behind the last step."""
    model = Model([LSTM(64), Dense(10)], seed=options.seed)
    rate = Cosine(0.005, n_steps=epochs * -(-len(X_train) // 32))
    loss = CrossEntropy(from_logits=True)
    model.compile(Adam(learning_rate=rate), loss, metrics=["accuracy"], clip=ClipByGlobalNorm(1.0))
    model.fit(X_train, y_train, epochs=epochs, batch_size=32, verbose=0)
    accuracy = model.evaluate(X_test, y_test)["accuracy"]
    print(
        f"{name}: {epochs} epochs of {len(X_train)} sequences of {X_train.shape[1]} steps; accuracy "
        f"{accuracy:.2%} on {len(X_test)} others (bar {BARS[name]:.0%})"
    )
    return accuracy >= BARS[name]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", help="the folder with MNIST's files, for one proof more")
    parser.add_argument("--only", choices=sorted(BARS), help="one proof alone")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.only == "mnist" and not options.data:
        parser.error("mnist needs --data FOLDER")
    proofs = [adding, digits, *([mnist] if options.data else [])]
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
