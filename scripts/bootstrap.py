#!/usr/bin/env python3
"""Set the lab up and run it, with nothing but Python: the one home of what ``make`` does.

    python scripts/bootstrap.py lab            set up .venv, run the lab
    python scripts/bootstrap.py test -k ridge  set up, test; what follows goes to the command
    python scripts/bootstrap.py help           every task

A task names the extras of pyproject.toml that it needs and the commands that it runs. They go into
a virtual environment beside this checkout, by uv where uv works and by plain pip elsewhere. What
was installed is noted in the environment (STAMP), so a second run starts at once and offline.

Two variables steer it: PYTHON is the interpreter to build with, VENV the folder of the environment.
The file keeps to a Python that any old interpreter can read, so that it can say it is too old.
"""

from __future__ import print_function

import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys

MINIMUM = (3, 9)  # requires-python in pyproject.toml; a test holds the two together
TORCH = "torch==2.13.0"  # an oracle for tests, never a dependency, and never installed by uv
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STAMP = "ml-from-scratch.json"
NOT_HERE = 77  # exit status of a task that this machine cannot run: neither passed nor failed

LAB = ["bench", "progress", "viz"]
TEST = LAB + ["test"]
PYTEST = ["python", "-m", "pytest"]
DOCTEST = PYTEST + ["--doctest-modules", "src"]

# name: (what it does, extras it needs, commands it runs)
TASKS = {
    "lab": ("set up .venv and run the lab", LAB, [["mlfs", "lab"]]),
    "test": ("set up .venv and pass every test", TEST, [PYTEST]),
    "lint": (
        "black, flake8, ruff, mypy and codespell",
        ["lint"],
        [
            ["python", "-m", "black", "--check", "--quiet", "--diff", "."],
            ["python", "-m", "flake8", "."],
            ["python", "-m", "ruff", "check", "."],
            ["python", "-m", "mypy"],
            ["codespell"],
        ],
    ),
    "format": (
        "rewrite the files as lint wants them",
        ["lint"],
        [["python", "-m", "ruff", "check", "--fix", "."], ["python", "-m", "black", "."]],
    ),
    "doctest": ("run the examples in the docstrings", TEST, [DOCTEST]),
    "oracle": (
        "compare with torch (installs its CPU build), and run on a Dask cluster",
        TEST + ["peers", "cluster"],
        [PYTEST + ["tests/oracle"]],
    ),
    "floor": ("the tests on the oldest Python and NumPy", ["floor"], [PYTEST, DOCTEST]),
    "wheel": ("build the wheel and try it alone", [], [["python", "scripts/check_wheel.py"]]),
    "dev": ("set up .venv with all that development needs", ["dev"], []),
    "clean": ("remove caches and build products (.venv and runs/ stay)", None, []),
    "help": ("show this list", None, []),
}


def main(argv):
    """Run the task named first in argv with the rest as further arguments; return its status."""
    name, extra = (argv[0], argv[1:]) if argv else ("lab", [])
    if name in ("-h", "--help", "help"):
        return show_help()
    if name not in TASKS:
        return fail("there is no task {!r}; there are {}.".format(name, ", ".join(TASKS)))
    if name == "clean":
        return clean()
    _, extras, commands = TASKS[name]
    if name == "floor":
        base = find_python(MINIMUM)
        if base is None:
            say("skipped: no working Python {}.{} on the path or in pyenv.".format(*MINIMUM))
            return NOT_HERE
        venv = os.path.join(ROOT, ".venv-floor")
    else:
        base, venv = choose_python(), os.path.join(ROOT, os.environ.get("VENV") or ".venv")
    python = set_up(venv, base, extras)
    if name == "oracle":
        install_torch(python)
    failed = 0
    for (
        command
    ) in commands:  # all of them, also after a failure: one run shows all there is to mend
        failed = run(executable(python, command[0]), *command[1:] + extra) or failed
    return failed


