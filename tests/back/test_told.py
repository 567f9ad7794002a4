from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from tests.back.bending import recorded, repetitions, seen_by

from mitate.back.assess import View, assessed
from mitate.back.change import Before
from mitate.back.movement import Phase
from mitate.back.told import in_words, view_in_words

TIMES = np.arange(0, 6, 0.05)
RECORDING = recorded(TIMES, repetitions(2))
TRACK = seen_by(RECORDING, Path("bend.mp4"))


def test_the_result_comes_first_then_what_it_rests_on() -> None:
    lines = in_words(assessed(TRACK, RECORDING, "forward_bend", age=40)).splitlines()
    assert lines[0].startswith("Forward bend: 2 repetitions in 6 s, seen from the right side (yaw 90° ± 4")
    low_back = next(line for line in lines if "forward bend of the low back" in line)
    assert "± 3.5°: as expected" in low_back
    assert "  Lumbar share early 47 % ± 6" in lines
    assert lines[-2].startswith("Learned from simulated people")
    assert "Not a medical device" in lines[-1]


def test_what_was_not_measured_is_told_with_its_reason() -> None:
    hidden = {**RECORDING.angles, "lumbar_flexion": np.full(len(TIMES), np.nan)}
    said = in_words(assessed(TRACK, replace(RECORDING, angles=hidden), "forward_bend")).splitlines()
    missing = said[said.index("Not measured:") :]
    assert missing[1].startswith("  Forward bend of the low back: the low back was not seen")
    assert any("numbers without a norm" in line for line in missing)
    assert sum(line.startswith("  what to do: ") for line in missing) in (1, 2, 3)


def test_changes_are_told_as_real_or_within_chance() -> None:
    before = Before(
        "forward_bend",
        {"peak_lumbar_flexion_deg": (20.0, 3.0, "deg"), "fingertips_to_floor_cm": (33.0, 2.0, "cm")},
    )
    said = in_words(assessed(TRACK, RECORDING, "forward_bend", before=before))
    assert "Forward bend of the low back: +32°, more than chance (detectable: 10°)" in said
    assert "within chance" in said


def test_sides_are_counted() -> None:
    result = assessed(TRACK, RECORDING, "forward_bend")
    sided = (Phase(0, 1, 2, "left"), Phase(2, 3, 4, "right"), Phase(4, 5, 6, "left"))
    said = in_words(replace(result, measures=replace(result.measures, phases=sided)))
    assert "3 repetitions (2 left, 1 right)" in said


def test_a_view_in_words() -> None:
    assert view_in_words(View(-88.4, -6.2, 0.0, 5.0)) == (
        "seen from the left side (yaw −88° ± 5, camera looks up 6°)"
    )
    assert view_in_words(View(3.0, 0.2, 0.0, float("nan"))) == "seen from the front (yaw 3°)"
    assert view_in_words(View(float("nan"), 0.0, 0.0, 5.0)) == "seen from an unknown side"


def test_a_cohort_is_named() -> None:
    result = assessed(TRACK, replace(RECORDING, trained_on="our clinic"), "forward_bend")
    assert "Learned from the cohort 'our clinic'." in in_words(result)
