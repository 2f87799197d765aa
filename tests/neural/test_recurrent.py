"""Recurrent layers: by hand, by their laws, and what they say to input that does not fit."""

import copy

import fake_device
import numpy as np
import pytest

from ml_from_scratch.core import Tensor, grad, raw, vjp
from ml_from_scratch.losses import MSE, CrossEntropy
from ml_from_scratch.neural import (
    GRU,
    LSTM,
    RNN,
    Dense,
    Dropout,
    Model,
    Sequential,
    gru,
    lstm,
    rnn,
    states_over_time,
    truncated,
)
from ml_from_scratch.neural.initializers import Constant
from ml_from_scratch.neural.recurrent.gru import gru_forward, gru_vjp
from ml_from_scratch.neural.recurrent.lstm import lstm_forward, lstm_vjp
from ml_from_scratch.neural.recurrent.rnn import rnn_forward, rnn_vjp
from ml_from_scratch.optimizers import Adam

KINDS = {
    "RNN": RNN,
    "RNN, relu": lambda *args, **options: RNN(*args, activation="relu", **options),
    "LSTM": LSTM,
    "GRU": GRU,
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
OPERATIONS = {  # forward, vjp, arguments
    "rnn": (rnn_forward, rnn_vjp, [(4, 3, 2), (3, 5), (2, 5), (5, 5), (5,)]),
    "lstm": (lstm_forward, lstm_vjp, [(4, 3, 2), (3, 5), (3, 5), (4, 2, 5), (4, 5, 5), (4, 5)]),
    "gru": (gru_forward, gru_vjp, [(4, 3, 2), (3, 5), (3, 2, 5), (3, 5, 5), (3, 5), (5,)]),
}
L = np.log(3.0)  # sigmoid(log 3) = 3/4, tanh(log 3) = 4/5


def made(kind, *args, shape=(None, 3), seed=0, **options):
    """A layer in float64 with weights and biases that are not at their first values."""
    layer = kind(*args, **options).build(shape, seed=seed).to(np.float64)
    rng = np.random.default_rng(seed + 1)
    for p in layer.parameters():
        p.assign(p.data + 0.3 * rng.standard_normal(p.shape))
    return layer


def parts(state):
    return list(state) if isinstance(state, tuple) else [state]


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# ---- by hand ---------------------------------------------------------------------------------------
def column(*steps):
    """One sample of one feature, time first."""
    return np.array(steps, float).reshape(-1, 1, 1)


def test_the_lstm_by_hand():
    """i = f = o = 3/4 and g = 4/5, so c goes 0, 0.6, 0.45 + 0.6 = 1.05, and h is 3/4 tanh(c)."""
    zero, W, U = np.zeros((1, 1)), np.full((4, 1, 1), L), np.zeros((4, 1, 1))
    out = lstm(column(1, 1), zero, zero, W, U)[:, 0, 0]
    np.testing.assert_allclose(out, [0.0, 0.75 * np.tanh(0.6), 0.75 * np.tanh(1.05), 1.05])


def test_the_lstms_gates_each_do_their_work():
    """Open by a bias of 100, shut by -100; the candidate is tanh(log 3) = 4/5."""
    zero, one = np.zeros((1, 1)), np.ones((1, 1))
    U, W = np.zeros((4, 1, 1)), np.zeros((4, 1, 1))

    def run(i, f, o, c=one):
        return lstm(column(0), zero, c, W, U, np.array([[i], [f], [L], [o]]) * 1.0)[1:, 0, 0]

    np.testing.assert_allclose(run(-100, 100, 100), [np.tanh(1.0), 1.0])  # keep and show
    np.testing.assert_allclose(run(100, -100, 100), [np.tanh(0.8), 0.8])  # erase, write, show
    np.testing.assert_allclose(run(100, 100, -100), [0.0, 1.8], atol=1e-40)  # add, do not show


def test_the_error_in_the_cell_passes_by_the_forget_gates_alone():
    """Nothing is fed back (U = 0): d c_T / d c_0 = f_1 f_2 f_3 = (3/4)^3."""
    zero, W, U = np.zeros((1, 1)), np.full((4, 1, 1), L), np.zeros((4, 1, 1))
    slope = grad(lambda c: lstm(column(1, 1, 1), zero, c, W, U)[-1, 0, 0])(zero)
    np.testing.assert_allclose(slope, [[0.75**3]])


def test_the_gru_by_hand():
    """r = z = 3/4 and n = 4/5, so h goes 0, 0.2, 0.15 + 0.2 = 0.35."""
    zero, U = np.zeros((1, 1)), np.zeros((3, 1, 1))
    hs = gru(column(1, 1), zero, np.full((3, 1, 1), L), U)[:, 0, 0]
    np.testing.assert_allclose(hs, [0.0, 0.2, 0.35])


def test_the_grus_reset_gate_acts_behind_the_product():
    """n = tanh(r (h U_n + d)): with h = 2, U_n = L / 3, d = 2 L / 3 and r = 3/4 it is tanh(L) = 4/5."""
    W, U = np.zeros((3, 1, 1)), np.array([0.0, 0.0, L / 3]).reshape(3, 1, 1)
    b, d = np.array([[L], [-100.0], [0.0]]), np.array([2 * L / 3])  # z = 0: all is renewed
    hs = gru(column(0), np.array([[2.0]]), W, U, b, d)[:, 0, 0]
    np.testing.assert_allclose(hs, [2.0, 0.8])


def test_the_plain_network_by_hand():
    """a = x + 2 h - 1: 0, 2, 3. Then dh_3/dx_2 = 2, dh_3/dU = h_2 + 2 h_1 = 2, dh_3/db = 1 + 2."""
    x, zero = Tensor(column(1, 3, 0)), np.zeros((1, 1))
    W, U, b = Tensor([[1.0]]), Tensor([[2.0]]), Tensor([-1.0])
    hs = rnn(x, zero, W, U, b, activation="relu")
    assert hs.data[:, 0, 0].tolist() == [0.0, 0.0, 2.0, 3.0]
    hs[-1, 0, 0].backward()
    assert x.grad[:, 0, 0].tolist() == [0.0, 2.0, 1.0]  # the first was cut off by the rectifier
    assert (W.grad.item(), U.grad.item(), b.grad.item()) == (6.0, 2.0, 3.0)
    tanh = rnn(column(1), zero, np.array([[L]]), np.zeros((1, 1)))
    np.testing.assert_allclose(tanh[:, 0, 0], [0.0, 0.8])


@pytest.mark.parametrize("name", OPERATIONS)
def test_back_propagation_by_hand_needs_no_tape(name):
    forward, pull, shapes = OPERATIONS[name]
    arrays = [numbers(*shape, seed=i) for i, shape in enumerate(shapes)]
    out, residuals = forward(*arrays)
    assert type(out) is np.ndarray
    operation = {"rnn": rnn, "lstm": lstm, "gru": gru}[name]
    g = numbers(*out.shape, seed=9)
    for by_hand, by_tape in zip(pull(g, residuals), vjp(operation, *arrays)[1](g)):
        np.testing.assert_array_equal(by_hand, by_tape)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_not_wanted_is_not_computed(name):
    forward, pull, shapes = OPERATIONS[name]
    arrays = [numbers(*shape, seed=i) for i, shape in enumerate(shapes)]
    out, residuals = forward(*arrays)
    gradients = pull(np.ones_like(out), residuals, (False,) * len(arrays))
    weights = [0, *range(len(shapes))[-3 - (name == "gru") :]]
    assert all(gradients[i] is None for i in weights)


# ---- layers and directions are composed ------------------------------------------------------------
@every_kind
def test_layers_stand_on_top_of_each_other(kind):
    both = made(kind, 4, n_layers=2, return_sequences=True, return_state=True)
    x = numbers(2, 5, 3)
    h, ends = x, []
    for j, n_in in enumerate((3, 4)):
        one = kind(4, return_sequences=True, return_state=True).build((None, n_in)).to(np.float64)
        one.cells[0].load_state_dict(both.cells[j].state_dict())
        h, end = one(h)
        ends.append([part.data for part in parts(end)])
    y, state = both(x)
    np.testing.assert_array_equal(y.data, h.data)
    for part, *alone in zip(parts(state), *ends):
        np.testing.assert_array_equal(part.data, np.concatenate(alone))


@every_kind
def test_backwards_is_forwards_on_the_sequence_turned_round(kind):
    both = made(kind, 4, bidirectional=True, return_sequences=True)
    x = numbers(2, 5, 3)
    one, two = (kind(4, return_sequences=True).build((None, 3)).to(np.float64) for _ in range(2))
    one.cells[0].load_state_dict(both.cells[0].state_dict())
    two.cells[0].load_state_dict(both.cells[1].state_dict())
    y = both(x).data
    np.testing.assert_array_equal(y[..., :4], one(x).data)
    np.testing.assert_array_equal(y[..., 4:], two(x[:, ::-1]).data[:, ::-1])


@every_kind
@pytest.mark.parametrize("bidirectional", [False, True])
def test_without_sequences_the_last_state_is_returned(kind, bidirectional):
    layer = made(kind, 4, 2, bidirectional, return_sequences=True, return_state=True)
    last = copy.deepcopy(layer)
    last.return_sequences = False
    x = numbers(3, 5, 3)
    (y, state), (end, _) = layer(x), last(x)
    np.testing.assert_array_equal(end.data[:, :4], y.data[:, -1, :4])
    np.testing.assert_array_equal(end.data[:, 4:], y.data[:, 0, 4:])  # backwards it ends there
    top = parts(state)[0].data[-layer.n_directions :]
    np.testing.assert_array_equal(end.data, np.concatenate(list(top), axis=-1))


@every_kind
def test_dropout_acts_between_layers_in_training_alone(kind):
    layer = made(kind, 4, n_layers=2, dropout=0.5, return_sequences=True)
    plain = made(kind, 4, n_layers=2, return_sequences=True)
    x = numbers(2, 5, 3)
    np.testing.assert_array_equal(layer.eval()(x).data, plain(x).data)
    layer.train()
    layer(x)
    before = copy.deepcopy(layer.between)
    first, second = (kind(4, return_sequences=True).build((None, n)) for n in (3, 4))
    for j, one in enumerate((first, second)):
        one.to(np.float64).cells[0].load_state_dict(layer.cells[j].state_dict())
    dropped = np.swapaxes(before(np.swapaxes(first(x), 0, 1)), 0, 1)
    assert (dropped.data == 0).any()
    np.testing.assert_array_equal(layer(x).data, second(dropped).data)


# ---- sequences of different lengths ----------------------------------------------------------------
LENGTHS = [3, 5, 1, 0]


@every_kind
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_padded_batch_is_its_samples_one_by_one(kind, bidirectional):
    layer = made(kind, 4, 2, bidirectional, return_sequences=True, return_state=True)
    x, first = numbers(4, 5, 3), [numbers(2 * (1 + bidirectional), 4, 4)] * layer.n_states
    pack = lambda arrays: tuple(arrays) if len(arrays) == 2 else arrays[0]
    t = Tensor(x)
    y, state = layer(t, lengths=LENGTHS, state=pack(first))
    (np.sum(y * y) + sum(np.sum(part**3) for part in parts(state))).backward()
    together = [p.grad for p in layer.parameters()]
    layer.zero_grad()
    for i, n in enumerate(LENGTHS):
        alone = Tensor(x[i : i + 1, :n])
        y_i, state_i = layer(alone, state=pack([h[:, i : i + 1] for h in first]))
        (np.sum(y_i * y_i) + sum(np.sum(part**3) for part in parts(state_i))).backward()
        np.testing.assert_allclose(y.data[i, :n], y_i.data[0], rtol=1e-12)
        assert not y.data[i, n:].any()
        for a, b in zip(parts(state), parts(state_i)):
            np.testing.assert_allclose(a.data[:, i], b.data[:, 0], rtol=1e-12)
        np.testing.assert_allclose(t.grad[i, :n], alone.grad[0], rtol=1e-9, atol=1e-12)
        assert not t.grad[i, n:].any()
    for p, g in zip(layer.parameters(), together):
        np.testing.assert_allclose(g, p.grad, rtol=1e-9, atol=1e-12)


@every_kind
def test_a_length_of_0_gives_zeros_and_the_first_state(kind):
    layer = made(kind, 4, return_state=True, return_sequences=True)
    first = [Tensor(numbers(1, 2, 4, seed=s)) for s in range(layer.n_states)]
    y, last = layer(numbers(2, 3, 3), lengths=[0, 3], state=tuple(first))
    assert not y.data[0].any() and y.data[1].any()
    for a, b in zip(parts(last), first):
        np.testing.assert_array_equal(a.data[0, 0], b.data[0, 0])
    sum(np.sum(a[0, 0]) for a in parts(last)).backward()
    for b in first:
        np.testing.assert_array_equal(b.grad[0], [[1.0] * 4, [0.0] * 4])


@every_kind
@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_lies_behind_the_end_does_not_matter(kind, bidirectional):
    layer = made(kind, 4, 2, bidirectional, return_sequences=True)
    x, strange = numbers(4, 5, 3), numbers(4, 5, 3)
    for i, n in enumerate(LENGTHS):
        strange[i, n:] = np.nan
    one, two = Tensor(x), Tensor(strange)
    for t in (one, two):
        layer.zero_grad()
        y = layer(t, lengths=LENGTHS)
        np.sum(y * y).backward()
        gradients = [p.grad for p in layer.parameters()]
        assert all(np.isfinite(g).all() for g in (t.grad, *gradients))
    np.testing.assert_array_equal(layer(strange, lengths=LENGTHS).data, y.data)
    np.testing.assert_array_equal(one.grad, two.grad)


@every_kind
def test_a_mask_says_the_same_and_may_have_holes(kind):
    layer = made(kind, 4, n_layers=2, bidirectional=True, return_sequences=True)
    x = numbers(4, 5, 3)
    mask = np.arange(5) < np.array(LENGTHS)[:, None]
    expected = layer(x, lengths=LENGTHS).data
    np.testing.assert_array_equal(layer(x, mask=mask).data, expected)
    np.testing.assert_array_equal(layer(x, mask=mask.tolist()).data, expected)
    holes = np.array([True, False, True, False, True])
    y = layer(x[:1], mask=holes[None]).data[0]
    assert not y[~holes].any()
    np.testing.assert_allclose(y[holes], layer(x[:1, holes]).data[0], rtol=1e-12)


@every_kind
def test_full_lengths_are_no_lengths(kind):
    layer, x = made(kind, 4, return_sequences=True), numbers(2, 5, 3)
    np.testing.assert_array_equal(layer(x, lengths=[5, 5]).data, layer(x).data)
    np.testing.assert_allclose(layer(x, mask=np.ones((2, 5), bool)).data, layer(x).data, rtol=1e-14)


# ---- states that are handed on -----------------------------------------------------------------------
@every_kind
@pytest.mark.parametrize("n_layers", [1, 2])
def test_two_halves_are_the_whole(kind, n_layers):
    layer = made(kind, 4, n_layers, return_sequences=True, return_state=True)
    x = numbers(2, 6, 3)
    whole, halves = Tensor(x), Tensor(x)
    y, last = layer(whole)
    first, state = layer(halves[:, :4])
    second, end = layer(halves[:, 4:], state=state)
    np.testing.assert_allclose(np.concatenate([first.data, second.data], 1), y.data, rtol=1e-13)
    for a, b in zip(parts(end), parts(last)):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-13)
    np.sum(y[:, -1]).backward()
    np.sum(second[:, -1]).backward()  # the state is a Tensor: the gradient goes through
    np.testing.assert_allclose(halves.grad, whole.grad, rtol=1e-10)


