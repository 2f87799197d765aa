"""The GPT that a GPT-2's config describes, and the config of a GPT, if it has GPT-2's parts.

Source: Radford et al. 2019, "Language models are unsupervised multitask learners", section 2.3.
"""

from __future__ import annotations

from ml_from_scratch.core.checkpoint import CheckpointError
from ml_from_scratch.neural import GELU, LayerNorm, LearnedPositions, MultiHeadAttention, ReLU
from ml_from_scratch.neural.initializers import RandomNormal

from .block import Block
from .feed_forward import FeedForward
from .gpt import GPT
from .gpt2_config import ACTIVATIONS, GPT2Config


def model_of(config) -> GPT:
    """Return the GPT that a config describes, its weights not yet drawn."""
    d, eps, draw = config.n_embd, config.layer_norm_epsilon, RandomNormal(0.02)
    blocks = [
        Block(
            MultiHeadAttention(
                d,
                config.n_head,
                dropout=config.attn_pdrop,
                causal=True,
                kernel_initializer=draw,
            ),
            FeedForward(
                d,
                config.n_inner,
                ACTIVATIONS[config.activation_function](),
                kernel_initializer=draw,
            ),
            LayerNorm(eps),
            LayerNorm(eps),
            config.resid_pdrop,
        )
        for _ in range(config.n_layer)
    ]
    position = LearnedPositions(config.n_positions)
    return GPT(
        config.vocab_size, config.n_positions, blocks, position, LayerNorm(eps), config.embd_pdrop
    )


def config_of(model) -> GPT2Config:
    """Return the config of a model, if it has GPT-2's parts, the same in all blocks."""
    if type(model) is not GPT:
        raise CheckpointError(f"a GPT can be saved as a GPT-2, not a {type(model).__name__}.")
    blocks, norms = model.blocks, [model.norm]
    _check_part("position", model.position, LearnedPositions)
    for i, block in enumerate(blocks):
        _check_part(f"blocks.{i}.attention", block.attention, MultiHeadAttention)
        _check_part(f"blocks.{i}.feed_forward", block.feed_forward, FeedForward)
        _check_attention(f"blocks.{i}.attention", block.attention)
        norms += [block.norm_1, block.norm_2]
    for norm in norms:
        _check_part("a norm", norm, LayerNorm)
    own = {
        (
            block.attention.n_heads,
            block.feed_forward.hidden,
            _activation(block.feed_forward.activation),
            block.attention.dropout,
            block.dropout,
        )
        for block in blocks
    }
    eps = {norm.eps for norm in norms}
    if len(own) > 1 or len(eps) > 1:
        raise CheckpointError("the blocks or norms differ in their options; GPT-2's are all alike.")
    (heads, hidden, activation, attn, resid), (eps,) = own.pop(), eps
    return GPT2Config(
        model.vocab_size,
        model.context_length,
        model.d_model,
        len(blocks),
        heads,
        hidden,
        activation,
        eps,
        model.dropout,
        attn,
        resid,
    )


def _check_part(where, part, kind) -> None:
    if type(part) is not kind:
        raise CheckpointError(
            f"{where} is a {type(part).__name__}, and GPT-2 has a {kind.__name__} there: use "
            "save_weights, which keeps any model."
        )


def _check_attention(where, attention) -> None:
    if not attention.causal or attention.position is not None:
        raise CheckpointError(
            f"{where} is not causal or has positions of its own; GPT-2's is plain."
        )
    if attention.n_kv_heads not in (None, attention.n_heads):
        raise CheckpointError(
            f"{where} has fewer heads of keys than of queries; GPT-2's has as many."
        )


def _activation(activation) -> str:
    if type(activation) is GELU:
        return "gelu_new" if activation.approximate == "tanh" else "gelu"
    _check_part("an activation", activation, ReLU if type(activation) is ReLU else GELU)
    return "relu"
