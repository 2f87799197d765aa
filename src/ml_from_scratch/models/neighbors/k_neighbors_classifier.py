r"""k nearest neighbours vote on the class.

With :math:`N(x)` the k points of the training set nearest to x, and :math:`v_i` their weights (all 1,
or one over the distance), the estimate of a class's probability is its share of the votes:

.. math:: \hat p_c(x) = \sum_{i \in N(x)} v_i\, [y_i = c] \Big/ \sum_{i \in N(x)} v_i \tag{1}

Nothing is learned but the data themselves; all work is in finding the neighbours (``brute_force``,
``kd_tree``). A small k follows every sample, noise included; a large k smooths.

Source: Cover and Hart, Nearest neighbor pattern classification, 1967.
"""

from __future__ import annotations

import numpy as np

from ...core.estimator import ClassifierMixin
from .neighbors_base import _Neighbors


class KNeighborsClassifier(ClassifierMixin, _Neighbors):
    """The class that most of the nearest neighbours have; of equals the first in order.

    The neighbours are exact, whatever the algorithm: by distance in float64, and of points at equal
    distance that of the lower index. y has one column.

    Parameters
    ----------
    n_neighbors : int
        How many neighbours vote.
    weights : {"uniform", "distance", None} or callable
        "uniform" or None: every neighbour has one vote. "distance": one over its distance, and if
        neighbours lie exactly on the query only they vote. A callable turns an array of distances
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
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted.
    effective_metric_ : str
        The distance by its own name.
    effective_metric_params_ : dict
        The power of a distance that has no name of its own.
    n_samples_fit_ : int
        The number of points.
    outputs_2d_ : bool
        Always False, for scikit-learn's sake.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
    >>> model = KNeighborsClassifier(n_neighbors=3).fit(X, y)
    >>> model.predict([[1.1]]).tolist(), model.predict_proba([[1.1]]).round(2).tolist()
    (['low'], [[0.33, 0.67]])
    """

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
        y : array-like of shape (n_samples,)
            Their classes.

        Returns
        -------
        KNeighborsClassifier
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        X, self.classes_, self._y, _ = self._check_X_labels(X, y)
        self.outputs_2d_ = False
        self._remember(X)
        return self

    def predict(self, X) -> np.ndarray:
        """Return the class of each sample.

        Parameters
        ----------
        X : None or array-like of shape (n_samples, n_features)
            Samples. None asks for the points of ``fit``, each judged by the others.
        """
        votes = self._votes(X)
        return self.classes_[votes.argmax(axis=1)]

    def predict_proba(self, X) -> np.ndarray:
        """Return the share of the votes of each class, of shape (n_samples, n_classes).

        Parameters
        ----------
        X : None or array-like of shape (n_samples, n_features)
            Samples, as for ``predict``.
        """
        votes = self._votes(X)
        shares = votes / votes.sum(axis=1, keepdims=True)  # (1)
        return shares.astype(self._fit_X.dtype, copy=False)

    def _votes(self, X) -> np.ndarray:
        indices, weights = self._neighbors(X)
        n, n_classes = len(indices), len(self.classes_)
        ballots = self._y[indices] + n_classes * np.arange(n)[:, None]
        votes = np.bincount(
            ballots.ravel(), None if weights is None else weights.ravel(), n * n_classes
        )
        return votes.reshape(n, n_classes)
