from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.edema.test_explain_face import MESH

from mitate.edema.explain import Explanation, explain, patches
from mitate.edema.explain_face import NAMES, labels_of
from mitate.edema.personal import PersonalModel
from mitate.errors import InputError

SIDE = 48
POINTS = np.repeat(MESH[None] * SIDE, 3, axis=0)
LABELS = labels_of(MESH * SIDE, SIDE)


def _of(part: str) -> NDArray[np.bool_]:
    return np.equal(LABELS, NAMES.index(part))


@dataclass(frozen=True)
class Planted:
    """An encoder of one number: the mean brightness of one part of the face, or nothing at all."""

    part: str | None

    def embed(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        if self.part is None:
            return np.zeros((len(crops), 1), np.float32)
        here = _of(self.part)
        return np.asarray(crops.mean(axis=3)[:, here].mean(axis=1, keepdims=True), np.float32)


def model(per_level: float = 0.05) -> PersonalModel:
    return PersonalModel(
        basis=np.ones((1, 1), np.float32),
        reference=np.array([100.0]),
        mean=np.array([0.3, per_level]),
        covariance=np.eye(2),
        typical_change=np.ones(1),
        identity=np.zeros(0, np.float32),
        noise_kg=0.1,
        frame_noise_kg=0.1,
        dof=float("inf"),
        threshold_kg=1.0,
        n_labelled=1,
        participant_id="p01",
        trained_on="simulated",
    )


def session(brighter: str | None = None, by: int = 40) -> NDArray[np.uint8]:
    """Three grey frames with some texture, one part brighter."""
    rng = np.random.default_rng(3)
    crops = np.repeat(rng.integers(95, 106, (1, SIDE, SIDE, 3)), 3, axis=0)
    if brighter is not None:
        crops[:, _of(brighter)] += by
    return crops.astype(np.uint8)


def explained(part: str | None, brighter: str | None = None, **more: object) -> Explanation:
    given_: dict[str, object] = {
        "reference": session(),
        "points": POINTS,
        "reference_points": POINTS,
        "grid": 8,
    }
    return explain(model(), Planted(part), session(brighter), **(given_ | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["cheek right", "cheek left", "forehead", "jaw", "not the face"])
def test_a_planted_encoder_is_found_out(part: str) -> None:
    found = explained(part, part)
    assert found.parts[0].name == part
    assert found.parts[0].share > 0.35
    assert found.parts[0].kg == pytest.approx(found.kg_of(part))
    # matching the light takes a part of any change that is broad, and never turns it round
    assert 0.3 * 2 < found.estimate_kg - found.start_kg < 1.1 * 2
    row, column = np.unravel_index(int(found.map_kg.argmax()), found.map_kg.shape)
    near = LABELS[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4]
    assert NAMES.index(part) in near
    if part == "not the face":
        assert found.outside_share == found.parts[0].share


@pytest.mark.parametrize("reference", [session(), None])
def test_parts_sum_to_what_is_explained(reference: NDArray[np.uint8] | None) -> None:
    found = explained("lips", "lips", reference=reference)
    assert sum(part.kg for part in found.parts) == pytest.approx(found.estimate_kg - found.start_kg, abs=1e-5)
    assert sum(part.share for part in found.parts) == pytest.approx(1)
    assert sum(part.area for part in found.parts) == pytest.approx(1)
    assert [part.share for part in found.parts] == sorted((p.share for p in found.parts), reverse=True)
    assert {part.name for part in found.parts} == set(NAMES)


def test_the_estimate_is_that_of_the_model() -> None:
    crops = session("nose")
    rows = Planted("nose").embed(crops)
    assert explained("nose", "nose").estimate_kg == pytest.approx(
        float(0.3 + 0.05 * (rows.mean() - 100)), abs=1e-5
    )


def test_a_network_that_sees_nothing_is_explained_by_nothing() -> None:
    found = explained(None, "lips")
    assert all(part.kg == part.share == 0 for part in found.parts)
    assert not found.map_kg.any()
    assert found.estimate_kg == found.start_kg


def test_a_session_like_the_reference_has_nothing_to_explain_and_says_so() -> None:
    found = explained("lips")
    assert max(abs(part.kg) for part in found.parts) < 0.02
    assert "mostly noise" in found.notes[0]
    assert "no reference" in explained("lips", "lips", reference=None).notes[0]
    assert explained("lips", "lips").notes == ()


def test_the_same_seed_gives_the_same_picture() -> None:
    one, again = explained("lips", "lips", seed=1), explained("lips", "lips", seed=1)
    np.testing.assert_array_equal(one.map_kg, again.map_kg)
    assert one.parts == again.parts
    assert one.as_dict() == again.as_dict()


def test_frames_are_chosen_and_counted() -> None:
    seen: list[tuple[int, int]] = []

    def progress(done: int, whole: int) -> None:
        seen.append((done, whole))

    found = explained("lips", "lips", frames=2, grid=4, progress=progress)
    assert found.n_frames == 2
    assert seen == [(1, 2), (2, 2)]
    alone = explained("lips", "lips", frames=1, grid=4)
    assert alone.n_frames == 1
    assert all(part.sd_kg == 0 for part in alone.parts)


def test_json_holds_a_coarse_map_with_the_same_sum() -> None:
    found = explained("lips", "lips")
    told = found.as_dict()
    assert np.shape(told["map_kg"]) == (12, 12)
    assert np.sum(told["map_kg"]) == pytest.approx(float(found.map_kg.sum()))
    assert {"kg", "sd_kg", "share", "area", "name"} == set(told["parts"][0])
    assert told["trained_on"] == "simulated"


@settings(max_examples=25)
@given(st.integers(2, 12), st.integers(16, 40))
def test_patches_share_every_pixel(grid: int, side: int) -> None:
    soft = patches(grid, side)
    assert soft.shape == (grid * grid, side, side)
    assert float(soft.min()) >= 0
    np.testing.assert_allclose(soft.sum(axis=0), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reference": np.zeros((2, 32, 32, 3), np.uint8)}, "another size"),
        ({"reference": np.zeros((0, SIDE, SIDE, 3), np.uint8)}, "one or more"),
        ({"points": POINTS[:2]}, "mesh points"),
        ({"reference_points": POINTS[:2]}, "mesh points"),
        ({"grid": 1}, "patches"),
        ({"grid": SIDE + 1}, "patches"),
        ({"frames": 0}, "one frame"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        explained("lips", "lips", **change)


def test_crops_must_be_pictures() -> None:
    with pytest.raises(InputError, match="uint8"):
        explain(model(), Planted("lips"), session().astype(np.float32), points=POINTS)
    with pytest.raises(InputError, match="S, S"):
        explain(model(), Planted("lips"), session()[:, :20], points=POINTS)


def test_twice_the_slope_is_twice_the_kilograms() -> None:
    crops, known = session("lips"), session()
    once, twice = (
        explain(
            replace(model(), mean=np.array([0.3, slope])),
            Planted("lips"),
            crops,
            reference=known,
            points=POINTS,
            reference_points=POINTS,
        )
        for slope in (0.05, 0.1)
    )
    np.testing.assert_allclose(twice.map_kg, 2 * once.map_kg)
    assert twice.outside_share == pytest.approx(once.outside_share)
