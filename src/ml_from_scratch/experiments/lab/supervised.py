"""Chapter: every family of supervised models on real data, with scikit-learn beside them."""

from __future__ import annotations

import numpy as np

from ... import models
from ...core.estimator import clone
from ...datasets import load_iris, make_moons
from ...models.trees import draw_tree
from ...utils import plot_decision_boundary
from .. import surroundings
from ..reference import counterpart
from ..report import figure_svg
from .chapters import chapter, repeat
from .side_by_side import fit_in_turns, real_data

TASKS = (  # model, data set
    (models.LassoCV(), "diabetes"),
    (models.HuberRegressor(), "diabetes"),
    (models.LinearDiscriminantAnalysis(), "wine"),
    (models.GaussianNB(), "wine"),
    (models.LinearSVC(), "breast_cancer"),
    (models.SVC(), "digits"),
    (models.KNeighborsClassifier(), "digits"),
    (models.KernelRidge(kernel="rbf", gamma=0.01), "diabetes"),
    (models.DecisionTreeClassifier(random_state=0), "breast_cancer"),
    (models.RandomForestClassifier(random_state=0), "wine"),
    (models.AdaBoostClassifier(random_state=0), "breast_cancer"),
    (models.GradientBoostingRegressor(random_state=0), "diabetes"),
    (models.HistGradientBoostingClassifier(max_iter=50), "breast_cancer"),
)
DRAWN = {  # title -> classifier of the plane
    "LogisticRegression": models.LogisticRegression(),
    "QuadraticDiscriminantAnalysis": models.QuadraticDiscriminantAnalysis(),
    "GaussianNB": models.GaussianNB(),
    "KNeighborsClassifier": models.KNeighborsClassifier(n_neighbors=9),
    "SVC, RBF kernel": models.SVC(C=10.0),
    "DecisionTreeClassifier": models.DecisionTreeClassifier(max_depth=4, random_state=0),
    "RandomForestClassifier": models.RandomForestClassifier(random_state=0),
    "GradientBoostingClassifier": models.GradientBoostingClassifier(random_state=0),
}
REPEATS = 3


@chapter(
    "supervised",
    "The families of supervised models",
    "One model of each family, with its default settings, learns from three quarters of a real data set and is scored "
    "on the rest; scikit-learn's model of the same name stands beside it where it is installed.",
)
def write(report, seed):
    """Fit, compare, tabulate and draw; see Chapter."""
    with_reference = surroundings.is_installed("sklearn")
    rows = [_row(model, data, seed, with_reference) for model, data in TASKS]
    columns = ["model", "data", "score"]
    if with_reference:
        columns += ["scikit-learn's", "predictions", "ms", "theirs", "ratio"]
    report.table(
        columns,
        rows,
        "Scores on the test set (accuracy, or R² for regressors); for how many test samples both predict the "
        "same class, or how far apart their numbers are at most, beside the largest; milliseconds of a fit. "
        "Forests, and ties in trees, follow random streams, which are not the same. "
        + repeat("supervised", seed),
    )
    if surroundings.is_installed("matplotlib"):
        report.picture(
            figure_svg(_boundaries(seed)),
            "Two half moons, and how eight classifiers divide the plane between them: stronger colours where a "
            f"model is surer. {repeat('supervised', seed)}",
        )
    tree, names, classes = _small_tree(seed)
    report.picture(
        draw_tree(tree, feature_names=names, class_names=classes).svg,
        "A decision tree of three levels on Fisher's irises: each node asks about one measurement, and shows how "
        f"many flowers of each species reached it. {repeat('supervised', seed)}",
    )
    return f"{len(rows)} families; on digits {rows[5][2]} (SVC), {rows[6][2]} (neighbours)"


def _row(prototype, data, seed, with_reference):
    X_train, X_test, y_train, y_test = real_data(data, seed)
    candidates = [clone(prototype)]
    if with_reference:
        candidates.append(counterpart(prototype))
    times = fit_in_turns(candidates, X_train, y_train, REPEATS)
    scores = [f"{model.score(X_test, y_test):.4f}" for model in candidates]
    regression = prototype._estimator_type == "regressor"
    row = [type(prototype).__name__, data, f"{'R²' if regression else 'accuracy'} {scores[0]}"]
    if with_reference:
        ours, theirs = (model.predict(X_test) for model in candidates)
        if regression:
            agreement = f"within {np.abs(ours - theirs).max() / np.abs(theirs).max():.0e}"
        else:
            agreement = f"{(ours == theirs).mean():.1%} the same"
        milliseconds = [f"{value:.2f}" for value in times]
        row += [scores[1], agreement, *milliseconds, f"{times[0] / times[1]:.2f}"]
    return row


def _boundaries(seed):
    from matplotlib.figure import Figure

    X, y = make_moons(200, noise=0.25, random_state=seed)
    figure = Figure(figsize=(12, 6), layout="constrained")
    for ax, (title, model) in zip(figure.subplots(2, 4).flat, DRAWN.items()):
        model = clone(model).fit(X, y)
        plot_decision_boundary(model, X, y, ax=ax, resolution=120, title=title)
        ax.get_legend().remove()
    return figure


def _small_tree(seed):
    iris = load_iris()
    tree = models.DecisionTreeClassifier(max_depth=3, random_state=seed)
    return tree.fit(iris.data, iris.target), iris.feature_names, list(iris.target_names)
