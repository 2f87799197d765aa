"""A folder of GPT-2's: what transformers computed with it, and every way in which it can be unsound."""

import json
import math
import shutil
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from ml_from_scratch.core.checkpoint import CheckpointError
from ml_from_scratch.core.safetensors import load_safetensors, save_safetensors
from ml_from_scratch.neural import LayerNorm
from ml_from_scratch.transformers import (
    BytePairTokenizer,
    FeedForward,
    generate,
    gpt2,
    llama,
    load_gpt2,
    load_gpt2_model,
    save_gpt2_model,
)
from ml_from_scratch.transformers.tokenizers.text_file import TokenizerFileError

FOLDER = Path(__file__).parent / "fixtures" / "gpt2_tiny"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "copy"))


def tokenizer_of(folder):
    return load_gpt2(folder / "vocab.json", folder / "merges.txt")


def rewrite(folder, change):
    """Change the tensors of a folder, a dict, in place or by what is returned."""
    path = folder / "model.safetensors"
    arrays, _ = load_safetensors(path)
    save_safetensors(path, change(arrays) or arrays)


def configure(folder, **fields):
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, **fields}), encoding="utf-8")


def refused(folder, match=None):
    """Check that one CheckpointError names a file, at little cost."""
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match=match) as caught:
            load_gpt2_model(folder)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert str(folder) in str(caught.value)
    assert len(str(caught.value)) < 2000


# ---- what transformers computed --------------------------------------------------------------------
def test_logits():
    logits = load_gpt2_model(FOLDER)(np.array(EXPECTED["tokens"])).data
    assert logits.dtype == np.float32
    got = logits[:, EXPECTED["positions"]]
    np.testing.assert_allclose(got, EXPECTED["logits"], rtol=1e-5, atol=1e-5)


def test_greedy_text():
    prompt = EXPECTED["greedy"][:5]
    assert generate(load_gpt2_model(FOLDER), prompt, 12, temperature=0) == EXPECTED["greedy"]


@pytest.mark.parametrize("text, ids", EXPECTED["strings"])
def test_tokens(text, ids):
    tokenizer = tokenizer_of(FOLDER)
    assert tokenizer.encode(text, allowed_special="all") == ids
    assert tokenizer.decode(ids) == text


# ---- forms of the same -----------------------------------------------------------------------------
def test_round_trip_is_bit_equal(tmp_path):
    model = load_gpt2_model(FOLDER)
    save_gpt2_model(model, tmp_path / "new", tokenizer_of(FOLDER))
    again = load_gpt2_model(tmp_path / "new")
    state = model.state_dict()
    assert state.keys() == again.state_dict().keys()
    for name, array in again.state_dict().items():
        assert array.dtype == np.float32 and array.tobytes() == state[name].tobytes(), name
    assert tokenizer_of(tmp_path / "new").merges == tokenizer_of(FOLDER).merges
    theirs, _ = load_safetensors(FOLDER / "model.safetensors")
    ours, metadata = load_safetensors(tmp_path / "new" / "model.safetensors")
    assert metadata == {"format": "pt"}
    assert {n: a.tobytes() for n, a in ours.items()} == {n: a.tobytes() for n, a in theirs.items()}


def test_options_survive(tmp_path):
    model = load_gpt2_model(FOLDER)
    block = model.blocks[0]
    assert (model.dropout, block.dropout, block.attention.dropout) == (0.1, 0.1, 0.1)
    shutil.copytree(FOLDER, tmp_path / "a")
    own = {"embd_pdrop": 0.0, "attn_pdrop": 0.25, "resid_pdrop": 0.5, "layer_norm_epsilon": 0.125}
    configure(tmp_path / "a", activation_function="relu", **own)
    save_gpt2_model(load_gpt2_model(tmp_path / "a"), tmp_path / "b")
    config = json.loads((tmp_path / "b" / "config.json").read_text(encoding="utf-8"))
    assert {name: config[name] for name in own} == own
    assert config["activation_function"] == "relu" and config["n_inner"] == 64


