"""Downloads, against mirrors on this machine that send the right thing, the wrong thing, or none."""

import builtins
import hashlib
import sys
import time

import pytest

from ml_from_scratch.datasets import DownloadError, get_data_home
from ml_from_scratch.datasets.download import download
from ml_from_scratch.datasets.sources import FILES, RemoteFile

QUICK = {"timeout": 0.3, "show_progress": False}


def remote(server, *behaviours, algorithm="md5"):
    digest = hashlib.new(algorithm, server.content).hexdigest()
    urls = tuple(server.url(behaviour) for behaviour in behaviours)
    return RemoteFile("set/file.gz", len(server.content), algorithm, digest, urls)


def served(server):
    return [behaviour for behaviour, _ in server.requests]


def check(server, path, home):
    """The file is whole, under its own name, and alone."""
    assert path == home / "set" / "file.gz"
    assert path.read_bytes() == server.content
    assert [p.name for p in path.parent.iterdir()] == ["file.gz"]


# ------------------------------------------------------------------------------------- one mirror


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_the_right_file_is_fetched_once(server, tmp_path, algorithm):
    file = remote(server, "right", algorithm=algorithm)
    check(server, download(file, tmp_path, **QUICK), tmp_path)
    check(server, download(file, tmp_path, **QUICK), tmp_path)
    assert server.requests == [("right", None)]


@pytest.mark.parametrize("behaviour", ["no_range", "no_length", "moved"])
def test_other_honest_ways_to_answer(server, tmp_path, behaviour):
    check(server, download(remote(server, behaviour), tmp_path, **QUICK), tmp_path)


def test_a_file_that_is_there_needs_no_network(server, tmp_path):
    path = tmp_path / "set" / "file.gz"
    path.parent.mkdir()
    path.write_bytes(server.content)
    download(remote(server, "right"), tmp_path, **QUICK)
    download(remote(server, "right"), tmp_path, download_if_missing=False, **QUICK)
    assert server.requests == []


def test_a_file_that_is_there_but_wrong_is_replaced(server, tmp_path):
    path = tmp_path / "set" / "file.gz"
    path.parent.mkdir()
    for wrong in (b"short", bytes(len(server.content))):
        path.write_bytes(wrong)
        check(server, download(remote(server, "right"), tmp_path, **QUICK), tmp_path)


# ----------------------------------------------------------------------------------------- resume


def test_what_broke_off_goes_on_where_it_stopped(server, tmp_path):
    check(server, download(remote(server, "half", "right"), tmp_path, **QUICK), tmp_path)
    n = len(server.content)
    assert server.requests[0] == ("half", None)
    assert server.requests[1] == ("half", f"bytes={(n + 1) // 2}-")
    assert served(server) == ["half"] * 5 + ["right"]  # gave more each time, until patience ended
    assert server.requests[-1][1] is not None


def test_an_interrupted_run_is_resumed_by_the_next(server, tmp_path):
    part = tmp_path / "set" / "file.gz.part"
    part.parent.mkdir()
    part.write_bytes(server.content[:1234])
    check(server, download(remote(server, "right"), tmp_path, **QUICK), tmp_path)
    assert server.requests == [("right", "bytes=1234-")]


def test_a_part_that_is_whole_needs_no_network(server, tmp_path):
    part = tmp_path / "set" / "file.gz.part"
    part.parent.mkdir()
    part.write_bytes(server.content)
    check(server, download(remote(server, "right"), tmp_path, **QUICK), tmp_path)
    assert server.requests == []


@pytest.mark.parametrize("behaviour", ["no_range", "no_length"])
def test_a_server_that_ignores_the_range_starts_the_file_anew(server, tmp_path, behaviour):
    part = tmp_path / "set" / "file.gz.part"
    part.parent.mkdir()
    part.write_bytes(b"?" * 1234)
    check(server, download(remote(server, behaviour), tmp_path, **QUICK), tmp_path)
    assert server.requests == [(behaviour, "bytes=1234-")]


@pytest.mark.parametrize("size", [1234, 300_000, 400_000])
def test_a_part_that_is_wrong_is_thrown_away_and_the_mirror_asked_again(server, tmp_path, size):
    part = tmp_path / "set" / "file.gz.part"
    part.parent.mkdir()
    part.write_bytes(b"?" * size)
    check(server, download(remote(server, "right"), tmp_path, **QUICK), tmp_path)
    assert server.requests[-1] == ("right", None)


