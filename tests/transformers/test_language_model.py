"""A GPT that learns a text: config, training, perplexity, and text as it is written."""

import math

import numpy as np
import pytest

from ml_from_scratch.core import no_grad
from ml_from_scratch.transformers import (
    ByteTokenizer,
    CharTokenizer,
    GPTConfig,
    RunFolder,
    gpt2,
    mean_loss,
    perplexity,
    prepare_gpt,
    write_text,
)
from ml_from_scratch.transformers.language_model import make_optimizer, split_tokens
from ml_from_scratch.transformers.writing import _until

SMALL = {"n_layers": 1, "n_heads": 2, "d_model": 16, "context_length": 8, "n_steps": 40, "evaluate_every": 20, "warm_up": 4}  # fmt: skip
TEXT = "the cat sat on the mat, and the dog on the log. " * 30


@pytest.fixture(scope="module")
def model():
    return gpt2(vocab_size=11, context_length=5, n_layers=1, n_heads=2, d_model=8, seed=0)


def by_hand(model, tokens, windows):
    """The mean over (start, first target counted, last) of windows, a token at a time."""
    total, n = 0.0, 0
    for start, first, last in windows:
        for i in range(first, last + 1):
            with no_grad():
                z = model(np.array([tokens[start:i]]))[0, -1].astype(float)
            total += math.log(np.exp(z - z.max()).sum()) + z.max() - z[tokens[i]]
            n += 1
    assert n == len(tokens) - 1
    return total / n


@pytest.mark.parametrize(
    "n, stride, windows",
    [
        (11, None, [(0, 1, 5), (5, 6, 10)]),  # side by side
        (9, None, [(0, 1, 5), (3, 6, 8)]),  # the last one ends with the text
        (9, 2, [(0, 1, 5), (2, 6, 7), (3, 8, 8)]),
        (4, None, [(0, 1, 3)]),  # shorter than the context
        (2, 1, [(0, 1, 1)]),
    ],
)
def test_every_token_but_the_first_is_a_target_once(model, n, stride, windows):
    tokens = np.random.default_rng(n).integers(0, 11, n)
    expected = by_hand(model, tokens, windows)
    for batch_size in (1, 3):
        assert mean_loss(model, tokens, stride, batch_size) == pytest.approx(expected, rel=1e-5)
    assert perplexity(model, tokens, stride) == pytest.approx(math.exp(expected), rel=1e-5)


def test_measuring_leaves_the_mode_as_it_was(model):
    model.train()
    mean_loss(model, np.arange(8))
    assert model.training


@pytest.mark.parametrize(
    "tokens, stride, words",
    [([], None, "two tokens"), ([1], None, "two tokens"), ([[1, 2]], None, "shape"), ([1] * 9, 6, "pass over")],
)  # fmt: skip
def test_what_cannot_be_measured(model, tokens, stride, words):
    with pytest.raises(ValueError, match=words):
        mean_loss(model, np.array(tokens, int), stride)


def prepared(**choices):
    tokenizer = CharTokenizer.train(TEXT)
    config = GPTConfig(**{**SMALL, **choices})
    shown = []
    tokens = np.array(tokenizer.encode(TEXT))
    show = lambda step, text: shown.append((step, text))
    return config, prepare_gpt(config, tokenizer, tokens, show), shown


def test_training_learns_and_shows_samples():
    config, run, shown = prepared(learning_rate=0.01)
    losses = run.fit(config.n_rounds)["val_loss"]
    assert losses[1] < losses[0] < math.log(20)
    assert [step for step, _ in shown] == [20, 40] and all(len(t) == 200 for _, t in shown)


def test_samples_do_not_change_training():
    ends = [prepared(sample_tokens=n, dropout=0.2) for n in (0, 50)]
    weights = []
    for config, run, _ in ends:
        run.fit(config.n_rounds)
        weights.append({k: v.tobytes() for k, v in run.module.state_dict().items()})
    assert weights[0] == weights[1]


