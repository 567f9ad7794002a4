"""What a set was like: repetitions with range and tempo, faults with their moments, what was said."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mitate.back.exercise import Exercise, Words
from mitate.back.repetitions import Repetition

__all__ = ["Coached", "CoachedRepetition", "Event", "Kind"]

Array = NDArray[np.float64]
Kind = Literal["repetition", "correction", "praise", "target", "unseen"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something to say at a moment.

    Attributes:
        kind: ``repetition`` (one more), ``correction``, ``praise``, ``target`` (the set is done) or
            ``unseen`` (what counts is not seen; what to do).
        time_s: when.
        text: to say aloud.
        count: repetitions until then.
        side: of the repetition, where it has one.
        fault: what is corrected or has gone, or why nothing is seen.
    """

    kind: Kind
    time_s: float
    text: Words
    count: int
    side: str = ""
    fault: str = ""

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.kind,
            "time_s": round(self.time_s, 3),
            "text": self.text.text(language),
            "count": self.count,
            "side": self.side,
            "fault": self.fault,
        }


@dataclass(frozen=True, slots=True)
class CoachedRepetition:
    """One repetition.

    Attributes:
        number: from 1.
        side: ``left``, ``right`` or empty.
        start_s, peak_s, end_s: when.
        range: change of the exercise's signal, in its unit.
        range_share: of the least prescribed range; NaN where none is prescribed.
        out_s, hold_s, back_s: tempo.
        faults: names.
    """

    number: int
    side: str
    start_s: float
    peak_s: float
    end_s: float
    range: float
    range_share: float
    out_s: float
    hold_s: float
    back_s: float
    faults: tuple[str, ...]

    @classmethod
    def of(
        cls, number: int, side: str, done: Repetition, faults: tuple[str, ...], target: tuple[float, float]
    ) -> CoachedRepetition:
        """From what was counted."""
        share = done.range / target[0] if target[0] > 0 else float("nan")
        times = (done.start_s, done.peak_s, done.end_s)
        return cls(number, side, *times, done.range, share, done.out_s, done.hold_s, done.back_s, faults)


@dataclass(frozen=True, slots=True, eq=False)
class Coached:
    """One set of one exercise.

    Attributes:
        one: the exercise.
        date: of the set.
        duration_s: watched.
        target, target_s: repetitions or seconds that were to be done; 0 for the one that does not count.
        held_s: seconds in position, where seconds are counted.
        unseen_s: seconds in which what counts was not seen.
        sided: whether repetitions have sides.
        repetitions: in order.
        stretches: of a hold, ten seconds each, instead.
        events: what was said, in order.
        times_s, course: (n,), what was counted by, for a chart.
    """

    one: Exercise
    date: datetime.date
    duration_s: float
    target: int
    target_s: float
    held_s: float
    unseen_s: float
    sided: bool
    repetitions: tuple[CoachedRepetition, ...]
    stretches: tuple[CoachedRepetition, ...]
    events: tuple[Event, ...]
    times_s: Array
    course: Array

    @property
    def faults(self) -> dict[str, tuple[float, ...]]:
        """Fault → the moments (peaks of repetitions, seconds) at which it was seen, commonest first."""
        moments: dict[str, list[float]] = {}
        for one in (*self.repetitions, *self.stretches):
            for name in one.faults:
                moments.setdefault(name, []).append(one.peak_s)
        return {name: tuple(moments[name]) for name in sorted(moments, key=lambda name: -len(moments[name]))}

    @property
    def range_share(self) -> float:
        """Median share of the least prescribed range; NaN where there is none."""
        return _median([one.range_share for one in self.repetitions])

    @property
    def tempo_s(self) -> tuple[float, float, float]:
        """Median seconds out, held and back; NaN without repetitions."""
        return (
            _median([one.out_s for one in self.repetitions]),
            _median([one.hold_s for one in self.repetitions]),
            _median([one.back_s for one in self.repetitions]),
        )

    def progress(self) -> dict[str, Any]:
        """What rules of progression read.

        Keys: ``exercise``, ``date`` (ISO), ``repetitions`` (done), ``left``, ``right`` (of those, where there
        are sides), ``target``, ``held_s``, ``target_s``, ``range_share`` (median share of the least
        prescribed range), ``tempo_s`` (median seconds out, held, back), ``faults`` (name → share of the
        repetitions), ``faults_per_repetition``, ``unseen_share`` (of the time). What is not known is None.
        """
        parts = self.repetitions or self.stretches
        sides = Counter(one.side for one in self.repetitions)
        count = max(len(parts), 1)
        return {
            "exercise": self.one.name,
            "date": self.date.isoformat(),
            "repetitions": len(self.repetitions),
            "left": sides["left"] if self.sided else None,
            "right": sides["right"] if self.sided else None,
            "target": self.target,
            "held_s": round(self.held_s, 1),
            "target_s": self.target_s,
            "range_share": _known(self.range_share),
            "tempo_s": [_known(value) for value in self.tempo_s],
            "faults": {name: round(len(at) / count, 3) for name, at in self.faults.items()},
            "faults_per_repetition": round(sum(len(one.faults) for one in parts) / count, 3),
            "unseen_share": _known(self.unseen_s / self.duration_s if self.duration_s > 0 else float("nan")),
        }

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """For JSON."""
        return {
            **self.progress(),
            "title": self.one.title.text(language),
            "signal": self.one.coach.signal,
            "duration_s": round(self.duration_s, 2),
            "each_repetition": [
                {name: _known(getattr(one, name)) for name in CoachedRepetition.__slots__}
                for one in (self.repetitions or self.stretches)
            ],
            "events": [event.as_dict(language) for event in self.events],
        }


def _median(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")


def _known(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3) if np.isfinite(value) else None
    return list(value) if isinstance(value, tuple) else value
