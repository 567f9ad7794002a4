"""What a model says of crops and photos: sets, refusals with their reason, and where it was learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.diagnosis.small_model import LABELS, made_up_crops, small_model

from mitate.diagnosis.face_in import Seeing
from mitate.diagnosis.linear import LinearHead
from mitate.diagnosis.model import SIMULATED, DiagnosisModel
from mitate.diagnosis.results import INTENDED_USE
from mitate.errors import InputError
from mitate.face.refusals import INSTRUCTIONS


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> DiagnosisModel:
    return small_model(tmp_path_factory.mktemp("network"))


def test_new_people_are_told_apart_and_covered_as_asked(model: DiagnosisModel) -> None:
    truth = np.arange(600) % 3
    judged = model.judge(made_up_crops(truth, 9))
    assert (judged.probabilities.argmax(axis=1) == truth).mean() > 0.9
    np.testing.assert_allclose(judged.probabilities.sum(axis=1), 1)
    covered = model.conformal.sets(judged.p_values)[np.arange(600), truth].mean()
    assert 0.82 < covered < 0.98  # 75 people calibrate it: one calibration alone scatters


def test_a_crop_becomes_ranked_classes(model: DiagnosisModel) -> None:
    crop = made_up_crops(np.array([1]), 20, spread=30)[0]
    found = model.predict_crop(crop, 0.8)
    assert found.outcome == "one"
    assert found.set == ("blue",)
    assert sorted(one.label for one in found.candidates) == list(LABELS)
    shares = [one.probability for one in found.candidates]
    assert shares == sorted(shares, reverse=True)
    assert (found.coverage, found.reason, found.quality) == (90.0, "", 0.8)
    assert found.trained_on == "simulated"
    assert found.notes == (SIMULATED,)
    assert found.intended_use == INTENDED_USE
    assert found == model.predict_crop(crop, 0.8)


def test_what_is_like_nothing_learned_from_is_none_of_these(model: DiagnosisModel) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (20, 7, 7, 3)).astype(np.uint8)
    crops = noise.repeat(16, axis=1).repeat(16, axis=2)
    found = [model.predict_crop(crop) for crop in crops]
    strange = [one for one in found if one.outcome == "none_of_these"]
    assert len(strange) >= 19
    assert all("take a better one" in one.todo and one.set == () for one in strange)


def test_a_photo_poorer_than_all_learned_from_is_refused_with_what_to_do(model: DiagnosisModel) -> None:
    crop = made_up_crops(np.array([1]), 20)[0]
    found = model.predict_crop(crop, 0.1, ("blurred", "eyes_closed"))
    assert (found.outcome, found.reason, found.candidates) == ("cannot_tell", "blurred", ())
    assert found.todo == INSTRUCTIONS["blurred"][1]
    assert found.quality == 0.1
    better = model.predict_crop(crop, 0.5, ("eyes_closed",))
    assert better.outcome != "cannot_tell"
    assert better.notes[0].startswith("the eyes are closed")
    assert any("poorer" in note for note in model.predict_crop(crop, 0.1).notes)


def test_where_nothing_is_ruled_out_it_cannot_tell(model: DiagnosisModel) -> None:
    unsure = replace(model, calibration=replace(model.calibration, slope=1e-9, offsets=np.zeros(3)))
    found = unsure.predict_crop(made_up_crops(np.array([1]), 20, spread=30)[0])
    assert found.outcome == "cannot_tell"
    assert found.reason == "nothing_ruled_out"
    assert "another photo" in found.todo
    assert len(found.candidates) == 3


def test_a_photo_without_a_face_is_an_answer_and_a_broken_file_an_error(
    model: DiagnosisModel, weights_ready: None, tmp_path: Path
) -> None:
    seeing = Seeing.load()
    from skimage.data import chelsea

    for picture in (np.full((200, 200, 3), 128, np.uint8), np.asarray(chelsea(), np.uint8)):
        found = model.predict(picture, seeing)
        assert (found.outcome, found.reason) == ("cannot_tell", "no_face")
        assert found.todo == INSTRUCTIONS["no_face"][1]
        assert found.candidates == ()
        assert found.quality is None
        assert SIMULATED in found.notes
    (tmp_path / "x.jpg").write_bytes(b"\xff\xd8 no photo")
    with pytest.raises(InputError):
        model.predict(tmp_path / "x.jpg", seeing)
    with pytest.raises(InputError):
        model.predict(tmp_path / "missing.jpg", seeing)


def test_a_portrait_is_judged_from_file_and_array_alike(
    model: DiagnosisModel, weights_ready: None, tmp_path: Path
) -> None:
    portraits = Path(__file__).parents[2] / "../shared/data/portraits"
    if not portraits.is_dir():
        pytest.skip("the shared portraits are not here")
    found = model.predict(portraits / "person_a_1.jpg")
    assert len(found.candidates) == 3
    assert found.quality is not None


def test_parts_that_do_not_fit_are_refused(model: DiagnosisModel) -> None:
    head = model.head
    wrong = [
        replace(model, labels=("amber", "blue")),
        replace(model, labels=("amber", "blue", "blue")),
        replace(model, labels=("amber",)),
        replace(model, head=LinearHead(head.mean[:-1], head.weights, head.bias, head.unit)),
        replace(model, coverage=1.0),
        replace(model, trained_on=""),
    ]
    for one in wrong:
        with pytest.raises(InputError):
            one.checked()
    assert model.checked() is model
    with pytest.raises(InputError, match="crops"):
        model.judge(np.zeros((1, 64, 64, 3), np.uint8))
