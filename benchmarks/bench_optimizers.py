"""A step of an optimiser on a million parameters, beside torch's two ways to make one.

The parameters are those of one matrix, and their gradient is given: nothing but the update is timed. torch's
default makes a step from vector operations, as we do; ``fused=True`` is one loop in C++ that reads every
number once, which vector operations cannot be.

    python benchmarks/bench_optimizers.py [--only Adam] [--json figures.json] [--strict]
"""

from _compare import Suite  # first: it sets the number of threads

import numpy as np  # isort: skip
from ml_from_scratch import optimizers  # isort: skip
from ml_from_scratch.core import Parameter  # isort: skip

SHAPE, STEPS = (1000, 1000), 3
rng = np.random.default_rng(0)
START = rng.standard_normal(SHAPE, dtype=np.float32)
GRADIENT = rng.standard_normal(SHAPE, dtype=np.float32)
suite = Suite("Optimisers, a million float32 parameters", reference="torch", packages=("torch",))


def ours(optimizer):
    parameter = Parameter(START.copy(), "weight")
    optimizer.attach([parameter])
    parameter.grad = GRADIENT.copy()
    return after_some(optimizer.step, lambda: parameter.data)


def theirs(name, **options):
    import torch

    torch.set_num_threads(1)
    parameter = torch.nn.Parameter(torch.from_numpy(START.copy()))
    parameter.grad = torch.from_numpy(GRADIENT.copy())
    optimizer = getattr(torch.optim, name)([parameter], **options)
    return after_some(optimizer.step, lambda: parameter.detach().numpy())


def after_some(step, value):
    """The first call makes three steps and gives the parameters, to be compared; later ones make one."""
    calls = []

    def run():
        calls.append(None)
        if len(calls) > 1:
            return step()
        for _ in range(STEPS):
            step()
        return value().copy()

    return run


def sides(mine, name, fused=True, **options):
    found = {"ours": ours(mine)}
    try:
        found["torch"] = theirs(name, **options)
        if fused:
            found["torch fused"] = theirs(name, fused=True, **options)
    except ImportError:
        print("torch is not installed: its column is left out")
    return found


@suite.case("Adam", agree=1e-6, bar=0.8, repeats=51)
def adam():
    return sides(optimizers.Adam(), "Adam")


@suite.case("AdamW", agree=1e-6, repeats=51)
def adamw():
    return sides(optimizers.AdamW(), "AdamW")


@suite.case("SGD", agree=1e-6, repeats=51)
def sgd():
    return sides(optimizers.SGD(learning_rate=0.01), "SGD", lr=0.01)


@suite.case("Momentum", agree=1e-6, repeats=51)
def momentum():
    options = {"lr": 0.01, "momentum": 0.9}
    return sides(optimizers.Momentum(learning_rate=0.01, momentum=0.9), "SGD", **options)


@suite.case("RMSProp", agree=1e-6, repeats=51)
def rmsprop():
    return sides(optimizers.RMSProp(learning_rate=0.01, rho=0.99), "RMSprop", False)


if __name__ == "__main__":
    suite.main()
