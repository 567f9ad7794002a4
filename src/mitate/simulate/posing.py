"""From the degrees of freedom of a motion to a posed body on the floor, and to what is true of it.

The truth is what `mitate.body.recording` defines, from the segments themselves and not from any picture:
angles by `mitate.body.kinematics`, joints in the body's frame, the curve on the skin over the spine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.body.frames import GROUND, heading, limb
from mitate.body.kinematics import Side, hip_angles, knee_angles, lumbar_angles, pelvis_angles
from mitate.body.points import INDEX
from mitate.body.recording import ANGLES, CURVE_T12, JOINTS
from mitate.simulate.body_model import SEGMENTS, BodyShape, Floats

__all__ = ["LUMBAR_SHARES", "Posed", "Truth", "moved", "pose_body", "truth_of"]

LUMBAR_SHARES: Mapping[str, float] = {"sacral": 0.4, "lumbar": 0.35, "t12": 0.25}
"""How lumbar motion is shared out, most of it low (inferred; the rig has three joints)."""

_CLAVICLE_SHARE = 0.25  # of the arm's elevation that the shoulder girdle takes
_HANG_OUT = 0.12  # how far a hanging arm stands away, sideways over down
_SIDES = (("left", 1.0), ("right", -1.0))


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A body in one moment, in the world: y up, floor at 0, the camera's side is +z for a rotation of 0.

    Attributes:
        vertices: (V, 3) metres.
        joints: (S, 3) metres, in the order of `SEGMENTS`.
        points: (33, 3) metres, BlazePose's points.
        tips: (2, 3) metres, tips of the left and right index finger.
        curve: (17, 3) metres, the skin over the spine, C7 first.
        turns: segment → (3, 3), from rest.
        stature_m: of the shape.
    """

    vertices: Floats
    joints: Floats
    points: Floats
    tips: Floats
    curve: Floats
    turns: Mapping[str, NDArray[np.float64]]
    stature_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is true of one moment.

    Attributes:
        angles: each of `ANGLES`, degrees.
        joints: (24, 3) metres, as `mitate.body.recording.Recording.joints`.
        curve: (17, 2) cm, as `Recording.curve`.
        heading: (3,) unit, horizontal, where the pelvis faces.
    """

    angles: Mapping[str, float]
    joints: NDArray[np.float64]
    curve: NDArray[np.float64]
    heading: NDArray[np.float64]


def about_x(degrees: float) -> NDArray[np.float64]:
    """Turn forward: up goes to ahead."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def about_y(degrees: float) -> NDArray[np.float64]:
    """Turn to the person's left: ahead goes to the left."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def about_z(degrees: float) -> NDArray[np.float64]:
    """Lean to the person's right: up goes to the right."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def pose_body(shape: BodyShape, dof: Mapping[str, float]) -> Posed:
    """The body in these degrees of freedom (`mitate.simulate.movements`), standing on the floor.

    Args:
        shape: the person.
        dof: degrees by name; what is left out is 0.
    """
    turns = _trunk(dof)
    for side, sign in _SIDES:
        turns |= _leg(dof, side, sign)
        turns |= _arm(shape, dof, side, sign, turns["chest"])
    vertices, joints, tips = shape.posed(turns)
    return moved(shape, turns, (vertices, joints, tips), _onto_floor(shape, joints, vertices))


def moved(
    shape: BodyShape,
    turns: Mapping[str, NDArray[np.float64]],
    parts: tuple[Floats, Floats, Floats],
    shift: Floats,
) -> Posed:
    """The body as `BodyShape.posed` gives it, moved as a whole.

    Args:
        turns: segment → (3, 3), that it was posed with.
        parts: vertices (V, 3), joints (S, 3) and finger tips (2, 3), metres.
        shift: (3,) metres.
    """
    vertices, joints, tips = (part + shift for part in parts)
    return Posed(
        vertices=vertices,
        joints=joints,
        points=shape.model.points(vertices, joints),
        tips=tips,
        curve=shape.model.curve(vertices),
        turns=turns,
        stature_m=shape.stature_m,
    )


