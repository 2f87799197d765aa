"""Histogram gradient boosting: many small trees, each a Newton step on what the others left over.

Each tree is grown on the loss's two derivatives at the predictions of all trees before it
(``objectives``), and a part of it is added to them (``iterations``). Training reads the features as
bins (``binning``), sums derivatives into histograms (``histograms``), reads the best splits off these
(``splits``) and splits the most promising leaf first (``growing``); what remains are arrays of nodes
(``trees``). It ends after ``max_iter`` iterations, or when a score on samples that were held back has
not improved for a while (``early_stopping``).

Sources: Friedman, Greedy function approximation: a gradient boosting machine, 2001; Ke et al.,
LightGBM, 2017.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ....core.checks import as_float, check_choice, check_number, check_weights, feature_names
from ....core.estimator import BaseEstimator
from ....core.progress import progress
from ....core.random import as_generator
from ....utils.model_selection import train_test_split
from ....utils.model_selection.rows import take_rows
from .binning import Binner
from .early_stopping import Monitor
from .features import Categories, find_categorical, interaction_groups, monotonic_signs
from .growing import Grower
from .histograms import HistogramBuilder
from .iterations import Booster
from .splits import Splitter
from .trees import Trees

MANY_SAMPLES = 10_000  # more are stopped early by default


class Samples(NamedTuple):
    """Samples to train on or to validate with: encoded, and (for scorers) as the user gave them."""

    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    given: tuple | None = None

    def take(self, rows):
        """Return some of them."""
        weights = None if self.weights is None else self.weights[rows]
        given = None if self.given is None else tuple(take_rows(part, rows) for part in self.given)
        return Samples(self.X[rows], self.y[rows], weights, given)


class _HistGradientBoosting(BaseEstimator):
    """What classifier and regressor share: a subclass says what y means and which loss is boosted."""

    _tags = {"allow_nan": True}

    # ---- fitting -----------------------------------------------------------------------------------
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Grow trees on training data.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            Samples; NaN stands for a missing value.
        y : array-like of shape (n_samples,)
            Targets: numbers for a regressor, labels for a classifier.
        sample_weight : None, float or array-like of shape (n_samples,)
            How much each sample's loss counts. A sample of weight 0 is left out; otherwise a
            sample counts once in ``min_samples_leaf``, whatever its weight.
        X_val, y_val : array-like, optional
            Samples to decide with when to stop, in place of a part of X and y.
        sample_weight_val : array-like, optional
            Their weights.

        Returns
        -------
        object
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        self._check_settings()
        continued = self.warm_start and hasattr(self, "_trees")
        samples = self._training_samples(X, y, sample_weight)
        objective = self._objective()
        n_features = samples.X.shape[1]
        names = getattr(self, "feature_names_in_", None)
        signs = monotonic_signs(self.monotonic_cst, names, n_features)
        groups = interaction_groups(self.interaction_cst, n_features)
        self._check_constraints(signs, objective)
        if not continued:
            self._draw_seeds()
        training, validation = self._hold_back(samples, X_val, y_val, sample_weight_val)
        grower = self._grower(training, signs, groups)
        if not continued:
            self._start_anew(objective, training)
        self._check_continued(objective)
        self._boost(objective, grower, training, validation)
        return self

    def _check_settings(self):
        check_number("learning_rate", self.learning_rate, above=0)
        check_number("max_iter", self.max_iter, least=1, integer=True)
        check_number("max_leaf_nodes", self.max_leaf_nodes, least=2, integer=True, optional=True)
        check_number("max_depth", self.max_depth, least=1, integer=True, optional=True)
        check_number("min_samples_leaf", self.min_samples_leaf, least=1, integer=True)
        check_number("l2_regularization", self.l2_regularization, least=0)
        check_number("max_features", self.max_features, above=0, most=1)
        check_number("max_bins", self.max_bins, least=2, most=255, integer=True)
        check_number("n_iter_no_change", self.n_iter_no_change, least=1, integer=True)
        check_number("tol", self.tol, least=0)
        check_choice("early_stopping", self.early_stopping, ("auto", True, False))
        if self.validation_fraction is not None:
            check_number("validation_fraction", self.validation_fraction, above=0)

    def _training_samples(self, X, y, sample_weight):
        """Return all samples with a weight above 0, checked and encoded."""
        encoded, _ = self._encode_X(X, fitting=True)
        targets = self._encode_y(y, len(encoded))
        weights = check_weights(sample_weight, len(encoded), np.float64)
        weights = self._class_weights(targets, weights)
        samples = Samples(encoded, targets, weights, None if self.scoring == "loss" else (X, y))
        if weights is None or weights.all():
            return samples
        if not weights.any():
            raise ValueError("class_weight and sample_weight leave no sample a weight above 0.")
        return samples.take(np.flatnonzero(weights))

    def _encode_X(self, X, fitting=False):
        """Return X as float64, categories as numbers, and the dtype that predictions shall have."""
        if fitting:
            wanted = self.categorical_features
            plain = wanted is None or (isinstance(wanted, str) and not hasattr(X, "columns"))
            checked = self._check_X(X, fitting=True, numeric=plain, allow_nan=True)
            self.is_categorical_ = find_categorical(
                X, wanted, feature_names(X), self.n_features_in_
            )
            self._categories = None
            if self.is_categorical_ is not None:
                self._categories = Categories(self.is_categorical_)
                self._categories.fit(X, self.max_bins, feature_names(X))
        else:
            self._check_is_fitted()
            checked = self._check_X(X, numeric=self._categories is None, allow_nan=True)
        if self._categories is not None:
            return self._categories.transform(X), np.float64
        checked = checked if checked.dtype.kind == "f" else as_float(X)
        return checked.astype(np.float64, copy=False), checked.dtype

    def _check_constraints(self, signs, objective):
        if not signs.any():
            return
        if objective.n_trees > 1:
            raise ValueError(
                "monotonic constraints are not supported for multiclass classification: no class's "
                "probability is monotone when its score is."
            )
        if self.is_categorical_ is not None and signs[self.is_categorical_].any():
            raise ValueError("Categorical features cannot have monotonic constraints.")

    def _draw_seeds(self):
        """One seed for what a continued fit must repeat, one generator for what it must not."""
        rng = as_generator(self.random_state)
        self._seed = int(rng.integers(2**32))
        self._feature_rng = np.random.default_rng(rng.integers(2**32))

    def _hold_back(self, samples, X_val, y_val, sample_weight_val):
        """Return training and validation samples; the latter are None if none are needed."""
        if (X_val is None) != (y_val is None):
            missing, there = ("y_val", "X_val") if y_val is None else ("X_val", "y_val")
            raise ValueError(f"{there} is provided, but {missing} was not provided.")
        if X_val is not None and self.early_stopping is False:
            raise ValueError(
                "X_val and y_val are there to decide when to stop, but early_stopping is False. Set "
                "it to True or 'auto', or leave them out."
            )
        self.do_early_stopping_ = bool(
            (len(samples.X) > MANY_SAMPLES or X_val is not None)
            if self.early_stopping == "auto"
            else self.early_stopping
        )
        if X_val is not None:
            encoded, _ = self._encode_X(X_val)
            weights = check_weights(sample_weight_val, len(encoded), np.float64)
            targets = self._encode_y_val(y_val, len(encoded))
            return samples, Samples(encoded, targets, weights, (X_val, y_val))
        if not self.do_early_stopping_ or self.validation_fraction is None:
            return samples, None
        train, held_back = self._split(samples.y, test_size=self.validation_fraction)
        return samples.take(train), samples.take(held_back)

    def _split(self, y, **size):
        stratify = y if self._estimator_type == "classifier" else None
        rows = np.arange(len(y))
        return train_test_split(rows, stratify=stratify, random_state=self._seed, **size)

    def _grower(self, training, signs, groups):
        X, categories = training.X, self._categories
        n_categories = [None] * X.shape[1]
        is_categorical = np.zeros(X.shape[1], dtype=bool)
        if categories is not None:
            is_categorical = self.is_categorical_
            n_categories = [None if v is None else len(v) for v in categories.values]
        binner = Binner(self.max_bins, n_categories)
        bins = binner.fit_transform(X, training.weights, np.random.default_rng(self._seed))
        splitter = Splitter(
            binner, is_categorical, signs, self.min_samples_leaf, self.l2_regularization
        )
        builder = HistogramBuilder(bins, binner.width)
        return Grower(builder, splitter, binner, self, groups, self._feature_rng)

    def _start_anew(self, objective, training):
        self._start = objective.start(training.y, training.weights)
        self._trees = Trees(objective.n_trees)
        self.n_trees_per_iteration_ = objective.n_trees
        self.train_score_ = self.validation_score_ = np.zeros(0)

    def _check_continued(self, objective):
        if objective.n_trees != self.n_trees_per_iteration_:
            raise ValueError(
                "with warm_start=True, fit continues on the same data: there were "
                f"{self.n_trees_per_iteration_} trees per iteration, now there would be "
                f"{objective.n_trees}. Set warm_start=False to start anew."
            )
        if self.max_iter < len(self._trees):
            raise ValueError(
                f"max_iter={self.max_iter} must be larger than or equal to n_iter_="
                f"{len(self._trees)} when warm_start==True."
            )

    def _boost(self, objective, grower, training, validation):
        raw = self._raw(training.X)
        booster = Booster(objective, grower, training, raw, self.learning_rate)
        monitor = None
        if self.do_early_stopping_:
            monitor = Monitor(self, objective, training, validation, raw)
        parts = [self._trees]
        with progress(self.max_iter, type(self).__name__, shown=bool(self.verbose)) as report:
            for iteration in range(len(self._trees), self.max_iter):
                parts.append(Trees.grown(booster.iterate(), grower.binner, self.learning_rate))
                stop = monitor is not None and monitor.should_stop_after(parts)
                report(iteration + 1, monitor.note() if monitor else "")
                if stop:
                    break
        self._trees = Trees.joined(parts)
        self.n_iter_ = len(self._trees)
        if monitor is not None:
            monitor.finish()

    # ---- predicting --------------------------------------------------------------------------------
    def _raw(self, X):
        raw = np.repeat(self._start[:, None], len(X), axis=1)
        self._trees.add_to(raw, X)
        return raw

    def _raw_predict(self, X):
        """Return raw predictions, of shape (n_trees_per_iteration_, n_samples), and their dtype."""
        for known, raw in getattr(self, "_known", ()):
            if X is known:
                return raw, np.float64
        X, dtype = self._encode_X(X)
        return self._raw(X), dtype

    def _staged_raw_predict(self, X):
        X, dtype = self._encode_X(X)
        raw = np.repeat(self._start[:, None], len(X), axis=1)
        for i in range(len(self._trees)):
            self._trees.add_to(raw, X, i, i + 1)
            yield raw.copy(), dtype
