"""The set-up script: it picks a Python, falls back where it must, and does nothing twice."""

import json
import os
import subprocess
import sys

import pytest

HERE = sys.version_info[:2]
OLD = ("/old/python", (3, 7))


@pytest.fixture
def checkout(bootstrap, tmp_path, monkeypatch):
    """An empty checkout, whose path has a space, and no variables of the caller's."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(bootstrap, "ROOT", str(folder))
    for name in ("PYTHON", "VENV", "UV_DEFAULT_INDEX", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def commands(bootstrap, monkeypatch):
    """Every command that would run, instead of running it; add a word to .failing to break it."""

    class Commands(list):
        failing: set = set()

        def __call__(self, *command, **options):
            self.append(command)
            return 1 if self.failing & set(command) else 0

    recorder = Commands()
    monkeypatch.setattr(bootstrap, "run", recorder)
    return recorder


def ran(commands, *words):
    return [c for c in commands if set(words) <= set(c)]


# ---- which Python --------------------------------------------------------------------------------
def test_an_interpreter_says_what_it_is(bootstrap):
    path, version = bootstrap.ask_version(sys.executable)
    assert version == HERE and os.path.exists(path)
    assert bootstrap.ask_version("no-such-python") is None
    assert bootstrap.ask_version(sys.executable, "-c", "1/0") is None


def test_in_an_environment_the_base_interpreter_is_named(bootstrap, tmp_path):
    subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "v")])
    inside = tmp_path / "v" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    path, _ = bootstrap.ask_version(str(inside))
    assert not path.startswith(str(tmp_path))


def test_this_python_is_taken_when_it_will_do(bootstrap, checkout):
    assert bootstrap.choose_python()[1] == HERE


def test_a_newer_one_is_looked_for_when_this_is_too_old(bootstrap, checkout, monkeypatch):
    monkeypatch.setattr(bootstrap, "ask_version", lambda *command: OLD)
    monkeypatch.setattr(bootstrap, "find_python", lambda: ("/new/python", (3, 12)))
    assert bootstrap.choose_python() == ("/new/python", (3, 12))


@pytest.mark.parametrize("python", [None, "old"])
def test_too_old_is_said_clearly(bootstrap, checkout, monkeypatch, capsys, python):
    if python:
        monkeypatch.setenv("PYTHON", python)
    monkeypatch.setattr(bootstrap, "ask_version", lambda *command: OLD)
    monkeypatch.setattr(bootstrap, "find_python", lambda: None)
    with pytest.raises(SystemExit):
        bootstrap.choose_python()
    message = capsys.readouterr().err
    assert "Python 3.9 or newer is needed" in message and "/old/python is 3.7" in message


def test_a_python_that_does_not_run_is_said_clearly(bootstrap, checkout, monkeypatch, capsys):
    monkeypatch.setenv("PYTHON", "no-such-python")
    with pytest.raises(SystemExit):
        bootstrap.choose_python()
    assert "PYTHON=no-such-python does not run" in capsys.readouterr().err


def test_a_certain_version_is_found_in_pyenv(bootstrap, tmp_path, monkeypatch):
    python = tmp_path / "versions" / "3.9.18" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    answers = {str(python): (str(python), (3, 9))}
    monkeypatch.setattr(bootstrap, "ask_version", lambda *command: answers.get(command[0]))
    assert bootstrap.find_python((3, 9)) == (str(python), (3, 9))
    assert bootstrap.find_python((3, 10)) is None


def test_the_floor_says_when_it_cannot_be_tested(bootstrap, checkout, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "find_python", lambda version: None)
    assert bootstrap.main(["floor"]) == bootstrap.NOT_HERE != 0
    assert "skipped: no working Python 3.9" in capsys.readouterr().out


# ---- the environment -----------------------------------------------------------------------------
@pytest.fixture
def environment(bootstrap, checkout, commands, monkeypatch):
    """Set up for some extras with everything that costs time replaced; the interpreters' answers."""
    answers = {"base": (sys.executable, HERE), "venv": None}

    def make_venv(venv, *rest):
        os.makedirs(venv, exist_ok=True)
        answers["venv"] = answers["base"]
        commands.append(("venv", rest[-1]))

    monkeypatch.setattr(bootstrap, "make_venv", make_venv)
    monkeypatch.setattr(bootstrap, "find_uv", lambda python, pip: None)
    monkeypatch.setattr(bootstrap, "ask_version", lambda *command: answers["venv"])

    def set_up(*extras):
        commands.clear()
        bootstrap.set_up(str(checkout / ".venv"), answers["base"], list(extras))
        made = [c[1] for c in commands if c[0] == "venv"]
        return made, [c[-1] for c in ran(commands, "install", "-e")]

    set_up.answers = answers
    return set_up


def test_nothing_is_done_twice(environment):
    assert environment("viz", "test") == (["new"], [".[test,viz]"])
    assert environment("viz", "test") == ([], [])
    assert environment("viz") == ([], [])  # a part of what is there


def test_more_extras_are_added_to_those_that_are_there(environment):
    environment("viz")
    assert environment("lint") == ([], [".[lint,viz]"])
    assert environment("viz", "lint") == ([], [])


