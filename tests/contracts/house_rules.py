"""The rules of the house, read off the source: which module may import what.

``violations(sources)`` takes the text of every module by its dotted name and returns sentences. The
modules are read, never imported, so that a rule can be shown to catch a small made-up source, too.
"""

from __future__ import annotations

import ast
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "ml_from_scratch"

# One line a floor: a package imports from the lines above its own, never from its neighbours.
FLOORS = """
backend
core
losses distributions
optimizers datasets utils
neural models
transformers diffusion rl
experiments exercises
cli
"""
FLOOR = {name: i for i, line in enumerate(FLOORS.split("\n")) for name in line.split()}

# Other libraries, each imported where it is used and only there. Nothing else, and none on top.
OPTIONAL = {
    "cupy": ["backend"],
    "gymnasium": ["rl"],
    "joblib": ["core.parallel", "experiments"],
    "matplotlib": ["utils.plotting", "experiments"],
    "pandas": ["core"],
    "polars": ["core"],
    "sklearn": ["core", "experiments.lab", "experiments.reference"],
    "tensorboardX": ["neural.loggers"],
    "torch": ["experiments.reference"],
    "tqdm": ["core.progress"],
    "yaml": ["experiments"],
}
# Where the world outside may be asked how things should be: files, runs, the command line.
READS_ENVIRONMENT = ["backend", "datasets", "utils.plotting", "experiments", "cli"]
GENERATORS = {"Generator", "RandomState", "SeedSequence", "BitGenerator", "default_rng"}


class Import(NamedTuple):
    """One import: of a dotted name, on a line, inside a function or at the module's top."""

    name: str
    line: int
    lazy: bool


def read_sources(root: Path = ROOT / "src") -> dict[str, str]:
    """Return the text of every module of the package by its dotted name."""
    sources = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        sources[name] = path.read_text(encoding="utf-8")
    return sources


def violations(sources: dict[str, str]) -> list[str]:
    """Return one sentence for every broken rule; an empty list is a house in order."""
    packages = {name.rpartition(".")[0] for name in sources}
    trees = {name: ast.parse(text) for name, text in sources.items()}
    imports = {
        name: list(dict.fromkeys(imports_of(tree, name, name in packages, sources)))
        for name, tree in trees.items()
    }
    return [
        *(problem for name in sources for problem in _own_imports(name, imports[name])),
        *(problem for name in sources for problem in _foreign_imports(name, imports[name])),
        *(problem for name in sources for problem in _global_state(name, trees[name])),
        *_circles(imports),
    ]


# ---- reading imports -----------------------------------------------------------------------------
def imports_of(tree: ast.Module, module: str, is_package: bool, sources) -> Iterator[Import]:
    """Yield what a module imports; ``from package import x`` means package.x where that is one."""
    for node, lazy in _walk(tree, False):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                kept = module.split(".")[: len(module.split(".")) - node.level + is_package]
                base = ".".join(kept + [node.module] * bool(node.module))
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield Import(whole if whole in sources else base, node.lineno, lazy)


def _walk(node: ast.AST, lazy: bool):
    """Yield (node, whether it runs only when a function is called)."""
    yield node, lazy
    inner = lazy or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, inner)


def _is_ours(name: str) -> bool:
    return name.split(".")[0] == PACKAGE


def _home(name: str) -> str:
    """The package of the second level: core for ml_from_scratch.core.tensor; empty for the root."""
    return (name.split(".") + [""])[1]


def _within(module: str, places) -> bool:
    inner = module.partition(".")[2]
    return any(inner == place or inner.startswith(place + ".") for place in places)


# ---- the rules -----------------------------------------------------------------------------------
def _own_imports(module: str, imports: list[Import]) -> Iterator[str]:
    """Downhill only, and in plain sight."""
    here = _home(module)
    if here and here not in FLOOR:
        yield f"{module}: {here} has no floor; give it one in tests/contracts/house_rules.py."
        return
    for name, line, lazy in imports:
        if not _is_ours(name):
            continue
        there = _home(name)
        if lazy:
            yield f"{module}:{line} hides the import of {name} in a function."
        elif not here and there:
            yield f"{module}:{line} imports {name}: importing the package must cost nothing."
        elif there and there != here and FLOOR.get(there, 99) >= FLOOR[here]:
            yield f"{module}:{line} imports {name}, which is not on a floor below."


def _foreign_imports(module: str, imports: list[Import]) -> Iterator[str]:
    """NumPy and the standard library; other libraries only lazily and where OPTIONAL says."""
    for name, line, lazy in imports:
        library = name.split(".")[0]
        if _is_ours(name) or library == "numpy" or library in STANDARD_LIBRARY - {"random"}:
            continue
        if library == "random":
            yield f"{module}:{line} imports random: randomness is a numpy Generator handed down."
        elif not _within(module, OPTIONAL.get(library, [])):
            yield f"{module}:{line} imports {library}, which has no place there."
        elif not lazy:
            yield f"{module}:{line} imports {library} at the top: import it where it is used."


def _global_state(module: str, tree: ast.Module) -> Iterator[str]:
    """No global random numbers; no environment variable steers the maths."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "numpy.random":
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Attribute) and _dotted(node.value) in RANDOM:
            names = [node.attr]
        elif isinstance(node, ast.Attribute) and _dotted(node) in ("os.environ", "os.getenv"):
            if not _within(module, READS_ENVIRONMENT):
                yield f"{module}:{node.lineno} reads an environment variable."
            continue
        else:
            continue
        for name in set(names) - GENERATORS:
            yield f"{module}:{node.lineno} uses np.random.{name}, the global state."


def _circles(imports: dict[str, list[Import]]) -> Iterator[str]:
    """No module waits for itself: depth first, the path so far kept."""
    graph = {m: [i.name for i in found if i.name in imports] for m, found in imports.items()}
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> Iterator[str]:
        if module in path:
            yield "a circle: " + " -> ".join(path[path.index(module) :] + [module])
        elif module not in done:
            for name in graph[module]:
                yield from visit(name, path + [module])
            done.add(module)

    for module in graph:
        yield from visit(module, [])


def _dotted(node: ast.AST) -> str:
    """np.random for the expression np.random; empty for anything that is not a dotted name."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _standard_library() -> set[str]:
    if sys.version_info >= (3, 10):
        return set(sys.stdlib_module_names)
    folder = Path(sysconfig.get_paths()["stdlib"])
    return {p.name.split(".")[0] for p in [*folder.iterdir(), *folder.glob("lib-dynload/*")]} | {
        *sys.builtin_module_names
    }


RANDOM = ("np.random", "numpy.random")
STANDARD_LIBRARY = _standard_library()
