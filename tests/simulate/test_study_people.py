from __future__ import annotations

import hashlib
import json
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mitate.edema.crops import open_crops
from mitate.errors import InputError
from mitate.simulate.face_cohort import CropPlan, session_crops
from mitate.simulate.fluid import FluidProfile
from mitate.simulate.head import Head
from mitate.simulate.person import sample_person, sex_and_years
from mitate.simulate.shifted import LEARNING_WORLD, NOMINAL_WORLD, SHIFTED_WORLD
from mitate.simulate.study_people import prior_people, published_design, simulate_study, skin_tone, study_days


def _small(frames: int = 1) -> CropPlan:
    """The first two patients of the design, two days and one."""
    plan = published_design(frames=frames)
    return replace(plan, participants=2, people=plan.people[:2], days_each=(2, 1))


def _hashes(root: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(root.iterdir())}


def test_the_design_is_the_published_one() -> None:
    plan = published_design()
    roster = plan.roster()
    people = [sex_and_years(plan.seed, index, plan.person) for index, _ in roster]
    ages = np.array([age for _, age in people])
    assert len(roster) == len(set(plan.people)) == plan.participants == 39
    assert [sex for sex, _ in people].count("M") == 25
    assert round(float(ages.mean()), 1) == 73.5
    assert round(float(ages.std(ddof=1)), 1) == 9.4
    days = study_days()
    assert plan.days_each == days
    assert (min(days), max(days), sum(days)) == (1, 10, 196)
    assert 2 * sum(days) * plan.frames == 39_200
    assert (plan.size, plan.eyes_px) == (64, 31.5)
    assert plan.capture == SHIFTED_WORLD.capture
    assert plan.person == replace(SHIFTED_WORLD.person, fluid=FluidProfile(), mended_gender=True)


def test_age_and_length_of_the_course_do_not_go_together_by_sex() -> None:
    plan = published_design()
    people = [(*sex_and_years(plan.seed, index), days) for index, days in plan.roster()]
    ages = {sex: np.mean([age for s, age, _ in people if s == sex]) for sex in ("M", "F")}
    assert abs(ages["M"] - ages["F"]) < 6  # about two standard errors
    assert abs(np.corrcoef([age for _, age, _ in people], [days for *_, days in people])[0, 1]) < 0.32


def test_every_world_and_strength_has_the_same_patients() -> None:
    plan = published_design()
    for other in (published_design(world=NOMINAL_WORLD), published_design(strength=2.0, frames=3)):
        assert (other.people, other.days_each, other.seed) == (plan.people, plan.days_each, plan.seed)
        assert other.person.fluid == FluidProfile()
    assert published_design(strength=2.0).person.strength == 2.0
    assert published_design(seed=1).people != plan.people


def test_men_have_mens_faces(head: Head) -> None:
    plan = published_design()
    for index in plan.people[:8]:
        person = sample_person(head, plan.seed, index, plan.person)
        assert (person.phenotype["gender"] < 0.5) == (person.sex == "M")  # the model's 0 is a man


def test_people_to_learn_a_prior_from_are_others_with_a_clinics_fluid() -> None:
    plan = prior_people()
    assert (plan.participants, plan.days, plan.frames, plan.rooms) == (200, 6, 6, 0)
    assert plan.seed not in (7001, published_design().seed)
    assert plan.capture == LEARNING_WORLD.capture
    assert plan.person.fluid == FluidProfile()


def test_fewer_frames_are_the_first_of_more(head: Head, weights_ready: None) -> None:
    plan = published_design(frames=2)
    person = sample_person(head, plan.seed, plan.people[0], plan.person)
    two = session_crops(person, 1, plan)
    assert np.array_equal(session_crops(person, 1, replace(plan, frames=1))[0], two[0])


def test_a_study_on_disk_goes_on_and_says_what_is_known(
    head: Head, weights_ready: None, inline: Executor, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    plan, root = _small(), tmp_path / "study"
    simulate_study(root, plan, executor=inline, progress=lambda *at: told.append(at))
    assert told == [(0, 2), (1, 2), (2, 2)]
    whole = _hashes(root)
    store = open_crops(root)
    assert (store.size, len(store), store.trained_on) == (64, 6, "simulated")
    facts = json.loads((root / "simulation.json").read_text())["participants"]
    assert [of["participant_id"] for of in facts] == list(store.participants)
    assert [len(of["sessions"]) for of in facts] == [4, 2]
    assert [s["session_id"] for of in facts for s in of["sessions"]] == [s.session_id for s in store.sessions]
    for session, row in zip(store.sessions, (s for of in facts for s in of["sessions"]), strict=True):
        dry = next(of["dry_weight_kg"] for of in facts if of["participant_id"] == session.participant_id)
        assert session.excess_kg == pytest.approx(row["fluid_kg"] + row["fat_kg"], abs=0.0051)
        assert row["weight_kg"] - dry == pytest.approx(session.excess_kg, abs=0.0552)
        assert row["light"] in ("even", "dim", "from the side")
    assert set(facts[0]["groups"]) == {"sex", "age", "skin tone"}
    (root / "people-7003-000001.json").unlink()  # as if interrupted before the second patient
    simulate_study(root, plan, executor=inline)
    assert _hashes(root) == whole
    with pytest.raises(InputError, match="other settings"):
        simulate_study(root, replace(plan, frames=2), executor=inline)
    assert _hashes(root) == whole


def test_a_roster_has_one_row_for_each_participant() -> None:
    assert CropPlan(2, 3, 1, 0, first=5).roster() == [(5, 3), (6, 3)]
    with pytest.raises(InputError, match="one index"):
        CropPlan(3, 1, 1, 0, people=(1, 2)).roster()
    with pytest.raises(InputError, match="one index"):
        CropPlan(2, 1, 1, 0, days_each=(1,)).roster()


@pytest.mark.parametrize(
    ("ita", "name"),
    [(60, "very light"), (50, "light"), (41, "intermediate"), (20, "tan"), (-29, "brown"), (-30, "dark")],
)
def test_tones_by_the_typology_angle(ita: float, name: str) -> None:
    assert skin_tone(ita) == name
