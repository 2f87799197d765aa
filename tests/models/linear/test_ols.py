"""OLS: certified values, the formulas with matrices, and coefficients that nothing determines."""

import math
import warnings

import numpy as np
import pytest

from ml_from_scratch.models import OLS, LinearRegression

# NIST Statistical Reference Datasets: Longley (an ill-conditioned classic) and NoInt1.
LONGLEY = np.array([
    [83.0, 234289, 2356, 1590, 107608, 1947, 60323], [88.5, 259426, 2325, 1456, 108632, 1948, 61122],
    [88.2, 258054, 3682, 1616, 109773, 1949, 60171], [89.5, 284599, 3351, 1650, 110929, 1950, 61187],
    [96.2, 328975, 2099, 3099, 112075, 1951, 63221], [98.1, 346999, 1932, 3594, 113270, 1952, 63639],
    [99.0, 365385, 1870, 3547, 115094, 1953, 64989], [100.0, 363112, 3578, 3350, 116219, 1954, 63761],
    [101.2, 397469, 2904, 3048, 117388, 1955, 66019], [104.6, 419180, 2822, 2857, 118734, 1956, 67857],
    [108.4, 442769, 2936, 2798, 120445, 1957, 68169], [110.8, 444546, 4681, 2637, 121950, 1958, 66513],
    [112.6, 482704, 3813, 2552, 123366, 1959, 68655], [114.2, 502601, 3931, 2514, 125368, 1960, 69564],
    [115.7, 518173, 4806, 2572, 127852, 1961, 69331], [116.9, 554894, 4007, 2827, 130081, 1962, 70551],
])  # fmt: skip
CERTIFIED = [15.0618722713733, -0.358191792925910e-1, -2.02022980381683, -1.03322686717359,
             -0.511041056535807e-1, 1829.15146461355]  # fmt: skip
CERTIFIED_ERRORS = [84.9149257747669, 0.334910077722432e-1, 0.488399681651699, 0.214274163161675,
                    0.226073200069370, 455.478499142212]  # fmt: skip


def data(n=40, d=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 1.0
    return X, X @ np.array([1.0, -2.0, 0.0])[:d] + 3.0 + rng.normal(size=n) * (1 + X[:, 0] ** 2)


def test_longley():
    X, y = LONGLEY[:, :-1], LONGLEY[:, -1]
    model = OLS().fit(X, y)
    np.testing.assert_allclose(model.coef_, CERTIFIED, rtol=1e-10)
    np.testing.assert_allclose(model.standard_errors_, CERTIFIED_ERRORS, rtol=1e-12)
    assert model.intercept_ == pytest.approx(-3482258.63459582, rel=1e-10)
    assert model.intercept_standard_error_ == pytest.approx(890420.383607373, rel=1e-10)
    assert model.residual_standard_error_ == pytest.approx(304.854073561965, rel=1e-10)
    assert model.r_squared_ == pytest.approx(0.995479004577296, rel=1e-12)
    assert model.f_statistic_ == pytest.approx(330.285339234588, rel=1e-9)
    assert (model.df_model_, model.df_residual_) == (6, 9)


def test_without_an_intercept():
    """NoInt1: sums of squares are around zero."""
    X, y = np.arange(60.0, 71.0)[:, None], np.arange(130.0, 141.0)
    model = OLS(fit_intercept=False).fit(X, y)
    assert model.coef_[0] == pytest.approx(2.07438016528926, rel=1e-13)
    assert model.standard_errors_[0] == pytest.approx(0.165289256198347e-1, rel=1e-12)
    assert model.residual_standard_error_ == pytest.approx(3.56753034006338, rel=1e-12)
    assert model.r_squared_ == pytest.approx(0.999365492298663, rel=1e-13)
    assert model.f_statistic_ == pytest.approx(15750.25, rel=1e-12)
    assert model.df_residual_ == 10 and np.isnan(model.intercept_p_value_)
    assert "intercept" not in model.summary()


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("covariance", ["classical", "HC0", "HC1", "HC2", "HC3"])
def test_covariances(covariance, fit_intercept):
    X, y = data()
    model = OLS(covariance=covariance, fit_intercept=fit_intercept).fit(X, y)
    A = np.column_stack([np.ones(len(X)), X]) if fit_intercept else X
    inverse = np.linalg.inv(A.T @ A)
    e = y - A @ (inverse @ A.T @ y)
    n, p = A.shape
    h = np.einsum("ij,jk,ik->i", A, inverse, A)
    omega = {"HC0": 1, "HC1": n / (n - p), "HC2": 1 / (1 - h), "HC3": 1 / (1 - h) ** 2}
    if covariance == "classical":
        expected = inverse * (e @ e) / (n - p)
    else:
        expected = inverse @ (A.T * (omega[covariance] * e**2)) @ A @ inverse
    found = model.covariance_ if fit_intercept else model.covariance_[1:, 1:]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.standard_errors_, np.sqrt(expected.diagonal())[-3:])
    np.testing.assert_allclose(model.t_values_, model.coef_ / model.standard_errors_)
    same = LinearRegression(fit_intercept=fit_intercept).fit(X, y)
    np.testing.assert_array_equal(model.coef_, same.coef_)


def test_probabilities_and_intervals_equal_scipy():
    stats = pytest.importorskip("scipy.stats")
    X, y = data()
    model = OLS().fit(X, y)
    np.testing.assert_allclose(model.p_values_, 2 * stats.t.sf(np.abs(model.t_values_), 36))
    assert model.f_p_value_ == pytest.approx(stats.f.sf(model.f_statistic_, 3, 36))
    reach = stats.t.isf(0.05, 36) * model.standard_errors_
    expected = np.column_stack([model.coef_ - reach, model.coef_ + reach])
    np.testing.assert_allclose(model.confidence_interval(0.9), expected)
    line = stats.linregress(X[:, 0], y)
    single = OLS().fit(X[:, :1], y)
    assert single.p_values_[0] == pytest.approx(line.pvalue)
    assert single.intercept_standard_error_ == pytest.approx(line.intercept_stderr)


