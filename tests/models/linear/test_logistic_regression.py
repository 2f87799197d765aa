"""Logistic regression: one minimum for every solver, scikit-learn's values, and hard data."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.losses import BinaryCrossEntropy, CrossEntropy
from ml_from_scratch.models import LogisticRegression
from ml_from_scratch.models.linear.logistic_objective import BinaryObjective, SoftmaxObjective
from ml_from_scratch.models.linear.logistic_regression import _gradient

SOFTMAX = "1.6"  # the first scikit-learn whose Newton solver knows more than two classes
EXACT = {"tol": 1e-10, "max_iter": 50_000}


def data(classes=2, n=120, d=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * rng.uniform(0.5, 2, d) + rng.normal(size=d)
    scores = X @ rng.normal(size=(d, classes)) + rng.gumbel(size=(n, classes))
    return X, scores.argmax(axis=1)


# ---- the objective -------------------------------------------------------------------------------
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("far", [0.0, 1e5])
def test_gradient_and_hessian_are_those_of_the_value(classes, fit_intercept, weighted, far):
    X, y = data(classes, n=200)
    w = np.random.default_rng(1).random(len(X)) if weighted else None
    kind = BinaryObjective if classes == 2 else SoftmaxObjective
    objective = kind(X + far, y, classes, w, 0.7, fit_intercept)
    scale = 1.0 if fit_intercept or not far else 1.0 / far
    theta = scale * np.random.default_rng(2).normal(size=objective.start().size)
    value, g, H = objective.value_gradient_hessian(theta)
    assert value == objective.value_gradient(theta)[0]
    if classes > 2:  # without the curvature of its own along directions that are flat
        K, D = objective.n_rows, objective.n_columns
        H = H - np.tile(np.eye(D), (K, K)) / K
    h = 1e-5 * scale
    for i, e in enumerate(np.eye(len(theta)) * h):
        (up, g_up), (down, g_down) = objective.value_gradient(theta + e), objective.value_gradient(
            theta - e
        )
        np.testing.assert_allclose((up - down) / (2 * h), g[i], rtol=1e-5, atol=1e-7 / scale)
        np.testing.assert_allclose((g_up - g_down) / (2 * h), H[i], rtol=1e-4, atol=1e-6 / scale**2)


@pytest.mark.parametrize("classes", [2, 3])
def test_value_is_the_losses_and_the_penalty(classes):
    X, y = data(classes)
    w = np.random.default_rng(1).random(len(X))
    kind = BinaryObjective if classes == 2 else SoftmaxObjective
    objective = kind(X, y, classes, w, 0.7, True)
    theta = np.random.default_rng(2).normal(size=objective.start().size)
    coef, intercept = objective.unpack(theta)
    scores = X @ coef.T + intercept
    loss = BinaryCrossEntropy if classes == 2 else CrossEntropy
    mean = loss(from_logits=True).value(scores[:, 0] if classes == 2 else scores, y, w)
    expected = mean + 0.5 * 0.7 * (coef**2).sum() / w.sum()
    assert objective.value_gradient(theta)[0] == pytest.approx(expected, rel=1e-12)


# ---- scikit-learn's values -----------------------------------------------------------------------
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("C", [1e-2, 1.0, 100.0, np.inf])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("solver", ["newton-cholesky", "lbfgs"])
def test_equals_scikit_learn(classes, C, fit_intercept, weighted, solver):
    pytest.importorskip("sklearn", minversion=None if classes == 2 else SOFTMAX)
    from sklearn import linear_model

    X, y = data(classes)
    w = np.random.default_rng(1).random(len(X)) if weighted else None
    options = {"C": C, "fit_intercept": fit_intercept}
    ours = LogisticRegression(solver=solver, **EXACT, **options).fit(X, y, w)
    if np.isinf(C):  # penalty=None is deprecated in new versions, and C=np.inf refused by old ones
        options["C"] = 1e14 if classes == 2 else 1e8  # its softmax Hessian is singular beyond
    # scikit-learn's L-BFGS stops at the precision of the value, 1e-5; its Newton goes to the end.
    theirs = linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-14, **options)
    theirs.fit(X, y, w)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-6)
    assert ours.classes_.dtype == theirs.classes_.dtype and ours.n_iter_.shape == (1,)


@pytest.mark.parametrize("name", ["iris", "breast_cancer", "wine"])
def test_equals_scikit_learns_newton_on_real_data(name):
    pytest.importorskip("sklearn", minversion=SOFTMAX)
    from sklearn import datasets
    from sklearn.linear_model import LogisticRegression as Reference

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    theirs = Reference(solver="newton-cholesky", tol=1e-14, max_iter=1000).fit(X, y)
    ours = LogisticRegression(tol=1e-12).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(
        ours.intercept_, theirs.intercept_, atol=1e-6 * np.abs(theirs.intercept_).max()
    )
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-7)
    assert ours.score(X, y) == theirs.score(X, y)


@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0, 2: 0.5}])
@pytest.mark.parametrize("weighted", [True, False])
def test_class_weights_equal_scikit_learns(class_weight, weighted):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = data(3)
    w = np.random.default_rng(1).random(len(X)) if weighted else None
    ours = LogisticRegression(class_weight=class_weight, **EXACT).fit(X, y, w)
    theirs = linear_model.LogisticRegression(class_weight=class_weight, tol=1e-12, max_iter=10_000)
    if weighted and class_weight == "balanced":  # old versions balance without the sample weights
        totals = np.bincount(y, w)
        theirs.set_params(class_weight=dict(enumerate(totals.sum() / (3 * totals))))
    np.testing.assert_allclose(ours.coef_, theirs.fit(X, y, w).coef_, atol=1e-5)


# ---- one minimum, whatever the solver ------------------------------------------------------------
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("solver", ["lbfgs", "gradient_descent", "sgd"])
def test_solvers_agree(classes, fit_intercept, weighted, solver):
    X, y = data(classes)
    w = np.random.default_rng(1).random(len(X)) if weighted else None
    options = {"fit_intercept": fit_intercept, "C": 0.5, "tol": 1e-5, "random_state": 0}
    newton = LogisticRegression(solver="newton-cholesky", **options).fit(X, y, w)
    other = LogisticRegression(solver=solver, max_iter=1000, **options).fit(X, y, w)
    np.testing.assert_allclose(other.coef_, newton.coef_, atol=2e-3)
    np.testing.assert_allclose(other.predict_proba(X), newton.predict_proba(X), atol=5e-4)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weighted", [True, False])
def test_batches_estimate_the_gradient_without_bias(classes, weighted):
    """Over batches of one size the estimates have the full gradient, that of the value, as mean."""
    X, y = data(classes)
    w = np.random.default_rng(1).random(len(X)) if weighted else None
    kind = BinaryObjective if classes == 2 else SoftmaxObjective
    objective = kind(X, y, classes, w, 0.7, True)
    theta = np.random.default_rng(2).normal(size=objective.start().size)
    batches = np.arange(len(X)).reshape(-1, 10)
    mean = np.mean([_gradient(objective, rows)(theta) for rows in batches], axis=0)
    np.testing.assert_allclose(mean, objective.value_gradient(theta)[1], rtol=1e-10, atol=1e-14)


def test_intercepts_of_all_classes_have_mean_zero():
    """Adding one number to all scores changes nothing: of all such minima the central one is taken."""
    for solver in ("newton-cholesky", "lbfgs", "gradient_descent", "sgd"):
        for C in (1.0, np.inf):
            options = {"C": C, "tol": 1e-3, "max_iter": 3000, "random_state": 0}
            model = LogisticRegression(solver=solver, **options).fit(*data(3))
            assert model.intercept_.sum() == pytest.approx(0.0, abs=1e-6)
            assert model.coef_.sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-6)


def test_auto_takes_newton_for_few_parameters():
    X, y = data(2, d=4)
    auto, newton = LogisticRegression().fit(X, y), LogisticRegression(solver="newton-cholesky").fit(
        X, y
    )
    assert auto.coef_.tobytes() == newton.coef_.tobytes()
    X, y = data(3, d=60)
    auto, lbfgs = LogisticRegression().fit(X, y), LogisticRegression(solver="lbfgs").fit(X, y)
    assert auto.coef_.tobytes() == lbfgs.coef_.tobytes()


@pytest.mark.parametrize("solver", ["newton-cholesky", "lbfgs"])
@pytest.mark.parametrize("classes", [2, 3])
def test_origin_of_the_features_does_not_matter(solver, classes):
    """The intercept is not penalised, so moving X moves nothing else."""
    X, y = data(classes)
    X = np.round(X, 4)
    near = LogisticRegression(solver=solver, **EXACT).fit(X, y)
    for offset in (100.0, 1e7):
        far = LogisticRegression(solver=solver, **EXACT).fit(X + offset, y)
        np.testing.assert_allclose(far.coef_, near.coef_, atol=1e-6)
        np.testing.assert_allclose(far.predict_proba(X + offset), near.predict_proba(X), atol=1e-6)


def test_weights_count_like_repetitions():
    X, y = data(3)
    w = np.random.default_rng(2).integers(0, 4, len(X))
    rows = np.repeat(np.arange(len(X)), w)
    for solver in ("newton-cholesky", "lbfgs"):
        ours = LogisticRegression(solver=solver, **EXACT).fit(X, y, w)
        again = LogisticRegression(solver=solver, **EXACT).fit(X[rows], y[rows])
        np.testing.assert_allclose(ours.coef_, again.coef_, atol=1e-8)


# ---- hard data -----------------------------------------------------------------------------------
@pytest.mark.parametrize("solver", ["newton-cholesky", "lbfgs"])
def test_separable_data_without_a_penalty(solver):
    """The minimum is at infinity: the walk there ends at the tolerance, with finite numbers."""
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    model = LogisticRegression(C=np.inf, solver=solver).fit(X, [0, 0, 1, 1])
    assert np.isfinite(model.coef_).all() and model.score(X, [0, 0, 1, 1]) == 1.0
    assert model.predict_proba(X)[0, 0] > 0.99


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("scale", [1e-100, 1e-8, 1e8, 1e100])
def test_units_of_the_features(classes, scale):
    X, y = data(classes)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression().fit(X * scale, y)
    assert np.isfinite(model.predict_proba(X * scale)).all()
    if scale == 1e8:  # the penalty no longer counts
        free = LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
        np.testing.assert_allclose(model.predict_proba(X * scale), free.predict_proba(X), atol=1e-3)


@pytest.mark.parametrize("constant", [0.0, 0.1, 3.0, -1e8])
def test_constant_and_dependent_columns(constant):
    X, y = data()
    more = np.column_stack([X, np.full(len(X), constant), X[:, 0]])
    for C in (1.0, np.inf):
        model = LogisticRegression(C=C, tol=1e-10).fit(more, y)
        assert model.coef_[0, 4] == pytest.approx(0.0, abs=1e-9)
        assert model.coef_[0, 5] == pytest.approx(model.coef_[0, 0], rel=1e-4)
    plain = LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(more), plain.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("solver", ["newton-cholesky", "lbfgs", "gradient_descent", "sgd"])
@pytest.mark.parametrize("classes", [2, 3])
def test_more_features_than_samples_and_few_samples(solver, classes):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 30)), np.arange(12) % classes
    model = LogisticRegression(solver=solver, max_iter=2000, random_state=0).fit(X, y)
    assert model.score(X, y) == 1.0
    two = LogisticRegression(solver=solver, max_iter=2000, random_state=0).fit(
        [[0.0], [1.0]], ["a", "b"]
    )
    assert two.predict([[0.0], [1.0]]).tolist() == ["a", "b"]


def test_probabilities_of_extreme_scores():
    X, y = data()
    model = LogisticRegression().fit(X, y)
    far = np.array([[1e6, -1e6, 1e6, 1e6], [-1e6, 1e6, -1e6, -1e6]]) * np.sign(model.coef_)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p, log_p = model.predict_proba(far), model.predict_log_proba(far)
    assert np.isfinite(p).all() and np.isfinite(log_p).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("solver", ["newton-cholesky", "lbfgs", "gradient_descent"])
def test_float32_stays_float32(classes, solver):
    X, y = data(classes)
    model = LogisticRegression(solver=solver, max_iter=1000).fit(X.astype(np.float32), y)
    exact = LogisticRegression(solver=solver, max_iter=1000).fit(X, y)
    assert model.coef_.dtype == model.intercept_.dtype == np.float32
    assert model.predict_proba(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(model.coef_, exact.coef_, atol=1e-3)


@pytest.mark.parametrize("classes", [2, 3])
def test_labels_and_scores(classes):
    X, y = data(classes)
    names = np.array(["ape", "bat", "cat"], dtype=object)[y]
    model = LogisticRegression().fit(X, names)
    assert model.classes_.tolist() == ["ape", "bat", "cat"][:classes]
    scores = model.decision_function(X)
    assert scores.shape == ((len(X),) if classes == 2 else (len(X), classes))
    np.testing.assert_array_equal(
        model.predict(X), model.classes_[model.predict_proba(X).argmax(axis=1)]
    )
    one = model.predict_proba(X[:1])
    assert one.shape == (1, classes) and one.sum() == pytest.approx(1.0)


# ---- stopping, starting, errors ------------------------------------------------------------------
@pytest.mark.parametrize("solver", ["newton-cholesky", "lbfgs", "gradient_descent", "sgd"])
def test_too_few_iterations_warn_with_advice(solver):
    X, y = data(3)
    with pytest.warns(ConvergenceWarning, match=f"{solver}.*max_iter=1 .*Raise max_iter") as record:
        model = LogisticRegression(solver=solver, max_iter=1, tol=1e-9).fit(X, y)
    assert model.n_iter_.tolist() == [1] and record[0].filename == __file__


def test_overrides_are_gradient_descent_to_the_letter():
    X, y = data()
    model = LogisticRegression(C=2.0).fit(X, y, lr=0.1, epochs=20)
    A, w, b = X - X.mean(axis=0), np.zeros(4), 0.0
    for _ in range(20):
        error = 1 / (1 + np.exp(-(A @ w + b))) - y
        w, b = w - 0.1 * (A.T @ error + w / 2.0) / len(y), b - 0.1 * error.mean()
    np.testing.assert_allclose(model.coef_[0], w, rtol=1e-10)
    np.testing.assert_allclose(model.intercept_[0], b - X.mean(axis=0) @ w, rtol=1e-10)
    assert model.n_iter_[0] == 20 and model.solver == "auto" and model.eta0 is None
    assert LogisticRegression(solver="sgd", random_state=0).fit(X, y, epochs=3).n_iter_[0] == 3


def test_divergence_is_an_error_with_advice():
    X, y = data()
    for solver in ("gradient_descent", "sgd"):
        with pytest.raises(ValueError, match="diverged .*Pass a smaller lr"):
            LogisticRegression(solver=solver, eta0=1e6, C=1e-3, random_state=0).fit(X * 100, y)


def test_warm_start_continues():
    X, y = data(3, n=300)
    model = LogisticRegression(solver="lbfgs", warm_start=True, tol=1e-8, max_iter=1000).fit(X, y)
    first, coef = model.n_iter_[0], model.coef_
    assert model.fit(X, y).n_iter_[0] < first / 4
    np.testing.assert_allclose(model.coef_, coef, atol=1e-5)
    assert model.fit(X[:, :2], y).coef_.shape == (3, 2)
    cold = LogisticRegression(solver="lbfgs", tol=1e-8, max_iter=1000).fit(X, y)
    assert cold.fit(X, y).n_iter_[0] == first


def test_mini_batches_are_decided_by_random_state():
    X, y = data()

    def fit(state):
        return (
            LogisticRegression(solver="sgd", random_state=state).fit(X, y, epochs=2).coef_.tobytes()
        )

    assert fit(0) == fit(0) != fit(1)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"C": 0.0}, "C must be a number above 0"),
        ({"penalty": "l1"}, "penalty must be one of 'l2', None"),
        ({"solver": "saga"}, "solver must be one of 'auto', 'newton-cholesky', 'lbfgs'"),
        ({"batch_size": 0}, "batch_size"),
        ({"class_weight": "even"}, "class_weight must be None, 'balanced' or a dict"),
        ({"class_weight": {7: 1.0}}, "class_weight names classes of y"),
        ({"class_weight": {1: -1.0}}, "class_weight names classes of y"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        LogisticRegression(**parameters).fit(*data())


def test_one_class_is_refused():
    with pytest.raises(
        ValueError, match="at least 2 classes, but the data contains only one class"
    ):
        LogisticRegression().fit(np.ones((3, 1)), [1, 1, 1])


def test_penalty_none_is_c_infinite():
    X, y = data()
    a = LogisticRegression(penalty=None).fit(X, y)
    b = LogisticRegression(C=np.inf).fit(X, y)
    np.testing.assert_array_equal(a.coef_, b.coef_)
