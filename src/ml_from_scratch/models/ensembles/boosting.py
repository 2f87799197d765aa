r"""Gradient boosting, the loop: each tree takes a step down the gradient of the loss, in function space.

The model is a sum of trees. From the constant :math:`F_0` on, tree m is grown on the negative
gradients (the pseudo-residuals) of the loss at :math:`F_{m-1}`, its leaves are given the best steps
(see ``boosting_losses``), and a share of it, the learning rate, is added:

.. math::
    r_i &= - \frac{\partial \ell(F_{m-1}(x_i), y_i)}{\partial F}   \tag{1} \\
    F_m(x) &= F_{m-1}(x) + \nu \, \gamma_{m, \mathrm{leaf}(x)}     \tag{2}

With ``subsample`` below 1 every tree sees other samples, drawn without replacement. The loss of those
that it has not seen, out of the bag, tells without bias what it was good for:

.. math:: \mathrm{improvement}_m = L_{oob, m-1}(F_{m-1}) - L_{oob, m}(F_m) \tag{3}

(as scikit-learn has it: the first loss is of the samples left out by the tree before).

Sources: J. H. Friedman, Greedy function approximation: a gradient boosting machine (2001),
algorithm 1; Stochastic gradient boosting (2002), for the samples.
"""

from __future__ import annotations

import copy

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import BaseEstimator, clone
from ...core.progress import progress
from ...core.random import as_generator
from ...core.registry import storable
from ...utils.model_selection import train_test_split
from ..trees import DecisionTreeRegressor
from ..trees.growing import grow_trees, study
from ..trees.pruning import pruned
from ..trees.rules import growing_rules
from ..trees.splitters import Draws
from .boosting_losses import BoostingLoss
from .members import Members, check_takes_weights
from .tree_sums import sum_of_trees

SIDE_BY_SIDE = 1 << 12  # up to so many residuals the trees of a stage grow together


@storable
class Constant:
    """Where boosting starts: the same scores for every sample."""

    def __init__(self, scores):
        self.scores = scores

    def __repr__(self):
        return f"Constant({self.scores.tolist()})"


