"""Transformers: language models, from text to numbers and back again."""

from .bert_encoder import BERT, bert
from .block import Block
from .feed_forward import FeedForward, SwiGLU
from .generation import generate, stream
from .gpt import GPT, gpt2, llama
from .maps import attention_maps
from .masked_language import MaskedLanguageModel, mask_tokens, masked_language_loss
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
from .vit import VisionTransformer, image_patches

__all__ = [
    "BERT",
    "BasicBytePairTokenizer",
    "Block",
    "BytePairTokenizer",
    "ByteTokenizer",
    "CharTokenizer",
    "FeedForward",
    "GPT",
    "MaskedLanguageModel",
    "Sampler",
    "SwiGLU",
    "VisionTransformer",
    "attention_maps",
    "bert",
    "generate",
    "gpt2",
    "image_patches",
    "llama",
    "load_gpt2",
    "load_tiktoken",
    "load_tokenizer",
    "mask_tokens",
    "masked_language_loss",
    "save_gpt2",
    "save_tiktoken",
    "stream",
]
