"""The card of an encoder: what it was trained on, how well it does, what it is for and what not."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

from mitate import __version__
from mitate.edema.crops import CropStore
from mitate.edema.prior import Prior
from mitate.edema.results import INTENDED_USE

if TYPE_CHECKING:
    from mitate.learn.pretrain_settings import PretrainSettings

__all__ = ["encoder_card"]


def encoder_card(
    store: CropStore,
    settings: PretrainSettings,
    learned: Mapping[str, Any],
    prior: Prior,
    parity: float,
    figures: Sequence[Mapping[str, Any]],
    photographs: CropStore | None = None,
) -> dict[str, Any]:
    """The card as JSON holds it.

    Args:
        store: all it was made from.
        settings: how it was trained.
        learned: what `mitate.learn.pretrain.pretrain` says of the training.
        prior: learned from people whom the network has not seen.
        parity: of the exported network.
        figures: on those people, by labelled days.
        photographs: of further people whom the network was trained on, where there were any.
    """
    index = json.dumps([asdict(session) for session in store.sessions], sort_keys=True)
    return {
        "name": f"edema encoder, {learned['settings']['objective']}",
        "role": "face crop to embedding for edema",
        "version": 1,
        "crop_size": settings.size,
        "dim": settings.dim,
        "mirrored": True,
        "trained_on": store.trained_on,
        "participants": {
            "network": learned["participants"],
            "watched": int(learned["held_out"]["people"]),
            "prior": prior.n_participants,
        },
        "sessions": len(store.sessions),
        "crops": sum(session.count for session in store.sessions),
        "crops_trained": learned["crops"],
        "photographs": _photographed(photographs),
        "settings": learned["settings"],
        "held_out": {name: _number(value) for name, value in learned["held_out"].items()},
        "held_out_by_labelled_days": list(figures),
        "parity": parity,
        "seconds": learned["seconds"],
        "seed": settings.seed,
        "parameters": learned["parameters"],
        "device": learned["device"],
        "loss_by_epoch": learned["loss_by_epoch"],
        "score": learned["score"],
        "versions": {
            "mitate": __version__,
            "python": platform.python_version(),
            "torch": learned["torch"],
            "onnxruntime": onnxruntime.__version__,
            "numpy": np.__version__,
        },
        "data_sha256": hashlib.sha256(index.encode()).hexdigest(),
        "intended_use": INTENDED_USE,
        "limits": _limits(store, prior, photographs),
    }


def _photographed(store: CropStore | None) -> dict[str, Any] | None:
    if store is None:
        return None
    return {
        "of": store.trained_on,
        "participants": len(store.participants),
        "crops": sum(session.count for session in store.sessions),
    }


def _limits(store: CropStore, prior: Prior, photographs: CropStore | None = None) -> list[str]:
    limits = [
        "Says how much the face differs from a reference session of the same person; light, camera, "
        "distance, expression and a change of true body weight differ too.",
        "A patient's own weighed sessions matter: see the held-out figures by labelled days.",
        f"The prior rests on {prior.n_participants} participants"
        + (": few, so intervals are wide." if prior.n_participants < 30 else "."),
    ]
    if store.trained_on == "simulated" and photographs is None:
        limits.insert(0, "Learned from simulated faces only; how well it does on real faces is not known.")
    elif store.trained_on == "simulated":
        limits.insert(
            0,
            "Learned from simulated faces and photographs with computed swelling; it has seen no face that "
            "truly swells, and how well it does on one is not known.",
        )
    return limits


def _number(value: float) -> float | None:
    """A number that JSON can hold."""
    return round(float(value), 4) if np.isfinite(value) else None
