"""Films put into a record as an upload would leave them, and the work on them done on the spot."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

from mitate.edema.encoder import Encoder
from mitate.edema.prior import PatientSessions, Prior
from mitate.record.check_films import conclude
from mitate.record.checks import begin, open_check
from mitate.record.schema import Capture, Consent, new_id
from mitate.record.streams import SealedWriter, film_about
from mitate.serve.service import Service
from mitate.serve.work.apart_sessions import KeptSession
from mitate.serve.work.once import run_waiting

EXAMPLES = Path(__file__).parents[3] / "examples"
PATIENT = "sim-460-0000"
FIRST = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class PutFilm(Protocol):
    def __call__(self, person_id: str, film: Path | bytes, **facts: Any) -> str: ...


@pytest.fixture
def put_film(service: Service) -> PutFilm:
    """Put a film of a person into the record and hand its job in; the capture's id.

    Facts: ``at``, ``instrument``, ``check``, and what is sealed with the capture.
    """

    def put(person_id: str, film: Path | bytes, **facts: Any) -> str:
        record, capture_id = service.record, new_id()
        content = film.read_bytes() if isinstance(film, Path) else film
        instrument, check = facts.pop("instrument", "edema"), facts.pop("check", None)
        at = facts.pop("at", FIRST)
        with record.database.writing() as session:
            key = record.key(session, person_id)
            with SealedWriter.open(
                record.folder / "videos" / f"{capture_id}.film", key, film_about(capture_id)
            ) as writer:
                writer.append(content)
                writer.finish()
            session.add(
                Capture(
                    id=capture_id,
                    person_id=person_id,
                    check_id=check,
                    instrument=instrument,
                    at=at,
                    state="waiting",
                    sealed=key.seal_json(facts, f"capture.sealed {capture_id}"),
                    video=f"{capture_id}.film",
                )
            )
            session.flush()
            kind = "read_face" if instrument == "edema" else "read_movement"
            service.queue.add(session, kind, capture_id, person_id)
        return capture_id

    return put


@pytest.fixture
def result_of(service: Service) -> Callable[[str], dict[str, Any]]:
    """What came of a capture, with its state."""

    def result(capture_id: str) -> dict[str, Any]:
        with service.record.database.reading() as session:
            row = session.get_one(Capture, capture_id)
            key = service.record.key(session, row.person_id)
            told = {} if row.result is None else key.open_json(row.result, f"capture.result {capture_id}")
            return {**told, "state": row.state, "video": row.video}

    return result


def agree(service: Service, person_id: str, kind: str, given: bool = True) -> None:
    """Write down a consent."""
    with service.record.database.writing() as session:
        later = datetime.now(UTC) + timedelta(seconds=1)
        session.add(Consent(person_id=person_id, kind=kind, given=given, by="0" * 32, at=later))


def begun(service: Service, person: str) -> str:
    """A new check of a person; its id."""
    with service.record.database.writing() as session:
        return begin(service.record, session, person).id


def judge(service: Service, check_id: str) -> dict[str, Any]:
    """Hand a check in, have it judged, and give its result."""
    with service.record.database.writing() as session:
        conclude(service.record, session, check_id, service.queue.add)
    run_waiting(service)
    with service.record.database.reading() as session:
        check = open_check(service.record, session, check_id)
    assert check.state == "done"
    assert check.result is not None
    return dict(check.result)


def sessions(who: str) -> list[dict[str, str]]:
    """Rows of the example's table."""
    with (EXAMPLES / "two-patients" / "sessions.tsv").open() as table:
        return [row for row in csv.DictReader(table, delimiter="\t") if row["participant_id"] == who]


def put_sessions(
    put_film: PutFilm, person: str, rows: list[dict[str, str]], *, weighed: bool = True
) -> list[str]:
    """Put sessions of the example's patient into the record, a year later; their captures."""
    found = []
    for row in rows:
        at = datetime.fromisoformat(row["captured_at"]).replace(tzinfo=FIRST.tzinfo) + timedelta(days=364)
        weight = {"weight_kg": float(row["weight_kg"])} if weighed else {}
        video = EXAMPLES / "two-patients" / row["video"]
        found.append(put_film(person, video, at=at, context=row["phase"], **weight))
    return found


@pytest.fixture
def prior(tiny_encoder: Encoder) -> Prior:
    return tiny_encoder.prior


@pytest.fixture
def kept(made_up: Callable[..., list[PatientSessions]]) -> list[KeptSession]:
    """Sessions of a made-up patient, before and after dialysis in turn, weighed; dry weight 60 kg."""
    rows = made_up(1, 48)[0].sessions
    return [
        KeptSession(
            f"c{number}",
            one.day,
            one.phase,
            one.embeddings,
            np.zeros(128, np.float32),
            0.9,
            60.0 + (one.excess_kg or 0.0),
            60.0,
        )
        for number, one in enumerate(rows)
    ]
