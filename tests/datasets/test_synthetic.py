"""Synthetic data: the same seed gives the same bits, and the geometry is the one promised."""

import numpy as np
import pytest

from ml_from_scratch import datasets
from ml_from_scratch.datasets import (
    make_adding_problem,
    make_blobs,
    make_circles,
    make_classification,
    make_copy_memory,
    make_dates,
    make_friedman1,
    make_moons,
    make_regression,
    make_sine_waves,
    make_spirals,
    make_swiss_roll,
)

GENERATORS = [getattr(datasets, name) for name in datasets.__all__ if name.startswith("make_")]
NUMBERS = [make for make in GENERATORS if make is not make_dates]  # which makes texts
NOISY = [
    make_circles,
    make_friedman1,
    make_moons,
    make_regression,
    make_sine_waves,
    make_spirals,
    make_swiss_roll,
]


def test_there_are_generators():
    assert len(GENERATORS) >= 11
    assert set(NOISY) <= set(GENERATORS)


# ---------------------------------------------------------------------------- laws for every one


@pytest.mark.parametrize("make", GENERATORS)
def test_same_seed_same_bits_another_seed_others(make):
    first, again, other = (make(n_samples=30, random_state=seed) for seed in (7, 7, 8))
    for a, b in zip(first, again):
        assert a.tobytes() == b.tobytes()
    assert any(a.tobytes() != b.tobytes() for a, b in zip(first, other))


@pytest.mark.parametrize("make", NUMBERS)
def test_shapes_dtypes_and_finite_values(make):
    for n in (1, 2, 31):
        X, y = make(n_samples=n, random_state=0)
        assert len(X) == len(y) == n
        assert X.dtype == np.float64
        assert y.dtype in (np.dtype(np.float64), np.dtype(int))
        assert np.isfinite(X).all() and np.isfinite(y).all()


@pytest.mark.parametrize("make", GENERATORS)
def test_the_global_generator_is_left_alone_and_legacy_ones_are_taken(make):
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    X, _ = make(n_samples=9, random_state=np.random.RandomState(3))
    again, _ = make(n_samples=9, random_state=np.random.RandomState(3))
    assert np.array_equal(X, again)
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize("make", GENERATORS)
@pytest.mark.parametrize("n, error", [(0, ValueError), (-3, ValueError), (2.5, TypeError)])
def test_a_wrong_number_of_samples_is_refused(make, n, error):
    with pytest.raises(error, match="n_samples must be"):
        make(n_samples=n)


@pytest.mark.parametrize("make", NOISY)
def test_noise_has_the_deviation_asked_for_and_none_means_zero(make):
    plain = make(n_samples=4000, noise=0.0, random_state=1)
    assert all(np.array_equal(a, b) for a, b in zip(plain, make(4000, noise=None, random_state=1)))
    noisy = make(n_samples=4000, noise=0.3, random_state=1)
    moved = [b - a for a, b in zip(plain, noisy) if not np.array_equal(a, b)]
    assert moved, "noise changed nothing"
    for difference in moved:
        assert difference.std() == pytest.approx(0.3, rel=0.05)
        assert abs(difference.mean()) < 0.02


@pytest.mark.parametrize("make", NOISY)
@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf"), "loud"])
def test_a_noise_that_is_no_deviation_is_refused(make, noise):
    with pytest.raises((ValueError, TypeError), match="noise"):
        make(n_samples=5, noise=noise)


# ------------------------------------------------------------------------------------ regression


@pytest.mark.parametrize("n_targets, bias", [(1, 0.0), (1, 5.0), (3, 0.0)])
def test_regression_without_noise_is_exactly_the_plane(n_targets, bias):
    X, y, w = make_regression(
        60, 7, n_informative=4, n_targets=n_targets, bias=bias, coef=True, random_state=0
    )
    assert X.shape == (60, 7)
    assert w.shape == ((7,) if n_targets == 1 else (7, n_targets))
    assert np.array_equal(y, X @ w + bias)
    assert ((w != 0).sum(axis=0) == 4).all()
    assert w.min() >= 0 and w.max() <= 100


