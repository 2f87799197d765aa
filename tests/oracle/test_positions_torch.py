"""Positions equal a straightforward computation in torch: values and gradients, in both precisions."""

import math

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.neural import (
    LearnedPositions,
    RotaryPositions,
    SinusoidalPositions,
    alibi_bias,
    alibi_slopes,
    softmax,
)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
TOLERANCE = {np.float32: 2e-6, np.float64: 1e-12}
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
rng = np.random.default_rng(0)


def compare(ours, theirs, shape, dtype):
    """Outputs, and gradients with respect to x,, are equal."""
    x, g = rng.standard_normal((2, *shape)).astype(dtype)
    mine, other = Tensor(x), torch.tensor(x, requires_grad=True)
    y, expected = ours(mine), theirs(other)
    y.backward(g)
    expected.backward(torch.tensor(g))
    for got, exact in ((y.data, expected.detach()), (mine.grad, other.grad)):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, exact.numpy(), rtol=0, atol=8 * TOLERANCE[dtype])


def frequencies(d, base):
    return 1.0 / base ** (torch.arange(0, d, 2, dtype=torch.float64) / d)


# ---- rotary, both conventions as published models compute them -----------------------------------
def halves_in_torch(x, offset, base):
    """As in GPT-NeoX and Llama (of transformers): x cos + rotate_half(x) sin."""
    T, d = x.shape[-2:]
    t = torch.arange(offset, offset + T, dtype=torch.float64)
    angle = torch.outer(t, frequencies(d, base))
    angle = torch.cat([angle, angle], -1)
    rotated = torch.cat([-x[..., d // 2 :], x[..., : d // 2]], -1)
    return x * angle.cos().to(x.dtype) + rotated * angle.sin().to(x.dtype)


def neighbours_in_torch(x, offset, base):
    """As in Llama (of its authors): neighbours are complex numbers, times exp(i angle)."""
    T, d = x.shape[-2:]
    t = torch.arange(offset, offset + T, dtype=torch.float64)
    angle = torch.outer(t, frequencies(d, base))
    turn = torch.polar(torch.ones_like(angle), angle)
    turn = turn.to(torch.complex64 if x.dtype == torch.float32 else torch.complex128)
    points = torch.view_as_complex(x.reshape(*x.shape[:-1], d // 2, 2))
    return torch.view_as_real(points * turn).flatten(-2)


@both_dtypes
@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("shape", [(2, 3, 7, 8), (1, 1, 1, 2), (2, 4, 300, 64), (0, 2, 3, 4)])
@pytest.mark.parametrize("offset, base", [(0, 10000.0), (5, 10000.0), (0, 500000.0)])
def test_rotary(dtype, interleaved, shape, offset, base):
    layer = RotaryPositions(base, interleaved=interleaved)
    theirs = neighbours_in_torch if interleaved else halves_in_torch
    compare(lambda x: layer(x, offset=offset), lambda x: theirs(x, offset, base), shape, dtype)


@both_dtypes
def test_rotary_scores_and_their_gradients(dtype):
    """Through the product that it is made for, with one layer for queries and keys."""
    rotate, k = RotaryPositions(), rng.standard_normal((2, 3, 7, 8)).astype(dtype)
    scores = lambda q: rotate(q) @ np.swapaxes(rotate(k), -1, -2)

    def theirs(q):
        return halves_in_torch(q, 0, 1e4) @ halves_in_torch(torch.tensor(k), 0, 1e4).transpose(
            -1, -2
        )

    x, g = rng.standard_normal((2, 3, 7, 8)).astype(dtype), rng.standard_normal((2, 3, 7, 7))
    mine, other = Tensor(x), torch.tensor(x, requires_grad=True)
    y, expected = scores(mine), theirs(other)
    y.backward(g.astype(dtype))
    expected.backward(torch.tensor(g.astype(dtype)))
    np.testing.assert_allclose(y.data, expected.detach().numpy(), atol=10 * TOLERANCE[dtype])
    np.testing.assert_allclose(mine.grad, other.grad.numpy(), atol=20 * TOLERANCE[dtype])


# ---- what is added -------------------------------------------------------------------------------
def sinusoids_in_torch(T, d):
    """As in torch's own tutorial on the transformer."""
    position = torch.arange(T, dtype=torch.float64)[:, None]
    div_term = torch.exp(torch.arange(0, d, 2, dtype=torch.float64) * (-math.log(10000.0) / d))
    P = torch.zeros(T, d, dtype=torch.float64)
    P[:, 0::2], P[:, 1::2] = torch.sin(position * div_term), torch.cos(position * div_term)
    return P


@both_dtypes
@pytest.mark.parametrize("offset", [0, 11])
def test_sinusoidal(dtype, offset):
    layer = SinusoidalPositions()
    compare(
        lambda x: layer(x, offset=offset),
        lambda x: x + sinusoids_in_torch(50, 16)[offset : offset + 9].to(x.dtype),
        (3, 9, 16),
        dtype,
    )


@both_dtypes
@pytest.mark.parametrize("offset", [0, 4])
def test_learned(dtype, offset):
    layer = LearnedPositions(12).build((None, 6), seed=0).to(dtype)
    table = torch.nn.Embedding(12, 6, dtype=torch.float32 if dtype == np.float32 else torch.float64)
    with torch.no_grad():
        table.weight.copy_(torch.tensor(layer.weight.data))
    places = torch.arange(offset, offset + 8)
    compare(lambda x: layer(x, offset=offset), lambda x: x + table(places), (5, 8, 6), dtype)
    np.testing.assert_allclose(
        layer.weight.grad, table.weight.grad.numpy(), atol=10 * TOLERANCE[dtype]
    )


# ---- ALiBi ---------------------------------------------------------------------------------------
def slopes_of_the_paper(n):
    """The recursion that the authors give: the closest power of two, then every second of twice as many."""
    if math.log2(n).is_integer():
        ratio = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [ratio * ratio**i for i in range(n)]
    closest = 2 ** math.floor(math.log2(n))
    return slopes_of_the_paper(closest) + slopes_of_the_paper(2 * closest)[0::2][: n - closest]


@pytest.mark.parametrize("n", [*range(1, 34), 40, 64, 96, 112])
def test_slopes(n):
    np.testing.assert_allclose(alibi_slopes(n), slopes_of_the_paper(n), rtol=1e-12)


@both_dtypes
@pytest.mark.parametrize("heads, queries, keys, offset", [(6, 7, 7, 0), (8, 1, 9, 8), (3, 4, 9, 5)])
def test_attention_with_its_bias(dtype, heads, queries, keys, offset):
    """The paper's own causal bias, m times the key's position, in torch's attention."""
    q = rng.standard_normal((2, heads, queries, 4)).astype(dtype)
    k, v = rng.standard_normal((2, 2, heads, keys, 4)).astype(dtype)
    later = np.arange(keys) > offset + np.arange(queries)[:, None]
    slopes = torch.tensor(slopes_of_the_paper(heads), dtype=torch.float64)[:, None, None]
    row = (slopes * torch.arange(keys)).masked_fill(torch.tensor(later), -math.inf)
    expected = torch.nn.functional.scaled_dot_product_attention(
        *map(torch.tensor, (q, k, v)), attn_mask=row.to(torch.tensor(q).dtype)
    )
    scores = q @ np.swapaxes(k, -1, -2) / 2.0 + alibi_bias(heads, queries, keys, offset, like=q)
    got = softmax(np.where(later, np.asarray(-np.inf, dtype), scores)) @ v
    assert got.dtype == dtype
    np.testing.assert_allclose(got, expected.numpy(), atol=10 * TOLERANCE[dtype])
