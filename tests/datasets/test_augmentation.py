"""Changes of images: worked examples, what never changes, and torch as an oracle."""

import numpy as np
import pytest

from ml_from_scratch.datasets.augmentation import (
    Compose,
    Cutout,
    Flip,
    MixUp,
    RandomCrop,
    Rotate,
    Shift,
)
from ml_from_scratch.datasets.augmentation.base import restored
from ml_from_scratch.datasets.augmentation.rotate import between, rotated
from ml_from_scratch.datasets.augmentation.shift import random_windows

rng = np.random.default_rng(0)
CHANGES = [Shift(2), RandomCrop(5, padding=1), Flip(), Rotate(30), Cutout(3)]
CHANGES.append(Compose([Shift(1), Flip(), Rotate(10), Cutout(2)]))


# ---- what all promise ------------------------------------------------------------------------------
@pytest.mark.parametrize("change", CHANGES, ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "int16", "float16"])
@pytest.mark.parametrize("shape", [(6, 8, 7), (6, 8, 7, 3), (1, 8, 7, 1), (0, 8, 7, 2)])
def test_dtype_and_axes_are_kept_and_the_images_left_alone(change, dtype, shape):
    images = (100 * rng.random(shape)).astype(dtype)
    images.flags.writeable = False
    before = images.copy()
    changed = change(images, rng=0)
    assert changed.dtype == images.dtype and changed.ndim == images.ndim
    assert changed.shape[0] == shape[0] and changed.shape[3:] == shape[3:]
    assert changed.shape[1:3] == ((5, 5) if isinstance(change, RandomCrop) else (8, 7))
    np.testing.assert_array_equal(images, before)
    if changed.size:
        assert changed.min() >= 0 and changed.max() <= images.max()


@pytest.mark.parametrize("change", CHANGES, ids=repr)
def test_one_generator_one_outcome(change):
    images = rng.random((10, 8, 8))
    one, two, other = change(images, rng=3), change(images, rng=3), change(images, rng=4)
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    generator = np.random.default_rng(3)
    np.testing.assert_array_equal(change(images, generator), one)
    assert (change(images, generator) != one).any()  # it has moved on


@pytest.mark.parametrize("change", CHANGES, ids=repr)
def test_images_change_each_in_its_own_way(change):
    changed = change(np.repeat(rng.random((1, 8, 8)), 20, axis=0), rng=0)
    assert len({image.tobytes() for image in changed}) > 1


@pytest.mark.parametrize("change", CHANGES, ids=repr)
def test_colours_and_grey_agree(change):
    images = rng.random((6, 8, 8))
    three = change(np.stack([images, 2.0 * images, images], axis=-1), rng=1)
    np.testing.assert_allclose(three[..., 0], change(images, rng=1))
    np.testing.assert_allclose(three[..., 1], 2.0 * three[..., 0])


@pytest.mark.parametrize("shape", [(8, 8), (64,), (2, 3, 4, 5, 6)])
def test_what_is_no_batch_of_images_is_refused(shape):
    with pytest.raises(ValueError, match=r"Shift takes images \(batch, height, width\)"):
        Shift(1)(np.ones(shape))


def test_numbers_come_back_in_their_dtype_and_its_range():
    values = np.array([300.0, -5.0, 127.5, 128.5])
    assert restored(values, np.dtype(np.uint8)).tolist() == [255, 0, 128, 128]
    assert restored(values, np.dtype(np.float32)).dtype == np.float32
    assert restored(values, np.dtype(np.float64)) is values


# ---- shifts and pieces -----------------------------------------------------------------------------
def test_every_shift_comes_as_often():
    image = np.zeros((1, 5, 5))
    image[0, 2, 2] = 1.0
    shifted = Shift(1)(np.repeat(image, 4500, axis=0), rng=0)
    assert (shifted.sum(axis=(1, 2)) == 1).all()
    counts = shifted.sum(axis=0)
    assert counts[[0, -1]].sum() == counts[:, [0, -1]].sum() == 0
    assert (abs(counts[1:4, 1:4] - 500) < 80).all()


def test_a_shift_by_nothing_changes_nothing():
    images = rng.random((3, 4, 5))
    np.testing.assert_array_equal(Shift(0)(images, rng=0), images)


def test_pieces_are_pieces():
    image = np.arange(20).reshape(1, 4, 5)
    pieces = RandomCrop((3, 2))(np.repeat(image, 300, axis=0), rng=0)
    found = {piece.tobytes() for piece in pieces}
    all_of_them = {image[0, i : i + 3, j : j + 2].tobytes() for i in range(2) for j in range(4)}
    assert found == all_of_them


def test_a_margin_is_black():
    pieces = RandomCrop(2, padding=1)(np.ones((200, 2, 2), int), rng=0)
    assert {int(n) for n in pieces.sum(axis=(1, 2))} == {1, 2, 4}


