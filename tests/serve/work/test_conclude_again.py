"""A second check of a person is compared with the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.serve.conftest import add_person
from tests.serve.work.conftest import EXAMPLES, PutFilm, agree, begun, judge

from mitate.serve.service import Service
from mitate.serve.work.once import run_waiting

BEND = EXAMPLES / "films" / "forward-bend.mp4"
Result = Callable[[str], dict[str, Any]]


@pytest.mark.usefixtures("weights_ready")
def test_a_second_check_is_compared_with_the_first(
    service: Service, put_film: PutFilm, result_of: Result
) -> None:
    person = add_person(service)
    agree(service, person, "keep_video")
    first = begun(service, person)
    film = put_film(person, BEND, instrument="back", check=first, movement="forward_bend")
    run_waiting(service)
    assert {one["moment"] for one in result_of(film)["stills"]} == {"standing", "farthest"}
    assert judge(service, first)["followup"] is None
    second = begun(service, person)
    put_film(person, BEND, instrument="back", check=second, movement="forward_bend")
    run_waiting(service)
    followup = judge(service, second)["followup"]
    changes = followup["measures"]["forward_bend"]
    assert changes
    assert not any(one["is_real"] for one in changes)
