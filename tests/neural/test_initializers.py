"""Initializers: variances and limits from the fans, orthogonal matrices, one draw for both dtypes."""

import numpy as np
import pytest

from ml_from_scratch.neural import initializers
from ml_from_scratch.neural.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Initializer,
    LeCunNormal,
    LeCunUniform,
    Ones,
    Orthogonal,
    RandomNormal,
    Zeros,
    fans,
)

SHAPE = (300, 200)
VARIANCES = {
    LeCunNormal: 1 / 300,
    LeCunUniform: 1 / 300,
    HeNormal: 2 / 300,
    HeUniform: 2 / 300,
    GlorotNormal: 2 / 500,
    GlorotUniform: 2 / 500,
}
ALL = [
    *(kind() for kind in VARIANCES),
    Orthogonal(),
    RandomNormal(),
    Constant(0.3),
    Zeros(),
    Ones(),
]
every = pytest.mark.parametrize("initializer", ALL, ids=repr)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_all_are_here():
    public = [
        kind
        for name, kind in vars(initializers).items()
        if isinstance(kind, type) and issubclass(kind, Initializer) and not name.startswith("_")
    ]
    assert {type(i) for i in ALL} == set(public) - {Initializer}


@pytest.mark.parametrize("kind", VARIANCES)
def test_mean_and_variance(kind):
    w = kind()(SHAPE, rng(), np.float64)
    n, variance = w.size, VARIANCES[kind]
    assert abs(w.mean()) < 5 * np.sqrt(variance / n)
    assert abs(w.var() / variance - 1) < 5 * np.sqrt(2 / n)


@pytest.mark.parametrize("kind", [LeCunUniform, HeUniform, GlorotUniform])
def test_a_uniform_draw_reaches_its_limit_and_no_farther(kind):
    w, limit = kind()(SHAPE, rng(), np.float64), np.sqrt(3 * VARIANCES[kind])
    assert 0.999 * limit < abs(w).max() <= limit


def test_a_signal_keeps_its_size_through_ten_layers_of_relu():
    x, generator = rng().standard_normal((200, 256)), rng(1)
    for _ in range(10):
        x = np.maximum(x @ HeNormal()((256, 256), generator, np.float64), 0)
    assert 0.4 < np.mean(x**2) < 2.5


@pytest.mark.parametrize(
    "shape, expected",
    [((4, 3), (4, 3)), ((3, 3, 16, 32), (144, 288)), ((5, 2, 7), (10, 35)), ((6,), (6, 6))],
)
def test_fans(shape, expected):
    assert fans(shape) == expected


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (2, 3, 4)])
def test_orthogonal(shape):
    Q = Orthogonal(gain=2.0)(shape, rng(), np.float64).reshape(-1, shape[-1])
    small = Q.T @ Q if Q.shape[0] >= Q.shape[1] else Q @ Q.T
    np.testing.assert_allclose(small, 4.0 * np.eye(len(small)), atol=1e-12)


def test_orthogonal_is_uniform_in_its_signs():
    """Without the correction of signs the first entries of Q would all have one sign."""
    positive = [Orthogonal()((3, 3), rng(i))[0, 0] > 0 for i in range(200)]
    assert 60 < sum(positive) < 140


def test_orthogonal_needs_a_matrix():
    with pytest.raises(ValueError, match="at least two axes"):
        Orthogonal()((3,), rng())


@every
def test_dtypes_seeds_and_shapes(initializer):
    one, two = (initializer((4, 3), rng(), dtype) for dtype in (np.float32, np.float64))
    assert (one.dtype, two.dtype, one.shape) == (np.float32, np.float64, (4, 3))
    np.testing.assert_array_equal(one, two.astype(np.float32))
    np.testing.assert_array_equal(one, initializer((4, 3), rng()))


@every
def test_repr_names_what_differs_from_the_default(initializer):
    assert repr(initializer).startswith(type(initializer).__name__ + "(")
    assert repr(Orthogonal()) == "Orthogonal()" and repr(Orthogonal(2.0)) == "Orthogonal(gain=2.0)"
