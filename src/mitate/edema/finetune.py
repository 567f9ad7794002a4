"""An encoder of one patient's own: all layers fine-tuned on his labelled sessions, beside the closed form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.encoder import NETWORK, PRIOR, Encoder, file_sha256, load_encoder, write_card
from mitate.edema.population import refuse_existing
from mitate.files import new_folder

__all__ = ["fine_tune_encoder"]


def fine_tune_encoder(
    encoder: Encoder,
    sessions: Sequence[tuple[NDArray[np.uint8], float]],
    out: Path,
    *,
    participant_id: str,
    seed: int = 0,
    progress: Callable[[int, int, float], None] | None = None,
) -> Encoder:
    """Fine-tune a copy of `encoder` for one patient and write its folder, whole or not at all.

    The patient's model is then made on it as on any encoder. The prior is the population's: it was not
    learned with this network, so intervals may be too narrow on the days that were trained on, and are to be
    judged on later days only; the card says so.

    Args:
        encoder: the population's.
        sessions: (crops (n, S, S, 3) uint8, excess in kilograms) of at least two labelled sessions.
        out: the new folder.
        participant_id: whose it is.
        seed: of the draws.
        progress: called with step, steps and loss.

    Raises:
        InputError: fewer than two sessions, or `out` is in use.
        MissingExtraError: torch is not installed.
    """
    from mitate.learn.export import export_onnx
    from mitate.learn.transfer import FineTuneSettings, fine_tune

    refuse_existing(out)
    settings = FineTuneSettings(seed=seed)
    direction = encoder.prior.basis.T.astype(np.float64) @ encoder.prior.mean[1:]
    network = fine_tune(encoder.root / NETWORK, direction, sessions, settings, progress=progress)
    with new_folder(out) as folder:
        parity = export_onnx(network, folder / NETWORK, encoder.crop_size)
        sha256 = file_sha256(folder / NETWORK)
        replace(encoder.prior, encoder_sha256=sha256).save(folder / PRIOR)
        card = encoder.card | {
            "name": f"{encoder.card.get('name', 'encoder')}, fine-tuned for {participant_id}",
            "fine_tuned": {
                "participant_id": participant_id,
                "from_sha256": encoder.sha256,
                "sessions": len(sessions),
                "settings": asdict(settings),
                "parity": parity,
                "note": "the prior is the population's; judge intervals on later days only",
            },
        }
        write_card(folder, card)
    return load_encoder(out)
