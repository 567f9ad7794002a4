"""What a set was like, in words for the person who did it, and as a picture for who looks closer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mitate.back.coach_rules import say_of, see_of
from mitate.back.coached import Coached
from mitate.back.signals import OF_SPINE, SIGNALS
from mitate.files import write_bytes, write_text

__all__ = ["FILES", "chart", "in_words", "write_set_files"]

FILES: tuple[str, ...] = ("coach.json", "chart.png")
"""What `write_set_files` writes."""

_ADVISED = 2  # corrections for next time, at most
_OFTEN = 0.3  # of the repetitions, for a fault to be advised on
_UNSEEN = 0.2  # of the time, from which on it is said
_UNITS = {"deg": {"en": "degrees", "ja": "度"}, "%": {"en": "%", "ja": "%"}, "s": {"en": "s", "ja": "秒"}}
_TEXT = {
    "en": {
        "count": "{n} of {target} repetitions",
        "sides": " ({left} left, {right} right)",
        "held": "held for {n:.0f} of {target:.0f} seconds",
        "range": "range: {size:.0f} {unit} (median), {share:.0f} % of the least prescribed",
        "range_only": "range: {size:.0f} {unit} (median)",
        "tempo": "tempo: {out:.1f} s out, {hold:.1f} s held, {back:.1f} s back; "
        "prescribed {a:g}, {h:g} and {b:g}",
        "fault": "{see} ({n} of {all}: at {at} s)",
        "none": "No fault was seen of those that are looked for.",
        "unseen": "For {share:.0f} % of the time too little of you was seen.",
        "uncounted": "The camera does not see this movement well enough to count it.",
        "next": "next time: {say}",
        "well": "next time: the same again.",
        "note": "Seen by a camera; research use, not a medical device.",
    },
    "ja": {
        "count": "{target}回のうち{n}回できました",
        "sides": "（左{left}回、右{right}回）",
        "held": "{target:.0f}秒のうち{n:.0f}秒保ちました",
        "range": "動きの大きさ：{size:.0f}{unit}（中央値）、目安の下限の{share:.0f}%",
        "range_only": "動きの大きさ：{size:.0f}{unit}（中央値）",
        "tempo": "速さ：行き{out:.1f}秒、保持{hold:.1f}秒、戻り{back:.1f}秒"
        "（目安は{a:g}秒、{h:g}秒、{b:g}秒）",
        "fault": "{see}（{all}回のうち{n}回：{at}秒）",
        "none": "確かめた点では、くずれは見られませんでした。",
        "unseen": "全体の{share:.0f}%の間、お体がよく見えませんでした。",
        "uncounted": "この運動は、カメラでは数えられるほどよく見えませんでした。",
        "next": "次回：{say}",
        "well": "次回も同じように行いましょう。",
        "note": "カメラで見たものです。研究用で、医療機器ではありません。",
    },
}


def in_words(done: Coached, language: str = "en") -> str:
    """The set in a few lines: repetitions, range, tempo, faults with their moments, what to do next time."""
    text = _TEXT["ja" if language == "ja" else "en"]
    lines = [done.one.title.text(language), _count(done, text)]
    parts = done.repetitions or done.stretches
    if done.repetitions:
        lines += [_range(done, text, language), _tempo(done, text)]
    for name, moments in done.faults.items():
        at = ", ".join(f"{moment:.0f}" for moment in moments)
        see = see_of(done.one.coach, name).text(language)
        lines.append(text["fault"].format(see=see.rstrip(".。"), n=len(moments), all=len(parts), at=at))
    if parts and not done.faults:
        lines.append(text["none"])
    share = done.unseen_s / done.duration_s if done.duration_s > 0 else 1.0
    if done.one.coach.signal in OF_SPINE and share > 0.5:
        lines.append(text["uncounted"])
    elif share > _UNSEEN:
        lines.append(text["unseen"].format(share=100 * share))
    lines += _next(done, text, language)
    return "\n".join([*lines, text["note"]])


def _count(done: Coached, text: dict[str, str]) -> str:
    if done.target_s and not done.repetitions:
        return text["held"].format(n=done.held_s, target=done.target_s)
    said = text["count"].format(n=len(done.repetitions), target=done.target)
    if not done.sided or not any(one.side for one in done.repetitions):
        return said
    sides = [one.side for one in done.repetitions]
    return said + text["sides"].format(left=sides.count("left"), right=sides.count("right"))


def _range(done: Coached, text: dict[str, str], language: str) -> str:
    size = float(np.median([one.range for one in done.repetitions]))
    unit = _UNITS[SIGNALS[done.one.coach.signal].unit]["ja" if language == "ja" else "en"]
    if not np.isfinite(done.range_share):
        return text["range_only"].format(size=size, unit=unit)
    return text["range"].format(size=size, unit=unit, share=100 * done.range_share)


def _tempo(done: Coached, text: dict[str, str]) -> str:
    out, hold, back = done.tempo_s
    dose = done.one.dose
    return text["tempo"].format(
        out=out, hold=hold, back=back, a=dose.tempo_s[0], h=dose.hold_s, b=dose.tempo_s[1]
    )


def _next(done: Coached, text: dict[str, str], language: str) -> list[str]:
    parts = done.repetitions or done.stretches
    often = [name for name, at in done.faults.items() if len(at) >= max(2, _OFTEN * len(parts))]
    plan = done.one.coach
    said = [text["next"].format(say=say_of(plan, name).text(language)) for name in often[:_ADVISED]]
    return said or ([text["well"]] if parts else [])


def chart(done: Coached, path: Path) -> None:
    """The course over time, every repetition shaded, with its number and a mark for each of its faults."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 3.6), dpi=150, layout="constrained")
    axes = figure.subplots()
    name = done.one.coach.signal or "seconds held"
    unit = _UNITS[SIGNALS[name].unit]["en"] if name in SIGNALS else "s"
    sign = -1.0 if done.one.coach.falls else 1.0
    axes.plot(done.times_s, sign * done.course, color="#27496d", linewidth=1.2)
    names = list(done.faults)
    top = float(np.nanmax(sign * done.course)) if np.isfinite(done.course).any() else 1.0
    for one in (*done.repetitions, *done.stretches):
        axes.axvspan(one.start_s, one.end_s, color="#cfe6d4" if not one.faults else "#f3d9c5", alpha=0.7)
        marks = "".join(chr(ord("a") + names.index(fault)) for fault in one.faults)
        side = f" {one.side[:1]}" if one.side else ""
        axes.annotate(f"{one.number}{side}\n{marks}", (one.peak_s, top), ha="center", va="bottom", fontsize=8)
    seen = [f"{chr(ord('a') + i)}: {see_of(done.one.coach, fault).en}" for i, fault in enumerate(names)]
    axes.set_title("\n".join([done.one.title.en, *seen]), loc="left", fontsize=8)
    axes.set_xlabel("seconds")
    axes.set_ylabel(f"{name.replace('_', ' ')}, {unit}")
    axes.margins(y=0.22)
    held = io.BytesIO()
    figure.savefig(held, format="png", metadata={"Software": "mitate"})
    write_bytes(path, held.getvalue())


def write_set_files(
    done: Coached,
    folder: Path,
    told: dict[str, Any],
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write `FILES` into a folder.

    Args:
        done: the set.
        folder: made if it is not there.
        told: what ``coach.json`` holds.
        progress: called with the share that is written.

    Raises:
        OSError: it cannot be written to.
    """
    write_text(folder / "coach.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    if progress is not None:
        progress(0.3)
    chart(done, folder / "chart.png")
    if progress is not None:
        progress(1.0)