def test_a_piece_must_fit():
    with pytest.raises(ValueError, match="a piece of 9 x 9 does not fit into images of 8 x 10"):
        random_windows(np.ones((1, 8, 10, 1)), (9, 9), 0, np.random.default_rng(0))


# ---- mirrors ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("direction, axis", [("horizontal", 2), ("vertical", 1)])
def test_a_mirror(direction, axis):
    images = rng.random((400, 3, 4, 2))
    np.testing.assert_array_equal(Flip(1.0, direction)(images, rng=0), np.flip(images, axis))
    np.testing.assert_array_equal(Flip(0.0, direction)(images, rng=0), images)
    mirrored = (Flip(0.25, direction)(images, rng=0) != images).any(axis=(1, 2, 3))
    assert 70 < mirrored.sum() < 130


# ---- turns -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("k", [0, 1, 2, 3])
@pytest.mark.parametrize("n", [4, 5])
def test_quarter_turns_move_pixels_exactly(k, n):
    images = rng.random((3, n, n, 2))
    turned = rotated(images, np.full(3, k * np.pi / 2))
    np.testing.assert_allclose(turned, np.rot90(images, k, axes=(1, 2)), atol=1e-12)


def test_a_half_turn_of_an_oblong():
    images = rng.random((2, 3, 6, 1))
    np.testing.assert_allclose(
        rotated(images, np.full(2, np.pi)), images[:, ::-1, ::-1], atol=1e-12
    )


def test_between_pixels_by_hand():
    image = np.array([[1.0, 2.0], [3.0, 4.0]])[None, :, :, None]
    s, t = np.array([[[0.5, 0.25, 0.0, -0.5, 1.0, 7.0]]]), np.array(
        [[[0.5, 0.0, 0.75, 0.0, 1.5, 0.0]]]
    )
    expected = [2.5, 1.5, 1.75, 0.5, 2.0, 0.0]  # outside is 0
    np.testing.assert_allclose(between(image, s, t).ravel(), expected)


@pytest.mark.parametrize("degrees", [7.0, 33.0, 90.0])
def test_equals_torch_grid_sample(degrees):
    torch = pytest.importorskip("torch")
    images = rng.random((2, 9, 9, 3))
    a = np.deg2rad(degrees)
    matrix = torch.tensor([[np.cos(a), -np.sin(a), 0.0], [np.sin(a), np.cos(a), 0.0]])
    grid = torch.nn.functional.affine_grid(
        matrix[None].repeat(2, 1, 1), (2, 3, 9, 9), align_corners=False
    )
    theirs = torch.nn.functional.grid_sample(
        torch.from_numpy(np.moveaxis(images, -1, 1).copy()), grid, align_corners=False
    )
    ours = rotated(images, np.full(2, a))
    np.testing.assert_allclose(ours, np.moveaxis(theirs.numpy(), 1, -1), atol=1e-12)


def test_angles_are_drawn_to_both_sides():
    image = np.zeros((500, 9, 9))
    image[:, 4, 8] = 1.0  # to the right: turned counterclockwise it is above the middle
    turned = Rotate(20)(image, rng=0)
    above, below = turned[:, :4].sum(axis=(1, 2)), turned[:, 5:].sum(axis=(1, 2))
    assert 150 < ((above > below) & (above > 0)).sum() < 350
    straight = Rotate(0)(image, rng=0)
    np.testing.assert_array_equal(straight, image)


def test_whole_numbers_are_rounded():
    image = np.array([[[0, 255], [0, 255]]], np.uint8)
    s = np.full((1, 1, 1), 0.5)
    assert between(image[..., None], s, s).ravel().tolist() == [128]  # 127.5, to even
    assert between(image[..., None], s, s + 0.5).ravel().tolist() == [255]


# ---- holes -----------------------------------------------------------------------------------------
def test_a_hole_is_a_square_cut_off_at_the_border():
    images = Cutout(3)(np.ones((3000, 5, 6)), rng=0)
    sizes = (images == 0).sum(axis=(1, 2))
    assert set(sizes.tolist()) == {4, 6, 9}
    for image in images[:50]:
        rows, columns = np.nonzero(image == 0)
        assert len(set(rows)) * len(set(columns)) == len(rows)
        assert np.ptp(rows) < 3 and np.ptp(columns) < 3
    covered = (images == 0).mean(axis=0)
    assert covered[2, 2] == pytest.approx(9 / 30, abs=0.05)
    assert covered[0, 0] == pytest.approx(4 / 30, abs=0.05)


# ---- mixtures --------------------------------------------------------------------------------------
def test_inputs_and_targets_are_mixed_alike():
    X = np.eye(6) * 10.0
    X_mixed, y_mixed = MixUp(1.0, n_classes=6).pair(X, np.arange(6), rng=0)
    np.testing.assert_allclose(X_mixed, 10.0 * y_mixed, atol=1e-6)
    np.testing.assert_allclose(y_mixed.sum(axis=1), 1.0, rtol=1e-6)
    assert (np.count_nonzero(y_mixed, axis=1) <= 2).all() and len(set(y_mixed.max(axis=1))) > 3
    assert y_mixed.dtype == np.float32


