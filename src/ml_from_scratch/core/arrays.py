"""Two small things about arrays that the tape needs."""

import numpy as np


def cast(x, dtype):
    return x.astype(dtype)


def floating(x):
    """Leaves hold floating-point arrays: 3 becomes array(3.0)."""
    x = x if hasattr(x, "__array_function__") else np.asarray(x)
    return x.astype(float) if x.dtype.kind in "iub" else x
