"""Schedules: their landmarks, their states, and what they refuse."""

import math

import numpy as np
import pytest

from ml_from_scratch.core import checkpoint
from ml_from_scratch.optimizers import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    InverseSquareRoot,
    OneCycle,
    Plateau,
    Schedule,
    Step,
    WarmUp,
)
from ml_from_scratch.optimizers.schedules import learning_rate_from_state, learning_rate_state

EXAMPLES = [
    Constant(0.1),
    Step(0.1, every=3, factor=0.5),
    Exponential(0.1, 0.9),
    Cosine(0.1, 10, lowest=0.01),
    OneCycle(0.1, 10),
    InverseSquareRoot(0.1, warm_up=4),
    WarmUp(Cosine(0.1, 10), n_steps=4),
    WarmUp(WarmUp(Plateau(0.1), 2), 3),
    Plateau(0.1),
    Plateau(0.1, mode="max"),
]


def test_every_schedule_has_an_example():
    assert SCHEDULES
    assert {type(schedule) for schedule in EXAMPLES} == set(SCHEDULES.values())


@pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
def test_rates_are_floats_of_at_least_0_forever(schedule):
    rates = [schedule(t) for t in [*range(30), 10**6]]
    assert all(type(rate) is float and 0 <= rate <= 0.1 + 1e-15 for rate in rates)
    assert eval(repr(schedule)) == schedule


@pytest.mark.parametrize("schedule", EXAMPLES, ids=repr)
def test_states_go_through_a_file(schedule, tmp_path):
    checkpoint.save(tmp_path / "rate", learning_rate_state(schedule))
    back = learning_rate_from_state(checkpoint.load(tmp_path / "rate"), None)
    assert vars(back) == vars(schedule)
    assert [back(t) for t in range(20)] == [schedule(t) for t in range(20)]


def test_landmarks():
    step = Step(1.0, every=3, factor=0.5)
    assert [step(t) for t in (0, 2, 3, 5, 6)] == [1.0, 1.0, 0.5, 0.5, 0.25]
    assert Exponential(1.0, 0.5)(3) == 0.125
    cosine = Cosine(1.0, 10, lowest=0.2)
    assert [cosine(0), cosine(10), cosine(11)] == [1.0, 0.2, 0.2]
    assert cosine(5) == pytest.approx(0.6)
    root = InverseSquareRoot(1.0, warm_up=4)
    assert [root(0), root(3), root(15)] == [0.25, 1.0, 0.5]
    cycle = OneCycle(1.0, 11, peak_at=0.5, start_divisor=4.0, end_divisor=10.0)
    rates = [cycle(t) for t in range(12)]
    assert rates[0] == 0.25 and rates[10] == rates[11] == pytest.approx(0.025)
    assert max(rates) == pytest.approx(1.0, abs=0.05)


def test_the_papers_rate_for_transformers():
    """Vaswani et al., equation 3: d_model^-0.5 min(t^-0.5, t warmup^-1.5)."""
    d_model, w = 512, 4000
    schedule = InverseSquareRoot(1 / math.sqrt(d_model * w), warm_up=w)
    for t in (1, 100, 4000, 100000):
        assert schedule(t - 1) == pytest.approx(d_model**-0.5 * min(t**-0.5, t * w**-1.5))


def test_warm_up_leads_to_where_the_other_starts():
    schedule = WarmUp(Cosine(1.0, 10), n_steps=4)
    np.testing.assert_allclose([schedule(t) for t in range(5)], [0.2, 0.4, 0.6, 0.8, 1.0])
    assert [schedule(4 + t) for t in range(12)] == [Cosine(1.0, 10)(t) for t in range(12)]
    assert WarmUp(0.5, 1)(0) == 0.25 and WarmUp(0.5, 1)(1) == 0.5
    assert WarmUp(lambda t: 1.0 + t, 1)(3) == 3.0
    assert WarmUp(0.5, 0)(0) == 0.5


def test_plateau_waits_and_cools_down():
    plateau = Plateau(1.0, factor=0.5, patience=1, cooldown=2, lowest=0.2)
    rates = []
    for metric in [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]:
        plateau.tell(metric)
        rates.append(plateau(0))
    assert rates == [1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]
    for _ in range(10):
        plateau.tell(5.0)
    assert plateau(0) == 0.2
    plateau.tell(1.0)
    assert plateau.best == 1.0


def test_plateau_wants_more_than_a_trifle():
    plateau = Plateau(1.0, patience=0, threshold=0.1)
    plateau.tell(10.0)
    plateau.tell(9.5)
    assert plateau(0) == 0.1


def test_a_lowest_rate_above_the_first_does_not_raise_it():
    plateau = Plateau(0.1, patience=0, lowest=0.5)
    plateau.tell(1.0)
    plateau.tell(1.0)
    assert plateau(0) == 0.1


def test_nan_is_no_improvement():
    plateau = Plateau(1.0, patience=0)
    plateau.tell(1.0)
    plateau.tell(math.nan)
    assert plateau(0) == 0.1 and plateau.best == 1.0


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: Constant(-1.0), "learning_rate"),
        (lambda: Step(0.1, every=0), "every must be an integer"),
        (lambda: Step(0.1, 2, factor=0.0), "factor"),
        (lambda: Exponential(0.1, -1.0), "factor"),
        (lambda: Cosine(0.1, 0), "n_steps"),
        (lambda: Cosine(0.1, 5, lowest=-1.0), "lowest"),
        (lambda: OneCycle(0.1, 1), "n_steps"),
        (lambda: OneCycle(0.1, 10, peak_at=1.0), "peak_at"),
        (lambda: OneCycle(0.1, 10, start_divisor=0.0), "start_divisor"),
        (lambda: InverseSquareRoot(0.1, 0), "warm_up"),
        (lambda: WarmUp(0.1, -1), "n_steps"),
        (lambda: WarmUp(-0.1, 1), "learning_rate"),
        (lambda: Plateau(0.1, factor=1.0), "factor"),
        (lambda: Plateau(0.1, mode="lowest"), "mode must be one of 'min', 'max'"),
    ],
)
def test_what_makes_no_sense_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_states_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="of the schedule Cosine; this is Step"):
        Step(0.1, 3).load_state_dict(Cosine(0.1, 3).state_dict())
    with pytest.raises(ValueError, match="'Zigzag', which is not one of Constant"):
        learning_rate_from_state({"kind": "Zigzag"}, None)
    with pytest.raises(ValueError, match="Step: the state differs in call, every"):
        Step(0.1, 3).load_state_dict(
            {"kind": "Step", "learning_rate": 0.1, "factor": 0.5, "call": 1}
        )
    with pytest.raises(NotImplementedError, match="__call__"):
        Schedule()(0)


def test_a_schedule_of_ones_own_is_restored_where_it_stands():
    class Zigzag(Schedule):
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, step):
            return self.rate * (step % 2)

    mine = Zigzag(1.0)
    assert learning_rate_from_state(Zigzag(3.0).state_dict(), mine) is mine
    assert mine(1) == 3.0
