"""Rows made by hand, as jobs and uploads would: for tests that look at what is done with them."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np

from mitate.record.opened import Record
from mitate.record.schema import Capture, PersonalModelRow, new_id, now
from mitate.record.streams import SealedWriter, film_about


def put_capture(
    record: Record,
    person_id: str,
    *,
    state: str = "done",
    instrument: str = "edema",
    at: datetime | None = None,
    result: dict[str, Any] | None = None,
    film: bytes | None = None,
    read: bool = False,
    **facts: Any,
) -> str:
    """A film of a person; with `film` it is kept, with `read` its features are there."""
    capture_id = new_id()
    with record.database.writing() as session:
        key = record.key(session, person_id)
        row = Capture(
            id=capture_id,
            person_id=person_id,
            instrument=instrument,
            at=at or now(),
            state=state,
            sealed=key.seal_json({"context": "pre", **facts}, f"capture.sealed {capture_id}"),
            video=None if film is None else f"{capture_id}.film",
        )
        if result is not None:
            row.result = key.seal_json(result, f"capture.result {capture_id}")
            row.result_at = now()
        if read:
            stream = BytesIO()
            np.savez(stream, embeddings=np.zeros((1, 4)))
            row.features = key.seal(stream.getvalue(), f"capture.features {capture_id}")
        session.add(row)
    if film is not None:
        path = record.folder / "videos" / f"{capture_id}.film"
        with SealedWriter.open(path, key, film_about(capture_id)) as writer:
            writer.append(film)
            writer.finish()
    return capture_id


def put_model(record: Record, person_id: str, *, active: bool = True, **facts: Any) -> str:
    """A personal model that says what it learned from."""
    model_id = new_id()
    told = {"trained_on": "simulated", "n_labelled": 4, "sessions": [], "left_out": [], "later": [], **facts}
    with record.database.writing() as session:
        key = record.key(session, person_id)
        session.add(
            PersonalModelRow(
                id=model_id,
                person_id=person_id,
                active=active,
                model=key.seal(b"model", f"personal_model.model {model_id}"),
                sealed=key.seal_json(told, f"personal_model.sealed {model_id}"),
            )
        )
    return model_id
