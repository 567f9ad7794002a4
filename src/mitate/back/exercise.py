"""An exercise as a file tells it: what it is, which causes it serves, when not to do it, how it looks.

Each exercise is one TOML file in ``knowledge/exercises``; its name is the file's. The classes here are the
schema: a key that they do not know, a missing one or a value of another type is refused with its place.
What refers to other files (causes, sources, limits, other exercises) is checked by `mitate.back.exercises`.

Degrees and sides as everywhere: anatomical names, flexion positive, left and right are the person's own.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "Aim",
    "CoachFault",
    "CoachPlan",
    "Dose",
    "Equipment",
    "Exercise",
    "Film",
    "Instead",
    "Kind",
    "Lines",
    "Load",
    "NotWhen",
    "Part",
    "Pose",
    "Region",
    "Start",
    "Step",
    "Words",
]

Region = Literal["low_back", "neck"]
Kind = Literal["mobility", "control", "strength", "endurance", "aerobic", "posture", "daily", "relaxation"]
Start = Literal[
    "standing", "sitting", "supine", "prone", "side_lying", "hands_and_knees", "kneeling", "floor_sitting"
]
Equipment = Literal["mat", "chair", "wall", "band", "stick", "step", "cushion", "towel", "weight", "table"]
Part = Literal[
    "neck",
    "shoulders",
    "shoulder_blades",
    "arms",
    "chest",
    "upper_back",
    "low_back",
    "abdomen",
    "side_trunk",
    "glutes",
    "hip_side",
    "hip_front",
    "thigh_front",
    "thigh_back",
    "thigh_inner",
    "calves",
]
Load = Literal[
    "lumbar_flexion",
    "lumbar_extension",
    "lumbar_rotation",
    "lumbar_compression",
    "hip_flexion",
    "hip_extension",
    "hip_abduction",
    "knee",
    "calf",
    "shoulder",
    "wrist",
    "neck_flexion",
    "neck_extension",
    "neck_rotation",
    "balance",
    "heart",
]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all parts share: nothing unknown, nothing that changes."""


class Words(_Strict, frozen=True):
    """The same in English and in Japanese."""

    en: str
    ja: str

    def text(self, language: str) -> str:
        """In one language, ``en`` or ``ja``."""
        return self.ja if language == "ja" else self.en


class Lines(_Strict, frozen=True):
    """The same lines in English and in Japanese, as many in each."""

    en: tuple[str, ...]
    ja: tuple[str, ...]

    def text(self, language: str) -> tuple[str, ...]:
        """In one language, ``en`` or ``ja``."""
        return self.ja if language == "ja" else self.en


class Aim(_Strict, frozen=True):
    """A cause that the exercise serves.

    Attributes:
        cause: of the region's knowledge base, as ``hip_extensor_weakness``, or with its values as
            ``control_impairment(flexion)``; without values it stands for all of them.
        why: one sentence.
        source: names of sources of the region's knowledge base.
        strength: 3 where a source names this exercise or its kind for this cause, 2 where a source names the
            principle only, 1 where it is this project's judgement.
    """

    cause: str
    why: Words
    source: tuple[str, ...]
    strength: Literal[1, 2, 3]


class Dose(_Strict, frozen=True):
    """How much.

    Attributes:
        sets, repetitions: of one session; repetitions of each side where `per_side`.
        hold_s: seconds in the end position of each repetition.
        tempo_s: seconds out and back.
        rest_s: between sets.
        days_a_week: 1 to 7.
        minutes: of aerobic exercise, instead of repetitions (`repetitions` is then 1).
    """

    sets: int
    repetitions: int
    days_a_week: int
    hold_s: float = 0.0
    tempo_s: tuple[float, float] = (2.0, 2.0)
    rest_s: float = 30.0
    per_side: bool = False
    minutes: float = 0.0


class Step(_Strict, frozen=True):
    """One step of progression or regression: another dose, or another exercise; in words too."""

    text: Words
    dose: Dose | None = None
    exercise: str = ""


class Instead(_Strict, frozen=True):
    """What a person of 80 does instead, or one on a chair: in words, and if there is one, which exercise."""

    text: Words
    exercise: str = ""


