"""The interview between the record and a page: what to ask now, answers, taking back, stopping.

The next question is found in this process: it takes 30 ms (median; 0.3 to 0.9 s at worst, once or twice an
interview), 15 MB, and holds others up for 35 ms at most, measured over 120 questions on one core. One is
found at a time, so that many interviews at once leave the other requests their share; the last ones are kept.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, replace
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from mitate.errors import InputError
from mitate.record.audit import note
from mitate.record.check_films import conclude
from mitate.record.checks import OpenCheck, open_check, put_interview
from mitate.record.errors import ConflictError, MissingError
from mitate.record.schema import Check
from mitate.serve.service import Service
from mitate.serve.who import Who, check_person

if TYPE_CHECKING:
    from mitate.back.interview import Interview, Item

__all__ = [
    "Asked",
    "Stop",
    "answered",
    "asked",
    "check_of",
    "hand_in",
    "noted",
    "read_value",
    "resumed",
    "seen",
    "stopped",
    "taken_back",
]

Purpose = Literal["read", "write"]
_KEPT = 256
_ONE_AT_A_TIME, _LAST = Lock(), OrderedDict[str, "Asked"]()


@dataclass(frozen=True, slots=True)
class Stop:
    """Red flags of one urgency: where to go, how fast, and what was answered.

    Attributes:
        urgency: ``emergency_now``, ``doctor_today`` or ``doctor_this_week``.
    """

    urgency: str
    where: str
    how_fast: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked now.

    Attributes:
        item: the question, or None.
        ended: why there is none (`mitate.back.interview.Reason`); empty where there is.
        stops: red flags, the most urgent first, where they are why.
    """

    item: Item | None
    ended: str = ""
    stops: tuple[Stop, ...] = ()


def check_of(service: Service, who: Who, check_id: str, purpose: Purpose = "read") -> OpenCheck:
    """A check that this account may see, or write to.

    Raises:
        MissingError: there is none, or none that it may know of.
        DeniedError: a token without the scope.
    """
    with service.record.database.reading() as session:
        row = session.get(Check, check_id)
        if row is None:  # in the same words as for a check of somebody else
            raise MissingError("there is no such person", where="person")
        check_person(who, row.person_id, purpose)
        return open_check(service.record, session, check_id)


def asked(interview: Interview) -> Asked:
    """What to ask in this interview."""
    said = [[item.kind, item.key, value] for item, value in interview.said]
    all_of_it = [interview.language, interview.stopped, dict(interview.start), said]
    name = sha256(json.dumps(all_of_it, sort_keys=True).encode()).hexdigest()
    with _ONE_AT_A_TIME:
        found = _LAST.get(name)
        if found is None:
            found = _LAST[name] = _asked(interview)
        _LAST.move_to_end(name)
        while len(_LAST) > _KEPT:
            _LAST.popitem(last=False)
    return found


def _asked(interview: Interview) -> Asked:
    from itertools import groupby

    from mitate.back.interview import Done, next_step

    step = next_step(interview)
    if not isinstance(step, Done):
        return Asked(step)
    findings = () if step.result is None else step.result.triage.findings
    stops, language = [], interview.language
    for urgency, group in groupby(findings, key=lambda finding: finding.urgency):
        found = list(group)
        words = tuple(one.words.text(language) for one in found)
        where, how_fast = found[0].where.text(language), found[0].how_fast.text(language)
        stops.append(Stop(urgency, where, how_fast, words))
    return Asked(None, step.reason, tuple(stops))


def answered(service: Service, who: Who, check: OpenCheck, key: str, value: Any) -> Asked:
    """Answer the question that is open; what is asked next.

    A red flag hands the check in at once, so that a clinician sees it.

    Args:
        service, who, check: where, by whom, of what.
        key: of the question, so that an answer never goes to another one.
        value: a choice's value, a list of them, years, or None for not known.

    Raises:
        ConflictError: another question is open by now, or none.
        InputError: no answer to this question, or one that contradicts an earlier one.
    """
    before = check.interview(who.language)
    now = asked(before)
    if now.item is None or now.item.key != key:
        raise ConflictError(
            "this is not the question that is open now", where="answer", todo="look at the open question"
        )
    given = list(dict.fromkeys(value)) if isinstance(value, list) else value
    return _put(service, who, check, before.answer(now.item, given))


def taken_back(service: Service, who: Who, check: OpenCheck) -> Asked:
    """Without the last answer.

    Raises:
        ConflictError: there is none.
    """
    if not check.told["said"]:
        raise ConflictError("there is no answer to take back", where="answer")
    return _put(service, who, check, check.interview(who.language).undo())


def stopped(service: Service, who: Who, check: OpenCheck) -> Asked:
    """No more questions, with whatever was said."""
    return _put(service, who, check, check.interview(who.language).stop())


def resumed(service: Service, who: Who, check: OpenCheck) -> Asked:
    """More questions after all, where there are any."""
    return _put(service, who, check, replace(check.interview(who.language), stopped=False))


def _put(service: Service, who: Who, check: OpenCheck, interview: Interview) -> Asked:
    following = asked(interview)
    count = len(check.told["said"])
    database = service.record.database
    with database.writing() as session:
        put_interview(service.record, session, check.id, interview, after=count, ended=following.ended)
        noted(session, who, "check.answered", check)
        if following.ended == "red_flag":
            conclude(service.record, session, check.id, service.queue.add)
    if following.ended == "red_flag":
        service.queue.wake()
    return following


def hand_in(service: Service, who: Who, check: OpenCheck) -> OpenCheck:
    """Hand a check in to be judged (`mitate.record.check_films.conclude`)."""
    with service.record.database.writing() as session:
        handed = conclude(service.record, session, check.id, service.queue.add)
        noted(session, who, "check.concluded", check)
    service.queue.wake()
    return handed


def seen(service: Service, who: Who, check: OpenCheck) -> None:
    """A row of the audit trail, where somebody looks at somebody else's check."""
    if who.person_id != check.person_id:
        with service.record.database.writing() as session:
            noted(session, who, "check.read", check)


def noted(session: Any, who: Who, action: str, check: OpenCheck) -> None:
    """A row of the audit trail, where somebody writes for somebody else."""
    if who.person_id != check.person_id:
        note(session, who.account_id, action, check.id)


def read_value(item: Item, given: list[str]) -> Any:
    """What a form sent as the interview takes it: ``?`` for not known, ``-`` for none of them.

    Raises:
        InputError: nothing was chosen, or no number was written.
    """
    kept = [one for one in given if one]
    if not kept:
        raise InputError("nothing was chosen", where="answer", todo="choose an answer")
    if "?" in kept:
        return None
    if item.kind == "age":
        if not kept[0].strip().isdecimal() or len(kept[0]) > 4:
            raise InputError("this is no age in years", where="answer", todo="write a number, such as 72")
        return int(kept[0])
    by_name = {str(choice.value): choice.value for choice in item.choices}
    values = [by_name.get(one, one) for one in kept if one != "-"]
    return values if item.several else (values[0] if values else None)
