"""Decision trees: questions about one feature at a time, until the answer is clear."""

from .decision_tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)
from .drawing import draw_tree
from .export_text import export_text
from .id3_c45 import C45Classifier, ID3Classifier
from .structure import Tree

__all__ = [
    "C45Classifier",
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "ExtraTreeClassifier",
    "ExtraTreeRegressor",
    "ID3Classifier",
    "Tree",
    "draw_tree",
    "export_text",
]
