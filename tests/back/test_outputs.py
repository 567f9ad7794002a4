from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.back.bending import recorded, repetitions, seen_by, write_clip

from mitate import video
from mitate.back.assess import Assessment, assessed
from mitate.back.outputs import FILES, coordinates, markers, refuse_existing, write_results
from mitate.body.coco import COCO_POINTS
from mitate.body.opensim import read_mot, read_trc
from mitate.body.points import INDEX
from mitate.body.recording import JOINTS
from mitate.cli.printing import plain
from mitate.errors import InputError

TIMES = np.arange(0, 3.2, 0.1)
PHASES = repetitions(1)
RECORDING = recorded(TIMES, PHASES)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    track = seen_by(RECORDING, tmp_path_factory.mktemp("film") / "bend.mp4", width=180, height=320)
    write_clip(track.path, track)
    return assessed(track, RECORDING, "forward_bend", age=50)


@pytest.fixture(scope="module")
def folder(result: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("out") / "bend"
    write_results(result, path, plain(result.as_dict()))
    return path


def test_the_folder_holds_every_file(folder: Path, result: Assessment) -> None:
    assert {path.name for path in folder.iterdir()} == set(FILES)
    told = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert told == plain(result.as_dict())
    assert json.loads((folder / "observations.json").read_text(encoding="utf-8")) == told["observations"]
    assert video.probe(folder / "annotated.mp4").frame_count == len(TIMES)


def test_opensim_reads_the_angles_back(folder: Path) -> None:
    motion = read_mot(folder / "angles.mot")
    assert motion.in_degrees
    assert motion.time == pytest.approx(TIMES)
    assert motion.of("lumbar_extension") == pytest.approx(-RECORDING.angles["lumbar_flexion"], abs=1e-6)
    assert motion.of("pelvis_tilt") == pytest.approx(-RECORDING.angles["pelvis_tilt"], abs=1e-6)


def test_opensim_reads_the_joints_back(folder: Path) -> None:
    found = read_trc(folder / "joints.trc")
    assert found.names == JOINTS
    assert found.rate == pytest.approx(10)
    row = 12
    left, up, forward = RECORDING.joints[row, JOINTS.index("left_wrist")]
    assert found.of("left_wrist")[row] == pytest.approx([forward, up, -left], abs=1e-6)


def test_poses_are_coco_s(folder: Path, result: Assessment) -> None:
    document = json.loads((folder / "keypoints.json").read_text(encoding="utf-8"))
    assert len(document["images"]) == len(document["annotations"]) == len(TIMES)
    assert document["images"][12]["file_name"] == "bend.mp4#t=1.200"
    cells = document["annotations"][12]["keypoints"]
    place = 3 * COCO_POINTS.index("left_knee")
    assert cells[place : place + 2] == pytest.approx(
        result.track.points[12, INDEX["left_knee"]].tolist(), abs=1e-2
    )


def test_a_turn_of_the_pelvis_turns_the_markers_to_the_left() -> None:
    rotation = np.linspace(170, 260, len(TIMES))  # through the back, where the angle's sign changes
    turned = replace(RECORDING, angles={**RECORDING.angles, "pelvis_rotation": (rotation + 180) % 360 - 180})
    assert coordinates(turned)["pelvis_rotation"] == pytest.approx(rotation - 170)
    toes = markers(turned).of("left_foot_index")
    left, up, forward = RECORDING.joints[-1, JOINTS.index("left_foot_index")]
    # Turned by 90 degrees to the left, ahead is where the left was, which OpenSim counts as negative z.
    assert toes[-1] == pytest.approx([-left, up, -forward])
    assert toes[0] == pytest.approx([forward, up, -left])


def test_nothing_is_written_over(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="already exists"):
        refuse_existing(folder)
    refuse_existing(tmp_path)
    refuse_existing(tmp_path / "new")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="already exists"):
        refuse_existing(tmp_path / "file")


def test_a_folder_that_fails_leaves_nothing(result: Assessment, tmp_path: Path) -> None:
    gone = replace(result, track=replace(result.track, path=tmp_path / "gone.mp4"))
    with pytest.raises(InputError):
        write_results(gone, tmp_path / "out", plain(gone.as_dict()))
    assert not list(tmp_path.iterdir())
