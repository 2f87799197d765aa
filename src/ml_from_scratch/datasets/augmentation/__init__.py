"""Images changed at random, so that a network learns what does not matter: a few pixels, a few degrees.

Every change is a small object, called with a batch of images and a Generator; it returns new images of
the same dtype. ``Compose`` puts several into one.
"""

from .base import Augmentation, Compose
from .cutout import Cutout
from .flip import Flip
from .mixup import MixUp
from .rotate import Rotate
from .shift import RandomCrop, Shift

__all__ = ["Augmentation", "Compose", "Cutout", "Flip", "MixUp", "RandomCrop", "Rotate", "Shift"]
