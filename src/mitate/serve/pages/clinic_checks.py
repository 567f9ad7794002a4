"""Pages: one back check for a clinician: what was seen, why, and her correction of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.record import feedback
from mitate.record.checks import OpenCheck
from mitate.record.people import age_on, get_person
from mitate.record.schema import Account, Capture
from mitate.serve.pages.back_asking import check_of
from mitate.serve.pages.clinic_shown import clinic_page, noted, see_other
from mitate.serve.pages.diary_rows import diary_rows
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import Clinician, Who
from mitate.serve.words import Say

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_MOST_SESSIONS = 60
CheckId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.get("/clinic/checks/{check_id}", response_class=HTMLResponse)
def show_check(
    request: Request,
    check_id: CheckId,
    service: ServiceHere,
    who: Clinician,
    movement: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """A back check with its measures, its causes, its proof and what clinicians said of it."""
    check = check_of(service, who, check_id)
    noted(service, who, "check.read", check.person_id, check=check.id)
    with service.record.database.reading() as session:
        facts = get_person(service.record, session, check.person_id)
        filed = feedback.corrections(service.record, session, check.id)
        names = _names(service, session, {one.by for one in filed})
        captures = _captures(session, check.id)
    result = None if check.result is None else dict(check.result)
    shown = {} if result is None else _shown(check, result, who, movement, filed)
    return clinic_page(
        request,
        "check.html",
        who,
        check=check,
        person_id=check.person_id,
        facts=facts,
        age=age_on(facts, check.at.astimezone().date()),
        said=_said(check, who),
        captures=captures,
        names=names,
        result=result,
        diary=diary_rows(check, who.language, _MOST_SESSIONS),
        **shown,
    )


def _shown(
    check: OpenCheck,
    result: dict[str, Any],
    who: Who,
    movement: str,
    filed: tuple[feedback.Correction, ...],
) -> dict[str, Any]:
    """What the page shows of a result, in the clinician's language."""
    from mitate.serve.pages import clinic_check_view as view
    from mitate.serve.pages import clinic_proof as proof

    say, language = Say(who.language), who.language
    films = view.films_view(result, language)
    seen = [film.movement for film in films if not film.refused]
    often = {name: say(f"clinic.often_{name}") for name in ("always", "about", "rarely")}
    reasoned = not result["stop"]
    causes = view.causes_view(result, language) if reasoned else ()
    told = (result.get("told") or {}).get(language) or {}
    chosen = movement if movement in seen else (seen or [""])[0]
    stands = {one.id for one in feedback.standing(filed)}
    listed = {one.name for one in causes}
    labels = dict(view.choices(check.region, language))
    return {
        "films": films,
        "chosen": chosen,
        "has_skeleton": chosen in (result.get("skeletons") or {}),
        "curve": (result.get("curves") or {}).get(chosen),
        "causes": causes,
        "habits": view.causes_view(result, language, "habits") if reasoned else (),
        "told": told,
        "steps": proof.proof_view(result, language, often) if reasoned else (),
        "grounds": proof.grounds(result, language, say("clinic.prior")) if reasoned else (),
        "contradictions": proof.contradictions(result, language),
        "filed": [(one, one.id in stands, labels) for one in filed],
        "others": [one for one in filed if one.cause not in listed],
        "labels": labels,
        "questions": _questions(result, language),
    }


def _questions(result: dict[str, Any], language: str) -> list[str]:
    """The questions that would tell most, worded by the knowledge base of today where it has them."""
    from mitate.back.region import knowledge

    labels = {one.name: one.label for one in knowledge(str(result["region"])).questions}
    asked = result["next"]["questions"]
    return [
        labels[one["question"]].text(language) if one["question"] in labels else one["text"] for one in asked
    ]


def _said(check: OpenCheck, who: Who) -> list[tuple[str, str]]:
    """Questions and answers, worded anew: the patient may have been asked in another language."""
    from mitate.back.interview import reworded

    told = []
    for item, value in check.interview().said:
        asked = reworded(item, check.region, who.language)
        labels = {choice.value: choice.label for choice in asked.choices}
        told.append((asked.text, _answer(value, labels, Say(who.language))))
    return told


def _answer(value: Any, labels: dict[bool | str, str], say: Say) -> str:
    if value is None:
        return say("clinic.unknown")
    if isinstance(value, list):
        return say("clinic.listed").join(_answer(one, labels, say) for one in value) or say("clinic.no")
    if value in labels and isinstance(value, bool | str):
        return labels[value]
    if isinstance(value, bool):
        return say("clinic.yes" if value else "clinic.no")
    return str(value).replace("_", " ")


def _names(service: Service, session: Session, ids: set[str]) -> dict[str, str]:
    """Names of accounts; of one that is gone its id says nothing, so it stays empty."""
    rows = session.scalars(select(Account).where(Account.id.in_(ids)))
    clinic = service.record.vault.clinic
    return {row.id: clinic.open_json(row.sealed, f"account.sealed {row.id}")["name"] for row in rows}


def _captures(session: Session, check_id: str) -> list[Capture]:
    return list(session.scalars(select(Capture).where(Capture.check_id == check_id).order_by(Capture.at)))


@router.post("/clinic/checks/{check_id}/feedback")
def file_correction(
    check_id: CheckId,
    service: ServiceHere,
    who: Clinician,
    cause: Annotated[str, Form(max_length=120)],
    verdict: Annotated[str, Form(max_length=10)],
    instead: Annotated[str, Form(max_length=120)] = "",
    note: Annotated[str, Form(max_length=feedback.MOST_NOTE)] = "",
) -> RedirectResponse:
    """File a correction of a cause, as the form says it."""
    check_of(service, who, check_id, "write")
    with service.record.database.writing() as session:
        feedback.correct(
            service.record,
            session,
            check_id,
            by=who.account_id,
            cause=cause,
            verdict=_verdict(verdict),
            instead=instead if verdict == "wrong" else None,
            note=note,
        )
    return see_other(f"/clinic/checks/{check_id}#corrections")


def _verdict(text: str) -> feedback.Verdict:
    from mitate.errors import InputError

    for verdict in feedback.VERDICTS:
        if text == verdict:
            return verdict
    raise InputError("say whether the cause is right", where="verdict", todo="choose right, wrong or unsure")
