"""Captions can be read by whoever reads WebVTT strictly, and come when the film shows what they say."""

from __future__ import annotations

import html
import re
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.back.captions import LANGUAGES, Cue, FilmTimes, Repetition, cues_of, webvtt
from mitate.back.exercise import Exercise, Words
from mitate.back.exercises import exercises

TIMING = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d\d):([0-5]\d):([0-5]\d)\.(\d{3})( line:0)?")

TIMES = FilmTimes(
    length_s=20.0,
    repetitions=(Repetition(1.0, 10.0, "left"), Repetition(10.0, 19.0, "right", mirrored=True)),
    captions_at_s=(0.0, 2.5, 5.0),
    holds_s=((3.0, 5.0),),
)


def read(text: str) -> list[tuple[float, float, list[str], bool]]:
    """Start, end, lines and whether at the top, of each cue; fails on what a strict reader would not take."""
    head, *blocks = text.rstrip("\n").split("\n\n")
    assert head == "WEBVTT"
    assert text.endswith("\n")
    found = []
    for block in blocks:
        lines = block.split("\n")
        if lines[0].startswith("NOTE"):
            assert "-->" not in block
            continue
        assert re.fullmatch(r"\d+", lines[0]), lines[0]
        timing = TIMING.fullmatch(lines[1])
        assert timing, lines[1]
        a, b = ((int(h) * 60 + int(m)) * 60 + int(s) + int(ms) / 1000 for h, m, s, ms in _parts(timing))
        payload = lines[2:]
        assert payload
        assert all(line.strip() and "-->" not in line and "<" not in line for line in payload)
        assert all(re.fullmatch(r"(?:[^&]|&(?:amp|lt|gt);)*", line) for line in payload)
        found.append((a, b, [html.unescape(line) for line in payload], timing[9] is not None))
    return found


def _parts(timing: re.Match[str]) -> list[tuple[str, str, str, str]]:
    groups = timing.groups()
    return [(groups[0], groups[1], groups[2], groups[3]), (groups[4], groups[5], groups[6], groups[7])]


@pytest.fixture(scope="module")
def one() -> Exercise:
    return next(each for each in exercises() if each.dose.hold_s >= 2 and len(each.film.captions.en) >= 3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_comes_first_and_the_lines_follow_in_order(one: Exercise, language: str) -> None:
    cues = read(webvtt(cues_of(one, TIMES, language), note="made"))
    assert cues[0] == (0.0, 4.0, [one.title.text(language)], True)
    assert [cue[2][0] for cue in cues[1:4]] == list(one.film.captions.text(language)[:3])
    assert [cue[0] for cue in cues[1:4]] == [1.0, 3.5, 6.0]
    assert cues[3][1] == 10.0
    assert cues[-1][1] == TIMES.length_s


def test_repetitions_sides_and_holds_are_told(one: Exercise) -> None:
    lines = [line for cue in cues_of(one, TIMES, "en")[1:] for line in cue.lines]
    assert lines.count(f"Repetition 1 of 2, left side. Hold for {one.dose.hold_s:g} seconds") == 1
    assert "Repetition 2 of 2, right side" in lines
    japanese = [line for cue in cues_of(one, TIMES, "ja")[1:] for line in cue.lines]
    assert f"2回中1回目・左側・{one.dose.hold_s:g}秒間保ちます" in japanese


def test_a_mirrored_repetition_names_the_other_side(one: Exercise) -> None:
    lines = msgspec.structs.replace(
        one.film.captions,
        en=("Lift the left leg.", "Right hand to the right angle.", "Down."),
        ja=("左脚を上げます。", "左右に揺らしません。", "下ろします。"),
    )
    other = msgspec.structs.replace(one, film=msgspec.structs.replace(one.film, captions=lines))
    english = [cue.lines[0] for cue in cues_of(other, TIMES, "en")]
    assert english[1:3] == ["Lift the left leg.", "Right hand to the right angle."]
    assert english[4:6] == ["Lift the right leg.", "Left hand to the right angle."]
    japanese = [cue.lines[0] for cue in cues_of(other, TIMES, "ja")]
    assert japanese[4:6] == ["右脚を上げます。", "左右に揺らしません。"]


@given(title=st.text(min_size=1).filter(str.strip), note=st.text())
def test_any_text_can_be_a_caption(title: str, note: str) -> None:
    flat = re.sub(r"\s+", " ", title).strip()
    if not flat.isprintable():
        return
    cues = read(webvtt((Cue(0.0, 2.0, (title,)),), note=note))
    assert cues == [(0.0, 2.0, [flat], False)]


@given(
    start=st.floats(0, 3),
    lengths=st.lists(st.floats(0.2, 12), min_size=1, max_size=12),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=6),
    rest=st.floats(0, 2),
)
def test_times_ascend_and_lie_in_the_film(
    start: float, lengths: list[float], shares: list[float], rest: float
) -> None:
    one = exercises()[0]
    repetitions, now = [], start
    for number, length in enumerate(lengths):
        repetitions.append(Repetition(now, now + length, "first" if number % 2 else "other", number % 2 == 1))
        now += length
    times = FilmTimes(
        now + rest, tuple(repetitions), tuple(sorted(share * lengths[0] for share in shares)), ((0.1, 2.0),)
    )
    for language in LANGUAGES:
        cues = read(webvtt(cues_of(one, times, language)))
        assert all(0 <= a < b <= times.length_s + 1e-3 for a, b, _, _ in cues)
        below = [cue for cue in cues if not cue[3]]
        assert all(one[1] <= two[0] + 1e-9 for one, two in pairwise(below))


def test_words_are_of_the_language_asked_for(one: Exercise) -> None:
    plain = msgspec.structs.replace(one, title=Words(en="Title", ja="題"))
    assert cues_of(plain, TIMES, "ja")[0].lines == ("題",)
    assert cues_of(plain, TIMES, "en")[0].lines == ("Title",)
