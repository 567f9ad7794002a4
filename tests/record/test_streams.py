from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.record import streams
from mitate.record.chunks import CHUNK, HEADER, places
from mitate.record.errors import ConflictError, RecordError
from mitate.record.streams import SealedWriter, film_about, plain_copy, read_into
from mitate.record.vault import KEY_BYTES, DataKey

KEY = DataKey(bytes(range(KEY_BYTES)))
ABOUT = film_about("c1")
OVERHEAD = 32  # of a chunk

WRITER = """
import sys
from pathlib import Path
from mitate.record.streams import SealedWriter
from mitate.record.vault import DataKey
writer = SealedWriter.open(Path(sys.argv[1]), DataKey(bytes(range(32))), "film c1")
number = writer.size
while True:
    piece = bytes((number + i) % 251 for i in range(997))
    writer.append(piece)
    writer.flush()
    number += len(piece)
    print(writer.size, flush=True)
"""


def pattern(size: int, start: int = 0) -> bytes:
    return bytes((start + i) % 251 for i in range(size))


def write(path: Path, pieces: list[bytes], *, finish: bool = True) -> None:
    with SealedWriter.open(path, KEY, ABOUT) as writer:
        for piece in pieces:
            writer.append(piece)
        if finish:
            writer.finish()


def read(path: Path, key: DataKey = KEY, about: str = ABOUT) -> bytes:
    out = io.BytesIO()
    assert read_into(path, key, about, out) == len(out.getvalue())
    return out.getvalue()


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(["", "flush", "reopen"])), max_size=8),
    st.integers(64, 2000),
)
def test_any_split_of_appends_reads_as_one(steps: list[tuple[int, str]], chunk: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "CHUNK", chunk)
        path, expected = Path(folder) / "f", b""
        writer = SealedWriter.open(path, KEY, ABOUT)
        for size, then in steps:
            piece = os.urandom(size)
            writer.append(piece)
            expected += piece
            if then == "flush":
                writer.flush()
                assert writer.size == len(expected)
            elif then == "reopen":
                writer.close()
                writer = SealedWriter.open(path, KEY, ABOUT)
                assert writer.size == len(expected)
            assert len(expected) - chunk < writer.size <= len(expected)
        writer.finish()
        writer.close()
        assert read(path) == expected


