"""Whether one exercise is whole in itself: its words, dose, film, key poses and what the coach watches.

`mitate.back.exercise_check` asks the rest: whether what it refers to is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mitate.abduce.names import did_you_mean
from mitate.back.exercise import CoachFault, Dose, Exercise, Lines, Words
from mitate.back.signals import SIGNALS

__all__ = ["DEGREES", "POINTS", "SURFACES", "Entry", "dose_minutes", "entries_of", "film_seconds", "repeated"]

_FILM_S = (10.0, 40.0)
_MOST_HOLD_S = 5.0  # of a key pose: a still picture is no film
_MINUTES_OFF = 2.0  # times the minutes that the dose adds up to, or their part, and
_MINUTES_LEAST = 1.5  # so many minutes are let pass in any case
_IMPLIED: Mapping[str, tuple[str, ...]] = {
    "seat_of_chair": ("chair",),
    "back_of_chair": ("chair",),
    "wall": ("wall",),
    "step": ("step",),
    "table": ("table",),
    "cushion": ("cushion", "towel"),
}
_SIDED = ("foot", "heel", "toes", "knee", "thigh", "hand", "forearm", "elbow", "hip_side", "shoulder_side")
POINTS: tuple[str, ...] = (
    *(f"{side}_{point}" for side in ("left", "right") for point in _SIDED),
    "seat",
    "pelvis_back",
    "pelvis_front",
    "upper_back",
    "chest",
    "belly",
    "head_back",
    "head_front",
    "head_side",
)
"""All parts of the body that a pose may let rest on something."""
_MIDDLE = frozenset(
    {"pelvis_tilt", "pelvis_list", "pelvis_turn", "chin_tuck", "neck_protraction"}
    | {f"{p}_{k}" for p in ("lumbar", "thoracic", "neck") for k in ("flexion", "bending", "rotation")}
)
_PAIRED = frozenset(
    {"hip_flexion", "hip_abduction", "hip_rotation", "knee_flexion", "ankle_flexion", "elbow_flexion"}
    | {"shoulder_flexion", "shoulder_abduction", "shoulder_rotation", "forearm_rotation", "wrist_extension"}
    | {"scapula_elevation", "scapula_retraction"}
)
# `mitate.simulate.exercise_limits` and `exercise_contact` say the same; a test compares.
DEGREES = _MIDDLE | _PAIRED | {f"{name}_{side}" for name in _PAIRED for side in ("left", "right")}
SURFACES = frozenset({*_IMPLIED, "floor"})
"""What a part of the body can rest on."""
Entry = tuple[str, str]
"""A place in the file, and what is wrong there and what to do about it."""


def entries_of(one: Exercise) -> Iterator[Entry]:
    """What is wrong with one exercise in itself, each with its place in the file."""
    yield from _words(one)
    yield from _dose(one)
    yield from _film(one)
    yield from _poses(one)
    yield from _coach(one)


def film_seconds(one: Exercise) -> float:
    """How long its film is, by the key poses: every repetition that is shown."""
    return one.film.repetitions * sum(pose.seconds + pose.hold_s for pose in one.poses)


def _texts(one: Exercise) -> Iterator[tuple[str, Words | Lines]]:
    yield from (("title", one.title), ("steps", one.steps), ("description", one.description))
    yield "film.captions", one.film.captions
    for place, whole in (("elder", one.elder), ("chair", one.chair)):
        yield f"{place}.text", whole.text
    for place, steps in (("harder", one.harder), ("easier", one.easier)):
        yield from ((f"{place}[{i}].text", step.text) for i, step in enumerate(steps))
    yield from ((f"serves[{i}].why", aim.why) for i, aim in enumerate(one.serves))
    yield from ((f"not_when[{i}].why", never.why) for i, never in enumerate(one.not_when))
    for i, fault in enumerate(one.coach.faults):
        yield from ((f"coach.faults[{i}].say", fault.say), (f"coach.faults[{i}].see", fault.see))


def _words(one: Exercise) -> Iterator[Entry]:
    for place, text in _texts(one):
        en, ja = ((text.en,), (text.ja,)) if isinstance(text, Words) else (text.en, text.ja)
        if not en or not all(line.strip() for line in (*en, *ja)):
            yield place, "something is empty; write it in both languages"
        if len(en) != len(ja):
            yield place, f"{len(en)} lines in English and {len(ja)} in Japanese; write as many in each"
        if any(line.isascii() for line in ja if line.strip()):
            yield place, "the Japanese has no Japanese letter in it"
        if not all(line.isascii() or _is_latin(line) for line in en):
            yield place, "the English has Japanese letters in it"


def _is_latin(line: str) -> bool:
    return all(ord(letter) < 0x2100 for letter in line)


def _dose(one: Exercise) -> Iterator[Entry]:
    doses = [("dose", one.dose)]
    for place, steps in (("harder", one.harder), ("easier", one.easier)):
        doses += [(f"{place}[{i}].dose", step.dose) for i, step in enumerate(steps) if step.dose is not None]
        for i, step in enumerate(steps):
            if step.dose is None and not step.exercise:
                yield f"{place}[{i}]", "neither another dose nor another exercise; give one"
    for place, dose in doses:
        if not (1 <= dose.sets <= 6 and 1 <= dose.repetitions <= 40 and 1 <= dose.days_a_week <= 7):
            yield place, "sets go from 1 to 6, repetitions to 40, days a week to 7"
        if min(dose.hold_s, dose.rest_s, dose.minutes, *dose.tempo_s) < 0:
            yield place, "there is no time below 0"
    told, summed = one.minutes, dose_minutes(one.dose)
    off = max(told, summed) / max(min(told, summed), 0.1)
    if off > _MINUTES_OFF and abs(told - summed) > _MINUTES_LEAST:
        yield "minutes", f"{told:g} where the dose adds up to {summed:.1f}; put one of them right"


def dose_minutes(dose: Dose) -> float:
    """Minutes that a dose takes, rests between the sets included."""
    if dose.minutes:
        return dose.minutes
    each = dose.repetitions * (dose.hold_s + sum(dose.tempo_s)) * (2 if dose.per_side else 1)
    return (dose.sets * each + (dose.sets - 1) * dose.rest_s) / 60.0


def _film(one: Exercise) -> Iterator[Entry]:
    seconds = film_seconds(one)
    if not _FILM_S[0] <= seconds <= _FILM_S[1]:
        yield (
            "film",
            f"it lasts {seconds:.1f} s by the key poses; {_FILM_S[0]:g} to {_FILM_S[1]:g} s are wanted",
        )
    if len(one.film.views) != 2 or len(set(one.film.views)) != 2:
        yield "film.views", "two different views are wanted"
    if one.film.alternate and one.film.repetitions % 2 and one.film.repetitions < 3:
        yield "film.repetitions", "sides alternate, so that both should be shown; make it two or more"
    if one.film.alternate and not one.dose.per_side and one.kind not in ("aerobic", "daily"):
        yield "film.alternate", "sides alternate in the film and not in the dose; set dose.per_side"


def _poses(one: Exercise) -> Iterator[Entry]:
    if not one.poses:
        yield "poses", "there is no key pose"
    for i, pose in enumerate(one.poses):
        if pose.seconds <= 0 or not 0 <= pose.hold_s <= _MOST_HOLD_S:
            yield f"poses[{i}]", f"seconds must be above 0, and hold_s from 0 to {_MOST_HOLD_S:g}"
        for name in pose.angles:
            if name not in DEGREES:
                yield (
                    f"poses[{i}].angles",
                    f"no degree of freedom {name[:40]!r}; {did_you_mean(name, DEGREES)}",
                )
        for point, surface in pose.contact.items():
            if point not in POINTS:
                yield (
                    f"poses[{i}].contact",
                    f"no contact point {point[:40]!r}; {did_you_mean(point, POINTS)}",
                )
            surfaces = SURFACES.union(POINTS)
            if surface not in surfaces:
                yield f"poses[{i}].contact", f"no surface {surface[:40]!r}; {did_you_mean(surface, surfaces)}"
            wanted = _IMPLIED.get(surface, ())
            if wanted and not set(wanted) & set(one.equipment):
                yield "equipment", f"{point} rests on {surface}, so that {' or '.join(wanted)} is needed"
    twice = repeated(pose.name for pose in one.poses)
    if twice:
        yield "poses", f"two of them are called {twice}"


def _coach(one: Exercise) -> Iterator[Entry]:
    plan = one.coach
    if plan.signal and plan.signal not in SIGNALS:
        yield "coach.signal", f"there is no signal {plan.signal[:40]!r}; {did_you_mean(plan.signal, SIGNALS)}"
    if plan.signal and SIGNALS.get(plan.signal) and SIGNALS[plan.signal].of is None:
        yield "coach.signal", f"{plan.signal} is not told by the points of a body alone; count by another one"
    if plan.signal and not 0 < plan.least <= plan.target[0] < plan.target[1]:
        yield "coach.target", "it must be 0 < least <= target's low end < its high end"
    if not 2 <= len(plan.faults) <= 3:
        yield "coach.faults", f"{len(plan.faults)} of them; two or three are wanted"
    for i, fault in enumerate(plan.faults):
        yield from _fault(fault, f"coach.faults[{i}]")
    twice = repeated(fault.name for fault in plan.faults)
    if twice:
        yield "coach.faults", f"two of them are called {twice}"


def _fault(fault: CoachFault, place: str) -> Iterator[Entry]:
    if fault.signal not in SIGNALS:
        yield (
            f"{place}.signal",
            f"there is no signal {fault.signal[:40]!r}; {did_you_mean(fault.signal, SIGNALS)}",
        )
    if (fault.more_than is None) == (fault.less_than is None):
        yield place, "one of more_than and less_than is wanted"


def repeated(names: Iterable[str]) -> str:
    seen = set[str]()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""
