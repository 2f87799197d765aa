"""What the tests of pictures share."""

import pytest


@pytest.fixture
def ax():
    """Axes of a figure that pyplot knows nothing of; at the end it must be possible to draw it."""
    matplotlib = pytest.importorskip("matplotlib")
    figure = pytest.importorskip("matplotlib.figure")
    before = dict(matplotlib.rcParams)
    made = figure.Figure()
    yield made.subplots()
    made.canvas.draw()
    assert dict(matplotlib.rcParams) == before
