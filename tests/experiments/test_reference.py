"""The reference's side of a comparison."""

import pytest

from ml_from_scratch.models import LogisticRegression, Perceptron, Ridge, VotingRegressor
from ml_from_scratch.utils import GridSearchCV

sklearn = pytest.importorskip("sklearn")


def test_the_counterpart_has_the_name_and_the_changed_parameters():
    from ml_from_scratch.experiments.reference import counterpart

    theirs = counterpart(LogisticRegression(C=3.0, max_iter=7))
    assert type(theirs).__module__.startswith("sklearn.linear_model")
    assert (theirs.C, theirs.max_iter) == (3.0, 7)
    assert counterpart(Perceptron(random_state=1)).random_state == 1


def test_what_is_inside_is_translated_too():
    from ml_from_scratch.experiments.reference import counterpart

    theirs = counterpart(VotingRegressor([("a", Ridge(alpha=2.0)), ("b", Ridge())]))
    inner = dict(theirs.estimators)["a"]
    assert type(inner).__module__.startswith("sklearn") and inner.alpha == 2.0


def test_a_model_of_our_own_has_none():
    from ml_from_scratch.experiments.reference import counterpart

    class Own(Ridge):
        pass

    with pytest.raises(ValueError, match="has no Own"):
        counterpart(Own())
    with pytest.raises(ValueError, match="has no GridSearchCV"):
        counterpart(GridSearchCV(Ridge(), {"alpha": [1.0]}))
