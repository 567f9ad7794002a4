from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from mitate.record import outer
from mitate.record.audit import note
from mitate.record.erasure import erase
from mitate.record.master import open_vault, read_keys
from mitate.record.opened import DATABASE, open_record
from mitate.record.schema import Person

Run = Callable[..., tuple[int, str, str]]
WORDS = "correct horse battery staple"
HANA = "a" * 32


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a record with one person, opened by a key file."""
    for name in (outer.PASSPHRASE, "MITATE_NEW_PASSPHRASE", "MITATE_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "record"
    record = open_record(folder, open_vault(folder, key_file=tmp_path / "own.key"))
    key, wrapped = record.vault.new_key(HANA)
    with record.database.writing() as session:
        sealed = key.seal_json({"name": "Hana"}, f"person.sealed {HANA}")
        session.add(Person(id=HANA, wrapped_key=wrapped, sealed=sealed))
        note(session, "system", "person.added", HANA)
    record.close()
    return folder


def told(run: Run, *typed: object) -> dict[str, object]:
    code, out, err = run("record", *typed, "--json")
    assert (code, err) == (0, "")
    value = json.loads(out)
    assert isinstance(value, dict)
    return value


def test_a_backup_is_made_checked_and_restored(mitate: Run, folder: Path, tmp_path: Path) -> None:
    made = told(mitate, "backup", "--folder", folder, "--to", tmp_path / "stick")
    path = made["path"]
    assert told(mitate, "verify", path) == made
    code, out, _ = mitate("record", "verify", path)
    assert (code, out.startswith("whole: ")) == (0, True)
    code, out, _ = mitate("record", "restore", path, tmp_path / "new")
    assert (code, "1 people as of" in out) == (0, True)
    code, _, err = mitate("record", "restore", path, folder)
    assert (code, "not empty" in err) == (2, True)
    head = str(made["audit_head"])
    # It is noted once it is opened.
    assert mitate("record", "retention", "--folder", tmp_path / "new")[0] == 0
    code, out, _ = mitate("record", "audit", "--folder", tmp_path / "new", "--head", head, "--last", 9)
    assert code == 0
    assert "record.restored" in out
    Path(str(path)).write_bytes(Path(str(path)).read_bytes()[:20_000])
    code, out, err = mitate("record", "verify", path)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "damaged" in err


def test_who_was_erased_stays_so(mitate: Run, folder: Path, tmp_path: Path) -> None:
    path = told(mitate, "backup", "--folder", folder)["path"]
    done = told(mitate, "erase", HANA, "--folder", folder, "--yes")
    assert (done["compacted"], done["films"]) == (True, 0)
    assert done["backups"] == [Path(str(path)).name]
    restored = told(mitate, "restore", path, tmp_path / "new", "--current", folder)
    assert (restored["people"], restored["erased"]) == (0, 1)
    (tmp_path / "list").write_text(f"{HANA}\n")
    restored = told(mitate, "restore", path, tmp_path / "newer", "--erased", tmp_path / "list")
    assert restored["erased"] == 1
    code, _, err = mitate("record", "restore", path, tmp_path / "last", "--erased", tmp_path / "none")
    assert (code, "this list cannot be read" in err) == (2, True)
    assert not (tmp_path / "last").exists()
    code, _, err = mitate("record", "erase", HANA, "--folder", folder, "--yes")
    assert (code, "no such person" in err) == (2, True)


def test_to_a_server_and_back(mitate: Run, folder: Path, tmp_path: Path, postgres_url: str) -> None:
    home, server = told(mitate, "backup", "--folder", folder)["path"], ("--database", postgres_url)
    shared = tmp_path / "shared"
    assert told(mitate, "restore", home, shared, *server, "--current", folder)["people"] == 1
    code, _, _ = mitate("record", "backup", "--folder", shared, *server, "--to", tmp_path / "stick")
    assert code == 0
    seen = told(mitate, "audit", "--folder", shared, *server, "--last", 9)
    assert (seen["ok"], seen["rows"], seen["keyed_from"]) == (True, 3, 1)
    assert told(mitate, "erase", HANA, "--folder", shared, *server, "--yes")["compacted"] is True
    path = next((tmp_path / "stick").iterdir())
    code, _, err = mitate("record", "restore", path, tmp_path / "back", "--current", shared)
    assert (code, "--current-database" in err) == (2, True)
    back = told(mitate, "restore", path, tmp_path / "back", "--current-database", postgres_url)
    assert (back["people"], back["erased"]) == (0, 1)
    code, _, err = mitate("record", "restore", path, tmp_path / "more", *server)
    assert (code, "database is not empty" in err) == (2, True)


@pytest.mark.parametrize(
    "command",
    [["backup"], ["audit"], ["erase", HANA, "--yes"], ["rotate", "--yes"], ["retention"], ["import", "."]],
)
def test_a_server_that_is_not_named_gets_no_empty_record_beside_it(
    mitate: Run, folder: Path, command: list[str]
) -> None:
    """Of one, a backup would be made and found whole."""
    for path in folder.glob(f"{DATABASE}*"):
        path.unlink()
    code, _, err = mitate("record", *command, "--folder", folder)
    assert (code, "there is no database in this folder" in err, "--database" in err) == (2, True, True)
    assert not (folder / DATABASE).exists()
    assert not list((folder / "backups").iterdir())


@pytest.mark.parametrize(
    "command",
    [["backup"], ["audit"], ["erase", HANA, "--yes"], ["rotate", "--yes"], ["retention"], ["import", "."]],
)
def test_a_noted_server_is_asked_for_and_another_gets_no_record(
    mitate: Run, folder: Path, tmp_path: Path, postgres_url: str, command: list[str]
) -> None:
    shared, none = tmp_path / "shared", ("--database", "postgresql+psycopg://me:s3cret@nobody.invalid/none")
    path = told(mitate, "backup", "--folder", folder)["path"]
    code, _, err = mitate("record", *command, "--folder", folder, "--database", postgres_url)
    assert (code, err.count("\n"), "are in its mitate.sqlite3" in err) == (2, 1, True)
    assert mitate("record", "restore", path, shared, "--database", postgres_url)[0] == 0
    before = sorted(shared.rglob("*"))
    code, out, err = mitate("record", *command, "--folder", shared)
    assert (code, out, err.count("\n"), "--database" in err) == (2, "", 1, True)
    assert "in another database, which was not named" in err
    code, _, err = mitate("record", *command, "--folder", shared, *none)
    assert (code, "does not answer" in err, "s3cret" in err) == (2, True, False)
    assert sorted(shared.rglob("*")) == before


def test_erasing_asks_first(mitate: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: object, **__: object) -> None:
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", no)
    assert mitate("record", "erase", HANA, "--folder", folder)[0] == 130
    assert told(mitate, "audit", "--folder", folder)["rows"] == 1


def test_the_audit_trail(mitate: Run, folder: Path) -> None:
    seen = told(mitate, "audit", "--folder", folder, "--last", 5)
    assert (seen["ok"], seen["rows"]) == (True, 1)
    assert [row["action"] for row in seen["last"]] == ["person.added"]  # type: ignore[attr-defined]
    code, out, err = mitate("record", "audit", "--folder", folder, "--head", f"7:{'0' * 64}")
    assert (code, out) == (2, "")
    assert "broken at row 2" in err
    assert mitate("record", "audit", "--folder", folder, "--head", f"7:{'0' * 64}", "--json")[0] == 2


def test_which_rows_of_the_trail_are_under_the_key(mitate: Run, folder: Path, tmp_path: Path) -> None:
    code, out, _ = mitate("record", "audit", "--folder", folder)
    assert (code, "under the record's key: rows 1 to 1\n" in out) == (0, True)
    key = (tmp_path / "own.key").rename(tmp_path / "away.key")
    code, _, err = mitate("record", "audit", "--folder", folder)
    assert (code, "key file is missing" in err) == (2, True)
    code, out, _ = mitate("record", "audit", "--folder", folder, "--no-key")
    assert (code, "only their order was looked at" in out) == (0, True)
    assert told(mitate, "audit", "--folder", folder, "--key-file", key)["key_known"] is True
    (folder / "mitate.sqlite3").unlink()
    code, _, err = mitate("record", "audit", "--folder", folder, "--no-key")
    assert (code, "no database in this folder" in err) == (2, True)
    assert not (folder / "mitate.sqlite3").exists()


def test_from_a_key_file_to_a_passphrase(mitate: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MITATE_NEW_PASSPHRASE", WORDS)
    assert told(mitate, "passphrase", "--folder", folder)["way"] == "passphrase"
    code, _, err = mitate("record", "rotate", "--folder", folder, "--yes")
    assert (code, "opened by its passphrase" in err) == (2, True)
    monkeypatch.setenv(outer.PASSPHRASE, WORDS)
    before = open_vault(folder).master
    assert told(mitate, "rotate", "--folder", folder, "--yes")["rotated"] is True
    assert open_vault(folder).master != before
    record = open_record(folder, open_vault(folder))
    erase(record, HANA, "system")
    record.close()


def test_a_passphrase_that_is_typed(
    mitate: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter([WORDS, WORDS, WORDS, "wrong one"])
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: next(typed))
    assert mitate("record", "passphrase", "--folder", folder)[0] == 0
    assert mitate("record", "rotate", "--folder", folder, "--passphrase", "--yes")[0] == 0
    code, out, _ = mitate(
        "record", "passphrase", "--folder", folder, "--passphrase", "--to-file", tmp_path / "new.key"
    )
    assert (code, str(tmp_path / "new.key") in out) == (0, True)
    assert read_keys(folder).way == "file"
    code, _, err = mitate("record", "backup", "--folder", folder, "--passphrase")
    assert (code, "has no passphrase" in err) == (2, True)


def test_how_long_things_are_kept(mitate: Run, folder: Path) -> None:
    seen = told(mitate, "retention", "--folder", folder, "--captures-years", 10, "--sweep")
    assert seen["retention"] == {
        "uploads_hours": 48, "captures_years": 10, "jobs_days": 90, "backups_days": 90,
    }  # fmt: skip
    code, out, _ = mitate("record", "retention", "--folder", folder, "--captures-years", 0, "--sweep")
    assert code == 0
    assert "captures_years   for good" in out
    assert "removed: nothing" in out
    code, _, err = mitate("record", "retention", "--folder", folder, "--jobs-days", 0)
    assert (code, "retention.jobs_days" in err) == (2, True)


@pytest.mark.parametrize(
    "command", [["backup"], ["audit"], ["erase", HANA, "--yes"], ["passphrase"], ["retention"]]
)
def test_looking_makes_no_record(mitate: Run, tmp_path: Path, command: list[str]) -> None:
    code, _, err = mitate("record", *command, "--folder", tmp_path / "none")
    assert (code, "there is no record here" in err) == (2, True)
    assert not (tmp_path / "none").exists()
