"""Transformers: language models, from text to numbers and back again; and translators between texts."""

from .bert_encoder import BERT, bert
from .block import Block
from .decoder_block import DecoderBlock, DecoderCache
from .decoding import Beam, beam_search, beams, greedy
from .encoder_decoder import EncoderDecoder, transformer
from .feed_forward import FeedForward, SwiGLU
from .generation import generate, stream
from .gpt import GPT, gpt2, llama
from .gpt2_files import load_gpt2_model, save_gpt2_model
from .gpt_config import GPTConfig, make_gpt, make_tokenizer
from .language_model import prepare_gpt
from .maps import attention_maps
from .masked_language import MaskedLanguageModel, mask_tokens, masked_language_loss
from .perplexity import mean_loss, perplexity
from .run_folder import RunFolder
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
from .writing import write_text

__all__ = [
    "BERT",
    "BasicBytePairTokenizer",
    "Beam",
    "Block",
    "BytePairTokenizer",
    "ByteTokenizer",
    "CharTokenizer",
    "DecoderBlock",
    "DecoderCache",
    "EncoderDecoder",
    "FeedForward",
    "GPT",
    "GPTConfig",
    "MaskedLanguageModel",
    "RunFolder",
    "Sampler",
    "SwiGLU",
    "VisionTransformer",
    "attention_maps",
    "beam_search",
    "beams",
    "bert",
    "generate",
    "gpt2",
    "greedy",
    "image_patches",
    "llama",
    "load_gpt2",
    "load_gpt2_model",
    "load_tiktoken",
    "load_tokenizer",
    "make_gpt",
    "make_tokenizer",
    "mask_tokens",
    "masked_language_loss",
    "mean_loss",
    "perplexity",
    "prepare_gpt",
    "save_gpt2",
    "save_gpt2_model",
    "save_tiktoken",
    "stream",
    "transformer",
    "write_text",
]
