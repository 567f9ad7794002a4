"""Head and body models, read once; motions of exercises; and an executor that runs its jobs here and now."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest
from tests.simulate.exercise_cases import CASES
from threadpoolctl import threadpool_limits

from mitate.simulate.body_model import load_body
from mitate.simulate.exercise_motion import ExerciseMotion, exercise_motion
from mitate.simulate.exercise_solve import Body
from mitate.simulate.head import Head, load_head
from mitate.simulate.person import Person, sample_person


@pytest.fixture(scope="session")
def head() -> Head:
    lacking = [name for name in ("anny", "embreex", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    return load_head()


@pytest.fixture(scope="session")
def person(head: Head) -> Person:
    return sample_person(head, 460, 0)


@pytest.fixture(scope="session")
def exerciser() -> Body:
    """A person of middling build, ready for the poser of exercises."""
    lacking = [name for name in ("anny", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    return Body.of(load_body().shape({"gender": 0.5, "age": 0.6, "weight": 0.45, "height": 0.5}))


@pytest.fixture(scope="session")
def moved(exerciser: Body) -> Callable[[str], ExerciseMotion]:
    """The motion of one of the small exercises, solved once."""

    @cache
    def motion(name: str) -> ExerciseMotion:
        with threadpool_limits(1):
            return exercise_motion(CASES[name], exerciser.rig.shape)

    return motion


class Inline(Executor):
    """Runs each job as it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def inline() -> Inline:
    return Inline()
