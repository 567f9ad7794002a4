"""What a rule file says, once it is parsed: sorts, predicates, rules, exclusions, questions, a situation.

Everything here is frozen data. Atoms are predicates applied to constants and variables; a term whose first
letter is a capital, or that starts with ``_``, is a variable and ranges over the finite sort of its place.
The meaning of it all stands in docs/abduction.md and is computed by `mitate.abduce.ground` and below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "Atom",
    "Exclusion",
    "Kind",
    "KnowledgeBase",
    "Label",
    "Observation",
    "Predicate",
    "Question",
    "Rule",
    "Situation",
    "Sort",
    "Source",
    "Support",
    "Unexplained",
    "is_variable",
]

Kind = Literal["cause", "hypothesis", "observation", "given", "derived"]
"""What a predicate is for.

``cause``: may be assumed at its prior, and makes two explanations different in substance. ``hypothesis``: may
be assumed at its prior, a detail. ``observation``: can be seen or asked; may stay unexplained at a stated
probability. ``given``: a fact about the person that needs no explanation. ``derived``: none of these.
"""


def is_variable(term: str) -> bool:
    """Whether a term is a variable: a capital first, or ``_``."""
    return term[0] == "_" or term[0].isupper()


@dataclass(frozen=True, slots=True)
class Label:
    """Plain words for a name, in English and Japanese; ``{1}`` stands for the first argument's label."""

    en: str
    ja: str = ""

    def text(self, language: str = "en") -> str:
        """The words in `language`; English where there are none in Japanese."""
        return self.ja if language == "ja" and self.ja else self.en


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from.

    A convention is no evidence: a rule that cites nothing else may make its head at most `cap` times as
    probable as it is without the rule (its `unexplained` probability or its prior).
    """

    name: str
    citation: str
    url: str | None = None
    convention: bool = False
    cap: float = 1.0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Sort:
    """A finite set of constants with their labels, in the order in which they were written."""

    name: str
    label: Label
    values: Mapping[str, Label]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Atom:
    """A predicate applied to terms: ``lumbar_flexion(forward_bend, excessive)``."""

    predicate: str
    terms: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.predicate}({', '.join(self.terms)})" if self.terms else self.predicate

    def variables(self) -> Iterator[str]:
        """The variables, from left to right, repeated as they occur."""
        return (term for term in self.terms if is_variable(term))

    def bind(self, binding: Mapping[str, str]) -> Atom:
        """The atom with variables replaced by what they are bound to."""
        return Atom(self.predicate, tuple(binding.get(term, term) for term in self.terms))


@dataclass(frozen=True, slots=True)
class Support:
    """Why a line may be believed: the names of its sources, and a note."""

    sources: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Predicate:
    """A declared predicate.

    Attributes:
        sorts: the sort of each argument.
        one_of: the places whose sorts are mutually exclusive: of the ground atoms that differ only there, at
            most one is true.
        prior: for causes and hypotheses, the probability that an instance is true for no further reason.
        unexplained: for observations, the probability that an instance is seen for no reason in these rules.
    """

    name: str
    kind: Kind
    sorts: tuple[str, ...]
    label: Label
    one_of: tuple[int, ...] = ()
    prior: float | None = None
    unexplained: float | None = None
    support: Support = Support()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """``body => head probability``: if all of the body holds, the head holds with that probability.

    A head of None is a contradiction (``never a and b``); an empty body gives some instances their own prior.
    """

    name: str
    body: tuple[Atom, ...]
    head: Atom | None
    probability: float = 1.0
    support: Support = Support()
    line: int = 0

    def __str__(self) -> str:
        body = " and ".join(map(str, self.body))
        if self.head is None:
            return f"never {body}"
        weight = "" if self.probability == 1 else f" {self.probability:g}"
        return f"{body} => {self.head}{weight}" if self.body else f"{self.head}{weight}"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Atoms of which at most one can be true."""

    name: str
    atoms: tuple[Atom, ...]
    support: Support = Support()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Unexplained:
    """The probability that some instances of an observation are seen for no reason in these rules."""

    atom: Atom
    probability: float
    support: Support = Support()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask or to try: what it says, how long it takes, which observations it reveals.

    A variable or ``_`` in `reveals` stands for every value of its sort: of an exclusive place the answer is
    which value it is, of any other place each value is answered yes or no.
    """

    name: str
    label: Label
    seconds: float
    reveals: tuple[Atom, ...]
    support: Support = Support()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    """A ground atom that was seen, or seen to be absent; `unexplained` overrides what the rules say of it."""

    atom: Atom
    absent: bool = False
    unexplained: float | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """One case: what was seen and seen absent, and what is given about the person."""

    observations: tuple[Observation, ...] = ()
    given: tuple[Atom, ...] = ()


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """A parsed rule file, or several read as one."""

    title: Label
    sources: Mapping[str, Source] = field(default_factory=dict)
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    predicates: Mapping[str, Predicate] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    unexplained: tuple[Unexplained, ...] = ()
    questions: tuple[Question, ...] = ()
    situation: Situation = Situation()
    files: tuple[str, ...] = ()

    def label(self, atom: Atom, language: str = "en") -> str:
        """The atom in plain words; its own form where its predicate has no label."""
        predicate = self.predicates.get(atom.predicate)
        if predicate is None or not predicate.label.en:
            return str(atom)
        words = predicate.label.text(language)
        for place, (term, sort) in enumerate(zip(atom.terms, predicate.sorts, strict=True), 1):
            values = self.sorts[sort].values if sort in self.sorts else {}
            words = words.replace(f"{{{place}}}", values[term].text(language) if term in values else term)
        return words
