"""Each algorithm, as its paper has it, against ours: worked by hand or in the paper's own formulas."""

import numpy as np
import pytest

from ml_from_scratch.core import Parameter
from ml_from_scratch.optimizers import (
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    RMSProp,
)
from ml_from_scratch.optimizers.adam import nadam_momentum, nadam_product

GRADIENTS = np.random.default_rng(0).standard_normal((6, 4))
START = np.ones(4)


def run(optimizer, gradients=GRADIENTS, start=START):
    """Parameters after steps with given gradients."""
    p = Parameter(start.copy())
    optimizer.attach([p])
    for g in gradients:
        p.grad = g.copy()
        optimizer.step()
    return p.data


def test_two_steps_by_hand():
    g = np.array([[1.0], [3.0]])
    one = np.ones(1)
    assert run(SGD(0.5), g, one).tolist() == [1 - 0.5 - 1.5]
    assert run(Momentum(0.5, momentum=0.5), g, one).tolist() == [1 - 0.5 * 1 - 0.5 * 3.5]
    assert run(Nesterov(0.5, momentum=0.5), g, one).tolist() == [1 - 0.5 * 1.5 - 0.5 * (3 + 1.75)]
    assert run(AdaGrad(0.5, eps=0.0), g, one).tolist() == [1 - 0.5 - 0.5 * 3 / np.sqrt(10)]
    assert run(RMSProp(0.5, rho=0.5, eps=0.0), g[:1], one).tolist() == [1 - 0.5 / np.sqrt(0.5)]
    lion = run(Lion(0.25, betas=(0.5, 0.5), weight_decay=1.0), g, one)
    assert lion.tolist() == [1 - 0.25 * 2 - 0.25 * (1 + 0.5)]


def test_adadelta_by_hand():
    eps, rho = 1e-2, 0.5
    v1 = 0.5 * 4.0
    d1 = 2.0 * np.sqrt(eps) / np.sqrt(v1 + eps)
    v2, u1 = 0.5 * v1 + 0.5 * 1.0, 0.5 * d1**2
    d2 = 1.0 * np.sqrt(u1 + eps) / np.sqrt(v2 + eps)
    found = run(AdaDelta(1.0, rho, eps), np.array([[2.0], [1.0]]), np.zeros(1))
    np.testing.assert_allclose(found, [-d1 - d2], rtol=1e-14)


@pytest.mark.parametrize("kind", [Adam, AMSGrad, AdaMax, AdamW])
def test_adams_family_in_the_papers_words(kind):
    alpha, b1, b2, eps, decay = 0.1, 0.8, 0.9, 1e-3, 0.5 if kind is AdamW else 0.0
    theta, m, v, u, v_max = START.copy(), 0.0, 0.0, 0.0, 0.0
    for t, g in enumerate(GRADIENTS, 1):
        theta = theta - alpha * decay * theta
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        v_max, u = np.maximum(v_max, v), np.maximum(b2 * u, np.abs(g) + eps)
        m_hat = m / (1 - b1**t)
        v_hat = (v_max if kind is AMSGrad else v) / (1 - b2**t)
        theta = theta - alpha * (m_hat / u if kind is AdaMax else m_hat / (np.sqrt(v_hat) + eps))
    found = run(kind(alpha, (b1, b2), eps, weight_decay=decay))
    np.testing.assert_allclose(found, theta, rtol=1e-13)


def test_nadam_in_the_papers_words():
    alpha, b1, b2, eps, psi = 0.1, 0.8, 0.9, 1e-3, 0.5
    theta, m, v, product = START.copy(), 0.0, 0.0, 1.0
    for t, g in enumerate(GRADIENTS, 1):
        now, ahead = (b1 * (1 - 0.5 * 0.96 ** (i * psi)) for i in (t, t + 1))
        product *= now
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        m_hat = ahead * m / (1 - product * ahead) + (1 - now) * g / (1 - product)
        theta = theta - alpha * m_hat / (np.sqrt(v / (1 - b2**t)) + eps)
    found = run(NAdam(alpha, (b1, b2), eps, momentum_decay=psi))
    np.testing.assert_allclose(found, theta, rtol=1e-13)


def test_nadams_product_ends_where_it_no_longer_counts():
    whole = np.prod([nadam_momentum(i, 0.9, 0.004) for i in range(1, 51)])
    assert nadam_product(50, 0.9, 0.004) == pytest.approx(whole, rel=1e-13)
    assert nadam_product(10**9, 0.9, 0.004) == 0.0