@every_kind
def test_gradients_stop_where_a_piece_begins(kind):
    layer = made(kind, 4, return_sequences=True, return_state=True)
    x = Tensor(numbers(2, 7, 3))
    expected, last = layer(x.data)
    outputs = []
    for piece, y, state in truncated(layer, x, steps=3):
        assert all(type(part) is np.ndarray for part in parts(state))
        outputs.append(y.data)
        if piece == slice(6, 7):
            np.sum(y).backward()
    np.testing.assert_allclose(np.concatenate(outputs, 1), expected.data, rtol=1e-13)
    for a, b in zip(parts(state), parts(last)):
        np.testing.assert_allclose(a, b.data, rtol=1e-13)
    assert not x.grad[:, :6].any() and x.grad[:, 6].all()


def test_pieces_know_their_lengths_and_where_to_begin():
    layer = made(LSTM, 4, return_sequences=True, return_state=True)
    x, lengths, first = numbers(4, 5, 3), [3, 5, 1, 0], (numbers(1, 4, 4), numbers(1, 4, 4, seed=1))
    expected, last = layer(x, lengths=lengths, state=first)
    pieces = list(truncated(layer, x, 2, lengths, first))
    assert [piece for piece, _, _ in pieces] == [slice(0, 2), slice(2, 4), slice(4, 5)]
    got = np.concatenate([y.data for _, y, _ in pieces], 1)
    np.testing.assert_allclose(got, expected.data, rtol=1e-13)
    for a, b in zip(pieces[-1][2], last):
        np.testing.assert_allclose(a, b.data, rtol=1e-13)


