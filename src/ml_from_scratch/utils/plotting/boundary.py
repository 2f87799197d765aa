"""Which class does a model predict where? A map of the plane of two features."""

from __future__ import annotations

import numpy as np

from ...core.checks import as_float, encode_labels
from ..preprocessing.categories import UNKNOWN, encode
from .canvas import COLORS, MARKERS, axes, finish, rgb


def plot_decision_boundary(
    model, X, y, *, ax=None, resolution=200, margin=0.1, feature_names=None, title=None
):
    """Colour the plane by the predicted class, more strongly where the model is surer.

    Parameters
    ----------
    model : estimator, network or callable
        Fitted, with ``predict_proba`` or ``predict``; or a function from an array of shape
        (n_points, 2). Labels, probabilities with one column per class (sorted), or one column
        with the probability of the second class are all understood.
    X : array-like of shape (n_samples, 2)
        Samples to show.
    y : array-like of shape (n_samples,)
        Their classes, at most 8.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    resolution : int
        How many points of the plane are asked for along each side.
    margin : float
        How far beyond the samples the map goes, as a share of their range.
    feature_names : pair of str, optional
        Labels of the axes; by default the column names of a data frame, or x0 and x1.
    title : str, optional
        By default names the model.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If X does not have two features, there are more classes than colours, or what the model
        returns cannot be read as classes.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> X, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array(["no", "yes"])
    >>> ax = Figure().subplots()
    >>> ax = plot_decision_boundary(lambda X: X[:, 0] > 0.5, X, y, ax=ax, resolution=5)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x0', 'x1')
    """
    names = feature_names or list(getattr(X, "columns", ("x0", "x1")))
    points = as_float(X)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            f"a decision boundary is drawn for two features; X has shape {points.shape}. Choose two "
            "columns, or project X with PCA, and fit the model to those."
        )
    classes, index = encode_labels(y, len(points))
    if len(classes) > len(COLORS):
        raise ValueError(f"at most {len(COLORS)} classes can be told apart; y has {len(classes)}.")
    ax = axes(ax)
    x0, x1 = (_range(points[:, j], margin, resolution) for j in (0, 1))
    plane = np.stack(np.meshgrid(x0, x1), axis=-1)  # (resolution, resolution, 2)
    P = class_shares(model, plane.reshape(-1, 2).astype(points.dtype), classes)
    P = P.reshape(*plane.shape[:2], len(classes))
    palette = np.stack([rgb(color) for color in COLORS[: len(classes)]])
    extent = (x0[0], x0[-1], x1[0], x1[-1])
    ax.imshow(1 - 0.45 * (1 - P @ palette), extent=extent, origin="lower", aspect="auto")
    for k in np.unique(P.argmax(axis=-1)):
        lead = P[..., k] - np.delete(P, k, axis=-1).max(axis=-1, initial=0.0)  # over the next class
        if lead.min() < 0 < lead.max():
            ax.contour(x0, x1, lead, levels=[0.0], colors="white", linewidths=1.2)
    for k, label in enumerate(classes):
        ax.scatter(
            *points[index == k].T,
            color=COLORS[k],
            marker=MARKERS[k],
            s=28,
            edgecolors="white",
            linewidths=0.6,
            label=str(label),
        )
    ax.legend(title="class", framealpha=0.9)
    title = title or f"Decision boundary of {_name(model)}"
    return finish(ax, title=title, x=str(names[0]), y=str(names[1]), grid=False)


def _range(values, margin, resolution):
    low, high = float(values.min()), float(values.max())
    more = margin * ((high - low) or 1.0)
    return np.linspace(low - more, high + more, resolution)


def _name(model) -> str:
    """Return the class of an estimator, or the name of a function."""
    name = getattr(model, "__name__", type(model).__name__)
    return "a function" if name == "<lambda>" else name


def class_shares(model, points, classes) -> np.ndarray:
    """Return the probability of each class at each point; 0 or 1 if the model only gives labels.

    >>> class_shares(lambda X: X[:, 0], np.array([[0.0], [1.0]]), np.array([0, 1])).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    predict = getattr(model, "predict_proba", None) or getattr(model, "predict", model)
    out = np.asarray(predict(points))
    if out.ndim == 2 and out.shape[1] == 1:
        out = np.hstack([1 - out, out])
    if out.ndim == 2 and out.shape[1] == len(classes):
        return _as_probabilities(out)
    if out.shape != (len(points),):
        raise ValueError(
            f"the model's output of shape {out.shape} is not one label per point, nor one column "
            f"for each of the {len(classes)} classes of y."
        )
    codes = encode(out, classes)
    if (codes != UNKNOWN).all():
        return np.eye(len(classes))[codes]
    if out.dtype.kind in "bf" and len(classes) == 2:
        p = out.astype(np.float64)
        return _as_probabilities(np.stack([1 - p, p], axis=1))
    strange = out[codes == UNKNOWN][:3].tolist()
    raise ValueError(f"the model predicts {strange}, which are not classes of y: {classes}.")


def _as_probabilities(scores):
    """Return probabilities as they are; of other scores the largest wins."""
    scores = scores.astype(np.float64)
    if (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1.0, atol=1e-4):
        return scores
    return np.eye(scores.shape[1])[scores.argmax(axis=1)]
