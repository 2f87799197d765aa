"""Build the wheel and try it alone: its files, its import, and the command without any extra.

    python scripts/check_wheel.py        (or: make wheel)

The wheel goes into a bare environment with NumPy and nothing else, away from this checkout.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "ml_from_scratch"
FIRST_STEPS = """
import sys
import ml_from_scratch
from ml_from_scratch.core import grad
from ml_from_scratch.datasets import load_digits
assert ml_from_scratch.__file__.startswith(sys.prefix), ml_from_scratch.__file__
assert grad(lambda x: x * x)(3.0) == 6.0
assert load_digits().data.shape == (1797, 64)
"""


def main() -> int:
    """Build, look inside, install, import; return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build(Path(folder))
        missing = missing_files(wheel)
        if missing:
            print("the wheel lacks:", *missing, sep="\n  ")
            return 1
        python = bare_environment(Path(folder) / "bare", wheel)
        for code in (
            ["-c", FIRST_STEPS],
            [str(ROOT / "scripts" / "import_cost.py")],
            ["-m", f"{PACKAGE}.cli", "doctor"],
            ["-m", f"{PACKAGE}.cli", "lab", "--only", "gradients"],
        ):
            status = subprocess.call([str(python), "-I", *code], cwd=folder)
            if status:
                return status
        print(f"{wheel.name}: {wheel.stat().st_size / 1e3:.0f} kB, complete, and works alone")
    return 0


def build(folder: Path) -> Path:
    """Build the wheel of this checkout into a folder and return its path."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.check_call([*pip, "--wheel-dir", str(folder), str(ROOT)])
    (wheel,) = folder.glob("*.whl")
    return wheel


def missing_files(wheel: Path) -> list[str]:
    """Return the files of the package, data and all, that the wheel lacks, and the licence."""
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.namelist()
    source = ROOT / "src"
    wanted = [
        path.relative_to(source).as_posix()
        for path in (source / PACKAGE).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    found = [name for name in wanted if name not in packed]
    return found + ["LICENSE"] * (not any(name.endswith("/LICENSE") for name in packed))


def bare_environment(folder: Path, wheel: Path) -> Path:
    """Make an environment that holds the wheel and what it needs, and return its interpreter."""
    venv.create(str(folder), with_pip=False)
    inside = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    python = folder.joinpath(*inside)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    subprocess.check_call([*pip, "install", "--quiet", str(wheel)])
    lines = subprocess.check_output([*pip, "list", "--format", "freeze"], text=True).split()
    installed = {line.partition("==")[0] for line in lines}
    if installed != {"numpy", "ml-from-scratch-lab"}:
        sys.exit(f"the wheel should bring NumPy and nothing else; it brought {installed}")
    return python


if __name__ == "__main__":
    sys.exit(main())
