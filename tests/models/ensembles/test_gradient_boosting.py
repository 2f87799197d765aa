"""Gradient boosting: by hand, on any loss, stages, samples held out or left out, warm starts."""

import numpy as np
import pytest

from ml_from_scratch.core.transforms import grad
from ml_from_scratch.losses import (
    MAE,
    MSE,
    BinaryCrossEntropy,
    CrossEntropy,
    ElementwiseLoss,
    Exponential,
    Hinge,
    Huber,
    LogCosh,
    Poisson,
    Quantile,
    SquaredHinge,
)
from ml_from_scratch.models import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    LinearRegression,
    LogisticRegression,
    Perceptron,
)
from ml_from_scratch.models.ensembles.boosting_losses import (
    BoostingLoss,
    classification_loss,
    leaf_means,
    regression_loss,
    weighted_quantile,
)
from ml_from_scratch.models.ensembles.tree_sums import sum_of_trees

rng = np.random.default_rng(0)
X = rng.normal(size=(200, 4))
Y = X[:, 0] + np.sin(3 * X[:, 1]) + 0.2 * rng.normal(size=200)
LABELS = np.array(["low", "middle", "high"])[np.digitize(Y, [-0.7, 0.7])]
TWO = Y > 0


class Quartic(ElementwiseLoss):
    """A loss of one's own: the fourth power of the error, value and slope and nothing else."""

    def terms(self, y_pred, y_true):
        return (y_pred - y_true) ** 4

    def slope(self, y_pred, y_true):
        return 4.0 * (y_pred - y_true) ** 3


# ---- by hand -------------------------------------------------------------------------------------
def test_two_stages_of_squared_error_by_hand():
    """Mean 3; the stump cuts off 8, residuals -1, -1, 2 ... each tree adds half of its means."""
    x, y = [[1.0], [2.0], [3.0], [4.0]], [1.0, 1.0, 2.0, 8.0]
    model = GradientBoostingRegressor(n_estimators=2, max_depth=1, learning_rate=0.5).fit(x, y)
    assert model.init_.scores.tolist() == [3.0]
    first, second = model.staged_predict(x)
    np.testing.assert_allclose(first, [3 - 5 / 6, 3 - 5 / 6, 3 - 5 / 6, 5.5])
    np.testing.assert_allclose(second, [1.75, 1.75, 1.75, 6.75])
    assert model.train_score_[1] == pytest.approx(np.mean((second - y) ** 2))


def test_one_stage_of_log_loss_by_hand():
    """Shares 1/2, so p = 1/2 and h = 1/4: a pure leaf steps to 0.5 / 0.25 = 2, times 0.1."""
    model = GradientBoostingClassifier(n_estimators=1, max_depth=1)
    model.fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    np.testing.assert_allclose(model.decision_function([[0.0], [3.0]]), [-0.2, 0.2])


def test_leaf_steps_minimise_the_loss_in_the_leaf():
    """The closed forms against a search: no other step of the leaf has a lower loss."""
    y, F = rng.normal(size=40), rng.normal(size=(40, 1))
    w, leaf = rng.uniform(0.5, 2, 40), rng.integers(0, 3, 40)
    for loss in (MSE(), MAE(), Quantile(0.8)):
        kind = regression_loss(loss, 0.9)
        step = kind.steps(leaf, 3, y, F, kind.residuals(y, F)[:, 0], w, 0)
        for node in range(3):
            inside = leaf == node
            near = step[node] + np.linspace(-0.5, 0.5, 101)[:, None]
            values = [loss(F[inside, 0] + s, y[inside], w[inside]) for s in near]
            assert values[50] <= min(values) + 1e-12


