"""Attention: every position takes from others what it looks for."""

from .cache import KeyValueCache
from .masks import causal_mask, padding_mask
from .multi_head import MultiHeadAttention
from .scaled_dot_product import attention_weights, scaled_dot_product_attention

__all__ = [
    "KeyValueCache",
    "MultiHeadAttention",
    "attention_weights",
    "causal_mask",
    "padding_mask",
    "scaled_dot_product_attention",
]
