"""Many independent jobs at once: joblib's workers where it is installed, one by one where not.

``n_jobs`` is joblib's: None and 1 mean one after the other, -1 one worker per core. Whatever
``joblib.parallel_config`` names as backend does the work, a Dask or Ray cluster too. A result never
depends on the number of workers: randomness is dealt out with the tasks, before they start.
"""

from __future__ import annotations

import warnings

from .checks import outside


def run_all(function, tasks, n_jobs=None, *, threads=False) -> list:
    """Return ``[function(*task) for task in tasks]``, computed with ``n_jobs`` workers.

    ``threads=True`` says that threads serve better than processes: the function spends its time in
    NumPy calls that let others run, or the data are too large to be copied.

    >>> run_all(pow, [(2, 3), (3, 2)])
    [8, 9]
    """
    if n_jobs not in (None, 1):
        try:
            from joblib import Parallel, delayed
        except ImportError:
            warnings.warn(
                f"n_jobs={n_jobs} needs joblib, which is not installed, so the jobs run one after "
                'the other. pip install "ml-from-scratch-lab[parallel]" to run them at once.',
                UserWarning,
                stacklevel=outside(),
            )
        else:
            prefer = "threads" if threads else None
            return Parallel(n_jobs=n_jobs, prefer=prefer)(delayed(function)(*t) for t in tasks)
    return [function(*task) for task in tasks]
