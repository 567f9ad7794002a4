"""From four films and an interview to the cause: is the known one found, and where it is not, who lost it.

Each simulated person (`benchmarks.known_faults`) answers the interview as the knowledge base says that people
with the cause do (`mitate.abduce.sample`), every spoken question, nothing that somebody has to watch. Three
tellings of the films are compared on the same person and the same answers:

- *knowledge*: the films say what the knowledge base drew for the person. What is wrong here is lost by the
  knowledge base and the chance of the answers.
- *movement*: the movements are measured on the true joints. What is lost from there on, the person's movement
  does not show, or the norms do not say.
- *camera*: the films as they were read. What is lost from there on, the camera lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.known_faults import SEED, Take, takes
from benchmarks.simulated_people import true_recording
from mitate.abduce.language import Atom, Observation
from mitate.abduce.sample import Sample, draw
from mitate.back.cause import COMPLAINT, explain_case, knowledge
from mitate.back.condition import Condition, case, conditions
from mitate.back.measure import measure
from mitate.back.observations import BackCase, age_band, case_of
from mitate.body.recording import Recording
from mitate.errors import RefusalError

__all__ = ["STAGES", "Told", "tell"]

STAGES = ("knowledge", "movement", "camera")
_FILMED_BY = "film_"


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of one person.

    Attributes:
        cause: the known one.
        ranked: of each stage the causes found, the likeliest first.
        refused: of each refused film its movement and the reason.
        yaws: of the films, degrees.
    """

    person: int
    cause: str
    ranked: dict[str, tuple[str, ...]]
    refused: tuple[tuple[str, str], ...]
    yaws: tuple[float, ...]
    age: float

    def found(self, stage: str, among: int) -> bool:
        """Whether the known cause is among the first ones of a stage."""
        return self.cause in self.ranked[stage][:among]

    @property
    def lost_by(self) -> str:
        """The first stage at which the known cause is not first and stays so; empty where it is found."""
        if self.found("camera", 1):
            return ""
        for number in range(len(STAGES)):
            if not any(self.found(stage, 1) for stage in STAGES[number:]):
                return STAGES[number]
        return STAGES[-1]


def tell(films: Sequence[Take], stages: Sequence[str] = STAGES) -> Told:
    """The causes of one person from their films, at each stage."""
    first = films[0]
    age, person = float(first.film.age), first.film.person
    rng = np.random.default_rng([SEED, person, 77])
    given = (Atom("age", (age_band(age),)), Atom("sex", (first.sex,)))
    sample = draw(knowledge(), rng, given=given, causes=[_atom(first.cause)], required=[COMPLAINT])
    spoken = tuple(_spoken(sample))
    ranked = {}
    for stage in stages:
        filmed = _drawn_films(sample) if stage == "knowledge" else ()
        found = () if stage == "knowledge" else tuple(_conditions(films, age, perfect=stage == "movement"))
        ranked[stage] = _ranked(_case(found, age, first.sex), (*spoken, *filmed))
    return Told(
        person=person,
        cause=first.cause,
        ranked=ranked,
        refused=tuple((one.film.movement, one.refused) for one in films if one.refused),
        yaws=tuple(one.film.yaw for one in films),
        age=age,
    )


def _atom(text: str) -> Atom:
    name, _, inside = text.partition("(")
    return Atom(name, tuple(term for term in inside.rstrip(")").split(",") if term))


def _watched() -> dict[str, set[str]]:
    """Predicates that only a film or somebody watching tells of, by the question that reveals them."""
    return {
        question.name: {atom.predicate for atom in question.reveals}
        for question in knowledge().questions
        if question.name.startswith(_FILMED_BY)
    }


def _spoken(sample: Sample) -> Iterator[Observation]:
    watched = set().union(*_watched().values())
    for atoms, absent in ((sample.present, False), (sample.absent, True)):
        yield from (Observation(a, absent=absent) for a in atoms if a.predicate not in watched)


def _drawn_films(sample: Sample) -> tuple[Observation, ...]:
    """What the knowledge base drew of the four movements that are filmed."""
    asked = {"film_forward_bend", "film_backward_bend", "film_rotation", "film_side_bend"}
    reveals = [atom for q in knowledge().questions if q.name in asked for atom in q.reveals]
    seen = []
    for atoms, absent in ((sample.present, False), (sample.absent, True)):
        seen += [Observation(a, absent=absent) for a in atoms if any(_covers(r, a) for r in reveals)]
    return tuple(seen)


def _covers(pattern: Atom, atom: Atom) -> bool:
    return pattern.predicate == atom.predicate and all(
        wanted == term or wanted == "_" for wanted, term in zip(pattern.terms, atom.terms, strict=True)
    )


def _conditions(films: Sequence[Take], age: float, *, perfect: bool) -> Iterator[Condition]:
    for take in films:
        recording: Recording | None = true_recording(take.film) if perfect else take.recording
        if recording is None or (take.refused and not perfect):
            continue
        try:
            yield from conditions(measure(recording, take.film.movement), age=age)
        except RefusalError:  # no repetition was found
            continue


def _case(found: Sequence[Condition], age: float, sex: str) -> BackCase:
    return case_of(case(found, age=age, sex=sex), knowledge())


def _ranked(read: BackCase, told: Sequence[Observation]) -> tuple[str, ...]:
    known = {seen.atom for seen in read.situation.observations}
    more = tuple(one for one in told if one.atom not in known)
    whole = replace(
        read,
        situation=replace(read.situation, observations=(*read.situation.observations, *more)),
        red_flags={},
    )
    result = explain_case(whole, k=6)
    return () if result.posterior is None else tuple(str(cause) for cause in result.posterior.causes)


def told(people: int) -> Iterator[Told]:
    """What was said of each person."""
    for films in takes(people):
        yield tell(films)
