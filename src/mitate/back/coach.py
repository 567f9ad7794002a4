"""Watches one exercise while it is done: counts, measures, and says one short correction at a time.

`Coach` is fed moment by moment, from a camera or from a film that was read before: what it says is the same.
It never says that all is well: what was not seen is said to be so.
"""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mitate.back.coach_course import Course, is_sided, needed_signals, side_of_file, side_of_repetition
from mitate.back.coach_film import read_film, spine_of
from mitate.back.coach_rules import Corrector, faults_of, say_of
from mitate.back.coach_words import PRAISE, REACHED, UNSEEN, counted
from mitate.back.coached import Coached, CoachedRepetition, Event, Kind
from mitate.back.exercise import Exercise, Words
from mitate.back.repetitions import HoldClock, Repetition, RepetitionCounter
from mitate.back.signals import OF_SPINE, SIGNALS
from mitate.back.skeleton import from_pose
from mitate.body.clip import PoseTrack
from mitate.body.points import INDEX
from mitate.body.read import Networks
from mitate.body.recording import Recording
from mitate.errors import InputError

__all__ = ["Coach", "Coached", "Event", "needs_spine", "target_count", "watch"]

Array = NDArray[np.float64]

_UNSEEN_S = 2.0  # without the signal, before it is said
_SAY_AGAIN_S = 10.0
_SEEN = 0.3  # visibility
_KEEP_S = 90.0  # of all signals, to look back on a repetition
_STRETCH_S = 10.0  # of a hold, that are judged together
_LYING_DEG = 50.0  # of the trunk against the vertical
_UPRIGHT = frozenset({"standing", "sitting", "kneeling", "floor_sitting"})
_LEVEL = frozenset({"supine", "prone", "side_lying", "hands_and_knees"})
_PARTS: Mapping[str, tuple[str, ...]] = {
    "feet": ("left_ankle", "right_ankle"),
    "head": ("nose", "left_ear", "right_ear"),
    "arms": ("left_wrist", "right_wrist"),
}


def needs_spine(one: Exercise) -> bool:
    """Whether coaching an exercise looks at the shape of the spine, which is not in the 33 points."""
    return any(name in OF_SPINE for name in needed_signals(one))


def target_count(one: Exercise) -> int:
    """Repetitions of a set, both sides together; 0 where seconds are counted."""
    if not one.coach.signal:
        return 0
    return one.dose.repetitions * (2 if one.dose.per_side else 1)


def target_seconds(one: Exercise) -> float:
    """Seconds of a set where seconds are counted, else 0."""
    if one.coach.signal:
        return 0.0
    sides = 2 if one.dose.per_side else 1
    return 60.0 * one.dose.minutes or sides * one.dose.repetitions * one.dose.hold_s


