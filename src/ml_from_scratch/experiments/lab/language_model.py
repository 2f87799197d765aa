"""Chapter: a small GPT learns to write, from the documentation of Python."""

from __future__ import annotations

import math

import numpy as np

from ...core import no_grad
from ...datasets import load_python_topics
from ...transformers import GPTConfig, make_tokenizer, prepare_gpt, write_text
from .. import surroundings
from ..report import figure_svg
from .chapters import chapter, repeat

SIZES = {"n_layers": 2, "n_heads": 4, "d_model": 64, "context_length": 48, "batch_size": 12}
RECIPE = {"n_steps": 900, "evaluate_every": 100, "learning_rate": 4e-3, "lowest_rate": 4e-4, "warm_up": 50}  # fmt: skip
SHOWN = (100, 300, 900)  # the steps of which samples stand in the report
WORDS = "the value of the name"


@chapter(
    "language_model",
    "A language model",
    "A GPT of two blocks reads the documentation that ships with Python, a character at a time, and learns one thing: "
    "which character comes next. Nobody tells it what a word is. What it writes is drawn from its own guesses.",
)
def write(report, seed):
    """Train, show what it writes and where it looks; see Chapter."""
    text = load_python_topics()
    config = GPTConfig(**SIZES, **RECIPE, sample_tokens=160, seed=seed)
    tokenizer = make_tokenizer(config, text)
    samples = {}
    tokens = np.array(tokenizer.encode(text))
    run = prepare_gpt(config, tokenizer, tokens, lambda step, text: samples.update({step: text}))
    model = run.module
    samples[0] = "".join(write_text(model, tokenizer, "\n", config.sample_tokens, rng=seed))
    history = run.fit(config.n_rounds)
    model.eval()
    n_parameters = sum(p.data.size for p in model.parameters())
    loss = history["val_loss"][-1]
    report.paragraph(
        f"{len(text):,} characters, {tokenizer.vocab_size} different ones, {n_parameters:,} weights, "
        f"{config.n_steps} steps of {config.batch_size} windows of {config.context_length}. Guessing blindly costs "
        f"log {tokenizer.vocab_size} = {math.log(tokenizer.vocab_size):.2f} nats a character; on the last tenth of the "
        f"text, which it has never seen, the model needs {loss:.2f}: it wavers between {math.exp(loss):.1f} characters."
    )
    for step in (0, *SHOWN):
        report.paragraph(f"After {step} steps it writes:")
        report.listing(samples[step].strip("\n"))
    if surroundings.is_installed("matplotlib"):
        report.picture(
            figure_svg(_curve(config, tokenizer, history)),
            "Loss in nats a character, on the windows it learns from and on text it has never seen. "
            + repeat("language_model", seed),
        )
        report.picture(
            figure_svg(_map(model, tokenizer)),
            "Where one head of the last block looks: each row is a character, and the darker a column, the more of "
            "it the row takes. Nothing is right of the diagonal: the future is hidden. "
            + repeat("language_model", seed),
        )
    return f"a loss of {loss:.2f} nats a character on unseen text, from {math.log(tokenizer.vocab_size):.2f}"


def attention_of(model, tokens):
    """Return the weights of the last block's heads, (n_heads, time, time), for a row of tokens."""
    with no_grad():
        h = model.position(model.tokens(tokens[None]), 0)
        for block in model.blocks[:-1]:
            h = block(h)
        last = model.blocks[-1]
        return np.asarray(last.attention.attention_weights(last.norm_1(h)))[0]


def _curve(config, tokenizer, history):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    steps = config.evaluate_every * np.arange(1, config.n_rounds + 1)
    axes.plot(steps, history["loss"], color="#0072B2", label="learning")
    axes.plot(steps, history["val_loss"], "--", color="#D55E00", label="unseen text")
    axes.axhline(math.log(tokenizer.vocab_size), color="0.6", linewidth=1, label="guessing blindly")
    axes.set(xlabel="step", ylabel="loss, nats", title="A character is less and less of a surprise")
    axes.legend(frameon=False)
    return figure


def _map(model, tokenizer):
    from matplotlib.figure import Figure

    weights = attention_of(model, np.array(tokenizer.encode(WORDS)))
    # the head that looks back most: the others may do no more than look at themselves
    head = int(np.argmin([np.trace(w) for w in weights]))
    figure = Figure(figsize=(5.6, 5.2), layout="constrained")
    axes = figure.subplots()
    axes.imshow(weights[head], cmap="Blues", vmin=0.0)
    letters = [letter.replace(" ", "␣") for letter in WORDS]
    axes.set_xticks(range(len(WORDS)), letters)
    axes.set_yticks(range(len(WORDS)), letters)
    axes.set(xlabel="looks at", ylabel="from", title=f"Head {head + 1} of the last block")
    return figure
