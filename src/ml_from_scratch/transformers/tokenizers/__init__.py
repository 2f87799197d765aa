"""Tokenizers: from text to numbers and back, from characters to byte pairs, an idea a file."""

from .base import Tokenizer
from .basic import BasicBytePairTokenizer
from .byte_pair import BytePairTokenizer
from .bytes import ByteTokenizer
from .chars import CharTokenizer
from .gpt2_files import load_gpt2, save_gpt2
from .registry import TOKENIZERS, load_tokenizer
from .special import SpecialTokens
from .splitting import GPT2_SPLIT, GPT4_SPLIT, SplitRule
from .text_file import TokenizerFileError
from .tiktoken_file import load_tiktoken, save_tiktoken

__all__ = [
    "GPT2_SPLIT",
    "GPT4_SPLIT",
    "TOKENIZERS",
    "BasicBytePairTokenizer",
    "BytePairTokenizer",
    "ByteTokenizer",
    "CharTokenizer",
    "SpecialTokens",
    "SplitRule",
    "Tokenizer",
    "TokenizerFileError",
    "load_gpt2",
    "load_tiktoken",
    "load_tokenizer",
    "save_gpt2",
    "save_tiktoken",
]
