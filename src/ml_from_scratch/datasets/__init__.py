"""Data to learn from: synthetic, bundled, downloaded; and how to walk over it in batches."""

from . import augmentation
from .batches import batch_indices, batches
from .blobs import make_blobs
from .bunch import Bunch
from .bundled import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from .characters import CharacterVocabulary
from .classification import make_classification
from .curves import make_circles, make_moons, make_spirals, make_swiss_roll
from .dates import make_dates
from .download import DownloadError, get_data_home
from .fetched import fetch_fashion_mnist, fetch_mnist, fetch_tiny_shakespeare
from .idx import read_idx
from .images import enlarge
from .regression import make_friedman1, make_regression
from .samples import Samples
from .sequences import make_adding_problem, make_copy_memory, make_sine_waves
from .text import TextFile, load_python_topics
from .token_windows import RandomTokenWindows, TokenWindows
from .tokens import TokenFile, TokenFileError, write_tokens

__all__ = [
    "Bunch",
    "CharacterVocabulary",
    "DownloadError",
    "RandomTokenWindows",
    "Samples",
    "TextFile",
    "TokenFile",
    "TokenFileError",
    "TokenWindows",
    "augmentation",
    "batch_indices",
    "batches",
    "enlarge",
    "fetch_fashion_mnist",
    "fetch_mnist",
    "fetch_tiny_shakespeare",
    "get_data_home",
    "load_breast_cancer",
    "load_diabetes",
    "load_digits",
    "load_iris",
    "load_python_topics",
    "load_wine",
    "make_adding_problem",
    "make_blobs",
    "make_circles",
    "make_classification",
    "make_copy_memory",
    "make_dates",
    "make_friedman1",
    "make_moons",
    "make_regression",
    "make_sine_waves",
    "make_spirals",
    "make_swiss_roll",
    "read_idx",
    "write_tokens",
]
