"""Photos become an answer or a refusal; none stays where it was not agreed to, and a bad one fails alone."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.diagnosis.example_sets import EXAMPLE
from tests.diagnosis.small_model import small_model
from tests.serve.conftest import add_person
from tests.serve.pages.photo_rows import agree_to_photos
from tests.serve.work.conftest import agree

from mitate.diagnosis.face_in import Seeing, face_in
from mitate.diagnosis.gallery import Gallery, GalleryPhoto
from mitate.diagnosis.gallery_files import save_gallery
from mitate.diagnosis.gallery_look import Looker
from mitate.diagnosis.model_files import save_model
from mitate.errors import RefusalError
from mitate.record.captures import KnownCapture
from mitate.record.face_models import install, take_away
from mitate.record.photos import NewPhoto, add_photo, get_photo
from mitate.record.schema import Capture
from mitate.serve.service import Service
from mitate.serve.told.photo import photo_told
from mitate.serve.words import Say, all_words
from mitate.serve.work import photo
from mitate.serve.work.apart_photo import read
from mitate.serve.work.faces import take_faces
from mitate.serve.work.once import run_waiting
from mitate.serve.work.packed import packed
from mitate.serve.work.sandbox import CRASHES, refused
from mitate.video import read_photo

BY = "0" * 32
PHOTO = sorted((EXAMPLE / "photos").iterdir())[0]
Files = dict[str, bytes]

pytestmark = pytest.mark.usefixtures("weights_ready")


def in_folder(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("model")
    save_model(small_model(folder), folder / "model")
    return in_folder(folder / "model")


@pytest.fixture(scope="module")
def gallery(weights_ready: None, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Two people of two classes; one of them is the person on `PHOTO`."""
    folder = tmp_path_factory.mktemp("gallery") / "g"
    looker, seeing = Looker.load(views=("plain",)), Seeing.load()
    files = sorted((EXAMPLE / "photos").iterdir())[:2]
    crops = np.stack([face_in(read_photo(file).image, seeing).crop for file in files])
    digests = [sha256(file.read_bytes()).hexdigest() for file in files]
    photos = [GalleryPhoto(one, one[:8], f"of {n}", simulated=True) for n, one in enumerate(digests)]
    save_gallery(Gallery("rare", looker.look).add(photos, looker(crops), looker.look), folder)
    return in_folder(folder)


@pytest.fixture
def person(service: Service) -> str:
    person = add_person(service)
    agree_to_photos(service, person)
    return person


Send = Callable[..., KnownCapture]


@pytest.fixture
def send(service: Service, person: str) -> Send:
    """Send a photo, have it read, and give what became of it."""

    def sent(content: bytes, before: Callable[[], None] = lambda: None) -> KnownCapture:
        capture = add_photo(service.record, person, NewPhoto(content, BY), service.queue.add)
        before()
        run_waiting(service)
        with service.record.database.reading() as session:
            return get_photo(service.record, session, capture)

    return sent


def as_png(picture: Any) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1])


