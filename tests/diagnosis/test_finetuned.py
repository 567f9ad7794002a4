"""Fine-tuning as a method: scores of people not learned from, folds that are kept, and a final network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")

from tests.learn.face_network import patterned, write_network

from mitate.diagnosis.compare import Wanted
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.finetuned import FineTuned, fit_model
from mitate.diagnosis.photographs import Photo
from mitate.diagnosis.unlike import strangeness
from mitate.errors import InputError
from mitate.learn.face_classes import ClassSettings

PEOPLE = 36
CANDIDATES = (
    ClassSettings(first=0, epochs=4, batch=8, body_rate=3e-3, head_rate=1e-2),
    ClassSettings(first=3, epochs=1, batch=8, body_rate=1e-5, head_rate=1e-2),
)
TRAIN, TEST = np.arange(24), np.arange(24, PEOPLE)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("network") / "small.onnx")


@pytest.fixture(scope="module")
def faces() -> Faces:
    crops, targets = patterned(PEOPLE, stripe=40)
    photos = tuple(Photo(Path(f"{i}.png"), f"p{i}", f"c{k}") for i, k in enumerate(targets))
    return Faces(
        photos=photos,
        crops=crops,
        mesh=np.zeros((PEOPLE, 468, 2), np.float32),
        backgrounds=np.zeros((PEOPLE, 64, 64, 3), np.uint8),
        thumbnails=np.zeros((PEOPLE, 16, 16, 3), np.uint8),
        facts=np.zeros((PEOPLE, 1), np.float32),
        quality=np.ones(PEOPLE, np.float32),
        digests=tuple(str(i) for i in range(PEOPLE)),
        left_out=(),
        trained_on="simulated",
    )


@pytest.fixture(scope="module")
def method(faces: Faces, network: Path) -> Callable[..., FineTuned]:
    def make(**told: object) -> FineTuned:
        settings = {"candidates": CANDIDATES, "strangeness": strangeness, "network": network} | told
        return FineTuned(faces, **settings)  # type: ignore[arg-type]

    return make


def test_every_score_is_there_and_right_more_often_than_not(
    method: Callable[..., FineTuned], faces: Faces
) -> None:
    run = method().run(TRAIN, TEST, inner=True)
    assert run.inner_scores is not None
    assert run.unlike is not None
    assert run.inner_unlike is not None
    assert run.scores.shape == (12, 2)
    assert run.inner_scores.shape == (24, 2)
    for values in (run.scores, run.inner_scores, run.unlike, run.inner_unlike):
        assert np.isfinite(values).all()
    assert np.mean(run.scores.argmax(axis=1) == faces.targets[TEST]) > 0.7
    assert np.mean(run.inner_scores.argmax(axis=1) == faces.targets[TRAIN]) > 0.7
    assert run.chosen is not None
    assert run.chosen["first"] in (0, 3)


def test_the_same_call_gives_the_same_and_inner_scores_are_left_out_unasked(
    method: Callable[..., FineTuned],
) -> None:
    first, second = (
        method(candidates=CANDIDATES[1:]).run(TRAIN, TEST, inner=inner) for inner in (True, False)
    )
    np.testing.assert_array_equal(first.scores, second.scores)
    assert second.inner_scores is None
    assert second.chosen == first.chosen


def test_test_rows_change_nothing_but_their_own_scores(method: Callable[..., FineTuned]) -> None:
    whole = method(candidates=CANDIDATES[1:]).run(TRAIN, TEST, inner=True)
    half = method(candidates=CANDIDATES[1:]).run(TRAIN, TEST[:6], inner=True)
    np.testing.assert_allclose(half.scores, whole.scores[:6], atol=1e-6)
    np.testing.assert_allclose(half.inner_scores, whole.inner_scores)  # type: ignore[arg-type]


def test_a_fold_that_is_done_is_not_done_again(method: Callable[..., FineTuned], tmp_path: Path) -> None:
    first = method(candidates=CANDIDATES[1:], cache=tmp_path).run(TRAIN, TEST, inner=True)
    (kept,) = tmp_path.iterdir()
    again = method(candidates=CANDIDATES[1:], cache=tmp_path)
    before = kept.stat().st_mtime_ns
    second = again.run(TRAIN, TEST, inner=True)
    assert kept.stat().st_mtime_ns == before
    for name in ("scores", "inner_scores", "unlike", "inner_unlike"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert second.chosen == first.chosen
    kept.write_bytes(b"damaged")
    third = method(candidates=CANDIDATES[1:], cache=tmp_path).run(TRAIN, TEST, inner=True)
    np.testing.assert_array_equal(third.scores, first.scores)
    other = method(candidates=CANDIDATES[1:], cache=tmp_path, seed=1)
    assert other._key("run", TRAIN, TEST) != again._key("run", TRAIN, TEST)


def test_a_person_on_both_sides_is_refused(method: Callable[..., FineTuned]) -> None:
    with pytest.raises(InputError, match="both sides"):
        method().run(TRAIN, TRAIN[:2])


def test_the_final_network_and_head(faces: Faces, method: Callable[..., FineTuned], tmp_path: Path) -> None:
    embedder, rows, head, run = fit_model(
        faces, Wanted(), strangeness=strangeness, work=tmp_path, method=method()
    )
    assert rows.shape == (PEOPLE, 2 * 12 * 16)
    assert embedder.network == tmp_path / "network.onnx"
    np.testing.assert_allclose(embedder(faces.crops[:3]), rows[:3], atol=1e-5)
    assert head.scores(rows).shape == (PEOPLE, 2)
    assert np.mean(head.scores(rows).argmax(axis=1) == faces.targets) > 0.9
    assert run.inner_scores is not None
    assert run.inner_scores.shape == (PEOPLE, 2)
    frozen, tuned = np.split(rows - rows.mean(axis=0), 2, axis=1)
    assert float(np.square(tuned).sum()) == pytest.approx(float(np.square(frozen).sum()), rel=0.02)
