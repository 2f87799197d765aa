"""Lasso and elastic net: the conditions of the minimum, the duality gap, and hard data."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import (
    ElasticNet,
    Lasso,
    LinearRegression,
    Ridge,
    enet_path,
    lasso_path,
)
from ml_from_scratch.models.linear.coordinate_descent import (
    ColumnDesign,
    ColumnQuadratic,
    GramDesign,
    GramQuadratic,
    Penalties,
    Stop,
    design_of,
    duality_gap,
    minimize,
)
from ml_from_scratch.models.linear.least_squares import Problem


def data(n=50, d=8, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + rng.normal(size=(n, 1)) + 1.0
    w = rng.normal(size=d) * (rng.random(d) < 0.5)
    return X, X @ w + 2.0 + 0.3 * rng.normal(size=n)


def objective(model, X, y, s=None):
    ratio = getattr(model, "l1_ratio", 1.0)
    w = model.coef_
    loss = 0.5 * np.average(np.square(y - model.predict(X)), weights=s)
    return loss + model.alpha * (ratio * np.abs(w).sum() + 0.5 * (1 - ratio) * w @ w)


def assert_optimal(model, X, y, s=None, tol=1e-6):
    """The gradient of the loss is balanced by the penalty, coefficient by coefficient."""
    ratio = getattr(model, "l1_ratio", 1.0)
    s = np.ones(len(y)) if s is None else s
    A = X - np.average(X, axis=0, weights=s) if model.fit_intercept else X
    errors = s * (y - model.predict(X)) / s.sum()
    g = A.T @ errors - model.alpha * (1 - ratio) * model.coef_
    limit, w = model.alpha * ratio, model.coef_
    np.testing.assert_allclose(g[w != 0], limit * np.sign(w[w != 0]), atol=tol)
    assert ((g if model.positive else np.abs(g))[w == 0] <= limit + tol).all()
    assert not model.positive or (w >= 0).all()


# ---- laws ----------------------------------------------------------------------------------------
def test_one_feature_is_a_soft_threshold():
    X, y = np.array([[-1.0], [0.0], [1.0]]), np.array([-2.0, 1.0, 4.0])
    slope, curvature = 6.0 / 3, 2.0 / 3  # means of x y and of x^2
    for alpha in (0.1, 1.0, 1.9):
        model = Lasso(alpha=alpha).fit(X, y)
        assert model.coef_[0] == pytest.approx((slope - alpha) / curvature)
        assert model.intercept_ == pytest.approx(1.0)
        net = ElasticNet(alpha=alpha, l1_ratio=0.25).fit(X, y)
        expected = (slope - 0.25 * alpha) / (curvature + 0.75 * alpha)
        assert net.coef_[0] == pytest.approx(expected)
    assert Lasso(alpha=2.0).fit(X, y).coef_[0] == 0.0
    assert Lasso(alpha=0.5, positive=True).fit(-X, y).coef_[0] == 0.0


@pytest.mark.parametrize("shape", [(50, 8), (20, 20), (15, 60), (12, 400)])
@pytest.mark.parametrize("l1_ratio", [0.1, 1.0])
@pytest.mark.parametrize("options", [{}, {"positive": True}, {"fit_intercept": False}], ids=str)
@pytest.mark.parametrize("weighted", [False, True])
def test_conditions_of_the_minimum(shape, l1_ratio, options, weighted):
    X, y = data(*shape)
    s = np.random.default_rng(1).integers(0, 3, len(y)).astype(float) if weighted else None
    model = ElasticNet(0.05, l1_ratio=l1_ratio, tol=1e-10, max_iter=20_000, **options)
    assert_optimal(model.fit(X, y, s), X, y, s)
    assert model.n_iter_ >= 1 and 0 <= model.dual_gap_ <= 1e-10 * np.square(y).mean()


def test_no_coefficient_is_left_above_the_largest_penalty():
    X, y = data()
    largest = np.abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / len(y)
    assert not Lasso(alpha=largest * (1 + 1e-12)).fit(X, y).coef_.any()
    assert np.count_nonzero(Lasso(alpha=largest * (1 - 1e-3), tol=1e-12).fit(X, y).coef_) == 1
    X_centred, y_centred = X - X.mean(axis=0), y - y.mean()
    alphas, coefs, _ = lasso_path(X_centred, y_centred, alphas=5)
    assert alphas[0] == pytest.approx(largest) and np.abs(coefs[:, 0]).max() < 1e-12


@pytest.mark.parametrize("l1_ratio", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("positive", [False, True])
def test_the_gap_bounds_the_distance_to_the_minimum(l1_ratio, positive):
    X, y = data(40, 12)
    problem = Problem(X, y[:, None])
    penalties = Penalties(2.0 * l1_ratio, 2.0 * (1 - l1_ratio), positive)
    design = design_of(problem)

    def value(w):
        A, B = problem.matrices()
        return (
            0.5 * np.square(B[:, 0] - A @ w).sum()
            + penalties.l1 * np.abs(w).sum()
            + 0.5 * penalties.l2 * w @ w
        )

    start = np.abs(np.random.default_rng(0).normal(size=12))
    best = design.minimize(0, start, penalties, Stop(1e-12, 10_000))
    for sweeps in range(4):
        found = design.minimize(0, start, penalties, Stop(0.0, sweeps))
        assert value(found.w) - value(best.w) <= found.gap * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize(
    "l1, l2, positive", [(3.0, 0.0, False), (3.0, 2.0, True), (0.0, 2.0, False)]
)
def test_the_gap_is_primal_minus_dual(l1, l2, positive):
    """For targets b and rows A, with sqrt(l2) I below A; the dual point is the shrunk residual."""
    X, y = data(40, 12)
    A, b = np.vstack([X, np.sqrt(l2) * np.eye(12)]), np.r_[y, np.zeros(12)]
    w = np.abs(np.random.default_rng(0).normal(size=12))
    r = b - A @ w
    g = A.T @ r
    found = duality_gap(w, g, X.T @ y, y @ y, Penalties(l1, l2, positive))
    primal = 0.5 * r @ r + l1 * np.abs(w).sum()
    if l1:
        v = r * l1 / max(l1, g.max() if positive else np.abs(g).max())
        dual = b @ v - 0.5 * v @ v
    else:  # the dual without l1 has the residuals of the samples alone, and no constraint
        dual = y @ r[:40] - 0.5 * r[:40] @ r[:40] - np.square(X.T @ r[:40]).sum() / (2 * l2)
    assert found == pytest.approx(primal - dual, rel=1e-9)


@pytest.mark.parametrize("l1", [0.5, 3.0])
@pytest.mark.parametrize("l2", [0.0, 2.0])
def test_both_forms_and_both_designs_find_the_same(l1, l2):
    X, y = data(30, 12)
    A, b = X - X.mean(axis=0), y - y.mean()
    G, C, energy = A.T @ A, A.T @ b[:, None], np.array([b @ b])
    penalties, stop, zero = Penalties(l1, l2), Stop(1e-11, 5000), np.zeros(12)
    rows = np.ascontiguousarray(A.T)
    found = [
        minimize(GramQuadratic(G, C[:, 0], energy[0], penalties), zero, penalties, stop),
        minimize(ColumnQuadratic(rows, b, C[:, 0], energy[0], penalties), zero, penalties, stop),
        GramDesign(G, C, energy).minimize(0, zero, penalties, stop),
        ColumnDesign(A, b[:, None]).minimize(0, zero, penalties, stop),
    ]
    for other in found:
        assert other.converged
        np.testing.assert_allclose(other.w, found[0].w, atol=1e-5)


@pytest.mark.parametrize("n_columns", [5, 40])
def test_a_jump_solves_for_the_support(n_columns):
    """With fewer columns than samples and with more, where the smaller system is the samples'."""
    rng = np.random.default_rng(0)
    rows, pull = rng.normal(size=(n_columns, 20)), rng.normal(size=n_columns)
    penalties = Penalties(0.0, 0.7)
    quadratic = ColumnQuadratic(rows, rng.normal(size=20), None, 1.0, penalties)
    S = np.arange(0, n_columns, 2) if n_columns < 20 else np.arange(n_columns)
    expected = np.linalg.solve(rows[S] @ rows[S].T + 0.7 * np.eye(len(S)), pull[S])
    np.testing.assert_allclose(quadratic.solve(S, pull[S]), expected, rtol=1e-9)


