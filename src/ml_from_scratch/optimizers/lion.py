r"""Lion: only the sign of the momentum counts, so every number moves by the same amount.

.. math::
    c &= \beta_1 m + (1 - \beta_1) g                                              \tag{1} \\
    \theta &\leftarrow \theta - \alpha \, (\mathrm{sign}(c) + \lambda \theta)     \tag{2} \\
    m &\leftarrow \beta_2 m + (1 - \beta_2) g                                     \tag{3}
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .base import Optimizer


@dataclass(eq=False)
class Lion(Optimizer):
    """Evolved sign momentum: one vector of memory, where Adam has two.

    Steps are longer than Adam's, so the authors take a learning rate 3 to 10 times smaller and a
    weight decay larger by as much.

    Parameters
    ----------
    learning_rate : float or function of the step
        Length of every step, alpha.
    betas : pair of float
        What counts of m in the step, and what is kept of it.
    weight_decay : float
        Decoupled, as in AdamW.

    References
    ----------
    X. Chen et al., Symbolic discovery of optimization algorithms (2023), algorithm 2.
    """

    learning_rate: float = 0.0001
    betas: tuple = (0.9, 0.99)
    weight_decay: float = 0.0

    vectors = ("m",)
    decoupled = True

    def update(self, t, theta, g, m):
        """One step of fixed length, with decay."""
        beta1, beta2 = self.betas
        c = beta1 * m + (1.0 - beta1) * g  # (1)
        theta -= self.learning_rate * (np.sign(c) + self.weight_decay * theta)  # (2)
        m *= beta2
        m += (1.0 - beta2) * g  # (3)
