"""Two facts about floating-point arrays that the tape needs, before there is any Tensor."""

from __future__ import annotations

import numpy as np

WEAK_SCALARS = int(np.__version__.split(".")[0]) >= 2  # a Python number never upcasts an array

NOT_REAL = "derivatives need real floating-point numbers; got dtype {}."


def floating(x):
    """Return x as a floating-point array: 3 becomes array(3.0), float32 stays float32."""
    if not hasattr(x, "__array_function__"):
        x = np.asarray(x)
    if x.dtype.kind == "f":
        return x
    if x.dtype.kind in "iub":
        return x.astype(float)
    raise TypeError(NOT_REAL.format(x.dtype))


def with_weak_scalars(values: list) -> list:
    """Give Python numbers the dtype of a 0-d companion, as NumPy 2 does.

    Before NumPy 2 a 0-d float32 array times 2.0 was float64; with arrays of one axis or more the
    number was weak already, so only lists without any are changed.
    """
    arrays = [v for v in values if isinstance(v, (np.ndarray, np.generic))]
    dtypes = {v.dtype for v in arrays}
    if len(dtypes) != 1 or any(v.ndim for v in arrays):
        return values
    kind = dtypes.pop().type
    if not issubclass(kind, np.floating):
        return values
    return [kind(v) if type(v) in (int, float) else v for v in values]
