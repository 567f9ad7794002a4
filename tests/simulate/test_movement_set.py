"""Films on disk with their truth: whole, resumable, the same again."""

from __future__ import annotations

import csv
import hashlib
import json
from concurrent.futures import Executor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from mitate import video
from mitate.errors import InputError
from mitate.simulate.movement_set import CLINICAL, MovementPlan, film_name, simulate_movements

PLAN = MovementPlan(1, 3, ("forward_bend", "squat"), {"judder": 0.8}, yaw=60.0, repetitions=1, frame_rate=2.0,
                    width=64, height=112)  # fmt: skip


def hashes(root: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.iterdir())}


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines(), delimiter="\t"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lacking = [name for name in ("anny", "embreex", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    root = tmp_path_factory.mktemp("made") / "films"
    told: list[float] = []
    assert simulate_movements(root, PLAN, workers=1, progress=lambda done, total: told.append(done)) == 2
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 2.0)
    return root


def test_each_film_has_its_truth_beside_it(made: Path) -> None:
    assert "No person is shown" in (made / "README.md").read_text()
    for movement in PLAN.movements:
        label = json.loads((made / f"{film_name(0, movement)}.json").read_text())
        assert label["simulated"] is True
        assert label["model"] == "Anny"
        assert label["faults"] == {"judder": 0.8}
        assert len(label["repetitions"]) == 1
        frames = list(video.frames(made / label["film"]))
        rows = table(made / label["truth_of_each_picture"])
        assert len(frames) == len(rows) == label["pictures"]
        assert [float(row["time_s"]) for row in rows] == pytest.approx([frame.time_s for frame in frames])
    rows = table(made / "films.tsv")
    assert [row["movement"] for row in rows] == list(PLAN.movements)
    assert len({(row["age"], row["sex"], row["height_m"]) for row in rows}) == 1  # one person


def test_the_bend_of_the_table_is_the_bend_of_the_label(made: Path) -> None:
    label = json.loads((made / "person-0000_forward_bend.json").read_text())
    rows = table(made / "person-0000_forward_bend.tsv")
    trunk = [float(row["trunk_inclination_deg"]) for row in rows]
    times = [float(row["time_s"]) for row in rows]
    first = next(i for i, time in enumerate(times) if time >= label["repetitions"][0]["start_s"])
    assert max(trunk) - trunk[first] == pytest.approx(label["truth"]["peak_trunk_flexion_deg"], abs=0.05)
    tips = [100 * min(float(row[f"{side}_index_y_m"]) for side in ("left", "right")) for row in rows]
    deepest = trunk.index(max(trunk))
    assert tips[deepest] == pytest.approx(label["truth"]["fingertips_to_floor_cm"], abs=0.02)


def test_an_interrupted_set_goes_on_and_the_pixels_are_the_same(
    made: Path, inline: Executor, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    simulate_movements(again, PLAN, executor=inline)
    assert hashes(again) == hashes(made)
    kept = (again / "person-0000_squat.mp4").stat().st_mtime_ns
    for name in ("person-0000_forward_bend.json", "films.tsv"):
        (again / name).unlink()
    (again / ".left.mp4.0.partial").write_bytes(b"")
    simulate_movements(again, PLAN, executor=inline)
    assert hashes(again) == hashes(made)
    assert (again / "person-0000_squat.mp4").stat().st_mtime_ns == kept


def test_a_folder_with_something_else_is_left_alone(made: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not empty"):
        simulate_movements(tmp_path, PLAN)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(InputError, match="other settings"):
        simulate_movements(made, replace(PLAN, yaw=0.0))


def test_a_fault_goes_only_where_it_can_be() -> None:
    assert MovementPlan(1, 0, CLINICAL, {"squat_shallow": 0.5}).films()[0] == (0, "forward_bend")
    with pytest.raises(InputError, match="squat_shallow"):
        MovementPlan(1, 0, ("rotation", "side_bend"), {"squat_shallow": 0.5})
    with pytest.raises(InputError, match="1 is out of range"):
        MovementPlan(1, 0, ("rotation",), repetitions=1)
