"""The note of where a record's tables are: none begins anew while its tables are somewhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect
from tests.record.servers import new_database
from tests.record.test_erasure import HERS, put

from mitate.record.backup import back_up
from mitate.record.database import open_database, sqlite_url
from mitate.record.errors import RecordError
from mitate.record.master import KEYS, open_vault
from mitate.record.opened import look_at, open_record
from mitate.record.restoring import restore
from mitate.record.whereabouts import DATABASE, NOTE, need_place, note_place, noted_place

Begin = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "record"


@pytest.fixture
def begin(folder: Path, tmp_path: Path) -> Begin:
    """Opens the record, which begins it where there is none."""

    def begin(url: str | None = None) -> None:
        open_record(folder, open_vault(folder, key_file=tmp_path / "own.key"), url).close()

    return begin


@pytest.fixture
def other_url(postgres_cluster: Path) -> Iterator[str]:
    """Of another empty database."""
    with new_database(postgres_cluster) as url:
        yield url


def everything(folder: Path) -> dict[str, bytes | None]:
    """All files and folders of a record, and what is in them."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def refused(folder: Path, url: str | None, match: str) -> str:
    """What is said where nothing may begin; the folder is as it was."""
    before = everything(folder)
    with pytest.raises(RecordError, match=match) as told:
        open_record(folder, open_vault(folder), url)
    with pytest.raises(RecordError, match=match):
        look_at(folder, None, url)
    assert everything(folder) == before
    return str(told.value)


def tables(url: str) -> list[str]:
    with closing(open_database(url)) as database:
        return inspect(database.engine).get_table_names()


def test_a_record_on_a_server_is_missed_without_it(folder: Path, begin: Begin, postgres_url: str) -> None:
    begin(postgres_url)
    assert not (folder / DATABASE).exists()
    said = refused(folder, None, "in another database, which was not named")
    assert str(folder) in said
    assert "--database" in said
    assert (noted_place(folder) or "none") in said
    begin(postgres_url)


def test_the_note_holds_no_password(folder: Path, begin: Begin, postgres_url: str) -> None:
    begin(f"{postgres_url.replace('mitate@', 'mitate:s3cret@')}&connect_timeout=9&passfile=s3cret")
    assert "s3cret" not in (folder / NOTE).read_text()
    assert "connect_timeout" not in (folder / NOTE).read_text()
    name = postgres_url.partition("@/")[2].partition("?")[0]
    assert f"mitate@/{name}?host=" in (noted_place(folder) or "")


def test_another_empty_server_begins_no_second_record(
    folder: Path, begin: Begin, postgres_url: str, other_url: str
) -> None:
    begin(postgres_url)
    said = refused(folder, other_url, "no record in the database that was named")
    assert (noted_place(folder) or "none") in said
    assert tables(other_url) == []


def test_the_same_server_under_another_name_is_noted_anew(
    folder: Path, begin: Begin, postgres_url: str
) -> None:
    begin(postgres_url)
    first = noted_place(folder)
    begin(f"{postgres_url}&port=5432")
    assert noted_place(folder) != first
    assert "5432" in (noted_place(folder) or "")


@pytest.mark.parametrize("noted", [True, False])
def test_a_record_in_the_folder_begins_no_second_one_on_a_server(
    folder: Path, begin: Begin, postgres_url: str, noted: bool
) -> None:
    begin()
    assert noted_place(folder) == DATABASE
    if not noted:  # as a version before this one left it
        (folder / NOTE).unlink()
    said = refused(folder, postgres_url, "not in the database that was named")
    assert "restore the backup into a new folder with --database" in said
    assert tables(postgres_url) == []
    begin()
    assert noted_place(folder) == DATABASE


def test_two_full_databases_are_one_too_many(
    folder: Path, begin: Begin, tmp_path: Path, postgres_url: str
) -> None:
    """The record was moved, and its former folder is served with the new database."""
    begin()
    moved(folder, tmp_path / "new", postgres_url)
    refused(folder, postgres_url, "not in the database that was named")


