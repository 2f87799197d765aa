"""Support vector classification: by hand, its laws, its shapes and its words."""

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import SVC
from ml_from_scratch.models.kernels.functions import rbf_kernel

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 3))
LABELS = np.array(["low", "middle", "high"])
Y = LABELS[np.digitize(X[:, 0] + X[:, 1] ** 2 + 0.3 * rng.normal(size=90), [0.2, 1.2])]
BINARY = np.where(Y == "low", "no", "yes")


def test_the_widest_street_by_hand():
    # The nearest samples of two classes are at x = 1 and x = 3: the boundary is x = 2, the margin 1.
    X, y = [[0.0], [1.0], [3.0], [5.0]], ["a", "a", "b", "b"]
    model = SVC(kernel="linear", C=1e6, tol=1e-10).fit(X, y)
    assert model.coef_.round(8).tolist() == [[1.0]] and model.intercept_.round(8).tolist() == [-2.0]
    assert model.support_.tolist() == [1, 2] and model.n_support_.tolist() == [1, 1]
    assert model.dual_coef_.round(8).tolist() == [[-0.5, 0.5]]
    assert model.decision_function([[2.0], [4.0]]).round(8).tolist() == [0.0, 2.0]
    assert model.predict([[1.9], [2.1]]).tolist() == ["a", "b"]


def test_exclusive_or_needs_a_kernel():
    X, y = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]), [0, 0, 1, 1]
    assert SVC(C=10.0).fit(X, y).score(X, y) == 1.0
    assert SVC(kernel="poly", degree=2, C=100.0, gamma=1.0, coef0=1.0).fit(X, y).score(X, y) == 1.0


@pytest.mark.parametrize("y", [BINARY, Y], ids=["binary", "three classes"])
def test_the_same_kernel_in_four_ways(y):
    gamma = 1.0 / (3 * X.var())
    by_name = SVC(tol=1e-9).fit(X, y)
    K = rbf_kernel(X, X, gamma=gamma)
    given = SVC(kernel="precomputed", tol=1e-9).fit(K, y)
    called = SVC(kernel=lambda A, B: rbf_kernel(A, B, gamma=gamma), tol=1e-9).fit(X, y)
    number = SVC(gamma=gamma, tol=1e-9).fit(X, y)
    expected = by_name.decision_function(X)
    np.testing.assert_allclose(number.decision_function(X), expected, atol=1e-7)
    np.testing.assert_allclose(called.decision_function(X), expected, atol=1e-7)
    np.testing.assert_allclose(given.decision_function(K), expected, atol=1e-7)
    assert given.support_vectors_.shape == called.support_vectors_.shape == (0, 0)
    with pytest.raises(ValueError, match="square matrix. Input is a 90x3"):
        SVC(kernel="precomputed").fit(X, y)
    with pytest.raises(ValueError, match=r"shape \(len\(X\), len\(Y\)\) = \(90, 90\)"):
        SVC(kernel=lambda A, B: A).fit(X, y)


def test_scores_are_sums_over_the_support_vectors():
    model = SVC(gamma=0.5).fit(X, BINARY)
    K = rbf_kernel(X, model.support_vectors_, gamma=0.5)
    by_hand = K @ model.dual_coef_[0] + model.intercept_
    np.testing.assert_allclose(model.decision_function(X), by_hand, atol=1e-12)
    np.testing.assert_array_equal(model.support_vectors_, X[model.support_])
    assert abs(model.dual_coef_.sum()) < 1e-9
    assert np.abs(model.dual_coef_).max() <= 1.0
    assert (model.predict(X) == np.where(by_hand >= 0, "yes", "no")).all()


