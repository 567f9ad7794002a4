"""Draws docs/pictures/simulated-faces.png: eight simulated patients before and after dialysis.

Run it with the simulate extra installed: ``python docs/pictures/simulated_faces.py``
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.simulate.capture import CaptureProfile, FrameState, Sitter, sample_conditions
from mitate.simulate.head import Head, load_head
from mitate.simulate.person import sample_person

SEED, WIDTH, HEIGHT, EYES_PX = 2, 192, 240, 64.0
STILL = FrameState(0.0, 0.0, 0.0, {}, (0.0, 0.0), (0.0, 0.0), 0.0, 1)


def column(head: Head, index: int) -> NDArray[np.uint8]:
    """One patient in one room: before dialysis above, after it below."""
    person = sample_person(head, SEED, index)
    rng = np.random.default_rng([SEED, index])
    conditions = replace(
        sample_conditions(rng, CaptureProfile(light=0.4, expression=0.5)), distance_m=0.7, noise=0.0
    )
    pictures = []
    for visit in person.course(1):
        picture = Sitter(person, visit, conditions).picture(STILL, WIDTH, HEIGHT, EYES_PX, compress=False)
        text = f"{person.sex} {person.age}, {visit.phase}: {round(visit.fluid_kg, 1) + 0.0:+.1f} kg"
        strip = np.full((20, WIDTH, 3), 255, np.uint8)
        cv2.putText(strip, text, (6, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
        pictures.append(np.vstack([strip, picture]))
    return np.vstack(pictures)


def main() -> None:
    """Draw the sheet."""
    head = load_head()
    rows = [np.hstack([column(head, index) for index in range(first, first + 4)]) for first in (0, 4)]
    sheet = np.vstack(rows)
    target = Path(__file__).with_name("simulated-faces.png")
    cv2.imwrite(str(target), sheet[..., ::-1], [int(cv2.IMWRITE_PNG_COMPRESSION), 9])
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
