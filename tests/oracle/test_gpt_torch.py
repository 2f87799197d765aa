"""A GPT equals the same GPT in torch: logits, all gradients, and a hundred steps of training."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.experiments.reference.torch_gpt import cross_entropy, gradients_of, torch_gpt
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import GradientStep, LayerNorm, LearnedPositions, MultiHeadAttention
from ml_from_scratch.optimizers import AdamW, ClipByGlobalNorm
from ml_from_scratch.transformers import GPT, Block, FeedForward, SwiGLU, gpt2, llama

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
loss = CrossEntropy(from_logits=True)


def pair(dtype, use_bias=True, **sizes):
    """The same weights on both sides, large enough for logits to differ."""
    sizes = {
        "vocab_size": 11,
        "context_length": 9,
        "n_layers": 3,
        "n_heads": 2,
        "d_model": 8,
        **sizes,
    }
    ours = gpt2(**sizes, use_bias=use_bias, seed=0).to(dtype)
    rng = np.random.default_rng(0)
    for p in ours.parameters():
        p.assign(p.data + 0.2 * rng.standard_normal(p.shape))
    theirs = torch_gpt(ours)
    assert all(p.dtype == torch.from_numpy(np.zeros(1, dtype)).dtype for p in theirs.parameters())
    return ours, theirs


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("batch, time", [(3, 9), (1, 1), (2, 5)])
def test_logits_and_gradients(batch, time, use_bias, dtype):
    ours, theirs = pair(dtype, use_bias)
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 11, (2, batch, time))
    logits = ours(x)
    expected = theirs(torch.tensor(x)).detach().numpy()
    scale = np.abs(expected).max()
    assert logits.dtype == dtype
    np.testing.assert_allclose(logits.data / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])
    loss(logits, y).backward()
    cross_entropy(theirs, torch.tensor(x), torch.tensor(y)).backward()
    expected = gradients_of(theirs)
    found = {name: p.grad for name, p in ours.named_parameters()}
    assert found.keys() == expected.keys()
    for name, g in found.items():
        assert g.dtype == dtype
        scale = max(1.0, np.abs(expected[name]).max())
        np.testing.assert_allclose(
            g / scale, expected[name] / scale, rtol=0, atol=TOLERANCE[dtype], err_msg=name
        )


def test_a_hundred_steps():
    ours, theirs = pair(np.float64, use_bias=False, vocab_size=17, context_length=12)
    optimizer = AdamW(learning_rate=3e-3, betas=(0.9, 0.99), weight_decay=0.1)
    step = GradientStep(optimizer.attach(ours.parameters()), ClipByGlobalNorm(1.0))
    other = torch.optim.AdamW(theirs.parameters(), 3e-3, (0.9, 0.99), weight_decay=0.1)
    rng = np.random.default_rng(2)
    values = []
    for _ in range(100):
        text = np.cumsum(rng.integers(1, 3, (8, 13)), axis=1) % 17  # something to be learnt
        x, y = text[:, :-1], text[:, 1:]
        value, _ = step(lambda x, y: loss(ours(x), y), x, y)
        other.zero_grad()
        expected = cross_entropy(theirs, torch.tensor(x.copy()), torch.tensor(y.copy()))
        expected.backward()
        clip(theirs.parameters(), 1.0)
        other.step()
        assert abs(value - expected.item()) < 1e-8
        values.append(value)
    assert values[-1] < 0.7 * values[0]


def clip(parameters, max_norm):
    """Clip by the global norm exactly: torch's own adds a millionth to the norm."""
    gradients = [p.grad for p in parameters]
    norm = torch.sqrt(sum((g * g).sum() for g in gradients))
    for g in gradients:
        g *= min(1.0, (max_norm / norm).item())


def test_a_gpt_put_together_by_hand():
    blocks = [
        Block(
            MultiHeadAttention(8, 2, causal=True), FeedForward(8, 12), LayerNorm(0.1), LayerNorm()
        )
    ]
    ours = GPT(11, 9, blocks, LearnedPositions(9), LayerNorm(0.01)).build((None,), seed=0)
    x = np.random.default_rng(0).integers(0, 11, (2, 9))
    expected = torch_gpt(ours)(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(x).data, expected, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_swiglu(dtype):
    ours = SwiGLU(3, hidden=5).build((3,), seed=0).to(dtype)
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, 4, 3)).astype(dtype), rng.standard_normal((2, 4, 3)).astype(
        dtype
    )
    theirs = [
        torch.tensor(a, requires_grad=True) for a in (x, *(p.data for p in ours.parameters()))
    ]
    names = [name.partition(".")[0] for name, _ in ours.named_parameters()]
    W = dict(zip(names, theirs[1:]))
    gated = torch.nn.functional.silu(theirs[0] @ W["gate"]) * (theirs[0] @ W["inner"])
    expected, mine = gated @ W["output"], Tensor(x)
    y = ours(mine)
    y.backward(g)
    expected.backward(torch.tensor(g))
    pairs = [(y.data, expected.detach()), (mine.grad, theirs[0].grad)]
    pairs += [(p.grad, t.grad) for p, t in zip(ours.parameters(), theirs[1:])]
    for one, two in pairs:
        assert one.dtype == dtype
        np.testing.assert_allclose(one, two.numpy(), rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


def test_other_blocks_are_refused():
    assert isinstance(pair(np.float32)[0], GPT)
    assert isinstance(pair(np.float32)[0].blocks[0].feed_forward, FeedForward)
    with pytest.raises(ValueError, match="made by gpt2"):
        torch_gpt(llama(11, 9, 1, 2, 8, seed=0))
