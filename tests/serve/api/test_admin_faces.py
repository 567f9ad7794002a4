"""What photos are compared with, over REST: administrators look, install and take away."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.diagnosis.small_model import small_model
from tests.serve.conftest import SignedIn
from tests.serve.pages.photo_rows import put_faces

from mitate.diagnosis.model_files import save_model
from mitate.serve.service import Service
from mitate.serve.work.faces import MOST_FACES_BYTES

SignIn = Callable[..., SignedIn]


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("made")
    save_model(small_model(folder), folder / "model")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in (folder / "model").iterdir():
            archive.write(path, f"our-model/{path.name}")
    return out.getvalue()


def test_a_model_is_installed_looked_at_and_taken_away(sign_in: SignIn, zipped: bytes) -> None:
    client = sign_in("admin").client
    assert client.get("/api/v1/admin/faces").json() == []
    put = client.put("/api/v1/admin/faces/model", content=zipped)
    assert put.status_code == 200, put.text
    told = put.json()
    assert (told["kind"], told["trained_on"], told["people"]) == ("model", "simulated", 75)
    assert [one["label"] for one in told["classes"]] == ["amber", "blue", "coral"]
    assert told["figures"][0]["low"] == 0.85
    assert client.get("/api/v1/admin/faces").json() == [told]
    assert client.delete("/api/v1/admin/faces/model").status_code == 204
    assert client.delete("/api/v1/admin/faces/model").status_code == 404


def test_what_cannot_be_installed_is_told_and_changes_nothing(
    service: Service, sign_in: SignIn, zipped: bytes
) -> None:
    put_faces(service)
    client = sign_in("admin").client
    before = client.get("/api/v1/admin/faces").json()
    for kind, content, status in (
        ("model", b"", 422),
        ("model", b"\x80\x04K\x01.", 422),  # a pickle
        ("gallery", zipped, 422),
        ("other", zipped, 422),
    ):
        answer = client.put(f"/api/v1/admin/faces/{kind}", content=content)
        assert answer.status_code == status, answer.text
    headers = {"Content-Length": str(MOST_FACES_BYTES + 1)}
    large = client.put("/api/v1/admin/faces/model", content=iter([b""]), headers=headers)
    assert large.status_code == 413
    assert (
        client.put("/api/v1/admin/faces/model", content=zipped, headers={"X-CSRF-Token": ""}).status_code
        == 403
    )
    assert client.get("/api/v1/admin/faces").json() == before


def test_it_is_for_administrators(sign_in: SignIn) -> None:
    for roles in ((), ("clinician",), ("person",)):
        if roles:
            client = sign_in(*roles).client
            assert client.get("/api/v1/admin/faces").status_code == 403
            assert client.get("/admin/faces").status_code == 403
