"""GPT-2's published weights, read from and written to a folder in Hugging Face's format.

The folder has ``config.json`` (see ``gpt2_config``) and ``model.safetensors``. With d = n_embd, f = n_inner,
v = vocab_size, c = n_positions, the tensors are these, with the prefix ``transformer.`` or without::

    in the file                 shape      in a GPT
    wte.weight                  (v, d)     tokens.weight, at both ends
    wpe.weight                  (c, d)     position.weight
    h.i.ln_1.*                  (d,)       blocks.i.norm_1.*
    h.i.attn.c_attn.weight      (d, 3d)    blocks.i.attention.qkv.weight
    h.i.attn.c_attn.bias        (3d,)      blocks.i.attention.qkv.bias
    h.i.attn.c_proj.*           (d, d)     blocks.i.attention.output.*
    h.i.ln_2.*                  (d,)       blocks.i.norm_2.*
    h.i.mlp.c_fc.*              (d, f)     blocks.i.feed_forward.inner.*
    h.i.mlp.c_proj.*            (f, d)     blocks.i.feed_forward.output.*
    ln_f.*                      (d,)       norm.*

1. Matrices are (in, out), as ours are ("Conv1D"): none is transposed.
2. ``lm_head.weight`` is the table of tokens once more; if it is there, it must be equal.
3. ``h.i.attn.bias`` and ``h.i.attn.masked_bias``, the causal mask of old files, are not read.
4. The dropouts of the config are taken, and wait for ``train()``.

Sources: Radford et al. 2019, "Language models are unsupervised multitask learners"; Hugging Face,
documentation of ``GPT2LMHeadModel`` and ``GPT2Config``.
"""

from __future__ import annotations

import json
import os
import re

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core.checkpoint import CheckpointError, reading
from ml_from_scratch.core.files import replacing
from ml_from_scratch.core.safetensors import load_safetensors, save_safetensors

from .gpt import GPT
from .gpt2_config import read_config
from .gpt2_parts import config_of, model_of
from .tokenizers import save_gpt2

ENDS = [  # theirs, ours, the axes of each tensor: "d f" is (d, f)
    ("wte", "tokens", {"weight": "v d"}),
    ("wpe", "position", {"weight": "c d"}),
    ("ln_f", "norm", {"weight": "d", "bias": "d"}),
]
IN_BLOCK = [
    ("ln_1", "norm_1", {"weight": "d", "bias": "d"}),
    ("attn.c_attn", "attention.qkv", {"weight": "d 3d", "bias": "3d"}),
    ("attn.c_proj", "attention.output", {"weight": "d d", "bias": "d"}),
    ("ln_2", "norm_2", {"weight": "d", "bias": "d"}),
    ("mlp.c_fc", "feed_forward.inner", {"weight": "d f", "bias": "f"}),
    ("mlp.c_proj", "feed_forward.output", {"weight": "f d", "bias": "d"}),
]
PREFIX, HEAD = "transformer.", "lm_head.weight"
MASKS = re.compile(r"h\.[0-9]+\.attn\.(masked_)?bias")


def load_gpt2_model(folder, context_length=None) -> GPT:
    """Read a GPT-2 from a folder with ``config.json`` and ``model.safetensors``: float32, in eval mode.

    Parameters
    ----------
    folder : str or path-like
    context_length : int, optional
        How many tokens it is to see at most, if fewer than it has positions for: saves memory.

    Raises
    ------
    CheckpointError
        If a file is damaged, describes another model, or tensors are missing, unexpected or of another
        shape or dtype. All shapes are checked before memory is asked for.
    ValueError
        If context_length is not from 1 to the model's own.
    OSError
        If a file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from ml_from_scratch.transformers import gpt2
    >>> model = gpt2(vocab_size=50, context_length=8, n_layers=1, n_heads=2, d_model=4, seed=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_gpt2_model(model, folder)
    ...     again = load_gpt2_model(folder)
    >>> bool((again([[1, 2]]).data == model.eval()([[1, 2]]).data).all())
    True
    """
    config = read_config(os.path.join(folder, "config.json"))
    _check_context(context_length, config.n_positions)
    path = os.path.join(folder, "model.safetensors")
    arrays, _ = load_safetensors(path, mapped=True)
    with reading(path, "model of the config.json beside it"):
        arrays = _without_prefix(arrays)
        table = _table(config)
        _check_tensors(arrays, table)
        state = {}
        for theirs, (ours, _) in table.items():
            state[ours] = np.array(arrays[theirs], np.float32, order="C")
    if context_length is not None:
        config = config._replace(n_positions=context_length)
        state["position.weight"] = state["position.weight"][:context_length]
    model = model_of(config).build((None,), seed=0)
    model.load_state_dict(state)
    return model.eval()


