"""How well one frame shows a face, measure by measure, and what to tell the person when it does not.

Everything is measured on one aligned crop of fixed size, so that distance from the camera does not change
what "sharp" means; only `eye_distance` looks at the picture's own pixels.

What is detected and what is not: see docs/face.md. In short, coverings are seen by colour (a mask that is not
skin-coloured) and by light (dark glasses), so a hand, clear spectacles, hair over the cheeks or anything in a
black-and-white film are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.face.align import ARCFACE_TEMPLATE, five_points, similarity, warp_crop
from mitate.face.landmarks import Mesh

__all__ = [
    "FaceView",
    "Quality",
    "QualityLimits",
    "eye_opening",
    "measure",
    "mouth_opening",
    "sharpness",
    "view",
]

_SIDE = 128  # px, side of the crop that is measured
_BLACK, _WHITE = 26, 246  # luma; the ranges of ISO/IEC 29794-5
_RIGHT_EYE = (33, 160, 158, 133, 153, 144)  # Soukupova and Cech's six points, in their order
_LEFT_EYE = (362, 385, 387, 263, 373, 380)
_INNER_LIPS = (13, 14, 78, 308)  # top, bottom, corner, corner
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
_EYE_RIMS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382),
)
# Places that no mask, fringe of hair or beard covers all of: brow, bridge of the nose, below the eyes.
_SKIN = (9, 107, 336, 168, 6, 230, 450)
_NOSE_TIP = (4, 5, 195, 45, 275)
_CHIN = (18, 200, 199, 83, 313, 204, 424, 210, 430, 214, 434)
# The measured crop is the ArcFace crop with a margin, mostly below the chin.
_MARGIN_LEFT, _MARGIN_TOP = 8, 4
_LAYOUT = ARCFACE_TEMPLATE + np.array([_MARGIN_LEFT, _MARGIN_TOP])


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Where a frame stops being usable. Frames beyond a limit are left out; see docs/face.md for the trials.

    Attributes:
        least_eye_distance: px between the eye centres. The 96 px crop shows them 29 px apart; below 24 it
            would be mostly invented. (Passport photographs ask for 90: ISO/IEC 19794-5.)
        least_sharpness: 1 minus the blur effect of Crete et al. 2007 on the aligned crop. Six portraits have
            0.28 to 0.37; a Gaussian blur of 5 % of the eye distance (3 mm) brings them to the limit.
        least_brightness, most_brightness: mean luma (0 to 255) over the face.
        most_dark_share, most_bright_share: share of the face with luma under 26 or over 246, the ranges of
            ISO/IEC 29794-5 (under- and over-exposure prevention).
        least_eye_opening: eye aspect ratio of Soukupova and Cech 2016. Theirs is 0.2 for their landmarks and
            for healthy lids; swollen lids are narrow, so only eyes that are really shut are left out.
        least_eye_opening_of_usual: the same, as a share of the upper quartile in this clip. Simulated lids
            shut fully fall to 0.50 to 0.68 of it, half shut to 0.59 to 0.85.
        most_mouth_opening: gap between the inner lips over the width of the mouth.
        least_mesh_score: the face mesh's own confidence. Upside-down faces reach 0.97, upright ones 1.00.
        most_odd_colour: distance in CIE Lab's a, b (8 bit) between the bare skin of brow and eyes and both
            the tip of the nose and the chin. Six bare portraits reach 5, painted masks start at 12.
        least_eye_light: luma of the brighter eye region over that of the skin. Six portraits start at 0.4,
            painted dark glasses end at 0.2.
        least_inside: share of the mesh's points inside the picture.
        most_yaw, most_pitch: degrees from straight ahead for a frame to count as frontal.
    """

    least_eye_distance: float = 24.0
    least_sharpness: float = 0.13
    least_brightness: float = 40.0
    most_brightness: float = 225.0
    most_dark_share: float = 0.50
    most_bright_share: float = 0.30
    least_eye_opening: float = 0.15
    least_eye_opening_of_usual: float = 0.75
    most_mouth_opening: float = 0.35
    least_mesh_score: float = 0.98
    most_odd_colour: float = 10.0
    least_eye_light: float = 0.25
    least_inside: float = 0.97
    most_yaw: float = 15.0
    most_pitch: float = 20.0


