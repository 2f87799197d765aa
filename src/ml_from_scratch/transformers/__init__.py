"""Transformers: language models, from text to numbers and back again."""

from .block import Block
from .feed_forward import FeedForward, SwiGLU
from .generation import generate, stream
from .gpt import GPT, gpt2, llama
from .sampling import Sampler

__all__ = [
    "GPT",
    "Block",
    "FeedForward",
    "Sampler",
    "SwiGLU",
    "generate",
    "gpt2",
    "llama",
    "stream",
]
