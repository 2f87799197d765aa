"""Real data that is too large to bundle: downloaded once, checked, and kept in a data folder."""

from __future__ import annotations

import numpy as np

from ..core.checks import check_choice
from .bunch import Bunch
from .download import download
from .idx import read_idx
from .sources import FILES

DIGITS = tuple("0123456789")
CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)


def fetch_mnist(subset="train", *, return_X_y=False, data_home=None, **options):
    """Fetch MNIST: 60,000 handwritten digits to train on and 10,000 to test, 28x28 pixels.

    Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits" (1998).
    Licence: CC BY-SA 3.0. About 12 MB in all, 10 of them for training.

    Parameters
    ----------
    subset : {"train", "test", "all"}
        Which part; "all" has the training part first.
    return_X_y : bool
        Whether to return only the two arrays.
    data_home : None, str or Path
        The folder for data; None means the environment variable ``MLFS_DATA``, or else a folder
        in the user's cache.
    **options
        ``download_if_missing`` (True), ``show_progress`` (True) and ``timeout`` (20 seconds), as
        in :func:`~ml_from_scratch.datasets.download.download`.

    Returns
    -------
    Bunch
        ``data`` (n_samples, 784) float32 from 0 to 1, ``images`` (n_samples, 28, 28) uint8 as they
        are stored, ``target`` (n_samples,) int, ``target_names`` and ``description``; or the tuple
        ``(data, target)``.

    Raises
    ------
    DownloadError
        If a file is missing and cannot be downloaded; the message says how to put it there by hand.
    ValueError
        If subset is not one of the three.
    """
    text = (
        "MNIST: 70,000 handwritten digits, 28x28 grey levels. Y. LeCun et al. (1998), CC BY-SA 3.0."
    )
    return _images("mnist", subset, return_X_y, data_home, options, DIGITS, text)


def fetch_fashion_mnist(subset="train", *, return_X_y=False, data_home=None, **options):
    """Fetch Fashion-MNIST: pictures of clothes in MNIST's format, and harder to tell apart.

    Source: H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for
    benchmarking machine learning algorithms" (2017). Licence: MIT. About 31 MB in all.

    Parameters
    ----------
    subset, return_X_y, data_home, **options
        As in :func:`fetch_mnist`.

    Returns
    -------
    Bunch or tuple
        As in :func:`fetch_mnist`.

    Raises
    ------
    DownloadError, ValueError
        As in :func:`fetch_mnist`.
    """
    text = (
        "Fashion-MNIST: 70,000 pictures of clothes, 28x28 grey levels. H. Xiao et al. (2017), MIT."
    )
    return _images("fashion_mnist", subset, return_X_y, data_home, options, CLOTHES, text)


def fetch_tiny_shakespeare(*, data_home=None, **options) -> str:
    """Fetch Tiny Shakespeare: 1.1 MB of plays in one string, 65 different characters.

    Source: A. Karpathy, "The unreasonable effectiveness of recurrent neural networks" (2015). The
    text is in the public domain. By custom the first 90 % is for training.

    Parameters
    ----------
    data_home, **options
        As in :func:`fetch_mnist`.

    Raises
    ------
    DownloadError
        As in :func:`fetch_mnist`.
    """
    return download(FILES["tiny_shakespeare"], data_home, **options).read_bytes().decode("utf-8")


def _images(name, subset, return_X_y, data_home, options, target_names, description):
    """Fetch and read a data set of four IDX files."""
    check_choice("subset", subset, ("train", "test", "all"))
    parts = ("train", "test") if subset == "all" else (subset,)

    def read(kind):
        files = [FILES[f"{name} {part} {kind}"] for part in parts]
        return np.concatenate([read_idx(download(file, data_home, **options)) for file in files])

    images, target = read("images"), read("labels").astype(int)
    data = images.reshape(len(images), -1).astype(np.float32) / 255.0
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        images=images,
        target=target,
        target_names=np.array(target_names),
        description=description,
    )
