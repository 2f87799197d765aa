"""Nearest neighbours without a target: the search by itself, for whatever is to be made of it."""

from __future__ import annotations

from .neighbors_base import _Neighbors


class NearestNeighbors(_Neighbors):
    """Finds the nearest of the points that it has been given.

    The neighbours are exact, whatever the algorithm: by distance in float64, and of points at equal
    distance that of the lower index. scikit-learn's search within a ``radius`` and its sparse graphs
    are not offered.

    Parameters
    ----------
    n_neighbors : int
        How many neighbours ``kneighbors`` returns.
    algorithm : {"auto", "brute", "kd_tree"}
        "brute" compares with every point, by matrix products; "kd_tree" sorts the points into boxes,
        which pays where features are few and points many; "auto" chooses.
    leaf_size : int
        The most points in a box of the tree.
    metric : {"minkowski", "euclidean", "manhattan", "chebyshev"}
        The distance; "l2", "l1" and "cityblock" are other names. All but "minkowski" ignore p.
    p : float
        The power of Minkowski's distance: 2 is the Euclidean one.
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
    >>> model = NearestNeighbors(n_neighbors=2).fit([[0.0], [1.0], [3.0]])
    >>> distances, indices = model.kneighbors([[1.25]])
    >>> distances.tolist(), indices.tolist()
    ([[0.25, 1.25]], [[1, 0]])
    """

    def __init__(
        self,
        *,
        n_neighbors=5,
        algorithm="auto",
        leaf_size=30,
        metric="minkowski",
        p=2,
        metric_params=None,
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    def fit(self, X, y=None):
        """Remember the points.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Points.
        y : None
            For scikit-learn's sake: not used.

        Returns
        -------
        NearestNeighbors
            The estimator itself.
        """
        self._remember(self._check_X(X, fitting=True))
        return self
