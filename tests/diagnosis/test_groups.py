"""Who is served worse is found, the worst stands first, and few people are not judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.diagnosis.faces import Faces
from mitate.diagnosis.groups import FEWEST, MEASURED_TONE, break_down, skin_angle, tone_of, tones_of
from mitate.diagnosis.method import Evaluation
from mitate.diagnosis.photographs import Photo
from mitate.errors import InputError

SIDE = 112


def evaluation_of(right: NDArray[np.bool_], *, sets: bool = False) -> Evaluation:
    """Two classes, one photo a person."""
    count = len(right)
    targets = np.arange(count) % 2
    told = np.where(right, targets, 1 - targets)
    p_values = np.where(np.eye(2)[told] > 0, 0.5, 0.01) if sets else None
    return Evaluation(
        "row",
        "transfer",
        "",
        ("a", "b"),
        targets,
        np.array([f"p{number}" for number in range(count)]),
        np.arange(count) % 5,
        np.eye(2)[told],
        None,
        p_values,
        (),
        0.0,
    )


def photos_of(**columns: list[str]) -> tuple[Photo, ...]:
    count = len(next(iter(columns.values())))
    return tuple(
        Photo(
            Path(f"{number}.png"),
            f"p{number}",
            "ab"[number % 2],
            {name: values[number] for name, values in columns.items() if values[number]},
        )
        for number in range(count)
    )


def half_bad(count: int = 80) -> NDArray[np.bool_]:
    """Right for the first half; wrong for every second person of the other."""
    right = np.ones(count, bool)
    right[count // 2 :: 2] = False
    return right


def test_the_worst_stands_first_with_its_difference() -> None:
    sex = ["female"] * 40 + ["male"] * 40
    source = ["x", "y"] * 40
    found = break_down(evaluation_of(half_bad(), sets=True), photos_of(sex=sex, source=source))
    assert [group.name for group in found] == ["sex", "source"] or found[0].worst is not None
    by_name = {group.name: group for group in found}
    worst = by_name["sex"].worst
    assert worst is not None
    assert (worst.value, worst.persons, worst.photos) == ("male", 40, 40)
    assert worst.accuracy == pytest.approx(0.5)
    assert worst.difference == pytest.approx(-0.5)
    assert worst.difference_low is not None
    assert worst.difference_high is not None
    assert worst.difference_low < -0.5 < worst.difference_high < 0
    assert worst.worse
    assert worst.covered == pytest.approx(0.5)
    best = by_name["sex"].rows[1]
    assert not best.worse
    assert best.low < 1.0 == best.high  # 40 of 40 is not certainty


def test_few_people_are_shown_last_and_not_judged() -> None:
    skin = ["dark"] * (FEWEST - 1) + ["light"] * 71
    right = np.ones(80, bool)
    right[: FEWEST - 1] = False
    (group,) = break_down(evaluation_of(right), photos_of(skin_tone=skin))
    assert [row.value for row in group.rows] == ["light", "dark"]
    assert not any(row.enough or row.worse for row in group.rows)  # nobody to compare the others with either
    assert group.worst is None
    assert group.rows[1].covered is None


def test_ages_become_decades_and_given_bins_stay() -> None:
    ages = ["3", "47", "40.5", "49 years", "0-17", "", "120", "47"]
    (group,) = break_down(evaluation_of(np.ones(8, bool)), photos_of(age=ages))
    counted = {row.value: row.persons for row in group.rows}
    assert counted == {"0 to 9": 1, "40 to 49": 4, "0-17": 1, "120 to 129": 1}
    assert group.unknown == 1


def test_a_free_text_is_no_group_and_neither_is_what_all_share() -> None:
    remarks = [f"remark {number}" for number in range(40)]
    found = break_down(evaluation_of(np.ones(40, bool)), photos_of(note=remarks, sex=["female"] * 40))
    assert found == ()


def test_measured_tones_stand_in_where_none_were_given() -> None:
    tones = ["light", "dark"] * 20
    sex = ["female"] * 20 + ["male"] * 20
    evaluation = evaluation_of(np.ones(40, bool))
    measured = {group.name: group.note for group in break_down(evaluation, photos_of(sex=sex), tones=tones)}
    assert measured == {"sex": "", "skin tone": MEASURED_TONE}
    given_too = break_down(evaluation, photos_of(skin_tone=tones), tones=tones)
    assert [group.note for group in given_too] == [""]


def test_rounds_of_the_same_photos_are_the_same_people() -> None:
    once = evaluation_of(half_bad())
    photos = photos_of(sex=["female"] * 40 + ["male"] * 40)
    twice = Evaluation(
        once.method,
        once.kind,
        once.what,
        once.labels,
        np.tile(once.targets, 2),
        np.tile(once.persons, 2),
        np.concatenate([once.fold, once.fold + 5]),
        np.tile(once.scores, (2, 1)),
        None,
        None,
        (),
        0.0,
    )
    first, second = (break_down(one, photos)[0].rows[0] for one in (once, twice))
    assert (second.persons, second.photos) == (first.persons, 2 * first.photos)
    assert (second.low, second.high) == pytest.approx((first.low, first.high), abs=1e-6)


def test_equal_groups_seldom_raise_an_alarm() -> None:
    alarms = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        columns = {f"group{number}": rng.choice(["x", "y", "z"], 120).tolist() for number in range(4)}
        found = break_down(evaluation_of(rng.uniform(size=120) < 0.8), photos_of(**columns))
        alarms += any(row.worse for group in found for row in group.rows)
    assert alarms <= 2  # 0.4 expected at most


def test_another_number_of_photos_is_refused() -> None:
    with pytest.raises(InputError, match="3 photos"):
        break_down(evaluation_of(np.ones(8, bool)), photos_of(sex=["f", "m", "f"]))


@pytest.mark.parametrize(
    ("angle", "tone"),
    [
        (60.0, "very light"),
        (55.0, "light"),
        (41.0, "intermediate"),
        (28.0, "tan"),
        (10.0, "brown"),
        (-30.0, "dark"),
        (-80.0, "dark"),
    ],
)
def test_the_classes_end_where_they_were_published(angle: float, tone: str) -> None:
    assert tone_of(angle) == tone


def painted(colour: tuple[int, int, int]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    mesh = rng.uniform(20, 90, (468, 2)).astype(np.float32)
    return np.full((SIDE, SIDE, 3), colour, np.uint8), mesh


def test_the_angle_is_the_published_formula() -> None:
    # sRGB (224, 172, 105) is L* 74.05, b* 40.3 in CIELAB under D65
    angle = skin_angle(*painted((224, 172, 105)))
    assert angle == pytest.approx(np.degrees(np.arctan2(74.05 - 50, 41.7)), abs=1.5)


@given(st.integers(0, 255))
def test_a_photo_without_colour_has_no_tone(grey: int) -> None:
    assert skin_angle(*painted((grey, grey, grey))) is None


def test_skin_outside_the_crop_is_not_measured() -> None:
    crop, mesh = painted((224, 172, 105))
    assert skin_angle(crop, mesh + 200) is None


def test_a_person_has_one_tone() -> None:
    crops, meshes = zip(
        *[painted(c) for c in ((240, 210, 190), (90, 60, 40), (90, 60, 42), (9, 9, 9))], strict=True
    )
    photos = tuple(Photo(Path(f"{n}.png"), who, "a") for n, who in enumerate(("p", "q", "q", "r")))
    empty = np.zeros((4, 1), np.float32)
    faces = Faces(
        photos=photos,
        crops=np.stack(crops),
        mesh=np.stack(meshes),
        backgrounds=np.zeros((4, 64, 64, 3), np.uint8),
        thumbnails=np.zeros((4, 16, 16, 3), np.uint8),
        facts=empty,
        quality=empty[:, 0],
        digests=("",) * 4,
        left_out=(),
        trained_on="simulated",
    )
    tones = tones_of(faces)
    assert tones[1] == tones[2]
    assert tones[0] == "very light"
    assert tones[1] in ("brown", "dark")
    assert tones[3] == ""
