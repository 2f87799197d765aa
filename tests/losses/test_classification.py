"""Losses for classes: worked examples, saturation, targets of every kind, scikit-learn's values."""

import numpy as np
import pytest

from ml_from_scratch.core import Tensor, check_gradients
from ml_from_scratch.core.functions import log_softmax, sigmoid, softmax
from ml_from_scratch.losses import (
    MSE,
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    KLDivergence,
    SquaredHinge,
)

rng = np.random.default_rng(0)
Z, Y, T = rng.standard_normal((9, 3)), rng.permutation(9) % 3, rng.dirichlet(np.ones(3), 9)
ONE_HOT, W = np.eye(3)[Y], rng.uniform(size=9)


# ---- cross-entropy -------------------------------------------------------------------------------
def test_by_hand():
    p = np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]])
    loss = CrossEntropy(reduction="none")
    np.testing.assert_allclose(loss(p, [0, 1]), [-np.log(0.7), -np.log(0.25)])
    np.testing.assert_allclose(loss.gradient(p, [0, 1]), [[-1 / 0.7, 0, 0], [0, -4, 0]])
    smooth = CrossEntropy(label_smoothing=0.3, reduction="none")
    target = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    np.testing.assert_allclose(smooth(p, [0, 1]), -(target * np.log(p)).sum(1))
    np.testing.assert_allclose(smooth.gradient(p, [0, 1]), -target / p)


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"class_weight": [1, 2, 3]}])
def test_logits_and_probabilities_labels_and_one_hot_agree(options):
    values = [
        CrossEntropy(from_logits=True, **options)(Z, Y),
        CrossEntropy(from_logits=True, **options)(Z, ONE_HOT),
        CrossEntropy(from_logits=True, **options)(Z, ONE_HOT.astype(int)),
        CrossEntropy(**options)(softmax(Z), Y),
        CrossEntropy(**options)(softmax(Z), ONE_HOT),
    ]
    np.testing.assert_allclose(values, values[0], rtol=1e-12)


def test_the_gradient_through_softmax_is_that_of_the_logits():
    z = Tensor(Z)
    CrossEntropy()(softmax(z), Y).backward()
    np.testing.assert_allclose(z.grad, CrossEntropy(from_logits=True).gradient(Z, Y), rtol=1e-12)
    np.testing.assert_allclose(z.grad, (softmax(Z) - ONE_HOT) / 9, rtol=1e-12)


def test_a_loss_tells_the_truth_whatever_it_is_combined_with():
    check_gradients(lambda z: MSE()(softmax(z), ONE_HOT), (Z,))
    check_gradients(lambda z: CrossEntropy()(softmax(z), T), (Z,))
    check_gradients(lambda z: CrossEntropy(from_logits=True)(log_softmax(z), Y), (Z,))
    check_gradients(lambda z: BinaryCrossEntropy()(sigmoid(z), T), (Z,))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_saturated_sample_stops_learning_from_probabilities_but_not_from_logits(dtype, recwarn):
    z = np.array([[2000.0, 0.0]], dtype)  # sure of class 0, and wrong
    y = np.array([1])
    x = Tensor(z)
    value = CrossEntropy()(softmax(x), y)
    value.backward()
    assert softmax(z).tolist() == [[1.0, 0.0]]
    assert value.item() == pytest.approx(-np.log(np.finfo(dtype).tiny), rel=1e-6)
    assert x.grad.tolist() == [[0.0, 0.0]]
    assert CrossEntropy().gradient(softmax(z), y).tolist() == [[0.0, 0.0]]
    x = Tensor(z)
    value = CrossEntropy(from_logits=True)(x, y)
    value.backward()
    assert value.item() == 2000.0
    assert x.grad.tolist() == [[1.0, -1.0]]
    assert not recwarn.list


def test_the_smallest_probabilities_have_finite_gradients():
    for dtype in (np.float32, np.float64):
        p = np.array([[float(np.finfo(dtype).tiny) * 2, 1.0]], dtype)
        gradient = CrossEntropy().gradient(p, np.array([0]))
        assert np.isfinite(gradient).all() and gradient[0, 0] < -1e30


