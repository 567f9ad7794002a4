"""Back checks: the interview so far, the limits that were told, and the diary of the exercises.

Everything a person says stands in ``check.sealed``::

    {region, language, start, said: [{kind, key, question, several, text, value}, ...], stopped, ended,
     skipped: {movement: "cannot" | "not_now"}, diary: [a session of `mitate.back.diary`, ...], revision}

`start` is the document that the interview begins with (sex and age where the record knows them), every row of
`said` one answer after it, so that the interview is rebuilt and an answer taken back without asking anew.
Films of a check are in `mitate.record.check_films`; what comes of it is written to ``check.result`` by the
job ``conclude_check``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record import consents
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record
from mitate.record.people import age_on, get_person
from mitate.record.schema import Capture, Check, now

if TYPE_CHECKING:
    from mitate.back.interview import Interview

__all__ = [
    "OpenCheck",
    "add_session",
    "begin",
    "checks_of",
    "locked",
    "open_check",
    "put",
    "put_interview",
    "put_limits",
]

_MOST_SESSIONS, _MOST_SETS = 2000, 50
_LANGUAGES = ("en", "ja")


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """A check, opened.

    Attributes:
        state: ``open``, ``concluding``, ``done`` or ``failed``.
        told: of ``check.sealed``.
        result: of ``check.result``; None until it was judged.
    """

    id: str
    person_id: str
    at: datetime
    state: str
    told: Mapping[str, Any]
    result: Mapping[str, Any] | None
    result_at: datetime | None

    @property
    def region(self) -> str:
        """Of the body."""
        return str(self.told["region"])

    @property
    def diary(self) -> tuple[Mapping[str, Any], ...]:
        """Sessions of exercises, as `mitate.back.diary.read_diary` takes them."""
        return tuple(self.told.get("diary", ()))

    @property
    def skipped(self) -> Mapping[str, str]:
        """Movements that are not to be filmed: ``cannot`` or ``not_now``."""
        return dict(self.told.get("skipped", {}))

    def interview(self, language: str | None = None) -> Interview:
        """The interview as it stands, with words of `language`, by default that of its beginning."""
        from mitate.back.interview import Interview, Item

        said = tuple(
            (
                Item(
                    row["kind"],
                    row["key"],
                    row["text"],
                    several=row["several"],
                    question=row["question"],
                ),
                row["value"],
            )
            for row in self.told["said"]
        )
        return Interview(
            start=self.told["start"],
            said=said,
            language=language or str(self.told["language"]),
            stopped=bool(self.told["stopped"]),
        )

    def document(self) -> dict[str, Any]:
        """Everything told, as `mitate.back.check.begin` takes it."""
        return self.interview().document()


def begin(
    record: Record,
    session: Session,
    person_id: str,
    *,
    region: str = "low_back",
    language: str = "en",
    at: datetime | None = None,
) -> OpenCheck:
    """A new check; the last one where nothing was said or filmed in it yet.

    Raises:
        MissingError: no such person.
        ConflictError: the person has not agreed to be looked at.
        InputError: no such region or language.
    """
    from mitate.back.region import region_named

    name = region_named(region).name
    if language not in _LANGUAGES:
        raise InputError("this is no language of mitate", where="language", todo="en or ja")
    key = record.key(session, person_id)
    consents.need(session, person_id)
    moment = at or now()
    last = next(iter(checks_of(record, session, person_id, most=1, results=False)), None)
    if last is not None and last.state == "open" and last.region == name and not _touched(session, last):
        return last
    start = {"region": name, "person": _person(record, session, person_id, moment.astimezone().date())}
    told = {
        "region": name, "language": language, "start": start, "said": [], "stopped": False, "ended": "",
        "skipped": {}, "diary": [], "revision": 0,
    }  # fmt: skip
    row = Check(person_id=person_id, at=moment, sealed=b"")
    session.add(row)
    session.flush()
    row.sealed = key.seal_json(told, f"check.sealed {row.id}")
    session.flush()
    return OpenCheck(row.id, person_id, moment, "open", told, None, None)


def _touched(session: Session, check: OpenCheck) -> bool:
    filmed = session.scalar(select(Capture.id).where(Capture.check_id == check.id).limit(1))
    return bool(check.told["said"] or check.skipped or filmed)


def _person(record: Record, session: Session, person_id: str, today: date) -> dict[str, Any]:
    """What the record knows that the interview would ask otherwise."""
    facts = get_person(record, session, person_id)
    age = age_on(facts, today)
    known = {} if facts.sex is None else {"sex": facts.sex}
    return known if age is None else {**known, "age": age}


def open_check(record: Record, session: Session, check_id: str) -> OpenCheck:
    """A check by its id.

    Raises:
        MissingError: no such check.
    """
    return _opened(record, session, _row(session, check_id))


def _row(session: Session, check_id: str, *, to_write: bool = False) -> Check:
    row = session.get(Check, check_id, with_for_update=True if to_write else None)
    if row is None:
        raise MissingError("there is no such check", where="check")
    return row


def _opened(record: Record, session: Session, row: Check, *, results: bool = True) -> OpenCheck:
    key = record.key(session, row.person_id)
    told = key.open_json(row.sealed, f"check.sealed {row.id}")
    kept = row.result if results else None
    result = None if kept is None else key.open_json(kept, f"check.result {row.id}")
    return OpenCheck(row.id, row.person_id, row.at, row.state, told, result, row.result_at)


def checks_of(
    record: Record, session: Session, person_id: str, *, most: int | None = None, results: bool = True
) -> tuple[OpenCheck, ...]:
    """The checks of a person, the newest first; without `results`, which are large, `result` is None."""
    found = select(Check).where(Check.person_id == person_id).order_by(Check.at.desc(), Check.id).limit(most)
    return tuple(_opened(record, session, row, results=results) for row in session.scalars(found))


def put_interview(
    record: Record, session: Session, check_id: str, interview: Interview, *, after: int, ended: str = ""
) -> OpenCheck:
    """Write how the interview stands now.

    Args:
        record, session, check_id: of the check, in a transaction that writes.
        interview: one answer more or less than what was read, or stopped.
        after: how many answers there were when it was read.
        ended: why there is nothing more to ask (`mitate.back.interview.Reason`); empty while there is.

    Raises:
        ConflictError: somebody answered meanwhile.
    """
    row, check = locked(record, session, check_id)
    if len(check.told["said"]) != after:
        raise ConflictError(
            "this was answered meanwhile", where="answer", todo="look at the question that is open now"
        )
    rows = [
        {
            "kind": item.kind,
            "key": item.key,
            "question": item.question,
            "several": item.several,
            "text": item.text,
            "value": value,
        }
        for item, value in interview.said
    ]
    return put(record, session, row, check, said=rows, stopped=interview.stopped, ended=ended, state="open")


def locked(record: Record, session: Session, check_id: str) -> tuple[Check, OpenCheck]:
    """A check to be changed in this transaction: its row, and the same opened.

    Raises:
        MissingError: no such check.
    """
    row = _row(session, check_id, to_write=True)
    return row, _opened(record, session, row)


def put(
    record: Record, session: Session, row: Check, check: OpenCheck, *, state: str = "", **changed: Any
) -> OpenCheck:
    """Write parts of what a check tells, and its state if it is another now."""
    told = {**check.told, **changed}
    row.sealed = record.key(session, row.person_id).seal_json(told, f"check.sealed {row.id}")
    row.state = state or row.state
    session.flush()
    return replace(check, told=told, state=row.state)


def put_limits(record: Record, session: Session, check_id: str, limits: Mapping[str, bool]) -> OpenCheck:
    """Write which limits (``knowledge/limits.toml``) are there, so that the next programme minds them.

    Raises:
        InputError: a limit that there is not, with the nearest name.
    """
    from mitate.back._names import known
    from mitate.back.wishes import limits as every

    row, check = locked(record, session, check_id)
    for name in limits:
        known(name, every(), "limit", "limits")
    start = dict(check.told["start"])
    plan = dict(start.get("programme") or {})
    start["programme"] = {**plan, "limits": {**(plan.get("limits") or {}), **limits}}
    return put(record, session, row, check, start=start)


def add_session(record: Record, session: Session, check_id: str, entry: Mapping[str, Any]) -> OpenCheck:
    """Write an exercise that was done into the diary; one of the same day and exercise is replaced.

    Args:
        record, session, check_id: of the check, in a transaction that writes.
        entry: a session as `mitate.back.diary.read_diary` takes it: ``date`` (ISO), ``exercise``, ``done``
            (repetitions or minutes), ``pain_before``, ``pain_after`` (0 to 10), ``settled_next_day``,
            ``stop_sign``, ``effort``, ``coach``. One set that the coach watched joins those of that day; one
            whose ``set`` is there already is not written again.

    Raises:
        InputError: an exercise or value that cannot be.
        ConflictError: the diary is full.
    """
    from mitate.back.diary import read_diary

    kept = {name: value for name, value in entry.items() if value is not None}
    read_diary({"sessions": [kept]})
    row, check = locked(record, session, check_id)
    others, same = [], {}
    for one in check.diary:
        if (one["date"], one["exercise"]) == (kept["date"], kept["exercise"]):
            same = dict(one)
        else:
            others.append(one)
    if len(others) >= _MOST_SESSIONS:
        raise ConflictError("this diary is full", where="diary", todo="begin a new check")
    if "coach" in kept:
        kept["coach"] = _with_set(same.get("coach"), kept["coach"])
    rows = sorted([*others, {**same, **kept}], key=lambda one: (one["date"], one["exercise"]))
    return put(record, session, row, check, diary=rows)


def _with_set(before: Any, coach: Any) -> list[Any]:
    """The sets of a day and these: each id once, the last ones where there are too many."""
    sets = before if isinstance(before, list) else [] if before is None else [before]
    known = {one["set"] for one in sets if "set" in one}
    more = coach if isinstance(coach, list) else [coach]
    return [*sets, *(one for one in more if one.get("set") not in known)][-_MOST_SETS:]
