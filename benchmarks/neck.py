"""Figures of the neck: how much the base holds, vignettes, patients drawn from it, and measures of films.

The patients are drawn from the very rules that are then inverted, and the vignettes were written by the one
who wrote the rules: both say that the causes can be told apart, and nothing about people. The films are of
simulated people (`mitate.simulate`), small ones, each movement seen from sides that the page on the neck asks
for and from others; a film's errors are those of all measures that were given, beside how many were.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import bootstrap, share
from mitate.abduce.forward import network
from mitate.abduce.language import Atom
from mitate.abduce.sample import complete_situation, draw
from mitate.back._names import cause_named
from mitate.back.cause import BackResult, explain_case
from mitate.back.exercises import exercises
from mitate.back.observations import case_of
from mitate.back.region import REGIONS, knowledge
from mitate.errors import MitateError
from mitate.figures import Figure

__all__ = ["film_errors", "neck_figures", "patients_found"]

VIGNETTES = Path(__file__).parents[1] / "tests" / "back" / "neck_vignettes.toml"
SEED = 3001
_FILM_SEED = 41
_PEOPLE = 12
_SIZE = (396, 704)
_RATE = 8.0
_SIDE_VIEWS = (90, -75, 60, -90, 45, 75, -60, -45, 90, 30, -90, 0)
_FRONT_VIEWS = (0, 15, -20, 30, -10, 0, 20, -30, 10, 45, -5, 180)
_NOTHING = "drawn from the knowledge base itself; says nothing about patients"
_GROUPS = {
    "bending forwards": ("neck_flexion_deg",),
    "looking up": ("neck_extension_deg",),
    "turning": ("neck_rotation_left_deg", "neck_rotation_right_deg"),
    "tilting": ("neck_side_bend_left_deg", "neck_side_bend_right_deg"),
    "raising the arms": ("arm_raise_left_deg", "arm_raise_right_deg"),
}


def neck_figures(*, patients: int = 1000, people: int = 0) -> list[Figure]:
    """Every figure of the neck.

    Args:
        patients: drawn from the base.
        people: filmed, each in five movements, a minute or two a film on one core; 0 leaves films out.
    """
    figures = [*_counts(), *_vignettes(), *_patients(patients)]
    return figures + (_films(film_errors(people), people) if people else [])


def _counts() -> list[Figure]:
    base = knowledge("neck")
    kinds = [predicate.kind for predicate in base.predicates.values()]
    served = {aim.cause.partition("(")[0] for one in exercises("neck") for aim in one.serves if aim.cause}
    causes = {name for name, predicate in base.predicates.items() if predicate.kind == "cause"}
    data = "knowledge/neck"
    numbers: tuple[tuple[str, float, float | None], ...] = (
        ("Neck: causes", kinds.count("cause"), 10),
        ("Neck: rules", sum(bool(rule.body) for rule in base.rules), 40),
        ("Neck: questions of the interview", sum(q.name.startswith("q_") for q in base.questions), None),
        ("Neck: sources", len(base.sources), None),
        ("Neck: exercises", len(exercises("neck")), None),
        ("Neck: causes that an exercise serves", len(served & causes), None),
    )
    return [Figure(name, float(n), "", None, None, 1, data, bar) for name, n, bar in numbers]


def _vignettes() -> list[Figure]:
    tables = tomllib.loads(VIGNETTES.read_text("utf-8"))["vignette"]
    flagged = [one for one in tables if one.get("stops", False)]
    mechanical = [one for one in tables if not one.get("stops", False)]
    first = among = 0
    for one in mechanical:
        expected = {cause_named(knowledge("neck"), name, one["id"]) for name in one["expected"]}
        sets = [set(found.causes) for found in _result(one).explanations[:3]]
        first += expected <= sets[0]
        among += any(expected <= found for found in sets)
    n = len(mechanical)
    data = f"{n} vignettes of the neck, written by the one who wrote the rules; no accuracy on patients"
    stopped = sum(_result(one).stop for one in flagged)
    return [
        share("Neck: vignettes, expected cause first", first, n, data, 85.0),
        share("Neck: vignettes, expected cause among three", among, n, data),
        share("Neck: red flag stops the path", stopped, len(flagged), f"{len(flagged)} vignettes", 100.0),
    ]


def _result(one: dict[str, Any]) -> BackResult:
    value = {
        "region": "neck",
        "person": {"age": one["age"], "sex": one["sex"]},
        "signs": dict.fromkeys(one["present"], True) | dict.fromkeys(one["absent"], False),
        "red_flags": dict.fromkeys(one.get("red_flags", ()), True),
    }
    return explain_case(case_of(value, name=one["id"]))


def _patients(n: int) -> list[Figure]:
    first, among = patients_found(n)
    data = f"{n} patients {_NOTHING}; complete data, seed {SEED}"
    return [
        share("Neck: patients, true cause first", first, n, data, 90.0),
        share("Neck: patients, true cause among three", among, n, data),
    ]


def patients_found(n: int) -> tuple[int, int]:
    """Of `n` patients with one main cause and complete data: how often it is first, and among three."""
    from mitate.abduce.solve import Reasoner

    base, complaint = knowledge("neck"), REGIONS["neck"].complaint
    reasoner, net = Reasoner(base), network(base)
    causes = [atom for atom, kind in zip(net.atoms, net.kinds, strict=True) if kind == "cause"]
    first = among = 0
    for number in range(n):
        rng = np.random.default_rng([SEED, number])
        cause = causes[rng.integers(len(causes))]
        given = tuple(
            Atom(name, (str(rng.choice(list(base.sorts[base.predicates[name].sorts[0]].values))),))
            for name in ("age", "sex")
        )
        sample = draw(base, rng, given=given, causes=(cause,), required=(complaint,))
        answer = reasoner.explain(complete_situation(sample, base), k=3)
        first += cause in answer.explanations[0].causes
        among += any(cause in one.causes for one in answer.explanations)
    return first, among


def film_errors(people: int) -> dict[str, list[tuple[float, float]]]:
    """Of films of simulated people, by measure: true and measured value, NaN where it was not given."""
    from mitate.back.assess import assess
    from mitate.body.read import Networks
    from mitate.simulate.movement_faults import NECK_MOVEMENTS
    from mitate.simulate.movement_set import MovementPlan, draw_film, write_film

    found: dict[str, list[tuple[float, float]]] = {}
    networks = Networks.load()
    plan = MovementPlan(
        _PEOPLE, _FILM_SEED, NECK_MOVEMENTS, random_faults=True, repetitions=2, frame_rate=_RATE,
        width=_SIZE[0], height=_SIZE[1],
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for person, movement, yaw in _seen_from(people):
            one = replace(plan, yaw=float(yaw))
            scene = draw_film(one, person, movement)
            file = write_film(Path(folder), one, person, movement).with_suffix(".mp4")
            try:
                values = assess(
                    file, movement, age=scene.mover.age, height_m=scene.mover.height_m, networks=networks
                ).measures.values
            except MitateError:
                values = {}
            for name, true in scene.motion.truth().items():
                got = values[name].value if name in values else float("nan")
                found.setdefault(name, []).append((true, got))
    return found


def _seen_from(people: int) -> Iterator[tuple[int, str, int]]:
    """Person, movement and yaw of every film: from the side for bends, from the front for turns and tilts."""
    for person in range(min(people, _PEOPLE)):
        for movement in ("neck_flexion", "neck_extension", "neck_rotation", "neck_side_bend", "arm_raise"):
            side = movement in ("neck_flexion", "neck_extension") or (movement == "arm_raise" and person % 2)
            yield person, movement, (_SIDE_VIEWS if side else _FRONT_VIEWS)[person]


def _films(errors: dict[str, list[tuple[float, float]]], people: int) -> list[Figure]:
    width, height = _SIZE
    data = f"simulated films, {people} people, {width}×{height} at {_RATE:g} a second, seed {_FILM_SEED}"
    figures = []
    for words, names in _GROUPS.items():
        pairs = np.array([pair for name in names for pair in errors.get(name, [])], dtype=float).reshape(
            -1, 2
        )
        known = np.isfinite(pairs[:, 1])
        if not len(pairs):
            continue
        figures.append(share(f"Neck films: {words}, measured", int(known.sum()), len(pairs), data))
        if known.any():
            off = np.abs(pairs[known, 1] - pairs[known, 0])
            low, high = bootstrap(off.tolist())
            name = f"Neck films: {words}, mean error"
            figures.append(
                Figure(name, float(off.mean()), "deg", low, high, int(known.sum()), data, 12.0, False)
            )
    return figures
