"""Pictures of an exercise's key poses for who writes them, with what is wrong in the motion.

    python -m mitate.simulate.exercise_preview NAME [NAME ...] --out DIR

writes DIR/NAME.png: each key pose and the moment half-way to the next, seen in the film's two views, with the
floor and everything that stands on it; and prints the motion's defects (none is what you want). NAME is an
exercise's name, or the path of a TOML file.

How to write poses
    Angles first, as a physiotherapist would measure them; 0 is upright with straight legs and arms hanging,
    palms to the thighs (`exercise_limits` lists all names, and how far each goes). All angles are against the
    neighbouring segment; only the pelvis is in the world: `pelvis_tilt` 90 lies face down, -90 on the back,
    `pelvis_list` 90 on the right side, and with 0 elsewhere the person is straight. Sitting is hip_flexion
    90 and knee_flexion 90; to bend from the hips is pelvis_tilt AND hip_flexion by the same amount (thighs
    stay upright), a squat hip_flexion = pelvis_tilt + what the thighs incline. To bend the back is
    lumbar_flexion and thoracic_flexion. Hands and knees is pelvis_tilt 90 and hips, knees and shoulders 90.

    Arms: shoulder_flexion 90 forward, 180 overhead; shoulder_abduction 90 to the side whatever the flexion;
    flexion 90 with abduction 40 is forward and outwards. With the arm out at 90 and the elbow bent, the
    forearm points forward; shoulder_rotation -90 turns it up. Legs: hip_rotation of a bent knee swings the
    foot outwards where it is positive (internal).

Contacts
    Then say what rests where, in every pose: contacts are not inherited, angles are (from the first pose).
    The body moves as a whole and held limbs give way by some degrees until contacts hold; ankles, wrists and
    forearm_rotation of what rests flat need no angles (palms are turned down without). What is further than
    about 20 degrees from what contacts allow comes out as something in between and is printed.
    A contact that a pose shares with the next one stays where the first of them put it. So the first pose
    decides where feet, chair and wall are: for a deep squat at a wall let the knees be bent a little in the
    first pose, and the feet will be far enough from it. A foot that is to step somewhere else needs a pose
    without its contact in between.
    `left_foot` and `left_hand` lie flat, `left_toes` and `left_heel` touch at any angle. A part of the body
    on another, as ``left_hand = "left_knee"``, is put there; `belly` and `left_thigh` can be touched too.
    Who rests on feet only is balanced over them; who holds on to a chair, a wall or a table as well stands as
    upright as the angles say. Heights of chair, step, table and cushion are usual ones, fitted a little.

The person faces +z; the side view looks from the person's right.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from mitate.back.exercise import Exercise
from mitate.back.exercises import exercise, read_exercise
from mitate.errors import MissingExtraError, MitateError
from mitate.simulate.body_model import BodyModel, BodyShape, load_body
from mitate.simulate.exercise_checks import check_motion, far_from_wanted
from mitate.simulate.exercise_motion import ExerciseMotion, exercise_motion
from mitate.simulate.exercise_support import Box
from mitate.simulate.posing import about_x, about_y

__all__ = ["draw", "main", "sheet"]

_CELL = 300
_YAWS = {
    "front": (0.0, 8.0),
    "back": (180.0, 8.0),
    "side": (90.0, 4.0),
    "oblique": (40.0, 14.0),
    "top": (0.0, 89.0),
}
_PERSON = {"gender": 0.5, "age": 0.6, "weight": 0.45, "height": 0.5, "muscle": 0.55, "proportions": 0.6}
_COLOURS = {"body": (0.80, 0.62, 0.52), "thing": (0.55, 0.62, 0.72), "floor": (0.86, 0.86, 0.83)}

Picture = NDArray[np.uint8]


def _box_mesh(box: Box) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    signs = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    corners = (signs * box.half) @ about_y(box.yaw).T + box.centre
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    faces = [triangle for a, b, c, d in quads for triangle in ((a, b, c), (a, c, d))]
    return corners.astype(np.float32), np.array(faces, np.int32)


def _hides(box: Box, camera: NDArray[np.float64]) -> bool:
    """Whether a wall stands between the camera and the person."""
    return box.kind == "wall" and bool((camera @ about_y(box.yaw)[:, 2])[2] < -0.1)


def draw(
    model: BodyModel,
    vertices: NDArray[np.float32],
    boxes: tuple[Box, ...],
    view: str,
    middle: NDArray[np.float64],
    reach_m: float,
) -> Picture:
    """One square picture without perspective, (n, n, 3) uint8 RGB.

    Args:
        view: ``front``, ``back``, ``side``, ``oblique`` or ``top``.
        middle: (3,) metres, what is in the middle. reach_m: from there to the picture's edges.

    Raises:
        MissingExtraError: the `simulate` extra is not installed.
    """
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        raise MissingExtraError("embreex", "simulate") from error
    yaw, pitch = _YAWS[view]
    camera = about_x(pitch) @ about_y(yaw)  # world to camera: x right, y up, z to the camera
    floor = Box("step", (float(middle[0]), -0.01, float(middle[2])), (1.6, 0.0095, 1.6))
    meshes = [(vertices, model.faces, _COLOURS["body"])]
    meshes += [(*_box_mesh(box), _COLOURS["thing"]) for box in boxes if not _hides(box, camera)]
    meshes.append((*_box_mesh(floor), _COLOURS["floor"]))
    scene, corners, colours, faces, shift = EmbreeScene(), [], [], [], 0
    for points, triangles, colour in meshes:
        corners.append((points - middle) @ camera.T)
        faces.append(triangles + shift)
        colours.append(np.tile(colour, (len(triangles), 1)))
        shift += len(points)
    skin = np.ascontiguousarray(np.concatenate(corners), np.float32)
    triangles = np.ascontiguousarray(np.concatenate(faces), np.int32)
    TriangleMesh(scene, skin, triangles)
    grid = (np.arange(_CELL) + 0.5) / _CELL * 2.0 - 1.0
    x, y = np.meshgrid(grid * reach_m, -grid * reach_m)
    origins = np.stack([x.ravel(), y.ravel(), np.full(x.size, 9.0)], axis=1).astype(np.float32)
    ahead = np.tile(np.array([0, 0, -1], np.float32), (x.size, 1))
    hit = scene.run(origins, ahead, output=True)
    seen = np.flatnonzero(hit["primID"] >= 0)
    ids = hit["primID"][seen]
    a, b, c = (skin[triangles[ids, i]] for i in range(3))
    normals = np.cross(b - a, c - a)
    body = ids < len(model.faces)
    smooth = model.normals(vertices) @ camera.T.astype(np.float32)
    u, v = hit["u"][seen][body, None], hit["v"][seen][body, None]
    corner = triangles[ids[body]]
    normals[body] = (1 - u - v) * smooth[corner[:, 0]] + u * smooth[corner[:, 1]] + v * smooth[corner[:, 2]]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    light = np.array([0.35, 0.55, 0.75]) / np.linalg.norm([0.35, 0.55, 0.75])
    shade = 0.35 + 0.65 * np.where(body, normals @ light, np.abs(normals @ light)).clip(0)
    picture = np.full((_CELL * _CELL, 3), 0.97)
    picture[seen] = np.concatenate(colours)[ids] * shade[:, None]
    return np.asarray(255 * picture.reshape(_CELL, _CELL, 3).clip(0, 1) ** (1 / 1.6), np.uint8)


def sheet(motion: ExerciseMotion, one: Exercise) -> Picture:
    """All key poses and half-ways, (h, w, 3) uint8 RGB: rows of views, columns of moments."""
    rate = 1.0 / (motion.times_s[1] - motion.times_s[0])
    moments: list[tuple[str, float]] = []
    ends = [*motion.key_times_s, float(motion.times_s[-1])]
    for number, pose in enumerate(one.poses):
        moments.append((pose.name, ends[number]))
        if len(one.poses) > 1:
            moments.append(("", 0.5 * (ends[number] + pose.hold_s + ends[number + 1])))
    posed = [motion.pose(min(round(t * rate), len(motion.times_s) - 1)) for _, t in moments]
    every = np.concatenate([p.joints for p in posed])
    low, high = every.min(axis=0) - 0.15, every.max(axis=0) + 0.15
    middle = 0.5 * (low + high)
    middle[1] = 0.5 * (0.0 + high[1])
    reach = float(max(0.52 * np.ptp(np.stack([low, high]), axis=0).max(), 0.7))
    model = motion.rig.shape.model
    strips = []
    for view in one.film.views:
        cells = []
        for (name, at), body in zip(moments, posed, strict=True):
            cell = draw(model, body.vertices, motion.support.boxes, view, middle, reach)
            label = f"{at:.1f}s {name}"[:38]
            cv2.putText(cell, label, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (20, 20, 20), 1, cv2.LINE_AA)
            cells.append(cell)
        strips.append(cells)
    rows = []
    for start in range(0, len(moments), 6):
        for cells in strips:
            some = cells[start : start + 6]
            some += [np.full_like(cells[0], 247)] * ((min(6, len(moments)) - len(some)) if start else 0)
            rows.append(np.concatenate(some, axis=1))
    return np.concatenate(rows, axis=0)


def _person() -> BodyShape:
    return load_body().shape(_PERSON)


def main(typed: list[str] | None = None) -> int:
    """Write the pictures and print the defects; 1 if there are any, 2 if a file is wrong."""
    parser = argparse.ArgumentParser(prog="python -m mitate.simulate.exercise_preview")
    parser.add_argument("names", nargs="+", help="exercises, or paths of their TOML files")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    asked = parser.parse_args(typed)
    asked.out.mkdir(parents=True, exist_ok=True)
    worst = 0
    with threadpool_limits(1):
        shape = _person()
        for name in asked.names:
            started = time.perf_counter()
            try:
                path = Path(name)
                one = (
                    read_exercise(path.read_bytes(), path.stem) if path.suffix == ".toml" else exercise(name)
                )
                motion = exercise_motion(one, shape)
            except MitateError as error:
                print(f"{name}: {error}")
                worst = 2
                continue
            picture = sheet(motion, one)
            cv2.imwrite(str(asked.out / f"{one.name}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            defects = check_motion(motion, shape)
            took = time.perf_counter() - started
            print(f"{one.name}: {motion.times_s[-1]:.1f} s, made in {took:.1f} s, {len(defects)} defects")
            print("".join(f"  {line}\n" for line in (*defects, *far_from_wanted(motion))), end="", flush=True)
            worst = max(worst, int(bool(defects)))
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