def test_newton_steps_by_autodiff_are_those_in_closed_form():
    y, F = rng.integers(0, 2, 40).astype(float), rng.normal(size=(40, 1))
    known = classification_loss(BinaryCrossEntropy(from_logits=True), 2)
    r = known.residuals(y, F)[:, 0]
    by_autodiff = BoostingLoss.curvatures(known, y, F, r, 0)
    np.testing.assert_allclose(by_autodiff, known.curvatures(y, F, r, 0), rtol=1e-10)
    labels, F = rng.integers(0, 3, 40), rng.normal(size=(40, 3))
    classes = classification_loss(CrossEntropy(from_logits=True), 3)
    r = classes.residuals(labels, F)
    for k in range(3):
        by_autodiff = BoostingLoss.curvatures(classes, labels, F, r[:, k], k)
        np.testing.assert_allclose(
            by_autodiff, classes.curvatures(labels, F, r[:, k], k), rtol=1e-9
        )
    signs = classification_loss(Exponential(), 2)
    F = rng.normal(size=(40, 1))
    r = signs.residuals(y, F)[:, 0]
    np.testing.assert_allclose(
        BoostingLoss.curvatures(signs, y, F, r, 0), signs.curvatures(y, F, r, 0), rtol=1e-10
    )


# ---- any loss ------------------------------------------------------------------------------------
REGRESSION_LOSSES = [
    "squared_error",
    "absolute_error",
    "huber",
    "quantile",
    MSE(),
    MAE(),
    Huber(0.5),
    LogCosh(),
    Quantile(0.3),
    Quartic(),
    Poisson(log_input=True),
]


@pytest.mark.parametrize("loss", REGRESSION_LOSSES, ids=repr)
def test_the_loss_falls(loss):
    """From stage to stage, and far below what the best constant has."""
    y = np.exp(Y) if isinstance(loss, Poisson) else Y
    model = GradientBoostingRegressor(loss=loss, n_estimators=60, alpha=0.8).fit(X, y)
    start = model._loss.value(y, model._first_scores(X), None)
    if loss != "huber":  # which chooses another delta at every stage
        assert (np.diff(model.train_score_) < 1e-9).all()
    least = model._loss.value(y, np.log(y)[:, None], None) if isinstance(loss, Poisson) else 0.0
    assert model.train_score_[-1] - least < 0.5 * (start - least)


@pytest.mark.parametrize("loss", REGRESSION_LOSSES, ids=repr)
def test_the_start_is_the_best_constant(loss):
    if loss == "huber":  # starts, as scikit-learn's, with the median
        return
    y = np.exp(Y) if isinstance(loss, Poisson) else Y
    kind = regression_loss(loss, 0.8)
    F = np.tile(kind.start(y, None), (200, 1))
    kind.prepare(y, F, None)
    best = kind.value(y, F, None)
    for away in (-0.3, -0.1, 0.1, 0.3):
        assert kind.value(y, F + away, None) > best


@pytest.mark.parametrize("scale", [1e-3, 1e3, 1e6])
@pytest.mark.parametrize("loss", [LogCosh(), Quartic(), Huber(1.0)], ids=repr)
def test_where_the_loss_is_nearly_straight_no_step_is_too_long(loss, scale):
    """At 1000 log cosh has a curvature of 1e-868: Newton's step would be as long as that is short."""
    model = GradientBoostingRegressor(loss=loss, learning_rate=0.5, n_estimators=40)
    assert model.fit(X, scale * Y).score(X, scale * Y) > 0.9
    assert (np.diff(model.train_score_) <= 1e-12 * scale**4).all()


def test_trees_fit_the_gradient_of_the_loss():
    """What the first tree is grown on is minus what autodiff says of the loss."""
    loss = Quartic()
    model = GradientBoostingRegressor(loss=loss, n_estimators=1, max_depth=1).fit(X, Y)
    total = Quartic(reduction="sum")
    F = model._first_scores(X)[:, 0]
    r = -grad(lambda s: total(s, Y))(F)
    root = model.estimators_[0, 0].tree_
    assert root.impurity[0] == pytest.approx(np.var(r)) and root.value[0, 0, 0] == pytest.approx(
        r.mean()
    )


