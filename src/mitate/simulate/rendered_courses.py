"""Courses at home that are rendered, seen and judged as films would be; and how the estimates err."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mitate.edema.encoder import Encoder
from mitate.edema.personal import estimate, personalise
from mitate.edema.sessions import SessionEmbeddings
from mitate.edema.sightings import Sighting, shared_error_kg
from mitate.errors import InputError, RefusalError
from mitate.face.align import edema_crop
from mitate.face.detect import FaceDetector
from mitate.face.landmarks import FaceMesh, roi_of_detection
from mitate.simulate.capture import CaptureProfile, FrameState, Sitter, sample_conditions, sample_frames
from mitate.simulate.day_course import clock
from mitate.simulate.fluid import Visit
from mitate.simulate.person import Person
from mitate.simulate.week_courses import ErrorModel

__all__ = ["judged", "measured_errors", "visit_crops"]

Array = NDArray[np.float64]


_EYES_PX, _SIDE_PX = 31.5, 112  # enough for crops of 64 and, a little soft, of 96 pixels


@lru_cache(maxsize=1)
def _seeing() -> tuple[FaceDetector, FaceMesh]:
    return FaceDetector(), FaceMesh()


def _crop(sitter: Sitter, state: FrameState, size: int) -> NDArray[np.uint8] | None:
    """A frame as it would be seen on a real film; None where no face is found."""
    detector, mesh = _seeing()
    scale = max(1.0, size / 90)
    side = round(_SIDE_PX * scale)
    picture = sitter.picture(state, side, side, _EYES_PX * scale)
    faces = detector(picture)
    if not faces:
        return None
    return edema_crop(picture, mesh(picture, roi_of_detection(faces[0])).points, size)


def visit_crops(
    person: Person,
    visit: Visit,
    number: int,
    *,
    frames: int,
    size: int,
    capture: CaptureProfile | None = None,
) -> NDArray[np.uint8]:
    """(frames, S, S, 3) crops of one visit of a course that is not the person's own.

    Args:
        person: who.
        visit: what his body holds.
        number: of the session: each has a room, a camera and frames of its own.
        frames, size: how many crops, of how many pixels.
        capture: how much captures differ.

    Raises:
        RefusalError: no face was found in four times as many pictures.
    """
    rng = np.random.default_rng([person.seed, person.index, 5, number])
    conditions = sample_conditions(rng, capture)
    sitter = Sitter(person, visit, conditions)
    found = []
    for _ in range(4 * frames):
        (state,) = sample_frames(rng, conditions, 1, capture)
        crop = _crop(sitter, state, size)
        if crop is not None:
            found.append(crop)
        if len(found) == frames:
            return np.stack(found)
    raise RefusalError("no face found in a simulated session", reason="no_face", where=person.participant_id)


def judged(
    person: Person,
    visits: Sequence[Visit],
    encoder: Encoder,
    *,
    labelled: int = 3,
    frames: int = 4,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Sighting], float]:
    """A course as the patient's own model judges it.

    Args:
        person: who.
        visits: of the course; the first `labelled` ones are weighed, and the first of them is the reference.
        encoder: that looks.
        labelled: visits that the model learns from; 1 or more.
        frames: of a session.
        progress: called with visits done and visits in all.

    Returns:
        A sighting of every later visit, and the sd of the error that they share, as the model says it.

    Raises:
        InputError: no visit is left to judge.
        RefusalError: this person's face cannot be seen.
    """
    if not 1 <= labelled < len(visits):
        raise InputError("a course needs labelled visits and others after them", where=person.participant_id)
    seen = []
    for number, visit in enumerate(visits):
        crops = visit_crops(person, visit, number, frames=frames, size=encoder.crop_size)
        known = visit.excess_kg if number < labelled else None
        seen.append(SessionEmbeddings(encoder.embed(crops), known, "post", visit.day))
        if progress:
            progress(number + 1, len(visits))
    model = personalise(encoder.prior, seen[0], seen[1:labelled], participant_id=person.participant_id)
    found = []
    for visit, session in zip(visits[labelled:], seen[labelled:], strict=True):
        result = estimate(model, session.embeddings, day=visit.day)
        found.append(Sighting(clock(visit.day, 8), result.excess_kg, result.sd_kg))
    return found, shared_error_kg(model)


def measured_errors(shown: Sequence[Array], estimates: Sequence[Array]) -> ErrorModel:
    """How estimates err, from several patients' courses.

    Each patient's estimates are regressed on what his face showed; the spread of intercepts and slopes over
    patients is freed of what each one's own noise adds to it (method of moments).

    Args:
        shown: per patient, (n,) true fluid and puffiness in kilograms, n >= 3, not all alike.
        estimates: per patient, (n,) kilograms.

    Raises:
        InputError: fewer than two patients, or a course of fewer than three sessions.
    """
    if len(shown) < 2 or any(len(one) < 3 for one in shown):
        raise InputError("errors are measured on two patients or more, with three sessions each or more")
    lines, inverses, squares, free = [], [], 0.0, 0
    for truth, said in zip(shown, estimates, strict=True):
        x = np.column_stack([np.ones(len(truth)), truth])
        line = np.linalg.lstsq(x, said, rcond=None)[0]
        lines.append(line)
        inverses.append(np.diag(np.linalg.pinv(x.T @ x)))
        squares += float(((said - x @ line) ** 2).sum())
        free += len(truth) - 2
    noise = squares / free
    spread = np.var(lines, axis=0, ddof=1) - noise * np.mean(inverses, axis=0)
    mean, sd = np.mean(lines, axis=0), np.sqrt(spread.clip(0))
    made = ErrorModel(shared=(float(mean[0]), float(sd[0])), slope=(float(mean[1]), float(sd[1])))
    return replace(made, session_sd=float(np.sqrt(noise)))
