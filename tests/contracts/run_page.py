"""Run the Python of one page, in order and in one namespace, cut off from the network."""

import socket
import sys
from pathlib import Path

from prose import program


def _no_network(*_, **__):
    raise OSError("a page's code must run without a network")


def run(page: str) -> None:
    """Run the page's program; a traceback shows the page's own name and line numbers."""
    code = compile(program(Path(page).read_text(encoding="utf-8")), page, "exec")
    socket.socket.connect = _no_network  # type: ignore[method-assign]
    socket.getaddrinfo = _no_network
    exec(code, {"__name__": "__main__"})


if __name__ == "__main__":
    run(sys.argv[1])
