"""Kernel machines: linear models in the space that a similarity spans."""

__all__: list[str] = []
