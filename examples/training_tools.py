"""The tools of the training loop, in the order in which one needs them, on handwritten digits.

    python examples/training_tools.py [--epochs 20] [--seed 0] [--plot tools.png] [--log tools.jsonl]

What is wrong with this network? (``diagnose``) Which learning rate? (``find_learning_rate``) Then a run
whose steps are made of several small batches (``accumulate``), which averages its weights
(``ExponentialMovingAverage``), writes its numbers where programs can read them (``JSONLinesLogger``) and
looks after itself (``Diagnostics``). With ``--plot`` and matplotlib (the extra ``viz``) two pictures are
drawn.
"""

import argparse
import json
import os
import tempfile

import numpy as np

from ml_from_scratch.datasets import load_digits
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import (
    Dense,
    Diagnostics,
    ExponentialMovingAverage,
    HeNormal,
    JSONLinesLogger,
    Model,
    ReLU,
    Sigmoid,
    diagnose,
    find_learning_rate,
)
from ml_from_scratch.optimizers import Momentum
from ml_from_scratch.utils import plot_steps, train_test_split


def network(activation, seed, learning_rate=0.01, **options):
    """Five hidden layers: deep enough for a gradient to get lost."""
    layers = []
    for _ in range(5):
        layers += [Dense(64, **options), activation()]
    model = Model([*layers, Dense(10)], seed=seed)
    optimizer = Momentum(learning_rate=learning_rate)
    model.compile(optimizer, CrossEntropy(from_logits=True), metrics=["accuracy"])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", metavar="PATH", help="save the two pictures here")
    parser.add_argument("--log", metavar="PATH", help="keep the log of the run here")
    options = parser.parse_args()

    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X / 16, y, test_size=0.25, stratify=y, random_state=options.seed
    )

    print("1. Five layers of sigmoids: what is wrong with them?\n")
    print(diagnose(network(Sigmoid, options.seed).prepare(X_train, y_train, batch_size=64)))
    print("\n   The same with ReLU and weights to match:\n")
    healthy = network(ReLU, options.seed, kernel_initializer=HeNormal())
    run = healthy.prepare(X_train, y_train, batch_size=64)
    print(diagnose(run))

    print("\n2. Which learning rate?\n")
    rates = find_learning_rate(run, lowest=1e-5, highest=10.0)
    print(f"{rates}: the loss was smallest at ten times as much, and then shot up")

    print("\n3. Four batches of 16 in a step, or one of 64: is it the same?\n")
    ends = []
    for batch_size, accumulate in ((16, 4), (64, 1)):
        model = network(ReLU, options.seed, rates.suggestion, kernel_initializer=HeNormal())
        model.fit(X_train, y_train, batch_size=batch_size, accumulate=accumulate, verbose=0)
        ends.append(np.concatenate([p.data.ravel() for p in model.parameters()]))
    print(f"largest difference of {len(ends[0]):,} weights: {np.abs(ends[0] - ends[1]).max():.1e}")

    print("\n4. Training: in such steps, the weights averaged, all logged\n")
    model = network(ReLU, options.seed, rates.suggestion, kernel_initializer=HeNormal())
    average = ExponentialMovingAverage(decay=0.98)
    with tempfile.TemporaryDirectory() as folder:
        path = options.log or os.path.join(folder, "tools.jsonl")
        tools = [average, JSONLinesLogger(path, every_steps=1), Diagnostics(every_epochs=5)]
        model.fit(
            X_train,
            y_train,
            epochs=options.epochs,
            batch_size=16,
            accumulate=4,
            validation_data=(X_test, y_test),
            callbacks=tools,
        )
        with open(path, encoding="utf-8") as file:
            log = [json.loads(line) for line in file]
    print(f"\nthe log has {len(log)} lines; its last one is\n  {log[-1]}")

    print("\n5. Where training has been lately, against where it is\n")
    told(model, X_test, y_test, "the last weights")
    with average.averaged():
        told(model, X_test, y_test, f"the mean of about the last {1 / (1 - average.decay):.0f}")

    if options.plot:
        draw(rates, log, options.plot)
        print(f"\nthe search for a rate and the log are at {options.plot}")


def told(model, X, y, name):
    values = model.evaluate(X, y)
    print(f"{name:32s} loss {values['loss']:.4f}, accuracy {values['accuracy']:.1%}")


def draw(rates, log, path):
    """The search for a learning rate, and what the log says of each step."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    rates.plot(ax=left)
    means = [line["loss"] for line in log if line["batch"]]  # of the epoch so far
    plot_steps(means, log=True, ax=right, title="From the log: mean loss of the epoch so far")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
