"""What all losses share: weights, reductions, errors that say what to do, and finding by name."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor, grad, no_grad
from ml_from_scratch.losses import (
    LOSSES,
    MAE,
    MSE,
    CrossEntropy,
    ElementwiseLoss,
    Huber,
    Loss,
    get,
)


def test_a_weighted_mean_by_hand():
    y_pred, y_true, w = np.array([1.0, 2.0, 3.0]), np.zeros(3), np.array([1.0, 0.0, 3.0])
    assert MSE()(y_pred, y_true, w) == (1 * 1 + 3 * 9) / 4
    assert MSE(reduction="sum")(y_pred, y_true, w) == 28
    assert MSE(reduction="none")(y_pred, y_true, w).tolist() == [1, 0, 27]
    assert MSE().gradient(y_pred, y_true, w).tolist() == [2 / 4, 0, 3 * 6 / 4]


def test_several_outputs_share_their_samples_weight():
    y_pred, y_true = np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros((2, 2))
    assert MSE()(y_pred, y_true) == (1 + 4 + 9 + 16) / 4
    assert MSE()(y_pred, y_true, [1.0, 3.0]) == (1 + 4 + 3 * (9 + 16)) / 8
    each = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert MSE()(y_pred, y_true, each) == (1 + 16) / 2


def test_one_number_weighs_all_alike():
    y_pred, y_true = np.array([1.0, 2.0]), np.zeros(2)
    assert MSE()(y_pred, y_true, 3.0) == MSE()(y_pred, y_true)
    assert MSE(reduction="sum")(y_pred, y_true, 3) == 15


def test_lists_and_integers_are_numbers():
    assert MSE()([1, 2], [1, 4]) == 2.0
    assert CrossEntropy()([[0.5, 0.5]], [1]) == pytest.approx(np.log(2))


def test_the_truth_is_converted_to_the_predictions_dtype():
    y_pred = np.ones(3, np.float32)
    for y_true in (np.arange(3), np.arange(3.0), np.array([True, False, True])):
        assert MSE()(y_pred, y_true).dtype == np.float32
        assert MSE().gradient(y_pred, y_true).dtype == np.float32


def test_the_batch_that_broadcasting_would_ruin():
    with pytest.raises(ValueError, match=r"got \(5, 1\) and \(5,\).*y_true\[\.\.\., None\]"):
        MSE()(np.zeros((5, 1)), np.zeros(5))
    with pytest.raises(ValueError, match=r"got \(5,\) and \(5, 1\).*y_pred\[\.\.\., None\]"):
        MSE()(np.zeros(5), np.zeros((5, 1)))
    with pytest.raises(ValueError, match="one true value for every predicted one"):
        MSE()(np.zeros(5), np.zeros(4))


def test_weights_that_make_no_sense():
    y = np.zeros(2)
    with pytest.raises(ValueError, match="-1 is negative"):
        MSE()(y, y, [1.0, -1.0])
    with pytest.raises(ValueError, match="weights are 0 for every sample"):
        MSE()(y, y, [0.0, 0.0])
    assert MSE(reduction="sum")(y, y, [0.0, 0.0]) == 0
    with pytest.raises(
        ValueError, match=r"has shape \(3,\); it needs one weight per sample, \(2,\)"
    ):
        MSE()(y, y, np.ones(3))


def test_no_grad_records_nothing():
    with no_grad():
        assert type(MSE()(Tensor([1.0]), [0.0])) is np.float64


def test_only_the_prediction_is_recorded_by_the_closed_form():
    x = Tensor([1.0, 2.0])
    assert "reduced_loss" in repr(MSE()(x, np.zeros(2)).function)
    assert "reduced_loss" not in repr(MSE()(x, Tensor([0.0, 0.0])).function)


def test_gradient_wants_plain_arrays():
    with pytest.raises(TypeError, match="takes plain arrays"):
        MSE().gradient(Tensor([1.0]), np.zeros(1))


def test_the_cotangent_of_each_term_counts():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    MSE(reduction="none")(x, np.zeros((2, 2))).backward(np.array([[1.0, 0.0], [0.0, 10.0]]))
    assert x.grad.tolist() == [[2.0, 0.0], [0.0, 80.0]]
    z = np.zeros((2, 2))
    terms = CrossEntropy(from_logits=True, reduction="none")
    weighted = grad(lambda z: np.sum(terms(z, [0, 1]) * np.array([1.0, 10.0])))(z)
    assert weighted.tolist() == [[-0.5, 0.5], [5.0, -5.0]]


def test_an_overflow_is_infinite_and_silent(recwarn):
    x = Tensor(np.array([1e30], np.float32))
    value = MSE()(x, [0.0])
    value.backward()
    assert value.item() == np.inf and np.isfinite(x.grad).all()
    assert MSE().value(x.data, [0.0]) == np.inf
    assert not recwarn.list


def test_a_new_loss_needs_two_lines():
    class Quartic(ElementwiseLoss):
        def terms(self, y_pred, y_true):
            return (y_pred - y_true) ** 4

        def slope(self, y_pred, y_true):
            return 4.0 * (y_pred - y_true) ** 3

    x = Tensor([2.0])
    Quartic()(x, [0.0]).backward()
    assert x.grad.tolist() == [32.0]
    assert repr(Quartic(reduction="sum")) == "Quartic(reduction='sum')"


def test_what_a_new_loss_has_to_write_is_said():
    for method, args in [("terms", "xy"), ("pull", "xy"), ("check", "xy")]:
        with pytest.raises(NotImplementedError, match=method):
            getattr(Loss(), method)(*args)
    with pytest.raises(NotImplementedError, match="slope"):
        ElementwiseLoss().slope(0, 0)


def test_names_find_losses():
    assert type(get("mse")) is MSE
    assert get("huber", delta=3.0).delta == 3.0
    loss = MAE()
    assert get(loss) is loss
    with pytest.raises(ValueError, match="'mse', 'mae', 'huber'.*got 'msse'"):
        get("msse")
    assert list(LOSSES) == [name.lower() for name in LOSSES]


def test_options_are_checked():
    with pytest.raises(ValueError, match="reduction must be one of 'mean', 'sum', 'none'"):
        MSE(reduction="average")
    with pytest.raises(ValueError, match="delta must be a number above 0"):
        Huber(delta=0)
    with pytest.raises(ValueError, match="label_smoothing must be .* below 1"):
        CrossEntropy(label_smoothing=1.0)