@dataclass(frozen=True, slots=True)
class Quality:
    """The measures of one frame.

    Attributes:
        eye_distance: px of the picture between the eye centres.
        sharpness: 0 to 1, on the aligned crop.
        brightness: mean luma over the face, 0 to 255.
        dark_share, bright_share: share of the face that is black or burnt out, 0 to 1.
        eye_opening: eye aspect ratio, mean of both eyes.
        mouth_opening: gap of the inner lips over the width of the mouth.
        mesh_score: 0 to 1.
        odd_colour: how far nose and chin are from the colour of the other skin, in Lab a, b units: a mask.
        eye_light: luma of the brighter eye over that of the skin: dark glasses.
        inside: share of the mesh's points inside the picture.
        score: 0 to 1, all of them together; 0 where one of them fails.
        failing: reasons (keys of `mitate.face.refusals.INSTRUCTIONS`) of the measures beyond their limit, the
            gravest first.
    """

    eye_distance: float
    sharpness: float
    brightness: float
    dark_share: float
    bright_share: float
    eye_opening: float
    mouth_opening: float
    mesh_score: float
    odd_colour: float
    eye_light: float
    inside: float
    score: float
    failing: tuple[str, ...]


def eye_opening(points: NDArray[np.floating]) -> float:
    """Eye aspect ratio, the mean of both eyes, from the (468, 3) mesh: about 0.3 open, 0.2 shut.

    Soukupova and Cech, "Real-time eye blink detection using facial landmarks", CVWW 2016. Taken in three
    dimensions, so that looking up or down does not by itself close the eyes.
    """
    return float(np.mean([_aspect(points[list(eye)]) for eye in (_RIGHT_EYE, _LEFT_EYE)]))


def _aspect(eye: NDArray[np.floating]) -> float:
    def gap(a: int, b: int) -> float:
        return float(np.linalg.norm(eye[a] - eye[b]))

    return (gap(1, 5) + gap(2, 4)) / max(2 * gap(0, 3), 1e-6)


def mouth_opening(points: NDArray[np.floating]) -> float:
    """Gap between the inner lips over the width of the mouth, from the (468, 3) mesh."""
    top, bottom, right, left = points[list(_INNER_LIPS)]
    return float(np.linalg.norm(top - bottom) / max(float(np.linalg.norm(right - left)), 1e-6))


def sharpness(grey: NDArray[np.floating], mask: NDArray[np.bool_]) -> float:
    """1 minus the blur effect, over the masked pixels: blurring takes little from what is blurred already.

    Crete et al., "The blur effect: perception and estimation with a new no-reference perceptual blur metric",
    SPIE 6492, 2007. It is a ratio of differences, so it hardly depends on contrast and light.

    Args:
        grey: (H, W) luma.
        mask: (H, W), the pixels to judge.
    """
    image = np.asarray(grey, np.float32)
    kept = []
    for axis in (0, 1):
        kernel = (1, 9) if axis == 0 else (9, 1)
        soft = cv2.blur(image, kernel)
        own = np.abs(np.diff(image, axis=1 - axis))
        lost = np.maximum(0.0, own - np.abs(np.diff(soft, axis=1 - axis)))
        inside = mask[:, 1:] if axis == 0 else mask[1:, :]
        total = float(own[inside].sum())
        kept.append(float(lost[inside].sum()) / total if total > 0 else 0.0)
    return min(kept)


@dataclass(frozen=True, slots=True, eq=False)
class FaceView:
    """A face on the crop that is measured; made once a frame, since resampling a large picture costs most.

    Attributes:
        crop: (128, 128, 3) uint8 RGB, upright.
        points: (468, 2) the mesh in pixels of the crop.
        scale: pixels of the crop to one of the picture.
    """

    crop: NDArray[np.uint8]
    points: NDArray[np.float64]
    scale: float

    @property
    def arcface(self) -> NDArray[np.uint8]:
        """The part that face recognition reads, (112, 112, 3); as from `mitate.face.align.arcface_crop`."""
        return self.crop[_MARGIN_TOP : _MARGIN_TOP + 112, _MARGIN_LEFT : _MARGIN_LEFT + 112]


def view(image: NDArray[np.uint8], mesh: Mesh) -> FaceView:
    """The aligned crop of a face in an RGB uint8 picture (H, W, 3).

    Raises:
        RefusalError: the points of the mesh coincide.
    """
    to_crop = similarity(five_points(mesh.points), _LAYOUT)
    placed = mesh.points[:, :2] @ to_crop[:, :2].T + to_crop[:, 2]
    return FaceView(warp_crop(image, to_crop, _SIDE), placed, float(np.hypot(*to_crop[:, 0])))


