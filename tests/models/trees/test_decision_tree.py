"""Decision trees: what every split must be, the settings, and data that hurt."""

import heapq

import numpy as np
import pytest

from ml_from_scratch.models import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)
from ml_from_scratch.models.trees import growing
from ml_from_scratch.models.trees.growing import grow_trees
from ml_from_scratch.models.trees.rules import growing_rules
from ml_from_scratch.models.trees.splitters import Draws

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = X[:, 0] + X[:, 1] ** 2 + 0.3 * RNG.normal(size=300)
LABELS = np.array(["a", "b", "c"])[np.digitize(Y, [0.3, 1.5])]
KINDS = [
    DecisionTreeRegressor(),
    DecisionTreeRegressor(criterion="absolute_error", max_depth=6),
    DecisionTreeRegressor(max_features=2, random_state=0),
    ExtraTreeRegressor(random_state=0),
    DecisionTreeClassifier(),
    DecisionTreeClassifier(criterion="entropy"),
    DecisionTreeClassifier(max_features=2, random_state=0),
    ExtraTreeClassifier(random_state=0),
]
every_kind = pytest.mark.parametrize("model", KINDS, ids=repr)


def target(model):
    return LABELS if "Classifier" in type(model).__name__ else Y


def same(a, b):
    """Whether two fitted trees are equal, array by array."""
    names = ("children_left", "feature", "threshold", "n_node_samples", "value", "impurity")
    return all(
        np.allclose(getattr(a.tree_, name), getattr(b.tree_, name), rtol=1e-9, atol=1e-12)
        for name in names
        if a.tree_.node_count == b.tree_.node_count or pytest.fail("trees of different size")
    )


# ---- worked examples -----------------------------------------------------------------------------
def test_one_question():
    model = DecisionTreeRegressor().fit([[1.0], [2.0], [4.0]], [5.0, 5.0, 8.0])
    assert model.tree_.feature.tolist() == [0, -2, -2]
    assert model.tree_.threshold[0] == 3.0 and model.tree_.impurity.tolist() == [2.0, 0.0, 0.0]
    assert model.predict([[2.9], [3.0], [3.1]]).tolist() == [5.0, 5.0, 8.0]


def test_a_question_that_gains_nothing_is_asked_when_more_may_follow():
    corners, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    for model in (DecisionTreeClassifier(), DecisionTreeClassifier(criterion="entropy")):
        assert model.fit(corners, xor).predict(corners).tolist() == xor
        assert model.get_depth() == 2
    worth = DecisionTreeClassifier(min_impurity_decrease=0.01).fit(corners, xor)
    assert worth.get_depth() == 0


def test_full_trees_know_their_data_by_heart():
    for model in KINDS:
        if model.max_depth is None:
            model.fit(X, target(model))
            assert (model.predict(X) == target(model)).all()


def test_thresholds_separate_numbers_that_are_neighbours():
    x = np.array([1.0, np.nextafter(1.0, 2.0)])
    model = DecisionTreeRegressor().fit(x[:, None], [0.0, 1.0])
    assert model.predict(x[:, None]).tolist() == [0.0, 1.0]
    huge = np.array([[-1.7e308], [1.7e308]])
    assert DecisionTreeRegressor().fit(huge, [0.0, 1.0]).predict(huge).tolist() == [0.0, 1.0]


# ---- laws ----------------------------------------------------------------------------------------
@every_kind
def test_a_weight_of_zero_is_an_absent_sample_and_two_is_a_repetition(model):
    if "Extra" in type(model).__name__ or model.max_features:
        pytest.skip("draws depend on the samples there are")
    y, weights = target(model), np.random.default_rng(1).integers(0, 3, len(X))
    weighted = type(model)(**model.get_params()).fit(X, y, weights)
    repeated = np.repeat(np.arange(len(X)), weights)
    repeated = type(model)(**model.get_params()).fit(X[repeated], y[repeated])
    new = np.random.default_rng(2).normal(size=(500, 4))
    if model.criterion != "absolute_error":  # whose gains are equal all the time
        assert (weighted.predict(new) == repeated.predict(new)).mean() > 0.99
    absent = type(model)(**model.get_params()).fit(
        X[weights > 0], y[weights > 0], weights[weights > 0]
    )
    assert same(weighted, absent)


