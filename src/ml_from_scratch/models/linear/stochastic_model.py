r"""Linear models by stochastic gradient descent, for data that need not fit into memory.

A sample is looked at, a step is made along the slope of its own loss, and the next one comes: how,
is told in ``stochastic_descent``; the losses are in ``stochastic_losses``. ``partial_fit`` makes one
pass over what it is given, a chunk of a file for example, and goes on where the last call stopped.

Without an epoch's shuffle the result is a function of the order of the samples alone, and the same
as scikit-learn's, but for rounding; which grows from step to step where steps are long (as the first
"optimal" ones for a small alpha are), on both sides, until they become short. A sample's weight
multiplies its steps: that is not quite the same as showing the sample more often, and a sample of
weight 0 is shown without effect, but time passes.

Source: Bottou, Stochastic gradient descent tricks, 2012.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import BaseEstimator
from ...utils.model_selection import train_test_split
from ..convergence import warn_not_converged
from .stochastic_descent import BLOCK, Settings, State, show

SCHEDULES = ("constant", "optimal", "invscaling", "adaptive")
PENALTIES = ("l2", "l1", "elasticnet", None)
SLOWEST = 1e-6  # steps of "adaptive" do not get shorter
CHUNK = 4096  # shuffled rows are gathered so many at a time,
NUMBERS = 1 << 18  # but not more than so many numbers: 2 MB


class _StochasticModel(BaseEstimator):
    """What both models share: settings, the loop over epochs, and what ``partial_fit`` goes on with."""

    def _check_settings(self, losses, *, partial=False) -> None:
        check_choice("loss", self.loss, tuple(losses))
        check_choice("penalty", self.penalty, PENALTIES)
        check_choice("learning_rate", self.learning_rate, SCHEDULES)
        check_number("alpha", self.alpha, least=0)
        check_number("eta0", self.eta0, above=0)
        check_number("power_t", self.power_t)
        check_number("epsilon", self.epsilon, least=0)
        check_number("max_iter", self.max_iter, least=1, integer=True)
        check_number("tol", self.tol, least=0, optional=True)
        check_number("n_iter_no_change", self.n_iter_no_change, least=1, integer=True)
        check_number("validation_fraction", self.validation_fraction, above=0, below=1)
        if not isinstance(self.average, bool):
            check_number("average", self.average, least=0, integer=True)
        if self.penalty == "elasticnet":
            check_number("l1_ratio", self.l1_ratio, least=0, most=1)
        if self.learning_rate == "optimal" and self.alpha == 0:
            raise ValueError(
                "alpha must be > 0 since learning_rate is 'optimal', whose steps are computed from it. "
                "Choose another learning_rate, with eta0."
            )
        if partial and self.early_stopping:
            raise ValueError(
                "early_stopping should be False with partial_fit, which makes one pass: score on data "
                "that you hold back yourself."
            )

    def _descent_settings(self, loss) -> Settings:
        rho = {"l2": 0.0, "l1": 1.0, "elasticnet": self.l1_ratio, None: 0.0}[self.penalty]
        weight = 0.0 if self.penalty is None else float(self.alpha)
        return Settings(
            loss=loss,
            alpha=float(self.alpha),
            l2=(1.0 - rho) * weight,
            l1=rho * weight,
            learning_rate=self.learning_rate,
            eta0=float(self.eta0),
            power_t=float(self.power_t),
            fit_intercept=bool(self.fit_intercept),
            average=int(self.average),
            tell=bool(self.verbose) or (self.tol is not None and not self.early_stopping),
        )

    def _start(self, n_rows, n_features, coef_init=None, intercept_init=None) -> None:
        """Begin with zeros, or with what the user gives; forget the averages."""
        shapes = {"coef_init": (n_rows, n_features), "intercept_init": (n_rows,)}
        values = []
        for (name, shape), given in zip(shapes.items(), (coef_init, intercept_init)):
            value = np.zeros(shape) if given is None else np.array(given, dtype=np.float64)
            if value.size != np.prod(shape):
                raise ValueError(f"{name} should have shape {shape}; got {value.shape}.")
            values.append(value.reshape(shape))
        self._standard_coef, self._standard_intercept = values
        self._average_coef = np.zeros((n_rows, n_features))
        self._average_intercept = np.zeros(n_rows)
        self.t_ = 1.0

    def _descend(self, X, Y, S, loss, max_iter, rng, held_out) -> int:
        """Run the epochs for targets Y and weights S, a row for each model, and return how many.

        Y is true and false for classes. A model that has come to rest is left alone while the others
        go on.
        """
        settings = self._descent_settings(loss)
        state = State.of(
            self._standard_coef,
            self._standard_intercept,
            self._average_coef,
            self._average_intercept,
        )
        rows = None if held_out is None else np.flatnonzero(~held_out)
        watch = _Watch(self, len(Y))
        for epoch in range(1, max_iter + 1):
            order = rng.permutation(len(X) if rows is None else rows) if self.shuffle else rows
            objective, t = np.full(len(Y), np.nan), self.t_ + (epoch - 1) * len(
                X if rows is None else rows
            )
            for eta, some in watch.groups():
                part = state.take(some, t)
                objective[some] = self._epoch(X, Y, S, order, some, part, settings, eta)
                self._check_finite(part, epoch)
                state.put(some, part)
            if held_out is not None:
                for k in watch.going:
                    z = X[held_out] @ state.w[k] + state.b[k]
                    objective[k] = -self._score_of(z, Y[k, held_out], S[k, held_out])
            if self.verbose:
                told = ", ".join(f"{value:.6g}" for value in objective[watch.going])
                print(f"{type(self).__name__}, epoch {epoch}: objective {told}")
            if not watch.goes_on(objective):
                break
        self._standard_coef, self._standard_intercept = state.w, state.b
        self._average_coef, self._average_intercept = state.mean_w, state.mean_b
        return epoch

    def _epoch(self, X, Y, S, order, some, state, settings, eta) -> np.ndarray:
        """Show every sample once to some of the models, and return their mean objectives."""
        n, total = len(X) if order is None else len(order), 0.0
        chunk = min(CHUNK, max(BLOCK, NUMBERS // X.shape[1] // BLOCK * BLOCK))  # whole blocks
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, n, chunk):
                rows = slice(start, min(n, start + chunk))
                rows = rows if order is None else order[rows]
                x, y = X[rows].astype(np.float64, copy=False), Y[:, rows][some]
                y = np.where(y, 1.0, -1.0) if y.dtype == bool else y
                total = total + show(x, y, S[:, rows][some], state, settings, eta)
        return total / n

    def _check_finite(self, state, epoch) -> None:
        if not (np.isfinite(state.w).all() and np.isfinite(state.b).all()):
            raise ValueError(
                f"Floating-point under-/overflow occurred at epoch #{epoch}: the steps are too long for "
                "these data. Scaling the input data with StandardScaler or MinMaxScaler might help, or "
                "a smaller eta0."
            )

    def _score_of(self, z, y, s) -> float:
        """Return how good scores of samples that are held back are."""
        raise NotImplementedError

    def _hold_out(self, X, y, s, rng, stratify) -> np.ndarray | None:
        """Return which samples are for validation; None without early stopping."""
        if not self.early_stopping:
            return None
        _, chosen = train_test_split(
            np.arange(len(X)),
            test_size=self.validation_fraction,
            random_state=rng,
            stratify=y if stratify else None,
        )
        held_out = np.zeros(len(X), dtype=bool)
        held_out[chosen] = True
        if not s[held_out].any():
            raise ValueError(
                "The sample weights for validation set are all zero, consider using a different random "
                "state."
            )
        return held_out

    def _publish(self, n_iter, n_samples, dtype) -> None:
        """Tell what was learned: the averages, once they have begun."""
        self.n_iter_ = n_iter
        self.t_ += float(n_iter * n_samples)
        averaged = 0 < int(self.average) <= self.t_ - 1.0
        coef = self._average_coef if averaged else self._standard_coef
        intercept = self._average_intercept if averaged else self._standard_intercept
        self.coef_, self.intercept_ = coef.astype(dtype), intercept.astype(dtype)

    def _warn_if_cut(self) -> None:
        if self.tol is not None and self.n_iter_ == self.max_iter:
            warn_not_converged(self, self, "the mean objective of an epoch was still falling")


class _Watch:
    """Decides after every epoch which models go on, and with which steps."""

    def __init__(self, model, n_models):
        self.tol = -np.inf if model.tol is None else model.tol
        self.n_iter_no_change, self.adaptive = (
            model.n_iter_no_change,
            model.learning_rate == "adaptive",
        )
        self.going = np.arange(n_models)
        self.eta = np.full(n_models, float(model.eta0))
        self.best, self.patience = np.full(n_models, np.inf), np.zeros(n_models, dtype=int)

    def groups(self):
        """Yield eta and the models that have it: "adaptive" ones can differ."""
        if not self.adaptive:
            yield self.eta[0], self.going
            return
        for eta in np.unique(self.eta[self.going]):
            yield eta, self.going[self.eta[self.going] == eta]

    def goes_on(self, objective) -> bool:
        """Compare with the least objectives so far, and return whether any model goes on."""
        worse = objective > self.best - self.tol
        self.patience[self.going] = np.where(worse, self.patience + 1, 0)[self.going]
        self.best[self.going] = np.minimum(self.best, objective)[self.going]
        tired = self.patience >= self.n_iter_no_change
        if self.adaptive:
            slower = tired & (self.eta > SLOWEST)
            self.eta[slower], self.patience[slower], tired[slower] = (
                self.eta[slower] / 5.0,
                0,
                False,
            )
        self.going = self.going[~tired[self.going]]
        return len(self.going) > 0
