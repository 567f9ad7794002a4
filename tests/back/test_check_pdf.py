from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.back.checked import ANSWERS, checked

from mitate.back.check_pdf import write_pdf


def written(folder: Path, language: str = "en", red_flag: bool = False) -> bytes:
    answers = {**ANSWERS, "red_flags": {"saddle_anaesthesia": True}} if red_flag else None
    path = folder / f"{language}.pdf"
    write_pdf(checked(answers, language=language), path, folder)
    return path.read_bytes()


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_is_a_pdf_of_a_few_pages_in_its_language(tmp_path: Path, language: str) -> None:
    content = written(tmp_path, language)
    assert content.startswith(b"%PDF-1.")
    assert content.rstrip().endswith(b"%%EOF")
    assert 3 <= pages(content) <= 12
    assert (b"/HeiseiKakuGo-W5" in content) == (language == "ja")
    assert (b"DejaVuSans" in content) == (language == "en")


def test_the_same_check_gives_the_same_bytes(tmp_path: Path) -> None:
    check, paths = checked(), [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    for path in paths:
        write_pdf(check, path, tmp_path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_red_flag_needs_one_page(tmp_path: Path) -> None:
    assert pages(written(tmp_path, red_flag=True)) == 1


def test_stills_of_the_exercises_are_in_it(tmp_path: Path) -> None:
    without = written(tmp_path)
    check = checked()
    assert check.programme is not None
    (tmp_path / "exercises").mkdir()
    still = np.full((72, 128, 3), 90, np.uint8)
    cv2.imwrite(str(tmp_path / "exercises" / f"{check.programme.exercises[0].exercise.name}.jpg"), still)
    content = written(tmp_path)
    assert content.count(b"/Subtype /Image") == without.count(b"/Subtype /Image") + 1
