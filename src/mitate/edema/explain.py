"""Which parts of the face an estimate rests on: the session's frames turned into the reference's, bit by bit.

Every frame of a session is compared with a frame of the patient's reference session that looks most like it.
Small soft patches of the one are replaced by the other's, in a random order, until nothing of the session is
left; what each replacement takes from the estimate is that patch's share of it. Patches that are covered one
at a time (Zeiler and Fergus, ECCV 2014) count shared evidence twice or not at all. Shares over random orders
(Shapley 1953; sampled as by Castro, Gómez and Tejada, Computers & Operations Research 36, 2009) sum exactly
to what there is to explain: the estimate of the session less that of the reference.

A share says what the model answered to, never why, and not where the water is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mitate.edema.explain_face import NAMES, OUTSIDE, labels_of, points_in_crops, to_face
from mitate.edema.explain_fill import neutral_fill, reference_fill
from mitate.edema.personal import PersonalModel
from mitate.edema.results import INTENDED_USE
from mitate.errors import InputError

__all__ = ["FRAMES", "GRID", "Embeds", "Explanation", "Part", "explain", "patches"]

Array = NDArray[np.float64]
Crops = NDArray[np.uint8]

FRAMES, GRID = 10, 12
_FEW_KG = 0.5  # a difference from the reference below this is mostly noise


class Embeds(Protocol):
    """What turns crops into embeddings, such as an `Encoder`."""

    def embed(self, crops: Crops) -> NDArray[np.float32]:
        """(n, D) float32 of crops (n, S, S, 3)."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the face and what of the estimate rests on it.

    Attributes:
        name: one of `explain_face.NAMES`.
        kg: of the difference from `Explanation.start_kg`; below 0 speaks for less fluid.
        sd_kg: its spread from frame to frame; 0 for one frame.
        share: of all parts' kilograms taken without their sign, 0 to 1.
        area: share of the picture, 0 to 1.
    """

    name: str
    kg: float
    sd_kg: float
    share: float
    area: float


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Where in the picture a session's estimate comes from.

    Attributes:
        estimate_kg: mean of the frames that were looked at, kilograms over dry weight.
        start_kg: what the model says once everything is replaced; the parts sum to the difference.
        against: ``reference``, or ``neutral`` where no reference session was given: then the frames were only
            blurred, and only shares mean anything.
        parts: largest share first.
        map_kg: (S, S) kilograms a pixel, mean over the frames on this session's mean face.
        face: (S, S, 3) uint8, that face.
        points: (468, 2) its mesh points in pixels.
        n_frames: frames looked at.
        notes: what the reader should know first.
    """

    estimate_kg: float
    start_kg: float
    against: str
    parts: tuple[Part, ...]
    map_kg: Array
    face: Crops
    points: NDArray[np.float32]
    n_frames: int
    participant_id: str
    model_id: str
    trained_on: str
    notes: tuple[str, ...] = ()
    intended_use: str = field(default=INTENDED_USE)

    @property
    def outside_share(self) -> float:
        """Share of what moves the estimate that is not on the face or neck, 0 to 1."""
        return next(part.share for part in self.parts if part.name == NAMES[OUTSIDE])

    def kg_of(self, *names: str) -> float:
        """Kilograms of some parts together."""
        return float(sum(part.kg for part in self.parts if part.name in names))

    def as_dict(self) -> dict[str, Any]:
        """The explanation as ``--json`` prints it; the map in a grid of a twelfth of the side."""
        side = len(self.map_kg) // GRID * GRID
        coarse = self.map_kg[:side, :side].reshape(GRID, side // GRID, GRID, -1).sum(axis=(1, 3))
        names = ("estimate_kg", "start_kg", "against", "n_frames", "participant_id", "model_id", "trained_on")
        parts = [
            {name: getattr(part, name) for name in ("name", "kg", "sd_kg", "share", "area")}
            for part in self.parts
        ]
        told = {name: getattr(self, name) for name in (*names, "notes", "intended_use")}
        return {**told, "outside_share": self.outside_share, "parts": parts, "map_kg": coarse.tolist()}


def explain(
    model: PersonalModel,
    encoder: Embeds,
    crops: Crops,
    *,
    reference: Crops | None = None,
    points: NDArray[np.floating] | None = None,
    reference_points: NDArray[np.floating] | None = None,
    frames: int = FRAMES,
    grid: int = GRID,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Explain a session's estimate.

    Args:
        model: the patient's.
        encoder: that the model was made with.
        crops: (n, S, S, 3) uint8 RGB edema crops of the session.
        reference: (m, S, S, 3) of the reference session, and if wanted of others that are as dry: the more
            light and poses there are to choose from, the truer the map; None covers with a blurred copy.
        points, reference_points: (n, 468, 2) and (m, 468, 2) mesh points in pixels of the crops; found in the
            crops where None.
        frames: looked at, spread over the session.
        grid: patches a side; the encoder sees ``frames · (grid² + 1)`` pictures.
        seed: of the orders.
        progress: called with frames done and frames in all.

    Raises:
        InputError: crops or points that do not fit, or a grid of fewer than two patches a side.
        WeightsError: points are to be found and the weights of the mesh are not installed.
    """
    session, at = _chosen(_checked(crops, "crops"), points, frames, "points")
    if grid < 2 or grid > session.shape[1]:
        raise InputError(f"{grid} patches a side do not fit on {session.shape[1]} pixels", where="grid")
    if reference is None:
        fill = neutral_fill(session)
    else:
        known = _checked(reference, "reference")
        if known.shape[1:] != session.shape[1:]:
            raise InputError("the reference's crops are of another size", where="reference")
        known, where = _chosen(known, reference_points, len(known), "reference points")
        fill = reference_fill(session, at, known, where)
    if len(model.basis) + 1 != len(model.mean):
        raise InputError(
            "a model from its file lacks the prior's basis",
            where="model",
            todo="join it with the encoder's prior",
        )
    weights = model.basis.T.astype(np.float64) @ model.mean[1:]

    def kilograms(pictures: Crops) -> Array:
        rows = np.asarray(encoder.embed(pictures), np.float64)
        return np.asarray(model.mean[0] + (rows - model.reference) @ weights)

    soft = patches(grid, session.shape[1])
    orders = np.random.default_rng(seed)
    falls, values = _falls(kilograms, session, fill, soft, orders, progress or (lambda done, whole: None))
    return _told(model, session, at, soft, falls, values, "neutral" if reference is None else "reference")


def _checked(crops: Crops, where: str) -> Crops:
    if crops.ndim != 4 or crops.shape[1] != crops.shape[2] or crops.shape[3] != 3 or not len(crops):
        raise InputError(f"crops must be (n, S, S, 3) with n of one or more, not {crops.shape}", where=where)
    if crops.dtype != np.uint8:
        raise InputError(f"crops must be uint8, not {crops.dtype}", where=where)
    return crops


def _chosen(
    crops: Crops, points: NDArray[np.floating] | None, frames: int, where: str
) -> tuple[Crops, NDArray[np.float32]]:
    """Some frames spread over a session, with their mesh points."""
    if frames < 1:
        raise InputError("at least one frame must be looked at", where="frames")
    if points is not None and points.shape != (len(crops), 468, 2):
        raise InputError(f"mesh points must be ({len(crops)}, 468, 2), not {points.shape}", where=where)
    take = np.unique(np.linspace(0, len(crops) - 1, min(frames, len(crops))).round().astype(int))
    own = points_in_crops(crops[take]) if points is None else np.asarray(points[take], np.float32)
    return crops[take], own


def patches(grid: int, side: int) -> NDArray[np.float32]:
    """(grid², side, side) soft round patches that overlap and sum to 1 at every pixel."""
    step = side / grid
    centres = step * (np.arange(grid) + 0.5) - 0.5
    along = np.exp(-0.5 * ((np.arange(side) - centres[:, None]) / (0.5 * step)) ** 2)
    soft = np.einsum("iy,jx->ijyx", along, along).reshape(grid * grid, side, side)
    return np.asarray(soft / soft.sum(axis=0), np.float32)


def _falls(
    kilograms: Callable[[Crops], Array],
    session: Crops,
    fill: NDArray[np.float32],
    soft: NDArray[np.float32],
    rng: np.random.Generator,
    progress: Callable[[int, int], None],
) -> tuple[Array, Array]:
    """What each patch takes from each frame's estimate, (n, P); the estimates whole and replaced, (n, 2)."""
    falls = np.empty((len(session), len(soft)))
    values = np.empty((len(session), 2))
    order = rng.permutation(len(soft))
    for row, (crop, cover) in enumerate(zip(session, fill, strict=True)):
        # the second frame of a pair goes the same way backwards, which takes out much of the order's chance
        order = order[::-1] if row % 2 else rng.permutation(len(soft))
        covered = np.concatenate([np.zeros_like(soft[:1]), np.cumsum(soft[order], axis=0)])
        mixed = crop + covered[..., None] * (cover - crop)
        heights = kilograms(np.clip(np.rint(mixed), 0, 255).astype(np.uint8))
        falls[row, order] = heights[:-1] - heights[1:]
        values[row] = heights[0], heights[-1]
        progress(row + 1, len(session))
    return falls, values


def _told(
    model: PersonalModel,
    session: Crops,
    points: NDArray[np.float32],
    soft: NDArray[np.float32],
    falls: Array,
    values: Array,
    against: str,
) -> Explanation:
    side = session.shape[1]
    density = soft / soft.sum(axis=(1, 2), keepdims=True)
    labels = [labels_of(own, side) for own in points]
    kg = np.empty((len(session), len(NAMES)))
    for row, label in enumerate(labels):
        # how much of each patch lies on each part
        on = np.stack([density[:, label == part].sum(axis=1) for part in range(len(NAMES))], axis=1)
        kg[row] = falls[row] @ on
    mean = points.mean(axis=0)
    maps = to_face(np.tensordot(falls, density, 1), points, mean)
    face = to_face(session.astype(np.float64), points, mean).mean(axis=0)
    area = np.stack([np.bincount(label.ravel(), minlength=len(NAMES)) for label in labels]).mean(axis=0)
    estimate, start = values.mean(axis=0)
    return Explanation(
        estimate_kg=float(estimate),
        start_kg=float(start),
        against=against,
        parts=_parts(kg, area / side**2),
        map_kg=maps.mean(axis=0),
        face=np.clip(np.rint(face), 0, 255).astype(np.uint8),
        points=mean,
        n_frames=len(session),
        participant_id=model.participant_id,
        model_id=model.model_id,
        trained_on=model.trained_on,
        notes=_notes(float(estimate - start), against),
    )


def _parts(kg: Array, area: Array) -> tuple[Part, ...]:
    mean = kg.mean(axis=0)
    sd = kg.std(axis=0, ddof=1) if len(kg) > 1 else np.zeros(len(mean))
    whole = float(np.abs(mean).sum()) or 1.0
    parts = [
        Part(name, float(mean[i]), float(sd[i]), float(abs(mean[i])) / whole, float(area[i]))
        for i, name in enumerate(NAMES)
    ]
    return tuple(sorted(parts, key=lambda part: (-part.share, NAMES.index(part.name))))


def _notes(difference: float, against: str) -> tuple[str, ...]:
    if against == "neutral":
        return (
            "no reference session was given: parts were blurred, not replaced by what the reference shows, "
            "so that the shares say where the model looks and the kilograms mean little",
        )
    if abs(difference) < _FEW_KG:
        return (
            f"the session differs from the reference by {abs(difference):.1f} kg only: "
            "the map shows mostly noise",
        )
    return ()
