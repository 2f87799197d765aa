"""Naive Bayes: Bayes' rule, as if the features knew nothing of each other."""

__all__: list[str] = []
