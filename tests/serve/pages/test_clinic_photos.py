"""Pages of photos: a patient's, one photo's, and the administrator's; in both languages, without scripts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.serve.conftest import SignedIn, add_person
from tests.serve.pages.photo_rows import (
    CARD,
    agree_to_photos,
    diagnosis,
    photo_result,
    put_faces,
    put_photo,
)

from mitate.record.captures import PHOTO, captures_of
from mitate.serve.service import Service

SignIn = Callable[..., SignedIn]
JPEG = b"\xff\xd8\xff\xe0 a photo"


def test_each_page_of_photos_says_what_is_missing(service: Service, sign_in: SignIn) -> None:
    person, client = add_person(service), sign_in("clinician").client
    path = f"/clinic/people/{person}/photos"
    assert "An administrator installs a model" in client.get(path).text
    put_faces(service)
    shown = client.get(path).text
    assert "has not agreed" in shown
    assert 'type="file"' not in shown
    agree_to_photos(service, person)
    shown = client.get(path).text
    assert 'type="file"' in shown
    assert "SIMULATED" in shown
    assert "71.0\u00a0%" in shown
    assert "not for diagnosis" in shown


def test_a_form_sends_a_photo_and_its_page_waits(service: Service, sign_in: SignIn) -> None:
    put_faces(service)
    person, signed = add_person(service), sign_in("clinician")
    agree_to_photos(service, person)
    path, client = f"/clinic/people/{person}/photos", signed.client
    files = {"photo": ("face.jpg", JPEG, "image/jpeg")}
    sent = client.post(path, data={"csrf": signed.csrf}, files=files, headers={"X-CSRF-Token": ""})
    assert sent.status_code == 303, sent.text
    shown = client.get(sent.headers["location"]).text
    assert "being compared" in shown
    assert 'http-equiv="refresh"' in shown
    for data in ({}, {"csrf": "wrong"}):
        denied = client.post(path, data=data, files=files, headers={"X-CSRF-Token": ""})
        assert denied.status_code == 403
    with service.record.database.reading() as session:
        assert len(captures_of(service.record, session, person, instrument=PHOTO)) == 1


@pytest.mark.parametrize(("language", "word"), [("en", "This is no photo"), ("ja", "写真ではありません")])
def test_what_is_no_photo_is_told_on_the_page(
    service: Service, sign_in: SignIn, language: str, word: str
) -> None:
    put_faces(service)
    person, client = add_person(service), sign_in("clinician", language=language).client
    agree_to_photos(service, person)
    path = f"/clinic/people/{person}/photos"
    answer = client.post(path, files={"photo": ("a.gif", b"GIF89a", "image/gif")})
    assert answer.status_code == 422
    assert word in answer.text
    nothing = client.post(path, files={"photo": ("", b"", "application/octet-stream")})
    assert nothing.status_code == 422


def test_an_answer_has_words_classes_doubts_and_origin(service: Service, sign_in: SignIn) -> None:
    person = add_person(service)
    several = photo_result(diagnosis=diagnosis("several", label="<amber>"))
    photo = put_photo(service.record, person, several, photo=JPEG)
    for language, words in (
        (
            "en",
            (
                "Several classes are left",
                "What speaks against",
                "over 99\u00a0%",
                "0.75",
                "not for diagnosis",
            ),
        ),
        ("ja", ("いくつかの分類が残り", "信用しすぎては", "99\u00a0%超", "0.75", "診断には使えません")),
    ):
        client = sign_in("clinician", language=language).client
        shown = client.get(f"/clinic/photos/{photo}").text
        assert all(word in shown for word in words)
        assert "&lt;amber&gt;" in shown
        assert "<amber>" not in shown
        assert f"/api/v1/photos/{photo}/picture" in shown
        assert f'<html lang="{language}"' in shown
        listed = client.get(f"/clinic/people/{person}/photos").text
        assert f"/clinic/photos/{photo}" in listed
    assert client.get(f"/clinic/captures/{photo}").status_code == 404  # it is no film
    assert client.post(f"/clinic/photos/{photo}/delete").status_code == 303
    assert client.get(f"/clinic/photos/{photo}").status_code == 404


def test_what_no_class_fits_is_folded_away(service: Service, sign_in: SignIn) -> None:
    person = add_person(service)
    photo = put_photo(service.record, person, photo_result(diagnosis=diagnosis("none_of_these")))
    shown = sign_in("clinician").client.get(f"/clinic/photos/{photo}").text
    assert "None of these" in shown
    assert "does not mean healthy" in shown
    assert shown.index("<summary>If it had to be") < shown.index("over 99\u00a0%")


def test_the_course_of_the_face_knows_nothing_of_photos(service: Service, sign_in: SignIn) -> None:
    person, client = add_person(service), sign_in("clinician").client
    ways = ("", "/course", "/model")
    before = [client.get(f"/clinic/people/{person}{way}").text for way in ways]
    put_photo(service.record, person, photo_result())
    put_photo(service.record, person, {"refusal": {"reason": "no_face"}}, state="refused")
    assert [client.get(f"/clinic/people/{person}{way}").text for way in ways] == before


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_administrators_page_shows_cards_and_refuses_in_place(
    service: Service, sign_in: SignIn, language: str
) -> None:
    put_faces(service)
    put_faces(service, "gallery", replace(CARD, figures=(), limits=(), coverage=None, trained_on="rare"))
    signed = sign_in("admin", language=language)
    client = signed.client
    shown = client.get("/admin/faces?done=model").text
    assert "abc123abc123" in shown
    assert "71.0\u00a0%" in shown
    between = {"en": "54.0 to 88.0\u00a0%", "ja": "54.0〜88.0\u00a0%"}[language]
    assert between in shown
    english = '<span lang="en">Do not eat it.</span>' if language == "ja" else "<li>Do not eat it.</li>"
    assert english in shown
    files = {"files": ("model.pkl", b"\x80\x04.", "application/octet-stream")}
    refused = client.post("/admin/faces/model", data={"csrf": signed.csrf}, files=files)
    assert refused.status_code == 422
    assert {"en": "can run a program", "ja": "プログラムが動く"}[language] in refused.text
    assert client.post("/admin/faces/gallery/remove").status_code == 303
    assert "abc123abc123" in client.get("/admin/faces").text
    assert client.post("/admin/faces/gallery/remove").status_code == 404
