from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.crops import open_crops
from mitate.face.align import edema_crop
from mitate.simulate import face_cohort
from mitate.simulate.capture import CaptureProfile, FrameState, Sitter
from mitate.simulate.face_cohort import CropPlan, simulate_crops, sitter_for
from mitate.simulate.fluid import Visit
from mitate.simulate.head import Head
from mitate.simulate.person import sample_person

PLAN = CropPlan(participants=3, days=1, frames=2, seed=5, size=48)


def _hashes(root: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(root.iterdir())}


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_cohort, "_PEOPLE_PER_SHARD", 1)


def test_the_same_plan_gives_the_same_pixels_on_one_worker_and_on_two(
    head: Head, weights_ready: None, small_shards: None, inline: Executor, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    simulate_crops(tmp_path / "a", PLAN, executor=inline, progress=lambda *at: told.append(at))
    simulate_crops(tmp_path / "b", PLAN, workers=2)
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert _hashes(tmp_path / "a") == _hashes(tmp_path / "b")
    assert len(_hashes(tmp_path / "a")) == 6
    simulate_crops(tmp_path / "c", replace(PLAN, seed=6), executor=inline)
    assert not set(_hashes(tmp_path / "a").values()) & set(_hashes(tmp_path / "c").values())


def test_a_store_holds_what_is_known_of_its_sessions(
    head: Head, weights_ready: None, inline: Executor, tmp_path: Path
) -> None:
    simulate_crops(tmp_path, PLAN, executor=inline)
    store = open_crops(tmp_path)
    assert store.trained_on == "simulated"
    assert store.size == 48
    assert store.participants == ("sim-5-0000", "sim-5-0001", "sim-5-0002")
    assert [s.phase for s in store.sessions] == ["pre", "post"] * 3
    for session in store.sessions:
        person = sample_person(head, 5, int(session.participant_id[-4:]))
        visit = next(v for v in person.course(1) if v.phase == session.phase)
        assert session.excess_kg == pytest.approx(visit.fluid_kg + visit.fat_kg, abs=0.005)
        assert session.fluid_kg == pytest.approx(visit.fluid_kg, abs=0.0005)
        assert (session.sex, session.age) == (person.sex, person.age)
        crops = store.crops(session)
        assert crops.shape == (2, 48, 48, 3)
        assert crops.std() > 10


def test_an_interrupted_run_goes_on_and_keeps_what_is_done(
    head: Head, weights_ready: None, small_shards: None, inline: Executor, tmp_path: Path
) -> None:
    simulate_crops(tmp_path / "whole", PLAN, executor=inline)

    with pytest.raises(KeyboardInterrupt):
        simulate_crops(tmp_path / "cut", PLAN, executor=_Once(inline))
    kept = _hashes(tmp_path / "cut")
    assert 0 < len(kept) < 6
    times = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "cut").iterdir()}
    simulate_crops(tmp_path / "cut", PLAN, executor=inline)
    assert _hashes(tmp_path / "cut") == _hashes(tmp_path / "whole")
    assert all((tmp_path / "cut" / name).stat().st_mtime_ns == at for name, at in times.items())


class _Once(Executor):
    """Does one job and is interrupted at the second."""

    def __init__(self, inner: Executor) -> None:
        self._inner, self._jobs = inner, 0

    def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        self._jobs += 1
        if self._jobs > 1:
            raise KeyboardInterrupt
        return self._inner.submit(fn, *args, **kwargs)


def test_a_population_can_grow(
    head: Head, weights_ready: None, small_shards: None, inline: Executor, tmp_path: Path
) -> None:
    simulate_crops(tmp_path / "a", PLAN, executor=inline)
    simulate_crops(tmp_path / "b", replace(PLAN, participants=1, first=2), executor=inline)
    assert _hashes(tmp_path / "b").items() <= _hashes(tmp_path / "a").items()


def test_a_swollen_face_changes_the_crop_where_it_swells(head: Head) -> None:
    person = sample_person(head, 5, 0)
    calm = CaptureProfile(light=0, pose_deg=0, expression=0, noise=0, blur_px=0, lab_drift=0)
    conditions = sitter_for(person, 0, 1, calm).conditions
    still = FrameState(0, 0, 0, {}, (0, 0), (0, 0), 0, 1)
    points = np.zeros((468, 2))
    points[[33, 133, 362, 263]] = [[39, 51], [66, 52], [94, 52], [121, 51]]
    points[[168, 6, 2]] = [[80, 48], [80, 57], [80, 88]]

    def crop(fluid_kg: float) -> NDArray[np.float64]:
        sitter = Sitter(person, Visit(0, "pre", fluid_kg, 0, 0), conditions)
        return edema_crop(sitter.picture(still, 160, 160, 55.0), points, 96).astype(float)

    change = np.abs(crop(4.0) - crop(0.0)).mean(axis=2)
    assert change[45:95].mean() > 3 * change[5:28].mean()  # cheeks and jaw, not the forehead
