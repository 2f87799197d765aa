"""Small facts about the project that stand in two places, or must not stand in any."""

import os
import re
import subprocess

import pytest
from house_rules import PACKAGE, ROOT

from ml_from_scratch import __version__

MACHINE_PATH = re.compile(r"(?<![\w.~}/-])/(?:tmp|root|work|home)(?:/|\b)")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def names_in(requirements):
    """The distributions named in a list of requirements."""
    return {re.match(r"[\w-]+", requirement).group() for requirement in requirements}


def expanded(extras, pyproject):
    """All requirements of some extras, their own extras included."""
    table = pyproject["project"]["optional-dependencies"]
    found = []
    for requirement in (r for extra in extras for r in table[extra]):
        inner = re.match(r"ml-from-scratch-lab\[([\w,-]+)\]", requirement)
        found += expanded(inner.group(1).split(","), pyproject) if inner else [requirement]
    return found


def test_the_version_is_the_same_everywhere():
    newest = re.search(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", read("CHANGELOG.md"), re.MULTILINE)
    cited = dict(
        re.findall(r"^(version|date-released): (\S+)$", read("CITATION.cff"), re.MULTILINE)
    )
    assert newest.groups() == (cited["version"], cited["date-released"])
    assert newest.group(1) == __version__


def test_numpy_is_the_only_dependency(pyproject):
    assert names_in(pyproject["project"]["dependencies"]) == {"numpy"}


def test_the_oldest_python_is_the_same_everywhere(pyproject, bootstrap):
    oldest = f"3.{bootstrap.MINIMUM[1]}"
    assert bootstrap.MINIMUM[0] == 3
    assert pyproject["project"]["requires-python"] == f">={oldest}"
    listed = [c.rpartition(" ")[2] for c in pyproject["project"]["classifiers"] if " 3." in c]
    assert oldest == min(listed, key=lambda v: int(v.split(".")[1]))
    short = "py" + oldest.replace(".", "")
    assert pyproject["tool"]["ruff"]["target-version"] == short
    assert pyproject["tool"]["black"]["target-version"] == [short]


def test_the_oldest_numpy_is_the_one_that_the_floor_tests(pyproject):
    (promised,) = pyproject["project"]["dependencies"]
    oldest = promised.replace("numpy>=", "")
    assert f"numpy=={oldest}.*" in pyproject["project"]["optional-dependencies"]["floor"]


def test_every_task_installs_extras_that_exist(bootstrap, extras):
    for name, (_, needed, _) in bootstrap.TASKS.items():
        assert set(needed or []) <= set(extras), name


def test_the_two_commands_never_install_torch(pyproject, bootstrap):
    for task in ("lab", "test"):
        assert "torch" not in names_in(expanded(bootstrap.TASKS[task][1], pyproject))
    everything = expanded(pyproject["project"]["optional-dependencies"], pyproject)
    assert "torch" not in names_in(everything)


def test_dev_is_all_that_the_requirements_file_installs(pyproject, bootstrap):
    assert "-e .[dev]" in read("requirements-dev.txt").splitlines()
    for task in ("test", "lint"):
        needed = expanded(bootstrap.TASKS[task][1], pyproject)
        assert set(needed) <= set(expanded(["dev"], pyproject))


def test_make_and_bootstrap_know_the_same_tasks(bootstrap):
    (line,) = re.findall(r"^TASKS := (.*)$", read("Makefile"), re.MULTILINE)
    assert line.split() == list(bootstrap.TASKS)
    assert re.search(r"^\.DEFAULT_GOAL := lab$", read("Makefile"), re.MULTILINE)


def test_the_workflow_runs_tasks_that_exist(bootstrap):
    used = re.findall(r"bootstrap\.py (\w+)", read(".github/workflows/ci.yml"))
    assert used and set(used) <= set(bootstrap.TASKS)


def test_the_ci_script_runs_the_command_of_the_readme():
    assert re.search(r"\bmake test\b", read(".ci/run")) and "make test" in read("README.md")
    assert os.name == "nt" or os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_licence_names_the_author():
    assert "Amman Hussain Ansari and contributors" in read("LICENSE")
    assert "Ansari" in read("CITATION.cff")


# ---- no path of a machine ------------------------------------------------------------------------
def tracked_files():
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=str(ROOT), capture_output=True)
    if answer.returncode:
        pytest.skip("this is not a checkout of git")
    return [ROOT / name for name in answer.stdout.decode().split("\0") if name]


def test_no_file_names_a_path_of_a_machine():
    files = [path for path in tracked_files() if path.is_file()]
    assert any(path.match(f"src/{PACKAGE}/__init__.py") for path in files)
    found = []
    for path in files:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # data, not text
        found += [f"{path}:{i}: {x}" for i, x in enumerate(lines, 1) if MACHINE_PATH.search(x)]
    assert found == []


@pytest.mark.parametrize("folder", ["tmp", "root", "work", "home"])
def test_a_machines_path_would_be_noticed(folder):
    assert MACHINE_PATH.search(f"open('/{folder}/me/x')")
    assert MACHINE_PATH.search(f"cd /{folder}")
    assert not MACHINE_PATH.search(f"https://example.org/{folder}/page")
    assert not MACHINE_PATH.search(f"here/{folder}/x and ../{folder}/y and /{folder}ing")
