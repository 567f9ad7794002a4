"""How single frames spread about a film's estimate."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.serve.pages.clinic_rows import estimate

from mitate.serve.pages.clinic_captures import spread_of
from mitate.serve.pages.clinic_shown import kg, span


@given(st.floats(-8, 12), st.integers(1, 100))
def test_a_spread_lies_on_its_picture(value: float, frames: int) -> None:
    found = spread_of(estimate(value, frames=frames))
    assert found is not None
    assert len(found.frames) == frames
    for x, y, top, bottom in found.frames:
        assert 44 <= x <= 628
        assert 12 <= top <= y <= bottom <= 150
    assert found.top <= found.whole <= found.bottom
    assert 1 <= len(found.ticks) <= 14
    assert all(12 <= y <= 150 for y, _ in found.ticks)


def test_no_frames_no_spread() -> None:
    assert spread_of({"frame_excess_kg": [], "interval_90": [0, 1], "excess_kg": 0.5}) is None


def test_kilograms_are_written_with_a_true_minus() -> None:
    assert kg(-1.25) == "\u22121.2"
    assert kg(1.0, sign=True) == "+1.0"
    assert kg(-0.01, sign=True) == "0.0"
    assert kg(None) == "–"
    assert span(-1, 2, "en") == "\u22121.0 to 2.0"
    assert span(0.3, 2, "ja") == "0.3〜2.0"
    assert span(None, 2, "en") == "–"
