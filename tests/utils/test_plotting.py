"""Plots: what is drawn, what is written beside it, and that nothing else happens."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

from ml_from_scratch.core.estimator import BaseEstimator, ClassifierMixin
from ml_from_scratch.utils import (
    confusion_matrix,
    filter_normalized_direction,
    loss_landscape,
    plot_attention,
    plot_confusion_matrix,
    plot_decision_boundary,
    plot_filters,
    plot_images,
    plot_learning_curve,
    plot_loss_landscape,
    plot_memory,
    plot_residuals,
    plot_roc_curve,
    plot_steps,
    roc_auc_score,
    roc_curve,
)
from ml_from_scratch.utils.plotting.canvas import COLORS, rgb

matplotlib = pytest.importorskip("matplotlib")
figure = pytest.importorskip("matplotlib.figure")


def said(ax):
    return ax.get_title(), ax.get_xlabel(), ax.get_ylabel()


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


# --------------------------------------------------------------------------- no side effects


def test_importing_costs_no_matplotlib_and_drawing_names_the_extra():
    script = """
        import sys
        import ml_from_scratch.utils as utils
        from ml_from_scratch.utils import train_test_split, plot_residuals
        assert not {"matplotlib", "sklearn", "scipy", "joblib", "pandas"} & set(sys.modules)
        sys.modules["matplotlib"] = None  # as if it were not installed
        try:
            plot_residuals([1.0, 2.0], [1.0, 2.5])
        except ImportError as error:
            assert 'pip install "ml-from-scratch-lab[viz]"' in str(error), error
        else:
            raise SystemExit("no error")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