@every_kind
def test_order_of_samples_and_scale_of_features_do_not_matter(model):
    if "Extra" in type(model).__name__:
        pytest.skip("a threshold is drawn between two values")
    y, order = target(model), np.random.default_rng(3).permutation(len(X))
    plain = type(model)(**model.get_params()).fit(X, y)
    mixed = type(model)(**model.get_params()).fit(X[order], y[order])
    scaled = type(model)(**model.get_params()).fit(np.exp(X), y)
    assert same(plain, mixed)
    np.testing.assert_array_equal(scaled.predict(np.exp(X)), plain.predict(X))


def test_random_state_decides_what_is_drawn():
    for model in KINDS:
        if model.random_state is None:
            continue
        y = target(model)
        once, again = (type(model)(**model.get_params()).fit(X, y) for _ in range(2))
        assert same(once, again)
        other = type(model)(**{**model.get_params(), "random_state": 1}).fit(X, y)
        assert (other.predict(X[::2] + 0.3) != once.predict(X[::2] + 0.3)).any()


def test_trees_that_grow_together_grow_as_they_do_alone():
    weights = [np.random.default_rng(i).integers(0, 3, len(X)).astype(float) for i in range(5)]
    weights += [None, np.where(Y > 1.0, 1.0, 0.0)]
    for settings in ({}, {"max_features": 2}, {"splitter": "random"}, {"min_samples_leaf": 4}):
        model = DecisionTreeClassifier(**settings)
        rules, codes = (
            growing_rules(model, X.shape, None),
            np.unique(LABELS, return_inverse=True)[1],
        )

        def grow(which, rules=rules, codes=codes):
            return grow_trees(X, codes, 3, [weights[i] for i in which], rules, Draws(which))

        together = grow(range(len(weights)))
        for i, tree in enumerate(together):
            (alone,) = grow([i])
            for name, values in vars(alone).items():
                np.testing.assert_array_equal(getattr(tree, name), values)


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@pytest.mark.parametrize("classes", [False, True], ids=["numbers", "classes"])
def test_sorting_again_finds_what_presorting_finds(missing, classes, monkeypatch):
    holes = np.where(np.random.default_rng(8).random(X.shape) < 0.2, np.nan, X) if missing else X
    kind = DecisionTreeClassifier if classes else DecisionTreeRegressor
    model = kind(min_samples_leaf=9)
    y, weights = target(model), np.random.default_rng(9).random(len(X))
    presorted = model.fit(holes, y, weights).tree_

    def sorting(features, sample, counts, data, rules, draws, shared):
        return growing.DrawnFeatures(growing.Ranks(features), data, rules, draws, sample)

    monkeypatch.setattr(growing, "_splitter", sorting)
    drawn = kind(min_samples_leaf=9).fit(holes, y, weights).tree_
    np.testing.assert_array_equal(drawn.n_node_samples, presorted.n_node_samples)
    np.testing.assert_allclose(drawn.impurity, presorted.impurity, atol=1e-12)
    assert (drawn.feature == presorted.feature).mean() > 0.95
    same = drawn.feature == presorted.feature
    np.testing.assert_array_equal(
        drawn.missing_go_to_left[same], presorted.missing_go_to_left[same]
    )


def test_keys_that_are_too_long_are_sorted_by_their_numbers(monkeypatch):
    model = DecisionTreeClassifier(max_features=2, random_state=0)
    short = model.fit(X, LABELS).tree_
    monkeypatch.setattr(growing.DrawnFeatures, "_keys", lambda self, level: None)
    long = DecisionTreeClassifier(max_features=2, random_state=0).fit(X, LABELS).tree_
    for name, values in vars(short).items():
        np.testing.assert_array_equal(getattr(long, name), values)


def test_equally_good_features_take_turns():
    copies = np.repeat(X[:, :1], 4, axis=1)
    tree = DecisionTreeRegressor().fit(copies, Y).tree_
    asked = np.bincount(tree.feature[tree.feature >= 0], minlength=4)
    assert tree.feature[0] == 0 and (asked > 30).all()