def test_quantiles_have_their_share_below():
    wide = rng.normal(size=(2000, 1))
    y = wide[:, 0] + rng.exponential(size=2000)
    for alpha in (0.1, 0.5, 0.9):
        model = GradientBoostingRegressor(loss="quantile", alpha=alpha, min_samples_leaf=50)
        assert (y <= model.fit(wide, y).predict(wide)).mean() == pytest.approx(alpha, abs=0.03)


def test_outliers_do_not_move_huber():
    y = Y.copy()
    y[:6] = 1e4
    robust, plain = (
        GradientBoostingRegressor(loss=loss).fit(X, y).predict(X[6:])
        for loss in ("huber", "squared_error")
    )
    assert np.abs(robust - Y[6:]).mean() < 1.0 < np.abs(plain - Y[6:]).mean()


def test_poisson_predicts_rates():
    rates = np.exp(0.5 + X[:, 0])
    counts = rng.poisson(rates)
    model = GradientBoostingRegressor(loss=Poisson(log_input=True), min_samples_leaf=10)
    predicted = model.fit(X, counts).predict(X)
    assert (predicted > 0).all() and predicted.mean() == pytest.approx(counts.mean(), rel=0.05)
    assert np.corrcoef(np.log(predicted), X[:, 0])[0, 1] > 0.8
    zeros = model.fit(X, np.zeros(200)).predict(X)
    assert np.isfinite(zeros).all() and (zeros < 1e-3).all()


@pytest.mark.parametrize(
    "loss",
    [
        "log_loss",
        "exponential",
        BinaryCrossEntropy(from_logits=True),
        CrossEntropy(from_logits=True),
        CrossEntropy(from_logits=True, label_smoothing=0.2),
        CrossEntropy(from_logits=True, class_weight=[1.0, 5.0]),
        Hinge(),
        SquaredHinge(),
        Exponential(),
    ],
    ids=repr,
)
def test_two_classes_on_any_loss(loss):
    model = GradientBoostingClassifier(loss=loss, n_estimators=40).fit(X, TWO)
    assert model.score(X, TWO) > 0.95 and (np.diff(model.train_score_) < 1e-9).all()
    f = model.decision_function(X)
    assert f.shape == (200,)
    np.testing.assert_array_equal(model.predict(X), f >= 0)
    if isinstance(loss, Hinge) and not isinstance(loss, Exponential):
        assert not hasattr(model, "predict_proba") and not hasattr(model, "staged_predict_proba")
    else:
        p = model.predict_proba(X)
        np.testing.assert_allclose(p.sum(axis=1), 1.0)
        np.testing.assert_array_equal(p[:, 1] >= 0.5, f >= 0)


def test_smoothed_labels_keep_scores_small():
    plain, smooth = (
        GradientBoostingClassifier(loss=CrossEntropy(from_logits=True, label_smoothing=s))
        .fit(X, LABELS)
        .predict_proba(X)
        .max(axis=1)
        .mean()
        for s in (0.0, 0.3)
    )
    assert smooth < 0.85 < plain


def test_class_weights_count_like_sample_weights():
    """But for the start: so both begin with the shares as they are."""
    loss = CrossEntropy(from_logits=True, class_weight=[1.0, 3.0, 0.5])
    index = np.unique(LABELS, return_inverse=True)[1]
    settings = {"init": "zero", "n_estimators": 5, "max_depth": 2}
    by_class = GradientBoostingClassifier(loss=loss, **settings).fit(X, LABELS)
    step = by_class.estimators_[0, 0].tree_
    w = np.array([1.0, 3.0, 0.5])[index]
    leaf = step.apply(X)
    p = 1 / 3
    r, h = w * ((index == 0) - p), w * p * (1 - p)
    expected = leaf_means(leaf, step.node_count, r, None) / np.maximum(
        leaf_means(leaf, step.node_count, h, None), 1e-12
    )
    leaves = step.children_left < 0
    np.testing.assert_allclose(step.value[leaves, 0, 0], expected[leaves] * 2 / 3, rtol=1e-9)


