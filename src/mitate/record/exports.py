"""A person's own copy as one ZIP, and tables as CSV for a clinic."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mitate.record.captures import PHOTO
from mitate.record.everything import Everything

__all__ = ["personal_zip", "photos_csv", "sessions_csv", "weights_csv"]

_SESSION_COLUMNS = (
    "at",
    "instrument",
    "context",
    "movement",
    "state",
    "weight_kg",
    "excess_kg",
    "low_kg",
    "high_kg",
    "dry_weight",
    "edema_probability",
    "n_frames",
    "model",
    "trained_on",
    "refused",
)
_PHOTO_COLUMNS = (
    "at",
    "state",
    "outcome",
    "classes_left",
    "likeliest",
    "probability",
    "nearest",
    "similarity",
    "quality",
    "model",
    "gallery",
    "trained_on",
    "refused",
)
_WEIGHT_COLUMNS = ("at", "kind", "kg", "context", "source")
Film = tuple[str, Iterable[bytes]]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # wide ones, too: Excel in Japanese


def sessions_csv(everything: Everything) -> str:
    """Every film with its result, one a line; kilograms over dry weight, 90 % interval.

    ``dry_weight`` says over which: ``entered`` by the clinic, or ``estimated``, the mean after dialysis.
    """
    rows = []
    for capture in everything.captures:
        if capture.instrument == PHOTO:
            continue
        result: Mapping[str, Any] = capture.result or {}
        estimate: Mapping[str, Any] = result.get("estimate") or {}
        low, high = estimate.get("interval_90") or (None, None)
        refusal: Mapping[str, Any] = result.get("refusal") or {}
        rows.append(
            {
                "at": capture.at.isoformat(),
                "instrument": capture.instrument,
                "context": capture.facts.context,
                "movement": capture.facts.movement,
                "state": capture.state,
                "weight_kg": capture.facts.weight_kg,
                "low_kg": low,
                "high_kg": high,
                "dry_weight": result.get("dry_weight") if estimate else None,
                **{name: estimate.get(name) for name in ("excess_kg", "edema_probability", "n_frames")},
                "model": estimate.get("model_id"),
                "trained_on": estimate.get("trained_on"),
                "refused": refusal.get("reason") or refusal.get("what"),
            }
        )
    return _csv(_SESSION_COLUMNS, rows)


def photos_csv(everything: Everything) -> str:
    """Every photo of the face with what it was likened to, one a line; probability and similarity 0 to 1."""
    rows = []
    for capture in everything.captures:
        if capture.instrument != PHOTO:
            continue
        result: Mapping[str, Any] = capture.result or {}
        found: Mapping[str, Any] = result.get("diagnosis") or {}
        matches: Mapping[str, Any] = result.get("matches") or {}
        refusal: Mapping[str, Any] = result.get("refusal") or {}
        asked: Mapping[str, Any] = result.get("compared_with") or {}
        first: Mapping[str, Any] = next(iter(found.get("candidates", ())), {})
        nearest: Mapping[str, Any] = next(iter(matches.get("matches", ())), {})
        rows.append(
            {
                "at": capture.at.isoformat(),
                "state": capture.state,
                "outcome": found.get("outcome"),
                "classes_left": "; ".join(found.get("set", ())),
                "likeliest": first.get("label"),
                "probability": first.get("probability"),
                "nearest": nearest.get("label"),
                "similarity": None if not nearest else round(1 - nearest["distance"], 4),
                "quality": result.get("quality"),
                "model": asked.get("model"),
                "gallery": asked.get("gallery"),
                "trained_on": found.get("trained_on") or matches.get("trained_on"),
                "refused": refusal.get("reason") or refusal.get("what"),
            }
        )
    return _csv(_PHOTO_COLUMNS, rows)


def weights_csv(everything: Everything) -> str:
    """Every weight and dry weight, one a line."""
    return _csv(
        _WEIGHT_COLUMNS,
        (
            {
                "at": one.at.isoformat(),
                "kind": one.kind,
                "kg": one.kg,
                "context": one.context,
                "source": one.source,
            }
            for one in everything.weights
        ),
    )


def personal_zip(everything: Everything, films: Iterable[Film] = ()) -> Iterator[bytes]:
    """A person's copy of all that is kept of her, piece by piece: nothing of it lies opened on a disk.

    Args:
        everything: of her.
        films: names of films that are kept, each with its pieces.
    """
    tray = _Tray()
    with zipfile.ZipFile(tray, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        told = everything.as_dict()
        archive.writestr("everything.json", json.dumps(told, ensure_ascii=False, indent=1))
        archive.writestr("sessions.csv", "\ufeff" + sessions_csv(everything))
        archive.writestr("weights.csv", "\ufeff" + weights_csv(everything))
        archive.writestr("photos.csv", "\ufeff" + photos_csv(everything))
        archive.writestr("README.txt", _README)
        for name, pieces in films:
            with archive.open(f"films/{name}", "w", force_zip64=True) as inside:
                for piece in pieces:
                    inside.write(piece)
                    yield tray.taken()
    yield tray.taken()


class _Tray(io.RawIOBase):
    """What was written, until it is taken; nothing can be gone back to."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: Any) -> int:
        """Hold bytes."""
        with memoryview(content) as view:
            self._held += view
            return view.nbytes

    def taken(self) -> bytes:
        """All that is held; then nothing is."""
        taken = bytes(self._held)
        self._held.clear()
        return taken


_README = """What mitate keeps of one person.
everything.json  all of it, as kept
sessions.csv     every film with its result: kilograms over dry weight with their 90 % interval;
                 dry_weight says over which: entered by the clinic, or estimated, the mean after dialysis
weights.csv      weights and dry weights
photos.csv       every photo of the face with what it was likened to: research, and no diagnosis
films/           films and photos, where the person agreed to keep them
Research use. Not a medical device; not for diagnosis or for setting a dry weight.
"""


def _csv(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A number in six digits (all of them are in the JSON); a text that a spreadsheet would run is quoted.

    OWASP, CSV injection.
    """
    if isinstance(value, float):
        return format(value, ".6g")
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
