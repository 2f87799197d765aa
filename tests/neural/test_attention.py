"""Attention by hand, by its laws, and at its edges."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor, no_grad
from ml_from_scratch.neural import (
    KeyValueCache,
    Model,
    MultiHeadAttention,
    Sequential,
    attention_weights,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)
from ml_from_scratch.neural.attention.blocks import blocks
from ml_from_scratch.neural.attention.scaled_dot_product import attention

rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape)


# ---- by hand ---------------------------------------------------------------------------------------
def test_two_keys_by_hand():
    q = np.array([[[[2.0]]]])
    k, v = np.array([[[[0.0], [np.log(3.0)]]]]), np.array([[[[4.0], [8.0]]]])
    # the scores 0 and 2 log 3 give the weights 1/10 and 9/10
    np.testing.assert_allclose(attention_weights(q, k), [[[[0.1, 0.9]]]])
    np.testing.assert_allclose(scaled_dot_product_attention(q, k, v), [[[[7.6]]]])


def test_the_scale_is_one_over_the_root_of_d():
    q = k = np.eye(4)[None, None, :2]
    e = np.exp(0.5)
    np.testing.assert_allclose(attention_weights(q, k)[0, 0, 0], [e / (e + 1), 1 / (e + 1)])
    np.testing.assert_allclose(attention_weights(q, k, scale=0.0), 0.5)


def test_neighbouring_heads_share_one():
    q, k, v = normal(1, 4, 3, 2), normal(1, 2, 5, 2), normal(1, 2, 5, 2)
    each = scaled_dot_product_attention(q, np.repeat(k, 2, axis=1), np.repeat(v, 2, axis=1))
    np.testing.assert_allclose(scaled_dot_product_attention(q, k, v), each)


# ---- masks -----------------------------------------------------------------------------------------
def test_masks():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True] * 3]
    assert causal_mask(3, 1).tolist() == [[False], [False], [True]]
    assert causal_mask(0).shape == (0, 0)
    assert padding_mask(np.array([0, 2]), 2)[:, 0, 0].tolist() == [[False, False], [True, True]]
    assert padding_mask([], 3).shape == (0, 1, 1, 3)


@pytest.mark.parametrize("lengths", [[3], [-1], [[1]], 1], ids=str)
def test_lengths_that_cannot_be(lengths):
    with pytest.raises(ValueError, match="from 0 to n_keys=2"):
        padding_mask(lengths, 2)


def test_lengths_that_are_not_integers():
    with pytest.raises(TypeError, match="integers"):
        padding_mask([1.0], 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("large", [1.0, 1e3])
def test_nothing_to_see_gives_zeros_and_no_gradient(large, dtype):
    q, k, v = (large * normal(2, 2, 3, 4).astype(dtype) for _ in range(3))
    mask = np.ones((2, 2, 3, 3), bool)
    mask[1, 0, 2] = False
    xs = [Tensor(x) for x in (q, k, v)]
    o = scaled_dot_product_attention(*xs, mask=mask)
    assert (o.data[1, 0, 2] == 0).all() and np.isfinite(o.data).all()
    o.sum().backward()
    assert all(np.isfinite(x.grad).all() for x in xs)
    assert (xs[0].grad[1, 0, 2] == 0).all()
    assert attention_weights(q, k, mask=mask)[1, 0, 2].tolist() == [0.0, 0.0, 0.0]
    hidden = np.where(mask, 0.0, -np.inf).astype(dtype)
    np.testing.assert_array_equal(scaled_dot_product_attention(q, k, v, bias=hidden)[1, 0, 2], 0)


@pytest.mark.parametrize("length", [5, 64, 65, 200])
@pytest.mark.parametrize("large", [1.0, 100.0])
def test_what_comes_later_changes_nothing_before_it(length, large):
    q, k, v = (large * normal(2, 2, length, 4) for _ in range(3))
    before = scaled_dot_product_attention(q, k, v, causal=True)
    for x in (q, k, v):
        x[:, :, -1] = 1e4  # the scores that it makes are large, those before may be moderate
    after = scaled_dot_product_attention(q, k, v, causal=True)
    assert (after[:, :, :-1] == before[:, :, :-1]).all()
    assert (after[:, :, -1] != before[:, :, -1]).any()


@pytest.mark.parametrize("far", [0.0, 59.0, 61.0, 700.0, 1e6])
def test_rows_of_moderate_and_of_large_scores_stand_together(far):
    scores = np.array([[0.0, 1.0, 2.0], [far, far + 1.0, -far], [-far, -far, -far]])
    q, k = scores[None, None], np.eye(3)[None, None]
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = scaled_dot_product_attention(q, k, np.eye(3)[None, None], scale=1.0)
    np.testing.assert_allclose(weights[0, 0], e / e.sum(axis=1, keepdims=True), rtol=1e-12)


@pytest.mark.parametrize("m, n", [(70, 70), (3, 90), (90, 3), (1, 1), (130, 131)])
def test_causal_is_the_causal_mask(m, n):
    q, k, v = normal(1, 2, m, 3), normal(1, 2, n, 3), normal(1, 2, n, 3)
    causal = scaled_dot_product_attention(q, k, v, causal=True)
    masked = scaled_dot_product_attention(q, k, v, mask=causal_mask(m, n))
    np.testing.assert_allclose(causal, masked, atol=1e-14)


def test_hidden_keys_may_hold_anything_large():
    q, k, v = normal(1, 1, 2, 3), normal(1, 1, 4, 3), normal(1, 1, 4, 3)
    mask = np.array([True, True, False, False])
    before = scaled_dot_product_attention(q, k, v, mask=mask)
    k[:, :, 2:] = 1e200
    v[:, :, 2:] = -1e200
    np.testing.assert_allclose(scaled_dot_product_attention(q, k, v, mask=mask), before, rtol=1e-12)


# ---- laws ------------------------------------------------------------------------------------------
def test_outputs_are_means_of_the_values():
    q, k = normal(2, 2, 5, 4), normal(2, 2, 6, 4)
    np.testing.assert_allclose(attention_weights(q, k).sum(axis=-1), 1.0)
    np.testing.assert_allclose(scaled_dot_product_attention(q, k, np.ones((2, 2, 6, 1))), 1.0)


def test_scores_may_be_shifted():
    q, k, v, bias = normal(1, 2, 3, 4), normal(1, 2, 5, 4), normal(1, 2, 5, 4), normal(3, 5)
    plain = scaled_dot_product_attention(q, k, v, bias)
    for shift in (20.0, 500.0, -500.0):
        shifted = scaled_dot_product_attention(q, k, v, bias + shift)
        np.testing.assert_allclose(shifted, plain, rtol=1e-10)


def test_the_order_of_keys_does_not_matter():
    q, k, v, order = normal(1, 2, 3, 4), normal(1, 2, 5, 4), normal(1, 2, 5, 4), rng.permutation(5)
    np.testing.assert_allclose(
        scaled_dot_product_attention(q, k[:, :, order], v[:, :, order]),
        scaled_dot_product_attention(q, k, v),
    )


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "q_shape, k_shape",
    [
        ((3, 4, 70, 8), (3, 2, 70, 8)),
        ((2, 3, 2000, 4), (2, 3, 700, 4)),
        ((50, 8, 33, 2), (50, 8, 33, 2)),
    ],
)
def test_blocks_cover_every_score_that_is_seen_once(q_shape, k_shape, causal):
    (B, H, m, _), n = q_shape, k_shape[2]
    met = np.zeros((B, H, m, n), int)
    for block in blocks(q_shape, k_shape, causal):
        block.scores(met)[...] += 1
    assert met.max() == 1
    assert (met[:, :, causal_mask(m, n)] == 1).all() if causal else (met == 1).all()


# ---- the layer -------------------------------------------------------------------------------------
def layer(**options):
    return MultiHeadAttention(8, n_heads=4, **options).build((None, 8), seed=0).to(np.float64)


@pytest.mark.parametrize("n_kv_heads", [None, 2, 1])
def test_a_cache_remembers_what_the_whole_text_gives(n_kv_heads):
    attend, x = layer(causal=True, n_kv_heads=n_kv_heads), normal(2, 9, 8)
    whole = attend(x).data
    cache = KeyValueCache(9)
    with no_grad():
        parts = [attend(x[:, a:b], cache=cache) for a, b in ((0, 4), (4, 5), (5, 5), (5, 9))]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-12)
    assert cache.length == 9


def test_a_cache_says_what_it_cannot_keep():
    attend, x = layer(causal=True), normal(1, 3, 8)
    with pytest.raises(TypeError, match="no_grad"):
        attend(x, cache=KeyValueCache(4))
    cache = KeyValueCache(4)
    with no_grad():
        attend(x, cache=cache)
        with pytest.raises(ValueError, match="room for 4 positions and holds 3; 3 more"):
            attend(x, cache=cache)
        with pytest.raises(ValueError, match="Begin another text"):
            attend(normal(2, 1, 8), cache=cache)
    assert cache.length == 3
    with pytest.raises(ValueError, match="capacity"):
        KeyValueCache(0)


def test_fewer_heads_of_keys_have_fewer_weights():
    shapes = {name: p.shape for name, p in layer(n_kv_heads=2).named_parameters()}
    assert shapes["qkv.weight"] == (8, 8 + 4 + 4) and shapes["qkv.bias"] == (16,)
    assert shapes["output.weight"] == (8, 8)


def test_dropout_acts_on_weights_in_training_alone():
    attend, x = layer(dropout=0.5), normal(1, 200, 8)
    plain = attend.eval()(x).data
    first, second = attend.train()(x).data, attend(x).data
    assert (first != second).any() and (first != plain).any()
    attend.qkv.weight.assign(np.tile(np.eye(8), 3))
    attend.output.weight.assign(np.eye(8))
    mean = np.mean([attend(np.ones((1, 200, 8))).data for _ in range(20)])
    assert abs(mean - attend.eval()(np.ones((1, 200, 8))).data.mean()) < 0.01


def test_dropouts_weights_are_dropped_or_doubled():
    attend = layer(dropout=0.5)
    keep = attend._keep(normal(1, 4, 3, 2), normal(1, 4, 5, 2))
    assert keep.shape == (1, 4, 3, 5) and set(np.unique(keep)) == {0.0, 2.0}


def test_inside_a_sequential_and_a_saved_model(tmp_path):
    model = Model(
        [MultiHeadAttention(4, 2, causal=True, input_dim=3), MultiHeadAttention(4, 2)], seed=0
    )
    x = normal(2, 5, 3).astype(np.float32)
    assert model(x).shape == (2, 5, 4)
    model.save(tmp_path / "model.npz")
    np.testing.assert_array_equal(Model.load(tmp_path / "model.npz")(x).data, model(x).data)
    assert Sequential([MultiHeadAttention(4, 2)]).output_shape((None, 3)) == (None, 4)


# ---- errors ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "arguments, message",
    [
        ((6, 4), "n_heads=4 must divide d_model=6"),
        ((8, 4, 3), "n_kv_heads=3 must divide n_heads=4"),
        ((8, 0), "n_heads"),
        ((8, 4, 4, True, 1.0), "dropout"),
    ],
)
def test_arguments_that_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(*arguments)


@pytest.mark.parametrize(
    "x, message",
    [
        (normal(5, 8), r"Add a batch axis"),
        (normal(1, 5, 7), r"expects \(batch, time, 8\), got \(1, 5, 7\)"),
        (normal(1, 5, 7, 8), r"expects \(batch, time, 8\)"),
    ],
)
def test_inputs_that_do_not_fit(x, message):
    with pytest.raises(ValueError, match=message):
        layer()(x)
    with pytest.raises(ValueError, match="a context" if x.ndim > 2 else message):
        layer()(normal(1, 5, 8), context=x)


def test_another_dtype_is_refused():
    with pytest.raises(TypeError, match="float32"):
        layer()(np.ones((1, 2, 8), np.float32))
    with pytest.raises(TypeError, match="float32"):
        layer()(np.ones((1, 2, 8)), context=np.ones((1, 2, 8), np.float32))


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"q": normal(3, 4)}, ValueError, r"x\[None, None\]"),
        ({"q": normal(1, 2, 3, 5)}, ValueError, "one d"),
        ({"q": normal(2, 2, 3, 4)}, ValueError, "one batch size"),
        ({"q": normal(1, 3, 3, 4)}, ValueError, "2 must divide 3"),
        ({"v": normal(1, 2, 4, 4)}, ValueError, r"\(1, 2, 5\) \+ \(d_v,\)"),
        ({"mask": np.ones((3, 5))}, TypeError, "booleans"),
        ({"mask": np.ones((5, 3), bool)}, ValueError, "broadcast to the scores"),
        ({"bias": normal(1, 1, 1, 3, 5)}, ValueError, "broadcast to the scores"),
        ({"bias": normal(4)}, ValueError, "bias must broadcast"),
    ],
)
def test_calls_that_cannot_be(change, error, message):
    call = {"q": normal(1, 2, 3, 4), "k": normal(1, 2, 5, 4), "v": normal(1, 2, 5, 4), **change}
    with pytest.raises(error, match=message):
        scaled_dot_product_attention(**call)


@pytest.mark.parametrize(
    "wanted", [(w >> 0 & 1, w >> 1 & 1, w >> 2 & 1, w >> 3 & 1) for w in range(16)]
)
def test_gradients_are_made_where_they_are_wanted(wanted):
    q, k, v, bias = normal(2, 4, 3, 2), normal(2, 2, 5, 2), normal(2, 2, 5, 3), normal(2, 4, 3, 5)
    o, residuals = attention.forward(q, k, v, bias)
    g = normal(*o.shape)
    every = attention.vjp(g, residuals, (True,) * 4)
    for wish, got, expected in zip(wanted, attention.vjp(g, residuals, wanted), every):
        assert got is None if not wish else (got == expected).all()


def test_a_single_query_sees_biases_masks_and_dropout_as_many_do():
    q, k, v = normal(2, 4, 1, 3), normal(2, 2, 5, 3), normal(2, 2, 5, 3)
    seen = np.random.default_rng(0).random((2, 4, 1, 5)) < 0.6
    for options in ({}, {"bias": 3.0 * normal(2, 4, 1, 5)}, {"mask": seen}, {"keep": 2.0 * seen}):
        alone = scaled_dot_product_attention(q, k, v, **options)
        np.testing.assert_allclose(
            alone, attention.definition(q, k, v, **options), rtol=1e-12, atol=1e-14
        )