# ---- helpers -------------------------------------------------------------------------------------
def test_weighted_quantiles():
    values, w = np.array([5.0, 1.0, 3.0]), np.array([1.0, 1.0, 2.0])
    assert [weighted_quantile(values, w, q) for q in (0.1, 0.25, 0.26, 0.75, 0.9)] == [
        1,
        1,
        3,
        3,
        5,
    ]
    assert weighted_quantile(values, np.array([0.0, 1.0, 0.0]), 0.9) == 1.0


def test_trees_summed_at_once_are_trees_summed_one_by_one():
    model = GradientBoostingRegressor(n_estimators=12, max_depth=4).fit(X, Y)
    trees = [stage.tree_ for stage in model.estimators_[:, 0]]
    one_by_one = sum(tree.predict(X)[:, 0] for tree in trees)
    np.testing.assert_allclose(sum_of_trees(trees, X), one_by_one, rtol=1e-12)
    many = np.tile(X, (50, 1))  # several blocks
    np.testing.assert_allclose(sum_of_trees(trees, many), np.tile(one_by_one, 50), rtol=1e-12)
    assert sum_of_trees([], X).tolist() == [0.0] * 200
    np.testing.assert_allclose(sum_of_trees(trees, np.asfortranarray(X)), one_by_one, rtol=1e-12)
    on_edges = np.repeat([t for tree in trees for t in tree.threshold], 4).reshape(-1, 4)
    expected = sum(tree.predict(on_edges)[:, 0] for tree in trees)
    np.testing.assert_allclose(sum_of_trees(trees, on_edges), expected, rtol=1e-12)


# ---- stages --------------------------------------------------------------------------------------
def test_stages_end_with_the_model():
    model = GradientBoostingClassifier(n_estimators=8).fit(X, LABELS)
    for staged, final in (
        (model.staged_predict, model.predict),
        (model.staged_predict_proba, model.predict_proba),
        (model.staged_decision_function, model.decision_function),
    ):
        stages = list(staged(X))
        assert len(stages) == 8
        if stages[-1].dtype.kind == "f":
            np.testing.assert_allclose(stages[-1], final(X), rtol=1e-10, atol=1e-12)
        else:
            np.testing.assert_array_equal(stages[-1], final(X))
    assert model.apply(X).shape == (200, 8, 3) and len(model) == 8
    assert model[0][0] is model.estimators_[0, 0]


def test_samples_left_out_tell_the_improvement():
    model = GradientBoostingRegressor(subsample=0.5, n_estimators=40, random_state=0).fit(X, Y)
    assert len(model.oob_improvement_) == len(model.oob_scores_) == 40
    assert model.oob_score_ == model.oob_scores_[-1]
    np.testing.assert_allclose(np.diff(model.oob_scores_), -model.oob_improvement_[1:])
    assert model.oob_improvement_[:10].sum() > model.oob_improvement_[-10:].sum()
    assert model.train_score_[-1] < model.oob_score_
    again = GradientBoostingRegressor(subsample=0.5, n_estimators=40, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), again.predict(X))
    whole = GradientBoostingRegressor(n_estimators=4).fit(X, Y)
    assert not hasattr(whole, "oob_improvement_")


def test_random_features():
    a, b, c = (
        GradientBoostingRegressor(max_features=1, n_estimators=5, random_state=s)
        .fit(X, Y)
        .predict(X)
        for s in (0, 0, 1)
    )
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).max() > 0.01


