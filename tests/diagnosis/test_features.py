from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from mitate import weights
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.features import FEATURES, feature_rows, hog, imagenet, lbp, pixels
from mitate.diagnosis.photographs import Photo
from mitate.errors import InputError, WeightsError

Crops = NDArray[np.uint8]
WIDTHS = {"pixels": 1024, "lbp": 5900, "hog": 8910}


def _faces(count: int) -> Faces:
    """Blobs of colour at the size of face crops."""
    rng = np.random.default_rng(count)
    coarse = rng.integers(0, 256, (count, 14, 14, 3)).astype(np.uint8)
    crops = [cv2.resize(one, (112, 112), interpolation=cv2.INTER_CUBIC) for one in coarse]
    return Faces(
        photos=tuple(Photo(Path(f"{place}.png"), str(place), "ab"[place % 2]) for place in range(count)),
        crops=np.asarray(crops, np.uint8).reshape(count, 112, 112, 3),
        mesh=np.zeros((count, 468, 2), np.float32),
        backgrounds=rng.integers(0, 256, (count, 64, 64, 3)).astype(np.uint8),
        thumbnails=rng.integers(0, 256, (count, 16, 16, 3)).astype(np.uint8),
        facts=rng.normal(0, 9, (count, 11)).astype(np.float32),
        quality=np.ones(count, np.float32),
        digests=tuple(f"{place:064x}" for place in range(count)),
        left_out=(),
        trained_on="made up",
    )


def test_every_row_says_what_it_is_and_the_published_transfer_comes_first() -> None:
    assert next(iter(FEATURES)) == "sface_layer"
    assert len({info.title for info in FEATURES.values()}) == len(FEATURES)
    kinds = [info.kind for info in FEATURES.values()]
    assert sorted(set(kinds), key=kinds.index) == ["transfer", "traditional", "leak"]
    for name, info in FEATURES.items():
        assert info.name == name
        assert not info.what.endswith(".")


@pytest.mark.parametrize("name", ["pixels", "lbp", "hog", "background", "thumbnail", "file"])
@pytest.mark.parametrize("count", [0, 1, 18])
def test_a_row_a_face_whatever_the_others_are(name: str, count: int) -> None:
    faces = _faces(count)
    rows = feature_rows(name, faces)
    assert rows.dtype == np.float32
    assert rows.ndim == 2
    assert len(rows) == count
    assert np.isfinite(rows).all()
    if name in WIDTHS:
        assert rows.shape[1] == WIDTHS[name]
    if count > 1:
        assert len(np.unique(rows, axis=0)) == count
        order = np.arange(count)[::-1]
        np.testing.assert_array_equal(feature_rows(name, faces.take(order)), rows[order])


def test_leaks_see_nothing_of_the_crop() -> None:
    faces = _faces(4)
    np.testing.assert_allclose(
        feature_rows("background", faces), faces.backgrounds.reshape(4, -1) / 255, atol=1e-6
    )
    np.testing.assert_allclose(
        feature_rows("thumbnail", faces), faces.thumbnails.reshape(4, -1) / 255, atol=1e-6
    )
    np.testing.assert_array_equal(feature_rows("file", faces), faces.facts)


def test_a_row_of_another_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"no features are called 'hogs'.*sface_layer"):
        feature_rows("hogs", _faces(1))


def test_progress_is_told_to_its_end() -> None:
    told: list[tuple[str, int, int]] = []
    feature_rows("pixels", _faces(18), progress=lambda *step: told.append(step))
    assert [done for _, done, _ in told] == [0, 16, 18]
    assert {(what, total) for what, _, total in told} == {("pixels", 18)}


TRADITIONAL: list[Callable[[Crops], NDArray[np.float32]]] = [pixels, lbp, hog]


@pytest.mark.parametrize("describe", [lbp, hog])
def test_the_rim_of_the_crop_does_not_matter(describe: Callable[[Crops], NDArray[np.float32]]) -> None:
    crops = _faces(2).crops
    other = crops.copy()
    for rim in (np.s_[:, :14], np.s_[:, :, :11], np.s_[:, :, 101:]):
        other[rim] = 255 - other[rim]
    np.testing.assert_array_equal(describe(other), describe(crops))


def test_pixels_and_hog_do_not_see_brightness() -> None:
    crops = (_faces(3).crops // 3 + 20).astype(np.uint8)
    brighter = np.asarray(crops + np.uint8(60))
    np.testing.assert_allclose(pixels(brighter), pixels(crops), atol=0.02)
    np.testing.assert_allclose(hog(brighter), hog(crops), atol=1e-6)
    assert np.abs(pixels(crops).mean(axis=1)).max() < 1e-5
    np.testing.assert_allclose(pixels(crops).std(axis=1), 1, atol=1e-4)


def test_an_even_crop_gives_numbers_too() -> None:
    even = np.full((1, 112, 112, 3), 90, np.uint8)
    for describe in TRADITIONAL:
        assert np.isfinite(describe(even)).all()
    np.testing.assert_allclose(pixels(even), 0, atol=1e-5)


def test_lbp_counts_the_patterns_of_each_cell() -> None:
    crop = _faces(1).crops
    shares = (lbp(crop) ** 2).reshape(10, 10, 59)
    np.testing.assert_allclose(shares.sum(axis=2), 1, atol=1e-5)
    grey = cv2.cvtColor(crop[0], cv2.COLOR_RGB2GRAY)[17:108, 14:98]
    codes = local_binary_pattern(grey, 8, 2, "nri_uniform")
    first = codes[:10, :9].astype(int)  # 91 = 10 + 9·9 rows, 84 = 4·9 + 6·8 columns
    np.testing.assert_allclose(shares[0, 0], np.bincount(first.ravel(), minlength=59) / 90, atol=1e-6)


def test_hog_of_an_edge_points_across_it() -> None:
    crop = np.zeros((1, 112, 112, 3), np.uint8)
    crop[:, :, 56:] = 200
    blocks = hog(crop).reshape(11, 10, 3, 3, 9)
    assert blocks.sum(axis=(0, 1, 2, 3)).argmax() == 0  # the first direction is that of a change along x


def test_sface_rows(weights_ready: None) -> None:
    faces = _faces(3)
    layer, embedding = feature_rows("sface_layer", faces), feature_rows("sface", faces)
    assert (layer.shape, embedding.shape) == ((3, 50_176), (3, 128))
    assert feature_rows("sface_layer", faces.take([])).shape == (0, 50_176)


def test_the_object_network_sees_the_face_enlarged() -> None:
    if weights.check(weights.find("efficientnet_lite0")).state != "ok":
        pytest.skip("run: mitate weights install efficientnet_lite0")
    faces = _faces(2)
    rows, inner = feature_rows("imagenet", faces), feature_rows("imagenet_layer", faces)
    assert (rows.shape, inner.shape) == ((2, 1280), (2, 112 * 14 * 14))
    assert feature_rows("imagenet", faces.take([])).shape == (0, 1280)
    large = [
        cv2.resize(crop[17:108, 14:98], (224, 224), interpolation=cv2.INTER_CUBIC) for crop in faces.crops
    ]
    planes = np.stack(large).transpose(0, 3, 1, 2).astype(np.float32)
    session: Any = weights.onnx_session(weights.path_of("efficientnet_lite0"))
    np.testing.assert_allclose(rows, session.run(None, {"image": planes})[0], atol=1e-4)


def test_without_the_object_network_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MITATE_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match="Run: mitate weights install efficientnet_lite0"):
        feature_rows("imagenet", _faces(1))
    with pytest.raises(WeightsError, match="not installed"):
        imagenet()
