"""Naive Bayes: Bayes' rule, as if the features knew nothing of each other."""

from .bernoulli_nb import BernoulliNB
from .categorical_nb import CategoricalNB
from .complement_nb import ComplementNB
from .gaussian_nb import GaussianNB
from .multinomial_nb import MultinomialNB

__all__ = ["BernoulliNB", "CategoricalNB", "ComplementNB", "GaussianNB", "MultinomialNB"]
