"""The search for neighbours: exact whatever the data, by both algorithms, with ties told by index."""

import numpy as np
import pytest

from ml_from_scratch.models.neighbors import brute_force, kd_tree
from ml_from_scratch.models.neighbors.brute_force import BruteForce, small_ones
from ml_from_scratch.models.neighbors.kd_tree import KDTree
from ml_from_scratch.models.neighbors.metrics import Minkowski
from ml_from_scratch.models.neighbors.ranking import nearest

rng = np.random.default_rng(0)
POWERS = [1, 1.5, 2, 3, 0.5, np.inf]


def by_the_definition(X, Q, k, p):
    """All distances, one query at a time, sorted by distance and index."""
    metric, found = Minkowski(p), []
    for q in Q:
        measure = metric.measure(q - X)
        order = np.lexsort((np.arange(len(X)), measure))[:k]
        found.append((measure[order], order))
    return tuple(map(np.array, zip(*found)))


def indexes(X, p):
    return [
        BruteForce(X, Minkowski(p)),
        KDTree(X, Minkowski(p), 30),
        KDTree(X, Minkowski(p), 1),
    ]


def agree(X, Q, k, p=2):
    expected = by_the_definition(X, Q, k, p)
    for index in indexes(X, p):
        measures, indices = index.query(Q, k)
        np.testing.assert_array_equal(indices, expected[1], err_msg=repr(index))
        np.testing.assert_array_equal(measures, expected[0])


@pytest.mark.parametrize("p", POWERS)
@pytest.mark.parametrize("n, d, k", [(1, 1, 1), (2, 3, 2), (37, 2, 5), (300, 5, 300), (700, 3, 40)])
def test_neighbours_are_those_by_the_definition(n, d, k, p):
    agree(rng.normal(size=(n, d)), rng.normal(size=(30, d)), k, p)


@pytest.mark.parametrize("p", POWERS)
def test_ties_go_to_the_lower_index(p):
    grid = rng.permutation(np.stack(np.meshgrid(*3 * [np.arange(6.0)]), -1).reshape(-1, 3))
    agree(grid, grid[:50], 10, p)
    agree(grid, np.floor(rng.uniform(0, 6, (50, 3))) + 0.5, 10, p)
    agree(np.repeat(grid, 3, axis=0), grid[:20], 7, p)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_all_points_the_same(p):
    X = np.full((500, 3), 0.1)
    for index in indexes(X, p):
        measures, indices = index.query(rng.normal(size=(4, 3)), 3)
        assert (indices == [0, 1, 2]).all() and (measures[:, 0] == measures[:, 2]).all()


HARD = {
    "tight clusters far apart": lambda: rng.choice([0.0, 1e4], (900, 1))
    + rng.normal(size=(900, 4)),
    "very tight clusters": lambda: rng.choice([0.0, 1.0], (900, 1))
    + 1e-9 * rng.normal(size=(900, 4)),
    "an outlier": lambda: np.vstack([rng.normal(size=(600, 4)), np.full((1, 4), 1e9)]),
    "far from zero": lambda: 1e8 + rng.normal(size=(600, 4)),
    "one column much larger": lambda: rng.normal(size=(600, 4)) * [1, 1e100, 1, 1],
    "few values": lambda: rng.integers(0, 2, (600, 4)) * 1.0,
    "a line": lambda: np.linspace(0, 1, 600)[:, None] * np.ones(4),
    "heavy tails": lambda: rng.standard_cauchy((600, 4)),
}


@pytest.mark.parametrize("case", HARD)
def test_exact_where_float32_is_not_enough(case):
    X = HARD[case]()
    agree(X, X[::7], 5)
    agree(X, X[::7] + 1e-3 * X.std(axis=0), 5)


def test_queries_far_away_from_all_points():
    X = rng.normal(size=(600, 4))
    for distance in (1e3, 1e6, 1e9, 1e12):
        agree(X, distance * rng.normal(size=(20, 4)), 5)