@dataclass(slots=True)
class Coach:
    """Feed it every moment in order of time; `result` says what there was at any time.

    Attributes:
        one: the exercise.
        target: repetitions of the set; that of the exercise's dose if left out.
        roll_deg: of the camera (`mitate.back.skeleton.from_pose`).
        today: the date to write into the result.

    Raises:
        InputError: the exercise names a signal that there is not, or the target is below 1.
    """

    one: Exercise
    target: int | None = None
    roll_deg: float = 0.0
    today: datetime.date = field(default_factory=datetime.date.today)
    _names: tuple[str, ...] = ()
    _course: Course = field(init=False)
    _counter: RepetitionCounter | None = field(init=False)
    _corrector: Corrector = field(init=False)
    _clock: HoldClock = field(default_factory=HoldClock)
    _rows: deque[tuple[float, tuple[float, ...]]] = field(default_factory=deque)
    _done: list[CoachedRepetition] = field(default_factory=list)
    _events: list[Event] = field(default_factory=list)
    _waiting: deque[Event] = field(default_factory=deque)
    _times: list[float] = field(default_factory=list)
    _values: list[float] = field(default_factory=list)
    _unseen_s: float = 0.0
    _seen_at: float = float("nan")
    _told_unseen_at: float = float("-inf")
    _stretch: float = 0.0

    def __post_init__(self) -> None:
        if self.target is not None and not 1 <= self.target <= 1000:
            raise InputError(
                f"a set of {self.target} repetitions", where="repetitions", todo="give 1 to 1000"
            )
        self._names = tuple(dict.fromkeys((*needed_signals(self.one), "trunk_lean", "sway")))
        self._course = Course(self.one)
        plan = self.one.coach
        self._counter = RepetitionCounter(max(plan.least, 1e-3)) if plan.signal else None
        self._corrector = Corrector(plan)

    def feed(
        self,
        time_s: float,
        points: ArrayLike,
        world: ArrayLike,
        visibility: ArrayLike,
        spine: Mapping[str, float] | None = None,
    ) -> Event | None:
        """One moment more.

        Args:
            time_s: seconds, greater than before.
            points: (33, 2) pixels, NaN where not seen.
            world: (33, 3) metres, as the pose network says.
            visibility: (33,), 0 to 1; all 0 where nobody is seen.
            spine: `mitate.back.signals.OF_SPINE` where they are known.

        Returns:
            What is to be said now, if anything.
        """
        seen = np.asarray(visibility, np.float64)
        values = self._signals(points, world, seen, spine or {})
        self._rows.append((time_s, tuple(values[name] for name in self._names)))
        while time_s - self._rows[0][0] > _KEEP_S:
            self._rows.popleft()
        if self._counter is None:
            self._hold(time_s, values)
            known = bool(np.isfinite(values["trunk_lean"]))
        else:
            value = self._course(time_s, values)
            self._times.append(time_s)
            self._values.append(value)
            known = bool(np.isfinite(value))
            done = self._counter(time_s, value)
            if done is not None:
                self._add(time_s, done)
                self._course.ended_at(values[self.one.coach.signal])
        self._look(time_s, known, seen)
        if not self._waiting:
            return None
        event = self._waiting.popleft()
        self._events.append(event)
        return event

    def _signals(
        self, points: ArrayLike, world: ArrayLike, seen: Array, spine: Mapping[str, float]
    ) -> dict[str, float]:
        body = from_pose(
            np.asarray(points)[None], np.asarray(world)[None], seen[None], roll_deg=self.roll_deg
        )
        values = {}
        for name in self._names:
            of = SIGNALS[name].of
            values[name] = float(spine.get(name, np.nan)) if of is None else float(of(body)[0])
        aside = body.place[0, 0] / body.shoulders[0]
        values["sway"] = float(100.0 * aside)
        return values

    def _add(self, now: float, done: Repetition) -> None:
        times, table = self._table(done.start_s - 1.0)
        start, peak = (_at(times, table, when) for when in (done.start_s, done.peak_s))
        side = side_of_repetition(self.one, start, peak)
        described = side_of_file(self.one)
        mirrored = bool(side and described and side != described)
        faults = faults_of(self.one, times, table, done, mirrored=mirrored)
        number = len(self._done) + 1
        self._done.append(CoachedRepetition.of(number, side, done, faults, self.one.coach.target))
        self._say("repetition", now, counted(number, side), side=side)
        if number == self._target():
            self._say("target", now, REACHED)
        self._correct(now, number, faults)

    def _correct(self, now: float, number: int, faults: tuple[str, ...]) -> None:
        told = self._corrector(number, faults)
        if told is None or number == self._target():
            return
        if told.praise:
            self._say("praise", now, PRAISE, fault=told.fault)
        else:
            self._say("correction", now, say_of(self.one.coach, told.fault), fault=told.fault)

    def _target(self) -> int:
        return self.target if self.target is not None else target_count(self.one)

    def _table(self, since: float) -> tuple[Array, dict[str, Array]]:
        """Signals since a moment: times (n,) and name → (n,)."""
        rows = [row for row in self._rows if row[0] >= since]
        table = np.array([values for _, values in rows])
        return np.array([time for time, _ in rows]), {
            name: table[:, place] for place, name in enumerate(self._names)
        }

    def _hold(self, now: float, values: Mapping[str, float]) -> None:
        """Seconds in about the exercise's position; every stretch is judged as a repetition would be."""
        lean = values["trunk_lean"]
        wanted = _UPRIGHT if lean < _LYING_DEG else _LEVEL
        before = self._clock.held_s
        held = self._clock(now, bool(np.isfinite(lean)) and self.one.start in wanted)
        self._times.append(now)
        self._values.append(held)
        if held - self._stretch >= _STRETCH_S:
            self._stretch = held
            done = Repetition(now - _STRETCH_S, now - 2.0, now, now, 0.0, 0.0, _STRETCH_S, 0.0)
            times, table = self._table(done.start_s - 1.0)
            faults = tuple(
                name
                for name in faults_of(self.one, times, table, done)
                if name in {fault.name for fault in self.one.coach.faults}
            )
            number = len(self._done) + 1
            self._done.append(CoachedRepetition.of(number, "", done, faults, (0.0, 0.0)))
            self._correct(now, number, faults)
        goal = target_seconds(self.one)
        if goal and before < goal <= held:
            self._say("target", now, REACHED)

    def _look(self, now: float, known: bool, seen: Array) -> None:
        """Says what to do when what counts has not been seen for some time."""
        if not self._seen_at <= now:
            self._seen_at = now
        if known:
            self._seen_at = now
            return
        unseen = now - self._seen_at
        if len(self._rows) > 1:
            self._unseen_s += now - self._rows[-2][0]
        if unseen >= _UNSEEN_S and now - self._told_unseen_at >= _SAY_AGAIN_S:
            why = self._why(seen)
            self._told_unseen_at = float("inf") if why == "signal" else now
            self._say("unseen", now, UNSEEN[why], fault=why)

    def _why(self, seen: Array) -> str:
        if not (seen > 0).any():
            return "nobody"
        for part, names in _PARTS.items():
            if max(seen[INDEX[name]] for name in names) < _SEEN:
                return part
        return "signal" if self.one.coach.signal in OF_SPINE else "body"

    def _say(self, kind: Kind, now: float, text: Words, *, fault: str = "", side: str = "") -> None:
        self._waiting.append(Event(kind, now, text, len(self._done), side, fault))

    def result(self) -> Coached:
        """What there was until now."""
        return Coached(
            one=self.one,
            date=self.today,
            duration_s=self._rows[-1][0] if self._rows else 0.0,
            target=self._target(),
            target_s=target_seconds(self.one),
            held_s=self._clock.held_s,
            unseen_s=self._unseen_s,
            sided=is_sided(self.one),
            repetitions=tuple(self._done) if self._counter is not None else (),
            stretches=tuple(self._done) if self._counter is None else (),
            events=(*self._events, *self._waiting),
            times_s=np.array(self._times),
            course=np.array(self._values),
        )


