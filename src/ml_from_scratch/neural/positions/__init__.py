"""Positions: attention sees a set of vectors, so something has to say in which order they stand.

Four ways, from what is added to the vectors to what is done to their comparison:

- ``SinusoidalPositions`` adds fixed waves of many lengths; ``LearnedPositions`` adds a table to learn;
- ``RotaryPositions`` turns queries and keys, so that their product knows how far apart they stand;
- ``ALiBi`` lowers a score in proportion to that distance, and changes no vector at all.

All take an ``offset``, the position of the first vector: what is generated word by word then gets the same
positions as what is read at once.
"""

from .alibi import ALiBi, alibi_bias, alibi_slopes
from .learned import LearnedPositions
from .rotary import RotaryPositions, rotate_pairs
from .sinusoidal import SinusoidalPositions, sinusoids

__all__ = [
    "ALiBi",
    "LearnedPositions",
    "RotaryPositions",
    "SinusoidalPositions",
    "alibi_bias",
    "alibi_slopes",
    "rotate_pairs",
    "sinusoids",
]