def test_new_axes_are_made_when_none_are_given_and_nothing_is_shown(monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    monkeypatch.setattr(plt, "show", lambda *_: pytest.fail("a plot is not to be shown"))
    for draw in (
        lambda: plot_residuals([1.0, 2.0], [1.0, 2.5]),
        lambda: plot_learning_curve({"loss": [2.0, 1.0]}),
        lambda: plot_confusion_matrix([0, 1], [0, 1]),
        lambda: plot_roc_curve([0, 1], [0.2, 0.7]),
        lambda: plot_images(np.zeros((2, 4, 4))),
        lambda: plot_filters(np.zeros((3, 3, 1, 4))),
        lambda: plot_steps([1.0, 2.0]),
        lambda: plot_memory([[1.0, 2.0]]),
        lambda: plot_attention(np.full((2, 3, 3), 1 / 3)),
        lambda: plot_loss_landscape(lambda v: float(v @ v), [1.0, 2.0], n_points=3),
        lambda: plot_decision_boundary(lambda X: X[:, 0] > 0, np.eye(2), [0, 1], resolution=3),
    ):
        drawn = draw()
        drawn.figure.canvas.draw()
        plt.close(drawn.figure)


def test_colours_are_far_apart_for_every_kind_of_sight():
    # Machado et al. (2009), severity 1: what remains of red, green and blue.
    sights = {
        "normal": np.eye(3),
        "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
        "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    }
    for sight in sights.values():
        seen = np.stack([np.asarray(sight) @ rgb(color) for color in COLORS])
        distance = np.linalg.norm(seen[:, None] - seen, axis=-1) + np.eye(len(COLORS))
        assert distance.min() > 0.15


# --------------------------------------------------------------------------- decision boundary


class _Halves(ClassifierMixin, BaseEstimator):
    """Two or three classes by the first feature."""

    def __init__(self, n_classes=2):
        self.n_classes = n_classes

    def fit(self, X, y):
        X, self.classes_, _, _ = self._check_X_labels(X, y)
        return self

    def predict(self, X):
        place = np.clip((X[:, 0] * self.n_classes).astype(int), 0, self.n_classes - 1)
        return self.classes_[place]


def plane(n_classes=2, names=("a", "b", "c")):
    X = np.random.default_rng(0).random((30, 2))
    return X, np.array(names)[np.minimum((X[:, 0] * n_classes).astype(int), n_classes - 1)]


@pytest.mark.parametrize("n_classes", [2, 3])
def test_decision_boundary_of_an_estimator(ax, n_classes):
    X, y = plane(n_classes)
    model = _Halves(n_classes).fit(X, y)
    assert plot_decision_boundary(model, X, y, ax=ax, resolution=30) is ax
    assert said(ax) == ("Decision boundary of _Halves", "x0", "x1")
    assert legend(ax) == ["a", "b", "c"][:n_classes]
    (image,) = ax.images
    assert image.get_array().shape == (30, 30, 3)
    colors = np.unique(np.round(image.get_array().reshape(-1, 3), 6), axis=0)
    assert len(colors) == n_classes
    left, right = image.get_array()[15, 0], image.get_array()[15, -1]
    np.testing.assert_allclose(left, 1 - 0.45 * (1 - rgb(COLORS[0])))
    np.testing.assert_allclose(right, 1 - 0.45 * (1 - rgb(COLORS[n_classes - 1])))
    low, high = image.get_extent()[:2]
    assert low < X[:, 0].min() and high > X[:, 0].max()
    shown = [c for c in ax.collections if len(c.get_offsets()) > 1]
    assert sum(len(c.get_offsets()) for c in shown) == 30


def test_a_surer_model_gives_a_stronger_colour(ax):
    X, y = plane()
    plot_decision_boundary(
        lambda X: 1 / (1 + np.exp(-9 * (X[:, 0] - 0.5))), X, [0] * 15 + [1] * 15, ax=ax
    )
    row = ax.images[0].get_array()[100]
    blue_to_orange = row @ (rgb(COLORS[1]) - rgb(COLORS[0]))
    assert (np.diff(blue_to_orange) > 0).all()


@pytest.mark.parametrize(
    "answer",
    [
        lambda p: np.stack([1 - p, p], axis=1),
        lambda p: p[:, None],
        lambda p: p.astype(np.float32),
        lambda p: np.stack([-5 * p, 5 * p - 5], axis=1),  # logits: the larger wins
        lambda p: np.where(p > 0.5, 7, 3),
        lambda p: p > 0.5,
    ],
    ids=["two columns", "one column", "vector", "logits", "labels", "booleans"],
)
def test_every_form_of_answer_is_understood(ax, answer):
    X, _ = plane()
    y = np.where(X[:, 0] > 0.5, 7, 3)
    plot_decision_boundary(lambda X: answer(np.clip(X[:, 0], 0, 1)), X, y, ax=ax, margin=0.0)
    image = ax.images[0].get_array()
    assert image[0, 0, 2] > image[0, 0, 0] and image[0, -1, 0] > image[0, -1, 2]  # blue, then red
    assert ax.get_title() == "Decision boundary of a function"


def test_data_frames_give_their_names(ax):
    pd = pytest.importorskip("pandas")
    X, y = plane()
    frame = pd.DataFrame(X, columns=["length", "width"])
    plot_decision_boundary(lambda X: X[:, 0] > 0.5, frame, (y == "b").astype(int), ax=ax, title="T")
    assert said(ax) == ("T", "length", "width")


def test_decision_boundary_refusals(ax):
    X, y = plane()
    with pytest.raises(ValueError, match="two features"):
        plot_decision_boundary(lambda X: X[:, 0] > 0, np.ones((4, 3)), [0, 1, 0, 1], ax=ax)
    with pytest.raises(ValueError, match="at most 8 classes"):
        plot_decision_boundary(lambda X: X[:, 0] > 0, X, np.arange(30), ax=ax)
    with pytest.raises(ValueError, match="one column for each of the 2"):
        plot_decision_boundary(lambda X: np.ones((len(X), 5)), X, y, ax=ax)
    with pytest.raises(ValueError, match="not classes of y"):
        plot_decision_boundary(lambda X: np.full(len(X), "z"), X, y, ax=ax)


# --------------------------------------------------------------------------- learning curve


class _History:
    history = {
        "loss": [3.0, 2.0, 1.0],
        "accuracy": [0.1, 0.5, 0.4],
        "val_accuracy": [0.2, 0.9, 0.3],
    }


def test_learning_curve(ax):
    history = {"loss": [3.0, 2.0, 1.5], "val_loss": [3.5, 2.5, 2.75]}
    assert plot_learning_curve(history, ax=ax) is ax
    assert said(ax) == ("Learning curve: loss", "epoch", "loss")
    assert legend(ax) == ["training", "validation", "best: 2.5 in epoch 2"]
    train, validation, best = ax.lines
    assert train.get_xdata().tolist() == [1, 2, 3] and train.get_ydata().tolist() == history["loss"]
    assert validation.get_ydata().tolist() == history["val_loss"]
    assert best.get_xdata().tolist() == [2]
    ax.figure.canvas.draw()
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_learning_curve_of_an_object_with_a_history(ax):
    plot_learning_curve(_History(), metric="accuracy", ax=ax, title="Mine")
    assert said(ax) == ("Mine", "epoch", "accuracy")
    assert legend(ax)[-1] == "best: 0.9 in epoch 2"  # more is better here


def test_learning_curve_survives_nan_and_takes_a_logarithm(ax):
    nan = float("nan")
    plot_learning_curve({"loss": [1.0, nan], "val_loss": [nan, 2.0]}, log=True, ax=ax)
    assert ax.get_yscale() == "log" and legend(ax)[-1] == "best: 2 in epoch 2"
    with pytest.raises(ValueError, match=r"no 'f1'; it has \['loss'\]"):
        plot_learning_curve({"loss": [1.0]}, metric="f1", ax=ax)


# --------------------------------------------------------------------------- confusion, ROC, residuals


@pytest.mark.parametrize("normalize", [None, "true"])
def test_confusion_matrix(ax, normalize):
    y_true, y_pred = ["cat", "cat", "dog", "owl", "owl"], ["cat", "dog", "dog", "owl", "owl"]
    assert plot_confusion_matrix(y_true, y_pred, normalize=normalize, ax=ax) is ax
    assert said(ax) == ("Confusion matrix (accuracy 0.800)", "predicted", "true")
    expected = confusion_matrix(y_true, y_pred, normalize=normalize)
    form = "{:.2f}" if normalize else "{}"
    for text in ax.texts:
        column, row = text.get_position()
        assert text.get_text() == form.format(expected[int(row), int(column)])
    assert len(ax.texts) == 9
    np.testing.assert_allclose(
        ax.images[0].get_array(), confusion_matrix(y_true, y_pred, normalize="true")
    )
    assert [t.get_text() for t in ax.get_xticklabels()] == ["cat", "dog", "owl"]


def test_confusion_matrix_names(ax):
    plot_confusion_matrix([0, 1], [0, 0], class_names=["no", "yes"], ax=ax, title="T")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["no", "yes"] and ax.get_title() == "T"
    with pytest.raises(ValueError, match="1 names for 2 classes"):
        plot_confusion_matrix([0, 1], [0, 0], class_names=["no"], ax=ax)


def test_roc_curve(ax):
    y, score = [0, 0, 1, 1], np.array([0.1, 0.4, 0.35, 0.8])
    assert plot_roc_curve(y, score, name="A", ax=ax) is ax
    assert said(ax) == ("ROC curve", "false positive rate", "true positive rate")
    assert legend(ax) == [f"A (AUC {roc_auc_score(y, score):.3f})"]
    fpr, tpr, _ = roc_curve(y, score)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), np.stack([fpr, tpr], axis=1))
    plot_roc_curve(y, -score, name="B", ax=ax)  # beside the first, in another colour
    assert legend(ax)[1].startswith("B")
    assert ax.lines[0].get_color() != ax.lines[-1].get_color()


