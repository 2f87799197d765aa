"""Forests draw other random numbers than scikit-learn's, so they are compared by their law.

On scikit-learn's bundled data, split in the same halves: scores, scores out of bag, the size of the
trees and the importance of features agree within what chance allows.
"""

import numpy as np
import pytest

from ml_from_scratch import models

ensemble = pytest.importorskip("sklearn.ensemble")
datasets = pytest.importorskip("sklearn.datasets")
pytestmark = pytest.mark.oracle


def halves(name):
    data = getattr(datasets, f"load_{name}")()
    order = np.random.default_rng(1).permutation(len(data.target))
    train, test = order[::2], order[1::2]
    return data.data[train], data.target[train], data.data[test], data.target[test]


def grown(kind, name, n_trees, n_seeds, **settings):
    """Fitted forests of both sides, and the test data."""
    X, y, X_test, y_test = halves(name)
    sides = [
        [
            getattr(side, kind)(n_trees, random_state=seed, **settings).fit(X, y)
            for seed in range(n_seeds)
        ]
        for side in (models, ensemble)
    ]
    return (*sides, X_test, y_test)


def agree(ours, theirs, least=0.0):
    """Whether two sets of figures have the same mean, as far as their spread tells."""
    error = np.hypot(*(np.std(a) / np.sqrt(len(a) - 1) for a in (ours, theirs)))
    return abs(np.mean(ours) - np.mean(theirs)) <= max(least, 4 * error)


@pytest.mark.parametrize(
    "kind, name, settings",
    [
        ("RandomForestClassifier", "wine", {"oob_score": True}),
        ("RandomForestClassifier", "breast_cancer", {"criterion": "entropy", "max_depth": 4}),
        ("RandomForestClassifier", "breast_cancer", {"class_weight": "balanced_subsample"}),
        ("RandomForestRegressor", "diabetes", {"oob_score": True}),
        ("RandomForestRegressor", "diabetes", {"max_features": 3, "max_samples": 0.5}),
        ("ExtraTreesClassifier", "wine", {}),
        ("ExtraTreesRegressor", "diabetes", {"min_samples_leaf": 3}),
        ("ExtraTreesRegressor", "diabetes", {"bootstrap": True, "oob_score": True}),
    ],
    ids=str,
)
def test_forests_follow_the_same_law(kind, name, settings):
    ours, theirs, X, y = grown(kind, name, 60, 5, **settings)
    assert agree([f.score(X, y) for f in ours], [f.score(X, y) for f in theirs], 0.012)
    # With weights that are no whole numbers scikit-learn goes on splitting nodes that are pure.
    slack = 0.15 if "class_weight" in settings else 0.05
    sizes = [[t.tree_.node_count for f in side for t in f.estimators_] for side in (ours, theirs)]
    assert np.mean(sizes[0]) == pytest.approx(np.mean(sizes[1]), rel=slack)
    importances = [
        np.mean([f.feature_importances_ for f in side], axis=0) for side in (ours, theirs)
    ]
    np.testing.assert_allclose(*importances, atol=0.03)
    if "oob_score" in settings:
        assert agree([f.oob_score_ for f in ours], [f.oob_score_ for f in theirs], 0.02)


def test_accuracy_on_digits():
    ours, theirs, X, y = grown("RandomForestClassifier", "digits", 100, 1)
    assert ours[0].score(X, y) > theirs[0].score(X, y) - 0.012
