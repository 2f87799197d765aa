"""Two ways to learn without a loss: ask the neighbours, or count.

    python examples/neighbors_and_bayes.py [--plot PATH]

On handwritten digits that come with the package: how the number of neighbours trades noise for blur,
what each naive Bayes assumes and what that costs, and how much of the data either needs. With
matplotlib (the extra ``viz``) the borders between two moons are drawn, too.
"""

import argparse
import os
import time

import numpy as np

from ml_from_scratch.datasets import load_digits, make_moons
from ml_from_scratch.models import (
    BernoulliNB,
    ComplementNB,
    GaussianNB,
    KNeighborsClassifier,
    MultinomialNB,
)
from ml_from_scratch.utils import train_test_split


def accuracy_and_time(model, X_train, X_test, y_train, y_test):
    start = time.perf_counter()
    score = model.fit(X_train, y_train).score(X_test, y_test)
    return f"{score:7.1%}  in {1e3 * (time.perf_counter() - start):5.1f} ms"


def draw(path):
    try:
        from matplotlib import pyplot
    except ImportError:
        print('No picture without matplotlib: pip install "ml-from-scratch-lab[viz]".')
        return
    from ml_from_scratch.utils.plotting import plot_decision_boundary

    X, y = make_moons(300, noise=0.3, random_state=0)
    models = {
        "1 neighbour": KNeighborsClassifier(1),
        "15 neighbours": KNeighborsClassifier(15),
        "Gaussian naive Bayes": GaussianNB(),
    }
    figure, axes = pyplot.subplots(1, len(models), figsize=(13, 4), layout="constrained")
    for ax, (title, model) in zip(axes, models.items()):
        plot_decision_boundary(model.fit(X, y), X, y, ax=ax)
        ax.set_title(title)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    figure.savefig(path, bbox_inches="tight")
    print(f"\nThe borders between two moons are drawn in {path}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="PATH", default="runs/examples/neighbors_and_bayes.png")
    options = parser.parse_args()

    X, y = load_digits(return_X_y=True)
    data = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)

    print("Ask the neighbours: accuracy on unseen digits")
    for k in (1, 3, 10, 30, 100, 300):
        print(f"  k = {k:3d}   {accuracy_and_time(KNeighborsClassifier(k), *data)}")
    print("\nCount: the same digits, by what one believes about a pixel")
    for model, belief in [
        (GaussianNB(var_smoothing=1e-3), "a bell curve per class"),
        (MultinomialNB(), "so many drops of ink from the class's urn"),
        (ComplementNB(), "the same, judged by the other classes"),
        (BernoulliNB(binarize=8), "ink or no ink"),
    ]:
        name = type(model).__name__
        print(f"  {name:14s}{accuracy_and_time(model, *data)}   {belief}")

    print("\nWith little data: accuracy after so many digits")
    X_train, X_test, y_train, y_test = data
    order = np.random.default_rng(0).permutation(len(X_train))
    print("    digits    neighbours (k = 1)    counting (GaussianNB)")
    for n in (30, 100, 300, 1000):
        few = X_train[order[:n]], y_train[order[:n]]
        near = KNeighborsClassifier(1).fit(*few).score(X_test, y_test)
        bells = GaussianNB(var_smoothing=1e-2).fit(*few).score(X_test, y_test)
        print(f"    {n:6d}    {near:18.1%}    {bells:21.1%}")

    draw(options.plot)


if __name__ == "__main__":
    main()
