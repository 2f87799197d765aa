"""The engine's derivatives beside torch's, of first and second order."""

import numpy as np
import pytest

from ml_from_scratch.core import grad

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape)


def positive(*shape):
    return 0.5 + rng.random(shape)


def inside(*shape):
    return 1.8 * rng.random(shape) - 0.9


SAME_NAME = [
    "negative",
    "abs",
    "square",
    "exp",
    "expm1",
    "exp2",
    "sin",
    "cos",
    "tan",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "sinc",
    "deg2rad",
    "rad2deg",
]
CASES = [
    *[(name, getattr(np, name), getattr(torch, name), (normal(3, 4),)) for name in SAME_NAME],
    *[(name, getattr(np, name), getattr(torch, name), (positive(3, 4),)) for name in ["sqrt", "reciprocal", "log", "log2", "log10", "log1p"]],
    *[(name, getattr(np, name), getattr(torch, name), (inside(3, 4),)) for name in ["arcsin", "arccos", "arctanh"]],
    ("arccosh", np.arccosh, torch.arccosh, (1.0 + positive(3),)),
    *[(name, getattr(np, name), getattr(torch, name), (normal(3, 4), normal(4)))
      for name in ["add", "subtract", "multiply", "maximum", "minimum", "logaddexp", "logaddexp2", "arctan2", "hypot"]],
    ("divide", np.divide, torch.divide, (normal(3, 4), positive(4))),
    ("power", np.power, torch.pow, (positive(3, 4), normal(4))),
    ("remainder", np.remainder, torch.remainder, (normal(3, 4), positive(4))),
    ("clip", lambda x: np.clip(x, -0.5, 0.5), lambda x: torch.clip(x, -0.5, 0.5), (normal(9),)),
    ("clip at its bounds", lambda x: np.clip(x, -0.5, 0.5), lambda x: torch.clip(x, -0.5, 0.5), (np.array([-0.5, 0.5, 0.1]),)),
    ("ties of maximum", np.maximum, torch.maximum, (np.array([1.0, 2.0]), np.array([1.0, 3.0]))),
    ("ties of max", np.max, torch.amax, (np.array([1.0, 3.0, 3.0]),)),
    ("ties of min by row", lambda x: np.min(x, 1), lambda x: torch.amin(x, 1), (np.array([[1.0, 1.0, 2.0], [0.0, 1.0, 1.0]]),)),
    ("sum", lambda x: np.sum(x, (0, 2)), lambda x: torch.sum(x, (0, 2)), (normal(2, 3, 4),)),
    ("mean", lambda x: np.mean(x, 1, keepdims=True), lambda x: torch.mean(x, 1, keepdim=True), (normal(3, 4),)),
    ("prod with a zero", lambda x: np.prod(x, 1), lambda x: torch.prod(x, 1), (np.array([[0.0, 2, 3], [4, 5, 6]]),)),
    ("var", lambda x: np.var(x, 1, ddof=1), lambda x: torch.var(x, 1), (normal(3, 4),)),
    ("std", lambda x: np.std(x, ddof=1), torch.std, (normal(3, 4),)),
    ("median of an odd number", np.median, torch.median, (normal(5),)),
    ("cumsum", lambda x: np.cumsum(x, 1), lambda x: torch.cumsum(x, 1), (normal(3, 4),)),
    ("cumprod", lambda x: np.cumprod(x, 0), lambda x: torch.cumprod(x, 0), (normal(4, 2),)),
    ("norm", np.linalg.norm, torch.linalg.norm, (normal(3, 4),)),
    ("norm of nothing", np.linalg.norm, torch.linalg.norm, (np.zeros(3),)),
    ("nuclear norm", lambda x: np.linalg.norm(x, "nuc"), lambda x: torch.linalg.norm(x, "nuc"), (normal(3, 4),)),
    ("matmul", np.matmul, torch.matmul, (normal(5, 2, 3), normal(3, 4))),
    ("matmul of vectors", np.matmul, torch.matmul, (normal(3), normal(5, 3, 2))),
    ("einsum", lambda x, y: np.einsum("bij,bjk->ik", x, y), lambda x, y: torch.einsum("bij,bjk->ik", x, y), (normal(2, 3, 4), normal(2, 4, 5))),
    ("einsum of a trace", lambda x: np.einsum("ii", x), lambda x: torch.einsum("ii", x), (normal(3, 3),)),
    ("tensordot", lambda x, y: np.tensordot(x, y, ([0, 2], [1, 0])), lambda x, y: torch.tensordot(x, y, ([0, 2], [1, 0])), (normal(2, 3, 4), normal(4, 2, 5))),
    ("kron", np.kron, torch.kron, (normal(2, 3), normal(3, 2))),
    ("cross", np.cross, torch.linalg.cross, (normal(4, 3), normal(4, 3))),
    ("outer", np.outer, torch.outer, (normal(3), normal(2))),
    ("sort", lambda x: np.sort(x, 1), lambda x: torch.sort(x, 1)[0], (normal(3, 4),)),
    ("take_along_axis", lambda x: np.take_along_axis(x, np.array([[1, 1], [0, 2]]), 1),
     lambda x: torch.take_along_dim(x, torch.tensor([[1, 1], [0, 2]]), 1), (normal(2, 3),)),
    ("indexing", lambda x: x[[0, 0, 2], 1:], lambda x: x[[0, 0, 2], 1:], (normal(3, 4),)),
    ("roll, flip, pad", lambda x: np.pad(np.roll(np.flip(x, 1), 1, 0), 1), lambda x: torch.nn.functional.pad(torch.roll(torch.flip(x, (1,)), 1, 0), (1, 1, 1, 1)), (normal(3, 4),)),
    ("repeat and tile", lambda x: np.tile(np.repeat(x, 2, 1), (2, 1)), lambda x: torch.tile(torch.repeat_interleave(x, 2, 1), (2, 1)), (normal(2, 3),)),
    ("tril, diag, trace", lambda x: np.tril(x) + np.diag(np.diag(x)) * np.trace(x), lambda x: torch.tril(x) + torch.diag(torch.diag(x)) * torch.trace(x), (normal(3, 3),)),
    ("inv", np.linalg.inv, torch.linalg.inv, (normal(3, 3),)),
    ("solve", np.linalg.solve, torch.linalg.solve, (normal(3, 3), normal(3, 2))),
    ("det", np.linalg.det, torch.linalg.det, (normal(2, 3, 3),)),
    ("slogdet", lambda x: np.linalg.slogdet(x)[1], lambda x: torch.linalg.slogdet(x)[1], (normal(3, 3),)),
    ("cholesky", lambda x: np.linalg.cholesky(x @ x.T + np.eye(3)), lambda x: torch.linalg.cholesky(x @ x.T + torch.eye(3, dtype=x.dtype)), (normal(3, 3),)),
    ("eigh", lambda x: np.linalg.eigh(x + x.T)[0], lambda x: torch.linalg.eigh(x + x.T)[0], (normal(3, 3),)),
    ("eigenvectors", lambda x: np.linalg.eigh(x + x.T)[1] ** 2, lambda x: torch.linalg.eigh(x + x.T)[1] ** 2, (normal(3, 3),)),
    ("svd", lambda x: np.linalg.svd(x, full_matrices=False)[1], lambda x: torch.linalg.svd(x, full_matrices=False)[1], (normal(4, 3),)),
    ("singular vectors", lambda x: np.linalg.svd(x, full_matrices=False)[0] ** 2, lambda x: torch.linalg.svd(x, full_matrices=False)[0] ** 2, (normal(4, 3),)),
    ("pinv", np.linalg.pinv, torch.linalg.pinv, (normal(4, 2),)),
    ("matrix_power", lambda x: np.linalg.matrix_power(x, 3), lambda x: torch.linalg.matrix_power(x, 3), (normal(3, 3),)),
]  # fmt: skip


