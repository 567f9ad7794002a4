"""Real people with computed swelling, as face crops for training and for testing.

The photographs are of one person each in a subfolder, as the ORL faces are (Samaria and Harter,
"Parameterisation of a stochastic model for human face identification", WACV 1994; whoever uses them is asked
to give credit to Olivetti Research Laboratory).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.edema.crops import CropSession, write_shard
from mitate.errors import InputError, RefusalError
from mitate.face.align import edema_crop
from mitate.face.landmarks import roi_of_detection
from mitate.simulate.face_cohort import Progress
from mitate.simulate.swell import FittedFace, fit_face, networks, read_picture, swollen
from mitate.simulate.swell_mesh import Pattern, sample_pattern

__all__ = [
    "ORL_LEARN",
    "ORL_TEST",
    "TRAINED_ON",
    "PhotoPerson",
    "enlarged",
    "learn_crop",
    "person_photos",
    "photo_learn_store",
    "read_person",
]

Image = NDArray[np.uint8]

ORL_LEARN = tuple(f"s{number}" for number in range(1, 21))
"""People of the ORL faces whom encoders may learn from."""
ORL_TEST = tuple(f"s{number}" for number in range(21, 41))
"""The others, for testing only."""
TRAINED_ON = "photographs with computed swelling"

_KINDS = (".pgm", ".png", ".jpg", ".jpeg")
_LEAST_SIDE = 220  # px: smaller photographs are enlarged before a face is looked for
_AMOUNTS_KG = (-0.3, 4.5)
_PRE_KG = 1.3  # from here on a state counts as before dialysis; about midway between usual pre and post
_TRIES = 3


def person_photos(folder: Path) -> list[Path]:
    """The photographs of one person, in order of their numbers or names.

    Raises:
        InputError: there are none.
    """
    found = [path for path in folder.iterdir() if path.suffix.lower() in _KINDS] if folder.is_dir() else []
    if not found:
        raise InputError(
            "no photographs here", where=folder, todo="give a folder with one subfolder a person"
        )
    return sorted(found, key=lambda path: (len(path.stem), path.stem))


def enlarged(image: Image) -> Image:
    """A small photograph at twice or more its size, so that a face in it is found; others as they are."""
    scale = int(np.ceil(_LEAST_SIDE / max(image.shape[:2])))
    if scale <= 1:
        return image
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPerson:
    """A real person: photographs on which the face could be fitted, and an invented pattern of swelling.

    Attributes:
        name: of the subfolder.
        faces: one a photograph.
        pattern: drawn from the seed and the name.
    """

    name: str
    faces: tuple[FittedFace, ...]
    pattern: Pattern


def read_person(folder: Path, seed: int, strength: float = 1.0) -> PhotoPerson:
    """Read and fit all photographs of one person; those without a usable face are passed over.

    Raises:
        InputError: no photographs there.
        RefusalError: none of them can be used.
        WeightsError: weights are not installed.
    """
    faces = []
    for path in person_photos(folder):
        try:
            faces.append(fit_face(enlarged(read_picture(path))))
        except RefusalError:
            continue
    if not faces:
        raise RefusalError("no photograph of this person can be used", reason="no_face", where=folder)
    rng = np.random.default_rng([seed, *folder.name.encode()])
    return PhotoPerson(folder.name, tuple(faces), sample_pattern(rng, strength))


def learn_crop(image: Image, size: int) -> Image | None:
    """The edema crop of a photograph through the detector and mesh of every picture; None without a face."""
    detector, network = networks()
    faces = detector(image)
    if not faces:
        return None
    return edema_crop(image, network(image, roi_of_detection(faces[0])).points, size)


def _varied(image: Image, rng: np.random.Generator) -> Image:
    """Another camera: gain, tint, tone curve, focus, noise, compression, and a slight turn."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D(
        (width / 2, height / 2), float(rng.normal(0, 3)), float(rng.uniform(0.9, 1.1))
    )
    turned = cv2.warpAffine(
        image, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    soft = turned.astype(np.float32) / 255
    if (blur := float(rng.uniform(0, 1.2))) > 0.3:
        soft = cv2.GaussianBlur(soft, (0, 0), blur)
    gain = np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.03, 3)).astype(np.float32)
    toned = np.clip(soft * gain, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.12)))
    noisy = toned + rng.normal(0, rng.uniform(0.002, 0.012), toned.shape)
    stored = np.asarray(np.clip(255 * noisy + 0.5, 0, 255)).astype(np.uint8)
    quality = [int(cv2.IMWRITE_JPEG_QUALITY), int(rng.integers(55, 96))]
    _, coded = cv2.imencode(".jpg", np.ascontiguousarray(stored[..., ::-1]), quality)
    return np.ascontiguousarray(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def _one_crop(
    face: FittedFace, pattern: Pattern, kg: float, mirrored: bool, size: int, rng: np.random.Generator
) -> Image | None:
    for _ in range(_TRIES):
        x, y = rng.uniform(-0.5, 0.5, 2)
        picture = swollen(face, pattern, kg, shift_px=(float(x), float(y)))
        if mirrored:
            picture = np.ascontiguousarray(picture[:, ::-1])
        if (crop := learn_crop(_varied(picture, rng), size)) is not None:
            return crop
    return None


def _turns(rng: np.random.Generator, photos: int, wanted: int) -> NDArray[np.int64]:
    """Which photograph each crop is of: all are used before any is used again."""
    rounds = -(-wanted // photos)
    return np.concatenate([rng.permutation(photos) for _ in range(rounds)])[:wanted].astype(np.int64)


def _states(
    person: PhotoPerson, pattern: Pattern, mirrored: bool, states: int, crops: int, size: int, seed: int
) -> tuple[list[Image], list[CropSession]]:
    rng = np.random.default_rng([seed, 1 + mirrored, *person.name.encode()])
    low, high = _AMOUNTS_KG
    steps = (rng.permutation(states) + rng.uniform(0, 1, states)) / states  # even over the range
    turns = _turns(rng, len(person.faces), states * crops)
    taken: list[Image] = []
    sessions: list[CropSession] = []
    for number, kg in enumerate(low + (high - low) * steps):
        own = [
            crop
            for photo in turns[number * crops : (number + 1) * crops]
            if (crop := _one_crop(person.faces[photo], pattern, float(kg), mirrored, size, rng)) is not None
        ]
        if not own:
            continue
        sessions.append(
            CropSession(
                participant_id=f"photo-{person.name}{'-mirrored' if mirrored else ''}",
                session_id=f"state-{number:03d}",
                day=number,
                phase="pre" if kg >= _PRE_KG else "post",
                excess_kg=round(float(kg), 3),
                fluid_kg=round(float(kg), 3),
                sex=None,
                age=None,
                first=len(taken),
                count=len(own),
            )
        )
        taken += own
    return taken, sessions


def photo_learn_store(
    root: Path,
    people: Sequence[str],
    out: Path,
    *,
    states: int = 8,
    crops: int = 2,
    size: int = 64,
    seed: int = 0,
    strength: float = 1.0,
    progress: Progress | None = None,
) -> int:
    """Make a crop store of real people in computed states; goes on where an earlier run stopped.

    Each state of a person is shown on other photographs than the states before it, until all were used; each
    crop has another camera (gain, tint, tone, focus, noise, compression). Everybody comes twice, the second
    time mirrored, as another person with a pattern of his own. The amounts are even over -0.3 to 4.5 kg.

    Args:
        root: folder with one subfolder a person, such as ``orl_faces/archive``.
        people: names of subfolders, such as `ORL_LEARN`.
        out: folder of the store.
        states: of each person. crops: of each state. size: of a crop in pixels.
        seed: of patterns and all else. strength: 1 is nominal.
        progress: called with people done and people in all.

    Returns:
        how many crops the people made now have; those of an earlier run are not counted.

    Raises:
        InputError: a person without photographs.
        WeightsError: weights are not installed.
    """
    made = 0
    for done, name in enumerate(people):
        if progress:
            progress(done, len(people))
        if (out / f"{name}.json").exists():
            continue
        person = read_person(root / name, seed, strength)
        twin = sample_pattern(np.random.default_rng([seed, 2, *name.encode()]), strength)
        taken, sessions = _states(person, person.pattern, False, states, crops, size, seed)
        more, others = _states(person, twin, True, states, crops, size, seed)
        moved = [replace(one, first=one.first + len(taken)) for one in others]
        write_shard(out, name, np.stack(taken + more), sessions + moved, TRAINED_ON)
        made += len(taken) + len(more)
    if progress:
        progress(len(people), len(people))
    return made
