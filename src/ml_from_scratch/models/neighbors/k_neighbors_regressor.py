r"""k nearest neighbours: the prediction is the mean of their values.

With :math:`N(x)` the k points of the training set nearest to x, and :math:`v_i` their weights (all 1,
or one over the distance):

.. math:: \hat y(x) = \sum_{i \in N(x)} v_i\, y_i \Big/ \sum_{i \in N(x)} v_i \tag{1}

Sources: Fix and Hodges, Discriminatory analysis: nonparametric discrimination, 1951, for the idea;
Shepard, A two-dimensional interpolation function for irregularly-spaced data, 1968, for the weights.
"""

from __future__ import annotations

import numpy as np

from ...core.estimator import RegressorMixin
from .neighbors_base import _Neighbors


class KNeighborsRegressor(RegressorMixin, _Neighbors):
    """The mean, plain or weighted, of the values of the nearest neighbours.

    The neighbours are exact, whatever the algorithm: by distance in float64, and of points at equal
    distance that of the lower index.

    Parameters
    ----------
    n_neighbors : int
        How many neighbours are averaged.
    weights : {"uniform", "distance", None} or callable
        "uniform" or None: every neighbour counts once. "distance": one over its distance, and if
        neighbours lie exactly on the query only they count. A callable turns an array of distances
        into one of weights.
    algorithm : {"auto", "brute", "kd_tree"}
        "brute" compares with every point, by matrix products; "kd_tree" sorts the points into boxes,
        which pays where features are few and points many; "auto" chooses.
    leaf_size : int
        The most points in a box of the tree.
    p : float
        The power of Minkowski's distance: 2 is the Euclidean one.
    metric : {"minkowski", "euclidean", "manhattan", "chebyshev"}
        The distance; "l2", "l1" and "cityblock" are other names. All but "minkowski" ignore p.
    metric_params : None
        For scikit-learn's sake: no distance here has other parameters.
    n_jobs : None or int
        How many workers search (joblib's meaning; threads). The result does not depend on it.

    Attributes
    ----------
    effective_metric_ : str
        The distance by its own name.
    effective_metric_params_ : dict
        The power of a distance that has no name of its own.
    n_samples_fit_ : int
        The number of points.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 10.0, 20.0, 30.0]
    >>> KNeighborsRegressor(n_neighbors=2).fit(X, y).predict([[1.1]]).tolist()
    [15.0]
    """

    _tags = {"multi_output": True}

    def __init__(
        self,
        n_neighbors=5,
        *,
        weights="uniform",
        algorithm="auto",
        leaf_size=30,
        p=2,
        metric="minkowski",
        metric_params=None,
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.metric = metric
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    def fit(self, X, y):
        """Remember the data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Points.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their values.

        Returns
        -------
        KNeighborsRegressor
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        X, y, _ = self._check_Xy(X, y, multi_output=True)
        self._y = y.copy()
        self._remember(X)
        return self

    def predict(self, X) -> np.ndarray:
        """Return the values, of shape (n_samples,) or (n_samples, n_outputs) as in ``fit``.

        Parameters
        ----------
        X : None or array-like of shape (n_samples, n_features)
            Samples. None asks for the points of ``fit``, each judged by the others.
        """
        indices, weights = self._neighbors(X)
        y = self._y[indices]  # (n, k) or (n, k, outputs)
        if weights is None:
            return y.mean(axis=1)
        total = np.einsum("nk,nk...->n...", weights, y)
        weight = weights.sum(axis=1).reshape((-1,) + (1,) * (y.ndim - 2))
        return (total / weight).astype(self._y.dtype, copy=False)  # (1)
