"""A film of a movement as it is kept without the film: poses and angles, from which all else is made again.

What is kept is the `PoseTrack` (without masks) and the `Recording`, as arrays and facts; measures, grades and
warnings follow from them by `mitate.back.assess.assessed`, so that a check that is judged later, with another
age, norm or earlier check, judges by today's rules. Nothing is pickled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.body.clip import PoseReport, PoseTrack
from mitate.body.recording import Recording
from mitate.body.region import Region
from mitate.body.steady import CameraMotion, Moment
from mitate.errors import InputError
from mitate.serve.work.arrays import arrays_of, npz_of

__all__ = ["kept", "opened"]

_VERSION = 1
_TRACK = ("times_s", "points", "visibility", "world", "score")
_MAPPED = ("angles", "angle_errors")


def kept(track: PoseTrack, recording: Recording) -> bytes:
    """Both of one film, as bytes."""
    arrays: dict[str, NDArray[Any]] = {f"track.{name}": getattr(track, name) for name in _TRACK}
    arrays["track.regions"] = np.array(
        [(np.nan,) * 4 if one is None else (*one.centre, one.size, one.rotation) for one in track.regions]
    ).reshape(-1, 4)
    facts: dict[str, Any] = {}
    for one in fields(recording):
        value = getattr(recording, one.name)
        if one.name in _MAPPED:
            arrays |= {f"{one.name}.{name}": np.asarray(row) for name, row in value.items()}
        elif isinstance(value, np.ndarray):
            arrays[f"recording.{one.name}"] = value
        else:
            facts[one.name] = list(value) if isinstance(value, tuple) else value
    report = {one.name: getattr(track.report, one.name) for one in fields(track.report)}
    told = {
        "version": _VERSION,
        "size": [track.width, track.height],
        "report": {**report, "camera": asdict(track.report.camera)},
        "recording": facts,
    }
    text = json.dumps(told, default=_number)
    return npz_of({**arrays, "facts": np.frombuffer(text.encode(), np.uint8)})


def opened(content: bytes, path: Path) -> tuple[PoseTrack, Recording]:
    """What `kept` was given; `path` stands for the film that is not there any more.

    Raises:
        InputError: it is damaged, or of another version.
    """
    arrays = arrays_of(content)
    try:
        told = json.loads(bytes(arrays["facts"]))
        if told["version"] != _VERSION:
            raise InputError("this film was kept by another version of mitate", where="features")
        report = dict(told["report"])
        report["warnings"] = tuple(report["warnings"])
        report["camera"] = _camera(report["camera"])
        track = PoseTrack(
            path=path,
            width=told["size"][0],
            height=told["size"][1],
            regions=tuple(_region(row) for row in arrays["track.regions"]),
            report=PoseReport(**report),
            **{name: arrays[f"track.{name}"] for name in _TRACK},
        )
        facts = dict(told["recording"])
        facts["warnings"] = tuple(facts["warnings"])
        whole: dict[str, Any] = {**facts, **_part(arrays, "recording.")}
        whole |= {name: _part(arrays, f"{name}.") for name in _MAPPED}
        return track, Recording(**whole)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError("these features are damaged", where="features") from error


def _part(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): row for name, row in arrays.items() if name.startswith(prefix)}


def _region(row: NDArray[np.float64]) -> Region | None:
    x, y, size, rotation = (float(value) for value in row)
    return None if np.isnan(size) else Region((x, y), size, rotation)


def _number(value: Any) -> Any:
    """Numbers of numpy as Python's own."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not kept")


def _camera(told: Mapping[str, Any]) -> CameraMotion:
    whole = dict(told)
    whole["moments"] = tuple(Moment(**one) for one in whole["moments"])
    whole["speeds"] = tuple((float(time), float(speed)) for time, speed in whole["speeds"])
    return CameraMotion(**whole)