def _at(times: Array, table: Mapping[str, Array], when: float) -> dict[str, float]:
    near = np.abs(times - when) <= 0.25
    near[int(np.argmin(np.abs(times - when)))] = True
    found = {}
    for name, values in table.items():
        seen = values[near][np.isfinite(values[near])]
        found[name] = float(np.median(seen)) if len(seen) else float("nan")
    return found


def watch(
    film: str | Path | PoseTrack,
    one: Exercise,
    *,
    repetitions: int | None = None,
    roll_deg: float = 0.0,
    recording: Recording | None = None,
    today: datetime.date | None = None,
    networks: Networks | None = None,
    progress: Callable[[float], None] | None = None,
) -> Coached:
    """Coach a film of one person doing one exercise, as if it were happening now.

    Args:
        film: a video, or its poses read with ``smooth=False``.
        one: the exercise.
        repetitions: of the set, both sides together; the exercise's dose if left out.
        roll_deg: of the camera.
        recording: of the same film, for signals of the spine; made here where it is needed and can be.
        today: the date of the result; today's if left out.
        networks: to spare loading them.
        progress: called with the share that is read.

    Raises:
        InputError: the film cannot be read, or the number of repetitions is no number of a set.
        RefusalError: no person is seen, or several.
        WeightsError: weights are not installed.
    """
    coach = Coach(one, target=repetitions, roll_deg=roll_deg, today=today or datetime.date.today())
    if isinstance(film, PoseTrack):
        track = film
    else:
        wanted = recording is None and needs_spine(one) and one.start == "standing"
        lying = one.start in _LEVEL
        track, lifted = read_film(Path(film), spine=wanted, lying=lying, networks=networks, progress=progress)
        recording = recording or lifted
    spine = spine_of(track, recording)
    for row, time_s in enumerate(track.times_s):
        known = {name: float(values[row]) for name, values in spine.items()}
        coach.feed(float(time_s), track.points[row], track.world[row], track.visibility[row], known)
    return coach.result()
