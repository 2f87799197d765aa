"""Naive Bayes: worked examples, the laws of counting, and data that lose digits."""

import numpy as np
import pytest

from ml_from_scratch.models import (
    BernoulliNB,
    CategoricalNB,
    ComplementNB,
    GaussianNB,
    MultinomialNB,
)

rng = np.random.default_rng(0)
Y = rng.integers(0, 3, 120)
BELLS = rng.normal(size=(120, 4)) + Y[:, None]
COUNTS = rng.poisson(1 + Y[:, None] * [0, 1, 0, 0.5], size=(120, 4)).astype(float)
KINDS = [GaussianNB, MultinomialNB, BernoulliNB, ComplementNB]  # and CategoricalNB further down
every_kind = pytest.mark.parametrize("kind", KINDS)


def data(kind):
    return (BELLS if kind is GaussianNB else COUNTS), Y


def same(a, b, X, tol=1e-10):
    np.testing.assert_allclose(
        a.predict_joint_log_proba(X), b.predict_joint_log_proba(X), rtol=tol, atol=tol
    )


# ---- by hand -------------------------------------------------------------------------------------
def test_gaussian_by_hand():
    model = GaussianNB(var_smoothing=0).fit([[0.0], [2.0], [10.0], [16.0]], [0, 0, 1, 1])
    assert model.theta_.tolist() == [[1.0], [13.0]] and model.var_.tolist() == [[1.0], [9.0]]
    bell = np.exp(-0.5 * np.array([4.0, 1.0])) / np.sqrt(2 * np.pi * np.array([1.0, 9.0]))
    x = [[3.0]], [[10.0]]
    assert model.predict_joint_log_proba(x[0])[0, 0] == pytest.approx(np.log(0.5 * bell[0]))
    assert model.predict_joint_log_proba(x[1])[0, 1] == pytest.approx(np.log(0.5 * bell[1]))


def test_multinomial_by_hand():
    """Manning, Raghavan and Schütze, example 13.1: China's capital is not what the words say."""
    words = ["Chinese", "Beijing", "Shanghai", "Macao", "Tokyo", "Japan"]
    texts = ["Chinese Beijing Chinese", "Chinese Chinese Shanghai", "Chinese Macao"]
    texts = [*texts, "Tokyo Japan Chinese", "Chinese Chinese Chinese Tokyo Japan"]
    X = np.array([[text.split().count(word) for word in words] for text in texts])
    model = MultinomialNB().fit(X[:4], ["yes", "yes", "yes", "no"])
    joint = np.exp(model.predict_joint_log_proba(X[4:]))[0]
    assert joint == pytest.approx(
        [1 / 4 * (2 / 9) ** 3 * 2 / 9 * 2 / 9, 3 / 4 * (3 / 7) ** 3 / 14**2]
    )
    assert model.predict(X[4:]).tolist() == ["yes"]
    bernoulli = BernoulliNB().fit(X[:4], ["yes", "yes", "yes", "no"])  # example 13.2
    joint = np.exp(bernoulli.predict_joint_log_proba(X[4:]))[0]
    yes = 3 / 4 * 4 / 5 * 1 / 5 * 1 / 5 * (1 - 2 / 5) ** 3
    no = 1 / 4 * 2 / 3 * 2 / 3 * 2 / 3 * (1 - 1 / 3) ** 3
    assert joint == pytest.approx([no, yes])
    assert bernoulli.predict(X[4:]).tolist() == ["no"]


def test_complement_by_hand():
    model = ComplementNB().fit([[3.0, 0.0], [1.0, 1.0]], [0, 1])
    p = np.array([[2 / 4, 2 / 4], [4 / 5, 1 / 5]])  # of the other class, with one more of each
    np.testing.assert_allclose(model.feature_log_prob_, -np.log(p))
    norm = ComplementNB(norm=True).fit([[3.0, 0.0], [1.0, 1.0]], [0, 1])
    np.testing.assert_allclose(norm.feature_log_prob_.sum(axis=1), 1.0)


