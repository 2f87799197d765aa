"""Histograms: sums by feature and bin, whichever way and in how many blocks they are made."""

import numpy as np
import pytest

from ml_from_scratch.models.ensembles.hist_gradient_boosting import histograms
from ml_from_scratch.models.ensembles.hist_gradient_boosting.histograms import (
    HistogramBuilder,
    Weights,
)


@pytest.mark.parametrize("few_rows", [0, 10_000])
@pytest.mark.parametrize("add_at", [True, False])
@pytest.mark.parametrize("constant", [True, False])
def test_totals_are_the_sums_of_the_definition(few_rows, add_at, constant, monkeypatch):
    monkeypatch.setattr(histograms, "BLOCK", 64)
    monkeypatch.setattr(histograms, "FEW_ROWS", few_rows)
    monkeypatch.setattr(histograms, "ADD_AT_IS_FAST", add_at)
    rng = np.random.default_rng(0)
    bins = rng.integers(0, 8, (3, 500)).astype(np.uint8)
    g, h = rng.normal(size=(2, 1, 500)).astype(np.float32).astype(float)
    h = np.abs(h)
    weights = Weights(g, None if constant else h)
    rows = [None, np.flatnonzero(bins[0] > 2), np.array([7])]
    totals = HistogramBuilder(bins, 8).totals(rows, 3 * [weights.packed[0]])
    sums = np.empty((weights.n_sums, *totals.shape))
    weights.unpack(totals, sums)
    for node, some in enumerate([np.arange(500), *rows[1:]]):
        for f in range(3):
            for b in range(8):
                chosen = some[bins[f, some] <= b]
                expected = [g[0, chosen].sum(), h[0, chosen].sum(), len(chosen)]
                expected = [expected[0], expected[2]] if constant else expected
                np.testing.assert_allclose(sums[:, node, f, b], expected, rtol=1e-9, atol=1e-9)
