"""Functions whose derivative is zero wherever it exists: they return plain arrays."""

import numpy as np

from .table import zero

zero(np.sign, np.floor, np.ceil, np.rint, np.round, np.trunc, np.fix, np.heaviside, np.floor_divide)
zero(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)
zero(np.isclose, np.allclose, np.array_equal, np.isnan, np.isinf, np.isfinite, np.signbit)
zero(np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.any, np.all)
zero(np.nonzero, np.flatnonzero, np.count_nonzero, np.argwhere, np.searchsorted, np.digitize)
zero(np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.argsort, np.argpartition, np.lexsort)
zero(np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, np.result_type)
zero(np.isscalar, np.iscomplexobj, np.isrealobj, np.shares_memory, np.may_share_memory)
zero(np.array_repr, np.array_str, np.linalg.matrix_rank)