def test_weights_may_be_stepped_between_pieces():
    layer = LSTM(4, return_sequences=True, return_state=True, input_dim=3).build((None, 3), seed=0)
    optimizer = Adam(learning_rate=0.01).attach(layer.parameters())
    for _, y, _ in truncated(layer, numbers(2, 6, 3).astype(np.float32), steps=2):
        optimizer.zero_grad()
        np.sum(y * y).backward()
        optimizer.step()


def test_pieces_need_a_state_to_hand_on():
    x = np.ones((1, 4, 3), np.float32)
    for layer in (LSTM(2), LSTM(2, return_state=True, bidirectional=True)):
        with pytest.raises(
            ValueError, match="return_state=True that reads in one direction; got LSTM"
        ):
            truncated(layer, x, steps=2)
    with pytest.raises(ValueError, match="steps must be an integer of at least 1; got 0"):
        truncated(LSTM(2, return_state=True), x, steps=0)


def test_an_encoder_hands_its_state_to_a_decoder():
    encoder = made(LSTM, 4, return_state=True)
    decoder = made(LSTM, 4, shape=(None, 2), seed=5)
    x = Tensor(numbers(3, 6, 3))
    _, state = encoder(x)
    np.sum(decoder(numbers(3, 2, 2), state=state)).backward()
    assert x.grad.all() and all(p.grad.any() for p in encoder.parameters())