# ---- which Python ------------------------------------------------------------------------------
def choose_python():
    """Return the (path, version) to build with: $PYTHON, else this one, else a newer one found."""
    named = os.environ.get("PYTHON")
    if named:
        found = ask_version(named)
        if found is None:
            sys.exit(fail("PYTHON={} does not run.".format(named)))
    else:
        found = ask_version(sys.executable)
        if found[1] < MINIMUM:
            found = find_python() or found
    if found[1] < MINIMUM:
        needed = "Python {}.{} or newer is needed".format(*MINIMUM)
        given = "{} is {}.{}".format(found[0], *found[1])
        advice = "Install one from python.org or your system's packages, or name one: PYTHON=/path"
        sys.exit(fail("{}; {} and no newer one was found.\n{}".format(needed, given, advice)))
    return found


def find_python(version=None):
    """Return (path, version) of a working interpreter of that version, or of the newest; or None."""
    minors = [version[1]] if version else range(19, MINIMUM[1] - 1, -1)
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser(os.path.join("~", ".pyenv"))
    for minor in minors:
        name = "3.{}".format(minor)
        installed = glob.glob(os.path.join(pyenv, "versions", name + ".*", "bin", "python"))
        commands = [[shutil.which("python" + name)], [shutil.which("py"), "-" + name]]
        commands += [[path] for path in sorted(installed)]
        for command in commands:
            found = ask_version(*command) if command[0] else None
            if found and found[1] == (3, minor):
                return found
    return None


def ask_version(*command):
    """Return (path, version) as the interpreter itself says, or None if it does not run.

    Inside a virtual environment the path is that of the interpreter it was made from.
    """
    try:
        answer = subprocess.check_output(
            list(command) + ["-c", QUESTION], stderr=subprocess.DEVNULL
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    path, version = answer.decode().splitlines()
    return path, tuple(int(n) for n in version.split())


QUESTION = """
import os, sys
own = getattr(sys, "_base_executable", sys.executable)  # before 3.11 not the base's, but on Windows
base = os.path.join(sys.base_prefix, "bin", "python%d.%d" % sys.version_info[:2])
print(base if sys.prefix != sys.base_prefix and os.path.exists(base) else own)
print("%d %d" % sys.version_info[:2])
"""


# ---- the environment ---------------------------------------------------------------------------
def set_up(venv, base, extras):
    """Make the environment, or bring it up to date, and return its interpreter."""
    inside = ["Scripts", "python.exe"] if os.name == "nt" else ["bin", "python"]
    python = os.path.join(venv, *inside)
    noted = read_stamp(venv)
    current = ask_version(python)
    reason = None
    if current is None:
        reason = "it does not run" if os.path.exists(venv) else "new"
    elif current[1] < MINIMUM or (os.environ.get("PYTHON") and current[1] != base[1]):
        reason = "it has Python {}.{}".format(*current[1])
    elif noted.get("root", ROOT) != ROOT:
        reason = "it was made elsewhere"
    if reason:
        make_venv(venv, python, base, reason)
        noted = {}
    state = {"root": ROOT, "pyproject": digest("pyproject.toml")}
    if all(noted.get(key) == state[key] for key in state):
        if set(extras) <= set(noted["extras"]):
            return python
        extras = set(extras) | set(noted["extras"])
    install(python, "-e", ".[{}]".format(",".join(sorted(extras))) if extras else ".")
    with open(os.path.join(venv, STAMP), "w") as file:
        json.dump(dict(state, extras=sorted(extras)), file, indent=1)
    return python


def make_venv(venv, python, base, reason):
    """Make an environment that has pip, also where Python comes without ensurepip."""
    version = "{}.{}".format(*base[1])
    say("making {} with Python {} ({})".format(os.path.relpath(venv, ROOT), version, reason))
    if quiet(base[0], "-m", "venv", "--clear", venv) == 0:
        return
    say("this Python has no ensurepip: taking its own pip instead")
    bare = run(base[0], "-m", "venv", "--clear", "--without-pip", venv)
    if bare or run(base[0], "-m", "pip", "--python", python, "install", "--quiet", "pip"):
        advice = "On Debian or Ubuntu: apt install python3-venv; elsewhere: PYTHON=/path/to/python3"
        sys.exit(fail("no virtual environment could be made. " + advice))


def install(python, *what):
    """Install into the environment: by uv for speed, by pip if anything about uv fails."""
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install"]
    say("installing {}".format(" ".join(w for w in what if w != "-e")))
    uv = find_uv(python, pip)
    if uv and run(uv, "pip", "install", "--python", python, *what, env=uv_environment(python)) == 0:
        return
    if uv:
        say("uv could not (see above): trying again with pip")
    if run(*pip + list(what)):
        sys.exit(fail("the installation failed (see above). Is the network there?"))


def find_uv(python, pip):
    """Return a uv: the environment's own, the system's, or one that pip brings; or None."""
    own = executable(python, "uv")
    if os.path.exists(own) or shutil.which("uv"):
        return own if os.path.exists(own) else shutil.which("uv")
    return own if quiet(*pip + ["--retries", "1", "uv"]) == 0 else None


def uv_environment(python):
    """Return the variables that tell uv which index and certificates pip is configured to use."""
    environment = dict(os.environ)
    settings = subprocess.run([python, "-m", "pip", "config", "list"], stdout=subprocess.PIPE)
    for line in settings.stdout.decode().splitlines():
        key, _, value = line.partition("=")
        name = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}.get(key.split(".")[-1])
        if name:
            environment.setdefault(name, value.strip("'\""))
    return environment