def _get(dof: Mapping[str, float], name: str) -> float:
    return float(dof.get(name, 0.0))


def _bent(dof: Mapping[str, float], part: str, share: float) -> NDArray[np.float64]:
    """A joint's own turn: flexion, then bending, then rotation, each by its share."""
    return (
        about_x(share * _get(dof, f"{part}_flexion"))
        @ about_z(share * _get(dof, f"{part}_bending"))
        @ about_y(share * _get(dof, f"{part}_rotation"))
    )


def _trunk(dof: Mapping[str, float]) -> dict[str, NDArray[np.float64]]:
    pelvis = (
        about_y(_get(dof, "pelvis_rotation"))
        @ about_z(_get(dof, "pelvis_list"))
        @ about_x(_get(dof, "pelvis_tilt"))
    )
    turns = {"pelvis": pelvis}
    below = pelvis
    for name, share in LUMBAR_SHARES.items():
        below = turns[name] = below @ _bent(dof, "lumbar", share)
    turns["chest"] = below @ _bent(dof, "thoracic", 1.0)
    forward = about_x(_get(dof, "neck_protraction"))
    turns["neck"] = turns["chest"] @ _bent(dof, "neck", 0.5) @ forward
    turns["head"] = turns["neck"] @ forward.T @ _bent(dof, "neck", 0.5)
    return turns


def _leg(dof: Mapping[str, float], side: str, sign: float) -> dict[str, NDArray[np.float64]]:
    """Legs in the world; the feet stay where they stand, so the thighs take half of the pelvis's turn."""
    heading = about_y(0.5 * _get(dof, "pelvis_rotation"))
    apart = about_z(sign * _get(dof, f"thigh_abduction_{side}"))
    hip = heading @ apart @ about_x(-_get(dof, f"thigh_inclination_{side}"))
    knee = hip @ about_x(_get(dof, f"knee_flexion_{side}"))
    return {
        f"{side}_thigh": hip,
        f"{side}_shank": knee,
        f"{side}_foot": about_x(-_get(dof, f"foot_pitch_{side}")),
    }


