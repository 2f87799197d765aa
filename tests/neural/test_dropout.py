"""Dropout: the mean is kept, the share is right, and evaluation changes nothing."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor
from ml_from_scratch.neural import Dropout


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_share_scale_and_mean(rate):
    y = Dropout(rate).build((1000,), seed=0)(np.ones((200, 1000)))
    dropped = np.mean(y == 0)
    assert abs(dropped - rate) < 5 * np.sqrt(rate * (1 - rate) / y.size)
    assert np.unique(y).round(12).tolist() == [0.0, round(1 / (1 - rate), 12)]
    assert abs(y.mean() - 1.0) < 5 * np.sqrt(rate / (1 - rate) / y.size)


def test_the_gradient_passes_where_the_value_did():
    x = Tensor(np.ones((4, 5)))
    y = Dropout(0.5).build((5,), seed=0)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, y.data)


def test_every_call_has_a_mask_of_its_own():
    layer, x = Dropout(0.5).build((50,), seed=0), np.ones((2, 50))
    assert (layer(x) != layer(x)).any()


def test_masks_come_from_another_stream_than_weights():
    layer = Dropout(0.5).build((5,), seed=0)
    weights = np.random.default_rng(layer.stream).random(5, dtype=np.float32)
    assert (layer.rng.random(5, dtype=np.float32) != weights).all()


def test_evaluation_and_rate_zero_return_the_input():
    x = Tensor(np.ones((2, 3)))
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0)(x) is x


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, float("nan")])
def test_a_rate_is_a_share(rate):
    with pytest.raises(ValueError, match="rate must be a number of at least 0 and below 1"):
        Dropout(rate)
