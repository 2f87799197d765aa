"""The one warning that every iterative model can end with."""

from __future__ import annotations

import warnings

from ..core.checks import outside
from ..core.exceptions import ConvergenceWarning, in_both_worlds


def warn_not_converged(estimator, settings, reason: str) -> None:
    """Warn that a solver stopped before its tolerance was met, and say what can be changed."""
    advice = "Raise max_iter, loosen tol, or bring the features to one scale (StandardScaler)."
    warnings.warn(
        f"{type(estimator).__name__} ({settings.solver}) stopped after max_iter={settings.max_iter} "
        f"iterations: {reason} (tol={settings.tol:g}). {advice}",
        in_both_worlds(ConvergenceWarning),
        stacklevel=outside(),
    )
