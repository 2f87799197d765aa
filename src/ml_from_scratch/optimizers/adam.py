r"""Adam and its family: momentum, with a step length for every number.

The mean m of the gradients and the mean v of their squares begin at 0 and are therefore too small;
their expectations are right after division by :math:`1 - \beta^t` at step t:

.. math::
    m &\leftarrow \beta_1 m + (1 - \beta_1) g                                              \tag{1} \\
    v &\leftarrow \beta_2 v + (1 - \beta_2) g^2                                            \tag{2} \\
    \theta &\leftarrow \theta - \alpha \, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon} \tag{3}

What is kept beside the parameters are the sums :math:`M = m / (1 - \beta_1)` and :math:`V = v / (1 - \beta_2)`.
With them all factors leave the vectors, as the paper proposes for the corrections at the end of its section 2:
the same number with four vector operations fewer,

.. math::
    M &\leftarrow \beta_1 M + g, \qquad V \leftarrow \beta_2 V + g^2                       \\
    \epsilon_t &= \epsilon \sqrt{\frac{1 - \beta_2^t}{1 - \beta_2}}, \qquad
    \alpha_t = \alpha \, \frac{1 - \beta_1}{1 - \beta_1^t} \sqrt{\frac{1 - \beta_2^t}{1 - \beta_2}}, \qquad
    \theta \leftarrow \theta - \alpha_t \, M / (\sqrt{V} + \epsilon_t). \tag{4}

The relatives change one thing each: AMSGrad divides by the largest V so far,

.. math::
    W &\leftarrow \max(W, V)                                                               \tag{5} \\
    \theta &\leftarrow \theta - \alpha_t \, M / (\sqrt{W} + \epsilon_t),                   \tag{6}

AdaMax has a maximum in place of the mean of squares,

.. math::
    u &\leftarrow \max(\beta_2 u, |g| + \epsilon)                                          \tag{7} \\
    \theta &\leftarrow \theta - \frac{\alpha}{1 - \beta_1^t} \, m / u,                     \tag{8}

NAdam looks ahead as Nesterov's momentum does, with momenta :math:`\mu_t` that grow to :math:`\beta_1`,

.. math::
    \mu_t &= \beta_1 \big( 1 - 0.5 \cdot 0.96^{t \psi} \big)                               \tag{9} \\
    \hat m &= \frac{\mu_{t+1} \, m}{1 - \prod_{i \le t+1} \mu_i}
              + \frac{(1 - \mu_t) \, g}{1 - \prod_{i \le t} \mu_i}                         \tag{10} \\
    \theta &\leftarrow \theta - \alpha \, \frac{\hat m}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}, \tag{11}

and AdamW decays the parameters themselves, by the same share whatever their gradients:

.. math:: \theta \leftarrow \theta - \alpha \lambda \theta \tag{12}

before Adam's step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .base import Optimizer


@dataclass(eq=False)
class Adam(Optimizer):
    """Adaptive moment estimation.

    Parameters
    ----------
    learning_rate : float or function of the step
        About the length of a step, alpha.
    betas : pair of float
        What is kept of m and of v at each step, from 0 to less than 1.
    eps : float
        Keeps the division finite.
    weight_decay : float
        L2 regularisation (for the other kind see AdamW).

    Notes
    -----
    The sum of squares is 1 / (1 - beta2) times their mean. In float16, which ends at 65,504, it is infinite
    where gradients stay above 8, and nothing moves then: train in float32.

    References
    ----------
    D. P. Kingma and J. Ba, Adam: a method for stochastic optimization (2015), algorithm 1.

    Examples
    --------
    >>> from ml_from_scratch.core import Parameter
    >>> w = Parameter([4.0, -0.01])
    >>> optimizer = Adam(learning_rate=0.5).attach([w])
    >>> (w**2).sum().backward()
    >>> optimizer.step()
    >>> [round(x, 4) for x in w.data.tolist()]  # a first step has one length, whatever the gradient
    [3.5, 0.49]
    """

    learning_rate: float = 0.001
    betas: tuple = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0

    vectors = ("M", "V")
    scratch = ("u",)

    def attach(self, parameters):
        """Adopt parameters; see Optimizer."""
        super().attach(parameters)
        self._note_betas()
        return self

    def load_state_dict(self, state) -> None:
        """Take over a saved state; see Optimizer."""
        super().load_state_dict(state)
        self._note_betas()

    def _note_betas(self):
        """Remember which betas the sums of each group belong to."""
        for group in self.groups:
            group.betas = group.options.get("betas", self.betas)

    def _step(self, group, rule):
        """Update a group; with new betas the sums are others of the same means."""
        if rule.betas != group.betas:
            _keep_means(group.vectors, group.betas, rule.betas)
            group.betas = rule.betas
        super()._step(group, rule)

    def update(self, t, theta, g, M, V, u):
        """One step of algorithm 1, computed in u."""
        self.add(g, M, V, u)
        self.descend(t, theta, M, V, u)

    def add(self, g, M, V, u):
        """Take a gradient into both sums."""
        beta1, beta2 = self.betas
        M *= beta1
        M += g  # (1)
        V *= beta2
        V += np.multiply(g, g, out=u)  # (2)

    def descend(self, t, theta, M, V, u):
        """Step along M, divided by the root of V: alpha_t M / (sqrt(V) + eps_t) is made in u."""
        alpha_t, eps_t = self.corrected(t)
        np.sqrt(V, out=u)
        u += eps_t
        np.divide(M, u, out=u)
        u *= alpha_t
        theta -= u  # (3) (4)

    def corrected(self, t):
        """Return alpha and eps with the corrections of step t, and what makes means of sums, in them."""
        beta1, beta2 = self.betas
        root = math.sqrt((1.0 - beta2**t) / (1.0 - beta2))
        return self.learning_rate * (1.0 - beta1) / (1.0 - beta1**t) * root, self.eps * root  # (4)


def _keep_means(vectors, before, after):
    """Turn the sums that belong to one pair of betas into those of another, means being equal."""
    of_m, of_v = ((1.0 - old) / (1.0 - new) for old, new in zip(before, after))
    for name, vector in vectors.items():
        vector *= of_m if name == "M" else of_v


@dataclass(eq=False)
class AMSGrad(Adam):
    """Adam whose steps cannot grow again: it divides by the largest sum of squares so far.

    With Adam's corrections, as torch has it; the paper has none.

    References
    ----------
    S. J. Reddi, S. Kale and S. Kumar, On the convergence of Adam and beyond (2018), algorithm 2.
    """

    vectors = ("M", "V", "W")

    def update(self, t, theta, g, M, V, W, u):
        """One step, divided by the largest sum of squares."""
        self.add(g, M, V, u)
        np.maximum(W, V, out=W)  # (5)
        self.descend(t, theta, M, W, u)  # (6)


@dataclass(eq=False)
class AdaMax(Optimizer):
    """Adam in the maximum norm: no step is longer than the learning rate.

    Parameters
    ----------
    learning_rate : float or function of the step
        The longest step, alpha.
    betas : pair of float
        What is kept of m and of u at each step.
    eps : float
        Keeps the division finite, inside the maximum as in torch; the paper has none.
    weight_decay : float
        L2 regularisation.

    References
    ----------
    D. P. Kingma and J. Ba, Adam: a method for stochastic optimization (2015), algorithm 2.
    """

    learning_rate: float = 0.002
    betas: tuple = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0

    vectors = ("m", "u")

    def update(self, t, theta, g, m, u):
        """One step of algorithm 2."""
        beta1, beta2 = self.betas
        m *= beta1
        m += (1.0 - beta1) * g
        u *= beta2
        np.maximum(u, np.abs(g) + self.eps, out=u)  # (7)
        theta -= self.learning_rate / (1.0 - beta1**t) * (m / u)  # (8)


@dataclass(eq=False)
class NAdam(Adam):
    """Adam with Nesterov's momentum.

    Parameters
    ----------
    learning_rate : float or function of the step
        About the length of a step, alpha.
    betas : pair of float
        What is kept of m and of v at each step.
    eps : float
        Keeps the division finite.
    weight_decay : float
        L2 regularisation.
    momentum_decay : float
        How fast the momentum grows from beta1 / 2 to beta1, psi.

    References
    ----------
    T. Dozat, Incorporating Nesterov momentum into Adam (2016), algorithm 2, with the momenta of its
    first version, as torch has them.
    """

    learning_rate: float = 0.002
    momentum_decay: float = 0.004

    scratch = ("u", "w")

    def update(self, t, theta, g, M, V, u, w):
        """One step along the mean as it will be."""
        self.add(g, M, V, u)
        beta1, beta2 = self.betas
        now, ahead = (nadam_momentum(i, beta1, self.momentum_decay) for i in (t, t + 1))
        product = nadam_product(t, beta1, self.momentum_decay)
        np.multiply(M, (1.0 - beta1) * ahead / (1.0 - product * ahead), out=u)
        u += np.multiply(g, (1.0 - now) / (1.0 - product), out=w)  # (10)
        root = math.sqrt((1.0 - beta2**t) / (1.0 - beta2))
        np.sqrt(V, out=w)
        w += self.eps * root
        u /= w
        u *= self.learning_rate * root
        theta -= u  # (11)


def nadam_momentum(t, beta1, psi):
    """Return the momentum of step t."""
    return beta1 * (1.0 - 0.5 * 0.96 ** (t * psi))  # (9)


@lru_cache(maxsize=64)
def nadam_product(t, beta1, psi):
    """Return the product of all momenta up to step t; what 1 less it could not show is 0."""
    product = 1.0
    for i in range(1, t + 1):
        product *= nadam_momentum(i, beta1, psi)
        if product < 1e-17:
            return 0.0
    return product


@dataclass(eq=False)
class AdamW(Adam):
    """Adam with decoupled weight decay: the decay is not divided by the size of the gradients.

    Parameters
    ----------
    learning_rate : float or function of the step
        About the length of a step, alpha; the decay is multiplied by it, too.
    betas : pair of float
        What is kept of m and of v at each step.
    eps : float
        Keeps the division finite.
    weight_decay : float
        The share by which parameters shrink, lambda, for each unit of the learning rate.

    References
    ----------
    I. Loshchilov and F. Hutter, Decoupled weight decay regularization (2019), algorithm 2.
    """

    weight_decay: float = 0.01

    decoupled = True

    def update(self, t, theta, g, M, V, u):
        """Decay, then Adam's step."""
        theta *= 1.0 - self.learning_rate * self.weight_decay  # (12)
        super().update(t, theta, g, M, V, u)
