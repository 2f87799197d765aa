"""Chapter: a convolution finds what filters look for, and an LSTM keeps what it will need."""

from __future__ import annotations

from itertools import islice

import numpy as np

from ...datasets import load_digits, make_adding_problem
from ...losses import MSE, CrossEntropy
from ...neural import (
    LSTM,
    Conv2D,
    Dense,
    Flatten,
    GradientStep,
    MaxPool2D,
    Model,
    ReLU,
    Sequential,
    softmax,
    states_over_time,
)
from ...optimizers import Adam, ClipByGlobalNorm
from ...utils import plot_filters, plot_images, plot_memory, plot_steps, train_test_split
from .. import surroundings
from ..report import figure_svg
from .chapters import chapter, repeat

NAME = "images_and_sequences"
EPOCHS = 15
LENGTH, STEPS = 40, 500
BASELINE = (
    1 / 6
)  # the mean squared error of always answering 1: twice the variance 1/12 of a number
N_SHOWN = 4  # memory cells


@chapter(
    NAME,
    "Images and sequences",
    "Two networks that know something about their data before they learn. A convolution looks for the same small "
    "pattern everywhere in an image (Y. LeCun and others, 1998). An LSTM has a memory that only its gates may "
    "change, and so carries a number over as many steps as it likes (S. Hochreiter and J. Schmidhuber, 1997).",
)
def write(report, seed):
    """Train both, look inside; see Chapter."""
    accuracy = _images(report, seed)
    error = _sequences(report, seed)
    return (
        f"{accuracy:.1%} of unseen digits read; an LSTM adds with a squared error of {error:.4f}, "
        f"where guessing has {BASELINE:.4f}"
    )


# ---- images ----------------------------------------------------------------------------------------
def _images(report, seed):
    """Train a convolutional network, show what it sees and where it errs; return its accuracy."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X.reshape(-1, 8, 8, 1) / 16.0, y, test_size=0.25, random_state=seed, stratify=y
    )
    layers = []
    for filters in (16, 32):
        layers += [Conv2D(filters, kernel_size=3, padding="same"), ReLU(), MaxPool2D(2)]
    model = Model([*layers, Flatten(), Dense(10)], seed=seed)
    model.compile(Adam(learning_rate=0.003), CrossEntropy(from_logits=True))
    model.build((8, 8, 1))
    report.listing(str(model.summary()))
    model.fit(X_train, y_train, epochs=EPOCHS, batch_size=32, verbose=0)
    probabilities = softmax(model.predict(X_test).astype(np.float64))
    accuracy = float((probabilities.argmax(1) == y_test).mean())
    report.paragraph(
        f"After {EPOCHS} epochs this network of {sum(p.size for p in model.parameters()):,} weights reads "
        f"{accuracy:.1%} of the {len(y_test)} digits it has never seen."
    )
    _show_inside(report, seed, model, X_test[0], y_test[0])
    _show_mistakes(report, seed, X_test, y_test, probabilities)
    return accuracy


def _show_inside(report, seed, model, image, digit):
    """The first layer's filters, and where in one digit they find what they look for."""
    if not surroundings.is_installed("matplotlib"):
        return
    maps = Sequential(model.layers[:2])(image[None].astype(model.dtype)).data[0]  # (8, 8, filters)
    report.picture(
        figure_svg(_drawn((7, 2.2), plot_filters, model[0].weight.data, n_columns=8)),
        "What the first layer looks for: a filter answers where the image is bright at its red places and dark at "
        f"its blue ones. {repeat(NAME, seed)}",
    )
    report.picture(
        figure_svg(
            _drawn(
                (9, 2.8),
                plot_images,
                np.concatenate(
                    [image[None, :, :, 0], np.moveaxis(maps, -1, 0) / (maps.max() or 1.0)]
                ),
                ["seen", *range(1, maps.shape[-1] + 1)],
                n_columns=9,
                title=f"What the {maps.shape[-1]} filters find in a {digit}",
            )
        ),
        "A digit of the test set, and the answers of the 16 filters to it, behind the ReLU: strokes that go one way, "
        f"edges on one side. {repeat(NAME, seed)}",
    )


def _show_mistakes(report, seed, X, y, probabilities):
    """Every digit that is read wrongly: as a picture, and in words."""
    y_pred = probabilities.argmax(1)
    mistakes = np.flatnonzero(y_pred != y)
    if not len(mistakes):
        return
    sureness = probabilities[mistakes, y_pred[mistakes]]
    wrong = mistakes[np.argsort(-sureness, kind="stable")][:20]
    rows = [
        [f"{i}", f"{y[i]}", f"{y_pred[i]}", *(f"{probabilities[i, k]:.1%}" for k in (y_pred[i], y[i]))]
        for i in wrong
    ]  # fmt: skip
    report.table(
        ["image", "it is a", "read as a", "how sure", "probability of the truth"],
        rows,
        f"The {len(wrong)} surest of its {len(mistakes)} mistakes on the test set. {repeat(NAME, seed)}",
    )
    if surroundings.is_installed("matplotlib"):
        grid = {"predictions": y_pred[wrong], "n_columns": 10, "title": "Digits it reads wrongly"}
        report.picture(
            figure_svg(_drawn((9, 2.2), plot_images, X[wrong], y[wrong], **grid)),
            f"The same digits: what they are → what was read. {repeat(NAME, seed)}",
        )


