"""face_recognition (dlib) on photos, as its documentation shows it; in face_recognition's own environment.

``python dlib_faces.py FOLDER UPSAMPLE`` prints one line of JSON: of every PNG in the folder, in the order of
their names, the 128 numbers of the largest face found, or null, and the seconds that it took. This file
imports nothing of the project. An environment with ``dlib-bin``, ``face_recognition``,
``face_recognition_models`` and ``setuptools<81`` (for pkg_resources) runs it.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any


def main(folder: str, upsample: int) -> dict[str, Any]:
    """Every photo on one core: encodings, seconds of each, and versions.

    Args:
        folder: with PNG files.
        upsample: how often the photo is doubled before faces are looked for; 1 is the package's default, and
            it advises more for smaller faces.
    """
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    warnings.simplefilter("ignore")  # of pkg_resources
    faces = importlib.import_module("face_recognition")
    found: list[list[float] | None] = []
    seconds, worked = [], []
    for path in sorted(Path(folder).glob("*.png")):
        image = faces.load_image_file(str(path))
        begun, busy = time.perf_counter(), time.process_time()
        boxes = faces.face_locations(image, number_of_times_to_upsample=upsample)
        boxes.sort(key=lambda box: (box[2] - box[0]) * (box[1] - box[3]), reverse=True)
        encodings = faces.face_encodings(image, known_face_locations=boxes[:1])
        seconds.append(time.perf_counter() - begun)
        worked.append(time.process_time() - busy)
        found.append([float(number) for number in encodings[0]] if encodings else None)
    return {
        "encodings": found,
        "seconds": seconds,
        "processor_seconds": worked,
        "versions": f"face_recognition {version('face_recognition')}, dlib {version('dlib-bin')}, "
        f"numpy {version('numpy')}, Python {platform.python_version()}",
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
