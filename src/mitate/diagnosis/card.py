"""The card of a model: what it is for and what not, what it was learned from, and how well it does.

After M. Mitchell et al., "Model cards for model reporting", FAT* 2019.
"""

from __future__ import annotations

import hashlib
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mitate import __version__
from mitate.diagnosis.conformal import ENOUGH
from mitate.diagnosis.faces import Faces
from mitate.diagnosis.results import INTENDED_USE

__all__ = ["OUT_OF_SCOPE", "card_in_words", "model_card"]

OUT_OF_SCOPE = (
    "Telling anybody that they have or do not have a disease.",
    "People of whom no consent was given, screening without their knowledge, insurance, employment, police.",
    "Classes, ages, skin tones and cameras that are not in the data it was learned from.",
    "Photos with a covered, turned, blurred or very dark face.",
)
_NOT_GIVEN = "not given"


def model_card(
    name: str,
    faces: Faces,
    *,
    method: str,
    figures: Mapping[str, Any],
    settings: Mapping[str, Any] | None = None,
    limits: Sequence[str] = (),
) -> dict[str, Any]:
    """The card as JSON holds it.

    Args:
        name: of the data set.
        faces: all that it was learned from.
        method: what it looks at, in a sentence.
        figures: of the nested evaluation, by name; a figure is a number, or
            ``{"value": .., "low": .., "high": .., "n": .., "unit": ..}`` with a 95 % interval.
        settings: that inner validation chose.
        limits: what the reader must know besides.
    """
    photos = faces.photos
    people = {label: {one.person for one in photos if one.label == label} for label in faces.labels}
    shots = Counter(photo.label for photo in photos)
    known = sorted({group for photo in photos for group in photo.groups})
    return {
        "name": f"facial diagnosis: {', '.join(faces.labels)}",
        "method": method,
        "intended_use": INTENDED_USE,
        "out_of_scope": list(OUT_OF_SCOPE),
        "trained_on": faces.trained_on,
        "data": {
            "name": name,
            "persons": len({photo.person for photo in photos}),
            "photos": len(photos),
            "left_out": dict(sorted(Counter(one.reason for one in faces.left_out).items())),
            "consent": _counted(photo.consent for photo in photos),
            "licence": _counted(photo.licence for photo in photos),
            "groups": {one: _counted(photo.groups.get(one, "") for photo in photos) for one in known},
            "sha256": hashlib.sha256("\n".join(sorted(faces.digests)).encode()).hexdigest(),
        },
        "classes": {label: {"persons": len(people[label]), "photos": shots[label]} for label in faces.labels},
        "settings": dict(settings or {}),
        "figures": dict(figures),
        "limits": [*_limits(faces, people), *limits],
        "versions": _versions(),
    }


def card_in_words(card: Mapping[str, Any]) -> str:
    """The card as a page of Markdown; of a card that lacks something, what there is."""
    data = card.get("data", {})
    lines = [f"# {card.get('name', 'facial diagnosis')}", ""]
    if card.get("trained_on") == "simulated":
        lines += ["**Learned from simulated faces only. It says nothing of real people.**", ""]
    lines += [str(card.get("intended_use", INTENDED_USE)), ""]
    facts = [("Model", card.get("model_id")), ("Method", card.get("method")), ("Data", data.get("name"))]
    lines += [f"- {title}: {value}" for title, value in facts if value]
    lines += ["", "## Not for", "", *(f"- {one}" for one in card.get("out_of_scope", OUT_OF_SCOPE))]
    if card.get("classes"):
        lines += ["", "## Learned from", "", "| class | people | photos |", "| --- | ---: | ---: |"]
        lines += [f"| {name} | {n['persons']} | {n['photos']} |" for name, n in card["classes"].items()]
    for title in ("consent", "licence", "left_out"):
        if data.get(title):
            counts = ", ".join(f"{value} ({count})" for value, count in data[title].items())
            lines += ["", f"{title.replace('_', ' ').capitalize()}, photos: {counts}."]
    for group, counts in data.get("groups", {}).items():
        lines += ["", f"By {group}, photos: {', '.join(f'{v} ({n})' for v, n in counts.items())}."]
    if card.get("figures"):
        lines += ["", "## How well it does", ""]
        lines += ["On people of this data set that the fit had not seen (nested cross-validation).", ""]
        lines += [f"- {name}: {_figure(value)}" for name, value in card["figures"].items()]
    if card.get("limits"):
        lines += ["", "## Limits", "", *(f"- {one}" for one in card["limits"])]
    if card.get("versions"):
        made = ", ".join(f"{name} {version}" for name, version in card["versions"].items())
        lines += ["", f"Made with {made}."]
    return "\n".join(lines) + "\n"


def _counted(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(value or _NOT_GIVEN for value in values).items()))


def _limits(faces: Faces, people: Mapping[str, set[str]]) -> list[str]:
    limits = []
    if faces.trained_on == "simulated":
        limits.append("Learned from simulated faces only; how well it does on real faces is not known.")
    few = [f"{label} ({len(who)})" for label, who in people.items() if len(who) < ENOUGH]
    if few:
        limits.append(
            f"Few people: {', '.join(few)}. Sets cover as asked over these classes together, not for each."
        )
    limits.append(
        "Shares of classes in the data are not those in a clinic: probabilities hold for a mixture like the "
        "data's, and predictive values change with how common a condition is."
    )
    limits.append("A condition that was never learned may look like one that was; not all are recognised.")
    limits.append(
        "Sets cover as asked for photos like the data's. Blur, noise or strong compression beyond theirs "
        "makes faces strange: none of these is then the answer more often, for people of the classes too."
    )
    return limits


def _figure(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _number(value)
    unit = f" {value['unit']}" if value.get("unit") else ""
    text = f"{_number(value.get('value'))}{unit}"
    if value.get("low") is not None and value.get("high") is not None:
        text += f" (95 % interval {_number(value['low'])} to {_number(value['high'])})"
    return text + (f", n = {value['n']}" if value.get("n") is not None else "")


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _versions() -> dict[str, str]:
    import onnxruntime
    import sklearn

    return {
        "mitate": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "onnxruntime": onnxruntime.__version__,
    }
