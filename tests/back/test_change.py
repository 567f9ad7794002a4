from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.back.bending import recorded, repetitions

from mitate.back.change import Before, Change, changes, read_before
from mitate.back.measure import measure
from mitate.errors import InputError

TIMES = np.arange(0, 6, 0.05)
NOW = measure(recorded(TIMES, repetitions(2)), "forward_bend")
LUMBAR = NOW.values["peak_lumbar_flexion_deg"]


def test_a_change_is_real_beyond_what_both_films_and_the_published_repeatability_leave_open() -> None:
    before = {LUMBAR.name: (LUMBAR.value - 8, 3.0, "deg"), "gone_deg": (3.0, 1.0, "deg")}
    (change,) = changes(NOW, Before("forward_bend", before))
    assert change.detectable == LUMBAR.mdc == 10
    assert not change.is_real
    before = {LUMBAR.name: (LUMBAR.value - 12, 3.0, "deg")}
    assert changes(NOW, Before("forward_bend", before))[0].is_real
    before = {LUMBAR.name: (LUMBAR.value - 12, 9.0, "deg")}
    (change,) = changes(NOW, Before("forward_bend", before))
    assert change.detectable == pytest.approx(1.645 * np.hypot(9, LUMBAR.error))
    assert not change.is_real


def test_a_change_for_json() -> None:
    told = Change("x_deg", "deg", 40.0, 55.0, 10.0).as_dict()
    assert (told["difference"], told["is_real"]) == (15.0, True)


def test_only_films_of_the_same_movement_are_compared() -> None:
    with pytest.raises(InputError, match="of the movement 'squat'"):
        changes(NOW, Before("squat", {}))


def test_an_earlier_result_is_read(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    document = {
        **NOW.as_dict(),
        "conditions": [
            {"measure": LUMBAR.name, "grade": "excessive"},
            {"measure": "gone", "grade": "excessive"},
            {"measure": "lumbar_contribution_percent", "grade": None},
        ],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    before = read_before(path)
    assert before.movement == "forward_bend"
    assert before.values[LUMBAR.name] == (LUMBAR.value, LUMBAR.error, "deg")
    assert before.grades == {LUMBAR.name: "excessive"}
    assert not any(change.is_real for change in changes(NOW, before))


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"movement": "squat"},
        {"movement": "squat", "measures": {"x": 3}},
        {"movement": "squat", "measures": {"x": {"value": True, "error": 1, "unit": "deg"}}},
        {"movement": "squat", "measures": {"x": {"value": 3, "error": 1}}},
    ],
)
def test_another_file_is_refused(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match="not a result of mitate back measure"):
        read_before(path)
