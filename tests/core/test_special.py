"""The incomplete beta function and what follows from it: closed forms, laws, and scipy."""

import math
import warnings

import numpy as np
import pytest

from ml_from_scratch.core.special import (
    f_tail,
    incomplete_beta,
    student_t_quantile,
    student_t_tail,
)

SHARES = np.r_[0.0, 1e-300, 1e-8, np.linspace(0.01, 0.99, 25), 1.0]


@pytest.fixture(autouse=True)
def no_numpy_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("b", [0.5, 1.0, 7.0, 300.0])
def test_closed_form_for_one_shape_of_one(b):
    np.testing.assert_allclose(incomplete_beta(1.0, b, SHARES), 1 - (1 - SHARES) ** b, atol=1e-14)
    np.testing.assert_allclose(incomplete_beta(b, 1.0, SHARES), SHARES**b, rtol=1e-12)


@pytest.mark.parametrize("a, b", [(0.5, 0.5), (3.0, 0.7), (40.0, 900.0), (1e4, 0.5)])
def test_is_a_distribution_and_symmetric(a, b):
    values = incomplete_beta(a, b, SHARES)
    assert values[0] == 0.0 and values[-1] == 1.0 and (np.diff(values) >= 0).all()
    np.testing.assert_allclose(values, 1 - incomplete_beta(b, a, 1 - SHARES), atol=1e-12)


def test_one_degree_of_freedom_is_cauchy():
    t = np.array([-1e9, -2.0, 0.0, 1e-8, 1.0, 50.0, 1e12])
    exact = [math.atan2(1.0, value) / math.pi for value in t]
    np.testing.assert_allclose(student_t_tail(t, 1.0), exact, rtol=1e-13)


def test_the_ends():
    t = np.array([np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(student_t_tail(t, 3.0), [0.0, 1.0, np.nan])
    np.testing.assert_array_equal(f_tail(np.array([0.0, np.inf, np.nan]), 2.0, 3.0), [1, 0, np.nan])


def test_the_square_of_t_is_f():
    t = np.array([0.1, 1.0, 3.0, 20.0])
    np.testing.assert_allclose(f_tail(t**2, 1.0, 7.0), 2 * student_t_tail(t, 7.0), rtol=1e-12)


@pytest.mark.parametrize("df", [0.7, 1.0, 4.0, 33.0, 1e6])
@pytest.mark.parametrize("p", [0.5, 0.4, 0.025, 1e-7])
def test_quantile_undoes_the_tail(df, p):
    assert float(student_t_tail(student_t_quantile(p, df), df)) == pytest.approx(p, rel=1e-8)


def test_quantile_refuses_what_it_is_not_for():
    for p in (0.0, 0.7, -1.0):
        with pytest.raises(ValueError, match="above 0 and at most 0.5; got"):
            student_t_quantile(p, 3.0)


def test_equals_scipy():
    special, stats = pytest.importorskip("scipy.special"), pytest.importorskip("scipy.stats")
    for a, b in [(0.5, 0.5), (2.0, 3.0), (0.01, 4.0), (100.0, 0.5), (1e3, 1e3), (5e5, 0.5)]:
        expected = special.betainc(a, b, SHARES)
        np.testing.assert_allclose(incomplete_beta(a, b, SHARES), expected, rtol=1e-8, atol=1e-290)
    t = np.array([0.3, 1.0, 2.5, 10.0, 35.0])
    for df in (2.0, 9.0, 120.0, 1e5):
        np.testing.assert_allclose(student_t_tail(t, df), stats.t.sf(t, df), rtol=1e-8, atol=1e-290)
        np.testing.assert_allclose(f_tail(t, 5.0, df), stats.f.sf(t, 5.0, df), rtol=1e-8)
