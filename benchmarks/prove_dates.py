"""An encoder-decoder translates: dates as people write them become dates as machines do.

    python benchmarks/prove_dates.py [--steps 700] [--seed 0]

"Tue, Mar 3, 1987", "the 3rd of March, 1987" and a dozen other ways are read character by character, and
1987-03-03 is written so; all ten characters must be right. The bar is 99 % of days that were never seen in
any form, written greedily as well as by beam search. Prints the figures and PASS or FAIL, and ends with a
status to match. Takes less than three minutes on one core.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from ml_from_scratch.datasets import CharacterVocabulary, make_dates
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import GradientStep
from ml_from_scratch.optimizers import Adam, ClipByGlobalNorm, Cosine
from ml_from_scratch.transformers import beam_search, greedy, transformer

BAR, LONGEST = 0.99, len("1987-03-03") + 1  # and the end


def train(read, write, X, y, options):
    """Return a model that has seen so many batches of 64 pairs."""
    (source, lengths), (target, _) = read.encode(X), write.encode(y, marked=True)
    sizes = {"n_layers": 2, "n_heads": 4, "d_model": 64, "seed": options.seed}
    model = transformer(len(read), len(write), source.shape[1], **sizes)
    loss, rate = CrossEntropy(from_logits=True), Cosine(0.003, n_steps=options.steps)
    optimizer = Adam(learning_rate=rate).attach(model.parameters())
    step, rng = GradientStep(optimizer, ClipByGlobalNorm(1.0)), np.random.default_rng(options.seed)

    def compute_loss(source, lengths, target):
        return loss(model(source, target[:, :-1], source_lengths=lengths), target[:, 1:])

    for _ in range(options.steps):
        batch = rng.integers(0, len(source), 64)
        step(compute_loss, source[batch], lengths[batch], target[batch])
    return model


def unseen(y, options):
    """Return dates of which no day is among those of y."""
    X_test, y_test = make_dates(1500, random_state=options.seed + 1)
    new = ~np.isin(y_test, y)
    return X_test[new], y_test[new]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    start = time.perf_counter()
    X, y = make_dates(20_000, random_state=options.seed)
    X_test, y_test = unseen(y, options)
    read, write = CharacterVocabulary(X), CharacterVocabulary(y)
    model = train(read, write, X, y, options)
    print(
        f"{options.steps} steps of 64 dates, seed {options.seed}, {time.perf_counter() - start:.1f} s",
        flush=True,
    )
    source, lengths = read.encode(X_test)
    passed = True
    for search in (greedy, beam_search):
        start = time.perf_counter()
        found = search(model, source, write.begin, write.end, LONGEST, source_lengths=lengths)
        right = np.array(write.decode(found)) == y_test
        print(
            f"{search.__name__}: {right.mean():.2%} of {len(right)} unseen days are right (bar {BAR:.0%}); "
            f"{time.perf_counter() - start:.1f} s"
        )
        passed = passed and right.mean() >= BAR
    print("PASS" if passed else "FAIL")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
