"""Acclaim files: a skeleton small enough to reckon by hand, CMU's own, and files that are not whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.asf_amc import posture, read_amc, read_asf
from benchmarks.cmu_motion import DATA

from mitate.errors import InputError

ASF = """# two bones in a row, upwards; the second one's own axis is turned by 90 degrees about z
:version 1.10
:units
  mass 1.0
  length 0.5
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name low
     direction 0 2 0
     length 10
     axis 0 0 0 XYZ
    dof rx ry rz
    limits (-20.0 45.0)
           (-30.0 30.0)
           (-30.0 30.0)
  end
  begin
     id 2
     name high
     direction 0 1 0
     length 20
     axis 0 0 90 XYZ
    dof rx
    limits (-20.0 45.0)
  end
:hierarchy
  begin
    root low
    low high
  end
"""
UNIT = 0.0254 / 0.5


def written(folder: Path, asf: str, amc: str) -> tuple[Path, Path]:
    (folder / "a.asf").write_text(asf, encoding="utf-8")
    (folder / "a.amc").write_text(f"#!OML\n:FULLY-SPECIFIED\n:DEGREES\n{amc}", encoding="utf-8")
    return folder / "a.asf", folder / "a.amc"


def test_a_small_skeleton_goes_where_it_is_turned(tmp_path: Path) -> None:
    frames = "1\nroot 1 2 3 0 0 0\nlow 90 0 0\nhigh 0\n2\nroot 0 0 0 0 0 90\nlow 0 0 0\nhigh 90\n"
    asf, amc = written(tmp_path, ASF, frames)
    found = posture(read_asf(asf), read_amc(amc))
    # Frame 1: up, turned about x by 90, is z. Frame 2: all is turned about z, and up becomes -x; the second
    # bone turns about its own x, which at rest is the world's y: along itself, so that it stays.
    np.testing.assert_allclose(found.ends["root"] / UNIT, [[1, 2, 3], [0, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(found.ends["low"] / UNIT, [[1, 2, 13], [-10, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(found.ends["high"] / UNIT, [[1, 2, 33], [-30, 0, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("angle deg", "angle rad"), "only skeletons in degrees"),
        (("TX TY TZ RX RY RZ", "RX RY RZ TX TY TZ"), "only skeletons in degrees"),
        (("root low\n    low high", "low high\n    root low"), "before its parent"),
        (("name high", "name other"), "not whole"),
        (("length 20", "length long"), "not whole"),
        (("axis 0 0 90 XYZ", "axis"), "not whole"),
        ((":bonedata", ":nothing"), "not whole"),
    ],
)
def test_another_kind_of_skeleton_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    asf, _ = written(tmp_path, ASF.replace(*change), "")
    with pytest.raises(InputError, match=message):
        read_asf(asf)


@pytest.mark.parametrize(
    "frames",
    ["", "1\nlow 0 0 0\n", "1\nroot 0 0 0 0 0 0\nlow x 0 0\n", "1\nroot 0 0 0 0 0 0\n2\nlow 0 0 0\n"],
)
def test_a_motion_that_is_not_whole_is_refused(tmp_path: Path, frames: str) -> None:
    _, amc = written(tmp_path, ASF, frames)
    with pytest.raises(InputError, match=r"whole|every frame"):
        read_amc(amc)


def test_a_motion_of_another_skeleton_is_refused(tmp_path: Path) -> None:
    asf, amc = written(tmp_path, ASF, "1\nroot 0 0 0 0 0 0\nlow 0 0\nhigh 0\n")
    with pytest.raises(InputError, match="bone low"):
        posture(read_asf(asf), read_amc(amc))
    with pytest.raises(InputError, match="cannot be read"):
        read_asf(tmp_path / "none.asf")


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared CMU recordings are not here")
@pytest.mark.parametrize(("name", "least", "most"), [("02_01", 0.7, 6.1), ("02_06", 2.1, 88.3)])
def test_cmus_trunk_leans_as_was_verified_elsewhere(name: str, least: float, most: float) -> None:
    folder = DATA / "data/CMU/asfamc/subjects/02"
    moved = posture(read_asf(folder / "02.asf"), read_amc(folder / f"{name}.amc"))
    line = moved.ends["thorax"] - moved.ends["root"]
    lean = np.degrees(np.arctan2(np.hypot(line[:, 0], line[:, 2]), line[:, 1]))
    assert (round(float(lean.min()), 1), round(float(lean.max()), 1)) == (least, most)
    legs = moved.ends["lfemur"] - moved.ends["lhipjoint"]
    np.testing.assert_allclose(np.linalg.norm(legs, axis=1), 7.59371 * 0.0254 / 0.45)
