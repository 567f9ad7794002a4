"""Seconds and bytes of one patient's model, of a session, and of a million patients' daily scores; one core.

A million is measured on fewer: the scores of 10,000, 30,000 and 100,000 patients show that the time grows in
proportion, and the largest is multiplied up. The models are those of 300 made-up patients, repeated. To be
run on a machine that does nothing else.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.parts import run, write
from mitate.edema.encoder import Encoder, default_encoder
from mitate.edema.fleet import open_fleet, score, write_fleet
from mitate.edema.personal import PersonalModel, estimate, personalise
from mitate.edema.sessions import SessionEmbeddings
from mitate.figures import Figure

__all__ = ["main"]

OUT = Path("docs/benchmarks/edema.json")
FLEETS = (10_000, 30_000, 100_000)
MILLION = 1_000_000
_MADE_UP, _SESSIONS, _FRAMES, _CROPS = 300, 7, 10, 100


def _data() -> str:
    return (
        f"made-up crops and embeddings, numpy {np.__version__}, Python {platform.python_version()}, one core"
    )


def _seconds(work: Callable[[], object], repeats: int) -> float:
    """Median time of some runs after one that does not count."""
    work()
    took = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def _sessions(encoder: Encoder, rng: np.random.Generator, number: int) -> list[SessionEmbeddings]:
    """Three labelled days and the reference; embeddings as scattered as those of one person."""
    width = encoder.prior.basis.shape[1]
    typical = np.linalg.pinv(encoder.prior.basis.astype(np.float64)) @ encoder.prior.typical_change
    centre = rng.normal(size=width)
    return [
        SessionEmbeddings(
            (centre + rng.normal(size=(_FRAMES, width)) * np.abs(typical) / 2).astype(np.float32),
            0.2 + 2.2 * (i % 2),
            "pre" if i % 2 else "post",
            2 * (i // 2),
            f"{number}-{i}",
        )
        for i in range(_SESSIONS)
    ]


def _model(encoder: Encoder, number: int) -> PersonalModel:
    rng = np.random.default_rng(number)
    first, *others = _sessions(encoder, rng, number)
    face = rng.normal(size=128).astype(np.float32)
    return personalise(encoder.prior, first, others, participant_id=f"patient-{number:06d}", identity=face)


def transfer(out: Path) -> None:
    """One patient's model from the crops of his labelled sessions, and its file."""
    encoder = default_encoder()
    crops = _crops(encoder, _SESSIONS * _FRAMES)

    def work() -> PersonalModel:
        rows = np.split(encoder.embed(crops), _SESSIONS)
        found = [
            SessionEmbeddings(part, 0.2 + 2.2 * (i % 2), "pre" if i % 2 else "post", 2 * (i // 2))
            for i, part in enumerate(rows)
        ]
        return personalise(encoder.prior, found[0], found[1:], participant_id="patient-000001")

    sessions = _sessions(encoder, np.random.default_rng(0), 0)
    bare = _seconds(lambda: personalise(encoder.prior, sessions[0], sessions[1:]), 20)
    whole = _seconds(work, 3)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        _model(encoder, 1).save(path)
        size = path.stat().st_size
    data, name = _data(), f"{_SESSIONS} sessions of {_FRAMES} crops"
    write(
        out,
        [
            Figure(f"transfer to one patient, {name} to model", whole, "s", None, None, 3, data, 1.0, False),
            Figure("transfer to one patient, embeddings to model", bare, "s", None, None, 20, data),
            Figure("one patient's model on disk", size, "bytes", None, None, 1, data, 8192.0, False),
        ],
    )


def _crops(encoder: Encoder, count: int) -> NDArray[np.uint8]:
    side = encoder.crop_size
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def session(out: Path) -> None:
    """One session's estimate from its crops."""
    encoder = default_encoder()
    model, crops = _model(encoder, 1), _crops(encoder, _CROPS)
    took = _seconds(lambda: estimate(model, encoder.embed(crops), day=9, dialysis=True), 5)
    name = f"scoring a session from {_CROPS} crops"
    write(out, [Figure(name, took, "s", None, None, 5, _data(), 2.0, False)])


def fleet(out: Path) -> None:
    """Daily scores of many patients from stored models and embeddings."""
    encoder = default_encoder()
    prior = encoder.prior
    few = [_model(encoder, number) for number in range(_MADE_UP)]
    figures, took = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        for count in FLEETS:
            root = Path(folder) / str(count)
            write_fleet(root, _repeated(few, count), count)
            stored = open_fleet(root, prior)
            today = np.asarray(stored.rows["reference"]) + np.float32(0.1)

            def work(stored: object = stored, today: NDArray[np.float32] = today) -> None:
                for _ in score(stored, today, _FRAMES, 9.0, dialysis=True):  # type: ignore[arg-type]
                    pass

            took = _seconds(work, 3)
            each = 1e6 * took / count
            figures += [
                Figure(f"scoring {count:,} patients", took, "s", None, None, 3, _data()),
                Figure(f"scoring one of {count:,} patients", each, "µs", None, None, 3, _data()),
            ]
    whole = took * MILLION / FLEETS[-1]
    name = f"scoring {MILLION:,} patients, from {FLEETS[-1]:,}"
    figures.append(Figure(name, whole, "s", None, None, 3, _data(), 600.0, False))
    write(out, figures)


def _repeated(few: list[PersonalModel], count: int) -> Iterator[PersonalModel]:
    return islice(cycle(few), count)


PARTS = {"transfer": transfer, "session": session, "fleet": fleet}


def main() -> int:
    """Run the parts named on the command line, or all."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    else:
        print("note: this system cannot hold a program to one core", file=sys.stderr)
    return run(sys.argv[1:], PARTS, OUT)


if __name__ == "__main__":
    raise SystemExit(main())
