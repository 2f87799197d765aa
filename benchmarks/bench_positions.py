"""Rotary positions beside torch: forward and backward, of queries as attention has them.

The other side is what published models run in torch: for halves, x cos + rotate_half(x) sin with tables made
beforehand; for neighbours, a product of complex numbers. Answers are compared before any clock starts.

    python benchmarks/bench_positions.py [--only halves] [--json figures.json] [--strict]
"""

from _compare import Suite  # first: it sets the number of threads

import numpy as np  # isort: skip
from ml_from_scratch.core import Tensor  # isort: skip
from ml_from_scratch.neural import RotaryPositions  # isort: skip

suite = Suite("Rotary positions, float32", reference="torch", packages=("torch",))


def halves(torch, angle):
    """Return the function for pairs of the first half's numbers and the second's."""
    cos, sin = (torch.cat([table, table], -1).float() for table in (angle.cos(), angle.sin()))
    n = angle.shape[-1]
    return lambda x: x * cos + torch.cat([-x[..., n:], x[..., :n]], -1) * sin


def neighbours(torch, angle):
    """Return the function for pairs of neighbours."""
    turn = torch.polar(torch.ones_like(angle), angle).to(torch.complex64)

    def rotate(x):
        points = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
        return torch.view_as_real(points * turn).flatten(-2)

    return rotate


def both_passes(batch, heads, time, d, theirs=halves, transposed=False):
    """Return what each side runs; transposed: x lies in memory as (batch, time, heads, d_head)."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, batch, heads, time, d), dtype=np.float32)
    if transposed:
        x = np.swapaxes(np.swapaxes(x, 1, 2).copy(), 1, 2)
    ours = RotaryPositions(interleaved=theirs is neighbours)
    theta = 10000.0 ** (-2.0 * torch.arange(d // 2, dtype=torch.float64) / d)
    rotate = theirs(torch, torch.outer(torch.arange(time, dtype=torch.float64), theta))
    x_theirs, g_theirs = torch.from_numpy(x).requires_grad_(), torch.from_numpy(g)

    def our_side():
        x_ours = Tensor(x)
        y = ours(x_ours)
        y.backward(g)
        return y.data, x_ours.grad

    def torch_side():
        x_theirs.grad = None
        y = rotate(x_theirs)
        y.backward(g_theirs)
        return y.detach().numpy(), x_theirs.grad.numpy()

    return {"ours": our_side, "torch": torch_side}


@suite.case("halves, 12 x 4 x 64 x 32", agree=1e-5, bar=1.3, repeats=51)
def small():
    return both_passes(12, 4, 64, 32)


@suite.case("halves, 16 x 6 x 256 x 64", agree=1e-5, bar=1.3, repeats=31)
def medium():
    return both_passes(16, 6, 256, 64)


@suite.case("halves, 16 x 6 x 256 x 64, heads transposed", agree=1e-5, bar=1.3, repeats=31)
def transposed():
    return both_passes(16, 6, 256, 64, transposed=True)


@suite.case("halves, 4 x 12 x 1,024 x 64", agree=1e-5, bar=1.3, repeats=15)
def long():
    return both_passes(4, 12, 1024, 64)


@suite.case("neighbours, 16 x 6 x 256 x 64", agree=1e-5, repeats=31)
def interleaved():
    return both_passes(16, 6, 256, 64, neighbours)


if __name__ == "__main__":
    suite.main()
