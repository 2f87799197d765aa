"""Boosting on histograms: holes, categories, constraints and quantiles, with no preparation at all.

    python examples/hist_gradient_boosting.py [--plot PATH]

What a tree on binned features takes in its stride: values that are missing, categories without an
order, knowledge such as "more of this is never less of that", and a question other than the mean.
With matplotlib (the extra ``viz``) quantiles and a monotone fit of a noisy wave are drawn.
"""

import argparse
import os
import time

import numpy as np

from ml_from_scratch.datasets import load_breast_cancer
from ml_from_scratch.models import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from ml_from_scratch.utils import cross_val_score


def speed(rng):
    n = 20_000
    X = rng.normal(size=(n, 10))
    y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.3 * rng.normal(size=n)
    start = time.perf_counter()
    model = HistGradientBoostingRegressor(max_iter=60, max_leaf_nodes=15, random_state=0).fit(X, y)
    seconds = time.perf_counter() - start
    print(f"{n:,} samples, {model.n_iter_} trees of up to 15 leaves: {seconds:.2f} s")
    print("R^2 on the samples held back, by iteration:")
    held_back = model.validation_score_ / model.validation_score_[0]  # loss, of that of the mean
    for i in (0, 1, 5, 10, 20, 40, 60):
        r2 = 1 - held_back[i]
        print(f"  {i:3d}  {r2:6.3f}  {'#' * round(40 * r2)}")


def holes(rng):
    X, y = load_breast_cancer(return_X_y=True)
    print("\nBreast cancer, with ever more of the values missing (accuracy in 3 folds):")
    for share in (0.0, 0.2, 0.4, 0.6, 0.8):
        holed = np.where(rng.random(X.shape) < share, np.nan, X)
        model = HistGradientBoostingClassifier(max_iter=30)
        print(f"  {share:4.0%} missing   {cross_val_score(model, holed, y, cv=3).mean():.1%}")


def categories(rng):
    shop = rng.integers(0, 60, 3000)  # a number, but shop 7 is not "between" 6 and 8
    day = rng.uniform(0, 7, 3000)
    y = rng.normal(size=60)[shop] + np.sin(day) + 0.2 * rng.normal(size=3000)
    X = np.column_stack([shop, day])
    print("\nSales of 60 shops (R^2 in 3 folds, trees of 8 leaves):")
    for title, features in (("shops as numbers", None), ("shops as categories", [0])):
        model = HistGradientBoostingRegressor(
            max_iter=40, max_leaf_nodes=8, categorical_features=features
        )
        print(f"  {title:20s} {cross_val_score(model, X, y, cv=3).mean():.3f}")


def draw(path, rng):
    try:
        from matplotlib import pyplot
    except ImportError:
        print('No picture without matplotlib: pip install "ml-from-scratch-lab[viz]".')
        return
    x = rng.uniform(0, 10, 1500)
    y = x + 2 * np.sin(x) + rng.normal(size=1500) * (0.3 + 0.15 * x)
    line = np.linspace(0, 10, 500)[:, None]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    for ax in (left, right):
        ax.plot(x, y, ".", color="#cccccc", markersize=3)
    for q in (0.05, 0.5, 0.95):
        model = HistGradientBoostingRegressor("quantile", quantile=q, max_iter=60)
        left.plot(line, model.fit(x[:, None], y).predict(line), label=f"quantile {q:.0%}")
    left.set(title="What lies below: three quantiles", xlabel="x", ylabel="y")
    for title, signs in (("free", None), ("never falling", [1])):
        model = HistGradientBoostingRegressor(max_iter=60, monotonic_cst=signs)
        right.plot(line, model.fit(x[:, None], y).predict(line), label=title)
    right.set(title="What is known beforehand: a monotone fit", xlabel="x", ylabel="y")
    left.legend()
    right.legend()
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    figure.savefig(path, bbox_inches="tight")
    print(f"\nQuantiles and a monotone fit are drawn in {path}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--plot", metavar="PATH", default="runs/examples/hist_gradient_boosting.png"
    )
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    speed(rng)
    holes(rng)
    categories(rng)
    draw(options.plot, rng)


if __name__ == "__main__":
    main()
