r"""A vision transformer: an image is read like a sentence, whose words are square patches.

With the patches :math:`x_1, \dots, x_N` of an image, each the numbers of p x p pixels in a row, a class token
c that stands for the image as a whole, and a table P of positions,

.. math::
    x_j &= \text{the numbers of patch } j = 1, \dots, N,
           \text{ row after row from the top left}                  \tag{1} \\
    h_0 &= [\, c, \; x_1 E + b, \; \dots, \; x_N E + b \,] + P      \tag{2} \\
    h_l &= \mathrm{block}_l(h_{l-1}), \quad l = 1, \dots, n         \tag{3} \\
    z &= \mathrm{norm}(h_n)_0 \, W + a                              \tag{4}

images: (batch, height, width, channels), x: (batch, N, p p channels) with N = height / p times width / p,
h: (batch, 1 + N, d_model), z: (batch, n_classes) logits. Nothing but P says which patches are neighbours: that
is learnt, so small data need help, such as images moved at random. Source: Dosovitskiy et al. 2021, "An image
is worth 16x16 words", eq. 1 to 4.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import Parameter
from ml_from_scratch.core.checks import check_number
from ml_from_scratch.neural import Dense, Dropout, Layer, LayerNorm, MultiHeadAttention
from ml_from_scratch.neural.initializers import RandomNormal
from ml_from_scratch.neural.layer import matching_dtype, within

from .block import Block
from .feed_forward import FeedForward

# Of the class token and the positions. The 0.02 of the published code suits large models and millions of
# images; beside what a small model makes of its patches it is next to nothing, and order is learnt late:
# on digits moved at random, 92 % instead of 98 % after 40 epochs.
DEVIATION = 0.3


def image_patches(images, patch_size):
    """Return (batch, height, width, channels) as (batch, patches, patch_size^2 channels).

    Raises
    ------
    ValueError
        If patches do not fill the images.

    Examples
    --------
    >>> image = np.arange(8).reshape(1, 2, 4, 1)
    >>> image_patches(image, 2).tolist()
    [[[0, 1, 4, 5], [2, 3, 6, 7]]]
    """
    if images.ndim != 4:
        raise ValueError(
            f"image_patches expects (batch, height, width, channels), got {tuple(images.shape)}."
        )
    B, H, W, C = images.shape
    rows, columns = _grid((H, W, C), patch_size)
    p = patch_size
    x = np.reshape(images, (B, rows, p, columns, p, C))
    return np.reshape(np.swapaxes(x, 2, 3), (B, rows * columns, p * p * C))  # (1)


class VisionTransformer(Layer):
    """Images (batch, height, width, channels) become logits (batch, n_classes).

    Parameters
    ----------
    n_classes : int
        How many logits.
    patch_size : int
        The side of a patch in pixels; it divides height and width.
    n_layers, n_heads, d_model : int
        Blocks, heads of each, and the length of a vector.
    dropout : float
        The probability that a number is dropped in training: of h_0, of the weights of attention, and of
        what each part adds.

    Attributes
    ----------
    class_token : Parameter of shape (d_model,)
    position : Parameter of shape (1 + patches, d_model)
    projection, head : Dense

    Raises
    ------
    ValueError
        If patches do not fill the images, or images have another size than those it was built for.
    TypeError
        If the images are floating-point of another dtype than the weights. Integers are converted.

    Examples
    --------
    >>> model = VisionTransformer(10, patch_size=4, n_layers=1, n_heads=2, d_model=8)
    >>> model.build((8, 8, 1), seed=0)(np.zeros((3, 8, 8, 1), np.float32)).shape
    (3, 10)
    >>> model.position.shape
    (5, 8)
    """

    def __init__(self, n_classes, patch_size, n_layers, n_heads, d_model, dropout=0.0):
        self.n_classes = check_number("n_classes", n_classes, least=1, integer=True)
        self.patch_size = check_number("patch_size", patch_size, least=1, integer=True)
        self.n_layers = check_number("n_layers", n_layers, least=1, integer=True)
        self.n_heads, self.d_model, self.dropout = n_heads, d_model, dropout
        self.projection = Dense(d_model)
        self.drop = Dropout(dropout)
        self.blocks = [
            Block(
                MultiHeadAttention(d_model, n_heads, dropout=dropout),
                FeedForward(d_model),
                dropout=dropout,
            )
            for _ in range(n_layers)
        ]
        self.norm = LayerNorm()
        self.head = Dense(n_classes)

    def create(self, input_shape, rng):
        """Draw the class token and the positions, then the weights of all parts."""
        draw, d = RandomNormal(DEVIATION), self.d_model
        rows, columns = _grid(input_shape, self.patch_size)
        self.class_token = Parameter(draw((d,), rng, self.dtype), "class_token")
        self.position = Parameter(draw((1 + rows * columns, d), rng, self.dtype), "position")
        self.projection.build(self.patch_size**2 * input_shape[-1])
        for i, block in enumerate(self.blocks):
            within(f"blocks.{i}", block.build, (None, d))
        self.norm.build((None, d))
        self.head.build(d)

    def check_shape(self, input_shape):
        """Check that a sample is (height, width, channels), all known, and filled by patches."""
        if len(input_shape) != 3 or not all(input_shape):
            hint = " Give grey images a channel: x[..., None]." if len(input_shape) == 2 else ""
            raise ValueError(
                f"VisionTransformer expects samples of shape (height, width, channels), got {input_shape}.{hint}"
            )
        _grid(input_shape, self.patch_size)

    def output_shape(self, input_shape):
        """(height, width, channels) becomes (n_classes,)."""
        return (self.n_classes,)

    def accept(self, x):
        """Check the axes, the size of the images and the dtype."""
        if x.ndim != 4:
            hint = " Give grey images a channel: x[..., None]." if x.ndim == 3 else ""
            raise ValueError(
                f"VisionTransformer expects (batch, height, width, channels), got {tuple(x.shape)}.{hint}"
            )
        if self._built and tuple(x.shape[1:]) != self.input_shape:
            raise ValueError(
                f"this VisionTransformer was built for images {self.input_shape}, since it has a vector for "
                f"each place of a patch; got {tuple(x.shape[1:])}."
            )
        return matching_dtype(self, x, self.class_token.dtype if self._built else self.dtype)

    def forward(self, x):
        """Return the logits of the classes."""
        patches = self.projection(image_patches(x, self.patch_size))
        c = np.broadcast_to(self.class_token, (x.shape[0], 1, self.d_model))
        h = self.drop(np.concatenate([c, patches], axis=1) + self.position)  # (2)
        for block in self.blocks:
            h = block(h)  # (3)
        return self.head(self.norm(h)[:, 0])  # (4)


def _grid(shape, patch_size):
    """How many patches lie below and beside each other in an image (height, width, channels)."""
    height, width = shape[:2]
    if height % patch_size or width % patch_size:
        raise ValueError(
            f"patches of {patch_size} x {patch_size} pixels do not fill images of {height} x {width}. Take a "
            "patch_size that divides both, or pad or crop the images."
        )
    return height // patch_size, width // patch_size
