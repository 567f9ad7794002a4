from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.back.bending import recorded, repetitions

from mitate.back.canvas import LUMBAR, TRUNK
from mitate.back.condition import Condition
from mitate.back.movement import MOVEMENTS, Phase
from mitate.back.plots import angle_picture, curve_picture, measure_picture, shown_value

TIMES = np.arange(0, 8, 0.1)
PHASES = repetitions(3)


def read(path: Path) -> NDArray[np.uint8]:
    return cast("NDArray[np.uint8]", cv2.imread(str(path), cv2.IMREAD_COLOR))[..., ::-1]


def share(image: NDArray[np.uint8], colour: tuple[int, int, int]) -> float:
    return float((np.abs(image.astype(int) - colour).max(axis=2) < 12).mean())


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_angles_of_every_movement(tmp_path: Path, movement: str) -> None:
    phases = PHASES if movement != "rotation" else (Phase(1, 2, 3, "left"), Phase(4, 5, 6, "right"))
    angle_picture(tmp_path / "angles.png", recorded(TIMES, PHASES), movement, phases)
    image = read(tmp_path / "angles.png")
    assert image.shape[1] == 1080
    assert share(image, LUMBAR) > 1e-3


def test_angles_without_a_repetition_or_with_gaps(tmp_path: Path) -> None:
    recording = recorded(TIMES, PHASES)
    for values in recording.angles.values():
        values[20:30] = np.nan
    angle_picture(tmp_path / "gaps.png", recording, "forward_bend", PHASES)
    angle_picture(tmp_path / "none.png", recording, "forward_bend", ())
    assert (tmp_path / "gaps.png").stat().st_size > (tmp_path / "none.png").stat().st_size


def test_the_curve_standing_and_bent(tmp_path: Path) -> None:
    curve_picture(tmp_path / "back.png", recorded(TIMES, PHASES), "forward_bend", PHASES)
    image = read(tmp_path / "back.png")
    assert share(image, TRUNK) > 1e-3
    curve_picture(tmp_path / "mirrored.png", recorded(TIMES, PHASES, yaw=-90), "forward_bend", PHASES)
    columns = [np.argwhere(np.abs(read(tmp_path / name).astype(int) - TRUNK).max(axis=2) < 12)[:, 1].mean()
               for name in ("back.png", "mirrored.png")]  # fmt: skip
    assert columns[0] > columns[1]


def test_a_hidden_back_is_told_in_place_of_the_curve(tmp_path: Path) -> None:
    recording = recorded(TIMES, PHASES, curve_hidden="hair covers the neck")
    curve_picture(tmp_path / "back.png", recording, "forward_bend", PHASES)
    assert share(read(tmp_path / "back.png"), LUMBAR) == 0


def test_measures_grow_with_their_number(tmp_path: Path) -> None:
    bend = partial(Condition, movement="forward_bend")
    rows = [
        bend("low_back", "peak_lumbar_flexion_deg", value=66.0, unit="deg", error=5.0, grade="excessive",
             borderline=True, low=39.0, high=65.0),
        bend("whole_body", "fingertips_to_floor_cm", value=12.0, unit="cm", error=3.0, grade="moderate",
             high=20.0),
        bend("trunk", "judder_phase_minima", reason="too few pictures", high=6.0),
        bend("pelvis", "pelvic_rotation_deg", value=0.0, unit="deg", grade="moderate"),
    ]  # fmt: skip
    heights = []
    for count in (0, 1, 4):
        measure_picture(tmp_path / f"{count}.png", rows[:count], "forward_bend")
        heights.append(read(tmp_path / f"{count}.png").shape[0])
    assert heights[0] == heights[1] < heights[2]
    assert share(read(tmp_path / "1.png"), (227, 183, 198)) > 0.01  # the zone of too much


def test_values_are_shown_with_their_error_and_no_idle_digits() -> None:
    assert shown_value(51.62, 4.4, "deg") == "52° ± 4"
    assert shown_value(-7.04, 2.0, "cm") == "−7.0 cm ± 2.0"
    assert shown_value(0.407, 0.05, "") == "0.41 ± 0.05"
    assert shown_value(48.0, float("nan"), "%") == "48 %"


def test_a_picture_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    with pytest.raises(OSError, match="a file"):
        curve_picture(tmp_path / "a file" / "back.png", recorded(TIMES, PHASES), "forward_bend", PHASES)
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]
