"""Pictures of models and their training: each function takes and returns matplotlib axes.

Nothing is imported until something is drawn, nothing is shown (``plt.show()`` is yours), and no
setting of matplotlib is changed.
"""

from .attention import plot_attention
from .boundary import plot_decision_boundary
from .curves import (
    plot_confusion_matrix,
    plot_learning_curve,
    plot_residuals,
    plot_roc_curve,
)
from .filters import plot_filters
from .images import plot_images
from .landscape import filter_normalized_direction, loss_landscape, plot_loss_landscape
from .learning_rates import plot_learning_rates
from .steps import plot_memory, plot_steps

__all__ = [
    "filter_normalized_direction",
    "loss_landscape",
    "plot_attention",
    "plot_confusion_matrix",
    "plot_decision_boundary",
    "plot_filters",
    "plot_images",
    "plot_learning_curve",
    "plot_learning_rates",
    "plot_loss_landscape",
    "plot_memory",
    "plot_residuals",
    "plot_roc_curve",
    "plot_steps",
]
