r"""ID3 and C4.5: the classic decision trees, which ask about a feature and branch for every answer.

How uncertain is the class of a sample drawn from S, in which a share :math:`p_k` is of class k, and
how much does it help to know feature A, which divides S into the parts :math:`S_v`?

.. math::
    H(S) &= - \sum_k p_k \log_2 p_k \tag{1} \\
    \mathrm{Gain}(S, A) &= H(S) - \sum_v \frac{|S_v|}{|S|} H(S_v) \tag{2}

ID3 asks the feature of the largest gain, and goes on in each part with the features not yet asked. A
feature with many values wins too easily (a date divides everything, and predicts nothing), so C4.5
divides by what it costs to say which value it is, and takes, among the features of at least average
gain, the one with the largest ratio:

.. math::
    \mathrm{SplitInfo}(S, A) &= - \sum_v \frac{|S_v|}{|S|} \log_2 \frac{|S_v|}{|S|} \tag{3} \\
    \mathrm{GainRatio} &= \mathrm{Gain} / \mathrm{SplitInfo} \tag{4}

C4.5 also asks whether a number is above a threshold: of the m - 1 cuts between m different values it
takes the one of largest gain, and pays for the choice:

.. math:: \mathrm{Gain}(S, A \le t) - \log_2 (m - 1) / |S| \tag{5}

And it prunes without other data, by pessimism: of a leaf that errs on a share f of its N samples it
believes the upper end of a confidence interval (z standard deviations up),

.. math::
    U = \frac{f + \frac{z^2}{2N} + z \sqrt{\frac{f}{N} - \frac{f^2}{N} + \frac{z^2}{4N^2}}}
        {1 + \frac{z^2}{N}} \tag{6}

and a branch becomes a leaf if that errs no more often.

These are for reading; for work take DecisionTreeClassifier. Not here: missing values, sample
weights, subsets of categories, and C4.5's raising of subtrees.

Sources: J. R. Quinlan, Induction of decision trees (1986), for ID3 and the example; C4.5: Programs
for machine learning (1993); Improved use of continuous attributes in C4.5 (1996), for (5); I. Witten
and E. Frank, Data mining (2005), section 6.1, for (6) in this form.
"""

from __future__ import annotations

import numbers
from statistics import NormalDist

import numpy as np

from ...core.checks import check_number, encode_labels
from ...core.estimator import BaseEstimator, ClassifierMixin
from ...core.registry import storable
from ...utils.preprocessing.categories import columns_of, encode, find_categories

FEW = 1e-12  # a smaller gain is rounding


@storable
class Node:
    """A part of the samples: how many of each class, and the question that divides it, if any."""

    def __init__(self, counts):
        self.counts = counts  # (n_classes,)
        self.feature = -1  # -1: a leaf
        self.threshold = None  # of a number; None for categories
        self.answers: list = []  # numbers of categories; or 0 (up to the threshold) and 1
        self.children: list = []

    def become_leaf(self) -> None:
        """Forget the question."""
        self.feature, self.threshold, self.answers, self.children = -1, None, [], []


