"""What the commands of ``mitate edema`` share: options, and what they say of encoders and clips."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mitate.edema.encoder import Encoder
    from mitate.edema.patient import LeftOut
    from mitate.face.clip import FaceClip

__all__ = [
    "CohortFolder",
    "EncoderFolder",
    "EncoderOut",
    "Frames",
    "clip_told",
    "origin",
    "tell_held_out",
    "tell_left_out",
    "tell_warnings",
]

CohortFolder = Annotated[Path, typer.Argument(metavar="COHORT", help="Folder with the cohort's tables.")]
EncoderFolder = Annotated[
    Path | None,
    typer.Option("--encoder", metavar="FOLDER", help="Encoder to use; by default the one that comes along."),
]
Frames = Annotated[int, typer.Option(min=1, max=2000, help="Frames used of each clip at most.")]
EncoderOut = Annotated[Path, typer.Option("--out", metavar="ENCODER", help="Folder to make for the encoder.")]


def tell_held_out(encoder: Encoder) -> None:
    """How an encoder does on people whom it has not seen, where they were enough to tell."""
    rows = encoder.card["held_out_by_labelled_days"]
    if rows:
        print("On people whom it has not seen:")
    for row in rows:
        print(f"  {row['name']}: {row['value']:.2f} {row['unit']} ({row['low']:.2f} to {row['high']:.2f})")
    print(encoder.card["intended_use"])


def origin(encoder: Encoder) -> dict[str, Any]:
    """Which encoder it was, for JSON."""
    from mitate.edema.results import INTENDED_USE

    return {
        "encoder": encoder.root,
        "encoder_sha256": encoder.sha256,
        "trained_on": encoder.trained_on,
        "intended_use": INTENDED_USE,
    }


def clip_told(clip: FaceClip) -> dict[str, Any]:
    """The clip's report for JSON, with the median head angles of the frames used."""
    import numpy as np

    yaw, pitch, roll = np.median(clip.angles, axis=0).round(1).tolist()
    angles = {"yaw": yaw, "pitch": pitch, "roll": roll}
    return {"path": clip.path, "head_angles_deg": angles, **clip.report.as_dict()}


def tell_left_out(left_out: Iterable[LeftOut]) -> None:
    """A line for each session that could not be used."""
    for lost in left_out:
        print(f"left out {lost.participant_id} {lost.session_id}: {lost.message}")


def tell_warnings(clip: FaceClip) -> None:
    """A line for each doubt about a clip."""
    for warning in clip.report.warnings:
        print(f"note: {warning}")
