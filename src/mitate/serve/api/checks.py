"""REST: back checks: the interview, which films are wanted, what came of it (the diary is in `diary`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from mitate.record.check_films import Wanted, skip, wanted
from mitate.record.checks import OpenCheck, begin, checks_of
from mitate.record.errors import MissingError
from mitate.serve.api.errors import ERRORS
from mitate.serve.api.noting import note_reading
from mitate.serve.pages.back_asking import (
    Asked,
    answered,
    asked,
    check_of,
    hand_in,
    noted,
    seen,
    stopped,
    taken_back,
)
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import SignedIn, Who, check_person

__all__ = ["router"]

router = APIRouter(tags=["checks"], responses=ERRORS)

_ID = "^[0-9a-f]{32}$"
PersonId = Annotated[str, Path(pattern=_ID, description="of a person")]
CheckId = Annotated[str, Path(pattern=_ID, description="of a back check")]
Movement = Annotated[str, Path(pattern="^[a-z_]{3,30}$", description="such as forward_bend")]
_Word = Annotated[str, Field(max_length=60)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CheckBegun(_Given):
    """What a check is begun with."""

    region: Literal["low_back", "neck"] = "low_back"


class Answer(_Given):
    """The answer to the question of this key; ``null`` where the person does not know."""

    key: str = Field(min_length=1, max_length=120)
    value: bool | int | float | _Word | Annotated[list[_Word], Field(max_length=30)] | None


class Skipped(_Given):
    """That a movement is not filmed, or with ``null`` that it is after all."""

    movement: str = Field(pattern="^[a-z_]{3,30}$")
    why: Literal["cannot", "not_now"] | None


class ChoiceTold(_Told):
    """An answer that can be given."""

    value: bool | str
    label: str


class QuestionTold(_Told):
    """A question: its choices, or none for a number of years."""

    key: str
    kind: Literal["red_flag", "age", "sex", "question"]
    text: str
    choices: list[ChoiceTold]
    several: bool


class StopTold(_Told):
    """Red flags of one urgency: where to go, how fast, and which answers say so."""

    urgency: Literal["emergency_now", "doctor_today", "doctor_this_week"]
    where: str
    how_fast: str
    words: list[str]


class AskedTold(_Told):
    """What is asked now: a question, or why there is none more."""

    question: QuestionTold | None
    answers: int
    ended: Literal["", "red_flag", "clear", "nothing_left", "enough", "stopped"]
    stops: list[StopTold]


class MovementTold(_Told):
    """A movement of the check: wanted, skipped, or how far its film is, and what was wrong with it."""

    movement: str
    basic: bool
    state: Literal["wanted", "skipped", "uploading", "waiting", "reading", "done", "refused", "failed"]
    capture: str | None
    what: str | None
    todo: str | None


class CheckTold(_Told):
    """A back check; `told` is what came of it in sentences of the account's language."""

    id: str
    person: str
    at: datetime
    state: Literal["open", "concluding", "done", "failed"]
    region: str
    answers: int
    ended: str
    result_at: datetime | None


class CheckWhole(CheckTold):
    """A check with its movements, its diary and what came of it."""

    movements: list[MovementTold]
    diary: list[dict[str, Any]]
    told: dict[str, Any] | None
    trained_on: str | None
    intended_use: str | None


class ChecksTold(_Told):
    """Checks, the newest first."""

    checks: list[CheckTold]


def movement_state(one: Wanted) -> str:
    """Where a movement stands, in one word."""
    if one.film is not None and not (one.skipped and one.film.state in ("refused", "failed")):
        return one.film.state
    return "skipped" if one.skipped else "wanted"


def _short(check: OpenCheck) -> dict[str, Any]:
    return {
        "id": check.id,
        "person": check.person_id,
        "at": check.at,
        "state": check.state,
        "region": check.region,
        "answers": len(check.told["said"]),
        "ended": check.told["ended"],
        "result_at": check.result_at,
    }


def _whole(service: Service, who: Who, check: OpenCheck) -> CheckWhole:
    with service.record.database.reading() as session:
        films = wanted(service.record, session, check)
    movements = [
        MovementTold(
            movement=one.movement,
            basic=one.basic,
            state=movement_state(one),  # type: ignore[arg-type]  # one of its literals, checked by pydantic
            capture=None if one.film is None else one.film.capture_id,
            what=None if one.film is None or one.film.refusal is None else one.film.refusal["what"],
            todo=None if one.film is None or one.film.refusal is None else one.film.refusal["todo"],
        )
        for one in films
    ]
    result = check.result or {}
    return CheckWhole(
        **_short(check),
        movements=movements,
        diary=[dict(one) for one in check.diary],
        told=(result.get("told") or {}).get(who.language),
        trained_on=result.get("trained_on"),
        intended_use=result.get("intended_use"),
    )


