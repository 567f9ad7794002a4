"""A clinician's corrections of causes: kept beside the check, and told to those who keep the knowledge base.

A correction never changes what was concluded. A later one of the same cause by the same clinician counts
instead of her earlier one, which stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.abduce.language import Atom
from mitate.back.region import LOW_BACK, knowledge
from mitate.errors import InputError
from mitate.record.audit import note as note_audit
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record
from mitate.record.schema import Check, Feedback, Person

__all__ = [
    "MOST_NOTE",
    "VERDICTS",
    "Correction",
    "Verdict",
    "causes_of",
    "correct",
    "corrections",
    "feedback_lines",
    "standing",
]

Verdict = Literal["right", "wrong", "unsure"]
VERDICTS: tuple[Verdict, ...] = ("right", "wrong", "unsure")
MOST_NOTE = 2000
"""Characters of a note."""
_SEEN = ("conditions", "signs", "measures", "answers")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a clinician says of one cause.

    Attributes:
        id, check_id, by: of the row, of the back check, of the account.
        at: when, UTC.
        cause: as the knowledge base writes it, such as ``control_impairment(flexion)``.
        verdict: whether the cause is right.
        instead: the cause that it is instead; None if none was named.
        note: in her own words.
    """

    id: str
    check_id: str
    at: datetime
    by: str
    cause: str
    verdict: Verdict
    instead: str | None
    note: str


@lru_cache(maxsize=4)
def causes_of(region: str) -> tuple[Atom, ...]:
    """Every cause that the knowledge base of a region knows, such as ``control_impairment(flexion)``.

    Raises:
        InputError: no such region.
    """
    base = knowledge(region)
    found = []
    for predicate in base.predicates.values():
        if predicate.kind == "cause":
            terms = product(*(base.sorts[sort].values for sort in predicate.sorts))
            found += [Atom(predicate.name, tuple(one)) for one in terms]
    return tuple(found)


def correct(
    record: Record,
    session: Session,
    check_id: str,
    *,
    by: str,
    cause: str,
    verdict: Verdict,
    instead: str | None = None,
    note: str = "",
) -> Correction:
    """File a correction and note it in the audit.

    Args:
        record: where it is kept.
        session: a writing transaction.
        check_id: of a back check that has a result.
        by: account of the clinician.
        cause: any cause of the region's knowledge base, whether it was named in the result or not.
        verdict: of `VERDICTS`.
        instead: another cause of the same knowledge base; only where `verdict` is ``wrong``.
        note: at most `MOST_NOTE` characters.

    Raises:
        MissingError: no such check.
        ConflictError: the check has no result yet.
        InputError: no such cause or verdict, the same cause instead, or a note that is too long.
    """
    check = _check(session, check_id)
    key = record.key(session, check.person_id)
    if check.result is None:
        raise ConflictError(
            "nothing has been concluded yet", where="check", todo="correct it when there is a result"
        )
    region = key.open_json(check.result, f"check.result {check.id}").get("region") or LOW_BACK
    told = _checked(region, cause, verdict, instead, note)
    row = Feedback(person_id=check.person_id, check_id=check.id, by=by, sealed=b"")
    session.add(row)
    session.flush()
    row.sealed = key.seal_json(told, f"feedback.sealed {row.id}")
    session.flush()
    note_audit(session, by, "feedback.add", check.person_id, check=check.id)
    return _told(row, told)


def _check(session: Session, check_id: str) -> Check:
    check = session.get(Check, check_id)
    if check is None:
        raise MissingError("there is no such back check", where="check")
    return check


def _checked(region: str, cause: str, verdict: str, instead: str | None, note: str) -> dict[str, Any]:
    if verdict not in VERDICTS:
        raise InputError(
            f"there is no verdict {verdict[:20]!r}", where="verdict", todo="right, wrong or unsure"
        )
    if len(note) > MOST_NOTE:
        raise InputError("the note is too long", where="note", todo=f"at most {MOST_NOTE} characters")
    for given, where in ((cause, "cause"), (instead, "instead")):
        if given and given not in map(str, causes_of(region)):
            raise InputError(
                f"there is no cause {given[:60]!r}", where=where, todo="name one of the knowledge base's"
            )
    named, other = cause, instead or None
    if other is not None and verdict != "wrong":
        raise InputError(
            "another cause instead goes with the verdict wrong", where="instead", todo="leave it out"
        )
    if other == named:
        raise InputError("it cannot be itself instead", where="instead", todo="name another cause")
    return {"cause": named, "verdict": verdict, "instead": other, "note": note.strip()}


def _told(row: Feedback, told: dict[str, Any]) -> Correction:
    return Correction(
        row.id, row.check_id, row.at, row.by, told["cause"], told["verdict"], told["instead"], told["note"]
    )


def corrections(record: Record, session: Session, check_id: str) -> tuple[Correction, ...]:
    """All corrections of one check, the earliest first.

    Raises:
        MissingError: no such check.
    """
    check = _check(session, check_id)
    key = record.key(session, check.person_id)
    rows = session.scalars(
        select(Feedback).where(Feedback.check_id == check.id).order_by(Feedback.at, Feedback.id)
    )
    return tuple(_told(row, key.open_json(row.sealed, f"feedback.sealed {row.id}")) for row in rows)


def standing(found: tuple[Correction, ...]) -> tuple[Correction, ...]:
    """Of each clinician and cause the last correction, in the order in which they were filed."""
    last = {(one.by, one.cause): one.id for one in found}
    kept = set(last.values())
    return tuple(one for one in found if one.id in kept)


def feedback_lines(record: Record, session: Session) -> Iterator[str]:
    """Every standing correction as one line of JSON, for those who keep the knowledge base.

    A line says the region, what was seen and answered, the sex and the decade of age, the share that the
    cause was given, and the correction. It has no name, no number, no id and no day; where the person's name
    or number stands in a note it is blotted out. A person who was erased has no line.
    """
    rows = session.scalars(select(Check).where(Check.id.in_(select(Feedback.check_id))).order_by(Check.id))
    for check in rows:
        person = session.get(Person, check.person_id)
        if person is None or check.result is None:
            continue
        key = record.vault.unwrap(person.wrapped_key, person.id)
        names = key.open_json(person.sealed, f"person.sealed {person.id}")
        result = key.open_json(check.result, f"check.result {check.id}")
        for one in standing(corrections(record, session, check.id)):
            yield json.dumps(_line(one, result, names), ensure_ascii=False, sort_keys=True)


def _line(one: Correction, result: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    case, person = result.get("case") or {}, result.get("person") or {}
    causes = (result.get("reasoning") or {}).get("causes") or []
    share = next((cause["share"] for cause in causes if cause["name"] == one.cause), None)
    age = person.get("age")
    return {
        "region": result.get("region") or LOW_BACK,
        "knowledge": (result.get("versions") or {}).get("knowledge"),
        "trained_on": result.get("trained_on"),
        "sex": person.get("sex"),
        "age_decade": None if age is None else int(age) // 10 * 10,
        "seen": {part: case[part] for part in _SEEN if case.get(part)},
        "cause": one.cause,
        "share": share,
        "verdict": one.verdict,
        "instead": one.instead,
        "note": _blotted(one.note, names),
    }


def _blotted(text: str, names: dict[str, Any]) -> str:
    """The text without the person's own name, its parts, and number."""
    words = [str(names.get("name") or ""), str(names.get("number") or "")]
    for part in sorted({*words, *words[0].split()}, key=len, reverse=True):
        if len(part.strip()) >= 2:
            text = re.sub(re.escape(part), "…", text, flags=re.IGNORECASE)
    return text
