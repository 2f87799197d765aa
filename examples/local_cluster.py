"""Spread forests, bagging, cross-validation and grid search over a cluster, without a line of ours.

    pip install "ml-from-scratch-lab[cluster]"
    python examples/local_cluster.py

All our ``n_jobs`` go through joblib, so ``joblib.parallel_config`` decides where the jobs run: here
on a Dask cluster of two workers on this machine; ``"ray"`` or the address of a real cluster does as
well. Randomness is dealt out before the jobs start: the results are the same to the last bit.
"""

from __future__ import annotations

import os

import joblib
import numpy as np
from distributed import Client, LocalCluster, get_worker

from ml_from_scratch.core.parallel import run_all
from ml_from_scratch.datasets import load_digits
from ml_from_scratch.models import BaggingClassifier, RandomForestClassifier, Ridge
from ml_from_scratch.utils import GridSearchCV, cross_val_score

X, y = load_digits(return_X_y=True)


def forest(n_jobs):
    """Class probabilities of a random forest."""
    model = RandomForestClassifier(n_estimators=20, random_state=0, n_jobs=n_jobs)
    return model.fit(X, y).predict_proba(X)


def bagging(n_jobs):
    """Class probabilities of bagged trees."""
    model = BaggingClassifier(n_estimators=8, random_state=0, n_jobs=n_jobs)
    return model.fit(X, y).predict_proba(X)


def cross_validation(n_jobs):
    """The score of each fold."""
    return cross_val_score(Ridge(), X, y, cv=4, n_jobs=n_jobs)


def grid_search(n_jobs):
    """The mean score of each candidate."""
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, cv=4, n_jobs=n_jobs)
    return search.fit(X, y).cv_results_["mean_test_score"]


def whereabouts(_):
    """Name the worker that runs this, and its process."""
    return get_worker().address, os.getpid()


def main():
    """Compute each result here, then on the cluster, and compare."""
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster), joblib.parallel_config("dask"):
        seen = {run_all(whereabouts, [(i,)], n_jobs=-1)[0] for i in range(3)}
        workers = {worker["id"] for worker in cluster.scheduler_info["workers"].values()}
        print(f"a cluster of {len(workers)} workers; jobs ran in the processes of {sorted(seen)}")
        for job in (forest, bagging, cross_validation, grid_search):
            same = np.array_equal(job(n_jobs=None), job(n_jobs=-1))
            print(f"{job.__name__}: {'the same' if same else 'NOT the same'} on the cluster")


if __name__ == "__main__":  # workers import this file: only the first process starts a cluster
    main()
