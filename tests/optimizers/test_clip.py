"""Clipping: the norm over everything, exact limits, and gradients that are not numbers."""

import math

import numpy as np
import pytest

from ml_from_scratch.core import Parameter
from ml_from_scratch.optimizers import (
    SGD,
    ClipByGlobalNorm,
    ClipByValue,
    clip_by_global_norm,
    clip_by_value,
)


def with_gradients(*gradients):
    ps = [Parameter(np.zeros(np.shape(g))) for g in gradients]
    for p, g in zip(ps, gradients):
        p.grad = np.array(g)
    return ps


def test_one_factor_for_all():
    a, b = with_gradients([[3.0]], [0.0, 4.0])
    assert clip_by_global_norm([a, b], 1.0) == 5.0
    np.testing.assert_allclose([a.grad[0, 0], *b.grad], [0.6, 0.0, 0.8])
    assert clip_by_global_norm([a, b], 1.0) == pytest.approx(1.0)


def test_small_gradients_are_left_alone():
    (a,) = with_gradients([3.0, 4.0])
    assert clip_by_global_norm([a], 5.0) == 5.0
    assert clip_by_value([a], 4.0) == 4.0
    assert a.grad.tolist() == [3.0, 4.0]


def test_a_tied_weight_counts_once_and_the_rest_is_passed_by():
    (a,) = with_gradients([3.0, 4.0])
    no_gradient = Parameter([1.0])
    assert clip_by_global_norm([a, no_gradient, a], 2.5) == 5.0
    np.testing.assert_allclose(a.grad, [1.5, 2.0])
    assert no_gradient.grad is None
    assert clip_by_global_norm([no_gradient], 1.0) == 0.0 == clip_by_value([], 1.0)


def test_each_entry_by_itself():
    (a,) = with_gradients([-3.0, 0.5, 2.0])
    assert clip_by_value([a], 1.0) == 3.0
    assert a.grad.tolist() == [-1.0, 0.5, 1.0]


def test_an_optimizers_buffer_is_clipped_in_place():
    w = Parameter(np.array([1.0, 1.0], np.float32))
    optimizer = SGD(1.0).attach([w])
    np.sum(w * np.array([30.0, 40.0], np.float32)).backward()
    assert ClipByGlobalNorm(5.0)([w]) == 50.0
    assert w.grad is w.place and w.grad.dtype == np.float32
    optimizer.step()
    np.testing.assert_allclose(w.data, [-2.0, -3.0], rtol=1e-6)
    w.grad[...] = 9.0
    assert ClipByValue(0.5)([w]) == 9.0
    assert optimizer.groups[0].flat.gradient.tolist() == [0.5, 0.5]


def test_squares_that_overflow(recwarn):
    p = Parameter(np.zeros(2, np.float32))
    p.grad = np.array([3e30, 4e30], np.float32)
    assert clip_by_global_norm([p], 1.0) == pytest.approx(5e30)
    np.testing.assert_allclose(p.grad, [0.6, 0.8], rtol=1e-6)
    assert not recwarn.list


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_is_reported_and_left_for_the_loop_to_find(bad):
    a, b = with_gradients([1.0, bad], [2.0])
    assert not math.isfinite(clip_by_global_norm([a, b], 1.0))
    np.testing.assert_array_equal(a.grad, [1.0, bad])
    assert b.grad.tolist() == [2.0]
    largest = clip_by_value([a, b], 1.0)
    assert math.isnan(largest) if math.isnan(bad) else largest == math.inf
    assert b.grad.tolist() == [1.0]
    assert math.isnan(a.grad[1]) if math.isnan(bad) else a.grad[1] == 1.0


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan])
def test_limits_are_above_0(limit):
    for make in (ClipByGlobalNorm, ClipByValue):
        with pytest.raises(ValueError, match="must be a number above 0"):
            make(limit)
    for clip in (clip_by_global_norm, clip_by_value):
        with pytest.raises(ValueError, match="must be a number above 0"):
            clip([], limit)


def test_empty_parameters_have_no_norm():
    (a,) = with_gradients(np.zeros((0, 3)))
    assert clip_by_global_norm([a], 1.0) == clip_by_value([a], 1.0) == 0.0