# ---- first weights -----------------------------------------------------------------------------------
def test_first_weights():
    layer = LSTM(32, n_layers=2, bidirectional=True).build((None, 8), seed=0)
    assert [cell.weight.shape for cell in layer.cells] == [(4, 8, 32)] * 2 + [(4, 64, 32)] * 2
    for cell in layer.cells:
        for U in cell.recurrent_weight.data:
            np.testing.assert_allclose(U @ U.T, np.eye(32), atol=1e-5)
        assert cell.bias.data.tolist() == [[0.0] * 32, [1.0] * 32, [0.0] * 32, [0.0] * 32]
    W = layer.cells[0].weight.data  # each gate's fans are its own: (8, 32), not four times that
    assert 0.95 < np.abs(W).max() / np.sqrt(6 / (8 + 32)) <= 1.0
    every = [
        m for cell in layer.cells for w in (cell.weight, cell.recurrent_weight) for m in w.data
    ]
    assert len({m.tobytes() for m in every}) == len(every)  # no two gates begin alike


def test_first_weights_of_the_others():
    cell = GRU(3).build((None, 2)).cells[0]
    assert (cell.bias.shape, cell.candidate_bias.shape) == ((3, 3), (3,))
    assert not cell.bias.data.any() and not cell.candidate_bias.data.any()
    cell = RNN(3).build((None, 2)).cells[0]
    assert (cell.weight.shape, cell.recurrent_weight.shape) == ((2, 3), (3, 3))
    assert cell.bias.data.tolist() == [0.0] * 3


