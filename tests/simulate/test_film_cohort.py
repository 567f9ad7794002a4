from __future__ import annotations

import hashlib
import json
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

import pytest

from mitate.edema.cohort import check_cohort, read_cohort
from mitate.errors import InputError
from mitate.simulate.clips import FilmPlan
from mitate.simulate.film_cohort import simulate_cohort
from mitate.simulate.head import Head
from mitate.simulate.person import sample_person

PLAN = FilmPlan(participants=2, days=2, seed=3, seconds=0.3, width=96, height=128)


def _hashes(root: Path) -> dict[str, str]:
    files = sorted(p for p in root.rglob("*") if p.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def made(head: Head, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by two processes."""
    root = tmp_path_factory.mktemp("made") / "cohort"
    simulate_cohort(root, PLAN, name="trial", workers=2)
    return root


def test_a_simulated_cohort_is_a_cohort_without_problems(made: Path) -> None:
    assert check_cohort(made) == []
    cohort = read_cohort(made)
    assert cohort.simulated
    assert cohort.name == "trial"
    assert [p.participant_id for p in cohort.participants] == ["sim-3-0000", "sim-3-0001"]
    assert len(cohort.sessions) == 8


def test_weights_are_dry_weight_fluid_and_fat_on_a_scale(made: Path, head: Head) -> None:
    cohort = read_cohort(made)
    truths = {
        (of["participant_id"], session["session_id"]): session
        for of in json.loads((made / "simulation.json").read_text())["participants"]
        for session in of["sessions"]
    }
    for index, participant in enumerate(cohort.participants):
        person = sample_person(head, 3, index)
        assert (participant.sex, participant.age) == (person.sex, person.age)
        for session, visit in zip(cohort.sessions_of(person.participant_id), person.course(2), strict=True):
            truth = truths[person.participant_id, session.session_id]
            assert truth["fluid_kg"] == pytest.approx(visit.fluid_kg, abs=1e-4)
            assert session.weight_kg is not None
            assert participant.dry_weight_kg is not None
            assert session.weight_kg == round(session.weight_kg, 1)
            excess = session.weight_kg - participant.dry_weight_kg
            assert excess == pytest.approx(truth["fluid_kg"] + truth["fat_kg"], abs=0.0502)
            assert session.captured_at is not None
            assert (session.phase == "pre") == (session.captured_at.hour < 11)


def test_one_worker_gives_the_same_bytes(made: Path, inline: Executor, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate_cohort(
        tmp_path / "again", PLAN, name="trial", executor=inline, progress=lambda *at: told.append(at)
    )
    assert told == [(k, 8) for k in range(9)]
    assert _hashes(tmp_path / "again") == _hashes(made)


def test_an_interrupted_cohort_goes_on_and_keeps_its_films(
    made: Path, inline: Executor, tmp_path: Path
) -> None:
    root = tmp_path / "cut"

    class Stopping(type(inline)):  # type: ignore[misc]  # an executor that is interrupted at the fourth film
        def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
            if len(list((root / "videos").glob("*.mp4"))) == 3:
                raise KeyboardInterrupt
            return super().submit(fn, *args, **kwargs)

    with pytest.raises(KeyboardInterrupt):
        simulate_cohort(root, PLAN, name="trial", executor=Stopping())
    kept = {p: p.stat().st_mtime_ns for p in (root / "videos").iterdir()}
    assert len(kept) == 3
    assert not (root / "sessions.tsv").exists()  # not finished, and no reader takes it for a cohort
    (root / "videos" / ".left.mp4.0.partial").write_bytes(b"")
    told: list[tuple[int, int]] = []
    simulate_cohort(root, PLAN, name="trial", executor=inline, progress=lambda *at: told.append(at))
    assert told[0] == (3, 8)
    assert all(p.stat().st_mtime_ns == at for p, at in kept.items())
    assert _hashes(root) == _hashes(made)


def test_a_folder_with_something_else_is_left_alone(made: Path, inline: Executor, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not empty"):
        simulate_cohort(tmp_path, PLAN, executor=inline)
    with pytest.raises(InputError, match="not empty"):
        simulate_cohort(tmp_path / "thesis.txt", PLAN, executor=inline)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
    before = _hashes(made)
    with pytest.raises(InputError, match="other settings"):
        simulate_cohort(made, replace(PLAN, seconds=0.5), executor=inline)
    assert _hashes(made) == before
