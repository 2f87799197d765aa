"""Chapter: the recorded computation of one small loss, as a table and as a drawing."""

from __future__ import annotations

import numpy as np

from ...core import Parameter, draw, explain
from .chapters import chapter, repeat


@chapter(
    "computation",
    "What the engine records",
    "Three houses, two facts about each, and a price: a linear model's squared error, computed by ordinary NumPy. "
    "Because the weights are Parameters, every step was recorded, together with the rule that will carry the "
    "derivative back. The rules come straight out of the table of derivatives.",
)
def write(report, seed):
    """Record, explain, draw; see Chapter."""
    rng = np.random.default_rng(seed)
    X = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 5.0]])
    y = np.array([2.0, 3.0, 5.0])
    w, b = Parameter(rng.normal(size=2).round(2), "w"), Parameter(0.5, "b")
    error = X @ w + b - y
    loss = np.mean(error**2)
    names = {"X": X, "y": y, "error": error, "loss": loss}
    report.listing("error = X @ w + b - y\nloss = np.mean(error**2)")
    table = explain(loss, names=names)
    report.listing(table.text(width=110))
    report.picture(
        draw(loss, names=names).svg,
        "The same as a graph: values flow down, gradients flow back up. "
        + repeat("computation", seed),
    )
    value = loss.item()
    loss.backward()
    report.paragraph(
        "loss.backward() walked that path and left the gradients in the parameters: "
        f"w.grad = {w.grad.round(4).tolist()}, b.grad = {round(float(b.grad), 4)}. "
        f"By hand, (2 / n) Xᵀ error gives {(2 / 3 * X.T @ error.data).round(4).tolist()}."
    )
    return f"a loss of {value:.4f} and its gradients, explained"