class NotWhen(_Strict, frozen=True):
    """When not to do it.

    Attributes:
        when: a limit (``knowledge/limits.toml``), a red flag, or an observation or cause of the region's
            knowledge base, with values where it has them.
        why: one sentence.
        source: names of sources of the region's knowledge base.
    """

    when: str
    why: Words
    source: tuple[str, ...]


class Pose(_Strict, frozen=True):
    """A key pose of the film, reached from the one before it.

    The first pose is where a repetition starts and ends. Angles are in degrees by name of a degree of
    freedom (`mitate.simulate.exercise_pose`); a name without ``_left`` or ``_right`` stands for both sides.
    What a pose leaves out is as in the first pose, and 0 where that leaves it out too.

    Attributes:
        name: shown in the caption's place and in messages.
        seconds: that it takes to come here from the pose before; for the first pose, from the last.
        hold_s: that it is held.
        angles: degrees by degree of freedom.
        contact: which parts of the body rest where: ``left_foot = "floor"``.
    """

    name: str
    seconds: float
    hold_s: float = 0.0
    angles: dict[str, float] = {}
    contact: dict[str, str] = {}


class Film(_Strict, frozen=True):
    """How the film is made.

    Attributes:
        views: two of ``side``, ``front``, ``back``, ``oblique``; the first is the large one.
        repetitions: shown, alternating sides where `alternate`.
        alternate: every second repetition is mirrored.
        captions: shown one after the other over a repetition, from start to end.
    """

    views: tuple[Literal["side", "front", "back", "oblique", "top"], ...]
    repetitions: int
    captions: Lines
    alternate: bool = False


class CoachFault(_Strict, frozen=True):
    """One common fault, and how a camera sees it.

    Attributes:
        name: its own, within the exercise.
        signal: one of `mitate.back.signals.SIGNALS`.
        at: when it is looked at: at the ``peak`` of a repetition, its ``start``, or its ``most`` or ``least``
            in between.
        relative: whether the value is the change since the start of the repetition.
        more_than, less_than: the fault is there beyond this; one of them.
        say: the correction, one short sentence to say aloud.
        see: what is seen, for the report.
    """

    name: str
    signal: str
    say: Words
    see: Words
    at: Literal["peak", "start", "most", "least"] = "peak"
    relative: bool = False
    more_than: float | None = None
    less_than: float | None = None


class CoachPlan(_Strict, frozen=True):
    """What the coach watches.

    Attributes:
        signal: one of `mitate.back.signals.SIGNALS` whose rise (or fall, where `falls`) is a repetition;
            empty where the exercise is held or walked and seconds are counted instead.
        least: change of the signal that makes a repetition.
        target: change of the signal that is prescribed, from and to.
        view: from where the device should look.
        faults: two or three.
        falls: whether a repetition lowers the signal.
    """

    signal: str
    view: Literal["side", "front"]
    faults: tuple[CoachFault, ...]
    least: float = 0.0
    target: tuple[float, float] = (0.0, 0.0)
    falls: bool = False


class Exercise(_Strict, frozen=True):
    """One exercise; see the attributes' own classes.

    Attributes:
        title: what it is called.
        region: whose causes it serves.
        kind, start, equipment, parts: what it is, how it starts, what it needs, what works in it.
        loads: what it strains: no two exercises of one session strain the same thing hard.
        level: 1 (for nearly everybody) to 3 (hard).
        minutes: that one session of it takes, rests included.
        steps: how it is done, step by step.
        description: of the film, for who cannot see it.
        serves: at least one.
        not_when: at least one.
    """

    title: Words
    region: Region
    kind: Kind
    start: Start
    level: Literal[1, 2, 3]
    minutes: float
    parts: tuple[Part, ...]
    steps: Lines
    description: Words
    serves: tuple[Aim, ...]
    dose: Dose
    harder: tuple[Step, ...]
    easier: tuple[Step, ...]
    elder: Instead
    chair: Instead
    not_when: tuple[NotWhen, ...]
    film: Film
    poses: tuple[Pose, ...]
    coach: CoachPlan
    equipment: tuple[Equipment, ...] = ()
    loads: tuple[Load, ...] = ()
    name: str = ""
