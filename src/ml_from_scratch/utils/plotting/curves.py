"""Curves and tables that judge: training history, ROC, confusion matrix, residuals."""

from __future__ import annotations

import numpy as np

from ..metrics import auc, confusion_matrix, r2_score, roc_curve, root_mean_squared_error
from .canvas import COLORS, GREY, axes, finish, whole_ticks


def plot_learning_curve(history, *, metric="loss", ax=None, log=False, title=None):
    """Draw how a metric went over the epochs, in training and (dashed) in validation.

    Parameters
    ----------
    history : dict of lists, or an object that has one as ``history``
        One value per epoch; ``val_loss`` is the validation of ``loss``.
    metric : str
        Which one to draw.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    log : bool
        Whether the vertical axis is logarithmic.
    title : str, optional
        By default names the metric.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If the history does not have the metric.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> history = {"loss": [0.9, 0.5, 0.4], "val_loss": [0.95, 0.7, 0.75]}
    >>> ax = plot_learning_curve(history, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['training', 'validation', 'best: 0.7 in epoch 2']
    """
    history = getattr(history, "history", history)
    names = [name for name in (metric, f"val_{metric}") if name in history]
    if not names:
        raise ValueError(f"the history has no {metric!r}; it has {sorted(history)}.")
    ax = axes(ax)
    styles = {
        metric: ("training", COLORS[0], "-"),
        f"val_{metric}": ("validation", COLORS[1], "--"),
    }
    for name in names:
        label, color, line = styles[name]
        values = np.asarray(history[name], dtype=np.float64)
        epochs = np.arange(1, len(values) + 1)
        marker = "o" if len(values) < 20 else None
        ax.plot(epochs, values, line, color=color, label=label, marker=marker, markersize=4)
    if names[-1] != metric and np.isfinite(values).any():
        finds = np.nanargmin if _smaller_is_better(metric) else np.nanargmax
        best = int(finds(np.where(np.isfinite(values), values, np.nan)))
        label = f"best: {values[best]:.4g} in epoch {best + 1}"
        ax.plot(best + 1, values[best], "*", color=COLORS[1], markersize=13, label=label)
    if log:
        ax.set_yscale("log")
    whole_ticks(ax.xaxis)
    ax.legend()
    word = metric.replace("_", " ")
    return finish(ax, title=title or f"Learning curve: {word}", x="epoch", y=word)


def _smaller_is_better(metric: str) -> bool:
    return any(word in metric.lower() for word in ("loss", "error", "mse", "mae", "perplexity"))


def plot_confusion_matrix(
    y_true, y_pred, *, labels=None, class_names=None, normalize=None, ax=None, title=None
):
    """Draw the confusion matrix: rows are true classes, columns predicted ones.

    The colour shows the share of the row, so that rare classes can be read too.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Labels.
    labels : array-like of shape (n_classes,), optional
        Which classes in which order; by default all that occur, sorted.
    class_names : list of str, optional
        How to write them.
    normalize : {"true", "pred", "all"}, optional
        Write shares of the row, the column or everything instead of counts.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    title : str, optional
        By default gives the accuracy.

    Returns
    -------
    matplotlib axes
    """
    if labels is None:
        labels = np.unique(np.concatenate([np.asarray(y_true), np.asarray(y_pred)]))
    written = confusion_matrix(y_true, y_pred, labels=labels, normalize=normalize)
    counts = confusion_matrix(y_true, y_pred, labels=labels)
    names = [str(label) for label in (labels if class_names is None else class_names)]
    if len(names) != len(written):
        raise ValueError(f"class_names has {len(names)} names for {len(written)} classes.")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax = axes(ax)
    image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    size = 10 if len(names) <= 10 else 7
    for (row, column), value in np.ndenumerate(written):
        text = f"{value:.2f}" if normalize else str(value)
        color = "white" if shares[row, column] > 0.5 else "black" if value else GREY
        ax.text(column, row, text, ha="center", va="center", color=color, fontsize=size)
    long = max(map(len, names)) > 3 and len(names) > 3
    ax.set_xticks(
        range(len(names)), names, rotation=45 if long else 0, ha="right" if long else "center"
    )
    ax.set_yticks(range(len(names)), names)
    ax.figure.colorbar(image, ax=ax, label="share of the true class", fraction=0.046)
    right = counts.trace() / max(counts.sum(), 1)
    title = title or f"Confusion matrix (accuracy {right:.3f})"
    return finish(ax, title=title, x="predicted", y="true", grid=False)