# ---- laws ----------------------------------------------------------------------------------------
@every_kind
def test_pieces_are_the_whole(kind):
    X, y = data(kind)
    w = rng.random(len(X))
    whole, pieces = kind().fit(X, y, w), kind()
    for rows in (slice(0, 1), slice(1, 40), slice(40, 41), slice(41, None)):
        pieces.partial_fit(X[rows], y[rows], classes=[2, 0, 1], sample_weight=w[rows])
    same(whole, pieces, X)
    kind().fit(X, y).partial_fit(X, y)  # on top of fit


@every_kind
def test_weights_are_repetitions_and_zero_is_absence(kind):
    X, y = data(kind)
    w = rng.integers(0, 4, len(X))
    repeated = kind().fit(np.repeat(X, w, axis=0), np.repeat(y, w))
    same(kind().fit(X, y, w), repeated, X)
    junk = np.vstack([X, np.full((3, 4), 1e5)]), np.append(y, [0, 1, 2])
    same(kind().fit(*junk, np.append(np.ones(len(X)), np.zeros(3))), kind().fit(X, y), X)


@every_kind
def test_fit_forgets(kind):
    X, y = data(kind)
    model = kind().fit(X * 3, y).partial_fit(X * 2, y).fit(X, y)
    same(model, kind().fit(X, y), X, tol=0)


@every_kind
def test_probabilities_agree_with_each_other(kind):
    X, y = data(kind)
    model = kind().fit(X, y)
    joint, log_p, p = (
        model.predict_joint_log_proba(X),
        model.predict_log_proba(X),
        model.predict_proba(X),
    )
    np.testing.assert_allclose(np.exp(log_p), p, atol=1e-14)
    np.testing.assert_allclose(joint - joint[:, :1], log_p - log_p[:, :1], atol=1e-10)
    np.testing.assert_array_equal(model.predict(X), p.argmax(axis=1))


@every_kind
def test_float32_counts_are_not_lost(kind):
    """2**24 + 1 is not a float32: what is learned is float64."""
    X, y = data(kind)
    model = kind().fit(X.astype(np.float32), y, 1e8)
    assert model.class_count_.dtype == np.float64
    np.testing.assert_array_equal(model.class_count_, np.bincount(y) * 1e8)


# ---- digits --------------------------------------------------------------------------------------
@pytest.mark.parametrize("offset", [1e4, 1e8, -1e10])
def test_far_from_zero_variances_keep_their_digits(offset):
    X = rng.integers(0, 64, (500, 3)) / 64.0  # exact beside any offset
    y = rng.integers(0, 2, 500)
    near, far, pieces = GaussianNB().fit(X, y), GaussianNB().fit(X + offset, y), GaussianNB()
    np.testing.assert_allclose(far.var_, near.var_, rtol=1e-12)
    np.testing.assert_allclose(far.theta_ - offset, near.theta_, atol=abs(offset) * 1e-15)
    for rows in (slice(0, 100), slice(100, None)):
        pieces.partial_fit((X + offset)[rows], y[rows], classes=[0, 1])
    np.testing.assert_allclose(pieces.var_, near.var_, rtol=1e-5 if abs(offset) > 1e9 else 1e-8)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 / 3, 1e-30, 1e200])
def test_constant_columns_decide_nothing(value):
    X, y = BELLS, Y
    wider = np.column_stack([X, np.full(len(X), value)])
    model = GaussianNB().fit(wider, y, rng.random(len(X)))
    assert (model.theta_[:, -1] == value).all() and (model.var_[:, -1] == model.epsilon_).all()
    alone = GaussianNB().fit(wider[:, -1:], y)
    np.testing.assert_allclose(
        alone.predict_proba(wider[:5, -1:]), np.tile(np.bincount(y) / len(y), (5, 1))
    )


def test_a_constant_feature_within_a_class_without_smoothing():
    model = GaussianNB(var_smoothing=0).fit([[0.0], [0.0], [1.0], [2.0]], [0, 0, 1, 1])
    with pytest.raises(ValueError, match="var_smoothing above 0"):
        model.predict([[0.0]])