@pytest.mark.parametrize("name, ours, theirs, arrays", CASES, ids=[case[0] for case in CASES])
def test_values_and_derivatives(name, ours, theirs, arrays):
    weights = np.random.default_rng(1).standard_normal(np.shape(ours(*arrays)))
    places = tuple(range(len(arrays)))
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    out = theirs(*tensors)
    np.testing.assert_allclose(ours(*arrays), out.detach().numpy(), rtol=1e-10, atol=1e-12)
    first = torch.autograd.grad((out * torch.tensor(weights)).sum(), tensors, create_graph=True)
    gradient = grad(lambda *xs: np.sum(ours(*xs) * weights), places)
    for g, expected in zip(gradient(*arrays), first):
        np.testing.assert_allclose(g, expected.detach().numpy(), rtol=1e-8, atol=1e-10)
    length = sum((g**2).sum() for g in first)
    if not length.requires_grad or name in ("ties of maximum", "norm of nothing"):
        return  # linear in all arguments, or torch's second derivative follows another convention
    second = torch.autograd.grad(length, tensors, allow_unused=True)
    squares = lambda *xs: sum(np.sum(g**2) for g in gradient(*xs))
    for g, expected in zip(grad(squares, places)(*arrays), second):
        expected = np.zeros_like(g) if expected is None else expected.numpy(force=True)
        np.testing.assert_allclose(g, expected, rtol=1e-6, atol=1e-8)
