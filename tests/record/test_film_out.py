"""A sealed film read in parts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.record.chunks import CHUNK
from mitate.record.errors import MissingError, RecordError
from mitate.record.film_out import SealedFilm
from mitate.record.streams import SealedWriter
from mitate.record.vault import DataKey

KEY, ABOUT = DataKey(bytes(range(32))), "film 1"
CONTENT = os.urandom(2 * CHUNK + 777)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("films") / "film", CONTENT)


def written(path: Path, content: bytes, *, finish: bool = True) -> Path:
    with SealedWriter.open(path, KEY, ABOUT) as writer:
        writer.append(content)
        if finish:
            writer.finish()
    return path


edges = st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, len(CONTENT) - 1, len(CONTENT)])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(CONTENT)) | edges, st.integers(0, len(CONTENT)) | edges)
def test_any_part_is_that_part(sealed: Path, one: int, other: int) -> None:
    start, stop = sorted((one, other))
    with SealedFilm(sealed, KEY, ABOUT) as film:
        assert film.size == len(CONTENT)
        assert b"".join(film.read(start, stop)) == CONTENT[start:stop]


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1])
def test_films_of_any_size(tmp_path: Path, size: int) -> None:
    path = written(tmp_path / "film", CONTENT[:size])
    with SealedFilm(path, KEY, ABOUT) as film:
        assert film.size == size
        assert b"".join(film.read(0, size)) == CONTENT[:size]


def test_a_file_of_another_key_or_film_or_none_does_not_open(tmp_path: Path, sealed: Path) -> None:
    for key, about in ((DataKey(bytes(32)), ABOUT), (KEY, "film 2")):
        with pytest.raises(RecordError):
            SealedFilm(sealed, key, about)
    with pytest.raises(MissingError):
        SealedFilm(tmp_path / "none", KEY, ABOUT)


def test_a_film_that_is_not_whole_does_not_open(tmp_path: Path, sealed: Path) -> None:
    with pytest.raises(RecordError, match="not whole"):
        SealedFilm(written(tmp_path / "unfinished", CONTENT, finish=False), KEY, ABOUT)
    cut = tmp_path / "cut"
    cut.write_bytes(sealed.read_bytes()[:-1])
    with pytest.raises(RecordError, match="not whole"):
        SealedFilm(cut, KEY, ABOUT)


def test_changed_bytes_are_never_given_out(tmp_path: Path, sealed: Path) -> None:
    changed = bytearray(sealed.read_bytes())
    changed[CHUNK + 500] ^= 1  # in the second chunk
    path = tmp_path / "changed"
    path.write_bytes(changed)
    with SealedFilm(path, KEY, ABOUT) as film:
        assert b"".join(film.read(0, CHUNK)) == CONTENT[:CHUNK]
        with pytest.raises(RecordError):
            list(film.read(0, CHUNK + 1))
