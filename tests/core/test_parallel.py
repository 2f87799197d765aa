"""One door to joblib: the same results with it, without it, and with any number of workers."""

import builtins
import os

import pytest

from ml_from_scratch.core.parallel import run_all

TASKS = [(2, 3), (3, 2), (5, 1)]


@pytest.mark.parametrize("n_jobs", [None, 1])
def test_one_job_needs_no_library(n_jobs):
    assert run_all(pow, TASKS, n_jobs) == [8, 9, 5]
    assert set(run_all(os.getpid, [()] * 3, n_jobs)) == {os.getpid()}


def test_no_tasks():
    assert run_all(pow, []) == []


@pytest.mark.slow
def test_several_jobs_run_in_several_processes():
    pytest.importorskip("joblib")
    assert run_all(pow, TASKS, 2) == [8, 9, 5]
    assert os.getpid() not in run_all(os.getpid, [()] * 4, 2)


def test_threads_share_the_process():
    pytest.importorskip("joblib")
    assert set(run_all(os.getpid, [()] * 4, 2, threads=True)) == {os.getpid()}


def test_without_joblib_there_is_a_word_and_the_same_result(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "joblib":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.warns(UserWarning, match="needs joblib") as told:
        assert run_all(pow, TASKS, 2) == [8, 9, 5]
    assert told[0].filename == __file__
