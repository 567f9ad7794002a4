"""The exported file says what the model says, on its own, and its page's program runs."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from tests.diagnosis.small_model import LABELS, made_up_crops, made_up_faces, small_model

from mitate.diagnosis import export as module
from mitate.diagnosis.embedders import sface_layer
from mitate.diagnosis.export import CARD, MODEL, PAGE, PARITY, export
from mitate.diagnosis.linear import fit_linear
from mitate.diagnosis.model import DiagnosisModel
from mitate.diagnosis.model_files import save_model
from mitate.diagnosis.results import INTENDED_USE
from mitate.diagnosis.unlike import Unlike
from mitate.errors import InputError, MitateError
from mitate.face.align import ARCFACE_TEMPLATE


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> DiagnosisModel:
    folder = tmp_path_factory.mktemp("network")
    return save_model(small_model(folder), folder / "model")


def answers(folder: Path, crops: Any) -> tuple[Any, Any]:
    session = onnxruntime.InferenceSession(str(folder / MODEL), providers=["CPUExecutionProvider"])
    planes = crops.transpose(0, 3, 1, 2).astype(np.float32)
    probabilities, strangeness = session.run(["probabilities", "strangeness"], {"crop": planes})
    return probabilities, strangeness


@pytest.mark.parametrize("unit", [True, False])
def test_the_file_says_what_the_model_says(unit: bool, tmp_path: Path) -> None:
    made = small_model(tmp_path, unit=unit)
    crops = made_up_crops(np.arange(9) % 3, 5)
    done = export(made, tmp_path / "out", crops)
    probabilities, strangeness = answers(tmp_path / "out", crops)
    judged = made.judge(crops)
    np.testing.assert_allclose(probabilities, judged.probabilities, atol=PARITY)
    np.testing.assert_allclose(strangeness[:, 0], judged.unlike, atol=1e-3)
    assert done.parity <= PARITY
    assert done.compared == 16 + 9
    assert done.bytes == (tmp_path / "out" / MODEL).stat().st_size
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([MODEL, CARD, PAGE])


def test_card_and_file_say_what_they_are(model: DiagnosisModel, tmp_path: Path) -> None:
    export(model, tmp_path / "out")
    card = json.loads((tmp_path / "out" / CARD).read_text(encoding="utf-8"))
    assert card["labels"] == list(LABELS)
    assert card["trained_on"] == "simulated"
    assert card["model_id"] == model.model_id
    assert card["card"]["intended_use"] == INTENDED_USE
    np.testing.assert_allclose(list(card["input"]["template"].values()), ARCFACE_TEMPLATE)
    content = (tmp_path / "out" / MODEL).read_bytes()
    assert card["sha256"] == {MODEL: hashlib.sha256(content).hexdigest()}
    told = {one.key: one.value for one in onnx.load_from_string(content).metadata_props}
    assert json.loads(told["labels"]) == list(LABELS)
    assert told["trained_on"] == "simulated"
    assert told["intended_use"] == INTENDED_USE


def test_checksums_of_patients_do_not_leave_with_it(model: DiagnosisModel, tmp_path: Path) -> None:
    known = replace(model, card={**model.card, "seen": {"photos": ["00ff"], "persons": ["11ee"]}})
    export(known, tmp_path / "out")
    for name in (CARD, PAGE):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "00ff" not in text
        assert "11ee" not in text


def test_the_program_on_the_page_gives_the_models_sets(
    model: DiagnosisModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(model, tmp_path / "out")
    page = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path / "out")
    exec(program, names)
    crops = made_up_crops(np.arange(30) % 3, 6)
    for crop in crops:
        assert set(names["prediction_set"](crop)) == set(model.predict_crop(crop).set)


def test_a_full_folder_is_left_alone(model: DiagnosisModel, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years")
    with pytest.raises(InputError, match="something in this place"):
        export(model, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_a_file_that_differs_is_not_left(model: DiagnosisModel, tmp_path: Path) -> None:
    class Off(DiagnosisModel):  # answers with probabilities that the graph does not have
        def judge(self, crops: Any) -> Any:
            judged = super().judge(crops)
            return replace(judged, probabilities=judged.probabilities * (1 + 10 * module.PARITY))

    off = Off(**{name: getattr(model, name) for name in model.__dataclass_fields__})
    with pytest.raises(MitateError, match="differs from the model"):
        export(off, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_installed_network_is_exported_whole(
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
    crops = made_up_crops(np.arange(3), 5)
    export(whole, tmp_path / "out")
    probabilities, strangeness = answers(tmp_path / "out", crops)
    judged = whole.judge(crops)
    np.testing.assert_allclose(probabilities, judged.probabilities, atol=PARITY)
    np.testing.assert_allclose(strangeness[:, 0], judged.unlike, atol=1e-2)
