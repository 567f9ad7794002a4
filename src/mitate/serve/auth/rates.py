"""How many requests one browser, program or address may make: token buckets in this process's memory.

They keep one visitor from taking the whole machine; guessing is slowed apart, see `mitate.serve.auth.tries`.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Rate", "Rates"]

_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` requests at once, and `per_s` a second over time."""

    burst: float
    per_s: float


class Rates:
    """Buckets by key; the least used are forgotten beyond ten thousand."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._lock = threading.Lock()
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: bytes) -> float:
        """Take one from a bucket: 0 where there was one, else the seconds until there is."""
        moment = self._clock()
        with self._lock:
            left, seen = self._left.pop(key, (self._rate.burst, moment))
            left = min(self._rate.burst, left + (moment - seen) * self._rate.per_s)
            wait = 0.0 if left >= 1.0 else (1.0 - left) / self._rate.per_s
            self._left[key] = (left - 1.0 if wait == 0.0 else left, moment)
            if len(self._left) > _MOST_KEPT:
                self._left.popitem(last=False)
        return wait
