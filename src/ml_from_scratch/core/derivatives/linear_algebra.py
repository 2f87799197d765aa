"""Rows and definitions of np.linalg.

Sources: M. Giles, Collected matrix derivative results for forward and reverse mode algorithmic
differentiation (2008), for most; J. Townsend, Differentiating the singular value decomposition
(2016), for svd; I. Murray, Differentiation of the Cholesky decomposition (2016). Functions of
several outputs pack them into one array. Where eigenvalues or singular values coincide the vectors
have no derivative, and the cotangents that would be infinite count as zero.
"""

import numpy as np

from ..tape import raw
from .products import mT
from .reductions import expand, root
from .shapes import stacked
from .table import define, record, row


def column(v):
    """Vectors as matrices of one column."""
    return v[..., None]


def identity(x):
    return np.eye(np.shape(x)[-1], dtype=x.dtype, like=raw(x))


def inverse_or_zero(x):
    """1 / x, and 0 where x is 0."""
    return 1.0 / np.where(x == 0, np.inf, x)


def solve_a(g, out, a, b):
    w = np.linalg.solve(mT(a), column(g) if np.ndim(b) == 1 else g)
    return -(w * out[..., None, :] if np.ndim(b) == 1 else w @ mT(out))


def solve_b(g, out, a, b):
    w = np.linalg.solve(mT(a), column(g) if np.ndim(b) == 1 else g)
    return w[..., 0] if np.ndim(b) == 1 else w


def cholesky_rule(g, out, a):
    half = np.tril(mT(out) @ g)
    half = half - 0.5 * half * identity(a)
    s = np.linalg.solve(mT(out), mT(np.linalg.solve(mT(out), mT(half))))
    return 0.5 * (s + mT(s))


def logdet(a): return np.linalg.slogdet(a)[1]  # fmt: skip


# fmt: off
row(np.linalg.inv,      lambda g, out, a: -mT(out) @ g @ mT(out))
row(np.linalg.solve,    solve_a,                                       solve_b)
row(np.linalg.det,      lambda g, out, a: (g * out)[..., None, None] * mT(np.linalg.inv(a)))
row(logdet,             lambda g, out, a: g[..., None, None] * mT(np.linalg.inv(a)))
row(np.linalg.cholesky, cholesky_rule)
# fmt: on


@define(np.linalg.slogdet)
def _(a):
    return np.linalg.slogdet(raw(a))[0], record(logdet, a)


# ---- symmetric eigenvalues ----------------------------------------------------------------------
def eigh(a, UPLO="L"):
    """Eigenvalues as row 0, eigenvectors below."""
    w, v = np.linalg.eigh(a, UPLO)
    return np.concatenate([w[..., None, :], v], -2)


def eigh_rule(g, out, a, UPLO="L"):
    """dw = diag(V^T dA V),  dV = V (F * V^T dA V),  F_ij = 1 / (w_j - w_i) off the diagonal."""
    w, v, gw, gv = out[..., 0, :], out[..., 1:, :], g[..., 0, :], g[..., 1:, :]
    F = inverse_or_zero(w[..., None, :] - column(w))
    s = v @ (identity(a) * column(gw) + F * (mT(v) @ gv)) @ mT(v)
    keep, flip = (np.tril, np.triu) if UPLO == "L" else (np.triu, np.tril)
    return keep(s) + mT(flip(s)) - s * identity(a)  # the half that eigh reads


row(eigh, eigh_rule)


@define(np.linalg.eigh)
def _(a, UPLO="L"):
    packed = record(eigh, a, UPLO=UPLO)
    return packed[..., 0, :], packed[..., 1:, :]


@define(np.linalg.eigvalsh)
def _(a, UPLO="L"):
    return record(eigh, a, UPLO=UPLO)[..., 0, :]


# ---- singular values ----------------------------------------------------------------------------
def packed_svd(a):
    """U, s and V one below the other, of the thin decomposition A = U diag(s) V^T."""
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.concatenate([u, s[..., None, :], mT(vt)], -2)


