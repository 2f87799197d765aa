"""Numbers against numbers: errors and explained variance."""

import warnings

import numpy as np
import pytest

from ml_from_scratch.utils import metrics

ERRORS = [
    "mean_squared_error",
    "root_mean_squared_error",
    "mean_absolute_error",
    "median_absolute_error",
]
SHARES = ["r2_score", "explained_variance_score"]


def draw(n_outputs=None, n_samples=31, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    shape = (n_samples,) if n_outputs is None else (n_samples, n_outputs)
    y = rng.normal(size=shape)
    return y.astype(dtype), (y + 0.3 * rng.normal(size=shape)).astype(dtype), rng.random(n_samples)


def same(name, *args, rtol=1e-12, **options):
    theirs = getattr(pytest.importorskip("sklearn.metrics"), name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = theirs(*args, **options)
    np.testing.assert_allclose(
        getattr(metrics, name)(*args, **options), expected, rtol=rtol, atol=1e-15
    )


@pytest.mark.parametrize("name", ERRORS + SHARES)
def test_values_equal_scikit_learns(name):
    y, p, w = draw()
    same(name, y, p)
    same(name, y, p, sample_weight=w)
    same(name, y[:, None], p)
    same(name, (10 * y).astype(int), (10 * p).astype(int).tolist())
    y, p, w = draw(n_outputs=3)
    by_variance = ["variance_weighted"] if name in SHARES else []
    for multioutput in ["raw_values", "uniform_average", [0.2, 0.3, 0.5], *by_variance]:
        same(name, y * [1, 5, 9], p * [1, 5, 9], multioutput=multioutput)
        same(name, y, p, multioutput=multioutput, sample_weight=w)


@pytest.mark.parametrize("name", ERRORS + SHARES)
def test_float32_is_close_and_finite(name):
    y, p, w = draw(dtype=np.float32)
    same(name, y, p, rtol=2e-6)
    same(name, y, p, rtol=2e-6, sample_weight=w.astype(np.float32))


@pytest.mark.parametrize("name", SHARES)
def test_constant_targets(name):
    y = np.column_stack([np.ones(4), np.ones(4), np.arange(4.0), np.arange(4.0)])
    p = np.column_stack([np.ones(4), np.arange(4.0), np.arange(4.0), np.zeros(4)])
    for force_finite in (True, False):
        for multioutput in ("raw_values", "uniform_average", "variance_weighted"):
            if multioutput == "variance_weighted" and not force_finite:
                continue  # nan times a weight of zero: a matter of taste
            with np.errstate(all="ignore"):
                same(name, y, p, multioutput=multioutput, force_finite=force_finite)
    same(name, y[:, :2], p[:, :2], multioutput="variance_weighted")


def test_by_hand():
    y, p = [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 4.0, 6.0]  # errors 0, 0, 1, 2
    assert metrics.mean_squared_error(y, p) == 1.25
    assert metrics.root_mean_squared_error(y, p) == pytest.approx(1.25**0.5)
    assert metrics.mean_absolute_error(y, p) == 0.75
    assert metrics.median_absolute_error(y, p) == 0.5
    assert metrics.max_error(y, p) == 2.0
    assert metrics.r2_score(y, p) == 0.0  # the residual sum 5 is the total sum 5
    assert metrics.explained_variance_score(y, p) == pytest.approx(1 - 0.6875 / 1.25)
    assert metrics.r2_score(y, np.full(4, 2.5)) == 0.0


def test_a_median_between_two_weighted_values():
    median = metrics.median_absolute_error
    assert median([0.0, 0.0], [1.0, 3.0], sample_weight=[1, 1]) == 2.0  # half is reached between
    assert median([0.0, 0.0], [1.0, 3.0], sample_weight=[2, 1]) == 1.0
    assert median([0.0, 0.0, 0.0], [1.0, 2.0, 3.0], sample_weight=[1, 0, 1]) == 2.0
    assert median([0.0, 0.0, 0.0], [1.0, 9.0, 3.0], sample_weight=[0, 0, 1]) == 3.0


@pytest.mark.parametrize("name", ERRORS + SHARES)
def test_weights_are_repetitions(name):
    y, p, _ = draw()
    w = np.random.default_rng(3).integers(0, 4, len(y))
    metric = getattr(metrics, name)
    repeated = metric(np.repeat(y, w), np.repeat(p, w))
    assert metric(y, p, sample_weight=w) == pytest.approx(repeated, rel=1e-12)


@pytest.mark.parametrize("size", [1e-200, 1e200])
@pytest.mark.parametrize("name", SHARES)
def test_shares_have_no_unit(name, size):
    y, p, w = draw(n_outputs=2)
    metric = getattr(metrics, name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for options in ({}, {"multioutput": "variance_weighted"}, {"sample_weight": w}):
            assert metric(size * y, size * p, **options) == pytest.approx(metric(y, p, **options))


def test_r2_of_one_sample_is_undefined():
    with pytest.warns(metrics.UndefinedMetricWarning, match="less than two samples"):
        assert np.isnan(metrics.r2_score([1.0], [2.0]))


def test_max_error_is_for_one_output():
    same("max_error", *draw()[:2])
    with pytest.raises(ValueError, match="Multioutput not supported"):
        metrics.max_error(np.ones((3, 2)), np.ones((3, 2)))


@pytest.mark.parametrize("name", ERRORS + SHARES)
def test_refusals(name):
    metric = getattr(metrics, name)
    with pytest.raises(ValueError, match="0 samples"):
        metric([], [])
    with pytest.raises(ValueError, match="inconsistent"):
        metric([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match=r"number of output \(2!=1\)"):
        metric(np.ones((3, 2)), np.ones(3))
    with pytest.raises(ValueError, match="NaN"):
        metric([1.0, np.nan], [1.0, 2.0])
    with pytest.raises(ValueError, match="infinity"):
        metric([1.0, 2.0], [1.0, np.inf])
    with pytest.raises(ValueError, match="[Cc]omplex"):
        metric([1.0, 2j], [1.0, 2.0])
    with pytest.raises(ValueError, match="numeric"):
        metric(["a", "b"], [1.0, 2.0])
    with pytest.raises(ValueError, match="shape"):
        metric(np.ones((2, 2, 2)), np.ones((2, 2, 2)))
    with pytest.raises(ValueError, match="None"):
        metric(None, [1.0])
    with pytest.raises(ValueError, match="multioutput"):
        metric([1.0, 2.0], [1.0, 2.0], multioutput="mean")
    with pytest.raises(ValueError, match="only in multi-output"):
        metric([1.0, 2.0], [1.0, 2.0], multioutput=[1.0])
    with pytest.raises(ValueError, match="equally many custom weights"):
        metric(np.ones((2, 2)), np.ones((2, 2)), multioutput=[1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="non-zero"):
        metric([1.0, 2.0], [1.0, 2.0], sample_weight=[0, 0])
