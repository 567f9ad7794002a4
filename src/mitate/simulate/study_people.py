"""The patients of the protocol, in number and make-up those of the published study, as crops on disk.

Published: 39 patients, 25 men and 14 women, 73.5 ± 9.4 years, one to ten treatment days each, before and
after dialysis, 100 pictures a session, 39,200 in all (Akamatsu et al. 2022). So 392 sessions, 196 days.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from mitate.simulate.claim import claim_folder
from mitate.simulate.face_cohort import CropPlan, Progress, conditions_of, simulate_crops
from mitate.simulate.fluid import FluidProfile
from mitate.simulate.head import load_head
from mitate.simulate.person import Person, PersonProfile, sample_person, sex_and_years
from mitate.simulate.rooms import illumination, light_band
from mitate.simulate.shifted import LEARNING_WORLD, SHIFTED_WORLD, World
from mitate.simulate.skin import ita_deg

__all__ = ["STUDY_SEED", "prior_people", "published_design", "simulate_study", "skin_tone", "study_days"]

STUDY_SEED = 7003
PRIOR_SEED = 7002
_MEN, _WOMEN, _DAYS = 25, 14, 196
_AGE = NormalDist(73.5, 9.4)
_SIZE, _EYES_PX = 64, 31.5
_POOL = 2000  # people of a population among whom the study's are looked for


def study_days() -> tuple[int, ...]:
    """Treatment days of each of the 39 patients, 1 to 10, 196 in all; always the same."""
    rng = np.random.default_rng(196)
    days = rng.integers(1, 11, _MEN + _WOMEN)
    while days.sum() != _DAYS:
        step = 1 if days.sum() < _DAYS else -1
        one = int(rng.integers(len(days)))
        if 1 <= days[one] + step <= 10:
            days[one] += step
    return tuple(int(count) for count in days)


@lru_cache(maxsize=8)
def _roster(seed: int) -> tuple[int, ...]:
    """Indices of 25 men and 14 women of a population whose ages are as those published.

    The ages looked for are 39 quantiles of the normal distribution, dealt to the sexes at random; each goes
    to the person who is nearest to it and not yet taken.
    """
    rng = np.random.default_rng([seed, 39])
    count = _MEN + _WOMEN
    wanted = [_AGE.inv_cdf((k + 0.5) / count) for k in range(count)]
    sexes = rng.permutation(["M"] * _MEN + ["F"] * _WOMEN)
    people = {index: sex_and_years(seed, index) for index in range(_POOL)}
    taken: list[int] = []
    for age, sex in zip(wanted, sexes, strict=True):
        free = [index for index, (own, _) in people.items() if own == sex and index not in taken]
        taken.append(min(free, key=lambda index: (abs(people[index][1] - age), index)))
    return tuple(int(index) for index in rng.permutation(taken))


def published_design(
    seed: int = STUDY_SEED, frames: int = 100, world: World = SHIFTED_WORLD, strength: float = 1.0
) -> CropPlan:
    """The published study's patients, days and sessions in some world.

    Fluid is nominal in every world, and men have men's faces. The same seed gives the same patients with the
    same fluid, moods and poses in each; fewer frames are the first ones of more.

    Args:
        seed: of the population; not one that anything was learned from.
        frames: pictures of a session.
        world: rooms, cameras and skins.
        strength: of swelling; 1 is nominal.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    days = study_days()
    person = replace(world.person, fluid=FluidProfile(), strength=strength, mended_gender=True)
    return CropPlan(
        participants=len(days),
        days=max(days),
        frames=frames,
        seed=seed,
        size=_SIZE,
        eyes_px=_EYES_PX,
        person=person,
        capture=world.capture,
        people=_roster(seed),
        days_each=days,
        shard=1,
    )


