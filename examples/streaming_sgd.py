"""Learning from a file that need not fit into memory, one chunk at a time.

    python examples/streaming_sgd.py [--rows 100000] [--chunk 5000] [--plot PATH]

Samples are written to a file on disk (by chunks, too), which is then mapped: NumPy reads only the
pages that are touched. ``partial_fit`` walks over it once, and every chunk is a test before it is a
lesson, so that the accuracy that is printed is always that on unseen samples. What is in memory is one
chunk, whatever the file's size.
"""

import argparse
import pathlib
import tempfile
import time

import numpy as np

from ml_from_scratch.models import SGDClassifier

FEATURES = 20


def write(path, rows, chunk) -> np.ndarray:
    """Write samples of a noisy linear rule to a file, and return the labels."""
    rng = np.random.default_rng(0)
    rule = rng.normal(size=FEATURES)
    X = np.lib.format.open_memmap(path, mode="w+", dtype=np.float64, shape=(rows, FEATURES))
    y = np.empty(rows, dtype=np.int8)
    for start in range(0, rows, chunk):
        part = slice(start, min(rows, start + chunk))
        X[part] = rng.normal(size=(part.stop - part.start, FEATURES))
        y[part] = X[part] @ rule + rng.logistic(size=part.stop - part.start) > 0
    X.flush()
    return y


def stream(model, path, y, chunk):
    """Test and then learn, chunk by chunk; yield rows seen and the accuracy on each chunk."""
    X = np.load(path, mmap_mode="r")
    for start in range(0, len(X), chunk):
        part = slice(start, start + chunk)
        if start:
            yield start, model.score(X[part], y[part])
        model.partial_fit(X[part], y[part], classes=[0, 1])


def draw(path, seen) -> None:
    """Save a picture of the accuracy on the way, if matplotlib is here."""
    try:
        from matplotlib import pyplot
    except ImportError:
        print('No picture without matplotlib: pip install "ml-from-scratch-lab[viz]".')
        return
    figure, ax = pyplot.subplots()
    for name, pairs in seen.items():
        ax.plot(*zip(*pairs), label=name)
    ax.set(xlabel="samples seen", ylabel="accuracy on the next chunk", title="One pass over a file")
    ax.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, bbox_inches="tight")
    print(f"the curves are at {path}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--chunk", type=int, default=5_000)
    parser.add_argument("--plot", metavar="PATH", default="runs/examples/streaming_sgd.png")
    options = parser.parse_args()

    seen = {}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "samples.npy"
        y = write(path, options.rows, options.chunk)
        size, at_once = path.stat().st_size / 1e6, 8e-6 * FEATURES * options.chunk
        print(
            f"{options.rows:,} samples, a file of {size:.0f} MB, of which {at_once:.1f} MB at a time"
        )
        for name, average in (("the last coefficients", False), ("their running mean", True)):
            model = SGDClassifier("log_loss", average=average, shuffle=False)
            started = time.perf_counter()
            seen[name] = list(stream(model, path, y, options.chunk))
            seconds = time.perf_counter() - started
            late = np.mean([accuracy for _, accuracy in seen[name][-5:]])
            print(f"{name:<24} {late:.2%} in the end, {seconds:.1f} s for testing and learning")
    draw(pathlib.Path(options.plot), seen)


if __name__ == "__main__":
    main()
