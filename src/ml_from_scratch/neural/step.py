r"""The gradient step: forward, backward, clip, step, and a look whether all is finite.

Several batches can make one step together. With the gradients :math:`g_i` of their mean losses, and
the samples :math:`n_i` that each is a mean over,

.. math:: g = \frac{\sum_i n_i \, g_i}{\sum_i n_i} \tag{1}

is the gradient of the mean loss over all their samples: that of one big batch, for which there might be
no memory. (Layers that look at a whole batch at once, as batch normalization does, still see the small
ones.)
"""

from __future__ import annotations

import math

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import Tensor
from ml_from_scratch.core.checks import check_number

from .nonfinite import NonFiniteError, describe_gradients, describe_origin, is_finite


class GradientStep:
    """One step down the gradient: forward, backward, clip, step, and a look whether all is finite.

    Parameters
    ----------
    optimizer : Optimizer
        Attached to the parameters.
    clip : callable, optional
        What is done to the parameters' gradients before the step: ``ClipByGlobalNorm(1.0)``.

    Attributes
    ----------
    weight : float
        How many samples have been added to the step to come; 0 between steps.

    Examples
    --------
    >>> from ml_from_scratch.core import Parameter
    >>> from ml_from_scratch.optimizers import SGD
    >>> w = Parameter([3.0])
    >>> step = GradientStep(SGD(learning_rate=0.25).attach([w]))
    >>> [step(lambda: np.sum(w * w))[0] for _ in range(3)], w.data.tolist()
    ([9.0, 2.25, 0.5625], [0.375])
    """

    def __init__(self, optimizer, clip=None):
        self.optimizer, self.clip = optimizer, clip
        self.weight = 0.0
        backend.keep_freed_memory()

    def __call__(self, compute_loss, *batch, **named) -> tuple[float, dict]:
        """Make the step for a batch; return the loss before it, and what else was reported.

        Raises
        ------
        NonFiniteError
            If the loss, a gradient or a new weight is NaN or infinite; the weights stay as they were.
        """
        self.forget()
        with np.errstate(all="ignore"):  # what overflows is found, and told with its place
            loss, value, report = self._forward(compute_loss, batch, named)
            loss.backward()
            self._step(self._clipped_and_checked())
        return value, report

    # ---- a step of several batches -------------------------------------------------------------------
    def add(self, compute_loss, batch, n_samples) -> tuple[float, dict]:
        """Add the gradient of a batch to that of the step to come; return as a call does.

        Parameters
        ----------
        compute_loss : callable
            Its loss is a mean over the batch.
        batch : tuple or dict
            Its arguments.
        n_samples : float
            Over how many samples; a report's "weight" comes before it.
        """
        if not self.weight:
            self.forget()
        batch, named = ((), batch) if isinstance(batch, dict) else (batch, {})
        with np.errstate(all="ignore"):
            loss, value, report = self._forward(compute_loss, batch, named)
            weight = check_number("a batch's weight", report.get("weight", n_samples), above=0)
            loss.backward(np.full_like(loss.data, weight))  # (1)
        self.weight += weight
        return value, report

    def finish(self) -> None:
        """Make the step for the batches that were added.

        Raises
        ------
        NonFiniteError
            If a gradient or a new weight is NaN or infinite; the weights stay as they were.
        """
        with np.errstate(all="ignore"):
            for flat in self.flats:
                for part in flat.trained():
                    flat.gradient[part] *= 1.0 / self.weight  # (1)
            self.weight = 0.0
            self._step(self._clipped_and_checked())

    def forget(self) -> None:
        """Forget the gradients, those of batches that were added too."""
        self.optimizer.zero_grad()
        self.weight = 0.0

    def state_dict(self):
        """Return what batches have been added; None if there are none."""
        if not self.weight:
            return None
        flats = [
            {
                "gradient": np.array(flat.gradient, like=flat.gradient),
                "present": [p.grad is not None for p in flat.parameters],
            }
            for flat in self.flats
        ]
        return {"weight": self.weight, "flats": flats}

    def load_state_dict(self, state) -> None:
        """Go back to where ``state_dict`` was called."""
        self.forget()
        if state is None:
            return
        self.weight = state["weight"]
        for flat, saved in zip(self.flats, state["flats"]):
            flat.gradient[...] = backend.like(saved["gradient"], flat.gradient)
            for p, present in zip(flat.parameters, saved["present"]):
                p.grad = p.place if present else None

    # ---- its parts -----------------------------------------------------------------------------------
    def _forward(self, compute_loss, batch, named):
        """Return (loss, its value, report)."""
        result = compute_loss(*batch, **named)
        loss, report = result if isinstance(result, tuple) else (result, {})
        return loss, self._checked(loss), report

    @property
    def flats(self) -> list:
        """The flat vectors of all groups of parameters."""
        return [group.flat for group in self.optimizer.groups]

    def _checked(self, loss) -> float:
        if not isinstance(loss, Tensor) or loss.size != 1:
            got = f"shape {loss.shape}" if isinstance(loss, Tensor) else f"a {type(loss).__name__}"
            raise TypeError(
                f"the loss of a batch is a Tensor that holds one number; got {got}. It must be "
                "computed from the parameters, outside no_grad(), and reduced with a sum or a mean."
            )
        if not is_finite(loss.data):
            raise NonFiniteError(describe_origin(loss))
        return loss.item()

    def _clipped_and_checked(self) -> list:
        """Clip the gradients; return, for each group, the sum of their squares."""
        if self.clip is not None:
            self.clip([p for flat in self.flats for p in flat.parameters])
        squares = []
        for flat in self.flats:
            parts = [flat.gradient[part] for part in flat.trained()]
            squares.append(sum(part.dot(part).item() for part in parts))
            if not math.isfinite(squares[-1]) and not all(is_finite(part) for part in parts):
                raise NonFiniteError(describe_gradients(flat.parameters))
        return squares

    def _step(self, squares):
        """Step; with a net below, unless the numbers are far from where they could overflow."""
        flats = self.flats
        if all(map(self._is_calm, flats, squares, self.optimizer.learning_rates())):
            self.optimizer.step()
            return
        before = [flat.theta.copy() for flat in flats]
        self.optimizer.step()
        bad = [p.name for flat in flats for p in flat.parameters if not is_finite(p.data)]
        if not bad:
            return
        for flat, theta in zip(flats, before):
            flat.theta[...] = theta
            flat.mark_changed()
        raise NonFiniteError(
            "loss and gradients are finite, but the step would have overflowed "
            f"{', '.join(map(str, bad))}"
        )

    def _is_calm(self, flat, squares, rate) -> bool:
        far = float(np.finfo(flat.theta.dtype).max) ** 0.25
        divides_by_zero = getattr(self.optimizer, "eps", 1.0) == 0
        return math.sqrt(squares) < far and rate < far and not divides_by_zero
