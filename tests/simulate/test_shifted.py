from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.errors import InputError
from mitate.simulate.capture import CaptureProfile, sample_conditions, sample_frames
from mitate.simulate.face_cohort import sitter_for
from mitate.simulate.fluid import FluidProfile
from mitate.simulate.head import Head
from mitate.simulate.person import PersonProfile, sample_person
from mitate.simulate.rooms import WindowRooms
from mitate.simulate.sensor import Sensor, SensorProfile
from mitate.simulate.shifted import LEARNING_WORLD, NOMINAL_WORLD, SHIFTED_WORLD, WORLDS, World, world_named

PLAIN = Sensor(1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 95, (1.0, 1.0, 1.0), 0.0)


def _picture(head: Head, index: int, world: World, number: int = 0) -> NDArray[np.uint8]:
    person = sample_person(head, 31, index, world.person)
    sitter = sitter_for(person, number, 1, world.capture)
    (state,) = sample_frames(np.random.default_rng(index), sitter.conditions, 1, world.capture)
    return sitter.picture(state, 96, 96, 27.0)


def test_worlds_have_names() -> None:
    assert {name: world.name for name, world in WORLDS.items()} == {name: name for name in WORLDS}
    assert world_named("shifted") is SHIFTED_WORLD
    with pytest.raises(InputError, match="no world 'lunar'"):
        world_named("lunar")


def test_the_nominal_world_is_the_simulator_as_it_is() -> None:
    assert NOMINAL_WORLD.capture == CaptureProfile()
    assert NOMINAL_WORLD.person == PersonProfile()


def test_fluid_is_nominal_in_the_world_that_tests() -> None:
    shifted = SHIFTED_WORLD.person
    assert shifted.fluid == FluidProfile()
    assert replace(shifted, skin=None, mended_gender=False) == PersonProfile()
    # what teaches varies more than what tests, but swells by the same millilitres
    learning = LEARNING_WORLD.person
    assert replace(learning, fluid=FluidProfile()) == PersonProfile()
    assert learning.fluid.gain[1] > FluidProfile().gain[1]


def test_what_a_shift_does_not_name_is_drawn_as_before() -> None:
    """Old seeds keep their pixels: the session's own generator gives the same draws, before and after."""
    plain, moved = CaptureProfile(), CaptureProfile(rooms=WindowRooms(), sensor=SensorProfile(), makeup=1.0)
    left, right = np.random.default_rng([5, 1]), np.random.default_rng([5, 1])
    usual, other = sample_conditions(left, plain), sample_conditions(right, moved)
    assert usual.sensor is None
    assert usual.makeup is None
    assert usual.light.lamps == ()
    for name in ("distance_m", "camera_height_m", "exposure", "gamma", "mood", "noise", "jpeg"):
        assert getattr(usual, name) == getattr(other, name)
    for name in ("white_balance", "cloth", "skin_gain"):
        assert np.array_equal(getattr(usual, name), getattr(other, name))
    assert sample_frames(left, usual, 3)[0].actions == sample_frames(right, other, 3)[0].actions
    assert left.random() == right.random()


def test_a_plain_sensor_and_no_make_up_give_the_old_pixels(head: Head) -> None:
    person = sample_person(head, 31, 0)
    sitter = sitter_for(person, 0, 1, CaptureProfile())
    (state,) = sample_frames(np.random.default_rng(0), sitter.conditions, 1)
    old = sitter.picture(state, 64, 64, 18.0, compress=False)
    sitter.conditions = replace(sitter.conditions, sensor=PLAIN)
    new = sitter.picture(state, 64, 64, 18.0, compress=False)
    assert np.abs(old.astype(int) - new).max() <= 1


def test_the_shift_is_seen_in_the_pictures(head: Head) -> None:
    def measured(world: World) -> NDArray[np.float64]:
        rows = []
        for index in range(6):
            face = _picture(head, index, world)[30:75, 28:68].astype(np.float32)
            grey = face @ np.array([0.299, 0.587, 0.114], np.float32)
            left, right = grey[:, :20].mean(), grey[:, 20:].mean()
            fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.0)
            rows.append([abs(np.log(left / right)), fine.std(), face[..., 0].mean() / face[..., 2].mean()])
        return np.array(rows)

    nominal, shifted = measured(NOMINAL_WORLD), measured(SHIFTED_WORLD)
    assert shifted[:, 0].mean() > nominal[:, 0].mean()  # light from the side
    assert not np.allclose(shifted[:, 1:].mean(axis=0), nominal[:, 1:].mean(axis=0), rtol=0.05)
    assert np.abs(np.log(shifted / nominal)[:, 1:]).max() < 2  # and no other planet


def test_the_same_person_swells_alike_in_every_world(head: Head) -> None:
    people = [sample_person(head, 31, 2, w.person) for w in (NOMINAL_WORLD, SHIFTED_WORLD)]
    assert people[0].ml_per_kg == people[1].ml_per_kg
    assert people[0].course(4) == people[1].course(4)
    assert (people[0].age, people[0].sex, people[0].dry_weight_kg) == (
        people[1].age,
        people[1].sex,
        people[1].dry_weight_kg,
    )
    assert people[0].skin != people[1].skin
    assert people[0].phenotype["gender"] == pytest.approx(1 - people[1].phenotype["gender"])


def test_the_same_arguments_give_the_same_pixels(head: Head) -> None:
    assert np.array_equal(_picture(head, 1, SHIFTED_WORLD), _picture(head, 1, SHIFTED_WORLD))
    assert not np.array_equal(_picture(head, 1, SHIFTED_WORLD), _picture(head, 1, SHIFTED_WORLD, 1))