def test_roc_of_columns(ax):
    y, p = np.array(["a", "b", "a", "b"]), np.array(
        [[0.9, 0.1], [0.4, 0.6], [0.7, 0.3], [0.6, 0.4]]
    )
    plot_roc_curve(y, p, ax=ax)
    assert legend(ax) == ["model (AUC 1.000)"]
    plot_roc_curve(y, p, pos_label="a", ax=ax)
    assert legend(ax)[1] == "model (AUC 1.000)"
    three = np.array([0, 1, 2, 2, 1, 0])
    other = figure.Figure().subplots()
    plot_roc_curve(three, np.eye(3)[three] * 0.7 + 0.1, ax=other)
    assert legend(other) == ["0 (AUC 1.000)", "1 (AUC 1.000)", "2 (AUC 1.000)"]
    with pytest.raises(ValueError, match="2 columns, but y_true has 3"):
        plot_roc_curve(three, np.ones((6, 2)), ax=other)
    with pytest.raises(ValueError, match="positives and negatives"):
        plot_roc_curve([1, 1], [0.1, 0.2], ax=other)


def test_residuals(ax):
    y, p = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.5, 2.0, 2.0, 4.0])
    assert plot_residuals(y, p, ax=ax) is ax
    assert said(ax) == ("Residuals (R² 0.750, RMSE 0.559)", "predicted", "true - predicted")
    np.testing.assert_allclose(ax.collections[0].get_offsets(), np.stack([p, y - p], axis=1))
    heights = sorted(line.get_ydata()[0] for line in ax.lines)
    np.testing.assert_allclose(heights, [-0.5590, 0, 0.5590], atol=1e-4)
    with pytest.raises(ValueError, match="inconsistent"):
        plot_residuals(y, p[:3], ax=ax)


