"""What we save as a GPT-2 is read by transformers, which computes and writes the same."""

import json

import numpy as np
import pytest

from ml_from_scratch.transformers import (
    BytePairTokenizer,
    generate,
    gpt2,
    load_gpt2_model,
    save_gpt2_model,
)

torch = pytest.importorskip("torch")
# a version is asked for since the folder tests/transformers passes for a package of that name without one
transformers = pytest.importorskip("transformers", minversion="4.0")
pytestmark = pytest.mark.oracle

END = "<|endoftext|>"
TEXT = "The cat's on the mat, and they'll say that it isn't so.  Then the rest.\n\n" * 3
STRINGS = ["The cat's on", "a  b\n\n\t c ", "🙂 e\u0301", "日本語", "nul\0", "שלום", f"a{END}b", ""]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Our model and tokenizer, and the folder they were saved in."""
    folder = tmp_path_factory.mktemp("gpt2")
    tokenizer = BytePairTokenizer.train(TEXT, 280, split="gpt2", special_tokens=[END])
    size = max(tokenizer.special_tokens.values()) + 1
    model = gpt2(size, context_length=32, n_layers=3, n_heads=4, d_model=24, seed=0).eval()
    rng = np.random.default_rng(1)
    state = model.state_dict()
    noise = {n: rng.normal(0, 0.2, a.shape).astype(np.float32) for n, a in state.items()}
    model.load_state_dict({name: array + noise[name] for name, array in state.items()})
    save_gpt2_model(model, folder, tokenizer)
    return model, tokenizer, folder


def test_logits_and_text(pair):
    model, _, folder = pair
    theirs, told = transformers.GPT2LMHeadModel.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"]
    theirs.eval()
    tokens = np.random.default_rng(2).integers(0, model.vocab_size, (2, 20))
    with torch.no_grad():
        expected = theirs(torch.tensor(tokens)).logits.numpy()
        written = theirs.generate(
            torch.tensor(tokens[:1]), max_new_tokens=10, do_sample=False, eos_token_id=None
        )
    np.testing.assert_allclose(model(tokens).data, expected, rtol=1e-5, atol=1e-5)
    assert generate(model, tokens[0], 10, temperature=0) == written[0].tolist()


def test_tokens(pair):
    _, tokenizer, folder = pair
    theirs = transformers.GPT2Tokenizer.from_pretrained(folder)
    for text in STRINGS:
        assert theirs.encode(text) == tokenizer.encode(text, allowed_special="all"), text


@pytest.mark.parametrize("activation", ["gelu_new", "gelu_pytorch_tanh", "gelu", "relu"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_they_save(tmp_path, activation, dtype):
    torch.manual_seed(0)
    sizes = {"vocab_size": 40, "n_positions": 16, "n_embd": 12, "n_layer": 2, "n_head": 3}
    config = transformers.GPT2Config(
        **sizes, n_inner=20, activation_function=activation, layer_norm_epsilon=0.01, bos_token_id=0,
        eos_token_id=0, initializer_range=0.3,
    )  # fmt: skip
    theirs = transformers.GPT2LMHeadModel(config).eval().to(getattr(torch, dtype))
    theirs.save_pretrained(tmp_path)
    tokens = np.arange(16)[None] * 2
    with torch.no_grad():
        expected = theirs.float()(torch.tensor(tokens)).logits.numpy()
    got = load_gpt2_model(tmp_path)(tokens).data
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "gpt2"
