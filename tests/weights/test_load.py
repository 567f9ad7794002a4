from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from mitate import weights
from mitate.errors import WeightsError


def test_path_of_an_absent_weight_says_how_to_get_it(cache: Path) -> None:
    with pytest.raises(WeightsError, match=r"'yunet' is not installed\. Run: mitate weights install"):
        weights.path_of("yunet")


def test_path_of_a_damaged_weight_says_so(cache: Path) -> None:
    place = weights.check(weights.find("yunet")).path
    place.parent.mkdir(parents=True)
    place.write_bytes(b"x")
    with pytest.raises(WeightsError, match=r"damaged: 1 bytes instead of 122,489"):
        weights.path_of("yunet")


def test_path_of_every_weight(weights_ready: None) -> None:
    for check in weights.verify():
        assert weights.path_of(check.name).is_file()


def test_path_of_an_optional_weight_says_how_to_get_that_one(cache: Path) -> None:
    with pytest.raises(
        WeightsError, match=r"not installed\. Run: mitate weights install efficientnet_lite0$"
    ):
        weights.path_of("efficientnet_lite0")


def test_onnx_session_runs(quantised: onnx.ModelProto, weights_ready: None) -> None:
    session = weights.onnx_session(weights.path_of("sface"), threads=1)
    (embedding,) = session.run(None, {"data": np.zeros((2, 3, 112, 112), np.float32)})
    assert embedding.shape == (2, 128)


@pytest.mark.parametrize("load", [weights.onnx_session, weights.Litert])
def test_a_file_that_is_no_model_is_one_clear_error(tmp_path: Path, load: type) -> None:
    with pytest.raises(WeightsError, match="no such model file"):
        load(tmp_path / "absent")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(WeightsError, match="not a model that can be run"):
        load(tmp_path / "text")


def test_litert_gives_fresh_arrays_in_the_models_order(weights_ready: None) -> None:
    mesh = weights.Litert(weights.path_of("face_mesh"))
    black, score = mesh(np.zeros((1, 192, 192, 3), np.float32))
    assert (black.size, score.size) == (468 * 3, 1)
    kept = black.copy()
    mesh(np.ones((1, 192, 192, 3), np.float32))
    np.testing.assert_array_equal(black, kept)


def test_litert_refuses_inputs_that_are_not_the_models(weights_ready: None) -> None:
    iris = weights.Litert(weights.path_of("iris"))
    image = np.zeros((1, 64, 64, 3), np.float32)
    with pytest.raises(ValueError, match="shorter"):
        iris()
    with pytest.raises(ValueError, match="longer"):
        iris(image, image)
    with pytest.raises(ValueError, match="dimension"):
        iris(np.zeros((1, 32, 32, 3), np.float32))


@pytest.mark.parametrize(
    ("name", "side", "sizes"),
    [
        ("pose_detector", 224, [2254, 2254 * 12]),
        ("pose", 256, [1, 39 * 3, 39 * 5, 256 * 256, 64 * 64 * 39]),
        ("selfie", 256, [256 * 256]),
    ],
)
def test_networks_of_the_body_answer_in_the_published_shapes(
    weights_ready: None, name: str, side: int, sizes: list[int]
) -> None:
    outputs = weights.Litert(weights.path_of(name))(np.zeros((1, side, side, 3), np.float32))
    assert sorted(out.size for out in outputs) == sizes
    assert all(np.isfinite(out).all() for out in outputs)
