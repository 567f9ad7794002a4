"""People to be measured on: who is filmed from where, and what is kept of it."""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import replace
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from benchmarks import filmed_conditions
from benchmarks.filmed_conditions import _measures
from benchmarks.simulated_people import Film, draw_scene, films, true_recording
from tests.body.lift_tracks import bending

from mitate.body.recording import ANGLES
from mitate.simulate.movement_film import FilmTruth, MovementScene, film_truth
from mitate.simulate.movements import MOVEMENTS

PEOPLE = 24
COMMITTED = Path(str(resources.files("mitate.weights"))) / "lift"
Pair = tuple[MovementScene, MovementScene]


@pytest.fixture(scope="module")
def scenes() -> list[Pair]:
    lacking = [name for name in ("anny", "embreex", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    return [(draw_scene(person, 0), draw_scene(person, 1)) for person in range(PEOPLE)]


def film_of(scene: MovementScene, person: int, view: int, truth: FilmTruth) -> Film:
    return Film(
        person,
        view,
        scene.motion.movement,
        scene.mover.age,
        scene.mover.height_m,
        scene.dress.looseness,
        scene.view.yaw,
        scene.view.pitch,
        None,
        truth,
    )


def test_views_go_all_the_way_round(scenes: list[Pair]) -> None:
    yaws = np.array([[scene.view.yaw for scene in pair] for pair in scenes])
    assert (np.abs(yaws) <= 180).all()
    apart = np.abs((yaws[:, 0] - yaws[:, 1] + 180) % 360 - 180)
    assert apart.min() >= 15
    first = np.sort(yaws[:, 0] % 360)
    assert np.diff([*first, first[0] + 360]).max() < 30  # no side is left out
    assert len({int(yaw // 90) for yaw in yaws[:, 1]}) == 4
    pitch = np.array([scene.view.pitch for pair in scenes for scene in pair])
    assert (np.abs(pitch) <= 15).all()
    assert pitch.min() < -8
    assert pitch.max() > 8


def test_both_views_show_the_same_take_of_the_same_person(scenes: list[Pair]) -> None:
    for one, other in scenes:
        assert (one.mover.age, one.mover.height_m) == (other.mover.age, other.mover.height_m)
        assert one.motion.movement == other.motion.movement
        assert one.motion.faults == other.motion.faults
        np.testing.assert_array_equal(one.motion.times_s, other.motion.times_s)
        for name, values in one.motion.dof.items():
            np.testing.assert_array_equal(values, other.motion.dof[name], err_msg=name)
        assert one.dress.looseness == other.dress.looseness
        assert one.noise_seed != other.noise_seed
    assert len({one.mover.height_m for one, _ in scenes}) == PEOPLE


def test_every_movement_is_made_and_most_wear_something_tight(scenes: list[Pair]) -> None:
    made = Counter(one.motion.movement for one, _ in scenes)
    assert set(made) == set(MOVEMENTS) - {"free"}
    assert max(made.values()) - min(made.values()) <= 1
    loose = [one.dress.looseness for one, _ in scenes]
    assert np.mean(np.array(loose) == 0) == pytest.approx(2 / 3)
    assert all(0.1 <= one <= 1 for one in loose if one)
    assert 0.3 < np.mean([bool(one.motion.faults) for one, _ in scenes]) < 0.9


def test_the_same_number_is_the_same_film(scenes: list[Pair]) -> None:
    for person, view in ((3, 0), (20, 1)):
        one, again = scenes[person][view], draw_scene(person, view)
        assert again.view == one.view
        assert (again.noise_seed, again.mover.age) == (one.noise_seed, one.mover.age)
        np.testing.assert_array_equal(again.dress.colour, one.dress.colour)
        np.testing.assert_array_equal(
            np.stack(list(again.motion.dof.values())), np.stack(list(one.motion.dof.values()))
        )


def test_a_perfect_recording_is_the_truth_and_can_be_measured(scenes: list[Pair]) -> None:
    one = min(
        (pair[0] for pair in scenes), key=lambda s: (s.motion.movement != "forward_bend", len(s.motion))
    )
    film = film_of(one, 0, 0, film_truth(one))
    perfect = true_recording(film)
    assert len(perfect) == len(one.motion)
    np.testing.assert_array_equal(perfect.yaw, film.truth.angle("pelvis_rotation"))
    np.testing.assert_array_equal(perfect.pitch, film.pitch)
    assert (perfect.height_m, perfect.height_known) == (film.height_m, True)
    for name in ANGLES:
        np.testing.assert_array_equal(perfect.angles[name], film.truth.angle(name))
    measures = _measures(film, perfect=True, model=None)
    assert measures is not None
    assert measures.movement == "forward_bend"
    flexion = film.truth.angle("lumbar_flexion")
    peak = measures.values["peak_lumbar_flexion_deg"].value
    assert peak == pytest.approx(flexion.max() - flexion[:3].mean(), abs=6.0)
    assert _measures(film, perfect=False, model=None) is None  # the detector saw nobody


def test_conditions_are_judged_of_films_that_can_be_measured(
    scenes: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (COMMITTED / "card.json").is_file():
        pytest.skip("the lift's network is not committed yet")
    one = next(pair[0] for pair in scenes if pair[0].motion.movement == "forward_bend")
    unseen = film_of(one, 5, 1, film_truth(one))
    bent = replace(unseen, person=6, yaw=61.7, track=bending(np.arange(90) / 10, turn_deg=75.0))
    monkeypatch.setattr(filmed_conditions, "films", lambda people: iter([unseen, bent]))
    (found,) = filmed_conditions.filmed(2)
    assert (found.person, found.view, found.take, found.age) == ("6", "62", "0", one.mover.age)
    perfect = _measures(unseen, perfect=True, model=None)
    assert perfect is not None
    assert found.truth == {name: measure.value for name, measure in perfect.values.items()}
    assert found.measures.movement == "forward_bend"
    rows = {row.name: row for row in filmed_conditions.condition_figures()}
    assert rows["conditions, films with a repetition found"].value == 1
    assert all("simulated, 1 films of 1 people, seed 7" in row.data for row in rows.values())


def test_films_are_taken_from_where_they_were_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    track = bending(np.arange(6) / 10)
    truth = FilmTruth(
        track.times_s,
        rng.normal(size=(6, len(ANGLES))),
        rng.normal(size=(6, 24, 3)),
        rng.normal(size=(6, 17, 2)),
        track.world.astype(np.float64),
        track.points.astype(np.float64),
    )
    for person in range(2):
        for view in range(2):
            kept = Film(person, view, "squat", 50, 1.7, 0.0, 60.0 * view, 2.0, track, truth)
            (tmp_path / f"{person:04d}-{view}.pickle").write_bytes(pickle.dumps(kept))
    found = list(films(2, tmp_path))
    assert [(one.person, one.view, one.yaw) for one in found] == [
        (0, 0, 0),
        (0, 1, 60),
        (1, 0, 0),
        (1, 1, 60),
    ]
    np.testing.assert_array_equal(found[3].truth.angles, truth.angles)
