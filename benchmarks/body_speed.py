"""From a 1080p clip to the body in space: time and memory beside MediaPipe's own Pose on the same clip.

Each way is a process of its own, so that the peak memory is its own; the time runs from opening the clip,
loading the networks included, without Python's imports. MediaPipe 0.10.21 needs an environment of its own
(``mediapipe==0.10.21`` with ``numpy<2``): its interpreter is named in MITATE_MEDIAPIPE_PYTHON, and without
it only our own rows are written.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import processor
from benchmarks.mediapipe_pose import peak_mb
from mitate.errors import InputError
from mitate.figures import Figure

__all__ = ["VARIABLE", "film", "measured", "rows", "run"]

VARIABLE = "MITATE_MEDIAPIPE_PYTHON"
"""Environment variable that names the interpreter with MediaPipe."""

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / ".." / "shared/data/pose2sim_demo/videos/cam02.mp4"
_RATE = 30.0
_TIMES = 6  # to and fro: 100 frames become 595, 20 s
_LONGEST_S = 600.0


def film(folder: Path, *, source: Path = SOURCE, times: int = _TIMES) -> Path:
    """The clip, made once and kept: cam02 of pose2sim_demo, 1080×1920, to and fro at 30 frames a second.

    The film has 100 frames at 60 a second; each is shown for twice as long, and every other time backwards,
    so that the man never jumps. H.264 at the quality that phones write, a keyframe a second.
    """
    from mitate import video

    path = folder / f"body-{source.stem}-{times}x-1080p30.mp4"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)

    def pictures() -> Iterator[NDArray[np.uint8]]:
        there = [frame.image for frame in video.frames(source)]
        yield there[0]
        for turn in range(times):
            yield from (there[1:] if turn % 2 == 0 else reversed(there[:-1]))

    video.write(path, pictures(), frame_rate=_RATE, gop_s=1.0, quality=21)
    return path


def _ours(path: Path, *, lifted: bool) -> dict[str, Any]:
    """The whole chain: read with masks, and lift."""
    from mitate.body.lift import lift
    from mitate.body.read import Networks, read_poses

    begun, worked = time.perf_counter(), time.process_time()
    networks = Networks.load()
    ready = time.perf_counter()
    track = read_poses(path, masks=True, networks=networks)
    seen = time.perf_counter()
    if lifted:
        lift(track)
    ended = time.perf_counter()
    packages = ("av", "ai-edge-litert", "onnxruntime", "numpy")
    return {
        "seconds": ended - begun,
        "loading_seconds": ready - begun,
        "lift_seconds": ended - seen,
        "frames": len(track),
        "found": int(track.seen.sum()),
        "processor_seconds": time.process_time() - worked,
        "peak_mb": peak_mb(),
        "versions": ", ".join(f"{name} {version(name)}" for name in packages)
        + f", Python {platform.python_version()}",
    }


def measured(way: str, path: Path, interpreter: str | None = None) -> dict[str, Any]:
    """One run of ``chain``, ``poses`` (without the lift) or ``mediapipe``, as its process tells it.

    Raises:
        InputError: the process failed.
    """
    command = [sys.executable, "-m", "benchmarks.body_speed", way, str(path)]
    if way == "mediapipe":
        script = Path(__file__).with_name("mediapipe_pose.py")
        command = [interpreter or "python", str(script), str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=_LONGEST_S
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as error:
        raise InputError(f"{way} failed: {error.stderr.strip()[-300:]}", where=path) from error
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError) as error:
        raise InputError(f"{way} gave no answer: {error}", where=path) from error
    return answer


def run(path: Path, *, repeats: int = 3, chain: bool = True) -> list[Figure]:
    """Measure every way in turn, `repeats` times, and give the rows.

    Args:
        path: from `film`.
        repeats: the figures are medians over them.
        chain: with the lift; False while it has no network.

    Raises:
        InputError: a way failed.
    """
    interpreter = os.environ.get(VARIABLE)
    ours = "chain" if chain else "poses"
    ways = [ours, *(["mediapipe"] if interpreter else [])]
    if not interpreter:
        print(f"mediapipe is left out: {VARIABLE} names no interpreter", file=sys.stderr)
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way in ways:  # in turn, so that a busy minute touches all
            found[way].append(measured(way, path, interpreter))
    return [row for way in ways for row in rows(way, found[way], path)]


def rows(way: str, runs: Sequence[dict[str, Any]], path: Path) -> list[Figure]:
    """Time a frame by the clock and of all cores, times faster than it plays, and peak memory of one way.

    Where other programs run beside it, only the processor time can be compared.
    """
    own = way != "mediapipe"
    label = {
        "chain": "Speed, poses, masks and lift",
        "poses": "Speed, poses and masks",
        "mediapipe": "Speed, mediapipe's Pose (full, with masks)",
    }[way]
    threads = "one thread a network, decoding on all" if own else "threads as by default"
    frames, n = int(runs[0]["frames"]), len(runs)
    took = sorted(one["seconds"] for one in runs)
    seconds, peak = statistics.median(took), statistics.median(one["peak_mb"] for one in runs)
    data = (
        f"pose2sim_demo, cam02 to and fro: {frames} frames of 1080×1920 at {_RATE:.0f} a second, "
        f"{path.stat().st_size * 8e-6 * _RATE / frames:.1f} Mbit/s; person seen in {runs[0]['found']}; "
        f"median of {n} runs of {took[0]:.1f} to {took[-1]:.1f} s, loading of networks included; "
        f"{runs[0]['versions']}; {os.cpu_count()} cores ({processor()}), {threads}"
    )
    faster = frames / _RATE / seconds
    worked = statistics.median(one["processor_seconds"] for one in runs)
    ceiling = 1000.0 if own else None
    return [
        Figure(f"{label}: time a frame", 1000 * seconds / frames, "ms", None, None, n, data),
        Figure(f"{label}: processor time a frame", 1000 * worked / frames, "ms", None, None, n, data),
        Figure(
            f"{label}: times faster than it plays", faster, "×", None, None, n, data, 1.0 if own else None
        ),
        Figure(f"{label}: peak memory", peak, "MB", None, None, n, data, ceiling, at_least=False),
    ]


if __name__ == "__main__":
    print(json.dumps(_ours(Path(sys.argv[2]), lifted=sys.argv[1] == "chain")))
