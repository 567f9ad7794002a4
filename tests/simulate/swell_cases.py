"""Faces to swell: a mesh made from the shapes that come along, and a frame of an example film."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.edema.cohort import read_cohort
from mitate.simulate.swell_mesh import POINTS, shapes

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-patients"


def made_mesh(yaw: float = 0.0, pitch: float = 0.0, px_per_mm: float = 2.0) -> NDArray[np.float32]:
    """(468, 3) px of a 640 x 640 picture."""
    a, b = np.radians([yaw, pitch])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    points = shapes().mesh_mm[:POINTS] @ (about_y @ about_x).T * np.array([1, -1, -1])
    return np.asarray(px_per_mm * (points - points.mean(axis=0)) + np.array([320, 320, 0]), np.float32)


@cache
def example_frame(participant: int = 0, session: int = 0) -> NDArray[np.uint8]:
    """The first frame of a simulated patient's film, RGB."""
    cohort = read_cohort(EXAMPLE)
    who = cohort.participants[participant].participant_id
    return next(iter(video.frames(cohort.video_path(cohort.sessions_of(who)[session])))).image
