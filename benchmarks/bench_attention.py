"""Attention beside torch's: forward and backward, the same queries, keys and values.

The operation takes (batch, heads, positions, numbers) and is compared with torch's fused
``scaled_dot_product_attention``; the layer, weights equal, with its MultiheadAttention. Answers are
compared before any clock starts.

    python benchmarks/bench_attention.py [--only causal] [--json figures.json] [--strict]
"""

from _compare import Suite  # first: it sets the number of threads

import numpy as np  # isort: skip
from ml_from_scratch.core import Tensor  # isort: skip
from ml_from_scratch.experiments.reference import to_torch  # isort: skip
from ml_from_scratch.neural import (  # isort: skip
    MultiHeadAttention,
    scaled_dot_product_attention,
)

suite = Suite("Attention, float32", reference="torch", packages=("torch",))


def operations(shape, causal, n_kv_heads=None):
    """Return what each side runs on queries of a shape."""
    import torch

    torch.set_num_threads(1)
    B, H, T, d = shape
    rng = np.random.default_rng(0)
    shared = (B, n_kv_heads or H, T, d)
    arrays = [rng.standard_normal(s, dtype=np.float32) for s in (shape, shared, shared)]
    g = rng.standard_normal(shape, dtype=np.float32)
    theirs, g_theirs = [torch.tensor(x, requires_grad=True) for x in arrays], torch.from_numpy(g)
    call = torch.nn.functional.scaled_dot_product_attention

    def our_side():
        ours = [Tensor(x) for x in arrays]
        o = scaled_dot_product_attention(*ours, causal=causal)
        o.backward(g)
        return (o.data, *(x.grad for x in ours))

    def torch_side():
        for x in theirs:
            x.grad = None
        o = call(*theirs, is_causal=causal, enable_gqa=n_kv_heads is not None)
        o.backward(g_theirs)
        return (o.detach().numpy(), *(x.grad.numpy() for x in theirs))

    return {"ours": our_side, "torch": torch_side}


@suite.case("8 x 4 x 64 x 32", agree=1e-4, bar=1.3, repeats=51)
def small():
    return operations((8, 4, 64, 32), causal=False)


@suite.case("8 x 4 x 64 x 32, causal", agree=1e-4, bar=1.3, repeats=51)
def small_causal():
    return operations((8, 4, 64, 32), causal=True)


@suite.case("4 x 6 x 256 x 64", agree=1e-4, bar=1.3, repeats=31)
def large():
    return operations((4, 6, 256, 64), causal=False)


@suite.case("4 x 6 x 256 x 64, causal", agree=1e-4, bar=1.3, repeats=31)
def large_causal():
    return operations((4, 6, 256, 64), causal=True)


@suite.case("4 x 6 x 256 x 64, causal, 2 heads of keys", agree=1e-4, repeats=31)
def grouped():
    return operations((4, 6, 256, 64), causal=True, n_kv_heads=2)


@suite.case("the layer, 8 x 64 x 128, 4 heads", agree=1e-4, bar=1.3, repeats=31)
def layer():
    import torch

    torch.set_num_threads(1)
    ours = MultiHeadAttention(128, n_heads=4).build((64, 128), seed=0)
    theirs = torch.nn.MultiheadAttention(128, 4, batch_first=True)
    theirs.load_state_dict(to_torch(ours))
    rng = np.random.default_rng(0)
    x, g = (rng.standard_normal((8, 64, 128), dtype=np.float32) for _ in range(2))
    x_theirs, g_theirs = torch.tensor(x, requires_grad=True), torch.from_numpy(g)

    def our_side():
        ours.zero_grad()
        x_ours = Tensor(x)
        y = ours(x_ours)
        y.backward(g)
        return y.data, x_ours.grad, ours.output.weight.grad

    def torch_side():
        theirs.zero_grad()
        x_theirs.grad = None
        y, _ = theirs(x_theirs, x_theirs, x_theirs, need_weights=False)
        y.backward(g_theirs)
        return y.detach().numpy(), x_theirs.grad.numpy(), theirs.out_proj.weight.grad.numpy().T

    return {"ours": our_side, "torch": torch_side}


if __name__ == "__main__":
    suite.main()
