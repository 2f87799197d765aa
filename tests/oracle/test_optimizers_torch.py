"""Optimisers and schedules against torch's: fifty steps of the same trajectory."""

from dataclasses import replace

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
    Constant,
    Cosine,
    Exponential,
    Momentum,
    NAdam,
    Nesterov,
    OneCycle,
    Plateau,
    RMSProp,
    Step,
    WarmUp,
    clip_by_global_norm,
    clip_by_value,
)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
optim = torch.optim

CASES = {
    "SGD": (SGD(0.05), optim.SGD, {"lr": 0.05}),
    "Momentum": (Momentum(0.05), optim.SGD, {"lr": 0.05, "momentum": 0.9}),
    "Nesterov": (Nesterov(0.05), optim.SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "AdaGrad": (AdaGrad(), optim.Adagrad, {}),
    "RMSProp": (RMSProp(), optim.RMSprop, {}),
    "AdaDelta": (AdaDelta(), optim.Adadelta, {}),
    "Adam": (Adam(), optim.Adam, {}),
    "Adam's options": (
        Adam(0.05, (0.8, 0.95), 1e-3),
        optim.Adam,
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3},
    ),
    "AMSGrad": (AMSGrad(0.05), optim.Adam, {"lr": 0.05, "amsgrad": True}),
    "AdaMax": (AdaMax(), optim.Adamax, {}),
    "NAdam": (NAdam(), optim.NAdam, {}),
    "AdamW": (AdamW(), optim.AdamW, {}),
}
rng = np.random.default_rng(0)
A, B = rng.standard_normal((12, 6)), rng.standard_normal((12, 2))
STARTS = [rng.standard_normal((6, 2)), rng.standard_normal(2)]


def objective(w, b, numpy_or_torch, a, y):
    """A least-squares problem with a bend, so that gradients change their signs and sizes."""
    return (numpy_or_torch.tanh(a @ w + b) - y).__pow__(2).sum()


@pytest.mark.parametrize("weight_decay", [None, 0.1])
@pytest.mark.parametrize("case", CASES)
def test_fifty_steps_are_torchs(case, weight_decay):
    ours, theirs, options = CASES[case]
    if weight_decay is not None:
        ours = replace(ours, weight_decay=weight_decay)
        options = {**options, "weight_decay": weight_decay}
    w, b = [Parameter(x.copy()) for x in STARTS]
    tw, tb = [torch.tensor(x, requires_grad=True) for x in STARTS]
    ours.attach([w, b])
    theirs = theirs([tw, tb], **options)
    ta, ty = torch.tensor(A), torch.tensor(B)
    for _ in range(50):
        ours.zero_grad()
        theirs.zero_grad()
        objective(w, b, np, A, B).backward()
        objective(tw, tb, torch, ta, ty).backward()
        ours.step()
        theirs.step()
        np.testing.assert_allclose(w.data, tw.detach(), rtol=0, atol=1e-6)
        np.testing.assert_allclose(b.data, tb.detach(), rtol=0, atol=1e-6)
    assert np.abs(w.data - STARTS[0]).max() > 1e-3  # it did move


def test_a_parameter_that_thaws_later_has_its_own_step_number():
    w, b = [Parameter(x.copy()) for x in STARTS]
    tw, tb = [torch.tensor(x, requires_grad=True) for x in STARTS]
    ours, theirs = Adam(0.05).attach([w, b]), optim.Adam([tw, tb], lr=0.05)
    for step in range(20):
        b.frozen = step < 10
        ours.zero_grad()
        theirs.zero_grad(set_to_none=True)
        objective(w, b, np, A, B).backward()
        objective(tw, tb, torch, torch.tensor(A), torch.tensor(B)).backward()
        if step < 10:
            tb.grad = None
        ours.step()
        theirs.step()
    np.testing.assert_allclose(b.data, tb.detach(), rtol=0, atol=1e-9)


# ---- schedules -----------------------------------------------------------------------------------
def torchs_rates(make, n, rate=0.1):
    """The learning rates that a torch scheduler gives to n steps."""
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = make(optimizer)
    rates = []
    for _ in range(n):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


lr = optim.lr_scheduler
SCHEDULES = {
    "Constant": (Constant(0.1), lambda o: lr.ConstantLR(o, 1.0)),
    "Step": (Step(0.1, every=7, factor=0.3), lambda o: lr.StepLR(o, 7, 0.3)),
    "Exponential": (Exponential(0.1, 0.9), lambda o: lr.ExponentialLR(o, 0.9)),
    "Cosine": (Cosine(0.1, 40, lowest=0.01), lambda o: lr.CosineAnnealingLR(o, 40, 0.01)),
    "OneCycle": (OneCycle(0.1, 40), lambda o: lr.OneCycleLR(o, 0.1, 40, cycle_momentum=False)),
    "OneCycle's options": (
        OneCycle(0.1, 40, 0.5, 10.0, 100.0),
        lambda o: lr.OneCycleLR(
            o, 0.1, 40, pct_start=0.5, div_factor=10, final_div_factor=100, cycle_momentum=False
        ),
    ),
    "WarmUp": (
        WarmUp(Cosine(0.1, 30), n_steps=9),
        lambda o: lr.SequentialLR(
            o, [lr.LinearLR(o, 0.1, total_iters=9), lr.CosineAnnealingLR(o, 30)], [9]
        ),
    ),
}


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("case", SCHEDULES)
def test_schedules_are_torchs(case):
    schedule, make = SCHEDULES[case]
    expected = torchs_rates(make, 39)
    np.testing.assert_allclose([schedule(t) for t in range(39)], expected, rtol=1e-12)


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("cooldown", [0, 2])
def test_plateau_is_torchs(mode, cooldown):
    metrics = np.round(np.cumsum(np.random.default_rng(3).normal(size=60)) + 20, 1)
    ours = Plateau(0.1, factor=0.5, patience=2, cooldown=cooldown, lowest=0.005, mode=mode)
    optimizer = optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    theirs = lr.ReduceLROnPlateau(
        optimizer, mode=mode, factor=0.5, patience=2, cooldown=cooldown, min_lr=0.005
    )
    rates = []
    for metric in metrics.tolist():
        ours.tell(metric)
        theirs.step(metric)
        rates.append(ours(0))
        assert ours(0) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
    assert len(set(rates)) > 2


# ---- clipping ------------------------------------------------------------------------------------
@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_clipping_is_torchs(limit):
    gradients = [rng.standard_normal((4, 3)), rng.standard_normal(5)]
    for clip, theirs in [
        (clip_by_global_norm, torch.nn.utils.clip_grad_norm_),
        (clip_by_value, torch.nn.utils.clip_grad_value_),
    ]:
        ours = [Parameter(np.zeros_like(g)) for g in gradients]
        tensors = [torch.zeros(g.shape, dtype=torch.float64) for g in gradients]
        for p, t, g in zip(ours, tensors, gradients):
            p.grad, t.grad = g.copy(), torch.tensor(g)
        norm = clip(ours, limit)
        expected = theirs(tensors, limit)
        if expected is not None:
            assert norm == pytest.approx(expected.item())
        for p, t in zip(ours, tensors):
            np.testing.assert_allclose(p.grad, t.grad, rtol=3e-6)  # torch adds 1e-6 to the norm
