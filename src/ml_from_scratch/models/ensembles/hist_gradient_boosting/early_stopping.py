"""When to stop: after every iteration a score, and an end when it has not improved for a while.

The score is minus the loss, or what a scorer says of the estimator; larger is better. It is taken
on validation samples if there are any, else on those that are trained on.
"""

from __future__ import annotations

import numpy as np

from ....utils.model_selection.scoring import check_scoring
from .trees import Trees

ENOUGH_SAMPLES = 10_000  # for a scorer to judge what is trained on


class Monitor:
    """Keeps the scores of a fit.

    Parameters
    ----------
    estimator : _HistGradientBoosting
        With scoring, n_iter_no_change and tol; its ``train_score_`` is continued.
    objective : Objective
        The loss.
    training, validation : Samples
        Validation may be None.
    raw : ndarray of shape (n_trees_per_iteration, n_samples)
        Raw predictions of the training samples, which boosting updates in place.
    """

    def __init__(self, estimator, objective, training, validation, raw):
        self.estimator, self.objective = estimator, objective
        self.training, self.validation = training, validation
        self.raw = raw
        self.raw_val = None if validation is None else estimator._raw(validation.X)
        self.scorer = None
        if estimator.scoring != "loss":
            self.scorer = check_scoring(estimator, estimator.scoring)
            self.rows = self._some_rows()
            self.seen = training.take(self.rows)
        self.train_scores = estimator.train_score_.tolist()
        self.validation_scores = estimator.validation_score_.tolist()
        if not self.train_scores:
            self._record()

    def _some_rows(self):
        n = len(self.training.y)
        if n <= ENOUGH_SAMPLES:
            return np.arange(n)
        return self.estimator._split(self.training.y, train_size=ENOUGH_SAMPLES)[0]

    def should_stop_after(self, parts) -> bool:
        """Score the newest of the trees; return whether to stop."""
        if self.raw_val is not None:
            parts[-1].add_to(self.raw_val, self.validation.X)
        if self.scorer is not None:  # which may ask the estimator anything
            self.estimator._trees = Trees.joined(parts)
            parts[:] = [self.estimator._trees]
        self._record()
        scores = self.train_scores if self.raw_val is None else self.validation_scores
        patience = self.estimator.n_iter_no_change
        if len(scores) <= patience:
            return False
        reference = scores[-patience - 1] + self.estimator.tol
        return not any(score > reference for score in scores[-patience:])

    def _record(self):
        if self.scorer is None:
            self.train_scores.append(self._minus_loss(self.training, self.raw))
            if self.raw_val is not None:
                self.validation_scores.append(self._minus_loss(self.validation, self.raw_val))
            return
        self.train_scores.append(self._score(self.seen, self.raw[:, self.rows]))
        if self.raw_val is not None:
            self.validation_scores.append(self._score(self.validation, self.raw_val))

    def _minus_loss(self, samples, raw):
        return -self.objective.mean_loss(samples.y, raw, samples.weights)

    def _score(self, samples, raw):
        X, y = samples.given
        self.estimator._known = [(X, raw)]  # predictions that need not be made again
        try:
            if samples.weights is None:
                return float(self.scorer(self.estimator, X, y))
            return float(self.scorer(self.estimator, X, y, sample_weight=samples.weights))
        finally:
            del self.estimator._known

    def note(self) -> str:
        """Return the latest scores, to be shown."""
        text = f"train {self.train_scores[-1]:.5g}"
        return text + (f", val {self.validation_scores[-1]:.5g}" if self.validation_scores else "")

    def finish(self) -> None:
        """Hand the scores over to the estimator."""
        self.estimator.train_score_ = np.array(self.train_scores)
        self.estimator.validation_score_ = np.array(self.validation_scores)
