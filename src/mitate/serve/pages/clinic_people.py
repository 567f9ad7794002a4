"""Pages: adding a patient, changing what is known of her, and taking tables in."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import HTMLResponse, Response

from mitate.errors import InputError
from mitate.record import consents
from mitate.record.csv_in import MOST_BYTES, CsvPreview, apply, new_weights, read_csv
from mitate.record.models_kept import learn_anew
from mitate.record.people import PersonFacts, add_person, change_person, known_person
from mitate.serve.pages.clinic_shown import clinic_page, noted, see_other
from mitate.serve.service import Service, ServiceHere
from mitate.serve.who import Clinician, Who, check_person

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

PersonId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_Text = Annotated[str, Form(max_length=2000)]
_SHOWN = 200
"""Lines of a table that are shown before it is taken in; all are taken."""


def _given(
    name: _Text = "",
    number: _Text = "",
    sex: _Text = "",
    birth_date: _Text = "",
    height_cm: _Text = "",
    language: _Text = "en",
    kind: _Text = "dialysis",
    call_name: _Text = "",
    call_phone: _Text = "",
    note: _Text = "",
) -> dict[str, str]:
    """The form as it was filled in."""
    return {
        "name": name, "number": number, "sex": sex, "birth_date": birth_date, "height_cm": height_cm,
        "language": language, "kind": kind, "call_name": call_name, "call_phone": call_phone, "note": note,
    }  # fmt: skip


Given = Annotated[dict[str, str], Depends(_given)]


def _read(given: dict[str, str]) -> dict[str, Any]:
    """The facts of a form.

    Raises:
        InputError: a value that cannot be; `where` is the field.
    """
    told: dict[str, Any] = {**given, "sex": given["sex"] or None, "birth_date": None, "height_cm": None}
    if given["birth_date"]:
        try:
            told["birth_date"] = date.fromisoformat(given["birth_date"])
        except ValueError as error:
            raise InputError("this is no date", where="birth_date", todo="such as 1950-04-01") from error
    if given["height_cm"]:
        try:
            told["height_cm"] = float(given["height_cm"].replace(",", "."))
        except ValueError as error:
            raise InputError("this is no number", where="height_cm", todo="centimetres") from error
    return asdict(PersonFacts(**{**told, "simulated": False}))


def _changed(read: dict[str, Any], before: str) -> dict[str, Any]:
    """Of a form's facts those that are not as it showed them: somebody may have changed the others since.

    Raises:
        InputError: `before` is none of ours.
    """
    read.pop("simulated")
    if not before:
        return read
    try:
        shown = PersonFacts.of(json.loads(_unpacked(before)))
    except (InputError, ValueError, TypeError, AttributeError) as error:
        raise InputError("a person has no such fact", where="before", todo="use our own page") from error
    return {name: value for name, value in read.items() if value != getattr(shown, name)}


def _form(request: Request, who: Who, given: dict[str, Any], **shown: Any) -> HTMLResponse:
    return clinic_page(request, "edit.html", who, given=given, **shown)


@router.get("/clinic/new", response_class=HTMLResponse)
def ask_new(request: Request, who: Clinician) -> HTMLResponse:
    """The form for a patient who is not known yet."""
    given = {**_given(), "language": who.language}
    return _form(request, who, given, person_id="", error=None, before="")


@router.post("/clinic/new", response_model=None)
def add_new(
    request: Request,
    given: Given,
    service: ServiceHere,
    who: Clinician,
    analyse: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Add her; and her consent, where it was given on paper."""
    who.need("write:people")
    try:
        facts = PersonFacts(**_read(given))
        with service.record.database.writing() as session:
            person_id = add_person(service.record, session, facts, who.account_id)
            if analyse:
                consents.give(session, person_id, "analyse", who.account_id)
    except InputError as error:  # a taken number among them
        answer = _form(request, who, given, person_id="", error=error, before="")
        answer.status_code = 422
        return answer
    return see_other(f"/clinic/people/{person_id}")


