"""Attention equals torch's: outputs, all gradients and weights, in both precisions."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.experiments.reference import from_torch, to_torch
from ml_from_scratch.neural import (
    MultiHeadAttention,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def close(got, expected, dtype):
    expected = expected.detach().numpy()
    assert got.dtype == dtype and got.shape == expected.shape
    scale = max(1.0, np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(got / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


# ---- the operation ---------------------------------------------------------------------------------
# (batch, heads, kv heads, m, n, d, d_v), options of ours
CASES = {
    "plain": ((2, 3, 3, 5, 5, 4, 4), {}),
    "fewer queries": ((2, 3, 3, 2, 7, 4, 3), {}),
    "causal": ((2, 3, 3, 70, 70, 8, 8), {"causal": True}),
    "causal, several blocks": ((1, 2, 2, 300, 300, 4, 4), {"causal": True}),
    "causal, the newest": ((2, 2, 2, 3, 9, 4, 4), {"causal": True}),
    "grouped": ((2, 6, 2, 5, 7, 4, 4), {}),
    "one for all, causal": ((1, 4, 1, 90, 90, 4, 2), {"causal": True}),
    "many samples": ((40, 4, 4, 33, 33, 4, 4), {}),
    "long rows": ((1, 2, 1, 3, 140_000, 2, 2), {}),
    "one": ((1, 1, 1, 1, 1, 1, 1), {"causal": True}),
    "none": ((0, 2, 2, 3, 3, 4, 4), {}),
    "scale": ((1, 1, 1, 3, 3, 4, 4), {"scale": 0.0}),
}


def arrays(sizes, dtype, seed=0):
    B, H, K, m, n, d, d_v = sizes
    rng = np.random.default_rng(seed)
    shapes = (B, m, H, d), (B, n, K, d), (B, n, K, d_v), (B, m, H, d_v)
    return [np.swapaxes(rng.standard_normal(s), 1, 2).astype(dtype) for s in shapes]


def theirs(q, k, v, bias=None, mask=None, causal=False, scale=None):
    """torch's, with the meaning that ours gives to causal, and zeros for what sees nothing."""
    shape = (*q.shape[:3], k.shape[2])
    total = torch.zeros(shape, dtype=q.dtype) if bias is None else bias.expand(shape)
    seen = np.ones(shape, bool) if mask is None else np.broadcast_to(mask, shape)
    seen = seen & causal_mask(*shape[2:]) if causal else seen
    total = total.masked_fill(~torch.tensor(seen.copy()), -torch.inf)
    call = torch.nn.functional.scaled_dot_product_attention
    return call(q, k, v, attn_mask=total, scale=scale, enable_gqa=q.shape[1] != k.shape[1])


def compare(q, k, v, g, dtype, bias=None, **options):
    differentiated = [q, k, v] + ([] if bias is None else [bias])
    mine = [Tensor(x) for x in differentiated]
    other = [torch.tensor(x.copy(), requires_grad=True) for x in differentiated]
    o, expected = scaled_dot_product_attention(*mine, **options), theirs(*other, **options)
    close(o.data, expected, dtype)
    o.backward(g)
    expected.backward(torch.tensor(g.copy()))
    for a, b in zip(mine, other):
        close(a.grad, b.grad, dtype)


@both_dtypes
@pytest.mark.parametrize("name", CASES)
def test_outputs_and_gradients(name, dtype):
    sizes, options = CASES[name]
    compare(*arrays(sizes, dtype), dtype, **options)


@both_dtypes
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shape", [(2, 4, 5, 6), (4, 1, 1), (5, 6), (2, 1, 1, 6), (1,)], ids=str)
def test_biases_and_masks(shape, causal, dtype):
    rng = np.random.default_rng(1)
    bias = rng.standard_normal(shape).astype(dtype)
    q, k, v, g = arrays((2, 4, 2, 5, 6, 3, 3), dtype)
    compare(q, k, v, g, dtype, bias=bias, causal=causal)
    mask = rng.random(shape) < 0.7
    mask[..., :1] = True  # torch has NaN where nothing is seen
    if not causal:
        compare(q, k, v, g, dtype, bias=bias, mask=mask)


