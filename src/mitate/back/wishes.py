"""What the person told for the programme: limits, equipment, time, goals, and how the pain answers to load.

It is the part ``programme`` of a case, checked here name by name. How irritable the back is (low, medium,
high) is derived from three numbers by limits that are this project's judgement: 7 and 4 of 10, an hour, and
the next morning. Goals and limits stand in ``knowledge/programme.toml`` and ``knowledge/limits.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Literal, TypeGuard, get_args

import msgspec

from mitate.back._names import known
from mitate.back._seen import word, wrong
from mitate.back.exercise import Equipment, Kind, Part, Region, Words
from mitate.back.observations import BackCase
from mitate.back.typed import read_toml

__all__ = [
    "AT_HOME",
    "Goal",
    "Irritability",
    "Limit",
    "Saying",
    "Sayings",
    "Wishes",
    "irritability",
    "limits",
    "sayings",
    "wishes_of",
]

Irritability = Literal["low", "medium", "high"]
AT_HOME: frozenset[Equipment] = frozenset({"mat", "chair", "wall", "cushion", "towel", "table"})
"""What a home is taken to have where the person did not say; a rug or a bed cover does for a mat."""
HIGH_PAIN, MEDIUM_PAIN = 7.0, 4.0
"""Of 10, now or after exercise: from these on the back is highly or fairly irritable. Judgement."""
NEXT_MORNING_MIN, HOUR_MIN = 720.0, 60.0
"""Minutes; what takes longer than these to settle is highly or fairly irritable. Judgement."""
_MINUTES, _DAYS, _LEVEL = 20.0, 3, 2
_KEYS = (
    "limits",
    "equipment",
    "minutes",
    "days",
    "goals",
    "pain_now",
    "pain_after_exercise",
    "settles_after_min",
    "level",
    "language",
)


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that leaves exercises out: how the programme names it, and how it is asked."""

    say: Words
    ask: Words
    source: tuple[str, ...] = ("expert",)


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person may want. An exercise of one of `kinds` serves it if it works one of `parts`, if any."""

    name: str
    say: Words
    kinds: tuple[Kind, ...]
    parts: tuple[Part, ...] = ()


class Saying(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Advice, or when to stop.

    `region`, `kinds`, `causes` and `limits`: it is said only with one of these. `flags`: red flags of the
    region that it puts into words.
    """

    name: str
    en: str
    ja: str
    source: tuple[str, ...]
    region: Region | None = None
    kinds: tuple[Kind, ...] = ()
    causes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def text(self, language: str) -> str:
        """In one language, ``en`` or ``ja``."""
        return self.ja if language == "ja" else self.en


class Sayings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file ``knowledge/programme.toml``."""

    goal: tuple[Goal, ...]
    advice: tuple[Saying, ...]
    stop: tuple[Saying, ...]


class _Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: dict[str, Limit]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was told for the programme, checked.

    Attributes:
        limits: of each limit that was answered, whether it is there.
        equipment: at hand; `AT_HOME` where it was not told. A wall is always at hand.
        minutes: of one session at most.
        days: a week, 1 to 7.
        goals: names of goals, in the order in which they were told.
        pain_now, pain_after_exercise: 0 to 10; None where not told.
        settles_after_min: minutes until a flare-up is as before.
        level: of exercises at most, 1 to 3.
        language: ``en`` or ``ja``; None where not told.
        assumed: what was not told and had to be assumed, by key.
    """

    limits: Mapping[str, bool] = field(default_factory=dict)
    equipment: frozenset[Equipment] = AT_HOME
    minutes: float = _MINUTES
    days: int = _DAYS
    goals: tuple[str, ...] = ()
    pain_now: float | None = None
    pain_after_exercise: float | None = None
    settles_after_min: float | None = None
    level: int = _LEVEL
    language: str | None = None
    assumed: tuple[str, ...] = ()

    @property
    def irritability(self) -> Irritability:
        """How easily the pain is stirred up; ``medium`` where nothing was told of it."""
        return irritability(self.pain_now, self.pain_after_exercise, self.settles_after_min)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "limits": dict(self.limits),
            "equipment": sorted(self.equipment),
            "minutes": self.minutes,
            "days": self.days,
            "goals": list(self.goals),
            "pain_now": self.pain_now,
            "pain_after_exercise": self.pain_after_exercise,
            "settles_after_min": self.settles_after_min,
            "level": self.level,
            "irritability": self.irritability,
            "assumed": list(self.assumed),
        }