def _asked(now: Asked, answers: int) -> AskedTold:
    item = now.item
    question = item and QuestionTold(
        key=item.key,
        kind=item.kind,
        text=item.text,
        choices=[ChoiceTold(value=one.value, label=one.label) for one in item.choices],
        several=item.several,
    )
    stops = [
        StopTold(urgency=one.urgency, where=one.where, how_fast=one.how_fast, words=list(one.words))  # type: ignore[arg-type]  # checked by pydantic
        for one in now.stops
    ]
    return AskedTold(question=question, answers=answers, ended=now.ended, stops=stops)  # type: ignore[arg-type]  # checked by pydantic


def _after(service: Service, who: Who, now: Asked, check_id: str) -> AskedTold:
    return _asked(now, len(check_of(service, who, check_id).told["said"]))


@router.post("/people/{person_id}/checks", status_code=201)
def post_check(person_id: PersonId, given: CheckBegun, service: ServiceHere, who: SignedIn) -> CheckTold:
    """Begin a back check; the last one is gone on with where nothing was said or filmed in it yet."""
    check_person(who, person_id, "write")
    with service.record.database.writing() as session:
        check = begin(service.record, session, person_id, region=given.region, language=who.language)
        noted(session, who, "check.begun", check)
    return CheckTold(**_short(check))


@router.get("/people/{person_id}/checks")
def get_checks(person_id: PersonId, service: ServiceHere, who: SignedIn) -> ChecksTold:
    """The back checks of a person."""
    check_person(who, person_id)
    with service.record.database.reading() as session:
        found = checks_of(service.record, session, person_id, results=False)
    note_reading(service, who, "checks.read", person_id)
    return ChecksTold(checks=[CheckTold(**_short(check)) for check in found])


@router.get("/checks/{check_id}")
def get_check(check_id: CheckId, service: ServiceHere, who: SignedIn) -> CheckWhole:
    """One check: its movements, and what came of it."""
    check = check_of(service, who, check_id)
    seen(service, who, check)
    return _whole(service, who, check)


@router.get("/checks/{check_id}/question")
def get_question(check_id: CheckId, service: ServiceHere, who: SignedIn) -> AskedTold:
    """What is asked now."""
    check = check_of(service, who, check_id)
    seen(service, who, check)
    return _asked(asked(check.interview(who.language)), len(check.told["said"]))


@router.post("/checks/{check_id}/answers", status_code=201)
def post_answer(check_id: CheckId, given: Answer, service: ServiceHere, who: SignedIn) -> AskedTold:
    """Answer the question that is open; what is asked next."""
    check = check_of(service, who, check_id, "write")
    return _after(service, who, answered(service, who, check, given.key, given.value), check_id)


@router.delete("/checks/{check_id}/answers/last")
def delete_answer(check_id: CheckId, service: ServiceHere, who: SignedIn) -> AskedTold:
    """Take the last answer back; what is asked then."""
    check = check_of(service, who, check_id, "write")
    return _after(service, who, taken_back(service, who, check), check_id)


@router.post("/checks/{check_id}/stop", status_code=201)
def post_stop(check_id: CheckId, service: ServiceHere, who: SignedIn) -> AskedTold:
    """No more questions."""
    check = check_of(service, who, check_id, "write")
    return _after(service, who, stopped(service, who, check), check_id)


@router.post("/checks/{check_id}/skipped", status_code=201)
def post_skipped(check_id: CheckId, given: Skipped, service: ServiceHere, who: SignedIn) -> CheckWhole:
    """Say that a movement is not filmed, or that it is after all."""
    check = check_of(service, who, check_id, "write")
    with service.record.database.writing() as session:
        check = skip(service.record, session, check_id, given.movement, given.why)
        noted(session, who, "check.skipped", check)
    return _whole(service, who, check)


@router.post("/checks/{check_id}/conclude", status_code=202)
def post_conclude(check_id: CheckId, service: ServiceHere, who: SignedIn) -> CheckTold:
    """Hand the check in to be judged."""
    return CheckTold(**_short(hand_in(service, who, check_of(service, who, check_id, "write"))))


@router.get(
    "/checks/{check_id}/proof.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}, "description": "why the best cause fits, drawn"}},
)
def get_proof(check_id: CheckId, service: ServiceHere, who: SignedIn) -> Response:
    """The proof of the best explanation as a drawing."""
    check = check_of(service, who, check_id)
    seen(service, who, check)
    result = check.result or {}
    drawn = (result.get("proofs") or {}).get(who.language) or result.get("proof_svg")
    if not drawn:
        raise MissingError("there is no proof of this check", where="proof")
    return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


class Skeleton(_Told):
    """A body that moves: metres in the body's frame, at most 150 moments; None for a joint not seen."""

    fps: float
    joints: list[str]
    bones: list[tuple[int, int]]
    frames: list[list[tuple[float, float, float] | None]]
    times_s: list[float] = []


@router.get("/checks/{check_id}/skeleton/{movement}")
def get_skeleton(check_id: CheckId, movement: Movement, service: ServiceHere, who: SignedIn) -> Skeleton:
    """The body in three dimensions while it made a movement."""
    check = check_of(service, who, check_id)
    seen(service, who, check)
    found = ((check.result or {}).get("skeletons") or {}).get(movement)
    if found is None:
        raise MissingError("there is no such movement in this check", where="movement")
    return Skeleton.model_validate(found)