def save_gpt2_model(model, folder, tokenizer=None) -> None:
    """Write a GPT with the parts of GPT-2 as ``transformers`` reads it; each file whole or not at all.

    Parameters
    ----------
    model : GPT
        As ``gpt2`` makes it, with biases.
    folder : str or path-like
        Is made if it is not there.
    tokenizer : BytePairTokenizer, optional
        Is written beside it, as ``vocab.json`` and ``merges.txt``.

    Raises
    ------
    CheckpointError
        If the model has parts that GPT-2 has not; says which. Nothing is written.
    ValueError
        If the tokenizer has ids that the model has not.
    """
    config = config_of(model)
    state = {name: backend.to_host(array) for name, array in model.state_dict().items()}
    _check_state(state, config)
    special = {} if tokenizer is None else dict(tokenizer.special_tokens)
    ids = [] if tokenizer is None else tokenizer.ids or range(len(tokenizer.vocabulary))
    largest = max([*ids, *special.values()], default=-1)
    if largest >= config.vocab_size:
        raise ValueError(
            f"the tokenizer has the id {largest}, and the model's ids end at {config.vocab_size - 1}: "
            "save it with the tokenizer it was trained with."
        )
    end = special.get("<|endoftext|>")
    fields = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", **config._asdict()}
    fields.update(bos_token_id=end, eos_token_id=end, tie_word_embeddings=True, dtype="float32")
    arrays = {
        PREFIX + theirs: state[ours].astype(np.float32)
        for theirs, (ours, _) in _table(config).items()
    }
    os.makedirs(folder, exist_ok=True)
    save_safetensors(os.path.join(folder, "model.safetensors"), arrays, {"format": "pt"})
    with replacing(os.path.join(folder, "config.json")) as file:
        file.write((json.dumps(fields, indent=2) + "\n").encode())
    if tokenizer is not None:
        paths = (os.path.join(folder, name) for name in ("vocab.json", "merges.txt"))
        save_gpt2(*paths, tokenizer)


# ---- the table -------------------------------------------------------------------------------------
def _table(config) -> dict:
    """Return {their name: (our name, shape)} for all tensors."""
    d = config.n_embd
    sizes = {"v": config.vocab_size, "c": config.n_positions, "d": d, "3d": 3 * d}
    sizes["f"] = config.n_inner
    rows = [("", "", ENDS)]
    rows += [(f"h.{i}.", f"blocks.{i}.", IN_BLOCK) for i in range(config.n_layer)]
    return {
        f"{theirs}{name}.{kind}": (
            f"{ours}{own}.{kind}",
            tuple(sizes[axis] for axis in axes.split()),
        )
        for theirs, ours, entries in rows
        for name, own, kinds in entries
        for kind, axes in kinds.items()
    }


def _without_prefix(arrays) -> dict:
    found = {}
    for name, array in arrays.items():
        bare = name[len(PREFIX) :] if name.startswith(PREFIX) else name
        if bare in found:
            raise CheckpointError(
                f"{bare!r:.80} is there with the prefix {PREFIX!r} and without it"
            )
        if not MASKS.fullmatch(bare):
            found[bare] = array
    return found


def _check_tensors(arrays, table) -> None:
    """Name all that is not as the table says."""
    head = arrays.pop(HEAD, None)
    wrong = [f"{name} is missing" for name in table if name not in arrays]
    wrong += [f"{name!r:.80} is unexpected" for name in arrays if name not in table]
    for name, (_, shape) in table.items():
        array = arrays.get(name)
        if array is not None and array.shape != shape:
            wrong.append(f"{name} has shape {array.shape}, not {shape}")
        elif array is not None and array.dtype not in (np.float16, np.float32):
            wrong.append(f"{name} has dtype {array.dtype}, not F16, BF16 or F32")
    if not wrong and head is not None and not np.array_equal(head, arrays["wte.weight"]):
        wrong.append(f"{HEAD} differs from wte.weight, and a GPT reads and writes with one table")
    if wrong:
        more = f"; and {len(wrong) - 8} more" if len(wrong) > 8 else ""
        raise CheckpointError("; ".join(wrong[:8]) + more)


def _check_context(context_length, most) -> None:
    sound = isinstance(context_length, (int, np.integer)) and 1 <= context_length <= most
    if context_length is not None and not sound:
        raise ValueError(f"context_length is from 1 to the model's {most}; got {context_length!r}.")


def _check_state(state, config) -> None:
    """Refuse a model whose tensors are not GPT-2's: such as one without biases."""
    ours = {name for name, _ in _table(config).values()}
    odd = sorted(ours ^ set(state))
    if odd:
        raise CheckpointError(
            f"{odd[0]} and {len(odd) - 1} others are in GPT-2 or in this model, not in both: make it "
            "with use_bias=True."
        )
