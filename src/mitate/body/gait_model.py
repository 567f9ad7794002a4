"""Joint angles as the coordinates of OpenSim's gait models, by their names, axes and signs.

From this house to OpenSim: `pelvis_tilt` and `lumbar_extension` turn their sign, `knee_angle` does so in the
older models, and the pelvis is taken apart in another order (tilt, list, rotation), which for one and the
same pelvis gives other numbers as soon as it is turned and tilted at once. Hips, bending and rotations are
the same.

Source: the joint axes of gait2354, gait2392 and their successors (Delp SL et al., IEEE Trans Biomed Eng
1990;37:757-767; Rajagopal A et al., ibid. 2016;63:2068-2079), which are the same but for the knee's sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from numpy.typing import ArrayLike

from mitate.body.frames import OPENSIM_GROUND, Array, mirrored, relative
from mitate.body.kinematics import (
    LimbAngles,
    Side,
    TrunkAngles,
    angles_zxy,
    hip_angles,
    knee_angles,
    lumbar_angles,
    rotation_zxy,
)

__all__ = ["KneeSign", "body_coordinates", "hip_rotation_of", "lumbar_rotation_of", "pelvis_coordinates"]

KneeSign = Literal["flexion positive", "flexion negative"]
"""How a model counts knee flexion: negative in gait2354, gait2392, gait10dof18musc and Hamner's runner."""

_SIDES: tuple[Side, ...] = ("right", "left")


def pelvis_coordinates(pelvis: ArrayLike, ground: ArrayLike = OPENSIM_GROUND) -> dict[str, Array]:
    """``pelvis_tilt`` (positive backward), ``pelvis_list``, ``pelvis_rotation`` in degrees.

    Args:
        pelvis: (..., 3, 3).
        ground: the world as a frame; its x is where the model faces at rest.
    """
    tilt, side, rotation = angles_zxy(relative(ground, pelvis))
    return {"pelvis_tilt": tilt, "pelvis_list": side, "pelvis_rotation": rotation}


def body_coordinates(
    pelvis: ArrayLike,
    *,
    thorax: ArrayLike | None = None,
    thighs: Mapping[Side, ArrayLike] | None = None,
    shanks: Mapping[Side, ArrayLike] | None = None,
    ground: ArrayLike = OPENSIM_GROUND,
    knee: KneeSign = "flexion positive",
) -> dict[str, Array]:
    """Every coordinate that the given frames determine, by OpenSim's name, in degrees.

    Args:
        pelvis, thorax, thighs, shanks: frames (..., 3, 3); a shank without its thigh is left out.
        ground: the world as a frame; its x is where the model faces at rest.
        knee: the sign of ``knee_angle`` in the model that is to be fed.
    """
    found = pelvis_coordinates(pelvis, ground)
    for side in _SIDES:
        thigh, shank = (thighs or {}).get(side), (shanks or {}).get(side)
        if thigh is not None:
            found |= _hip(hip_angles(pelvis, thigh, side), side)
        if thigh is not None and shank is not None:
            flexion = knee_angles(thigh, shank, side).flexion
            found[f"knee_angle_{side[0]}"] = flexion if knee == "flexion positive" else -flexion
    return found if thorax is None else found | _lumbar(lumbar_angles(pelvis, thorax))


def lumbar_rotation_of(extension: ArrayLike, bending: ArrayLike, rotation: ArrayLike) -> Array:
    """The thorax (..., 3, 3) as seen from the pelvis, from OpenSim's three lumbar coordinates in degrees."""
    return rotation_zxy(extension, bending, rotation)


def hip_rotation_of(flexion: ArrayLike, adduction: ArrayLike, rotation: ArrayLike, side: Side) -> Array:
    """The thigh (..., 3, 3) as seen from the pelvis, from OpenSim's three hip coordinates in degrees."""
    turned = rotation_zxy(flexion, adduction, rotation)
    return mirrored(turned) if side == "left" else turned


def _hip(angles: LimbAngles, side: Side) -> dict[str, Array]:
    end = side[0]
    return {
        f"hip_flexion_{end}": angles.flexion,
        f"hip_adduction_{end}": angles.adduction,
        f"hip_rotation_{end}": angles.rotation,
    }


def _lumbar(angles: TrunkAngles) -> dict[str, Array]:
    return {
        "lumbar_extension": -angles.flexion,
        "lumbar_bending": angles.bending,
        "lumbar_rotation": angles.rotation,
    }
