"""Captions of an exercise film as WebVTT, from the exercise and the times of its film.

The title comes first, at the top; below run the lines of the film at their phases, with the number of the
repetition, its side, and how long a position is held (W3C, WebVTT: The Web Video Text Tracks Format, 2019).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mitate.back.exercise import Exercise

__all__ = ["LANGUAGES", "Cue", "FilmTimes", "Repetition", "cues_of", "webvtt"]

LANGUAGES: tuple[str, ...] = ("en", "ja")

Side = Literal["left", "right", "first", "other", ""]

_TITLE_S = 4.0
_LEAST_S = 0.8  # a shorter cue cannot be read, and goes with its neighbour
_HOLD_WORTH_SAYING_S = 2.0

_SIDE_WORDS = {
    "en": {"left": "left side", "right": "right side", "first": "first side", "other": "other side"},
    "ja": {"left": "左側", "right": "右側", "first": "片側", "other": "反対側"},
}


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition in a film.

    Attributes:
        start_s, end_s: from when to when.
        side: which side works: ``left``, ``right``; ``first`` or ``other`` where it is neither alone; or
            nothing where there are no sides.
        mirrored: whether left and right are exchanged against the exercise's own captions.
    """

    start_s: float
    end_s: float
    side: Side = ""
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class FilmTimes:
    """When what happens in a film.

    Attributes:
        length_s: of the film.
        repetitions: one after the other.
        captions_at_s: when each of the exercise's captions begins, from the start of a repetition.
        holds_s: from when to when a position is held for the dose's time, from the start of a repetition.
    """

    length_s: float
    repetitions: tuple[Repetition, ...]
    captions_at_s: tuple[float, ...]
    holds_s: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: from when to when it is shown, and its lines."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    at_top: bool = False


def cues_of(one: Exercise, times: FilmTimes, language: str) -> tuple[Cue, ...]:
    """The captions of a film.

    Args:
        one: the exercise.
        times: of its film.
        language: ``en`` or ``ja``.
    """
    first = times.repetitions[0].start_s if times.repetitions else times.length_s
    title_end = min(max(_TITLE_S, first), times.length_s)
    cues = [Cue(0.0, title_end, (one.title.text(language),), at_top=True)]
    count = len(times.repetitions)
    for number, repetition in enumerate(times.repetitions, start=1):
        last = number == count
        end = times.length_s if last else repetition.end_s
        cues += _of_repetition(
            one, times, repetition, _label(number, count, repetition.side, language), end, language
        )
    return tuple(cues)


def _label(number: int, count: int, side: Side, language: str) -> str:
    if language == "ja":
        said = f"{count}回中{number}回目" if count > 1 else ""
        return "・".join(part for part in (said, _SIDE_WORDS["ja"].get(side, "")) if part)
    said = f"Repetition {number} of {count}" if count > 1 else ""
    label = ", ".join(part for part in (said, _SIDE_WORDS["en"].get(side, "")) if part)
    return label[:1].upper() + label[1:]


def _of_repetition(
    one: Exercise, times: FilmTimes, repetition: Repetition, label: str, end_s: float, language: str
) -> list[Cue]:
    """A cue for each line of the exercise's captions, the hold said with the line during which it begins."""
    said = one.film.captions.text(language)
    starts = [repetition.start_s + at for at in times.captions_at_s[: len(said)]]
    untils = [*starts[1:], end_s]
    if not starts or end_s - repetition.start_s < _LEAST_S:
        return [Cue(repetition.start_s, end_s, (label,))] if label and end_s > repetition.start_s else []
    cues: list[Cue] = []
    begun, lines = repetition.start_s, []
    for number, (line, until) in enumerate(zip(said, untils, strict=False), start=1):
        lines.append(_other_side(line, language) if repetition.mirrored else line)
        if number < len(untils) and (until - begun < _LEAST_S or end_s - until < _LEAST_S):
            continue  # too short to be read alone: it stays with the line after it
        held = any(begun <= repetition.start_s + at < until for at, _ in times.holds_s)
        second = _joined(label, _hold(one, language) if held else "", language)
        cues.append(Cue(begun, until, (*lines, second) if second else tuple(lines)))
        begun, lines = until, []
    return cues


def _joined(label: str, hold: str, language: str) -> str:
    if language == "ja":
        return "・".join(part for part in (label, hold) if part)
    return ". ".join(part for part in (label, hold) if part)


def _hold(one: Exercise, language: str) -> str:
    seconds = one.dose.hold_s
    if seconds < _HOLD_WORTH_SAYING_S:
        return ""
    if language == "ja":
        return f"{seconds:g}秒間保ちます" if seconds < 60 else f"{seconds / 60:g}分間保ちます"
    return f"Hold for {seconds:g} seconds" if seconds < 60 else f"Hold for {seconds / 60:g} min"


_OTHER = {"left": "right", "right": "left", "Left": "Right", "Right": "Left", "左": "右", "右": "左"}


def _other_side(text: str, language: str) -> str:
    """The same said of the other side: left and right exchanged, but not in "right angle" or 左右."""
    if language == "ja":
        return re.sub(r"左右|右左|左|右", lambda found: _OTHER.get(found[0], found[0]), text)
    return re.sub(r"\b(left|right)\b(?! angle)", lambda found: _OTHER[found[0]], text, flags=re.IGNORECASE)


def webvtt(cues: tuple[Cue, ...], *, note: str = "") -> str:
    """The text of a WebVTT file.

    Args:
        cues: in order of their starts.
        note: a comment at its head.
    """
    blocks = ["WEBVTT"]
    if note:
        blocks.append("NOTE " + re.sub(r"\s+", " ", note).replace("-->", "→"))
    for number, cue in enumerate(cues, start=1):
        place = " line:0" if cue.at_top else ""
        head = f"{number}\n{_stamp(cue.start_s)} --> {_stamp(cue.end_s)}{place}"
        blocks.append("\n".join([head, *(_escaped(line) for line in cue.lines)]))
    return "\n\n".join(blocks) + "\n"


def _escaped(line: str) -> str:
    """A line of text as a cue may have it: no markup, no line break, no arrow."""
    flat = re.sub(r"\s+", " ", line).strip()
    return flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stamp(seconds: float) -> str:
    thousandths = max(0, round(1000 * seconds))
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
