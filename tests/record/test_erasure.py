"""A person is erased, and every byte of every file is searched for what was hers."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from mitate.record.audit import note, verify
from mitate.record.erasure import compact, erase
from mitate.record.errors import MissingError, RecordError
from mitate.record.opened import Record, open_record
from mitate.record.schema import (
    Account,
    Base,
    Capture,
    Check,
    Consent,
    Erased,
    Feedback,
    Job,
    Login,
    Person,
    PersonalModelRow,
    Upload,
    Weight,
    now,
)
from mitate.record.streams import SealedWriter, film_about
from mitate.record.vault import Vault

HERS, OTHERS = "a" * 32, "b" * 32
FILM = b"frames of a film that nobody may ever see again " * 40_000  # 1.9 MB: two chunks
PLAIN = [b"Hanako Unverwechselbar", b"61.234567", b"0.987654 over the dry weight", FILM[:48]]


def film(record: Record, name: str, capture_id: str, key: object, *, whole: bool) -> Path:
    path = record.folder / name
    with SealedWriter.open(path, key, film_about(capture_id)) as writer:  # type: ignore[arg-type]
        writer.append(FILM)
        if whole:
            writer.finish()
    return path


def put(record: Record, person_id: str) -> list[bytes]:
    """All that there can be of a person; the sealed bytes of it."""
    key, wrapped = record.vault.new_key(person_id)
    one = person_id[:8]
    sealed = {
        name: key.seal_json(value, f"{name} {person_id}")
        for name, value in {
            "person.sealed": {"name": PLAIN[0].decode(), "padding": "x" * 9000},  # spills to overflow pages
            "weight.sealed": {"kg": 61.234567},
            "capture.result": {"told": PLAIN[2].decode()},
            "check.sealed": {"said": [["where", "lower back"]]},
        }.items()
    }
    with record.database.writing() as session:
        session.add(Person(id=person_id, wrapped_key=wrapped, sealed=sealed["person.sealed"]))
        session.flush()
        common = {"person_id": person_id, "sealed": sealed["weight.sealed"]}
        session.add(Consent(person_id=person_id, kind="analyse", given=True, by="x"))
        session.add_all(Weight(at=now() + timedelta(days=day), **common) for day in range(30))
        session.add(Check(id=f"k{one}", person_id=person_id, sealed=sealed["check.sealed"]))
        session.add(PersonalModelRow(model=sealed["weight.sealed"], **common))
        session.flush()
        session.add(Feedback(check_id=f"k{one}", by="x", **common))
        for name, state in ((f"c{one}", "done"), (f"u{one}", "uploading")):
            session.add(
                Capture(
                    id=name,
                    instrument="edema",
                    state=state,
                    video=f"{name}.film",
                    result=sealed["capture.result"],
                    features=key.seal(os.urandom(5000), f"capture.features {name}"),
                    **common,
                )
            )
        session.flush()
        session.add(Upload(id=f"u{one}", capture_id=f"u{one}", length=10**7, expires_at=now()))
        session.add(Job(kind="read_face", subject=f"c{one}", person_id=person_id))
        session.add(account(record, f"p{one}", ["person"], person_id))
        session.flush()
        session.add(Login(token_hash=person_id.encode(), account_id=f"p{one}", csrf="c", expires_at=now()))
        note(session, "system", "person.added", person_id)
    kept = film(record, f"videos/c{one}.film", f"c{one}", key, whole=True)
    coming = film(record, f"uploads/u{one}.part", f"u{one}", key, whole=False)
    pieces = [wrapped, *sealed.values()]
    for path in (kept, coming):
        content = path.read_bytes()
        pieces += [content[at : at + 64] for at in (0, 100, 500_000, len(content) - 64)]
    # Any 24 bytes of what was sealed would be a find; nonces and tags are among them.
    return [part for piece in pieces for part in (piece[:24], piece[-24:])]


def account(record: Record, name: str, roles: list[str], person_id: str | None) -> Account:
    told = record.vault.clinic.seal_json({"login": name, "name": name}, f"account.sealed {name}")
    return Account(
        id=name,
        login_index=record.vault.index(name),
        sealed=told,
        roles=roles,
        person_id=person_id,
        secret="-",
    )


def found(folder: Path, pieces: list[bytes]) -> set[tuple[str, bytes]]:
    return {
        (path.name, piece)
        for path in folder.rglob("*")
        if path.is_file()
        for content in [path.read_bytes()]
        for piece in pieces
        if piece in content
    }


def test_no_byte_of_a_person_is_left(record: Record) -> None:
    mine, others = put(record, HERS), put(record, OTHERS)
    in_files = found(record.folder, [*mine, *others])
    assert {piece for _, piece in in_files} == {
        *mine,
        *others,
    }  # the search finds them all while they are there
    assert not found(record.folder, PLAIN)  # never in the clear
    with record.database.writing() as session:  # versions of a page in the log, as years of use leave them
        session.get_one(Person, HERS).created_at = now() - timedelta(days=1)

    done = erase(record, HERS, "admin")

    assert (done.films, done.compacted, done.left, done.backups) == (2, True, (), ())
    assert not found(record.folder, [*mine, *PLAIN])
    assert {piece for _, piece in found(record.folder, others)} == set(others)
    with record.database.reading() as session:
        assert session.get(Erased, HERS) is not None
        assert session.get(Account, f"p{HERS[:8]}") is None
        record.key(session, OTHERS)
        with pytest.raises(MissingError):
            record.key(session, HERS)
        assert verify(session).ok
    with pytest.raises(MissingError):
        erase(record, HERS, "admin")


def test_every_table_of_a_person_is_emptied(record: Record) -> None:
    put(record, HERS)
    erase(record, HERS, "admin")
    with record.database.reading() as session:
        for table in Base.metadata.tables.values():
            rows = session.execute(table.select()).all()
            if table.name in ("setting", "erased", "audit", "audit_key"):
                continue
            assert rows == [], table.name


def test_a_wrapped_key_that_somebody_kept_is_all_that_opens(record: Record) -> None:
    """What the erasure rests on: without the key's row, not even the master key opens anything."""
    put(record, HERS)
    with record.database.reading() as session:
        sealed = session.get_one(Person, HERS).sealed
    erase(record, HERS, "admin")
    fresh, _ = record.vault.new_key(HERS)
    for key in (fresh, record.vault.clinic):
        with pytest.raises(RecordError):
            key.open(sealed, f"person.sealed {HERS}")


