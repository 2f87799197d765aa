"""Scalers and polynomial features: scikit-learn's values, NaN, constants, dtypes, there and back."""

import pickle
import warnings

import numpy as np
import pytest

from ml_from_scratch.core.estimator import clone
from ml_from_scratch.utils.preprocessing import (
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

OPTIONS = {
    StandardScaler: [{}, {"with_mean": False}, {"with_std": False}]
    + [{"with_mean": False, "with_std": False}],
    MinMaxScaler: [{}, {"feature_range": (-2, 3)}, {"clip": True}],
    RobustScaler: [{}, {"with_centering": False}, {"with_scaling": False}]
    + [{"quantile_range": (10.0, 95.0)}, {"unit_variance": True}]
    + [{"unit_variance": True, "quantile_range": (10.0, 70.0)}],
    Normalizer: [{}, {"norm": "l1"}, {"norm": "max"}],
    PolynomialFeatures: [{}, {"degree": 3}, {"degree": 0}, {"degree": (2, 3)}]
    + [{"interaction_only": True, "degree": 3}, {"include_bias": False, "order": "F"}]
    + [{"interaction_only": True, "degree": (2, 9)}],
}
CASES = [(kind, options) for kind, many in OPTIONS.items() for options in many]
SCALERS = [case for case in CASES if case[0] in (StandardScaler, MinMaxScaler, RobustScaler)]
WITH_NAN = [(*case, False) for case in CASES] + [(*case, True) for case in SCALERS]


def name_of(value):
    if isinstance(value, bool):
        return "NaN" if value else "whole"
    return value.__name__ if isinstance(value, type) else "-".join(map(str, value)) or "default"


def draw(n_samples=23, missing=False, dtype=np.float64):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, 5)) * [1, 10, 0.1, 1, 1] + [0, 5, 0, 0, -3]
    X[:, 3] = 7.25  # constant
    X[0, 4] = 0.0
    if missing:
        X[rng.random(X.shape) < 0.2] = np.nan
        X[:, 2] = np.nan
    return X.astype(dtype)


def theirs_of(kind, options):
    module = pytest.importorskip("sklearn.preprocessing")
    return getattr(module, kind.__name__)(**options)


def equal(ours, theirs, rtol=1e-11):
    if theirs is None:
        assert ours is None
    else:
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-12)


def attributes(estimator):
    return {k for k in vars(estimator) if k.endswith("_") and not k.startswith("_")}


# --------------------------------------------------------------------------- equal to scikit-learn


@pytest.mark.parametrize(("kind", "options", "missing"), WITH_NAN, ids=name_of)
def test_values_and_attributes_equal_scikit_learns(kind, options, missing):
    X, new = draw(missing=missing), draw(n_samples=9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = theirs_of(kind, options).fit(X)
        expected = theirs.transform(new)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = kind(**options).fit(X)
        equal(ours.transform(new), expected)
        equal(clone(ours).fit_transform(X), theirs.transform(X))
    for name in attributes(theirs):
        equal(getattr(ours, name), getattr(theirs, name))
    assert attributes(ours) == attributes(theirs)
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())
    assert ours.get_params() == theirs.get_params()
    assert ours.n_features_in_ == 5


@pytest.mark.parametrize(("kind", "options"), CASES, ids=name_of)
def test_float32_stays_float32(kind, options):
    X = draw(dtype=np.float32)
    ours = kind(**options).fit(X)
    Z = ours.transform(X)
    assert Z.dtype == np.float32
    assert kind(**options).fit_transform(X.astype(np.float64)).dtype == np.float64
    assert kind(**options).fit_transform((10 * X).astype(int)).dtype == np.float64
    theirs = theirs_of(kind, options).fit(X)
    np.testing.assert_allclose(Z, theirs.transform(X), rtol=2e-4, atol=2e-5)
    if (kind, options) in SCALERS:
        assert ours.inverse_transform(Z).dtype == np.float32


@pytest.mark.parametrize("missing", [False, True], ids=["whole", "NaN"])
@pytest.mark.parametrize(("kind", "options"), SCALERS, ids=name_of)
def test_there_and_back(kind, options, missing):
    X = draw(missing=missing)
    if missing:
        X[:, 2] = 1.0
    scaler = kind(**options).fit(X)
    np.testing.assert_allclose(scaler.inverse_transform(scaler.transform(X)), X, atol=1e-12)
    with pytest.raises(ValueError, match="Expected 5 columns"):
        scaler.inverse_transform(X[:, :4])


@pytest.mark.parametrize(("kind", "options"), CASES, ids=name_of)
def test_in_place_only_when_told(kind, options):
    X = draw()
    before = X.copy()
    kind(**options).fit(X).transform(X)
    np.testing.assert_array_equal(X, before)
    if "copy" not in kind().get_params():
        return
    estimator = kind(**options, copy=False).fit(X)
    expected = kind(**options).fit(X).transform(X)
    Z = estimator.transform(X)
    assert Z is X
    np.testing.assert_array_equal(Z, expected)
    before.setflags(write=False)
    np.testing.assert_array_equal(estimator.transform(before), expected)
    if (kind, options) in SCALERS:
        assert estimator.inverse_transform(Z) is X
        np.testing.assert_allclose(X, before, atol=1e-12)


