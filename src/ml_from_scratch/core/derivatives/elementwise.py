"""Rows: exponentials, logarithms, trigonometric and hyperbolic functions."""

import math

import numpy as np

from .table import row

LOG2, LOG10, PI = math.log(2.0), math.log(10.0), math.pi

# fmt: off
# ---- exponentials and logarithms --------------------------------------------------------------
row(np.exp,         lambda g, out, x: g * out)
row(np.expm1,       lambda g, out, x: g * (out + 1.0))
row(np.exp2,        lambda g, out, x: g * out * LOG2)
row(np.log,         lambda g, out, x: g / x)
row(np.log2,        lambda g, out, x: g / (x * LOG2))
row(np.log10,       lambda g, out, x: g / (x * LOG10))
row(np.log1p,       lambda g, out, x: g / (x + 1.0))
row(np.logaddexp,   lambda g, out, x, y: g * np.exp(x - out),          lambda g, out, x, y: g * np.exp(y - out))
row(np.logaddexp2,  lambda g, out, x, y: g * np.exp2(x - out),         lambda g, out, x, y: g * np.exp2(y - out))

# ---- trigonometric functions and their inverses -----------------------------------------------
row(np.sin,         lambda g, out, x: g * np.cos(x))
row(np.cos,         lambda g, out, x: -g * np.sin(x))
row(np.tan,         lambda g, out, x: g * (1.0 + out * out))
row(np.arcsin,      lambda g, out, x: g / np.sqrt(1.0 - x * x))
row(np.arccos,      lambda g, out, x: -g / np.sqrt(1.0 - x * x))
row(np.arctan,      lambda g, out, x: g / (1.0 + x * x))
row(np.arctan2,     lambda g, out, y, x: g * x / (x * x + y * y),      lambda g, out, y, x: -g * y / (x * x + y * y))
row(np.hypot,       lambda g, out, x, y: g * x / out,                  lambda g, out, x, y: g * y / out)
row(np.sinc,        lambda g, out, x: g * np.where(x == 0, 0.0, (np.cos(PI * x) - out) / np.where(x == 0, 1.0, x)))
row(np.deg2rad,     lambda g, out, x: g * (PI / 180.0))
row(np.radians,     lambda g, out, x: g * (PI / 180.0))
row(np.rad2deg,     lambda g, out, x: g * (180.0 / PI))
row(np.degrees,     lambda g, out, x: g * (180.0 / PI))

# ---- hyperbolic functions and their inverses --------------------------------------------------
row(np.sinh,        lambda g, out, x: g * np.cosh(x))
row(np.cosh,        lambda g, out, x: g * np.sinh(x))
row(np.tanh,        lambda g, out, x: g * (1.0 - out * out))
row(np.arcsinh,     lambda g, out, x: g / np.sqrt(x * x + 1.0))
row(np.arccosh,     lambda g, out, x: g / np.sqrt(x * x - 1.0))
row(np.arctanh,     lambda g, out, x: g / (1.0 - x * x))
# fmt: on