def test_queries_whose_products_cancel():
    """Far away along a diagonal the products are large and their sums small."""
    a = rng.uniform(1.0, 2.0, (3000, 1)) * rng.choice([-1.0, 1.0], (3000, 1))
    X = np.hstack([a, a + 1e-6 * rng.normal(size=(3000, 1))])
    for distance in (1e3, 1e5, 1e7, 1e9, 1e11, 1e13):
        agree(X, distance * np.array([[1.0, -1.0]]) * rng.uniform(0.5, 1, (40, 1)), 5)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_ties_but_for_rounding(p):
    """Sums of tenths depend on their order in the last digit: the close look decides."""
    X = 0.1 * rng.integers(0, 4, (800, 13))
    agree(X, X[:60] + 0.1, 5, p)


def test_the_margin_holds_and_is_not_idle():
    """The errors of the float32 glance are within the bound (2), and not orders below it."""
    X, Q = rng.normal(size=(2000, 8)), rng.normal(size=(200, 8))
    index = BruteForce(X, Minkowski(2))
    x, q = ((points - index.centre) * index.scale for points in (X, Q))
    s = np.maximum(1.0, np.sqrt(8) * np.abs(q).max(axis=1))
    exact = (np.einsum("ij,ij->i", x, x) - 2.0 * q @ x.T) / s[:, None]
    right = np.vstack([(-2.0 * q / s[:, None]).T, 1.0 / s]).astype(np.float32)
    error = np.abs(index.rows @ right - exact.T).max()
    bound = 4.0 * brute_force.gamma(12, np.float32)
    assert 1e-3 * bound < error < bound


def test_without_the_margin_neighbours_are_missed(monkeypatch):
    """The test of the tests above: they can see a wrong margin."""
    X = HARD["tight clusters far apart"]()
    monkeypatch.setattr(brute_force, "gamma", lambda t, dtype: 0.0)
    with pytest.raises(AssertionError):
        agree(X, X[::7], 5)


def test_few_candidates_need_a_close_look(monkeypatch):
    """On ordinary data nobody looks twice, and hardly more than k points are measured."""
    seen = []
    monkeypatch.setattr(
        BruteForce, "_by_products_in_float64", lambda *args: pytest.fail("looked again")
    )
    look = BruteForce._look_closely
    monkeypatch.setattr(
        BruteForce, "_look_closely", lambda self, *args: seen.append(args) or look(self, *args)
    )
    for X in (rng.normal(size=(5000, 10)), 1e6 + rng.normal(size=(5000, 10))):
        seen.clear()
        BruteForce(X, Minkowski(2)).query(X[:256], 5)
        assert 5 * 256 <= sum(len(args[1]) for args in seen) < 6 * 256


def test_tight_clusters_are_told_apart_in_float64(monkeypatch):
    seen = []
    look = BruteForce._look_closely
    monkeypatch.setattr(
        BruteForce, "_look_closely", lambda self, *args: seen.append(args) or look(self, *args)
    )
    monkeypatch.setattr(BruteForce, "_by_differences", lambda *args: pytest.fail("looked again"))
    X = HARD["tight clusters far apart"]()
    BruteForce(X, Minkowski(2)).query(X[:256], 5)
    assert sum(len(args[1]) for args in seen) < 6 * 256


def test_the_tree_leaves_most_boxes_closed(monkeypatch):
    X = rng.uniform(size=(4096, 2))
    visited = []
    visit = KDTree._visit
    monkeypatch.setattr(
        KDTree,
        "_visit",
        lambda self, Q, q, *rest: visited.append(len(q)) or visit(self, Q, q, *rest),
    )
    KDTree(X, Minkowski(2), 30).query(X[:1000], 5)
    assert sum(visited) < 8 * 1000  # of 256 leaves each


