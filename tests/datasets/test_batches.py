"""Batches: every sample once, rows stay together, the generator decides the order."""

import numpy as np
import pytest

from ml_from_scratch.datasets import batch_indices, batches


@pytest.mark.parametrize("n, size", [(0, 3), (1, 3), (3, 3), (7, 3), (7, 1), (7, 100)])
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_index_comes_exactly_once(n, size, shuffle):
    got = list(batch_indices(n, size, rng=0, shuffle=shuffle))
    assert sorted(np.concatenate([*got, np.array([], dtype=int)]).tolist()) == list(range(n))
    assert all(len(batch) == size for batch in got[:-1])
    assert len(got) == -(-n // size)


@pytest.mark.parametrize("n, size, expected", [(0, 3, 0), (2, 3, 0), (6, 3, 2), (7, 3, 2)])
def test_drop_last_leaves_only_whole_batches(n, size, expected):
    got = list(batch_indices(n, size, rng=0, drop_last=True))
    assert [len(batch) for batch in got] == [size] * expected


def test_the_seed_decides_the_order_and_a_generator_moves_on():
    def order(rng):
        return np.concatenate(list(batch_indices(50, 8, rng=rng))).tolist()

    assert order(3) == order(3)
    assert order(3) != order(4)
    assert order(3) != list(range(50))
    rng = np.random.default_rng(3)
    first, second = order(rng), order(rng)
    assert first == order(3)
    assert first != second


def test_unshuffled_batches_leave_the_generator_alone():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    list(batch_indices(10, 3, rng=rng, shuffle=False))
    assert rng.bit_generator.state == before


def test_the_order_is_drawn_at_the_call_not_at_the_first_batch():
    rng = np.random.default_rng(0)
    iterator = batch_indices(10, 3, rng=rng)
    rng.random(100)
    assert (
        np.concatenate(list(iterator)).tolist() == np.random.default_rng(0).permutation(10).tolist()
    )


def test_rows_of_several_arrays_stay_together_and_keep_shape_and_dtype():
    X = np.arange(24, dtype=np.float32).reshape(6, 2, 2)
    y = np.arange(6)
    names = np.array(list("abcdef"))
    seen = []
    for X_batch, y_batch, name_batch in batches(X, y, names, batch_size=4, rng=1):
        assert X_batch.dtype == np.float32
        assert X_batch.shape == (len(y_batch), 2, 2)
        assert (X_batch[:, 0, 0] == 4 * y_batch).all()
        assert name_batch.tolist() == ["abcdef"[i] for i in y_batch]
        seen += y_batch.tolist()
    assert sorted(seen) == list(range(6))


def test_batches_are_copies_of_read_only_and_strided_arrays_too():
    X = np.arange(20.0).reshape(10, 2)[::2, ::-1]
    X.flags.writeable = False
    (batch,) = next(batches(X, batch_size=3, shuffle=False))
    assert batch.tolist() == X[:3].tolist()
    batch[:] = -1
    assert X.min() == 0


def test_lists_are_taken_as_arrays():
    assert [b.tolist() for (b,) in batches([1, 2, 3], batch_size=2, shuffle=False)] == [[1, 2], [3]]


def test_arrays_without_the_last_smaller_batch():
    X = np.arange(7)
    sizes = [len(b) for (b,) in batches(X, batch_size=3, rng=0, drop_last=True)]
    assert sizes == [3, 3] and len(list(batches(X, batch_size=3))) == 3


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_size_below_one_is_refused_at_the_call(size):
    with pytest.raises(ValueError, match="batch_size must be an integer of at least 1"):
        batch_indices(10, size)


@pytest.mark.parametrize("size", [2.0, None, True, "3"])
def test_a_batch_size_that_is_no_integer_is_refused(size):
    with pytest.raises(TypeError, match="batch_size must be an integer"):
        batch_indices(10, size)


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match=r"same number of samples.*\(3, 2\), \(4,\)"):
        batches(np.ones((3, 2)), np.ones(4), batch_size=2)
    with pytest.raises(ValueError, match="one or more arrays"):
        batches(batch_size=2)
    with pytest.raises(ValueError, match="n_samples"):
        batches(np.array(3.0), batch_size=2)
    with pytest.raises(ValueError, match="n_samples must be an integer of at least 0"):
        batch_indices(-1, 2)
