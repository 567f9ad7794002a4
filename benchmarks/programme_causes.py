"""From four films and an interview to the cause: is the known one found, and where it is not, who lost it.

Each simulated person (`benchmarks.known_faults`) answers the interview as the knowledge base says that people
with the cause do (`mitate.abduce.sample`): every spoken question, and nothing that somebody has to watch.
Four tellings of the films are compared on the same person and the same answers:

- *none*: the interview alone.
- *knowledge*: the films say what the knowledge base drew for the person. A cause lost here is lost by the
  knowledge base and the chance of the answers.
- *movement*: the movements are measured on the true joints. A cause lost from here on, the person's movement
  does not show, or the norms do not say.
- *camera*: the films as they were read. A cause lost only here, the camera lost.

*watched* is *camera* with the home tests that somebody has to watch (lying, sitting, standing on one leg), as
the knowledge base drew them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from benchmarks.known_faults import FAULTS_OF, PEOPLE, SEED, Take, takes
from benchmarks.rows import share
from benchmarks.simulated_people import true_recording
from mitate.abduce.language import Atom, Observation, is_variable
from mitate.abduce.sample import Sample, draw
from mitate.back.cause import COMPLAINT, explain_case, knowledge
from mitate.back.condition import Condition, case, conditions
from mitate.back.measure import measure
from mitate.back.observations import BackCase, age_band, case_of
from mitate.body.recording import Recording
from mitate.errors import RefusalError
from mitate.figures import Figure

__all__ = ["STAGES", "Told", "cause_figures", "tell"]

STAGES = ("knowledge", "movement", "camera")
_ALL = ("none", *STAGES, "watched")
_FOUR = frozenset({"film_forward_bend", "film_backward_bend", "film_rotation", "film_side_bend"})
_FIRST, _THREE = 85.0, 97.0


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of one person.

    Attributes:
        cause: the known one.
        ranked: of each telling the causes found, the likeliest first.
        refused: of each refused film its movement and the reason.
        side_on: whether the forward bend was filmed within 45 degrees of one side.
    """

    person: int
    cause: str
    ranked: dict[str, tuple[str, ...]]
    refused: tuple[tuple[str, str], ...]
    side_on: bool

    def found(self, telling: str, among: int) -> bool:
        """Whether the known cause is among the first ones of a telling."""
        return self.cause in self.ranked[telling][:among]

    @property
    def lost_by(self) -> str:
        """The first stage from which on the known cause is first no more; empty where it is found."""
        for number, stage in enumerate(STAGES):
            if not any(self.found(later, 1) for later in STAGES[number:]):
                return stage
        return ""


def tell(films: Sequence[Take]) -> Told:
    """The causes of one person, by each telling of their films."""
    first = films[0]
    age, person = float(first.film.age), first.film.person
    rng = np.random.default_rng([SEED, person, 77])
    given = (Atom("age", (age_band(age),)), Atom("sex", (first.sex,)))
    sample = draw(knowledge(), rng, given=given, causes=[_atom(first.cause)], required=[COMPLAINT])
    spoken, filmed, watched = _parts(sample)
    read = _case(tuple(_conditions(films, age, perfect=False)), age, first.sex)
    true = _case(tuple(_conditions(films, age, perfect=True)), age, first.sex)
    nothing = _case((), age, first.sex)
    ranked = {}
    for telling, (known, said) in {
        "none": (nothing, spoken),
        "knowledge": (nothing, spoken + filmed),
        "movement": (true, spoken),
        "camera": (read, spoken),
        "watched": (read, spoken + watched),
    }.items():
        ranked[telling] = _ranked(known, said)
    return Told(
        person=person,
        cause=first.cause,
        ranked=ranked,
        refused=tuple((one.film.movement, one.refused) for one in films if one.refused),
        side_on=45 <= abs(first.film.yaw) <= 135,
    )


def _atom(text: str) -> Atom:
    name, _, inside = text.partition("(")
    return Atom(name, tuple(term for term in inside.rstrip(")").split(",") if term))


@lru_cache(maxsize=1)
def _revealed() -> tuple[tuple[Atom, ...], tuple[Atom, ...]]:
    """What the four films reveal, and what everything reveals that has to be watched."""
    watched = [
        (q.name, atom) for q in knowledge().questions if q.name.startswith("film_") for atom in q.reveals
    ]
    return tuple(a for name, a in watched if name in _FOUR), tuple(a for _, a in watched)


def _parts(sample: Sample) -> tuple[tuple[Observation, ...], ...]:
    """What was drawn: of the spoken questions, of the four films, and of the tests that somebody watches."""
    four, watched = _revealed()
    never_spoken = {pattern.predicate for pattern in watched}
    parts: tuple[list[Observation], ...] = ([], [], [])
    for atoms, absent in ((sample.present, False), (sample.absent, True)):
        for atom in atoms:
            if _among(atom, four):
                parts[1].append(Observation(atom, absent=absent))
            elif _among(atom, watched):
                parts[2].append(Observation(atom, absent=absent))
            elif atom.predicate not in never_spoken:
                parts[0].append(Observation(atom, absent=absent))
    return tuple(map(tuple, parts))


def _among(atom: Atom, patterns: Sequence[Atom]) -> bool:
    return any(
        pattern.predicate == atom.predicate
        and all(
            is_variable(want) or want == term for want, term in zip(pattern.terms, atom.terms, strict=True)
        )
        for pattern in patterns
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
    """The causes, the likeliest first; what was filmed is not told again."""
    known = {seen.atom for seen in read.situation.observations}
    more = tuple(one for one in told if one.atom not in known)
    situation = replace(read.situation, observations=(*read.situation.observations, *more))
    result = explain_case(replace(read, situation=situation), k=6)
    return () if result.posterior is None else tuple(map(str, result.posterior.causes))


def cause_figures(people: int = PEOPLE) -> list[Figure]:
    """The rows of the first goal."""
    found = [tell(films) for films in takes(people)]
    n = len(found)
    data = (
        f"simulated, {n} people with one known fault of {len(FAULTS_OF)}, seed {SEED}, four films each "
        "from any angle (10 pictures a second), interview drawn from the knowledge base"
    )
    said = {
        "camera": "films and spoken interview",
        "watched": "films, spoken interview and home tests that somebody watches",
        "none": "spoken interview alone",
        "knowledge": "films as the knowledge base draws them",
        "movement": "films measured on the true joints",
    }
    rows = []
    for telling, words in said.items():
        for among, name, bar in ((1, "first", _FIRST), (3, "among three", _THREE)):
            right = sum(one.found(telling, among) for one in found)
            goal = bar if telling == "camera" else None
            rows.append(share(f"Known cause {name}: {words}", right, n, data, goal))
    for side_on, words in ((True, "the side"), (False, "the front or back")):
        some = [one for one in found if one.side_on == side_on]
        right = sum(one.found("camera", 1) for one in some)
        rows.append(share(f"Known cause first: forward bend filmed from {words}", right, len(some), data))
    lost = Counter(one.lost_by for one in found)
    rows += [share(f"Known cause not first, lost by the {stage}", lost[stage], n, data) for stage in STAGES]
    for cause in FAULTS_OF:
        some = [one for one in found if one.cause == cause]
        right = sum(one.found("camera", 1) for one in some)
        rows.append(share(f"Known cause first: {cause}", right, len(some), data))
    films = 4 * n
    rows.append(share("Films refused", sum(len(one.refused) for one in found), films, data))
    return rows