class _GradientBoosting(Members, BaseEstimator):
    """Fitting stage by stage, and the scores of what was fitted."""

    _loss: BoostingLoss
    estimators_: np.ndarray

    # ---- fitting ---------------------------------------------------------------------------------
    def _boost(self, X, y, w, monitor) -> None:
        """Fit all stages (with ``warm_start`` those that are missing) to checked data."""
        X_val = y_val = w_val = None
        if self.n_iter_no_change is not None:
            X, X_val, y, y_val, w, w_val = self._hold_out(X, y, w)
        if not (self.warm_start and hasattr(self, "estimators_")):
            self._begin(X, y, w)
        n_before = len(self.estimators_)
        if self.n_estimators < n_before:
            raise ValueError(
                f"n_estimators={self.n_estimators} must be larger or equal to estimators_.shape[0]="
                f"{n_before} when warm_start==True."
            )
        F = self._scores(X)
        stages = _Stages(self, X, y, w, F)
        patience = _Patience(self, X_val, y_val, w_val)
        total = self.n_estimators - n_before
        with progress(total, type(self).__name__, "tree", shown=self.verbose > 0) as report:
            for i in range(total):
                trees = stages.next()
                report(i + 1, f"loss {stages.train_score[-1]:.4g}")
                if monitor is not None:
                    stages.write_to(self)
                    if monitor(n_before + i, self, {"raw_predictions": F}):
                        break
                if patience.is_over(trees):
                    break
        stages.write_to(self)
        self.n_estimators_ = len(self.estimators_)

    def _begin(self, X, y, w) -> None:
        """Forget what was learned, and find the first scores."""
        self._rng = as_generator(self.random_state)
        self.estimators_ = np.empty((0, self._loss.n_scores), dtype=object)
        self.train_score_ = np.empty(0)
        for name in ("oob_improvement_", "oob_scores_", "oob_score_"):
            vars(self).pop(name, None)
        if self.subsample < 1.0:
            self.oob_improvement_, self.oob_scores_ = np.empty(0), np.empty(0)
        if self.init is None:
            self.init_ = Constant(self._loss.start(y, w))
        elif isinstance(self.init, str):
            self.init_ = check_choice("init", self.init, ("zero",))
        else:
            self.init_ = clone(self.init)
            if w is None:
                self.init_.fit(X, y)
            else:
                check_takes_weights([self.init_])
                self.init_.fit(X, y, sample_weight=w)

    def _hold_out(self, X, y, w):
        """Keep a part of the data, to see when to stop."""
        arrays = [X, y] if w is None else [X, y, w]
        parts = train_test_split(
            *arrays,
            test_size=self.validation_fraction,
            random_state=self.random_state,
            stratify=y if self._estimator_type == "classifier" else None,
        )
        return (*parts, None, None) if w is None else parts

    def _check_settings(self) -> None:
        check_number("learning_rate", self.learning_rate, least=0)
        check_number("n_estimators", self.n_estimators, least=1, integer=True)
        check_number("subsample", self.subsample, above=0, most=1)
        check_choice("criterion", self.criterion, ("friedman_mse", "squared_error"))
        check_number("validation_fraction", self.validation_fraction, above=0, below=1)
        check_number(
            "n_iter_no_change", self.n_iter_no_change, least=1, integer=True, optional=True
        )
        check_number("tol", self.tol, least=0)

    def _template(self) -> DecisionTreeRegressor:
        """Return the tree that every stage grows, unfitted."""
        names = DecisionTreeRegressor().get_params().keys() & self.get_params(deep=False).keys()
        settings = {name: getattr(self, name) for name in names}
        return DecisionTreeRegressor(**{**settings, "random_state": None})

    # ---- scores ----------------------------------------------------------------------------------
    def _first_scores(self, X) -> np.ndarray:
        """Return F_0, of shape (n, n_scores), in float64."""
        if isinstance(self.init_, str):
            return np.zeros((len(X), self._loss.n_scores))
        if isinstance(self.init_, Constant):
            return np.tile(self.init_.scores, (len(X), 1))
        classifies = self._estimator_type == "classifier"
        said = self.init_.predict_proba(X) if classifies else self.init_.predict(X)
        return self._loss.first_scores(np.asarray(said, dtype=np.float64))

    def _scores(self, X) -> np.ndarray:
        """Return the scores of all stages together, (n, n_scores)."""
        F = self._first_scores(X)
        for k in range(self._loss.n_scores):
            F[:, k] += self.learning_rate * sum_of_trees(
                [stage.tree_ for stage in self.estimators_[:, k]], X
            )
        return F

    def _staged_scores(self, X):
        """Yield the scores after each stage."""
        F = self._first_scores(X)
        for stage in self.estimators_:
            self._add(F, X, [estimator.tree_ for estimator in stage])
            yield F.copy()

    def _add(self, F, X, trees) -> None:
        for k, tree in enumerate(trees):
            F[:, k] += self.learning_rate * tree.predict(X)[:, 0]

    # ---- what trees know -------------------------------------------------------------------------
    def apply(self, X) -> np.ndarray:
        """Return the leaf of every tree that each sample falls into.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        ndarray of shape (n_samples, n_estimators), or (n_samples, n_estimators, n_classes)
        """
        X = self._check_X(X)
        leaves = np.empty((len(X), *self.estimators_.shape))
        for place, estimator in np.ndenumerate(self.estimators_):
            leaves[(slice(None), *place)] = estimator.tree_.apply(X)
        return leaves

    @property
    def feature_importances_(self) -> np.ndarray:
        """The share of each feature in what the questions of all trees have removed."""
        self._check_is_fitted()
        trees = [estimator.tree_ for estimator in self.estimators_.ravel()]
        grown = [t.compute_feature_importances(normalize=False) for t in trees if t.node_count > 1]
        if not grown:
            return np.zeros(self.n_features_in_)
        total = np.mean(grown, axis=0)
        return total / total.sum()


