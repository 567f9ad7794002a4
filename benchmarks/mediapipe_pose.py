"""MediaPipe's own Pose solution on one clip, as its documentation shows it; in MediaPipe's own environment.

``python mediapipe_pose.py CLIP`` prints one line of JSON. MediaPipe 0.10.21 needs another numpy than this
project, so this file imports nothing of it; an environment with ``mediapipe==0.10.21`` and ``numpy<2`` runs
it. BlazePose full (``model_complexity=1``), tracking from frame to frame, smoothing and the mask of the
person, frames decoded by OpenCV; threads as they are by default.
"""

from __future__ import annotations

import importlib
import json
import platform
import resource
import sys
import time
from pathlib import Path
from typing import Any


def peak_mb() -> float:
    """The most memory that this process has held, MB.

    Linux counts the parent's memory at the fork into ``ru_maxrss``; VmHWM begins anew with the program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main(path: str) -> dict[str, Any]:
    """Every frame of a clip: seconds, loading of the networks included; frames, and those with a person."""
    cv2 = importlib.import_module("cv2")
    mediapipe = importlib.import_module("mediapipe")
    numpy = importlib.import_module("numpy")
    begun, worked = time.perf_counter(), time.process_time()
    frames = found = 0
    film = cv2.VideoCapture(path)
    with mediapipe.solutions.pose.Pose(
        static_image_mode=False, model_complexity=1, enable_segmentation=True, smooth_segmentation=True
    ) as pose:
        ready = time.perf_counter()
        while True:
            more, image = film.read()
            if not more:
                break
            result = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            frames += 1
            found += result.pose_world_landmarks is not None and result.segmentation_mask is not None
    ended = time.perf_counter()
    return {
        "seconds": ended - begun,
        "loading_seconds": ready - begun,
        "frames": frames,
        "found": found,
        "processor_seconds": time.process_time() - worked,
        "peak_mb": peak_mb(),
        "versions": f"mediapipe {mediapipe.__version__}, OpenCV {cv2.__version__}, "
        f"numpy {numpy.__version__}, Python {platform.python_version()}",
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