def measure(
    image: NDArray[np.uint8],
    mesh: Mesh,
    limits: QualityLimits | None = None,
    *,
    seen: FaceView | None = None,
) -> Quality:
    """The measures of one face.

    Args:
        image: RGB uint8 (H, W, 3).
        mesh: the face in it.
        limits: what counts as failing.
        seen: `view(image, mesh)`, where the caller has it already.

    Raises:
        RefusalError: the points of the mesh coincide.
    """
    limits = limits or QualityLimits()
    seen = seen or view(image, mesh)
    crop, placed, points = seen.crop, seen.points, mesh.points
    luma = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    face = _polygon(placed, _OVAL)
    inside = luma[face] if face.any() else np.zeros(1, np.uint8)
    odd_colour, eye_light = _coverings(crop, luma, placed)
    within = (points[:, :2] >= 0).all(axis=1) & (points[:, :2] < image.shape[1::-1]).all(axis=1)
    measures = {
        "eye_distance": float(ARCFACE_TEMPLATE[1, 0] - ARCFACE_TEMPLATE[0, 0]) / seen.scale,
        "sharpness": sharpness(luma, face),
        "brightness": float(inside.mean()),
        "dark_share": float((inside < _BLACK).mean()),
        "bright_share": float((inside > _WHITE).mean()),
        "eye_opening": eye_opening(points),
        "mouth_opening": mouth_opening(points),
        "mesh_score": mesh.score,
        "odd_colour": odd_colour,
        "eye_light": eye_light,
        "inside": float(within.mean()),
    }
    failing = _failing(measures, limits)
    return Quality(**measures, score=0.0 if failing else _score(measures, limits), failing=failing)


def _failing(m: dict[str, float], limits: QualityLimits) -> tuple[str, ...]:
    beyond = {
        "too_small": m["eye_distance"] < limits.least_eye_distance,
        "cut_off": m["inside"] < limits.least_inside,
        "too_dark": m["brightness"] < limits.least_brightness or m["dark_share"] > limits.most_dark_share,
        "too_bright": m["brightness"] > limits.most_brightness
        or m["bright_share"] > limits.most_bright_share,
        "occluded": m["mesh_score"] < limits.least_mesh_score
        or m["odd_colour"] > limits.most_odd_colour
        or m["eye_light"] < limits.least_eye_light,
        "blurred": m["sharpness"] < limits.least_sharpness,
        "eyes_closed": m["eye_opening"] < limits.least_eye_opening,
        "mouth_open": m["mouth_opening"] > limits.most_mouth_opening,
    }
    return tuple(reason for reason, is_beyond in beyond.items() if is_beyond)


def _score(m: dict[str, float], limits: QualityLimits) -> float:
    """Geometric mean of one value a measure, each rising to 1 where more brings nothing."""

    def rise(value: float, limit: float, enough: float) -> float:
        return float(np.clip((value - limit) / (enough - limit), 0.0, 1.0))

    values = (
        rise(m["eye_distance"], 0.5 * limits.least_eye_distance, 60.0),
        rise(m["sharpness"], 0.5 * limits.least_sharpness, 0.30),
        rise(m["brightness"], 0.5 * limits.least_brightness, 90.0),
        rise(m["bright_share"], 1.2 * limits.most_bright_share, 0.02),
        rise(m["eye_opening"], 0.5 * limits.least_eye_opening, 0.25),
        rise(m["mouth_opening"], 1.2 * limits.most_mouth_opening, 0.10),
    )
    return float(np.prod(values) ** (1 / len(values)))


def _coverings(
    crop: NDArray[np.uint8], luma: NDArray[np.uint8], placed: NDArray[np.floating]
) -> tuple[float, float]:
    """`odd_colour` and `eye_light` of a `Quality`, from the aligned crop and the mesh in its pixels."""
    lab = cv2.cvtColor(cv2.blur(crop, (5, 5)), cv2.COLOR_RGB2LAB).astype(np.float32)

    def colour(indices: tuple[int, ...]) -> NDArray[np.float32]:
        columns, rows = np.clip(np.round(placed[list(indices)]), 0, _SIDE - 1).astype(int).T
        return np.asarray(np.median(lab[rows, columns], axis=0), np.float32)

    skin = colour(_SKIN)
    odd = min(float(np.hypot(*(colour(part) - skin)[1:])) for part in (_NOSE_TIP, _CHIN))
    eyes = [luma[_polygon(placed, rim, grow=5)] for rim in _EYE_RIMS]
    eye_light = max(float(eye.mean()) if eye.size else 0.0 for eye in eyes) / max(float(skin[0]), 1.0)
    return odd, eye_light


def _polygon(placed: NDArray[np.floating], indices: tuple[int, ...], grow: int = 0) -> NDArray[np.bool_]:
    """The pixels of the crop inside a ring of mesh points, grown by about half of `grow` pixels."""
    mask = np.zeros((_SIDE, _SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(placed[list(indices)]).astype(np.int32)], 1)
    if grow:
        mask = np.asarray(cv2.dilate(mask, np.ones((grow, grow), np.uint8)), np.uint8)
    return mask > 0