def test_warm_start_goes_on():
    settings = {"subsample": 0.7, "random_state": 0}
    grown = GradientBoostingRegressor(n_estimators=5, warm_start=True, **settings).fit(X, Y)
    first = grown.estimators_[0, 0]
    grown.set_params(n_estimators=12).fit(X, Y)
    at_once = GradientBoostingRegressor(n_estimators=12, **settings).fit(X, Y)
    assert grown.estimators_[0, 0] is first and grown.n_estimators_ == 12
    assert len(grown.train_score_) == len(grown.oob_improvement_) == 12
    np.testing.assert_allclose(grown.predict(X), at_once.predict(X), rtol=1e-9)
    np.testing.assert_allclose(grown.oob_improvement_, at_once.oob_improvement_, atol=1e-12)
    with pytest.raises(ValueError, match="must be larger or equal to estimators_.shape"):
        grown.set_params(n_estimators=3).fit(X, Y)
    assert len(grown.set_params(n_estimators=3, warm_start=False).fit(X, Y).estimators_) == 3


def test_early_stopping():
    noise = rng.normal(size=200)
    model = GradientBoostingRegressor(
        n_estimators=200, n_iter_no_change=4, validation_fraction=0.3, random_state=0
    ).fit(X, noise)
    assert model.n_estimators_ == len(model.estimators_) == len(model.train_score_) < 100
    strict = GradientBoostingRegressor(n_iter_no_change=4, tol=1e9, random_state=0).fit(X, Y)
    assert strict.n_estimators_ == 5  # the first four have nothing to be compared with
    kept = GradientBoostingClassifier(
        n_estimators=150, n_iter_no_change=5, tol=0.01, random_state=0
    ).fit(X, LABELS)
    assert 5 < kept.n_estimators_ < 150 and kept.score(X, LABELS) > 0.8


def test_a_monitor_can_look_and_stop():
    seen = []

    def monitor(i, model, found):
        seen.append((i, len(model.estimators_), found["raw_predictions"].shape))
        return i == 3

    model = GradientBoostingRegressor(n_estimators=50).fit(X, Y, monitor=monitor)
    assert seen == [(i, i + 1, (200, 1)) for i in range(4)] and model.n_estimators_ == 4


def test_progress(capsys):
    GradientBoostingRegressor(n_estimators=4, verbose=1).fit(X, Y)
    said = capsys.readouterr().err
    assert "GradientBoostingRegressor: 4 of 4  loss" in said


# ---- who predicts first --------------------------------------------------------------------------
def test_a_linear_start_leaves_what_is_not_linear():
    y = 10 * X[:, 0] + np.sin(3 * X[:, 1])
    settings = {"n_estimators": 30, "max_depth": 2}
    plain = GradientBoostingRegressor(**settings).fit(X, y)
    first = GradientBoostingRegressor(init=LinearRegression(), **settings).fit(X, y)
    assert first.score(X, y) > plain.score(X, y) and hasattr(first.init_, "coef_")
    assert not hasattr(first.init, "coef_")
    classes = GradientBoostingClassifier(init=LogisticRegression(), n_estimators=2).fit(X, LABELS)
    before = classes.init_.predict_proba(X)
    np.testing.assert_allclose(
        classes._loss.probabilities(classes._first_scores(X)), before, rtol=1e-9
    )


# ---- weights and data that hurt ------------------------------------------------------------------
@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", LogCosh()], ids=repr)
def test_samples_of_no_weight_are_not_there(loss):
    w = np.ones(200)
    w[::5] = 0.0
    y = np.where(w > 0, Y, 1e6)
    settings = {"loss": loss, "n_estimators": 15, "max_depth": 2}
    model = GradientBoostingRegressor(**settings).fit(X, y, sample_weight=w)
    kept = w > 0
    same = GradientBoostingRegressor(**settings).fit(X[kept], Y[kept], sample_weight=w[kept])
    np.testing.assert_allclose(model.predict(X), same.predict(X), rtol=1e-9, atol=1e-9)