@pytest.mark.parametrize("large", [50.0, 1e4])
def test_large_scores(large):
    """In float64 alone: the last digit of a score of 1,000 in float32 is a ten-thousandth."""
    q, k, v, g = arrays((2, 4, 2, 5, 6, 3, 3), np.float64)
    mask = np.random.default_rng(1).random((2, 4, 5, 6)) < 0.7
    mask[..., :1] = True
    compare(large * q, k, v, g, np.float64, mask=mask)
    compare(large * q, k, v, g, np.float64, scale=1.0)


# ---- the layer -------------------------------------------------------------------------------------
def pair(dtype, context_dim=None, **options):
    ours = MultiHeadAttention(6, n_heads=2, context_dim=context_dim, **options).build(
        (None, 6), seed=0
    )
    ours.to(dtype)
    rng = np.random.default_rng(0)
    for p in ours.parameters():
        p.assign(0.5 * rng.standard_normal(p.shape))
    other = torch.nn.MultiheadAttention(
        6,
        2,
        bias=options.get("use_bias", True),
        kdim=context_dim,
        vdim=context_dim,
        batch_first=True,
        dtype=torch.float32 if dtype == np.float32 else torch.float64,
    )
    other.load_state_dict(to_torch(ours))
    return ours, other


@both_dtypes
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("batch, m, n", [(3, 4, 4), (2, 3, 5), (1, 1, 1)])
@pytest.mark.parametrize("kind", ["self", "cross", "narrow", "alike", "causal", "padded"])
def test_layers(kind, batch, m, n, use_bias, dtype):
    context_dim = {"narrow": 5, "alike": 6}.get(kind)
    ours, other = pair(dtype, context_dim, use_bias=use_bias, causal=kind == "causal")
    rng = np.random.default_rng(1)
    x = rng.standard_normal((batch, m, 6)).astype(dtype)
    c = rng.standard_normal((batch, n, context_dim or 6)).astype(dtype)
    itself = kind in ("self", "causal", "padded")
    mask, hidden, filled = None, None, None
    if kind == "causal":
        hidden = torch.tensor(~causal_mask(m))
    if kind == "padded":
        mask = padding_mask([1, m, max(m - 1, 1)][:batch], m)
        filled = torch.tensor(~mask[:, 0, 0])
    mine = [Tensor(x)] if itself else [Tensor(x), Tensor(c)]
    theirs = [torch.tensor(a.data, requires_grad=True) for a in mine]
    y = ours(*mine, mask=mask)
    expected, weights = other(
        theirs[0],
        theirs[-1],
        theirs[-1],
        attn_mask=hidden,
        key_padding_mask=filled,
        average_attn_weights=False,
    )
    close(y.data, expected, dtype)
    seen = ours.attention_weights(*[a.data for a in mine], mask=mask)
    close(getattr(seen, "data", seen), weights, dtype)
    g = rng.standard_normal(y.shape).astype(dtype)
    y.backward(g)
    expected.backward(torch.tensor(g))
    for a, b in zip(mine, theirs):
        close(a.grad, b.grad, dtype)
    grads = {name: p.grad.numpy() for name, p in other.named_parameters()}
    state = {name: torch.tensor(a) for name, a in grads.items()}
    gradients = MultiHeadAttention(6, n_heads=2, context_dim=context_dim, use_bias=use_bias)
    from_torch(gradients.build((None, 6)).to(dtype), state)  # their gradients, laid out as ours
    for p, expected in zip(ours.parameters(), gradients.parameters()):
        close(p.grad, torch.tensor(expected.data), dtype)


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("context_dim", [None, 5, 6])
def test_states_go_there_and_back(context_dim, use_bias):
    ours, other = pair(np.float32, context_dim, use_bias=use_bias)
    again = MultiHeadAttention(6, 2, context_dim=context_dim, use_bias=use_bias).build((None, 6))
    from_torch(again, other.state_dict())
    for one, two in zip(ours.state_dict().values(), again.state_dict().values()):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    "layer, n_in", [(MultiHeadAttention(4, 2, 1), 4), (MultiHeadAttention(4, 2), 3)]
)
def test_what_torch_does_not_have_is_said(layer, n_in):
    with pytest.raises(ValueError, match="torch's MultiheadAttention needs"):
        to_torch(layer.build((None, n_in)))
