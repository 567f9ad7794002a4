"""What a model or gallery of faces says of itself, as pages show it, in the reader's language.

Cards are written in English by `mitate.diagnosis.card`; figures and limits that it writes are known here, and
others are shown as they are, marked as English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from mitate.record.face_models import FaceFigure, KnownFaceModel
from mitate.serve.words import Say

__all__ = ["CardShown", "FigureShown", "card_shown"]

_FIGURES: tuple[tuple[str, str], ...] = (
    (r"top-1", "photos.fig_top_1"),
    (r"balanced accuracy", "photos.fig_balanced_accuracy"),
    (r"area under the ROC curve.*", "photos.fig_auc"),
    (r"sensitivity, (?P<label>.*)", "photos.fig_sensitivity"),
    (r"\d+ % prediction sets hold the true class", "photos.fig_coverage"),
    (r"expected calibration error", "photos.fig_calibration"),
    (r"gain over background alone", "photos.fig_gain_background"),
    (r"gain over file alone", "photos.fig_gain_file"),
    (r"gain over thumbnail alone", "photos.fig_gain_thumbnail"),
)
_LIMITS: tuple[tuple[str, str], ...] = (
    (r"Learned from simulated faces only; .*", "photos.lim_simulated"),
    (r"Few people: (?P<classes>.*)\. Sets cover as asked over .*", "photos.lim_few"),
    (r"Shares of classes in the data are not those in a clinic: .*", "photos.lim_shares"),
    (r"A condition that was never learned may look like .*", "photos.lim_unknown"),
    (r"Sets cover as asked for photos like the data's\. .*", "photos.lim_photos"),
)


@dataclass(frozen=True, slots=True)
class FigureShown:
    """A figure: its name, value and 95 % interval in words; `n` people."""

    name: Markup
    value: str
    interval: str
    n: int | None


@dataclass(frozen=True, slots=True)
class CardShown:
    """A card for a page.

    Attributes:
        kind, at: of what is installed, and when.
        id, name: of it, and of the data that it was made of.
        simulated: whether nobody whom it was made of is real.
        people: of all classes.
        classes: label, people, photos.
        figures, limits: in the reader's language where they are known.
        coverage: of sets of classes, percent; None of a gallery.
        own_network: whether it brings one.
        left_out: names of files that are not kept.
    """

    kind: str
    at: datetime
    id: str
    name: str
    simulated: bool
    people: int
    classes: tuple[tuple[str, int, int], ...]
    figures: tuple[FigureShown, ...]
    limits: tuple[Markup, ...]
    coverage: str
    own_network: bool
    left_out: tuple[str, ...]


def card_shown(known: KnownFaceModel, say: Say) -> CardShown:
    """A card for a page in one language."""
    card = known.card
    return CardShown(
        known.kind,
        known.at,
        card.id,
        card.name,
        card.simulated,
        card.people,
        tuple((one.label, one.people, one.photos) for one in card.classes),
        tuple(_figure(one, say) for one in card.figures),
        tuple(_known(one, _LIMITS, say) for one in card.limits),
        "" if card.coverage is None else f"{card.coverage:g}",
        card.own_network,
        card.left_out,
    )


def _figure(one: FaceFigure, say: Say) -> FigureShown:
    digits = 1 if one.unit == "%" else 2
    unit = f" {one.unit}" if one.unit else ""
    low, high = (None if value is None else _number(value, digits) for value in (one.low, one.high))
    until = "〜" if say.language == "ja" else " to "
    interval = "–" if low is None or high is None else f"{low}{until}{high}{unit}"
    return FigureShown(
        _known(one.name, _FIGURES, say), f"{_number(one.value, digits)}{unit}", interval, one.n
    )


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _known(text: str, patterns: tuple[tuple[str, str], ...], say: Say) -> Markup:
    """A sentence of a card in the reader's language; one that is not known as it is, marked as English."""
    for pattern, key in patterns:
        found = re.fullmatch(pattern, text, flags=re.DOTALL)
        if found is not None:
            return escape(say(key, **found.groupdict()))
    return escape(text) if say.language == "en" else Markup('<span lang="en">{}</span>').format(text)
