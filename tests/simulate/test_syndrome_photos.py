from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.diagnosis.dataset import check_dataset, read_dataset
from mitate.errors import InputError
from mitate.simulate.head import Head
from mitate.simulate.syndrome_photos import simulate_syndromes, take_photo
from mitate.simulate.syndromes import SyndromePlan, sample_affected

PLAN = SyndromePlan(classes=3, people=2, seed=5, side=96, duplicates=2)


def _hashes(root: Path) -> dict[str, str]:
    files = sorted(p for p in root.rglob("*") if p.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _picture(path: Path) -> NDArray[np.float64]:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.float64)


@pytest.fixture(scope="module")
def made(head: Head, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by a process of its own."""
    root = tmp_path_factory.mktemp("made") / "syndromes"
    simulate_syndromes(root, PLAN, name="trial", workers=1)
    return root


def test_a_data_set_without_problems(made: Path) -> None:
    dataset, problems = check_dataset(made)
    assert not [problem for problem in problems if problem.severity == "error"]
    assert dataset is not None
    assert (dataset.name, dataset.simulated, dataset.trained_on) == ("trial", True, "simulated")
    assert dataset.labels == ("simulated A", "simulated B", "unaffected")
    assert len(dataset.photos) == 8  # two of each class, and two duplicates
    assert len({photo.person for photo in dataset.photos}) == 8
    for photo in dataset.photos:
        assert photo.file.is_file()
        assert photo.groups.keys() == {"age", "sex", "skin_tone", "source"}
        assert (photo.consent, photo.licence) == ("simulated: no person is shown", "CC0-1.0")
        height, width = _picture(photo.file).shape[:2]
        assert 1.0 <= height / width < 1.5  # upright, as a portrait is


def test_nothing_in_a_file_s_name_tells_the_class(made: Path) -> None:
    names = [path.name for path in (made / "photos").iterdir()]
    assert not [name for name in names if "unaffected" in name or "simulated" in name]


def test_what_is_true_is_written_down(made: Path) -> None:
    record = json.loads((made / "simulation.json").read_text())
    assert record["plan"]["strength"] == 1.0
    assert [of["label"] for of in record["participants"]] == ["unaffected", "simulated A", "simulated B"]
    assert [len(of["signs"]) for of in record["participants"]] == [0, 10, 10]


def test_the_same_plan_gives_the_same_pixels_and_an_interrupted_run_goes_on(
    made: Path, inline: Executor, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        simulate_syndromes(tmp_path / "cut", PLAN, name="trial", executor=_Twice(inline))
    assert not (tmp_path / "cut" / "photos.csv").exists()
    simulate_syndromes(
        tmp_path / "cut", PLAN, name="trial", executor=inline, progress=lambda *at: told.append(at)
    )
    assert _hashes(tmp_path / "cut") == _hashes(made)
    assert (told[0][0] > 0, told[-1]) == (True, (8, 8))
    with pytest.raises(InputError, match="other settings"):
        simulate_syndromes(tmp_path / "cut", replace(PLAN, strength=0.5), executor=inline)


class _Twice(Executor):
    """Does two jobs and is interrupted at the third."""

    def __init__(self, inner: Executor) -> None:
        self._inner, self._jobs = inner, 0

    def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        self._jobs += 1
        if self._jobs > 2:
            raise KeyboardInterrupt
        return self._inner.submit(fn, *args, **kwargs)


def test_duplicates_are_of_people_of_another_class(made: Path) -> None:
    dataset = read_dataset(made)
    again, copy = dataset.photos[6:]
    first = next(photo for photo in dataset.photos if photo.label == "unaffected")
    assert again.label == "simulated A"
    assert again.groups["age"] == first.groups["age"]
    assert again.groups["sex"] == first.groups["sex"]
    source = next(photo for photo in dataset.photos if photo.label == "simulated A")
    whole, small = _picture(source.file), _picture(copy.file)
    assert copy.label == "simulated B"
    assert small.shape[0] == pytest.approx(0.8 * whole.shape[0], abs=1)
    same = cv2.resize(whole, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(same - small).mean() < 6


def test_more_people_are_other_people_of_the_same_classes(
    made: Path, inline: Executor, tmp_path: Path
) -> None:
    plan = replace(PLAN, people=1, first_person=1, duplicates=0)
    more = simulate_syndromes(tmp_path, plan, executor=inline)
    before = {photo.person: photo for photo in read_dataset(made).photos}
    for photo in more.photos:  # person 1 of each class, as in the larger set
        assert photo.file.read_bytes() == before[photo.person].file.read_bytes()
        assert photo.label == before[photo.person].label


def test_walls_are_alike_within_a_class_only_where_that_is_planted(head: Head) -> None:
    def corners(plan: SyndromePlan, number: int) -> NDArray[np.float64]:
        found = []
        for index in range(4):
            picture, _ = take_photo(sample_affected(head, plan, number, index), plan, number, 0)
            hue = picture[:12, :6].reshape(-1, 3).mean(axis=0)
            found.append(hue / hue.sum())
        return np.stack(found)

    planted = replace(PLAN, background="by class")
    one, other = corners(planted, 1), corners(planted, 2)
    assert np.abs(one.mean(axis=0) - other.mean(axis=0)).max() > 2.5 * max(
        one.std(0).max(), other.std(0).max()
    )
    shared = corners(PLAN, 1)
    assert shared.std(axis=0).max() > 1.5 * one.std(axis=0).max() or shared.std() > one.std()


def test_the_planted_wall_is_all_that_differs(head: Head) -> None:
    person = sample_affected(head, PLAN, 1, 0)
    plain, quality = take_photo(person, PLAN, 1, 0)
    leaking, same_quality = take_photo(person, replace(PLAN, background="by class"), 1, 0)
    assert quality == same_quality
    assert plain.shape == leaking.shape
    height, width = plain.shape[:2]
    face = (slice(height // 2 - 6, height // 2 + 6), slice(width // 2 - 6, width // 2 + 6))
    assert np.array_equal(plain[face], leaking[face])
    assert np.abs(plain[:8].astype(float) - leaking[:8]).mean() > 4


def test_photos_of_a_person_differ_and_have_a_size_and_a_quality_of_their_own(head: Head) -> None:
    person = sample_affected(head, PLAN, 0, 1)
    plan = replace(PLAN, side=128)
    taken = [take_photo(person, plan, 0, photo) for photo in range(5)]
    assert len({picture.shape for picture, _ in taken}) > 3
    assert len({quality for _, quality in taken}) > 2
    assert all(72 <= quality <= 95 for _, quality in taken)
    assert all(100 < picture.shape[1] < 150 <= picture.shape[0] + 40 for picture, _ in taken)
    assert all(picture.std() > 15 for picture, _ in taken)
