"""BERT and the vision transformer equal torch's networks of the same parts: outputs and all gradients."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.experiments.reference import from_torch, to_torch
from ml_from_scratch.neural import MultiHeadAttention
from ml_from_scratch.transformers import (
    BERT,
    Block,
    FeedForward,
    MaskedLanguageModel,
    VisionTransformer,
    mask_tokens,
    masked_language_loss,
)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
nn = torch.nn
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
D, HEADS, LAYERS = 8, 2, 2


def close(got, expected, dtype):
    expected = expected.detach().numpy()
    assert got.dtype == dtype and got.shape == expected.shape
    scale = max(1.0, np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(got / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


# ---- torch's side: named as ours, so that states move; its own layers do the work --------------------
class TheirFeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.output = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)

    def forward(self, x):
        return self.output(nn.functional.gelu(self.inner(x), approximate="tanh"))


class TheirBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.attention = nn.MultiheadAttention(D, HEADS, batch_first=True)
        self.feed_forward = TheirFeedForward()

    def forward(self, x, filling=None):
        h = self.norm_1(x)
        x = x + self.attention(h, h, h, key_padding_mask=filling, need_weights=False)[0]
        return x + self.feed_forward(self.norm_2(x))


class TheirPositions(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n, D))


class TheirBERT(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(TheirBlock() for _ in range(LAYERS))
        self.tokens, self.segments = nn.Embedding(13, D), nn.Embedding(2, D)
        self.position = TheirPositions(9)
        self.norm_0, self.norm = nn.LayerNorm(D), nn.LayerNorm(D)

    def forward(self, tokens, filling, segments):
        h = self.tokens(tokens) + self.segments(segments)
        h = self.norm_0(h + self.position.weight[: tokens.shape[1]])
        for block in self.blocks:
            h = block(h, filling)
        return self.norm(h)


class TheirMaskedLanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = TheirBERT()
        self.dense, self.norm = nn.Linear(D, D), nn.LayerNorm(D)
        self.scores = nn.Linear(D, 13, bias=False)
        self.scores.weight = self.encoder.tokens.weight

    def forward(self, *inputs):
        h = nn.functional.gelu(self.dense(self.encoder(*inputs)), approximate="tanh")
        return self.scores(self.norm(h))


class TheirVisionTransformer(nn.Module):
    """Patches by a convolution, as published; its kernel is the projection's weight in another shape."""

    def __init__(self, n_classes, patch_size, n_channels, n_patches):
        super().__init__()
        self.patch_size, self.n_channels = patch_size, n_channels
        self.projection = nn.Linear(patch_size**2 * n_channels, D)
        self.blocks = nn.ModuleList(TheirBlock() for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(D), nn.Linear(D, n_classes)
        self.class_token = nn.Parameter(torch.zeros(D))
        self.position = nn.Parameter(torch.zeros(1 + n_patches, D))

    def forward(self, x):
        p = self.patch_size
        kernel = self.projection.weight.reshape(D, p, p, self.n_channels).permute(0, 3, 1, 2)
        x = x.permute(0, 3, 1, 2)
        x = nn.functional.conv2d(x, kernel, self.projection.bias, stride=p)
        x = x.flatten(2).transpose(1, 2)
        h = torch.cat([self.class_token.expand(len(x), 1, D), x], 1) + self.position
        for block in self.blocks:
            h = block(h)
        return self.head(self.norm(h[:, 0]))


# ---- comparing -------------------------------------------------------------------------------------
def our_bert():
    blocks = [Block(MultiHeadAttention(D, HEADS), FeedForward(D)) for _ in range(LAYERS)]
    return BERT(13, 9, blocks, n_segments=2)


def paired(ours, theirs, shape, dtype):
    """Both with the same random weights."""
    ours = ours.build(shape, seed=0).to(dtype)
    rng = np.random.default_rng(0)
    for p in ours.parameters():
        p.assign(p.data + 0.3 * rng.standard_normal(p.shape))
    theirs = theirs.to(torch.float32 if dtype == np.float32 else torch.float64)
    theirs.load_state_dict(to_torch(ours))
    return ours, theirs


def compare_gradients(ours, theirs, twin, shape, dtype):
    """twin: another of ours, into which their gradients are laid out as weights."""
    gradients = {name: p.grad for name, p in theirs.named_parameters()}
    if "scores.weight" in theirs.state_dict():  # listed under both its names
        gradients["scores.weight"] = gradients["encoder.tokens.weight"]
    twin = twin.build(shape, seed=0).to(dtype)
    from_torch(twin, gradients)
    expected = dict(twin.named_parameters())
    for name, p in ours.named_parameters():
        assert np.abs(p.grad).max() > 0
        close(p.grad, torch.tensor(expected[name].data), dtype)


@both_dtypes
@pytest.mark.parametrize("batch, time", [(3, 9), (2, 5), (1, 1)])
def test_the_encoder(batch, time, dtype):
    ours, theirs = paired(our_bert(), TheirBERT(), (None,), dtype)
    rng = np.random.default_rng(1)
    i, s = rng.integers(0, 13, (batch, time)), rng.integers(0, 2, (batch, time))
    lengths = np.array([time, max(time - 2, 1), 1])[:batch]
    real = np.arange(time) < lengths[:, None]
    y = ours(i, lengths=lengths, segments=s)
    expected = theirs(torch.tensor(i), torch.tensor(~real), torch.tensor(s))
    close(y.data, expected, dtype)
    g = rng.standard_normal(y.shape).astype(dtype) * real[..., None]
    y.backward(g.astype(dtype))
    expected.backward(torch.tensor(g.astype(dtype)))
    if time > 1:
        compare_gradients(ours, theirs, our_bert(), (None,), dtype)


@both_dtypes
def test_the_loss_of_a_masked_language_model(dtype):
    ours, theirs = paired(
        MaskedLanguageModel(our_bert()), TheirMaskedLanguageModel(), (None,), dtype
    )
    rng = np.random.default_rng(1)
    i, s = rng.integers(0, 12, (4, 9)), rng.integers(0, 2, (4, 9))
    lengths = np.array([9, 5, 7, 2])
    real = np.arange(9) < lengths[:, None]
    i[~real] = 0
    shown, chosen = mask_tokens(i, 12, 13, rng, rate=0.4, never=[0])
    inputs = torch.tensor(shown), torch.tensor(~real), torch.tensor(s)
    close(ours(shown, lengths=lengths, segments=s).data, theirs(*inputs), dtype)
    loss = masked_language_loss(ours, i, shown, chosen, lengths, s)
    answers = torch.tensor(np.where(chosen, i, -100))  # which torch overlooks
    expected = nn.functional.cross_entropy(theirs(*inputs).transpose(1, 2), answers)
    close(loss.data, expected, dtype)
    loss.backward()
    expected.backward()
    compare_gradients(ours, theirs, MaskedLanguageModel(our_bert()), (None,), dtype)


@both_dtypes
@pytest.mark.parametrize("shape, p", [((4, 6, 3), 2), ((3, 3, 1), 1), ((4, 4, 2), 4)])
@pytest.mark.parametrize("batch", [1, 3])
def test_the_vision_transformer(batch, shape, p, dtype):
    def make():
        return VisionTransformer(5, p, LAYERS, HEADS, D)

    n_patches = shape[0] * shape[1] // p**2
    theirs = TheirVisionTransformer(5, p, shape[2], n_patches)
    ours, theirs = paired(make(), theirs, shape, dtype)
    rng = np.random.default_rng(1)
    x = rng.standard_normal((batch, *shape)).astype(dtype)
    mine, other = Tensor(x), torch.tensor(x, requires_grad=True)
    z, expected = ours(mine), theirs(other)
    close(z.data, expected, dtype)
    g = rng.standard_normal(z.shape).astype(dtype)
    z.backward(g)
    expected.backward(torch.tensor(g))
    close(mine.grad, other.grad, dtype)
    compare_gradients(ours, theirs, make(), shape, dtype)
