"""An encoder as it is kept: a folder with the network, what a population taught about it, and its card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.edema.prior import Prior
from mitate.errors import InputError
from mitate.files import write_text
from mitate.weights import onnx_session

__all__ = [
    "CARD",
    "NETWORK",
    "PRIOR",
    "Encoder",
    "both_ways",
    "default_encoder",
    "file_sha256",
    "load_encoder",
    "write_card",
]

NETWORK, PRIOR, CARD = "encoder.onnx", "prior.json", "card.json"
_BLOCK = 64  # crops at a time: bounded memory on a clinic's PC


def file_sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Encoder:
    """A network that turns crops into embeddings, with the prior for patients' models.

    Attributes:
        root: its folder.
        card: what it is, what it was trained on, what it is for.
        prior: learned from patients whom the network was not trained on.
        sha256: of the network; models made with it carry it.
    """

    root: Path
    card: dict[str, Any]
    prior: Prior
    sha256: str

    @property
    def crop_size(self) -> int:
        """Side in pixels of the crops it reads."""
        return int(self.card["crop_size"])

    @property
    def trained_on(self) -> str:
        """``simulated`` or the name of a cohort."""
        return str(self.card["trained_on"])

    @cached_property
    def _session(self) -> Any:
        return onnx_session(self.root / NETWORK, threads=2)

    def embed(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings of edema crops; where the card says ``mirrored``, the mean over both ways round.

        Args:
            crops: (n, S, S, 3) uint8 RGB, n ≥ 1, S = `crop_size`.

        Returns:
            (n, D) float32.

        Raises:
            InputError: crops of another size.
        """
        side = self.crop_size
        if crops.ndim != 4 or crops.shape[1:] != (side, side, 3) or not len(crops):
            raise InputError(
                f"this encoder reads crops of shape (n, {side}, {side}, 3), not {crops.shape}",
                where=self.root,
            )
        return both_ways(self._once, crops) if self.card.get("mirrored") else self._once(crops)

    def _once(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        session = self._session
        name = session.get_inputs()[0].name
        parts = []
        for start in range(0, len(crops), _BLOCK):
            images = crops[start : start + _BLOCK].transpose(0, 3, 1, 2).astype(np.float32)
            parts.append(session.run(None, {name: images})[0])
        return np.concatenate(parts)


def both_ways(
    embed: Callable[[NDArray[np.uint8]], NDArray[np.float32]], crops: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """Mean embedding of each crop (n, S, S, 3) and its mirror image.

    The mirror image of a face is another face that holds as much fluid, lit from the other side, so that
    what the network mistakes about it is partly its own.
    """
    mirrored = np.ascontiguousarray(crops[:, :, ::-1])
    return np.asarray((embed(crops) + embed(mirrored)) / 2, dtype=np.float32)


def write_card(root: Path, card: dict[str, Any]) -> None:
    """Write an encoder's card with the checksums of the network and the prior that lie beside it."""
    whole = card | {"sha256": {name: file_sha256(root / name) for name in (NETWORK, PRIOR)}}
    write_text(root / CARD, json.dumps(whole, indent=2, ensure_ascii=False) + "\n")


def load_encoder(root: Path) -> Encoder:
    """Read an encoder's folder and check that its parts belong together.

    Args:
        root: folder made by ``mitate edema pretrain``.

    Raises:
        InputError: a part is missing, damaged, or of another encoder.
    """
    todo = "give a folder made by mitate edema pretrain"
    for name in (NETWORK, PRIOR, CARD):
        if not (root / name).is_file():
            raise InputError(f"an encoder's folder holds {name}, which is missing", where=root, todo=todo)
    try:
        card = json.loads((root / CARD).read_text(encoding="utf-8"))
        size, source = int(card["crop_size"]), str(card["trained_on"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("the encoder's card cannot be read", where=root / CARD, todo=todo) from error
    if size < 16 or not source:
        raise InputError(
            "the encoder's card has an impossible crop size or no source", where=root / CARD, todo=todo
        )
    prior = Prior.load(root / PRIOR)
    sha256 = file_sha256(root / NETWORK)
    if prior.encoder_sha256 != sha256:
        raise InputError("network and prior do not belong together", where=root, todo=todo)
    return Encoder(root, card, prior, sha256)


@lru_cache(maxsize=1)
def default_encoder() -> Encoder:
    """The encoder that comes with mitate; trained on simulated patients until a cohort is given.

    Raises:
        InputError: this installation lacks it.
    """
    return load_encoder(Path(__file__).parents[1] / "weights" / "edema_encoder")
