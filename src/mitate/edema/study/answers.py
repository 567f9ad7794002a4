"""A method's answers on one patient as one small file, written whole or not at all."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.study.course import Exam
from mitate.edema.study.method import Answer
from mitate.errors import InputError
from mitate.files import write_bytes

__all__ = ["check_answers", "read_answers", "write_answers"]

_SESSION = ("excess_kg", "probability", "doubt")
_FRAME = ("frame_excess_kg", "frame_probability", "frame_low_kg", "frame_high_kg")


def check_answers(answers: Sequence[Answer], exams: Sequence[Exam], where: str) -> None:
    """Refuse answers that do not fit the exams.

    Raises:
        InputError: too few or too many, not finite, a probability that is none, or an interval upside down.
    """

    def refuse(what: str) -> InputError:
        return InputError(what, where=where, todo="mend the method: see mitate.edema.study.method")

    if len(answers) != len(exams):
        raise refuse(f"{len(answers)} answers to {len(exams)} exams")
    for answer, exam in zip(answers, exams, strict=True):
        low, high = answer.interval_90
        values = np.concatenate([[getattr(answer, name) for name in _SESSION], [low, high]])
        frames = [np.asarray(getattr(answer, name)) for name in _FRAME]
        if any(part.shape != (len(exam.crops),) for part in frames):
            raise refuse(f"an exam of {len(exam.crops)} frames needs as many frame answers")
        if not np.isfinite(values).all() or not np.isfinite(frames).all():
            raise refuse("an answer is not a finite number")
        chances = np.append(frames[1], answer.probability)
        if chances.min() < 0 or chances.max() > 1:
            raise refuse("a probability lies outside 0 to 1")
        if low > high or (frames[2] > frames[3]).any():
            raise refuse("an interval's low end lies above its high end")


def write_answers(path: Path, answers: Sequence[Answer]) -> None:
    """Keep the answers on one patient in `path` (npz)."""
    content: dict[str, NDArray[np.generic]] = {
        name: np.array([getattr(answer, name) for answer in answers], np.float64) for name in _SESSION
    }
    content["interval_90"] = np.array([answer.interval_90 for answer in answers], np.float64)
    content["frames"] = np.array([len(answer.frame_excess_kg) for answer in answers], np.int64)
    for name in _FRAME:
        content[name] = np.concatenate([getattr(answer, name) for answer in answers]).astype(np.float64)
    stream = io.BytesIO()
    np.savez(stream, **content)  # type: ignore[arg-type]
    write_bytes(path, stream.getvalue())


def read_answers(path: Path) -> list[Answer] | None:
    """What `write_answers` wrote; None where there is nothing, or nothing that can be read."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            content = {name: file[name] for name in (*_SESSION, "interval_90", "frames", *_FRAME)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    ends = np.cumsum(content["frames"])
    frames = [np.split(content[name], ends[:-1]) for name in _FRAME]
    return [
        Answer(
            excess_kg=float(content["excess_kg"][i]),
            probability=float(content["probability"][i]),
            interval_90=(float(content["interval_90"][i, 0]), float(content["interval_90"][i, 1])),
            frame_excess_kg=frames[0][i],
            frame_probability=frames[1][i],
            frame_low_kg=frames[2][i],
            frame_high_kg=frames[3][i],
            doubt=float(content["doubt"][i]),
        )
        for i in range(len(ends))
    ]
