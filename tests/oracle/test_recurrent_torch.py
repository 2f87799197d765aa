"""Recurrent layers equal torch's: outputs, states and all gradients, padded sequences included."""

import itertools

import numpy as np
import pytest

from ml_from_scratch.core import Tensor, raw
from ml_from_scratch.experiments.reference import from_torch, to_torch
from ml_from_scratch.losses import MSE
from ml_from_scratch.neural import GRU, LSTM, RNN, Dense, GradientStep, Model, Sequential
from ml_from_scratch.optimizers import Adam

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle
nn = torch.nn
TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}

# name -> (our layer, torch's), both for keyword arguments
KINDS = {
    "RNN": (lambda **options: RNN(4, **options), lambda **options: nn.RNN(3, 4, **options)),
    "RNN, relu": (
        lambda **options: RNN(4, activation="relu", **options),
        lambda **options: nn.RNN(3, 4, nonlinearity="relu", **options),
    ),
    "LSTM": (lambda **options: LSTM(4, **options), lambda **options: nn.LSTM(3, 4, **options)),
    "GRU": (lambda **options: GRU(4, **options), lambda **options: nn.GRU(3, 4, **options)),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
every_shape = pytest.mark.parametrize(
    "n_layers, bidirectional, use_bias",
    [(1, False, True), (1, True, False), (2, False, False), (3, True, True)],
)


def pair(kind, dtype=np.float64, n_layers=1, bidirectional=False, use_bias=True, **options):
    """Our layer and torch's, with the same weights, drawn by torch: all biases are at work."""
    ours, theirs = KINDS[kind]
    torch.manual_seed(0)
    theirs = theirs(
        num_layers=n_layers, bidirectional=bidirectional, bias=use_bias, batch_first=True
    ).to(torch.float32 if dtype == np.float32 else torch.float64)
    both = {"return_sequences": True, "return_state": True, **options}
    ours = ours(n_layers=n_layers, bidirectional=bidirectional, use_bias=use_bias, **both)
    ours.build((None, 3)).to(dtype)
    from_torch(ours, theirs.state_dict())
    return ours, theirs


def parts(state):
    """A state as a list of arrays or tensors."""
    return list(state) if isinstance(state, tuple) else [state]


def close(got, expected, dtype):
    expected = expected.detach().numpy()
    assert got.dtype == dtype and got.shape == expected.shape
    # a sum's rounding grows with its terms: compare with the largest entry
    scale = max(1.0, np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(got / scale, expected / scale, rtol=0, atol=TOLERANCE[dtype])


def compare(ours, theirs, x, state, run_theirs, dtype, **lengths):
    """Outputs, last states, and the gradients of x, the first states and all weights."""
    rng = np.random.default_rng(1)
    x_ours, x_theirs = Tensor(x), torch.tensor(x, requires_grad=True)
    h_ours = [Tensor(s) for s in state]
    h_theirs = [torch.tensor(s, requires_grad=True) for s in state]
    pack = lambda hs: None if not hs else tuple(hs) if len(hs) == 2 else hs[0]
    y, last = ours(x_ours, state=pack(h_ours), **lengths)
    y_theirs, last_theirs = run_theirs(x_theirs, pack(h_theirs))
    found, expected = [y, *parts(last)], [y_theirs, *parts(last_theirs)]
    for a, b in zip(found, expected):
        close(a.data, b, dtype)
    weights = [rng.standard_normal(a.shape).astype(dtype) for a in found]
    sum(np.sum(a * w) for a, w in zip(found, weights)).backward()
    sum((b * torch.tensor(w)).sum() for b, w in zip(expected, weights)).backward()
    for a, b in zip([x_ours, *h_ours], [x_theirs, *h_theirs]):
        close(a.grad, b.grad, dtype)
    theirs_grads = {name: p.grad for name, p in theirs.named_parameters()}
    compare_gradients(ours, theirs_grads, dtype)


def compare_gradients(ours, theirs, dtype):
    """By the way that exports weights: gradients lie as their weights do."""
    for p in ours.parameters():
        p.data = p.grad
    for name, array in to_torch(ours).items():
        if name.startswith("bias_hh"):  # ours has one bias, but for the GRU's candidate
            if isinstance(ours, GRU):
                n = 2 * ours.units
                close(array[n:].numpy(), theirs[name][n:], dtype)
            continue
        close(array.numpy(), theirs[name], dtype)


def first_states(ours, batch, rng, dtype):
    shape = (ours.n_layers * ours.n_directions, batch, ours.units)
    return [rng.standard_normal(shape).astype(dtype) for _ in range(ours.n_states)]


# ---- whole sequences -------------------------------------------------------------------------------
@every_kind
@every_shape
@both_dtypes
@pytest.mark.parametrize("with_state", [False, True])
def test_outputs_states_and_gradients(kind, n_layers, bidirectional, use_bias, dtype, with_state):
    rng = np.random.default_rng(0)
    ours, theirs = pair(kind, dtype, n_layers, bidirectional, use_bias)
    x = rng.standard_normal((5, 6, 3)).astype(dtype)
    state = first_states(ours, 5, rng, dtype) if with_state else []
    compare(ours, theirs, x, state, theirs, dtype)


@every_kind
@both_dtypes
@pytest.mark.parametrize("batch, time", [(1, 1), (1, 7), (4, 1)])
def test_small_sizes(kind, dtype, batch, time):
    rng = np.random.default_rng(0)
    ours, theirs = pair(kind, dtype, 2, True)
    x = rng.standard_normal((batch, time, 3)).astype(dtype)
    compare(ours, theirs, x, first_states(ours, batch, rng, dtype), theirs, dtype)


@every_kind
def test_a_batch_of_none(kind):
    ours, theirs = pair(kind, np.float64, 2, True)
    x = np.zeros((0, 4, 3))
    y, last = ours(x)
    y_theirs, last_theirs = theirs(torch.tensor(x))
    assert y.shape == tuple(y_theirs.shape) == (0, 4, 8)
    for a, b in zip(parts(last), parts(last_theirs)):
        assert a.shape == tuple(b.shape)


@every_kind
def test_long_sequences(kind):
    """Rounding does not pile up over 200 steps."""
    rng = np.random.default_rng(0)
    ours, theirs = pair(kind, np.float32)
    compare(
        ours, theirs, rng.standard_normal((2, 200, 3), dtype=np.float32), [], theirs, np.float32
    )


@every_kind
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_last_state_of_the_top_layer(kind, bidirectional):
    ours, theirs = pair(
        kind, n_layers=2, bidirectional=bidirectional, return_sequences=False, return_state=False
    )
    x = np.random.default_rng(0).standard_normal((4, 5, 3))
    h = parts(theirs(torch.tensor(x))[1])[0]
    top = torch.cat(list(h[-ours.n_directions :]), -1)
    close(ours(x).data, top, np.float64)
    close(ours(x, lengths=[5, 5, 5, 5]).data, top, np.float64)


# ---- padded sequences ------------------------------------------------------------------------------
def packed(theirs, lengths, time):
    """torch's run over a packed sequence, its outputs padded again."""

    def run(x, state):
        x = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        y, last = theirs(x, state)
        y, _ = nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=time)
        return y, last

    return run


@every_kind
@every_shape
@both_dtypes
@pytest.mark.parametrize("as_mask", [False, True])
@pytest.mark.parametrize("lengths", [[3, 6, 1, 4], [2, 2, 1, 2]], ids=str)
def test_packed_sequences(kind, n_layers, bidirectional, use_bias, dtype, as_mask, lengths):
    rng = np.random.default_rng(0)
    ours, theirs = pair(kind, dtype, n_layers, bidirectional, use_bias)
    x = rng.standard_normal((4, 6, 3)).astype(dtype)
    state = first_states(ours, 4, rng, dtype)
    given = {"mask": np.arange(6) < np.array(lengths)[:, None]} if as_mask else {"lengths": lengths}
    compare(ours, theirs, x, state, packed(theirs, lengths, 6), dtype, **given)


@every_kind
def test_the_last_real_step_is_the_answer(kind):
    ours, theirs = pair(kind, n_layers=2, bidirectional=True, return_sequences=False)
    x = np.random.default_rng(0).standard_normal((4, 6, 3))
    lengths = [3, 6, 1, 4]
    y, _ = ours(x, lengths=lengths)
    _, last = packed(theirs, lengths, 6)(torch.tensor(x), None)
    close(y.data, torch.cat(list(parts(last)[0][-2:]), -1), np.float64)


# ---- states that cross over ------------------------------------------------------------------------
@every_kind
def test_truncated_gradients(kind):
    """Pieces of 4 steps, the state handed on as numbers: torch's gradients with h.detach()."""
    ours, theirs = pair(kind)
    x = np.random.default_rng(0).standard_normal((3, 12, 3))
    state = state_theirs = None
    for start in range(0, 12, 4):
        y, state = ours(x[:, start : start + 4], state=state)
        np.sum(y * y).backward()
        state = raw(state)
        y_theirs, state_theirs = theirs(torch.tensor(x[:, start : start + 4]), state_theirs)
        (y_theirs**2).sum().backward()
        state_theirs = (
            tuple(s.detach() for s in state_theirs)
            if isinstance(state_theirs, tuple)
            else state_theirs.detach()
        )
    compare_gradients(ours, {n: p.grad for n, p in theirs.named_parameters()}, np.float64)


# ---- weights there and back ------------------------------------------------------------------------
@every_kind
@every_shape
def test_weights_go_there_and_back(kind, n_layers, bidirectional, use_bias):
    make, theirs = KINDS[kind]
    options = {"n_layers": n_layers, "bidirectional": bidirectional, "use_bias": use_bias}
    ours, other = (make(**options).build((None, 3), seed=seed) for seed in (0, 1))
    for p in ours.parameters():
        p.assign(np.random.default_rng(p.size).standard_normal(p.shape))
    theirs = theirs(num_layers=n_layers, bidirectional=bidirectional, bias=use_bias)
    theirs.load_state_dict(to_torch(ours))
    from_torch(other, theirs.state_dict())
    for one, two in zip(ours.state_dict().values(), other.state_dict().values()):
        np.testing.assert_array_equal(one, two)


def test_a_layer_inside_a_network():
    ours = Sequential([LSTM(4), Dense(2)]).build((5, 3), seed=0)
    assert list(to_torch(ours)) == [
        "0.weight_ih_l0", "0.weight_hh_l0", "0.bias_ih_l0", "0.bias_hh_l0", "1.weight", "1.bias",
    ]  # fmt: skip


@every_kind
def test_thirty_steps_of_training(kind):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((16, 5, 3)), rng.standard_normal((16, 1))
    make, theirs = KINDS[kind]
    model = Model([make(), Dense(1)], seed=0, dtype=np.float64)
    model.build((5, 3))
    model.compile(Adam(learning_rate=0.01), MSE())
    theirs, head = theirs(batch_first=True).double(), nn.Linear(4, 1).double()
    theirs.load_state_dict(to_torch(model.layers[0]))
    head.load_state_dict(to_torch(model.layers[1]))
    parameters = list(itertools.chain(theirs.parameters(), head.parameters()))
    if kind != "GRU":  # one bias moves as theirs does if its twin stays
        parameters = [p for p in parameters if p is not theirs.bias_hh_l0]
    optimizer, step = torch.optim.Adam(parameters, 0.01), GradientStep(model.optimizer)
    if kind == "GRU":  # likewise, outside the candidate
        theirs.bias_hh_l0.register_hook(lambda g: g * torch.tensor([0.0] * 8 + [1.0] * 4))
    for _ in range(30):
        loss, _ = step(lambda x, t: model.loss(model(x), t), X, y)
        optimizer.zero_grad()
        expected = nn.functional.mse_loss(head(theirs(torch.tensor(X))[0][:, -1]), torch.tensor(y))
        expected.backward()
        optimizer.step()
        assert abs(loss - expected.item()) < 1e-9
