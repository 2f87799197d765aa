"""The gain of a cut, from running sums, is the impurity that it removes; whatever the criterion."""

import numpy as np
import pytest

from ml_from_scratch.models.trees.absolute_error import AbsoluteError, prefix_errors
from ml_from_scratch.models.trees.criteria import Entropy, Gini, Poisson, SquaredError
from ml_from_scratch.models.trees.growing import Targets
from ml_from_scratch.models.trees.levels import Cuts, Level, OneCut
from ml_from_scratch.models.trees.rules import GrowingRules
from ml_from_scratch.models.trees.scanning import running_sums

CLASSES = {"gini": Gini, "entropy": Entropy}
NUMBERS = {"squared_error": SquaredError, "poisson": Poisson, "absolute_error": AbsoluteError}
every_criterion = pytest.mark.parametrize("criterion", [*CLASSES, *NUMBERS])
weighted_or_not = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])


def rules(**changed):
    settings = {"criterion": "", "splitter": "best", "max_depth": 9, "max_leaf_nodes": 9}
    settings |= {"min_samples_split": 2, "min_samples_leaf": 1, "min_weight_leaf": 0.0}
    settings |= {"min_impurity_decrease": 0.0, "max_features": 1, "monotonic": None}
    return GrowingRules(**{**settings, **changed})


def level_of(criterion, weighted, counts=(7, 2, 30), n_classes=4):
    """Some nodes of made-up samples, in a shuffled numbering."""
    rng = np.random.default_rng(0)
    n, n_classes = sum(counts), n_classes if criterion in CLASSES else 0
    y = rng.integers(0, n_classes, n) if n_classes else rng.gamma(2.0, size=n)
    w = rng.random(n) + 0.1 if weighted else None
    data = Targets(y, n_classes, w, criterion, n_trees=1)
    rows = rng.permutation(n)
    return Level(rows, np.array(counts), np.zeros(len(counts), np.int64), data), data


def impurity_left(criterion, y, w):
    """W H by its definition, for the samples of one side."""
    if criterion in CLASSES:
        p = np.bincount(y, w, minlength=4) / w.sum()
        p = p[p > 0]
        return w.sum() * (1 - (p**2).sum() if criterion == "gini" else -(p * np.log2(p)).sum())
    if criterion == "absolute_error":
        return min((w * np.abs(y - m)).sum() for m in y)
    mean = np.average(y, weights=w)
    return (w * ((y - mean) ** 2 if criterion == "squared_error" else y * np.log(y / mean))).sum()


@every_criterion
@weighted_or_not
@pytest.mark.parametrize("n_classes", [2, 4])
def test_a_gain_is_the_impurity_that_a_cut_removes(criterion, weighted, n_classes):
    level, data = level_of(criterion, weighted, n_classes=n_classes)
    y = data.criterion.codes if criterion in CLASSES else data.criterion.y
    w = np.ones(len(y)) if data.w is None else data.w
    rng = np.random.default_rng(1)
    orders = np.stack(  # two orders, in both of which the nodes stand one after the other
        [np.concatenate([rng.permutation(r) for r in np.split(level.rows, level.starts[1:])])] * 2
    )
    orders[1] = level.rows
    channels = data.criterion.channels(level)
    by_row = np.empty_like(channels)
    by_row[:, level.rows] = channels
    gains = Cuts(level, rules(), data.w).gains(data.criterion, by_row, orders)
    for order, found in zip(orders, gains):
        for start, count in zip(level.starts, level.counts):
            node = order[start : start + count]
            whole = impurity_left(criterion, y[node], w[node])
            for i in range(1, count):
                sides = node[:i], node[i:]
                rest = sum(impurity_left(criterion, y[side], w[side]) for side in sides)
                assert found[start + i - 1] == pytest.approx(whole - rest, abs=1e-9)
            assert found[start + count - 1] == -np.inf  # behind the last sample there is no cut


@every_criterion
@weighted_or_not
def test_one_given_division_of_every_node(criterion, weighted):
    level, data = level_of(criterion, weighted)
    y = data.criterion.codes if criterion in CLASSES else data.criterion.y
    w = np.ones(len(y)) if data.w is None else data.w
    goes_left = np.arange(len(level.rows)) % 2 == 0
    left = np.add.reduceat(w[level.rows] * goes_left, level.starts)
    gains = data.criterion.side_gains(
        data.criterion.channels(level), goes_left[None], OneCut(level), left, level.weight - left
    )
    for k, (start, count) in enumerate(zip(level.starts, level.counts)):
        node, side = level.rows[start : start + count], goes_left[start : start + count]
        parts = [node, node[side], node[~side]]
        whole, *rest = (impurity_left(criterion, y[part], w[part]) for part in parts)
        assert gains[0, k] == pytest.approx(whole - sum(rest), abs=1e-9)


