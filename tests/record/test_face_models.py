"""What photos of faces are compared with: one of each kind, sealed, and wrapped anew by a new master key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.serve.pages.photo_rows import CARD

from mitate.record.audit import verify
from mitate.record.errors import MissingError
from mitate.record.face_models import (
    FaceCard,
    content_of,
    face_models,
    install,
    rewrap_face_models,
    take_away,
)
from mitate.record.opened import DATABASE, Record
from mitate.record.schema import Audit, FaceModel
from mitate.record.vault import Vault

BY = "0" * 32


def test_a_card_is_what_it_was_through_json() -> None:
    assert FaceCard.of(CARD.as_dict()) == CARD
    assert (CARD.people, CARD.simulated) == (38, True)


def test_one_of_each_kind_and_the_next_takes_its_place(record: Record) -> None:
    with record.database.reading() as session:
        assert face_models(record, session) == {}
        assert content_of(record, session, "model") is None
    with record.database.writing() as session:
        install(record, session, "model", b"first", CARD, BY)
        install(record, session, "gallery", b"rare", replace(CARD, id="rare", coverage=None), BY)
        install(record, session, "model", b"second", replace(CARD, id="second"), BY)
    with record.database.reading() as session:
        known = face_models(record, session)
        assert {kind: one.card.id for kind, one in known.items()} == {"model": "second", "gallery": "rare"}
        assert content_of(record, session, "model") == b"second"
        notes = [row.detail for row in session.query(Audit).order_by(Audit.seq) if row.subject == "model"]
        assert [one["instead_of"] for one in notes] == ["", CARD.id]
    with record.database.writing() as session:
        take_away(record, session, "gallery", BY)
        with pytest.raises(MissingError):
            take_away(record, session, "gallery", BY)
    with record.database.reading() as session:
        assert set(face_models(record, session)) == {"model"}


def test_nothing_of_it_is_readable_on_the_disk(record: Record) -> None:
    with record.database.writing() as session:
        install(record, session, "gallery", b"numbers of faces", CARD, BY)
    record.close()
    content = b"".join(path.read_bytes() for path in record.folder.glob(f"{DATABASE}*"))
    assert b"numbers of faces" not in content
    assert b"amber" not in content


def test_a_new_master_key_opens_it(record: Record) -> None:
    new = Vault.new()
    with record.database.writing() as session:
        install(record, session, "model", b"content", CARD, BY)
        before = session.get_one(FaceModel, "model").content
        rewrap_face_models(session, record.vault, new)
    turned = replace(record, vault=new)
    with record.database.reading() as session:
        assert session.get_one(FaceModel, "model").content == before  # megabytes stay as they are
        assert content_of(turned, session, "model") == b"content"
        assert face_models(turned, session)["model"].card == CARD
        verify(session)
