"""How few pixels of a face are enough: the ORL faces shrunk to so many pixels across the face.

The width of a face is that of YuNet's box on the photo as it came: 70 of the photo's 92 pixels in the middle.
Each photo is shrunk by averaging areas until its own face is so wide. Everything then starts from the small
photo alone: finding the face, its mesh, the crop. Two galleries are compared: photos as small as the one that
is asked about, and photos as they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.orl import Identities, of_pixels, rows, seen
from mitate.diagnosis.face_in import Seeing
from mitate.face.detect import FaceDetector
from mitate.face.embed import FaceEmbedder
from mitate.figures import Figure

__all__ = ["WIDTHS", "face_widths", "figures", "picture", "shrunk"]

Image = NDArray[np.uint8]

WIDTHS = (64, 48, 32, 24, 16)
_BAR_AT, _BAR = 24, 90.0
_LOOKED_AT = 320  # px, longer side of the photo in which the width is taken
_ALIKE, _FULL = "gallery as small", "gallery as it came"


def face_widths(images: Sequence[Image], seeing: Seeing) -> NDArray[np.float64]:
    """(n,) px of the photo across YuNet's box; where it finds none, the median of the others."""
    out = np.full(len(images), np.nan)
    for place, image in enumerate(images):
        scale = _LOOKED_AT / max(image.shape[:2])
        large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        faces = seeing.detector(np.asarray(large, np.uint8))
        if faces:
            out[place] = faces[0].box[2] / scale
    return np.where(np.isnan(out), np.nanmedian(out), out)


def shrunk(image: Image, scale: float) -> Image:
    """The photo with sides `scale` (up to 1) as long, by averaging areas."""
    size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def figures(images: Sequence[Image], who: NDArray[np.int64]) -> list[Figure]:
    """The rows of every width."""
    seeing, embedder = Seeing.load(), FaceEmbedder()
    widths = face_widths(images, seeing)
    full = seen(images, seeing, embedder)
    pixels = [np.asarray(cv2.resize(image, (92, 112)), np.uint8) for image in images]
    out = []
    for width in WIDTHS:
        small = [shrunk(image, width / own) for image, own in zip(images, widths, strict=True)]
        found = seen(small, seeing, embedder)
        plain = of_pixels([np.asarray(cv2.resize(one, (92, 112)), np.uint8) for one in small])
        typical = " x ".join(str(side) for side in np.median([one.shape[1::-1] for one in small], axis=0))
        data = (
            f"orl_faces, {len(small)} photos of {len(np.unique(who))} people, real, shrunk until the face is "
            f"{width} px wide (the photo {typical.replace('.0', '')} in the middle)"
        )
        out += _of_width(width, found, full, who, data)
        out += rows(f"ORL {width} px, correlation of pixels, {_ALIKE}", plain.likeness(), who, data)[:1]
        cross = plain.likeness(of_pixels(pixels))
        out += rows(f"ORL {width} px, correlation of pixels, {_FULL}", cross, who, data)[:1]
    return out


def _of_width(
    width: int, small: Identities, full: Identities, who: NDArray[np.int64], data: str
) -> list[Figure]:
    bar = _BAR if width == _BAR_AT else None
    found = 100 * float(small.found.mean())
    return [
        Figure(f"ORL {width} px: faces found", found, "%", None, None, len(who), data),
        *rows(f"ORL {width} px, SFace, {_ALIKE}", small.likeness(), who, data, (bar, None)),
        *rows(f"ORL {width} px, SFace, {_FULL}", small.likeness(full), who, data, (bar, None))[:1],
    ]


def picture(table: Sequence[dict[str, object]], path: Path) -> None:
    """The curve over widths, with one face at each of them below.

    Args:
        table: rows of the figures file, of which those of `figures` are read.
        path: of the picture.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    known = {str(row["name"]): row for row in table}
    figure, (axes, strip) = plt.subplots(
        2, 1, figsize=(8, 6), layout="constrained", gridspec_kw={"height_ratios": [3, 1]}
    )
    places = np.arange(len(WIDTHS))
    for way, gallery, style in (
        ("SFace", _ALIKE, "C0-o"),
        ("SFace", _FULL, "C1-s"),
        ("face_recognition (dlib), upsampled 2 x", _ALIKE, "C2-^"),
        ("correlation of pixels", _ALIKE, "C7:o"),
        ("correlation of pixels", _FULL, "C7:s"),
    ):
        found = [known.get(f"ORL {w} px, {way}, {gallery}: top-1 from one photo a person") for w in WIDTHS]
        have = [(x, row) for x, row in zip(places, found, strict=True) if row is not None]
        if have:
            at = [x for x, _ in have]
            axes.plot(at, [row["value"] for _, row in have], style, label=f"{way}, {gallery}", linewidth=2)
            low, high = ([float(str(row[end])) for _, row in have] for end in ("low", "high"))
            axes.fill_between(at, low, high, color=style[:2], alpha=0.1, linewidth=0)
    axes.axhline(_BAR, color="0.5", linestyle="--", linewidth=1)
    axes.text(-0.45, _BAR + 1, "goal at 24 px", va="bottom", fontsize=8)
    axes.set(ylim=(0, 102), xlim=(-0.5, len(WIDTHS) - 0.5), xticks=places)
    axes.set_xticklabels([f"{width} px" for width in WIDTHS])
    axes.set_ylabel("top-1 of 40 people from one photo each, %")
    axes.set_title("ORL faces (real photographs), shrunk to so many pixels across the face")
    axes.legend(frameon=False, loc="lower left")
    strip.imshow(_faces())
    strip.set_axis_off()
    strip.set_title("a face with so many pixels (astronaut, NASA, public domain)", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _faces() -> Image:
    """scikit-image's astronaut at every width, pixels shown as squares, side by side."""
    from skimage.data import astronaut

    whole = np.asarray(astronaut(), np.uint8)
    left, top, width, height = FaceDetector()(whole)[0].box
    edge = round(0.35 * width)
    part = whole[
        max(0, round(top) - edge) : round(top + height) + edge,
        max(0, round(left) - edge) : round(left + width) + edge,
    ]
    tiles = []
    for wanted in WIDTHS:
        small = shrunk(part, wanted / width)
        tile = cv2.resize(small, (184, 224), interpolation=cv2.INTER_NEAREST)
        tiles.append(cv2.copyMakeBorder(tile, 0, 0, 60, 60, cv2.BORDER_CONSTANT, value=(255, 255, 255)))
    return np.asarray(np.hstack(tiles), np.uint8)
