"""WebSockets: pictures from a running camera, looked at one by one. Nothing of them is kept."""

from __future__ import annotations

import asyncio
import math
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from mitate.errors import InputError, MitateError
from mitate.record.errors import DeniedError
from mitate.serve.failing import AtTheDoor
from mitate.serve.live.pool import BusyLiveError, Kind, LivePool, LostLiveError, Viewer
from mitate.serve.service import Service, service_of
from mitate.serve.who import who_may
from mitate.serve.words import Say

__all__ = ["BAD", "BUSY", "LOST", "MOST_BYTES", "OFF", "STRANGER", "router"]

router = APIRouter(tags=["live"])

BAD, STRANGER, OFF, BUSY, LOST = 4400, 4401, 4404, 4429, 4500
"""Close codes: what came makes no sense; not signed in; no help here; too many look; looking broke off."""

MOST_BYTES = 400_000
_LEAST_PAUSE_S = 0.02  # between pictures of one camera; faster ones wait
_SECONDS = struct.Struct("<d")
_LONGEST_NAME = 60
_MOST_BAD = 3
_MOST_OF_ONE = 2  # cameras of one account: the places are few
_SILENT_S = 300.0  # without a picture, such as while the coach is paused
_LOOK_AGAIN_S = 20.0  # whether the account is still signed in
_viewers: Counter[str] = Counter()  # by account, in this process


@dataclass(slots=True)
class _Paced:
    """Not more pictures of one camera than anybody needs."""

    last: float = field(default_factory=lambda: time.monotonic() - 1.0)

    async def wait(self) -> None:
        """Until the next picture may be looked at."""
        from anyio import sleep

        await sleep(max(0.0, self.last + _LEAST_PAUSE_S - time.monotonic()))
        self.last = time.monotonic()


@router.websocket("/live/face")
async def live_face(socket: WebSocket) -> None:
    """Each message a JPEG; each answer what to change in the framing of the face."""
    begun = time.monotonic()

    def picture(content: bytes) -> tuple[float, bytes]:
        return time.monotonic() - begun, content

    await _live(socket, "face", picture, {})


@router.websocket("/live/body")
async def live_body(socket: WebSocket, movement: str = "", exercise: str = "") -> None:
    """Each message 8 bytes of seconds (float64, little-endian) and a JPEG; hints, or what the coach says."""

    def picture(content: bytes) -> tuple[float, bytes]:
        (seconds,) = _SECONDS.unpack(content[: _SECONDS.size])
        if not math.isfinite(seconds) or not 0 <= seconds < 1e6:
            raise InputError("this is no time", where="picture")
        return float(seconds), content[_SECONDS.size :]

    from mitate.back.movement import MOVEMENTS, NECK_MOVEMENTS

    if len(exercise) > _LONGEST_NAME or (movement and movement not in (*MOVEMENTS, *NECK_MOVEMENTS)):
        await _refuse(socket, BAD)
        return
    await _live(socket, "body", picture, {"movement": movement, "exercise": exercise})


async def _refuse(socket: WebSocket, code: int) -> None:
    await socket.accept()  # a code can only be told to a socket that is open
    await socket.close(code)


async def _live(
    socket: WebSocket, kind: Kind, picture: Callable[[bytes], tuple[float, bytes]], facts: dict[str, Any]
) -> None:
    service = service_of(websocket=socket)
    try:
        who = await run_sync(who_may, service, socket)  # that it is a page of ours is the guard's affair
    except MitateError:
        await _refuse(socket, STRANGER)
        return
    pool = service.live
    if not isinstance(pool, LivePool):
        await _refuse(socket, OFF)
        return
    try:
        with _place_of(who.account_id), pool.viewer(kind, **facts, language=who.language) as viewer:
            await socket.accept()
            await _looked(service, socket, viewer, picture, Say(who.language))
    except BusyLiveError:
        await _refuse(socket, BUSY)
    except (AtTheDoor, DeniedError):  # signed out meanwhile
        await socket.close(STRANGER)
    except TimeoutError:
        await socket.close(BAD)
    except LostLiveError:
        await socket.close(LOST)
    except InputError:
        await socket.close(BAD)
    except WebSocketDisconnect:
        return


@contextmanager
def _place_of(account_id: str) -> Iterator[None]:
    """One of the places that an account may have; BusyLiveError where it has them all."""
    if _viewers[account_id] >= _MOST_OF_ONE:
        raise BusyLiveError
    _viewers[account_id] += 1
    try:
        yield
    finally:
        _viewers[account_id] -= 1
        if not _viewers[account_id]:
            del _viewers[account_id]


async def _looked(
    service: Service,
    socket: WebSocket,
    viewer: Viewer,
    picture: Callable[[bytes], tuple[float, bytes]],
    say: Say,
) -> None:
    """Answer each picture before the next is taken, for as long as its account is signed in."""
    paced, bad, limiter, known = _Paced(), 0, CapacityLimiter(1), time.monotonic()
    while True:
        message = await asyncio.wait_for(socket.receive(), _SILENT_S)
        if message["type"] == "websocket.disconnect":
            return
        if time.monotonic() - known > _LOOK_AGAIN_S:
            await run_sync(who_may, service, socket)
            known = time.monotonic()
        if message.get("text") is not None:
            if message["text"] != "end":
                raise InputError("only the word end is known", where="message")
            await socket.send_json({"summary": await run_sync(viewer.summary, limiter=limiter)})
            continue
        content = message.get("bytes") or b""
        await paced.wait()
        try:
            if not _SECONDS.size < len(content) <= MOST_BYTES:
                raise InputError("this is no picture, or too large a one", where="picture")
            seconds, jpeg = picture(content)
            told = await run_sync(viewer.look, seconds, jpeg, limiter=limiter)
        except InputError:
            bad += 1
            if bad >= _MOST_BAD:
                raise
            told = {
                "seen": False,
                "ok": False,
                "hints": ["unreadable"],
                "box": None,
                "yaw": None,
                "pitch": None,
            }
        hints = [{"code": code, "text": say(f"told.live_{code}")} for code in told["hints"]]
        await socket.send_json({**told, "hints": hints})
