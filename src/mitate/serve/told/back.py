"""One film of a movement in plain words; the check as a whole is told by `mitate.record.check_told`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mitate.serve.told.types import Told
from mitate.serve.words import Say

__all__ = ["movement_told"]


def movement_told(result: Mapping[str, Any], say: Say) -> Told:
    """What a film of a movement says: that it was read, how often the movement was seen, and how well.

    Args:
        result: as the job ``read_movement`` sealed it, not refused.
        say: in the language of whoever reads.
    """
    assessment = result.get("assessment") or {}
    count = len(assessment.get("repetitions") or assessment.get("phases") or ())
    measured = sum(1 for one in assessment.get("conditions") or () if one.get("grade") is not None)
    lines = [say("told.movement_times", number=count)] if count else []
    lines.append(say("told.movement_measured", number=measured) if measured else say("told.movement_none"))
    if count == 1:
        lines.append(say("told.movement_once"))
    if assessment.get("curve_hidden"):
        lines.append(say("told.movement_curve_hidden"))
    trained = str(assessment.get("trained_on", "simulated"))
    lines.append(
        say("told.body_simulated") if trained == "simulated" else say("told.trained_on", cohort=trained)
    )
    return Told(say("told.movement_read"), tuple(lines), (say("told.movement_next"),))