def test_three_classes_are_three_machines():
    model = SVC(gamma=0.5, tol=1e-10, decision_function_shape="ovo").fit(X, Y)
    scores = model.decision_function(X)
    pairs = [("high", "low"), ("high", "middle"), ("low", "middle")]
    for k, (first, second) in enumerate(pairs):
        rows = (first == Y) | (second == Y)
        alone = SVC(gamma=0.5, tol=1e-10).fit(X[rows], Y[rows] == first)
        np.testing.assert_allclose(scores[:, k], alone.decision_function(X), atol=1e-7)
    assert model.dual_coef_.shape == (2, model.n_support_.sum())
    assert model.n_iter_.shape == model.intercept_.shape == (3,)
    votes = np.zeros((90, 3), int)
    for k, (first, second) in enumerate(pairs):
        winner = np.where(scores[:, k] > 0, first, second)
        votes += winner[:, None] == np.array(["high", "low", "middle"])
    expected = np.array(["high", "low", "middle"])[votes.argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(X), expected)


def test_ties_are_broken_by_scores_when_asked_for():
    points = 3.0 * rng.normal(size=(4000, 3))
    model = SVC(kernel="linear").fit(X, Y)
    votes, scores = model.predict(points), model.decision_function(points)
    model.set_params(break_ties=True).fit(X, Y)
    by_score = model.classes_[scores.argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(points), by_score)
    whole = np.rint(scores).max(axis=1) > 1
    np.testing.assert_array_equal(votes[whole], by_score[whole])
    with pytest.raises(ValueError, match="break_ties must be False"):
        SVC(break_ties=True, decision_function_shape="ovo").fit(X, Y)


@pytest.mark.parametrize("kernel", ["rbf", "linear", "precomputed"])
def test_weights_are_repetitions(kernel):
    w = rng.integers(0, 3, 90)
    twice, labels = np.repeat(X, w, axis=0), np.repeat(Y, w)
    if kernel == "precomputed":
        A, B, points = X @ X.T, twice @ twice.T, None
    else:
        A, B, points = X, twice, X
    weighted = SVC(kernel=kernel, tol=1e-10).fit(A, Y, w)
    repeated = SVC(kernel=kernel, tol=1e-10).fit(B, labels)
    a = weighted.decision_function(X @ X.T if points is None else X)
    b = repeated.decision_function(X @ twice.T if points is None else X)
    np.testing.assert_allclose(a, b, atol=1e-6)
    assert not set(weighted.support_) & set(np.flatnonzero(w == 0))


def test_class_weights_are_sample_weights():
    w = np.select([Y == "low", Y == "high"], [3.0, 0.5], 1.0)
    by_class = SVC(gamma=0.5, tol=1e-9, class_weight={"low": 3.0, "high": 0.5}).fit(X, Y)
    by_sample = SVC(gamma=0.5, tol=1e-9).fit(X, Y, w)
    np.testing.assert_allclose(
        by_class.decision_function(X), by_sample.decision_function(X), atol=1e-7
    )
    assert by_class.class_weight_.tolist() == [0.5, 3.0, 1.0]
    balanced = SVC(class_weight="balanced").fit(X, Y)
    counts = np.array([(label == Y).sum() for label in balanced.classes_])
    np.testing.assert_allclose(balanced.class_weight_, 90 / (3 * counts))


def test_a_class_without_weight_is_absent():
    w = np.where(Y == "low", 0.0, 1.0)
    assert SVC().fit(X, Y, w).classes_.tolist() == ["high", "middle"]
    with pytest.raises(ValueError, match="number of classes has to be greater than one"):
        SVC().fit(X, BINARY, np.where(BINARY == "no", 0.0, 1.0))
    with pytest.raises(ValueError, match="number of classes has to be greater than one"):
        SVC().fit(X, np.zeros(90, int))


def test_a_class_that_costs_nothing_never_wins():
    for y, class_weight in ((BINARY, {"no": 0.0}), (Y, {"low": 0.0})):
        model = SVC(class_weight=class_weight).fit(X, y)
        assert np.isfinite(model.decision_function(X)).all()
        assert next(iter(class_weight)) not in model.predict(X)


def test_a_class_with_a_single_sample():
    y = np.array(["many"] * 89 + ["one"])
    model = SVC(C=1e3, gamma=5.0).fit(X, y)
    assert model.n_support_[1] == 1 and model.predict(X[-1:])[0] == "one"


