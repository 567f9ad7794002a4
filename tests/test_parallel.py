from __future__ import annotations

import operator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mitate.parallel import completed
from mitate.simulate import parallel


def test_every_job_is_done_on_the_executor_given_which_is_left_running() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert sorted(completed(operator.add, [(1, 2), (3, 4)], workers=1, executor=pool)) == [3, 7]
        assert pool.submit(operator.add, 1, 1).result() == 2


def test_without_jobs_no_process_is_started() -> None:
    assert list(completed(operator.add, [], workers=0)) == []  # no pool can have no workers


def test_other_processes_do_the_jobs_and_their_errors_arrive() -> None:
    assert sorted(completed(operator.add, [(1, 2), (3, 4), (5, 6)], workers=2)) == [3, 7, 11]
    with pytest.raises(ZeroDivisionError):
        list(completed(operator.truediv, [(1, 0)], workers=1))


def test_simulations_find_it_where_it_was() -> None:
    assert parallel.completed is completed