def test_the_one_account_of_a_home_stays(record: Record) -> None:
    put(record, HERS)
    with record.database.writing() as session:
        session.add(account(record, "home", ["person", "clinician", "admin"], HERS))
    erase(record, HERS, "home")
    with record.database.reading() as session:
        kept = session.get_one(Account, "home")
        assert (kept.roles, kept.person_id) == (["clinician", "admin"], None)


def test_backups_that_hold_her_are_named(record: Record) -> None:
    put(record, HERS)
    (record.folder / "backups" / "2026-01-02.tar").write_bytes(b"")
    assert erase(record, HERS, "admin").backups == ("2026-01-02.tar",)


def test_a_reader_in_the_way_is_told(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mitate.record.erasure._PATIENCE_S", 0.2)
    put(record, HERS)
    with record.database.engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM person")).all()
        assert not erase(record, HERS, "admin").compacted
    assert compact(record.database)


def test_on_postgresql_the_wrapped_key_leaves_the_tables(
    tmp_path: Path, postgres_url: str, postgres_cluster: Path
) -> None:
    record = open_record(tmp_path / "record", Vault.new(), postgres_url)
    mine = put(record, HERS)
    wrapped = mine[:2]
    tables = postgres_cluster / "pg" / "base"
    checkpoint(postgres_cluster)
    assert {piece for _, piece in found(tables, wrapped)} == set(wrapped)
    assert erase(record, HERS, "admin").compacted
    checkpoint(postgres_cluster)
    assert not found(tables, wrapped)
    assert not found(record.folder, mine)
    with record.database.reading() as session:
        assert session.query(Weight).count() == 0
    record.close()


def checkpoint(cluster: Path) -> None:
    import psycopg

    with psycopg.connect(host=str(cluster), user="mitate", dbname="postgres", autocommit=True) as connection:
        connection.execute("CHECKPOINT")
