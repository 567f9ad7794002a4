"""What breaks an estimate: the protocol's patients again, with one thing stronger, weaker, added, left out.

Every plan but ``groups`` has the same patients, on the same days, with the same draws for all that it does
not change, so that two plans differ session by session in one thing only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from mitate.errors import InputError
from mitate.simulate.face_cohort import CropPlan
from mitate.simulate.shifted import LEARNING_WORLD, NOMINAL_WORLD
from mitate.simulate.study_people import STUDY_SEED, published_design

__all__ = ["GROUPS_SEED", "NUISANCES", "THINNED", "Nuisance", "nuisance_named"]

THINNED = 10
"""Pictures of a session in a sweep: the first ten of the hundred."""

GROUPS_SEED = 7004
Change = Callable[[CropPlan], CropPlan]


@dataclass(frozen=True, slots=True)
class Nuisance:
    """One variant of the protocol's test.

    Attributes:
        name: for commands and tables.
        kind: ``published``, ``strength``, ``world``, ``left out``, ``added`` or ``groups``.
        what: it changes, in plain words.
        frames: pictures of a session, where no other number is asked for.
        change: of the published design in the shifted world.
    """

    name: str
    kind: str
    what: str
    change: Change
    frames: int = THINNED

    def plan(self, frames: int | None = None, seed: int | None = None) -> CropPlan:
        """How to make it, for `simulate_study`.

        Args:
            frames: pictures of a session; the nuisance's own number if left out.
            seed: of the population; that of the study if left out, so that patients are the same.

        Raises:
            InputError: fewer than 1 frame.
        """
        count = self.frames if frames is None else frames
        if count < 1:
            raise InputError("a session has at least one frame", where="frames")
        return self.change(published_design(seed=STUDY_SEED if seed is None else seed, frames=count))


def _capture(**changes: object) -> Change:
    return lambda plan: replace(plan, capture=replace(plan.capture, **changes))  # type: ignore[arg-type]


def _person(**changes: object) -> Change:
    return lambda plan: replace(plan, person=replace(plan.person, **changes))  # type: ignore[arg-type]


def _fluid(**changes: object) -> Change:
    def change(plan: CropPlan) -> CropPlan:
        fluid = replace(plan.person.fluid, **changes)  # type: ignore[arg-type]
        return replace(plan, person=replace(plan.person, fluid=fluid))

    return change


def _world(name: str) -> Change:
    worlds = {world.name: world for world in (NOMINAL_WORLD, LEARNING_WORLD)}

    def change(plan: CropPlan) -> CropPlan:
        world = worlds[name]
        skin = world.person.skin
        return replace(plan, capture=world.capture, person=replace(plan.person, skin=skin))

    return change


def _groups(plan: CropPlan) -> CropPlan:
    """Other and more people, so that each group has some."""
    seed = GROUPS_SEED if plan.seed == STUDY_SEED else plan.seed
    return replace(plan, participants=240, days=3, seed=seed, people=(), days_each=(), shard=5)


_ALL = (
    Nuisance(
        "published", "published", "nothing: the published design in the shifted world", lambda p: p, 100
    ),
    Nuisance("strength-0.5", "strength", "half the swelling per kilogram", _person(strength=0.5)),
    Nuisance("strength-1", "strength", "nominal swelling, fewer frames", _person(strength=1.0)),
    Nuisance("strength-2", "strength", "twice the swelling per kilogram", _person(strength=2.0)),
    Nuisance("nominal-world", "world", "the simulator's usual light, camera and skins", _world("nominal")),
    Nuisance("learning-world", "world", "the light, camera and skins that teach", _world("learning")),
    Nuisance("same-light", "left out", "one room, exposure and white balance for all", _capture(light=0.0)),
    Nuisance("no-expression", "left out", "faces at rest, no mood", _capture(expression=0.0)),
    Nuisance("no-pose", "left out", "heads straight to the camera, no turn or nod", _capture(pose_deg=0.0)),
    Nuisance("same-distance", "left out", "the camera always 55 cm away", _capture(distance_m=(0.55, 0.55))),
    Nuisance(
        "same-skin-colour", "left out", "no change of the skin's colour over days", _capture(lab_drift=0.0)
    ),
    Nuisance("no-puffiness", "left out", "no swelling that is not excess fluid", _fluid(puffiness_sd=0.0)),
    Nuisance("no-fat-drift", "left out", "no drift of true weight", _fluid(fat_drift_sd=0.0)),
    Nuisance(
        "same-pattern",
        "left out",
        "every face swells by the same millilitres at the same places",
        _person(pattern_sd=0.0, sensitivity_sd=0.0),
    ),
    Nuisance(
        "light-doubled",
        "added",
        "rooms, exposure and white balance differ twice as much",
        _capture(light=2.0),
    ),
    Nuisance(
        "expression-doubled", "added", "moods and expressions twice as strong", _capture(expression=2.0)
    ),
    Nuisance(
        "make-up", "added", "foundation, blush and lip colour in every other session", _capture(makeup=0.5)
    ),
    Nuisance(
        "fat-gain",
        "added",
        "a kilogram of fat a week, 3 kg over the longest course; scale and cheeks show it",
        _fluid(fat_gain_kg_a_week=1.0),
    ),
    Nuisance("groups", "groups", "240 other people of 3 days, to look at groups by", _groups, 5),
)

NUISANCES: Mapping[str, Nuisance] = MappingProxyType({one.name: one for one in _ALL})
"""All variants by name."""


def nuisance_named(name: str) -> Nuisance:
    """The variant of this name.

    Raises:
        InputError: there is none.
    """
    if name not in NUISANCES:
        raise InputError(
            f"there is no plan {name[:40]!r}", where="--plan", todo="use one of: " + ", ".join(NUISANCES)
        )
    return NUISANCES[name]