def test_a_folder_from_before_there_were_notes_is_noted(
    folder: Path, begin: Begin, postgres_url: str
) -> None:
    """Also where an empty record was begun beside it by then, for want of one."""
    begin(postgres_url)
    (folder / NOTE).unlink()
    (folder / DATABASE).write_bytes(b"")
    begin(postgres_url)
    assert noted_place(folder) not in (None, DATABASE)
    refused(folder, None, "which was not named")


def test_it_is_moved_by_backup_and_restore_there_and_back(
    folder: Path, begin: Begin, tmp_path: Path, postgres_url: str
) -> None:
    begin()
    with closing(open_record(folder, open_vault(folder))) as record:
        put(record, HERS)
    shared, back = tmp_path / "shared", tmp_path / "back"
    moved(folder, shared, postgres_url)
    refused(shared, None, "which was not named")  # before it was ever opened
    open_record(shared, open_vault(shared), postgres_url).close()
    refused(shared, None, "which was not named")
    moved(shared, back, None, postgres_url)
    assert noted_place(back) == DATABASE
    with closing(open_record(back, open_vault(back))) as again, again.database.reading() as session:
        assert again.key(session, HERS)


def moved(folder: Path, new: Path, url: str | None, former: str | None = None) -> None:
    with closing(open_record(folder, open_vault(folder), former)) as record:
        path = back_up(record).path
    restore(path, new, url=url)


def test_a_folder_that_is_moved_keeps_its_own_file(folder: Path, begin: Begin, tmp_path: Path) -> None:
    begin(sqlite_url(folder / DATABASE))  # as good as not named
    assert noted_place(folder) == DATABASE
    new = folder.rename(tmp_path / "elsewhere")
    open_record(new, open_vault(new)).close()


def test_a_file_that_is_gone_is_missed(folder: Path, begin: Begin) -> None:
    begin()
    (folder / DATABASE).unlink()
    assert "restore a backup" in refused(folder, None, "no database in this folder")
    assert not (folder / DATABASE).exists()


@pytest.mark.parametrize("on_server", [False, True])
def test_films_without_tables_begin_no_record(
    folder: Path, begin: Begin, on_server: bool, request: pytest.FixtureRequest
) -> None:
    """Of a folder without a note, whose tables are somewhere: the films are of somebody."""
    begin()
    for name in (DATABASE, NOTE):
        (folder / name).unlink()
    (folder / "videos" / "a.film").write_bytes(b"sealed")
    url = request.getfixturevalue("postgres_url") if on_server else None
    refused(folder, url, "no record in the database" if on_server else "no database in this folder")
    (folder / "videos" / "a.film").unlink()
    begin(url)  # a first start that was killed after its keys were made goes on


def test_looking_at_a_folder_without_tables_makes_none(folder: Path) -> None:
    need_place(folder, None, may_begin=True)
    with pytest.raises(RecordError, match="no database in this folder"):
        need_place(folder, None, may_begin=False)
    elsewhere = folder.with_name("no.sqlite3")
    with pytest.raises(RecordError, match="no record in the database"):
        need_place(folder, sqlite_url(elsewhere), may_begin=False)
    assert not folder.exists()
    assert not elsewhere.exists()


def test_keys_that_are_gone_are_not_made_anew(folder: Path, begin: Begin, postgres_url: str) -> None:
    begin(postgres_url)
    (folder / KEYS).unlink()
    with pytest.raises(RecordError, match="is missing, which holds the record's wrapped key"):
        open_vault(folder)
    assert not (folder / KEYS).exists()


def test_a_note_that_says_nothing_is_none(folder: Path) -> None:
    folder.mkdir()
    (folder / NOTE).write_text("# only this\n\n")
    assert noted_place(folder) is None
    note_place(folder, None)
    assert noted_place(folder) == DATABASE
