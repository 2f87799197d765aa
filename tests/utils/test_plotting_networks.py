"""Pictures from inside networks: filters, losses step by step, memories."""

import numpy as np
import pytest

from ml_from_scratch.utils import plot_filters, plot_images, plot_memory, plot_steps
from ml_from_scratch.utils.plotting.images import tiled


def said(ax):
    return ax.get_title(), ax.get_xlabel(), ax.get_ylabel()


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def shown(ax):
    """The numbers of a picture, NaN between filters."""
    return np.ma.filled(ax.images[0].get_array(), np.nan)


# ---- filters --------------------------------------------------------------------------------------------
def test_filters_of_one_channel_fill_rows(ax):
    weight = np.arange(12.0).reshape(2, 2, 1, 3) - 5.0
    assert plot_filters(weight, n_columns=2, ax=ax) is ax
    assert said(ax) == ("3 filters of 2 x 2", "", "")
    page = shown(ax)
    assert page.shape == (5, 5)
    for i, (top, left) in enumerate([(0, 0), (0, 3), (3, 0)]):
        np.testing.assert_array_equal(page[top : top + 2, left : left + 2], weight[:, :, 0, i])
    assert np.isnan(page[3:, 3:]).all() and np.isnan(page[2]).all() and np.isnan(page[:, 2]).all()


def test_filters_have_one_scale_that_is_white_at_0(ax):
    plot_filters(np.array([[[[-3.0, 1.0]]]]), ax=ax, title="T")
    image = ax.images[0]
    assert image.get_clim() == (-3.0, 3.0) and ax.get_title() == "T"
    np.testing.assert_allclose(image.cmap(image.norm(0.0))[:3], 1.0, atol=0.05)
    red, _, blue, _ = image.cmap(image.norm(3.0))
    assert red > 2 * blue
    (bar,) = [other for other in ax.figure.axes if other is not ax]
    assert bar.get_ylabel() == "weight"


def test_several_channels_are_rows(ax):
    weight = np.random.default_rng(0).standard_normal((3, 2, 4, 5))
    plot_filters(weight, ax=ax)
    assert said(ax) == ("5 filters of 3 x 2 of 4 channels", "filter", "channel")
    page = shown(ax)
    assert page.shape == (4 * 4 - 1, 5 * 3 - 1)
    np.testing.assert_array_equal(page[8:11, 9:11], weight[:, :, 2, 3])


def test_filters_without_channels_and_filters_of_zeros(ax):
    plot_filters(np.zeros((3, 3, 1), np.float32), ax=ax)
    assert ax.get_title() == "1 filter of 3 x 3" and ax.images[0].get_clim() == (-1.0, 1.0)


def test_a_layers_own_filters(ax):
    from ml_from_scratch.neural import Conv2D

    layer = Conv2D(16, 3).build((8, 8, 1), seed=0)
    plot_filters(layer.weight.data, ax=ax)
    assert shown(ax).shape == (15, 15)


@pytest.mark.parametrize("shape", [(3, 3), (3, 3, 1, 0), (1, 3, 3, 1, 4)])
def test_what_is_no_filter(ax, shape):
    with pytest.raises(ValueError, match="plot_filters draws weights .* got shape"):
        plot_filters(np.zeros(shape), ax=ax)


def test_tiles_lie_where_they_are_said_to_be():
    images = np.arange(1, 6.0)[:, None, None] * np.ones((5, 2, 3))
    page, corners = tiled(images, 2, head=1, gap=2, empty=-1.0)
    assert page.shape == (3 * (2 + 1 + 2), 2 * (3 + 2))
    assert corners == [(1, 0), (1, 5), (6, 0), (6, 5), (11, 0)]
    for i, (top, left) in enumerate(corners):
        assert (page[top : top + 2, left : left + 3] == i + 1).all()
    assert (page == -1).sum() == page.size - images.size