@every_kind
def test_initializers_and_no_bias(kind):
    drawn = {"kernel_initializer": Constant(0.5), "recurrent_initializer": Constant(0.25)}
    cell = kind(3, use_bias=False, **drawn).build((None, 2)).cells[0]
    assert (cell.weight.data == 0.5).all() and (cell.recurrent_weight.data == 0.25).all()
    assert [name for name, _ in cell.named_parameters()] == ["weight", "recurrent_weight"]


@every_kind
def test_weights_are_loaded_before_the_first_batch(kind):
    one, two = (kind(3, input_dim=2) for _ in range(2))
    two.load_state_dict(one.state_dict())
    x = np.ones((1, 4, 2), np.float32)
    np.testing.assert_array_equal(one(x).data, two(x).data)


def test_frozen_weights_get_no_gradient():
    layer = made(LSTM, 4)
    layer.cells[0].weight.frozen = True
    np.sum(layer(Tensor(numbers(2, 3, 3)))).backward()
    assert layer.cells[0].weight.grad is None and layer.cells[0].recurrent_weight.grad.any()


# ---- what hurts --------------------------------------------------------------------------------------
@every_kind
@pytest.mark.parametrize("bidirectional", [False, True])
def test_no_steps_at_all(kind, bidirectional):
    """The outputs are none, and the state is the one it began with."""
    layer = made(kind, 4, 2, bidirectional, return_sequences=True, return_state=True)
    first = tuple(numbers(2 * layer.n_directions, 3, 4, seed=s) for s in range(layer.n_states))
    y, last = layer(np.zeros((3, 0, 3)), state=first)
    assert y.shape == (3, 0, 4 * layer.n_directions)
    for a, b in zip(parts(last), first):
        np.testing.assert_array_equal(a.data, b)
    end = made(kind, 4, 2, bidirectional)(np.zeros((3, 0, 3)))
    assert end.shape == (3, 4 * layer.n_directions) and not end.data.any()


