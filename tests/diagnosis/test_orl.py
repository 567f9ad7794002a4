"""One photo a person and pairs of photos: judged as by hand, and as scikit-learn judges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks import orl, orl_small
from benchmarks.orl import NO_LIKENESS, Identities, area, of_pixels, one_photo, rows
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from mitate.diagnosis.face_in import Seeing

Array = NDArray[np.float64]


def table(seed: int, people: int, each: int, likeness_of_own: float) -> tuple[Array, NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), each)
    found = rng.normal(size=(people * each, people * each))
    found = (found + found.T) / 2 + likeness_of_own * (who[:, None] == who[None, :])
    return np.asarray(found), who


def by_hand(likeness: Array, who: NDArray[np.int64], each: int) -> list[list[bool]]:
    right = []
    for photo, person in enumerate(who):
        own = []
        for choice in range(each):
            if choice == photo % each:
                continue
            gallery = [likeness[photo, other * each + choice] for other in range(who.max() + 1)]
            own.append(all(gallery[person] > value for other, value in enumerate(gallery) if other != person))
        right.append(own)
    return right


@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(2, 4))
def test_one_photo_over_all_choices(seed: int, people: int, each: int) -> None:
    likeness, who = table(seed, people, each, 1.0)
    assert one_photo(likeness, who).tolist() == by_hand(likeness, who, each)


@given(st.integers(0, 10_000), st.integers(2, 6))
def test_the_area_is_scikit_learns(seed: int, people: int) -> None:
    likeness, who = table(seed, people, 3, 1.0)
    first, second = np.triu_indices(len(who), k=1)
    same = who[first] == who[second]
    assert area(likeness, who) == pytest.approx(roc_auc_score(same, likeness[first, second]))
    weight = np.random.default_rng(seed).integers(1, 4, people).astype(float)
    each = np.where(same, weight[who[first]], weight[who[first]] * weight[who[second]])
    told = roc_auc_score(same, likeness[first, second], sample_weight=each)
    assert area(likeness, who, weight) == pytest.approx(told)


def test_a_photo_without_a_face_is_an_error_and_not_left_out() -> None:
    vectors = np.repeat(np.eye(4), 3, axis=0)
    who = np.repeat(np.arange(4), 3)
    whole = Identities(vectors, np.ones(12, bool))
    assert one_photo(whole.likeness(), who).all()
    assert area(whole.likeness(), who) == 1.0
    found = np.ones(12, bool)
    found[0] = False
    likeness = Identities(vectors * found[:, None], found).likeness()
    assert (likeness[0] == NO_LIKENESS).all()
    right = one_photo(likeness, who)
    # never recognised itself, and in the gallery nobody of its person is
    assert not right[0].any()
    assert right[1:3].tolist() == [[False, True]] * 2
    assert right[3:].all()
    assert area(likeness, who) < 1.0


def test_rows_state_the_interval_over_people_and_the_worst_choice() -> None:
    likeness, who = table(1, 6, 3, 1.0)
    right = one_photo(likeness, who)
    top, curve = rows("some", likeness, who, "made up", (50.0, None))
    assert top.value == pytest.approx(100 * right.mean())
    assert top.low is not None
    assert top.high is not None
    assert top.low <= top.value <= top.high
    assert (top.n, top.bar, curve.bar) == (6, 50.0, None)
    worst = min(
        np.mean(
            [row[choice - (choice > photo % 3)] for photo, row in enumerate(right) if photo % 3 != choice]
        )
        for choice in range(3)
    )
    assert f"the worst choice {100 * worst:.2f} %" in top.data
    assert "153 pairs" in curve.data


def test_correlation_of_pixels_is_numpys() -> None:
    rng = np.random.default_rng(2)
    images = [np.repeat(rng.integers(0, 255, (9, 7, 1), np.uint8), 3, axis=2) for _ in range(4)]
    told = np.corrcoef([image[..., 0].ravel() for image in images])
    np.testing.assert_allclose(of_pixels(images).likeness(), told, atol=1e-12)


def test_shrinking_averages_areas() -> None:
    image = np.zeros((40, 20, 3), np.uint8)
    image[:20] = 200
    small = orl_small.shrunk(image, 0.25)
    assert small.shape == (10, 5, 3)
    assert (small[:5] == 200).all()
    assert orl_small.shrunk(image, 0.001).shape == (1, 1, 3)


def test_real_faces_are_known_at_24_pixels(weights_ready: None) -> None:
    if not orl.DATA.exists():
        pytest.skip("orl_faces is not in the shared data")
    images, who = orl.photos()
    assert (len(images), who.tolist()) == (400, np.repeat(np.arange(40), 10).tolist())
    few = np.flatnonzero((who % 8 == 0) & (np.arange(400) % 5 == 0))
    chosen, whose = [images[i] for i in few], np.unique(who[few], return_inverse=True)[1]
    widths = orl_small.face_widths(chosen, Seeing.load())
    assert ((widths > 55) & (widths < 90)).all()
    small = [orl_small.shrunk(image, 24 / own) for image, own in zip(chosen, widths, strict=True)]
    assert max(one.shape[1] for one in small) < 42
    assert one_photo(orl.identified(small).likeness(), whose).all()


def test_the_picture_is_drawn_from_the_rows(tmp_path: Path, weights_ready: None) -> None:
    name = "ORL {} px, SFace, gallery as small: top-1 from one photo a person"
    known = [{"name": name.format(w), "value": 99.0, "low": 95.0, "high": 100.0} for w in orl_small.WIDTHS]
    orl_small.picture(known, tmp_path / "pictures" / "small.png")
    assert (tmp_path / "pictures" / "small.png").stat().st_size > 10_000