def test_far_away_samples_get_an_answer():
    model = GaussianNB().fit(BELLS, Y)
    assert np.isfinite(model.predict_joint_log_proba(np.full((1, 4), 1e300))).all()
    with pytest.raises(ValueError, match="scale"):
        model.fit(BELLS * 1e200, Y)
    with pytest.raises(ValueError, match="overflow"):
        MultinomialNB().fit(np.full((3, 1), 1.5e308), [0, 0, 1])
    assert np.isfinite(MultinomialNB().fit(COUNTS, Y).predict_log_proba(COUNTS * 1e307)).all()


@pytest.mark.parametrize("kind", KINDS[1:])
def test_without_smoothing_the_unseen_is_nearly_impossible(kind):
    X, y = [[2.0, 0.0, 1.0], [0.0, 3.0, 1.0]], ["a", "b"]
    model = kind(alpha=0.0).fit(X, y)
    assert model.predict([[1, 0, 0], [0, 1, 0], [0, 0, 1]]).tolist()[:2] == ["a", "b"]
    assert not np.isnan(model.predict_log_proba([[5, 5, 5], [0, 0, 0]])).any()
    with pytest.warns(UserWarning, match="alpha too small"):
        careful = kind(alpha=0.0, force_alpha=False).fit(X, y)
    assert np.isfinite(careful.feature_log_prob_).all()
    with pytest.warns(UserWarning, match="alpha too small"):
        kind(alpha=[1.0, 1.0, 0.0], force_alpha=False).fit(X, y)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_without_smoothing_nothing_seen_at_all(kind):
    """Samples without a single count, and a class that was announced and has not come yet."""
    empty = kind(alpha=0.0).fit(np.zeros((3, 2)), [0, 0, 1])
    assert np.isfinite(empty.predict_proba([[0.0, 0.0], [1.0, 2.0]])).all()
    waiting = kind(alpha=0.0).partial_fit(COUNTS[:50], Y[:50], classes=[0, 1, 2, 3])
    assert not np.isnan(waiting.predict_log_proba(COUNTS)).any()
    if kind is not ComplementNB:  # no opinion on any feature
        assert len(set(waiting.feature_log_prob_[3].tolist())) == 1
        assert np.isfinite(waiting.feature_log_prob_[3]).all()


def test_a_single_column_has_all_of_the_norm():
    model = ComplementNB(norm=True).fit(COUNTS[:, :1], Y)
    assert np.isfinite(model.predict_log_proba(COUNTS[:, :1])).all()


@every_kind
def test_a_class_of_weight_zero(kind):
    X, y = data(kind)
    model = kind().fit(X, y, (y != 1) * 1.0)
    assert model.class_count_[1] == 0.0
    assert not np.isnan(model.predict_log_proba(X)).any()
    assert not (model.predict(X) == 1).any() or kind is ComplementNB
    without = kind().fit(X[y != 1], y[y != 1])
    if kind is not ComplementNB:
        np.testing.assert_allclose(
            model.predict_proba(X)[:, [0, 2]], without.predict_proba(X), atol=1e-12
        )


def test_a_probability_of_nearly_one_keeps_its_complement():
    n = 10_000_000
    model = BernoulliNB().fit([[1.0], [0.0]], [0, 1], sample_weight=[n, n])
    joint = model.predict_joint_log_proba([[0.0]])[0]
    assert joint[0] == pytest.approx(np.log(0.5) + np.log(1 / (n + 2)), rel=1e-14)


# ---- refused -------------------------------------------------------------------------------------
@every_kind
def test_partial_fit_wants_to_know_all_classes(kind):
    X, y = data(kind)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        kind().partial_fit(X, y)
    model = kind().partial_fit(X, y, classes=[0, 1, 2, 5])
    with pytest.raises(ValueError, match="not the same as on last call"):
        model.partial_fit(X, y, classes=[0, 1, 2])
    for wrong in (np.full(len(y), 4), np.full(len(y), 9), np.array(["a"] * len(y))):
        with pytest.raises(ValueError, match="do not exist|never match"):
            model.partial_fit(X, wrong)
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(X[:, :2], y)
    assert model.predict_proba(X)[:, 3].max() == 0.0 or kind is ComplementNB


