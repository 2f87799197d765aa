"""Discriminant analysis against scikit-learn: the same probabilities, and the clock.

python benchmarks/compare_discriminant_analysis.py [--only TEXT] [--json PATH] [--strict]
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import datasets, discriminant_analysis

from ml_from_scratch import models

suite = Suite("Discriminant analysis", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def clouds(n_samples, n_features, n_classes, seed=0):
    """Normal clouds of one shape around different centres."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_samples)
    X = rng.normal(size=(n_samples, n_features)) @ rng.normal(size=(n_features, n_features))
    return X + rng.normal(size=(n_classes, n_features))[y] * 3.0, y


def fits(name, X, y, **parameters):
    """Return the fit of one model on both sides."""
    return {
        "ours": lambda: getattr(models, name)(**parameters).fit(X, y),
        "scikit-learn": lambda: getattr(discriminant_analysis, name)(**parameters).fit(X, y),
    }


def learned(model):
    return model.coef_, model.intercept_


def shapes(model):
    return model.means_, np.array(model.scalings_)


@suite.case("LDA svd, 100,000 x 20, 5 classes", agree=1e-8, bar=0.5, answer=learned)
def lda():
    return fits("LinearDiscriminantAnalysis", *clouds(100_000, 20, 5))


@suite.case("LDA lsqr, 100,000 x 20, 5 classes", agree=1e-8, bar=1.0, answer=learned)
def lda_lsqr():
    return fits("LinearDiscriminantAnalysis", *clouds(100_000, 20, 5), solver="lsqr")


@suite.case("LDA eigen, shrinkage auto, 20,000 x 100", agree=1e-8, bar=1.0, answer=learned)
def lda_shrunk():
    options = {"solver": "eigen", "shrinkage": "auto"}
    return fits("LinearDiscriminantAnalysis", *clouds(20_000, 100, 5), **options)


@suite.case("LDA svd, digits", agree=1e-6, bar=1.0, repeats=15, answer=learned)
def lda_digits():
    return fits("LinearDiscriminantAnalysis", *datasets.load_digits(return_X_y=True))


@suite.case("QDA, 100,000 x 20, 5 classes", agree=1e-8, bar=0.5, answer=shapes)
def qda():
    return fits("QuadraticDiscriminantAnalysis", *clouds(100_000, 20, 5))


@suite.case("QDA predict, 100,000 x 20, 5 classes", agree=1e-8, bar=1.0)
def qda_predict():
    X, y = clouds(100_000, 20, 5)
    ours, theirs = (fit() for fit in fits("QuadraticDiscriminantAnalysis", X, y).values())
    return {
        "ours": lambda: ours.predict_proba(X),
        "scikit-learn": lambda: theirs.predict_proba(X),
    }


@suite.case("LDA, iris, 150 x 4", agree=1e-8, bar=2.5, repeats=31, answer=learned)
def small_lda():
    return fits("LinearDiscriminantAnalysis", *datasets.load_iris(return_X_y=True))


@suite.case("QDA, iris, 150 x 4", agree=1e-8, bar=2.5, repeats=31, answer=shapes)
def small_qda():
    return fits("QuadraticDiscriminantAnalysis", *datasets.load_iris(return_X_y=True))


if __name__ == "__main__":
    suite.main()
