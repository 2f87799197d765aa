"""Kernel machines: linear models in the space that a similarity spans, and Gaussian processes.

The kernels of Gaussian processes are objects that can be added and multiplied:

>>> from ml_from_scratch.models.kernels import RBF, WhiteKernel
>>> 2.0 * RBF(length_scale=3.0) + WhiteKernel(0.1)
1.41**2 * RBF(length_scale=3) + WhiteKernel(noise_level=0.1)
"""

from .covariance import (
    CompoundKernel,
    ConstantKernel,
    DotProduct,
    Exponentiation,
    Hyperparameter,
    Kernel,
    Product,
    Sum,
    WhiteKernel,
)
from .gaussian_process_classifier import GaussianProcessClassifier
from .gaussian_process_regressor import GaussianProcessRegressor
from .kernel_ridge import KernelRidge
from .stationary import RBF, ExpSineSquared, Matern, RationalQuadratic
from .svc import SVC
from .svr import SVR

__all__ = [
    "RBF",
    "SVC",
    "SVR",
    "CompoundKernel",
    "ConstantKernel",
    "DotProduct",
    "ExpSineSquared",
    "Exponentiation",
    "GaussianProcessClassifier",
    "GaussianProcessRegressor",
    "Hyperparameter",
    "Kernel",
    "KernelRidge",
    "Matern",
    "Product",
    "RationalQuadratic",
    "Sum",
    "WhiteKernel",
]
