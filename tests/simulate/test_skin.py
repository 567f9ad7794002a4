from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.simulate.head import TEXTURE_SHAPE, Head
from mitate.simulate.person import Person
from mitate.simulate.skin import SkinShift, ita_deg, lab_to_linear, paint_skin, sample_skin


def _linear_by_formula(lightness: float, a: float, b: float) -> list[float]:
    """CIE 15:2004 and IEC 61966-2-1, D65."""
    fy = (lightness + 16) / 116
    white = (0.95047, 1.0, 1.08883)
    xyz = [
        w * (f**3 if f > 6 / 29 else 3 * (6 / 29) ** 2 * (f - 4 / 29))
        for w, f in zip(white, (fy + a / 500, fy, fy - b / 200), strict=True)
    ]
    matrix = [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
    return [sum(m * v for m, v in zip(row, xyz, strict=True)) for row in matrix]


@given(st.floats(10, 90), st.floats(-5, 25), st.floats(0, 30))
def test_lab_colours_are_those_of_the_standard(lightness: float, a: float, b: float) -> None:
    found = lab_to_linear(np.array([lightness, a, b]))
    expected = np.clip(_linear_by_formula(lightness, a, b), 0.001, 1)
    assert found == pytest.approx(expected, abs=4e-3)


def test_colours_keep_their_shape() -> None:
    assert lab_to_linear(np.zeros((2, 5, 3))).shape == (2, 5, 3)


def test_the_same_skin_gives_the_same_pixels(head: Head, person: Person) -> None:
    texture = paint_skin(head, person.skin)
    assert texture.shape == (*TEXTURE_SHAPE, 3)
    assert texture.min() >= 0.001
    assert texture.max() <= 1
    assert np.array_equal(texture, paint_skin(head, person.skin))
    other = paint_skin(head, replace(person.skin, seed=person.skin.seed + 1))
    assert not np.array_equal(texture, other)


def test_a_darker_tone_is_darker_and_lips_are_redder(head: Head, person: Person) -> None:
    face = head.masks["face"] > 0.9
    light, dark = (
        paint_skin(head, replace(person.skin, lab=(lightness, 11.0, 17.0), spots=0, beard=0.0))
        for lightness in (70.0, 40.0)
    )
    assert dark[face].mean() < 0.45 * light[face].mean()
    lips = head.masks["lips"] > 0.9
    plain = face & (head.masks["lips"] < 0.1)
    redness = light[..., 0] / light[..., 1]
    assert np.median(redness[lips]) > 1.1 * np.median(redness[plain])


def test_older_people_have_greyer_hair_and_more_spots() -> None:
    def drawn(years: float) -> tuple[float, float]:
        skins = [sample_skin(np.random.default_rng(k), False, years, 0.8) for k in range(200)]
        return float(np.mean([s.hair_lab[0] for s in skins])), float(np.mean([s.spots for s in skins]))

    young, old = drawn(45), drawn(85)
    assert old[0] > young[0] + 30
    assert old[1] > young[1] + 5


def test_a_shift_moves_and_widens_tones_and_adds_marks() -> None:
    before = [sample_skin(np.random.default_rng(k), False, 74, 0.8 * (k % 2)) for k in range(300)]
    after = [SkinShift()(skin, np.random.default_rng([k, 1])) for k, skin in enumerate(before)]
    old, new = (np.array([skin.lab for skin in skins]) for skins in (before, after))
    assert new[:, 0].std() > 1.15 * old[:, 0].std()
    assert (new - old).mean(axis=0) == pytest.approx([-3.0, 0.8, -1.0], abs=0.8)
    assert np.mean([s.spots for s in after]) > 1.4 * np.mean([s.spots for s in before])
    assert np.mean([s.redness for s in after]) > 1.15 * np.mean([s.redness for s in before])
    for one, other in zip(before, after, strict=True):
        changed = replace(other, lab=one.lab, spots=one.spots, redness=one.redness)
        assert changed == one
    assert after[3] == SkinShift()(before[3], np.random.default_rng([3, 1]))


@pytest.mark.parametrize(("lab", "degrees"), [((65, 10, 15), 45), ((50, 10, 15), 0), ((35, 10, 15), -45)])
def test_typology_angle(lab: tuple[float, float, float], degrees: float) -> None:
    assert ita_deg(lab) == pytest.approx(degrees)
