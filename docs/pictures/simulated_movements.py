"""Draws docs/pictures/simulated-movements.png: six simulated people in the deepest moment of a movement.

Run it with the simulate extra installed: ``python docs/pictures/simulated_movements.py``
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.simulate.movement_film import film_frames
from mitate.simulate.movement_set import MovementPlan, draw_film

SEED, WIDTH, HEIGHT, RATE = 4, 192, 320, 5.0
SHOWN = (
    ("forward_bend", 80.0),
    ("backward_bend", 40.0),
    ("side_bend", 0.0),
    ("squat", -60.0),
    ("waiters_bow", 65.0),
    ("rotation", -20.0),
)


def column(person: int, movement: str, yaw: float) -> NDArray[np.uint8]:
    """One person, seen from one side, where the first repetition is deepest."""
    plan = MovementPlan(len(SHOWN), SEED, (movement,), yaw=yaw, frame_rate=RATE, width=WIDTH, height=HEIGHT)
    scene = draw_film(plan, person, movement)
    moment = round(scene.motion.repetitions[0].peak_s * RATE)
    part = slice(moment, moment + 1)
    dof = {name: values[part] for name, values in scene.motion.dof.items()}
    still = replace(scene.motion, times_s=scene.motion.times_s[part], dof=dof)
    picture = next(iter(film_frames(replace(scene, motion=still))))
    strip = np.full((34, WIDTH, 3), 255, np.uint8)
    who = f"{scene.mover.sex} {scene.mover.age}, yaw {yaw:+.0f}"
    for line, text in enumerate((movement.replace("_", " "), who)):
        cv2.putText(
            strip, text, (6, 14 + 15 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA
        )
    return np.vstack([strip, picture])


def main() -> None:
    """Draw the strip."""
    sheet = np.hstack([column(person, *what) for person, what in enumerate(SHOWN)])
    target = Path(__file__).with_name("simulated-movements.png")
    cv2.imwrite(str(target), sheet[..., ::-1], [int(cv2.IMWRITE_PNG_COMPRESSION), 9])
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