@every_kind
def test_no_samples_at_all(kind):
    layer = made(kind, 4, 2, bidirectional=True, return_state=True)
    x = Tensor(np.zeros((0, 5, 3)))
    y, last = layer(x, lengths=[])
    assert y.shape == (0, 8) and all(part.shape == (4, 0, 4) for part in parts(last))
    np.sum(y).backward()
    assert x.grad.shape == (0, 5, 3) and not any(p.grad.any() for p in layer.parameters())


@every_kind
def test_arrays_of_any_kind(kind):
    layer = kind(4, return_sequences=True).build((None, 3), seed=0)
    x = np.random.default_rng(0).integers(-2, 3, (2, 5, 3))
    expected = layer(x.astype(np.float32)).data
    assert expected.dtype == np.float32
    np.testing.assert_array_equal(layer(x).data, expected)
    np.testing.assert_array_equal(layer(x.tolist()).data, expected)
    locked = np.asfortranarray(x.astype(np.float32))
    locked.flags.writeable = False
    np.testing.assert_allclose(layer(locked).data, expected, rtol=1e-6)
    assert type(layer(x)) is Tensor


@every_kind
def test_a_thousand_steps_are_one_entry_on_the_tape(kind):
    x = Tensor(numbers(1, 1000, 3))
    y = made(kind, 2)(x)
    y.sum().backward()
    assert np.isfinite(x.grad).all()


def test_large_sums_saturate_and_stay_finite():
    layer = made(LSTM, 3)
    x = Tensor(1e6 * numbers(2, 4, 3))
    with np.errstate(all="raise", under="ignore"):
        np.sum(layer(x)).backward()
    assert np.isfinite(x.grad).all()


@pytest.mark.parametrize(
    "shape, message",
    [
        ((3,), r"^LSTM expects \(batch, time, 3\), got \(3,\)\.$"),
        ((5, 3), r"got \(5, 3\)\. .*, or add an axis of time: x\[:, None, :\]\.$"),
        ((5, 7), r"LSTM expects \(batch, time, 3\), got \(5, 7\)\.$"),
        ((2, 5, 4), r"LSTM expects \(batch, time, 3\), got \(2, 5, 4\)\.$"),
        ((2, 5, 3, 1), r"got \(2, 5, 3, 1\)\. Make each step one row of features: x\.reshape"),
    ],
)
def test_shapes_that_do_not_fit(shape, message):
    with pytest.raises(ValueError, match=message):
        LSTM(2, input_dim=3)(np.zeros(shape, np.float32))


def test_shapes_of_samples():
    assert LSTM(2, return_sequences=True).output_shape((5, 3)) == (5, 2)
    assert LSTM(2, bidirectional=True).output_shape((None, 3)) == (4,)
    with pytest.raises(
        ValueError, match=r"GRU expects samples of shape \(time, features\), got \(5,\)"
    ):
        GRU(2).build(5)
    with pytest.raises(
        ValueError, match=r"RNN expects samples of shape \(time, 3\), got \(5, 4\)\.$"
    ):
        RNN(2, input_dim=3).build((5, 4))
    with pytest.raises(ValueError, match=r"got \(5, None\)"):
        RNN(2).build((5, None))
    with pytest.raises(ValueError, match=r"Add an axis of features: x\[:, :, None\]"):
        RNN(2, input_dim=1)(np.zeros((3, 5), np.float32))


