"""Losses against torch's: values and gradients, in every reduction."""

import numpy as np
import pytest

from ml_from_scratch.losses import (
    MAE,
    MSE,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    KLDivergence,
    Poisson,
)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
F = torch.nn.functional

rng = np.random.default_rng(0)
Z, T = rng.standard_normal((7, 5)), rng.dirichlet(np.ones(5), 7)
P = rng.dirichlet(np.ones(5), 7)
Y, COUNTS = rng.integers(0, 5, 7), rng.integers(0, 6, (7, 5))
C = rng.uniform(0.5, 2.0, 5)
SEQUENCE, LABELS = rng.standard_normal((2, 3, 5)), rng.integers(0, 5, (2, 3))


def of_log(function):
    """torch's negative log-likelihood, which takes log-probabilities, as a function of probabilities."""
    return lambda p, y, **options: function(torch.log(p), y, **options)


def sequences(z, y, **options):
    """torch wants the classes on axis 1."""
    return F.cross_entropy(z.movedim(-1, 1), y, **options)


CASES = {
    "mse": (MSE, F.mse_loss, Z, T, {}),
    "mae": (MAE, F.l1_loss, Z, T, {}),
    "huber": (lambda **k: Huber(0.7, **k), F.huber_loss, Z, T, {"delta": 0.7}),
    "logits": (lambda **k: CrossEntropy(True, **k), F.cross_entropy, Z, Y, {}),
    "soft": (lambda **k: CrossEntropy(True, **k), F.cross_entropy, Z, T, {}),
    "smooth": (
        lambda **k: CrossEntropy(True, 0.1, **k),
        F.cross_entropy,
        Z,
        Y,
        {"label_smoothing": 0.1},
    ),
    "smooth soft": (
        lambda **k: CrossEntropy(True, 0.1, **k),
        F.cross_entropy,
        Z,
        T,
        {"label_smoothing": 0.1},
    ),
    "class weights": (
        lambda **k: CrossEntropy(True, class_weight=C, **k),
        F.cross_entropy,
        Z,
        Y,
        {"weight": torch.tensor(C)},
    ),
    "sequences": (lambda **k: CrossEntropy(True, **k), sequences, SEQUENCE, LABELS, {}),
    "probabilities": (CrossEntropy, of_log(F.nll_loss), P, Y, {}),
    "binary": (BinaryCrossEntropy, F.binary_cross_entropy, P, T, {}),
    "binary logits": (
        lambda **k: BinaryCrossEntropy(True, **k),
        F.binary_cross_entropy_with_logits,
        10 * Z,
        T,
        {},
    ),
    "poisson": (
        Poisson,
        F.poisson_nll_loss,
        P,
        COUNTS,
        {"log_input": False, "eps": 0.0},
    ),
    "poisson log": (lambda **k: Poisson(True, **k), F.poisson_nll_loss, Z, COUNTS, {}),
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("case", CASES)
def test_equals_torch(case, reduction):
    ours, theirs, y_pred, y_true, options = CASES[case]
    loss, x = ours(reduction=reduction), torch.tensor(y_pred, requires_grad=True)
    value = theirs(x, torch.tensor(y_true), reduction=reduction, **options)
    value.sum().backward()
    np.testing.assert_allclose(loss(y_pred, y_true), value.detach(), rtol=1e-12)
    np.testing.assert_allclose(loss.gradient(y_pred, y_true), x.grad, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("from_logits", [False, True])
def test_the_divergence_is_torchs_batchmean(from_logits):
    x = torch.tensor(Z if from_logits else P, requires_grad=True)
    log_p = torch.log_softmax(x, -1) if from_logits else torch.log(x)
    value = F.kl_div(log_p, torch.tensor(T), reduction="batchmean")
    value.backward()
    loss = KLDivergence(from_logits)
    np.testing.assert_allclose(loss(Z if from_logits else P, T), value.item(), rtol=1e-12)
    np.testing.assert_allclose(loss.gradient(Z if from_logits else P, T), x.grad, rtol=1e-10)


def test_huge_logits_agree_in_float32():
    z = (200 * rng.standard_normal((50, 5))).astype(np.float32)
    y = rng.integers(0, 5, 50)
    ours = CrossEntropy(from_logits=True)(z, y)
    np.testing.assert_allclose(ours, F.cross_entropy(torch.tensor(z), torch.tensor(y)), rtol=1e-6)