@pytest.mark.parametrize(("kind", "options"), CASES, ids=name_of)
def test_read_only_and_strided_data(kind, options):
    X = np.asfortranarray(draw())
    X.setflags(write=False)
    expected = kind(**options).fit_transform(np.ascontiguousarray(X)[::2])
    np.testing.assert_allclose(kind(**options).fit_transform(X[::2]), expected)


@pytest.mark.parametrize(("kind", "options"), CASES, ids=name_of)
def test_saved_and_pickled(kind, options, tmp_path):
    X = draw()
    estimator = kind(**options).fit(X)
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.transform(X), estimator.transform(X))
    estimator.save(tmp_path / "scaler.npz")
    loaded = kind.load(tmp_path / "scaler.npz")
    np.testing.assert_array_equal(loaded.transform(X), estimator.transform(X))
    assert loaded.get_params() == estimator.get_params()


@pytest.mark.parametrize("kind", OPTIONS)
def test_data_frames_out(kind):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(draw(), columns=list("abcde"), index=np.arange(23) + 5)
    estimator = kind().set_output(transform="pandas").fit(frame)
    out = estimator.transform(frame)
    assert (out.index == frame.index).all()
    assert list(out.columns) == list(estimator.get_feature_names_out())
    np.testing.assert_allclose(out.to_numpy(), kind().fit(draw()).transform(draw()), atol=1e-14)


# --------------------------------------------------------------------------- in pieces


@pytest.mark.parametrize("missing", [False, True], ids=["whole", "NaN"])
@pytest.mark.parametrize("kind", [StandardScaler, MinMaxScaler])
def test_pieces_equal_the_whole(kind, missing):
    X = draw(missing=missing)
    whole, pieces = kind().fit(X), kind()
    for part in (X[:1], X[1:4], X[4:]):
        pieces.partial_fit(part)
    for name in attributes(whole):
        equal(getattr(pieces, name), getattr(whole, name))
    assert kind().fit(X[:4]).partial_fit(X[4:]).fit(X[:9]).n_samples_seen_ is not None
    np.testing.assert_array_equal(pieces.fit(X[:9]).transform(X), kind().fit(X[:9]).transform(X))
    with pytest.raises(ValueError, match="expecting 5 features"):
        pieces.partial_fit(X[:, :4])


def test_a_piece_in_which_a_column_is_missing():
    X = draw()
    X[:5, 1] = np.nan
    equal(StandardScaler().partial_fit(X[:5]).partial_fit(X[5:]).mean_, np.nanmean(X, axis=0))
    equal(StandardScaler().partial_fit(X[5:]).partial_fit(X[:5]).var_, np.nanvar(X, axis=0))


# --------------------------------------------------------------------------- StandardScaler


def test_standardised_by_hand():
    scaler = StandardScaler().fit([[1.0], [3.0], [5.0]])
    assert scaler.mean_.tolist() == [3.0] and scaler.var_.tolist() == pytest.approx([8 / 3])
    assert scaler.transform([[3.0 + (8 / 3) ** 0.5]]).tolist() == [[pytest.approx(1.0)]]


