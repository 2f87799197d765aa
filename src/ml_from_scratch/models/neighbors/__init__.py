"""Nearest neighbours: what is near is alike."""

__all__: list[str] = []
