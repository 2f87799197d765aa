"""What a kernel buys: curved borders from a linear machine, and functions with error bars.

    python examples/kernel_machines.py [--plot PATH]

First support vector machines on two moons: which samples hold the border up, and how C and gamma
shape it. Then a Gaussian process that reads a noisy, seasonal curve: it finds period, trend and noise
by maximising a likelihood whose gradient is our own automatic differentiation's, and says how sure it
is where there are no data. With matplotlib (the extra ``viz``) both are drawn.
"""

import argparse
import os
import time

import numpy as np

from ml_from_scratch.datasets import make_moons
from ml_from_scratch.models import SVC, GaussianProcessRegressor, KernelRidge
from ml_from_scratch.models.kernels import RBF, ExpSineSquared, WhiteKernel
from ml_from_scratch.utils import train_test_split

MACHINES = {
    "linear": SVC(kernel="linear"),
    "rbf, gamma 0.1": SVC(gamma=0.1),
    "rbf, gamma 2": SVC(gamma=2.0),
    "rbf, gamma 2, C 1000": SVC(gamma=2.0, C=1000.0),
    "rbf, gamma 200": SVC(gamma=200.0),
}


def moons():
    """Fit the machines; return their data."""
    X, y = make_moons(400, noise=0.25, random_state=0)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
    print("Support vector machines on two moons (200 samples to learn from, 200 to be asked about)")
    print("                          support vectors   seen   unseen   steps")
    for name, machine in MACHINES.items():
        machine.fit(X_train, y_train)
        seen, unseen = machine.score(X_train, y_train), machine.score(X_test, y_test)
        n_support, steps = int(machine.n_support_.sum()), int(machine.n_iter_[0])
        print(f"  {name:22s}  {n_support:15d}  {seen:5.0%}   {unseen:6.0%}   {steps:5d}")
    print(
        "A wide kernel smooths, a narrow one learns by heart: every sample holds its own island.\n"
    )
    return X_train, y_train


def season(t):
    return 2.0 * np.sin(2.0 * np.pi * t / 1.5) + 0.3 * t


def curve():
    """Fit the process; return it with its data."""
    rng = np.random.default_rng(0)
    t = np.sort(np.concatenate([rng.uniform(0, 4, 40), rng.uniform(6, 8, 20)]))[:, None]
    y = season(t[:, 0]) + 0.3 * rng.normal(size=60)
    kernel = 4.0 * ExpSineSquared(1.0, 1.3, periodicity_bounds=(0.5, 2.0)) + 4.0 * RBF(5.0)
    process = GaussianProcessRegressor(
        kernel + WhiteKernel(0.5), normalize_y=True, n_restarts_optimizer=5, random_state=0
    )
    start = time.perf_counter()
    process.fit(t, y)
    seconds = time.perf_counter() - start
    scale = float(np.std(y))
    noise = scale * process.kernel_.k2.noise_level**0.5
    period = process.kernel_.k1.k1.k2.periodicity
    print(f"A Gaussian process on 60 noisy points, fitted in {1e3 * seconds:.0f} ms")
    print(f"  kernel      {process.kernel_}")
    print(f"  period      {period:5.2f}   (in truth 1.50)")
    print(f"  noise       {noise:5.2f}   (in truth 0.30)")
    asked = np.array([[2.0], [5.0], [7.0], [10.0]])
    mean, std = process.predict(asked, return_std=True)
    for x, m, s in zip(asked[:, 0], mean, std):
        where = "data" if 0 <= x <= 4 or 6 <= x <= 8 else "no data"
        print(f"  at {x:4.1f}     {m:5.2f} +- {s:4.2f}   in truth {season(x):5.2f}   ({where})")
    plain = KernelRidge(kernel="rbf", gamma=1.0, alpha=0.1).fit(t, y)
    error = {
        "the process": np.abs(mean - season(asked[:, 0])).mean(),
        "kernel ridge regression, rbf": np.abs(plain.predict(asked) - season(asked[:, 0])).mean(),
    }
    print("  mean error there: " + ", ".join(f"{k} {v:.2f}" for k, v in error.items()))
    return process, t, y


def draw(path, X, y, process, t, target):
    try:
        from matplotlib import pyplot
    except ImportError:
        print('No picture without matplotlib: pip install "ml-from-scratch-lab[viz]".')
        return
    from ml_from_scratch.utils.plotting import plot_decision_boundary

    figure = pyplot.figure(figsize=(13, 7), layout="constrained")
    above, below = figure.subfigures(2, 1)
    chosen = ["rbf, gamma 0.1", "rbf, gamma 2", "rbf, gamma 200"]
    for ax, name in zip(above.subplots(1, 3), chosen):
        machine = MACHINES[name]
        plot_decision_boundary(machine, X, y, ax=ax)
        held = machine.support_vectors_
        ax.scatter(
            held[:, 0], held[:, 1], s=70, facecolors="none", edgecolors="black", linewidths=0.6
        )
        ax.set_title(f"{name}: {len(held)} support vectors")
    ax = below.subplots()
    line = np.linspace(-1.0, 11.0, 400)
    mean, std = process.predict(line[:, None], return_std=True)
    ax.fill_between(line, mean - 2 * std, mean + 2 * std, alpha=0.2, label="mean +- 2 std")
    ax.plot(line, mean, label="mean")
    ax.plot(line, season(line), "k--", linewidth=0.8, label="truth")
    ax.plot(t[:, 0], target, "k.", label="data")
    ax.legend(loc="upper left")
    ax.set(title="A Gaussian process knows where it does not know", xlabel="x", ylabel="y")
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    figure.savefig(path, bbox_inches="tight")
    print(f"\nBorders and error bars are drawn in {path}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="PATH", default="runs/examples/kernel_machines.png")
    options = parser.parse_args()
    X, y = moons()
    process, t, target = curve()
    draw(options.plot, X, y, process, t, target)


if __name__ == "__main__":
    main()
