"""The GPT: its equations by hand, what it may see, and what it says when something does not fit."""

import numpy as np
import pytest

from ml_from_scratch.core import no_grad
from ml_from_scratch.core.functions import softmax
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import (
    ALiBi,
    GradientStep,
    LayerNorm,
    Model,
    MultiHeadAttention,
    RMSNorm,
    RotaryPositions,
)
from ml_from_scratch.optimizers import AdamW
from ml_from_scratch.transformers import GPT, Block, FeedForward, SwiGLU, generate, gpt2, llama


def small_gpt2(**options):
    sizes = {"vocab_size": 13, "context_length": 12, "n_layers": 2, "n_heads": 2, "d_model": 8}
    return gpt2(**{**sizes, "seed": 0, **options})


def small_llama(**options):
    sizes = {"vocab_size": 13, "context_length": 12, "n_layers": 2, "n_heads": 4, "d_model": 8}
    return llama(**{**sizes, "n_kv_heads": 2, "seed": 0, **options})


def with_alibi():
    blocks = [
        Block(MultiHeadAttention(8, 2, causal=True, position=ALiBi()), SwiGLU(8), RMSNorm())
        for _ in range(2)
    ]
    return GPT(13, 12, blocks).build((None,), seed=0)


MODELS = {"gpt2": small_gpt2, "llama": small_llama, "alibi": with_alibi}
every_model = pytest.mark.parametrize("name", MODELS)


def shaken(name, dtype=np.float64):
    """A model whose weights are large enough for its logits to differ."""
    model, rng = MODELS[name]().to(dtype), np.random.default_rng(1)
    for p in model.parameters():
        p.assign(p.data + 0.3 * rng.standard_normal(p.shape))
    return model.eval()


def tokens(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 13, shape)


# ---- equations -------------------------------------------------------------------------------------
def test_one_block_by_hand():
    model, i = small_gpt2(n_layers=1, n_heads=1).to(np.float64), tokens(1, 3)
    block, W = model.blocks[0], model.tokens.weight.data

    def norm(x):
        return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)

    def dense(layer, x):
        return x @ layer.weight.data + layer.bias.data

    h = W[i] + model.position.weight.data[:3]
    q, k, v = np.split(dense(block.attention.qkv, norm(h)), 3, axis=-1)
    scores = np.where(np.tri(3, dtype=bool), q @ k.swapaxes(1, 2) / np.sqrt(8), -np.inf)
    h = h + dense(block.attention.output, softmax(scores) @ v)
    u = dense(block.feed_forward.inner, norm(h))
    gelu = 0.5 * u * (1 + np.tanh(np.sqrt(2 / np.pi) * (u + 0.044715 * u**3)))
    h = h + dense(block.feed_forward.output, gelu)
    np.testing.assert_allclose(model(i).data, norm(h) @ W.T, rtol=1e-10)


def test_swiglu_by_hand():
    layer = SwiGLU(3, hidden=2).build((3,), seed=0).to(np.float64)
    x = np.random.default_rng(0).standard_normal((4, 3))
    gate, inner, output = (part.weight.data for part in (layer.gate, layer.inner, layer.output))
    a = x @ gate
    np.testing.assert_allclose(layer(x).data, (a / (1 + np.exp(-a)) * (x @ inner)) @ output)


def test_weights_begin_as_gpt2s():
    model = gpt2(300, 64, n_layers=8, n_heads=2, d_model=128, seed=0)
    deviation = {name: p.data.std() for name, p in model.named_parameters()}
    for name in ("tokens.weight", "position.weight", "blocks.7.attention.qkv.weight"):
        assert abs(deviation[name] - 0.02) < 0.001
    for name in ("attention.output.weight", "feed_forward.output.weight"):
        assert abs(deviation[f"blocks.3.{name}"] - 0.02 / 4) < 0.0002
    assert abs(deviation["blocks.3.feed_forward.inner.weight"] - 0.02) < 0.001
    assert all(deviation[name] == 0 for name in deviation if "bias" in name or "norm" in name)


def test_the_loss_begins_at_that_of_guessing():
    model, i = gpt2(64, 16, 2, 2, 32, seed=0), np.random.default_rng(0).integers(0, 64, (8, 17))
    loss = CrossEntropy(from_logits=True)(model(i[:, :-1]), i[:, 1:]).item()
    assert abs(loss - np.log(64)) < 0.05


def test_both_ends_share_one_table():
    model = small_gpt2(use_bias=False)
    names = dict(model.named_parameters())
    assert "tokens.weight" in names and not any("scores" in name for name in names)
    assert not any("bias" in name for name in names)
    model(tokens(1, 4)).sum().backward()
    assert (model.tokens.weight.grad != 0).any(axis=1).all()  # by (3); by (1) only four rows


def test_the_published_size():
    by_hand = 50257 * 768 + 1024 * 768 + 12 * (12 * 768**2 + 13 * 768) + 2 * 768
    assert by_hand == 124_439_808  # what is known as "124M"
    model = small_gpt2()  # and ours are counted in the same way
    counted = sum(p.data.size for p in model.parameters())
    assert counted == 13 * 8 + 12 * 8 + 2 * (12 * 8**2 + 13 * 8) + 2 * 8


