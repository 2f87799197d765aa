r"""Mixup: pictures laid over each other, and their targets mixed in the same shares.

For two samples i and j and a share drawn for the pair,

.. math::
    \lambda &\sim \mathrm{Beta}(\alpha, \alpha) \tag{1} \\
    \tilde x &= \lambda x_i + (1 - \lambda) x_j \tag{2} \\
    \tilde y &= \lambda y_i + (1 - \lambda) y_j \tag{3}

with one-hot y for classes. Between the samples, where there are no data, the network learns to change
its mind evenly. Source: Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: beyond empirical risk
minimization" (2018), section 2.
"""

from __future__ import annotations

import numpy as np

from ...core.checks import check_number
from ...core.random import as_generator
from .._arguments import check_count
from .base import Augmentation, computing, restored


class MixUp(Augmentation):
    """Mix every sample of a batch with another one of the batch, inputs and targets.

    It takes inputs of any shape (batch, ...). Because it changes the targets it is called with
    them: ``pair(images, targets, rng)``.

    Parameters
    ----------
    alpha : float
        Small values leave most samples nearly alone; 1 draws every share as often.
    n_classes : int, optional
        To turn integer labels into one-hot rows. Without it targets are numbers, or one-hot already.

    Examples
    --------
    >>> X, y = np.array([[0.0], [10.0]]), np.array([0, 1])
    >>> X_mixed, y_mixed = MixUp(1.0, n_classes=2).pair(X, y, rng=2)
    >>> bool(np.allclose(10.0 * y_mixed[:, 1], X_mixed[:, 0]))
    True
    """

    def __init__(self, alpha=0.2, n_classes=None):
        self.alpha = check_number("alpha", alpha, above=0)
        self.n_classes = None if n_classes is None else check_count("n_classes", n_classes)

    def __call__(self, images, rng=None):
        """Refuse: images alone cannot be mixed without their targets."""
        raise TypeError("MixUp mixes targets, too: call pair(images, targets, rng).")

    def pair(self, images, targets, rng=None):
        """Return mixed inputs, in their dtype, and mixed targets, in floating point.

        Raises
        ------
        TypeError
            If targets are integers of one axis and n_classes was not given.
        ValueError
            If a label lies outside of the classes.
        """
        rng = as_generator(rng)
        images, targets = np.asarray(images), self._numbers(np.asarray(targets))
        partner = rng.permutation(len(images))
        share = rng.beta(self.alpha, self.alpha, len(images))  # (1)
        mixed = _mix(computing(images), partner, share)  # (2)
        return restored(mixed, images.dtype), _mix(targets, partner, share)  # (3)

    def _numbers(self, targets):
        if targets.dtype.kind not in "iub":
            return targets
        if self.n_classes is None and targets.ndim == 1:
            raise TypeError(
                "integer labels are mixed as one-hot rows: give MixUp(n_classes=...); if they are "
                "numbers, targets.astype(float)."
            )
        if self.n_classes is None or targets.ndim > 1:
            return targets.astype(np.float32)
        if targets.size and not 0 <= targets.min() <= targets.max() < self.n_classes:
            raise ValueError(
                f"labels lie in 0 to {self.n_classes - 1}; got {targets.min()} to {targets.max()}."
            )
        return np.eye(self.n_classes, dtype=np.float32)[targets.astype(np.intp)]


def _mix(x, partner, share):
    share = share.astype(x.dtype).reshape(-1, *[1] * (x.ndim - 1))
    return share * x + (1.0 - share) * x[partner]