def test_a_class_that_is_masked_out_does_no_harm():
    z = np.array([[0.0, 0.0, -np.inf]])
    loss = CrossEntropy(from_logits=True)
    assert loss(z, [0]) == pytest.approx(np.log(2))
    assert loss.gradient(z, [0]).tolist() == [[-0.5, 0.5, 0.0]]
    x = Tensor(z)
    loss.value(x, [0]).backward()
    assert x.grad.tolist() == [[-0.5, 0.5, 0.0]]


def test_sequences_are_many_samples():
    z, y = Z.reshape(3, 3, 3), Y.reshape(3, 3)
    loss = CrossEntropy(from_logits=True)
    assert loss(z, y) == pytest.approx(loss(Z, Y), rel=1e-14)
    np.testing.assert_allclose(loss.gradient(z, y).reshape(9, 3), loss.gradient(Z, Y))
    assert CrossEntropy(from_logits=True, reduction="none")(z, y).shape == (3, 3)
    mask = np.array([[1.0, 1.0, 0.0]] * 3)  # padding has weight 0
    kept = mask.ravel() > 0
    assert loss(z, y, mask) == pytest.approx(loss(Z[kept], Y[kept]), rel=1e-14)
    transposed = np.ascontiguousarray(z.transpose(1, 0, 2)).transpose(1, 0, 2)
    np.testing.assert_allclose(loss.gradient(transposed, y).reshape(9, 3), loss.gradient(Z, Y))


def test_class_weights_weigh_samples_by_their_class():
    c = np.array([1.0, 2.0, 5.0])
    weighted = CrossEntropy(from_logits=True, class_weight=c)
    plain = CrossEntropy(from_logits=True)
    assert weighted(Z, Y) == pytest.approx(plain(Z, Y, c[Y]))
    assert weighted(Z, Y, W) == pytest.approx(plain(Z, Y, c[Y] * W))
    assert weighted(Z, T) == pytest.approx(plain(Z, T, T @ c))
    by_name = CrossEntropy(from_logits=True, class_weight={1: 2.0, 2: 5.0})
    assert by_name(Z, Y) == weighted(Z, Y)


def test_soft_labels_that_add_up_to_nearly_1_still_have_their_own_gradient():
    nearly = T * np.linspace(0.9995, 1.0005, 9)[:, None]
    check_gradients(lambda z: CrossEntropy(True)(z, nearly), (Z,))
    check_gradients(lambda z: CrossEntropy(True, label_smoothing=0.1)(z, nearly), (Z,))


def test_labels_of_every_integer_kind():
    loss = CrossEntropy(from_logits=True)
    for dtype in (np.int8, np.uint8, np.uint64, np.int64, ">i4"):
        assert loss(Z, Y.astype(dtype)) == loss(Z, Y)
    assert loss(Z[:, :2], Y > 0) == loss(Z[:, :2], (Y > 0).astype(int))


def test_targets_that_do_not_fit_are_explained():
    loss = CrossEntropy(from_logits=True)
    with pytest.raises(ValueError, match=r"labels lie in 0 to 2; got 0 to 3"):
        loss(Z, np.arange(9) % 4)
    with pytest.raises(ValueError, match=r"got -1 to 1"):
        loss(Z, np.arange(9) % 3 - 1)
    with pytest.raises(TypeError, match=r"y_true.astype\(int\)"):
        loss(Z, Y.astype(float))
    with pytest.raises(
        ValueError, match=r"labels of shape \(9,\).*one-hot labels of shape \(9, 3\)"
    ):
        loss(Z, Y[:, None])
    with pytest.raises(ValueError, match="every row adds up to 1.*BinaryCrossEntropy"):
        loss(Z, np.ones((9, 3)))
    with pytest.raises(ValueError, match="at least 0"):
        loss(Z, ONE_HOT - np.array([0.5, -0.5, 0.0]))
    with pytest.raises(ValueError, match="BinaryCrossEntropy"):
        loss(Z[:, :1], np.zeros(9, int))
    with pytest.raises(ValueError, match="column per class"):
        loss(1.0, 0)
    with pytest.raises(TypeError, match="LabelEncoder"):
        loss(Z, np.array(["cat"] * 9))