# ---- laws ------------------------------------------------------------------------------------------
@every_model
def test_a_later_token_changes_no_bit_before_it(name):
    model, i = shaken(name, np.float32), tokens(3, 12)
    with no_grad():
        before = model(i)
        for t in range(1, 12):
            changed = i.copy()
            changed[:, t:] = (changed[:, t:] + 1 + t) % 13
            after = model(changed)
            assert (after[:, :t] == before[:, :t]).all()
            assert (after[:, t] != before[:, t]).any()


@every_model
def test_a_cache_changes_nothing_but_the_time(name):
    model, i = shaken(name), tokens(2, 12)
    with no_grad():
        whole, cache = model(i), model.new_cache()
        parts = [model(i[:, a:b], cache=cache) for a, b in ((0, 5), (5, 6), (6, 7), (7, 12))]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-12)


@every_model
def test_filling_changes_nothing(name):
    model, i = shaken(name), tokens(2, 7)
    filled = np.concatenate([np.full((2, 4), 5), i], axis=1)
    with no_grad():
        expected, got = model(i), model(filled, padding=np.array([4, 4]))[:, 4:]
        np.testing.assert_allclose(got, expected, atol=1e-12)
        cache = model.new_cache()
        model(filled[:, :6], cache=cache, padding=np.array([4, 4]))
        got = model(filled[:, 6:], cache=cache, padding=np.array([4, 4]))
    np.testing.assert_allclose(got, expected[:, 2:], atol=1e-12)


@every_model
def test_the_order_of_tokens_matters(name):
    model = shaken(name)
    with no_grad():
        one, two = model(np.array([[1, 2, 3, 4]])), model(np.array([[2, 1, 3, 4]]))
    assert np.abs(one[:, -1] - two[:, -1]).max() > 1e-6


@every_model
def test_a_text_is_learnt_by_heart(name):
    model = MODELS[name]()
    text = np.array([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]])
    loss = CrossEntropy(from_logits=True)
    step = GradientStep(AdamW(learning_rate=0.02).attach(model.parameters()))
    for _ in range(150):
        value, _ = step(lambda x, y: loss(model(x), y), text[:, :-1], text[:, 1:])
    assert value < 0.01
    assert generate(model, [3], 11, temperature=0) == text[0].tolist()


@every_model
def test_saved_and_loaded_it_is_the_same(name, tmp_path):
    model = Model([MODELS[name]()], seed=0)
    model.save(tmp_path / "gpt.npz")
    again = Model.load(tmp_path / "gpt.npz")
    np.testing.assert_array_equal(model(tokens(2, 5)).data, again(tokens(2, 5)).data)
    assert again.layers[0].scores.embedding is again.layers[0].tokens


def test_the_seed_decides():
    one, two, other = small_gpt2(), small_gpt2(), small_gpt2(seed=1)
    assert all((a.data == b.data).all() for a, b in zip(one.parameters(), two.parameters()))
    assert (one.tokens.weight.data != other.tokens.weight.data).any()


def test_dropout_acts_in_training_alone():
    model, i = small_gpt2(dropout=0.3), tokens(1, 6)
    assert (model(i).data != model(i).data).any()
    model.eval()
    assert (model(i).data == model(i).data).all()


# ---- errors ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "i, error, message",
    [
        (
            np.zeros((1, 13), int),
            ValueError,
            r"context_length=12 tokens, and 13 arrived.*\[:, -12:\]",
        ),
        (np.zeros(3, int), ValueError, r"tokens\[None\]"),
        (np.zeros((1, 2, 3), int), ValueError, r"\(batch, time\), got \(1, 2, 3\)"),
        (np.zeros((1, 3)), TypeError, "integer ids"),
        (np.full((1, 3), 13), ValueError, "0 to 12"),
        (np.full((1, 3), -1), ValueError, "0 to 12"),
    ],
)
def test_tokens_that_cannot_be(i, error, message):
    with pytest.raises(error, match=message):
        small_gpt2()(i)


def test_arguments_that_cannot_be():
    with pytest.raises(ValueError, match="at least one Block"):
        gpt2(10, 8, 0, 2, 4)
    with pytest.raises(ValueError, match="must divide"):
        gpt2(10, 8, 1, 3, 4)
    with pytest.raises(TypeError, match="layers before it"):
        MultiHeadAttention(4, 2, position=LayerNorm())
    with pytest.raises(ValueError, match=r"samples are \(time, 4\)"):
        Block(MultiHeadAttention(4, 2), FeedForward(4)).build((None, 5))
    with pytest.raises(ValueError, match=r"FeedForward expects samples of shape \(\.\.\., 4\)"):
        FeedForward(4).build((5,))


def test_a_cache_is_full():
    model = small_gpt2()
    cache = model.new_cache()
    with no_grad():
        model(tokens(1, 12), cache=cache)
        with pytest.raises(
            ValueError, match="positions 0 to 11, and 12 to 12|room for 12 positions"
        ):
            model(tokens(1, 1), cache=cache)


def test_rotary_positions_may_be_shared_between_blocks():
    shared = RotaryPositions()
    blocks = [
        Block(MultiHeadAttention(8, 2, causal=True, position=shared), FeedForward(8))
        for _ in range(2)
    ]
    assert GPT(13, 12, blocks)(tokens(1, 4)).shape == (1, 4, 13)


def test_gates_take_integers_as_dense_layers_do():
    layer = SwiGLU(3, hidden=2).build((3,), seed=0)
    y = layer(np.ones((2, 3), int))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.data, layer(np.ones((2, 3), np.float32)).data)
    with pytest.raises(ValueError, match="Dense expects"):
        layer(np.ones((2, 4), np.float32))
