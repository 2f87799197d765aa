"""One Newton step for many weights: the minimum on the plane, or the first bound on the way."""

import numpy as np

from ml_from_scratch.models.kernels.newton import newton_step

rng = np.random.default_rng(0)
A = rng.normal(size=(5, 7))
K, F = A @ A.T, rng.normal(size=5)
FAR = np.full(5, 1e9)


def test_without_bounds_it_ends_where_all_gradients_are_equal():
    step, hit = newton_step(K, F, -FAR, FAR)
    left = F - K @ step
    np.testing.assert_allclose(left, left.mean(), atol=1e-6)
    assert hit is None and abs(step.sum()) < 1e-9


def test_the_first_bound_ends_it():
    whole, _ = newton_step(K, F, -FAR, FAR)
    up = FAR.copy()
    k = int(whole.argmax())
    up[k] = 0.25 * whole[k]
    step, hit = newton_step(K, F, -FAR, up)
    np.testing.assert_allclose(step, 0.25 * whole)
    assert hit == k
    down = -FAR
    down[int(whole.argmin())] = 0.1 * whole.min()
    assert newton_step(K, F, down, FAR)[1] == whole.argmin()


def test_flat_directions_go_to_a_bound():
    step, hit = newton_step(np.ones((3, 3)), np.array([1.0, 0.0, 0.0]), -np.ones(3), np.ones(3))
    assert hit is not None and np.abs(step).max() == 1.0 and abs(step.sum()) < 1e-9


def test_nothing_to_gain_and_nothing_to_compute():
    for matrix, gradient in ((K, np.full(5, 3.0)), (np.full((5, 5), np.nan), F)):
        step, hit = newton_step(matrix, gradient, -FAR, FAR)
        assert not step.any() and hit is None
