"""From conditions to the case file of the reasoner, with how sure each of them is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mitate.abduce.language import Atom
from mitate.back import norms
from mitate.back._seen import BORDERLINE
from mitate.back.norms import GRADES
from mitate.back.region import LOW_BACK, region_of_movement
from mitate.errors import InputError

if TYPE_CHECKING:
    from mitate.back.condition import Condition

__all__ = ["case"]

_JUDDER = ("judder_phase_minima", "judder_coupling_extrema")
"""Only both together are judder (BMC Musculoskeletal Disorders 2017)."""
_BOTH = ("left", "right")


def case(found: Iterable[Condition], *, age: float | None = None, sex: str | None = None) -> dict[str, Any]:
    """The case that ``mitate back explain`` reads: what `mitate.back.observations.case_of` takes.

    A grade that is not quite sure is told with its share; of a borderline one it is also told which grade it
    surely is not. What was not measurable is null.

    Args:
        found: of one film or of several.
        age, sex: of the person; years, and ``female`` or ``male``.

    Raises:
        InputError: films of two regions, or two films tell differently of one condition.
    """
    graded: dict[str, Any] = {}
    signs: dict[str, Any] = {}
    by_name: dict[str, Condition] = {}
    for one in found:
        former = by_name.get(one.measure)
        if former is None or former.grade is None:
            by_name[one.measure] = one
        elif one.grade is not None and (one.grade, one.sure) != (former.grade, former.sure):
            raise InputError(
                f"two films tell differently of {one.measure}",
                where="conditions",
                todo="give the conditions of one of them",
            )
    for one in by_name.values():
        if one.side:
            continue
        if seen := norms.signs(one.measure):
            signs.update(_signs(one, seen))
            continue
        usual = norms.condition(one.measure, "moderate")
        if usual is None:
            continue
        *given, _ = usual.atom.terms
        key, inside = usual.atom.predicate, graded
        if given and given[0] not in _BOTH:
            inside = graded.setdefault(given[0], {})
        elif given:
            key = f"{key}({given[0]}, _)"
        inside[key] = _weighed(one.grade, one.sure)
        signs.update(_surely_not(one))
    signs.update(_judder(by_name))
    signs.update(_shifts(by_name))
    person = {key: value for key, value in (("age", age), ("sex", sex)) if value is not None}
    parts = {"region": _region(by_name.values()), "person": person, "conditions": graded, "signs": signs}
    return {name: part for name, part in parts.items() if part}


def _region(found: Iterable[Condition]) -> str:
    """The region that the films are of; empty for the low back, which a case need not name."""
    regions = {region_of_movement(one.movement) for one in found}
    if len(regions) > 1:
        raise InputError(
            f"films of {' and '.join(sorted(regions))} in one case",
            where="conditions",
            todo="make a case for each region",
        )
    return "".join(regions - {LOW_BACK})


def _weighed(said: object, sure: float | None) -> object:
    """What the file says: the word alone where it is sure, or where nothing is known of how sure."""
    share = None if sure is None else round(min(1.0, max(sure, 1e-4)), 4)
    return said if said is None or share in (None, 1.0) else {"is": said, "sure": share}


def _signs(one: Condition, seen: Mapping[norms.GradeName, Atom]) -> dict[str, Any]:
    """Each sign: there at its grade, and how sure that is or is not so."""
    told = {}
    for at, atom in seen.items():
        chance = one.shares.get(at)
        there = one.grade == at
        sure = chance if there or chance is None else 1 - chance
        told[str(atom)] = _weighed(None if one.grade is None else there, sure)
    return told


def _surely_not(one: Condition) -> dict[str, Any]:
    """Of a borderline grade, those that it surely is not, as signs that are not there."""
    others = {grade: one.shares[grade] for grade in GRADES if grade != one.grade} if one.borderline else {}
    atoms = {grade: norms.condition(one.measure, grade) for grade in others}
    return {
        str(seen.atom): _weighed(False, 1 - others[grade])
        for grade, seen in atoms.items()
        if seen is not None and 1 - others[grade] >= BORDERLINE
    }


def _judder(found: Mapping[str, Condition]) -> dict[str, Any]:
    both = [found[name] for name in _JUDDER if name in found]
    if len(both) < len(_JUDDER):
        return {}
    if any(one.grade is None for one in both):
        return {"judder": None}
    there = all(one.grade == "excessive" for one in both)
    chances = [one.shares["excessive"] for one in both if one.shares]
    if len(chances) < len(both):
        return {"judder": there}
    chance = math.prod(chances)
    return {"judder": _weighed(there, chance if there else 1 - chance)}


def _shifts(found: Mapping[str, Condition]) -> dict[str, Any]:
    """Standing on one leg: too far to its side, or so much farther than to the other.

    The two criteria go together; the probability that either is met is taken to be the larger of theirs.
    """
    sides = {side: found[name] for side in _BOTH if (name := f"navel_shift_{side}_cm") in found}
    between = found.get("navel_shift_difference_cm")
    told: dict[str, Any] = {}
    for side, one in sides.items():
        other = sides.get("right" if side == "left" else "left")
        farther = other is not None and (one.value or 0.0) > (other.value or 0.0)
        criteria = [one]
        if farther and between is not None:
            criteria.append(between)
        there = any(criterion.grade == "excessive" for criterion in criteria)
        if one.grade is None or (not there and (other is None or between is None or between.grade is None)):
            told[f"lateral_shift({side})"] = None  # a no needs both criteria
            continue
        chances = [criterion.shares.get("excessive") for criterion in criteria if criterion.grade is not None]
        sure = [chance for chance in chances if chance is not None]
        chance = max(sure) if len(sure) == len(chances) else None
        told[f"lateral_shift({side})"] = _weighed(there, chance if there or chance is None else 1 - chance)
    return told
