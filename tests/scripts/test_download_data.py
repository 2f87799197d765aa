"""The download script: what it prints, what it exits with."""

import hashlib
import runpy
from pathlib import Path

import pytest

from ml_from_scratch.datasets.sources import FILES

SCRIPT = Path(__file__).parents[2] / "scripts" / "download_data.py"
main = runpy.run_path(str(SCRIPT))["main"]


@pytest.fixture
def two_sets(monkeypatch, tmp_path):
    """One set that is there already, and one that no mirror has."""
    content = b"To be, or not to be"
    for name in list(FILES):
        if name not in ("tiny_shakespeare", "mnist test labels"):
            monkeypatch.delitem(FILES, name)
    text = FILES["tiny_shakespeare"]._replace(
        size=len(content), checksum=hashlib.sha256(content).hexdigest()
    )
    nowhere = ("http://127.0.0.1:9/labels",)  # nothing listens there
    labels = FILES["mnist test labels"]._replace(mirrors=nowhere)
    monkeypatch.setitem(FILES, "tiny_shakespeare", text)
    monkeypatch.setitem(FILES, "mnist test labels", labels)
    (tmp_path / text.path).write_bytes(content)
    return tmp_path


def test_what_is_there_is_named(two_sets, capsys):
    assert main(["tiny_shakespeare", "--data-home", str(two_sets)]) == 0
    assert str(two_sets / "tinyshakespeare.txt") in capsys.readouterr().out


def test_what_cannot_be_had_is_told_and_the_rest_is_done(two_sets, capsys):
    assert main(["--data-home", str(two_sets), "--timeout", "1", "--quiet"]) == 1
    captured = capsys.readouterr()
    assert "tinyshakespeare.txt" in captured.out
    assert "127.0.0.1:9/labels" in captured.err and "put it at" in captured.err
    assert "Traceback" not in captured.err


def test_an_unknown_set_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["imagenet"])
    assert caught.value.code == 2
    assert "there is no imagenet; choose from fashion_mnist, mnist" in capsys.readouterr().err


def test_help_is_worth_reading(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "tiny_shakespeare" in capsys.readouterr().out
