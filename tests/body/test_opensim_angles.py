"""The joint angles agree with those that OpenSim published for its own markers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks import body
from benchmarks.opensim_angles import DATA, Trial, anatomy, definitions, model_markers, recorded_trials

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared OpenSim reference is not here")


@pytest.fixture(scope="module")
def trial() -> Trial:
    return model_markers()


def changed(trial: Trial, name: str, factor: float) -> Trial:
    """The same trial with one of OpenSim's coordinates multiplied."""
    values = trial.angles.values.copy()
    values[:, trial.angles.columns.index(name)] *= factor
    return replace(trial, angles=replace(trial.angles, values=values))


def test_definitions_are_opensims_on_the_models_own_markers(trial: Trial) -> None:
    found = definitions(trial)
    assert len(found) == 14
    assert {one.frames for one in found.values()} == {299}
    assert max(one.rms for one in found.values()) < 1e-4  # degrees; the goal is 1


@pytest.mark.parametrize(
    "name", ["pelvis_list", "hip_adduction_r", "hip_rotation_l", "lumbar_bending", "lumbar_rotation"]
)
def test_a_wrong_sign_would_be_seen(trial: Trial, name: str) -> None:
    assert definitions(changed(trial, name, -1.0))[name].rms > 3


def test_a_wrong_order_would_be_seen(trial: Trial) -> None:
    # OpenSim's numbers put into each other's places are what another order of axes amounts to.
    columns = list(trial.angles.columns)
    a, b = columns.index("lumbar_bending"), columns.index("lumbar_rotation")
    columns[a], columns[b] = columns[b], columns[a]
    other = replace(trial, angles=replace(trial.angles, columns=tuple(columns)))
    assert definitions(other)["lumbar_bending"].rms > 3


def test_anatomical_frames_differ_by_a_constant(trial: Trial) -> None:
    found = anatomy(trial)
    assert len(found) == 11
    assert max(one.rest for one in found.values()) < 0.75
    assert max(abs(one.mean) for one in found.values()) < 2.5
    ranges = {name: np.ptp(trial.angles.of(name)) for name in found}
    assert ranges["knee_angle_r"] > 100
    assert found["knee_angle_r"].rest < 0.05


def test_recorded_markers_are_only_as_near_as_skin_lets_them() -> None:
    expected = {
        "Hamner running": (14, 4.6, ["pelvis_rotation"]),
        "Gait2354 walking": (14, 6.4, ["pelvis_tilt", "pelvis_rotation", "lumbar_rotation"]),
        "Gait10dof18musc walking": (6, 4.6, []),
    }
    for recorded in recorded_trials():
        found = definitions(recorded)
        coordinates, largest, within = expected[recorded.name]
        assert len(found) == coordinates
        assert max(one.rms for one in found.values()) < largest
        assert [name for name, one in found.items() if one.rms <= 1] == within


def test_the_benchmark_writes_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(body, "OUT", tmp_path / "body.json")
    assert body.main(["opensim"]) == 0
    rows = {row["name"]: row for row in json.loads((tmp_path / "body.json").read_text(encoding="utf-8"))}
    goal = rows["OpenSim, angle definitions: largest RMS difference of 14 coordinates"]
    assert goal["met"] is True
    assert goal["bar"] == 1
    assert len(rows) == 3 + 2 * 11 + 14 + 14 + 6
    assert body.main(["nothing"]) == 2
    assert "there are people, conditions, opensim" in capsys.readouterr().err