def test_twice_the_data_want_the_same_penalty():
    X, y = data()
    s = np.random.default_rng(0).integers(0, 4, len(y))
    once = Lasso(alpha=0.1).fit(X, y, s)
    repeated = Lasso(alpha=0.1).fit(X.repeat(s, axis=0), y.repeat(s))
    np.testing.assert_allclose(once.coef_, repeated.coef_, rtol=1e-9)
    np.testing.assert_allclose(once.coef_, Lasso(alpha=0.1).fit(X, y, 7.0 * s).coef_, rtol=1e-9)


def test_without_l1_it_is_ridge_and_without_penalties_least_squares():
    X, y = data()
    ridge = Ridge(alpha=0.3 * len(y)).fit(X, y)
    net = ElasticNet(alpha=0.3, l1_ratio=0.0, tol=1e-14).fit(X, y)
    np.testing.assert_allclose(net.coef_, ridge.coef_, rtol=1e-6)
    with pytest.warns(UserWarning, match="With alpha=0 Lasso is plain least squares"):
        plain = Lasso(alpha=0, tol=1e-14).fit(X, y)
    np.testing.assert_allclose(plain.coef_, LinearRegression().fit(X, y).coef_, rtol=1e-6)


# ---- options -------------------------------------------------------------------------------------
def test_random_order_finds_the_same():
    X, y = data()
    cyclic = Lasso(alpha=0.05, tol=1e-10).fit(X, y)
    for seed in (0, 1):
        model = Lasso(alpha=0.05, tol=1e-10, selection="random", random_state=seed).fit(X, y)
        np.testing.assert_allclose(model.coef_, cyclic.coef_, atol=1e-6)