# --------------------------------------------------------------------------- loss landscape


def test_directions_have_the_norms_of_the_filters():
    rng = np.random.default_rng(0)
    W, b, K = (
        rng.normal(size=(4, 3)) * [1, 10, 100],
        rng.normal(size=3),
        rng.normal(size=(5, 2, 3, 3)),
    )
    theta = np.concatenate([a.ravel() for a in (W, b, K)])
    direction = filter_normalized_direction(theta, [W.shape, b.shape, K.shape], random_state=1)
    dW, db, dK = np.split(direction, [12, 15])
    norms = np.linalg.norm(dW.reshape(4, 3), axis=0)
    np.testing.assert_allclose(norms, np.linalg.norm(W, axis=0))  # a unit's weights are a column
    np.testing.assert_array_equal(db, 0.0)
    norms = np.linalg.norm(dK.reshape(5, -1), axis=1)
    np.testing.assert_allclose(norms, np.linalg.norm(K.reshape(5, -1), axis=1))
    again = filter_normalized_direction(theta, [W.shape, b.shape, K.shape], random_state=1)
    np.testing.assert_array_equal(direction, again)
    other = filter_normalized_direction(theta, [W.shape, b.shape, K.shape], random_state=2)
    assert abs(direction @ other) < 0.9 * (direction @ direction)
    with pytest.raises(ValueError, match="hold 4 numbers, but theta has 5"):
        filter_normalized_direction(np.ones(5), [(2, 2)])


def test_landscape_of_a_known_loss():
    theta, directions = np.array([1.0, 2.0]), [np.array([1.0, 0.0]), np.array([0.0, 3.0])]
    loss = lambda v: (v[0] - 1) ** 2 + 10 * (v[1] - 2) ** 2
    steps, values = loss_landscape(loss, theta, directions=directions, span=2, n_points=5)
    assert steps.tolist() == [-2, -1, 0, 1, 2]
    np.testing.assert_allclose(values, steps**2 + 90 * steps[:, None] ** 2)
    steps, values = loss_landscape(loss, theta, directions=directions[:1], n_points=3)
    np.testing.assert_allclose(values, steps**2)
    with pytest.raises(ValueError, match="1 or 2 directions"):
        loss_landscape(loss, theta, directions=[])


def test_landscape_pictures(ax):
    calls = []

    def loss(v):
        calls.append(v.dtype)
        return float(v @ v) if v[0] < 1.5 else float("inf")

    theta = np.array([1.0, 0.0], dtype=np.float32)
    assert plot_loss_landscape(loss, theta, n_points=7, ax=ax, log=True) is ax
    assert len(calls) == 50 and set(calls) == {np.dtype(np.float32)}
    assert said(ax) == (
        "Loss around the solution (there 1)",
        "step along a random direction",
        "step along another",
    )
    labels = [other.get_ylabel() for other in ax.figure.axes if other is not ax]
    assert labels == ["log10 of the loss"]
    line = figure.Figure().subplots()
    plot_loss_landscape(loss, theta, dimensions=1, n_points=9, ax=line, title="T")
    assert said(line) == ("T", "step along a random direction", "loss")
    np.testing.assert_allclose(line.lines[1].get_xydata(), [[0.0, 1.0]])
    assert len(line.lines[0].get_xdata()) == 9


def test_landscape_refusals(ax):
    loss = lambda v: float(v @ v)
    with pytest.raises(ValueError, match="dimensions must be"):
        plot_loss_landscape(loss, [1.0], dimensions=3, ax=ax)
    with pytest.raises(ValueError, match="not finite anywhere"):
        plot_loss_landscape(lambda v: float("nan"), [1.0], n_points=3, ax=ax)
    with pytest.raises(ValueError, match="needs a positive loss"):
        plot_loss_landscape(lambda v: -1.0, [1.0], n_points=3, log=True, ax=ax)
    with pytest.raises(ValueError, match="n_points"):
        plot_loss_landscape(loss, [1.0], n_points=1, ax=ax)


# --------------------------------------------------------------------------- images


def test_images_in_a_grid(ax):
    images = np.arange(5 * 4 * 6.0).reshape(5, 4, 6)
    assert plot_images(images, list("abcde"), n_columns=3, ax=ax) is ax
    assert ax.get_title() == "5 images"
    assert [text.get_text() for text in ax.texts] == list("abcde")
    page = ax.images[0].get_array()
    np.testing.assert_allclose(page[1:5, :6], images[0] / images.max())  # below its caption
    np.testing.assert_allclose(page[1:5, 7:13], images[1] / images.max())
    np.testing.assert_allclose(page[7:11, :6], images[3] / images.max())


