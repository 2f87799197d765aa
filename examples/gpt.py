"""A small GPT learns to write, from the documentation that ships with Python: in less than a minute.

    python examples/gpt.py [FILE] [--steps 800] [--seed 0]

Its samples on the way go from noise to words. ``mlfs gpt train`` does the same with checkpoints.
"""

import argparse

import numpy as np

from ml_from_scratch.datasets import TextFile, load_python_topics
from ml_from_scratch.transformers import (
    GPTConfig,
    make_tokenizer,
    perplexity,
    prepare_gpt,
    write_text,
)
from ml_from_scratch.transformers.language_model import split_tokens


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", help="a text in UTF-8 of your own")
    parser.add_argument("--steps", type=int, default=800, help="a multiple of 200")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    text = "".join(TextFile(options.file)) if options.file else load_python_topics()
    config = GPTConfig(
        n_layers=2,
        n_heads=4,
        d_model=64,
        context_length=48,
        n_steps=options.steps,
        evaluate_every=200,
        learning_rate=4e-3,
        lowest_rate=4e-4,
        seed=options.seed,
    )
    tokenizer = make_tokenizer(config, text)
    tokens = np.array(tokenizer.encode(text))

    def show(step, sample):
        print(f"---- after {step} steps:{sample}")

    run = prepare_gpt(config, tokenizer, tokens, show)
    history = run.fit(config.n_rounds)
    print("---- validation loss:", *(f"{loss:.3f}" for loss in history["val_loss"]))

    _, held_out = split_tokens(config, tokens)
    print(f"perplexity of the held-out text: {perplexity(run.module, held_out):.2f} characters")
    print("\nat the temperature 0.5 it goes on, from 'The statement':")
    options = {"temperature": 0.5, "rng": options.seed}
    print(
        "The statement"
        + "".join(write_text(run.module, tokenizer, "The statement", 200, **options))
    )


if __name__ == "__main__":
    main()