@pytest.mark.parametrize("shape", [(60, 20), (10, 300)])
def test_warm_start_has_little_left_to_do(shape):
    X, y = data(*shape)
    model = Lasso(alpha=0.05, warm_start=True, tol=1e-8).fit(X, y)
    first, coef = model.n_iter_, model.coef_
    assert model.fit(X, y).n_iter_ <= 1 < first
    np.testing.assert_allclose(model.coef_, coef, atol=1e-6)
    model.set_params(positive=True).fit(X, y)  # negative ones are no start for that
    assert_optimal(model, X, y, tol=1e-3)
    assert model.fit(X[:, :5], y).coef_.shape == (5,)  # what was learned does not fit any more


def test_gram_matrix_that_is_there_already():
    X, y = data()
    A = X - X.mean(axis=0)
    expected = Lasso(alpha=0.05).fit(X, y)
    model = Lasso(alpha=0.05, precompute=A.T @ A).fit(X, y)
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-9)
    assert Lasso(alpha=0.05, precompute=True).fit(X, y).coef_.tolist() == expected.coef_.tolist()
    with pytest.raises(ValueError, match=r"must be A.T @ A, of shape \(8, 8\).*has shape \(3, 3\)"):
        Lasso(precompute=np.eye(3)).fit(X, y)
    with pytest.raises(ValueError, match="centred if there is an intercept"):
        Lasso(precompute=X.T @ X).fit(X, y)


def test_not_converged():
    X, y = data(200, 30)
    with pytest.warns(ConvergenceWarning, match=r"Lasso stopped after max_iter=1.*duality gap"):
        model = Lasso(alpha=1e-3, max_iter=1, tol=1e-10).fit(X, y)
    assert model.n_iter_ == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Lasso(alpha=1e-3, tol=0).fit(X, y).n_iter_ < 100  # ends when rounding is reached


@pytest.mark.parametrize(
    "options, message",
    [
        ({"alpha": -1}, "alpha must be a number of at least 0"),
        ({"l1_ratio": 1.5}, "l1_ratio must be a number"),
        ({"tol": -1}, "tol must be"),
        ({"max_iter": 0}, "max_iter must be an integer"),
        ({"selection": "greedy"}, "selection must be one of 'cyclic', 'random'"),
        ({"precompute": "always"}, "precompute must be one of 'auto'"),
    ],
)
def test_bad_settings(options, message):
    with pytest.raises(ValueError, match=message):
        ElasticNet(**options).fit(*data())


# ---- hard data -----------------------------------------------------------------------------------
@pytest.fixture
def no_numpy_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


@pytest.mark.parametrize("shape", [(50, 8), (10, 300)])
@pytest.mark.parametrize("constant", [0.0, 0.7, 1.0 / 3.0, 1e8])
def test_constant_column(shape, constant, no_numpy_warning):
    X, y = data(*shape)
    more = np.column_stack([np.full(len(X), constant), X])
    ours, without = (Lasso(alpha=0.05, tol=1e-9).fit(x, y) for x in (more, X))
    assert ours.coef_[0] == 0.0
    assert ElasticNet(alpha=1e-9, l1_ratio=0.0, tol=1e-9).fit(more, y).coef_[0] == 0.0
    np.testing.assert_allclose(ours.coef_[1:], without.coef_, atol=1e-5)


