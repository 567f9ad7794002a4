"""A lift from clips to its folder: trained, set right on people it has not seen, written whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mitate.errors import InputError
from mitate.files import new_folder
from mitate.learn.lift import LiftSettings, LiftTrainer
from mitate.learn.lift_batches import load_clips
from mitate.learn.lift_export import export_lift

__all__ = ["train_lift"]


def train_lift(
    clips: Path,
    out: Path,
    held_out: Path,
    settings: LiftSettings,
    *,
    trained_on: str = "simulated",
    progress: Callable[[float, float, str], None] | None = None,
) -> dict[str, Any]:
    """Train a lift; run again after an interruption it goes on from its checkpoint in ``OUT.work``.

    Args:
        clips: folder of clips to learn from (`mitate.simulate.lift_clips`).
        out: the folder to make, with ``frame.onnx``, ``time.onnx`` and ``card.json``, which
            `mitate.body.lift.LiftModel.load` reads.
        held_out: folder of clips of other people, on which its errors are set right.
        settings: how to train.
        trained_on: ``simulated``, or the name of the cohort that the clips are of.
        progress: called with minutes trained, minutes in all, and a word on it.

    Returns:
        The card.

    Raises:
        InputError: no clips, the same people in both folders, or `out` is in use.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError("this already exists", where=out, todo="give the name of a new folder")
    judges = {name: clip for name, clip in load_clips(held_out, least=settings.run).items() if clip.pictured}
    known = load_clips(clips, least=settings.run)
    both = sorted(judges.keys() & known.keys())
    if both or not judges:
        what = f"{len(both)} clips are of people who are learned from" if both else "there are no films here"
        raise InputError(what, where=held_out, todo="make clips with another seed, in another folder")
    work = out.with_name(f"{out.name}.work")
    trainer = LiftTrainer(clips, work, settings)

    def say(share: float, losses: Any) -> None:
        if progress is not None:
            total = sum(value for name, value in losses.items() if name not in ("clips", "steps"))
            progress(share * settings.minutes, settings.minutes, f"loss {total:.2f}")

    if progress is not None:
        progress(trainer.spent_s / 60.0, settings.minutes, "")
    net = trainer.train(say)
    told = {
        "trained_on": trained_on,
        "people": len(trainer.clips),
        "clips": len(trainer.clips),
        "steps": trainer.steps,
    }
    with new_folder(out) as folder:
        card = export_lift(net, list(judges.values()), folder, settings, told)
    shutil.rmtree(work)
    return card