class _WayOfQuinlan(ClassifierMixin, BaseEstimator):
    """What ID3 and C4.5 share: recursion, predictions, and the tree in words."""

    _tags = {"string": True}
    root_: Node

    def fit(self, X, y):
        """Grow the tree.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples: strings or numbers, a column of one kind.
        y : array-like of shape (n_samples,)
            Their labels.

        Returns
        -------
        self
            The estimator itself.

        Raises
        ------
        ValueError
            If the data or a parameter are unusable.
        """
        check_number("max_depth", self.max_depth, least=1, integer=True, optional=True)
        self._check_settings()
        checked = self._check_X(X, fitting=True, numeric=False)
        self.classes_, index = encode_labels(y, len(checked), used_by=type(self).__name__)
        columns = columns_of(X)
        self.categories_ = [
            None if self._is_continuous(column) else find_categories(column) for column in columns
        ]
        self._dtype = "float32" if checked.dtype == np.float32 else "float64"
        self.root_ = self._grow(self._codes(columns), index, set(range(len(columns))), 0)
        return self

    def _check_settings(self) -> None:
        pass

    def _is_continuous(self, column) -> bool:
        return False

    def _codes(self, columns) -> np.ndarray:
        """Return the columns as numbers: those of categories (-1: never seen), or themselves."""
        return np.column_stack(
            [
                column.astype(np.float64) if known is None else encode(column, known)
                for column, known in zip(columns, self.categories_)
            ]
        )

    def _grow(self, codes, y, features, depth) -> Node:
        """Return the tree of these samples: a leaf, or the best question and a tree per answer."""
        node = Node(np.bincount(y, minlength=len(self.classes_)))
        full_grown = self.max_depth is not None and depth >= self.max_depth
        if np.count_nonzero(node.counts) == 1 or full_grown:
            return node
        question = self._best_question(codes, y, sorted(features))
        if question is None:
            return node
        node.feature, node.threshold = question
        answers = self._answers(codes[:, node.feature], node.threshold)
        left = features - {node.feature} if node.threshold is None else features
        for answer in np.unique(answers).tolist():
            part = answers == answer
            node.answers.append(int(answer))
            node.children.append(self._grow(codes[part], y[part], left, depth + 1))
        return node

    @staticmethod
    def _answers(column, threshold) -> np.ndarray:
        return column.astype(np.intp) if threshold is None else (column > threshold).astype(np.intp)

    def _best_question(self, codes, y, features):
        """Return (feature, threshold or None), or None if no question helps."""
        raise NotImplementedError

    # ---- answers ---------------------------------------------------------------------------------
    def predict_proba(self, X) -> np.ndarray:
        """Return the shares of the classes where each sample ends, (n_samples, n_classes).

        A category that was never seen ends where it is asked for, with the shares that are there.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        self._check_X(X, numeric=False)
        codes = self._codes(columns_of(X))
        shares = np.empty((len(codes), len(self.classes_)), self._dtype)
        waiting = [(self.root_, np.arange(len(codes)))]
        while waiting:
            node, rows = waiting.pop()
            shares[rows] = node.counts / node.counts.sum()
            if node.children:
                answers = self._answers(codes[rows, node.feature], node.threshold)
                waiting += [
                    (child, rows[answers == answer])
                    for answer, child in zip(node.answers, node.children)
                ]
        return shares

    def predict(self, X) -> np.ndarray:
        """Return the most common class where each sample ends.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples.
        """
        winners = self.predict_proba(X).argmax(axis=1)
        return self.classes_[winners]

    def describe(self, feature_names=None) -> str:
        """Return the tree in words, a line for each answer.

        Parameters
        ----------
        feature_names : None or list of str
            What the features are called; None: their names in the data frame, or x0, x1, ...
        """
        self._check_is_fitted()
        if feature_names is None:
            generic = [f"x{j}" for j in range(self.n_features_in_)]
            feature_names = getattr(self, "feature_names_in_", generic)
        return "\n".join(self._lines(self.root_, list(feature_names), ""))

    def _lines(self, node, names, indent):
        if not node.children:
            yield f"{indent}{self._verdict(node)}"
            return
        for answer, child in zip(node.answers, node.children):
            if node.threshold is None:
                told = f"= {self.categories_[node.feature][answer]}"
            else:
                told = f"{'>' if answer else '<='} {node.threshold:g}"
            line = f"{indent}{names[node.feature]} {told}"
            if child.children:
                yield line
                yield from self._lines(child, names, indent + "|  ")
            else:
                yield f"{line}: {self._verdict(child)}"

    def _verdict(self, node) -> str:
        right, n = int(node.counts.max()), int(node.counts.sum())
        label = self.classes_[node.counts.argmax()]
        return f"{label} ({n})" if right == n else f"{label} ({right} of {n})"


class ID3Classifier(_WayOfQuinlan):
    """ID3: ask the feature of the largest information gain, branch for each of its values.

    Every feature is a set of categories. Numbers are taken as such too: each different number is a
    category of its own, and one not seen before gets the majority of the node that asks for it. For
    numbers C45Classifier or DecisionTreeClassifier, which cut at thresholds, are better.

    Parameters
    ----------
    max_depth : None or int
        The most questions in a row.

    Attributes
    ----------
    root_ : Node
        The tree.
    categories_ : list of ndarray
        The values of each feature.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    Quinlan's Saturday mornings: is it a day for tennis?

    >>> days = '''sunny hot high weak no, sunny hot high strong no, overcast hot high weak yes,
    ...     rain mild high weak yes, rain cool normal weak yes, rain cool normal strong no,
    ...     overcast cool normal strong yes, sunny mild high weak no, sunny cool normal weak yes,
    ...     rain mild normal weak yes, sunny mild normal strong yes, overcast mild high strong yes,
    ...     overcast hot normal weak yes, rain mild high strong no'''
    >>> table = np.array([day.split() for day in days.split(",")])
    >>> model = ID3Classifier().fit(table[:, :4], table[:, 4])
    >>> print(model.describe(["outlook", "temperature", "humidity", "wind"]))
    outlook = overcast: yes (4)
    outlook = rain
    |  wind = strong: no (2)
    |  wind = weak: yes (3)
    outlook = sunny
    |  humidity = high: no (3)
    |  humidity = normal: yes (2)
    """

    def __init__(self, max_depth=None):
        self.max_depth = max_depth

    def _best_question(self, codes, y, features):
        gains = [gain(codes[:, j].astype(np.intp), y) for j in features]
        if not gains or max(gains) <= FEW:
            return None
        return features[int(np.argmax(gains))], None


class C45Classifier(_WayOfQuinlan):
    """C4.5: gain ratio, thresholds for numbers, and pruning by a pessimistic guess of the error.

    Columns of numbers are cut at thresholds, all others branch for each of their values.

    Parameters
    ----------
    max_depth : None or int
        The most questions in a row.
    min_samples_leaf : int
        At least two answers of a question must be given by so many samples.
    confidence : None or float
        How much the error on the training samples is believed, above 0 and up to 0.5: the lower,
        the more is pruned. None leaves the tree as it has grown.

    Attributes
    ----------
    root_ : Node
        The tree.
    categories_ : list of ndarray or None
        The values of each feature; None where it is a number.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        The number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a data frame with names that are strings.

    Examples
    --------
    >>> from ml_from_scratch.datasets import load_iris
    >>> iris = load_iris()
    >>> model = C45Classifier(max_depth=2).fit(iris.data, iris.target)
    >>> print(model.describe(["sepal length", "sepal width", "petal length", "petal width"]))
    petal width <= 0.8: 0 (50)
    petal width > 0.8
    |  petal width <= 1.75: 1 (49 of 54)
    |  petal width > 1.75: 2 (45 of 46)
    """

    def __init__(self, max_depth=None, min_samples_leaf=2, confidence=0.25):
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.confidence = confidence

    def fit(self, X, y):
        """Grow the tree, and prune it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples: strings or numbers, a column of one kind.
        y : array-like of shape (n_samples,)
            Their labels.

        Returns
        -------
        C45Classifier
            The estimator itself.
        """
        super().fit(X, y)
        if self.confidence is not None:
            prune(self.root_, -NormalDist().inv_cdf(self.confidence))
        return self

    def _check_settings(self):
        check_number("min_samples_leaf", self.min_samples_leaf, least=1, integer=True)
        check_number("confidence", self.confidence, above=0, most=0.5, optional=True)

    def _is_continuous(self, column):
        if column.dtype.kind != "O":
            return column.dtype.kind in "biuf"
        return all(isinstance(value, numbers.Real) for value in column.tolist())

    def _best_question(self, codes, y, features):
        asked = [(j, *self._ask(codes[:, j], y, self.categories_[j] is None)) for j in features]
        useful = [(j, t, g, ratio) for j, t, g, ratio in asked if g > FEW]
        if not useful:
            return None
        average = sum(g for _, _, g, _ in useful) / len(useful)
        worthy = [question for question in useful if question[2] >= average - FEW]
        j, threshold, _, _ = max(worthy, key=lambda question: question[3])
        return j, threshold

    def _ask(self, column, y, is_number):
        """Return (threshold or None, gain, gain ratio) of a feature; gain 0 if it cannot be asked."""
        if is_number:
            threshold, g = best_threshold(column, y, self.min_samples_leaf)
            answers = self._answers(column, threshold)
        else:
            threshold, answers = None, column.astype(np.intp)
            large = np.count_nonzero(np.bincount(answers) >= self.min_samples_leaf)
            g = gain(answers, y) if large >= 2 else 0.0
        if g <= FEW:
            return None, 0.0, 0.0
        return threshold, g, g / split_information(answers)  # (4)


# ---- information ---------------------------------------------------------------------------------
def entropy(counts) -> np.ndarray:
    """Return the entropy, in bits, of class counts along the last axis.

    >>> round(float(entropy(np.array([9, 5]))), 3), float(entropy(np.array([4, 0])))
    (0.94, 0.0)
    """
    total = counts.sum(axis=-1, keepdims=True)
    p = counts / np.maximum(total, 1)
    return -(p * np.log2(np.where(p > 0.0, p, 1.0))).sum(axis=-1) + 0.0  # (1)


def gain(answers, y) -> float:
    """Return the information that answers, numbered from 0, give about the class.

    >>> outlook = np.array([0, 0, 1, 2, 2, 2, 1, 0, 0, 2, 0, 1, 1, 2])  # sunny, overcast, rain
    >>> tennis = np.array([0, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0])
    >>> round(gain(outlook, tennis), 3)
    0.247
    """
    counts = np.zeros((answers.max() + 1, y.max() + 1))
    np.add.at(counts, (answers, y), 1.0)
    parts = counts.sum(axis=1) / len(y)
    return float(entropy(counts.sum(axis=0)) - (parts * entropy(counts)).sum())  # (2)


def split_information(answers) -> float:
    """Return how many bits it takes to say which answer was given."""
    return float(entropy(np.bincount(answers)))  # (3)


def best_threshold(x, y, least):
    """Return the cut of numbers with the largest gain, with ``least`` samples on each side."""
    order = np.argsort(x, kind="stable")
    x, labels = x[order], y[order]
    below = np.cumsum(np.eye(y.max() + 1)[labels], axis=0)[:-1]  # (n - 1, K)
    above = below[-1] + np.eye(y.max() + 1)[labels[-1]] - below if len(below) else below
    n_below = np.arange(1, len(x))
    allowed = (x[1:] > x[:-1]) & (n_below >= least) & (len(x) - n_below >= least)
    if not allowed.any():
        return 0.0, 0.0
    left_over = (n_below * entropy(below) + (len(x) - n_below) * entropy(above)) / len(x)
    best = int(np.where(allowed, left_over, np.inf).argmin())
    cuts = np.count_nonzero(x[1:] > x[:-1])
    g = entropy(below[0] + above[0]) - left_over[best] - np.log2(cuts) / len(x)  # (5)
    return float(x[best] / 2 + x[best + 1] / 2), float(g)


# ---- pruning -------------------------------------------------------------------------------------
def pessimistic_errors(counts, z) -> float:
    """Return how many errors to expect of a leaf with these counts, z standard deviations up.

    >>> round(pessimistic_errors(np.array([4, 2]), 0.69) / 6, 2)
    0.47
    """
    n = counts.sum()
    f = 1.0 - counts.max() / n
    spread = z * np.sqrt(f / n - f**2 / n + z**2 / (4 * n**2))
    return float(n * (f + z**2 / (2 * n) + spread) / (1.0 + z**2 / n))  # (6)


def prune(node, z) -> float:
    """Turn branches into leaves from below, where that errs no more; return the errors to expect."""
    as_leaf = pessimistic_errors(node.counts, z)
    if not node.children:
        return as_leaf
    as_branch = sum(prune(child, z) for child in node.children)
    if as_leaf <= as_branch:
        node.become_leaf()
        return as_leaf
    return as_branch