@pytest.mark.parametrize("shape", [(50, 8), (10, 300)])
def test_columns_that_depend_on_each_other(shape, no_numpy_warning):
    X, y = data(*shape)
    more = np.column_stack([X, X, X[:, 0] + 1e-13 * X[:, 1]])
    model = Lasso(alpha=0.02, tol=1e-10, max_iter=5000).fit(more, y)
    assert_optimal(model, more, y)
    assert objective(model, more, y) <= objective(Lasso(0.02, tol=1e-10).fit(X, y), X, y) + 1e-9
    net = ElasticNet(alpha=0.02, tol=1e-12).fit(more[:, :-1], y)
    half = X.shape[1]
    np.testing.assert_allclose(net.coef_[:half], net.coef_[half:], atol=1e-5)  # shared alike


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_huge_and_tiny(scale, no_numpy_warning):
    X, y = data()
    plain = Lasso(alpha=0.05).fit(X, y)
    scaled = Lasso(alpha=0.05 * scale).fit(X, y * scale)
    if scale > 1:
        np.testing.assert_allclose(scaled.coef_ / scale, plain.coef_, rtol=1e-5)
        both = Lasso(alpha=0.05 * scale).fit(X * scale, y)  # the coefficients take the scale
        np.testing.assert_allclose(both.coef_ * scale, plain.coef_, rtol=1e-5)
    assert np.isfinite(scaled.predict(X)).all()
    with pytest.raises(ValueError, match="too large for their squares"):
        Lasso(alpha=1.0).fit(X * 1e200, y * 1e200)


def test_float32_fortran_and_integers(no_numpy_warning):
    X, y = data()
    expected = Lasso(alpha=0.05).fit(X, y)
    for shape in (slice(None), slice(0, 6)):
        model = Lasso(alpha=0.05).fit(X[shape].astype(np.float32), y[shape].astype(np.float32))
        assert model.coef_.dtype == model.intercept_.dtype == np.float32
        assert model.predict(X.astype(np.float32)).dtype == np.float32
    fortran = np.asfortranarray(X)
    fortran.setflags(write=False)
    np.testing.assert_allclose(Lasso(alpha=0.05).fit(fortran, y).coef_, expected.coef_, rtol=1e-9)
    assert Lasso().fit([[0], [1], [2]], [0, 5, 9]).coef_.dtype == np.float64


def test_constant_target_and_single_sample(no_numpy_warning):
    X, y = data()
    for model in (Lasso().fit(X, np.full(len(y), 4.0)), Lasso().fit(X[:1], [4.0])):
        assert not model.coef_.any() and model.intercept_ == pytest.approx(4.0)
    assert Lasso(fit_intercept=False).fit(X, np.zeros(len(y))).intercept_ == 0.0


# ---- paths ---------------------------------------------------------------------------------------
def test_path_is_the_model_at_each_penalty():
    X, y = data()
    X, y = X - X.mean(axis=0), y - y.mean()
    alphas, coefs, gaps, n_iters = enet_path(
        X, y, alphas=[0.01, 1.0, 0.1], l1_ratio=0.7, tol=1e-12, return_n_iter=True
    )
    assert alphas.tolist() == [1.0, 0.1, 0.01] and len(n_iters) == 3
    for alpha, coef in zip(alphas, coefs.T):
        model = ElasticNet(alpha, l1_ratio=0.7, tol=1e-12, fit_intercept=False).fit(X, y)
        np.testing.assert_allclose(coef, model.coef_, atol=1e-8)
    again = enet_path(X, y, alphas=[0.01], l1_ratio=0.7, tol=1e-12, coef_init=coefs[:, -1],
                      precompute=X.T @ X, Xy=X.T @ y, return_n_iter=True)  # fmt: skip
    assert again[3] == [0]
    close = enet_path(X, y, alphas=np.linspace(0.11, 0.1, 20), tol=1e-12, return_n_iter=True)[3]
    assert max(close[1:]) <= 1  # each begins where the one before has ended
    np.testing.assert_allclose(again[1][:, 0], coefs[:, -1], atol=1e-8)


def test_path_of_several_outputs_and_older_names(capsys):
    X, y = data()
    Y = np.column_stack([y, -2.0 * y])
    alphas, coefs, gaps = lasso_path(X, Y, n_alphas=4, verbose=True)
    assert coefs.shape == (2, 8, 4) and gaps.shape == (2, 4) and len(alphas) == 4
    assert "enet_path" in capsys.readouterr().err
    assert lasso_path(X, y).__len__() == 3 and lasso_path(X, y)[0].shape == (100,)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"alphas": []}, "alphas must be a number of penalties, or a list"),
        ({"alphas": [1.0, -1.0]}, "of at least 0"),
        ({"alphas": 0}, "alphas must be an integer"),
        ({"l1_ratio": 0.0}, "no grid of penalties begins anywhere for l1_ratio=0"),
        ({"eps": 0.0}, "eps must be a number above 0"),
    ],
)
def test_bad_paths(options, message):
    with pytest.raises(ValueError, match=message):
        enet_path(*data(), **options)


def test_nothing_to_explain():
    X, _ = data()
    alphas, coefs, _ = lasso_path(X, np.zeros(len(X)), alphas=3)
    assert not coefs.any() and (alphas > 0).all()
