"""Draws docs/pictures/two-kilograms.png: one face, with 2 kg of computed swelling, and the difference.

The face is a frame of a film in examples/, of nobody: a swollen picture of somebody who can be recognised
would say something of his health that is not true. Run: ``python docs/pictures/two_kilograms.py [PHOTO]``
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.simulate.swell import fit_face, read_picture, swollen
from mitate.simulate.swell_mesh import FaceSurface, nominal_pattern

EXAMPLE = Path(__file__).parents[2] / "examples/two-patients/videos/sim-460-0000_d000-post.mp4"
WIDTH, HEIGHT = 300, 360
KG = 2.0
TIMES = 6


def framed(picture: NDArray[np.uint8], surface: FaceSurface) -> NDArray[np.uint8]:
    """The face, as wide as the panel."""
    points = surface.pixels(surface.points[:468])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    scale = WIDTH / (1.7 * float(np.ptp(points[:, 0])))
    matrix = np.array([[scale, 0, WIDTH / 2 - scale * middle[0]], [0, scale, HEIGHT / 2 - scale * middle[1]]])
    flat = cv2.warpAffine(
        picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, np.uint8)


def nobody() -> NDArray[np.uint8]:
    """A frame of a simulated patient after dialysis, who looks at the camera."""
    return next(iter(video.frames(EXAMPLE))).image


def main(photo: Path | None) -> None:
    """Draw the panels."""
    face = fit_face(nobody() if photo is None else read_picture(photo))
    dry, full = (framed(swollen(face, nominal_pattern(), kg), face.surface) for kg in (0.0, KG))
    change = (full.astype(np.float32) - dry).mean(axis=2, keepdims=True)
    shown = np.asarray(np.clip(128 + TIMES * change.repeat(3, axis=2), 0, 255)).astype(np.uint8)
    titles = (
        "a simulated face" if photo is None else "as photographed",
        f"computed: +{KG:g} kg",
        f"the change, {TIMES} times",
    )
    panels = []
    for title, picture in zip(titles, (dry, full, shown), strict=True):
        strip = np.full((24, WIDTH, 3), 255, np.uint8)
        cv2.putText(strip, title, (8, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
        panels.append(np.vstack([strip, picture]))
    sheet = np.hstack(panels)
    target = Path(__file__).with_name("two-kilograms.png")
    cv2.imwrite(str(target), sheet[..., ::-1], [int(cv2.IMWRITE_PNG_COMPRESSION), 9])
    print(f"wrote {target}, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