def test_a_changed_pyproject_is_installed_again(environment, checkout):
    environment("viz")
    (checkout / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert environment("viz") == ([], [".[viz]"])


def test_an_environment_that_does_not_run_is_made_again(environment):
    environment("viz")
    environment.answers["venv"] = None
    assert environment("viz") == (["it does not run"], [".[viz]"])


def test_another_python_asked_for_by_name_makes_it_again(environment, monkeypatch):
    environment("viz")
    environment.answers["base"] = ("other", (3, 99))
    assert environment("viz") == ([], [])  # not asked for: what is there will do
    monkeypatch.setenv("PYTHON", "other")
    made, installed = environment("viz")
    assert len(made) == len(installed) == 1


def test_a_moved_checkout_is_noticed(environment, checkout):
    environment("viz")
    stamp = next(checkout.glob(".venv/*.json"))
    stamp.write_text(json.dumps(dict(json.loads(stamp.read_text()), root="elsewhere")))
    assert environment("viz") == (["it was made elsewhere"], [".[viz]"])


def test_a_failed_installation_leaves_no_note(environment, commands, checkout):
    commands.failing = {"install"}
    with pytest.raises(SystemExit):
        environment("viz")
    assert not list(checkout.glob(".venv/*.json"))
    commands.failing = set()
    assert environment("viz")[1] == [".[viz]"]


# ---- falling back --------------------------------------------------------------------------------
def test_pip_does_it_where_uv_cannot(bootstrap, checkout, commands, monkeypatch):
    monkeypatch.setattr(bootstrap, "find_uv", lambda python, pip: "uv")
    bootstrap.install(sys.executable, "numpy")
    assert len(commands) == 1 and commands[0][0] == "uv"
    commands.failing = {"uv"}
    bootstrap.install(sys.executable, "numpy")
    assert commands[-1][:3] == (sys.executable, "-m", "pip") and commands[-1][-1] == "numpy"


def test_pip_does_it_where_there_is_no_uv(bootstrap, checkout, commands, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    commands.failing = {"uv"}
    bootstrap.install(str(checkout / "bin" / "python"), "numpy")
    assert [c[-1] for c in commands] == ["uv", "numpy"]


def test_without_ensurepip_the_base_pythons_pip_is_used(bootstrap, checkout, commands, monkeypatch):
    monkeypatch.setattr(
        bootstrap, "quiet", lambda *c, **o: 1 if "--without-pip" not in c else bootstrap.run(*c)
    )
    bootstrap.make_venv(str(checkout / "v"), "v/python", ("base", (3, 11)), "new")
    assert ran(commands, "--without-pip") and ran(commands, "base", "--python", "v/python", "pip")
    commands.failing = {"--python"}
    with pytest.raises(SystemExit):
        bootstrap.make_venv(str(checkout / "v"), "v/python", ("base", (3, 11)), "new")


def test_uv_learns_what_pip_is_configured_to_use(bootstrap, checkout, monkeypatch):
    answer = b":env:.cert='/certs.pem'\nglobal.index-url='https://mirror.example/simple'\n"
    monkeypatch.setattr(
        bootstrap.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, answer)
    )
    told = bootstrap.uv_environment("python")
    assert told["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert told["SSL_CERT_FILE"] == "/certs.pem"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.example")
    assert bootstrap.uv_environment("python")["UV_DEFAULT_INDEX"] == "https://mine.example"


def test_torch_comes_by_pip_alone(bootstrap, checkout, commands):
    bootstrap.install_torch("python")
    assert len(commands) == 1 and "import torch" in commands[0]  # it is there already
    commands.failing = {"import torch"}
    bootstrap.install_torch("python")
    assert commands[-1][-1] == bootstrap.TORCH + "+cpu"
    commands.failing = {"import torch", bootstrap.TORCH + "+cpu"}
    bootstrap.install_torch("python")
    assert commands[-1][-1] == bootstrap.TORCH and "--extra-index-url" in commands[-1]
    assert not any("uv" in command for command in commands)


# ---- tasks ---------------------------------------------------------------------------------------
def test_a_task_runs_all_its_commands_and_fails_if_one_does(
    bootstrap, checkout, commands, monkeypatch
):
    monkeypatch.setattr(bootstrap, "set_up", lambda venv, base, extras: "python")
    assert bootstrap.main(["lint"]) == 0 and len(commands) == len(bootstrap.TASKS["lint"][2])
    commands.clear()
    commands.failing = {"flake8"}
    assert bootstrap.main(["lint"]) == 1 and len(commands) == len(bootstrap.TASKS["lint"][2])


def test_what_follows_goes_to_the_command(bootstrap, checkout, commands, monkeypatch):
    monkeypatch.setattr(bootstrap, "set_up", lambda venv, base, extras: "python")
    bootstrap.main(["test", "-k", "ridge"])
    assert commands[-1] == ("python", "-m", "pytest", "-k", "ridge")
    bootstrap.main([])
    assert commands[-1][-1] == "lab" and "mlfs" in commands[-1][0]


def test_help_lists_every_task_and_unknown_ones_are_refused(bootstrap, capsys):
    assert bootstrap.main(["help"]) == bootstrap.main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in bootstrap.TASKS)
    assert bootstrap.main(["tset"]) == 2
    assert "no task 'tset'" in capsys.readouterr().err


def test_clean_leaves_environments_and_results(bootstrap, checkout):
    for name in ("src/p/__pycache__", "dist", ".venv/lib/__pycache__", "runs/lab", "a.egg-info"):
        (checkout / name).mkdir(parents=True)
    assert bootstrap.main(["clean"]) == 0
    left = {p.relative_to(checkout).as_posix() for p in checkout.rglob("*") if p.is_dir()}
    assert left == {
        "src",
        "src/p",
        ".venv",
        ".venv/lib",
        ".venv/lib/__pycache__",
        "runs",
        "runs/lab",
    }