def test_other_dtypes_are_refused():
    with pytest.raises(TypeError, match="LSTM has float32 weights and got float64"):
        LSTM(2)(np.zeros((1, 2, 3)))
    state = (np.zeros((1, 1, 2)), np.zeros((1, 1, 2)))
    with pytest.raises(TypeError, match="LSTM has float32 weights and got float64"):
        LSTM(2)(np.zeros((1, 2, 3), np.float32), state=state)


@pytest.mark.parametrize(
    "given, error, message",
    [
        ({"lengths": [1, 2], "mask": [[True] * 5] * 2}, ValueError, "lengths or a mask, not both"),
        ({"lengths": [1, 2, 3]}, ValueError, r"lengths has shape \(3,\); it needs .* \(2,\)"),
        ({"lengths": [1.0, 2.0]}, TypeError, "whole numbers of steps; got dtype float64"),
        ({"lengths": [1, 6]}, ValueError, "from 0 to the number of steps, 5; got 1 to 6"),
        ({"lengths": [-1, 3]}, ValueError, "from 0 to the number of steps, 5; got -1 to 3"),
        ({"mask": [[1] * 5] * 2}, TypeError, "a mask holds booleans.*passed as lengths="),
        ({"mask": [[True] * 4] * 2}, ValueError, r"mask has shape \(2, 4\).*\(2, 5\)"),
        (
            {"state": np.zeros((1, 2, 4))},
            ValueError,
            r"pair \(h, c\).*\(1, 2, 4\); got \(1, 2, 4\)",
        ),
        ({"state": (np.zeros((2, 4)),) * 2}, ValueError, r"\(1, 2, 4\); got \(2, 4\), \(2, 4\)"),
    ],
)
def test_arguments_of_a_call_are_checked(given, error, message):
    with pytest.raises(error, match=f"LSTM.*{message}"):
        LSTM(4)(np.zeros((2, 5, 3), np.float32), **given)


def test_the_state_of_a_gru_is_one_array():
    with pytest.raises(ValueError, match=r"GRU: state is an array h of shape .* \(1, 2, 4\)"):
        GRU(4)(np.zeros((2, 5, 3), np.float32), state=(np.zeros((1, 2, 4), np.float32),) * 2)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"units": 0}, ValueError, "units must be an integer of at least 1; got 0"),
        ({"units": 2, "n_layers": 0}, ValueError, "n_layers must be an integer of at least 1"),
        ({"units": 2, "input_dim": 1.5}, TypeError, "input_dim must be an integer"),
        ({"units": 2, "n_layers": 2, "dropout": 1.0}, ValueError, "dropout must be .* below 1"),
        ({"units": 2, "dropout": 0.5}, ValueError, r"acts between layers.*Dropout\(0.5\) behind"),
        ({"units": 2, "kernel_initializer": "he"}, TypeError, "must be an initializer"),
        ({"units": 2, "recurrent_initializer": Constant}, TypeError, "recurrent_initializer must"),
        (
            {"units": 2, "activation": "sigmoid"},
            ValueError,
            "activation must be one of 'tanh', 'relu'",
        ),
    ],
)
def test_arguments_are_checked(options, error, message):
    with pytest.raises(error, match=message):
        RNN(**options)


# ---- in networks -------------------------------------------------------------------------------------
@every_kind
def test_a_model_fits_saves_and_loads(kind, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 6, 2)).astype(np.float32)
    y = X[:, :, 0].sum(axis=1)
    model = Model([kind(16), Dense(1)], seed=0)
    model.compile(Adam(learning_rate=0.01), MSE())
    history = model.fit(X, y, epochs=30, batch_size=20, verbose=0)
    assert history["loss"][-1] < 0.1 * history["loss"][0]
    model.save(tmp_path / "model")
    loaded = Model.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert model.predict(X[:, :4]).shape == (200, 1)  # any number of steps
    assert "(batch, 16)" in model.summary()


