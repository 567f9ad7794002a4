from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.simulate.swell_cases import example_frame

from mitate.edema.crops import open_crops
from mitate.errors import InputError, RefusalError
from mitate.simulate.swell_people import (
    ORL_LEARN,
    ORL_TEST,
    TRAINED_ON,
    enlarged,
    person_photos,
    photo_learn_store,
    read_person,
)

ORL = Path(__file__).parents[2] / "../shared/data/orl_faces/archive"


@pytest.fixture
def people(weights_ready: None, tmp_path: Path) -> Path:
    """Two people with two small photographs each, and a picture of nobody."""
    for person in (0, 1):
        folder = tmp_path / "people" / f"p{person}"
        folder.mkdir(parents=True)
        for session in (0, 1):
            small = cv2.resize(
                example_frame(person, session), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA
            )
            cv2.imwrite(str(folder / f"{session + 1}.png"), small[..., ::-1])
    cv2.imwrite(str(tmp_path / "people" / "p0" / "10.png"), np.full((120, 90, 3), 90, np.uint8))
    return tmp_path / "people"


def test_nobody_is_learned_from_and_tested_on() -> None:
    assert not set(ORL_LEARN) & set(ORL_TEST)
    assert len(ORL_LEARN) == len(ORL_TEST) == 20
    if ORL.is_dir():
        assert {path.name for path in ORL.iterdir() if path.is_dir()} == set(ORL_LEARN + ORL_TEST)


def test_photographs_come_in_order_of_their_numbers(people: Path) -> None:
    assert [path.name for path in person_photos(people / "p0")] == ["1.png", "2.png", "10.png"]
    with pytest.raises(InputError, match="no photographs"):
        person_photos(people)
    with pytest.raises(InputError, match="no photographs"):
        person_photos(people / "absent")


def test_a_person_has_the_usable_photographs_and_a_pattern_of_his_own(people: Path, tmp_path: Path) -> None:
    one, other = (read_person(people / name, 5) for name in ("p0", "p1"))
    assert (len(one.faces), len(other.faces)) == (2, 2)
    assert one.pattern == read_person(people / "p0", 5).pattern
    assert one.pattern != other.pattern
    assert (
        one.pattern.ml_per_kg["lips"]
        == 2 * read_person(people / "p0", 5, strength=0.5).pattern.ml_per_kg["lips"]
    )
    empty = tmp_path / "nobody"
    empty.mkdir()
    cv2.imwrite(str(empty / "1.png"), np.full((120, 90, 3), 90, np.uint8))
    with pytest.raises(RefusalError, match="no photograph"):
        read_person(empty, 5)


def test_small_pictures_are_enlarged_by_whole_numbers() -> None:
    assert enlarged(np.zeros((112, 92, 3), np.uint8)).shape == (224, 184, 3)
    whole = np.zeros((300, 200, 3), np.uint8)
    assert enlarged(whole) is whole


def test_a_store_says_what_it_is_and_can_be_made_again(people: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def make(names: list[str], out: Path) -> int:
        return photo_learn_store(
            people, names, out, states=4, crops=1, size=48, seed=7, progress=lambda *at: told.append(at)
        )

    made = make(["p0", "p1"], tmp_path / "a")
    assert told == [(0, 2), (1, 2), (2, 2)]
    make(["p1"], tmp_path / "b")
    store = open_crops(tmp_path / "a")
    assert store.trained_on == TRAINED_ON
    assert "simulated" not in TRAINED_ON
    assert store.size == 48
    assert len(store) == made == 2 * 2 * 4
    assert store.participants == ("photo-p0", "photo-p0-mirrored", "photo-p1", "photo-p1-mirrored")
    for name in store.participants:
        amounts = sorted(s.excess_kg or 0.0 for s in store.only([name]).sessions)
        steps = -0.3 + 4.8 * np.arange(5) / 4  # one amount in each quarter of the range
        assert all(low <= kg <= high for low, kg, high in zip(steps, amounts, steps[1:], strict=False))
    assert all(s.phase == ("pre" if (s.excess_kg or 0) >= 1.3 else "post") for s in store.sessions)
    assert min(store.crops(s).std() for s in store.sessions) > 10
    again = [hashlib.sha256((tmp_path / k / "p1.npy").read_bytes()).hexdigest() for k in "ab"]
    assert again[0] == again[1]
    assert make(["p0", "p1"], tmp_path / "a") == 0
