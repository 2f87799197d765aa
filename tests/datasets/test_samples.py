"""Sources of data: rows of several arrays, as tuples or dicts."""

import numpy as np
import pytest
from fake_device import FakeArray

from ml_from_scratch.datasets import Samples, batches
from ml_from_scratch.datasets.samples import as_source

X, y = np.arange(10.0).reshape(5, 2), np.arange(5)


@pytest.mark.parametrize("arrays", [(X, y), [X, y], (X.tolist(), y.tolist())])
def test_a_tuple_gives_tuples(arrays):
    X_batch, y_batch = Samples(arrays).take(np.array([4, 0]))
    assert X_batch.tolist() == [[8, 9], [0, 1]] and y_batch.tolist() == [4, 0]


def test_a_dict_gives_dicts():
    samples = Samples({"inputs": X, "targets": y})
    batch = samples.take(np.array([2]))
    assert list(batch) == ["inputs", "targets"] and samples.n_samples == 5
    assert batch["inputs"].tolist() == [[4, 5]] and batch["targets"].tolist() == [2]


def test_batches_of_a_dict():
    seen = list(batches({"a": X, "b": y}, batch_size=2, shuffle=False))
    assert [part["b"].tolist() for part in seen] == [[0, 1], [2, 3], [4]]
    shuffled = [part["b"] for part in batches({"a": X, "b": y}, batch_size=2, rng=1)]
    same = [part for (part,) in batches(y, batch_size=2, rng=1)]
    assert np.concatenate(shuffled).tolist() == np.concatenate(same).tolist()


def test_batches_are_copies():
    batch = Samples((X,)).take(np.array([0]))[0]
    batch[:] = -1
    assert X.min() == 0


def test_a_mapped_file_gives_plain_arrays(tmp_path):
    np.save(tmp_path / "x.npy", X)
    (batch,) = Samples((np.load(tmp_path / "x.npy", mmap_mode="r"),)).take(np.array([1]))
    assert type(batch) is np.ndarray and batch.tolist() == [[2, 3]]


def test_arrays_of_a_device_stay_there():
    (batch,) = Samples((FakeArray(X),)).take(np.array([3, 1]))
    assert isinstance(batch, FakeArray) and batch.get().tolist() == [[6, 7], [2, 3]]


def test_an_object_that_can_do_it_is_a_source():
    class Squares:
        n_samples = 3

        def take(self, index):
            return (index**2,)

    squares = Squares()
    assert as_source(squares) is squares


@pytest.mark.parametrize("data", [X, 3, "text", iter([1])])
def test_anything_else_is_none(data):
    with pytest.raises(TypeError, match=r"n_samples and take\(index\).*\(x,\)"):
        as_source(data)


@pytest.mark.parametrize("arrays", [(), {}, (3.0,)])
def test_there_must_be_an_axis_of_samples(arrays):
    with pytest.raises(ValueError, match="one or more arrays"):
        Samples(arrays)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match=r"same number of samples.*\(5, 2\), \(4,\)"):
        Samples({"x": X, "y": y[:4]})
