"""Regions of the body that causes are looked for in: each has its complaint, knowledge, norms and red flags.

The reasoner knows nothing of regions: it is given one knowledge base or another. What a region needs beside
its rules (norms of its measures, red flags) lies in the folder of its knowledge.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType

from mitate.abduce.language import Atom, KnowledgeBase, Label
from mitate.abduce.parse import read_texts
from mitate.back._names import known

__all__ = [
    "LOW_BACK",
    "REGIONS",
    "Region",
    "cited_beside_rules",
    "cited_in",
    "knowledge",
    "region_named",
    "region_of_movement",
]

LOW_BACK = "low_back"
"""The region of every case that names none."""


@dataclass(frozen=True, slots=True)
class Region:
    """One region.

    Attributes:
        name: as a case file gives it.
        title: in words.
        folder: of its rule files, norms and red flags, inside ``mitate/back``.
        complaint: what every case of it is about, whether that is stated or not.
        movements: that are filmed of it, in the order in which to ask for them.
    """

    name: str
    title: Label
    folder: str
    complaint: Atom
    movements: tuple[str, ...]

    @property
    def place(self) -> Traversable:
        """Where its knowledge lies."""
        return resources.files("mitate.back").joinpath(*self.folder.split("/"))

    def file(self, name: str) -> Traversable:
        """A file of its knowledge, such as ``norms.toml``."""
        return self.place.joinpath(name)

    def rule_files(self) -> tuple[Traversable, ...]:
        """Its rule files in the order of names."""
        files = (item for item in self.place.iterdir() if item.name.endswith(".kb"))
        return tuple(sorted(files, key=lambda item: item.name))


REGIONS: Mapping[str, Region] = MappingProxyType(
    {
        LOW_BACK: Region(
            LOW_BACK,
            Label("low back", "腰"),
            "knowledge",
            Atom("pain_low_back"),
            (
                "forward_bend",
                "backward_bend",
                "rotation",
                "side_bend",
                "waiters_bow",
                "one_leg_stance",
                "squat",
            ),
        ),
        "neck": Region(
            "neck",
            Label("neck or shoulder", "首・肩"),
            "knowledge/neck",
            Atom("pain_neck_shoulder"),
            ("neck_flexion", "neck_extension", "neck_rotation", "neck_side_bend", "arm_raise"),
        ),
    }
)
"""Every region, by its name."""


def region_named(name: object, where: str = "region") -> Region:
    """The region of this name.

    Raises:
        InputError: no such region, with the nearest name.
    """
    return REGIONS[known(name, REGIONS, "region", where)]


def region_of_movement(movement: str) -> str:
    """The name of the region that a filmed movement belongs to; the low back for one that is of none."""
    return next((one.name for one in REGIONS.values() if movement in one.movements), LOW_BACK)


def knowledge(region: str = LOW_BACK) -> KnowledgeBase:
    """The knowledge base of a region that comes with the package: its rule files in the order of names.

    Raises:
        InputError: no such region.
    """
    return _knowledge(region)


@lru_cache(maxsize=4)
def _knowledge(region: str) -> KnowledgeBase:
    found = region_named(region)
    return read_texts(
        tuple((f"{found.folder}/{item.name}", item.read_text("utf-8")) for item in found.rule_files())
    )


def cited_beside_rules(region: str = LOW_BACK) -> frozenset[str]:
    """Names of sources that flags, norms, exercises or the programme rest on, beside the rules."""
    common = REGIONS[LOW_BACK].place
    places = (common, region_named(region).place, common / "exercises")
    files = (file for place in places for file in place.iterdir() if file.name.endswith(".toml"))
    return cited_in(file.read_text("utf-8") for file in files) & knowledge(region).sources.keys()


def cited_in(texts: Iterable[str]) -> frozenset[str]:
    """Whatever may be the name of a source in the texts of TOML files, such as norms and exercises.

    What is no TOML names none: whoever reads the file for what it is says so.
    """
    found: set[str] = set()
    for text in texts:
        with suppress(tomllib.TOMLDecodeError):
            found |= set(_strings(tomllib.loads(text)))
    return frozenset(found)


def _strings(value: object) -> Iterator[str]:
    """Every text within what was read of a TOML file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inside in value.values():
            yield from _strings(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _strings(inside)
