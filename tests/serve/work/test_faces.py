"""Files of a model or gallery are looked through apart; what runs code, or is damaged, is refused."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.external_data_helper import convert_model_to_external_data
from tests.diagnosis.small_model import made_up_crops, small_model

from mitate.diagnosis.model_files import ARRAYS, FACTS, NETWORK, save_model
from mitate.errors import InputError, MitateError
from mitate.record.face_models import FaceKind, content_of, face_models
from mitate.record.schema import Audit
from mitate.serve.service import Service
from mitate.serve.work import apart_faces
from mitate.serve.work.apart_faces import check
from mitate.serve.work.faces import take_faces
from mitate.serve.work.limits import Limits
from mitate.serve.work.packed import unpacked

BY = "0" * 32


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A model's folder, with a network of its own: it needs no installed weights."""
    folder = tmp_path_factory.mktemp("made")
    save_model(small_model(folder), folder / "model")
    return {path.name: path.read_bytes() for path in (folder / "model").iterdir()}


def zipped(files: dict[str, bytes], below: str = "our-model/") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(below + name, content)
    return out.getvalue()


def looked(kind: FaceKind, files: dict[str, bytes]) -> Any:
    """What the child process does, here and now."""
    return check({"kind": kind}, files, lambda stage, share: None)


def refused(kind: FaceKind, files: dict[str, bytes]) -> str:
    with pytest.raises(MitateError) as found:
        looked(kind, files)
    assert "/" not in (found.value.where or "")  # no place of the server
    return found.value.what


def test_a_model_is_installed_and_its_card_kept(service: Service, files: dict[str, bytes]) -> None:
    known = take_faces(service, "model", files, BY)
    card = known.card
    assert [one.label for one in card.classes] == ["amber", "blue", "coral"]
    assert (card.people, card.trained_on, card.coverage, card.own_network) == (75, "simulated", 90.0, True)
    assert (card.figures[0].value, card.figures[0].low, card.figures[0].n) == (0.9, 0.85, 75)
    assert "not for diagnosis" in card.intended_use
    assert card.limits
    assert card.left_out == ("README.md",)
    with service.record.database.reading() as session:
        content = content_of(service.record, session, "model")
    assert content is not None
    kept = unpacked(content)[1]
    assert kept == {name: files[name] for name in (FACTS, ARRAYS, NETWORK)}


def test_a_folder_as_zip_is_the_same(files: dict[str, bytes]) -> None:
    beside = {"__MACOSX/._model.json": b"x", "our-model/.DS_Store": b"x"}
    whole = zipped({f"our-model/{name}": content for name, content in files.items()} | beside, "")
    assert looked("model", {"our-model.zip": whole}) == looked("model", files)


def test_what_can_run_code_is_not_even_opened(files: dict[str, bytes]) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (pytest.fail, ("it was opened",))

    for name in ("model.pkl", "weights.PT", "head.joblib"):
        told = refused("model", {**files, name: pickle.dumps(Evil())})
        assert "can run a program" in told
        assert "can run a program" in refused("model", {"a.zip": zipped({**files, name: b""})})
    stored = io.BytesIO()
    np.savez(stored, head_mean=np.array([Evil()], dtype=object))
    arrays = stored.getvalue()
    facts = json.loads(files[FACTS])
    assert "damaged" in refused("model", {**files, ARRAYS: arrays})
    assert facts["kind"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({FACTS: b"{}"}, "no model for facial diagnosis"),
        ({FACTS: b"["}, "damaged"),
        ({FACTS: b"[" * 100_000}, "damaged"),
        ({ARRAYS: b"PK\x03\x04"}, "damaged"),
        ({ARRAYS: None}, "missing"),
        ({NETWORK: b"not a network"}, "damaged"),
        ({FACTS: None}, "model.json is not among these files"),
    ],
)
def test_what_is_not_whole_is_refused(files: dict[str, bytes], change: dict[str, Any], told: str) -> None:
    changed = {name: content for name, content in (files | change).items() if content is not None}
    if change.get(NETWORK):
        assert refused("model", changed)
    else:
        assert told in refused("model", changed)