@pytest.mark.parametrize("missing", [False, True], ids=["whole", "NaN"])
def test_weights(missing):
    X = draw(missing=missing)
    w = np.random.default_rng(1).integers(0, 4, len(X))
    weighted = StandardScaler().fit(X, sample_weight=w)
    repeated = StandardScaler().fit(np.repeat(X, w, axis=0))
    equal(weighted.mean_, repeated.mean_)
    equal(weighted.var_, repeated.var_)
    equal(weighted.n_samples_seen_, repeated.n_samples_seen_)
    theirs = theirs_of(StandardScaler, {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs.fit(X, sample_weight=w + 0.5)
    equal(StandardScaler().fit(X, sample_weight=w + 0.5).scale_, theirs.scale_)


def test_nothing_cancels_far_from_the_origin():
    x = np.array([[4.0], [7.0], [13.0], [16.0]]) + 1e9
    assert StandardScaler().fit(x).var_[0] == pytest.approx(22.5, rel=1e-9)
    # Here the mean itself must be rounded, to 2^52 + 1; equation (2) takes that back.
    assert StandardScaler().fit(2.0**52 + np.array([[0.0], [1.0], [1.0]])).var_[
        0
    ] == pytest.approx(2 / 9)


def test_rounding_does_not_pass_for_variance():
    rng = np.random.default_rng(0)
    many = np.full((1000, 1), 0.1)  # 0.1 is not exact
    for constant in (1e8 / 3, 1e-5 * np.e, 0.1):
        for n in (10, 1000, 12345):
            w = rng.random(n)
            scaler = StandardScaler().fit(np.full((n, 1), constant), sample_weight=w)
            assert scaler.scale_.tolist() == [1.0]
    np.testing.assert_array_equal(StandardScaler().fit(many).scale_, 1.0)
    np.testing.assert_allclose(StandardScaler().fit_transform(many), 0.0, atol=1e-15)


def test_one_sample():
    assert StandardScaler().fit_transform([[5.0, 2.0]]).tolist() == [[0.0, 0.0]]
    assert MinMaxScaler().fit_transform([[5.0, 2.0]]).tolist() == [[0.0, 0.0]]
    assert RobustScaler().fit_transform([[5.0, 2.0]]).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [*OPTIONS])
def test_overflow_is_refused_not_warned_of(kind, dtype):
    big = float(np.finfo(dtype).max) / 1.5
    X = np.array([[big, -big], [-big, big]], dtype=dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if kind is StandardScaler and dtype is np.float32:
            assert np.abs(StandardScaler().fit_transform(X)).max() == 1.0  # float64 inside
            return
        options = {"quantile_range": (0, 100)} if kind is RobustScaler else {}
        with pytest.raises(ValueError, match="too large"):
            kind(**options).fit_transform(X)


# --------------------------------------------------------------------------- the others


def test_min_max_refusals():
    with pytest.raises(ValueError, match="Minimum of desired feature range"):
        MinMaxScaler(feature_range=(1, 1)).fit(draw())
    clipped = MinMaxScaler(clip=True).fit([[0.0], [1.0]]).transform([[-5.0], [9.0], [np.nan]])
    np.testing.assert_array_equal(clipped, [[0.0], [1.0], [np.nan]])


def test_robust_scale_is_not_moved_by_an_outlier():
    X = np.random.default_rng(0).normal(size=(1001, 1))
    wild = X.copy()
    wild[0] = 1e9
    assert RobustScaler().fit(wild).scale_[0] == pytest.approx(
        RobustScaler().fit(X).scale_[0], 0.01
    )
    assert RobustScaler(unit_variance=True).fit_transform(X).std() == pytest.approx(1.0, abs=0.1)
    for bad in ((-1, 50), (75, 25), (0, 101)):
        with pytest.raises(ValueError, match="Invalid quantile range"):
            RobustScaler(quantile_range=bad).fit(X)
    with pytest.raises(ValueError, match="unit_variance"):
        RobustScaler(quantile_range=(0, 100), unit_variance=True).fit(X)


def test_normalizer_without_fit_and_with_zeros():
    Z = Normalizer("l1").transform([[1.0, -3.0], [0.0, 0.0]])
    assert Z.tolist() == [[0.25, -0.75], [0.0, 0.0]]
    with pytest.raises(ValueError, match="norm must be one of"):
        Normalizer("l3").fit(draw())
    with pytest.raises(ValueError, match="expecting 5 features"):
        Normalizer().fit(draw()).transform(draw()[:, :2])


def test_polynomials_by_hand():
    poly = PolynomialFeatures(degree=3, include_bias=False).fit([[2.0, 3.0]])
    assert poly.transform([[2.0, 3.0]]).tolist() == [[2, 3, 4, 6, 9, 8, 12, 18, 27]]
    assert poly.get_feature_names_out(["a", "b"]).tolist() == (
        ["a", "b", "a^2", "a b", "b^2", "a^3", "a^2 b", "a b^2", "b^3"]
    )
    assert poly.powers_.tolist()[-2:] == [[1, 2], [0, 3]]


@pytest.mark.parametrize(("kind", "options"), [c for c in CASES if c[0] is PolynomialFeatures])
def test_polynomials_are_powers(kind, options):
    X = draw()
    poly = kind(**options).fit(X)
    expected = (X[:, None, :] ** poly.powers_).prod(axis=2)
    np.testing.assert_allclose(poly.transform(X), expected, rtol=1e-12)
    if poly.n_output_features_ > 1:
        assert poly.transform(X).flags.f_contiguous == (options.get("order") == "F")
    np.testing.assert_array_equal(poly.powers_, theirs_of(kind, options).fit(X).powers_)


def test_polynomial_refusals():
    for bad in (-1, 1.5, "2", (3, 2), (1, 2, 3), None, (0, "a")):
        with pytest.raises(ValueError, match="degree must be"):
            PolynomialFeatures(degree=bad).fit(draw())
    with pytest.raises(ValueError, match="empty output"):
        PolynomialFeatures(degree=0, include_bias=False).fit(draw())
    with pytest.raises(ValueError, match="order"):
        PolynomialFeatures(order="K").fit(draw())
    with pytest.raises(ValueError, match="too large to be indexed"):
        PolynomialFeatures(degree=40).fit(np.ones((1, 100)))
