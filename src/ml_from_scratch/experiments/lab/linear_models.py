"""Chapter: the linear models on real data, with scikit-learn beside them."""

from __future__ import annotations

import numpy as np

from ... import models
from ...utils import plot_residuals
from .. import surroundings
from ..reference import counterpart
from ..report import figure_svg
from .chapters import chapter, repeat
from .side_by_side import fit_in_turns, real_data

EXACT = {"max_iter": 5000, "tol": 1e-8}  # to the optimum, where coefficients can be compared
TASKS = (  # class, its arguments, data set, what score() is
    ("LinearRegression", {}, "diabetes", "R²"),
    ("Ridge", {"alpha": 1.0}, "diabetes", "R²"),
    ("LogisticRegression", EXACT, "breast_cancer", "accuracy"),
    ("LogisticRegression", EXACT, "wine", "accuracy"),
    ("LogisticRegression", EXACT, "digits", "accuracy"),
    ("Perceptron", {"random_state": 0}, "breast_cancer", "accuracy"),
)
REPEATS = 7


@chapter(
    "linear_models",
    "Linear models on real data",
    "Each model is fitted to three quarters of a real data set and scored on the rest. Where scikit-learn is "
    "installed, its model of the same name and settings is fitted to the same arrays, turn by turn, in one process.",
)
def write(report, seed):
    """Fit, compare, tabulate and plot; see Chapter."""
    with_reference = surroundings.is_installed("sklearn")
    rows = [_row(task, seed, with_reference) for task in TASKS]
    columns = ["model", "data", "score of", "ours"]
    if with_reference:
        columns += [
            "scikit-learn",
            "coefficients differ by",
            "ms",
            "theirs, ms",
            "ratio",
        ]
    report.table(
        columns,
        rows,
        "Scores on the test set, the largest difference of a coefficient, and milliseconds: medians "
        f"of {REPEATS} fits. The Perceptron visits its samples in an order of its own, so its "
        f"coefficients are others. {repeat('linear_models', seed)}",
    )
    if surroundings.is_installed("matplotlib"):
        report.picture(
            figure_svg(_predictions(seed)),
            "Ridge regression on the diabetes data: how the disease of patients it has not seen went, against what it "
            f"predicted, and what it left to explain. {repeat('linear_models', seed)}",
        )
    return f"{len(rows)} models; R² on diabetes {rows[0][3]}, accuracy on digits {rows[4][3]}"


def _row(task, seed, with_reference):
    name, arguments, data, score = task
    X_train, X_test, y_train, y_test = real_data(data, seed)
    candidates = [getattr(models, name)(**arguments)]
    if with_reference:
        candidates.append(counterpart(candidates[0]))
    times = fit_in_turns(candidates, X_train, y_train, REPEATS)
    scores = [f"{model.score(X_test, y_test):.4f}" for model in candidates]
    row = [name, data, score, scores[0]]
    if with_reference:
        difference = np.abs(np.asarray(candidates[0].coef_) - candidates[1].coef_).max()
        shown = f"{difference:.1e}" if name != "Perceptron" else "—"
        milliseconds = [f"{value:.2f}" for value in times]
        row += [scores[1], shown, *milliseconds, f"{times[0] / times[1]:.2f}"]
    return row


def _predictions(seed):
    from matplotlib.figure import Figure

    X_train, X_test, y_train, y_test = real_data("diabetes", seed)
    predicted = models.Ridge().fit(X_train, y_train).predict(X_test)
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    ends = [min(y_test.min(), predicted.min()), max(y_test.max(), predicted.max())]
    left.plot(ends, ends, color="0.6", linewidth=1, label="perfect prediction")
    left.scatter(predicted, y_test, s=18, alpha=0.8, color="#0072B2", label="an unseen patient")
    left.set(
        xlabel="progression predicted", ylabel="progression measured", title="Ridge on diabetes"
    )
    left.legend(frameon=False)
    plot_residuals(y_test, predicted, ax=right)
    return figure
