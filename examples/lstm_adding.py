"""An LSTM learns to add two numbers that it sees at different times: what its memory does, in a picture.

    python examples/lstm_adding.py [--length 40] [--seed 0] [--plot cells.png]

Each sequence holds random numbers, two of them marked; the answer is the sum of these two. A network that
forgets can only guess 1, the mean. With ``--plot`` and matplotlib (the extra ``viz``) the memory cells are
drawn over time for one sequence: they jump where a number is marked, and change little in between.
"""

import argparse

import numpy as np

from ml_from_scratch.datasets import make_adding_problem
from ml_from_scratch.losses import MSE
from ml_from_scratch.neural import LSTM, Dense, Model, states_over_time
from ml_from_scratch.optimizers import Adam, ClipByGlobalNorm
from ml_from_scratch.utils import plot_memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--length", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", metavar="PATH", help="save the cells over time here")
    options = parser.parse_args()

    X, y = make_adding_problem(10_000, options.length, random_state=options.seed)
    X_test, y_test = make_adding_problem(1_000, options.length, random_state=options.seed + 1)

    model = Model([LSTM(32, input_dim=2), Dense(1)], seed=options.seed)
    model.compile(Adam(learning_rate=0.01), MSE(), clip=ClipByGlobalNorm(1.0))
    print(model.summary())
    model.fit(X, y, epochs=options.epochs, batch_size=64, validation_data=(X_test, y_test))

    error = model.evaluate(X_test, y_test)["loss"]
    print(f"\nmean squared error on {len(X_test)} unseen sequences: {error:.4f}")
    print(f"of always answering 1: {np.mean((y_test - 1.0) ** 2):.4f}")

    x = X_test[1:2].astype(np.float32)
    h, c = states_over_time(model[0], x)  # after every step: (time, layers, batch, units)
    cells = np.concatenate([np.zeros_like(c[:1]), c])[:, 0, 0]  # before step t: cells[t]
    answers = np.abs(np.diff(cells, axis=0))[x[0, :, 1] > 0].sum(axis=0)
    cells = cells[:, np.argsort(-answers)[:5]]
    print("\nthe five cells that answer most to a mark, before it and with it:")
    for t in np.flatnonzero(x[0, :, 1]):
        before, after = (np.array2string(cells[s], precision=2, sign="+") for s in (t, t + 1))
        print(f"  step {t:2d}, number {x[0, t, 0]:.2f}: {before} -> {after}")

    if options.plot:
        draw(x[0], cells, options.plot)
        print(f"the cells over time are at {options.plot}")


def draw(x, cells, path):
    """Numbers and marks above, cells below."""
    import matplotlib.pyplot as plt

    figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(8, 5))
    steps, marked = np.arange(len(x)), x[:, 1] > 0
    above.bar(steps, x[:, 0], color=np.where(marked, "C3", "0.8"))
    above.set(ylabel="number", title="The marked numbers (red) are to be added")
    marks = {t: f"+ {x[t, 0]:.2f}" for t in steps[marked]}
    plot_memory(cells[1:], marks, title="What five cells hold", ax=below)
    figure.savefig(path, bbox_inches="tight")


if __name__ == "__main__":
    main()
