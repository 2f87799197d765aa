"""Positions by hand, by their laws, a step at a time as all at once, and what they refuse."""

import numpy as np
import pytest
from fake_device import FakeArray, asarray

from ml_from_scratch.core import Tensor, raw, vjp
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import (
    Dense,
    GlobalAveragePool,
    LearnedPositions,
    Model,
    ReLU,
    RotaryPositions,
    SinusoidalPositions,
    alibi_bias,
    alibi_slopes,
    rotate_pairs,
    sinusoids,
    softmax,
)
from ml_from_scratch.neural.positions.rotary import BLOCK, pieces
from ml_from_scratch.optimizers import Adam

rng = np.random.default_rng(0)
LAYERS = {
    "sinusoidal": (SinusoidalPositions, (2, 9, 6)),
    "learned": (lambda: LearnedPositions(16), (2, 9, 6)),
    "rotary": (RotaryPositions, (2, 3, 9, 6)),
    "interleaved": (lambda: RotaryPositions(interleaved=True), (2, 3, 9, 6)),
}
every_layer = pytest.mark.parametrize("name", LAYERS)
both_pairings = pytest.mark.parametrize("interleaved", [False, True])


def make(name, dtype=np.float64):
    layer, shape = LAYERS[name]
    return layer().build(shape[1:], seed=0).to(dtype), rng.standard_normal(shape).astype(dtype)


# ---- law: a step at a time is all at once --------------------------------------------------------
@every_layer
@pytest.mark.parametrize("start", [0, 1, 4, 8, 9])
def test_an_offset_continues(name, start):
    layer, x = make(name)
    whole, rest = raw(layer(x)), raw(layer(x[..., start:, :], offset=start))
    np.testing.assert_array_equal(rest, whole[..., start:, :])


@every_layer
def test_word_by_word(name):
    layer, x = make(name)
    steps = [raw(layer(x[..., t : t + 1, :], offset=np.int64(t))) for t in range(9)]
    fresh, _ = make(name)
    np.testing.assert_array_equal(np.concatenate(steps, axis=-2), raw(fresh(x)))


@every_layer
def test_no_word_looks_at_another(name):
    layer, x = make(name)
    other = x.copy()
    other[..., 5, :] = np.nan
    got, expected = raw(layer(other)), raw(layer(x))
    assert np.isnan(got[..., 5, :]).all()
    np.testing.assert_array_equal(np.delete(got, 5, -2), np.delete(expected, 5, -2))


@every_layer
def test_one_layer_serves_both_dtypes_and_other_lengths(name):
    if name == "learned":
        return  # its table has one dtype
    layer, _ = make(name)
    shape = LAYERS[name][1]
    for dtype, width, time in [("f4", 6, 40), ("f8", 6, 3), ("f4", 6, 70), ("f4", 2, 5)]:
        x = rng.standard_normal((*shape[:-2], time, width)).astype(dtype)
        y = raw(layer(x))
        fresh = raw(make(name)[0](x))
        assert y.dtype == dtype
        np.testing.assert_array_equal(y, fresh)


@every_layer
def test_after_the_host_a_device_and_back(name):
    if name == "learned":
        return
    layer, x = make(name)
    on_host = layer(x)
    on_device = layer(asarray(x), offset=0)
    assert isinstance(on_device, FakeArray)
    np.testing.assert_array_equal(on_device.get(), on_host)
    np.testing.assert_array_equal(layer(x), on_host)


@pytest.mark.parametrize("name", ["sinusoidal", "rotary", "interleaved"])
def test_far_positions_are_as_exact_in_single_precision(name):
    """An angle in float32 would be wrong by 0.03 there."""
    (exact, x), (single, _) = make(name), make(name)
    far = 1_000_000
    expected = exact(x, offset=far)
    np.testing.assert_allclose(single(x.astype(np.float32), offset=far), expected, atol=2e-6)


@pytest.mark.parametrize("name", ["sinusoidal", "rotary"])
def test_the_table_is_not_saved(name):
    layer, x = make(name)
    layer(x)
    assert layer.state_dict() == {} and layer.parameters() == []


def test_integers_become_numbers():
    y = SinusoidalPositions()(np.zeros((1, 2, 2), int))
    assert y.dtype == np.float32 and y[0, 0].tolist() == [0.0, 1.0]


# ---- sinusoids -----------------------------------------------------------------------------------
def test_sinusoids_by_hand():
    """base 16 and d 4: one hand advances by 1, the other by 1/4."""
    expected = [[np.sin(t), np.cos(t), np.sin(t / 4), np.cos(t / 4)] for t in range(5)]
    np.testing.assert_allclose(sinusoids(5, 4, base=16.0), expected, rtol=1e-12)
    y = SinusoidalPositions(base=16.0)(np.full((1, 5, 4), 2.0))
    np.testing.assert_allclose(y[0], 2.0 + np.array(expected), rtol=1e-12)