# ---- settings ------------------------------------------------------------------------------------
def best_first(X, y, n_leaves, min_samples_leaf):
    """The same by a queue of nodes, as it is defined: always split the one that gains most."""

    def node(rows):
        stump = DecisionTreeRegressor(max_depth=1, min_samples_leaf=min_samples_leaf)
        stump = stump.fit(X[rows], y[rows])
        if stump.get_depth() == 0:
            return None
        left = stump.apply(X[rows]) == 1
        sides = rows[left], rows[~left]
        gain = y[rows].var() * len(rows) - sum(y[s].var() * len(s) for s in sides)
        return -gain, rows[0], sides

    leaves, waiting = 1, [node(np.arange(len(X)))]
    ends = []
    while waiting:
        _, _, sides = heapq.heappop(waiting)
        leaves += 1
        for side in sides:
            below = node(side)
            if below is None:
                ends.append(side)
            else:
                heapq.heappush(waiting, below)
        if leaves == n_leaves:
            break
    return leaves, {frozenset(s) for s in ends} | {frozenset(np.concatenate(w[2])) for w in waiting}


@pytest.mark.parametrize("n_leaves", [2, 3, 8, 25])
def test_few_leaves_are_those_that_a_queue_would_make(n_leaves):
    model = DecisionTreeRegressor(max_leaf_nodes=n_leaves, min_samples_leaf=5).fit(X, Y)
    expected, ends = best_first(X, Y, n_leaves, 5)
    assert model.get_n_leaves() == expected == n_leaves
    leaf = model.apply(X)
    assert {frozenset(np.flatnonzero(leaf == i)) for i in np.unique(leaf)} == ends


@every_kind
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
def test_limits_are_kept(model, missing):
    y = target(model)
    data = np.where(np.random.default_rng(7).random(X.shape) < 0.3, np.nan, X) if missing else X
    limits = {"min_samples_leaf": 7, "min_samples_split": 30, "max_depth": 5}
    limits["min_weight_fraction_leaf"] = 0.03
    for weights in (None, np.random.default_rng(4).random(len(X))):
        tree = type(model)(**{**model.get_params(), **limits}).fit(data, y, weights).tree_
        leaves, inner = tree.children_left < 0, tree.children_left >= 0
        assert tree.n_node_samples[leaves].min() >= 7
        assert tree.n_node_samples[inner].min() >= 30
        total = tree.weighted_n_node_samples[0]
        assert tree.weighted_n_node_samples[leaves].min() >= 0.03 * total * (1 - 1e-12)
        assert 0 < tree.max_depth <= 5
        few = type(model)(**{**model.get_params(), "max_leaf_nodes": 6, "max_depth": None})
        assert few.fit(data, y, weights).get_n_leaves() == 6


@pytest.mark.parametrize("splitter", ["best", "random"])
@pytest.mark.parametrize("settings", [{}, {"max_leaf_nodes": 40}, {"max_features": 2}], ids=str)
def test_monotone_constraints(splitter, settings):
    signs = [1, -1, 0, 0]
    y = X[:, 0] - X[:, 1] + np.sin(4 * X[:, 0]) + np.cos(3 * X[:, 1]) + X[:, 2]
    settings = {**settings, "splitter": splitter, "monotonic_cst": signs, "random_state": 0}
    models = [
        DecisionTreeRegressor(**settings).fit(X, y).predict,
        DecisionTreeRegressor(criterion="poisson", **settings).fit(X, np.exp(y)).predict,
    ]
    sure = DecisionTreeClassifier(**settings).fit(X, y > 0)
    models.append(lambda Z: sure.predict_proba(Z)[:, 1])
    Z = np.random.default_rng(5).normal(size=(100, 4))
    for predict in models:
        for feature, sign in enumerate(signs[:2]):
            along = np.repeat(Z[:, None], 30, axis=1)
            along[:, :, feature] = np.linspace(-3, 3, 30)
            values = predict(along.reshape(-1, 4)).reshape(100, 30)
            assert (sign * np.diff(values, axis=1) >= -1e-12).all()
            assert np.ptp(values, axis=1).max() > 0