@pytest.mark.parametrize("y", [BINARY, Y], ids=["binary", "three classes"])
def test_probabilities(y):
    model = SVC(probability=True, random_state=0).fit(X, y)
    p = model.predict_proba(X)
    assert p.shape == (90, len(model.classes_)) and (p > 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(p))
    assert (model.classes_[p.argmax(axis=1)] == y).mean() > 0.8
    assert model.probA_.shape == model.probB_.shape == model.intercept_.shape
    again = SVC(probability=True, random_state=0).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), p)
    plain = SVC().fit(X, y)
    np.testing.assert_array_equal(plain.decision_function(X), model.decision_function(X))
    assert not hasattr(plain, "predict_proba") and plain.probA_.size == 0
    with pytest.raises(AttributeError, match="not available when probability=False"):
        plain.predict_proba(X)


def test_probabilities_are_fitted_to_samples_that_were_held_out():
    """A machine that knows noise by heart separates what it has seen, and nothing else."""
    noise = np.random.default_rng(1).integers(0, 2, 90)
    model = SVC(C=1e3, gamma=5.0, probability=True, random_state=0).fit(X, noise)
    assert model.score(X, noise) == 1.0
    assert np.abs(model.predict_proba(X) - 0.5).max() < 0.35


def test_probabilities_with_a_single_sample_of_a_class():
    y = np.array(["many"] * 89 + ["one"])
    p = SVC(probability=True, random_state=0).fit(X, y).predict_proba(X)
    assert np.isfinite(p).all() and p[:, 0].mean() > 0.5


def test_the_default_gamma_adapts_to_any_scale():
    expected = SVC(tol=1e-9).fit(X, Y).decision_function(X)
    for scale in (1e-150, 1e150):
        found = SVC(tol=1e-9).fit(scale * X, Y).decision_function(scale * X)
        np.testing.assert_allclose(found, expected, atol=1e-6)
    constant = SVC().fit(np.ones((4, 2)), [0, 1, 0, 1])
    assert np.isfinite(constant.decision_function(np.ones((1, 2)))).all()
    far = SVC(tol=1e-9).fit(X + 1e6, Y).decision_function(X + 1e6)
    np.testing.assert_allclose(far, expected, atol=1e-5)


def test_auto_gamma():
    a, b = SVC(gamma="auto").fit(X, Y), SVC(gamma=1 / 3).fit(X, Y)
    np.testing.assert_array_equal(a.decision_function(X), b.decision_function(X))


def test_convergence_is_told():
    with pytest.warns(ConvergenceWarning, match="SVC stopped after max_iter=3 .* gap"):
        model = SVC(max_iter=3).fit(X, Y)
    assert model.fit_status_ == 1 and (model.n_iter_ == 3).all()
    assert SVC().fit(X, Y).fit_status_ == 0


def test_coefficients_only_for_the_linear_kernel():
    model = SVC(kernel="linear").fit(X, Y)
    assert model.coef_.shape == (3, 3)
    with pytest.raises(AttributeError, match="only available when using a linear kernel"):
        _ = SVC().fit(X, Y).coef_


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"C": 0.0}, "C must be"),
        ({"kernel": "magic"}, "kernel must be one of"),
        ({"gamma": "huge"}, "gamma must be one of 'scale', 'auto'"),
        ({"gamma": -1.0}, "gamma must be"),
        ({"degree": -1}, "degree must be"),
        ({"tol": 0.0}, "tol must be"),
        ({"cache_size": 0}, "cache_size must be"),
        ({"max_iter": -2}, "max_iter must be"),
        ({"class_weight": "equal"}, "class_weight must be"),
        ({"class_weight": {"other": 1.0}}, "class_weight"),
        ({"decision_function_shape": "pairs"}, "decision_function_shape must be one of"),
    ],
)
def test_wrong_parameters(wrong, words):
    with pytest.raises(ValueError, match=words):
        SVC(**wrong).fit(X, Y)


def test_values_too_large_for_a_kernel():
    with pytest.raises(ValueError, match="linear kernel .* StandardScaler"):
        SVC(kernel="linear").fit(1e200 * X, Y)


def test_a_callable_is_not_saved(tmp_path):
    model = SVC(kernel=lambda A, B: A @ B.T).fit(X, Y)
    with pytest.raises(ValueError, match="code is never saved"):
        model.save(tmp_path / "model.npz")