@pytest.mark.parametrize("k", [0, 1, 7, -3])
def test_a_shift_is_linear(k):
    """P[t + k] = P[t] M, with one M of 2x2 rotations for all t."""
    P, theta = sinusoids(50, 8), 10000.0 ** -np.array([0, 0.25, 0.5, 0.75])
    M = np.zeros((8, 8))
    for i, angle in enumerate(k * theta):
        c, s = np.cos(angle), np.sin(angle)
        M[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[c, -s], [s, c]]
    t = np.arange(5, 40)
    np.testing.assert_allclose(P[t + k], P[t] @ M, atol=1e-12)


def test_patterns_of_near_positions_are_alike_and_no_two_are_equal():
    P = sinusoids(200, 32)
    products = P @ P.T
    np.testing.assert_allclose(np.diag(products), 16.0)
    assert (np.diff(products[0, :5]) < -0.5).all()
    others = products - 100.0 * np.eye(200)
    assert others.max() < 15.9
    assert (np.abs(others.argmax(axis=1) - np.arange(200)) == 1).all()  # the nearest is a neighbour


# ---- learned -------------------------------------------------------------------------------------
def test_rows_by_hand_and_their_gradients():
    layer = LearnedPositions(5).build((None, 2)).to(np.float64)
    layer.weight.assign(np.arange(10.0).reshape(5, 2))
    x = Tensor(np.zeros((3, 2, 2)))
    y = layer(x, offset=1)
    assert y.data[0].tolist() == [[2.0, 3.0], [4.0, 5.0]]
    y.backward(np.ones(y.shape))
    assert layer.weight.grad.tolist() == [[0, 0], [3, 3], [3, 3], [0, 0], [0, 0]]
    assert (x.grad == 1.0).all()


def test_how_the_table_is_drawn():
    layer = LearnedPositions(400).build((None, 50), seed=0)
    assert layer.weight.shape == (400, 50) and layer.weight.dtype == np.float32
    np.testing.assert_allclose(layer.weight.data.std(), 0.02, rtol=0.03)


def test_a_model_learns_which_place_is_marked():
    """Two words, one of each kind; which is first cannot be told without positions."""
    X = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]] * 20, np.float32)
    y = np.array([0, 1] * 20)

    def accuracy(*first):
        model = Model([*first, Dense(16), ReLU(), GlobalAveragePool(), Dense(2)], seed=0)
        model.compile(Adam(0.02), loss=CrossEntropy(from_logits=True))
        model.fit(X, y, epochs=40, batch_size=10, verbose=0)
        return np.mean(np.argmax(model.predict(X), axis=1) == y)

    assert accuracy(LearnedPositions(2)) == accuracy(SinusoidalPositions()) == 1.0
    assert accuracy() == 0.5


# ---- rotary --------------------------------------------------------------------------------------
def test_a_turn_by_hand():
    """d 4, base 4: the first pair turns by 1 a position, the second by 1/2."""
    x = np.broadcast_to(np.array([1.0, 0.0, 0.0, 2.0]), (1, 1, 3, 4))
    t = np.arange(3)
    halves = [np.cos(t), -2 * np.sin(t / 2), np.sin(t), 2 * np.cos(t / 2)]
    np.testing.assert_allclose(RotaryPositions(4.0)(x)[0, 0], np.stack(halves, -1), atol=1e-15)
    neighbours = [np.cos(t), np.sin(t), -2 * np.sin(t / 2), 2 * np.cos(t / 2)]
    got = RotaryPositions(4.0, interleaved=True)(x)[0, 0]
    np.testing.assert_allclose(got, np.stack(neighbours, -1), atol=1e-15)


@both_pairings
def test_a_product_depends_on_the_distance_alone(interleaved):
    rotate = RotaryPositions(interleaved=interleaved)
    q, k = rng.standard_normal((2, 1, 2, 1, 8))

    def score(s, t):
        return np.sum(rotate(q, offset=s) * rotate(k, offset=t), axis=-1)

    for distance in (-4, 0, 3):
        expected = score(10, 10 + distance)
        for s in (4, 57, 1000):
            np.testing.assert_allclose(score(s, s + distance), expected, rtol=1e-10)
        assert not np.allclose(score(10, 11 + distance), expected)