def test_one_feature_f_is_t_squared_and_adjusted_r_squared():
    X, y = data()
    model = OLS().fit(X[:, :1], y)
    assert model.f_statistic_ == pytest.approx(model.t_values_[0] ** 2)
    assert model.f_p_value_ == pytest.approx(model.p_values_[0])
    assert model.adjusted_r_squared_ == pytest.approx(1 - (1 - model.r_squared_) * 39 / 38)
    assert model.r_squared_ == pytest.approx(model.score(X[:, :1], y))


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(0)
    X, hits = rng.normal(size=(15, 2)), 0
    for _ in range(400):
        low, high = OLS().fit(X, X @ [1.0, 0.0] + rng.normal(size=15)).confidence_interval(0.8)[0]
        hits += low <= 1.0 <= high
    assert abs(hits / 400 - 0.8) < 4 * math.sqrt(0.8 * 0.2 / 400)


@pytest.mark.parametrize("covariance", ["classical", "HC0", "HC1", "HC2", "HC3"])
def test_weights_count_samples(covariance):
    X, y = data()
    s = np.random.default_rng(0).integers(0, 3, len(y))
    weighted = OLS(covariance=covariance).fit(X, y, s)
    repeated = OLS(covariance=covariance).fit(X.repeat(s, axis=0), y.repeat(s))
    assert vars(weighted).keys() == vars(repeated).keys()
    for name in ("covariance_", "p_values_", "f_p_value_", "adjusted_r_squared_", "df_residual_"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-9)


@pytest.mark.parametrize("covariance", ["classical", "HC3"])
def test_what_the_data_do_not_determine(covariance):
    X, y = data()
    more = np.column_stack([X, np.full(40, 5.0), X[:, 0] + X[:, 1]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = OLS(covariance=covariance).fit(more, y)
        text = model.summary()
    assert np.isnan(model.standard_errors_).tolist() == [True, True, False, True, True]
    plain = OLS(covariance=covariance).fit(X, y)
    assert model.standard_errors_[2] == pytest.approx(plain.standard_errors_[2])
    assert (model.df_model_, model.df_residual_) == (3, 36) and text.count("nan") > 4
    assert model.residual_standard_error_ == pytest.approx(plain.residual_standard_error_)
    shifted = OLS(covariance=covariance).fit(np.column_stack([X, X[:, 0] + 5.0]), y)
    assert np.isnan(shifted.intercept_standard_error_) and not np.isnan(shifted.p_values_[1])
    constant = OLS(covariance=covariance).fit(more[:, [2, 3]], y)  # leaves the intercept alone
    alone = OLS(covariance=covariance).fit(X[:, 2:], y)
    assert constant.intercept_standard_error_ == pytest.approx(alone.intercept_standard_error_)


def test_nothing_to_spare_and_nothing_left():
    X, y = data(4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for full in (OLS().fit(X, y), OLS().fit(X[:2], y[:2]), OLS().fit(X[:1], y[:1])):
            assert full.df_residual_ == 0 and np.isnan(full.p_values_).all()
            assert np.isnan(full.confidence_interval()).all() and "nan" in full.summary()
        x = np.arange(5.0)[:, None]
        exact = OLS().fit(x, 2 * x[:, 0])
        assert exact.r_squared_ == 1.0 and exact.p_values_[0] < 1e-20
        flat = OLS().fit(X, np.full(4, 2.0))
        assert np.isnan(flat.r_squared_) and flat.intercept_ == pytest.approx(2.0)


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_units_do_not_matter(scale):
    X, y = data()
    plain = OLS().fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        in_X = OLS().fit(X * scale, y)
    np.testing.assert_allclose(in_X.t_values_, plain.t_values_, rtol=1e-9)
    np.testing.assert_allclose(in_X.standard_errors_ * scale, plain.standard_errors_, rtol=1e-9)


def test_summary_names_what_there_is():
    pandas = pytest.importorskip("pandas")
    X, y = data()
    model = OLS(covariance="HC1").fit(pandas.DataFrame(X, columns=["age", "height", "x"]), y)
    lines = model.summary(level=0.9).split("\n")
    assert lines[0] == "Ordinary least squares: 40 samples, 3 features"
    assert lines[2].endswith("on 36 degrees of freedom; standard errors: HC1")
    assert [line.split()[0] for line in lines[5:]] == ["intercept", "age", "height", "x"]
    renamed = model.summary(names=["a", "b", "c"])
    assert [line.split()[0] for line in renamed.split("\n")[6:]] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="names must be 3, one per feature; got 1"):
        model.summary(names=["a"])
    assert "[90 % interval]" in lines[4] and len({len(line) for line in lines[4:]}) == 1


def test_float32_and_bad_settings():
    X, y = data()
    model = OLS().fit(X.astype(np.float32), y.astype(np.float32))
    learned = (model.coef_, model.standard_errors_, model.p_values_, model.covariance_)
    assert {array.dtype for array in learned} == {np.dtype(np.float32)}
    assert model.confidence_interval().dtype == np.float32
    with pytest.raises(ValueError, match="covariance must be one of 'classical', 'HC0'"):
        OLS(covariance="HC9").fit(X, y)
    for level in (0.0, 1.0):
        with pytest.raises(ValueError, match="level must be a number above 0 and below 1"):
            model.confidence_interval(level)
    with pytest.raises(ValueError, match="not fitted"):
        OLS().summary()
