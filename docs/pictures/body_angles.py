"""Draws docs/pictures/body-angles.png: each angle of the body where it is positive, over the upright stance.

The stick person is moved by the rotations that the angles are read from, and each angle is read back before
it is drawn. Run it: ``python docs/pictures/body_angles.py``
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mitate.body.frames import Array
from mitate.body.gait_model import body_coordinates, hip_rotation_of, lumbar_rotation_of
from mitate.body.kinematics import Side, rotation_zxy

# Name, view, and OpenSim's coordinates of the pose; the world is OpenSim's: x forward, y up, z right.
POSES: tuple[tuple[str, str, Mapping[str, float]], ...] = (
    ("pelvic tilt 30°", "side", {"pelvis_tilt": -30}),
    ("lumbar flexion 40°", "side", {"lumbar_extension": -40}),
    ("hip flexion 25°", "side", {"hip_flexion_r": 25}),
    ("knee flexion 60°", "side", {"knee_angle_r": 60}),
    ("pelvic list 15°", "front", {"pelvis_list": 15}),
    ("lumbar bending 25°", "front", {"lumbar_bending": 25}),
    ("hip adduction 20°", "front", {"hip_adduction_r": 20}),
    ("pelvic rotation 30°", "above", {"pelvis_rotation": 30}),
    ("lumbar rotation 30°", "above", {"lumbar_rotation": 30}),
    ("hip rotation 30°", "above", {"hip_rotation_r": 30}),
)
_LEG = (("hip", "knee"), ("knee", "ankle"), ("ankle", "toe"))
_PELVIS = (("asis", "hip"),)
LINES = (
    ("s1", "c7"),
    ("left shoulder", "right shoulder"),
    ("left asis", "right asis"),
    ("left hip", "right hip"),
    *(("s1", f"{side} {end}") for side in ("left", "right") for end in ("asis", "hip")),
    *((f"{side} {a}", f"{side} {b}") for side in ("left", "right") for a, b in (*_PELVIS, *_LEG)),
)
VIEWS: Mapping[str, tuple[tuple[int, int], tuple[int, int], str]] = {
    # axis and sign of what is drawn to the right and upwards
    "side": ((0, 1), (1, 1), "from the right"),
    "front": ((2, -1), (1, 1), "from the front"),
    "above": ((2, 1), (0, 1), "from above, front upwards"),
}


def person(pose: Mapping[str, float]) -> dict[str, Array]:
    """Points of the stick person, metres from between the hips."""

    def of(*names: str) -> tuple[float, ...]:
        return tuple(pose.get(name, 0.0) for name in names)

    tilt, side_down, turn = of("pelvis_tilt", "pelvis_list", "pelvis_rotation")
    extension, bending, twist = of("lumbar_extension", "lumbar_bending", "lumbar_rotation")
    flexion, adduction, inwards = of("hip_flexion_r", "hip_adduction_r", "hip_rotation_r")
    (knee,) = of("knee_angle_r")
    pelvis = rotation_zxy(tilt, side_down, turn)
    upright = np.eye(3)  # where the pelvis moves, trunk and legs stay: every pose shows one part only
    thorax = lumbar_rotation_of(extension, bending, twist)
    thigh = hip_rotation_of(flexion, adduction, inwards, "right")
    thighs: dict[Side, Array] = {"right": thigh, "left": upright}
    shanks: dict[Side, Array] = {"right": thigh @ rotation_zxy(-knee, 0, 0), "left": upright}
    found = body_coordinates(pelvis, thorax=thorax, thighs=thighs, shanks=shanks)
    for name, value in pose.items():
        if not np.isclose(float(found[name]), value):
            raise SystemExit(f"{name} is drawn at {found[name]}, not {value}")
    s1 = pelvis @ np.array([-0.02, 0.12, 0.0])
    points = {"s1": s1, "c7": s1 + thorax @ np.array([0.0, 0.45, 0.0])}
    sides: tuple[tuple[Side, float], ...] = (("right", 1.0), ("left", -1.0))
    for name, z in sides:
        points[f"{name} shoulder"] = s1 + thorax @ np.array([0.0, 0.42, 0.18 * z])
        points[f"{name} asis"] = pelvis @ np.array([0.08, 0.1, 0.13 * z])
        hip = points[f"{name} hip"] = pelvis @ np.array([0.0, 0.0, 0.09 * z])
        joint = points[f"{name} knee"] = hip + thighs[name] @ np.array([0.0, -0.42, 0.0])
        ankle = points[f"{name} ankle"] = joint + shanks[name] @ np.array([0.0, -0.42, 0.0])
        points[f"{name} toe"] = ankle + shanks[name] @ np.array([0.2, 0.0, 0.0])
    return points


def draw(axes: Axes, view: str, points: Mapping[str, Array], colour: str, width: float) -> None:
    """One stick person; its right side stronger than its left."""
    (across, right), (along, up), _ = VIEWS[view]
    for a, b in LINES:
        line = np.stack([points[a], points[b]])
        weak = a.startswith("left") and b.startswith("left")
        axes.plot(
            right * line[:, across],
            up * line[:, along],
            color=colour,
            linewidth=width,
            alpha=0.45 if weak else 1.0,
            solid_capstyle="round",
        )


def main() -> None:
    """Draw the sheet."""
    figure = Figure(figsize=(9.4, 6.4), dpi=110, layout="tight")
    FigureCanvasAgg(figure)
    places = figure.subplots(2, 5).ravel()
    for axes, (name, view, pose) in zip(places, POSES, strict=True):
        draw(axes, view, person({}), "#b8b8b8", 1.5)
        draw(axes, view, person(pose), "#1f5fa8", 2.5)
        axes.set_title(f"{name}\n", fontsize=10)
        axes.text(
            0.5, 1.01, VIEWS[view][2], transform=axes.transAxes, ha="center", fontsize=7.5, color="#555"
        )
        axes.set_aspect("equal")
        axes.set_axis_off()
        axes.set_xlim(*((-0.25, 0.25) if view == "above" else (-0.42, 0.58)))
        axes.set_ylim(*((-0.4, 0.45) if view == "above" else (-0.95, 0.75)))
    target = Path(__file__).with_name("body-angles.png")
    figure.savefig(target, metadata={"Software": None})
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
