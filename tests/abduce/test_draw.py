"""Drawn proofs: text in .svg, a readable .png, no warnings without a Japanese font, one file each time."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import cv2
import pytest
from matplotlib import font_manager, rcParams

from mitate.abduce.answer import Explanation
from mitate.abduce.draw import draw_proof
from mitate.abduce.parse import parse
from mitate.abduce.solve import Reasoner
from mitate.errors import InputError

KB = parse("""
source s "A study"
hypothesis sits "sits for long" / "長く座る" prior 0.3 source s
cause bends "the low back bends too much" / "腰が曲がりすぎる" prior 0.01 source s
observation pain "has pain & costs $5 or $6" / "痛い" unexplained 0.001 source s
observation worse "is worse <sitting>" / "座ると悪化" unexplained 0.2 source s
observation odd "an odd finding" / "ほかの所見" unexplained 0.05 source s
rule r1: sits => bends 0.2 source s
rule r2: bends => pain 0.9 source s
rule r3: bends => worse 0.7 source s
observe pain
observe not worse
observe odd
""")
BEST: Explanation = Reasoner(KB).explain(KB.situation, k=1).explanations[0]


def words(path: Path) -> str:
    root = ElementTree.parse(path).getroot()
    return "\n".join("".join(element.itertext()) for element in root.iter() if element.tag.endswith("text"))


@pytest.mark.parametrize(("language", "label"), [("en", "the low back bends"), ("ja", "腰が曲がりすぎる")])
def test_an_svg_holds_its_labels_as_text(tmp_path: Path, language: str, label: str) -> None:
    path = tmp_path / "proof.svg"
    draw_proof(KB, BEST, path, language)
    said = words(path)
    assert label in said
    assert "r2 0.9" in said
    assert ("costs $5 or $6" in said) == (language == "en")
    assert f"{BEST.cost / 1e6:.2f}" in said
    svg = path.read_text(encoding="utf-8")
    assert "'Noto Sans CJK JP'" in svg
    assert all("sans-serif" in style for style in re.findall(r'<text style="([^"]*)"', svg))
    assert "stroke-dasharray" in svg  # what was expected but not so


def test_a_png_is_a_picture_with_ink(tmp_path: Path) -> None:
    path = tmp_path / "proof.PNG"
    draw_proof(KB, BEST, path)
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape[1] > 600
    assert (picture < 128).any()
    border = picture[[0, -1]]
    assert border.min() == 255


@pytest.mark.parametrize("names", [[], ["IPAexGothic"]])
def test_japanese_without_its_font_warns_of_nothing(
    tmp_path: Path, names: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if names and names[0] not in font_manager.fontManager.get_font_names():
        pytest.skip("this font is not installed here")
    monkeypatch.setattr(font_manager.fontManager, "get_font_names", lambda: ["DejaVu Sans", *names])
    for ending in ("png", "svg"):
        draw_proof(KB, BEST, tmp_path / f"proof.{ending}", "ja")
        assert (tmp_path / f"proof.{ending}").stat().st_size > 1000
    assert not caplog.records


def test_the_same_proof_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        draw_proof(KB, BEST, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_settings_are_left_as_they_were(tmp_path: Path) -> None:
    before = dict(rcParams)
    draw_proof(KB, BEST, tmp_path / "proof.svg")
    assert dict(rcParams) == before


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.svg or \.png"):
        draw_proof(KB, BEST, tmp_path / "proof.gif")
    with pytest.raises(InputError, match="without ending"):
        draw_proof(KB, BEST, tmp_path / "proof")
    assert list(tmp_path.iterdir()) == []
