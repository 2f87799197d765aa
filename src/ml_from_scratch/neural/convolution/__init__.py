"""Convolutions: one kernel at every place, over time or over images.

Channels come last: sequences are (batch, time, channels), images (batch, height, width, channels), and a
kernel is (*kernel, n_in, n_out). So a dense layer, a recurrent one and a convolution take the same arrays;
a patch of an image lies in memory in long runs, which is what copying it costs; and its product with the
kernel comes out as the next layer wants it. Data with channels first are turned at the border, once:
``np.moveaxis(x, 1, -1)``.

Read ``arithmetic`` for the shapes, ``convolve`` and ``transposed`` for the operations and their gradients,
``groups`` for the two directions that both are made of, ``patches`` and ``alone`` for how they are
computed. Results for one sample equal those of the same sample in a batch to rounding (to 1e-12 of their
size in float64), not bit for bit, since matrix products of different sizes round in different places.
"""

from .convolve import Conv1D, Conv2D, convolve
from .depthwise import DepthwiseConv1D, DepthwiseConv2D
from .transposed import ConvTranspose1D, ConvTranspose2D, convolve_transposed

__all__ = [
    "Conv1D",
    "Conv2D",
    "ConvTranspose1D",
    "ConvTranspose2D",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "convolve",
    "convolve_transposed",
]
