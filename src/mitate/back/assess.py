"""From a film of one movement to what each part of the body did, as `mitate back measure` tells it.

Pose by pose (`mitate.body.read`), lifted into space (`mitate.body.lift`), checked to be the movement that was
named, measured (`mitate.back.measure`), and graded by norms (`mitate.back.condition`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.back._words import WORDS
from mitate.back.age import checked_age
from mitate.back.change import Before, Change, changes
from mitate.back.condition import Condition, case, conditions
from mitate.back.head import read_faces, with_head
from mitate.back.measure import Measures, measure
from mitate.back.movement import NECK_MOVEMENTS, Phase, checked_movement, find_repetitions
from mitate.back.recognise import recognise, wrong_movement
from mitate.back.region import region_of_movement
from mitate.back.shown import MOVEMENT_WORDS, standing_moment
from mitate.body.clip import PoseTrack
from mitate.body.lift import LiftModel, lift
from mitate.body.read import MOST_MASKS, Networks, read_poses
from mitate.body.recording import Recording
from mitate.body.whole import check_film
from mitate.errors import InputError, RefusalError

__all__ = ["Assessment", "View", "assess", "assessed"]

_TALLEST_M, _SMALLEST_M = 2.3, 1.0
_FASTEST = 60.0  # frames a second that are looked at
_AROUND_S = 0.5  # of standing, for the view
_SIDES = ("front", "front right", "right side", "back right", "back", "back left", "left side", "front left")


@dataclass(frozen=True, slots=True)
class View:
    """From where the standing person was filmed, degrees.

    Attributes:
        yaw: of the pelvis towards the camera; 0 faces it, positive to the person's left.
        pitch: positive where the camera looks down.
        roll: positive where the top of the picture leans to the right.
        yaw_error: one standard deviation.
    """

    yaw: float
    pitch: float
    roll: float
    yaw_error: float

    @property
    def seen_from(self) -> str:
        """The side of the person that the camera saw, such as ``front`` or ``right side``."""
        return _SIDES[round(self.yaw / 45) % 8]


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """One film of one movement, read, measured and graded.

    Attributes:
        video: the file.
        movement: as it was named.
        recognised: each movement and how much the film looks like it, the likeliest first.
        view: from where it was filmed.
        measures: every number, what could not be measured, and the repetitions.
        conditions: the grades.
        changes: since an earlier film; empty without one.
        age, sex: as told; None if not told.
        recording, track: what the numbers were taken from.
        model: name and digests of the network that lifted it.
        warnings: what a person should know although nothing was refused.
    """

    video: Path
    movement: str
    recognised: tuple[tuple[str, float], ...]
    view: View
    measures: Measures
    conditions: tuple[Condition, ...]
    changes: tuple[Change, ...]
    age: float | None
    sex: str | None
    recording: Recording
    track: PoseTrack
    model: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The repetitions."""
        return self.measures.phases

    @property
    def trained_on(self) -> str:
        """Data that the lift was learned from."""
        return self.recording.trained_on

    @property
    def intended_use(self) -> str:
        """What the result is for, and what not."""
        return WORDS["en"]["intended_use"]

    def case(self) -> dict[str, Any]:
        """The observations, as ``mitate back explain`` reads them."""
        return case(self.conditions, age=self.age, sex=self.sex)

    def as_dict(self) -> dict[str, Any]:
        """The result for JSON."""
        recording = self.recording
        return {
            "video": self.video,
            "movement": self.movement,
            "recognised": [{"movement": name, "share": share} for name, share in self.recognised],
            "seen": self.track.report.as_dict(),
            "view": {
                "seen_from": self.view.seen_from,
                "yaw_deg": self.view.yaw,
                "yaw_error_deg": self.view.yaw_error,
                "pitch_deg": self.view.pitch,
                "roll_deg": self.view.roll,
            },
            "person": {"age": self.age, "sex": self.sex},
            "height_m": recording.height_m,
            "height_known": recording.height_known,
            **self.measures.as_dict(),
            "conditions": [condition.as_dict() for condition in self.conditions],
            "changes": [change.as_dict() for change in self.changes],
            "curve_hidden": recording.curve_hidden or None,
            "observations": self.case(),
            "warnings": list(self.warnings),
            "model": self.model,
            "trained_on": self.trained_on,
            "intended_use": self.intended_use,
        }


def assess(
    path: str | Path,
    movement: str,
    *,
    age: float | None = None,
    sex: str | None = None,
    height_m: float | None = None,
    before: Before | None = None,
    networks: Networks | None = None,
    progress: Callable[[float], None] | None = None,
) -> Assessment:
    """Measure a film.

    Args:
        path: a video.
        movement: one of `mitate.back.movement.MOVEMENTS` or `NECK_MOVEMENTS`.
        age: in years, for the norms.
        sex: ``female`` or ``male``; handed on to the reasoner only.
        height_m: standing height, for centimetres; a typical one is assumed without it.
        before: an earlier result of the same movement (`mitate.back.change.read_before`).
        networks: to spare loading them for every film.
        progress: called with the share of the film that has been read, 0 to 1.

    Raises:
        InputError: the film cannot be read, or an argument is out of range.
        RefusalError: no person or several (`mitate.body.read`); not all of the body, a moving camera, too
            dark, too small, too short (`mitate.body.whole`); ``wrong_movement``, ``no_movement``.
        WeightsError: weights are not installed.
    """
    _check(movement, age, sex, height_m)
    track = read_poses(path, spacing_s=_spacing(Path(path)), masks=True, networks=networks, progress=progress)
    network = LiftModel.load()
    recording = lift(track, height_m=height_m, model=network)
    digests = network.card.get("sha256", {})
    model = "lift " + " ".join(f"{name}:{str(digest)[:12]}" for name, digest in sorted(digests.items()))
    return assessed(track, recording, movement, age=age, sex=sex, before=before, model=model)


