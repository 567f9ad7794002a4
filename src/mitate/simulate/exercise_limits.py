"""How far each degree of freedom of an exercise can go: the ends that no pose may pass.

Set by this project a little beyond what healthy adults reach on average, after: Soucie JM et al., Haemophilia
2011;17:500-507 (knee, hip, ankle, shoulder, elbow); Boone DC, Azen SP, J Bone Joint Surg Am 1979;61:756-759
(abduction, rotations, wrist); Roaas A, Andersson GB, Acta Orthop Scand 1982;53:205-208 (hip extension); White
AA, Panjabi MM, Clinical Biomechanics of the Spine, 2nd ed. 1990 (spine). Scapula, chin tuck and the pelvis,
which is free in the world, are its own judgement, and so is what the ankle has for the model's stiff toes.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["LIMITS", "SIDED", "UNSIDED"]

UNSIDED: Mapping[str, tuple[float, float]] = {
    "pelvis_tilt": (-180.0, 180.0),
    "pelvis_list": (-180.0, 180.0),
    "pelvis_turn": (-180.0, 180.0),
    "lumbar_flexion": (-40.0, 60.0),
    "lumbar_bending": (-35.0, 35.0),
    "lumbar_rotation": (-15.0, 15.0),
    "thoracic_flexion": (-25.0, 45.0),
    "thoracic_bending": (-30.0, 30.0),
    "thoracic_rotation": (-45.0, 45.0),
    "neck_flexion": (-70.0, 60.0),
    "neck_bending": (-45.0, 45.0),
    "neck_rotation": (-85.0, 85.0),
    "chin_tuck": (-25.0, 25.0),
}
"""Least and most degrees of the degrees of freedom of the middle."""

SIDED: Mapping[str, tuple[float, float]] = {
    "hip_flexion": (-30.0, 135.0),
    "hip_abduction": (-35.0, 60.0),
    "hip_rotation": (-60.0, 50.0),
    "knee_flexion": (-3.0, 155.0),
    "ankle_flexion": (-68.0, 40.0),
    "shoulder_flexion": (-65.0, 185.0),
    "shoulder_abduction": (-45.0, 185.0),
    "shoulder_rotation": (-110.0, 95.0),
    "elbow_flexion": (-3.0, 152.0),
    "forearm_rotation": (-95.0, 95.0),
    "wrist_extension": (-85.0, 90.0),
    "scapula_elevation": (-12.0, 30.0),
    "scapula_retraction": (-25.0, 25.0),
}
"""The same of each side. `shoulder_flexion` beyond the level turns the whole arm in the sagittal plane."""

LIMITS: Mapping[str, tuple[float, float]] = {
    **UNSIDED,
    **{f"{name}_{side}": ends for side in ("left", "right") for name, ends in SIDED.items()},
}
"""Least and most degrees of all degrees of freedom, in the order of the solver's variables."""
