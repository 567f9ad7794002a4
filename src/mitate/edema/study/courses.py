"""Held-out patients out of kept face crops: simulated ones, or a clinic's with its tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.crops import CropSession, CropStore, resized
from mitate.edema.participants import Cohort, Participant, Session
from mitate.edema.sessions import Phase
from mitate.edema.study.course import Capture, Course
from mitate.errors import InputError

__all__ = ["age_group", "courses_of_cohort", "courses_of_store", "groups_told", "thinned"]

_NOMINAL_DRY_KG = 60.0  # where only the excess is known; no method sees a weight, so that it does not matter
_PHASES: Mapping[str, Phase] = {"pre": "pre", "post": "post"}
_RANK = {"pre": 0, "other": 1, "post": 2}

Groups = Mapping[str, Mapping[str, str]]
"""Participant id → group → value, such as ``skin tone`` → ``dark``."""


def courses_of_store(
    store: CropStore,
    participants: Sequence[Participant] = (),
    *,
    frames: int | None = None,
    size: int | None = None,
    groups: Groups | None = None,
) -> list[Course]:
    """The people of a store of crops, with the excess that stands in it.

    Args:
        store: of simulated people, or any whose excess is known. Dry weights count as given.
        participants: what more is known of them; others get sex and age from the store.
        frames: of a session at most, evenly spaced; all if None.
        size: side of the crops in pixels; as they are if None.
        groups: what fairness is looked at by, beside sex and age; as `groups_told` tells if None.

    Raises:
        InputError: nobody there, or fewer than one frame.
    """
    known = {p.participant_id: p for p in participants}
    sessions: dict[str, list[CropSession]] = {}
    for session in store.sessions:
        sessions.setdefault(session.participant_id, []).append(session)
    if not sessions:
        raise InputError("there is nobody among these crops", where=store.root)
    told = groups_told(store.root) if groups is None else groups
    courses = []
    for name, own in sessions.items():
        person = known.get(name) or _person(own[0])
        if person.dry_weight_kg is None:
            person = replace(person, dry_weight_kg=_NOMINAL_DRY_KG)
        dry = float(person.dry_weight_kg or 0)
        captures = [Capture(_session(s, dry), _crops(store, s, frames, size)) for s in own]
        courses.append(_course(person, captures, told))
    return courses


def groups_told(root: Path) -> dict[str, dict[str, str]]:
    """Groups of the participants as ``simulation.json`` beside simulated crops tells them; none without it.

    Raises:
        InputError: the file cannot be read.
    """
    path = root / "simulation.json"
    if not path.exists():
        return {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["participants"]
        return {str(row["participant_id"]): dict(row.get("groups", {})) for row in rows}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "what is known of these simulated patients cannot be read", where=path, todo="make them again"
        ) from error


def courses_of_cohort(
    cohort: Cohort,
    store: CropStore,
    *,
    frames: int | None = None,
    size: int | None = None,
    groups: Groups | None = None,
) -> list[Course]:
    """A cohort's participants with the crops of those sessions that could be used.

    Weights and dry weights are those of the tables. A dry weight that is not given stays so, and is estimated
    from the lessons' days alone when the course is split.

    Args:
        cohort: the tables.
        store: crops of its videos (`cohort_crops`).
        frames, size, groups: as for `courses_of_store`.

    Raises:
        InputError: crops of sessions that the tables do not have, or fewer than one frame.
    """
    people = {p.participant_id: p for p in cohort.participants}
    sessions = {(s.participant_id, s.session_id): s for s in cohort.sessions}
    captures: dict[str, list[Capture]] = {}
    for kept in store.sessions:
        session = sessions.get((kept.participant_id, kept.session_id))
        if session is None or kept.participant_id not in people:
            raise InputError(
                f"the tables lack session {kept.session_id!r} of {kept.participant_id!r}, seen here",
                where=store.root,
                todo="remove this folder, and the crops are made anew from the videos",
            )
        captures.setdefault(kept.participant_id, []).append(
            Capture(session, _crops(store, kept, frames, size))
        )
    return [_course(people[name], own, groups) for name, own in captures.items()]


def thinned(course: Course, frames: int) -> Course:
    """The same patient with at most so many frames of each session, evenly spaced.

    Raises:
        InputError: fewer than one frame.
    """
    captures = tuple(Capture(c.session, c.crops[_evenly(len(c.crops), frames)]) for c in course.captures)
    return replace(course, captures=captures)


def age_group(age: float | None) -> str:
    """Under 65, 65 to 74, 75 and over; empty where the age is not known."""
    if age is None:
        return ""
    return "under 65" if age < 65 else "65 to 74" if age < 75 else "75 and over"


def _evenly(count: int, frames: int | None) -> NDArray[np.int64]:
    if frames is not None and frames < 1:
        raise InputError("a session needs at least one frame", where="frames")
    wanted = count if frames is None else min(count, frames)
    return np.asarray(((np.arange(wanted) + 0.5) * count / wanted).astype(np.int64))


def _crops(store: CropStore, session: CropSession, frames: int | None, size: int | None) -> NDArray[np.uint8]:
    crops = store.crops(session)
    if frames is not None and frames < len(crops):
        crops = crops[_evenly(len(crops), frames)]
    elif frames is not None:
        _evenly(len(crops), frames)
    return crops if size is None else resized(crops, size)


def _person(session: CropSession) -> Participant:
    return Participant(session.participant_id, session.sex or "", session.age, None)


def _session(session: CropSession, dry_kg: float) -> Session:
    weight = None if session.excess_kg is None else dry_kg + session.excess_kg
    phase = _PHASES.get(session.phase, "other")
    return Session(session.participant_id, session.session_id, session.day, phase, weight)


def _course(person: Participant, captures: Sequence[Capture], groups: Groups | None) -> Course:
    order = sorted(captures, key=lambda c: (c.session.day, _RANK[c.session.phase]))
    sexes = {"F": "women", "M": "men"}
    found = {"sex": sexes.get(person.sex, person.sex), "age": age_group(person.age)}
    found |= dict((groups or {}).get(person.participant_id, {}))
    return Course(person, tuple(order), {name: value for name, value in found.items() if value})
