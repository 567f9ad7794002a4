"""Films of a simulated patient, as a phone or tablet would take them.

A film passes smoothly through single frames drawn as `sample_frames` draws them, so films and crops show the
same spread of poses and expressions. What moves besides: blinks, eyes that jump from place to place, a hand
that is not steady, and now and then a look to the side, which frame selection has to leave out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate import video
from mitate.errors import InputError
from mitate.simulate.capture import CaptureProfile, Conditions, FrameState, sample_frames
from mitate.simulate.face_cohort import sitter_for
from mitate.simulate.person import Person, PersonProfile

__all__ = ["FilmPlan", "film", "film_states", "simulate_clip"]

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

_KEY_SPACING_S = 2.5  # between the frames that a film passes through
_POSE_LIMIT_DEG = 8.0  # somebody who looks at the camera
_BLINKS_PER_MIN, _BLINK_S = (15.0, 20.0), 0.2
_LOOK_SPACING_S, _LOOK_S, _LOOK_DEG = 12.0, (1.0, 2.5), (26.0, 36.0)
_EXPOSURE_S = 1 / 60
_EYES_SHARE = 0.28  # distance between the eyes, as a share of the picture's shorter side


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """A cohort of films.

    Attributes:
        participants: how many people.
        days: dialysis days of each, a pre and a post session a day.
        seed: of the population.
        seconds, width, height, frame_rate: of every film; sides in pixels, even.
        first: index of the first person.
        crf: x264's constant quality, smaller is better and larger on disk.
        person, capture: the make-up of people and of captures.

    Raises:
        InputError: a number that no film can have.
    """

    participants: int
    days: int
    seed: int
    seconds: float = 8.0
    width: int = 480
    height: int = 640
    frame_rate: float = 15.0
    first: int = 0
    crf: int = 22
    person: PersonProfile = field(default_factory=PersonProfile)
    capture: CaptureProfile = field(default_factory=CaptureProfile)

    def __post_init__(self) -> None:
        if self.participants < 1 or self.days < 1:
            raise InputError("a cohort has at least one participant and one day", where="plan")
        if min(self.seed, self.first) < 0:
            raise InputError("seed and first participant are numbers from 0 on", where="plan")
        if not (0 < self.seconds <= 3600 and 1 <= self.frame_rate <= 120):
            raise InputError("films last up to an hour and have 1 to 120 frames a second", where="plan")
        sides = (self.width, self.height)
        if any(side % 2 or not 64 <= side <= 4096 for side in sides):
            raise InputError(f"a film of {sides[0]}×{sides[1]} pixels", where="size", todo="use even sides")


def _wander(rng: np.random.Generator, times: FloatArray, sd: float, period_s: float) -> FloatArray:
    """A smooth random walk around zero: four waves of about this period, with this standard deviation."""
    periods = period_s * np.exp(rng.uniform(-0.5, 0.5, 4))
    phases = rng.uniform(0, 2 * np.pi, 4)
    return np.asarray(sd * np.sqrt(0.5) * np.sin(2 * np.pi * times[:, None] / periods + phases).sum(axis=1))


def _bell(times: FloatArray, start: float, length: float, ramp: float) -> FloatArray:
    """0, smoothly up to 1 within `ramp` seconds, and down again by `start + length`."""
    inside = np.minimum(times - start, start + length - times).clip(0, ramp) / ramp
    return inside**2 * (3 - 2 * inside)


def _looks_aside(rng: np.random.Generator, times: FloatArray, seconds: float) -> FloatArray:
    """Yaw in degrees of looking to the side and back, once in about twelve seconds, at least once."""
    count = max(1, round(seconds / _LOOK_SPACING_S))
    stretch = seconds / count
    yaw = np.zeros_like(times)
    for index in range(count):
        length = min(float(rng.uniform(*_LOOK_S)), 0.16 * stretch)
        start = index * stretch + float(rng.uniform(0.1, 0.9)) * (stretch - length)
        side = float(rng.choice([-1.0, 1.0])) * float(rng.uniform(*_LOOK_DEG))
        yaw += side * _bell(times, start, length, 0.3 * length)
    return yaw


def _smear(yaw: FloatArray, frame_rate: float) -> FloatArray:
    """Motion blur of a turning head as the sd of a blur, in distances between the eyes.

    A turn of v degrees per second moves the nose, 0.1 m from the axis, while the shutter is open; the sd of
    an even smear is its length over √12, and the eyes are 63 mm apart.
    """
    if len(yaw) < 2:
        return np.zeros_like(yaw)
    speed = np.deg2rad(np.abs(np.gradient(yaw))) * frame_rate
    return np.asarray(speed * 0.1 * _EXPOSURE_S / 0.063 / np.sqrt(12))


def _lids(rng: np.random.Generator, times: FloatArray, seconds: float) -> FloatArray:
    """How far the lids are closed by blinking, 0 to 1."""
    usual = 60 / float(rng.uniform(*_BLINKS_PER_MIN))
    closed = np.zeros_like(times)
    at = usual * float(rng.uniform(0.2, 0.8))
    while at < seconds:
        closed = np.maximum(closed, _bell(times, at, _BLINK_S, 0.4 * _BLINK_S))
        at += usual * float(rng.uniform(0.6, 1.4))
    return closed


def _gaze(rng: np.random.Generator, times: FloatArray, seconds: float) -> FloatArray:
    """(n, 2) degrees: the eyes rest on a point for some tenths of a second, tremble, and jump to the next."""
    jumps = np.cumsum(rng.uniform(0.3, 1.2, 2 + int(seconds / 0.3)))
    points = rng.normal(0, [4.0, 2.5], (len(jumps) + 1, 2))
    resting: FloatArray = points[np.searchsorted(jumps, times)]
    return resting + rng.normal(0, 0.2, resting.shape)


def _passage(rng: np.random.Generator, keys: list[FrameState], times: FloatArray) -> dict[str, FloatArray]:
    """What changes slowly, by name, on the way from key frame to key frame; each name has (n,) values."""
    place = times / _KEY_SPACING_S + float(rng.uniform())
    before = np.minimum(place.astype(int), len(keys) - 2)
    share = (place - before).clip(0, 1)
    share = share**2 * (3 - 2 * share)
    rows = [
        {"yaw": k.yaw, "pitch": k.pitch, "roll": k.roll, "x": k.shift[0], "y": k.shift[1], "blur": k.blur}
        | k.actions
        for k in keys
    ]
    return {
        name: (1 - share) * values[before] + share * values[before + 1]
        for name in rows[0]
        for values in [np.array([row[name] for row in rows])]
    }


def film_states(
    rng: np.random.Generator,
    conditions: Conditions,
    seconds: float,
    frame_rate: float,
    profile: CaptureProfile | None = None,
) -> list[FrameState]:
    """The frames of one continuous film, in order.

    Args:
        rng: of the film.
        conditions: of the session.
        seconds: length.
        frame_rate: frames per second.
        profile: how much captures differ.
    """
    times = np.arange(max(1, round(seconds * frame_rate))) / frame_rate
    keys = sample_frames(rng, conditions, 3 + int(seconds / _KEY_SPACING_S), profile)
    slow = _passage(rng, keys, times)
    for name in ("yaw", "pitch", "roll"):
        angle = slow[name] + _wander(rng, times, 0.5, 1.5)
        slow[name] = _POSE_LIMIT_DEG * np.tanh(angle / _POSE_LIMIT_DEG)
    slow["yaw"] += _looks_aside(rng, times, seconds)
    for name in ("x", "y"):  # an unsteady hand
        slow[name] += _wander(rng, times, 0.02, 2.0) + _wander(rng, times, 0.004, 0.3)
    slow["blur"] += _smear(slow["yaw"], frame_rate)
    lids = _lids(rng, times, seconds)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        slow[name] = np.maximum(slow[name], lids)
    gaze = _gaze(rng, times, seconds)
    seeds = rng.integers(2**31, size=len(times))
    actions = list(keys[0].actions)
    return [
        FrameState(
            yaw=float(slow["yaw"][n]),
            pitch=float(slow["pitch"][n]),
            roll=float(slow["roll"][n]),
            actions={name: float(slow[name][n]) for name in actions},
            gaze_deg=(float(gaze[n, 0]), float(gaze[n, 1])),
            shift=(float(slow["x"][n]), float(slow["y"][n])),
            blur=float(slow["blur"][n]),
            seed=int(seeds[n]),
        )
        for n in range(len(times))
    ]


def film(person: Person, visit_index: int, plan: FilmPlan) -> Iterator[Image]:
    """The pictures of one session's film, one at a time.

    Args:
        person: the patient.
        visit_index: number of the session in the person's course: pre, post, pre, post …
        plan: of the cohort; its participants and seed do not matter here.

    Yields:
        (height, width, 3) uint8 RGB. The same person, visit and plan give the same pixels.
    """
    sitter = sitter_for(person, visit_index, plan.days, plan.capture)
    rng = np.random.default_rng([person.seed, person.index, 4, visit_index])
    states = film_states(rng, sitter.conditions, plan.seconds, plan.frame_rate, plan.capture)
    nearer = 1 + _wander(rng, np.arange(len(states)) / plan.frame_rate, 0.02, 5.0)
    eyes_px = _EYES_SHARE * min(plan.width, plan.height)
    for state, scale in zip(states, nearer, strict=True):
        yield sitter.picture(state, plan.width, plan.height, eyes_px * float(scale), compress=False)


def simulate_clip(person: Person, visit_index: int, path: Path, plan: FilmPlan) -> int:
    """Write one session's film; returns its number of frames.

    Args:
        person: the patient.
        visit_index: number of the session in the person's course.
        path: a video file, such as ``clip.mp4`` (H.264); whole or not at all.
        plan: length and size; its participants and seed do not matter here.

    Raises:
        InputError: the file cannot be written.
        MissingExtraError: the `simulate` extra is not installed.
    """
    return video.write(path, film(person, visit_index, plan), frame_rate=plan.frame_rate, quality=plan.crf)
