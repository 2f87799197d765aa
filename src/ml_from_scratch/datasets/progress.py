"""How far a download has come: a bar on a terminal, a few plain lines in a log."""

from __future__ import annotations

import sys
from contextlib import contextmanager


@contextmanager
def progress(file, shown=True):
    """Yield a function that is called with the number of bytes that are there.

    The bar is tqdm's, where that is installed and stderr is a terminal. Otherwise each quarter of
    the file is a line on stderr, so that a log file holds no bar.
    """
    if not shown:
        yield lambda done: None
    elif _on_terminal() and (tqdm := _tqdm()) is not None:
        with tqdm(total=file.size, unit="B", unit_scale=True, desc=file.name) as bar:
            yield lambda done: bar.update(done - bar.n)
    else:
        yield _lines(file)


def _lines(file):
    """Make a function that prints a line whenever a further quarter is there."""
    print(f"downloading {file.name} ({file.size / 1e6:.1f} MB)", file=sys.stderr, flush=True)
    quarters = 0

    def report(done):
        nonlocal quarters
        reached = min(4, 4 * done // max(file.size, 1))
        if reached > quarters:
            quarters = reached
            print(f"  {file.name}: {25 * quarters} %", file=sys.stderr, flush=True)

    return report


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _tqdm():
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm
