"""Attention maps: what was looked at is written down, and nothing else changes."""

import numpy as np
import pytest

from ml_from_scratch.core import no_grad
from ml_from_scratch.core.functions import softmax
from ml_from_scratch.neural import Dense, Layer, MultiHeadAttention, padding_mask
from ml_from_scratch.transformers import attention_maps, gpt2, llama


def tokens(*shape):
    return np.random.default_rng(0).integers(0, 13, shape)


def small(dropout=0.0, make=gpt2, **options):
    options = {**options, "dropout": dropout} if make is gpt2 else options
    model = make(13, 12, n_layers=2, n_heads=2, d_model=8, seed=0, **options)
    rng = np.random.default_rng(1)
    for p in model.parameters():
        p.assign(p.data + 0.3 * rng.standard_normal(p.shape))
    return model


def attentions(model):
    return [m for _, m in model.named_modules() if isinstance(m, MultiHeadAttention)]


def test_by_hand():
    layer = MultiHeadAttention(4, n_heads=2).build((None, 4), seed=0).to(np.float64)
    x = np.random.default_rng(0).standard_normal((3, 5, 4))
    with attention_maps(layer) as maps:
        layer(x)
    qkv = x @ layer.qkv.weight.data + layer.qkv.bias.data
    q, k, _ = np.moveaxis(qkv.reshape(3, 5, 3, 2, 2), (2, 3), (0, 2))
    assert list(maps) == [""] and len(maps[""]) == 1
    np.testing.assert_allclose(maps[""][0], softmax(q @ k.swapaxes(2, 3) / np.sqrt(2)), rtol=1e-12)


@pytest.mark.parametrize("make", [gpt2, llama])
def test_every_layer_by_its_name_and_each_call(make):
    model = small(make=make)
    with attention_maps(model) as maps:
        model(tokens(3, 5)), model(tokens(1, 1))
    assert list(maps) == ["blocks.0.attention", "blocks.1.attention"]
    for calls in maps.values():
        assert [P.shape for P in calls] == [(3, 2, 5, 5), (1, 2, 1, 1)]
        assert all(type(P) is np.ndarray and P.dtype == np.float32 for P in calls)
        np.testing.assert_allclose(calls[0].sum(axis=-1), 1.0, rtol=1e-6)
        assert (calls[0] * np.triu(np.ones((5, 5)), 1) == 0).all()


def test_what_comes_out_of_the_network_is_the_same_to_the_last_bit():
    plain, watched, i = small(dropout=0.3), small(dropout=0.3), tokens(2, 6)
    expected = plain(i)
    with attention_maps(watched) as maps:
        got = watched(i)
    assert (got.data == expected.data).all()  # the same masks of dropout, too
    np.testing.assert_allclose(maps["blocks.1.attention"][0].sum(axis=-1), 1.0, rtol=1e-6)
    got.sum().backward(), expected.sum().backward()
    for one, two in zip(watched.parameters(), plain.parameters()):
        assert (one.grad == two.grad).all()


@pytest.mark.parametrize("make", [gpt2, llama])
def test_with_a_cache_each_call_has_the_new_rows(make):
    model = small(make=make).eval()
    with no_grad(), attention_maps(model) as maps:
        whole = model(tokens(2, 6))
        cache = model.new_cache()
        parts = [model(tokens(2, 6)[:, a:b], cache=cache) for a, b in ((0, 4), (4, 5), (5, 6))]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-5)
    for P, first, second, third in maps.values():
        assert [p.shape[2:] for p in (first, second, third)] == [(4, 4), (1, 5), (1, 6)]
        np.testing.assert_allclose(second, P[:, :, 4:5, :5], atol=1e-6)
        np.testing.assert_allclose(third, P[:, :, 5:], atol=1e-6)


def test_cross_attention_masks_and_biases():
    layer = MultiHeadAttention(4, 2, context_dim=3).build((None, 4), seed=0).to(np.float64)
    rng = np.random.default_rng(0)
    x, c = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 5, 3))
    mask, bias = padding_mask([2, 5], 5), rng.standard_normal((3, 5))
    with attention_maps(layer) as maps:
        layer(x, context=c, mask=mask, bias=bias)
    (P,) = maps[""]
    assert P.shape == (2, 2, 3, 5) and (P[0, :, :, 2:] == 0).all() and (P[1] > 0).all()
    expected = layer.attention_weights(x, context=c, mask=mask, bias=bias)
    np.testing.assert_array_equal(P, expected.data)


# ---- leaving no trace ------------------------------------------------------------------------------
def test_the_layers_are_as_before():
    model = small()
    before = [set(vars(layer)) for layer in attentions(model)]
    with attention_maps(model) as maps:
        model(tokens(1, 3))
    assert [set(vars(layer)) for layer in attentions(model)] == before
    model(tokens(1, 3))
    assert all(len(calls) == 1 for calls in maps.values())


def test_an_error_inside_leaves_nothing_behind():
    model = small()
    with pytest.raises(ValueError, match="context_length=12"), attention_maps(model) as maps:
        model(tokens(1, 3)), model(tokens(1, 13))
    assert all("_watchers" not in vars(layer) for layer in attentions(model))
    assert all(len(calls) == 1 for calls in maps.values())  # what had been seen is kept


def test_nested_each_records_from_its_beginning_to_its_end():
    model = small()
    with attention_maps(model) as outer:
        model(tokens(1, 2))
        with attention_maps(model.blocks[1]) as inner:
            model(tokens(1, 3))
        model(tokens(1, 4))
    lengths = {name: [P.shape[-1] for P in calls] for name, calls in outer.items()}
    assert lengths == {"blocks.0.attention": [2, 3, 4], "blocks.1.attention": [2, 3, 4]}
    assert list(inner) == ["attention"] and [P.shape[-1] for P in inner["attention"]] == [3]


def test_blocks_may_end_in_any_order():
    model = small()
    first, second = attention_maps(model), attention_maps(model)
    one, two = first.__enter__(), second.__enter__()
    first.__exit__(None, None, None)
    model(tokens(1, 2))
    second.__exit__(None, None, None)
    assert [len(calls) for calls in (*one.values(), *two.values())] == [0, 0, 1, 1]
    assert all("_watchers" not in vars(layer) for layer in attentions(model))


def test_a_layer_in_two_places_has_one_name_and_two_calls():
    class Twice(Layer):
        def __init__(self):
            self.first = MultiHeadAttention(4, 1)
            self.again = self.first

        def forward(self, x):
            return self.again(self.first(x))

    model = Twice()
    with attention_maps(model) as maps:
        model(np.ones((1, 2, 4), np.float32))
    assert list(maps) == ["first"] and len(maps["first"]) == 2


def test_refusals():
    with pytest.raises(TypeError, match=r"Module; got \[1\]"), attention_maps([1]):
        pass
    with pytest.raises(ValueError, match="inside this Dense"), attention_maps(Dense(3)):
        pass
