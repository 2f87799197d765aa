r"""Five small, real data sets that come with the package and need no network.

Each is a gzipped CSV in ``data/``: a header with the features' names, then one sample a line with
its target last. ``data/about.json`` says what they are, where they are from and under what terms.
``scripts/make_bundled_data.py`` wrote all of it from scikit-learn's copies.
"""

from __future__ import annotations

import json

import numpy as np

from .bunch import Bunch


def load_iris(*, return_X_y=False):
    """Load 150 irises of three species, 4 measurements each: the gentlest classification.

    Source: R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of
    Eugenics 7 (1936). Licence: CC BY 4.0 (UCI Machine Learning Repository).

    Parameters
    ----------
    return_X_y : bool
        Whether to return only the two arrays.

    Returns
    -------
    Bunch
        ``data`` (150, 4) float64, ``target`` (150,) int, ``feature_names``, ``target_names`` and
        ``description``; or the tuple ``(data, target)``.

    Examples
    --------
    >>> X, y = load_iris(return_X_y=True)
    >>> X.shape, y.shape, load_iris().target_names.tolist()
    ((150, 4), (150,), ['setosa', 'versicolor', 'virginica'])
    """
    return _classes("iris", return_X_y)


def load_wine(*, return_X_y=False):
    """Load 178 wines of three growers, 13 chemical measurements on very different scales.

    Source: M. Forina et al., PARVUS (1988). Licence: CC BY 4.0 (UCI Machine Learning Repository).

    Parameters
    ----------
    return_X_y : bool
        Whether to return only the two arrays.

    Returns
    -------
    Bunch
        ``data`` (178, 13) float64, ``target`` (178,) int, ``feature_names``, ``target_names`` and
        ``description``; or the tuple ``(data, target)``.
    """
    return _classes("wine", return_X_y)


def load_breast_cancer(*, return_X_y=False):
    """Load 569 tumours, 30 measurements of cell nuclei each: malignant (0) or benign (1).

    Source: W. N. Street, W. H. Wolberg and O. L. Mangasarian, "Nuclear feature extraction for
    breast tumor diagnosis" (1993). Licence: CC BY 4.0 (UCI Machine Learning Repository).

    Parameters
    ----------
    return_X_y : bool
        Whether to return only the two arrays.

    Returns
    -------
    Bunch
        ``data`` (569, 30) float64, ``target`` (569,) int, ``feature_names``, ``target_names`` and
        ``description``; or the tuple ``(data, target)``.
    """
    return _classes("breast_cancer", return_X_y)


def load_digits(*, return_X_y=False):
    """Load 1797 handwritten digits as 8x8 pictures with grey levels from 0 to 16.

    Source: E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits" (1998), the
    test part. Licence: CC BY 4.0 (UCI Machine Learning Repository).

    Parameters
    ----------
    return_X_y : bool
        Whether to return only the two arrays.

    Returns
    -------
    Bunch
        ``data`` (1797, 64) float64, ``images`` (1797, 8, 8), ``target`` (1797,) int,
        ``feature_names``, ``target_names`` and ``description``; or the tuple ``(data, target)``.

    See Also
    --------
    enlarge : To 28x28, for a network that expects pictures the size of MNIST's.
    """
    bunch = _classes("digits", return_X_y=False)
    bunch.images = bunch.data.reshape(-1, 8, 8)
    return (bunch.data, bunch.target) if return_X_y else bunch


def load_diabetes(*, return_X_y=False, scaled=True):
    r"""Load 442 patients, 10 measurements each, and how their diabetes advanced in a year.

    Like scikit-learn's, the features come centred, and scaled so that the squares of each column
    sum to one:

    .. math::

        x \leftarrow \frac{x - \bar x}{\sigma_x \sqrt{n}} \tag{1}

    with the column's mean and standard deviation over the n = 442 patients. The target is as it
    was measured, 25 to 346.

    Source: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least angle regression", The
    Annals of Statistics 32 (2004). Published by the authors with no licence stated; this copy is
    scikit-learn's (BSD 3-Clause).

    Parameters
    ----------
    return_X_y : bool
        Whether to return only the two arrays.
    scaled : bool
        Whether to scale; otherwise the features have the units in which they were measured.

    Returns
    -------
    Bunch
        ``data`` (442, 10) and ``target`` (442,), both float64, ``feature_names``,
        ``target_names`` (None) and ``description``; or the tuple ``(data, target)``.

    Examples
    --------
    >>> X, y = load_diabetes(return_X_y=True)
    >>> X.shape, bool(np.allclose((X**2).sum(axis=0), 1.0))
    ((442, 10), True)
    """
    bunch = _read("diabetes")
    x = bunch.data
    if scaled:
        bunch.data = (x - x.mean(axis=0)) / (x.std(axis=0) * len(x) ** 0.5)  # (1)
    return (bunch.data, bunch.target) if return_X_y else bunch


def _classes(name, return_X_y):
    """Read a classification problem, whose targets are integers."""
    bunch = _read(name)
    bunch.target = bunch.target.astype(int)
    return (bunch.data, bunch.target) if return_X_y else bunch


def _read(name) -> Bunch:
    """Read one data set and what is known about it."""
    import gzip  # here, so that importing the generators does not pay for it
    from importlib.resources import files

    folder = files(__package__) / "data"
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))[name]
    lines = gzip.decompress((folder / f"{name}.csv.gz").read_bytes()).decode().splitlines()
    table = np.loadtxt(lines[1:], delimiter=",")
    names = about["target_names"]
    return Bunch(
        data=table[:, :-1].copy(),
        target=table[:, -1].copy(),
        feature_names=lines[0].split(",")[:-1],
        target_names=None if names is None else np.array(names),
        description="{title}\n\n{text}\n\nSource: {source}\nLicence: {licence}".format(**about),
    )
