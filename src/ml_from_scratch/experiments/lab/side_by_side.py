"""Two libraries on the same arrays, turn by turn, in one process: what the chapters' tables need."""

from __future__ import annotations

import statistics
import time

from ... import datasets
from ...utils import StandardScaler, train_test_split


def real_data(name: str, seed: int):
    """Return X_train, X_test, y_train, y_test of a bundled data set: a quarter to test, standardised."""
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=seed)
    scaler = StandardScaler().fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test), y_train, y_test


def fit_in_turns(models, X, y, repeats: int) -> list[float]:
    """Fit each model ``repeats`` times, in turns; return the median milliseconds of each."""
    seconds: list = [[] for _ in models]
    for _ in range(repeats):
        for model, times in zip(models, seconds):
            start = time.perf_counter()
            model.fit(X, y)
            times.append(time.perf_counter() - start)
    return [1e3 * statistics.median(times) for times in seconds]
