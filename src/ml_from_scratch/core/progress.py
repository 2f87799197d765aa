"""How far a long job has come: a bar on a terminal, a few plain lines in a log."""

from __future__ import annotations

import sys
from contextlib import contextmanager


@contextmanager
def progress(total: int, title: str, unit: str = "step", lines: int = 4, shown: bool = True):
    """Yield ``report(done, note="")``, to be called with how many of ``total`` are done.

    The bar is tqdm's, where that is installed and stderr is a terminal. Otherwise there are at most
    ``lines`` plain lines on stderr, so that a log file holds no bar.

    Examples
    --------
    >>> with progress(3, "counting", shown=False) as report:
    ...     for i in range(3):
    ...         report(i + 1)
    """
    bar = _bar(total, title, unit) if shown and _on_terminal() else None
    if not shown:
        yield lambda done, note="": None
    elif bar is None:
        yield _plain(total, title, unit, lines)
    else:
        with bar:

            def report(done, note=""):
                bar.set_postfix_str(note, refresh=False)
                bar.update(done - bar.n)

            yield report


def _plain(total, title, unit, lines):
    """Print a line whenever a further part is there; bytes are counted in MB."""
    printed = 0
    said = (lambda n: f"{n / 1e6:.1f}") if unit == "B" else str
    kind = " MB" if unit == "B" else ""

    def report(done, note=""):
        nonlocal printed
        reached = lines * done // max(total, 1)
        if reached > printed:
            printed = reached
            tail = f"  {note}" if note else ""
            print(
                f"{title}: {said(done)} of {said(total)}{kind}{tail}", file=sys.stderr, flush=True
            )

    return report


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _bar(total, title, unit):
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=total, desc=title, unit=unit, unit_scale=unit == "B")
