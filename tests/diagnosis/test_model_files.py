"""A model's folder: comes back the same, and whatever is missing, damaged or foreign is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.diagnosis.small_model import made_up_crops, made_up_faces, small_model

from mitate.diagnosis import model_files
from mitate.diagnosis.embedders import sface_layer
from mitate.diagnosis.linear import fit_linear
from mitate.diagnosis.model import DiagnosisModel
from mitate.diagnosis.model_files import ARRAYS, FACTS, NETWORK, PAGE, load_model, save_model
from mitate.diagnosis.unlike import Unlike
from mitate.errors import InputError


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> DiagnosisModel:
    return small_model(tmp_path_factory.mktemp("network"))


@pytest.fixture(scope="module")
def kept(model: DiagnosisModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "one"
    save_model(model, folder)
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "model"))


@pytest.mark.parametrize("unit", [True, False])
def test_it_comes_back_the_same(tmp_path: Path, unit: bool) -> None:
    made = small_model(tmp_path, unit=unit)
    saved = save_model(made, tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    crops = made_up_crops(np.arange(12) % 3, 5)
    for one in (saved, loaded):
        np.testing.assert_allclose(one.judge(crops).probabilities, made.judge(crops).probabilities, atol=1e-5)
        np.testing.assert_allclose(one.judge(crops).unlike, made.judge(crops).unlike, atol=1e-5)
    assert loaded.predict_crop(crops[0]) == saved.predict_crop(crops[0])
    assert loaded.model_id == saved.model_id != ""
    assert loaded.card == json.loads(json.dumps(made.card))
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == sorted(
        [ARRAYS, FACTS, NETWORK, PAGE]
    )
    assert loaded.model_id in (tmp_path / "model" / PAGE).read_text(encoding="utf-8")


def test_the_id_changes_with_the_model_and_not_with_the_place(
    model: DiagnosisModel, kept: Path, tmp_path: Path
) -> None:
    again = save_model(model, tmp_path / "again")
    other = save_model(replace(model, least_quality=0.4), tmp_path / "other")
    assert load_model(kept).model_id == again.model_id != other.model_id


def test_a_full_folder_is_left_alone_and_a_failed_save_leaves_nothing(
    model: DiagnosisModel, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years")
    with pytest.raises(InputError, match="something in this place"):
        save_model(model, tmp_path / "full")
    with pytest.raises(InputError, match="belong together"):
        save_model(replace(model, trained_on=""), tmp_path / "new")
    with pytest.raises(ValueError, match="JSON"):
        save_model(replace(model, card={"figure": float("nan")}), tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_it_is_saved_into_the_folder_where_one_stands(
    model: DiagnosisModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    save_model(model, Path())
    assert load_model(tmp_path / "here").labels == model.labels


@pytest.mark.parametrize("name", [ARRAYS, NETWORK, FACTS])
def test_a_missing_part_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match="no model here" if name == FACTS else name):
        load_model(folder)


@pytest.mark.parametrize("name", [ARRAYS, NETWORK, FACTS])
@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_a_changed_byte_is_noticed(folder: Path, name: str, at: float) -> None:
    content = bytearray((folder / name).read_bytes())
    place = min(int(at * len(content)), len(content) - 2)
    content[place] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(InputError):
        load_model(folder)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
@pytest.mark.parametrize("name", [ARRAYS, FACTS])
def test_a_cut_file_is_noticed(folder: Path, name: str, share: float) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError):
        load_model(folder)


def _without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda facts: facts.pop(name)


def _with(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda facts: facts.update({name: value})


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_with("version", 2), "format 2"),
        (_with("kind", "recipe"), "no model for facial diagnosis"),
        (_with("labels", ["amber", "blue", "teal"]), "checksum"),
        (_without("sha256"), "checksum"),
        (_with("model_id", 5), "checksum"),
    ],
)
def test_foreign_and_edited_facts_are_refused(
    folder: Path, change: Callable[[dict[str, Any]], Any], what: str
) -> None:
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    change(facts)
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(InputError, match=what):
        load_model(folder)


@pytest.mark.parametrize("content", ["[]", "null", "[" * 10000, "\x00", '{"kind": 1}'])
def test_other_content_is_refused(folder: Path, content: str) -> None:
    (folder / FACTS).write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        load_model(folder)


def test_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "nowhere", tmp_path / "file", tmp_path):
        with pytest.raises(InputError):
            load_model(place)


def test_a_model_on_the_installed_network_keeps_no_copy_and_knows_it_again(
    model: DiagnosisModel, weights_ready: None, tmp_path: Path
) -> None:
    faces = made_up_faces(10)
    embedder = sface_layer()
    rows = embedder(faces.crops)
    whole = replace(
        model,
        embedder=embedder,
        own_network=False,
        head=fit_linear(rows, faces.targets, 3, 1.0),
        unlike=Unlike.fit(rows, faces.targets, faces.persons),
    )
    save_model(whole, tmp_path / "model")
    assert not (tmp_path / "model" / NETWORK).exists()
    assert sum(path.stat().st_size for path in (tmp_path / "model").iterdir()) < 4 * 2**20
    loaded = load_model(tmp_path / "model")
    crops = made_up_crops(np.arange(4) % 3, 5)
    np.testing.assert_allclose(loaded.judge(crops).probabilities, whole.judge(crops).probabilities, atol=1e-4)

    def retold(**changes: Any) -> None:
        facts = json.loads((tmp_path / "model" / FACTS).read_text(encoding="utf-8"))
        facts["network"].update(changes)
        facts["model_id"] = model_files._id(facts)
        (tmp_path / "model" / FACTS).write_text(json.dumps(facts), encoding="utf-8")

    retold(sha256="0" * 64)  # another file that says the same: a later mitate may install it in another form
    load_model(tmp_path / "model")
    retold(probe=[[0.0, 0.0, 0.0]] * 4)
    with pytest.raises(InputError, match="not the network"):
        load_model(tmp_path / "model")
