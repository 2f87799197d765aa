"""Recurrent layers beside torch's: forward and backward over whole sequences, weights equal.

Every side computes the outputs of all steps and the gradients of inputs and weights, for the same
cotangent; outputs and gradients are compared before any clock starts.

    python benchmarks/bench_recurrent.py [--only LSTM] [--json figures.json] [--strict]
"""

from _compare import Suite  # first: it sets the number of threads

import numpy as np  # isort: skip
from ml_from_scratch.core import Tensor, no_grad  # isort: skip
from ml_from_scratch.experiments.reference import to_torch  # isort: skip
from ml_from_scratch.neural import GRU, LSTM, RNN  # isort: skip

suite = Suite("Recurrent layers, float32", reference="torch", packages=("torch",))


def layers(kind, n_in, units, **options):
    """Our layer and torch's, of the same weights."""
    import torch

    torch.set_num_threads(1)
    ours = kind(units, return_sequences=True, **options).build((None, n_in), seed=0)
    n_layers, bidirectional = ours.n_layers, ours.bidirectional
    theirs = getattr(torch.nn, kind.__name__)(
        n_in, units, num_layers=n_layers, bidirectional=bidirectional, batch_first=True
    )
    theirs.load_state_dict(to_torch(ours))
    return torch, ours, theirs


def both_passes(kind, batch, time, n_in, units, lengths=None, **options):
    """Return what each side runs; ours hands on the gradients as torch has them."""
    torch, ours, theirs = layers(kind, n_in, units, **options)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((batch, time, n_in), dtype=np.float32)
    g = rng.standard_normal((batch, time, units * ours.n_directions), dtype=np.float32)
    x_theirs, g_theirs = torch.from_numpy(x).requires_grad_(), torch.from_numpy(g)
    if lengths is not None:
        g *= (np.arange(time) < lengths[:, None])[..., None]

    def our_side():
        ours.zero_grad()
        x_ours = Tensor(x)
        y = ours(x_ours, lengths=lengths)
        y.backward(g)
        return y.data, x_ours.grad, ours.cells[-1].recurrent_weight.grad, ours.cells[0].weight.grad

    def forward(x):
        if lengths is None:
            return theirs(x)[0]
        rnn = torch.nn.utils.rnn
        x = rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return rnn.pad_packed_sequence(theirs(x)[0], batch_first=True, total_length=time)[0]

    def torch_side():
        theirs.zero_grad()
        x_theirs.grad = None
        y = forward(x_theirs)
        y.backward(g_theirs)
        names = [name for name, _ in theirs.named_parameters() if name.startswith("weight_hh")]
        recurrent = theirs.get_parameter(names[-1]).grad
        return y.detach(), x_theirs.grad, as_ours(recurrent), as_ours(theirs.weight_ih_l0.grad)

    def as_ours(grad):
        """(gates units, n_in) as our (gates, n_in, units)."""
        shape = ours.cells[0].weight.shape
        grad = grad.reshape(*shape[:-2], units, -1)
        return grad.transpose(-1, -2)

    return {"ours": our_side, "torch": torch_side}


@suite.case("LSTM, batch 32, 100 steps, 128 to 128", agree=1e-4, bar=1.5, repeats=31)
def an_lstm():
    return both_passes(LSTM, 32, 100, 128, 128)


@suite.case("GRU, batch 32, 100 steps, 128 to 128", agree=1e-4, bar=1.5, repeats=31)
def a_gru():
    return both_passes(GRU, 32, 100, 128, 128)


@suite.case("RNN, batch 32, 100 steps, 128 to 128", agree=1e-4, bar=1.5, repeats=31)
def an_rnn():
    return both_passes(RNN, 32, 100, 128, 128)


@suite.case("LSTM, two layers, both directions", agree=1e-4, bar=1.5, repeats=11)
def a_deep_lstm():
    return both_passes(LSTM, 32, 100, 128, 128, n_layers=2, bidirectional=True)


@suite.case("LSTM, lengths from 50 to 100", agree=1e-4, repeats=15)
def lengths():
    lengths = np.random.default_rng(1).integers(50, 101, 32)
    return both_passes(LSTM, 32, 100, 128, 128, lengths=lengths)


@suite.case("LSTM, small: batch 8, 20 steps, 8 to 16", agree=1e-4, bar=1.5, repeats=51)
def a_small_lstm():
    return both_passes(LSTM, 8, 20, 8, 16)


@suite.case("GRU, small: batch 8, 20 steps, 8 to 16", agree=1e-4, bar=1.5, repeats=51)
def a_small_gru():
    return both_passes(GRU, 8, 20, 8, 16)


@suite.case("LSTM, wide: batch 64, 50 steps, 256 to 512", agree=1e-4, bar=1.5, repeats=7)
def a_wide_lstm():
    return both_passes(LSTM, 64, 50, 256, 512)


@suite.case("LSTM, reading alone: batch 32, 100 steps, 128 to 128", agree=1e-4, bar=1.5, repeats=31)
def reading():
    torch, ours, theirs = layers(LSTM, 128, 128)
    x = np.random.default_rng(0).standard_normal((32, 100, 128), dtype=np.float32)
    x_theirs = torch.from_numpy(x)

    def our_side():
        with no_grad():
            return ours(x)

    def torch_side():
        with torch.no_grad():
            return theirs(x_theirs)[0]

    return {"ours": our_side, "torch": torch_side}


if __name__ == "__main__":
    suite.main()