def a_bomb(side: int) -> bytes:
    """A PNG of so many pixels a side in some kilobytes (W3C PNG, 5.2 and 11.2)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    packer, rows = zlib.compressobj(9), io.BytesIO()
    for _ in range(side):
        rows.write(packer.compress(bytes(1 + side // 8)))
    rows.write(packer.flush())
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", head), chunk(b"IDAT", rows.getvalue()), chunk(b"IEND", b""))
    )


def reason(known: KnownCapture) -> str:
    assert known.result is not None
    assert known.state == "refused"
    assert known.result["diagnosis"] is known.result["matches"] is None
    told = photo_told(known, Say("ja"))
    assert told is not None
    assert told.told.headline != Say("ja")("photos.no_other")
    return str(known.result["refusal"]["reason"])


def test_a_photo_is_answered_by_both_and_is_gone(
    service: Service, send: Send, model: Files, gallery: Files
) -> None:
    take_faces(service, "model", model, BY)
    take_faces(service, "gallery", gallery, BY)
    known = send(PHOTO.read_bytes())
    result = known.result
    assert result is not None
    assert known.state == "done"
    found, matches = result["diagnosis"], result["matches"]
    assert found["outcome"] in ("one", "several", "none_of_these", "cannot_tell")
    assert sorted(one["label"] for one in found["candidates"]) == ["amber", "blue", "coral"]
    assert sum(one["probability"] for one in found["candidates"]) == pytest.approx(1)
    assert found["set"] == [one["label"] for one in found["candidates"] if one["in_set"]]
    assert "not for diagnosis" in found["text"]
    assert found["trained_on"] == "simulated"
    first = matches["matches"][0]
    assert (first["label"], matches["odd"]) == ("of 0", None)
    assert first["distance"] == pytest.approx(0, abs=0.01)  # the very person
    assert all("person" not in one for one in matches["matches"])  # who is in the gallery is not told
    assert result["learned_from"]
    assert 0 < result["quality"] <= 1
    assert set(result["compared_with"]) == {"model", "gallery"}
    assert not known.kept
    assert not list((service.record.folder / "videos").iterdir())
    with service.record.database.reading() as session:
        assert session.get_one(Capture, known.id).features is None  # nothing of the face is kept


def test_a_photo_is_kept_where_the_person_agreed_and_a_gallery_is_enough(
    service: Service, send: Send, person: str, gallery: Files
) -> None:
    agree(service, person, "keep_video")
    take_faces(service, "gallery", gallery, BY)
    known = send(PHOTO.read_bytes())
    assert known.kept
    assert known.result is not None
    assert known.result["diagnosis"] is None
    assert known.result["matches"]["classes"] == 2


def test_what_cannot_be_used_says_why(tmp_path: Path) -> None:
    def why(content: bytes) -> str:
        (tmp_path / "photo").write_bytes(content)
        with pytest.raises(RefusalError) as refused:
            read({"film": str(tmp_path / "photo")}, {}, lambda stage, share: None)
        assert f"photos.no_{refused.value.reason}" in all_words()
        return refused.value.reason

    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    assert why(as_png(noise)) == "no_face"
    face = read_photo(PHOTO).image[..., ::-1]
    assert why(as_png(np.concatenate([face, face], axis=1))) == "several_faces"
    for content in (
        PHOTO.read_bytes()[:2000],
        b"\xff\xd8\xff" + bytes(200),
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"\0\0\0\x18ftypheic" + bytes(200),
        b"#!/bin/sh",
    ):
        assert why(content) == "unreadable"
    assert why(a_bomb(60_000)) == "too_big"


def test_a_bad_photo_fails_alone(service: Service, send: Send, model: Files) -> None:
    take_faces(service, "model", model, BY)
    assert reason(send(a_bomb(60_000))) == "too_big"
    assert send(PHOTO.read_bytes()).state == "done"
    assert not list((service.record.folder / "videos").iterdir())


@pytest.mark.parametrize("crash", sorted(CRASHES))
def test_a_child_that_gave_no_answer_is_told_of_a_photo(crash: str) -> None:
    told = photo._of_a_photo(refused(crash))
    assert "film" not in told.what
    assert f"photos.no_{told.reason}" in all_words()


def test_a_cat_gets_no_class(service: Service, send: Send, model: Files) -> None:
    from benchmarks.animal_photos import _KEPT, CATS

    there = [_KEPT / one.sha256 for one in CATS.values() if (_KEPT / one.sha256).exists()]
    if not there:
        pytest.skip("no photo of a cat is here: benchmarks/animal_photos.py fetches some")
    take_faces(service, "model", model, BY)
    known = send(there[0].read_bytes())
    assert known.result is not None
    found = known.result["diagnosis"]
    assert known.state == "refused" or found["outcome"] in ("none_of_these", "cannot_tell")


def test_consent_that_is_taken_back_and_a_model_that_is_gone_leave_it_unread(
    service: Service, send: Send, person: str, model: Files
) -> None:
    take_faces(service, "model", model, BY)

    def gone() -> None:
        with service.record.database.writing() as session:
            take_away(service.record, session, "model", BY)

    assert reason(send(PHOTO.read_bytes(), gone)) == "no_model"
    take_faces(service, "model", model, BY)
    assert reason(send(PHOTO.read_bytes(), lambda: agree(service, person, "photos", False))) == "no_consent"
    assert not list((service.record.folder / "videos").iterdir())


def test_a_model_that_does_not_fit_any_more(service: Service, send: Send, model: Files) -> None:
    known = take_faces(service, "model", model, BY)
    damaged = packed({}, {name: model[name] for name in ("model.json", "model.npz")})  # its network is lost
    with service.record.database.writing() as session:
        install(service.record, session, "model", damaged, known.card, BY)
    assert reason(send(PHOTO.read_bytes())) == "wrong_model"


def test_a_photo_that_was_deleted_meanwhile(service: Service, person: str, model: Files) -> None:
    take_faces(service, "model", model, BY)
    capture = add_photo(service.record, person, NewPhoto(PHOTO.read_bytes(), BY), service.queue.add)
    with service.record.database.writing() as session:
        session.delete(session.get_one(Capture, capture))
    assert run_waiting(service) == 1
