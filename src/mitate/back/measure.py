"""From a recording of one movement to its measures, each with unit, error, repeatability and source.

Measures that have a norm bear the norm's name (norms.toml) and stand only under the movement that the norm is
of. What a recording does not give is named with the reason and the remedy; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from mitate.back.measurement import Findings, Measure, Measures, NotMeasured
from mitate.back.measures_common import measure_course, measure_ranges, speed_of
from mitate.back.measures_neck import arm_raise, neck_extension, neck_flexion, neck_rotation, neck_side_bend
from mitate.back.measures_sagittal import backward_bend, forward_bend, squat, waiters_bow
from mitate.back.measures_sideways import one_leg_stance, rotation, side_bend
from mitate.back.movement import NECK_MOVEMENTS, checked_movement, find_repetitions
from mitate.back.readings import Repetitions
from mitate.body.recording import Recording

__all__ = ["Measure", "Measures", "NotMeasured", "measure"]

_OWN: Mapping[str, Callable[[Repetitions, Findings], None]] = MappingProxyType(
    {
        "forward_bend": forward_bend,
        "backward_bend": backward_bend,
        "rotation": rotation,
        "side_bend": side_bend,
        "waiters_bow": waiters_bow,
        "one_leg_stance": one_leg_stance,
        "squat": squat,
        "neck_flexion": neck_flexion,
        "neck_extension": neck_extension,
        "neck_rotation": neck_rotation,
        "neck_side_bend": neck_side_bend,
        "arm_raise": arm_raise,
    }
)


def measure(recording: Recording, movement: str) -> Measures:
    """All measures of a movement.

    Args:
        recording: of one movement, any number of repetitions; for those of the neck as
            `mitate.back.head.with_head` makes it.
        movement: one of `mitate.back.movement.MOVEMENTS` or `NECK_MOVEMENTS`.

    Raises:
        InputError: no movement of this name.
        RefusalError: ``no_movement``, where no whole repetition is found.
    """
    phases = find_repetitions(recording, checked_movement(movement))
    repetitions = Repetitions(recording, movement, phases)
    findings = Findings(movement)
    _OWN[movement](repetitions, findings)
    if movement in NECK_MOVEMENTS:
        measure_course(repetitions, findings, source="hesby2019")
    else:
        measure_ranges(repetitions, findings)
        measure_course(repetitions, findings)
    series = {
        "times_s": repetitions.times,
        "course": repetitions.smooth_course,
        "speed": speed_of(repetitions.times, repetitions.smooth_course),
        **{name: reading.smooth for name, reading in repetitions.angles.items()},
    }
    return Measures(
        movement=movement,
        phases=phases,
        values=MappingProxyType(findings.values),
        missing=MappingProxyType(findings.missing),
        series=MappingProxyType({name: np.asarray(values) for name, values in series.items()}),
    )
