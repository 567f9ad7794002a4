"""The 33 points of a body in BlazePose's published order, and what joins them.

Bazarevsky et al., "BlazePose: on-device real-time body pose tracking", 2020 (arXiv 2006.10204). Left and
right are the person's own.
"""

from __future__ import annotations

__all__ = ["BONES", "INDEX", "MIRRORED", "POINTS", "other_side"]

POINTS: tuple[str, ...] = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
"""Names of the points; a point's place in this list is its index in every array of points."""

INDEX: dict[str, int] = {name: place for place, name in enumerate(POINTS)}
"""Index of each point by its name."""


def other_side(names: tuple[str, ...]) -> tuple[int, ...]:
    """For each name the place of the same thing on the other side of the body; the middle is its own."""
    other = {"left": "right", "right": "left"}
    return tuple(names.index("_".join(other.get(word, word) for word in name.split("_"))) for name in names)


MIRRORED: tuple[int, ...] = other_side(POINTS)
"""For each point the index of the same point on the other side of the body; the nose is its own."""

BONES: tuple[tuple[int, int], ...] = tuple(
    (INDEX[a], INDEX[b])
    for a, b in (
        ("left_shoulder", "right_shoulder"),
        ("left_hip", "right_hip"),
        *(
            (f"{side}_{a}", f"{side}_{b}")
            for side in ("left", "right")
            for a, b in (
                ("shoulder", "elbow"),
                ("elbow", "wrist"),
                ("shoulder", "hip"),
                ("hip", "knee"),
                ("knee", "ankle"),
                ("ankle", "heel"),
                ("heel", "foot_index"),
            )
        ),
    )
)
"""Pairs of points that a line joins in a drawing of the skeleton."""
