"""The house stands as its plan says: imports go downhill, and importing changes nothing."""

import json
import pkgutil
import subprocess
import sys

import house_rules
import pytest
from house_rules import FLOOR, OPTIONAL, ROOT, read_sources, violations

import ml_from_scratch

SCRIPT = ROOT / "scripts" / "import_cost.py"


def test_the_house_is_in_order():
    sources = read_sources()
    assert len(sources) > 30  # it looked at something
    assert violations(sources) == []


def test_every_place_named_by_the_rules_is_on_a_floor():
    places = [place for places in OPTIONAL.values() for place in places]
    places += house_rules.READS_ENVIRONMENT
    assert {place.split(".")[0] for place in places} <= set(FLOOR)


def test_one_module_knows_the_progress_bar():
    assert len(OPTIONAL["tqdm"]) == 1


# ---- the rules catch what they are for: one planted mistake each ---------------------------------
def check(module, text, **others):
    """The violations of a house of a few rooms, one of which holds the text."""
    sources = {"ml_from_scratch": "", f"ml_from_scratch.{module}": text}
    sources.update({f"ml_from_scratch.{k.replace('__', '.')}": v for k, v in others.items()})
    return violations(sources)


@pytest.mark.parametrize(
    "module, text, words",
    [
        ("core.tensor", "from ml_from_scratch.losses import mse", "not on a floor below"),
        ("core.tensor", "from ..losses import mse", "not on a floor below"),
        ("core.tensor", "from .. import losses", "not on a floor below"),
        ("core.tensor", "import ml_from_scratch.cli", "not on a floor below"),
        ("utils.metrics", "from ml_from_scratch.datasets import iris", "not on a floor below"),
        ("models.linear", "from ..neural import Model", "not on a floor below"),
        ("losses.mse", "def f():\n    from ..core import fused", "hides the import"),
        (
            "losses.mse",
            "f = lambda: 1\nclass A:\n    def f(self):\n        from . import a",
            "hides",
        ),
        ("helpers", "", "has no floor"),
        ("models.linear", "import scipy.linalg", "scipy, which has no place"),
        ("models.linear", "def f():\n    import sklearn", "sklearn, which has no place"),
        ("core.estimator", "import sklearn.utils", "at the top"),
        (
            "experiments.lab.tour",
            "try:\n    import matplotlib\nexcept ImportError: ...",
            "at the top",
        ),
        ("utils.metrics", "def f():\n    import matplotlib.pyplot", "has no place"),
        ("neural.training", "def f():\n    from tqdm import tqdm", "has no place"),
        ("models.linear", "def f():\n    import torch", "has no place"),
        ("models.linear", "import random", "imports random"),
        ("models.linear", "import numpy as np\nnp.random.seed(0)", "np.random.seed, the global"),
        ("models.linear", "import numpy\ndef f():\n    numpy.random.rand(3)", "np.random.rand"),
        ("models.linear", "from numpy.random import normal", "np.random.normal"),
        ("optimizers.adam", "import os\nFAST = os.environ['FAST']", "environment variable"),
        ("optimizers.adam", "import os\nFAST = os.getenv('FAST')", "environment variable"),
    ],
)
def test_a_planted_mistake_is_caught(module, text, words):
    found = check(module, text, losses="", cli="", core="", datasets="", neural="")
    assert len(found) == 1 and words in found[0], found


def test_the_root_imports_nothing_of_ours():
    sources = {"ml_from_scratch": "from .core import grad", "ml_from_scratch.core": ""}
    assert "must cost nothing" in violations(sources)[0]


def test_circles_are_caught_within_a_package_and_by_way_of_its_front_door():
    found = check(
        "core.a", "from .b import f", core__b="from . import c", core__c="from . import a"
    )
    assert len(found) == 1 and found[0].count("->") == 3
    front = check("core.a", "from . import helper", core="from .a import f")
    assert len(front) == 1 and "circle" in front[0]


@pytest.mark.parametrize(
    "module, text",
    [
        ("cli", "from ml_from_scratch.core import grad\nfrom .losses import mse"),
        ("core.estimator", "def f():\n    import sklearn.utils"),
        ("experiments.lab.tour", "def f():\n    import sklearn, matplotlib.pyplot"),
        ("core.tensor", "import numpy as np, math, itertools\nrng = np.random.default_rng(0)"),
        ("datasets.download", "import os\nhome = os.environ.get('HOME')"),
        ("experiments.report", "from .. import __version__"),
    ],
)
def test_what_is_right_is_left_alone(module, text):
    assert check(module, text, core="", losses="") == []


# ---- importing ----------------------------------------------------------------------------------
def run(*arguments):
    answer = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_importing_the_package_costs_little_over_numpy():
    run(str(SCRIPT))


def test_the_cost_would_be_noticed():
    for statement, words in [
        ("time.sleep(0.08)", "too slow"),
        ("sys.modules['torch'] = 1", "torch"),
    ]:
        answer = subprocess.run(
            [sys.executable, str(SCRIPT), statement], capture_output=True, text=True
        )
        assert answer.returncode == 1 and words in answer.stdout


EVERY_MODULE = """
import importlib, json, os, random, sys, warnings
import numpy as np

def world():
    legacy = np.random.get_state()
    return [np.geterr(), list(map(str, warnings.filters)), dict(os.environ), random.getstate()[1][:5],
            legacy[1].tolist(), legacy[2], np.get_printoptions(), sys.path, os.getcwd()]

before = world()
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
assert json.dumps(world(), default=str) == json.dumps(before, default=str), "importing changed something"
heavy = {"matplotlib", "sklearn", "scipy", "torch", "pandas", "tqdm", "cupy"} & set(sys.modules)
assert not heavy, f"importing everything pulled in {heavy}"
"""


def test_importing_every_module_changes_nothing_and_pulls_in_nothing_heavy():
    path = ml_from_scratch.__path__
    names = [module.name for module in pkgutil.walk_packages(path, "ml_from_scratch.")]
    assert len(names) > 30
    run("-c", EVERY_MODULE, json.dumps([n for n in names if not n.endswith("__main__")]))
