"""A GPT learns two tasks that have one right answer: sorting digits, and adding numbers.

    python benchmarks/prove_gpt_tasks.py [--only sorting] [--seed 0]

"sorting", minGPT's demonstration: six digits of three kinds, then the same in order; 3 layers, 3 heads, 48
numbers; the bar is every one of 200 rows that training never saw. "adding": two numbers of three
digits, then their sum, its digits from the last to the first, as they are carried (minGPT has it so, too);
the bar is 99 % of 2,000 problems that were kept apart. In both the loss counts the answer alone. Prints the
figures and PASS or FAIL, and ends with a status to match. Takes a few minutes.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import GradientStep
from ml_from_scratch.optimizers import AdamW, ClipByGlobalNorm, Cosine, WarmUp, decay_matrices_only
from ml_from_scratch.transformers import generate, gpt2

BARS = {"sorting": 1.0, "adding": 0.99}


def sorting(options):
    """All 729 rows of six digits of three kinds, each with its digits in order."""
    rows = np.stack(np.meshgrid(*[np.arange(3)] * 6, indexing="ij"), -1).reshape(-1, 6)
    texts = np.concatenate([rows, np.sort(rows, axis=1)], axis=1)
    order = np.random.default_rng(options.seed).permutation(len(texts))
    model = gpt2(3, 11, n_layers=3, n_heads=3, d_model=48, seed=options.seed)
    return learns("sorting", model, texts[order[200:]], texts[order[:200]], 6, 2000, 64, options)


def adding(options):
    """A million problems a + b of three digits each: a, b, and the sum from its last digit to its first."""
    order = np.random.default_rng(options.seed).permutation(1_000_000)
    a, b = order // 1000, order % 1000
    columns = [a // 100, a // 10 % 10, a % 10, b // 100, b // 10 % 10, b % 10]
    columns += [(a + b) // 10**i % 10 for i in range(4)]
    texts = np.stack(columns, axis=1)
    model = gpt2(10, 9, n_layers=2, n_heads=4, d_model=64, seed=options.seed)
    return learns("adding", model, texts[2000:], texts[:2000], 6, 4000, 128, options)


def learns(name, model, texts, held_out, n_given, n_steps, batch_size, options):
    """Train on texts that begin with what is given; let the model write the rest of others."""
    rate = WarmUp(Cosine(3e-3, n_steps - 100, 1e-4), 100)
    groups = decay_matrices_only(model.parameters(), 0.1)
    step = GradientStep(AdamW(rate, betas=(0.9, 0.98)).attach(groups), ClipByGlobalNorm(1.0))
    loss, rng = CrossEntropy(from_logits=True), np.random.default_rng([options.seed, 1])
    model.train()
    for _ in range(n_steps):
        batch = texts[rng.integers(0, len(texts), batch_size)]
        step(lambda t: loss(model(t[:, :-1])[:, n_given - 1 :], t[:, n_given:]), batch)
    n_new = held_out.shape[1] - n_given
    written = np.array(generate(model.eval(), held_out[:, :n_given], n_new, temperature=0))
    right = (written == held_out).all(axis=1)
    print(
        f"{name}: {n_steps} steps of {batch_size}; {right.sum()} of {len(right)} unseen problems right "
        f"({right.mean():.2%}; bar {BARS[name]:.0%})"
    )
    return right.mean() >= BARS[name]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=sorted(BARS), help="one proof alone")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    passed = []
    for proof in (sorting, adding):
        if options.only in (None, proof.__name__):
            start = time.perf_counter()
            passed.append(proof(options))
            seconds = time.perf_counter() - start
            word = "PASS" if passed[-1] else "FAIL"
            print(f"  {word}: seed {options.seed}, {seconds:.1f} s", flush=True)
    print("PASS" if all(passed) else "FAIL")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    raise SystemExit(main())
