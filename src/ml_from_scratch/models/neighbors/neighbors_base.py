"""What the models of nearest neighbours share: the index, the search, and the neighbours' weights."""

from __future__ import annotations

import math

import numpy as np

from ...core.checks import check_choice, check_number
from ...core.estimator import BaseEstimator
from ...core.parallel import run_all
from .brute_force import BruteForce
from .kd_tree import KDTree
from .metrics import Minkowski

METRICS = {"manhattan": 1, "l1": 1, "cityblock": 1, "euclidean": 2, "l2": 2, "chebyshev": math.inf}
SPELLED = {1: "manhattan", 2: "euclidean", math.inf: "chebyshev"}
# With each feature a tree's work about doubles, while that of brute force grows with the points. As
# many points for each of 2**n_features boxes make them even: with matrix products, and without.
EVEN_BY_PRODUCT, EVEN_BY_DIFFERENCES = 1500, 250
TASK = 1024  # queries that one worker answers at a time


class _Neighbors(BaseEstimator):
    """Remembers the points, and finds the nearest of them."""

    def _remember(self, X) -> None:
        """Check the parameters and prepare the points X, in float64 whatever their dtype."""
        check_number("n_neighbors", self.n_neighbors, least=1, integer=True)
        check_number("leaf_size", self.leaf_size, least=1, integer=True)
        check_choice("algorithm", self.algorithm, ("auto", "brute", "kd_tree"))
        weights = getattr(self, "weights", None)
        if not callable(weights):
            check_choice("weights", weights, ("uniform", "distance", None))
        self._metric = self._check_metric()
        p = self._metric.p
        self.effective_metric_ = SPELLED.get(p, "minkowski")
        self.effective_metric_params_ = {} if p in SPELLED else {"p": p}
        self.n_samples_fit_ = len(X)
        self._fit_X = X = np.array(
            X, order="C"
        )  # a copy: whoever changes X later changes nothing here
        low, high = (values.astype(np.float64) for values in (X.min(axis=0), X.max(axis=0)))
        self._middle = 0.5 * low + 0.5 * high
        spread = float((0.5 * high - 0.5 * low).max())
        self._scale = self._metric.scale_for(spread or float(np.abs(self._middle).max()))
        self._index = self._make_index(X.astype(np.float64, copy=False), self._scale)

    def _check_metric(self) -> Minkowski:
        if self.metric_params:
            raise ValueError(
                f"metric_params={self.metric_params!r} is not supported: give p by itself, and weigh the "
                "features by multiplying the columns of X."
            )
        if self.metric == "minkowski":
            return Minkowski(check_number("p", self.p, above=0))
        if not isinstance(self.metric, str) or self.metric not in METRICS:
            raise ValueError(
                f"metric must be one of 'minkowski', {', '.join(map(repr, METRICS))}; got "
                f"{self.metric!r}. For the cosine distance scale every row to length 1 (Normalizer): "
                "the Euclidean distance then gives the same neighbours."
            )
        return Minkowski(METRICS[self.metric])

    def _make_index(self, X, scale):
        X = X if scale == 1.0 else X * scale
        algorithm = self.algorithm
        if algorithm == "auto":
            even = EVEN_BY_PRODUCT if self._metric.p == 2.0 else EVEN_BY_DIFFERENCES
            pays = len(X) > even * 2.0 ** X.shape[1] and self.n_neighbors < len(X) // 20
            algorithm = "kd_tree" if pays else "brute"
        if algorithm == "brute":
            return BruteForce(X, self._metric)
        return KDTree(X, self._metric, int(self.leaf_size))

    # ---- the search ------------------------------------------------------------------------------
    def kneighbors(self, X=None, n_neighbors=None, return_distance=True):
        """Return the nearest points of each query, the nearest first; of equals that of lowest index.

        Parameters
        ----------
        X : None or array-like of shape (n_queries, n_features)
            The queries. None asks for the neighbours of each point seen in ``fit``, itself left out.
        n_neighbors : None or int
            How many; None takes the constructor's ``n_neighbors``.
        return_distance : bool
            Whether to return distances, too.

        Returns
        -------
        distances : ndarray of shape (n_queries, n_neighbors)
            In float64; only if ``return_distance``.
        indices : ndarray of shape (n_queries, n_neighbors)
            Rows of the X of ``fit``.

        Raises
        ------
        ValueError
            If more neighbours are asked for than there are.
        """
        self._check_is_fitted()
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        check_number("n_neighbors", k, least=1, integer=True)
        n = self.n_samples_fit_
        queries = self._fit_X if X is None else self._check_X(X)
        if k > n - (X is None):
            known = f"n_samples_fit = {n}, n_samples = {len(queries)}"
            inequality = "<" if X is None else "<="
            raise ValueError(
                f"Expected n_neighbors {inequality} n_samples_fit, but n_neighbors = {k}, {known}. Fit "
                "on more samples or ask for fewer neighbours."
            )
        if X is None:
            distances, indices = _without_self(*self._search(queries, k + 1))
        else:
            distances, indices = self._search(queries, k)
        return (distances, indices) if return_distance else indices

    def _search(self, X, k) -> tuple[np.ndarray, np.ndarray]:
        """Return distances and indices, by as many workers as ``n_jobs`` says."""
        X = X.astype(np.float64, copy=False)
        with np.errstate(over="ignore"):
            distance = np.abs(X - self._middle).max(axis=1) * self._scale
        far = distance > self._metric.largest * 2.0**80
        if far.any():
            return self._search_far(X, k, far)
        Q = X if self._scale == 1.0 else X * self._scale
        if self.n_jobs in (None, 1):
            measures, indices = self._index.query(Q, k)
        else:
            tasks = [(part, k) for part in np.array_split(Q, -(-len(Q) // TASK))]
            found = run_all(self._index.query, tasks, self.n_jobs, threads=True)
            measures, indices = map(np.concatenate, zip(*found))
        return self._metric.distance(measures) / self._scale, indices

    def _search_far(self, X, k, far):
        """Return the same where some queries are so far away that they need a scale of their own."""
        distances, indices = np.empty((len(X), k)), np.empty((len(X), k), dtype=np.int64)
        if not far.all():
            distances[~far], indices[~far] = self._search(X[~far], k)
        points = self._fit_X.astype(np.float64, copy=False)
        for i in np.flatnonzero(far):
            scale = math.ldexp(1.0, -math.frexp(np.abs(X[i]).max())[1])
            index = BruteForce(points * scale, self._metric)
            measures, indices[i] = index.query(X[i : i + 1] * scale, k)
            with np.errstate(over="ignore"):
                distances[i] = self._metric.distance(measures[0]) / scale
        return distances, indices

    # ---- what the neighbours say -----------------------------------------------------------------
    def _neighbors(self, X) -> tuple[np.ndarray, np.ndarray | None]:
        """Return each query's neighbours and their weights (None: all the same), at most 1 each."""
        if self.weights in ("uniform", None):
            return self.kneighbors(X, return_distance=False), None
        distances, indices = self.kneighbors(X)
        if self.weights == "distance":
            return indices, _inverse(distances)
        weights = np.asarray(self.weights(distances), dtype=np.float64)
        if weights.shape != distances.shape or not np.isfinite(weights).all():
            raise ValueError(
                "weights takes an array of distances and returns one of weights, of the same shape "
                f"{distances.shape} and finite; it returned one of shape {weights.shape}."
            )
        if not weights.any(axis=1).all():
            raise ValueError("weights gave 0 to all neighbours of a sample, so that none is left.")
        return indices, weights


def _without_self(distances, indices) -> tuple[np.ndarray, np.ndarray]:
    """Return all but the point itself: k of k + 1 neighbours."""
    others = indices != np.arange(len(indices))[:, None]
    others[others.all(axis=1), -1] = False  # more than k twins of lower index: the last must go
    k = indices.shape[1] - 1
    return distances[others].reshape(-1, k), indices[others].reshape(-1, k)


def _inverse(distances) -> np.ndarray:
    """Return 1 / distance, each row divided by its largest; where a distance is 0 nothing else counts."""
    nearest = distances[:, :1]
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = nearest / distances
    same = (nearest == 0.0) | np.isinf(nearest)
    return np.where(same, distances == nearest, weights)