def plot_roc_curve(y_true, y_score, *, pos_label=None, name="model", ax=None, title=None):
    """Draw the ROC curve, of several classes one against the rest for each; legends give the areas.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels.
    y_score : array-like of shape (n_samples,) or (n_samples, n_classes)
        Scores of the positive class, or one column per class (sorted).
    pos_label : label, optional
        The positive of two classes; by default the larger.
    name : str
        What to call the curve of two classes.
    ax : matplotlib axes, optional
        Where to draw, beside what is there; new ones by default.
    title : str, optional
        By default says what it is.

    Returns
    -------
    matplotlib axes

    Raises
    ------
    ValueError
        If columns and classes do not match, or there is one class only.
    """
    y_true, y_score = np.asarray(y_true), np.asarray(y_score)
    classes = np.unique(y_true)
    if len(classes) < 2:
        raise ValueError(f"a ROC curve needs positives and negatives; y_true only has {classes}.")
    if y_score.ndim == 2 and y_score.shape[1] == 2 and len(classes) == 2:
        y_score = y_score[:, 0 if pos_label is not None and pos_label == classes[0] else 1]
    if y_score.ndim == 2 and y_score.shape[1] > 1:
        if y_score.shape[1] != len(classes):
            raise ValueError(
                f"y_score has {y_score.shape[1]} columns, but y_true has {len(classes)} classes."
            )
        curves = [(str(label), y_score[:, k], label) for k, label in enumerate(classes)]
    else:
        curves = [(name, y_score, classes[-1] if pos_label is None else pos_label)]
    ax = axes(ax, figsize=(5.2, 5.2))
    used = len([line for line in ax.lines if line.get_label()[0] != "_"])
    for k, (label, score, positive) in enumerate(curves, start=used):
        fpr, tpr, _ = roc_curve(y_true, score, pos_label=positive)
        style = {"color": COLORS[k % len(COLORS)], "linestyle": "-" if k < len(COLORS) else "--"}
        ax.plot(fpr, tpr, label=f"{label} (AUC {auc(fpr, tpr):.3f})", **style)
    if used == 0:
        ax.plot([0, 1], [0, 1], ":", color=GREY, label="_guessing")
        ax.annotate("guessing", (0.55, 0.55), (3, -12), textcoords="offset points", color=GREY)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    many = {"title": "against the rest", "fontsize": "small"} if len(curves) > 1 else {}
    ax.legend(loc="lower right", **many)
    return finish(ax, title=title or "ROC curve", x="false positive rate", y="true positive rate")


def plot_residuals(y_true, y_pred, *, ax=None, title=None):
    """Draw what is left to explain, ``y_true - y_pred``, over the prediction.

    A good model leaves a shapeless band around zero: a bend says that something is missing, a
    funnel that the noise grows. Dashed lines are one root mean squared error away.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples,)
        Numbers.
    ax : matplotlib axes, optional
        Where to draw; new ones by default.
    title : str, optional
        By default gives R² and the root mean squared error.

    Returns
    -------
    matplotlib axes
    """
    rmse = root_mean_squared_error(y_true, y_pred)
    y_true, y_pred = (np.asarray(y, dtype=np.float64).reshape(-1) for y in (y_true, y_pred))
    ax = axes(ax)
    crowd = min(1.0, 30 / len(y_true) ** 0.5)
    ax.scatter(y_pred, y_true - y_pred, s=18, color=COLORS[0], alpha=max(crowd, 0.1), linewidths=0)
    ax.axhline(0, color=GREY, linewidth=1)
    for edge in (rmse, -rmse):
        ax.axhline(edge, color=COLORS[1], linewidth=1, linestyle="--")
    if not title:
        score = f"R² {r2_score(y_true, y_pred):.3f}, " if len(y_true) > 1 else ""
        title = f"Residuals ({score}RMSE {rmse:.4g})"
    return finish(ax, title=title, x="predicted", y="true - predicted")
