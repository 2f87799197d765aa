"""Gradient boosting against scikit-learn's: the same trees, and the clock.

    python benchmarks/compare_gradient_boosting.py [--only TEXT] [--json PATH] [--strict]

X is exact in float32, to which scikit-learn rounds it, and leaves are large, so that no two splits are
equally good: then predictions agree to rounding. On small real data splits tie, and what is
compared is the training loss.
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import datasets, ensemble

from ml_from_scratch import models

suite = Suite("Gradient boosting", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def made(n_samples, n_features=20):
    X, y = datasets.make_regression(
        n_samples, n_features, n_informative=10, noise=10.0, random_state=0
    )
    return X.astype(np.float32).astype(float), y / y.std()


def fits(kind, X, y, **settings):
    """Return the fit on both sides."""
    name = f"GradientBoosting{kind}"
    ours, theirs = getattr(models, name), getattr(ensemble, name)
    return {
        "ours": lambda: ours(random_state=0, **settings).fit(X, y),
        "scikit-learn": lambda: theirs(random_state=0, **settings).fit(X, y),
    }


def losses(model):
    return model.train_score_


def last_loss(model):
    return 1.0 + model.train_score_[-1]


@suite.case("squared error, 20,000 x 20, 50 trees", agree=1e-6, bar=0.5, repeats=3, answer=losses)
def squared_error():
    return fits("Regressor", *made(20_000), n_estimators=50, min_samples_leaf=20)


@suite.case("huber, 20,000 x 20, 20 trees", agree=1e-6, bar=0.6, repeats=3, answer=losses)
def huber():
    settings = {"loss": "huber", "n_estimators": 20, "min_samples_leaf": 20}
    return fits("Regressor", *made(20_000), **settings)


@suite.case("half of the samples for each tree", agree=None, bar=0.8, repeats=3)
def subsample():
    settings = {"subsample": 0.5, "n_estimators": 30, "min_samples_leaf": 20}
    return fits("Regressor", *made(20_000), **settings)


@suite.case("two classes, 20,000 x 20, 50 trees", agree=1e-2, bar=0.5, repeats=3, answer=losses)
def two_classes():
    X, y = made(20_000)
    return fits("Classifier", X, y > 0, n_estimators=50, min_samples_leaf=20)


@suite.case("five classes, 10,000 x 20, 10 stages", agree=1e-2, bar=0.5, repeats=3, answer=losses)
def five_classes():
    X, y = made(10_000)
    labels = np.digitize(y, np.quantile(y, [0.2, 0.4, 0.6, 0.8]))
    return fits("Classifier", X, labels, n_estimators=10, min_samples_leaf=20)


@suite.case("predicting 20,000 x 20, 50 trees", agree=1e-6, bar=1.5, repeats=15)
def predicting():
    X, y = made(20_000)
    settings = {"n_estimators": 50, "min_samples_leaf": 20}
    fitted = {side: fit() for side, fit in fits("Regressor", X, y, **settings).items()}
    return {side: lambda model=model: model.predict(X) for side, model in fitted.items()}


@suite.case("iris, 150 x 4, 3 classes", agree=5e-3, bar=2.5, repeats=7, answer=last_loss)
def iris():
    return fits("Classifier", *datasets.load_iris(return_X_y=True))


@suite.case("diabetes, 150 x 10", agree=0.05, bar=2.5, repeats=9, answer=last_loss)
def diabetes():
    X, y = datasets.load_diabetes(return_X_y=True)
    return fits("Regressor", X[:150], y[:150] / y.std())


@suite.curve("training loss on diabetes", x="trees", y="squared error")
def training_loss():
    X, y = datasets.load_diabetes(return_X_y=True)
    sides = fits("Regressor", X, y / y.std(), min_samples_leaf=10)
    curves = {side: fit().train_score_ for side, fit in sides.items()}
    return {side: (np.arange(1, len(loss) + 1), loss) for side, loss in curves.items()}


if __name__ == "__main__":
    suite.main()
