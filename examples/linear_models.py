"""What linear regression can say about diabetes: errors, selection, outliers and quantiles.

    python examples/linear_models.py [--plot runs/examples/linear_models.png | --plot ""]

The data come with the package: ten measurements of 442 patients and how their disease progressed in
a year. With matplotlib (the extra ``viz``) a picture of the lasso's path and of quantiles is saved.
"""

import argparse
from pathlib import Path

import numpy as np

from ml_from_scratch.datasets import load_diabetes
from ml_from_scratch.models import (
    OLS,
    BayesianRidge,
    HuberRegressor,
    LassoCV,
    LinearRegression,
    QuantileRegressor,
    RidgeCV,
    lasso_path,
)
from ml_from_scratch.utils import cross_val_score


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="PATH", default="runs/examples/linear_models.png")
    options = parser.parse_args()

    diabetes = load_diabetes()
    X, y, names = diabetes.data, diabetes.target, diabetes.feature_names
    X = (X - X.mean(axis=0)) / X.std(axis=0)

    print("Which measurements matter? Standard errors say how sure each coefficient is.\n")
    ols = OLS().fit(X, y)
    print(ols.summary(names=names))

    chosen = LassoCV(cv=10).fit(X, y)
    kept = [name for name, w in zip(names, chosen.coef_) if w != 0.0]
    print(f"\nThe lasso keeps {len(kept)} of {len(names)} (alpha {chosen.alpha_:.2g}): {kept}")

    print("\nHow well do they predict? R-squared over 10 folds:")
    clean = [LinearRegression(), RidgeCV(alphas=np.logspace(-2, 3, 30)), chosen, BayesianRidge()]
    for model in clean:
        print(f"  {type(model).__name__:<18} {cross_val_score(model, X, y, cv=10).mean():.3f}")

    print("\nIf a clerk forgets the decimal point in 1 of 50 targets:")
    spoilt = y * np.where(np.random.default_rng(0).random(len(y)) < 0.02, 10.0, 1.0)
    for model in (LinearRegression(), HuberRegressor(), QuantileRegressor(alpha=0.0)):
        moved = np.linalg.norm(model.fit(X, spoilt).coef_ - ols.coef_) / np.linalg.norm(ols.coef_)
        print(f"  {type(model).__name__:<18} coefficients move by {moved:.0%}")

    if options.plot:
        picture(X, y, names, chosen, Path(options.plot))


def picture(X, y, names, chosen, path):
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print('\nNo picture: pip install "ml-from-scratch-lab[viz]" brings matplotlib.')
        return
    from ml_from_scratch.utils.plotting.canvas import COLORS

    left, right = (figure := Figure(figsize=(11, 4.5), layout="constrained")).subplots(1, 2)
    alphas, coefs, _ = lasso_path(X - X.mean(axis=0), y - y.mean(), eps=2e-3)
    for j, name in enumerate(names):
        left.plot(alphas, coefs[j], color=COLORS[j % len(COLORS)], ls="-" if j < 8 else "--")
        left.annotate(f" {name}", (alphas[-1], coefs[j, -1]), fontsize=8, va="center")
    left.axvline(chosen.alpha_, color="grey", lw=1, ls=":")
    left.set(xscale="log", xlabel="alpha", ylabel="coefficient", title="The lasso's path")
    left.invert_xaxis()

    bmi = X[:, [names.index("bmi")]]
    ends = np.array([[bmi.min()], [bmi.max()]])
    right.scatter(bmi, y, s=8, color="lightgrey")
    for k, q in enumerate((0.1, 0.5, 0.9)):
        line = QuantileRegressor(quantile=q, alpha=0.0).fit(bmi, y).predict(ends)
        right.plot(ends, line, color=COLORS[k], label=f"{q:.0%} are below")
    right.set(xlabel="body mass index (standardised)", ylabel="progression", title="Quantiles")
    right.legend(frameon=False)

    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    print(f"\nThe picture is at {path}.")


if __name__ == "__main__":
    main()
