"""What the tape costs: chains of 100 operations on 10 numbers, forward and backward.

With arrays this small the arithmetic is free and the clock sees nothing but bookkeeping: 1 ms for a
chain is 10 microseconds for an operation, both passes. torch is the reference; autograd and MyGrad
run where they are installed (the extra ``peers``). Every side's gradient is compared first.

    python benchmarks/bench_autodiff.py [--only tanh] [--json figures.json] [--strict]
"""

from _compare import Suite  # first: it sets the number of threads

import numpy as np  # isort: skip
from ml_from_scratch.core import Tensor  # isort: skip

N = 100
rng = np.random.default_rng(0)
X, MATRIX = rng.normal(size=10), 0.99 * np.eye(10)
BATCH = rng.normal(size=(4, 10))
suite = Suite(
    f"Autodiff: chains of {N} operations on 10 numbers, both passes (10 us per operation is 1 ms)",
    reference="torch",
    packages=("torch", "autograd", "mygrad"),
)


class Ours:
    np = np
    leaf = staticmethod(Tensor)
    constant = staticmethod(np.asarray)

    @staticmethod
    def gradient(f, x):
        x = Tensor(x)
        f(x).backward()
        return x.grad


class Torch:
    """torch under NumPy's names."""

    def __init__(self):
        import torch

        torch.set_num_threads(1)
        self.np, self.leaf = torch, lambda x: torch.tensor(x, requires_grad=True)
        self.constant = torch.tensor

    def gradient(self, f, x):
        x = self.leaf(x)
        f(x).backward()
        return x.grad


class Autograd:
    def __init__(self):
        import autograd
        import autograd.numpy

        self.np, self.constant, self._grad = autograd.numpy, np.asarray, autograd.grad

    def gradient(self, f, x):
        return self._grad(f)(x)


class MyGrad:
    def __init__(self):
        import mygrad

        self.np, self.constant = mygrad, np.asarray

    def gradient(self, f, x):
        x = self.np.tensor(x)
        f(x).backward()
        return x.grad


def libraries():
    found = {"ours": Ours()}
    for name, kind in (("torch", Torch), ("autograd", Autograd), ("mygrad", MyGrad)):
        try:
            found[name] = kind()
        except ImportError:
            print(f"{name} is not installed: its column is left out")
    return found


LIBRARIES = libraries()


def chain(workload, step, x=X):
    """A case: y = step(library, y, x, constant matrix), N times over, summed, differentiated."""

    def prepare():
        def side(library):
            matrix = library.constant(MATRIX)

            def f(x):
                y = x
                for _ in range(N):
                    y = step(library.np, y, x, matrix)
                return y.sum()

            return lambda: np.asarray(library.gradient(f, x.copy()))

        return {name: side(library) for name, library in LIBRARIES.items()}

    suite.case(workload, agree=1e-10, bar=1.0, repeats=21)(prepare)


chain("x + y", lambda np, y, x, W: y + x)
chain("x * y", lambda np, y, x, W: y * x)
chain("1.01 * y", lambda np, y, x, W: y * 1.01)
chain("y / 1.01", lambda np, y, x, W: y / 1.01)
chain("tanh", lambda np, y, x, W: np.tanh(y))
chain("sin", lambda np, y, x, W: np.sin(y))
chain("exp(-y)", lambda np, y, x, W: np.exp(-y))
chain("y @ W", lambda np, y, x, W: y @ W)
chain("(4, 10) @ W", lambda np, y, x, W: y @ W, BATCH)
chain("y + 0.01 sum(y)", lambda np, y, x, W: y + y.sum() * 0.01)
chain("y[1:] and y[:1]", lambda np, y, x, W: y + y[1] * 0.01)

if __name__ == "__main__":
    suite.main()
