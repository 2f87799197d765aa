"""When a node may be split and when a tree is full grown: the settings that estimators have in common."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass

import numpy as np

from ...core.checks import check_choice, check_number

CLASSIFICATION = ("gini", "entropy", "log_loss")
REGRESSION = ("squared_error", "friedman_mse", "absolute_error", "poisson")
ENDLESS = 2**31 - 1


@dataclass(frozen=True)
class GrowingRules:
    """An estimator's settings, checked, with shares of the data turned into numbers."""

    criterion: str
    splitter: str
    max_depth: int
    max_leaf_nodes: int
    min_samples_split: int
    min_samples_leaf: int
    min_weight_leaf: float
    min_impurity_decrease: float
    max_features: int
    monotonic: np.ndarray | None


def growing_rules(estimator, shape, weights, splitter=None) -> GrowingRules:
    """Check an estimator's settings for data of this shape and these sample weights (or None)."""
    n, d = shape
    classifies = estimator._estimator_type == "classifier"
    check_choice("criterion", estimator.criterion, CLASSIFICATION if classifies else REGRESSION)
    splitter = check_choice("splitter", splitter or estimator.splitter, ("best", "random"))
    check_number("max_depth", estimator.max_depth, least=1, integer=True, optional=True)
    check_number("max_leaf_nodes", estimator.max_leaf_nodes, least=2, integer=True, optional=True)
    check_number("min_impurity_decrease", estimator.min_impurity_decrease, least=0)
    check_number("ccp_alpha", estimator.ccp_alpha, least=0)
    share = check_number(
        "min_weight_fraction_leaf", estimator.min_weight_fraction_leaf, least=0, most=0.5
    )
    monotonic = _monotonic(estimator.monotonic_cst, d)
    if monotonic is not None and estimator.criterion == "absolute_error":
        raise ValueError(
            "monotonic_cst is not offered with the criterion absolute_error. Use squared_error."
        )
    leaf = _count("min_samples_leaf", estimator.min_samples_leaf, n, least=1)
    split = max(2, _count("min_samples_split", estimator.min_samples_split, n, least=2), 2 * leaf)
    return GrowingRules(
        criterion=estimator.criterion,
        splitter=splitter,
        max_depth=ENDLESS if estimator.max_depth is None else estimator.max_depth,
        max_leaf_nodes=ENDLESS if estimator.max_leaf_nodes is None else estimator.max_leaf_nodes,
        min_samples_split=split,
        min_samples_leaf=leaf,
        min_weight_leaf=share * (n if weights is None else float(weights.sum())),
        min_impurity_decrease=float(estimator.min_impurity_decrease),
        max_features=_features_looked_at(estimator.max_features, d),
        monotonic=monotonic,
    )


def _count(name, value, n, least) -> int:
    """Return a number of samples, given as such or as a share of n."""
    if isinstance(value, numbers.Integral):
        return check_number(name, value, least=least, integer=True)
    return math.ceil(check_number(name, value, above=0, most=1) * n)


def _features_looked_at(max_features, d) -> int:
    """Return max_features as a number from 1 to d."""
    if max_features is None:
        return d
    if isinstance(max_features, str):
        check_choice("max_features", max_features, ("sqrt", "log2"))
        return max(1, int(math.sqrt(d) if max_features == "sqrt" else math.log2(d)))
    if isinstance(max_features, numbers.Integral):
        return min(d, check_number("max_features", max_features, least=1, integer=True))
    return max(1, int(check_number("max_features", max_features, above=0, most=1) * d))


def _monotonic(signs, d) -> np.ndarray | None:
    """Return one sign per feature, or None if all are free."""
    if signs is None:
        return None
    signs = np.asarray(signs)
    if signs.shape != (d,) or not np.isin(signs, (-1, 0, 1)).all():
        raise ValueError(
            f"monotonic_cst must hold -1, 0 or 1 for each of the {d} features; got {signs.tolist()}."
        )
    return signs.astype(np.float64) if signs.any() else None
