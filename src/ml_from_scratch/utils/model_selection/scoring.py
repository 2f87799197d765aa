"""A scorer asks a fitted estimator for what a metric needs, and makes larger mean better.

A metric compares arrays; a search compares estimators. ``scoring="roc_auc"`` names a scorer,
``make_scorer`` builds one from any metric, and any function ``(estimator, X, y) -> float`` is one.
Errors and losses are negated and called ``neg_...``, as scikit-learn does.
"""

from __future__ import annotations

from .. import metrics


class Scorer:
    """A metric, what it wants of the estimator, and options: called as ``scorer(estimator, X, y)``.

    Parameters
    ----------
    metric : callable
        ``metric(y_true, y_response, **options)``, a number.
    response : callable
        ``response(estimator, X)`` returns y_response and options of its own.
    sign : {1, -1}
        -1 where a smaller metric is better.
    options : dict
        Keyword arguments of the metric.
    """

    def __init__(self, metric, response, sign=1, options=None):
        self.metric, self.response, self.sign = metric, response, sign
        self.options = options or {}

    def __call__(self, estimator, X, y, sample_weight=None) -> float:
        """Return the score of the estimator on X, y."""
        y_response, found = self.response(estimator, X)
        options = {**found, **self.options}
        if sample_weight is not None:
            options["sample_weight"] = sample_weight
        return self.sign * self.metric(y, y_response, **options)

    def __repr__(self):
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        sign = "" if self.sign == 1 else ", negated"
        return (
            f"Scorer({self.metric.__name__}, {self.response.__name__.lstrip('_')}{options}{sign})"
        )


def _predict(estimator, X):
    return estimator.predict(X), {}


def _predict_proba(estimator, X):
    probabilities = estimator.predict_proba(X)
    return (probabilities[:, 1] if probabilities.shape[1] == 2 else probabilities), {}


def _decision_function(estimator, X):
    return estimator.decision_function(X), {}


def _all_probabilities(estimator, X):
    return estimator.predict_proba(X), {"labels": estimator.classes_}


def _ranking(estimator, X):
    """Scores of the larger class, from whichever method ranks."""
    method = _decision_function if hasattr(estimator, "decision_function") else _predict_proba
    return method(estimator, X)


def _ranking_of_positive(estimator, X):
    return _ranking(estimator, X)[0], {"pos_label": estimator.classes_[-1]}


SCORERS = {
    "explained_variance": Scorer(metrics.explained_variance_score, _predict),
    "r2": Scorer(metrics.r2_score, _predict),
    "neg_max_error": Scorer(metrics.max_error, _predict, -1),
    "neg_mean_absolute_error": Scorer(metrics.mean_absolute_error, _predict, -1),
    "neg_median_absolute_error": Scorer(metrics.median_absolute_error, _predict, -1),
    "neg_mean_squared_error": Scorer(metrics.mean_squared_error, _predict, -1),
    "neg_root_mean_squared_error": Scorer(metrics.root_mean_squared_error, _predict, -1),
    "accuracy": Scorer(metrics.accuracy_score, _predict),
    "balanced_accuracy": Scorer(metrics.balanced_accuracy_score, _predict),
    "neg_log_loss": Scorer(metrics.log_loss, _all_probabilities, -1),
    "neg_brier_score": Scorer(metrics.brier_score_loss, _all_probabilities, -1),
    "average_precision": Scorer(metrics.average_precision_score, _ranking_of_positive),
    "roc_auc": Scorer(metrics.roc_auc_score, _ranking),
    "adjusted_rand_score": Scorer(metrics.adjusted_rand_score, _predict),
    "normalized_mutual_info_score": Scorer(metrics.normalized_mutual_info_score, _predict),
    "v_measure_score": Scorer(metrics.v_measure_score, _predict),
}
for _name in ("precision", "recall", "f1"):
    _metric = getattr(metrics, f"{_name}_score")
    SCORERS[_name] = Scorer(_metric, _predict, options={"average": "binary"})
    for _average in ("macro", "micro", "weighted"):
        SCORERS[f"{_name}_{_average}"] = Scorer(_metric, _predict, options={"average": _average})
for _how in ("ovr", "ovo"):
    for _average, _ending in (("macro", ""), ("weighted", "_weighted")):
        SCORERS[f"roc_auc_{_how}{_ending}"] = Scorer(
            metrics.roc_auc_score,
            _all_probabilities,
            options={"multi_class": _how, "average": _average},
        )


def make_scorer(metric, *, greater_is_better=True, response_method="predict", **options) -> Scorer:
    """Make a scorer from a metric.

    Parameters
    ----------
    metric : callable
        ``metric(y_true, y_response, **options)``, a number.
    greater_is_better : bool
        False negates the metric: the scorer's values are then never positive for errors.
    response_method : {"predict", "predict_proba", "decision_function"}
        What the metric compares with y_true; of two classes' probabilities the second column.
    **options
        Keyword arguments of the metric.

    Examples
    --------
    >>> make_scorer(metrics.fbeta_score, beta=2)
    Scorer(fbeta_score, predict, beta=2)
    """
    responses = {f.__name__[1:]: f for f in (_predict, _predict_proba, _decision_function)}
    if response_method not in responses:
        raise ValueError(f"response_method must be one of {[*responses]}; got {response_method!r}.")
    return Scorer(metric, responses[response_method], 1 if greater_is_better else -1, options)


def check_scoring(estimator, scoring=None):
    """Return a function ``(estimator, X, y)``: a named scorer, the one given, or ``score``."""
    if scoring is None:
        if not hasattr(estimator, "score"):
            raise TypeError(
                f"If no scoring is specified, the estimator passed should have a 'score' method. "
                f"{estimator!r} does not; name a metric with scoring=..."
            )
        return _own_score
    if callable(scoring):
        return scoring
    if isinstance(scoring, str):
        if scoring in SCORERS:
            return SCORERS[scoring]
        raise ValueError(f"scoring={scoring!r} is not known; choose from {sorted(SCORERS)}.")
    raise TypeError(
        f"scoring must be one name or one function (estimator, X, y) -> float; got {scoring!r}."
    )


def _own_score(estimator, X, y=None, **options):
    return estimator.score(X, **options) if y is None else estimator.score(X, y, **options)
