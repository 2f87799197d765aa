"""Reading the project's Markdown: code blocks, links, commands, and what they promise exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)[^)]*\)|<(?:a|img)\b[^>]*?(?:href|src)=\"([^\"]+)\"")
EXTRAS = re.compile(r"(?:\.|ml-from-scratch-lab)\[([\w, -]+)\]")
PACKAGE = "src/ml_from_scratch"
KNOWN = {"cd", "git", "mlfs", "pip", "pre-commit", "python", "python3", "source"}


class Block(NamedTuple):
    """A fenced block: its language, its text, and the line on which the text begins."""

    language: str
    text: str
    line: int


def blocks(markdown: str, *languages: str) -> list[Block]:
    """Return the fenced blocks in these languages, in order."""
    found = [
        Block(match.group(1), match.group(2), markdown.count("\n", 0, match.start(2)) + 1)
        for match in FENCE.finditer(markdown)
    ]
    return [block for block in found if block.language in languages]


def program(markdown: str) -> str:
    """Return all Python blocks as one program whose lines keep their numbers in the page."""
    lines: list[str] = []
    for block in blocks(markdown, "python"):
        lines += [""] * (block.line - 1 - len(lines)) + block.text.splitlines()
    return "\n".join(lines) + "\n"


def without_code(markdown: str) -> str:
    """Return the prose alone."""
    return FENCE.sub("", markdown)


def broken_links(page: Path, root: Path) -> list[str]:
    """Return the links of a page to files or headings that are not there."""
    text = without_code(page.read_text(encoding="utf-8"))
    targets = [a or b for a, b in LINK.findall(re.sub(r"`[^`\n]*`", "", text))]
    found = []
    for target in targets:
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            continue
        other = (page.parent / path).resolve() if path else page
        if not other.exists() or root not in [other, *other.parents]:
            found.append(f"{page.name} links to {target}, which does not exist")
        elif anchor and anchor not in headings(other.read_text(encoding="utf-8")):
            found.append(f"{page.name} links to {target}, a heading that does not exist")
    return found


def headings(markdown: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+\s+(.*?)\s*$", without_code(markdown), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def missing_files(markdown: str, root: Path) -> list[str]:
    """Return the files and folders that a page names in code style and that do not exist.

    They are named from the top (docs/map.md), or, below the package, from there (core/tape.py).
    """
    names = re.findall(r"`([\w.*-]+/[\w./*-]*)`", without_code(markdown))
    tops = {path.name for path in root.iterdir()} | {"src", "tests", "docs"}
    found = []
    for name in names:
        places = [root] * (name.split("/")[0] in tops)
        places += [root / PACKAGE] * (not places and name.endswith(".py"))
        if places and not any(list(place.glob(name.rstrip("/"))) for place in places):
            found.append(f"there is no {name}")
    return found


def commands(markdown: str) -> Iterator[list[str]]:
    """Yield the commands of the shell blocks, as lists of words, without prompts and comments."""
    for block in blocks(markdown, "bash", "sh", "shell", "console"):
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(re.sub(r"^[$>]\s+", "", line), comments=True)
            if words:
                yield words


def broken_commands(markdown: str, root: Path, targets, extras) -> list[str]:
    """Return the commands of a page that could not work: no such target, script, extra, command."""
    found = []
    for words in commands(markdown):
        while "=" in words[0] and len(words) > 1:  # PYTHON=... make test
            words = words[1:]
        first, rest = words[0], [w for w in words[1:] if not w.startswith("-")]
        goals = [w for w in rest if "=" not in w]
        if first == "make":
            found += [f"make has no target {goal}" for goal in goals if goal not in targets]
        elif first in ("python", "python3") and rest and rest[0].endswith(".py"):
            found += [f"there is no {rest[0]}"] if not (root / rest[0]).exists() else []
            if rest[0] == "scripts/bootstrap.py":
                found += [f"bootstrap has no task {g}" for g in rest[1:2] if g not in targets]
        elif first not in KNOWN and words[1:2] != ["-m"] and not (root / first).exists():
            found.append(f"nobody knows {first!r}: teach tests/contracts/prose.py about it")
    for names in EXTRAS.findall(markdown):
        found += [f"there is no extra {n}" for n in re.split(r",\s*", names) if n not in extras]
    return found