def test_the_first_step_of_adam_has_one_length():
    """Kingma and Ba, section 2.1: the step is invariant to the scale of the gradients."""
    for scale in (1e-4, 1.0, 1e4):
        moved = run(Adam(0.01), scale * GRADIENTS[:1]) - START
        np.testing.assert_allclose(np.abs(moved), 0.01, rtol=1e-3)


def test_momentum_reaches_its_terminal_speed():
    p = run(Momentum(0.1, momentum=0.9), np.ones((400, 1)), np.zeros(1))
    before = run(Momentum(0.1, momentum=0.9), np.ones((399, 1)), np.zeros(1))
    np.testing.assert_allclose(before - p, 0.1 / (1 - 0.9))


def test_amsgrad_never_lengthens_its_steps():
    """After one huge gradient Adam forgets, AMSGrad does not."""
    gradients = np.concatenate([[[1e3]], np.full((200, 1), 1e-2)])
    adam, amsgrad = Adam(0.1, (0.0, 0.9)), AMSGrad(0.1, (0.0, 0.9))
    last = [
        run(o, gradients, np.zeros(1)) - run(o, gradients[:-1], np.zeros(1))
        for o in (adam, amsgrad)
    ]
    assert abs(last[0][0]) > 100 * abs(last[1][0])


def test_decoupled_decay_does_not_depend_on_the_gradients_size():
    decay = {}
    for kind in (Adam, AdamW):
        for scale in (1.0, 100.0):
            pulled = run(kind(0.1, weight_decay=0.1), scale * GRADIENTS)
            free = run(kind(0.1, weight_decay=0.0), scale * GRADIENTS)
            decay[kind, scale] = pulled - free
    np.testing.assert_allclose(decay[AdamW, 1.0], decay[AdamW, 100.0], rtol=1e-4)
    assert not np.allclose(decay[Adam, 1.0], decay[Adam, 100.0], rtol=0.5)


@pytest.mark.parametrize("optimizer", [Adam, AMSGrad])
def test_new_betas_between_steps_leave_the_means_of_adam_as_they_are(optimizer):
    """The paper's algorithm with means, although sums are kept."""
    rng = np.random.default_rng(0)
    w, own = Parameter(rng.standard_normal(5)), Parameter(np.zeros(5))
    theta, m, v, largest = w.data.copy(), np.zeros(5), np.zeros(5), np.zeros(5)
    adam = optimizer(0.1, betas=(0.9, 0.99))
    adam.attach([{"parameters": [w]}, {"parameters": [own], "betas": (0.5, 0.5)}])
    for t in range(1, 7):
        if t == 4:
            adam.betas = (0.5, 0.8)
        beta1, beta2 = adam.betas
        w.grad = g = rng.standard_normal(5)
        own.grad = np.ones(5)
        adam.step()
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        largest = np.maximum(largest, v) if optimizer is AMSGrad else v
        root = np.sqrt(largest / (1 - beta2**t)) + 1e-8
        theta = theta - 0.1 * m / (1 - beta1**t) / root
        np.testing.assert_allclose(w.data, theta, rtol=1e-12)
    np.testing.assert_allclose(own.data, -0.6, rtol=1e-6)  # equal gradients: steps of one length


def test_new_betas_of_a_group_or_of_a_loaded_state_leave_the_means_too():
    def run(change):
        w = Parameter(np.zeros(3))
        adam = Adam(0.1).attach([{"parameters": [w], "betas": (0.8, 0.99)}])
        for t in range(4):
            if t == 3:
                adam = change(adam, w)
            w.grad = np.array([1.0, 2.0, -0.5]) * (t + 1)
            adam.step()
        return w.data

    def by_group(adam, w):
        adam.groups[0].options["betas"] = (0.5, 0.5)
        return adam

    def by_attribute(adam, w):
        adam.groups[0].options.pop("betas")
        adam.betas = (0.5, 0.5)
        return adam

    def after_loading(adam, w):
        other = Adam(0.1).attach([{"parameters": [w], "betas": (0.7, 0.7)}])
        other.load_state_dict(adam.state_dict())
        return by_group(other, w)

    m = v = 0.0
    for t, (beta1, beta2) in enumerate([(0.8, 0.99)] * 3 + [(0.5, 0.5)]):
        g = np.array([1.0, 2.0, -0.5]) * (t + 1)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    last = 0.1 * m / (1 - 0.5**4) / (np.sqrt(v / (1 - 0.5**4)) + 1e-8)
    before = Parameter(np.zeros(3))
    plain = Adam(0.1, betas=(0.8, 0.99)).attach([before])
    for t in range(3):
        before.grad = np.array([1.0, 2.0, -0.5]) * (t + 1)
        plain.step()
    for change in (by_group, by_attribute, after_loading):
        np.testing.assert_allclose(run(change), before.data - last, rtol=1e-10)
