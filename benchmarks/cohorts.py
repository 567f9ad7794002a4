"""Simulated people for measuring, made once and kept in build/bench."""

from __future__ import annotations

from pathlib import Path

from mitate.edema.crops import CropStore, open_crops
from mitate.simulate.face_cohort import CropPlan, simulate_crops
from mitate.simulate.person import PersonProfile

__all__ = ["BUILD", "say", "unseen_people"]

BUILD = Path(__file__).parents[1] / "build" / "bench"
TEST_SEED = 9001  # the committed encoder was trained on people of another seed


def unseen_people(participants: int, days: int, frames: int, size: int, strength: float = 1.0) -> CropStore:
    """Crops of people that no encoder was trained on; made at the first call.

    With a strength of 0 the faces do not swell at all: whatever a method still finds in them is a leak.
    """
    plan = CropPlan(participants, days, frames, TEST_SEED, size=size, person=PersonProfile(strength=strength))
    name = f"people-{TEST_SEED}-{participants}x{days}x{frames}-{size}px"
    root = BUILD / (name if strength == 1 else f"{name}-strength-{strength}")
    print(f"simulating {participants} test patients into {root} (kept for the next run)")
    simulate_crops(root, plan, progress=say)
    return open_crops(root)


def say(done: int, total: int) -> None:
    """Progress on one line."""
    print(f"\r  {done} of {total} people", end="" if done < total else "\n", flush=True)
