from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mitate.record import settings
from mitate.record.audit import verify
from mitate.record.opened import Record, open_record
from mitate.record.retention import Swept, sweep
from mitate.record.schema import (
    Account,
    Audit,
    Capture,
    Challenge,
    Check,
    Consent,
    Job,
    Login,
    Person,
    PersonalModelRow,
    Token,
    Upload,
    now,
)
from mitate.record.streams import SealedWriter, film_about
from mitate.record.vault import Vault

NOW = now()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def record(tmp_path: Path, database_url: str) -> Iterator[Record]:
    record = open_record(tmp_path / "record", Vault.new(), database_url)
    for person_id in ("p1", "p2"):
        _, wrapped = record.vault.new_key(person_id)
        with record.database.writing() as session:
            session.add(Person(id=person_id, wrapped_key=wrapped, sealed=b""))
    yield record
    record.close()


def film(record: Record, name: str, person_id: str, state: str, at: datetime = NOW) -> Path:
    path = record.folder / ("uploads" if state == "uploading" else "videos")
    path /= f"{name}.{'part' if state == 'uploading' else 'film'}"
    with record.database.writing() as session:
        key = record.key(session, person_id)
        session.add(
            Capture(
                id=name,
                person_id=person_id,
                instrument="edema",
                state=state,
                sealed=b"",
                at=at,
                video=f"{name}.film",
            )
        )
        session.flush()
        session.add(Upload(id=name, capture_id=name, length=100, expires_at=at + 48 * HOUR))
    with SealedWriter.open(path, key, film_about(name)) as writer:
        writer.append(b"film")
        if state != "uploading":
            writer.finish()
    return path


def test_nothing_is_over_its_time(record: Record) -> None:
    paths = [film(record, "c1", "p1", "waiting"), film(record, "u1", "p1", "uploading")]
    (record.folder / "backups" / "a.tar").write_bytes(b"")
    assert sweep(record, NOW) == Swept()
    assert all(path.exists() for path in paths)
    with record.database.reading() as session:
        assert verify(session).rows == 0  # a sweep that found nothing is not worth a row


def test_films_stay_only_where_the_person_agreed(record: Record) -> None:
    kept, gone, waits = (
        film(record, name, who, state)
        for name, who, state in (("k", "p1", "done"), ("g", "p2", "refused"), ("w", "p2", "waiting"))
    )
    with record.database.writing() as session:
        session.add(Consent(person_id="p1", kind="keep_video", given=True, by="x"))
    assert sweep(record, NOW).films == 1
    assert (kept.exists(), gone.exists(), waits.exists()) == (True, False, True)
    with record.database.reading() as session:
        assert session.get_one(Capture, "g").video is None


def test_uploads_that_nobody_goes_on_with(record: Record) -> None:
    path = film(record, "u", "p1", "uploading")
    assert sweep(record, NOW + 47 * HOUR).uploads == 0
    assert sweep(record, NOW + 49 * HOUR).uploads == 1
    assert not path.exists()
    with record.database.reading() as session:
        assert session.get(Capture, "u") is None


def test_what_is_older_than_the_years_that_are_set(record: Record) -> None:
    old = film(record, "old", "p1", "done", NOW - 800 * DAY)
    film(record, "new", "p1", "done", NOW - 700 * DAY)
    with record.database.writing() as session:
        session.add_all(
            Check(id=f"k{days}", person_id="p1", sealed=b"", state=state, at=NOW - days * DAY)
            for days, state in ((800, "done"), (799, "concluding"), (1, "done"))
        )
        session.add(Job(kind="conclude_check", subject="k800:1", person_id="p1", state="done"))
    assert sweep(record, NOW).captures == 0  # nothing is set
    with record.database.writing() as session:
        settings.put(session, "retention", {"captures_years": 2})
    swept = sweep(record, NOW)
    assert (swept.captures, swept.checks) == (1, 1)
    assert not old.exists()
    with record.database.reading() as session:
        assert set(session.scalars(select(Capture.id))) == {"new"}
        assert set(session.scalars(select(Check.id))) == {"k799", "k1"}
        assert session.scalar(select(Job.id)) is None