def test_class_weights():
    X = np.array([[0.0], [0.0], [0.0], [1.0]])
    y = np.array(["no", "no", "yes", "yes"])
    stump = DecisionTreeClassifier(max_depth=1)
    assert stump.fit(X, y).predict([[0.0]]).tolist() == ["no"]
    stump.set_params(class_weight={"yes": 3.0})
    assert stump.fit(X, y).predict_proba([[0.0]]).tolist() == [[0.4, 0.6]]
    balanced = DecisionTreeClassifier(class_weight="balanced", max_depth=1)
    assert balanced.fit(X, y).tree_.value[0].tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"criterion": "gini"}, "criterion"),
        ({"splitter": "worst"}, "splitter"),
        ({"max_depth": 0}, "max_depth"),
        ({"max_leaf_nodes": 1}, "max_leaf_nodes"),
        ({"min_samples_split": 1}, "min_samples_split"),
        ({"min_samples_split": 1.5}, "min_samples_split"),
        ({"min_samples_leaf": 0}, "min_samples_leaf"),
        ({"min_samples_leaf": 0.0}, "min_samples_leaf"),
        ({"min_weight_fraction_leaf": 0.6}, "min_weight_fraction_leaf"),
        ({"max_features": 0}, "max_features"),
        ({"max_features": "auto"}, "max_features"),
        ({"min_impurity_decrease": -1.0}, "min_impurity_decrease"),
        ({"ccp_alpha": -1.0}, "ccp_alpha"),
        ({"monotonic_cst": [1, 0]}, "monotonic_cst"),
        ({"monotonic_cst": [2, 0, 0, 0]}, "monotonic_cst"),
        ({"monotonic_cst": [1, 0, 0, 0], "criterion": "absolute_error"}, "monotonic_cst"),
    ],
    ids=str,
)
def test_wrong_settings_are_named(settings, words):
    with pytest.raises(ValueError, match=words):
        DecisionTreeRegressor(**settings).fit(X, Y)


def test_monotone_constraints_need_two_classes():
    with pytest.raises(ValueError, match="monotonic_cst"):
        DecisionTreeClassifier(monotonic_cst=[1, 0, 0, 0]).fit(X, LABELS)


# ---- missing values ------------------------------------------------------------------------------
def test_missing_values_go_where_they_help():
    x = np.array([[1.0], [2.0], [3.0], [4.0], [np.nan], [np.nan]])
    for y, side in (([0, 0, 1, 1, 0, 0], 0), ([0, 0, 1, 1, 1, 1], 1)):
        model = DecisionTreeClassifier().fit(x, y)
        assert model.tree_.missing_go_to_left[0] == 1 - side and model.get_n_leaves() == 2
        assert model.predict([[np.nan], [1.5], [3.5]]).tolist() == [side, 0, 1]
    model = DecisionTreeClassifier().fit(x, [0, 0, 0, 0, 1, 1])  # being missing says it all
    assert model.tree_.threshold[0] == np.inf and model.get_n_leaves() == 2
    assert model.predict([[np.nan], [1e9]]).tolist() == [1, 0]


def test_what_was_never_missing_goes_with_the_most():
    for y, side in (([0, 1, 1, 1], 1), ([0, 0, 0, 1], 0), ([0, 0, 1, 1], 1)):
        model = DecisionTreeClassifier().fit([[1.0], [2.0], [3.0], [4.0]], y)
        assert model.predict([[np.nan]]).tolist() == [side]


@every_kind
def test_holes_everywhere(model):
    holes = X.copy()
    holes[np.random.default_rng(6).random(X.shape) < 0.3] = np.nan
    holes[:, 2] = np.nan  # a feature of which nothing is known
    y = target(model)
    model = type(model)(**model.get_params()).fit(holes, y)
    assert 2 not in model.tree_.feature
    where = model.tree_.decision_path(holes)
    np.testing.assert_array_equal(where.sum(axis=0), model.tree_.n_node_samples)
    nothing = type(model)(**model.get_params()).fit(np.full((6, 2), np.nan), y[:6])
    assert nothing.get_n_leaves() == 1