def _arm(
    shape: BodyShape, dof: Mapping[str, float], side: str, sign: float, chest: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    flexion, outwards = _get(dof, f"shoulder_flexion_{side}"), _get(dof, f"shoulder_abduction_{side}")
    joints = shape.joints
    hanging = np.array([sign * _HANG_OUT, -1.0, 0.02])
    upper = _onto(joints[f"{side}_forearm"] - joints[f"{side}_upper_arm"], hanging)
    lower = _onto(joints[f"{side}_hand"] - joints[f"{side}_forearm"], hanging)
    girdle = chest @ about_x(-_CLAVICLE_SHARE * min(flexion, 60.0))
    girdle = girdle @ about_z(sign * _CLAVICLE_SHARE * max(outwards - 30.0, 0.0))
    girdle = girdle @ about_z(sign * _get(dof, f"scapula_elevation_{side}"))
    raised = chest @ about_x(-flexion) @ about_z(sign * outwards)
    forearm = raised @ about_x(-_get(dof, f"elbow_flexion_{side}")) @ lower
    return {
        f"{side}_clavicle": girdle,
        f"{side}_upper_arm": raised @ upper,
        f"{side}_forearm": forearm,
        f"{side}_hand": forearm,
    }


def _onto(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """The least rotation that turns one direction into another."""
    a = np.asarray(one, np.float64) / np.linalg.norm(one)
    b = np.asarray(other, np.float64) / np.linalg.norm(other)
    axis = np.cross(a, b)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.asarray(np.eye(3) + cross + cross @ cross / (1.0 + a @ b))


def _onto_floor(shape: BodyShape, joints: Floats, vertices: Floats) -> Floats:
    """The shift that puts the lowest point on the floor and the standing feet where they stand at rest."""
    lowest = float(vertices[:, 1].min())
    feet = [SEGMENTS.index(f"{side}_foot") for side, _ in _SIDES]
    heights = joints[feet, 1] - joints[feet, 1].min()
    weight = np.exp(-heights / 0.02)  # a lifted foot does not hold the body in place
    rest = np.stack([shape.joints[SEGMENTS[foot]] for foot in feet])
    moved = (weight[:, None] * (rest - joints[feet])).sum(axis=0) / weight.sum()
    return np.array([moved[0], -lowest, moved[2]], np.float32)


def truth_of(posed: Posed) -> Truth:
    """What a perfect instrument would say of this moment."""
    frames = {name: posed.turns[name] @ GROUND for name in ("pelvis", "t12", "chest")}
    pelvis, trunk, chest = (pelvis_angles(frames[name]) for name in ("pelvis", "t12", "chest"))
    angles = {
        "trunk_inclination": trunk.tilt,
        "pelvis_tilt": pelvis.tilt,
        "lumbar_flexion": lumbar_angles(frames["pelvis"], frames["t12"]).flexion,
        "thoracic_flexion": lumbar_angles(frames["t12"], frames["chest"]).flexion,
        "pelvis_list": pelvis.list,
        "trunk_list": trunk.list,
        "pelvis_rotation": pelvis.rotation,
        "trunk_rotation": chest.rotation,
    }
    sides: tuple[Side, ...] = ("right", "left")
    for side in sides:
        thigh, shank = _leg_frames(posed, side)
        angles[f"hip_flexion_{side}"] = hip_angles(frames["pelvis"], thigh, side).flexion
        angles[f"knee_flexion_{side}"] = knee_angles(thigh, shank, side).flexion
        angles[f"arm_elevation_{side}"] = np.asarray(_elevation(posed, side, chest=frames["chest"]))
    facing = heading(frames["pelvis"])
    return Truth(
        angles={name: float(angles[name]) for name in ANGLES},
        joints=_joints(posed, facing),
        curve=_curve(posed, facing),
        heading=facing,
    )


def _leg_frames(posed: Posed, side: Side) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Thigh and shank by their joint centres: at rest the model's knee is bent by about 9 degrees."""
    hip, knee, ankle = (
        posed.joints[SEGMENTS.index(f"{side}_{segment}")] for segment in ("thigh", "shank", "foot")
    )
    right = {name: (posed.turns[f"{side}_{name}"] @ GROUND)[:, 2] for name in ("thigh", "shank")}
    return limb(hip, knee, right["thigh"]), limb(knee, ankle, right["shank"])


def _elevation(posed: Posed, side: str, chest: NDArray[np.float64]) -> float:
    arm = (
        posed.joints[SEGMENTS.index(f"{side}_forearm")] - posed.joints[SEGMENTS.index(f"{side}_upper_arm")]
    ).astype(np.float64)
    cosine = float(-chest[:, 1] @ arm / np.linalg.norm(arm))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def _in_body(points: Floats, facing: NDArray[np.float64]) -> NDArray[np.float64]:
    """World points with x to the person's left, y up and z as the pelvis faces."""
    left = np.cross([0.0, 1.0, 0.0], facing)
    return np.stack([points @ left, points[:, 1], points @ facing], axis=1)


def _joints(posed: Posed, facing: NDArray[np.float64]) -> NDArray[np.float64]:
    places = {name: posed.points[INDEX[name]] for name in JOINTS if name in INDEX}
    places |= {"left_index": posed.tips[0], "right_index": posed.tips[1]}
    places |= {"s1": posed.curve[-1], "t12": posed.curve[CURVE_T12], "c7": posed.curve[0]}
    inside = _in_body(np.stack([places[name] for name in JOINTS]), facing)
    middle = 0.5 * (inside[JOINTS.index("left_hip")] + inside[JOINTS.index("right_hip")])
    return np.asarray(inside - np.array([middle[0], 0.0, middle[2]]))


def _curve(posed: Posed, facing: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = 100.0 * _in_body(posed.curve, facing)
    return np.asarray((inside - inside[-1])[:, [2, 1]])
