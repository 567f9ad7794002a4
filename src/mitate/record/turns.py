"""Turns to write: within a process whoever asked first writes first.

SQLite lets one transaction write at a time, and whoever finds another at it looks again every tenth of a
second (`sqlite3_busy_timeout`); of forty that look, some find it taken again and again, for half a minute.
"""

from __future__ import annotations

import threading
from collections import deque
from sqlite3 import OperationalError

__all__ = ["Turn", "Turns"]


class Turns:
    """A lock that is had in the order in which it was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        with self._lock:
            return len(self._waiting)

    def take(self, most_s: float) -> bool:
        """Wait for one's turn, at most so many seconds; whether it came."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait(most_s)
        with self._lock:
            if not mine.is_set():
                self._waiting.remove(mine)
            return mine.is_set()

    def give_back(self) -> None:
        """Let the next one write."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class Turn:
    """One transaction's turn: taken as it begins, given back once it has ended."""

    def __init__(self, turns: Turns, most_s: float) -> None:
        self._turns, self._most_s, self._mine = turns, most_s, False

    def take(self) -> None:
        """Wait for it.

        Raises:
            OperationalError: it did not come in time; SQLite's own words for that.
        """
        if not self._mine:
            self._mine = self._turns.take(self._most_s)
        if not self._mine:
            raise OperationalError("database is locked")

    def give_back(self) -> None:
        """It is over; nothing where it had not come."""
        if self._mine:
            self._mine = False
            self._turns.give_back()
