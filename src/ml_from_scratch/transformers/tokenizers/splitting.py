r"""The fifth idea: cut the text into words first, and merge inside words only.

A rule of splitting is a regular expression; what it finds, one match after the other, are the words. GPT-2's
keeps a space with the word that follows it, and letters, digits and signs apart; GPT-4's also takes at most
three digits together, and ends words at line breaks.

The rules speak of ``\p{L}``, letters, and ``\p{N}``, numbers: Unicode's general categories, which Python's
``re`` does not know (its ``\d`` are decimal digits alone: no "½", no "Ⅷ"; its ``\w`` has both and more).
Here they are written out, from ``unicodedata``, and so is ``\s``, Unicode's white space, for which ``re``
takes four control characters more. So the rules find exactly what they find in libraries with ``\p``, for
all characters that the running Python's version of Unicode knows; a letter of a later version of Unicode is
a sign to it.

Written out for all of Unicode, a class is long, and slow beyond U+FFFF, where ``re`` goes through its ranges
one by one. So a rule is compiled up to three times, when it is needed: for ASCII, for text up to U+FFFF, and
for all.

Sources: the rules are data that define the models' vocabularies: GPT-2's from Radford et al. (2019), its
published ``encoder.py``; GPT-4's (``cl100k_base``) as OpenAI's tiktoken has it, without possessive
quantifiers, which change nothing here but need Python 3.11. Categories: Unicode Standard Annex 44.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import numpy as np

GPT2_SPLIT = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
GPT4_SPLIT = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s+\Z|\s*[\r\n]|\s+(?!\S)|\s"
)
SPLITS = {"gpt2": GPT2_SPLIT, "gpt4": GPT4_SPLIT}

ASCII, PLANE, ALL = 0x7F, 0xFFFF, 0x10FFFF  # the largest character that a rule is compiled for
SPACE = "\t\n\v\f\r\x85"  # white space outside of the category Z
BEYOND = re.compile("[\U00010000-\U0010ffff]")
ESCAPE = re.compile(r"\\p\{(?P<category>\w+)\}|\\.", re.DOTALL)
CLASS = r"\[\^?\]?(?:\\.|[^\]\\])*\]"  # a set of characters, as [^a-z]


class SplitRule:
    r"""A regular expression that cuts text into words.

    Parameters
    ----------
    pattern : str
        "gpt2", "gpt4", or an expression of Python's ``re`` in which ``\p{L}``, ``\p{Lu}`` and so on are
        general categories of Unicode, and ``\s`` and ``\S`` are Unicode's white space and its contrary.

    Raises
    ------
    TypeError
        If the pattern is not a str.
    ValueError
        If it is no expression, has groups that capture, or names no category.

    Examples
    --------
    >>> SplitRule("gpt2")("It's 3½ o'clock!")
    ['It', "'s", ' 3½', ' o', "'", 'clock', '!']
    """

    def __init__(self, pattern):
        if not isinstance(pattern, str):
            raise TypeError(
                f"a split rule is a str, such as 'gpt4' or an expression; got {pattern!r}."
            )
        self.pattern = SPLITS.get(pattern, pattern)
        if self._compiled(ASCII).groups:
            raise ValueError(
                f"the split rule {pattern!r} has a group that captures: write (?:...) in place of (...)."
            )

    def __call__(self, text) -> list[str]:
        """Return the words of a text; put together again, they are the text.

        Raises
        ------
        ValueError
            If the rule leaves characters out.
        """
        words = self._compiled(self._largest(text)).findall(text)
        if self.pattern not in SPLITS.values() and sum(map(len, words)) != len(text):
            self._say_what_is_missing(text)
        return words

    def _largest(self, text) -> int:
        """Return the largest character that matters for this text, of three."""
        if text.isascii():
            return ASCII
        beyond = set(BEYOND.findall(text))
        # an emoji is in no class of the rules, whether or not they are written out so far
        matters = any(unicodedata.category(c).startswith(self._categories) for c in beyond)
        return ALL if matters else PLANE

    @functools.cached_property
    def _categories(self) -> tuple[str, ...]:
        return tuple(set(re.findall(r"\\p\{(\w+)\}", self.pattern)))

    def _compiled(self, largest):
        return compiled(self.pattern, largest)

    def _say_what_is_missing(self, text):
        end = 0
        for match in self._compiled(self._largest(text)).finditer(text):
            if match.start() > end:
                break
            end = match.end()
        raise ValueError(
            f"the split rule {self.pattern!r} leaves out {text[end]!r}, at character {end}: it would be "
            "lost. A rule finds every character; a last alternative of r'|[\\s\\S]' does so."
        )

    def __repr__(self):
        return f"SplitRule({self.pattern!r})"


@functools.lru_cache(32)
def compiled(pattern, largest=ALL) -> re.Pattern:
    r"""Return a rule as an expression of ``re``, with classes written out up to a largest character.

    >>> compiled(r"\p{N}+", largest=0x7F).pattern
    '[0-9]+'
    """
    try:
        return re.compile(_written_out(pattern, largest))
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(
            f"the split rule {pattern!r} is no expression of Python's re (with \\p{{L}} and other "
            f"general categories): {error}."
        ) from error


def _written_out(pattern, largest) -> str:
    r"""Return a pattern with the members of classes in place of \p{..}, \s and \S."""

    def replaced(match):
        part = match.group()
        if part.startswith("["):
            return part[0] + ESCAPE.sub(lambda m: _members_of(m, largest) or m.group(), part[1:])
        found = _members_of(match, largest)
        return f"[{found}]" if found else part

    return re.sub(f"{CLASS}|{ESCAPE.pattern}", replaced, pattern, flags=re.DOTALL)


def _members_of(match, largest) -> str:
    """Return the members of the class that an escape names, or nothing if it names none."""
    name = match["category"] or match.group()
    return members(name, largest) if match["category"] or name in (r"\s", r"\S") else ""


@functools.lru_cache(64)
def members(name, largest) -> str:
    r"""Return the characters of a category, of \s or of \S, as they are written inside of [...].

    >>> members("Nd", 0x7F), len(members(r"\S", 0x7F)) < 50
    ('0-9', True)
    """
    codes = _codes(name, largest)
    # a class is never empty: a member that this text cannot have stands for none
    codes = codes if codes.size else _codes(name, ALL)[:1]
    if not codes.size:
        raise ValueError(
            f"\\p{{{name}}} is no general category of Unicode, such as L, Lu, N, Nd, P, S, Z."
        )
    ends = np.flatnonzero(np.diff(codes, append=-9) != 1)
    starts = np.append(0, ends[:-1] + 1)
    return "".join(_range(chr(a), chr(b)) for a, b in zip(codes[starts], codes[ends]))


def _codes(name, largest) -> np.ndarray:
    if name == r"\S":
        # few ranges, so always all of them: an emoji is no white space, however far a rule goes
        return np.setdiff1d(np.arange(ALL + 1), _codes(r"\s", PLANE))
    if name == r"\s":
        spaces = {*map(ord, SPACE), *_codes("Z", min(largest, PLANE)).tolist()}
        return np.array(sorted(code for code in spaces if code <= largest))
    return np.flatnonzero([kind.startswith(name) for kind in _kinds(largest)])


@functools.lru_cache(1)
def _kinds(largest) -> list[str]:
    """Return the category of each character."""
    return list(map(unicodedata.category, map(chr, range(largest + 1))))


def _range(first, last) -> str:
    return re.escape(first) if first == last else f"{re.escape(first)}-{re.escape(last)}"
