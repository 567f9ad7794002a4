"""The same photos through face_recognition (dlib's ResNet, 0.9938 on LFW by its own word): table and time.

face_recognition carries its weights in its package, as few do, and is what many programs take for identity.
It needs an environment of its own, named in MITATE_DLIB_PYTHON (see `benchmarks.dlib_faces`); without it only
our rows are written. Both are judged by the same rule: a photo on which no face is found is a photo on which
nobody is recognised. What its 68-point model may be used for is limited; here only its default of five points
is used.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import answer_on_one_core, processor
from benchmarks.orl import NO_LIKENESS, area, rows
from benchmarks.orl_small import face_widths, shrunk
from benchmarks.rows import quantile
from mitate.diagnosis.face_in import Seeing
from mitate.figures import Figure

__all__ = ["VARIABLE", "asked", "distances", "figures", "portrait_rows"]

VARIABLE = "MITATE_DLIB_PYTHON"
"""Environment variable that names the interpreter with face_recognition."""

Image = NDArray[np.uint8]
Array = NDArray[np.float64]

ROOT = Path(__file__).parents[1]
PORTRAITS = ROOT / ".." / "shared/data/portraits"
_PORTRAIT_SIDE = 640
_SMALL = ((32, 2), (24, 2), (24, 3))  # px across the face, and how often the photo is doubled
_DLIB, _OURS = "face_recognition (dlib)", "SFace"


def figures(images: Sequence[Image], who: NDArray[np.int64]) -> list[Figure]:
    """Accuracy of face_recognition on photos as they came and shrunk, and both programs' time a photo."""
    interpreter = os.environ.get(VARIABLE)
    if not interpreter:
        print(f"face_recognition is left out: {VARIABLE} names no interpreter", file=sys.stderr)
    seeing = Seeing.load()
    widths = face_widths(images, seeing)
    found = _timed("ORL", _OURS, images, None)
    if interpreter:
        for upsample in (1, 2):
            found += _of_orl(f"ORL, {_DLIB}", images, who, upsample, interpreter, timed=upsample == 1)
        for width, upsample in _SMALL:
            small = [shrunk(image, width / own) for image, own in zip(images, widths, strict=True)]
            found += _of_orl(f"ORL {width} px, {_DLIB}", small, who, upsample, interpreter)
    return found + _portraits(interpreter)


def _of_orl(
    name: str,
    images: Sequence[Image],
    who: NDArray[np.int64],
    upsample: int,
    interpreter: str,
    *,
    timed: bool = False,
) -> list[Figure]:
    answer = asked(images, upsample, interpreter)
    known = np.array([one is not None for one in answer["encodings"]])
    data = f"orl_faces, {len(images)} photos of 40 people, real; {answer['versions']}"
    title = f"{name}, upsampled {upsample} x, gallery as small"
    title = title.replace(", gallery as small", "") if " px" not in name else title
    likeness = -distances(answer["encodings"])
    among = area(likeness[np.ix_(known, known)], who[known])
    out = [
        Figure(f"{title}: faces found", 100 * float(known.mean()), "%", None, None, len(images), data),
        *rows(title, likeness, who, data),
        Figure(f"{title}: the same area among photos with a face", among, "", None, None, 40, data),
    ]
    return out + (_time_rows("ORL", _DLIB, answer) if timed else [])


def _portraits(interpreter: str | None) -> list[Figure]:
    files = sorted(PORTRAITS.glob("*.jpg"))
    if not files:
        print("skipped: portraits is not in the shared data", file=sys.stderr)
        return []
    images = []
    for path in files:
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        images.append(np.asarray(shrunk(image, min(1.0, _PORTRAIT_SIDE / max(image.shape[:2]))), np.uint8))
    names = [path.stem for path in files]
    from benchmarks.orl import identified

    own = 1 - identified(images).likeness()
    out = portrait_rows(_OURS, own, names, 1 - 0.363)
    out += _timed("portraits", _OURS, images, None)
    if interpreter:
        answer = asked(images, 1, interpreter)
        # 0.6 is the distance that its documentation gives for one person.
        out += portrait_rows(_DLIB, distances(answer["encodings"]), names, 0.6)
        out += _time_rows("portraits", _DLIB, answer)
    return out


def portrait_rows(way: str, apart: Array, names: Sequence[str], threshold: float) -> list[Figure]:
    """Pairs of portraits told right at a program's own threshold.

    Args:
        way: the program.
        apart: (n, n) distances.
        names: stems; two of ``person_a`` are one person, an ``impostor`` is nobody else.
        threshold: at or below which two are taken for one person.
    """
    pairs = list(combinations(range(len(names)), 2))
    same = [names[i].startswith("person") and names[i][:8] == names[j][:8] for i, j in pairs]
    told = [bool(apart[i, j] <= threshold) for i, j in pairs]
    right = sum(one == other for one, other in zip(same, told, strict=True))
    data = f"portraits, {len(names)} real photos, {sum(same)} of the pairs one person, its own threshold"
    name = f"portraits, {way}: pairs told right"
    return [Figure(name, 100 * right / len(pairs), "%", None, None, len(pairs), data)]


def distances(encodings: Sequence[Sequence[float] | None]) -> Array:
    """(n, n) Euclidean distances; of a photo without a face larger than any, as `NO_LIKENESS` is lower."""
    known = np.array([one is not None for one in encodings])
    table = np.array([one if one is not None else [0.0] * 128 for one in encodings], np.float64)
    squares = (table**2).sum(axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares[None, :] - 2 * table @ table.T, 0.0))
    return np.where(known[:, None] & known[None, :], apart, -NO_LIKENESS)


def asked(images: Sequence[Image], upsample: int, interpreter: str) -> dict[str, Any]:
    """What face_recognition says of photos, in its own process.

    Raises:
        InputError: the process failed.
    """
    script = Path(__file__).with_name("dlib_faces.py")
    with tempfile.TemporaryDirectory() as folder:
        for number, image in enumerate(images):
            cv2.imwrite(str(Path(folder) / f"{number:04d}.png"), image[..., ::-1])
        return answer_on_one_core([interpreter, str(script), folder, str(upsample)], "face_recognition")


def _timed(which: str, way: str, images: Sequence[Image], limit: int | None) -> list[Figure]:
    """Our own time, in a process of its own, bound to one core as face_recognition's is."""
    with tempfile.TemporaryDirectory() as folder:
        for number, image in enumerate(images[:limit]):
            cv2.imwrite(str(Path(folder) / f"{number:04d}.png"), image[..., ::-1])
        command = [sys.executable, "-m", "benchmarks.diagnosis_speed", "identity", folder]
        return _time_rows(which, way, answer_on_one_core(command, "our own recognition"))


def _time_rows(which: str, way: str, answer: dict[str, Any]) -> list[Figure]:
    data = (
        f"{which}, {len(answer['seconds'])} real photos, finding the face included, bound to one core "
        f"({processor()}); {answer['versions']}"
    )
    begin = f"{which}, {way}: time a photo"
    return [
        quantile(begin, answer["seconds"], 0.5, data),
        quantile(f"{begin}, of the processor", answer["processor_seconds"], 0.5, data),
    ]
