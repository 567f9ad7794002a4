"""The simulated people of the oedema studies, made once and kept in build/protocol."""

from __future__ import annotations

from pathlib import Path

from benchmarks.cohorts import say
from benchmarks.orl import DATA as ORL
from mitate.edema.crops import CropStore, open_crops
from mitate.simulate import study_people
from mitate.simulate.face_cohort import CropPlan, simulate_crops
from mitate.simulate.nuisances import nuisance_named
from mitate.simulate.shifted import LEARNING_WORLD
from mitate.simulate.swell_people import ORL_LEARN, photo_learn_store

__all__ = ["LEARNERS", "LEARNERS_SEED", "ROOT", "learners", "photographed", "prior_people", "sweep", "tested"]

ROOT = Path(__file__).parents[1] / "build" / "protocol"
LEARNERS, LEARNERS_SEED, PHOTOGRAPHS_SEED = 6860, 7001, 7101


def learners(people: int = LEARNERS) -> CropStore:
    """People who teach networks: six sessions each, every one in four rooms."""
    plan = CropPlan(
        people,
        3,
        1,
        LEARNERS_SEED,
        size=64,
        rooms=4,
        eyes_px=31.5,
        person=LEARNING_WORLD.person,
        capture=LEARNING_WORLD.capture,
    )
    simulate_crops(ROOT / "learn", plan, progress=say)
    store = open_crops(ROOT / "learn")
    return store.only(store.participants[:people])


def prior_people() -> CropStore:
    """200 others, who teach priors."""
    return _study("prior", study_people.prior_people())


def tested() -> CropStore:
    """The 39 patients of the published design in the shifted world, 39,200 crops."""
    return _study("test", study_people.published_design())


def sweep(name: str) -> CropStore:
    """The same patients with one thing changed, ten crops a session (`mitate.simulate.nuisances`)."""
    return _study(f"sweeps/{name}", nuisance_named(name).plan())


def photographed() -> CropStore | None:
    """Twenty people of the ORL photographs with computed swelling; None where they are not at hand."""
    if not ORL.exists():
        return None
    root = ROOT / "photos-learn"
    photo_learn_store(ORL / "archive", ORL_LEARN, root, states=40, seed=PHOTOGRAPHS_SEED)
    return open_crops(root)


def _study(name: str, plan: CropPlan) -> CropStore:
    root = ROOT / name
    study_people.simulate_study(root, plan, progress=say)
    return open_crops(root)