def assessed(
    track: PoseTrack,
    recording: Recording,
    movement: str,
    *,
    age: float | None = None,
    sex: str | None = None,
    before: Before | None = None,
    model: str = "",
) -> Assessment:
    """Measure and grade what was read of a film.

    Args:
        track, recording: of the same film.
        movement, age, sex, before: as for `assess`.
        model: which network lifted it.

    Raises:
        InputError, RefusalError: as `assess`.
    """
    _check(movement, age, sex, None)
    if movement in NECK_MOVEMENTS and "neck_flexion" not in recording.angles:
        recording = with_head(recording, track, read_faces(track.path, track))
    said = check_film(track, frames=_moving(track, recording, movement))
    recognised = recognise(recording, region=region_of_movement(movement))
    other = wrong_movement(recording, movement)
    if other is not None:
        raise _other_movement(track.path, movement, other)
    found = _measured(track.path, recording, movement)
    earlier: Mapping[str, Any] = {} if before is None else before.grades
    return Assessment(
        video=track.path,
        movement=movement,
        recognised=recognised,
        view=_view(recording, found.phases),
        measures=found,
        conditions=conditions(found, age=age, before=earlier),
        changes=() if before is None else changes(found, before),
        age=age,
        sex=sex,
        recording=recording,
        track=track,
        model=model,
        warnings=_warnings(said, track, recording, found),
    )


def _check(movement: str, age: float | None, sex: str | None, height_m: float | None) -> None:
    checked_movement(movement)
    if age is not None:
        checked_age(age, "--age")
    if sex not in (None, "female", "male"):
        raise InputError(f"{str(sex)[:20]!r} cannot stand here", where="--sex", todo="give female or male")
    if height_m is not None and not _SMALLEST_M <= height_m <= _TALLEST_M:
        raise InputError(
            f"a height of {100 * height_m:.0f} cm cannot be measured",
            where="--height",
            todo=f"give the standing height, {100 * _SMALLEST_M:.0f} to {100 * _TALLEST_M:.0f} cm",
        )


def _moving(track: PoseTrack, recording: Recording, movement: str) -> NDArray[np.bool_] | None:
    """(n,) the track's frames in which the person makes the movement; None where no repetition is found.

    Only these need show all of the body: people walk up to a phone that they start and stop themselves.
    """
    try:
        phases = find_repetitions(recording, movement)
    except RefusalError:  # that not all of the body is seen may be why, and is told first
        return None
    frames = np.zeros(len(track), bool)
    for phase in phases:
        frames |= (track.times_s >= phase.start_s) & (track.times_s <= phase.end_s)
    return frames if (frames & track.seen).any() else None


def _measured(path: Path, recording: Recording, movement: str) -> Measures:
    """The measures; a refusal names the film."""
    try:
        return measure(recording, movement)
    except RefusalError as error:
        raise RefusalError(error.what, reason=error.reason, where=path, todo=error.todo) from error


def _other_movement(path: Path, named: str, other: str) -> RefusalError:
    said, seen = (MOVEMENT_WORDS[name].lower() for name in (named, other))
    return RefusalError(
        f"this looks like a {seen}, not like the {said} that was named",
        reason="wrong_movement",
        where=path,
        todo=f"name it with --movement {other}, or film the {said}",
    )


def _spacing(path: Path) -> float | None:
    """Seconds between the frames to look at, so that all their masks can be held; None: every frame."""
    info = video.probe(path)
    if info.kind == "photo":
        raise InputError(
            "this is a photo, and a movement takes time",
            where=path,
            todo="film it, from standing to standing",
        )
    frames = info.duration_s * min(info.frame_rate, _FASTEST)
    return info.duration_s / (0.97 * MOST_MASKS) if frames > 0.97 * MOST_MASKS else None


def _view(recording: Recording, phases: tuple[Phase, ...]) -> View:
    """The view about the moment of standing, where several frames tell of it."""
    standing = recording.times_s[standing_moment(recording, phases)]
    near = np.abs(recording.times_s - standing) <= _AROUND_S
    yaw = np.radians(recording.yaw[near & np.isfinite(recording.yaw)])
    mean = np.degrees(np.arctan2(np.sin(yaw).mean(), np.cos(yaw).mean())) if yaw.size else np.nan
    rest = (_middle(values[near]) for values in (recording.pitch, recording.roll, recording.view_errors))
    return View(float(mean), *rest)


def _middle(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _warnings(
    seen: tuple[str, ...], track: PoseTrack, recording: Recording, found: Measures
) -> tuple[str, ...]:
    said = [*track.report.warnings, *seen, *recording.warnings]
    if not recording.height_known and any(one.unit == "cm" for one in found.values.values()):
        height = f"{100 * recording.height_m:.0f} cm"
        said.append(f"centimetres rest on an assumed height of {height}: tell the person's own")
    if len(found.phases) == 1:
        said.append("one repetition only: three show how much the person varies")
    return tuple(dict.fromkeys(said))
