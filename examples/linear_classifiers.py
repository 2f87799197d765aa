"""Six ways to draw a straight line, and one to draw a curve, on the same wines.

    python examples/linear_classifiers.py [--plot PATH]

Discriminant analysis, logistic regression, support vector machines and stochastic gradient descent all
end in a weighted sum of features; they differ in what they call the best one. The 13 features of the
wines (which come with the package) are first projected on the two directions that part the vineyards
best: the borders can be drawn there, if matplotlib (the extra ``viz``) is installed.
"""

import argparse
import pathlib

from ml_from_scratch.datasets import load_wine
from ml_from_scratch.models import (
    LinearDiscriminantAnalysis,
    LinearSVC,
    LogisticRegression,
    Perceptron,
    QuadraticDiscriminantAnalysis,
    SGDClassifier,
)
from ml_from_scratch.utils import StandardScaler, cross_val_score, train_test_split

CLASSIFIERS = {
    "linear discriminant analysis": LinearDiscriminantAnalysis(),
    "quadratic discriminant analysis": QuadraticDiscriminantAnalysis(),
    "logistic regression": LogisticRegression(),
    "support vector machine (squares)": LinearSVC(),
    "support vector machine": LinearSVC(loss="hinge"),
    "stochastic gradient descent": SGDClassifier(alpha=0.01, random_state=0),
    "perceptron": Perceptron(),
}


def draw(path, X, y) -> None:
    """Save a picture of all borders, if matplotlib is here."""
    try:
        from matplotlib import pyplot
    except ImportError:
        print('No picture without matplotlib: pip install "ml-from-scratch-lab[viz]".')
        return
    from ml_from_scratch.utils import plot_decision_boundary

    figure, all_axes = pyplot.subplots(2, 4, figsize=(16, 8), layout="constrained")
    for ax, (name, model) in zip(all_axes.flat, CLASSIFIERS.items()):
        plot_decision_boundary(model.fit(X, y), X, y, ax=ax, title=name)
    all_axes.flat[-1].set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches="tight")
    print(f"the borders are at {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="PATH", default="runs/examples/linear_classifiers.png")
    options = parser.parse_args()

    X, y = load_wine(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    print(f"{X.shape[0]} wines, {X.shape[1]} measurements, 3 vineyards; accuracy on unseen folds:")
    for name, model in CLASSIFIERS.items():
        scores = cross_val_score(model, X, y, cv=5)
        print(f"  {name:<40} {scores.mean():6.1%} +- {scores.std():.1%}")

    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    projection = LinearDiscriminantAnalysis(n_components=2).fit(X_train, y_train)
    shares = ", ".join(f"{share:.0%}" for share in projection.explained_variance_ratio_)
    print(f"\ntwo directions hold all the scatter between the vineyards: {shares}")
    flat = LinearDiscriminantAnalysis().fit(projection.transform(X_train), y_train)
    print(f"accuracy in that plane: {flat.score(projection.transform(X_test), y_test):.1%}")
    draw(pathlib.Path(options.plot), projection.transform(X), y)


if __name__ == "__main__":
    main()
