"""Framing of a body, and the coach picture by picture."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.serve.live.conftest import BODY

from mitate import video
from mitate.body.points import INDEX
from mitate.serve.live.body_watch import BodyWatch, body_watcher, hints_of

Image = NDArray[np.uint8]
Pictures = Callable[[Path, int], list[tuple[float, Image]]]

pytestmark = pytest.mark.usefixtures("weights_ready")


@pytest.fixture(scope="module")
def make() -> Callable[..., BodyWatch]:
    maker = body_watcher()
    return lambda **facts: maker(facts)


@pytest.fixture(scope="module")
def standing(pictures: Pictures) -> Image:
    return pictures(BODY, 1)[0][1]


def test_somebody_who_stands_sideways_whole_is_good(make: Callable[..., BodyWatch], standing: Image) -> None:
    told = make(movement="forward_bend").look(standing, 0.0)
    assert (told["hints"], told["ok"]) == (["ok"], True)
    assert len(told["points"]) == 33
    assert all(point is None or 0 <= point[2] <= 1 for point in told["points"])


def test_a_movement_that_is_seen_from_the_front_asks_to_turn(
    make: Callable[..., BodyWatch], standing: Image
) -> None:
    assert "face_front" in make(movement="side_bend").look(standing, 0.0)["hints"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda image: image[: int(0.72 * len(image))], "feet_out"),
        (lambda image: cv2.copyMakeBorder(image, 500, 500, 400, 400, cv2.BORDER_REPLICATE), "body_far"),
        (lambda image: np.full_like(image, 127), "no_person"),
        (lambda image: (image * 0.02).astype(np.uint8), "body_dark"),
    ],
)
def test_what_is_wrong_is_named(
    make: Callable[..., BodyWatch], standing: Image, change: Callable[[Image], Image], code: str
) -> None:
    told = make(movement="forward_bend").look(np.ascontiguousarray(change(standing)), 0.0)
    assert code in told["hints"]
    assert not told["ok"]


@pytest.mark.parametrize(
    ("hidden", "code"),
    [
        (("nose", "left_ear", "right_ear"), "head_out"),
        (("left_ankle", "right_ankle", "left_foot_index", "right_foot_index"), "feet_out"),
    ],
)
def test_parts_that_are_not_seen(
    make: Callable[..., BodyWatch], standing: Image, hidden: tuple[str, ...], code: str
) -> None:
    watch = make(movement="forward_bend")
    seen = watch.look(standing, 0.0)["points"]
    size = np.array(standing.shape[1::-1], np.float64)
    points = np.array([(np.nan, np.nan) if one is None else one[:2] for one in seen]) * size
    visibility = np.array([0.0 if one is None else one[2] for one in seen])
    world = np.zeros((33, 3), np.float64)
    assert code not in hints_of(points, world, visibility, standing.shape, "")
    visibility[[INDEX[name] for name in hidden]] = 0.0
    assert code in hints_of(points, world, visibility, standing.shape, "")


def test_a_camera_that_leans(make: Callable[..., BodyWatch], standing: Image) -> None:
    rows, columns = standing.shape[:2]
    turned = cv2.warpAffine(
        standing,
        cv2.getRotationMatrix2D((columns / 2, rows / 2), 10, 0.8),
        (columns, rows),
        borderMode=cv2.BORDER_REPLICATE,
    )
    other = cv2.warpAffine(
        standing,
        cv2.getRotationMatrix2D((columns / 2, rows / 2), -10, 0.8),
        (columns, rows),
        borderMode=cv2.BORDER_REPLICATE,
    )
    found = [make(movement="forward_bend").look(np.asarray(one, np.uint8), 0.0) for one in (turned, other)]
    assert any("tilted" in one["hints"] for one in found)


def test_the_coach_counts_and_says(make: Callable[..., BodyWatch]) -> None:
    with resources.as_file(resources.files("mitate.back") / "films" / "bird_dog.mp4") as film:
        watch, events = make(exercise="bird_dog", language="ja"), []
        for frame in video.frames(film, spacing_s=0.12, stop_s=9.0, max_side=480):
            told = watch.look(frame.image, frame.time_s)
            events += [told["event"]] if told["event"] else []
    assert [one["kind"] for one in events][:2] == ["repetition", "repetition"]
    assert events[0]["say"] == events[0]["text"]
    assert events[0]["text"][0] in "左右"
    assert told["count"] == 2
    assert told["target"] == 12
    assert not told["done"]
    summary = watch.summary()
    assert summary["repetitions"] == 2
    assert summary["exercise"] == "bird_dog"


def test_a_clock_that_goes_back_does_not_stop_the_coach(
    make: Callable[..., BodyWatch], standing: Image
) -> None:
    watch = make(exercise="bird_dog")
    for time_s in (5.0, 1.0, 1.0):
        assert watch.look(standing, time_s)["event"] is None
