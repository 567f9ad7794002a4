"""Worlds: who is filmed, and by what light and camera. The one that tests is not the one that teaches.

An encoder that is tested by the simulator that taught it is its own examiner's pupil. So the patients of the
protocol are filmed in other rooms, by another make of camera, with other skins and other compression. How
fluid shows in a face is the same in all worlds: only what the camera sees is shifted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mitate.errors import InputError
from mitate.simulate.capture import CaptureProfile
from mitate.simulate.fluid import FluidProfile
from mitate.simulate.person import PersonProfile
from mitate.simulate.rooms import WindowRooms
from mitate.simulate.sensor import SensorProfile
from mitate.simulate.skin import SkinShift

__all__ = ["LEARNING_WORLD", "NOMINAL_WORLD", "SHIFTED_WORLD", "WORLDS", "World", "world_named"]


@dataclass(frozen=True, slots=True)
class World:
    """A make-up of people and of captures, with a name.

    Attributes:
        name: ``learning``, ``nominal`` or ``shifted``.
        capture: rooms, cameras, moods.
        person: skins, fluid, patterns of swelling.
    """

    name: str
    capture: CaptureProfile = field(default_factory=CaptureProfile)
    person: PersonProfile = field(default_factory=PersonProfile)


LEARNING_WORLD = World(
    "learning",
    CaptureProfile(
        light=1.2,
        expression=1.1,
        distance_m=(0.35, 0.9),
        noise=0.014,
        jpeg=(40, 95),
        blur_px=0.025,
        lab_drift=1.0,
    ),
    PersonProfile(
        fluid=FluidProfile(gain=(2.6, 0.9), gain_sd_days=0.9, residual=(0.2, 0.4), fat_drift_sd=0.15)
    ),
)
"""What an encoder is taught in: light, faces, distances and fluid vary more than they do in a clinic."""

NOMINAL_WORLD = World("nominal")
"""The simulator as it is documented: one clinic's tablet among many."""

SHIFTED_WORLD = World(
    "shifted",
    CaptureProfile(
        pose_deg=4.5,
        distance_m=(0.4, 0.8),
        noise=0.016,
        jpeg=(45, 75),
        blur_px=0.03,
        rooms=WindowRooms(),
        sensor=SensorProfile(),
    ),
    PersonProfile(mended_gender=True, skin=SkinShift()),
)
"""Where the patients of the protocol are filmed. Fluid and its pattern are the nominal ones."""

WORLDS: Mapping[str, World] = {w.name: w for w in (NOMINAL_WORLD, SHIFTED_WORLD, LEARNING_WORLD)}


def world_named(name: str) -> World:
    """The world of this name.

    Raises:
        InputError: there is none.
    """
    if name not in WORLDS:
        raise InputError(f"there is no world {name[:40]!r}", where="--world", todo="use " + ", ".join(WORLDS))
    return WORLDS[name]
