"""The lab: a walk through the machine, one chapter a file, that ends in one HTML page.

A new chapter is a file here with a function under ``@chapter(...)``, named in the list below.
"""

from . import (
    linear_models,
    network,
    computation,
    gradients,
)  # noqa: I001, F401  (the order of the book)
from .book import run_lab
from .chapter import CHAPTERS, Chapter, chapter

__all__ = ["CHAPTERS", "Chapter", "chapter", "run_lab"]
