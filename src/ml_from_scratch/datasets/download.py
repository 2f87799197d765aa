"""Fetch a file once, whatever the network does: several mirrors, resumed, checked, then renamed.

What arrives goes to ``NAME.part`` and becomes ``NAME`` in one step when its checksum is right, so a
file under its own name is always whole. A part that was left by a broken connection or an
interrupted run is gone on with, from the same mirror or the next. Only the standard library is used.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from ..core.progress import progress

TIMEOUT = 20.0  # seconds
SLOWEST = 1024  # bytes a second; a mirror below that is given up
ATTEMPTS = 5  # how often one mirror that breaks off is gone on with
CHUNK = 1 << 16


class DownloadError(OSError):
    """No mirror had the file; the message says what was tried and what to do."""


class _MirrorError(Exception):
    """One mirror failed; there are others."""


class _TooSlow(_MirrorError):
    """One mirror is silent or nearly so: asking it again would only cost time."""


def get_data_home(data_home=None) -> Path:
    """Return the folder for downloaded data; it may not exist yet.

    The argument; otherwise the environment variable ``MLFS_DATA``; otherwise ``ml-from-scratch``
    in the user's folder for caches.

    Examples
    --------
    >>> get_data_home("data").as_posix()
    'data'
    """
    home = data_home if data_home is not None else os.environ.get("MLFS_DATA")
    if home:
        return Path(home).expanduser()
    if sys.platform == "win32":
        cache = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        cache = "~/Library/Caches"
    else:
        cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "ml-from-scratch"


def download(
    file, data_home=None, *, download_if_missing=True, show_progress=True, timeout=TIMEOUT
) -> Path:
    """Return the path of a file whose checksum is right, downloading it unless it is there.

    Parameters
    ----------
    file : RemoteFile
        What to fetch, from ``sources.FILES``.
    data_home : None, str or Path
        The folder for data, see :func:`get_data_home`.
    download_if_missing : bool
        Whether the network may be used.
    show_progress : bool
        Whether to show on stderr how far it has come.
    timeout : float
        Seconds to wait for a mirror that is silent, or hardly sends anything.

    Raises
    ------
    DownloadError
        If the file is not there and no mirror has it. It is an OSError.
    OSError
        If the folder cannot be written to.
    """
    path = get_data_home(data_home) / file.path
    if path.is_file() and _is_right(path, file):
        return path
    failures = []
    if download_if_missing:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        with progress(file.size, file.name, "B", shown=show_progress) as report:
            for url in file.mirrors:
                try:
                    _from_mirror(url, part, file, timeout, report)
                except _MirrorError as error:
                    failures.append(f"{url}: {error}")
                else:
                    os.replace(part, path)
                    return path
    raise DownloadError(_what_to_do(file, path, failures))


def _from_mirror(url, part, file, timeout, report) -> None:
    """Complete the part from one mirror; a part that turns out wrong does not stay."""
    resumed = _size(part) > 0
    _complete(url, part, file, timeout, report)
    if _is_right(part, file):
        return
    part.unlink(missing_ok=True)
    if not resumed:
        raise _MirrorError(f"sent another file (wrong {file.algorithm} checksum)")
    _from_mirror(url, part, file, timeout, report)  # the fault may lie in what was there before


def _complete(url, part, file, timeout, report) -> None:
    """Bring the part to its full size, going on where the mirror breaks off while it gives more."""
    for _ in range(ATTEMPTS):
        before = _size(part)
        if before >= file.size:
            return
        try:
            _receive(url, part, file, timeout, report)
            problem, hopeless = "broke off", False
        except _MirrorError as error:
            problem, hopeless = str(error), isinstance(error, _TooSlow)
        if hopeless or _size(part) <= before:
            break
    if 0 < _size(part) < file.size:
        problem += f" ({_size(part):,} of {file.size:,} bytes are here)"
    if _size(part) < file.size:
        raise _MirrorError(problem)


def _receive(url, part, file, timeout, report) -> None:
    """Append to the part what the mirror sends in one answer."""
    start = _size(part)
    with _open(url, start, timeout) as response:
        _check_size(response, start, file)
        with open(part, "ab" if response.status == 206 else "wb") as out:
            for chunk in _chunks(response, timeout):
                out.write(chunk)
                report(out.tell())
                if out.tell() > file.size:
                    break  # no longer the file we want: the checksum will say so


@contextmanager
def _mirror_errors():
    """Turn whatever a network can do into a _MirrorError; a full disk is another matter."""
    import socket
    from http.client import HTTPException
    from urllib.error import HTTPError

    try:
        yield
    except HTTPError as error:
        error.close()
        raise _MirrorError(f"HTTP {error.code} {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, (socket.timeout, TimeoutError)):
            raise _TooSlow("no answer in time") from error
        raise _MirrorError(str(reason) or type(reason).__name__) from error


def _open(url, start, timeout):
    """Ask for a file from the given byte on; the mirror may send it from the beginning."""
    from urllib.request import Request, urlopen

    headers = {"User-Agent": "ml-from-scratch-lab"}
    if start:
        headers["Range"] = f"bytes={start}-"
    with _mirror_errors():
        return urlopen(Request(url, headers=headers), timeout=timeout)


def _check_size(response, start, file) -> None:
    """Refuse an answer that is not the rest of a file of the right size."""
    if response.status == 206:
        content_range = response.headers.get("Content-Range", "")
        if not re.fullmatch(rf"bytes {start}-\d+/({file.size}|\*)", content_range):
            raise _MirrorError(f"sent the wrong range ({content_range or 'not named'})")
    elif response.headers.get("Content-Length", str(file.size)) != str(file.size):
        length = response.headers["Content-Length"]
        raise _MirrorError(f"sent another file ({length} bytes, not {file.size})")


def _chunks(response, timeout):
    """Yield what arrives, until the end, or until too little does."""
    since, received = time.monotonic(), 0
    while True:
        with _mirror_errors():
            chunk = response.read1(CHUNK)
        if not chunk:
            return
        yield chunk
        received += len(chunk)
        elapsed = time.monotonic() - since
        if elapsed > timeout:
            if received < SLOWEST * elapsed:
                raise _TooSlow(f"too slow ({received / elapsed:.0f} bytes a second)")
            since, received = time.monotonic(), 0


def _size(path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_right(path, file) -> bool:
    """Compare a file with the checksum it should have."""
    if _size(path) != file.size:
        return False
    if file.algorithm == "md5":  # against accidents, not attackers: allowed where MD5 is banned
        digest = hashlib.md5(usedforsecurity=False)
    else:
        digest = hashlib.new(file.algorithm)
    with open(path, "rb") as content:
        while chunk := content.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest() == file.checksum


def _what_to_do(file, path, failures) -> str:
    """Say what was tried, and how to get the file by other means."""
    lines = [f"{file.name} is not there, and could not be downloaded. Tried:"]
    lines += [f"  {failure}" for failure in failures]
    if not failures:
        lines = [f"{file.name} is not there, and downloading was not allowed. It can be had from:"]
        lines += [f"  {url}" for url in file.mirrors]
    if path.exists():
        lines.append(f"(A file of that name is there, but its {file.algorithm} checksum is wrong.)")
    lines += [
        "With a network connection, call again: a download that broke off goes on where it stopped.",
        "Without one, bring the file from one of these addresses by other means and put it at",
        f"  {path}",
        f"(its size is {file.size:,} bytes and its {file.algorithm} {file.checksum})",
    ]
    return "\n".join(lines)