def test_each_kind_has_its_place(files: dict[str, bytes]) -> None:
    assert "this is a model, not a gallery" in refused("gallery", files)
    assert "gallery.json is not among these files" in refused("gallery", {"x.json": b"{}"})
    assert refused("gallery", {"gallery.json": b'{"kind": "mitate gallery", "version": 1, "photos": 7}'})


def test_a_zip_that_holds_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart_faces, "_MOST_BYTES", 10_000_000)
    bomb = zipped({"model.json": b"{}", "model.npz": bytes(12_000_000)})
    assert len(bomb) < 100_000
    assert "holds too much" in refused("model", {"a.zip": bomb})
    many = zipped({f"{n}.txt": b"" for n in range(100)})
    assert "too many files" in refused("model", {"a.zip": many})
    twice = zipped({"a/model.json": b"{}", "b/model.json": b"{}"})
    assert "twice" in refused("model", {"a.zip": twice})
    assert "cannot be read" in refused("model", {"a.zip": b"PK\x03\x04 and no more"})


def test_a_path_out_of_the_folder_leads_nowhere(files: dict[str, bytes], tmp_path: Path) -> None:
    away = zipped({"../../../../../../../../../../../../evil.json": b"x", **files}, "")
    card, kept = looked("model", {"a.zip": away})
    assert "evil.json" not in kept
    assert card["card"]["left_out"] == ("README.md",)


def test_numbers_in_other_files_are_not_followed(files: dict[str, bytes], tmp_path: Path) -> None:
    weights = helper.make_tensor("w", TensorProto.FLOAT, [4, 4], np.zeros(16, np.float32).tobytes(), raw=True)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["image", "w"], ["row"])],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [4, 4])],
        [helper.make_tensor_value_info("row", TensorProto.FLOAT, [4, 4])],
        [weights],
    )
    model = helper.make_model(graph)
    convert_model_to_external_data(model, location="passwd", size_threshold=0)
    onnx.save(model, str(tmp_path / "network.onnx"))
    content = (tmp_path / "network.onnx").read_bytes()
    assert "other files" in refused("model", {**files, NETWORK: content})


def test_a_child_that_breaks_off_is_a_refusal_in_plain_words(
    service: Service, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mitate.serve.work.faces.FACES_LIMITS", Limits(memory_mb=96, walled=True))
    with pytest.raises(InputError, match="broke off"):
        take_faces(service, "model", files, BY)
    with pytest.raises(InputError, match="no file was chosen"):
        take_faces(service, "model", {"empty": b""}, BY)
    with service.record.database.reading() as session:
        assert face_models(service.record, session) == {}
        assert [row.action for row in session.query(Audit)].count("faces.refused") == 1


@pytest.mark.usefixtures("weights_ready")
def test_a_gallery_is_installed(service: Service, tmp_path: Path) -> None:

    from mitate.diagnosis.gallery import Gallery, GalleryPhoto
    from mitate.diagnosis.gallery_files import save_gallery
    from mitate.diagnosis.gallery_look import Looker

    looker = Looker.load(views=("plain",))
    photos = [GalleryPhoto(f"{i:064x}", f"p{i}", f"c{i % 2}", simulated=True) for i in range(4)]
    rows = looker(made_up_crops(np.zeros(4, np.int64), 1))
    save_gallery(Gallery("rare", looker.look).add(photos, rows, looker.look), tmp_path / "g")
    content = zipped({path.name: path.read_bytes() for path in (tmp_path / "g").iterdir()})
    card = take_faces(service, "gallery", {"g.zip": content}, BY).card
    assert [(one.label, one.people, one.photos) for one in card.classes] == [("c0", 2, 2), ("c1", 2, 2)]
    assert (card.name, card.trained_on, card.coverage) == ("rare", "simulated", None)
    save_gallery(Gallery("none", looker.look), tmp_path / "empty")
    empty = {path.name: path.read_bytes() for path in (tmp_path / "empty").iterdir()}
    assert "empty" in refused("gallery", empty)
