"""Draws docs/pictures/simulated-syndromes.png: people without and with two simulated syndromes.

Run it with the simulate extra installed: ``python docs/pictures/simulated_syndromes.py``
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.simulate.head import Head, load_head
from mitate.simulate.syndrome_photos import take_photo
from mitate.simulate.syndromes import SyndromePlan, class_label, sample_affected

PLAN = SyndromePlan(seed=7)
SIDE, PEOPLE = 128, 6


def row(head: Head, number: int) -> NDArray[np.uint8]:
    """The first people of one class, each as photographed."""
    pictures = []
    for index in range(PEOPLE):
        picture, _ = take_photo(sample_affected(head, PLAN, number, index), PLAN, number, 0)
        width = picture.shape[1]
        top = (picture.shape[0] - width) // 2
        square = np.ascontiguousarray(picture[top : top + width])
        pictures.append(cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    strip = np.full((20, PEOPLE * SIDE, 3), 255, np.uint8)
    text = class_label(number)
    cv2.putText(strip, text, (6, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    return np.vstack([strip, np.hstack(pictures)]).astype(np.uint8)


def main() -> None:
    """Draw the sheet."""
    head = load_head()
    sheet = np.vstack([row(head, number) for number in range(3)])
    target = Path(__file__).with_name("simulated-syndromes.png")
    cv2.imwrite(str(target), sheet[..., ::-1], [int(cv2.IMWRITE_PNG_COMPRESSION), 9])
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
