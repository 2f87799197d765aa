"""Chapter: derivatives, checked before the reader's eyes."""

from __future__ import annotations

import numpy as np

from ...core import grad
from ...losses import CrossEntropy
from .. import surroundings
from ..report import figure_svg
from .chapters import chapter, repeat

STEPS = np.logspace(-13, -0.5, 51)


@chapter(
    "gradients",
    "Can its derivatives be trusted?",
    "A derivative is a limit: (f(x + h u) - f(x - h u)) / 2h approaches the slope of f along u as h shrinks. Here that "
    "quotient, computed without any derivative, stands beside what the engine computes exactly.",
)
def write(report, seed):
    """Check and plot; see Chapter."""
    rows, curves = [], {}
    for i, (name, (f, x)) in enumerate(_functions(seed).items()):
        rng = np.random.default_rng([seed, i])
        u = rng.standard_normal(x.shape)
        exact = float(np.sum(grad(f)(x) * u))
        quotients = np.array([(f(x + h * u) - f(x - h * u)) / (2 * h) for h in STEPS])
        errors = np.abs(quotients - exact) / max(abs(exact), 1e-300)
        best = int(errors.argmin())
        rows.append([name, f"{exact:.12f}", f"{quotients[best]:.12f}", f"{errors[best]:.1e}"])
        curves[name] = errors
    worst = max(errors.min() for errors in curves.values())
    report.table(
        ["function", "slope by the engine", "slope by differences", "relative difference"], rows,
        "Slopes along a random direction; of 51 steps h the best one. " + repeat("gradients", seed),
    )  # fmt: skip
    if surroundings.is_installed("matplotlib"):
        report.picture(
            figure_svg(_valleys(curves)),
            "How far the quotient is off, for each h. From the right it improves with h², until rounding errors, which "
            f"grow as 1/h, take over: the best h lies near the cube root of 1e-16. {repeat('gradients', seed)}",
        )
    if not worst < 1e-7:
        raise ArithmeticError(f"a derivative disagrees with differences by {worst:.1e}")
    return f"{len(rows)} derivatives agree with differences to {worst:.0e}"


def _functions(seed):
    """name -> (function of one array to a number, where)."""
    rng = np.random.default_rng(seed)
    x, A = rng.standard_normal(5), rng.standard_normal((5, 5))
    labels, cross_entropy = rng.integers(0, 5, 3), CrossEntropy(from_logits=True)
    bowl = lambda x: np.sum((A @ x) ** 2)
    return {
        "sum(sin(x))": (lambda x: np.sum(np.sin(x)), x),
        "log(sum(exp(x)))": (lambda x: np.log(np.sum(np.exp(x))), x),
        "softmax with cross-entropy": (
            lambda z: cross_entropy(z, labels),
            rng.standard_normal((3, 5)),
        ),
        "log det of a covariance": (lambda A: np.linalg.slogdet(A @ A.T + np.eye(5))[1], A),
        "largest singular value": (lambda A: np.max(np.linalg.svd(A, compute_uv=False)), A),
        "length of a gradient (second order)": (lambda x: np.sum(grad(bowl)(x) ** 2), x),
    }


def _valleys(curves):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.4))
    axes = figure.subplots()
    colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
    styles = ["-", "--", "-.", ":", (0, (3, 1, 1, 1)), (0, (6, 2))]
    for (name, errors), colour, style in zip(curves.items(), colours, styles):
        axes.loglog(STEPS, np.maximum(errors, 1e-17), label=name, color=colour, linestyle=style)
    axes.set(
        xlabel="step h",
        ylabel="relative error of the quotient",
        title="Differences against the engine's derivative",
    )
    axes.legend(frameon=False, fontsize=9)
    return figure