@router.get("/clinic/people/{person_id}/edit", response_class=HTMLResponse)
def ask_edit(request: Request, person_id: PersonId, service: ServiceHere, who: Clinician) -> HTMLResponse:
    """What is known of her, to be changed."""
    check_person(who, person_id)
    with service.record.database.reading() as session:
        facts = known_person(service.record, session, person_id).facts
    noted(service, who, "person.read", person_id)
    shown = facts.as_dict()
    return _form(
        request, who, shown, person_id=person_id, error=None, before=_packed(json.dumps(shown).encode())
    )


@router.post("/clinic/people/{person_id}/edit", response_model=None)
def edit(
    request: Request,
    person_id: PersonId,
    given: Given,
    service: ServiceHere,
    who: Clinician,
    before: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Change what is known of her: what was changed in this form, and not what stood in it."""
    check_person(who, person_id, "write")
    try:
        changes = _changed(_read(given), before)
        with service.record.database.writing() as session:
            change_person(service.record, session, person_id, who.account_id, **changes)
    except InputError as error:
        if error.where == "person":
            raise
        answer = _form(request, who, given, person_id=person_id, error=error, before=before)
        answer.status_code = 422
        return answer
    return see_other(f"/clinic/people/{person_id}")


@router.get("/clinic/import", response_class=HTMLResponse)
def ask_import(request: Request, who: Clinician) -> HTMLResponse:
    """A table to choose."""
    return clinic_page(request, "import.html", who, preview=None, applied=None, error=None, what="weights")


@router.post("/clinic/import", response_model=None)
async def take_import(request: Request, service: ServiceHere, who: Clinician) -> Response:
    """Look at a table; or, when it comes back from the look, take it in."""
    from starlette.concurrency import run_in_threadpool

    async with request.form(max_files=1, max_fields=10, max_part_size=2 * MOST_BYTES) as form:
        file, packed = form.get("file"), form.get("packed")
        content = b"" if file is None or isinstance(file, str) else await file.read()
        told = {
            "what": str(form.get("what") or "weights"),
            "leave_out": form.get("leave_out") is not None,
            "do": str(form.get("do") or "look"),
        }
    if isinstance(packed, str) and packed:
        content = _unpacked(packed)
    return await run_in_threadpool(_imported, request, service, who, content, told)


def _imported(request: Request, service: Service, who: Who, content: bytes, told: dict[str, Any]) -> Response:
    who.need("write:people")
    what, error, preview, applied = "people" if told["what"] == "people" else "weights", None, None, None
    try:
        if told["do"] == "apply":
            with service.record.database.writing() as session:
                preview = read_csv(service.record, session, content, what)  # type: ignore[arg-type]
                applied = apply(
                    service.record, session, preview, who.account_id, leave_out_refused=told["leave_out"]
                )
                for person_id, weights in new_weights(preview).items():
                    learn_anew(service.queue.add, session, person_id, weights)
            service.queue.wake()
        else:
            with service.record.database.reading() as session:
                preview = read_csv(service.record, session, content, what)  # type: ignore[arg-type]
    except InputError as found:
        error = found
    answer = clinic_page(
        request,
        "import.html",
        who,
        what=what,
        preview=preview,
        rows=[] if preview is None else _rows(preview),
        applied=applied,
        error=error,
        packed="" if preview is None or applied is not None else _packed(content),
        more=0 if preview is None else max(0, len(preview.rows) - _SHOWN),
    )
    answer.status_code = 200 if error is None else 422
    return answer


def _rows(preview: CsvPreview) -> list[Any]:
    return list(preview.rows[:_SHOWN])


def _packed(content: bytes) -> str:
    """The table on its way to the reader and back: nothing of it waits on the server."""
    return base64.b64encode(zlib.compress(content)).decode()


def _unpacked(text: str) -> bytes:
    try:
        unpack = zlib.decompressobj()
        content = unpack.decompress(base64.b64decode(text, validate=True), MOST_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise InputError("this is no table", where="file", todo="choose the file again") from error
    return content