def irritability(now: float | None, after: float | None, settles_min: float | None) -> Irritability:
    """How irritable the back is, from pain (0 to 10) now and after exercise and how long a flare-up lasts.

    High from a pain of `HIGH_PAIN`, or if it has not settled by the next morning; medium from `MEDIUM_PAIN`,
    or if it takes more than an hour; else low. Where nothing was told, medium. All expert judgement.
    """
    pains = [pain for pain in (now, after) if pain is not None]
    if not pains and settles_min is None:
        return "medium"
    pain, settles = max(pains, default=0.0), settles_min or 0.0
    if pain >= HIGH_PAIN or settles > NEXT_MORNING_MIN:
        return "high"
    return "medium" if pain >= MEDIUM_PAIN or settles > HOUR_MIN else "low"


@lru_cache(maxsize=1)
def limits() -> dict[str, Limit]:
    """Every limit by its name, in the order of the file."""
    return read_toml(_content("limits.toml"), _Limits).limit


@lru_cache(maxsize=1)
def sayings() -> Sayings:
    """Goals, advice and when to stop."""
    return read_toml(_content("programme.toml"), Sayings)


def _content(name: str) -> bytes:
    return resources.files("mitate.back").joinpath("knowledge", name).read_bytes()


def wishes_of(case: BackCase) -> Wishes:
    """What the case tells for the programme.

    Raises:
        InputError: an unknown key or name (with the nearest known one), or a value that cannot be.
    """
    told, where = case.programme, f"{case.name}: programme"
    for key in told:
        known(key, _KEYS, "field", where)
    given = {key: value for key, value in told.items() if value is not None}
    equipment = _names(given.get("equipment", []), get_args(Equipment), "equipment", f"{where}.equipment")
    goals = _names(given.get("goals", []), [goal.name for goal in sayings().goal], "goal", f"{where}.goals")
    return Wishes(
        limits=_limits(given.get("limits", {}), f"{where}.limits"),
        equipment=frozenset((*equipment, "wall")) if "equipment" in given else AT_HOME,
        minutes=_number(given, "minutes", 5, 120, where) or _MINUTES,
        days=_whole(given, "days", 1, 7, _DAYS, where),
        goals=tuple(goals),
        pain_now=_number(given, "pain_now", 0, 10, where),
        pain_after_exercise=_number(given, "pain_after_exercise", 0, 10, where),
        settles_after_min=_number(given, "settles_after_min", 0, 100_000, where),
        level=_whole(given, "level", 1, 3, _LEVEL, where),
        language=known(given["language"], ("en", "ja"), "language", where) if "language" in given else None,
        assumed=_assumed(given),
    )


def _assumed(given: Mapping[str, Any]) -> tuple[str, ...]:
    pain = ("pain_now", "pain_after_exercise", "settles_after_min")
    irritable = () if any(key in given for key in pain) else ("irritability",)
    return (*(key for key in ("equipment", "minutes", "days", "level") if key not in given), *irritable)


def _limits(value: object, where: str) -> dict[str, bool]:
    if not isinstance(value, dict):
        raise wrong(value, where, "an object in braces { }")
    answered = {}
    for key, said in value.items():
        name = known(key, limits(), "limit", where)
        if said is None:
            continue
        if not isinstance(said, bool):
            raise wrong(said, f"{where}.{word(key)}", "true, false or null")
        answered[name] = said
    return answered


def _names(value: object, names: Any, what: str, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise wrong(value, where, "a list of names in brackets [ ]")
    return list(dict.fromkeys(known(one, names, what, where) for one in value))


def _number(given: Mapping[str, Any], key: str, least: float, most: float, where: str) -> float | None:
    value = given.get(key)
    if value is None:
        return None
    if not _is_number(value) or not least <= value <= most:
        raise wrong(value, f"{where}.{key}", f"a number from {least:g} to {most:g}")
    return float(value)


def _whole(given: Mapping[str, Any], key: str, least: int, most: int, usual: int, where: str) -> int:
    value = given.get(key, usual)
    if not _is_number(value) or value != int(value) or not least <= value <= most:
        raise wrong(value, f"{where}.{key}", f"a whole number from {least} to {most}")
    return int(value)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e9 < value < 1e9