def install_torch(python):
    """Install torch for the comparisons, its CPU build where one is at hand, unless it is there."""
    if quiet(python, "-c", "import torch") == 0:
        return
    say("installing {} by pip".format(TORCH))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install"]
    cpu = ["--extra-index-url", "https://download.pytorch.org/whl/cpu"]
    if quiet(*pip + [TORCH + "+cpu"]) and run(*pip + cpu + [TORCH]):
        sys.exit(fail("torch could not be installed (see above)."))


# ---- small things ------------------------------------------------------------------------------
def clean():
    """Remove what tools leave behind; the environments and the reader's own results stay."""
    caches = [".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "build", "dist"]
    for folder, below, _ in os.walk(ROOT):
        below[:] = [name for name in below if name != ".git" and not name.startswith(".venv")]
        if os.path.basename(folder) == "__pycache__" or folder.endswith(".egg-info"):
            caches.append(folder)
    for cache in caches:
        shutil.rmtree(os.path.join(ROOT, cache), ignore_errors=True)
    return 0


def show_help():
    """List the tasks."""
    print("make TASK [ARGS=...]    or, without make:    python scripts/bootstrap.py TASK ...\n")
    for name, (about, _, _) in TASKS.items():
        print("  {:<9}{}".format(name, about))
    print(
        "\nPYTHON=/path/to/python3 chooses the interpreter, VENV=folder where the environment lies."
    )
    return 0


def executable(python, name):
    """Return the path of a command that is installed beside the environment's interpreter."""
    if name == "python":
        return python
    return os.path.join(os.path.dirname(python), name + (".exe" if os.name == "nt" else ""))


def read_stamp(venv):
    """Return what a former run noted in the environment, or nothing."""
    try:
        with open(os.path.join(venv, STAMP)) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def digest(name):
    """Return a short fingerprint of a file of the checkout."""
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


def run(*command, **options):
    """Run a command in the checkout, its output shown, and return its exit status."""
    sys.stdout.flush()
    return subprocess.call(list(command), cwd=ROOT, **options)


def quiet(*command):
    """Run a command whose failure is no news, its output hidden, and return its exit status."""
    return run(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def say(message):
    """Print what happens now."""
    print("-- " + message)


def fail(message):
    """Print what went wrong and return the exit status that says so."""
    print("bootstrap: " + message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    if sys.version_info < (3, 6):
        sys.exit("bootstrap: Python 3.9 or newer is needed; this is " + sys.version.split()[0])
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
