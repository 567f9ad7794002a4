from __future__ import annotations

from mitate.body.points import BONES, INDEX, MIRRORED, POINTS


def test_thirty_three_points_in_the_published_order() -> None:
    assert len(POINTS) == len(set(POINTS)) == 33
    published = {"nose": 0, "left_shoulder": 11, "right_wrist": 16, "left_hip": 23, "right_foot_index": 32}
    assert {name: INDEX[name] for name in published} == published


def test_mirroring_twice_is_nothing_and_changes_every_side() -> None:
    assert [MIRRORED[i] for i in MIRRORED] == list(range(33))
    for name, other in zip(POINTS, MIRRORED, strict=True):
        assert ("left" in name) == ("right" in POINTS[other])
        assert (other == INDEX[name]) == (name == "nose")


def test_bones_are_the_same_on_both_sides() -> None:
    drawn = {frozenset(bone) for bone in BONES}
    assert drawn == {frozenset((MIRRORED[a], MIRRORED[b])) for a, b in BONES}
