"""The head model, read once; and an executor that runs its jobs here and now."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from importlib.util import find_spec
from typing import Any

import pytest

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