def test_a_tree_is_made_of_boxes():
    X = rng.normal(size=(1000, 3))
    tree = KDTree(X, Minkowski(2), 10)
    assert sorted(tree.index[tree.index < 1000].tolist()) == list(range(1000))
    assert (tree.index < 1000).sum(axis=1).max() <= 10
    for leaf, points in enumerate(tree.points):
        real = tree.index[leaf] < 1000
        np.testing.assert_array_equal(points[real], X[tree.index[leaf][real]])
        assert np.isnan(points[~real]).all()
        if real.any():
            assert (points[real] >= tree.lower[-1][leaf]).all()
            assert (points[real] <= tree.upper[-1][leaf]).all()
    np.testing.assert_array_equal(tree.lower[0][0], X.min(axis=0))


def test_blocks_do_not_show(monkeypatch):
    X, Q = rng.normal(size=(300, 3)), rng.normal(size=(100, 3))
    expected = [index.query(Q, 4)[1] for index in indexes(X, 3)]
    monkeypatch.setattr(brute_force, "QUERIES", 7)
    monkeypatch.setattr(brute_force, "PRODUCTS", 50)
    monkeypatch.setattr(brute_force, "DIFFERENCES", 11)
    monkeypatch.setattr(brute_force, "PAIRS", 1000)
    monkeypatch.setattr(kd_tree, "QUERIES", 7)
    monkeypatch.setattr(kd_tree, "COORDINATES", 100)
    for index, wanted in zip(indexes(X, 3), expected):
        np.testing.assert_array_equal(index.query(Q, 4)[1], wanted)


@pytest.mark.parametrize("n, k", [(5, 5), (64, 3), (1000, 3), (1003, 7), (8191, 20)])
@pytest.mark.parametrize("part", [3, 100, 10_000])
def test_small_ones_are_all_that_may_be_among_the_smallest(n, k, part):
    f = np.round(rng.normal(size=(n, 9)), 2).astype(np.float32)
    parts = (f[start : start + part] for start in range(0, n, part))
    column, row = small_ones(parts, 9, k, slack=np.full(9, 0.015))
    kth = np.sort(f, axis=0)[k - 1]
    for i in range(9):
        mine = row[column == i]
        assert len(np.unique(mine)) == len(mine)
        assert set(np.flatnonzero(f[:, i] <= kth[i] + 0.0149)) <= set(mine)
    if n < 16 * k:  # every entry is a group
        assert (f[row, column] <= kth[column] + 0.0151).all()


def test_ranking_of_lists_of_very_different_lengths():
    counts = [0, 1, 500, 2, 3, 0, 2000, 1]
    query = np.repeat(np.arange(8), counts)
    measure, index = np.round(rng.random(len(query)), 2), rng.permutation(len(query))
    order = rng.permutation(len(query))
    best, places = nearest(query[order], measure[order], index[order], 8, 4)
    for i in range(8):
        mine = np.lexsort((index[query == i], measure[query == i]))[:4]
        wanted = index[query == i][mine].tolist()
        assert places[i].tolist() == wanted + [-1] * (4 - len(wanted))
        assert np.isinf(best[i][len(wanted) :]).all()
    none = np.empty(0, dtype=int)
    assert nearest(none, none, none, 2, 1)[1].tolist() == [[-1], [-1]]


def test_measures_do_not_overflow():
    for p in POWERS:
        metric = Minkowski(p)
        size = metric.largest
        scale = metric.scale_for(size * 4)
        assert scale < 1.0
        assert metric.distance(metric.measure(np.array([[size, size]])))[0] == pytest.approx(
            size * 2.0 ** (1 / p)
        )
        assert metric.scale_for(1.0) == 1.0 == metric.scale_for(0.0)
    assert Minkowski(3).measure(np.array([[3e-200, 4e-200, 0.0]]))[0] == pytest.approx(
        91 ** (1 / 3) * 1e-200, rel=1e-12
    )
