"""Pages: what came of a back check, in words first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from mitate.record.checks import OpenCheck
from mitate.record.people import get_person
from mitate.record.settings import get as get_setting
from mitate.serve.pages.back_asking import Stop, check_of, seen
from mitate.serve.render import page
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import SignedIn

__all__ = ["result_told", "router", "whom_to_call"]

router = APIRouter(include_in_schema=False)

_LIKELY = 0.5  # as in `mitate.back.check_summary`
CheckId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


def result_told(check: OpenCheck, language: str) -> dict[str, Any]:
    """What a judged check says in a language; empty where it is not judged."""
    told: dict[str, Any] = ((check.result or {}).get("told") or {}).get(language) or {}
    return told


def whom_to_call(service: Service, person_id: str) -> dict[str, str] | None:
    """Whom this person calls: her own contact, else the clinic; None where neither has a telephone."""
    with service.record.database.reading() as session:
        facts = get_person(service.record, session, person_id)
        clinic = get_setting(session, "clinic", {})
    name, phone = facts.call_name, facts.call_phone
    if not phone:
        name, phone = clinic.get("call_name", ""), clinic.get("call_phone", "")
    dial = re.sub(r"[^0-9+]", "", unicodedata.normalize("NFKC", phone))
    return {"name": name or phone, "phone": phone, "dial": dial} if dial else None


@router.get("/back/result/{check_id}")
def result(check_id: CheckId, request: Request, service: ServiceHere, who: SignedIn) -> Response:
    """Likely causes, how sure, what was seen, what is not known; where a red flag is there, that alone."""
    check = check_of(service, who, check_id)
    if check.result is None or check.state != "done":
        return RedirectResponse(f"/back/wait/{check_id}", 303)
    seen(service, who, check)
    from mitate.back.check_words import Say

    told, say = result_told(check, who.language), Say(who.language, check.region)
    call = whom_to_call(service, check.person_id)
    if told.get("stop"):
        stops = tuple(Stop(**{**one, "words": tuple(one["words"])}) for one in told["stop"])
        return page(request, "back/stop.html", who=who, check=check, stops=stops, call=call)
    stills = [
        {"movement": say.movement(name), "name": name}
        for name in (check.result.get("captures") or {})
        if (check.result.get("skeletons") or {}).get(name)
    ]
    leading = _leading(check.result, told)
    return page(
        request,
        "back/result.html",
        who=who,
        check=check,
        told=told,
        leading=leading,
        others=[one for one in told["causes"] if one not in leading],
        day=say.day(check.at.astimezone().date()),
        call=call,
        stills=stills,
        simulated=check.result.get("trained_on") == "simulated",
        sources=str(check.result.get("intended_use") or ""),
        drawn=bool(check.result.get("proof_svg")),
    )


def _leading(result: Mapping[str, Any], told: dict[str, Any]) -> list[dict[str, Any]]:
    """The cause that fits best with those that belong to the same explanation; none where none leads."""
    causes, verdict = told["causes"], told["verdict"]
    if not causes or verdict["several"] or verdict["share"] < _LIKELY:
        return []
    best = ((result.get("reasoning") or {}).get("explanations") or [{}])[0].get("causes") or ()
    with_it = {one["atom"] for one in best}
    return [causes[0], *(one for one in causes[1:] if one["cause"] in with_it and one["share"] >= _LIKELY)]
