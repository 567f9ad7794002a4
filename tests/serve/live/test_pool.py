"""Children are started when they are needed, hold no more than they may, and are gone afterwards."""

from __future__ import annotations

import os
import signal
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.serve.live.conftest import FACE, jpeg

from mitate.errors import InputError
from mitate.serve.live.pool import BusyLiveError, LivePool, LostLiveError

Pictures = Callable[[Path, int], list[tuple[float, NDArray[np.uint8]]]]

pytestmark = pytest.mark.usefixtures("weights_ready")


def lives(process: int) -> bool:
    """Whether a process runs; where Linux does not tell, none does."""
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:  # gone, perhaps while it was looked at
        return False


def test_viewers_share_a_child_and_no_more_are_let_in_than_may(pool: LivePool, pictures: Pictures) -> None:
    picture = jpeg(pictures(FACE, 1)[0][1])
    assert pool.processes == ()
    with pool.viewer("face") as one, pool.viewer("face") as other:
        with pytest.raises(BusyLiveError), pool.viewer("body"):
            pass
        assert one.look(0.0, picture)["ok"]
        assert other.look(0.0, picture)["ok"]
        assert len(pool.processes) == 1
        peak = Path(f"/proc/{pool.processes[0]}/status")
        if peak.exists():
            held = next(line for line in peak.read_text().splitlines() if line.startswith("VmHWM"))
            assert int(held.split()[1]) < 300 * 1024
    assert pool.viewers == 0


def test_what_is_no_picture_is_refused_and_the_next_one_is_looked_at(
    pool: LivePool, pictures: Pictures
) -> None:
    picture = jpeg(pictures(FACE, 1)[0][1])
    huge = bytearray(jpeg(np.zeros((32, 32, 3), np.uint8)))
    at = huge.index(b"\xff\xc0")
    huge[at + 5 : at + 9] = struct.pack(">HH", 60000, 60000)
    bomb = b"\x89PNG\r\n\x1a\n" + zlib.compress(bytes(100_000))
    with pool.viewer("face") as one:
        for content in (b"", b"hello", b"\xff\xd8\xff" + bytes(100), picture[:200], bytes(huge), bomb):
            with pytest.raises(InputError):
                one.look(0.0, content)
        assert one.look(1.0, picture)["ok"]


def test_a_child_that_is_killed_is_replaced(pool: LivePool, pictures: Pictures) -> None:
    picture = jpeg(pictures(FACE, 1)[0][1])
    with pool.viewer("face") as one:
        one.look(0.0, picture)
        first = pool.processes
        os.kill(first[0], signal.SIGKILL)
        lost = 0
        for number in range(100):
            try:
                told = one.look(1.0 + number, picture)
            except LostLiveError:  # told once at most; the next picture starts another
                lost += 1
                continue
            if pool.processes != first:
                break
        assert lost <= 1
        assert told["ok"]
        assert pool.processes != first


def test_a_child_that_nobody_uses_is_ended(pictures: Pictures) -> None:
    pool = LivePool(idle_s=0.4)
    with pool.viewer("face") as one:
        one.look(0.0, jpeg(pictures(FACE, 1)[0][1]))
        (child,) = pool.processes
        time.sleep(0.8)
        assert pool.processes == (child,)  # somebody who pauses keeps her coach
    end = time.monotonic() + 120
    while (pool.processes or lives(child)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not pool.processes
    assert not lives(child)
    pool.close()
    with pytest.raises(BusyLiveError), pool.viewer("face"):
        pass