def test_only_matrices_decay_and_the_rate_is_the_recipe_s():
    _, run, _ = prepared()
    decayed = {g.options["weight_decay"]: g.flat.parameters for g in run.optimizer.groups}
    assert all(p.ndim >= 2 for p in decayed[0.1]) and all(p.ndim == 1 for p in decayed[0.0])
    rate = make_optimizer(GPTConfig()).__dict__["learning_rate"]
    assert rate(0) == pytest.approx(1e-3 / 101) and rate(100) == pytest.approx(1e-3)
    assert rate(1050) == pytest.approx(5.5e-4) and rate(2000) == pytest.approx(1e-4)


def test_the_end_of_the_text_is_held_out():
    learn, held_out = split_tokens(GPTConfig(context_length=4), np.arange(100))
    assert learn.tolist() == list(range(90)) and held_out.tolist() == list(range(90, 100))
    with pytest.raises(ValueError, match="90 are to learn from and 10 are held out"):
        split_tokens(GPTConfig(context_length=10), np.arange(100))


@pytest.mark.parametrize(
    "choices, words",
    [
        ({"n_layers": 0}, "n_layers"),
        ({"dropout": 1.0}, "dropout"),
        ({"validation": 0}, "validation"),
        ({"betas": [0.9]}, "two numbers"),
        ({"tokenizer": "words"}, "characters"),
        ({"tokenizer": "byte_pairs"}, "vocab_size"),
        ({"vocab_size": 300}, "vocab_size"),
        ({"n_steps": 600}, "take 500 or 750 steps"),
        ({"n_steps": 100, "warm_up": 100, "evaluate_every": 100}, "leave nothing"),
        ({"architecture": "llama", "dropout": 0.1}, "neither dropout"),
        ({"n_layer": 2}, "has no n_layer; its keys are: text, tokenizer"),
    ],
)
def test_choices_out_of_range(choices, words):
    with pytest.raises(ValueError, match=words):
        GPTConfig.from_dict(choices)


# ---- writing -----------------------------------------------------------------------------------------
class Tokens:
    """A model that writes given tokens, whatever it reads."""

    context_length, vocab_size, training = 1000, 256, False

    def __init__(self, tokens):
        self.tokens = list(tokens)

    def __call__(self, text, cache=None, padding=None):
        z = np.zeros((1, 1, 256), np.float32)
        z[0, 0, self.tokens.pop(0)] = 1.0
        return z


def written(text, n=None, **options):
    tokens = text if isinstance(text, bytes) else text.encode()
    options = {"temperature": 0, "use_cache": False, **options}
    return list(write_text(Tokens(tokens), ByteTokenizer(), "x", n or len(tokens), **options))


def test_a_character_of_several_bytes_comes_when_it_is_whole():
    assert [p for p in written("aé€😀") if p] == ["a", "é", "€", "😀"]
    assert "".join(written("€", n=2)) == "\ufffd"  # the end came first
    assert "".join(written(b"a\xffb")) == "a\ufffdb"


@pytest.mark.parametrize("stop, end", [("lo", "hello"), (["zz", "el"], "hello"[:3]), (["lo w", "o"], "hello"), ([], "hello world")])  # fmt: skip
def test_writing_stops_behind_a_text(stop, end):
    assert "".join(written("hello world", stop=stop)) == end


def test_an_empty_stop_or_prompt_is_refused():
    with pytest.raises(ValueError, match="stop text"):
        written("a", stop="")
    with pytest.raises(ValueError, match="prompt"):
        list(write_text(Tokens(b"a"), ByteTokenizer(), "", 1))


def test_the_first_of_several_ends_in_a_long_piece_counts():
    assert "".join(_until(["world", "ell"], ["he", "llo world"])) == "hello"[:4]


def test_byte_pairs_are_read_from_their_folder_as_they_were_made(tmp_path):
    small = {**SMALL, "tokenizer": "byte_pairs", "vocab_size": 270, "architecture": "llama"}
    config = GPTConfig(**{**small, "n_steps": 20})
    made = RunFolder.create(tmp_path / "run", config, [TEXT[:500], TEXT[500:]])
    run = made.training()
    run.fit(config.n_rounds)
    read = RunFolder(tmp_path / "run")
    assert read.tokenizer == made.tokenizer and read.config == config and read.n_steps == 20
    weights = read.model().state_dict()
    assert all(weights[k].tobytes() == w.tobytes() for k, w in run.module.state_dict().items())
