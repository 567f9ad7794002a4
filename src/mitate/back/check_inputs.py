"""What a back check is given: answers and films of one region, and whether they are enough to judge from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mitate.back._strict_json import read_json
from mitate.back.checking import WatchedFilm
from mitate.back.movement import MOVEMENTS
from mitate.back.observations import BackCase, case_of
from mitate.back.region import LOW_BACK, REGIONS, region_of_movement
from mitate.errors import InputError, MitateError, RefusalError

__all__ = ["answers_of", "observed", "refuse_height", "refuse_nothing", "refuse_unusable", "region_of"]

_TALLEST_M, _SMALLEST_M = 2.3, 1.0


def answers_of(path: Path | None) -> dict[str, Any]:
    """What was told in a file; nothing without one.

    Raises:
        InputError: the file cannot be read, or is no object.
    """
    value = {} if path is None else read_json(path)
    if not isinstance(value, dict):
        case_of(value, name=str(path))  # says what is wrong
        return {}
    return value


def region_of(films: Mapping[str, Path], told: Mapping[str, Any]) -> str:
    """The region of the answers, else that of the films.

    Raises:
        InputError: no such movement or region, or movements of another region.
    """
    for movement in films:
        if movement not in MOVEMENTS:
            raise InputError(
                f"there is no movement {movement[:40]!r}",
                where="movement",
                todo=f"one of {', '.join(MOVEMENTS)}",
            )
    by_movement = {movement: region_of_movement(movement) for movement in films}
    named = told.get("region")
    region = named if isinstance(named, str) else next(iter(by_movement.values()), LOW_BACK)
    for movement, own in by_movement.items():
        if own != region:
            raise InputError(
                f"{movement} is a movement of the region {own}, and this check is of {region}",
                where="movement",
                todo="check one region at a time",
            )
    return region


def observed(case: BackCase) -> bool:
    """Whether anything was seen or told that a cause could explain."""
    complaint = REGIONS[case.region].complaint
    return any(one.atom != complaint for one in case.situation.observations)


def refuse_height(height_m: float | None) -> None:
    """Refuse a height that `mitate.back.assess.assess` would refuse, before films are read.

    Raises:
        InputError: it is none of a standing person in metres.
    """
    if height_m is not None and not _SMALLEST_M <= height_m <= _TALLEST_M:
        raise InputError(
            f"a height of {100 * height_m:.0f} cm cannot be measured",
            where="--height",
            todo=f"give the standing height, {100 * _SMALLEST_M:.0f} to {100 * _TALLEST_M:.0f} cm",
        )


def refuse_nothing(films: Mapping[str, Path], case: BackCase) -> None:
    """Refuse a check without films of a person who told nothing.

    Raises:
        InputError: there is nothing to judge from.
    """
    if not films and not observed(case):
        raise InputError(
            "there is nothing to judge from: no film, and no answers",
            where="mitate back assess",
            todo="give at least one film, such as --forward-bend bend.mp4, or --interview answers.json",
        )


def refuse_unusable(films: Sequence[WatchedFilm], case: BackCase) -> None:
    """Refuse to go on where no film could be used and nothing was told.

    Raises:
        MitateError: what is wrong with the only film, or with all of them.
    """
    refusals: list[tuple[str, MitateError]] = [
        (film.movement, film.refusal) for film in films if film.refusal is not None
    ]
    if not films or len(refusals) < len(films) or observed(case):
        return
    if len(refusals) == 1:
        raise refusals[0][1]
    each = "; ".join(f"{movement.replace('_', ' ')}: {error.what}" for movement, error in refusals)
    first = refusals[0][1].todo
    raise RefusalError(
        f"none of the {len(refusals)} films could be used ({each})",
        reason="no_usable_film",
        where="films",
        todo=first or "film again, the whole person, with a camera that stands still",
    )
