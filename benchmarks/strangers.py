"""Pictures that are nobody of the classes: cats, other animals, things, drawings, noise, and real faces.

A model of simulated syndromes has nothing to say of any of them. Each picture is shown as it is and in
variants (mirrored, cropped, smaller), through the whole chain: most are refused because no face is found. But
a detector does take some kittens for people, so each is also shown as if it had: cut out by five points that
were set by hand on the animal's eyes, nose and mouth, or the middle of the picture where there are none. What
is counted are pictures, not their variants.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.animal_photos import ANIMALS, CATS, decoded, read
from benchmarks.orl import DATA as ORL
from benchmarks.orl import photos as orl_photos
from mitate.diagnosis.face_in import Seeing, face_in
from mitate.diagnosis.intervals import over_persons
from mitate.diagnosis.model import DiagnosisModel
from mitate.errors import RefusalError
from mitate.face.align import arcface_crop
from mitate.figures import Figure

__all__ = [
    "GROUPS",
    "animals",
    "as_if_found",
    "cats",
    "drawings",
    "figures",
    "has_face",
    "noise",
    "objects",
    "real_faces",
    "variants",
]

Image = NDArray[np.uint8]
Named = list[tuple[str, Image]]

PORTRAITS = Path(__file__).parents[1] / ".." / "shared/data/portraits"
_TURNED_AWAY = 95.0
_SIDE = 112


_CHELSEA = ((168.0, 115.0), (312.0, 137.0), (260.0, 243.0), (232.0, 272.0), (272.0, 274.0))
_THINGS = (
    *("coffee.png", "rocket.jpg", "clock_motion.png", "coins.png", "moon.png", "page.png", "retina.jpg"),
    *("brick.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png", "motorcycle_left.png"),
)
# Glyphs of DejaVu Sans, which comes with matplotlib: drawn cats, and other drawn faces.
_DRAWN_CATS = (0x1F431, *range(0x1F638, 0x1F640))
_DRAWN_FACES = (0x1F600, 0x1F603, 0x1F60E, 0x1F610, 0x1F621, 0x1F631, 0x1F634, 0x1F637, 0x1F42D, 0x1F435)


def cats() -> Named:
    """Photographs of different cats, three of them house cats; those that can be had."""
    return [("chelsea", _of_skimage("chelsea.png")), *read(CATS)]


def animals() -> Named:
    """Photographs of other animals."""
    return read(ANIMALS)


def objects() -> Named:
    """Photographs of things, patterns, places and tissue, from scikit-image and scikit-learn."""
    from sklearn.datasets import load_sample_images

    samples = load_sample_images()
    shown = zip(("china", "flower"), samples.images, strict=True)
    things = [(Path(name).stem, _of_skimage(name)) for name in _THINGS]
    return things + [(name, np.asarray(image, np.uint8)) for name, image in shown]


def drawings() -> Named:
    """Drawn cats and drawn faces, black on white."""
    import matplotlib.font_manager
    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

    font = ImageFont.truetype(matplotlib.font_manager.findfont("DejaVu Sans"), 260)
    found = []
    for code in (*_DRAWN_CATS, *_DRAWN_FACES):
        sheet = Pillow.new("RGB", (400, 400), "white")
        ImageDraw.Draw(sheet).text((200, 200), chr(code), fill="black", font=font, anchor="mm")
        found.append((f"drawing {code:X}", np.asarray(sheet, np.uint8)))
    return found


def noise(count: int = 10, seed: int = 0) -> Named:
    """White noise, and noise with as much of every size as photographs have (1/f), in turn."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        grain = rng.normal(size=(256, 256, 3))
        if number % 2:
            away = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.fftfreq(256)[None, :])
            away[0, 0] = away[0, 1]
            grain = np.fft.ifft2(np.fft.fft2(grain, axes=(0, 1)) / away[..., None], axes=(0, 1)).real
        scaled = 128 + 50 * (grain - grain.mean()) / grain.std()
        found.append((f"noise {number}", np.clip(scaled, 0, 255).astype(np.uint8)))
    return found


def real_faces() -> Named:
    """Real people: an astronaut, the shared portraits, and everybody's first ORL photo, where they are."""
    found = [("astronaut", _of_skimage("astronaut.png"))]
    for path in sorted(PORTRAITS.glob("*.jpg")):
        found.append((f"portrait {path.stem}", decoded(path.read_bytes())))
    if ORL.exists():
        images, who = orl_photos()
        found += [(f"orl {person}", images[int(np.argmax(who == person))]) for person in np.unique(who)]
    return found


