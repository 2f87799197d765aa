"""What every loss must do: run over the registry, so that the next one is tested by being listed."""

import copy
import inspect
import pickle

import numpy as np
import pytest

from ml_from_scratch import losses
from ml_from_scratch.core import Tensor, check_gradients
from ml_from_scratch.core.fused import FUSED
from ml_from_scratch.losses import LOSSES, MSE, Loss
from ml_from_scratch.losses.base import reduced_loss

rng = np.random.default_rng(0)
Z, Z2 = rng.standard_normal((2, 6, 4))
P, T = rng.dirichlet(np.ones(4), 6), rng.dirichlet(np.ones(4), 6)
LABELS, SIGNS = rng.integers(0, 4, 6), rng.choice([-1.0, 1.0], (6, 4))
COUNTS = rng.integers(1, 6, (6, 4)).astype(float)
W = rng.uniform(0.1, 2.0, 6)

# name -> (options, y_pred, y_true) of every way to use the loss
EXAMPLES = {
    "mse": [({}, Z, Z2), ({}, Z[:, 0], Z2[:, 0])],
    "mae": [({}, Z, Z2)],
    "huber": [({"delta": 0.8}, Z, Z2)],
    "log_cosh": [({}, Z, Z2)],
    "cross_entropy": [
        ({}, P, LABELS),
        ({}, P, T),
        ({"from_logits": True}, Z, LABELS),
        ({"from_logits": True}, Z, T),
        ({"from_logits": True}, Z.reshape(2, 3, 4), LABELS.reshape(2, 3)),
        ({"label_smoothing": 0.2}, P, LABELS),
        ({"label_smoothing": 0.2, "from_logits": True}, Z, LABELS),
        ({"label_smoothing": 0.2, "from_logits": True}, Z, T),
        ({"class_weight": [1.0, 2.0, 0.5, 3.0], "from_logits": True}, Z, LABELS),
        ({"class_weight": {1: 2.0}}, P, T),
    ],
    "binary_cross_entropy": [({}, P, T), ({"from_logits": True}, Z, T)],
    "hinge": [({}, Z, SIGNS)],
    "squared_hinge": [({}, Z, SIGNS)],
    "kl_divergence": [({}, P, T), ({"from_logits": True}, Z, T), ({}, P, LABELS)],
    "quantile": [({"alpha": 0.3}, Z, Z2)],
    "exponential": [({}, Z, SIGNS)],
    "poisson": [({}, P, COUNTS), ({"log_input": True}, Z, COUNTS)],
}
CASES = [
    pytest.param(LOSSES[name], options, y_pred, y_true, id=f"{name}-{i}")
    for name, examples in EXAMPLES.items()
    for i, (options, y_pred, y_true) in enumerate(examples)
]
every_loss = pytest.mark.parametrize("kind, options, y_pred, y_true", CASES)
every_reduction = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
weighted = pytest.mark.parametrize("weights", [False, True], ids=["", "weights"])


def weights_for(y_pred, weights):
    """One weight per sample."""
    return W[: len(y_pred)] if weights else None


def test_the_registry_has_an_example_of_every_loss():
    assert LOSSES
    assert set(EXAMPLES) == set(LOSSES)


def test_every_public_loss_is_in_the_registry():
    public = {kind for _, kind in inspect.getmembers(losses, inspect.isclass)}
    concrete = {kind for kind in public if issubclass(kind, Loss)} - {Loss, losses.ElementwiseLoss}
    assert concrete == set(LOSSES.values())


def test_all_losses_are_one_fused_operation():
    assert [operation for operation in FUSED if operation is reduced_loss] == [reduced_loss]
    assert sum("loss" in operation.__name__ for operation in FUSED) == 1


@every_loss
@every_reduction
@weighted
def test_the_gradient_is_that_of_the_value_at_both_orders(
    kind, options, y_pred, y_true, reduction, weights
):
    loss, w = kind(**options, reduction=reduction), weights_for(y_pred, weights)
    check_gradients(lambda x: loss(x, y_true, w), (y_pred,), order=2)
    check_gradients(lambda x: loss.value(x, y_true, w), (y_pred,), order=1)


@every_loss
@every_reduction
@weighted
def test_all_ways_to_call_it_agree(kind, options, y_pred, y_true, reduction, weights):
    loss, w = kind(**options, reduction=reduction), weights_for(y_pred, weights)
    x = Tensor(y_pred)
    recorded = loss(x, y_true, w)
    np.sum(recorded).backward()
    np.testing.assert_allclose(recorded.data, loss(y_pred, y_true, w), rtol=1e-14)
    np.testing.assert_allclose(recorded.data, loss.value(y_pred, y_true, w), rtol=1e-12)
    np.testing.assert_allclose(x.grad, loss.gradient(y_pred, y_true, w), rtol=1e-14, atol=1e-300)
    step_by_step = Tensor(y_pred)
    np.sum(loss.value(step_by_step, y_true, w)).backward()
    np.testing.assert_allclose(step_by_step.grad, x.grad, rtol=1e-10, atol=1e-14)


@every_loss
@weighted
def test_reductions_belong_together(kind, options, y_pred, y_true, weights):
    w = weights_for(y_pred, weights)
    mean, total, terms = [
        kind(**options, reduction=r)(y_pred, y_true, w) for r in ("mean", "sum", "none")
    ]
    assert np.ndim(mean) == np.ndim(total) == 0
    assert terms.shape in (y_pred.shape, y_pred.shape[:-1])
    np.testing.assert_allclose(total, terms.sum())
    if not weights and not options.get("class_weight"):
        np.testing.assert_allclose(mean, terms.mean())


