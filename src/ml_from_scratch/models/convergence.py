"""The one warning that every iterative model can end with."""

from __future__ import annotations

import warnings

from ..core.checks import outside
from ..core.exceptions import ConvergenceWarning, in_both_worlds

ADVICE = "Raise max_iter, loosen tol, or bring the features to one scale (StandardScaler)."


def warn_not_converged(estimator, settings, reason: str, advice: str = ADVICE) -> None:
    """Warn that a solver stopped before its tolerance was met, and say what can be changed.

    ``settings`` has max_iter and tol, and a solver if there are several: a SimpleNamespace from
    ``fit_settings``, or the estimator itself.
    """
    solver = getattr(settings, "solver", None)
    warnings.warn(
        f"{type(estimator).__name__}{f' ({solver})' if solver else ''} stopped after "
        f"max_iter={settings.max_iter} iterations: {reason} (tol={settings.tol:g}). {advice}",
        in_both_worlds(ConvergenceWarning),
        stacklevel=outside(),
    )
