"""What the coach's page says of a set, as the script says it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pytest

SCRIPT = resources.files("mitate.serve") / "static" / "js" / "coach_told.js"
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no node")

COUNTED = {"repetitions": 4, "held_s": 0.0, "range_share": 0.8, "events": [], "unseen_share": 0.0}
CORRECTED = {"events": [{"kind": "correction", "text": "Slower."}] * 2}
GOAL, HELD = {"target": 10, "target_s": 0}, {"target": 0, "target_s": 30.0}


def lines(summary: dict[str, Any] | None, goal: Mapping[str, float], seconds: float = 0.0) -> list[str]:
    """Keys of the words that are said, or texts of corrections."""
    program = f"""
const {{ summaryLines }} = await import("data:text/javascript," + encodeURIComponent({json.dumps(SCRIPT.read_text("utf-8"))}));
console.log(JSON.stringify(summaryLines({json.dumps(summary)}, {json.dumps(goal)}, {seconds}, (key) => key)));
"""  # noqa: E501
    command = [str(NODE), "--input-type=module", "-e", program]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found: list[str] = json.loads(told)
    return found


def test_without_a_repetition_nothing_is_said_of_range_or_time() -> None:
    nothing = {**COUNTED, **CORRECTED, "repetitions": 0, "range_share": 1.0, "unseen_share": 0.5}
    assert lines(nothing, GOAL) == ["coach_none"]


def test_what_was_counted_is_told_with_its_range_and_each_correction_once() -> None:
    assert lines(COUNTED, GOAL) == ["coach_reps", "coach_range", "coach_fine"]
    assert lines({**COUNTED, **CORRECTED}, GOAL) == ["coach_reps", "coach_range", "Slower."]
    assert lines({**COUNTED, "range_share": None, "unseen_share": 0.3}, GOAL)[-1] == "coach_unseen"


def test_what_is_held_is_told_in_seconds_and_is_not_fine_where_nothing_was_held() -> None:
    assert lines({**COUNTED, "repetitions": 0, "held_s": 12.0, "range_share": None}, HELD)[0] == "coach_held"
    assert lines({**COUNTED, "repetitions": 0, "range_share": None}, HELD) == ["coach_held"]


def test_a_clock_tells_its_time() -> None:
    assert lines(None, GOAL, 45.0) == ["coach_seconds"]
    assert lines(None, GOAL, 75.0) == ["coach_time"]
    assert lines(None, HELD, 75.0) == ["coach_held"]