def test_the_part_survives_for_the_next_time_when_all_mirrors_break_off(server, tmp_path):
    with pytest.raises(DownloadError, match="100,000 of 300,000 bytes are here"):
        download(remote(server, "third"), tmp_path, **QUICK)
    part = tmp_path / "set" / "file.gz.part"
    assert part.read_bytes() == server.content[:100_000]
    assert not (tmp_path / "set" / "file.gz").exists()
    check(server, download(remote(server, "right"), tmp_path, **QUICK), tmp_path)
    assert server.requests[-1] == ("right", "bytes=100000-")


# ----------------------------------------------------------------------------- on to the next one


@pytest.mark.parametrize(
    "behaviour, words",
    [
        ("missing", "HTTP 404"),
        ("failing", "HTTP 503"),
        ("hanging", "no answer in time"),
        ("half_then_hanging", "no answer in time"),
        ("trickling", "too slow"),
        ("wrong_content", "wrong md5 checksum"),
        ("page", "another file .20 bytes, not 300000"),
        ("endless", "wrong md5 checksum"),
        ("half_no_range", "broke off"),
        ("third", "broke off"),
        ("nonsense", ""),
    ],
)
def test_a_bad_mirror_is_passed_over_in_time_and_named(server, tmp_path, behaviour, words):
    started = time.monotonic()
    check(server, download(remote(server, behaviour, "right"), tmp_path, **QUICK), tmp_path)
    assert time.monotonic() - started < 3 * QUICK["timeout"] + 1
    assert served(server)[0] == behaviour and served(server)[-1] == "right"

    with pytest.raises(DownloadError, match=f"{behaviour}/file: .*{words}"):
        download(remote(server, behaviour), tmp_path / "other", **QUICK)
    assert not (tmp_path / "other" / "set" / "file.gz").exists()


@pytest.mark.parametrize("behaviour", ["wrong_content", "page", "endless", "missing"])
def test_wrong_content_leaves_nothing_behind(server, tmp_path, behaviour):
    with pytest.raises(DownloadError):
        download(remote(server, behaviour), tmp_path, **QUICK)
    assert list((tmp_path / "set").iterdir()) == []


def test_a_range_that_was_not_asked_for_is_not_appended(server, tmp_path):
    part = tmp_path / "set" / "file.gz.part"
    part.parent.mkdir()
    part.write_bytes(server.content[:1000])
    with pytest.raises(DownloadError, match="sent the wrong range"):
        download(remote(server, "wrong_range"), tmp_path, **QUICK)
    assert part.read_bytes() == server.content[:1000]


@pytest.mark.parametrize("behaviour", ["hanging", "half_then_hanging", "trickling"])
def test_a_slow_mirror_is_asked_once(server, tmp_path, behaviour):
    download(remote(server, behaviour, "right"), tmp_path, **QUICK)
    assert served(server) == [behaviour, "right"]
    if behaviour != "hanging":
        assert server.requests[1][1] is not None  # what it gave is kept


def test_bad_after_bad_after_bad(server, tmp_path):
    file = remote(server, "missing", "page", "wrong_content", "half_no_range", "right")
    check(server, download(file, tmp_path, **QUICK), tmp_path)


# ---------------------------------------------------------------------------------- all are down


def test_the_error_says_what_was_tried_and_what_to_do(server, tmp_path):
    nowhere = "http://127.0.0.1:9/file"  # nothing listens there
    file = remote(server, "missing", "wrong_content")
    file = file._replace(mirrors=(*file.mirrors, nowhere))
    with pytest.raises(DownloadError) as caught:
        download(file, tmp_path, **QUICK)
    message = str(caught.value)
    assert isinstance(caught.value, OSError)
    for url in file.mirrors:
        assert url in message
    assert "HTTP 404" in message and "checksum" in message and "refused" in message
    assert str(tmp_path / "set" / "file.gz") in message
    assert file.checksum in message and "300,000 bytes" in message


def test_without_leave_to_download_the_error_names_the_places(server, tmp_path):
    with pytest.raises(DownloadError, match="downloading was not allowed.*can be had from"):
        download(remote(server, "right"), tmp_path, download_if_missing=False, **QUICK)
    assert server.requests == []
    assert not (tmp_path / "set").exists()


