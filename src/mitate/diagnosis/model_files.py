"""A model on disk: a folder with facts and card, arrays, a page to read, and a network if it has its own.

No pickle: JSON and plain arrays, each named by its sha256, so that a damaged or exchanged part is noticed.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.calibration import Calibration
from mitate.diagnosis.card import card_in_words
from mitate.diagnosis.conformal import Conformal
from mitate.diagnosis.embedders import Embedder
from mitate.diagnosis.linear import LinearHead
from mitate.diagnosis.model import DiagnosisModel
from mitate.diagnosis.unlike import Unlike
from mitate.errors import InputError
from mitate.files import new_folder, write_bytes, write_text
from mitate.weights import path_of

__all__ = ["ARRAYS", "FACTS", "NETWORK", "PAGE", "load_model", "save_model"]

FACTS, ARRAYS, NETWORK, PAGE = "model.json", "model.npz", "network.onnx", "README.md"
_KIND, _VERSION = "mitate diagnosis model", 1
_LARGEST = 2**30  # bytes of a part; a model is some megabytes, a network of its own forty
_TODO = "give a folder made by mitate diagnosis train"
_PROBE_LIMIT = 0.02  # of the scores' own spread; the same network in other arithmetic differs by 1e-4


def save_model(model: DiagnosisModel, folder: Path) -> DiagnosisModel:
    """Write a model, whole or not at all.

    Args:
        folder: must not exist, or be empty.

    Returns:
        The model as it was written: with its id, and its numbers rounded as in the file.

    Raises:
        InputError: the parts do not belong together, or the folder has something in it.
        OSError: it cannot be written.
    """
    model.checked()
    folder = folder.resolve()
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise InputError("there is something in this place", where=folder, todo="give a new folder")
    arrays = _arrays(model)
    network = model.embedder.network.read_bytes()
    sha256 = {ARRAYS: _sha256(arrays)} | ({NETWORK: _sha256(network)} if model.own_network else {})
    facts: dict[str, Any] = {
        "kind": _KIND,
        "version": _VERSION,
        "labels": list(model.labels),
        "trained_on": model.trained_on,
        "network": {
            "name": NETWORK if model.own_network else "sface",
            "layer": model.embedder.layer,
            "sha256": _sha256(network),
            "probe": _probe(model).tolist(),
        },
        "unit": model.head.unit,
        "calibration": model.calibration.as_dict(),
        "conformal": model.conformal.as_dict(),
        "least_quality": model.least_quality,
        "coverage": model.coverage,
        "card": dict(model.card),
        "sha256": sha256,
    }
    facts = json.loads(json.dumps(facts, allow_nan=False))
    facts["model_id"] = _id(facts)
    with new_folder(folder) as part:
        write_bytes(part / ARRAYS, arrays)
        if model.own_network:
            write_bytes(part / NETWORK, network)
        write_text(part / PAGE, card_in_words({**facts["card"], "model_id": facts["model_id"]}))
        write_text(part / FACTS, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    return load_model(folder)


def load_model(folder: Path, *, threads: int = 1) -> DiagnosisModel:
    """Read what `save_model` wrote.

    Args:
        folder: of the model.
        threads: of the network.

    Raises:
        InputError: no model, damaged, of a later version, or made with another network than the installed.
        WeightsError: it needs SFace, which is not installed.
    """
    facts = _facts(folder)
    parts = {name: _part(folder, str(name), str(sha256)) for name, sha256 in facts["sha256"].items()}
    try:
        with np.load(io.BytesIO(parts[ARRAYS]), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        own = facts["network"]["name"] == NETWORK
        if own and NETWORK not in parts:
            raise ValueError("no checksum of its own network")
        layer = facts["network"]["layer"]
        model = DiagnosisModel(
            labels=tuple(str(label) for label in facts["labels"]),
            embedder=Embedder(
                folder / NETWORK if own else path_of("sface"),
                None if layer is None else str(layer),
                threads=threads,
            ),
            own_network=own,
            head=LinearHead(
                np.asarray(arrays["head_mean"], np.float64),
                np.asarray(arrays["head_weights"], np.float64),
                np.asarray(arrays["head_bias"], np.float64),
                bool(facts["unit"]),
            ),
            calibration=Calibration.from_dict(facts["calibration"]),
            unlike=Unlike.from_arrays(_starting(arrays, "unlike_")),
            conformal=Conformal.from_dict(facts["conformal"]),
            trained_on=str(facts["trained_on"]),
            card=dict(facts["card"]),
            least_quality=float(facts["least_quality"]),
            coverage=float(facts["coverage"]),
            model_id=str(facts["model_id"]),
        ).checked()
        probe = np.asarray(facts["network"]["probe"], np.float64)
    except (KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError("the model lacks a part", where=folder / FACTS, todo=_TODO) from error
    except InputError as error:
        raise InputError(error.what, where=folder, todo=_TODO) from error
    if not own and _sha256(model.embedder.network.read_bytes()) != facts["network"]["sha256"]:
        _same_network(model, probe, folder)
    return model


def _arrays(model: DiagnosisModel) -> bytes:
    stored: dict[str, NDArray[Any]] = {
        "head_mean": model.head.mean.astype(np.float32),
        "head_weights": model.head.weights.astype(np.float32),
        "head_bias": model.head.bias,
    }
    stored |= {f"unlike_{name}": array for name, array in model.unlike.as_arrays().items()}
    buffer = io.BytesIO()
    np.savez(buffer, **stored)  # type: ignore[arg-type]
    return buffer.getvalue()


def _starting(arrays: Mapping[str, NDArray[Any]], start: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _id(facts: Mapping[str, Any]) -> str:
    told = {name: value for name, value in facts.items() if name != "model_id"}
    return _sha256(json.dumps(told, sort_keys=True).encode())[:12]


def _facts(folder: Path) -> dict[str, Any]:
    place = folder / FACTS
    try:
        facts = json.loads(place.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError("there is no model here", where=folder, todo=_TODO) from error
    except OSError as error:
        raise InputError(f"the model cannot be read: {error.strerror}", where=place, todo=_TODO) from error
    except (ValueError, RecursionError) as error:
        raise InputError("the model is damaged", where=place, todo=_TODO) from error
    if not isinstance(facts, dict) or facts.get("kind") != _KIND:
        raise InputError("this is no model for facial diagnosis", where=place, todo=_TODO)
    if facts.get("version") != _VERSION:
        raise InputError(
            f"this model has format {facts.get('version')!r}; this mitate reads format {_VERSION}",
            where=place,
            todo="update mitate, or train the model again",
        )
    if facts.get("model_id") != _id(facts) or not isinstance(facts.get("sha256"), dict):
        raise InputError("the model was changed: its checksum does not match", where=place, todo=_TODO)
    return facts


def _part(folder: Path, name: str, sha256: str) -> bytes:
    place = folder / Path(name).name
    try:
        content = place.read_bytes() if place.stat().st_size <= _LARGEST else b""
    except OSError as error:
        raise InputError(f"the model's part {name} is missing", where=place, todo=_TODO) from error
    if _sha256(content) != sha256:
        raise InputError(f"the model's part {name} is damaged", where=place, todo=_TODO)
    return content


def _probe(model: DiagnosisModel) -> NDArray[np.float64]:
    """Scores (4, K) of four smooth random pictures, by which a network is known again."""
    small = np.random.default_rng(0).uniform(0, 255, (4, 7, 7, 3))
    crops = small.repeat(16, axis=1).repeat(16, axis=2).astype(np.uint8)
    return model.head.scores(model.embedder(crops))


def _same_network(model: DiagnosisModel, probe: NDArray[np.float64], folder: Path) -> None:
    """The installed file is not the one the model was made with; does it at least say the same?"""
    found = _probe(model)
    if found.shape != probe.shape or np.abs(found - probe).max() > _PROBE_LIMIT * max(probe.std(), 1e-9):
        raise InputError(
            "the installed SFace is not the network that this model was made with",
            where=folder,
            todo="run: mitate weights install, or train the model again",
        )