def test_regression_informs_with_all_features_of_the_quick_start():
    X, y = make_regression(n_samples=100, n_features=5, noise=0.1)
    w, *_ = np.linalg.lstsq(X, y, rcond=None)
    assert (np.abs(w) > 0.05).sum() >= 4  # a coefficient is uniform in 0..100: below 0.05 is rare
    assert (y - X @ w).std() < 0.2


def test_regression_unshuffled_has_its_informative_features_first():
    *_, w = make_regression(5, 6, n_informative=2, shuffle=False, coef=True, random_state=0)
    assert (w != 0).tolist() == [True, True, False, False, False, False]
    *_, w = make_regression(5, 6, n_informative=0, coef=True)
    assert not w.any()


def test_friedman1_by_hand():
    X, y = make_friedman1(n_samples=50, n_features=7, random_state=0)
    assert X.min() >= 0 and X.max() <= 1
    for x, value in zip(X, y):
        by_hand = 10 * np.sin(np.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]
        assert value == pytest.approx(by_hand, rel=1e-12)
    with pytest.raises(ValueError, match="n_features must be an integer of at least 5; got 4"):
        make_friedman1(n_features=4)


# -------------------------------------------------------------------------------- classification


def test_classification_shares_the_samples_out_as_weights_say():
    for weights in ([0.7, 0.2, 0.1], [0.7, 0.2]):
        _, y = make_classification(
            200, n_informative=3, n_classes=3, weights=weights, flip_y=0, random_state=0
        )
        assert np.bincount(y).tolist() == [140, 40, 20]
    _, y = make_classification(101, flip_y=0, random_state=0)
    assert sorted(np.bincount(y).tolist()) == [50, 51]


def test_classification_columns_are_what_they_are_called():
    X, y = make_classification(
        300,
        n_features=9,
        n_informative=3,
        n_redundant=2,
        n_repeated=2,
        shuffle=False,
        flip_y=0,
        random_state=0,
    )
    informative, redundant, repeated, noise = np.split(X, [3, 5, 7], axis=1)
    B, residual, rank, _ = np.linalg.lstsq(informative, redundant, rcond=None)
    assert rank == 3
    assert np.allclose(informative @ B, redundant)
    for column in repeated.T:
        assert any(np.array_equal(column, other) for other in X[:, :5].T)
    assert noise.std() == pytest.approx(1.0, abs=0.1)
    assert np.linalg.matrix_rank(X) == 3 + 2
    assert (np.diff(y) >= 0).all()


def test_classification_clusters_sit_at_different_corners():
    X, y = make_classification(
        6000,
        n_features=3,
        n_informative=3,
        n_classes=4,
        class_sep=50.0,
        flip_y=0,
        random_state=2,
    )
    corner = (X > 0) @ [1, 2, 4]
    assert sorted(np.bincount(corner).tolist()) == [750] * 8
    for k in range(8):
        assert len(set(y[corner == k])) == 1  # one class per corner
        assert np.abs(X[corner == k].mean(axis=0)) == pytest.approx([50.0] * 3, abs=0.3)


def test_classification_flips_shifts_and_scales():
    flat = {"n_samples": 4000, "n_classes": 2, "random_state": 0, "shuffle": False}
    X, y = make_classification(flip_y=0, **flat)
    _, flipped = make_classification(flip_y=0.4, **flat)
    assert (y != flipped).mean() == pytest.approx(0.2, abs=0.02)
    moved, _ = make_classification(flip_y=0, shift=3.0, scale=2.0, **flat)
    assert np.allclose(moved, (X + 3) * 2)


def test_classification_in_two_dimensions_needs_no_further_word():
    X, _ = make_classification(n_samples=20, n_features=2, random_state=0)
    assert X.shape == (20, 2)


def test_classification_in_many_dimensions():
    X, _ = make_classification(50, n_features=100, n_informative=80, random_state=0)
    assert X.shape == (50, 100) and np.isfinite(X).all()


