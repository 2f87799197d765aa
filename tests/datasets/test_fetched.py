"""The fetched data sets, on small stand-ins with the real names; nothing leaves this machine."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from ml_from_scratch.datasets import (
    DownloadError,
    fetch_fashion_mnist,
    fetch_mnist,
    fetch_tiny_shakespeare,
)
from ml_from_scratch.datasets.sources import FILES

FETCHERS = {"mnist": fetch_mnist, "fashion_mnist": fetch_fashion_mnist}


def put(monkeypatch, home, name, content):
    """Make ``content`` the right content of a file, and put it where it belongs."""
    file = FILES[name]
    checksum = hashlib.new(file.algorithm, content).hexdigest()
    monkeypatch.setitem(FILES, name, file._replace(size=len(content), checksum=checksum))
    path = home / file.path
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


@pytest.fixture(params=FETCHERS)
def stand_in(request, monkeypatch, tmp_path):
    """Six images to train on and three to test."""
    images = np.random.default_rng(0).integers(0, 256, size=(9, 28, 28)).astype(np.uint8)
    labels = np.arange(9, dtype=np.uint8)
    for part, rows in (("train", slice(0, 6)), ("test", slice(6, 9))):
        for kind, array in (("images", images[rows]), ("labels", labels[rows])):
            header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            content = gzip.compress(header + array.tobytes())
            put(monkeypatch, tmp_path, f"{request.param} {part} {kind}", content)
    return FETCHERS[request.param], images, labels, tmp_path


@pytest.mark.parametrize(
    "subset, rows", [("train", slice(0, 6)), ("test", slice(6, 9)), ("all", slice(0, 9))]
)
def test_images_and_labels_of_each_part(stand_in, subset, rows):
    fetch, images, labels, home = stand_in
    bunch = fetch(subset, data_home=home)
    assert np.array_equal(bunch.images, images[rows]) and bunch.images.dtype == np.uint8
    assert np.array_equal(bunch.target, labels[rows]) and bunch.target.dtype == int
    assert bunch.data.dtype == np.float32 and bunch.data.shape == (len(bunch.target), 784)
    assert np.allclose(bunch.data * 255, images[rows].reshape(-1, 784), atol=1e-4)
    assert bunch.data.max() <= 1
    assert len(bunch.target_names) == 10 and bunch.description
    X, y = fetch(subset, data_home=home, return_X_y=True)
    assert np.array_equal(X, bunch.data) and np.array_equal(y, bunch.target)


def test_training_is_what_you_get_unasked_and_the_variable_says_where(stand_in, monkeypatch):
    fetch, _, _, home = stand_in
    monkeypatch.setenv("MLFS_DATA", str(home))
    assert fetch().target.tolist() == [0, 1, 2, 3, 4, 5]


def test_only_the_part_that_is_asked_for_is_needed(stand_in):
    fetch, _, _, home = stand_in
    for path in home.glob("*/train*"):
        path.unlink()
    assert len(fetch("test", data_home=home).target) == 3
    with pytest.raises(DownloadError, match="train-images-idx3-ubyte.gz is not there"):
        fetch("train", data_home=home, download_if_missing=False)


def test_an_unknown_part_is_refused(stand_in):
    with pytest.raises(ValueError, match="subset must be one of 'train', 'test', 'all'"):
        stand_in[0]("validation")


def test_tiny_shakespeare_is_one_string_as_it_was_written(monkeypatch, tmp_path):
    text = "First Citizen:\nBefore we proceed\r\n, \u00e9\n"
    put(monkeypatch, tmp_path, "tiny_shakespeare", text.encode())
    assert fetch_tiny_shakespeare(data_home=tmp_path) == text


def test_a_damaged_file_is_not_read(monkeypatch, tmp_path):
    put(monkeypatch, tmp_path, "tiny_shakespeare", b"whole")
    (tmp_path / FILES["tiny_shakespeare"].path).write_bytes(b"whale")
    with pytest.raises(DownloadError, match="checksum is wrong"):
        fetch_tiny_shakespeare(data_home=tmp_path, download_if_missing=False)
