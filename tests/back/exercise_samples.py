"""A small set of exercises and people for tests, apart from those that come with the package."""

from __future__ import annotations

from typing import Any

import msgspec

from mitate.abduce.language import Atom, Observation, Situation
from mitate.abduce.posterior import Posterior
from mitate.back.cause import BackResult
from mitate.back.exercise import Exercise
from mitate.back.observations import BackCase
from mitate.back.triage import triage

_BOTH = {"en": "text", "ja": "文"}
_LINES = {"en": ["line"], "ja": ["行"]}
_PLAIN: dict[str, Any] = {
    "region": "low_back",
    "kind": "strength",
    "start": "standing",
    "level": 1,
    "minutes": 4.0,
    "parts": ["glutes"],
    "steps": _LINES,
    "description": _BOTH,
    "serves": [
        {"cause": "hip_extensor_weakness", "why": _BOTH, "source": ["hip_strength2023"], "strength": 2}
    ],
    "dose": {"sets": 2, "repetitions": 10, "days_a_week": 3},
    "harder": [{"text": _BOTH, "dose": {"sets": 3, "repetitions": 12, "days_a_week": 3}}],
    "easier": [{"text": _BOTH, "dose": {"sets": 1, "repetitions": 5, "days_a_week": 3}}],
    "elder": {"text": _BOTH},
    "chair": {"text": _BOTH},
    "not_when": [{"when": "hip_replacement", "why": _BOTH, "source": ["expert"]}],
    "film": {"views": ["side", "front"], "repetitions": 2, "captions": _LINES},
    "poses": [{"name": "start", "seconds": 1.0}, {"name": "end", "seconds": 1.0}],
    "coach": {"signal": "knee_flexion", "view": "side", "faults": [], "least": 20.0, "target": [30.0, 60.0]},
}


def sample(name: str, **changes: Any) -> Exercise:
    """A plain exercise that is otherwise in `changes`, as a file would tell it."""
    one = msgspec.convert({**_PLAIN, "title": {"en": name, "ja": name}, **changes}, type=Exercise)
    return msgspec.structs.replace(one, name=name)


def aims(*causes: str, strength: int = 2) -> list[dict[str, Any]]:
    """What an exercise serves."""
    return [{"cause": cause, "why": _BOTH, "source": ["expert"], "strength": strength} for cause in causes]


def not_when(*whens: str) -> list[dict[str, Any]]:
    """When an exercise is not to be done."""
    return [{"when": when, "why": _BOTH, "source": ["expert"]} for when in whens]


def person(
    causes: dict[str, float] | None = None,
    *,
    seen: tuple[str, ...] = (),
    flags: dict[str, bool] | None = None,
    age: float | None = 50.0,
    sex: str | None = None,
    region: str = "low_back",
    **wishes: Any,
) -> tuple[BackCase, BackResult]:
    """A person with these likely causes, as if the reasoner had found them."""
    case = BackCase(
        age=age,
        sex=sex,
        situation=Situation(tuple(Observation(_atom(name)) for name in seen)),
        red_flags=flags or {},
        programme=wishes,
        region=region,
    )
    shares = {_atom(name): share for name, share in (causes or {}).items()}
    found = Posterior(shares, (), 0.0, True, False)
    return case, BackResult(case, triage(case.red_flags, age=age, region=region), posterior=found)


def _atom(text: str) -> Atom:
    name, _, inside = text.rstrip(")").partition("(")
    return Atom(name, tuple(part.strip() for part in inside.split(",")) if inside else ())
