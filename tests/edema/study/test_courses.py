from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.edema.crops import CropSession, CropStore, open_crops, write_shard
from mitate.edema.participants import Cohort, Participant, Session
from mitate.edema.study.course import Capture, Course, split_course
from mitate.edema.study.courses import age_group, courses_of_cohort, courses_of_store, thinned
from mitate.errors import InputError


@pytest.fixture
def store(tmp_path: Path) -> CropStore:
    """Two people of two days, 10 frames a session, every frame of a grey level of its own."""
    sessions: list[CropSession] = []
    crops = []
    for who in ("p0", "p1"):
        for day in (0, 2):
            for phase, excess in (("post", 0.25), ("pre", 2.0)):
                first = 10 * len(sessions)
                sessions.append(
                    CropSession(who, f"{day}{phase}", day, phase, excess, None, "F", 70, first, 10)
                )
                crops.append(np.full((10, 8, 8, 3), np.arange(first, first + 10)[:, None, None, None]))
    write_shard(tmp_path, "all", np.concatenate(crops).astype(np.uint8), sessions, "simulated")
    return open_crops(tmp_path)


def test_people_of_a_store_in_order_of_time_with_their_excess(store: CropStore) -> None:
    courses = courses_of_store(store)
    assert [c.participant.participant_id for c in courses] == ["p0", "p1"]
    assert [c.session.session_id for c in courses[0].captures] == ["0pre", "0post", "2pre", "2post"]
    assert courses[0].captures[0].crops[:, 0, 0, 0].tolist() == list(range(10, 20))
    assert courses[0].groups == {"sex": "women", "age": "65 to 74"}
    split = split_course(courses[1], 1)
    assert split is not None
    np.testing.assert_allclose(split.truth_kg, [2.0, 0.25], atol=1e-9)
    np.testing.assert_allclose([lesson.excess_kg for lesson in split.lessons], [0.25, 2.0], atol=1e-9)


def test_what_is_told_of_people_counts(store: CropStore) -> None:
    told = {"participants": [{"participant_id": "p0", "groups": {"skin tone": "dark"}}]}
    (store.root / "simulation.json").write_text(json.dumps(told), encoding="utf-8")
    first, second = courses_of_store(store, [Participant("p0", "M", 80, 71.5)])
    assert first.participant.dry_weight_kg == 71.5
    assert first.captures[0].session.weight_kg == 73.5
    assert first.groups == {"sex": "men", "age": "75 and over", "skin tone": "dark"}
    assert second.groups == {"sex": "women", "age": "65 to 74"}
    (store.root / "simulation.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        courses_of_store(store)


@given(frames=st.integers(1, 40))
def test_frames_are_thinned_evenly_and_in_order(frames: int) -> None:
    session = Session("p", "s", 0, "pre", 62.0)
    crops = np.arange(23, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    kept = thinned(Course(Participant("p"), (Capture(session, crops),)), frames).captures[0].crops[:, 0, 0, 0]
    assert len(kept) == min(frames, 23)
    steps = np.diff(kept.astype(int))
    assert (steps >= 1).all()
    assert not len(steps) or steps.max() - steps.min() <= 1


def test_a_store_is_read_thinned_and_resized(store: CropStore) -> None:
    whole, thin = courses_of_store(store), courses_of_store(store, frames=4, size=4)
    assert thin[0].captures[0].crops.shape == (4, 4, 4, 3)
    np.testing.assert_array_equal(
        thin[0].captures[2].crops[:, 0, 0], thinned(whole[0], 4).captures[2].crops[:, 0, 0]
    )
    with pytest.raises(InputError, match="at least one frame"):
        courses_of_store(store, frames=0)
    with pytest.raises(InputError, match="nobody"):
        courses_of_store(store.only([]))


def test_a_cohort_keeps_its_own_weights_and_dry_weights(store: CropStore) -> None:
    sessions = tuple(
        Session(s.participant_id, s.session_id, s.day, "pre" if "pre" in s.session_id else "post", weight)
        for s, weight in zip(store.sessions, (60.0, 62.0, 61.0, 64.0, 70.0, 72.5, 70.5, 73.0), strict=True)
    )
    cohort = Cohort("a clinic", (Participant("p0", "F", 50, 59.5), Participant("p1")), sessions)
    given_, estimated = courses_of_cohort(cohort, store)
    split = split_course(given_, 1)
    assert split is not None
    assert (split.dry_weight_kg, split.truth_kg.tolist()) == (59.5, [4.5, 1.5])
    split = split_course(estimated, 1)
    assert split is not None
    assert (split.dry_weight_kg, split.truth_kg.tolist()) == (70.0, [3.0, 0.5])  # of the first day alone
    assert given_.groups == {"sex": "women", "age": "under 65"}
    assert estimated.groups == {}
    with pytest.raises(InputError, match="lack session '2pre' of 'p1'"):
        courses_of_cohort(Cohort("a clinic", cohort.participants, sessions[:7]), store)


def test_age_groups() -> None:
    assert [age_group(age) for age in (None, 64.9, 65, 74, 75)] == [
        "",
        "under 65",
        "65 to 74",
        "65 to 74",
        "75 and over",
    ]
