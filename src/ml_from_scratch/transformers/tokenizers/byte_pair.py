"""The tokenizer of GPT-2 and GPT-4: byte pairs inside words.

The text is cut into words, and each word is encoded by itself. Most words of a text have been seen before,
so their tokens are kept: a text then costs one search and one look in a dict for each word. Words that are
new are merged together, many at once.

Source: Radford et al. (2019), "Language models are unsupervised multitask learners", section 2.2.
"""

from __future__ import annotations

from itertools import chain

from .base import check_text
from .basic import BasicBytePairTokenizer, learn
from .splitting import SPLITS, SplitRule


class BytePairTokenizer(BasicBytePairTokenizer):
    """Bytes, and merges that stay inside words.

    Parameters
    ----------
    merges : sequence of (int, int)
        The merge at place i makes token 256 + i of two earlier ones; 0 to 255 are the bytes.
    split : str
        How text is cut into words: "gpt2", "gpt4", or an expression (see :class:`SplitRule`).
    special_tokens : list of str, or dict of str to int, optional
        Tokens beside them; listed names get the ids that follow.
    ids : sequence of int, optional
        The id of each token, where they differ from the tokens' own numbers, as in the files of other
        libraries.

    Attributes
    ----------
    merges : list of (int, int)
    ids : list of int, or None
    vocabulary : list of bytes
        The bytes of each token.
    split : str
        The expression.

    Raises
    ------
    ValueError
        If a merge names a token that does not exist before it, or makes one that does; if ids are not
        one for each token, all different; if the split rule is no expression.

    Notes
    -----
    The tokens of words are remembered, up to ``remembered`` characters of words; then all is forgotten.

    Examples
    --------
    >>> text = "the theme of the thesis is the theatre"
    >>> tokenizer = BytePairTokenizer.train(text, vocab_size=260, special_tokens=["<|end|>"])
    >>> tokenizer.vocabulary[256:], tokenizer.encode(" the"), tokenizer.special_tokens
    ([b'he', b'the', b' the'], [258], {'<|end|>': 259})
    """

    kind = "byte_pair"
    remembered = 5_000_000

    def __init__(self, merges=(), *, split="gpt4", special_tokens=None, ids=None):
        self._split = SplitRule(split)
        self._forget()
        super().__init__(merges, special_tokens=special_tokens, ids=ids)

    @property
    def split(self) -> str:
        """The expression by which text is cut into words."""
        return self._split.pattern

    @classmethod
    def train(
        cls, text, vocab_size, *, split="gpt4", special_tokens=None, min_count=2, verbose=False
    ) -> BytePairTokenizer:
        """Return a tokenizer with merges learned from a text.

        Parameters
        ----------
        text : str, or iterable of str
            Documents are read one after the other. The empty text teaches no merge.
        vocab_size : int
            How many ids there will be: 256 bytes, the special tokens, and merges for the rest. If no
            pair occurs ``min_count`` times any more, there are fewer.
        split : str
            How text is cut into words: "gpt2", "gpt4", or an expression (see :class:`SplitRule`).
        special_tokens : list of str, optional
            They end documents where they occur in the text, and are not learned from.
        min_count : int
            Pairs that occur less often are not merged.
        verbose : bool
            Whether to show progress.

        Raises
        ------
        TypeError
            If a text is not a str, or a size no integer.
        ValueError
            If vocab_size is too small for the bytes and special tokens, a text has a lone surrogate, or
            the rule leaves characters out.
        """
        rule = SplitRule(split)
        names, merges = learn(text, vocab_size, rule, special_tokens, min_count, verbose)
        return cls(merges, split=split, special_tokens=names)

    def encode_ordinary(self, text) -> list[int]:
        """Return the ids of a text, in which special tokens are characters like any others."""
        words = self._split(check_text(text))
        known = self._known
        new = [word for word in set(words).difference(known) if word]
        if new:
            known.update(zip(new, self._encode_words(new)))
            self._kept += sum(map(len, new))
            if self._kept > self.remembered:
                self._forget()  # a new dict: whoever else looks into the old one still finds it whole
        return list(chain.from_iterable(map(known.__getitem__, words)))

    def _encode_words(self, words) -> list[list[int]]:
        encoded = self._merges.apply([word.encode() for word in words])
        if self.ids is None:
            return encoded
        return [[self.ids[token] for token in tokens] for tokens in encoded]

    def _forget(self) -> None:
        """Start with no words known."""
        self._known: dict[str, list[int]] = {"": []}
        self._kept = 0

    def __getstate__(self):
        return {**vars(self), "_known": {"": []}, "_kept": 0}

    # ---- what a file keeps -----------------------------------------------------------------------
    def _fields(self):
        fields, rows = super()._fields()
        names = {pattern: name for name, pattern in SPLITS.items()}
        return {"split": names.get(self.split, self.split), **fields}, rows
