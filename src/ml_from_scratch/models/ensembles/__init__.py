"""Ensembles: many models that each err a little, and together less."""

__all__: list[str] = []
