"""Draws docs/pictures/two-worlds.png: the same simulated patients in two worlds, to teach and to test in.

Run it with the simulate extra installed: ``python docs/pictures/two_worlds.py``
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.simulate.capture import sample_frames
from mitate.simulate.face_cohort import sitter_for
from mitate.simulate.head import Head, load_head
from mitate.simulate.person import sample_person
from mitate.simulate.shifted import LEARNING_WORLD, SHIFTED_WORLD, World
from mitate.simulate.study_people import published_design

SIDE, EYES_PX, PEOPLE = 168, 47.25, 6  # half as large again as what crops are taken from
NAMES = {"learning": "the world that teaches", "shifted": "the world that tests"}


def session(head: Head, place: int, number: int, world: World) -> NDArray[np.uint8]:
    """The first frame of one session of a patient of the study, as this world's camera gives it."""
    plan = published_design(world=world)
    person = sample_person(head, plan.seed, plan.people[place], plan.person)
    sitter = sitter_for(person, number, number // 2 + 1, plan.capture)
    rng = np.random.default_rng([person.seed, person.index, 3, number])
    (state,) = sample_frames(rng, sitter.conditions, 1, plan.capture)
    return sitter.picture(state, SIDE, SIDE, EYES_PX)


def main() -> None:
    """Draw the sheet: two sessions of each patient, one above the other, in each world."""
    head = load_head()
    rows = []
    for world in (LEARNING_WORLD, SHIFTED_WORLD):
        strip = np.full((24, PEOPLE * SIDE, 3), 255, np.uint8)
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(strip, NAMES[world.name], (6, 17), font, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
        rows.append(strip)
        rows += [
            np.hstack([session(head, place, number, world) for place in range(PEOPLE)]) for number in (0, 1)
        ]
    target = Path(__file__).with_name("two-worlds.png")
    # 32 shades a channel do for a page, and make the file much smaller
    sheet = (np.vstack(rows) // 8 * 8 + 4).astype(np.uint8)
    cv2.imwrite(str(target), sheet[..., ::-1], [int(cv2.IMWRITE_PNG_COMPRESSION), 9])
    print(f"wrote {target}, {target.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
