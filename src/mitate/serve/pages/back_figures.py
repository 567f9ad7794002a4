"""From where each movement is filmed, and which drawn figure shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

__all__ = ["BOTH_SIDES", "FRONT", "VIEW_OF"]

VIEW_OF: Mapping[str, Literal["side", "front"]] = {
    "forward_bend": "side",
    "backward_bend": "side",
    "rotation": "front",
    "side_bend": "front",
    "waiters_bow": "side",
    "one_leg_stance": "front",
    "squat": "side",
    "neck_flexion": "side",
    "neck_extension": "side",
    "neck_rotation": "front",
    "neck_side_bend": "front",
    "arm_raise": "front",
}
"""As docs/back-measure.md says."""
FRONT = frozenset(name for name, view in VIEW_OF.items() if view == "front")
BOTH_SIDES = frozenset({"rotation", "side_bend", "one_leg_stance", "neck_rotation", "neck_side_bend"})
"""Movements that are made to both sides (`mitate.back.movement.SIDES`)."""