def prior_people(
    seed: int = PRIOR_SEED,
    participants: int = 200,
    days: int = 6,
    frames: int = 6,
    world: World = LEARNING_WORLD,
) -> CropPlan:
    """Other people in the learning world, for priors and calibration: ordinary sessions, nominal fluid.

    Args:
        seed: of the population.
        participants, days, frames: how many people, treatment days, crops a session.
        world: rooms, cameras and skins; its fluid is replaced by the nominal one.
    """
    person: PersonProfile = replace(world.person, fluid=FluidProfile(), mended_gender=True)
    return CropPlan(
        participants=participants,
        days=days,
        frames=frames,
        seed=seed,
        size=_SIZE,
        eyes_px=_EYES_PX,
        person=person,
        capture=world.capture,
        shard=5,
    )


def skin_tone(ita: float) -> str:
    """Name of a skin by its typology angle in degrees (Chardon et al. 1991; Del Bino and Bernerd 2013)."""
    steps = ((55, "very light"), (41, "light"), (28, "intermediate"), (10, "tan"), (-30, "brown"))
    return next((name for least, name in steps if ita > least), "dark")


def _age_band(years: int) -> str:
    return "under 65" if years < 65 else "65 to 74" if years < 75 else "75 and over"


def _truth(person: Person, days: int, plan: CropPlan) -> dict[str, Any]:
    """What is known of a patient because he is simulated, and what fairness is looked at by."""
    ita = ita_deg(person.skin.lab)
    sessions = []
    for number, visit in enumerate(person.course(days)):
        room = conditions_of(person, number, plan.capture)
        ahead = illumination(room.light, np.array([0.0, 0.0, 1.0]))
        sessions.append(
            {
                "session_id": f"d{visit.day:03d}-{visit.phase}",
                "weight_kg": round(person.dry_weight_kg + visit.excess_kg, 1),
                "fluid_kg": round(visit.fluid_kg, 4),
                "fat_kg": round(visit.fat_kg, 4),
                "puffiness_kg": round(visit.puffiness_kg, 4),
                "light": light_band(room.light, room.exposure),
                "light_level": round(room.exposure * ahead, 3),
                "made_up": room.makeup is not None,
            }
        )
    return {
        "participant_id": person.participant_id,
        "dry_weight_kg": person.dry_weight_kg,
        "age": person.age,
        "groups": {
            "sex": "men" if person.sex == "M" else "women",
            "age": _age_band(person.age),
            "skin tone": skin_tone(ita),
        },
        "skin_lab": [round(value, 2) for value in person.skin.lab],
        "ita_deg": round(ita, 1),
        "ml_per_kg": {name: round(value, 4) for name, value in person.ml_per_kg.items()},
        "sessions": sessions,
    }


def simulate_study(
    root: Path,
    plan: CropPlan,
    *,
    workers: int = 2,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> float:
    """Fill a folder with the crops of a plan; goes on where an earlier run of the same plan stopped.

    Beside the shards of crops, ``simulation.json`` has the plan, the versions that made it and what is known
    of each participant: dry weight, ``groups`` (sex, age, skin tone), the pattern of swelling, and of each
    session its weight, fluid and ``light`` (even, dim, or from the side).

    Args:
        root: a new or empty folder, or one begun with the same plan.
        plan: such as `published_design`'s. It alone decides the pixels, not the number of workers.
        workers: processes, where no executor is given.
        executor: runs the shards elsewhere; it must see the same folder.
        progress: called with people done and people in all.

    Returns:
        Seconds that it took.

    Raises:
        InputError: the folder holds something else, or cannot be written to.
        MissingExtraError: the `simulate` extra is not installed.
    """
    start = time.monotonic()
    head = load_head()
    truths = [
        _truth(sample_person(head, plan.seed, index, plan.person), days, plan)
        for index, days in plan.roster()
    ]
    claim_folder(root, plan, truths, what="crops of simulated patients; no person is shown")
    simulate_crops(root, plan, workers=workers, executor=executor, progress=progress)
    return time.monotonic() - start
