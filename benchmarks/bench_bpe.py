"""Byte-pair tokenizers beside Hugging Face's, which trains, and tiktoken, which encodes: the same ids first.

    python benchmarks/bench_bpe.py [FILE] [--only new] [--strict]

FILE is a text in UTF-8; without one it is Python's own manual, twice over, about a megabyte. Merges are
trained to a vocabulary of 1024 with GPT-2's split rule. Hugging Face numbers the bytes in another order,
which decides between pairs of equal counts; so the tokens of both sides are compared as sets, and at most
one in a hundred may differ. Ids are compared with tiktoken's one by one.
"""

from _compare import Suite  # first: it sets the number of threads

import os  # isort: skip
import sys  # isort: skip

from ml_from_scratch.datasets import load_python_topics  # isort: skip
from ml_from_scratch.transformers import BytePairTokenizer  # isort: skip
from ml_from_scratch.transformers.tokenizers.gpt2_files import (
    in_letters,
)  # isort: skip

VOCABULARY = 1024
RULE = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""
FILES = [name for name in sys.argv[1:2] if not name.startswith("-")]

training = Suite("Training byte pairs", reference="tokenizers", packages=("tokenizers",))
encoding = Suite("Encoding byte pairs", reference="tiktoken", packages=("tiktoken",))


def text():
    """The text of the race."""
    if FILES:
        with open(FILES[0], encoding="utf-8", newline="") as file:
            return file.read()
    return load_python_topics() * 2


@training.case(f"to a vocabulary of {VOCABULARY}", bar=1.5, repeats=9)
def train():
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["RAYON_NUM_THREADS"] = "1"
    import tokenizers

    corpus = text()

    def ours():
        tokenizer = BytePairTokenizer.train(corpus, VOCABULARY, split="gpt2")
        return {in_letters(token) for token in tokenizer.vocabulary}

    def hugging_face():
        tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            min_frequency=2,
            show_progress=False,
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        )
        tokenizer.train_from_iterator([corpus], trainer)
        return set(tokenizer.get_vocab())

    agree(ours(), hugging_face())
    return {"ours": ours, "tokenizers": hugging_face}


def agree(ours, theirs):
    """Refuse to race if more than a hundredth of the tokens are different ones."""
    different = len(ours ^ theirs) / 2
    print(f"{len(ours)} tokens, {different:.0f} of them others than Hugging Face's")
    if len(ours) != len(theirs) or different > len(ours) / 100:
        raise AssertionError(f"{different:.0f} of {len(ours)} tokens differ")


def both():
    """Ours, and tiktoken with our merges."""
    import tiktoken

    corpus = text()
    ours = BytePairTokenizer.train(corpus, VOCABULARY, split="gpt2")
    ranks = {token: i for i, token in enumerate(ours.vocabulary)}
    theirs = tiktoken.Encoding("x", pat_str=RULE, mergeable_ranks=ranks, special_tokens={})
    return corpus, ours, theirs


@encoding.case("all words new", agree=0.0, bar=2.5, repeats=21)
def encode():
    corpus, ours, theirs = both()

    def afresh():
        ours._forget()
        return ours.encode(corpus)

    return {"ours": afresh, "tiktoken": lambda: theirs.encode(corpus)}


@encoding.case("all words seen before", agree=0.0, bar=2.5, repeats=21)
def encode_again():
    corpus, ours, theirs = both()
    return {"ours": lambda: ours.encode(corpus), "tiktoken": lambda: theirs.encode(corpus)}


@encoding.case("a sentence, 200 times", agree=0.0, repeats=21)
def encode_a_sentence():
    _, ours, theirs = both()
    sentence = "Now is the winter of our discontent, made glorious summer by this sun of York."

    def repeated(encode):
        return [encode(sentence) for _ in range(200)][-1]

    return {"ours": lambda: repeated(ours.encode), "tiktoken": lambda: repeated(theirs.encode)}


@encoding.case("and back to text", repeats=21)
def decode():
    corpus, ours, theirs = both()
    ids = theirs.encode(corpus)
    assert ours.decode(ids) == theirs.decode(ids) == corpus
    return {"ours": lambda: ours.decode(ids), "tiktoken": lambda: theirs.decode(ids)}


if __name__ == "__main__":
    options = sys.argv[1 + len(FILES) :]
    for suite in (training, encoding):
        suite.main(options)
