"""Transformers: language models, from text to numbers and back again."""

from .attention_maps import attention_maps
from .block import Block
from .feed_forward import FeedForward, SwiGLU
from .generation import generate, stream
from .gpt import GPT, gpt2, llama
from .sampling import Sampler
from .tokenizers import (
    BasicBytePairTokenizer,
    BytePairTokenizer,
    ByteTokenizer,
    CharTokenizer,
    load_gpt2,
    load_tiktoken,
    load_tokenizer,
    save_gpt2,
    save_tiktoken,
)

__all__ = [
    "GPT",
    "BasicBytePairTokenizer",
    "Block",
    "BytePairTokenizer",
    "ByteTokenizer",
    "CharTokenizer",
    "FeedForward",
    "Sampler",
    "SwiGLU",
    "attention_maps",
    "generate",
    "gpt2",
    "llama",
    "load_gpt2",
    "load_tiktoken",
    "load_tokenizer",
    "save_gpt2",
    "save_tiktoken",
    "stream",
]
