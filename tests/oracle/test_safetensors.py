"""Our safetensors files are read by the safetensors library, and its files by us."""

import json
import struct

import numpy as np
import pytest

from ml_from_scratch.core.checkpoint import CheckpointError
from ml_from_scratch.core.safetensors import CODES, load_safetensors, save_safetensors
from ml_from_scratch.neural import LSTM, Dense, Embedding, Model

safetensors = pytest.importorskip("safetensors")
theirs = pytest.importorskip("safetensors.numpy")
pytestmark = pytest.mark.oracle


def arrays(seed=0):
    """Every dtype, in shapes with no axis, no element, one and many."""
    rng = np.random.default_rng(seed)
    shapes = {"0-d": (), "empty": (2, 0), "one": (1,), "many": (3, 2, 5)}
    return {
        f"{name} {dtype}": rng.integers(0, 2, shape).astype(dtype)
        for dtype in CODES
        for name, shape in shapes.items()
    }


def same(got, expected):
    assert got.keys() == expected.keys()
    for name, array in expected.items():
        assert got[name].dtype == array.dtype and got[name].shape == array.shape, name
        assert got[name].tobytes() == array.tobytes(), name


@pytest.mark.parametrize("mapped", [False, True])
def test_we_read_what_they_write(tmp_path, mapped):
    path, metadata = tmp_path / "a", {"format": "np", 'é日 \n"': "\u2028"}
    theirs.save_file(arrays(), path, metadata)
    got, told = load_safetensors(path, mapped)
    same(got, arrays())
    assert told == metadata


def test_they_read_what_we_write(tmp_path):
    path, metadata = tmp_path / "a", {"format": "np", 'é日 \n"': "\u2028"}
    save_safetensors(path, arrays(), metadata)
    same(theirs.load_file(path), arrays())
    with safetensors.safe_open(path, "np") as file:
        assert file.metadata() == metadata
        assert file.get_slice("many float32")[1:].tolist() == arrays()["many float32"][1:].tolist()


def test_nothing_at_all(tmp_path):
    theirs.save_file({}, tmp_path / "a")
    assert load_safetensors(tmp_path / "a") == ({}, {})
    save_safetensors(tmp_path / "a", {})
    assert theirs.load_file(tmp_path / "a") == {}


def test_names_with_odd_characters(tmp_path):
    odd = [
        "",
        " ",
        "a.b/c\\d",
        '"quoted"',
        "tab\tnew\nline\0null",
        "日本語",
        "\U0001f600",
        "{}[]:,",
    ]
    given = {name: np.full(2, i, np.float32) for i, name in enumerate(odd)}
    save_safetensors(tmp_path / "ours", given)
    same(theirs.load_file(tmp_path / "ours"), given)
    theirs.save_file(given, tmp_path / "theirs")
    same(load_safetensors(tmp_path / "theirs")[0], given)


def test_bfloat16_of_torch(tmp_path):
    """All 65,536 of them."""
    torch = pytest.importorskip("torch")
    of_torch = pytest.importorskip("safetensors.torch")
    every = torch.arange(-(2**15), 2**15).to(torch.int16).view(torch.bfloat16)
    of_torch.save_file({"all": every.reshape(256, 256), "0-d": every[5].clone()}, tmp_path / "a")
    got, _ = load_safetensors(tmp_path / "a")
    assert got["0-d"].shape == () and got["0-d"].item() == every[5].item()
    expected = every.reshape(256, 256).to(torch.float32).numpy()
    np.testing.assert_array_equal(got["all"].view(np.uint32), expected.view(np.uint32))


def test_a_models_weights_there_and_back(tmp_path):
    def model(seed):
        layers = [Embedding(7, 4), LSTM(3), Dense(2)]
        return Model(layers, seed=seed).build((5,))

    one, two = model(0), model(1)
    save_safetensors(tmp_path / "a", one.state_dict())
    theirs.save_file(theirs.load_file(tmp_path / "a"), tmp_path / "b")
    two.load_state_dict(load_safetensors(tmp_path / "b", mapped=True)[0])
    x = np.arange(10).reshape(2, 5) % 7
    np.testing.assert_array_equal(two.predict(x), one.predict(x))


F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    "header, data",
    [
        ({"a": {**F32, "shape": [2]}}, b"1234"),
        ({"a": {**F32, "shape": [2**62 + 1]}}, b"1234"),
        ({"a": {**F32, "shape": [2**60, 2**60, 0], "data_offsets": [0, 0]}}, b""),
        ({"a": {**F32, "data_offsets": [4, 8]}}, b"12345678"),
        ({"a": {**F32, "data_offsets": [0.0, 4.0]}}, b"1234"),
        ({"a": F32, "b": F32}, b"1234"),
        ({"a": F32, "b": {**F32, "shape": [0], "data_offsets": [2, 2]}}, b"1234"),
        ({"a": F32}, b"12345"),
        ({"a": F32}, b"123"),
        ({"a": {**F32, "dtype": "F33"}}, b"1234"),
        ({"__metadata__": {"a": 1}}, b""),
        ([], b""),
    ],
)
def test_both_refuse(tmp_path, header, data):
    text = json.dumps(header).encode()
    (tmp_path / "a").write_bytes(struct.pack("<Q", len(text)) + text + data)
    with pytest.raises(safetensors.SafetensorError):
        theirs.load_file(tmp_path / "a")
    with pytest.raises(CheckpointError):
        load_safetensors(tmp_path / "a")
