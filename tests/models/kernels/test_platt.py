"""Probabilities from scores, and from pairs of classes."""

import numpy as np
import pytest

from ml_from_scratch.models.kernels.platt import couple, fit_sigmoid, sigmoid_probability

rng = np.random.default_rng(0)


def test_the_sigmoid_that_made_the_labels_is_found():
    scores = rng.normal(size=20_000)
    positive = rng.random(20_000) < 1.0 / (1.0 + np.exp(-(2.0 * scores - 0.5)))
    A, B = fit_sigmoid(scores, positive)
    assert abs(A + 2.0) < 0.1 and abs(B - 0.5) < 0.1


def test_the_fit_is_a_minimum():
    scores, positive = rng.normal(size=50), rng.random(50) < 0.4
    A, B = fit_sigmoid(scores, positive)
    n = positive.sum()
    t = np.where(positive, (n + 1) / (n + 2), 1 / (52 - n))

    def loss(A, B):
        p = 1.0 / (1.0 + np.exp(A * scores + B))
        return -(t * np.log(p) + (1 - t) * np.log(1 - p)).sum()

    for a, b in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)):
        assert loss(A + a, B + b) > loss(A, B)


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_scores_of_any_size(scale):
    positive = np.array([False, False, True, True])
    A, B = fit_sigmoid(scale * np.array([-2.0, -1.0, 1.0, 2.0]), positive)
    p = sigmoid_probability(scale * np.array([-2.0, 2.0]), A, B)
    assert p[0] < 0.3 < 0.7 < p[1]
    assert fit_sigmoid(np.zeros(4), positive)[1] == pytest.approx(0.0)


def test_pairs_that_agree_are_coupled_exactly():
    p = rng.random((6, 4)) + 0.05
    p /= p.sum(axis=1, keepdims=True)
    r = p[:, :, None] / (p[:, :, None] + p[:, None, :])
    np.testing.assert_allclose(couple(r), p, atol=1e-12)


def test_pairs_that_disagree_give_the_nearest():
    r = np.full((1, 3, 3), 0.5)
    r[0, 0, 1], r[0, 1, 0] = 0.9, 0.1
    r[0, 1, 2], r[0, 2, 1] = 0.8, 0.2
    r[0, 0, 2], r[0, 2, 0] = 0.6, 0.4
    p = couple(r)[0]

    def misfit(p):
        return sum((r[0, j, i] * p[i] - r[0, i, j] * p[j]) ** 2 for i in range(3) for j in range(3))

    assert abs(p.sum() - 1.0) < 1e-12
    for step in ((1, -1, 0), (0, 1, -1), (1, 0, -1)):
        for size in (1e-4, -1e-4):
            assert misfit(p + size * np.array(step)) > misfit(p)