def test_a_wrong_file_by_hand_is_mentioned_and_kept(server, tmp_path):
    path = tmp_path / "set" / "file.gz"
    path.parent.mkdir()
    path.write_bytes(b"wrong")
    with pytest.raises(DownloadError, match="is there, but its md5 checksum is wrong"):
        download(remote(server, "missing"), tmp_path, **QUICK)
    assert path.read_bytes() == b"wrong"


def test_a_folder_that_cannot_be_made_is_not_the_networks_fault(server, tmp_path):
    (tmp_path / "set").write_text("a file where the folder should be")
    with pytest.raises(OSError) as caught:
        download(remote(server, "right"), tmp_path, **QUICK)
    assert not isinstance(caught.value, DownloadError)
    assert server.requests == []


def test_a_full_disk_is_not_the_networks_fault(server, tmp_path, monkeypatch):
    real_open = builtins.open

    def full(path, mode="r", *args, **kwargs):
        if str(path).endswith(".part") and mode in ("ab", "wb"):
            raise OSError(28, "No space left on device")
        return real_open(path, mode, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", full)
    with pytest.raises(OSError, match="No space left") as caught:
        download(remote(server, "right", "right"), tmp_path, **QUICK)
    assert not isinstance(caught.value, DownloadError)
    assert len(server.requests) == 1


# --------------------------------------------------------------------------------------- progress


def test_a_log_gets_plain_lines_and_no_bar(server, tmp_path, capsys):
    download(remote(server, "right"), tmp_path, timeout=5)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[0].startswith("file.gz: 0.1 of 0.3 MB")
    assert captured.err.splitlines()[-1] == "file.gz: 0.3 of 0.3 MB"
    assert "\r" not in captured.err
    download(remote(server, "right"), tmp_path, timeout=5)
    assert capsys.readouterr().err == ""  # it is there: nothing to say


def test_a_terminal_gets_a_bar_where_tqdm_is(server, tmp_path, capsys, monkeypatch):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    download(remote(server, "half", "right"), tmp_path, timeout=5)
    err = capsys.readouterr().err
    assert "\r" in err and "file.gz: 100%" in err and "300k/300k" in err


def test_a_terminal_without_tqdm_gets_lines(server, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    download(remote(server, "right"), tmp_path, timeout=5)
    assert "file.gz: 0.3 of 0.3 MB" in capsys.readouterr().err


def test_quiet_is_quiet_and_no_stderr_is_no_trouble(server, tmp_path, capsys, monkeypatch):
    download(remote(server, "right"), tmp_path / "a", show_progress=False)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys, "stderr", None)
    download(remote(server, "right"), tmp_path / "b", timeout=5)


# -------------------------------------------------------------------------- the folder, the table


def test_the_data_folder_is_the_argument_then_the_variable_then_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MLFS_DATA", str(tmp_path / "variable"))
    assert get_data_home(tmp_path / "argument") == tmp_path / "argument"
    assert get_data_home() == tmp_path / "variable"
    monkeypatch.setenv("MLFS_DATA", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert get_data_home().name == "ml-from-scratch"
    assert tmp_path in get_data_home().parents
    assert get_data_home("~/x") == tmp_path / "x"


@pytest.mark.parametrize(
    "platform, variable, folder",
    [
        ("linux", "XDG_CACHE_HOME", "caches/ml-from-scratch"),
        ("win32", "LOCALAPPDATA", "caches/ml-from-scratch"),
        ("darwin", None, "Library/Caches/ml-from-scratch"),
    ],
)
def test_each_system_has_its_place_for_caches(monkeypatch, tmp_path, platform, variable, folder):
    monkeypatch.delenv("MLFS_DATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "caches"))
    assert get_data_home() == tmp_path / folder


def test_the_table_is_sound():
    assert len(FILES) == 9
    assert len({file.path for file in FILES.values()}) == 9
    assert len({file.checksum for file in FILES.values()}) == 9
    for file in FILES.values():
        assert len(file.checksum) == {"md5": 32, "sha256": 64}[file.algorithm]
        assert int(file.checksum, 16)
        assert len(file.mirrors) >= 2
        assert file.size > 1000
        for url in file.mirrors:
            assert url.startswith("http")
            assert file.path.startswith("tiny") or url.endswith("/" + file.name)
