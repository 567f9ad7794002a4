from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mitate import weights
from mitate.errors import WeightsError


def _model(folder: Path, card: object) -> None:
    (folder / "small").mkdir()
    (folder / "small" / "encoder.onnx").write_bytes(b"abc")
    (folder / "small" / "card.json").write_text(json.dumps(card))


def test_models_are_found_by_their_cards(tmp_path: Path) -> None:
    _model(tmp_path, {"trained_on": "simulated"})
    (tmp_path / "no_card").mkdir()
    (model,) = weights.own_models(tmp_path)
    assert (model.name, model.trained_on) == ("small", "simulated")
    assert model.bytes == 3 + len('{"trained_on": "simulated"}')
    assert weights.verify_own(model).state == "ok"


def test_files_are_compared_with_the_card(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"abc").hexdigest()
    _model(tmp_path, {"trained_on": "simulated", "sha256": {"encoder.onnx": digest}})
    (model,) = weights.own_models(tmp_path)
    assert weights.verify_own(model).state == "ok"
    (model.folder / "encoder.onnx").write_bytes(b"abd")
    assert weights.verify_own(model).state == "damaged"
    (model.folder / "encoder.onnx").unlink()
    assert weights.verify_own(model).state == "missing"


@pytest.mark.parametrize("card", [{}, [], "x", None])
def test_a_card_that_hides_its_training_data_is_refused(tmp_path: Path, card: object) -> None:
    _model(tmp_path, card)
    with pytest.raises(WeightsError, match=r"card\.json: not a model card with a field 'trained_on'"):
        weights.own_models(tmp_path)


def test_committed_models_match_their_cards() -> None:
    for model in weights.own_models():
        assert weights.verify_own(model).state == "ok", model.name