@given(st.lists(st.integers(0, 400), min_size=1, max_size=5), st.data())
def test_a_cut_file_is_never_read_and_goes_on_where_it_is_good(sizes: list[int], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, whole = Path(folder) / "f", pattern(sum(sizes))
        for i, size in enumerate(sizes):
            at = sum(sizes[:i])
            write(path, [whole[at : at + size]], finish=i == len(sizes) - 1)
        length = data.draw(st.integers(0, path.stat().st_size - 1))
        os.truncate(path, length)
        with pytest.raises(RecordError):
            read(path)
        with SealedWriter.open(path, KEY, ABOUT) as writer:
            kept = writer.size
            assert kept in {sum(sizes[:i]) for i in range(len(sizes) + 1)}
            assert path.stat().st_size <= max(length, HEADER)
            writer.append(whole[kept:])
            writer.finish()
        assert read(path) == whole


@given(st.data())
def test_any_changed_byte_is_seen(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        for _ in range(3):
            write(path, [pattern(50)], finish=False)
        write(path, [pattern(20)])
        content = bytearray(path.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        with pytest.raises(RecordError):
            read(path)


def chunks_of(path: Path) -> list[bytes]:
    content = path.read_bytes()
    with path.open("rb") as stream:
        return [content[place.start : place.end] for place in places(stream)]


@pytest.fixture
def three(tmp_path: Path) -> Path:
    path = tmp_path / "f"
    for start in (0, 40):
        write(path, [pattern(40, start)], finish=False)
    write(path, [pattern(40, 80)])
    return path


@pytest.mark.parametrize(
    "mix",
    [
        lambda one: [one[1], one[0], one[2]],
        lambda one: [one[0], one[2]],
        lambda one: [one[0], one[0], one[1], one[2]],
        lambda one: [one[2]],
        lambda one: [*one, one[1]],
        lambda one: [*one, one[2]],
        lambda one: one[:2],
        lambda one: [],
    ],
)
def test_swapped_missing_and_repeated_chunks(three: Path, mix: Callable[[list[bytes]], list[bytes]]) -> None:
    assert read(three) == pattern(120)
    three.write_bytes(three.read_bytes()[:HEADER] + b"".join(mix(chunks_of(three))))
    with pytest.raises(RecordError):
        read(three)


def test_a_chunk_of_another_file_of_the_same_person(three: Path, tmp_path: Path) -> None:
    other = tmp_path / "g"
    for start in (0, 40):
        write(other, [pattern(40, start)], finish=False)
    write(other, [pattern(40, 80)])
    mine, theirs = chunks_of(three), chunks_of(other)
    three.write_bytes(three.read_bytes()[:HEADER] + mine[0] + theirs[1] + mine[2])
    with pytest.raises(RecordError):
        read(three)


def test_another_key_or_about_opens_nothing_and_cuts_nothing(three: Path) -> None:
    before = three.read_bytes()
    for key, about in ((DataKey(bytes(KEY_BYTES)), ABOUT), (KEY, film_about("c2"))):
        with pytest.raises(RecordError):
            read(three, key, about)
        with pytest.raises(RecordError):
            SealedWriter.open(three, key, about)
    assert three.read_bytes() == before


def test_what_is_no_sealed_file(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="missing"):
        read(tmp_path / "none")
    (tmp_path / "text").write_bytes(b"hello" * 100)
    with pytest.raises(RecordError, match="no sealed file"):
        read(tmp_path / "text")
    with pytest.raises(RecordError, match="no sealed file"):
        SealedWriter.open(tmp_path / "text", KEY, ABOUT)


def test_one_writer_at_a_time_and_none_after_the_end(tmp_path: Path) -> None:
    with SealedWriter.open(tmp_path / "f", KEY, ABOUT) as writer:
        with pytest.raises(ConflictError, match="already"):
            SealedWriter.open(tmp_path / "f", KEY, ABOUT)
        writer.finish()
        writer.finish()
        with pytest.raises(ConflictError, match="finished"):
            writer.append(b"x")
    with SealedWriter.open(tmp_path / "f", KEY, ABOUT) as writer:
        assert (writer.finished, writer.size) == (True, 0)
    assert read(tmp_path / "f") == b""


def test_an_unfinished_file_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "f", [pattern(10)], finish=False)
    with pytest.raises(RecordError, match="not whole"):
        read(tmp_path / "f")


def test_a_large_film_in_whole_chunks(tmp_path: Path) -> None:
    whole = os.urandom(2 * CHUNK + 5)
    write(tmp_path / "f", [whole])
    assert (tmp_path / "f").stat().st_size == HEADER + len(whole) + 3 * OVERHEAD
    assert read(tmp_path / "f") == whole
    assert whole[:64] not in (tmp_path / "f").read_bytes()
    assert (tmp_path / "f").stat().st_mode & 0o77 == 0 or sys.platform == "win32"


def test_a_killed_writer_loses_nothing_that_it_said_was_safe(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(20)]
        writer.kill()
        told += [int(line) for line in writer.stdout.read().splitlines() if line]
        writer.wait()
        writer.stdout.close()
        with SealedWriter.open(path, KEY, ABOUT) as again:
            assert again.size >= told[-1]
            assert again.size % 997 == 0
    with SealedWriter.open(path, KEY, ABOUT) as again:
        size = again.size
        again.finish()
    assert read(path) == pattern(size)


def test_a_plain_copy_is_there_and_then_gone(three: Path, tmp_path: Path) -> None:
    with plain_copy(three, KEY, ABOUT, tmp_path) as copy:
        assert copy.path.read_bytes() == pattern(120)
        assert copy.size == 120
        if copy.fd is not None:
            shown = subprocess.run(
                ["cat", str(copy.path)], pass_fds=[copy.fd], capture_output=True, check=True
            )
            assert shown.stdout == pattern(120)
            with pytest.raises(PermissionError):
                os.write(copy.fd, b"x")
        assert [one.name for one in tmp_path.iterdir()] == ["f"] or sys.platform != "linux"
    assert not copy.path.exists()


def test_a_plain_copy_without_memfd(three: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with plain_copy(three, KEY, ABOUT, tmp_path) as copy:
        assert copy.fd is None
        assert copy.path.read_bytes() == pattern(120)
        assert copy.path.parent.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


def test_a_damaged_film_leaves_no_plain_copy(three: Path, tmp_path: Path) -> None:
    os.truncate(three, three.stat().st_size - 1)
    with pytest.raises(RecordError), plain_copy(three, KEY, ABOUT, tmp_path):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["f"]
