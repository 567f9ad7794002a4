"""A film that could not be trusted, in words for whoever stood before the camera."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mitate.serve.told.types import Told
from mitate.serve.words import Say, all_words

__all__ = ["refusal_told"]

_OTHER = "other"


def refusal_told(refusal: Mapping[str, Any], instrument: str, say: Say) -> Told:
    """What is wrong with a film, and what to do.

    Args:
        refusal: `RefusalError.as_dict`.
        instrument: ``edema`` or ``back``: some reasons need other words for a body than for a face.
        say: in the language of whoever reads.
    """
    reason = str(refusal.get("reason", _OTHER))
    key = next(
        (one for one in (f"{instrument}_no_{reason}", f"no_{reason}") if f"told.{one}" in all_words()),
        f"no_{_OTHER}",
    )
    advice = (say(f"told.{key}_do"), say("told.film_again"), say("told.unwell"))
    return Told(say(f"told.{key}"), (say("told.nothing_judged"),), advice, "", "unsure")
