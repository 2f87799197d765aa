"""Byte pairs learned from Python's manual: the merges, how much shorter text becomes, a sentence in pieces.

    python examples/tokenizer.py [--vocab-size 1024] [--split gpt4] [--shown 20] [--text "..."]

On a terminal the pieces are coloured; elsewhere they are set apart by bars.
"""

import argparse
import sys
from itertools import cycle

from ml_from_scratch.datasets import load_python_topics
from ml_from_scratch.transformers import BytePairTokenizer
from ml_from_scratch.transformers.tokenizers import SplitRule
from ml_from_scratch.transformers.tokenizers.training import count_words, learn_merges

SENTENCE = (
    "Tokenizers don't know words; they've learned that 'assignment' is one, and naïve 🙂 is not."
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vocab-size", type=int, default=1024)
    parser.add_argument("--split", default="gpt4", help="'gpt2', 'gpt4' or an expression")
    parser.add_argument("--shown", type=int, default=20, help="how many merges to print")
    parser.add_argument("--text", default=SENTENCE, help="what to show in pieces")
    options = parser.parse_args()

    text = load_python_topics()
    print(f"the first {options.shown} merges, as they are learned:")
    vocabulary = [bytes([i]) for i in range(256)]
    words = count_words([text], SplitRule(options.split))
    for left, right, count in learn_merges(words, options.shown):
        a, b = vocabulary[left], vocabulary[right]
        print(f"  {len(vocabulary)}: {a!r} + {b!r} -> {a + b!r}, together {count:,} times")
        vocabulary.append(a + b)

    tokenizer = BytePairTokenizer.train(text, options.vocab_size, split=options.split, verbose=True)
    ids = tokenizer.encode(text)
    n_bytes = len(text.encode())
    print(
        f"\n{tokenizer}: {n_bytes:,} bytes are {len(ids):,} tokens, {n_bytes / len(ids):.2f} each"
    )
    longest = sorted(tokenizer.vocabulary, key=len)[-8:]
    print(f"the longest tokens: {b', '.join(longest).decode(errors='replace')!r}")

    ids = tokenizer.encode(options.text)
    assert tokenizer.decode(ids) == options.text
    print(
        f"\n{len(options.text.encode())} bytes in {len(ids)} tokens:\n{in_pieces(tokenizer, ids)}"
    )


def in_pieces(tokenizer, ids):
    """Return the text of each id, coloured in turn, or with bars between them."""
    pieces = [tokenizer.decode([i]) for i in ids]
    if not sys.stdout.isatty():
        return "|".join(pieces)
    return "".join(
        f"\033[{colour}m{piece}\033[0m" for piece, colour in zip(pieces, cycle(range(41, 47)))
    )


if __name__ == "__main__":
    main()