def test_logits_that_are_taken_for_probabilities_are_noticed():
    with pytest.raises(
        ValueError, match=r"If these are logits use CrossEntropy\(from_logits=True\)"
    ):
        CrossEntropy()(5 * Z, Y)
    with pytest.raises(ValueError, match=r"BinaryCrossEntropy\(from_logits=True\)"):
        BinaryCrossEntropy()(Tensor(5 * Z), T)
    with pytest.raises(ValueError, match=r"KLDivergence\(from_logits=True\)"):
        KLDivergence()(5 * Z, T)


def test_class_weights_that_do_not_fit_are_explained():
    for weights in ([1.0, 2.0], [1.0, -1.0, 1.0], 2.0):
        with pytest.raises(ValueError, match="class_weight needs 3 numbers of at least 0"):
            CrossEntropy(True, class_weight=weights)(Z, Y)
    with pytest.raises(ValueError, match=r"class_weight names the classes \[7\]"):
        CrossEntropy(True, class_weight={7: 1.0})(Z, Y)
    with pytest.raises(ValueError, match="weights are 0 for every sample"):
        CrossEntropy(True, class_weight={1: 0.0})(Z, np.ones(9, int))


def test_scikit_learn_agrees():
    metrics = pytest.importorskip("sklearn.metrics")
    p = softmax(Z)
    assert CrossEntropy()(p, Y) == pytest.approx(metrics.log_loss(Y, p, labels=[0, 1, 2]))
    ours = CrossEntropy()(p, Y, W)
    assert ours == pytest.approx(metrics.log_loss(Y, p, sample_weight=W, labels=[0, 1, 2]))
    signs = np.where(Y > 0, 1, -1)
    ours = Hinge()(Z[:, 0], signs, W)
    assert ours == pytest.approx(metrics.hinge_loss(signs, Z[:, 0], sample_weight=W))


# ---- one probability -----------------------------------------------------------------------------
def test_binary_is_the_two_class_case():
    z, y = Z[:, 0], (Y > 0).astype(int)
    two = np.stack([np.zeros(9), z], 1)
    expected = CrossEntropy(from_logits=True)(two, y)
    assert BinaryCrossEntropy(from_logits=True)(z, y) == pytest.approx(expected, rel=1e-14)
    assert BinaryCrossEntropy()(sigmoid(z), y) == pytest.approx(expected, rel=1e-14)


def test_binary_logits_keep_their_digits_in_both_tails():
    z = np.array([-800.0, -40.0, 40.0, 800.0])
    loss = BinaryCrossEntropy(from_logits=True, reduction="none")
    np.testing.assert_allclose(loss(z, np.ones(4)), [800, 40, np.exp(-40.0), 0], rtol=1e-14)
    np.testing.assert_allclose(loss(z, np.zeros(4)), [0, np.exp(-40.0), 40, 800], rtol=1e-14)


def test_binary_saturation_is_finite_and_stops():
    p, y = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1, 0, 0, 1])
    loss = BinaryCrossEntropy(reduction="none")
    values = loss(p, y)
    assert np.isfinite(values).all() and values[2:].tolist() == [0.0, 0.0]
    assert loss.gradient(p, y).tolist() == [0.0, 0.0, 1.0, -1.0]


def test_binary_truths_lie_between_0_and_1():
    with pytest.raises(ValueError, match=r"\(y_true \+ 1\) / 2"):
        BinaryCrossEntropy(True)(Z[:, 0], np.where(Y > 0, 1, -1))


# ---- divergence ----------------------------------------------------------------------------------
def test_divergence_is_zero_at_the_target_and_nowhere_else():
    assert KLDivergence()(T, T) == pytest.approx(0.0, abs=1e-15)
    assert (KLDivergence(reduction="none")(np.roll(T, 1, 0), T) > 0).all()
    np.testing.assert_allclose(KLDivergence(True).gradient(np.log(T), T), 0.0, atol=1e-15)


