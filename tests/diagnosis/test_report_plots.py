"""Drawings take the page's colour and say in words what they show."""

from __future__ import annotations

import re

import numpy as np
import pytest

from mitate.diagnosis.curve import CurvePoint
from mitate.diagnosis.report_plots import (
    calibration_plot,
    confusion_plot,
    learning_plot,
    saliency_picture,
    sizes_plot,
)
from mitate.diagnosis.saliency import ClassSaliency

DRAWINGS = {
    "calibration": lambda: calibration_plot([0.5, 0.9], [0.6, 0.85], [0.4, 0.7], [0.8, 1.0]),
    "sizes": lambda: sizes_plot([1, 20, 3]),
    "learning": lambda: learning_plot([CurvePoint(5, 0.5, 0.4, 0.6, 0.0, 1, 9)], 0.2),
    "confusion": lambda: confusion_plot(np.eye(14, dtype=np.int64)),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_a_part_of_the_page(name: str) -> None:
    drawn = DRAWINGS[name]()
    assert drawn.startswith("<svg ")
    assert drawn.endswith("</svg>")
    assert "currentColor" in drawn
    assert "#010203" not in drawn
    assert "DejaVu" not in drawn
    assert "<metadata" not in drawn
    assert re.search(r"viewBox=", drawn)
    ids = re.findall(r'\bid="([^"]+)"', drawn)
    assert all(one.startswith(f"{name}-") for one in ids)
    used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', drawn)
    assert {one or other for one, other in used} <= set(ids)


def test_it_says_what_it_shows() -> None:
    assert "<title>Learning curve: 5 people 50 %.</title>" in DRAWINGS["learning"]()
    assert "1 photos with 0; 20 photos with 1; 3 photos with 2" in DRAWINGS["sizes"]()


def heat(face: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None) -> ClassSaliency:
    one = np.zeros((112, 112))
    one[20:40, 20:40], one[70:90, 70:90] = 1.0, -1.0
    return ClassSaliency("a", one, face, True, 3, 0.5, (("nose", 1.0),), "evidence", None)


@pytest.mark.parametrize("face", [None, np.full((112, 112, 3), 90, np.uint8)])
def test_evidence_for_is_orange_and_against_is_blue(
    face: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None,
) -> None:
    drawn = saliency_picture(heat(face)).astype(int)
    assert drawn.shape == (224, 224, 3)
    red, _, blue = drawn[60, 60]
    assert red > blue + 50
    red, _, blue = drawn[160, 160]
    assert blue > red + 50
    assert np.ptp(drawn[110, 110]) == 0
