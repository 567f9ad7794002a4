"""Seconds and memory from a 3-minute 1080p clip to 100 crops and an estimate, against the usual way.

The usual way decodes every frame and runs a face detector on each. Each way is a process of its own, so that
the peak memory is its own; both are measured in one run, and the ratio is the figure that travels.
"""

from __future__ import annotations

import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.cohorts import BUILD
from mitate.figures import Figure, write_figures

__all__ = ["run"]

SECONDS, RATE = 180, 30
_UNIQUE_S = 8  # rendered; the film plays it to and fro, moved a little each time


def _film(seconds: int) -> Path:
    """A 1080×1920 H.264 film of a simulated patient, a keyframe a second as phones write it."""
    from mitate import video

    path = BUILD / f"speed-{seconds}s-1080p30.mp4"
    if not path.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        print(f"making {path} (kept for the next run)", flush=True)
        video.write(path, _pictures(seconds), frame_rate=RATE, gop_s=1.0, quality=21)
    return path


def _pictures(seconds: int) -> Iterator[NDArray[np.uint8]]:
    from mitate.simulate.capture import CaptureProfile, FrameState, sample_frames
    from mitate.simulate.face_cohort import sitter_for
    from mitate.simulate.head import load_head
    from mitate.simulate.person import sample_person

    def between(first: FrameState, last: FrameState, share: float, index: int) -> FrameState:
        turn = {
            n: (1 - share) * getattr(first, n) + share * getattr(last, n) for n in ("yaw", "pitch", "roll")
        }
        return replace(first, **turn, blur=0.0, seed=index)

    person = sample_person(load_head(), 9001, 3)
    sitter = sitter_for(person, 0, 1, CaptureProfile())
    rng = np.random.default_rng(0)
    first, last = sample_frames(rng, sitter.conditions, 2)
    count = _UNIQUE_S * RATE // 4
    unique = [
        cv2.resize(
            sitter.picture(between(first, last, i / count, i), 540, 960, 130.0, compress=False),
            (1080, 1920),
            interpolation=cv2.INTER_CUBIC,
        )
        for i in range(count)
    ]
    grain = rng.integers(0, 13, (8, 1920, 1080, 1), dtype=np.uint8).repeat(3, axis=3)
    order = [*range(count), *reversed(range(count))]
    for index in range(seconds * RATE):
        moved = np.roll(unique[order[(index // 4) % len(order)]], (index * 7) % 11 - 5, axis=1)
        yield np.asarray(cv2.add(moved, grain[index % 8]), dtype=np.uint8)


def _mitate(path: Path) -> dict[str, float]:
    """The product's own way."""
    from mitate.edema.encoder import default_encoder
    from mitate.edema.personal import estimate, personalise
    from mitate.edema.prior import SessionEmbeddings
    from mitate.face.select import read_clip

    begun = time.perf_counter()
    encoder = default_encoder()
    clip = read_clip(path, count=100, size=encoder.crop_size)
    seen = time.perf_counter()
    embeddings = encoder.embed(clip.crops)
    model = personalise(encoder.prior, SessionEmbeddings(embeddings[:10], 0.0, "post"))
    result = estimate(model, embeddings)
    ended = time.perf_counter()
    return {
        "seconds": ended - begun,
        "estimate_seconds": ended - seen,
        "crops": float(len(clip)),
        "excess_kg": result.excess_kg,
    }


def _usual(path: Path) -> dict[str, float]:
    """Every frame decoded, a detector on each."""
    from mitate import video
    from mitate.face.detect import FaceDetector

    begun = time.perf_counter()
    detector = FaceDetector()
    found = sum(bool(detector(frame.image)) for frame in video.frames(path))
    return {"seconds": time.perf_counter() - begun, "frames": float(found)}


def _measured(way: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.speed", way, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def run(out: Path, *, seconds: int = SECONDS, repeats: int = 3) -> list[Figure]:
    """Measure, print and write the figures."""
    path = _film(seconds)
    ours = [_measured("mitate", path) for _ in range(repeats)]
    usual = _measured("usual", path)
    took = statistics.median(row["seconds"] for row in ours)
    peak = statistics.median(row["peak_mb"] for row in ours)
    megabits = path.stat().st_size * 8e-6 / seconds
    film = f"simulated film, {seconds} s, 1080×1920, H.264, {RATE} frames a second, {megabits:.0f} Mbit/s"
    data = f"{film}; {_versions()}"
    figures = [
        Figure("seconds to 100 crops and an estimate", took, "s", None, None, repeats, data),
        Figure("times faster than real time", seconds / took, "×", None, None, repeats, data, bar=10.0),
        Figure("peak memory", peak, "MB", None, None, repeats, data, bar=700.0, at_least=False),
        Figure("crops chosen", ours[0]["crops"], "crops", None, None, repeats, data, bar=100.0),
        Figure("seconds, every frame decoded and searched", usual["seconds"], "s", None, None, 1, data),
        Figure("peak memory, every frame decoded and searched", usual["peak_mb"], "MB", None, None, 1, data),
        Figure(
            "times faster than every frame searched", usual["seconds"] / took, "×", None, None, repeats, data
        ),
    ]
    for figure in figures:
        print(f"{figure.name}: {figure.value:.1f} {figure.unit}")
    write_figures(out, figures)
    return figures


def _versions() -> str:
    from importlib.metadata import version

    packages = " ".join(f"{name} {version(name)}" for name in ("av", "onnxruntime", "opencv-python-headless"))
    return f"{packages}, Python {platform.python_version()}, 2 cores"


if __name__ == "__main__":
    result = {"mitate": _mitate, "usual": _usual}[sys.argv[1]](Path(sys.argv[2]))
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))