def svd_rule(g, out, a):
    """A_bar = U (F * (U^T U_bar - ..) S + S F * (V^T V_bar - ..) + diag(s_bar)) V^T, and what is outside."""
    m, (k, n) = np.shape(a)[-2], (min(np.shape(a)[-2:]), np.shape(a)[-1])
    (u, s, v), (gu, gs, gv) = [(z[..., :m, :], z[..., m, :], z[..., m + 1 :, :]) for z in (out, g)]
    F = inverse_or_zero(s[..., None, :] ** 2 - column(s) ** 2)
    skew = lambda z: F * (z - mT(z))
    ut, vt, row_s = mT(u), mT(v), s[..., None, :]
    eye = np.eye(k, dtype=a.dtype, like=raw(a))
    inner = skew(ut @ gu) * row_s + column(s) * skew(vt @ gv) + eye * column(gs)
    total = u @ inner @ vt
    if m > k:
        scaled = gu * inverse_or_zero(row_s)
        total = total + (scaled - u @ (ut @ scaled)) @ vt
    if n > k:
        scaled = gv * inverse_or_zero(row_s)
        total = total + u @ mT(scaled - v @ (vt @ scaled))
    return total


row(packed_svd, svd_rule)


@define(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True):
    """The thin decomposition; the full one has columns that are not determined by a."""
    m, n = np.shape(a)[-2:]
    if full_matrices and compute_uv and m != n:
        raise TypeError(
            "np.linalg.svd is differentiable with full_matrices=False: the further columns are arbitrary."
        )
    packed = record(packed_svd, a)
    u, s, v = packed[..., :m, :], packed[..., m, :], packed[..., m + 1 :, :]
    return (u, s, mT(v)) if compute_uv else s


# ---- what is made of them -------------------------------------------------------------------------
@define(np.linalg.pinv)
def _(a):
    """(A^T A)^-1 A^T or A^T (A A^T)^-1, for a of full rank."""
    m, n = np.shape(a)[-2:]
    return np.linalg.solve(mT(a) @ a, mT(a)) if m >= n else mT(np.linalg.solve(a @ mT(a), a))


@define(np.linalg.matrix_power)
def matrix_power(a, n):
    """Repeated squaring."""
    if n < 0:
        return matrix_power(np.linalg.inv(a), -n)
    power = np.broadcast_to(identity(a), np.shape(a))
    while n:
        power, a, n = (power @ a if n % 2 else power), (a @ a if n > 1 else a), n // 2
    return power


@define(np.linalg.multi_dot)
def _(arrays):
    product = arrays[0]
    for a in arrays[1:]:
        product = np.dot(product, a)
    return product


@define(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    """Vector norms of any order > 0; Frobenius, nuclear and spectral norms of matrices."""
    x = stacked(x)
    vectors = isinstance(axis, int) or (axis is None and (np.ndim(x) == 1 or ord is None))
    if ord in (None, "fro") or (ord == 2 and vectors):
        return record(root, np.sum(x * x, axis, keepdims=keepdims))
    if vectors and ord in (np.inf, -np.inf):
        return (np.max if ord > 0 else np.min)(np.abs(x), axis, keepdims=keepdims)
    if vectors and ord == 1:
        return np.sum(np.abs(x), axis, keepdims=keepdims)
    if vectors and not isinstance(ord, str) and ord > 0:
        return np.sum(np.abs(x) ** ord, axis, keepdims=keepdims) ** (1.0 / ord)
    if ord in ("nuc", 2):
        axes = axis or (-2, -1)
        s = svd(np.moveaxis(x, axes, (-2, -1)), full_matrices=False, compute_uv=False)
        value = np.sum(s, -1) if ord == "nuc" else np.max(s, -1)
        return expand(value, x, axes, False) if keepdims else value
    raise TypeError(f"np.linalg.norm has no derivative here with ord={ord!r} on axis={axis}.")
