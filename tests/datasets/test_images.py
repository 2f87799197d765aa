"""Enlarging pictures: worked examples, laws, and torch as an oracle."""

import numpy as np
import pytest

from ml_from_scratch.datasets import enlarge, load_digits


def test_two_pixels_by_hand():
    # new centres at -1/4, 1/4, 3/4, 5/4 of the old pixels: clipped, then mixed
    assert enlarge([[0.0, 4.0]], (1, 4)).tolist() == [[0.0, 1.0, 3.0, 4.0]]
    assert enlarge([[0.0], [4.0]], (4, 1)).ravel().tolist() == [0.0, 1.0, 3.0, 4.0]


def test_the_same_shape_is_the_same_picture():
    images = load_digits().images[:5]
    assert np.array_equal(enlarge(images, (8, 8)), images)


@pytest.mark.parametrize("shape", [(28, 28), (8, 9), (13, 8), (64, 31)])
def test_range_mirror_symmetry_and_constants_are_kept(shape):
    images = load_digits().images[:20]
    large = enlarge(images, shape)
    assert large.shape == (20, *shape)
    assert large.min() >= images.min() and large.max() <= images.max() + 1e-12
    assert np.allclose(enlarge(images[:, ::-1, ::-1], shape), large[:, ::-1, ::-1])
    assert np.allclose(enlarge(np.full((8, 8), 3.0), shape), 3.0)


def test_any_number_of_leading_axes_and_the_dtype():
    rng = np.random.default_rng(0)
    images = rng.random((2, 3, 4, 5)).astype(np.float32)
    large = enlarge(images, (6, 7))
    assert large.shape == (2, 3, 6, 7) and large.dtype == np.float32
    assert np.allclose(large[1, 2], enlarge(images[1, 2], (6, 7)))
    assert enlarge(np.ones((2, 2), dtype=int), (3, 3)).dtype == np.float64
    assert enlarge(np.ones((0, 2, 2)), (3, 3)).shape == (0, 3, 3)


@pytest.mark.parametrize(
    "images, shape",
    [(np.ones(8), (9, 9)), (np.ones((8, 8)), (7, 9)), (np.ones((0, 8)), (9, 9))],
)
def test_what_cannot_be_enlarged_is_refused(images, shape):
    with pytest.raises(ValueError, match="not smaller; got images"):
        enlarge(images, shape)


@pytest.mark.parametrize("shape", [(28, 28), (11, 23)])
def test_equals_torch(shape):
    torch = pytest.importorskip("torch")
    images = load_digits().images[:50]
    theirs = torch.nn.functional.interpolate(
        torch.from_numpy(images)[:, None], size=shape, mode="bilinear", align_corners=False
    )
    assert np.allclose(enlarge(images, shape), theirs[:, 0].numpy(), atol=1e-12)