@every_loss
@every_reduction
def test_a_weight_counts_samples(kind, options, y_pred, y_true, reduction):
    n = len(y_pred)
    times = np.array([2, 0, 1, 3, 1, 2])[:n]
    loss, rows = kind(**options, reduction=reduction), np.repeat(np.arange(n), times)
    weighted, repeated = loss(y_pred, y_true, times), loss(y_pred[rows], y_true[rows])
    np.testing.assert_allclose(np.sum(weighted), np.sum(repeated), rtol=1e-12)
    summed = np.zeros_like(y_pred)
    np.add.at(summed, rows, loss.gradient(y_pred[rows], y_true[rows]))
    np.testing.assert_allclose(loss.gradient(y_pred, y_true, times), summed, rtol=1e-10, atol=1e-15)


@every_loss
@every_reduction
@weighted
def test_float32_stays_float32(kind, options, y_pred, y_true, reduction, weights):
    loss, w = kind(**options, reduction=reduction), weights_for(y_pred, weights)
    y32 = y_pred.astype(np.float32)
    x = Tensor(y32)
    recorded = loss(x, y_true, w)
    np.sum(recorded).backward()
    results = [recorded, x.grad, loss(y32, y_true, w), loss.value(y32, y_true, w)]
    results.append(loss.gradient(y32, y_true, w))
    assert [r.dtype.name for r in results] == ["float32"] * 5
    np.testing.assert_allclose(results[0].data, loss(y_pred, y_true, w), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(x.grad, loss.gradient(y_pred, y_true, w), rtol=1e-4, atol=1e-6)


@every_loss
def test_targets_and_weights_that_are_tensors_get_their_gradients(kind, options, y_pred, y_true):
    loss, w = kind(**options), W[: len(y_pred)]
    check_gradients(lambda w: loss(y_pred, y_true, w), (w,))
    if y_true.dtype.kind == "f" and not issubclass(kind, losses.Hinge):  # of signs
        check_gradients(lambda x, y, w: loss(x, y, w), (y_pred, y_true, w), rtol=1e-5)


@every_loss
def test_the_layout_in_memory_does_not_matter(kind, options, y_pred, y_true):
    loss = kind(**options)
    value, gradient = loss(y_pred, y_true), loss.gradient(y_pred, y_true)
    fortran = np.asfortranarray(y_pred)
    strided = np.repeat(y_pred, 2, axis=0)[::2]
    backward = y_pred[::-1].copy()[::-1]
    frozen, frozen_true = y_pred.copy(), y_true.copy()
    frozen.setflags(write=False)
    frozen_true.setflags(write=False)
    for x in (fortran, strided, backward, frozen):
        np.testing.assert_allclose(loss(x, frozen_true), value, rtol=1e-13)
        np.testing.assert_allclose(loss.gradient(x, frozen_true), gradient, rtol=1e-13)


@every_loss
def test_one_sample_is_a_batch(kind, options, y_pred, y_true):
    loss = kind(**options, reduction="none")
    terms = loss(y_pred, y_true)
    for i in range(len(y_pred)):
        np.testing.assert_allclose(loss(y_pred[i : i + 1], y_true[i : i + 1])[0], terms[i])


@every_loss
def test_no_samples_have_a_sum_but_no_mean(kind, options, y_pred, y_true):
    nothing = y_pred[:0], y_true[:0]
    assert kind(**options, reduction="sum")(*nothing) == 0
    assert kind(**options, reduction="none")(*nothing).shape[0] == 0
    assert kind(**options, reduction="sum").gradient(*nothing).shape == nothing[0].shape
    with pytest.raises(ValueError, match="the mean over no samples"):
        kind(**options)(*nothing)


@every_loss
def test_shapes_that_would_broadcast_are_refused(kind, options, y_pred, y_true):
    loss = kind(**options)
    for wrong in (y_true[..., None], y_true[:1], y_true[:-1]):
        with pytest.raises(ValueError, match=r"shape"):
            loss(y_pred, wrong)
    for wrong in (W[:1], W[: len(y_pred), None], np.ones((1, 1, 1, 1))):
        with pytest.raises(ValueError, match="sample_weight has shape"):
            loss(y_pred, y_true, wrong)


@every_loss
def test_text_is_refused(kind, options, y_pred, y_true):
    with pytest.raises(TypeError, match="LabelEncoder"):
        kind(**options)(y_pred, y_true.astype(str))


@every_loss
def test_nan_goes_through_without_a_warning(kind, options, y_pred, y_true, recwarn):
    loss, y_pred = kind(**options), y_pred.copy()
    y_pred[0] = np.nan
    x = Tensor(y_pred)
    value = loss(x, y_true)
    value.backward()
    assert np.isnan(value.item())
    assert np.isnan(x.grad).any() or kind is losses.Hinge
    assert not recwarn.list


@every_loss
def test_copies_and_names(kind, options, y_pred, y_true):
    loss = kind(**options, reduction="sum")
    for twin in (
        copy.deepcopy(loss),
        pickle.loads(pickle.dumps(loss)),
        eval(repr(loss), LOSS_NAMES),
    ):
        assert repr(twin) == repr(loss)
        assert twin(y_pred, y_true) == loss(y_pred, y_true)


LOSS_NAMES = {kind.__name__: kind for kind in LOSSES.values()}


# ---- the battery catches what it is for ------------------------------------------------------------
class OffByAThousandth(MSE):
    def slope(self, y_pred, y_true):
        return 1.001 * super().slope(y_pred, y_true)


def test_a_gradient_that_is_slightly_wrong_is_caught():
    with pytest.raises(AssertionError, match="derivative"):
        check_gradients(lambda x: OffByAThousandth()(x, Z2), (Z,), order=1)
