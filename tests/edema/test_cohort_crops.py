from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mitate.edema.cohort import Cohort, read_cohort
from mitate.edema.cohort_crops import cohort_crops
from mitate.errors import InputError
from mitate.face.select import Networks, read_clip


@pytest.fixture
def cohort(portrait_cohort: Path, tmp_path: Path, weights_ready: None) -> Cohort:
    return read_cohort(Path(shutil.copytree(portrait_cohort, tmp_path / "cohort")))


def test_every_session_with_its_label_and_the_crops_of_its_own_film(
    cohort: Cohort, tmp_path: Path, networks: Networks
) -> None:
    store, left_out = cohort_crops(cohort, tmp_path / "crops", size=32, frames=3)
    assert left_out == ()
    assert store.trained_on == "two portraits"
    excess = {(s.participant_id, s.session_id): s.excess_kg for s in store.sessions}
    assert excess == pytest.approx(
        {
            ("a", "0-pre"): 2.0,
            ("a", "0-post"): 0.2,
            ("a", "1-pre"): 1.5,
            ("a", "1-post"): 0.0,
            ("b", "0-pre"): 3.0,
            ("b", "0-post"): 0.4,
        }
    )
    for session in store.sessions:
        path = cohort.root / f"videos/{session.participant_id}{session.session_id.replace('-', '')}.mp4"
        clip = read_clip(path, count=3, size=32, networks=networks)
        np.testing.assert_array_equal(store.crops(session), clip.crops)


def test_simulated_cohorts_say_so(cohort: Cohort, tmp_path: Path) -> None:
    store, _ = cohort_crops(replace(cohort, simulated=True), tmp_path / "crops", size=32, frames=1)
    assert store.trained_on == "simulated"


def test_interrupted_it_reads_only_what_is_missing(cohort: Cohort, tmp_path: Path) -> None:
    root = tmp_path / "crops"

    def stop(what: str, done: float, total: float, detail: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cohort_crops(cohort, root, size=32, frames=1, progress=stop)
    kept = {p: p.stat().st_mtime_ns for p in root.glob("sessions/*.npz")}
    assert len(kept) == 2
    begun: list[float] = []
    store, _ = cohort_crops(
        cohort, root, size=32, frames=1, progress=lambda what, done, total, detail: begun.append(done)
    )
    assert begun == [2, 3, 4, 5, 6]
    assert len(store.sessions) == 6
    assert not (root / "sessions").exists()
    begun.clear()
    again, _ = cohort_crops(cohort, root, size=32, frames=1, progress=lambda *told: begun.append(told[1]))
    assert begun == []
    assert again.sessions == store.sessions


def test_what_cannot_be_used_is_named(cohort: Cohort, tmp_path: Path) -> None:
    videos = cohort.root / "videos"
    shutil.copy(videos / "b0pre.mp4", videos / "a0pre.mp4")
    (videos / "a1pre.mp4").write_bytes(b"no film")
    told: list[str] = []
    store, left_out = cohort_crops(
        cohort, tmp_path / "crops", size=32, frames=1, progress=lambda *rest: told.append(rest[3])
    )
    assert {(lost.session_id, lost.reason) for lost in left_out} == {
        ("0-pre", "wrong_person"),
        ("1-pre", "unreadable"),
    }
    assert told[-1] == "1 left out"
    assert {s.session_id for s in store.only(["a"]).sessions} == {"0-post", "1-post"}


def test_somebody_elses_workers(cohort: Cohort, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        store, _ = cohort_crops(cohort, tmp_path / "crops", size=32, frames=1, executor=pool)
    assert len(store.sessions) == 6


def test_several_processes_give_the_same(cohort: Cohort, tmp_path: Path) -> None:
    one, _ = cohort_crops(cohort, tmp_path / "one", size=32, frames=1)
    two, _ = cohort_crops(cohort, tmp_path / "two", size=32, frames=1, workers=2)
    assert one.sessions == two.sessions
    np.testing.assert_array_equal(next(one.blocks()), next(two.blocks()))


def test_a_folder_of_other_crops_is_refused(cohort: Cohort, tmp_path: Path) -> None:
    root = tmp_path / "crops"
    cohort_crops(cohort, root, size=32, frames=1)
    with pytest.raises(InputError, match="other tables, videos or settings"):
        cohort_crops(cohort, root, size=48, frames=1)
    (cohort.root / "videos/a0pre.mp4").touch()
    with pytest.raises(InputError, match="other tables, videos or settings"):
        cohort_crops(cohort, root, size=32, frames=1)
    with pytest.raises(InputError, match="in use"):
        cohort_crops(cohort, cohort.root, size=32)


def test_no_film_at_all_and_no_usable_film(cohort: Cohort, tmp_path: Path) -> None:
    bare = replace(cohort, sessions=tuple(replace(s, video="") for s in cohort.sessions))
    with pytest.raises(InputError, match="no session of this cohort has a video"):
        cohort_crops(bare, tmp_path / "bare", size=32)
    assert not (tmp_path / "bare").exists()
    for path in cohort.root.glob("videos/*"):
        path.write_bytes(b"no film")
    with pytest.raises(InputError, match="none of the 6 clips"):
        cohort_crops(cohort, tmp_path / "crops", size=32)
