"""What can be downloaded: each file with its size, its checksum, and the places that have it."""

from __future__ import annotations

from typing import NamedTuple


class RemoteFile(NamedTuple):
    """One file to fetch: where it belongs in the data folder, and how to know it is right."""

    path: str  # relative to the data folder, with forward slashes
    size: int  # in bytes
    algorithm: str  # of hashlib
    checksum: str
    mirrors: tuple[str, ...]  # full addresses, tried in this order

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[-1]


MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
FASHION_MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)
SHAKESPEARE_MIRRORS = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
    "https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt",
    "https://raw.githubusercontent.com/jcjohnson/torch-rnn/master/data/tiny-shakespeare.txt",
)


def _idx_files(folder, mirrors, facts) -> dict[str, RemoteFile]:
    """The four files that MNIST and all that imitate it consist of."""
    return {
        f"{folder} {part}": RemoteFile(
            f"{folder}/{name}", size, "md5", checksum, tuple(mirror + name for mirror in mirrors)
        )
        for (part, name), (size, checksum) in zip(IDX_NAMES.items(), facts)
    }


IDX_NAMES = {
    "train images": "train-images-idx3-ubyte.gz",
    "train labels": "train-labels-idx1-ubyte.gz",
    "test images": "t10k-images-idx3-ubyte.gz",
    "test labels": "t10k-labels-idx1-ubyte.gz",
}

MNIST = [
    (9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    (28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
    (1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
    (4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
]
FASHION_MNIST = [
    (26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    (29_515, "25c81989df183df01b3e8a0aad5dffbe"),
    (4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
    (5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
]

FILES: dict[str, RemoteFile] = {
    **_idx_files("mnist", MNIST_MIRRORS, MNIST),
    **_idx_files("fashion_mnist", FASHION_MIRRORS, FASHION_MNIST),
    "tiny_shakespeare": RemoteFile(
        "tinyshakespeare.txt",
        1_115_394,
        "sha256",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        SHAKESPEARE_MIRRORS,
    ),
}
