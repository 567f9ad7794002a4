"""Acclaim's motion capture files: a skeleton (``.asf``) and its motion (``.amc``), and where its bones are.

Only what CMU's files use is read: degrees, bones with one direction, length and axis each, a root that gives
its place and its turn. Lengths come in inches over the skeleton's own unit of length (0.45 in CMU's).

Format: Lander J, "Working with motion capture file formats", Game Developer, January 1998, and Acclaim's own
description of ASF and AMC (1994). A bone stands in its parent's end; with its axis C and its motion M, both
turns about the fixed x, then y, then z, its turn in the parent is C M C⁻¹ (the directions are those of rest
in the world).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from mitate.errors import InputError

__all__ = ["Bone", "Posture", "Skeleton", "posture", "read_amc", "read_asf"]

Array = NDArray[np.float64]
_INCH_M = 0.0254
_ROOT = ("TX", "TY", "TZ", "RX", "RY", "RZ")


@dataclass(frozen=True, slots=True)
class Bone:
    """One bone: its parent's name, where it points at rest, its length in m, its axis and what it can turn.

    `axis_deg` are turns about the fixed x, y and z; `dof` are places in (x, y, z) in the file's order.
    """

    parent: str
    direction: tuple[float, ...]
    length_m: float
    axis_deg: tuple[float, ...]
    dof: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Bones by name, each after its parent; the root has none of its own. `scale` is metres a unit."""

    bones: Mapping[str, Bone]
    scale: float


@dataclass(frozen=True, slots=True)
class Posture:
    """A skeleton through time.

    Attributes:
        ends: name → (n, 3) metres, where a bone ends; ``root`` is the root itself.
        turns: name → (n, 3, 3), how a bone is turned from the skeleton's rest, in the world.
    """

    ends: Mapping[str, Array]
    turns: Mapping[str, Array]


def read_asf(path: Path) -> Skeleton:
    """Read a skeleton.

    Raises:
        InputError: the file cannot be read, or it is not a skeleton of this kind.
    """
    sections = _sections(path)
    units = dict(line.split()[:2] for line in sections.get("units", []))
    root = dict(line.split(maxsplit=1) for line in sections.get("root", []))
    if units.get("angle") != "deg" or tuple(root.get("order", "").split()) != _ROOT:
        raise _bad(path, "only skeletons in degrees whose root is ordered TX TY TZ RX RY RZ are read")
    try:
        scale = _INCH_M / float(units["length"])
        parts = {part["name"][0]: part for part in _bones(sections["bonedata"])}
        bones: dict[str, Bone] = {}
        for line in sections["hierarchy"]:
            parent, *children = line.split()
            for name in children if parent not in ("begin", "end") else ():
                if parent != "root" and parent not in bones:
                    raise _bad(path, f"the bone {name} comes before its parent {parent}")
                bones[name] = _bone(parent, parts[name], scale)
    except (KeyError, IndexError, ValueError) as error:
        raise _bad(path, f"the skeleton is not whole: {error}") from error
    return Skeleton(bones, scale)


def read_amc(path: Path) -> dict[str, Array]:
    """Read a motion: name of a bone → (n, k) numbers, one row a frame.

    Raises:
        InputError: the file cannot be read, or a frame is not whole.
    """
    found: dict[str, list[list[float]]] = {}
    frames = 0
    try:
        for line in _lines(path):
            name, *numbers = line.split()
            if not numbers:
                frames += 1
                continue
            found.setdefault(name, []).append([float(number) for number in numbers])
        table = {name: np.array(rows, dtype=np.float64) for name, rows in found.items()}
    except ValueError as error:
        raise _bad(path, f"a frame is not whole: {error}") from error
    if "root" not in table or any(len(rows) != frames for rows in table.values()):
        raise _bad(path, "not every frame has every bone")
    return table


def posture(skeleton: Skeleton, motion: Mapping[str, Array]) -> Posture:
    """Where every bone is in every frame (forward kinematics).

    Raises:
        InputError: the motion is not of this skeleton.
    """
    root = motion["root"]
    turned = {"root": Rotation.from_euler("xyz", root[:, 3:], degrees=True)}
    ends = {"root": root[:, :3] * skeleton.scale}
    for name, bone in skeleton.bones.items():
        angles = np.zeros((len(root), 3))
        if bone.dof:
            numbers = motion.get(name, np.zeros((0, 0)))
            if numbers.shape != (len(root), len(bone.dof)):
                raise InputError(f"the motion does not turn the skeleton's bone {name}")
            angles[:, bone.dof] = numbers
        axis = Rotation.from_euler("xyz", bone.axis_deg, degrees=True)
        moved = Rotation.from_euler("xyz", angles, degrees=True)
        turned[name] = turned[bone.parent] * axis * moved * axis.inv()
        ends[name] = ends[bone.parent] + turned[name].apply(bone.length_m * np.array(bone.direction))
    return Posture(ends, {name: turn.as_matrix() for name, turn in turned.items()})


def _bone(parent: str, part: Mapping[str, list[str]], scale: float) -> Bone:
    direction = np.array([float(number) for number in part["direction"]])
    axis = tuple(float(number) for number in part["axis"][:3])
    if len(direction) != 3 or len(axis) != 3:
        raise ValueError("a direction or an axis without three numbers")
    direction = direction / np.linalg.norm(direction)
    return Bone(
        parent,
        tuple(direction.tolist()),
        scale * float(part["length"][0]),
        axis,
        tuple("xyz".index(name.removeprefix("r")) for name in part.get("dof", ())),
    )


def _bones(lines: list[str]) -> Iterator[dict[str, list[str]]]:
    """The keys of each bone between ``begin`` and ``end``."""
    part: dict[str, list[str]] = {}
    for line in lines:
        key, *rest = line.split()
        if key == "begin":
            part = {}
        elif key == "end":
            yield part
        else:
            part[key] = rest


def _sections(path: Path) -> dict[str, list[str]]:
    """The file's lines under each ``:keyword``."""
    found: dict[str, list[str]] = {}
    here: list[str] = []
    for line in _text(path):
        if line.startswith(":"):
            here = found.setdefault(line[1:].split()[0], [])
        else:
            here.append(line)
    return found


def _lines(path: Path) -> Iterator[str]:
    return (line for line in _text(path) if not line.startswith(":"))


def _text(path: Path) -> Iterator[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("this file cannot be read", where=path) from error
    return (line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _bad(path: Path, what: str) -> InputError:
    return InputError(what, where=path, todo="use CMU's .asf and .amc files as they are")
