"""Softmax, softmax with cross-entropy, GELU and SiLU beside torch's: forward and backward.

Every side computes the value and the gradient of its input for the same cotangent (the loss: its gradient).
Answers are compared before any clock starts. GELU has two formulas, each raced with torch's of the same name:
"exact" has the error function, which NumPy lacks and torch takes from a vector library; "tanh" is ours by
default, and GPT-2's.

    python benchmarks/bench_elementwise.py [--only GELU] [--json figures.json] [--strict]
"""

from _compare import Suite  # first: it sets the number of threads

import numpy as np  # isort: skip
from ml_from_scratch.core import Tensor  # isort: skip
from ml_from_scratch.core.functions import softmax  # isort: skip
from ml_from_scratch.losses import CrossEntropy  # isort: skip
from ml_from_scratch.neural import gelu, silu  # isort: skip

suite = Suite("Losses and activations, float32", reference="torch", packages=("torch",))


def both_passes(ours, theirs, shape):
    """Return what each side runs: a function of an array, on numbers of a shape; theirs gets torch."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x, g = (rng.standard_normal(shape, dtype=np.float32) for _ in range(2))
    x_theirs, g_theirs = torch.from_numpy(x).requires_grad_(), torch.from_numpy(g)
    theirs = theirs(torch.nn.functional)

    def our_side():
        x_ours = Tensor(x)
        y = ours(x_ours)
        y.backward(g)
        return y.data, x_ours.grad

    def torch_side():
        x_theirs.grad = None
        y = theirs(x_theirs)
        y.backward(g_theirs)
        return y.detach().numpy(), x_theirs.grad.numpy()

    return {"ours": our_side, "torch": torch_side}


def cross_entropy(n_samples, n_classes):
    """Return what each side runs: the mean cross-entropy of logits and labels, and its gradient."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((n_samples, n_classes), np.float32), rng.integers(
        n_classes, size=n_samples
    )
    x_theirs, y_theirs = torch.from_numpy(x).requires_grad_(), torch.from_numpy(y)
    ours, theirs = CrossEntropy(from_logits=True), torch.nn.functional.cross_entropy

    def our_side():
        x_ours = Tensor(x)
        loss = ours(x_ours, y)
        loss.backward()
        return loss.item(), x_ours.grad

    def torch_side():
        x_theirs.grad = None
        loss = theirs(x_theirs, y_theirs)
        loss.backward()
        return loss.item(), x_theirs.grad.numpy()

    return {"ours": our_side, "torch": torch_side}


@suite.case("softmax and cross-entropy, 128 x 10", agree=1e-5, bar=1.3, repeats=51)
def few_classes():
    return cross_entropy(128, 10)


@suite.case("softmax and cross-entropy, 768 x 65", agree=1e-5, bar=1.3, repeats=51)
def characters():
    return cross_entropy(768, 65)


@suite.case("softmax and cross-entropy, 1,024 x 1,000", agree=1e-5, bar=1.3, repeats=31)
def many_classes():
    return cross_entropy(1024, 1000)


@suite.case("GELU, tanh, 768 x 512", agree=1e-5, bar=1.3, repeats=51)
def gelu_small():
    return both_passes(gelu, lambda F: lambda x: F.gelu(x, approximate="tanh"), (768, 512))


@suite.case("GELU, tanh, 4,096 x 1,536", agree=1e-5, bar=1.3, repeats=15)
def gelu_large():
    return both_passes(gelu, lambda F: lambda x: F.gelu(x, approximate="tanh"), (4096, 1536))


@suite.case("GELU, exact, 768 x 512", agree=1e-5, repeats=31)
def gelu_with_erf():
    return both_passes(lambda x: gelu(x, "none"), lambda F: F.gelu, (768, 512))


@suite.case("SiLU, 768 x 512", agree=1e-5, repeats=51)
def sigmoid_linear():
    return both_passes(silu, lambda F: F.silu, (768, 512))


@suite.case("softmax, 48 x 64 x 64", agree=1e-5, repeats=51)
def attention_weights():
    return both_passes(softmax, lambda F: lambda x: F.softmax(x, -1), (48, 64, 64))


@suite.case("softmax, 1,024 x 1,000", agree=1e-5, repeats=31)
def long_rows():
    return both_passes(softmax, lambda F: lambda x: F.softmax(x, -1), (1024, 1000))


if __name__ == "__main__":
    suite.main()
