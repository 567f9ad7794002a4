"""From a face to ranked classes on one core, after everything is loaded.

Each way is a process of its own that keeps to one core. ``photo`` is a photo of 640 pixels as it comes from
a file's decoder (finding the face, the mesh, the crop, the network, the linear machine, calibration and the
prediction set); ``crop`` begins at the aligned crop. Where other programs run beside it, the time by the
clock is theirs too: the processor's own time is written as well.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import answer_on_one_core, one_core, processor
from benchmarks.rows import quantile
from mitate.diagnosis.face_in import Seeing, face_in
from mitate.diagnosis.model_files import load_model
from mitate.errors import InputError, RefusalError
from mitate.face.embed import FaceEmbedder
from mitate.figures import Figure

__all__ = ["PHOTO", "figures", "repeated"]

Image = NDArray[np.uint8]

ROOT = Path(__file__).parents[1]
PHOTO = ROOT / ".." / "shared/data/portraits/person_a_1.jpg"
_SIDE = 640
_REPEATS, _WARM = 60, 5
_BAR_MS = 60.0
_WAYS = {"photo": "photo of 640 px to ranked classes", "crop": "aligned crop to ranked classes"}


def figures(model: Path) -> list[Figure]:
    """Median and 95th percentile of both ways.

    Args:
        model: folder of a trained model.

    Raises:
        InputError: a way failed.
    """
    out = []
    for way, title in _WAYS.items():
        command = [sys.executable, "-m", "benchmarks.diagnosis_speed", way, str(model)]
        answer = answer_on_one_core(command, way)
        data = (
            f"portraits, person_a_1, {_REPEATS} times after loading, {answer['bound']} ({processor()}); "
            f"{answer['versions']}"
        )
        seconds, worked = answer["seconds"], answer["processor_seconds"]
        out += [
            quantile(f"speed, {title}: median", seconds, 0.5, data, _BAR_MS),
            quantile(f"speed, {title}: 95th percentile", seconds, 0.95, data),
            quantile(f"speed, {title}: median of the processor's own time", worked, 0.5, data),
        ]
    return out


def repeated(
    work: Callable[[], object], repeats: int = _REPEATS, warm: int = _WARM
) -> dict[str, list[float]]:
    """Seconds by the clock and of the processor of each time that `work` is done, but for the first ones."""
    clock, busy = [], []
    for turn in range(warm + repeats):
        begun, worked = time.perf_counter(), time.process_time()
        work()
        if turn >= warm:
            clock.append(time.perf_counter() - begun)
            busy.append(time.process_time() - worked)
    return {"seconds": clock, "processor_seconds": busy}


def _classes(way: str, folder: Path) -> dict[str, Any]:
    """Time of one way, in this process."""
    bound = one_core()
    image = _rgb(PHOTO)
    scale = _SIDE / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    photo = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    model, seeing = load_model(folder), Seeing.load()
    crop = face_in(photo, seeing).crop
    took = repeated(
        (lambda: model.predict(photo, seeing)) if way == "photo" else (lambda: model.predict_crop(crop))
    )
    return {**took, "bound": bound, "versions": _versions()}


def _identity(folder: Path) -> dict[str, Any]:
    """Time of finding and recognising the face on each PNG of a folder, decoding not included."""
    bound = one_core()
    seeing, embedder = Seeing.load(), FaceEmbedder()
    images = [_rgb(path) for path in sorted(folder.glob("*.png"))]

    def one(image: Image) -> None:
        try:
            embedder(face_in(image, seeing).crop[None])
        except RefusalError:
            return

    one(images[0])
    took = [repeated(partial(one, image), repeats=1, warm=0) for image in images]
    return {
        "seconds": [each["seconds"][0] for each in took],
        "processor_seconds": [each["processor_seconds"][0] for each in took],
        "bound": bound,
        "versions": _versions(),
    }


def _rgb(path: Path) -> Image:
    read = cv2.imread(str(path))
    if read is None:
        raise InputError("this picture cannot be read", where=path)
    return np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8)


def _versions() -> str:
    names = ("opencv-python-headless", "ai-edge-litert", "onnxruntime", "numpy")
    said = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{said}, Python {platform.python_version()}"


if __name__ == "__main__":
    where = Path(sys.argv[2])
    print(json.dumps(_identity(where) if sys.argv[1] == "identity" else _classes(sys.argv[1], where)))
