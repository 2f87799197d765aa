"""The encoder-decoder equals torch's: blocks and whole models, outputs and all gradients, in both precisions."""

from functools import partial

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.experiments.reference import to_torch
from ml_from_scratch.neural import MultiHeadAttention, padding_mask
from ml_from_scratch.transformers import (
    Block,
    DecoderBlock,
    EncoderDecoder,
    FeedForward,
    greedy,
    transformer,
)

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
D, HEADS = 8, 2
OF_A_BLOCK = {
    "norm1": "norm_1",
    "self_attn": "attention",
    "norm2": "norm_2",
    "linear1": "feed_forward.inner",
    "linear2": "feed_forward.output",
}
OF_A_DECODER_BLOCK = {
    "norm1": "norm_1",
    "self_attn": "self_attention",
    "norm2": "norm_2",
    "multihead_attn": "cross_attention",
    "norm3": "norm_3",
    "linear1": "feed_forward.inner",
    "linear2": "feed_forward.output",
}


def close(got, expected, dtype):
    expected = expected.detach().numpy()
    assert got.dtype == dtype and got.shape == expected.shape
    scale = max(1.0, np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(got / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


def shaken(layer, dtype):
    layer, rng = layer.to(dtype), np.random.default_rng(1)
    for p in layer.parameters():
        p.assign(p.data + 0.2 * rng.standard_normal(p.shape))
    return layer


def random(*shape, dtype, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


# ---- weights there, gradients back -----------------------------------------------------------------
def part_of(layer, path):
    for name in path.split("."):
        layer = getattr(layer, name)
    return layer


def give(ours, theirs):
    """Copy the weights of a layer of ours to the one of torch's that it equals."""
    theirs.load_state_dict(to_torch(ours))


def give_all(ours, theirs, names):
    for name, path in names.items():
        give(part_of(ours, path), getattr(theirs, name))


def gradients_agree(ours, theirs, names, dtype):
    """Compare by laying our gradients out as torch lays out weights."""
    for name, path in names.items():
        part = part_of(ours, path)
        weights = [p.data for p in part.parameters()]
        gradients = [p.grad for p in part.parameters()]
        for p, g in zip(part.parameters(), gradients):
            p.assign(g)
        mine = to_torch(part)
        for p, w in zip(part.parameters(), weights):
            p.assign(w)
        for key, parameter in getattr(theirs, name).named_parameters():
            close(mine[key].numpy(), parameter.grad, dtype)


def torch_layer(kind, ours, names, dtype):
    gelu = partial(torch.nn.functional.gelu, approximate="tanh")
    options = {"dropout": 0.0, "activation": gelu, "batch_first": True, "norm_first": True}
    theirs = kind(D, HEADS, 4 * D, **options).to(torch.tensor(np.zeros(1, dtype)).dtype)
    give_all(ours, theirs, names)
    return theirs


def an_encoders():
    return Block(MultiHeadAttention(D, HEADS), FeedForward(D))


def a_decoders():
    attentions = MultiHeadAttention(D, HEADS, causal=True), MultiHeadAttention(D, HEADS)
    return DecoderBlock(*attentions, FeedForward(D))


def hidden_in_theirs(m):
    """torch's causal mask says what is hidden."""
    return ~torch.ones(m, m, dtype=torch.bool).tril()


# ---- blocks ----------------------------------------------------------------------------------------
@both_dtypes
@pytest.mark.parametrize("lengths", [None, [5, 2, 4]])
def test_block(lengths, dtype):
    ours = shaken(an_encoders().build((None, D), seed=0), dtype)
    theirs = torch_layer(torch.nn.TransformerEncoderLayer, ours, OF_A_BLOCK, dtype)
    x, g = random(3, 5, D, dtype=dtype), random(3, 5, D, dtype=dtype, seed=1)
    mask = None if lengths is None else padding_mask(lengths, 5)
    mine, other = Tensor(x), torch.tensor(x, requires_grad=True)
    out = ours(mine, mask=mask)
    hidden = None if mask is None else torch.tensor(~mask[:, 0, 0])
    expected = theirs(other, src_key_padding_mask=hidden)
    close(out.data, expected, dtype)
    out.backward(g)
    expected.backward(torch.tensor(g))
    close(mine.grad, other.grad, dtype)
    gradients_agree(ours, theirs, OF_A_BLOCK, dtype)


@both_dtypes
@pytest.mark.parametrize("lengths", [None, [7, 1, 4]])
def test_decoder_block(lengths, dtype):
    ours = shaken(a_decoders().build((None, D), seed=0), dtype)
    theirs = torch_layer(torch.nn.TransformerDecoderLayer, ours, OF_A_DECODER_BLOCK, dtype)
    x, c, g = (random(3, n, D, dtype=dtype, seed=n) for n in (4, 7, 4))
    mask = None if lengths is None else padding_mask(lengths, 7)
    mine, other = zip(*((Tensor(a), torch.tensor(a, requires_grad=True)) for a in (x, c)))
    out = ours(*mine, context_mask=mask)
    hidden = None if mask is None else torch.tensor(~mask[:, 0, 0])
    expected = theirs(*other, tgt_mask=hidden_in_theirs(4), memory_key_padding_mask=hidden)
    close(out.data, expected, dtype)
    out.backward(g)
    expected.backward(torch.tensor(g))
    for a, b in zip(mine, other):
        close(a.grad, b.grad, dtype)
    gradients_agree(ours, theirs, OF_A_DECODER_BLOCK, dtype)


# ---- the whole model -------------------------------------------------------------------------------
class TorchTransformer(torch.nn.Module):
    """torch's layers, its embeddings, and the waves of ours."""

    def __init__(self, ours, dtype):
        super().__init__()
        nn, kind = torch.nn, torch.tensor(np.zeros(1, dtype)).dtype
        self.source = nn.Embedding(ours.source_vocab_size, D, dtype=kind)
        self.target = nn.Embedding(ours.target_vocab_size, D, dtype=kind)
        self.waves = torch.tensor(ours.source_position.table(ours.context_length, D).astype(dtype))
        self.encoder = nn.ModuleList(
            torch_layer(nn.TransformerEncoderLayer, block, OF_A_BLOCK, dtype)
            for block in ours.encoder_blocks
        )
        self.decoder = nn.ModuleList(
            torch_layer(nn.TransformerDecoderLayer, block, OF_A_DECODER_BLOCK, dtype)
            for block in ours.decoder_blocks
        )
        self.encoder_norm, self.decoder_norm = (nn.LayerNorm(D, dtype=kind) for _ in range(2))
        give_all(ours, self, OUTSIDE_BLOCKS)

    def forward(self, source, target, hidden):
        n, m = source.shape[1], target.shape[1]
        e = D**0.5 * self.source(source) + self.waves[:n]
        for layer in self.encoder:
            e = layer(e, src_key_padding_mask=hidden)
        c = self.encoder_norm(e)
        h = D**0.5 * self.target(target) + self.waves[:m]
        for layer in self.decoder:
            h = layer(h, c, tgt_mask=hidden_in_theirs(m), memory_key_padding_mask=hidden)
        return self.decoder_norm(h) @ self.target.weight.T


OUTSIDE_BLOCKS = {
    "source": "source_tokens",
    "target": "target_tokens",
    "encoder_norm": "encoder_norm",
    "decoder_norm": "decoder_norm",
}


@both_dtypes
def test_encoder_decoder(dtype):
    blocks = [an_encoders() for _ in range(2)], [a_decoders() for _ in range(2)]
    ours = shaken(EncoderDecoder(11, 7, 10, *blocks).build((None,), seed=0), dtype)
    theirs, rng = TorchTransformer(ours, dtype), np.random.default_rng(0)
    source, target = rng.integers(0, 11, (3, 9)), rng.integers(0, 7, (3, 6))
    lengths = np.array([9, 3, 6])
    out = ours(source, target, source_lengths=lengths)
    hidden = torch.tensor(np.arange(9) >= lengths[:, None])
    expected = theirs(torch.tensor(source), torch.tensor(target), hidden)
    close(out.data, expected, dtype)
    g = random(3, 6, 7, dtype=dtype)
    out.backward(g)
    expected.backward(torch.tensor(g))
    gradients_agree(ours, theirs, OUTSIDE_BLOCKS, dtype)
    for mine, other in zip(ours.encoder_blocks, theirs.encoder):
        gradients_agree(mine, other, OF_A_BLOCK, dtype)
    for mine, other in zip(ours.decoder_blocks, theirs.decoder):
        gradients_agree(mine, other, OF_A_DECODER_BLOCK, dtype)


def test_what_is_written_is_what_torch_would_write():
    ours = shaken(transformer(11, 7, 10, 2, HEADS, D, seed=0), np.float64)
    theirs = TorchTransformer(ours, np.float64)
    source = np.random.default_rng(0).integers(0, 11, (4, 5))
    texts = greedy(ours, source, begin=0, end=1, max_length=9)
    written = np.zeros((4, 1), int)
    for _ in range(9):
        logits = theirs(torch.tensor(source), torch.tensor(written), None)[:, -1].detach().numpy()
        written = np.concatenate([written, logits.argmax(axis=1)[:, None]], axis=1)
    expected = [row[: row.index(1)] if 1 in row else row for row in written[:, 1:].tolist()]
    assert texts == expected
