"""Random small knowledge bases with a situation, for tests that compare the engine with a definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st

from mitate.abduce.language import (
    Atom,
    Exclusion,
    Kind,
    KnowledgeBase,
    Label,
    Observation,
    Predicate,
    Rule,
    Situation,
    Sort,
    Unexplained,
)

Problem = tuple[KnowledgeBase, Situation]

LIKELY = [0.05, 0.2, 0.37, 0.5, 0.8, 0.99]
EXTREME = [1e-12, 0.001, 1 - 1e-9, 1 - 1e-15, 1.0]
PROBABILITIES = st.sampled_from(LIKELY * 2 + EXTREME)
SORTS = {"side": ("left", "right"), "level": ("low", "middle", "high")}
HIDDEN: tuple[Kind, ...] = ("cause", "hypothesis", "derived", "given")
MOST: dict[Kind, tuple[int, int]] = {
    "cause": (1, 3),
    "hypothesis": (0, 2),
    "derived": (0, 3),
    "observation": (1, 4),
    "given": (0, 1),
}


@dataclass
class Base:
    """A knowledge base in the making: every draw is hypothesis's."""

    draw: st.DrawFn
    predicates: dict[str, Predicate] = field(default_factory=dict)
    bodies: list[tuple[Atom, ...]] = field(default_factory=list)

    def chance(self, of: int) -> bool:
        return self.draw(st.integers(1, of)) == 1

    def declare(self, name: str, kind: Kind) -> None:
        sorts: tuple[str, ...] = ()
        if self.chance(4 if kind != "observation" else 2):
            sorts = (self.draw(st.sampled_from(["side", "level"])),)
        if sorts and kind in ("observation", "derived") and self.chance(4):
            sorts = ("side", "level")
        one_of = tuple(i for i in range(len(sorts)) if self.chance(2))
        prior = self.draw(PROBABILITIES) if kind in ("cause", "hypothesis") and not self.chance(6) else None
        free = self.draw(st.none() | PROBABILITIES) if kind == "observation" else None
        self.predicates[name] = Predicate(name, kind, sorts, Label(""), one_of, prior, free)

    def atom(self, kinds: tuple[Kind, ...], variables: bool = True, like: Atom | None = None) -> Atom:
        names = [p.name for p in self.predicates.values() if p.kind in kinds]
        predicate = self.predicates[like.predicate if like else self.draw(st.sampled_from(names or ["c0"]))]
        terms = []
        for sort in predicate.sorts:
            apart = {"side": "X", "level": "L"}[sort]
            values = (*SORTS[sort] * 2, apart, "_") if variables else SORTS[sort]
            terms.append(self.draw(st.sampled_from(values)))
        return Atom(predicate.name, tuple(terms))

    def body(self) -> tuple[Atom, ...]:
        if self.bodies and self.chance(3):
            return self.draw(st.sampled_from(self.bodies))
        made = tuple(self.atom(HIDDEN) for _ in range(self.draw(st.sampled_from([1, 1, 1, 2, 2, 3]))))
        self.bodies.append(made)
        return made

    def rule(self, name: str, seen: list[Atom], circles: bool) -> Rule:
        body = self.body()
        shape = self.draw(st.integers(0, 11))
        if shape == 0:
            return Rule(name, body, None)
        heads: tuple[Kind, ...] = ("derived",)
        if shape == 1 or (circles and shape < 6):
            heads = ("cause", "hypothesis", "derived")
        elif shape > 4:
            heads = ("observation",)
        head = self.draw(st.sampled_from(seen)) if seen and shape > 7 else self.atom(heads)
        free = {name for atom in body for name in atom.variables()}
        if any(name == "_" or name not in free for name in head.variables()) and not self.chance(4):
            head = self.atom((self.predicates[head.predicate].kind,), variables=False, like=head)
        certain = self.chance(4)
        return Rule(name, body, head, 1.0 if certain else self.draw(PROBABILITIES))

    def situation(self) -> Situation:
        observed: dict[Atom, Observation] = {}
        kinds: tuple[Kind, ...]
        for _ in range(self.draw(st.integers(1, 4))):
            kinds = ("cause", "hypothesis", "derived") if self.chance(7) else ("observation",)
            seen = self.atom(kinds, variables=False)
            own = self.draw(PROBABILITIES) if self.chance(4) else None
            observed[seen] = Observation(seen, self.chance(4), own)
        given: tuple[Atom, ...] = ()
        if any(p.kind == "given" for p in self.predicates.values()) and self.chance(2):
            given = (self.atom(("given",), variables=False),)
        return Situation(tuple(observed.values()), given)


@st.composite
def problems(draw: st.DrawFn, circles: bool = False) -> Problem:
    label = Label("")
    base = Base(draw)
    for kind, (least, most) in MOST.items():
        for number in range(draw(st.integers(least, most))):
            base.declare(f"{kind[0]}{number}", kind)
    situation = base.situation()
    seen = [o.atom for o in situation.observations]
    rules = [base.rule(f"r{number}", seen, circles) for number in range(draw(st.integers(1, 8)))]
    for number in range(2):
        if base.chance(5):
            rules.append(Rule(f"p{number}", (), base.atom(("cause", "hypothesis")), draw(PROBABILITIES)))
    exclusions = [
        Exclusion(f"x{number}", tuple(base.atom(("cause", "derived", "observation")) for _ in range(size)))
        for number, size in enumerate(draw(st.lists(st.integers(2, 3), max_size=2)))
    ]
    free = [Unexplained(base.atom(("observation",)), draw(PROBABILITIES))] if base.chance(4) else []
    sorts = {name: Sort(name, label, dict.fromkeys(values, label)) for name, values in SORTS.items()}
    kb = KnowledgeBase(label, {}, sorts, base.predicates, tuple(rules), tuple(exclusions), tuple(free))
    return kb, situation


@pytest.fixture(scope="session")
def random_problems() -> Callable[..., st.SearchStrategy[Problem]]:
    """Bases of a few rules of every shape the language has; with `circles`, also rules that run in them."""
    return problems