def test_a_wrong_image_has_its_caption_above_it(ax):
    plot_images(np.zeros((3, 4, 4)), [1, 2, 3], predictions=[1, 7, 3], n_columns=3, ax=ax)
    (wrong,) = [text for text in ax.texts if "→" in text.get_text()]
    assert wrong.get_text() == "2 → 7" and wrong.get_position()[0] == 5 + 1.5


# ---- steps ----------------------------------------------------------------------------------------------
def test_losses_and_their_running_mean(ax):
    losses = [4.0, 2.0, 3.0, 1.0]
    assert plot_steps(losses, window=2, baselines={"guess": 1 / 6, "mean": 2.0}, ax=ax) is ax
    assert said(ax) == ("loss, step by step", "step", "loss")
    assert legend(ax) == ["each step", "mean of 2", "guess: 0.167", "mean: 2"]
    each, mean, guess, other = ax.lines
    assert each.get_xdata().tolist() == [1, 2, 3, 4] and each.get_ydata().tolist() == losses
    assert mean.get_xdata().tolist() == [2, 3, 4] and mean.get_ydata().tolist() == [3.0, 2.5, 2.0]
    assert set(guess.get_ydata()) == {1 / 6} and guess.get_color() != other.get_color()
    assert ax.get_yscale() == "linear"


def test_the_running_mean_takes_a_fiftieth_of_the_steps(ax):
    plot_steps(np.arange(200.0), log=True, name="squared error", title="T", ax=ax)
    assert said(ax) == ("T", "step", "squared error") and ax.get_yscale() == "log"
    assert legend(ax)[1] == "mean of 4" and ax.lines[1].get_ydata()[0] == 1.5


def test_one_step(ax):
    plot_steps([2.0], ax=ax)
    assert ax.lines[1].get_ydata().tolist() == [2.0]


@pytest.mark.parametrize("losses, window", [([], None), ([1.0], 2), ([1.0], -1)])
def test_steps_that_have_no_mean(ax, losses, window):
    with pytest.raises(ValueError, match=f"there are {len(losses)} steps"):
        plot_steps(losses, window=window, ax=ax)


# ---- memory ---------------------------------------------------------------------------------------------
def test_memory_and_marks(ax):
    states = np.array([[0.0, 1.0], [0.5, 0.8], [0.4, 0.7]])
    assert plot_memory(states, {0: "+ 0.25", 2: "+ 0.5"}, labels=["a", "b"], ax=ax) is ax
    assert said(ax) == ("2 units of a memory", "step", "state")
    assert legend(ax) == ["a", "b"]
    first, second, *marked = ax.lines
    assert first.get_xdata().tolist() == [0, 1, 2]
    np.testing.assert_array_equal([first.get_ydata(), second.get_ydata()], states.T)
    assert first.get_color() != second.get_color()
    assert [line.get_xdata()[0] for line in marked] == [0, 2]
    assert [(t.get_text(), t.get_position()[0]) for t in ax.texts] == [("+ 0.25", 0), ("+ 0.5", 2)]
    assert ax.get_ylim()[1] > 1.1  # what is written hides no line


def test_memory_without_marks(ax):
    plot_memory(np.zeros((3, 12)), ax=ax, title="T")  # more units than colours
    assert len(ax.lines) == 12 and not ax.texts and ax.get_title() == "T"
    assert ax.get_legend() is None


def test_memory_that_cannot_be_drawn(ax):
    with pytest.raises(ValueError, match=r"\(time, units\) of one sample; got shape \(3, 1, 2\)"):
        plot_memory(np.zeros((3, 1, 2)), ax=ax)
    with pytest.raises(ValueError, match="steps go from 0 to 2; a mark is at 3"):
        plot_memory(np.zeros((3, 2)), {3: "x"}, ax=ax)
    with pytest.raises(ValueError, match="there are 2 units, but 1 labels"):
        plot_memory(np.zeros((3, 2)), labels=["a"], ax=ax)
