"""Chapter: a network learns to read real digits."""

from __future__ import annotations

import numpy as np

from ...datasets import load_digits
from ...losses import CrossEntropy
from ...neural import Dense, Model, ReLU
from ...optimizers import Adam
from ...utils import plot_images, plot_learning_curve, train_test_split
from .. import surroundings
from ..report import figure_svg
from .chapters import chapter, repeat

EPOCHS = 30


@chapter(
    "network",
    "A network reads handwritten digits",
    "1,797 digits written by 43 people (E. Alpaydin and C. Kaynak, 1998; UCI), 8 by 8 pixels each. A network with one "
    "hidden layer of 128 units is trained on three quarters of them with Adam, and then reads the rest.",
)
def write(report, seed):
    """Train, evaluate, plot; see Chapter."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X / 16.0, y, test_size=0.25, random_state=seed, stratify=y
    )
    model = Model([Dense(128, input_dim=64), ReLU(), Dense(10)], seed=seed)
    model.compile(Adam(learning_rate=0.002), CrossEntropy(from_logits=True), metrics=["accuracy"])
    report.listing(str(model.summary()))
    history = model.fit(
        X_train, y_train, epochs=EPOCHS, batch_size=32, validation_data=(X_test, y_test), verbose=0
    ).history
    scores = np.asarray(model.predict(X_test))
    predicted = scores.argmax(1)
    accuracy = float((predicted == y_test).mean())
    wrong = np.flatnonzero(predicted != y_test)
    report.paragraph(
        f"After {EPOCHS} epochs it reads {accuracy:.1%} of the {len(y_test)} digits it has never seen; "
        f"{len(wrong)} are wrong. The "
        f"loss on the training set went from {history['loss'][0]:.3f} to {history['loss'][-1]:.4f}."
    )
    if surroundings.is_installed("matplotlib"):
        report.picture(
            figure_svg(_curves(history)),
            "Loss and accuracy after each epoch, on the digits it learns from and on those it has never seen. "
            + repeat("network", seed),
        )
    if surroundings.is_installed("matplotlib") and len(wrong):
        report.picture(
            figure_svg(_mistakes(X_test, y_test, scores, wrong)),
            "Digits of the test set that it reads wrongly, the surest mistakes first. "
            + repeat("network", seed),
        )
    return f"{accuracy:.1%} of unseen digits read rightly"


def _curves(history):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    plot_learning_curve(history, metric="loss", ax=loss, log=True)
    plot_learning_curve(history, metric="accuracy", ax=accuracy)
    return figure


def _mistakes(X, y, scores, wrong):
    """The ten surest of what is wrong, by how far the wrong digit's score is above the right one's."""
    from matplotlib.figure import Figure

    margin = scores[wrong].max(1) - scores[wrong, y[wrong]]
    wrong = wrong[np.argsort(-margin)][:10]
    figure = Figure(figsize=(9, 2.2), layout="constrained")
    plot_images(
        X[wrong],
        y[wrong],
        predictions=scores[wrong].argmax(1),
        n_columns=10,
        image_shape=(8, 8),
        ax=figure.subplots(),
        title="Digits it reads wrongly",
    )
    return figure