@every_kind
def test_nothing_is_learned_from_data_that_are_refused(kind):
    X, y = data(kind)
    model = kind()
    with pytest.raises(ValueError, match="NaN"):
        model.partial_fit(np.where(np.isin(X, X[0, 0]), np.nan, X), y, classes=[0, 1, 2])
    assert model.partial_fit(X, y, classes=[0, 1, 2]).score(X, y) > 0.3


@pytest.mark.parametrize(
    "model, words",
    [
        (MultinomialNB(alpha=-1), "alpha"),
        (MultinomialNB(alpha=[1.0, 1.0]), "one for each of the 4 features"),
        (MultinomialNB(class_prior=[1.0]), "Number of priors must match"),
        (BernoulliNB(class_prior=[1.0, -1.0, 1.0]), "non-negative"),
        (BernoulliNB(binarize=None), "between 0"),
        (GaussianNB(priors=[1.0]), "Number of priors must match"),
        (GaussianNB(priors=[0.5, 0.6, 0.0]), "sum of the priors should be 1"),
        (GaussianNB(priors=[1.5, -0.5, 0.0]), "non-negative"),
        (GaussianNB(var_smoothing=-1), "var_smoothing"),
    ],
)
def test_parameters_that_make_no_sense(model, words):
    with pytest.raises(ValueError, match=words):
        model.fit(COUNTS, Y)


@pytest.mark.parametrize("kind", [MultinomialNB, ComplementNB])
def test_counts_are_not_negative(kind):
    with pytest.raises(ValueError, match="Negative values in data passed to"):
        kind().fit(BELLS, Y)


def test_a_prior_of_zero():
    model = GaussianNB(priors=[0.5, 0.5, 0.0]).fit(BELLS, Y)
    assert np.isneginf(model.predict_log_proba(BELLS)[:, 2]).all()
    assert not (model.predict(BELLS) == 2).any()


# ---- categories ----------------------------------------------------------------------------------
def test_categories_by_hand():
    X, y = [[0, 1], [0, 2], [1, 1], [1, 0]], ["out", "out", "in", "in"]
    model = CategoricalNB().fit(X, y)
    assert model.n_categories_.tolist() == [2, 3]
    joint = np.exp(model.predict_joint_log_proba([[0, 2]]))[0]
    assert joint == pytest.approx([1 / 2 * 1 / 4 * 1 / 5, 1 / 2 * 3 / 4 * 2 / 5])  # "in", "out"


def test_categories_in_pieces_grow():
    X = rng.integers(0, [3, 9, 1], (100, 3))
    y = rng.integers(0, 3, 100)
    w = rng.random(100)
    order = np.argsort(X[:, 1], kind="stable")
    X, y, w = X[order], y[order], w[order]
    whole, pieces = CategoricalNB().fit(X, y, w), CategoricalNB()
    for rows in (slice(0, 20), slice(20, 21), slice(21, None)):
        pieces.partial_fit(X[rows], y[rows], classes=[0, 1, 2], sample_weight=w[rows])
    same(whole, pieces, X)
    keep = y != 1
    none = CategoricalNB().fit(X, y, keep * 1.0)
    assert not (none.predict(X) == 1).any()


def test_categories_that_make_no_sense():
    X, y = np.array([[0.0, 1.0], [2.0, 0.0]]), [0, 1]
    same(CategoricalNB().fit(X + 0.5, y), CategoricalNB().fit(X, y), X)
    with pytest.raises(ValueError, match="too many for a table"):
        CategoricalNB().fit(X * 1e9, y)
    with pytest.raises(ValueError, match="OrdinalEncoder"):
        CategoricalNB().fit(X * 1e100, y)
    with pytest.raises(ValueError, match="larger min_categories"):
        CategoricalNB().fit(X, y).predict([[3, 0]])
    assert np.isfinite(CategoricalNB(min_categories=4).fit(X, y).predict_proba([[3, 0]])).all()
    assert np.isfinite(CategoricalNB(alpha=0.0).fit(X, y).predict_log_proba([[0, 0]])).all()
    for wrong, words in [
        ({"alpha": [1.0, 1.0]}, "one number"),
        ({"min_categories": [1, 2, 3]}, "one for each"),
        ({"min_categories": 2.5}, "integer"),
    ]:
        with pytest.raises(ValueError, match=words):
            CategoricalNB(**wrong).fit(X, y)