# ---- sequences -------------------------------------------------------------------------------------
def adding_losses(model, length, rng, batch_size=64):
    """Train a compiled model on the adding problem, fresh sequences at every step, without an end.

    Yields
    ------
    loss : float
        Of the batch, before the step with it.

    Examples
    --------
    >>> model = Model([LSTM(4, input_dim=2), Dense(1)], seed=0)
    >>> model.compile(Adam(), MSE())
    >>> len([loss for loss in islice(adding_losses(model, 10, np.random.default_rng(0)), 3)])
    3
    """
    step = GradientStep(model.optimizer, ClipByGlobalNorm(1.0))
    while True:
        X, y = make_adding_problem(batch_size, length, random_state=rng)
        yield step(lambda X, y: model.loss(model(X), y), X, y.astype(model.dtype))[0]


def _sequences(report, seed):
    """Train an LSTM to add two numbers far apart, and open its memory; return its squared error."""
    model = Model([LSTM(32, input_dim=2), Dense(1)], seed=seed)
    model.compile(Adam(learning_rate=0.01), MSE())
    losses = list(islice(adding_losses(model, LENGTH, np.random.default_rng(seed)), STEPS))
    X, y = make_adding_problem(500, LENGTH, random_state=seed + 1)
    error = float(np.mean((model.predict(X) - y) ** 2))
    report.paragraph(
        f"The adding problem: of {LENGTH} numbers between 0 and 1, read one at a time, two are marked, one in the "
        "first half and one in the second; their sum is asked for at the end. Whoever forgets can do no better than "
        f"answer 1, with a mean squared error of 1/6 = {BASELINE:.3f}. The LSTM, of 32 cells, has {error:.5f} on "
        f"{len(X)} sequences it has never seen, after {STEPS} steps of 64."
    )
    if surroundings.is_installed("matplotlib"):
        curve = {
            "baselines": {"always answering 1": BASELINE},
            "log": True,
            "name": "squared error",
            "title": "Two numbers far apart are to be added",
        }
        report.picture(
            figure_svg(_drawn((8, 3.6), plot_steps, losses, **curve)),
            "The loss on fresh sequences, step by step. For a while it answers 1 and no better; then it finds out "
            f"what to remember. {repeat(NAME, seed)}",
        )
    _show_memory(report, seed, model, X)
    return error


def _show_memory(report, seed, model, X):
    """How the cells move where a number is marked, and how little elsewhere."""
    X = X.astype(model.dtype)
    _, c = states_over_time(model[0], X)
    cells = c[:, 0]  # (time, batch, units)
    moves = np.abs(np.diff(cells, axis=0, prepend=np.zeros_like(cells[:1])))
    marked = X[..., 1].T > 0  # (time, batch)
    report.paragraph(
        f"Its memory opens at the marks: there a cell moves by {moves[marked].mean():.2f} on average, at all other "
        f"steps by {moves[~marked].mean():.2f}."
    )
    steps = np.flatnonzero(marked[:, 0])
    chosen = np.argsort(-moves[steps, 0].sum(axis=0), kind="stable")[:N_SHOWN]
    before = np.concatenate([np.zeros_like(cells[:1]), cells])[:, 0]  # before[t]: as step t begins
    report.table(
        ["step", "number", *(f"cell {unit}" for unit in chosen)],
        [
            [f"{t}", f"{X[0, t, 0]:.2f}"]
            + [f"{before[t, u]:+.2f} → {before[t + 1, u]:+.2f}" for u in chosen]
            for t in steps
        ],
        "The cells that answer most to the two marks of one sequence, before and after. "
        + repeat(NAME, seed),
    )
    if surroundings.is_installed("matplotlib"):
        marks = {int(t): f"+ {X[0, t, 0]:.2f}" for t in steps}
        about = {"labels": [f"cell {unit}" for unit in chosen], "title": "What the cells hold"}
        report.picture(
            figure_svg(_drawn((8, 3.6), plot_memory, cells[:, 0, chosen], marks, **about)),
            "The same cells along the sequence: at the dotted lines a number is marked, to be added. "
            + repeat(NAME, seed),
        )


def _drawn(size, plot, *args, **options):
    """Return a figure of this size with one plot in it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    plot(*args, ax=figure.subplots(), **options)
    return figure
