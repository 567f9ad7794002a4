"""Pictures over WebSockets: who may, how many, what is answered, and what closes the line."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select
from starlette.websockets import WebSocketDisconnect
from tests.serve.conftest import SignedIn, add_person

from mitate import video
from mitate.record.schema import Account, Login
from mitate.serve.api import live
from mitate.serve.api.live import BAD, BUSY, LOST, MOST_BYTES, OFF, STRANGER
from mitate.serve.app import create_app
from mitate.serve.auth.tokens import make_token
from mitate.serve.live.body_watch import HINTS as BODY_HINTS
from mitate.serve.live.face_watch import HINTS as FACE_HINTS
from mitate.serve.live.pool import LivePool
from mitate.serve.service import Service
from mitate.serve.words import all_words

EXAMPLES = Path(__file__).parents[3] / "examples"
FACE, BODY = "/api/v1/live/face", "/api/v1/live/body"


def picture(path: Path) -> bytes:
    image = next(iter(video.frames(path, max_side=640))).image
    return bytes(cv2.imencode(".jpg", image[..., ::-1])[1].tobytes())


@pytest.fixture
def watched(service: Service, sign_in: Callable[..., SignedIn]) -> Iterator[TestClient]:
    """A browser of a person of an app that looks at pictures, two at a time."""
    signed = sign_in("person", person_id=add_person(service), language="ja")
    pool = LivePool(most=2)
    app = create_app(replace(service, live=pool))
    client = TestClient(app, cookies=dict(signed.client.cookies), headers=dict(signed.client.headers))
    yield client
    client.close()
    pool.close()


def closed_with(client: TestClient, url: str, **given: Any) -> int:
    with pytest.raises(WebSocketDisconnect) as told, client.websocket_connect(url, **given) as socket:
        socket.receive_json()
    return int(told.value.code)


def test_strangers_other_sites_and_an_app_without_help(
    service: Service, sign_in: Callable[..., SignedIn], watched: TestClient
) -> None:
    assert closed_with(TestClient(watched.app), FACE) == STRANGER
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert closed_with(watched, FACE, headers=elsewhere) == 4403  # by the guard, before anything is accepted
    without = sign_in("person", person_id=add_person(service)).client
    assert closed_with(without, FACE) == OFF
    assert closed_with(watched, f"{BODY}?movement=jump") == BAD


def test_a_third_camera_is_told_that_all_places_are_taken(watched: TestClient) -> None:
    with watched.websocket_connect(FACE), watched.websocket_connect(FACE):
        assert closed_with(watched, FACE) == BUSY
    with watched.websocket_connect(FACE):
        pass


def test_one_account_does_not_take_all_places(
    service: Service, sign_in: Callable[..., SignedIn], watched: TestClient
) -> None:
    pool = LivePool(most=4)
    app = create_app(replace(service, live=pool))
    clients = []
    for _ in range(2):
        signed = sign_in("person", person_id=add_person(service)).client
        clients.append(TestClient(app, cookies=dict(signed.cookies), headers=dict(signed.headers)))
    first, second = clients
    with first.websocket_connect(FACE), first.websocket_connect(FACE):
        assert closed_with(first, FACE) == BUSY
        with second.websocket_connect(FACE):
            pass
    with first.websocket_connect(FACE):
        pass
    pool.close()


def test_whoever_is_signed_out_meanwhile_is_looked_at_no_more(
    service: Service, watched: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_LOOK_AGAIN_S", -1.0)
    with watched.websocket_connect(FACE) as socket:
        with service.record.database.writing() as session:
            session.execute(delete(Login))
        socket.send_text("end")
        with pytest.raises(WebSocketDisconnect) as told:
            socket.receive_json()
    assert told.value.code == STRANGER


def test_who_says_nothing_gives_the_place_up(watched: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_SILENT_S", 0.05)
    assert closed_with(watched, FACE) == BAD


def test_a_secret_of_somebody_elses_and_a_token_of_other_things_open_no_camera(
    service: Service, sign_in: Callable[..., SignedIn], watched: TestClient
) -> None:
    admin = sign_in("admin")
    with service.record.database.writing() as session:
        made = make_token(session, session.get_one(Account, admin.account_id), "x", ("read:admin",))
    token = {"Authorization": f"Bearer {made.text}"}
    assert closed_with(TestClient(watched.app), FACE, headers=token) == STRANGER
    with service.record.database.writing() as session:
        for row in session.scalars(select(Account)):
            set_must_change(service, row)
    assert closed_with(watched, FACE) == STRANGER


def set_must_change(service: Service, row: Account) -> None:
    clinic, about = service.record.vault.clinic, f"account.sealed {row.id}"
    row.sealed = clinic.seal_json({**clinic.open_json(row.sealed, about), "must_change": True}, about)


@pytest.mark.usefixtures("weights_ready")
def test_a_face_is_answered_picture_by_picture(watched: TestClient) -> None:
    content = picture(EXAMPLES / "two-patients" / "videos" / "sim-460-0000_d000-pre.mp4")
    with watched.websocket_connect(FACE) as socket:
        for _ in range(3):
            socket.send_bytes(content)
            told = socket.receive_json()
            assert told["seen"]
            assert told["ok"]
            assert told["hints"] == [{"code": "ok", "text": all_words()["told.live_ok"]["ja"]}]
        socket.send_bytes(b"\xff\xd8\xff no picture at all")
        assert socket.receive_json()["hints"][0]["code"] == "unreadable"
        socket.send_bytes(content)
        assert socket.receive_json()["ok"]


@pytest.mark.usefixtures("weights_ready")
def test_a_body_and_the_coach(watched: TestClient) -> None:
    content = picture(EXAMPLES / "films" / "forward-bend.mp4")
    with watched.websocket_connect(f"{BODY}?movement=forward_bend") as socket:
        socket.send_bytes(struct.pack("<d", 0.5) + content)
        told = socket.receive_json()
        assert len(told["points"]) == 33
        assert told["event"] is None
    with watched.websocket_connect(f"{BODY}?exercise=bird_dog") as socket:
        socket.send_bytes(struct.pack("<d", 0.5) + content)
        assert socket.receive_json()["target"] == 12
        socket.send_text("end")
        assert socket.receive_json()["summary"]["exercise"] == "bird_dog"


@pytest.mark.usefixtures("weights_ready")
@pytest.mark.parametrize("content", [b"", b"x" * (MOST_BYTES + 1), struct.pack("<d", float("nan")) + b"xx"])
def test_nonsense_is_answered_three_times_and_then_no_more(watched: TestClient, content: bytes) -> None:
    with watched.websocket_connect(f"{BODY}?movement=squat") as socket:
        for _ in range(2):
            socket.send_bytes(content)
            assert socket.receive_json()["hints"][0]["code"] == "unreadable"
        socket.send_bytes(content)
        with pytest.raises(WebSocketDisconnect) as told:
            socket.receive_json()
    assert told.value.code == BAD


@pytest.mark.usefixtures("weights_ready")
def test_an_exercise_that_there_is_not(watched: TestClient) -> None:
    with watched.websocket_connect(f"{BODY}?exercise=flying") as socket:
        socket.send_bytes(struct.pack("<d", 0.0) + picture(EXAMPLES / "films" / "forward-bend.mp4"))
        with pytest.raises(WebSocketDisconnect) as told:
            socket.receive_json()
    assert told.value.code in (BAD, LOST)


def test_every_hint_has_words() -> None:
    codes = {*FACE_HINTS, *BODY_HINTS, "unreadable"}
    assert {f"told.live_{code}" for code in codes} <= set(all_words())
    assert len(np.unique(FACE_HINTS)) == len(FACE_HINTS)
