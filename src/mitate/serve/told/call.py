"""Whom a person calls when something is wrong."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mitate.record import settings
from mitate.record.opened import Record
from mitate.record.people import get_person
from mitate.serve.words import Say

__all__ = ["call_of"]


def call_of(record: Record, session: Session, person_id: str, language: str) -> str:
    """Name and telephone of her own contact, else of the clinic; a plain sentence where none is set."""
    facts, clinic = get_person(record, session, person_id), settings.get(session, "clinic")
    say = Say(language)
    for name, phone in (
        (facts.call_name, facts.call_phone),
        (str(clinic["call_name"] or clinic["name"]), str(clinic["call_phone"])),
    ):
        if phone:
            return say("told.call", name=name, phone=phone) if name else phone
        if name:
            return name
    return say("told.call_nobody")
