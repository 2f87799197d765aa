"""Say what ``import ml_from_scratch`` costs over ``import numpy``, and fail if it is too much.

    python scripts/import_cost.py

The import is timed by itself, after NumPy's, in fresh interpreters; the median counts. Another
statement may be given in place of the import, to try this script.
"""

import statistics
import subprocess
import sys

LIMIT = 0.050  # seconds over numpy
HEAVY = {"matplotlib", "sklearn", "scipy", "pandas", "torch", "tqdm"}
TIMER = """
import sys, time
import numpy
start = time.perf_counter()
{}
print(time.perf_counter() - start)
print(*sys.modules)
"""


def measure(statement):
    """Return the seconds that the statement takes after numpy in a fresh interpreter, and the modules."""
    code = TIMER.format(statement)
    seconds, modules = subprocess.check_output([sys.executable, "-c", code]).decode().splitlines()
    return float(seconds), set(modules.split())


def main(statement="import ml_from_scratch", rounds=7):
    """Measure, report, and return the exit status."""
    runs = [measure(statement) for _ in range(rounds)]
    extra = statistics.median(seconds for seconds, _ in runs)
    heavy = HEAVY & runs[0][1]
    print(f"{statement}: {1e3 * extra:.1f} ms over numpy")
    if heavy:
        print(f"it pulls in {', '.join(sorted(heavy))}, which belongs where it is used")
    if extra > LIMIT:
        print(f"too slow: the limit is {1e3 * LIMIT:.0f} ms")
    return 1 if heavy or extra > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