def test_sign_ins_tokens_and_jobs(record: Record) -> None:
    with record.database.writing() as session:
        session.add(Account(id="a", login_index=b"a", sealed=b"", roles=["admin"], secret="-"))
        session.flush()
        for name, at in (("old", NOW - HOUR), ("new", NOW + HOUR)):
            session.add(Login(token_hash=name.encode(), account_id="a", csrf="c", expires_at=at))
            session.add(Challenge(id=name, account_id="a", purpose="x", challenge=b"", expires_at=at))
            session.add(Token(id=name, account_id="a", hash=name.encode(), scopes=[], expires_at=at))
        session.add(Token(id="for good", account_id="a", hash=b"g", scopes=[]))
        for name, state, at in (
            ("old", "done", NOW - 91 * DAY),
            ("ran", "running", NOW - 91 * DAY),
            ("new", "failed", NOW - DAY),
        ):
            session.add(Job(id=name, kind="k", subject=name, state=state, created_at=at))
    swept = sweep(record, NOW)
    assert (swept.logins, swept.tokens, swept.jobs) == (2, 1, 1)
    with record.database.reading() as session:
        assert set(session.scalars(select(Token.id))) == {"new", "for good"}
        assert set(session.scalars(select(Job.id))) == {"ran", "new"}
        row = session.scalars(select(Audit)).one()
        assert (row.action, row.detail) == ("retention.swept", {"logins": 2, "tokens": 1, "jobs": 1})
    assert sweep(record, NOW) == Swept()


def test_what_a_killed_process_left(record: Record) -> None:
    mine = [film(record, "c", "p1", "waiting"), film(record, "u", "p1", "uploading")]
    strays = [record.folder / "videos" / "x.film", record.folder / "uploads" / "y.part"]
    for path in strays:
        path.write_bytes(b"x")
    plain = record.folder / "uploads" / ".plain-abc"
    plain.mkdir()
    (plain / "film").write_bytes(b"in the clear")
    backup = record.folder / "backups" / ".part-x"
    (backup / "pinned").mkdir(parents=True)
    os.utime(backup, (NOW.timestamp() - 90_000,) * 2)
    for path in (*mine, *strays, plain):
        os.utime(path, (NOW.timestamp() - 7200,) * 2)
    young = record.folder / "videos" / "z.film"
    young.write_bytes(b"its row may be on its way")
    os.utime(young, (NOW.timestamp(),) * 2)
    assert sweep(record, NOW).strays == 4
    assert not backup.exists()
    assert [path.exists() for path in (*mine, *strays, plain, young)] == [True] * 2 + [False] * 3 + [True]


def test_of_old_backups_the_newest_stays(record: Record) -> None:
    for days in (300, 200, 100):
        path = record.folder / "backups" / f"{days}.tar"
        path.write_bytes(b"")
        os.utime(path, (NOW.timestamp() - days * 86400,) * 2)
    assert sweep(record, NOW).backups == 2
    assert [path.name for path in (record.folder / "backups").iterdir()] == ["100.tar"]


def test_a_model_of_a_film_that_is_over_its_time_goes_with_it(record: Record) -> None:
    old, left = "o" * 32, "l" * 32
    film(record, old, "p1", "done", NOW - 2000 * DAY)
    film(record, left, "p1", "done")
    with record.database.writing() as session:
        settings.put(session, "retention", {"captures_years": 5})
        key = record.key(session, "p1")
        for number, sessions in enumerate(([old, left], [left])):
            told = {"sessions": sessions, "reference": sessions[0]}
            about, name = "personal_model.sealed", f"m{number}"
            sealed = key.seal_json(told, f"{about} {name}")
            session.add(PersonalModelRow(id=name, person_id="p1", model=b"", sealed=sealed))
    asked: list[tuple[str, str | None]] = []

    def add(session: Session, kind: str, subject: str, person_id: str | None) -> Job:
        asked.append((kind, person_id))
        return Job(kind=kind, subject=subject, person_id=person_id)

    assert sweep(record, NOW, add).captures == 1
    assert asked == [("make_model", "p1")]
    with record.database.reading() as session:
        assert list(session.scalars(select(PersonalModelRow.id))) == ["m1"]


def test_a_clock_that_was_set_years_ahead_removes_nothing_for_a_week(record: Record) -> None:
    film(record, "f" * 32, "p1", "done")
    with record.database.writing() as session:
        settings.put(session, "retention", {"captures_years": 1})

    def captures(at: datetime) -> int:
        return sweep(record, at, doubting=True).captures

    assert captures(NOW) == 0
    wrong = NOW + 9000 * DAY
    assert [captures(wrong), captures(wrong + HOUR), captures(wrong + 6 * DAY)] == [0, 0, 0]
    assert captures(NOW + HOUR) == 0  # set right again
    assert captures(NOW + 50 * DAY) == 0
    assert captures(wrong) == 0  # once more, and this time it was right
    assert captures(wrong + 8 * DAY) == 1
