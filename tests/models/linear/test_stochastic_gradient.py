"""Stochastic gradient descent: blocks against one sample at a time, worked examples, and hard data."""

import warnings

import numpy as np
import pytest

from ml_from_scratch import losses
from ml_from_scratch.core.exceptions import ConvergenceWarning
from ml_from_scratch.models import LogisticRegression, Ridge, SGDClassifier, SGDRegressor
from ml_from_scratch.models.linear import stochastic_model
from ml_from_scratch.models.linear.stochastic_losses import FOR_CLASSES, FOR_NUMBERS

LOSSES = {name: make(0.3) for name, make in {**FOR_CLASSES, **FOR_NUMBERS}.items()}
BOTH = pytest.mark.parametrize("kind", [SGDClassifier, SGDRegressor])


def data(kind=SGDClassifier, n=100, d=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    z = X @ rng.normal(size=d) + 0.3 * rng.normal(size=n)
    return X, (z > 0).astype(int) if kind is SGDClassifier else z


# ---- losses --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", LOSSES)
def test_slopes_are_derivatives(name):
    loss, h = LOSSES[name], 1e-6
    for y in (-1.0, 1.0):
        for z in (-40.0, -2.1, -0.9, -0.05, 0.21, 0.65, 1.25, 2.2, 40.0):
            up, down = loss.values(np.array([z + h, z - h]), y)
            assert (up - down) / (2 * h) == pytest.approx(loss.slope(z, y), abs=1e-6)


@pytest.mark.parametrize(
    "name, whole",
    [
        ("hinge", losses.Hinge(reduction="sum")),
        ("squared_hinge", losses.SquaredHinge(reduction="sum")),
        ("huber", losses.Huber(delta=0.3, reduction="sum")),
    ],
)
def test_losses_are_those_of_the_package(name, whole):
    z, y = np.array([-2.0, 0.2, 0.8, 1.5]), np.array([-1.0, 1.0, 1.0, -1.0])
    assert LOSSES[name].values(z, y).sum() == pytest.approx(float(whole(z, y)))
    slopes = [LOSSES[name].slope(*pair) for pair in zip(z.tolist(), y.tolist())]
    np.testing.assert_allclose(whole.gradient(z, y), slopes)


# ---- steps ---------------------------------------------------------------------------------------
def plainly(model, X, y, epochs):
    """The definition: one sample, one step; returns coefficients, intercept and their means."""
    loss = {**FOR_CLASSES, **FOR_NUMBERS}[model.loss](model.epsilon)
    w, b, t, ws, bs = np.zeros(X.shape[1]), 0.0, 1.0, [], []
    t_0 = 1.0 / (model.alpha * model.alpha**-0.25)
    for _ in range(epochs):
        for x, target in zip(X, y):
            eta = {
                "constant": model.eta0,
                "optimal": 1.0 / (model.alpha * (t_0 + t - 1.0)),
                "invscaling": model.eta0 / t**model.power_t,
            }[model.learning_rate]
            slope = loss.slope(float(x @ w) + b, float(target))
            w = (1.0 - eta * model.alpha) * w - eta * slope * x
            b -= eta * slope
            t += 1.0
            ws.append(w)
            bs.append(b)
    return w, b, np.mean(ws, axis=0), np.mean(bs)


@pytest.mark.parametrize("loss", [*FOR_CLASSES, *FOR_NUMBERS])
@pytest.mark.parametrize("learning_rate", ["constant", "optimal", "invscaling"])
@pytest.mark.parametrize("n", [1, 15, 16, 17, 100])
def test_blocks_are_the_definition(loss, learning_rate, n):
    if "squared" in loss and learning_rate == "optimal":
        return  # such steps run away
    X, y = data(n=100)
    X, y = X[:n], y[:n].copy()
    y[0] = 1 - y[-1] if n > 1 else y[0]
    if n == 1:
        model = SGDRegressor if loss in FOR_NUMBERS else None
    else:
        model = SGDClassifier
    if model is None:
        return
    options = {"learning_rate": learning_rate, "alpha": 0.01, "tol": None, "shuffle": False}
    model = model(loss=loss, max_iter=3, average=True, **options)
    averaged = model.fit(X, y)
    targets = 2.0 * y - 1.0 if model._estimator_type == "classifier" else y
    w, b, mean_w, mean_b = plainly(model, X, targets, 3)
    np.testing.assert_allclose(np.ravel(averaged.coef_), mean_w, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(averaged.intercept_, mean_b, rtol=1e-8, atol=1e-10)
    last = model.set_params(average=False).fit(X, y)
    np.testing.assert_allclose(np.ravel(last.coef_), w, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(last.intercept_, b, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet", None])
@pytest.mark.parametrize("loss", ["hinge", "log_loss"])
def test_the_objective_of_an_epoch_is_that_of_its_samples(penalty, loss, capsys):
    """The mean over the samples of loss and penalty, each when the sample was shown."""
    X, y = data(n=40)
    options = {"alpha": 0.05, "l1_ratio": 0.3, "shuffle": False, "tol": None, "max_iter": 1}
    model = SGDClassifier(loss, penalty=penalty, **options)
    rho, terms = {"l2": 0.0, "l1": 1.0, "elasticnet": 0.3, None: None}[penalty], []
    for n, (x, target) in enumerate(zip(X, 2.0 * y - 1.0)):
        w, b = np.zeros(3), 0.0
        if n > 0:
            before = SGDClassifier(loss, penalty=penalty, **options).partial_fit(
                X[:n], y[:n], [0, 1]
            )
            w, b = before.coef_[0], before.intercept_[0]
        terms.append(LOSSES[loss].values(x @ w + b, target))
        if rho is not None:
            terms[-1] += 0.05 * (0.5 * (1 - rho) * w @ w + rho * np.abs(w).sum())
    model.set_params(verbose=1).fit(X, y)
    told = float(capsys.readouterr().out.split()[-1])
    assert told == pytest.approx(np.mean(terms), rel=1e-5)


def test_the_first_steps_by_hand():
    """Squared error, steps of 0.1: w = 0.1 * 2 = 0.2 after (1, 2); then the error of (2, 1) is -0.4."""
    options = {"learning_rate": "constant", "eta0": 0.1, "penalty": None, "fit_intercept": False}
    model = SGDRegressor(shuffle=False, tol=None, max_iter=1, **options)
    model.fit([[1.0], [2.0]], [2.0, 1.0])
    assert model.coef_[0] == pytest.approx(0.2 + 0.1 * 2.0 * (1.0 - 0.4))
    assert (model.t_, model.n_iter_) == (3.0, 1)


@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet", None])
@BOTH
def test_chunks_are_one_pass(kind, penalty):
    X, y = data(kind)
    options = {"penalty": penalty, "alpha": 0.001, "shuffle": False}
    whole = kind(tol=None, max_iter=1, **options).fit(X, y)
    chunks = kind(**options)
    for part in np.array_split(np.arange(len(X)), 4):
        chunks.partial_fit(X[part], y[part], *([[0, 1]] if kind is SGDClassifier else []))
    assert chunks.t_ == whole.t_
    if penalty in ("l2", None):  # the L1 penalty forgets between calls what it has not taken yet
        np.testing.assert_allclose(chunks.coef_, whole.coef_, rtol=1e-10)


def test_an_l1_penalty_makes_zeros_and_more_of_it_more():
    X, y = data(d=20)
    zeros = [
        (SGDClassifier(penalty="l1", alpha=alpha, random_state=0).fit(X, y).coef_ == 0).sum()
        for alpha in (0.001, 0.03, 10.0)
    ]
    assert zeros[0] < zeros[1] < zeros[2] == 20


# ---- where it leads ------------------------------------------------------------------------------
def test_it_comes_close_to_the_minimum_that_others_find():
    X, y = data(SGDRegressor, n=400)
    ridge = Ridge(alpha=400 * 0.01).fit(X, y)
    late = {"average": 10_000, "tol": None, "max_iter": 50, "random_state": 0}
    model = SGDRegressor(alpha=0.01, **late).fit(X, y)
    np.testing.assert_allclose(model.coef_, ridge.coef_, atol=0.02)
    X, y = data(n=400)
    exact = LogisticRegression(C=1 / (400 * 0.01)).fit(X, y)
    model = SGDClassifier("log_loss", alpha=0.01, **late)
    np.testing.assert_allclose(model.fit(X, y).predict_proba(X), exact.predict_proba(X), atol=0.03)


@pytest.mark.parametrize("loss", ["log_loss", "modified_huber"])
@pytest.mark.parametrize("K", [2, 3])
def test_probabilities(loss, K):
    X, _ = data()
    y = np.digitize(X[:, 0], [-0.5, 0.5][: K - 1])
    model = SGDClassifier(loss, random_state=0).fit(X, y)
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert (p >= 0).all()
    np.testing.assert_array_equal(p[np.arange(len(X)), model.predict(X)], p.max(axis=1))
    assert not hasattr(SGDClassifier("hinge"), "predict_proba")


@BOTH
def test_early_stopping_holds_samples_back(kind):
    X, y = data(kind, n=300)
    model = kind(early_stopping=True, random_state=0, max_iter=500).fit(X, y)
    assert model.n_iter_ < 500 and model.score(X, y) > 0.8
    np.testing.assert_array_equal(
        kind(early_stopping=True, random_state=0, max_iter=500).fit(X, y).coef_, model.coef_
    )
    with pytest.raises(ValueError, match="early_stopping"):
        kind(early_stopping=True).partial_fit(X, y)


def test_the_seed_decides_the_order():
    X, y = data()
    fits = [SGDClassifier(random_state=seed).fit(X, y).coef_ for seed in (0, 0, 1)]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert (fits[0] != fits[2]).any()


def test_strings_and_unseen_labels_in_chunks():
    X, y = data()
    names = np.array(["no", "yes"])[y]
    model = SGDClassifier(shuffle=False).partial_fit(X[:5], ["no"] * 5, classes=["yes", "no"])
    model.partial_fit(X, names)
    assert model.classes_.tolist() == ["no", "yes"] and model.score(X, names) > 0.8
    with pytest.raises(ValueError, match="not among the classes"):
        model.partial_fit(X, np.where(y, "maybe", "no"))
    with pytest.raises(ValueError, match="not the same as on last call"):
        model.partial_fit(X, names, classes=["a", "b"])
    with pytest.raises(ValueError, match="first call"):
        SGDClassifier().partial_fit(X, y)
    with pytest.raises(ValueError, match="balanced"):
        SGDClassifier(class_weight="balanced").partial_fit(X, y, [0, 1])
    with pytest.raises(ValueError, match="3 features"):
        model.partial_fit(X[:, :2], names)


# ---- hard data -----------------------------------------------------------------------------------
@pytest.mark.parametrize("penalty", ["l2", "l1"])
def test_steps_that_are_too_long_end_in_words(penalty):
    X, y = data(SGDRegressor)
    model = SGDRegressor(
        learning_rate="constant", eta0=1e300, penalty=penalty, tol=None, max_iter=99
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        with pytest.raises(ValueError, match="Scaling the input data"):
            model.fit(1e10 * X, 1e10 * y)


def test_a_weight_of_zero_moves_nothing():
    X, y = data()
    junk = np.vstack([X, 1e6 * X[:7]]), np.append(y, 1 - y[:7])
    options = {"learning_rate": "constant", "penalty": None, "shuffle": False, "tol": None}
    model = SGDClassifier(max_iter=1, **options)
    expected = model.fit(X, y).coef_
    found = model.fit(*junk, sample_weight=np.append(np.ones(len(X)), np.zeros(7))).coef_
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@BOTH
def test_read_only_memory_mapped_chunks(kind, tmp_path):
    X, y = data(kind, n=1000)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    model, direct = kind(shuffle=False), kind(shuffle=False)
    for start in range(0, 1000, 250):
        rows = slice(start, start + 250)
        classes = [[0, 1]] if kind is SGDClassifier else []
        model.partial_fit(mapped[rows], y[rows], *classes)
        direct.partial_fit(X[rows], y[rows], *classes)
    np.testing.assert_array_equal(model.coef_, direct.coef_)


@BOTH
@pytest.mark.parametrize(
    "options",
    [
        {"loss": "magic"},
        {"penalty": "l3"},
        {"learning_rate": "pa1"},
        {"alpha": -1.0},
        {"alpha": 0.0, "learning_rate": "optimal"},
        {"eta0": 0.0},
        {"tol": -1.0},
        {"max_iter": 0},
        {"penalty": "elasticnet", "l1_ratio": 2.0},
        {"average": -1},
        {"validation_fraction": 1.0},
    ],
    ids=str,
)
def test_settings_that_make_no_sense(kind, options):
    with pytest.raises((ValueError, TypeError), match=list(options)[-1]):
        kind(**options).fit(*data(kind))


@BOTH
def test_a_stop_while_falling_is_told_and_verbose_tells_epochs(kind, capsys):
    X, y = data(kind)
    with pytest.warns(ConvergenceWarning, match="max_iter=1"):
        kind(max_iter=1, verbose=1).fit(X, y)
    assert "epoch 1" in capsys.readouterr().out
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kind(max_iter=1, tol=None).fit(X, y)


def test_wrong_initial_values():
    X, y = data()
    with pytest.raises(ValueError, match="coef_init should have shape"):
        SGDClassifier().fit(X, y, coef_init=np.zeros(7))


@pytest.mark.parametrize("penalty", ["l2", "l1"])
@pytest.mark.parametrize("average", [False, 30])
def test_how_many_rows_are_gathered_at_a_time_changes_nothing(penalty, average, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(203, 5))
    y = X @ rng.normal(size=5) + 0.1 * rng.normal(size=203)
    model = SGDRegressor(penalty=penalty, average=average, max_iter=3, tol=None, random_state=0)
    at_once = model.fit(X, y).coef_.copy()
    monkeypatch.setattr(stochastic_model, "NUMBERS", 1)  # then a block of rows at a time
    np.testing.assert_allclose(model.fit(X, y).coef_, at_once, rtol=1e-10)