# ---- data that hurt ------------------------------------------------------------------------------
@every_kind
def test_hard_data(model):
    y, fresh = target(model), lambda: type(model)(**model.get_params())
    assert fresh().fit(X[:1], y[:1]).predict(X[:2]).tolist() == [y[0]] * 2  # one sample
    assert fresh().fit(X, np.repeat(y[:1], 300)).get_depth() == 0  # one value of y
    assert fresh().fit(np.ones((300, 3)), y).get_depth() == 0  # features that are constant
    twice = np.column_stack([np.zeros(300), X[:, 0], X[:, 0], np.ones(300)])
    assert set(fresh().fit(twice, y).tree_.feature) <= {-2, 1, 2}
    assert fresh().fit(X[:3], y[:3]).tree_.n_features == 4  # more features than samples
    integers = np.round(X * 2).astype(int)
    assert fresh().fit(integers, y).score(integers, y) > 0.5
    assert fresh().fit(X > 0, y).get_n_leaves() <= 16
    for scale in (1e-150, 1e-9, 1e150):
        scaled = fresh().fit(X * scale, y)
        if "Extra" not in type(model).__name__:
            np.testing.assert_array_equal(scaled.predict(X * scale), fresh().fit(X, y).predict(X))


@pytest.mark.parametrize("scale", [1e-150, 1e-12, 1e12, 1e150])
@pytest.mark.parametrize("criterion", ["squared_error", "absolute_error"])
def test_scale_of_y(scale, criterion):
    plain = DecisionTreeRegressor(criterion=criterion, min_samples_leaf=5).fit(X, Y)
    scaled = DecisionTreeRegressor(criterion=criterion, min_samples_leaf=5).fit(X, Y * scale)
    np.testing.assert_allclose(scaled.predict(X), plain.predict(X) * scale, rtol=1e-9)
    shifted = DecisionTreeRegressor(criterion=criterion, min_samples_leaf=5).fit(X, Y + 1e6)
    np.testing.assert_allclose(shifted.predict(X) - 1e6, plain.predict(X), atol=1e-6)


def test_an_outlier_does_not_blind_the_tree_for_the_rest():
    y = Y.copy()
    y[7] = 1e9
    model = DecisionTreeRegressor(min_samples_leaf=1, max_depth=8).fit(X, y)
    rest = np.arange(300) != 7
    error = np.abs(model.predict(X[rest]) - Y[rest])
    assert np.median(error) < 0.2


def test_a_class_that_occurs_once_and_labels_of_any_kind():
    labels = np.array(["rare"] + ["a", "b"] * 10)
    model = DecisionTreeClassifier().fit(X[:21], labels)
    assert model.classes_.tolist() == ["a", "b", "rare"] and model.n_classes_ == 3
    assert model.predict(X[:1]).tolist() == ["rare"]
    only = DecisionTreeClassifier().fit(X[:5], ["x"] * 5)
    assert only.predict_proba(X[:2]).tolist() == [[1.0], [1.0]]
    assert np.isneginf(model.predict_log_proba(X[:1])).sum() == 2


def test_float32_in_float32_out():
    X32, y32 = X.astype(np.float32), Y.astype(np.float32)
    model = DecisionTreeRegressor(max_depth=4).fit(X32, y32)
    assert model.predict(X32).dtype == np.float32
    double = DecisionTreeRegressor(max_depth=4).fit(X32.astype(float), y32.astype(float))
    np.testing.assert_allclose(model.predict(X32), double.predict(X32.astype(float)), rtol=1e-6)


def test_samples_enough_for_several_blocks():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(70_001, 3))
    y = (X[:, 0] > 0.5) * 2.0 + (X[:, 1] > -0.25) + 0.01 * rng.normal(size=len(X))
    model = DecisionTreeRegressor(max_depth=2).fit(X, y)
    assert model.tree_.feature[model.tree_.feature >= 0].tolist() == [0, 1, 1]
    cuts = np.sort(model.tree_.threshold[model.tree_.feature >= 0])
    np.testing.assert_allclose(cuts, [-0.25, -0.25, 0.5], atol=1e-3)
    tied = np.round(X * 4)
    for data in (X, tied):
        model = DecisionTreeClassifier(max_depth=5).fit(data, y > 1)
        where = model.tree_.decision_path(data)
        np.testing.assert_array_equal(where.sum(axis=0), model.tree_.n_node_samples)
