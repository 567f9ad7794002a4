"""The study behind a choice, the size of the crop.

It trains small encoders under one budget on the same people and tests them on the same other people: the
change between the pre and the post session of one day, for people without any model or label of their own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.cohorts import BUILD, say
from mitate.edema.crops import CropStore, open_crops, resized
from mitate.edema.evaluate import Predictions, evaluate
from mitate.edema.personal import compare
from mitate.edema.pretrain import make_encoder
from mitate.figures import Figure, write_figures
from mitate.learn.pretrain_settings import PretrainSettings
from mitate.simulate.face_cohort import CropPlan, simulate_crops

__all__ = ["crop_size"]

LEARN_SEED, TEST_SEED = 1, 9002
TEST_PEOPLE = 200
_METRICS = ("presence accuracy", "MAE", "within-patient correlation")


def _people(seed: int, participants: int) -> CropStore:
    """Two days, two frames a session, at 128 pixels; smaller crops are made from these."""
    root = BUILD / f"study-{seed}-{participants}"
    simulate_crops(root, CropPlan(participants, 2, 2, seed, size=128), progress=say)
    return open_crops(root)


def _change_between(encoder_root: Path, test: CropStore) -> Predictions:
    """Pre against post of each day, of every test person; "presence" is that the later clip holds more."""
    from mitate.edema.encoder import load_encoder

    encoder = load_encoder(encoder_root)
    embeddings = {
        (s.participant_id, s.day, s.phase): (s, encoder.embed(resized(test.crops(s), encoder.crop_size)))
        for s in test.sessions
    }
    rows = []
    for (participant, day, phase), (session, after) in embeddings.items():
        other = embeddings.get((participant, day, "post" if phase == "pre" else "pre"))
        if other is None:
            continue
        change = compare(encoder.prior, other[1], after)
        truth = float(session.excess_kg or 0.0) - float(other[0].excess_kg or 0.0)
        rows.append(
            (
                participant,
                phase == "pre",
                truth,
                change.change_kg,
                change.increase_probability,
                *change.interval_90,
            )
        )
    return Predictions(*(np.array(column) for column in zip(*rows, strict=True)))


def _study(out: Path, variants: dict[str, PretrainSettings], participants: int, tag: str) -> list[Figure]:
    learn, test = _people(LEARN_SEED, participants), _people(TEST_SEED, TEST_PEOPLE)
    figures: list[Figure] = []
    for name, settings in variants.items():
        root = BUILD / f"{tag}-{name}-{participants}x{settings.epochs}"
        if not root.exists():
            make_encoder(learn, root, settings, progress=None)
        data = (
            f"simulated, {TEST_PEOPLE} people, seed {TEST_SEED}; encoder from {participants} people, "
            f"{settings.epochs} epochs"
        )
        found = evaluate(_change_between(root, test), data=data, label=f"{tag} {name}", metrics=_METRICS)
        figures += found
        print("  ".join(f"{f.name}: {f.value:.2f} ({f.low:.2f} to {f.high:.2f})" for f in found), flush=True)
    write_figures(out, figures)
    return figures


def crop_size(out: Path, *, participants: int = 2500, epochs: int = 6) -> list[Figure]:
    """The change objective at 64, 96 and 128 pixels."""
    variants = {f"{size} px": PretrainSettings(size=size, epochs=epochs) for size in (64, 96, 128)}
    return _study(out, variants, participants, "crop")
