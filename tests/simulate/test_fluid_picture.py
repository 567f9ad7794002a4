from __future__ import annotations

import numpy as np
import pytest

from mitate.simulate.capture import CaptureProfile
from mitate.simulate.face_cohort import CropPlan, session_crops
from mitate.simulate.fluid import REGIONS
from mitate.simulate.fluid_picture import FluidSession, Seeing, fluid_session, levelled, recropped
from mitate.simulate.person import Person

SIZE = 64


@pytest.fixture(scope="module")
def seeing(weights_ready: None) -> Seeing:
    return Seeing.load()


@pytest.fixture(scope="module")
def session(person: Person, seeing: Seeing) -> FluidSession:
    return fluid_session(person, 0, 1, CaptureProfile(), frames=2, size=SIZE, seeing=seeing)


def test_the_frames_are_those_of_the_crop_stores(person: Person, session: FluidSession) -> None:
    plan = CropPlan(1, 1, 2, seed=person.seed, size=SIZE)
    np.testing.assert_array_equal(session.crops, session_crops(person, 0, plan))


def test_each_region_lies_where_it_belongs(session: FluidSession) -> None:
    assert session.patterns.shape == (2, len(REGIONS), SIZE, SIZE)
    assert float(session.patterns.min()) >= 0
    mean = session.patterns.mean(axis=0)
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    at = {
        region.name: (float((one * x).sum() / one.sum()), float((one * y).sum() / one.sum()))
        for region, one in zip(REGIONS, mean, strict=True)
        if one.any()
    }
    assert at["cheek_right"][0] < SIZE / 2 < at["cheek_left"][0]
    assert at["upper_lid_right"][1] < at["lower_lid_right"][1] < at["lips"][1]
    # the cheeks move a millimetre or so in a kilogram, not a centimetre
    assert 0.05 < float(mean.max()) < 3


def test_less_fluid_is_seen_where_it_was_taken_from(
    person: Person, session: FluidSession, seeing: Seeing
) -> None:
    before, after = person.course(1)
    same = recropped(levelled(session, before, after, ()), session, seeing)
    np.testing.assert_array_equal(same, session.crops)
    sitter = levelled(session, before, after, ("cheek_right",))
    moved = np.linalg.norm(sitter.person.face_at(before) - person.face_at(before), axis=1)
    assert float(moved.max()) > 1e-4
    assert (person.neutral[moved > 1e-6, 0] < 0.005).all()
