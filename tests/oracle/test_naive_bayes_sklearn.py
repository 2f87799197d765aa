"""Naive Bayes beside scikit-learn's: the same counts, the same probabilities."""

import numpy as np
import pytest

from ml_from_scratch import models

theirs = pytest.importorskip("sklearn.naive_bayes")

rng = np.random.default_rng(0)
Y = rng.integers(0, 4, 200)
BELLS = rng.normal(size=(200, 6)) * [1, 10, 0.1, 1, 1, 1] + Y[:, None]
COUNTS = rng.poisson(0.5 + Y[:, None] * [0, 1, 0, 0.3, 0, 0], size=(200, 6)).astype(float)
COUNTS[Y == 0, 5] = 0.0  # never seen in a class
WEIGHTS = rng.random(200)
PROBABILITIES = ("predict_joint_log_proba", "predict_log_proba", "predict_proba")
COUNTED = ("class_count_", "feature_count_", "class_log_prior_", "feature_log_prob_")
LEARNED = {"GaussianNB": ("class_count_", "class_prior_", "theta_", "var_")}

CASES = [
    ("GaussianNB", {}, BELLS),
    ("GaussianNB", {"var_smoothing": 1e-3}, BELLS),
    ("GaussianNB", {"priors": [0.1, 0.2, 0.3, 0.4]}, BELLS),
    ("MultinomialNB", {}, COUNTS),
    ("MultinomialNB", {"alpha": [0.5, 1, 2, 1, 1, 0.1]}, COUNTS),
    ("MultinomialNB", {"fit_prior": False}, COUNTS),
    ("MultinomialNB", {"class_prior": [0.1, 0.2, 0.3, 0.4]}, COUNTS),
    ("MultinomialNB", {"alpha": 1e-30}, COUNTS),
    ("BernoulliNB", {}, COUNTS),
    ("BernoulliNB", {"alpha": 1e-30}, COUNTS),
    ("BernoulliNB", {"binarize": 1.0, "alpha": 0.3}, COUNTS),
    ("BernoulliNB", {"binarize": None, "class_prior": [0.1, 0.2, 0.3, 0.4]}, COUNTS > 0),
    ("ComplementNB", {}, COUNTS),
    ("ComplementNB", {"alpha": 1e-30}, COUNTS * (Y < 2)[:, None] * [1, 1, 1, 1, 1, 0]),
    ("ComplementNB", {"norm": True, "alpha": 0.2}, COUNTS),
]
every_case = pytest.mark.parametrize(
    "name, options, X", CASES, ids=[f"{c[0]}{c[1]}" for c in CASES]
)


def agree(ours, reference, X, tol=1e-10):
    for name in LEARNED.get(type(ours).__name__, COUNTED):
        np.testing.assert_allclose(
            getattr(ours, name), getattr(reference, name), rtol=tol, atol=tol, err_msg=name
        )
    for method in PROBABILITIES:
        np.testing.assert_allclose(
            getattr(ours, method)(X), getattr(reference, method)(X), rtol=tol, atol=tol
        )
    np.testing.assert_array_equal(ours.predict(X), reference.predict(X))


@every_case
def test_the_same_model(name, options, X):
    ours = getattr(models, name)(**options).fit(X, Y)
    agree(ours, getattr(theirs, name)(**options).fit(X, Y), X)


@every_case
def test_the_same_with_weights(name, options, X):
    if name == "GaussianNB":  # whose epsilon knows no weights in scikit-learn
        options = {**options, "var_smoothing": 0}
    ours = getattr(models, name)(**options).fit(X, Y, WEIGHTS)
    agree(ours, getattr(theirs, name)(**options).fit(X, Y, WEIGHTS), X)


@every_case
def test_the_same_piece_by_piece(name, options, X):
    if name == "GaussianNB":  # whose epsilon is that of the last piece in scikit-learn
        options = {**options, "var_smoothing": 0}
    ours, reference = getattr(models, name)(**options), getattr(theirs, name)(**options)
    for rows in (slice(0, 50), slice(50, 60), slice(60, None)):
        for model in (ours, reference):
            model.partial_fit(X[rows], Y[rows], classes=[0, 1, 2, 3], sample_weight=WEIGHTS[rows])
    agree(ours, reference, X)


@pytest.mark.parametrize("name", ["GaussianNB", "MultinomialNB", "BernoulliNB", "ComplementNB"])
def test_a_class_not_seen_yet(name):
    X = BELLS if name == "GaussianNB" else COUNTS
    some = Y != 2
    ours, reference = getattr(models, name)(), getattr(theirs, name)()
    with np.errstate(divide="ignore"):
        for model in (ours, reference):
            model.partial_fit(X[some], Y[some], classes=[0, 1, 2, 3])
        agree(ours, reference, X)
    assert not (ours.predict(X) == 2).any() or name == "ComplementNB"


@pytest.mark.parametrize(
    "name, offset", [("GaussianNB", 0), ("MultinomialNB", 0), ("BernoulliNB", 8)]
)
def test_on_real_digits(name, offset):
    datasets = pytest.importorskip("sklearn.datasets")
    X, y = datasets.load_digits(return_X_y=True)
    X = np.maximum(X - offset, 0)
    ours, reference = getattr(models, name)().fit(X, y), getattr(theirs, name)().fit(X, y)
    agree(ours, reference, X, tol=1e-9)
    assert ours.score(X, y) == reference.score(X, y) > 0.8