@both_pairings
def test_turns_keep_lengths_add_up_and_are_undone(interleaved):
    x, angle = rng.standard_normal((2, 3, 5, 6)), rng.standard_normal((2, 5, 3))

    def turn(x, angle):
        return rotate_pairs(x, np.cos(angle), np.sin(angle), interleaved=interleaved)

    y = turn(x, angle[0])
    np.testing.assert_allclose(np.linalg.norm(y, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-12)
    np.testing.assert_allclose(turn(y, angle[1]), turn(x, angle[0] + angle[1]), atol=1e-12)
    np.testing.assert_allclose(turn(y, -angle[0]), x, atol=1e-12)
    np.testing.assert_allclose(turn(x, 0 * angle[0]), x)


def test_the_gradient_is_turned_back():
    x, g = rng.standard_normal((2, 2, 3, 5, 6))
    rotate = RotaryPositions()
    _, pull = vjp(rotate, x)
    np.testing.assert_allclose(rotate(pull(g)[0]), g, atol=1e-12)


def test_the_pairings_differ_by_the_order_of_numbers():
    x, order = rng.standard_normal((1, 2, 7, 6)), [0, 2, 4, 1, 3, 5]
    halves, neighbours = RotaryPositions(), RotaryPositions(interleaved=True)
    np.testing.assert_allclose(halves(x[..., order]), neighbours(x)[..., order], rtol=1e-12)


@both_pairings
@pytest.mark.parametrize("shape", [(3, 5, 40, 64), (2, 2, 300, 256), (70, 2, 8, 4), (1, 1, 1, 2)])
def test_blocks_change_nothing(shape, interleaved):
    x = np.swapaxes(rng.standard_normal((shape[0], shape[2], shape[1], shape[3])), 1, 2)
    angle = rng.standard_normal((shape[2], shape[3] // 2))
    tables = np.cos(angle), np.sin(angle)
    y, _ = rotate_pairs.forward(x, *tables, interleaved=interleaved)
    assert y.flags.c_contiguous
    expected = rotate_pairs.definition(x, *tables, interleaved=interleaved)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-14)


@both_pairings
def test_half_precision_and_any_layout(interleaved):
    rotate, x = RotaryPositions(interleaved=interleaved), rng.standard_normal((2, 3, 5, 8))
    expected = rotate(x)
    half = rotate(x.astype(np.float16))
    assert half.dtype == np.float16
    np.testing.assert_allclose(half, expected, atol=5e-3)
    for layout in (np.asfortranarray(x), np.repeat(x, 2, axis=-1)[..., ::2], x[:, ::-1][:, ::-1]):
        np.testing.assert_allclose(rotate(layout), expected, rtol=1e-12)
    same = np.broadcast_to(x[:1, :1, :1, :1], x.shape)
    np.testing.assert_allclose(rotate(same), rotate(same.copy()), rtol=1e-12)


@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("d", [2, 4, 6])
def test_heads_cut_out_of_wider_rows(d, interleaved):
    """Heads lie apart in memory in every way, with which some of NumPy's loops have had trouble."""
    for dtype in (np.float32, np.float64):
        for n_heads in range(1, 9):
            rows = rng.standard_normal((4, 3, n_heads * d)).astype(dtype)
            heads = rows.reshape(4, 3, n_heads, d).swapaxes(1, 2)
            for part in (heads[:, :1], heads[:, -1:], heads):
                layer = RotaryPositions(interleaved=interleaved)
                np.testing.assert_array_equal(layer(part), layer(part.copy(order="C")))


@pytest.mark.parametrize("leading", [(), (1,), (7,), (3, 4), (2, 3, 4), (0, 3), (3, 0)])
@pytest.mark.parametrize("size", [0, 1, BLOCK // 5, BLOCK, 3 * BLOCK])
def test_pieces_cover_everything_once(leading, size):
    counts = np.zeros(leading, int)
    for piece in pieces(leading, size):
        counts[piece] += 1
        assert counts[piece].size * size <= max(BLOCK, size)
    assert (counts == 1).all()


def test_pieces_are_not_smaller_than_they_need_to_be():
    assert len(list(pieces((8, 8, 8), 16))) == 1
    assert len(list(pieces((8, 8, 8), BLOCK // 8))) == 64
    assert len(list(pieces((8, 8), 2 * BLOCK))) == 64


# ---- ALiBi ---------------------------------------------------------------------------------------
def test_slopes_by_hand():
    """Section 3 of the paper: 8 heads have 1/2 ... 1/256; 16 have every half step between, too."""
    assert alibi_slopes(8).tolist() == [2.0**-h for h in range(1, 9)]
    np.testing.assert_allclose(alibi_slopes(16), 2.0 ** (-0.5 * np.arange(1, 17)), rtol=1e-12)
    assert alibi_slopes(1).tolist() == [2.0**-8]
    np.testing.assert_allclose(alibi_slopes(12)[8:], 2.0 ** -np.array([0.5, 1.5, 2.5, 3.5]))
    assert alibi_slopes(3).tolist() == [2.0**-4, 2.0**-8, 2.0**-2]


@pytest.mark.parametrize("n", range(1, 40))
def test_slopes_are_distinct_shares(n):
    m = alibi_slopes(n)
    assert m.shape == (n,) and len(set(m)) == n and (m > 0).all() and (m < 1).all()


def test_bias_by_hand():
    """Two heads: 1/16 and 1/256."""
    bias = alibi_bias(2, 3, 3)
    distance = np.array([[0, 1, 2], [1, 0, 1], [2, 1, 0]])
    assert bias.dtype == np.float32 and bias.shape == (2, 3, 3)
    np.testing.assert_array_equal(bias, [-distance / 16, -distance / 256])
    assert not np.signbit(bias[:, 0, 0]).any()


def test_an_offset_continues_the_bias():
    whole = alibi_bias(6, 9, 9)
    for t in range(10):
        np.testing.assert_array_equal(alibi_bias(6, 9 - t, 9, offset=t), whole[:, t:])
    assert alibi_bias(6, 0, 9).shape == (6, 0, 9)


def test_under_a_causal_mask_it_is_the_papers_row():
    """There a row is the same up to a constant, which softmax does not see: m times the key's position."""
    scores, T = rng.standard_normal((4, 5, 5)), np.arange(5)
    later = np.where(T[None, :] > T[:, None], -np.inf, 0.0)
    row = alibi_slopes(4)[:, None, None] * T
    bias = alibi_bias(4, 5, 5, like=scores)
    np.testing.assert_allclose(
        softmax(scores + bias + later), softmax(scores + row + later), rtol=1e-12
    )


def test_the_bias_goes_where_the_scores_are():
    x = np.ones(2, np.float64)
    assert alibi_bias(2, 3, 3, like=x).dtype == np.float64
    assert alibi_bias(2, 3, 3, like=Tensor(x)).dtype == np.float64
    on_device = alibi_bias(2, 3, 3, like=asarray(x))
    assert isinstance(on_device, FakeArray)
    np.testing.assert_array_equal(on_device.get(), alibi_bias(2, 3, 3, like=x))


# ---- what is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: SinusoidalPositions()(np.ones((2, 3, 5))), "Sinusoidal.*even length; got 5"),
        (lambda: RotaryPositions()(np.ones((2, 1, 3, 5))), "RotaryPositions.*even length; got 5"),
        (lambda: RotaryPositions().build((1, 3, 5)), "even length; got 5"),
        (lambda: sinusoids(3, 5), "even length; got 5"),
        (lambda: SinusoidalPositions()(np.ones((3, 4))), r"expects \(batch, time, d_model\), got"),
        (lambda: RotaryPositions()(np.ones((2, 3, 4))), r"\(batch, heads, time, d_head\), got \(2"),
        (
            lambda: LearnedPositions(4).build((4,)),
            r"samples of shape \(time, d_model\), got \(4,\)",
        ),
        (lambda: LearnedPositions(4).build((3, None)), r"got \(3, None\)"),
        (lambda: LearnedPositions(4).build((5, 2)), "positions 0 to 3, and 0 to 4 were asked"),
        (lambda: LearnedPositions(4)(np.ones((2, 5, 2), "f4")), "0 to 4 were.*context_length"),
        (
            lambda: LearnedPositions(4).build((3, 2))(np.ones((2, 2, 2), "f4"), offset=3),
            r"0 to 3, and 3 to 4 were asked for.*x\[:, -4:\]",
        ),
        (
            lambda: LearnedPositions(4).build((3, 2))(np.ones((2, 2, 3), "f4")),
            "rows of 2 numbers, and vectors of 3",
        ),
        (lambda: SinusoidalPositions()(np.ones((2, 3, 4)), offset=-1), "offset"),
        (lambda: RotaryPositions()(np.ones((2, 1, 3, 4)), offset=1.5), "offset"),
        (lambda: LearnedPositions(9)(np.ones((2, 3, 4), "f4"), offset=-1), "offset"),
        (lambda: LearnedPositions(0), "context_length"),
        (lambda: RotaryPositions(base=1.0), "base"),
        (lambda: SinusoidalPositions(base=-3.0), "base"),
        (lambda: alibi_slopes(0), "n_heads"),
        (lambda: alibi_bias(2, -1, 3), "n_queries"),
        (lambda: alibi_bias(2, 1, 3, offset=-1), "offset"),
    ],
)
def test_refused(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


def test_another_precision_than_the_tables():
    with pytest.raises(TypeError, match="float32 weights and got float64"):
        LearnedPositions(4).build((3, 2))(np.ones((1, 3, 2)))
    with pytest.raises(TypeError, match="real numbers"):
        RotaryPositions()(np.ones((1, 1, 3, 2), complex))
