"""One or more uses of every function in the table of derivatives, for the batteries to run."""

import numpy as np

rng = np.random.default_rng(0)


def normal(*shape):
    return rng.standard_normal(shape)


def positive(*shape):
    return 0.5 + rng.random(shape)


def inside(*shape):
    """Numbers between -0.9 and 0.9."""
    return 1.8 * rng.random(shape) - 0.9


def spd(n):
    a = normal(n, n)
    return a @ a.T + n * np.eye(n)


def symmetric(a):
    return a + np.swapaxes(a, -1, -2)


DECIMALS = np.array([1.3, -2.6, 0.4, 5.7])  # no whole number, no tie
MIXED = normal(3, 4)
GRID = np.array([[3.0, 1.0, 2.0, -1.0], [0.5, 4.0, -2.0, 2.5], [1.5, 0.1, 7.0, 3.3]])
COLUMN = normal(3, 1)

# function -> list of (a call written as a user would write it, its arrays)
EXAMPLES = {
    **{f: [(f, (normal(3, 4),))] for f in (
        np.negative, np.positive, np.absolute, np.fabs, np.square, np.exp, np.expm1, np.exp2, np.sin, np.cos,
        np.tan, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.deg2rad, np.rad2deg, np.radians, np.degrees,
        np.sinc, np.nan_to_num, np.real, np.conj, np.real_if_close,
    )},
    **{f: [(f, (positive(3, 4),))] for f in (np.sqrt, np.cbrt, np.reciprocal, np.log, np.log2, np.log10, np.log1p)},
    **{f: [(f, (inside(3, 4),))] for f in (np.arcsin, np.arccos, np.arctanh)},
    np.arccosh: [(np.arccosh, (1.0 + positive(3, 4),))],
    **{f: [(f, (normal(3, 4), normal(4))), (f, (COLUMN, normal(1, 4)))] for f in (
        np.add, np.subtract, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2,
        np.arctan2, np.hypot,
    )},
    np.divide: [(np.divide, (normal(3, 4), positive(4))), (lambda x: 2.0 / x, (positive(3),))],
    np.copysign: [(lambda x: np.copysign(x, np.array([1.0, -1.0, 1.0], x.dtype)), (normal(3),))],
    np.power: [
        (np.power, (positive(3, 4), normal(4))),
        (lambda x: x**3, (normal(3),)), (lambda x: x**2 + x**0.5 + x**-1 + x**1 + 2.0**x, (positive(3),)),
    ],
    np.float_power: [(np.float_power, (positive(3), normal(3)))],
    np.remainder: [(lambda x, y: np.remainder(x, y), (DECIMALS, np.array([0.9, 1.1, 0.7, 2.2])))],
    np.fmod: [(np.fmod, (DECIMALS, np.array([0.9, 1.1, -0.7, 2.2])))],
    np.clip: [
        (lambda x: np.clip(x, -0.5, 0.6), (MIXED,)), (lambda x: np.clip(x, None, 0.6), (MIXED,)),
        (lambda x, lo, hi: np.clip(x, lo, hi), (MIXED, np.array(-0.51), np.array(0.57))),
    ],
    np.where: [(lambda x, y: np.where(MIXED > 0, x, y), (normal(3, 4), normal(4)))],
    np.select: [(lambda x, y: np.select([MIXED > 1, MIXED > 0], [x, y], 0.5), (normal(3, 4), normal(3, 4)))],
    # reductions
    **{f: [
        (f, (GRID + 3.1,)), (lambda x, f=f: f(x, axis=1), (GRID + 3.1,)),
        (lambda x, f=f: f(x, axis=-1, keepdims=True), (GRID + 3.1,)),
        (lambda x, f=f: f(x, (0, 2)), (normal(2, 3, 2),)),
    ] for f in (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std)},
    **{f: [(f, (normal(3, 4),)), (lambda x, f=f: f(x, 1), (normal(3, 4),))] for f in (np.cumsum, np.cumprod)},
    np.average: [
        (lambda x, w: np.average(x, axis=1, weights=w), (normal(3, 4), positive(4))),
        (lambda x: np.average(x), (normal(3),)), (lambda x, w: np.average(x, weights=w), (normal(3, 2), positive(3, 2))),
    ],
    **{f: [(f, (GRID,)), (lambda x, f=f: f(x, 1), (GRID,)), (lambda x, f=f: f(x, 0, keepdims=True), (GRID,))]
       for f in (np.ptp, np.median, np.nansum, np.nanmean)},
    # shapes
    np.reshape: [(lambda x: np.reshape(x, (2, -1)), (normal(3, 4),)), (lambda x: x.reshape(4, 3), (normal(3, 4),)),
                 (lambda x: np.reshape(x, (6, 2), order="F"), (normal(3, 4),))],
    np.ravel: [(np.ravel, (normal(3, 4),)), (lambda x: np.ravel(x, order="F"), (normal(3, 4),))],
    np.squeeze: [(np.squeeze, (normal(3, 1, 2),)), (lambda x: np.squeeze(x, 1), (normal(3, 1, 2),))],
    np.expand_dims: [(lambda x: np.expand_dims(x, 1), (normal(3, 2),)), (lambda x: np.expand_dims(x, (0, 2)), (normal(3),))],
    np.transpose: [(np.transpose, (normal(3, 4),)), (lambda x: np.transpose(x, (2, 0, 1)), (normal(2, 3, 4),)),
                   (lambda x: np.transpose(x, (-1, 0, 1)), (normal(2, 3, 4),))],
    np.swapaxes: [(lambda x: np.swapaxes(x, 0, -1), (normal(2, 3, 4),))],
    np.moveaxis: [(lambda x: np.moveaxis(x, 0, -1), (normal(2, 3, 4),)),
                  (lambda x: np.moveaxis(x, (0, 1), (2, 0)), (normal(2, 3, 4),))],
    np.rollaxis: [(lambda x: np.rollaxis(x, 2), (normal(2, 3, 4),)), (lambda x: np.rollaxis(x, 0, 2), (normal(2, 3, 4),))],
    np.broadcast_to: [(lambda x: np.broadcast_to(x, (2, 3, 4)), (normal(3, 1),))],
    np.broadcast_arrays: [(lambda x, y: np.broadcast_arrays(x, y)[0] * 2.0, (normal(3, 1), normal(4)))],
    np.flip: [(np.flip, (normal(3, 4),)), (lambda x: np.flip(x, 1), (normal(3, 4),))],
    np.flipud: [(np.flipud, (normal(3, 4),))], np.fliplr: [(np.fliplr, (normal(3, 4),))],
    np.roll: [(lambda x: np.roll(x, 2), (normal(3, 4),)), (lambda x: np.roll(x, (1, -2), (0, 1)), (normal(3, 4),))],
    np.rot90: [(np.rot90, (normal(3, 4),)), (lambda x: np.rot90(x, 3, (1, 2)), (normal(2, 3, 4),))],
    np.tril: [(np.tril, (normal(3, 4),)), (lambda x: np.tril(x, -1), (normal(2, 3, 3),))],
    np.triu: [(np.triu, (normal(3, 4),)), (lambda x: np.triu(x, 1), (normal(2, 3, 3),))],
    np.tile: [(lambda x: np.tile(x, 3), (normal(2, 3),)), (lambda x: np.tile(x, (2, 1, 2)), (normal(2, 3),)),
              (lambda x: np.tile(x, (2,)), (normal(2, 3),))],
    np.pad: [(lambda x: np.pad(x, 1), (normal(2, 3),)), (lambda x: np.pad(x, ((0, 1), (2, 0))), (normal(2, 3),))],
    np.concatenate: [(lambda x, y: np.concatenate([x, y]), (normal(2, 3), normal(1, 3))),
                     (lambda x, y: np.concatenate((x, y), axis=-1), (normal(2, 3), normal(2, 1))),
                     (lambda x, y: np.concatenate([x, y], axis=None), (normal(2, 3), normal(2)))],
    np.stack: [(lambda x, y: np.stack([x, y], 1), (normal(3), normal(3))), (lambda x: np.stack([x, x]), (normal(3),))],
    np.vstack: [(lambda x, y: np.vstack([x, y]), (normal(3), normal(2, 3)))],
    np.hstack: [(lambda x, y: np.hstack([x, y]), (normal(2, 3), normal(2, 1))), (lambda x: np.hstack([x, x]), (normal(3),))],
    np.dstack: [(lambda x, y: np.dstack([x, y]), (normal(2, 3), normal(2, 3)))],
    np.column_stack: [(lambda x, y: np.column_stack([x, y]), (normal(3), normal(3, 2)))],
    np.append: [(np.append, (normal(3), normal(2))), (lambda x, y: np.append(x, y, axis=0), (normal(3, 2), normal(1, 2)))],
    **{f: [(f, (np.array(0.7),)), (f, (normal(3),)), (f, (normal(2, 3),))]
       for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d)},
    np.split: [(lambda x: np.split(x, 2)[1], (normal(4, 3),)), (lambda x: np.split(x, [1, 3], axis=1)[1], (normal(2, 4),))],
    np.array_split: [(lambda x: np.array_split(x, 3)[0], (normal(4, 3),))],
    np.vsplit: [(lambda x: np.vsplit(x, 2)[0], (normal(4, 3),))],
    np.hsplit: [(lambda x: np.hsplit(x, 2)[0], (normal(3, 4),))],
    np.dsplit: [(lambda x: np.dsplit(x, 2)[1], (normal(3, 2, 4),))],
    np.repeat: [(lambda x: np.repeat(x, 2), (normal(2, 3),)), (lambda x: np.repeat(x, [1, 0, 2], axis=1), (normal(2, 3),))],
    np.meshgrid: [(lambda x, y: np.meshgrid(x, y)[0] * np.meshgrid(x, y)[1], (normal(3), normal(2))),
                  (lambda x, y: np.meshgrid(x, y, indexing="ij")[1], (normal(3), normal(2)))],
    np.diff: [(np.diff, (normal(3, 4),)), (lambda x: np.diff(x, 2, axis=0), (normal(4, 2),))],
    np.gradient: [(np.gradient, (normal(5),)), (lambda x: np.gradient(x, axis=1), (normal(3, 4),))],
    np.linspace: [(lambda a, b: np.linspace(a, b, 5), (np.array(0.3), np.array(1.4)))],
    np.full_like: [(lambda x: np.full_like(x, x[0]) * x, (normal(3),))],
    # indexing
    np.take: [(lambda x: np.take(x, [0, 0, 1], axis=1), (normal(2, 3),)), (lambda x: np.take(x, [1, 1]), (normal(2, 3),)),
              (lambda x: x[1:, ::2] + x[0, 1] + x[..., None, 0][1:], (normal(3, 4),)),
              (lambda x: x[[0, 0, 2]] ** 2, (normal(3, 2),)), (lambda x: x[MIXED > 0] ** 2, (normal(3, 4),)),
              (lambda x: x[np.array([[0, 1], [1, 1]]), np.array([[0], [2]])] ** 2, (normal(3, 3),))],
    np.take_along_axis: [(lambda x: np.take_along_axis(x, np.array([[1, 1], [0, 2]]), 1), (normal(2, 3),)),
                         (lambda x: np.take_along_axis(x, np.array([0, 0, 3]), None), (normal(2, 3),))],
    np.compress: [(lambda x: np.compress([True, False, True], x, axis=0), (normal(3, 2),))],
    np.sort: [(np.sort, (normal(3, 4),)), (lambda x: np.sort(x, axis=0), (normal(3, 4),)), (lambda x: np.sort(x, None), (normal(2, 3),))],
    np.partition: [(lambda x: np.sort(np.partition(x, 2)[..., :2]), (normal(3, 5),))],
    np.diagonal: [(np.diagonal, (normal(3, 4),)), (lambda x: np.diagonal(x, 1, 0, 2), (normal(3, 2, 4),)),
                  (lambda x: np.diagonal(x, -1), (normal(3, 4),))],
    np.diag: [(np.diag, (normal(3),)), (lambda x: np.diag(x, -1), (normal(3),)), (lambda x: np.diag(x, 1), (normal(3, 4),))],
    np.diagflat: [(lambda x: np.diagflat(x, 1), (normal(2, 2),))],
    np.trace: [(np.trace, (normal(3, 4),)), (lambda x: np.trace(x, 1), (normal(3, 4),))],
    # products
    np.matmul: [(np.matmul, (normal(*a), normal(*b))) for a, b in (
        ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)),
        ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,)), ((0, 3), (3, 2)))],
    np.dot: [(np.dot, (normal(*a), normal(*b))) for a, b in (
        ((), (3,)), ((3,), (3,)), ((2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((2, 3), (3,)))],
    np.inner: [(np.inner, (normal(2, 3), normal(4, 3))), (np.inner, (normal(), normal(3)))],
    np.outer: [(np.outer, (normal(3), normal(2, 2)))],
    np.vdot: [(np.vdot, (normal(2, 3), normal(2, 3)))],
    np.tensordot: [(np.tensordot, (normal(2, 3, 4), normal(3, 4, 2))),
                   (lambda x, y: np.tensordot(x, y, axes=([0, 2], [1, 0])), (normal(2, 3, 4), normal(4, 2, 5))),
                   (lambda x, y: np.tensordot(x, y, 0), (normal(2), normal(3))),
                   (lambda x, y: np.tensordot(x, y, axes=(1, 0)), (normal(2, 3), normal(3, 2)))],
    np.kron: [(np.kron, (normal(2, 3), normal(3, 2))), (np.kron, (normal(2), normal(3, 2)))],
    np.cross: [(np.cross, (normal(4, 3), normal(3))), (lambda x, y: np.cross(x, y, axis=0), (normal(3, 2), normal(3, 2)))],
    np.convolve: [(lambda x, y, m=m: np.convolve(x, y, m), (normal(5), normal(3))) for m in ("full", "same", "valid")]
    + [(lambda x, y: np.convolve(x, y, "same"), (normal(2), normal(5)))],
    np.einsum: [
        (lambda x, y: np.einsum("ij,jk->ik", x, y), (normal(2, 3), normal(3, 4))),
        (lambda x, y: np.einsum("ij,jk", x, y), (normal(2, 3), normal(3, 4))),
        (lambda x: np.einsum("ii->i", x), (normal(3, 3),)), (lambda x: np.einsum("ii", x), (normal(3, 3),)),
        (lambda x: np.einsum("ij->j", x), (normal(2, 3),)), (lambda x: np.einsum("iij->j", x), (normal(3, 3, 2),)),
        (lambda x, y: np.einsum("iij,jk->k", x, y), (normal(3, 3, 2), normal(2, 4))),
        (lambda x, y: np.einsum("...ij,...jk->...ik", x, y), (normal(2, 1, 3, 4), normal(5, 4, 2))),
        (lambda x, y, z: np.einsum("i,i,i->", x, y, z), (normal(3), normal(3), normal(3))),
        (lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]), (normal(2, 3), normal(3, 4))),
        (lambda x, y: np.einsum("ij,kj->ki", x, y, optimize=True), (normal(2, 3), normal(4, 3))),
    ],
    # linear algebra
    np.linalg.inv: [(np.linalg.inv, (spd(3),)), (np.linalg.inv, (np.stack([spd(2), spd(2)]),))],
    np.linalg.solve: [(np.linalg.solve, (spd(3), normal(3))), (np.linalg.solve, (spd(3), normal(3, 2))),
                      (np.linalg.solve, (np.stack([spd(2), spd(2)]), normal(2, 2, 1)))],
    np.linalg.det: [(np.linalg.det, (spd(3),)), (np.linalg.det, (np.stack([spd(2), spd(2)]),))],
    np.linalg.slogdet: [(lambda a: np.linalg.slogdet(a)[1], (spd(3),))],
    np.linalg.cholesky: [(lambda a: np.linalg.cholesky(symmetric(a)), (spd(3),))],
    np.linalg.eigh: [(lambda a: np.linalg.eigh(symmetric(a))[0], (normal(4, 4),)),
                     (lambda a: np.linalg.eigh(symmetric(a))[1] ** 2, (normal(3, 3),)),
                     (lambda a: np.linalg.eigh(symmetric(a), UPLO="U")[1] ** 2, (normal(2, 3, 3),))],
    np.linalg.eigvalsh: [(lambda a: np.linalg.eigvalsh(symmetric(a)), (normal(3, 3),))],
    np.linalg.svd: [(lambda a: np.linalg.svd(a, full_matrices=False)[1], (normal(4, 3),)),
                    (lambda a: np.linalg.svd(a, compute_uv=False), (normal(3, 4),)),
                    (lambda a: np.linalg.svd(a, full_matrices=False)[0] ** 2, (normal(4, 3),)),
                    (lambda a: np.linalg.svd(a, full_matrices=False)[2] ** 2, (normal(2, 3, 4),))],
    np.linalg.pinv: [(np.linalg.pinv, (normal(4, 2),)), (np.linalg.pinv, (normal(2, 4),))],
    np.linalg.matrix_power: [(lambda a, n=n: np.linalg.matrix_power(a, n), (spd(2) / 3.0,)) for n in (-2, 0, 1, 5)],
    np.linalg.multi_dot: [(lambda a, b, c: np.linalg.multi_dot([a, b, c]), (normal(2, 3), normal(3, 4), normal(4)))],
    np.linalg.norm: [(lambda x, k=k: np.linalg.norm(x, **k), (normal(3, 4),)) for k in (
        {}, {"axis": 1}, {"ord": 1, "axis": 0}, {"ord": 3, "axis": 1, "keepdims": True}, {"ord": np.inf, "axis": 1},
        {"ord": "fro"}, {"ord": "nuc"}, {"ord": 2}, {"ord": "fro", "keepdims": True}, {"ord": "nuc", "keepdims": True},
        {"ord": -np.inf, "axis": 0})],
}  # fmt: skip