def test_without_prefix_with_masks_and_head(folder):
    def old(arrays):
        bare = {name.replace("transformer.", ""): array for name, array in arrays.items()}
        bare["h.0.attn.bias"] = np.ones((1, 1, 32, 32), bool)
        bare["h.1.attn.masked_bias"] = np.array(-1e4, np.float32)
        bare["lm_head.weight"] = bare["wte.weight"].copy()
        return bare

    rewrite(folder, old)
    tokens = np.array(EXPECTED["tokens"])
    expected = load_gpt2_model(FOLDER)(tokens).data
    np.testing.assert_array_equal(load_gpt2_model(folder)(tokens).data, expected)


def test_half_precision(folder):
    rewrite(folder, lambda arrays: {n: a.astype(np.float16) for n, a in arrays.items()})
    got, full = load_gpt2_model(folder).state_dict(), load_gpt2_model(FOLDER).state_dict()
    for name, array in got.items():
        np.testing.assert_array_equal(array, full[name].astype(np.float16).astype(np.float32))
        assert array.dtype == np.float32


def test_shorter_context():
    model = load_gpt2_model(FOLDER, context_length=8)
    tokens = np.array(EXPECTED["tokens"])[:, :8]
    np.testing.assert_array_equal(model(tokens).data, load_gpt2_model(FOLDER)(tokens).data)
    assert model.context_length == 8 and model.position.weight.shape == (8, 16)
    for wrong in (0, 33, 2.5):
        with pytest.raises(ValueError, match="context_length is from 1"):
            load_gpt2_model(FOLDER, context_length=wrong)


# ---- unsound tensors -------------------------------------------------------------------------------
def test_missing_unexpected_and_misshapen_are_named_together(folder):
    def spoil(arrays):
        del arrays["transformer.ln_f.bias"]
        arrays["transformer.h.2.ln_1.bias"] = np.zeros(16, np.float32)
        arrays["transformer.wpe.weight"] = np.zeros((16, 32), np.float32)
        arrays["transformer.h.0.ln_1.bias"] = np.zeros(16, np.int32)

    rewrite(folder, spoil)
    with pytest.raises(CheckpointError) as caught:
        load_gpt2_model(folder)
    for part in (
        "ln_f.bias is missing",
        "'h.2.ln_1.bias' is unexpected",
        "wpe.weight has shape (16, 32), not (32, 16)",
        "h.0.ln_1.bias has dtype int32",
        "model.safetensors",
    ):
        assert part in str(caught.value)


def test_head_of_its_own(folder):
    rewrite(folder, lambda a: a.update({"lm_head.weight": a["transformer.wte.weight"] + 1}))
    refused(folder, "lm_head.weight differs")


def test_a_name_with_prefix_and_without(folder):
    rewrite(folder, lambda a: a.update({"ln_f.bias": a["transformer.ln_f.bias"]}))
    refused(folder, "with the prefix")


def entry(shape, begin, end):
    return {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    "header",
    [
        json.dumps({"a": entry([2**60], 0, 2**62)}),
        json.dumps({"a": entry([2**60, 2**60], 0, 8)}),
        json.dumps({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}),
        '{"a": %s, "a": %s}' % ((json.dumps(entry([2], 0, 8)),) * 2),
        json.dumps({"a": entry("2", 0, 8)}),
        json.dumps([1]),
        "{}",
        "[" * 100_000,
    ],
)
def test_hostile_headers(folder, header):
    body = struct.pack("<Q", len(header)) + header.encode() + bytes(12)
    (folder / "model.safetensors").write_bytes(body)
    refused(folder)


@pytest.mark.parametrize("length", [0, 7, 8, 100, 5000, -1])
def test_truncated(folder, length):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:length])
    refused(folder, "model.safetensors")