@pytest.mark.parametrize(
    "wrong, match",
    [
        ({"n_features": 3, "n_redundant": 2}, "n_features=3 is too few"),
        ({"n_features": 1}, "too few"),
        ({"n_classes": 3}, "6 corners.*has 4"),
        ({"weights": [0.5, 0.6]}, "weights must be the shares"),
        ({"weights": [1.5]}, "weights must be the shares"),
        ({"weights": [0.2, 0.3, 0.5]}, "weights must be the shares"),
        ({"flip_y": 1.5}, "flip_y is a share"),
        ({"n_informative": 0}, "n_informative must be an integer of at least 1"),
    ],
)
def test_classification_refuses_what_cannot_be(wrong, match):
    with pytest.raises(ValueError, match=match):
        make_classification(**wrong)


# ----------------------------------------------------------------------------------------- blobs


def test_blobs_lie_around_their_centres():
    X, y, centers = make_blobs(3000, 4, centers=3, return_centers=True, random_state=0)
    assert centers.shape == (3, 4)
    assert np.abs(centers).max() <= 10
    for k in range(3):
        assert X[y == k].mean(axis=0) == pytest.approx(centers[k], abs=0.15)
        assert X[y == k].std(axis=0) == pytest.approx([1.0] * 4, abs=0.1)


def test_blobs_counts_centres_and_spreads_as_given():
    given = [[0.0, 0.0], [5.0, 5.0]]
    X, y = make_blobs([3, 2], centers=given, cluster_std=[0.0, 0.0], shuffle=False)
    assert y.tolist() == [0, 0, 0, 1, 1]
    assert X.tolist() == [given[0]] * 3 + [given[1]] * 2
    X, y = make_blobs(4000, centers=given, cluster_std=[0.1, 2.0], random_state=0)
    assert X[y == 0].std() == pytest.approx(0.1, rel=0.05)
    assert X[y == 1].std() == pytest.approx(2.0, rel=0.05)
    _, y = make_blobs(11, random_state=0)
    assert np.bincount(y).tolist() == [4, 4, 3]
    _, y = make_blobs([1, 2, 3, 4], random_state=0)
    assert np.bincount(y).tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "wrong, match",
    [
        ({"n_samples": [1, 2], "centers": 3}, "one count for each of the 3 centers"),
        ({"n_samples": [0, 0]}, "not all zero"),
        ({"cluster_std": [1.0, 2.0]}, "one for each of the 3"),
        ({"cluster_std": -1.0}, "cluster_std"),
        ({"centers": [1.0, 2.0]}, r"shape \(n_centers, n_features\); got shape \(2,\)"),
        ({"centers": [[np.nan, 1.0]]}, "finite"),
        ({"center_box": (1, -1)}, "lowest, highest"),
        ({"n_features": 0}, "n_features must be an integer of at least 1"),
    ],
)
def test_blobs_refuse_what_does_not_fit(wrong, match):
    with pytest.raises(ValueError, match=match):
        make_blobs(**wrong)


# ---------------------------------------------------------------------------------------- curves


def test_moons_are_half_circles():
    X, y = make_moons(101, random_state=0)
    upper, lower = X[y == 0], X[y == 1]
    assert (len(upper), len(lower)) == (50, 51)
    assert np.allclose(np.hypot(*upper.T), 1) and upper[:, 1].min() >= 0
    assert np.allclose(np.hypot(*(lower - [1.0, 0.5]).T), 1) and lower[:, 1].max() <= 0.5


def test_circles_have_their_radii():
    X, y = make_circles((20, 30), factor=0.3, random_state=0)
    radius = np.hypot(*X.T)
    assert np.allclose(radius[y == 0], 1) and np.allclose(radius[y == 1], 0.3)
    assert np.bincount(y).tolist() == [20, 30]
    assert len(np.unique(X.round(9), axis=0)) == 50  # evenly around, no point twice


@pytest.mark.parametrize("factor", [-0.1, 1.0, float("nan")])
def test_circles_refuse_an_inner_circle_that_is_not_inside(factor):
    with pytest.raises(ValueError, match="factor"):
        make_circles(factor=factor)


