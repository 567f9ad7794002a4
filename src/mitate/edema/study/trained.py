"""The rows that are pre-trained on other people: one network for each objective, all by one budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mitate.edema.crops import CropStore
from mitate.edema.encoder import load_encoder
from mitate.edema.population import Progress
from mitate.edema.pretrain import make_encoder

if TYPE_CHECKING:
    from mitate.learn.pretrain_settings import PretrainSettings

__all__ = ["OBJECTIVE_ROWS", "SFACE_ROW", "SHIPPED_ROW", "STARTED_ROW", "train_rows"]

OBJECTIVE_ROWS: Mapping[str, str] = {
    "instance contrast": "moco",
    "supervised contrast": "supmoco",
    "WeightSupMoCo": "weightsupmoco",
    "WeightSupMoCo, centred": "centred",
    "WeightSupMoCo, within each patient": "within",
    "change": "change",
    "WeightSupMoCo and change": "both",
}
"""Row → objective; they differ in nothing else."""

STARTED_ROW = "WeightSupMoCo, centred, after change"
"""The published objective alone, going on from the network of the row `change`."""

SFACE_ROW = "face recognition, fine-tuned"
"""SFace, its upper layers trained on by the objective `change`; all would take ten times as long."""

SHIPPED_ROW = "mitate"
"""The encoder that comes along, which had a larger budget than the rows."""


def train_rows(
    learners: CropStore,
    others: CropStore,
    folder: Path,
    settings: PretrainSettings,
    *,
    sface_epochs: int | None = None,
    progress: Callable[[str], Progress] | None = None,
) -> dict[str, Path]:
    """One encoder for each row, in a folder of its own below `folder`; those that are there are kept.

    Args:
        learners: crops of people who train the networks.
        others: crops of other people, who teach the priors.
        folder: for the encoders and, until each is done, its checkpoint.
        settings: the budget that all share; `objective` is each row's own.
        sface_epochs: of the fine-tuned SFace, whose steps take many times as long; None leaves it out.
        progress: told a row's name, gives what is called with its steps.

    Returns:
        Row → the encoder's folder.

    Raises:
        InputError: too few people, somebody in both stores, or a folder that holds something else.
        MissingExtraError: torch is not installed.
        WeightsError: SFace is not installed.
    """
    plans = {row: replace(settings, objective=objective) for row, objective in OBJECTIVE_ROWS.items()}
    plans[STARTED_ROW] = replace(settings, objective="centred")
    kept = folder / "change.pt"
    if sface_epochs is not None:
        plans[SFACE_ROW] = replace(
            settings, objective="change", backbone="sface-upper", epochs=sface_epochs, learning_rate=5e-4
        )
    made = {}
    for row, plan in plans.items():
        root = folder / row.replace(" ", "-").replace(",", "")
        if not root.exists():
            make_encoder(
                learners,
                root,
                plan,
                others=others,
                start=kept if row == STARTED_ROW else None,
                keep=kept if row == "change" else None,
                progress=progress(row) if progress else None,
            )
        made[row] = load_encoder(root).root
    return made
