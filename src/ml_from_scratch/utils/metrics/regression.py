r"""How far off are predicted numbers? Errors, and the share of variance that is explained.

With errors :math:`e_i = \hat y_i - y_i`, weights :math:`w_i` (one by default) and
:math:`W = \sum_i w_i`:

.. math::
    MSE &= \tfrac{1}{W} \sum_i w_i e_i^2 \tag{1} \\
    RMSE &= \sqrt{MSE} \tag{2} \\
    MAE &= \tfrac{1}{W} \sum_i w_i |e_i| \tag{3} \\
    \mathrm{explained\ variance} &= 1 - \operatorname{Var}[e] / \operatorname{Var}[y] \tag{4}

Explained variance forgives a constant offset. :math:`R^2` (``core.scores`` has its equation) does
not: it compares with always predicting the mean of y, so that 1 is perfect, 0 no better than that.
Several outputs, shape (n_samples, n_outputs), are scored one by one and combined as ``multioutput``
says.
"""

from __future__ import annotations

import warnings

import numpy as np

from ...core.checks import as_float, check_finite, check_weights
from ...core.scores import r_squared
from ...losses import MAE, MSE
from .targets import UndefinedMetricWarning, check_lengths

SQUARED_ERRORS = MSE(reduction="none")
ABSOLUTE_ERRORS = MAE(reduction="none")


def mean_squared_error(y_true, y_pred, *, sample_weight=None, multioutput="uniform_average"):
    """Return the mean of the squared errors.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Numbers.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (n_outputs,)
        One value per output; their mean; or their mean with these weights.

    Returns
    -------
    float, or ndarray of shape (n_outputs,) for "raw_values"

    Raises
    ------
    ValueError
        If shapes differ, there is no sample, or values are not finite numbers.

    Examples
    --------
    >>> mean_squared_error([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    0.375
    """
    y_true, y_pred, w = _check_regression(y_true, y_pred, sample_weight)
    errors = SQUARED_ERRORS.value(y_pred, y_true)  # (n, n_outputs)
    return _combine(np.average(errors, axis=0, weights=w), multioutput)  # (1)


def root_mean_squared_error(y_true, y_pred, *, sample_weight=None, multioutput="uniform_average"):
    """Return the square root of the mean squared error, in the units of y.

    The root is taken for each output before they are combined. Parameters are those of
    `mean_squared_error`.

    >>> root_mean_squared_error([0, 0], [3, -3])
    3.0
    """
    errors = mean_squared_error(
        y_true, y_pred, sample_weight=sample_weight, multioutput="raw_values"
    )
    return _combine(np.sqrt(errors), multioutput)  # (2)


def mean_absolute_error(y_true, y_pred, *, sample_weight=None, multioutput="uniform_average"):
    """Return the mean of the absolute errors; parameters as in `mean_squared_error`.

    >>> mean_absolute_error([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    0.5
    """
    y_true, y_pred, w = _check_regression(y_true, y_pred, sample_weight)
    errors = ABSOLUTE_ERRORS.value(y_pred, y_true)  # (n, n_outputs)
    return _combine(np.average(errors, axis=0, weights=w), multioutput)  # (3)


def median_absolute_error(y_true, y_pred, *, multioutput="uniform_average", sample_weight=None):
    """Return the median absolute error, which a few wild errors do not move.

    With weights it is the value at which half of the weight is reached (the mean of two
    neighbours if it is reached exactly between them). Parameters are those of
    `mean_squared_error`.

    >>> median_absolute_error([1, 2, 3, 4], [1.5, 2, 3, 400])
    0.25
    """
    y_true, y_pred, w = _check_regression(y_true, y_pred, sample_weight)
    errors = ABSOLUTE_ERRORS.value(y_pred, y_true)
    if w is None:
        return _combine(np.median(errors, axis=0), multioutput)
    return _combine(np.array([_weighted_median(e, w) for e in errors.T]), multioutput)


def _weighted_median(values, weights):
    """Return the mean of the lower and the upper weighted median."""
    values, weights = values[weights != 0], weights[weights != 0]
    order = np.argsort(values)
    values, total = values[order], np.cumsum(weights[order])
    half = total[-1] / 2
    lower = min(int(np.searchsorted(total, half)), len(values) - 1)
    exactly_between = abs(total[lower] - half) <= float(np.finfo(total.dtype).eps)
    upper = min(lower + 1, len(values) - 1) if exactly_between else lower
    return (values[lower] + values[upper]) / 2


def max_error(y_true, y_pred) -> float:
    """Return the largest absolute error, for one output.

    >>> max_error([3, 2, 7, 1], [4, 2, 7, 1])
    1.0
    """
    y_true, y_pred, _ = _check_regression(y_true, y_pred, None)
    if y_true.shape[1] > 1:
        raise ValueError(
            f"Multioutput not supported in max_error; got {y_true.shape[1]} outputs. Score each "
            "column on its own."
        )
    return float(ABSOLUTE_ERRORS.value(y_pred, y_true).max())


