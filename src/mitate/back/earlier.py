"""An earlier check as its folder keeps it: whose it was, what it measured, its causes and scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mitate.back._strict_json import read_json
from mitate.back.change import Before, before_of
from mitate.back.region import LOW_BACK
from mitate.errors import InputError

__all__ = [
    "DISABILITY",
    "KIND",
    "PAIN",
    "Earlier",
    "Score",
    "read_earlier",
    "refuse_other_person",
    "scores_of",
]

KIND = "mitate back assess"
"""What a result.json of this command says it is."""
_LONGEST_BETWEEN = 20.0  # years


@dataclass(frozen=True, slots=True)
class Score:
    """A score of which less is better.

    Attributes:
        name: ``disability`` or ``pain``.
        detectable: least change that is more than chance, in `unit`; None where none was read.
        noticeable: least change that patients notice; None where none was read.
        source: name of a source of the knowledge base.
    """

    name: str
    unit: str
    detectable: float | None
    noticeable: float | None
    source: str


DISABILITY = Score("disability", "%", 10.0, 12.8, "odi_scoring")
"""Least change that is more than chance (90 %) and that matters, in percentage points."""
PAIN = Score("pain", "/10", None, None, "expert")


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier check found.

    Attributes:
        made: its date, as it stands there; empty if it does not say.
        region: of the body.
        age, sex: of the person, as told then.
        films: the measures of each movement.
        causes: share and words by name.
        scores: values by name of score.
        exercises: names of those that were given.
    """

    made: str
    region: str
    age: float | None
    sex: str | None
    films: Mapping[str, Before] = field(default_factory=dict)
    causes: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    exercises: tuple[str, ...] = ()


def read_earlier(path: Path) -> Earlier:
    """An earlier check from its folder, or from the result.json in it.

    Raises:
        InputError: there is no such file, or it is not a result of ``mitate back assess``.
    """
    file = path / "result.json" if path.is_dir() else path
    document = read_json(file)
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise _not_a_result(file)
    try:
        films = {
            str(row["movement"]): before_of(row, file) for row in document["films"] if not row.get("refused")
        }
        person, reasoning = document["person"], document["reasoning"] or {}
        causes = {str(row["name"]): float(row["share"]) for row in reasoning.get("causes") or ()}
        return Earlier(
            made=str(document.get("made") or ""),
            region=str(document["region"]),
            age=None if person.get("age") is None else float(person["age"]),
            sex=None if person.get("sex") is None else str(person["sex"]),
            films=films,
            causes=causes,
            scores=scores_of(document.get("case") or {}, reasoning.get("disability")),
            exercises=tuple(str(name) for name in document.get("exercises") or ()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_a_result(file) from error


def _not_a_result(file: Path) -> InputError:
    return InputError(
        "this is not a result of mitate back assess",
        where=file,
        todo="give the folder of an earlier `mitate back assess --out`",
    )


def scores_of(case: Mapping[str, Any], disability: Any) -> dict[str, float]:
    """The scores by name that a case and a disability result (`Disability.as_dict`) tell.

    Raises:
        KeyError, TypeError: the disability result has no percentage.
    """
    found = {}
    if isinstance(disability, dict):
        found[DISABILITY.name] = float(disability["percent"])
    pain = (case.get("programme") or {}).get("pain_now")
    if isinstance(pain, int | float) and not isinstance(pain, bool):
        found[PAIN.name] = float(pain)
    return found


def refuse_other_person(
    earlier: Earlier, *, age: float | None, sex: str | None, region: str = LOW_BACK
) -> None:
    """Refuse to compare what cannot be of the same person, or is of another part of the body.

    Raises:
        InputError: another sex; younger than then, or older by more than twenty years; another region.
    """
    said = ""
    if earlier.sex and sex and earlier.sex != sex:
        said = f"the earlier check is of a {earlier.sex} person, this one of a {sex} one"
    elif earlier.age is not None and age is not None and not 0 <= age - earlier.age <= _LONGEST_BETWEEN:
        said = f"the earlier check is of a person of {earlier.age:g} years, this one of {age:g}"
    elif earlier.region != region:
        said = f"the earlier check is of the region {earlier.region}, this one of {region}"
    if said:
        raise InputError(said, where="--before", todo="give an earlier check of the same person and region")
