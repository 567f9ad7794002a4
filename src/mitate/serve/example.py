"""A record to look round in: two simulated patients with their films, a nurse, and the first patient."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from mitate.record.accounts import add_account
from mitate.record.audit import note
from mitate.record.cohort_in import import_cohort
from mitate.record.people import all_people
from mitate.record.schema import Account
from mitate.serve.auth.secrets import hash_secret
from mitate.serve.service import Service

__all__ = ["NURSE", "PATIENT", "fill"]

NURSE, PATIENT = ("nurse", "lake-of-herons"), ("patient", "739164")
"""Name and secret of either: known to everybody, as the record holds nobody."""


def fill(service: Service, cohort: Path) -> Iterator[str]:
    """Take a cohort of simulated patients in and make the two accounts, where they are not there yet.

    Args:
        service: whose record it is; its films are read by the service's jobs.
        cohort: its folder.

    Yields:
        what to tell whoever started the app.
    """
    record = service.record
    import_cohort(record, service.queue.add, cohort, "system")
    service.queue.wake()
    with record.database.writing() as session:
        if session.scalar(select(Account.id).limit(1)) is None:
            first = min(all_people(record, session), key=lambda one: one.facts.number)
            name, secret = NURSE
            roles = ("clinician", "admin")
            hashed = hash_secret(secret)
            add_account(record, session, login=name, name="Nurse", roles=roles, secret=hashed)
            name, secret = PATIENT
            add_account(
                record,
                session,
                login=name,
                name=first.facts.name,
                roles=("person",),
                secret=hash_secret(secret),
                secret_kind="pin",
                person_id=first.id,
            )
            note(session, "system", "example")
    yield "two simulated patients are in, and their films are being read; sign in as"
    yield f"  {PATIENT[0]}, with the PIN {PATIENT[1]}: what a patient sees"
    yield f"  {NURSE[0]}, with the password {NURSE[1]}: the clinic and its administration"
