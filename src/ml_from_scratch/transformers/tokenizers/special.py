"""Special tokens: marks between texts that no text may forge.

``<|endoftext|>`` between two documents is one number of its own, whatever merges were learned. Text that
comes from outside might contain these characters; if they turned into the mark, whoever writes the text
could end the document, or speak in another's name. So a special token in a text is refused unless the
caller says that this text may hold it, or that it is to be read as ordinary characters.

Source: the rules and their names are those of OpenAI's tiktoken (2022).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


class SpecialTokens:
    """Names of special tokens with their ids, and how a text is cut at them.

    Parameters
    ----------
    tokens : None, list of str, or dict of str to int
        A list gets the ids ``first``, ``first + 1``, ...; a dict brings its own.
    first : int
        The first free id.
    taken : container of int
        Ids that belong to ordinary tokens.

    Raises
    ------
    TypeError
        If names are not strings or ids not integers.
    ValueError
        If a name is empty or listed twice, or an id negative, taken or given twice.

    Examples
    --------
    >>> special = SpecialTokens(["<|end|>"], first=256)
    >>> special.ids, special.cut("one<|end|>two", allowed={"<|end|>"})
    ({'<|end|>': 256}, ['one', '<|end|>', 'two'])
    """

    def __init__(self, tokens, first, taken=()):
        self.ids = dict(_checked(tokens, first, taken))
        # the longest first, so that a name which begins with another one is found whole
        self._names = sorted(self.ids, key=lambda name: (-len(name), name))

    def cut(self, text, allowed=(), disallowed="all") -> list[str]:
        """Return ordinary pieces (at even places) and allowed special tokens (at odd places).

        Raises
        ------
        ValueError
            If the text holds a disallowed special token, or a name is none.
        """
        allowed = self._chosen("allowed_special", allowed)
        refused = self._chosen("disallowed_special", disallowed) - (
            allowed if disallowed == "all" else set()
        )
        if refused:
            self._refuse(text, refused)
        if not allowed:
            return [text]
        return re.split(f"({self._one_of(allowed)})", text)

    def _refuse(self, text, names) -> None:
        found = re.search(self._one_of(names), text)
        if found:
            name = found.group()
            raise ValueError(
                f"the text holds the special token {name!r} at character {found.start()}. Pass "
                f"allowed_special={{{name!r}}} if it is to be the token, or disallowed_special=() if it "
                "is to be read as ordinary text."
            )

    def _one_of(self, names) -> str:
        return "|".join(re.escape(name) for name in self._names if name in names)

    def _chosen(self, argument, names) -> set[str]:
        if names == "all":
            return set(self.ids)
        if isinstance(names, str):
            raise TypeError(f"{argument} is 'all' or a set of names; got {names!r}: {{{names!r}}}?")
        unknown = [name for name in names if name not in self.ids]
        if unknown:
            known = ", ".join(map(repr, self.ids)) or "none"
            raise ValueError(f"{argument} names {unknown[0]!r}; the special tokens are: {known}.")
        return set(names)


def _checked(tokens, first, taken) -> Iterable[tuple[str, int]]:
    if isinstance(tokens, str):
        raise TypeError(f"special_tokens is a list of names; got {tokens!r}: [{tokens!r}]?")
    if tokens is None or not isinstance(tokens, Mapping):
        tokens = list(tokens or ())
        if len(set(tokens)) < len(tokens):
            raise ValueError(f"special_tokens lists a name twice: {tokens}.")
        tokens = {name: first + i for i, name in enumerate(tokens)}
    seen: dict[int, str] = {}
    for name, token in tokens.items():
        if not isinstance(name, str) or not isinstance(token, int) or isinstance(token, bool):
            raise TypeError(
                f"special_tokens are names with integer ids; got {name!r} with {token!r}."
            )
        if not name:
            raise ValueError("a special token's name is empty: it would be found everywhere.")
        _refuse_surrogates(name)
        if token < 0 or token in taken or token in seen:
            owner = f"is {seen[token]!r}" if token in seen else "is an ordinary token's"
            why = "is negative" if token < 0 else owner
            raise ValueError(
                f"special token {name!r} has the id {token}, which {why}. Take {first} or above."
            )
        seen[token] = name
    return tokens.items()


def _refuse_surrogates(name) -> None:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"special token {name!r} holds a lone surrogate, which no text has: {error}."
        ) from error
