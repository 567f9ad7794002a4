"""Every part that an exercise can name lies where it should, on both sides alike, without hard edges."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from mitate.simulate.exercise_figure import Figure, figure
from mitate.simulate.exercise_tint import PARTS, part_mask, tint_of


@pytest.fixture(scope="module")
def man() -> Figure:
    lacking = [name for name in ("anny", "torch") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"the simulate extra is not installed: {', '.join(lacking)}")
    return figure("man")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_seen_soft_and_on_both_sides(man: Figure, part: str) -> None:
    tint = tint_of(man.shape, [part], man.spread)
    assert tint.min() >= 0
    assert 0.5 < tint.max() <= 1
    assert 0.005 < (tint > 0.3).mean() < 0.3
    faces = man.shape.model.faces
    steps = np.abs(tint[faces] - tint[np.roll(faces, 1, axis=1)])
    assert steps.max() < 0.35
    x = man.shape.vertices[:, 0]
    left, right = tint[x > 0.005].sum(), tint[x < -0.005].sum()
    assert abs(left - right) < 0.05 * (left + right)


def test_parts_are_at_their_heights_and_sides(man: Figure) -> None:
    y, z = man.shape.vertices[:, 1] / man.shape.stature_m, man.shape.vertices[:, 2]

    def centre(part: str) -> tuple[float, float]:
        mask = part_mask(man.shape, part)
        return float(mask @ y / mask.sum()), float(mask @ z / mask.sum())

    heights = [
        centre(part)[0] for part in ("calves", "thigh_back", "glutes", "low_back", "upper_back", "neck")
    ]
    assert heights == sorted(heights)
    for front, back in (("abdomen", "low_back"), ("chest", "upper_back"), ("thigh_front", "thigh_back")):
        assert centre(front)[1] > centre(back)[1] + 0.05


def test_nothing_is_highlighted_where_nothing_is_named(man: Figure) -> None:
    assert tint_of(man.shape, [], man.spread).max() == 0
