"""Kernel machines: linear models in the space that a similarity spans."""

from .kernel_ridge import KernelRidge
from .svc import SVC
from .svr import SVR

__all__ = ["SVC", "SVR", "KernelRidge"]
