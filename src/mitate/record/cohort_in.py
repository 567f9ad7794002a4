"""A cohort on disk becomes people, weights and films of the record, which jobs then read as any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from mitate.edema.cohort import Cohort, Participant, read_cohort
from mitate.edema.cohort import Session as CohortSession
from mitate.errors import InputError
from mitate.record.audit import note
from mitate.record.consents import give, history
from mitate.record.containers import NEEDED, refuse_other
from mitate.record.opened import Record
from mitate.record.people import PersonFacts, add_person, all_people, known_person, numbers_of, plain_number
from mitate.record.schema import now
from mitate.record.upload_begun import Limits, Wanted, begin
from mitate.record.uploads import AddJob, receiving
from mitate.record.weights import NewWeight, put_weights, weights_of

__all__ = ["CohortTaken", "import_cohort"]

_SEX = {"F": "female", "M": "male"}
_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
}
_PIECE = 1 << 20
_FROM = "cohort"
"""Who began such a film, whoever took the cohort in: so that a second time finds the same film."""
_NO_LIMIT = Limits(most_bytes=1 << 40, quota_bytes=1 << 50, unfinished=1 << 20)


@dataclass(frozen=True, slots=True)
class CohortTaken:
    """What was taken in, and what was there before.

    Attributes:
        people, weights, films: added.
        known: people and films that had been taken in before.
        without_film: sessions that have none.
    """

    people: int
    weights: int
    films: int
    known: int
    without_film: int


def import_cohort(
    record: Record, queue_add: AddJob, folder: Path, by: str, *, language: str = "en", consent: str = ""
) -> CohortTaken:
    """Take a cohort in: participants with their ids as numbers, weights, and films sealed, with a job each.

    Films are copied; the folder stays as it is. What was taken in before is left as it is, so that a run that
    was killed is simply run again.

    Args:
        record: open; not in a transaction.
        queue_add: as `mitate.serve.service.Queue.add`; wake the queue afterwards.
        folder: of the cohort.
        by: account, or ``system``.
        language: of the people.
        consent: what they agreed to, for a cohort of real people whose ``cohort.toml`` does not say it.

    Raises:
        InputError: no cohort, a film that is missing or none, or real people of whom no consent is told.
        ConflictError: a film was taken in before with other facts.
        FullError: the disk is full; run it again when there is room.
    """
    cohort = read_cohort(folder)
    if not (cohort.simulated or cohort.consent.strip() or consent.strip()):
        raise InputError(
            "nothing says that these people agreed to be looked at",
            where=folder / "cohort.toml",
            todo='write consent = "..." there, or give it here',
        )
    films = {one: _film(cohort, one) for one in cohort.sessions if one.video}
    with record.database.reading() as session:
        numbers = numbers_of(all_people(record, session, counts=False))
    new_people = new_weights = new_films = known = 0
    for participant in cohort.participants:
        own = cohort.sessions_of(participant.participant_id)
        there = numbers.get(plain_number(participant.participant_id))
        person_id, begin_at = _person(record, cohort, participant, there, by, language)
        new_people, known = new_people + (there is None), known + (there is not None)
        times = _times(own, begin_at)
        new_weights += _weights(record, person_id, participant, own, times, by)
        for one in own:
            if one in films:
                is_new = _take(record, queue_add, person_id, one, times[one], films[one])
                new_films, known = new_films + is_new, known + (not is_new)
    return CohortTaken(new_people, new_weights, new_films, known, len(cohort.sessions) - len(films))


def _film(cohort: Cohort, one: CohortSession) -> Path:
    path = cohort.video_path(one)
    todo = "correct the column video, or leave it empty"
    if path.suffix.lower() not in _TYPES:
        raise InputError("this kind of film is not taken in", where=path, todo=f"use {', '.join(_TYPES)}")
    if not path.resolve().is_relative_to(cohort.root.resolve()):
        raise InputError("this film lies outside the cohort's folder", where=path, todo=todo)
    try:
        with path.open("rb") as stream:
            refuse_other(stream.read(NEEDED))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path, todo=todo) from error
    except InputError as error:
        raise InputError(error.what, where=path, todo=todo) from error
    return path


def _times(own: tuple[CohortSession, ...], added: datetime) -> dict[CohortSession, datetime]:
    """When each session was: as told, else by its day, the last being the day before the person was added."""
    timed = [one for one in own if one.captured_at is not None]
    last = max((one.day for one in own), default=0)
    noon = added.astimezone().replace(hour=12, minute=0, second=0, microsecond=0)
    day_0 = noon - timedelta(days=last + 1)
    if timed:
        day_0 = _zoned(timed[0].captured_at).replace(hour=12, minute=0, second=0, microsecond=0)
        day_0 -= timedelta(days=timed[0].day)
    hours = {"pre": -4, "other": -2, "post": 0}
    return {
        one: _zoned(one.captured_at)
        if one.captured_at is not None
        else day_0 + timedelta(days=one.day, hours=hours[one.phase])
        for one in own
    }


def _zoned(at: datetime | None) -> datetime:
    at = at or now()
    return at if at.tzinfo is not None else at.astimezone()  # the clinic's own zone


def _person(
    record: Record, cohort: Cohort, participant: Participant, there: str | None, by: str, language: str
) -> tuple[str, datetime]:
    told = "" if participant.age is None else f"; {participant.age:g} years old then"
    with record.database.writing() as session:
        if there is None:
            facts = PersonFacts(
                participant.participant_id,
                number=participant.participant_id,
                sex=cast(Any, _SEX.get(participant.sex)),
                language=cast(Any, language),
                note=f"from the cohort {cohort.name}{told}",
                simulated=cohort.simulated,
            )
            there = add_person(record, session, facts, by)
        if not history(session, there):  # what she took back herself stays so
            give(session, there, "analyse", by)
        return there, known_person(record, session, there).created_at


def _weights(
    record: Record,
    person_id: str,
    participant: Participant,
    own: tuple[CohortSession, ...],
    times: dict[CohortSession, datetime],
    by: str,
) -> int:
    wanted = [
        NewWeight(times[one], one.weight_kg, "weight", one.phase, "cohort")
        for one in own
        if one.weight_kg is not None
    ]
    if participant.dry_weight_kg is not None and times:
        day = min(times.values()).replace(hour=0, minute=0, second=0, microsecond=0)
        wanted.append(NewWeight(day, participant.dry_weight_kg, "dry", source="cohort"))
    with record.database.writing() as session:
        there = {(one.at, one.kind, one.context) for one in weights_of(record, session, person_id)}
        key = record.key(session, person_id)
        new = [one for one in wanted if (one.at, one.kind, one.context) not in there]
        put_weights(key, session, person_id, new, by)
        if new:
            note(session, by, "weights.imported", person_id, number=len(new))
    return len(new)


def _take(
    record: Record, queue_add: AddJob, person_id: str, one: CohortSession, at: datetime, film: Path
) -> bool:
    wanted = Wanted(
        "edema",
        film.stat().st_size,
        _TYPES[film.suffix.lower()],
        _FROM,
        context=one.phase,
        weight_kg=one.weight_kg,
        at=at.astimezone(UTC),
    )
    word = f"{one.participant_id}/{one.session_id}"
    with record.database.writing() as session:
        begun = begin(record, session, person_id, wanted, _NO_LIMIT, word)
    with receiving(record, begun.upload_id, queue_add) as held, film.open("rb") as stream:
        if held.offset == held.length:
            return begun.new
        stream.seek(held.offset)
        while piece := stream.read(_PIECE):
            held.append(piece)
        held.keep()
    return True
