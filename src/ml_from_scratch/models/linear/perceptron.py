r"""The perceptron: the oldest learning machine, which changes its mind only when it is wrong.

With labels :math:`t = \pm 1`, samples are shown one after the other. One that is on the wrong side
of the line, or on it, pulls the line towards itself:

.. math::
    t_i (w^T x_i + b) &\le 0 \tag{1} \\
    w &\leftarrow w + \eta\, t_i x_i \tag{2} \\
    b &\leftarrow b + \eta\, t_i \tag{3}

If a line separates the classes, at most :math:`(R / \gamma)^2` such mistakes are made, where R is the
largest norm of a sample and :math:`\gamma` the widest margin (Novikoff, 1962); otherwise it never
settles, and training stops when the mean loss

.. math:: \frac{1}{n} \sum_i \max(0, -t_i (w^T x_i + b)) \tag{4}

of a pass, each sample judged when it was shown, has not fallen by ``tol`` for a while. With several
classes there is one perceptron for each, against all others, and the highest score wins.

Between two mistakes nothing changes, so many samples are scored at once, up to the first mistake:
the result is that of showing them one by one.

Source: Rosenblatt, The perceptron: a probabilistic model for information storage and organization in
the brain, 1958; Novikoff, On convergence proofs for perceptrons, 1962.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_number
from ...core.estimator import fit_settings
from ...core.random import as_generator
from ..convergence import warn_not_converged
from .linear_classifier import _LinearClassifier

FEWEST, MOST = 8, 1024  # samples scored at once: the longer without a mistake, the more


class Perceptron(_LinearClassifier):
    """Linear classifier that learns from its mistakes, one sample at a time.

    Its ``fit`` takes no sample weights: no weight of a pull does the same as showing a sample twice.

    Parameters
    ----------
    fit_intercept : bool
        Whether to learn an intercept.
    max_iter : int
        The most passes over the data.
    tol : float or None
        Stop when the mean loss of a pass has not fallen below the least one so far by this much,
        ``n_iter_no_change`` times in a row. None makes all passes.
    shuffle : bool
        Whether each pass shows the samples in a new order.
    eta0 : float
        How strong a pull is. It scales the coefficients; decisions do not depend on it.
    random_state : None, int or Generator
        Decides the orders.
    n_iter_no_change : int
        See ``tol``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients; with two classes those of the second.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    n_iter_ : int
        Passes made (the most of any class).
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    >>> model = Perceptron(shuffle=False, tol=None).fit(X, y)
    >>> model.predict(X).tolist(), model.coef_.tolist(), model.intercept_.tolist()
    ([0, 0, 0, 1], [[3.0, 2.0]], [-4.0])
    """

    def __init__(
        self,
        *,
        fit_intercept=True,
        max_iter=1000,
        tol=1e-3,
        shuffle=True,
        eta0=1.0,
        random_state=0,
        n_iter_no_change=5,
    ):
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.eta0 = eta0
        self.random_state = random_state
        self.n_iter_no_change = n_iter_no_change

    def fit(self, X, y, *, lr=None, epochs=None):
        """Learn from labelled samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,)
            Their labels: numbers or strings, of at least two classes.
        lr : float, optional
            For this call: how strong a pull is.
        epochs : int, optional
            For this call: how many passes, without a stopping test.

        Returns
        -------
        Perceptron
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        settings = fit_settings(self, lr, epochs)
        check_number("eta0", settings.eta0, above=0)
        check_number("max_iter", settings.max_iter, least=1, integer=True)
        check_number("tol", settings.tol, least=0, optional=True)
        check_number("n_iter_no_change", settings.n_iter_no_change, least=1, integer=True)
        X, classes, index, _ = self._check_X_labels(X, y)
        if len(classes) < 2:
            raise ValueError(
                "Perceptron needs samples of at least 2 classes, but the data contains only one "
                f"class: {classes[0]!r}."
            )
        settings.rng = as_generator(settings.random_state)
        positives = [1] if len(classes) == 2 else range(len(classes))
        learned = [_learn(X, np.where(index == k, 1.0, -1.0), settings) for k in positives]
        if not all(converged for *_, converged in learned):
            warn_not_converged(self, settings, "the mean loss of a pass was still falling")
        self.classes_ = classes
        self.coef_ = np.array([w for w, *_ in learned], dtype=X.dtype)
        self.intercept_ = np.array([b for _, b, *_ in learned], dtype=X.dtype)
        self.n_iter_ = max(passes for *_, passes, _ in learned)
        return self


def _learn(X, t, settings):
    """Return (w, b, passes, converged) of one perceptron."""
    w, b = np.zeros(X.shape[1]), 0.0
    least, patience, order = np.inf, 0, slice(None)
    for k in range(1, settings.max_iter + 1):
        if settings.shuffle:
            order = settings.rng.permutation(len(X))
        w, b, loss, mistakes = _show(X[order], t[order], w, b, settings)
        if settings.tol is None:
            if mistakes == 0:
                break  # the passes that are left change nothing
            continue
        patience = patience + 1 if loss / len(X) > least - settings.tol else 0
        least = min(least, loss / len(X))
        if patience >= settings.n_iter_no_change:
            return w, b, k, True
    return w, b, settings.max_iter, settings.tol is None


def _show(X, t, w, b, settings):
    """Return (w, b, summed loss, mistakes) after showing all samples once, in order."""
    loss, mistakes, i, at_once = 0.0, 0, 0, FEWEST
    while i < len(X):
        part = slice(i, i + at_once)
        margins = t[part] * (X[part] @ w + b)
        wrong = margins <= 0.0  # (1)
        first = int(wrong.argmax())
        if not wrong[first]:
            i, at_once = i + at_once, min(2 * at_once, MOST)
            continue
        i, at_once = i + first, FEWEST
        w = w + settings.eta0 * t[i] * X[i]  # (2)
        if settings.fit_intercept:
            b += settings.eta0 * t[i]  # (3)
        loss, mistakes, i = loss - float(margins[first]), mistakes + 1, i + 1  # (4)
    return w, b, loss, mistakes