@every_criterion
@weighted_or_not
def test_nodes_are_described(criterion, weighted):
    level, data = level_of(criterion, weighted)
    y = data.criterion.codes if criterion in CLASSES else data.criterion.y
    w = np.ones(len(y)) if data.w is None else data.w
    for k, node in enumerate(np.split(level.rows, level.starts[1:])):
        assert level.weight[k] == pytest.approx(w[node].sum())
        mixed = impurity_left(criterion, y[node], w[node])
        assert level.weight[k] * level.impurity[k] == pytest.approx(mixed)


def test_worked_examples():
    level, _ = level_of("gini", False, counts=(4,))
    assert Gini(None, 2).impurity(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist() == [0.5, 0.0]
    assert Entropy(None, 2).impurity(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist() == [1.0, 0.0]
    data = Targets(np.array([0.0, 0.0, 3.0]), 0, None, "absolute_error", 1)
    level = Level(np.arange(3), np.array([3]), np.zeros(1, np.int64), data)
    assert level.value.tolist() == [[0.0]] and level.impurity.tolist() == [1.0]
    data = Targets(np.array([1.0, 2.0, 4.0, 9.0]), 0, None, "absolute_error", 1)
    level = Level(np.arange(4), np.array([4]), np.zeros(1, np.int64), data)
    assert level.value.tolist() == [[3.0]]  # in the middle between the two middle ones


def test_weights_that_are_whole_numbers_leave_no_rounding_error():
    data = Targets(np.array([0, 1, 2] * 40), 3, np.array([1.0, 2.0, 3.0] * 40), "gini", 1)
    level = Level(np.arange(120), np.array([50, 70]), np.zeros(2, np.int64), data)
    channels = data.criterion.channels(level)
    assert (channels == np.rint(channels)).all()
    assert np.add.reduceat(channels, level.starts, axis=1).tolist() == [[0.0, 0.0]] * 2


@pytest.mark.parametrize("scale", [1e-150, 1e-9, 1.0, 1e9, 1e150])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_any_scale_of_y(scale, shift):
    y = (np.array([0.0, 1.0, 2.0, 5.0]) + shift) * scale
    data = Targets(y, 0, None, "squared_error", 1)
    level = Level(np.arange(4), np.array([4]), np.zeros(1, np.int64), data)
    value, impurity = data.criterion.in_users_units(level.value, level.impurity)
    assert value[0, 0] == pytest.approx((2.0 + shift) * scale)
    assert impurity[0] / scale / scale == pytest.approx(3.5, rel=1e-6)
    assert not level.pure[0]


def test_poisson_refuses_what_is_no_count():
    for y in ([1.0, -1.0], [0.0, 0.0]):
        with pytest.raises(ValueError, match="poisson"):
            Targets(np.array(y), 0, None, "poisson", 1)


# ---- running sums --------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [1, 15, 16, 17, 1000, 5000])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_running_sums(n, n_channels):
    rng = np.random.default_rng(n)
    z = rng.integers(-9, 9, (n_channels, n)).astype(float)
    z[:, -1] -= z.sum(axis=1)  # each order adds up to zero
    rows = np.stack([rng.permutation(n) for _ in range(3)]).astype(np.int32)
    np.testing.assert_array_equal(running_sums(z, rows), z[:, rows].cumsum(axis=2))


# ---- medians of growing sets ---------------------------------------------------------------------
@weighted_or_not
def test_prefix_errors(weighted):
    rng = np.random.default_rng(0)
    counts = [1, 2, 9, 40]
    y = rng.normal(size=sum(counts))
    w = rng.random(len(y)) if weighted else np.ones(len(y))
    first = np.repeat(np.cumsum(counts) - counts, counts)
    nodes = np.split(y, np.cumsum(counts)[:-1])
    rank = np.concatenate([node.argsort().argsort() for node in nodes])
    errors = prefix_errors(rank, y, w, first)
    for p, start in enumerate(first):
        part = slice(start, p + 1)
        expected = min((w[part] * np.abs(y[part] - m)).sum() for m in y[part])
        assert errors[p] == pytest.approx(expected, abs=1e-12)