def test_divergence_with_zeros_in_the_target():
    t = np.array([[0.0, 1.0], [0.5, 0.5]])
    p = np.array([[0.5, 0.5], [0.5, 0.5]])
    np.testing.assert_allclose(KLDivergence(reduction="none")(p, t), [np.log(2), 0.0], atol=1e-16)
    np.testing.assert_allclose(KLDivergence().gradient(p, t), [[0, -1], [-0.5, -0.5]])


# ---- hinge ---------------------------------------------------------------------------------------
def test_hinge_by_hand():
    assert Hinge()(np.array([0.96875]), np.array([1])) == 0.03125
    score, y = np.array([2.0, 1.0, 0.5, -1.0]), np.array([1, 1, -1, 1])
    assert Hinge(reduction="none")(score, y).tolist() == [0.0, 0.0, 1.5, 2.0]
    assert Hinge(reduction="none").gradient(score, y).tolist() == [0.0, 0.0, 1.0, -1.0]
    assert SquaredHinge(reduction="none")(score, y).tolist() == [0.0, 0.0, 2.25, 4.0]
    assert SquaredHinge(reduction="none").gradient(score, y).tolist() == [0.0, 0.0, 3.0, -4.0]
    x = Tensor(score)
    np.sum(Hinge(reduction="none").value(x, y)).backward()
    assert x.grad.tolist() == [0.0, 0.0, 1.0, -1.0]  # exactly at the margin, too


def test_hinge_labels_are_signs():
    for loss in (Hinge(), SquaredHinge()):
        with pytest.raises(ValueError, match=r"labels are -1 and 1.*2 \* y_true - 1"):
            loss(Z[:, 0], (Y > 0).astype(int))


def test_losses_of_logits_are_never_below_zero_and_finite_where_exponentials_are_not():
    z = np.array([[20.0, 0.0, 1.0], [0.0, 5.0, 0.0], [-500.0, 500.0, 0.0], [1.0, 1.0, 70.0]], "f")
    y = np.array([0, 1, 0, 1])
    terms = CrossEntropy(from_logits=True, reduction="none")(z, y)
    expected = [np.exp(-20.0) + np.exp(-19.0), np.log1p(2 * np.exp(-5.0)), 1000.0, 69.0]
    assert terms.dtype == np.float32 and (terms >= 0).all()
    np.testing.assert_allclose(terms, expected, rtol=1e-5, atol=6e-8)
    large = rng.standard_normal((50, 4)).astype("f") * 20.0
    labels = rng.integers(4, size=50)
    exact = -log_softmax(large.astype(float))[np.arange(50), labels]
    np.testing.assert_allclose(
        CrossEntropy(from_logits=True, reduction="none")(large, labels), exact, rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_a_row_of_logits_does_not_see_its_neighbours(dtype):
    rng = np.random.default_rng(0)
    z = (rng.standard_normal((6, 5)) * [[1], [1], [200], [40], [5], [1e4]]).astype(dtype)
    y = rng.integers(5, size=6)
    loss = CrossEntropy(from_logits=True, reduction="none")
    terms, gradients = loss(z, y), loss.gradient(z, y)
    for i in range(6):
        only = np.where(np.arange(6)[:, None] == i, z, np.zeros_like(z))
        np.testing.assert_array_equal(loss(only, y)[i], terms[i])
        np.testing.assert_array_equal(loss.gradient(only, y)[i], gradients[i])


@pytest.mark.parametrize("gap", [0.0, 29.0, 31.0, 59.9, 70.0])
def test_tiny_weights_of_unlikely_labels_have_gradients(gap):
    z, y = np.array([[0.0, gap, 0.0]], "f"), np.array([0])
    loss = CrossEntropy(from_logits=True, reduction="sum")
    whole, tiny = (loss.gradient(z, y, sample_weight=np.array([w], "f")) for w in (1.0, 1e-20))
    np.testing.assert_allclose(tiny * 1e20, whole, rtol=1e-4, atol=1e-6)