# ---- unsound configs -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name, value",
    [
        ("model_type", "llama"),
        ("model_type", None),
        ("vocab_size", 2**60),
        ("vocab_size", 2**24),
        ("n_embd", "16"),
        ("n_embd", 2**20),
        ("n_embd", 10**30),
        ("n_layer", 10**3),
        ("n_layer", 10**6),
        ("n_layer", 1),
        ("n_layer", 2.0),
        ("n_head", 3),
        ("n_head", 0),
        ("n_head", True),
        ("n_positions", -1),
        ("n_positions", None),
        ("n_positions", 31),
        ("n_inner", 2**22),
        ("n_inner", []),
        ("activation_function", "swishy"),
        ("activation_function", []),
        ("layer_norm_epsilon", 0),
        ("layer_norm_epsilon", math.nan),
        ("resid_pdrop", 1.0),
        ("attn_pdrop", "0.1"),
        ("scale_attn_by_inverse_layer_idx", True),
        ("scale_attn_weights", False),
        ("reorder_and_upcast_attn", True),
        ("add_cross_attention", True),
        ("tie_word_embeddings", False),
    ],
)
def test_unsound_config(folder, name, value):
    configure(folder, **{name: value})
    refused(folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "{",
        '{"model_type": "gpt2", "model_type": "gpt2"}',
        "[" * 100_000,
        " " * 10**6 + "{}",
    ],
)
def test_config_that_is_none(folder, text):
    (folder / "config.json").write_text(text, encoding="utf-8")
    refused(folder, "config.json")


def test_files_that_are_not_there(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError):
        load_gpt2_model(folder)


# ---- unsound vocabularies --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name, text",
    [
        ("vocab.json", "[]"),
        ("vocab.json", '{"a": 0, "a": 1}'),
        ("vocab.json", '{"a": "0"}'),
        ("vocab.json", '{"a": 1}'),
        ("vocab.json", "[" * 100_000),
        ("merges.txt", "x"),
        ("merges.txt", "zzz q"),
        ("merges.txt", "a b\na b"),
    ],
)
def test_unsound_vocabulary(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(TokenizerFileError, match=name):
        tokenizer_of(folder)


# ---- bytes at random -------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "vocab.json", "merges.txt"])
def test_flipped_bytes_load_or_are_refused(folder, name):
    rng = np.random.default_rng(0)
    whole = (folder / name).read_bytes()
    refusals = 0
    for _ in range(40):
        spoiled = bytearray(whole)
        for place in rng.integers(0, min(len(whole), 3000), 3):
            spoiled[place] ^= int(rng.integers(1, 256))
        (folder / name).write_bytes(spoiled)
        try:
            load_gpt2_model(folder)
            tokenizer_of(folder)
        except (CheckpointError, TokenizerFileError) as error:
            refusals += 1
            assert name in str(error) or "config.json" in str(error)
    assert refusals > 0


# ---- what is not a GPT-2 ---------------------------------------------------------------------------
def small(**options):
    return gpt2(vocab_size=20, context_length=8, n_layers=2, n_heads=2, d_model=4, **options)


def altered(change):
    model = small(seed=0)
    change(model)
    return model


@pytest.mark.parametrize(
    "model, match",
    [
        (llama(20, 8, 1, 2, 4, seed=0), "position is a NoneType"),
        (small(use_bias=False, seed=0), "use_bias=True"),
        (LayerNorm(), "not a LayerNorm"),
        (altered(lambda m: setattr(m.blocks[0].attention, "causal", False)), "is not causal"),
        (altered(lambda m: setattr(m.norm, "eps", 0.1)), "differ in their options"),
        (altered(lambda m: setattr(m.blocks[1], "dropout", 0.3)), "differ in their options"),
        (altered(lambda m: setattr(m.blocks[1], "feed_forward", FeedForward(4, 8))), "differ"),
    ],
)
def test_other_models_are_not_saved(tmp_path, model, match):
    with pytest.raises(CheckpointError, match=match):
        save_gpt2_model(model, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_tokenizer_that_is_too_large(tmp_path):
    with pytest.raises(ValueError, match="the model's ids end at 19"):
        save_gpt2_model(small(seed=0), tmp_path / "new", BytePairTokenizer([(32, 116)]))
    assert not (tmp_path / "new").exists()
