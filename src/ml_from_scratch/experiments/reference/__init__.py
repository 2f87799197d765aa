"""The reference's side of a comparison: the same model, the same settings, another library."""

from .scikit_learn import counterpart

__all__ = ["counterpart"]
