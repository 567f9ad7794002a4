"""Writing a file all or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mitate.files import new_folder, write_bytes, write_text


def test_writes_and_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_text(path, "見立て\n")
    write_text(path, "two\r\n")
    assert path.read_bytes() == b"two\r\n"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    with new_folder(tmp_path / "made") as folder:
        (folder / "a").write_text("x", encoding="utf-8")
        assert not list((tmp_path / "made").iterdir())
    assert [p.name for p in (tmp_path / "made").iterdir()] == ["a"]
    assert [p.name for p in tmp_path.iterdir()] == ["made"]


def test_a_folder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> None:
        with new_folder(tmp_path / "made") as folder:
            (folder / "a").write_text("x", encoding="utf-8")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        broken()
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_in_it_is_kept(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "old").write_text("x", encoding="utf-8")
    with pytest.raises(OSError, match="not empty"), new_folder(tmp_path / "made"):
        pass
    assert [p.name for p in (tmp_path / "made").iterdir()] == ["old"]


@pytest.mark.skipif(sys.platform != "linux", reason="names of open files")
def test_a_name_is_on_the_disk_once_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced, fsync = tmp_path / "keys.json", list[tuple[str, bool]](), os.fsync

    def told(fd: int) -> None:
        synced.append((str(Path(f"/proc/self/fd/{fd}").readlink()), path.exists()))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", told)
    write_bytes(path, b"new")
    assert synced[-1] == (str(tmp_path.resolve()), True)