def test_wrong_predictions_stand_out(ax):
    plot_images(np.zeros((3, 4, 4)), [1, 2, 3], predictions=[1, 7, 3], ax=ax)
    assert ax.get_title() == "1 of 3 wrong"
    assert [text.get_text() for text in ax.texts] == ["1", "2 → 7", "3"]
    assert [text.get_color() for text in ax.texts] == ["black", COLORS[1], "black"]


@pytest.mark.parametrize(
    ("shape", "page"),
    [
        ((4, 16), (10, 10)),
        ((4, 4, 4), (10, 10)),
        ((4, 4, 4, 1), (10, 10)),
        ((4, 1, 6, 6), (14, 14)),
        ((4, 4, 4, 3), (10, 10, 3)),
        ((4, 3, 6, 6), (14, 14, 3)),
        ((4, 4, 4, 4), (10, 10, 4)),
    ],
)
def test_shapes_of_images(ax, shape, page):
    images = np.random.default_rng(0).integers(0, 256, shape)
    plot_images(images, ax=ax)
    drawn = ax.images[0].get_array()
    assert drawn.shape == page  # two by two, each with a gap of one pixel
    assert drawn.min() >= 0 and drawn.max() <= 1


def test_image_refusals(ax):
    with pytest.raises(ValueError, match="image_shape"):
        plot_images(np.zeros((2, 6)), ax=ax)
    plot_images(np.zeros((2, 6)), image_shape=(2, 3), ax=ax)
    with pytest.raises(ValueError, match="2 images, but 3 labels"):
        plot_images(np.zeros((2, 4, 4)), [1, 2, 3], ax=ax)
    with pytest.raises(ValueError, match="images must have shape"):
        plot_images(np.zeros(4), ax=ax)
    with pytest.raises(ValueError, match="no image"):
        plot_images(np.zeros((0, 4, 4)), ax=ax)


# --------------------------------------------------------------------------- attention


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_attention_of_several_heads(ax):
    P = np.random.default_rng(0).dirichlet(np.ones(3), size=(5, 2))
    assert plot_attention(P, ["a", " "], ["x", "$", "long"], n_columns=2, ax=ax) is ax
    assert said(ax) == ("Attention of 5 heads", "looked at (keys)", "looks (queries)")
    assert [text.get_text() for text in ax.texts] == [f"head {i}" for i in range(5)]
    for image, expected in zip(ax.images, P):
        np.testing.assert_array_equal(image.get_array(), expected)
        assert image.get_clim() == (0, 1)  # all heads in the same colours
    assert ticks(ax.yaxis) == ["a", "␣"] * 3 and ticks(ax.xaxis) == ["x", r"\$", "long"] * 2
    left, right, bottom, top = ax.images[3].get_extent()  # second row, second column
    rows, columns = ax.get_yticks()[2:4], ax.get_xticks()[3:]
    assert ((top < rows) & (rows < bottom)).all() and ((left < columns) & (columns < right)).all()
    assert rows[0] < rows[1]  # the first query on top
    assert [a.get_ylabel() for a in ax.figure.axes if a is not ax] == ["weight of attention"]


def test_attention_of_one_head(ax):
    plot_attention(np.eye(3), ["a", "b", "\n"], ax=ax, title="T")
    assert ax.get_title() == "T" and not ax.texts
    assert ticks(ax.yaxis) == ticks(ax.xaxis) == ["a", "b", "↵"]  # keys are the queries
    other = figure.Figure().subplots()
    plot_attention(np.ones((1, 1, 2)) / 2, ["a"], ax=other)
    assert ticks(other.yaxis) == ["a"] and ticks(other.xaxis) == ["0", "1"]
    assert other.get_title() == "Attention"


def test_attention_refusals(ax):
    with pytest.raises(ValueError, match=r"sample: weights\[0\]"):
        plot_attention(np.ones((2, 1, 3, 3)), ax=ax)
    with pytest.raises(ValueError, match="no weight"):
        plot_attention(np.ones((2, 0, 3)), ax=ax)
    with pytest.raises(ValueError, match="3 queries, but 2 names"):
        plot_attention(np.ones((3, 2)), ["a", "b"], ax=ax)
    with pytest.raises(ValueError, match="2 keys, but 3 names"):
        plot_attention(np.ones((3, 2)), keys=["a", "b", "c"], ax=ax)
