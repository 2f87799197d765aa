"""The doctor: what is installed, and whether the maths agrees with itself on this machine."""

from __future__ import annotations

import os
import platform
import tempfile

import numpy as np

from .. import __version__
from ..core import check_gradients, grad
from ..core.checkpoint import load, save
from ..core.random import as_generator
from . import surroundings


def diagnose(say=print) -> int:
    """Tell what is installed, run the checks, and return how many failed."""
    say(
        f"ml-from-scratch-lab {__version__}, Python {platform.python_version()}, NumPy {np.__version__}"
    )
    say(surroundings.machine())
    say("\nOptional libraries")
    for library, (_, purpose) in surroundings.OPTIONAL.items():
        found = surroundings.is_installed(library)
        advice = "" if found else f"   {surroundings.how_to_install(library)}"
        say(
            f"  {library:12} {surroundings.version_of(library):15} {purpose if found else ''}{advice}".rstrip()
        )
    say("\nChecks")
    failed = 0
    for check in CHECKS:
        try:
            check()
            result = "ok"
        except Exception as error:  # the doctor names every illness, whatever its kind
            result, failed = f"FAILED: {type(error).__name__}: {error}", failed + 1
        say(f"  {check.__doc__:62} {result}")
    say(
        "\nAll is well."
        if not failed
        else f"\n{failed} check(s) failed: please report them, with this page."
    )
    return failed


def _first_and_second_derivatives():
    """derivatives equal central differences, at both orders"""
    x = as_generator(0).standard_normal((3, 3))
    check_gradients(lambda x: np.tanh(x @ x) / (1.0 + x**2), (x,), order=2)


def _linear_algebra():
    """derivatives of determinants and eigenvalues equal differences"""
    a = as_generator(1).standard_normal((3, 3))
    check_gradients(lambda a: np.linalg.slogdet(a @ a.T + np.eye(3))[1], (a,))
    check_gradients(lambda a: np.linalg.eigh(a + a.T)[0], (a,), rtol=1e-5)


def _float32():
    """float32 stays float32"""
    g = grad(lambda x: np.mean(np.exp(x) * 2.0))(np.ones(3, np.float32))
    if g.dtype != np.float32:
        raise TypeError(f"a float32 gradient came out as {g.dtype}")


def _seeds():
    """the same seed gives the same bits"""
    if not np.array_equal(
        as_generator(7).standard_normal(100), as_generator(7).standard_normal(100)
    ):
        raise ValueError("two generators of one seed differ")


def _checkpoint():
    """a checkpoint comes back bit for bit"""
    tree = {"weights": as_generator(2).standard_normal(10), "epoch": 3, "name": "doctor"}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "doctor.npz")
        save(path, tree)
        back = load(path)
    if back["weights"].tobytes() != tree["weights"].tobytes() or back["epoch"] != 3:
        raise ValueError("what was read differs from what was written")


CHECKS = (_first_and_second_derivatives, _linear_algebra, _float32, _seeds, _checkpoint)