def test_shares_have_their_distribution():
    X, y = np.zeros((4000, 2)), np.arange(4000.0)
    partner_is_far = np.r_[np.zeros(2000), np.ones(2000)]
    for alpha in (0.2, 1.0):
        _, mixed = MixUp(alpha).pair(X, partner_is_far, rng=0)
        changed = mixed[(mixed > 0) & (mixed < 1)]
        variance = 1.0 / (4.0 * (2.0 * alpha + 1.0))  # of Beta(alpha, alpha)
        assert np.mean((changed - 0.5) ** 2) == pytest.approx(variance, rel=0.1)
    assert y.max() == 3999


def test_a_mixture_by_hand():
    """The share that is drawn is the sample's own: equations (1) to (3)."""
    X, y = np.array([0.0, 1.0, 10.0, 100.0]), np.array([1.0, 2.0, 3.0, 4.0])
    generator = np.random.default_rng(5)
    partner, share = generator.permutation(4), generator.beta(0.4, 0.4, 4)
    X_mixed, y_mixed = MixUp(0.4).pair(X, y, rng=5)
    np.testing.assert_allclose(X_mixed, share * X + (1 - share) * X[partner], rtol=1e-12)
    np.testing.assert_allclose(y_mixed, share * y + (1 - share) * y[partner], rtol=1e-12)


def test_images_and_numbers_of_every_kind():
    images = (255 * rng.random((5, 4, 4, 3))).astype(np.uint8)
    mixed, targets = MixUp(1.0).pair(images, rng.random((5, 2)).astype(np.float32), rng=0)
    assert mixed.dtype == np.uint8 and mixed.shape == images.shape and targets.dtype == np.float32
    mixed, targets = MixUp(1.0).pair(images[:0], np.zeros((0, 2)), rng=0)
    assert len(mixed) == len(targets) == 0
    mixed, targets = MixUp(1.0, n_classes=3).pair(images[:0], np.zeros(0, int), rng=0)
    assert len(mixed) == 0 and targets.shape == (0, 3)


def test_mixup_asks_for_what_it_needs():
    with pytest.raises(TypeError, match="call pair"):
        MixUp()(np.ones((2, 4, 4)))
    with pytest.raises(TypeError, match="n_classes"):
        MixUp().pair(np.ones((2, 4)), np.array([0, 1]))
    with pytest.raises(ValueError, match="labels lie in 0 to 1; got 0 to 2"):
        MixUp(n_classes=2).pair(np.ones((2, 4)), np.array([0, 2]))
    with pytest.raises(ValueError, match="labels lie in 0 to 1; got -1 to 1"):
        MixUp(n_classes=2).pair(np.ones((2, 4)), np.array([-1, 1]))


# ---- several ---------------------------------------------------------------------------------------
def test_several_in_their_order():
    """Each draws from the same generator, one after the other; a plain function may be among them."""
    images = rng.random((5, 6, 6))
    both = Compose([Shift(1), lambda x, rng: x * 2.0, Cutout(2)])(images, rng=7)
    generator = np.random.default_rng(7)
    step = Cutout(2)(Shift(1)(images, generator) * 2.0, generator)
    np.testing.assert_array_equal(both, step)
    assert repr(Compose([Shift(1), Flip()])) == (
        "Compose(changes=[Shift(most=1), Flip(probability=0.5, direction='horizontal')])"
    )


def test_several_with_targets_draw_one_after_the_other():
    images, targets = rng.random((5, 6, 6)), np.arange(5.0)
    both = Compose([Shift(1), MixUp(1.0), Cutout(2)]).pair(images, targets, rng=7)
    generator = np.random.default_rng(7)
    mixed, expected = MixUp(1.0).pair(Shift(1)(images, generator), targets, generator)
    np.testing.assert_array_equal(both[0], Cutout(2)(mixed, generator))
    np.testing.assert_array_equal(both[1], expected)


def test_a_mixture_among_several():
    change = Compose([Shift(1), MixUp(1.0, n_classes=3), lambda x, rng: -x])
    images, targets = change.pair(rng.random((6, 4, 4)), np.arange(6) % 3, rng=0)
    assert images.shape == (6, 4, 4) and images.max() <= 0 and targets.shape == (6, 3)
    with pytest.raises(TypeError, match="call pair"):
        change(np.ones((2, 4, 4)), rng=0)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Shift(-1), "most must be an integer of at least 0"),
        (lambda: RandomCrop(0), "each number in size"),
        (lambda: Flip(1.5), "probability"),
        (lambda: Flip(direction="left"), "direction must be one of"),
        (lambda: Rotate(-1), "degrees"),
        (lambda: Cutout(0), "size must be an integer of at least 1"),
        (lambda: MixUp(0.0), "alpha must be a number above 0"),
    ],
)
def test_settings_are_checked(make, message):
    with pytest.raises(ValueError, match=message):
        make()