def test_spiral_arms_turn_evenly():
    n, K, turns = 300, 3, 1.5
    X, y = make_spirals(n, n_classes=K, turns=turns, random_state=0)
    t = np.hypot(*X.T)
    angle = np.arctan2(X[:, 1], X[:, 0]) - 2 * np.pi * (turns * t + y / K)
    assert np.allclose(np.cos(angle), 1)
    assert np.bincount(y).tolist() == [100, 100, 100]
    assert t.min() > 0 and t.max() == pytest.approx(1.0)


def test_swiss_roll_unrolls():
    X, t = make_swiss_roll(500, random_state=0)
    assert np.allclose(X[:, 0], t * np.cos(t)) and np.allclose(X[:, 2], t * np.sin(t))
    assert 1.5 * np.pi <= t.min() and t.max() <= 4.5 * np.pi
    assert X[:, 1].min() >= 0 and 20 < X[:, 1].max() <= 21


@pytest.mark.parametrize("make", [make_moons, make_circles, make_spirals, make_blobs])
def test_unshuffled_classes_follow_each_other(make):
    _, y = make(20, shuffle=False)
    assert (np.diff(y) >= 0).all()
    _, mixed = make(20, shuffle=True, random_state=0)
    assert sorted(mixed) == y.tolist() != mixed.tolist()


@pytest.mark.parametrize("make", [make_moons, make_circles])
def test_a_pair_of_counts_must_be_a_pair(make):
    for wrong in ((1, 2, 3), (0, 0), (-1, 2)):
        with pytest.raises(ValueError, match="n_samples"):
            make(wrong)
    X, y = make((0, 5))
    assert y.tolist() == [1] * 5


# ------------------------------------------------------------------------------------- sequences


def test_adding_problem_adds_one_number_of_each_half():
    for length in (2, 3, 9, 50):
        X, y = make_adding_problem(200, length, random_state=0)
        assert X.shape == (200, length, 2) and y.shape == (200, 1)
        values, marks = X[..., 0], X[..., 1]
        half = length // 2
        assert set(np.unique(marks)) <= {0.0, 1.0}
        assert (marks[:, :half].sum(axis=1) == 1).all() and (marks[:, half:].sum(axis=1) == 1).all()
        assert np.allclose(y[:, 0], (values * marks).sum(axis=1), rtol=0, atol=1e-15)
    assert marks.any(axis=0).all()  # every place is marked in some sequence


def test_adding_problem_baseline_is_a_sixth():
    _, y = make_adding_problem(20000, 10, random_state=0)
    assert ((y - 1) ** 2).mean() == pytest.approx(1 / 6, rel=0.03)


def test_sine_waves_obey_their_recurrence_and_go_on():
    X, y = make_sine_waves(20, 40, periods=(7, 7), random_state=0)
    x = np.concatenate([X, y[:, -1:]], axis=1)[..., 0]  # (20, 41)
    assert np.array_equal(X[:, 1:], y[:, :-1])
    step = 2 * np.cos(2 * np.pi / 7)  # sin(a + d) + sin(a - d) = 2 cos(d) sin(a)
    assert np.allclose(x[:, 2:] + x[:, :-2], step * x[:, 1:-1])
    assert np.allclose(x[:, 7:], x[:, :-7])
    assert x.std(axis=0).min() > 0.4  # phases differ


@pytest.mark.parametrize("periods", [(0, 5), (5, 4), (1, float("inf")), (float("nan"), 1)])
def test_sine_waves_refuse_periods_that_are_none(periods):
    with pytest.raises(ValueError, match="periods"):
        make_sine_waves(periods=periods)


def test_copy_memory_asks_for_what_it_showed():
    X, y = make_copy_memory(50, delay=6, n_symbols=4, n_copied=3, random_state=0)
    assert X.shape == (50, 12, 6) and y.shape == (50, 12)
    assert np.array_equal(X.sum(axis=-1), np.ones((50, 12)))
    asked = X.argmax(axis=-1)
    assert np.array_equal(asked[:, :3], y[:, -3:])
    assert set(asked[:, :3].ravel()) == {1, 2, 3, 4}
    assert (asked[:, 8] == 5).all() and (asked == 5).sum() == 50  # the signal, just before
    assert not asked[:, 3:8].any() and not asked[:, 9:].any() and not y[:, :-3].any()
