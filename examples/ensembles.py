"""Many weak models against one strong: two spirals, what each ensemble makes of them, and how sure it is.

    python examples/ensembles.py [--plot PATH]

A single tree learns its data by heart. Bagging averages trees that err in different places, boosting
adds small trees that each mend what is left, voting and stacking ask models of different kinds. The
last table is gradient boosting on the quantile loss: no prediction, but an interval for it. With
matplotlib (the extra ``viz``) the borders and the interval are drawn.
"""

import argparse
import pathlib

import numpy as np

from ml_from_scratch.datasets import make_spirals
from ml_from_scratch.losses import Hinge
from ml_from_scratch.models import (
    AdaBoostClassifier,
    BaggingClassifier,
    C45Classifier,
    DecisionTreeClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    LogisticRegression,
    StackingClassifier,
    VotingClassifier,
)
from ml_from_scratch.utils import train_test_split

TREE = DecisionTreeClassifier(max_depth=4)
SEVERAL = [
    ("tree", DecisionTreeClassifier()),
    ("boosted", GradientBoostingClassifier()),
    ("line", LogisticRegression()),
]
CLASSIFIERS = {
    "one question": DecisionTreeClassifier(max_depth=1),
    "one tree": DecisionTreeClassifier(),
    "one tree, pruned by C4.5": C45Classifier(),
    "bagging, 50 trees": BaggingClassifier(n_estimators=50, random_state=0),
    "AdaBoost, 100 small trees": AdaBoostClassifier(TREE, n_estimators=100, random_state=0),
    "gradient boosting": GradientBoostingClassifier(),
    "gradient boosting on the hinge": GradientBoostingClassifier(loss=Hinge()),
    "voting of three": VotingClassifier(SEVERAL, voting="soft"),
    "stacking of three": StackingClassifier(SEVERAL),
}


def intervals():
    """Return x, y and the 5 %, 50 % and 95 % quantiles of y that boosting predicts."""
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(0.0, 6.0, 600))
    y = np.sin(x) + rng.normal(size=600) * (0.1 + 0.08 * x)
    settings = {"loss": "quantile", "min_samples_leaf": 25, "max_depth": 2}
    models = [GradientBoostingRegressor(alpha=alpha, **settings) for alpha in (0.05, 0.5, 0.95)]
    return x, y, [model.fit(x[:, None], y).predict(x[:, None]) for model in models]


def draw(path, X, y, x, noisy, bands) -> None:
    """Save a picture of all borders, and of the interval, if matplotlib is here."""
    try:
        from matplotlib import pyplot
    except ImportError:
        print('No picture without matplotlib: pip install "ml-from-scratch-lab[viz]".')
        return
    from ml_from_scratch.utils import plot_decision_boundary

    figure, all_axes = pyplot.subplots(2, 5, figsize=(20, 8), layout="constrained")
    for ax, (name, model) in zip(all_axes.flat, CLASSIFIERS.items()):
        plot_decision_boundary(model, X, y, ax=ax, title=name)
    ax = all_axes.flat[-1]
    ax.plot(x, noisy, ".", markersize=2)
    ax.fill_between(x, bands[0], bands[2], alpha=0.3)
    ax.plot(x, bands[1])
    ax.set(title="quantiles: 9 of 10 lie in the band", xlabel="x", ylabel="y")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches="tight")
    print(f"the borders and the band are at {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="PATH", default="runs/examples/ensembles.png")
    options = parser.parse_args()

    X, y = make_spirals(800, noise=0.08, random_state=0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    print(f"{len(X_train)} points on spirals to learn from, {len(X_test)} to be asked about:")
    for name, model in CLASSIFIERS.items():
        score = model.fit(X_train, y_train).score(X_test, y_test)
        print(f"  {name:<34} {score:6.1%}")

    stages = list(CLASSIFIERS["gradient boosting"].staged_predict(X_test))
    told = ", ".join(f"{m}: {(stages[m - 1] == y_test).mean():.0%}" for m in (1, 10, 30, 100))
    print(f"gradient boosting after so many stages: {told}")

    x, noisy, bands = intervals()
    inside = np.mean((noisy >= bands[0]) & (noisy <= bands[2]))
    widths = (bands[2] - bands[0])[[60, -60]]
    print(
        f"\nquantile boosting: {inside:.0%} of the points lie in the band of 90%, which is "
        f"{widths[0]:.2f} wide where there is little noise and {widths[1]:.2f} where there is much"
    )
    draw(pathlib.Path(options.plot), X_test, y_test, x, noisy, bands)


if __name__ == "__main__":
    main()
