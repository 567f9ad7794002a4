"""A measured film in words, for the terminal."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from mitate.back._parts import MEASURES
from mitate.back.assess import Assessment, View
from mitate.back.change import Change
from mitate.back.measure import Measure
from mitate.back.plots import shown_value
from mitate.back.shown import MOVEMENT_WORDS
from mitate.paper.parts import counted

__all__ = ["in_words", "view_in_words"]

_UNTOLD = ("range_", "peak_speed", "mean_speed", "duration", "hold", "peak_variation")
_MOST_REMEDIES = 3
_UNIT = re.compile(r"_(deg_s|deg|cm|percent|s|count)$")


def in_words(result: Assessment) -> str:
    """What was seen, each part of the body, what has changed, what was not measured, and what it rests on."""
    return "\n".join(_lines(result))


def _lines(result: Assessment) -> Iterator[str]:
    yield _seen(result)
    yield ""
    graded = [one for one in result.conditions if one.grade is not None]
    yield from (f"  {_capital(one.in_words())}" for one in graded)
    if not graded:
        yield "  Nothing was measured that a norm grades."
    yield from _changes(result.changes)
    yield from _other(result)
    yield from _missing(result)
    yield ""
    yield from (f"note: {warning}" for warning in result.warnings)
    yield _origin(result.trained_on)
    yield result.intended_use


def _seen(result: Assessment) -> str:
    """The first line: movement, repetitions, view."""
    sides = [phase.side for phase in result.phases if phase.side]
    by_side = ", ".join(f"{sides.count(side)} {side}" for side in dict.fromkeys(sides))
    repetitions = counted(len(result.phases), "repetition") + (f" ({by_side})" if by_side else "")
    seconds = f" in {result.track.report.duration_s:.0f} s" if result.track.report.duration_s else ""
    return f"{MOVEMENT_WORDS[result.movement]}: {repetitions}{seconds}, {view_in_words(result.view)}"


def view_in_words(view: View) -> str:
    """For example ``seen from the right side (yaw 84° ± 4, camera looks down 5°)``."""
    if not math.isfinite(view.yaw):
        return "seen from an unknown side"
    error = f" ± {view.yaw_error:.0f}" if math.isfinite(view.yaw_error) else ""
    tilt = ""
    if math.isfinite(view.pitch) and abs(view.pitch) >= 1:
        tilt = f", camera looks {'down' if view.pitch > 0 else 'up'} {abs(view.pitch):.0f}°"
    return f"seen from the {view.seen_from} (yaw {_signed(view.yaw)}°{error}{tilt})"


def _changes(found: tuple[Change, ...]) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield "Since the earlier film:"
    for one in found:
        sign, digits = ("°", 0) if one.unit == "deg" else (f" {one.unit}" if one.unit else "", 1)
        difference = f"{_signed(one.now - one.before, digits, plus=True)}{sign}"
        chance = "more than chance" if one.is_real else "within chance"
        yield f"  {_named(one.name)}: {difference}, {chance} (detectable: {one.detectable:.{digits}f}{sign})"


def _other(result: Assessment) -> Iterator[str]:
    """Measures without a norm, less those that say again what others said."""
    graded = {one.measure for one in result.conditions}
    others = [one for name, one in result.measures.values.items() if name not in graded]
    told = [one for one in others if not one.name.startswith(_UNTOLD)]
    if told:
        yield ""
        yield "Without a norm:"
    yield from (f"  {_value(one)}" for one in told)
    if len(told) < len(others):
        yield f"  {counted(len(others) - len(told), 'number')} more in the JSON: ranges, speeds and times"


def _value(one: Measure) -> str:
    return f"{_named(one.name)} {shown_value(one.value, one.error, one.unit)}"


def _missing(result: Assessment) -> Iterator[str]:
    """What was not measured: each that a norm would grade, how many others, and what to do about it."""
    hidden = [one for one in result.conditions if one.grade is None]
    others = len(result.measures.missing.keys() - {one.measure for one in hidden})
    if hidden or others:
        yield ""
        yield "Not measured:"
    yield from (f"  {_capital(one.label.text('en'))}: {one.reason}" for one in hidden)
    if others:
        yield f"  {'and ' if hidden else ''}{counted(others, 'number')} without a norm; the JSON says why"
    remedies = [*(one.todo for one in hidden), *(one.todo for one in result.measures.missing.values())]
    told = [words for words in dict.fromkeys(remedies) if words and not words.startswith("none")]
    yield from (f"  what to do: {words}" for words in told[:_MOST_REMEDIES])


def _named(name: str) -> str:
    label = MEASURES.get(name)
    if label is not None:
        return _capital(label.text("en"))
    return _capital(_UNIT.sub("", name).replace("_", " "))


def _signed(value: float, digits: int = 0, *, plus: bool = False) -> str:
    return f"{value:{'+' if plus else ''}.{digits}f}".replace("-", "−")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _origin(trained_on: str) -> str:
    if trained_on == "simulated":
        return "Learned from simulated people; how well it does on real ones is not known."
    return f"Learned from the cohort {trained_on!r}."
