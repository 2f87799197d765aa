"""The lab: a walk through the machine, one chapter a file, that ends in one HTML page.

A new chapter is a file here with a function under ``@chapter(...)``, named in the list below.
"""

# ruff: noqa: I001  (the order of the imports is the order of the book)
from . import linear_models
from . import supervised
from . import network
from . import images_and_sequences
from . import computation
from . import gradients
from . import language_model
from .book import run_lab
from .chapters import CHAPTERS, Chapter, chapter

__all__ = [
    "CHAPTERS",
    "Chapter",
    "chapter",
    "run_lab",
    "linear_models",
    "supervised",
    "network",
    "images_and_sequences",
    "computation",
    "gradients",
    "language_model",
]