def r2_score(
    y_true, y_pred, *, sample_weight=None, multioutput="uniform_average", force_finite=True
):
    """Return the coefficient of determination: the share of the variance of y that is predicted.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Numbers.
    sample_weight : array-like of shape (n_samples,), optional
        How much each sample counts.
    multioutput : {"raw_values", "uniform_average", "variance_weighted"} or array-like
        As in `mean_squared_error`; "variance_weighted" weights outputs by their variance.
    force_finite : bool
        When y_true is constant the ratio is 0/0 or x/0: True makes them 1 (perfect) and 0; False
        leaves nan and -inf.

    Warns
    -----
    UndefinedMetricWarning
        If there are fewer than two samples; the result is nan.

    Examples
    --------
    >>> round(r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]), 4)
    0.9486
    """
    y_true, y_pred, w = _check_regression(y_true, y_pred, sample_weight)
    if len(y_true) < 2:
        warnings.warn(
            "R^2 score is not well-defined with less than two samples.",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return float("nan")
    y_true, y_pred = _without_unit(y_true, y_pred)
    return _combine_shares(r_squared(y_true, y_pred, w), y_true, w, multioutput, force_finite)


def explained_variance_score(
    y_true, y_pred, *, sample_weight=None, multioutput="uniform_average", force_finite=True
):
    """Return the share of variance explained when a constant offset is forgiven.

    Parameters are those of `r2_score`, which it equals when the errors average to zero.

    >>> explained_variance_score([1, 2, 3], [11, 12, 13])
    1.0
    """
    y_true, y_pred, w = _check_regression(y_true, y_pred, sample_weight)
    y_true, y_pred = _without_unit(y_true, y_pred)
    unexplained, variance = _variance(y_true - y_pred, w), _variance(y_true, w)
    ratio = np.divide(unexplained, variance, out=np.ones_like(variance), where=variance > 0)
    scores = np.where(unexplained == 0, 1.0, 1.0 - ratio)  # (4)
    return _combine_shares(scores, y_true, w, multioutput, force_finite)


def _without_unit(y_true, y_pred):
    """Divide both by one power of two, so that their squares neither overflow nor vanish."""
    _, exponent = np.frexp(max(np.abs(y_true).max(), np.abs(y_pred).max()))
    return np.ldexp(y_true, -exponent), np.ldexp(y_pred, -exponent)


def _variance(values, weights):
    mean = np.average(values, axis=0, weights=weights)
    return np.average((values - mean) ** 2, axis=0, weights=weights)


def _combine_shares(scores, y_true, weights, multioutput, force_finite):
    """Combine shares of variance; a constant y_true has none, and 0/0 or -x/0 if left as it is."""
    variance = _variance(y_true, weights)
    if not force_finite:
        constant = variance == 0
        scores = np.where(constant & (scores == 1.0), np.nan, scores)
        scores = np.where(constant & (scores == 0.0), -np.inf, scores)
    if isinstance(multioutput, str) and multioutput == "variance_weighted":
        return float(np.average(scores, weights=variance if variance.any() else None))
    return _combine(scores, multioutput)


def _combine(scores, multioutput):
    """Turn one score per output into what ``multioutput`` asks for."""
    if isinstance(multioutput, str):
        if multioutput == "raw_values":
            return scores
        if multioutput == "uniform_average":
            return float(np.average(scores))
        raise ValueError(
            "multioutput must be 'raw_values', 'uniform_average' ('variance_weighted' for R^2 and "
            f"explained variance) or one weight per output; got {multioutput!r}."
        )
    weights = np.asarray(multioutput, dtype=np.float64)
    if len(scores) == 1:
        raise ValueError("Custom weights are useful only in multi-output cases; y has one output.")
    if weights.shape != scores.shape:
        raise ValueError(
            f"There must be equally many custom weights {weights.shape} as outputs {scores.shape}."
        )
    return float(np.average(scores, weights=weights))


def _check_regression(y_true, y_pred, sample_weight):
    """Return y_true and y_pred of shape (n_samples, n_outputs) in one float dtype, and weights."""
    y_true, y_pred = _as_columns(y_true, "y_true"), _as_columns(y_pred, "y_pred")
    n_samples = check_lengths(("y_true", y_true), ("y_pred", y_pred))
    if y_true.shape[1] != y_pred.shape[1]:
        raise ValueError(
            "y_true and y_pred have different number of output "
            f"({y_true.shape[1]}!={y_pred.shape[1]})."
        )
    w = check_weights(sample_weight, n_samples)
    dtype = np.result_type(y_true, y_pred)
    return y_true.astype(dtype, copy=False), y_pred.astype(dtype, copy=False), w


def _as_columns(y, name):
    if y is None:
        raise ValueError(f"{name} is needed; got None.")
    if np.asarray(y).dtype.kind == "c":
        raise ValueError(f"Complex data not supported in {name}.")
    y = as_float(y, name)
    if y.ndim not in (1, 2):
        raise ValueError(
            f"{name} must have shape (n_samples,) or (n_samples, n_outputs); got {y.shape}."
        )
    check_finite(y, name)
    return y[:, None] if y.ndim == 1 else y
