"""A kept film read in parts: only the chunks that are asked for are opened, and nothing is written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from mitate.record.chunks import open_chunk, open_header, places
from mitate.record.errors import MissingError, RecordError
from mitate.record.vault import DataKey

__all__ = ["SealedFilm"]


class SealedFilm:
    """An open sealed film.

    Attributes:
        size: bytes of plaintext.

    Raises:
        MissingError: the file is gone.
        RecordError: unfinished, changed, of another key or about something else.
    """

    def __init__(self, path: Path, key: DataKey, about: str) -> None:
        self._path = path
        try:
            self._stream = path.open("rb")
        except FileNotFoundError as error:
            raise MissingError("this film is not kept", where="capture") from error
        try:
            self._seal = open_header(self._stream, key, about, path)
            self._places = list(places(self._stream))
            if not self._places or not self._places[-1].last:
                raise RecordError("a sealed file is not whole", where=path.name)
            # That the last is the last proves that none was cut off; others are proven as they are read.
            open_chunk(self._stream, self._seal, self._places[-1], path)
        except BaseException:
            self._stream.close()
            raise
        self._starts = [0]
        for place in self._places:
            self._starts.append(self._starts[-1] + place.size)
        self.size = self._starts.pop()

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` to before `stop`, in pieces of at most 1 MiB.

        Raises:
            RecordError: a chunk was changed; what came before it was as it should be.
        """
        first = max(0, bisect_right(self._starts, start) - 1)
        for at, place in zip(self._starts[first:], self._places[first:], strict=True):
            if at >= stop:
                return
            piece = open_chunk(self._stream, self._seal, place, self._path)
            yield piece[max(0, start - at) : stop - at]

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()
