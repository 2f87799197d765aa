"""KernelRidge against scikit-learn: the same weights, and the clock.

python benchmarks/compare_kernel_ridge.py [--only TEXT] [--json PATH] [--strict]
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import kernel_ridge

from ml_from_scratch import models

suite = Suite(
    "Kernel ridge regression", reference="scikit-learn", packages=("scikit-learn", "scipy")
)


def data(n_samples, n_features=10, n_outputs=None):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, n_features))
    noise = rng.normal(size=n_samples if n_outputs is None else (n_samples, n_outputs))
    return X, (np.sin(X[:, 0]) + noise.T).T


def fits(X, y, *weights, **parameters):
    return {
        "ours": lambda: models.KernelRidge(**parameters).fit(X, y, *weights),
        "scikit-learn": lambda: kernel_ridge.KernelRidge(**parameters).fit(X, y, *weights),
    }


def weights_of(model):
    return model.dual_coef_


@suite.case("rbf, 2,000 x 10", agree=1e-8, bar=1.2, answer=weights_of)
def rbf():
    return fits(*data(2000), kernel="rbf")


@suite.case("poly, weighted, 1,000 x 10", agree=1e-8, bar=1.2, answer=weights_of)
def weighted():
    X, y = data(1000)
    return fits(X, y, np.random.default_rng(1).random(1000) + 0.1, kernel="poly")


@suite.case("laplacian, 1,000 x 10, 20 outputs", agree=1e-8, bar=1.5, answer=weights_of)
def many_outputs():
    return fits(*data(1000, n_outputs=20), kernel="laplacian")


@suite.case("rbf, 150 x 4", agree=1e-8, bar=2.5, repeats=31, answer=weights_of)
def small():
    return fits(*data(150, 4), kernel="rbf")


@suite.case("predict, rbf, 5,000 from 1,000", agree=1e-8, bar=1.2)
def predict():
    X, y = data(6000)
    ours, theirs = (side() for side in fits(X[:1000], y[:1000], kernel="rbf").values())
    points = X[1000:]
    return {"ours": lambda: ours.predict(points), "scikit-learn": lambda: theirs.predict(points)}


if __name__ == "__main__":
    suite.main()
