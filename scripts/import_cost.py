"""Say what ``import ml_from_scratch`` costs over ``import numpy``, and fail if it is too much.

    python scripts/import_cost.py

Each way is timed in fresh interpreters, in turns, so that a busy machine slows both alike; the
medians are compared. Another statement may be given in place of the import, to try this script.
"""

import statistics
import subprocess
import sys

LIMIT = 0.050  # seconds over numpy
HEAVY = {"matplotlib", "sklearn", "scipy", "pandas", "torch", "tqdm"}
TIMER = """
import sys, time
start = time.perf_counter()
import numpy
{}
print(time.perf_counter() - start)
print(*sys.modules)
"""


def measure(statement):
    """Return the seconds that numpy and the statement take in a fresh interpreter, and the modules."""
    code = TIMER.format(statement)
    seconds, modules = subprocess.check_output([sys.executable, "-c", code]).decode().splitlines()
    return float(seconds), set(modules.split())


def main(statement="import ml_from_scratch", rounds=7):
    """Compare, report, and return the exit status."""
    pairs = [(measure("pass")[0], measure(statement)) for _ in range(rounds)]
    numpy = statistics.median(plain for plain, _ in pairs)
    extra = statistics.median(both - plain for plain, (both, _) in pairs)
    heavy = HEAVY & pairs[0][1][1]
    print(f"import numpy {1e3 * numpy:.0f} ms; {statement}: {1e3 * extra:+.1f} ms")
    if heavy:
        print(f"it pulls in {', '.join(sorted(heavy))}, which belongs where it is used")
    if extra > LIMIT:
        print(f"too slow: the limit is {1e3 * LIMIT:.0f} ms")
    return 1 if heavy or extra > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
