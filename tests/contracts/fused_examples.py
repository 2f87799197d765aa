"""Arguments for every fused operation, by its name: a list of (arrays, options)."""

import numpy as np

rng = np.random.default_rng(0)

EXAMPLES: dict = {}