class _Stages:
    """The state of the loop: scores, random numbers, and what is recorded of each stage."""

    def __init__(self, model, X, y, w, F):
        self.loss, self.learning_rate, self.rng = model._loss, model.learning_rate, model._rng
        self.X, self.y, self.w, self.F = X, y, w, F
        self.template = model._template()
        self.rules = growing_rules(self.template, X.shape, w)
        self.features = study(X, self.rules)  # sorted once, for all trees
        self.n_drawn = max(1, int(model.subsample * len(X)))
        self.subsamples = model.subsample < 1.0
        self.trees, self.train_score, self.oob = [], [], []
        n_before = len(model.estimators_)
        self.last_oob = model.oob_scores_[-1] if self.subsamples and n_before else None

    def next(self) -> list:
        """Fit a stage, one tree per score; return the trees."""
        drawn = self._draw()
        w = self._weights_of(drawn)
        if self.subsamples and self.last_oob is None:
            self.last_oob = self._loss_of(~drawn)
        self.loss.prepare(self.y, self.F, self.w)
        r = self.loss.residuals(self.y, self.F)  # (n, n_scores)  (1)
        trees = self._grow(r, w)
        leaves = [tree.apply(self.X) for tree in trees]
        steps = [
            self.loss.steps(leaf, tree.node_count, self.y, self.F, r[:, k], w, k)
            for k, (tree, leaf) in enumerate(zip(trees, leaves))
        ]
        for k, tree in enumerate(trees):
            tree.value[:, 0, 0] = np.where(tree.children_left < 0, steps[k], tree.value[:, 0, 0])
            self.F[:, k] += self.learning_rate * steps[k].take(leaves[k])  # (2)
        self.trees.append(trees)
        self.train_score.append(self._loss_of(drawn if self.subsamples else None))
        if self.subsamples:
            before, self.last_oob = self.last_oob, self._loss_of(~drawn)
            self.oob.append((self.last_oob, before - self.last_oob))  # (3)
        return trees

    def _draw(self):
        """Return which samples this stage sees, or None for all."""
        if not self.subsamples:
            return None
        drawn = np.zeros(len(self.X), bool)
        drawn[self.rng.permutation(len(self.X))[: self.n_drawn]] = True
        return drawn

    def _weights_of(self, drawn):
        if drawn is None:
            return self.w
        return drawn.astype(np.float64) if self.w is None else self.w * drawn

    def _grow(self, r, w) -> list:
        """Return a tree for each column of the residuals (n, n_scores)."""
        K = r.shape[1]
        if r.size <= SIDE_BY_SIDE:  # small trees cost less if they grow together
            draws = Draws([self.rng] * K)
            trees = grow_trees(self.X, r.T, 0, [w] * K, self.rules, draws, self.features)
        else:
            draws = Draws([self.rng])
            trees = [
                grow_trees(self.X, r[:, k], 0, [w], self.rules, draws, self.features)[0]
                for k in range(K)
            ]
        return [pruned(tree, self.template.ccp_alpha) for tree in trees]

    def _loss_of(self, rows) -> float:
        """Return the mean loss of some samples, or of all."""
        if rows is None:
            return self.loss.value(self.y, self.F, self.w)
        if not rows.any():
            return float("nan")  # none was left out
        w = None if self.w is None else self.w[rows]
        return self.loss.value(self.y[rows], self.F[rows], w)

    def write_to(self, model) -> None:
        """Append what the stages have found since the last call to the model's attributes."""
        if not self.trees:
            return
        stages = np.empty((len(self.trees), self.F.shape[1]), dtype=object)
        for place in np.ndindex(stages.shape):
            stages[place] = fitted_tree(self.template, self.trees[place[0]][place[1]], self.rules)
        model.estimators_ = np.concatenate([model.estimators_, stages])
        model.train_score_ = np.concatenate([model.train_score_, self.train_score])
        model.max_features_ = self.rules.max_features
        if self.oob:
            scores, improvements = np.transpose(self.oob)
            model.oob_scores_ = np.concatenate([model.oob_scores_, scores])
            model.oob_improvement_ = np.concatenate([model.oob_improvement_, improvements])
            model.oob_score_ = float(scores[-1])
        self.trees, self.train_score, self.oob = [], [], []


class _Patience:
    """Early stopping: enough stages in a row that did not help on samples held out."""

    def __init__(self, model, X, y, w):
        self.n, self.tol, self.model = model.n_iter_no_change, model.tol, model
        if self.n is not None:
            self.X, self.y, self.w = X, y, w
            self.F = model._scores(X)
            self.history = np.full(self.n, np.inf)
            self.stage = len(model.estimators_)

    def is_over(self, trees) -> bool:
        """Return whether the new loss is no better than all of the last ones."""
        if self.n is None:
            return False
        self.model._add(self.F, self.X, trees)
        loss = self.model._loss.value(self.y, self.F, self.w)
        if not (loss + self.tol < self.history).any():
            return True
        self.history[self.stage % self.n] = loss
        self.stage += 1
        return False


def fitted_tree(template, tree, rules) -> DecisionTreeRegressor:
    """Return a regressor that holds a tree, as if it had been fitted."""
    estimator = copy.copy(template)
    estimator.tree_ = tree
    estimator.n_features_in_, estimator.n_outputs_ = tree.n_features, 1
    estimator.max_features_ = rules.max_features
    return estimator
