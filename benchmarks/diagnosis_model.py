"""A model of simulated syndromes, trained once by the product's own command and kept for the benchmarks."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import mitate.diagnosis
from benchmarks.simulated_syndromes import MAIN, made, named
from mitate.diagnosis.compare import Wanted
from mitate.diagnosis.train import train

__all__ = ["LEARNED_FROM", "simulated_model"]

LEARNED_FROM = named(MAIN)
_KEPT = Path(__file__).parents[1] / "build" / "bench"


@cache
def simulated_model() -> Path:
    """Its folder; it is trained anew when anything in `mitate.diagnosis` or the plan has changed."""
    sources = sorted(Path(mitate.diagnosis.__path__[0]).glob("*.py"))
    told = hashlib.sha256(repr(MAIN).encode())
    for source in sources:
        told.update(source.read_bytes())
    folder = _KEPT / f"diagnosis-model-{told.hexdigest()[:12]}"
    if not (folder / "model.json").exists():
        train(made(MAIN), folder, Wanted(rivals=False))
    return folder