GROUPS = {
    "cats": cats,
    "other animals": animals,
    "things": objects,
    "drawn cats and faces": drawings,
    "noise": noise,
    "real faces": real_faces,
}


def variants(image: Image) -> Iterator[Image]:
    """The picture, its middle and a tighter middle, each mirrored too, and each at half the size."""
    height, width = image.shape[:2]
    for share in (1.0, 0.75, 0.55):
        dy, dx = (round(side * (1 - share) / 2) for side in (height, width))
        part = image[dy : height - dy, dx : width - dx]
        for scale in (1.0, 0.5):
            size = tuple(max(16, round(side * scale)) for side in part.shape[1::-1])
            sized = part if scale == 1.0 else cv2.resize(part, size, interpolation=cv2.INTER_AREA)
            yield np.ascontiguousarray(sized, np.uint8)
            yield np.ascontiguousarray(sized[:, ::-1], np.uint8)


def as_if_found(name: str, image: Image) -> NDArray[np.uint8]:
    """(10, 112, 112, 3) crops as if a face had been found: a little off each time, and mirrored."""
    member = {**CATS, **ANIMALS}.get(name)
    points = np.array(_CHELSEA if name == "chelsea" else member.points if member else ())
    crops = []
    for right, down in ((0, 0), (4, 0), (-4, 0), (0, 4), (0, -4)):
        crop = _middle(image) if not len(points) else arcface_crop(image, points)
        moved = np.array([[1, 0, right], [0, 1, down]], np.float32)
        off = cv2.warpAffine(crop, moved, (_SIDE, _SIDE), borderMode=cv2.BORDER_REPLICATE)
        crops += [off, off[:, ::-1]]
    return np.asarray(np.stack(crops), np.uint8)


def figures(model: DiagnosisModel, data: str) -> list[Figure]:
    """How often a face is found, and how often no class is told, for each group.

    Args:
        model: that is asked.
        data: what it was learned from, for the rows.
    """
    seeing = Seeing.load()
    found = []
    for group, look in GROUPS.items():
        pictures = look()
        if pictures:
            found += _of_group(group, pictures, model, seeing, data)
    return found


def _of_group(group: str, pictures: Named, model: DiagnosisModel, seeing: Seeing, data: str) -> list[Figure]:
    faces: list[float] = []
    away: list[float] = []
    forced: list[float] = []
    for name, image in pictures:
        shown = list(variants(image))
        faces.append(_share([has_face(one, seeing) for one in shown]))
        away.append(_share([_turned_away(model.predict(one, seeing).outcome) for one in shown]))
        if group != "real faces":
            crops = as_if_found(name, image)
            forced.append(_share([_turned_away(model.predict_crop(crop).outcome) for crop in crops]))
    said = f"model of {data}; {len(pictures)} pictures, "
    rows = [
        _row(f"strangers, {group}: a face is found", faces, said + "12 variants of each"),
        _row(f"strangers, {group}: no class is told", away, said + "12 variants of each", _TURNED_AWAY),
    ]
    if forced:
        told = said + "10 crops of each, as if a face had been found"
        rows.append(_row(f"strangers, {group}, as if found: no class is told", forced, told, _TURNED_AWAY))
    return rows


def _row(name: str, shares: list[float], data: str, bar: float | None = None) -> Figure:
    low, high = over_persons(shares, np.arange(len(shares)))
    return Figure(name, 100 * float(np.mean(shares)), "%", 100 * low, 100 * high, len(shares), data, bar)


def _share(truths: list[bool]) -> float:
    return sum(truths) / len(truths)


def _turned_away(outcome: str) -> bool:
    return outcome in ("none_of_these", "cannot_tell")


def has_face(image: Image, seeing: Seeing) -> bool:
    """Whether the product finds one clear face in a picture."""
    try:
        face_in(image, seeing)
    except RefusalError:
        return False
    return True


def _middle(image: Image) -> Image:
    side = min(image.shape[:2])
    top, left = ((edge - side) // 2 for edge in image.shape[:2])
    square = image[top : top + side, left : left + side]
    return np.asarray(cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _of_skimage(name: str) -> Image:
    import skimage
    from PIL import Image as Pillow

    with Pillow.open(Path(skimage.__file__).parent / "data" / name) as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)