def test_float32_and_layout():
    X32 = X.astype(np.float32)
    model = GradientBoostingRegressor(n_estimators=5).fit(X32, Y.astype(np.float32))
    assert model.predict(X32).dtype == np.float32
    assert next(iter(model.staged_predict(X32))).dtype == np.float32
    same = GradientBoostingRegressor(n_estimators=5).fit(np.asfortranarray(X32), Y)
    np.testing.assert_allclose(model.predict(X32), same.predict(X32), rtol=1e-5)


def test_constant_targets_and_columns():
    for loss in REGRESSION_LOSSES:
        model = GradientBoostingRegressor(loss=loss, n_estimators=3).fit(X, np.full(200, 2.0))
        np.testing.assert_allclose(model.predict(X), 2.0, rtol=1e-6)
        assert not model.feature_importances_.any()
    model = GradientBoostingClassifier(n_estimators=3).fit(np.ones((6, 2)), [0, 0, 0, 0, 1, 1])
    np.testing.assert_allclose(model.predict_proba(np.ones((1, 2))), [[2 / 3, 1 / 3]], rtol=1e-6)


def test_a_class_that_occurs_once():
    y = np.array(["a"] * 30 + ["b"] * 29 + ["once"])
    model = GradientBoostingClassifier(n_estimators=30).fit(X[:60], y)
    assert np.isfinite(model.predict_proba(X)).all() and model.predict(X[59:60])[0] == "once"


def test_separable_classes_do_not_overflow():
    x = np.arange(20.0)[:, None]
    model = GradientBoostingClassifier(learning_rate=1.0, n_estimators=200)
    p = model.fit(x, x[:, 0] > 9).predict_proba(x)
    assert np.isfinite(model.decision_function(x)).all() and ((p == 0) | (p > 0)).all()
    exponential = GradientBoostingClassifier(loss="exponential", learning_rate=1.0)
    assert np.isfinite(exponential.fit(x, x[:, 0] > 9).decision_function(x)).all()


def test_saved_with_its_loss(tmp_path):
    model = GradientBoostingRegressor(loss=Huber(0.7), n_estimators=4).fit(X, Y)
    model.save(tmp_path / "model.npz")
    loaded = GradientBoostingRegressor.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert repr(loaded) == repr(model) and loaded.init_.scores == model.init_.scores


# ---- errors --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "cubic"}, "loss must be one of 'squared_error'.*got 'cubic'"),
        ({"loss": Hinge()}, "a loss for numbers from ml_from_scratch.losses"),
        ({"loss": Poisson()}, "use Poisson.log_input=True"),
        ({"loss": "quantile", "alpha": 1.0}, "alpha must be"),
        ({"learning_rate": -1}, "learning_rate must be a number of at least 0"),
        ({"n_estimators": 0}, "n_estimators must be an integer of at least 1"),
        ({"subsample": 0.0}, "subsample must be a number above 0"),
        ({"criterion": "gini"}, "criterion must be one of"),
        ({"init": "mean"}, "init must be one of 'zero'"),
        ({"max_depth": 0}, "max_depth"),
        ({"n_iter_no_change": 0}, "n_iter_no_change"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        GradientBoostingRegressor(**options).fit(X, Y)


@pytest.mark.parametrize(
    ("options", "y", "message"),
    [
        ({"loss": MSE()}, TWO, "a loss for classes"),
        ({"loss": "deviance"}, TWO, "loss must be 'log_loss'"),
        ({"loss": CrossEntropy()}, LABELS, "CrossEntropy.from_logits=True"),
        ({"loss": "exponential"}, LABELS, "a loss for 2 classes, but y has 3"),
        ({}, ["only"] * 200, "at least 2 classes"),
        ({"init": Perceptron()}, LABELS, "predict_proba"),
    ],
)
def test_errors_of_classifiers(options, y, message):
    with pytest.raises((ValueError, AttributeError), match=message):
        GradientBoostingClassifier(**options).fit(X, y)
