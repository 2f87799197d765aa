"""The README and its sister pages keep their word: the code runs, commands, links and files exist."""

import os
import subprocess
import sys

import prose
import pytest
from house_rules import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
WITH_CODE = [n for n in NAMES if prose.blocks((ROOT / n).read_text(encoding="utf-8"), "python")]
RUNNER = ROOT / "tests" / "contracts" / "run_page.py"


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def run(page, folder):
    """Run a page's Python blocks in order, in a fresh interpreter and an empty folder."""
    return subprocess.run(
        [sys.executable, str(RUNNER), str(page)],
        cwd=str(folder),
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_CODE)
def test_the_code_blocks_run_in_order(name, tmp_path):
    answer = run(ROOT / name, tmp_path)
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-4000:]


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name):
    assert prose.broken_links(ROOT / name, ROOT) == []


@pytest.mark.parametrize("name", [n for n in NAMES if n != "CHANGELOG.md"])
def test_the_files_it_names_exist(name):
    assert prose.missing_files(read(name), ROOT) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_commands_it_names_exist(name, bootstrap, extras):
    assert prose.broken_commands(read(name), ROOT, set(bootstrap.TASKS), extras) == []


NAMED = (words for name in NAMES for words in prose.commands(read(name)) if words[0] == "mlfs")
MLFS = sorted({"mlfs"} | {" ".join(words[:2]) for words in NAMED})


@pytest.mark.parametrize("command", MLFS)
def test_mlfs_knows_the_command(command):
    words = command.split()[1:] + ["--help"]
    code = f"import sys; from ml_from_scratch.cli import main; sys.exit(main({words!r}))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr


def test_the_readme_gives_the_two_commands():
    given = [" ".join(words) for words in prose.commands(read("README.md"))]
    assert {"make", "make test"} <= set(given)


# ---- the reader of pages notices what it is for --------------------------------------------------
PAGE = """# A page

See [the plan](docs/plan.md#first-step), [below](#a-page) and `docs/plan.md`.

```python
x = 2
```

```bash
$ make test    # all of them
PYTHON=python3 make lab
python scripts/go.py --fast
pip install -e ".[viz, test]"
git clone somewhere
```

```python
assert x == 2
open("here.txt", "w").close()
```
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "plan.md").write_text("# Plan\n\n## First: *step*!\n")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "go.py").touch()
    return tmp_path


def problems(site, text):
    page = site / "page.md"
    page.write_text(text)
    return [
        *prose.broken_links(page, site),
        *prose.missing_files(text, site),
        *prose.broken_commands(text, site, {"test", "lab"}, {"viz", "test"}),
    ]


def test_a_sound_page_passes(site):
    assert problems(site, PAGE) == []
    answer = run(site / "page.md", site)
    assert answer.returncode == 0, answer.stderr
    assert (site / "here.txt").exists()


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("docs/plan.md#", "docs/plans.md#", "docs/plans.md"),
        ("docs/plan.md#", "../plan.md#", "../plan.md"),
        ("#first-step", "#second-step", "a heading"),
        ("#a-page", "#the-page", "a heading"),
        ("`docs/plan.md`", "`docs/map.md`", "there is no docs/map.md"),
        ("`docs/plan.md`", "`core/gone.py`", "there is no core/gone.py"),
        ("make test", "make tests", "no target tests"),
        ("make lab", "make labs", "no target labs"),
        ("go.py", "gone.py", "there is no scripts/gone.py"),
        ("viz", "vizz", "there is no extra vizz"),
        ("git clone", "farm clone", "nobody knows 'farm'"),
    ],
)
def test_a_planted_mistake_is_caught(site, old, new, words):
    assert old in PAGE
    found = problems(site, PAGE.replace(old, new))
    assert len(found) == 1 and words in found[0], found


@pytest.mark.parametrize(
    "mistake, words",
    [
        ("assert x == 3", "line 19"),
        ("import urllib.request as u; u.urlopen('http://localhost:9')", "without a network"),
    ],
)
def test_code_that_fails_is_caught_on_its_line(site, mistake, words):
    (site / "page.md").write_text(PAGE.replace("assert x == 2", mistake))
    answer = run(site / "page.md", site)
    assert answer.returncode == 1 and words in answer.stderr, answer.stderr
