"""A small BERT fills gaps in a text that it has not read: it uses what stands on both sides.

    python benchmarks/prove_bert.py [TEXT] [--steps 800] [--seed 0]

Characters are the tokens. Without TEXT, a file in UTF-8, it is the manual that comes with Python. The model
learns from the first nine tenths. In the last one, 15 % of the places are chosen, of which 80 % show the mask,
10 % another character and 10 % the right one. Three guess what was there: the model; a table of what follows
each character most often, which is told the true left neighbour; and the most frequent character, always.
The bars: 15 points more than the table, and more than twice the constant. Prints the figures and PASS or
FAIL, and ends with a status to match. Takes about two minutes.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from ml_from_scratch.core import no_grad
from ml_from_scratch.datasets import load_python_topics
from ml_from_scratch.neural import GradientStep
from ml_from_scratch.optimizers import AdamW, ClipByGlobalNorm, Cosine, WarmUp
from ml_from_scratch.transformers import (
    MaskedLanguageModel,
    bert,
    mask_tokens,
    masked_language_loss,
)

CONTEXT, BATCH = 16, 128
MARGIN, FACTOR = 0.15, 2.0


def read(path):
    """Return the text's two parts as characters' numbers, and how many characters there are."""
    text = load_python_topics() if path is None else Path(path).read_text(encoding="utf-8")
    names, tokens = np.unique(np.array(list(text)), return_inverse=True)
    cut = len(tokens) * 9 // 10
    return tokens[:cut], tokens[cut:], len(names)


def pretrain(tokens, n_characters, n_steps, seed):
    """Return a model that has filled gaps in windows of the text; the mask is the last token."""
    encoder = bert(n_characters + 1, CONTEXT, n_layers=2, n_heads=4, d_model=128)
    model = MaskedLanguageModel(encoder).build((None,), seed=seed)
    rate = WarmUp(Cosine(0.003, n_steps=n_steps), n_steps // 10)
    optimizer = AdamW(learning_rate=rate, weight_decay=0.01).attach(model.parameters())
    step, rng = GradientStep(optimizer, ClipByGlobalNorm(1.0)), np.random.default_rng(seed)
    start, losses = time.perf_counter(), []
    for i in range(1, n_steps + 1):
        batch = tokens[rng.integers(0, len(tokens) - CONTEXT, BATCH)[:, None] + np.arange(CONTEXT)]
        shown, chosen = mask_tokens(batch, n_characters, n_characters + 1, rng)
        losses.append(step(lambda *b: masked_language_loss(model, *b), batch, shown, chosen)[0])
        if i % 100 == 0:
            seconds = time.perf_counter() - start
            print(f"  step {i}: loss {np.mean(losses[-100:]):.3f}, {seconds:.0f} s", flush=True)
    return model.eval()


def share_right(model, windows, n_characters, seed):
    """Return how much the model guesses rightly, and what was to be guessed."""
    shown, chosen = mask_tokens(windows, n_characters, n_characters + 1, seed)
    chosen[:, 0] = False  # a left neighbour is there for the table
    with no_grad():
        guesses = [
            model(shown[i : i + BATCH], chosen=chosen[i : i + BATCH]).argmax(-1)
            for i in range(0, len(windows), BATCH)
        ]
    return np.mean(np.concatenate(guesses) == windows[chosen]), chosen


def tables(train, n_characters):
    """Return the most frequent character, and what follows each most often."""
    counts = np.bincount(train, minlength=n_characters)
    pairs = np.bincount(train[:-1] * n_characters + train[1:], minlength=n_characters**2)
    pairs = pairs.reshape(n_characters, n_characters)
    follows = np.where(pairs.any(axis=1), pairs.argmax(axis=1), counts.argmax())
    return counts.argmax(), follows


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("text", nargs="?", help="a file of text; Python's manual unless given")
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    train, test, n_characters = read(options.text)
    print(f"{len(train)} characters to learn from, {len(test)} others; {n_characters} kinds")
    start = time.perf_counter()
    model = pretrain(train, n_characters, options.steps, options.seed)
    windows = test[: len(test) // CONTEXT * CONTEXT].reshape(-1, CONTEXT)
    right, chosen = share_right(model, windows, n_characters, options.seed + 1)
    most_frequent, follows = tables(train, n_characters)
    truth, left = windows[chosen], windows[:, :-1][chosen[:, 1:]]
    constant, bigram = np.mean(truth == most_frequent), np.mean(truth == follows[left])
    print(
        f"{len(truth)} gaps: {right:.1%} filled rightly; by the left neighbour {bigram:.1%} (bar: "
        f"{MARGIN:.0%} more), always the same {constant:.1%} (bar: {FACTOR:.0f} times as much)"
    )
    print(f"  seed {options.seed}, {time.perf_counter() - start:.1f} s")
    passed = right >= bigram + MARGIN and right >= FACTOR * constant
    print("PASS" if passed else "FAIL")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
