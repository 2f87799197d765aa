r"""Metrics that see one batch after the other, and then give the value for all of them together.

The mean of the batches' precisions is not the precision; nor is it so with recall, F scores, areas under
curves, R2 and perplexity. Three ways lead to the right value, and none writes a metric's formula again:

- :class:`FromCounts` counts how often each class was predicted for each, which is all that metrics of
  labels ask for;
- :class:`FromAll` keeps all targets and predictions of the epoch, for any metric at all;
- :class:`Perplexity` needs the mean of the cross-entropy only:

.. math:: \mathrm{perplexity} = \exp\Big(-\frac1n \sum_i \log p_i\Big) \tag{1}

with :math:`p_i` the probability that was given to what came: of how many equally likely tokens the model
seems to choose. Source of the name: Jelinek, Mercer, Bahl and Baker 1977.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.utils.metrics import top_k_accuracy_score

from .labels import both_classes, true_classes


class Metric:
    """The base: subclass it and write ``reset``, ``update`` and ``result``.

    What it knows between ``reset`` and ``result`` is what ``state_dict`` returns, so that training can be
    interrupted in the middle of an epoch.

    Attributes
    ----------
    name : str
        What the history calls it.
    loss : Loss or None
        The model's, which says what y_pred means; filled in by the model.
    """

    name = "metric"
    loss = None

    def reset(self):
        """Forget what was seen."""
        raise NotImplementedError(f"{type(self).__name__} has no reset(): write it.")

    def update(self, y_true, y_pred):
        """See a batch: targets, and what the model returns."""
        raise NotImplementedError(f"{type(self).__name__} has no update(y_true, y_pred): write it.")

    def result(self) -> float:
        """Return the value for all that was seen; NaN if that is nothing."""
        raise NotImplementedError(f"{type(self).__name__} has no result(): write it.")

    def state_dict(self) -> dict:
        """Return what was seen, in arrays and plain values."""
        raise NotImplementedError(f"{type(self).__name__} has no state_dict(): write it.")

    def load_state_dict(self, state) -> None:
        """Become what ``state_dict`` was called on."""
        raise NotImplementedError(f"{type(self).__name__} has no load_state_dict(state): write it.")


class FromCounts(Metric):
    """A metric of labels, from a table of which class was predicted how often for which.

    Parameters
    ----------
    function : callable
        From ``utils.metrics``, called with (y_true, y_pred, sample_weight=...).
    name : str, optional
        The function's own, unless given.
    **options
        Handed to the function.

    Examples
    --------
    >>> from ml_from_scratch.utils.metrics import precision_score
    >>> precision = FromCounts(precision_score)
    >>> precision.update(np.array([1, 0]), np.array([0.9, 0.8]))  # probabilities of class 1
    >>> precision.update(np.array([1, 1]), np.array([0.7, 0.2]))
    >>> round(precision.result(), 3)  # the mean over the batches would be 0.75
    0.667
    """

    def __init__(self, function, name=None, **options):
        self.function, self.options = function, options
        self.name = name or function.__name__
        self.reset()

    def reset(self):
        """Forget the table."""
        self.counts = np.zeros((0, 0), np.int64)  # [true, predicted]

    def update(self, y_true, y_pred):
        """Count a batch."""
        y_true, y_pred = backend.to_host(y_true), backend.to_host(y_pred)
        true, predicted = both_classes(y_true, y_pred, self.loss)
        if not true.size:
            return
        K = max(len(self.counts), int(true.max()) + 1, int(predicted.max()) + 1)
        counts = np.bincount(true * K + predicted, minlength=K * K).reshape(K, K)
        old = len(self.counts)
        counts[:old, :old] += self.counts
        self.counts = counts

    def result(self):
        """Return the function of all pairs, each with its count as its weight."""
        true, predicted = np.nonzero(self.counts)
        if not true.size:
            return float("nan")
        weight = self.counts[true, predicted].astype(np.float64)
        return float(self.function(true, predicted, sample_weight=weight, **self.options))

    def state_dict(self):
        """Return the table."""
        return {"counts": self.counts.copy()}

    def load_state_dict(self, state):
        """Take the table over."""
        self.counts = state["counts"].copy()


class FromAll(Metric):
    """Any metric, of all targets and predictions of the epoch, which are kept in memory.

    Parameters
    ----------
    function : callable
        Called with (y_true, y_pred): of ``utils.metrics`` or your own.
    name : str, optional
        The function's own, unless given.
    **options
        Handed to the function.

    Examples
    --------
    >>> from ml_from_scratch.utils.metrics import roc_auc_score
    >>> area = FromAll(roc_auc_score)
    >>> area.update(np.array([0, 1]), np.array([0.1, 0.3]))
    >>> area.update(np.array([0, 1]), np.array([0.4, 0.8]))
    >>> area.result()
    0.75
    """

    def __init__(self, function, name=None, **options):
        self.function, self.options = function, options
        self.name = name or function.__name__
        self.reset()

    def reset(self):
        """Forget all."""
        self.seen: list = []

    def update(self, y_true, y_pred):
        """Keep a batch."""
        self.seen.append((backend.to_host(y_true), backend.to_host(y_pred)))

    def result(self):
        """Return the function of all that was kept."""
        if not self.seen:
            return float("nan")
        y_true, y_pred = (np.concatenate(parts) for parts in zip(*self.seen))
        return float(self.function(y_true, y_pred, **self.options))

    def state_dict(self):
        """Return what was kept."""
        return {"seen": [[y_true.copy(), y_pred.copy()] for y_true, y_pred in self.seen]}

    def load_state_dict(self, state):
        """Take it over."""
        self.seen = [(y_true.copy(), y_pred.copy()) for y_true, y_pred in state["seen"]]


class Perplexity(Metric):
    """The exponential of the mean cross-entropy per label, whatever the training loss adds to it.

    y_pred holds logits if the model's loss has ``from_logits=True``, otherwise probabilities.

    Examples
    --------
    >>> perplexity = Perplexity()
    >>> perplexity.update(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]]))
    >>> round(perplexity.result(), 6)
    2.0
    """

    name = "perplexity"

    def __init__(self):
        self.reset()

    def reset(self):
        """Forget the sum."""
        self.total, self.n = 0.0, 0

    def update(self, y_true, y_pred):
        """Add the cross-entropy of a batch."""
        cross_entropy = CrossEntropy(from_logits=getattr(self.loss, "from_logits", False))
        n = y_pred.size // y_pred.shape[-1]
        self.total += cross_entropy(y_pred, y_true).item() * n if n else 0.0
        self.n += n

    def result(self):
        """Return it; infinity where the exponential overflows."""
        with np.errstate(over="ignore"):
            return float(np.exp(self.total / self.n)) if self.n else float("nan")  # (1)

    def state_dict(self):
        """Return the sum."""
        return {"total": self.total, "n": self.n}

    def load_state_dict(self, state):
        """Take it over."""
        self.total, self.n = state["total"], state["n"]


class TopKAccuracy:
    """The share of samples whose class is among the k with the largest outputs; a plain function.

    Parameters
    ----------
    k : int
        How many classes may be named.

    Examples
    --------
    >>> y_pred = np.array([[0.5, 0.2, 0.3], [0.3, 0.6, 0.1]])
    >>> TopKAccuracy(2)(np.array([2, 2]), y_pred)
    0.5
    """

    def __init__(self, k=5):
        self.k = check_number("k", k, least=1, integer=True)
        self.__name__ = f"top_{k}_accuracy"

    def __call__(self, y_true, y_pred):
        """Return the share; labels, or one-hot rows, as targets."""
        y_true, y_pred = backend.to_host(y_true), backend.to_host(y_pred)
        labels = np.arange(y_pred.shape[-1])
        true, scores = true_classes(y_true, y_pred).reshape(-1), y_pred.reshape(-1, len(labels))
        return top_k_accuracy_score(true, scores, k=self.k, labels=labels)

    def __repr__(self):
        return f"TopKAccuracy({self.k})"
