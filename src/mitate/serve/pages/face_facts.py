"""What a person says before her face is filmed: when it is, her weight, for how long to film.

Kept for an hour in a cookie that only the pages of the face see, so that nothing of it stands in an address
and a reload asks nothing again.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Self

from fastapi import Request, Response

from mitate.record.weights import KG

__all__ = ["CONTEXTS", "LENGTHS_S", "FaceFacts", "WeightSaid", "read_weight"]

CONTEXTS = ("pre", "post", "other")
LENGTHS_S = (30, 60, 180)
"""How long may be filmed; 20 s at least are needed, more make the estimate surer."""
_COOKIE, _KEPT_S = "face", 3600
_WEIGHT = re.compile(r"^(\d{2,3})([.,](\d{1,2}))?$")


@dataclass(frozen=True, slots=True)
class WeightSaid:
    """A weight as it was written: `kg` where it can be one; `wrong` where it cannot."""

    text: str = ""
    kg: float | None = None
    wrong: bool = False


def read_weight(text: str) -> WeightSaid:
    """A weight in kg as people write it: full width or half, comma or point, ``kg`` behind it or not."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold().removesuffix("kg").strip()
    if not plain:
        return WeightSaid()
    found = _WEIGHT.match(plain)
    if found is None:
        return WeightSaid(text[:20], None, True)
    kg = float(plain.replace(",", "."))
    low, high = KG
    return WeightSaid(text[:20], kg, False) if low <= kg <= high else WeightSaid(text[:20], None, True)


@dataclass(frozen=True, slots=True)
class FaceFacts:
    """What was said; see the module.

    Attributes:
        context: pre, post or other.
        weight_kg: as just weighed, or None.
        seconds: to film.
    """

    context: str = "other"
    weight_kg: float | None = None
    seconds: int = LENGTHS_S[0]

    @classmethod
    def of(cls, request: Request) -> Self | None:
        """From the cookie; None where nothing was said yet, or long ago."""
        context, _, rest = request.cookies.get(_COOKIE, "").partition("_")
        weight, _, seconds = rest.partition("_")
        if context not in CONTEXTS or seconds not in {str(one) for one in LENGTHS_S}:
            return None
        return replace(cls(), context=context, weight_kg=read_weight(weight).kg, seconds=int(seconds))

    def keep(self, answer: Response, *, secure: bool) -> None:
        """Put them into the cookie of an answer."""
        weight = "" if self.weight_kg is None else f"{self.weight_kg:g}"
        told = f"{self.context}_{weight}_{self.seconds}"
        answer.set_cookie(
            _COOKIE, told, max_age=_KEPT_S, path="/face", samesite="lax", secure=secure, httponly=True
        )

    def for_upload(self) -> dict[str, str | float]:
        """As the API takes them with a film."""
        told: dict[str, str | float] = {"instrument": "edema", "context": self.context}
        if self.weight_kg is not None:
            told["weight_kg"] = self.weight_kg
        return told
