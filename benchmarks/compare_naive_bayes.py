"""Naive Bayes against scikit-learn: the same probabilities, and the clock.

python benchmarks/compare_naive_bayes.py [--only TEXT] [--json PATH] [--strict]
"""

from _compare import Suite  # isort: skip  (before NumPy: one thread for all)

import numpy as np
from sklearn import naive_bayes

from ml_from_scratch import models

suite = Suite("Naive Bayes", reference="scikit-learn", packages=("scikit-learn", "scipy"))


def bells(n_samples, n_features, n_classes=5, seed=0):
    """Bell-shaped features around a centre per class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_samples)
    return rng.normal(size=(n_classes, n_features))[y] + rng.normal(size=(n_samples, n_features)), y


def words(n_samples, n_features, n_classes=5, seed=0):
    """Counts from a distribution per class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n_samples)
    return rng.poisson(rng.exponential(size=(n_classes, n_features))[y]).astype(float), y


def learned(model):
    if hasattr(model, "theta_"):
        return model.theta_, model.var_, model.class_prior_
    return model.feature_log_prob_, model.class_log_prior_


def fits(name, X, y, *weights):
    return {
        "ours": lambda: getattr(models, name)().fit(X, y, *weights),
        "scikit-learn": lambda: getattr(naive_bayes, name)().fit(X, y, *weights),
    }


def predictions(name, X, y):
    fitted = {side: fit() for side, fit in fits(name, X, y).items()}
    return {side: lambda m=model: m.predict_proba(X) for side, model in fitted.items()}


def both_steps(name, X, y):
    return {side: lambda f=fit: f().predict(X) for side, fit in fits(name, X, y).items()}


@suite.case("Gaussian, fit, 100,000 x 20", agree=1e-10, bar=1.0, answer=learned)
def gaussian_fit():
    return fits("GaussianNB", *bells(100_000, 20))


@suite.case("Gaussian, fit, weighted, 100,000 x 20", agree=1e-6, bar=1.0, answer=learned)
def gaussian_weighted():
    X, y = bells(100_000, 20)
    return fits("GaussianNB", X, y, np.random.default_rng(1).random(len(X)))


@suite.case("Gaussian, predict_proba, 100,000 x 20", agree=1e-10, bar=1.0)
def gaussian_predict():
    return predictions("GaussianNB", *bells(100_000, 20))


@suite.case("multinomial, fit, 20,000 x 500", agree=1e-10, bar=1.2, answer=learned)
def multinomial_fit():
    return fits("MultinomialNB", *words(20_000, 500))


@suite.case("multinomial, predict_proba, 20,000 x 500", agree=1e-10, bar=1.2)
def multinomial_predict():
    return predictions("MultinomialNB", *words(20_000, 500))


@suite.case("Bernoulli, fit, 20,000 x 500", agree=1e-10, bar=1.2, answer=learned)
def bernoulli_fit():
    return fits("BernoulliNB", *words(20_000, 500))


@suite.case("Bernoulli, predict_proba, 20,000 x 500", agree=1e-10, bar=1.2)
def bernoulli_predict():
    return predictions("BernoulliNB", *words(20_000, 500))


@suite.case("complement, fit, 20,000 x 500", agree=1e-10, bar=1.2, answer=learned)
def complement_fit():
    return fits("ComplementNB", *words(20_000, 500))


@suite.case("categorical, fit and predict, 100,000 x 20", agree=0.0, bar=1.0)
def categorical():
    X, y = words(100_000, 20)
    return both_steps("CategoricalNB", X, y)


@suite.case("Gaussian, fit and predict, 150 x 4", agree=0.0, bar=2.5, repeats=31)
def small_gaussian():
    return both_steps("GaussianNB", *bells(150, 4, 3))


@suite.case("multinomial, fit and predict, 150 x 4", agree=0.0, bar=2.5, repeats=31)
def small_multinomial():
    return both_steps("MultinomialNB", *words(150, 4, 3))


@suite.case("Bernoulli, fit and predict, 150 x 4", agree=0.0, bar=2.5, repeats=31)
def small_bernoulli():
    return both_steps("BernoulliNB", *words(150, 4, 3))


@suite.case("complement, fit and predict, 150 x 4", agree=0.0, bar=2.5, repeats=31)
def small_complement():
    return both_steps("ComplementNB", *words(150, 4, 3))


if __name__ == "__main__":
    suite.main()