@every_kind
def test_one_batch_is_learned_by_heart(kind):
    """Labels at random, from the whole sequence, through two layers in both directions."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((16, 8, 3)), rng.integers(0, 4, 16)
    model = Model([kind(16, n_layers=2, bidirectional=True), Dense(4)], seed=0)
    model.compile(Adam(learning_rate=0.01), CrossEntropy(from_logits=True))
    history = model.fit(X, y, epochs=150, batch_size=16, verbose=0)
    assert history["loss"][-1] < 0.01


def test_a_layer_of_sequences_feeds_the_next():
    model = Sequential([LSTM(4, return_sequences=True), Dropout(0.5), GRU(3), Dense(2)], seed=0)
    assert model(np.ones((2, 5, 3), np.float32)).shape == (2, 2)
    told = (
        r"layers\.1: GRU expects .* \(time, features\), got \(4,\)\. Give .* return_sequences=True"
    )
    with pytest.raises(ValueError, match=told):
        Sequential([LSTM(4), GRU(3)])(np.ones((2, 5, 3), np.float32))


def test_a_gradient_is_differentiated_through_time():
    """A penalty on the gradient, as for a critic of sequences: second order through the definition."""
    layer, x = made(LSTM, 3), numbers(2, 4, 3)

    def penalty(x):
        return np.sum(grad(lambda x: np.sum(layer(x)))(x) ** 2)

    penalty(Tensor(x)).backward()
    U = layer.cells[0].recurrent_weight
    direction = numbers(*U.shape, seed=3)
    value, before = np.sum(U.grad * direction), U.data.copy()
    ends = []
    for eps in (1e-5, -1e-5):
        U.assign(before + eps * direction)
        ends.append(raw(penalty(x)))
    np.testing.assert_allclose(value, (ends[0] - ends[1]) / 2e-5, rtol=1e-6)


@every_kind
@pytest.mark.parametrize("given", ["lengths", "mask"])
def test_lengths_on_a_device(kind, given):
    """A mask lives with the data, wherever it was made."""
    layer = made(kind, 4, 2, bidirectional=True, return_sequences=True, return_state=True)
    x, mask = numbers(4, 5, 3), np.arange(5) < np.array(LENGTHS)[:, None]
    pairs = {"lengths": [LENGTHS, fake_device.asarray(LENGTHS)], "mask": [mask]}[given]
    t = Tensor(x)
    expected, state = layer(t, **{given: pairs[0]})
    np.sum(expected).backward()
    for p in layer.parameters():
        p.data, p.grad = fake_device.asarray(p.data), None
    for value in [*pairs, fake_device.asarray(mask)] if given == "mask" else pairs:
        on_device = Tensor(fake_device.asarray(x))
        y, last = layer(on_device, **{given: value})
        np.sum(y).backward()
        np.testing.assert_allclose(y.data.get(), expected.data, rtol=1e-12)
        np.testing.assert_allclose(on_device.grad.get(), t.grad, rtol=1e-10, atol=1e-14)
        for a, b in zip(parts(last), parts(state)):
            np.testing.assert_allclose(a.data.get(), b.data, rtol=1e-12)


# ---- looking at states ----------------------------------------------------------------------------------
@every_kind
@pytest.mark.parametrize("n_layers", [1, 2])
def test_states_over_time_are_those_after_each_step(kind, n_layers):
    layer, x = made(kind, 4, n_layers, return_sequences=True), numbers(3, 5, 3)
    told = states_over_time(layer, x)
    for part in parts(told):
        assert type(part) is np.ndarray and part.shape == (5, n_layers, 3, 4)
    np.testing.assert_allclose(parts(told)[0][:, -1].swapaxes(0, 1), layer(x).data, rtol=1e-12)
    reader = copy.copy(layer)
    reader.return_state = True
    for t in range(5):
        _, state = reader(x[:, : t + 1])
        for part, last in zip(parts(told), parts(state)):
            np.testing.assert_allclose(part[t], last.data, rtol=1e-12)
    assert not layer.return_state and len(parts(told)) == layer.n_states


def test_a_new_layer_that_was_looked_at_keeps_its_weights():
    layer, x = LSTM(4), numbers(2, 3, 3).astype(np.float32)
    h, _ = states_over_time(layer, x)
    assert h.dtype == np.float32
    np.testing.assert_allclose(h[-1, 0], layer(x).data, rtol=1e-6)


def test_states_over_time_need_one_direction_and_a_step():
    with pytest.raises(ValueError, match="one direction"):
        states_over_time(GRU(2, bidirectional=True), numbers(2, 4, 3))
    with pytest.raises(ValueError, match=r"no step to look at: x has shape \(2, 0, 3\)"):
        states_over_time(GRU(2), np.ones((2, 0, 3), np.float32))
