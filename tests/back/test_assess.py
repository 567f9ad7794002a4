from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.back.bending import recorded, repetitions, seen_by

from mitate.back.assess import Assessment, View, assess, assessed
from mitate.back.cause import knowledge
from mitate.back.change import Before
from mitate.back.observations import case_of
from mitate.body.clip import PoseTrack
from mitate.body.points import INDEX
from mitate.cli.printing import plain
from mitate.errors import InputError, RefusalError

TIMES = np.arange(0, 6, 0.05)
PHASES = repetitions(2)
FILM = Path("bend.mp4")


def bend(yaw: float = 80.0) -> Assessment:
    recording = recorded(TIMES, PHASES, yaw=yaw)
    return assessed(seen_by(recording, FILM), recording, "forward_bend", age=63, sex="female")


def test_a_bend_is_measured_and_graded() -> None:
    result = bend()
    assert len(result.phases) == 2
    assert result.measures.values["peak_lumbar_flexion_deg"].value == pytest.approx(52, abs=1)
    graded = {one.measure: one.grade for one in result.conditions}
    assert graded["peak_lumbar_flexion_deg"] == graded["peak_pelvic_flexion_deg"] == "moderate"
    assert result.recognised[0][0] == "forward_bend"
    assert (result.trained_on, result.view.seen_from) == ("simulated", "right side")
    assert any("165 cm" in warning for warning in result.warnings)


def test_the_result_is_plain_json_and_its_observations_are_a_case() -> None:
    told = plain(bend().as_dict())
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["measures"]["peak_trunk_flexion_deg"]["unit"] == "deg"
    assert told["view"]["yaw_deg"] == pytest.approx(80)
    assert told["trained_on"] == "simulated"
    assert "Not a medical device" in told["intended_use"]
    case = case_of(told["observations"], knowledge())
    assert (case.age, case.sex) == (63, "female")
    assert {str(one.atom) for one in case.situation.observations} >= {
        "lumbar_flexion(forward_bend, moderate)"
    }


@pytest.mark.parametrize(
    ("yaw", "side"),
    [(0, "front"), (85, "right side"), (-90, "left side"), (179, "back"), (-179, "back"), (40, "front right"),
     (-140, "back left")],
)  # fmt: skip
def test_the_side_that_was_filmed(yaw: float, side: str) -> None:
    assert View(yaw, 0.0, 0.0, 3.0).seen_from == side
    assert bend(yaw).view.seen_from == side


def test_the_view_is_that_of_standing_and_goes_round() -> None:
    recording = recorded(TIMES, PHASES)
    yaw = np.where(TIMES < 1, np.where(np.arange(len(TIMES)) % 2, 179.0, -179.0), 20.0)
    result = assessed(seen_by(recording, FILM), replace(recording, yaw=yaw), "forward_bend")
    assert abs(result.view.yaw) == pytest.approx(180, abs=1)


def test_another_movement_than_named_is_recognised_and_said() -> None:
    recording = recorded(TIMES, PHASES)
    with pytest.raises(RefusalError, match="looks like a forward bend, not like the squat") as refused:
        assessed(seen_by(recording, FILM), recording, "squat")
    assert refused.value.reason == "wrong_movement"
    assert refused.value.where == "bend.mp4"
    assert "--movement forward_bend" in str(refused.value)


def test_standing_still_is_refused_with_the_film_s_name() -> None:
    recording = recorded(TIMES, ())
    with pytest.raises(RefusalError) as refused:
        assessed(seen_by(recording, FILM), recording, "forward_bend")
    assert (refused.value.reason, refused.value.where) == ("no_movement", "bend.mp4")


def hidden(track: PoseTrack, parts: tuple[str, ...], frames: slice) -> PoseTrack:
    visibility = track.visibility.copy()
    for name, place in INDEX.items():
        if any(part in name for part in parts):
            visibility[frames, place] = 0.0
    return replace(track, visibility=visibility)


def test_half_a_person_is_refused_but_not_one_who_walks_up_to_the_camera() -> None:
    recording = recorded(TIMES, PHASES)
    track = seen_by(recording, FILM)
    feet = ("ankle", "foot", "heel")
    with pytest.raises(RefusalError, match="the feet are missing") as refused:
        assessed(hidden(track, feet, slice(None)), recording, "forward_bend")
    assert refused.value.reason == "half_body"
    at_the_ends = hidden(hidden(track, feet, slice(0, 9)), feet, slice(-20, None))
    assert assessed(at_the_ends, recording, "forward_bend").phases
    with pytest.raises(RefusalError, match="the feet are missing"):
        assessed(hidden(track, feet, slice(None)), recorded(TIMES, ()), "forward_bend")


def test_an_earlier_film_is_compared_and_holds_grades_within_the_error() -> None:
    recording = recorded(TIMES, PHASES)
    before = Before("forward_bend", {"peak_lumbar_flexion_deg": (20.0, 3.0, "deg")})
    result = assessed(seen_by(recording, FILM), recording, "forward_bend", before=before)
    (change,) = result.changes
    assert change.is_real
    assert plain(result.as_dict())["changes"][0]["is_real"] is True


def test_one_repetition_is_warned_of_and_known_centimetres_are_not() -> None:
    phases = repetitions(1)
    recording = replace(recorded(TIMES, phases), height_known=True, warnings=("the feet are hidden",))
    result = assessed(seen_by(recording, FILM), recording, "forward_bend")
    assert any("one repetition" in warning for warning in result.warnings)
    assert "the feet are hidden" in result.warnings
    assert not any("centimetres" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"movement": "forward_bnd"}, "forward_bend"),
        ({"age": -3}, "--age"),
        ({"sex": "f"}, "--sex"),
        ({"height_m": 16.0}, "--height"),
    ],
)
def test_arguments_are_checked_before_the_film_is_read(wrong: dict[str, object], what: str) -> None:
    arguments: dict[str, object] = {"movement": "forward_bend", **wrong}
    with pytest.raises(InputError, match=what):
        assess("no such film.mp4", **arguments)  # type: ignore[arg-type]
