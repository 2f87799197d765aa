"""Scores that say how good a prediction is, with scikit-learn's names and values.

Larger is better for what is called a score, smaller for what is called an error or a loss.
"""

from .areas import auc, average_precision_score, roc_auc_score
from .classification import accuracy_score, balanced_accuracy_score, confusion_matrix
from .clustering import (
    adjusted_rand_score,
    completeness_score,
    homogeneity_completeness_v_measure,
    homogeneity_score,
    mutual_info_score,
    normalized_mutual_info_score,
    v_measure_score,
)
from .curves import precision_recall_curve, roc_curve
from .precision_recall import (
    f1_score,
    fbeta_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
)
from .probability import brier_score_loss, log_loss
from .regression import (
    explained_variance_score,
    max_error,
    mean_absolute_error,
    mean_squared_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from .silhouette import silhouette_samples, silhouette_score
from .targets import UndefinedMetricWarning
from .top_k import top_k_accuracy_score

__all__ = [
    "UndefinedMetricWarning",
    "accuracy_score",
    "adjusted_rand_score",
    "auc",
    "average_precision_score",
    "balanced_accuracy_score",
    "brier_score_loss",
    "completeness_score",
    "confusion_matrix",
    "explained_variance_score",
    "f1_score",
    "fbeta_score",
    "homogeneity_completeness_v_measure",
    "homogeneity_score",
    "log_loss",
    "max_error",
    "mean_absolute_error",
    "mean_squared_error",
    "median_absolute_error",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "precision_recall_curve",
    "precision_recall_fscore_support",
    "precision_score",
    "r2_score",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
    "root_mean_squared_error",
    "silhouette_samples",
    "silhouette_score",
    "top_k_accuracy_score",
    "v_measure_score",
]
