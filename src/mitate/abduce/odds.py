"""Probabilities that cannot be, and rules that weigh more than what they cite allows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from mitate.abduce.findings import Entry, error
from mitate.abduce.language import Atom, KnowledgeBase, Predicate, is_variable

__all__ = ["covers", "heavy", "sums"]

_INSTANCES = 20_000  # of one line that are looked at: more would take long and say nothing new
_SLACK = 1e-6  # by which a sum of written probabilities may exceed 1


def heavy(kb: KnowledgeBase) -> Iterator[Entry]:
    """Rules that rest on a convention alone and weigh more than it allows."""
    backgrounds = _Backgrounds(kb)
    for rule in kb.rules:
        cited = [kb.sources[name] for name in rule.support.sources if name in kb.sources]
        if not rule.body or rule.head is None or not cited or not all(source.convention for source in cited):
            continue
        cap = max(source.cap for source in cited)
        for atom in _instances(kb, rule.head):
            background = backgrounds.of(atom)
            if background is None or rule.probability <= cap * background * (1 + _SLACK):
                continue
            ratio = f"{rule.probability / background:.3g} ({rule.probability:g} to {background:g})"
            allowed = f"{cited[0].name} allows {cap:g}"
            yield error(
                rule.line,
                f"the rule {rule.name} makes {atom} more probable by a factor of {ratio}, {allowed}",
                f"cite evidence, or lower it to {cap * background:.3g}",
            )
            break


class _Backgrounds:
    """How probable a ground atom is without any rule: unexplained, or prior; the last statement counts."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb
        self.stated: dict[str, list[tuple[Atom, float]]] = {}
        for line in kb.unexplained:
            self.stated.setdefault(line.atom.predicate, []).append((line.atom, line.probability))
        for rule in kb.rules:
            if rule.head is not None and not rule.body:
                self.stated.setdefault(rule.head.predicate, []).append((rule.head, rule.probability))

    def of(self, atom: Atom) -> float | None:
        for pattern, probability in reversed(self.stated.get(atom.predicate, [])):
            if covers(pattern, atom):
                return probability
        predicate = self.kb.predicates[atom.predicate]
        return predicate.unexplained if predicate.kind == "observation" else predicate.prior


def covers(pattern: Atom, atom: Atom) -> bool:
    """Whether a ground atom is an instance of a pattern."""
    bound: dict[str, str] = {}
    return all(
        term == value or (is_variable(term) and (term == "_" or bound.setdefault(term, value) == value))
        for term, value in zip(pattern.terms, atom.terms, strict=True)
    )


def _instances(kb: KnowledgeBase, atom: Atom) -> Iterator[Atom]:
    return (atoms[0] for atoms in _together(kb, (atom,)))


def _together(kb: KnowledgeBase, atoms: tuple[Atom, ...]) -> Iterator[tuple[Atom, ...]]:
    """The ground instances of several atoms under the same binding, up to a bound."""
    sorts: dict[str, str] = {}
    for atom in atoms:
        for term, sort in zip(atom.terms, kb.predicates[atom.predicate].sorts, strict=True):
            if is_variable(term):
                sorts[term] = sort
    rows = product(*(kb.sorts[sort].values for sort in sorts.values()))
    for row in islice(rows, _INSTANCES):
        binding = dict(zip(sorts, row, strict=True))
        yield tuple(atom.bind(binding) for atom in atoms)


def sums(kb: KnowledgeBase) -> Iterator[Entry]:
    """Of what excludes each other, the probabilities can add up to no more than 1."""
    backgrounds = _Backgrounds(kb)
    for predicate in kb.predicates.values():
        for spot in predicate.one_of:
            for group in _groups(kb, predicate, spot):
                excess = _excess(backgrounds, group)
                if excess is not None:
                    shown = Atom(
                        predicate.name,
                        tuple("_" if i == spot else term for i, term in enumerate(group[0].terms)),
                    )
                    yield error(
                        predicate.line, f"of {shown} only one can hold, and {excess}", "lower some of them"
                    )
                    break
    for exclusion in kb.exclusions:
        for atoms in _together(kb, exclusion.atoms):
            excess = _excess(backgrounds, tuple(dict.fromkeys(atoms)))
            if excess is not None:
                what = f"of the exclusion {exclusion.name} only one can hold, and {excess}"
                yield error(exclusion.line, what, "lower some of them")
                break


def _groups(kb: KnowledgeBase, predicate: Predicate, spot: int) -> Iterator[tuple[Atom, ...]]:
    values = tuple(kb.sorts[predicate.sorts[spot]].values)
    others = [("",) if i == spot else tuple(kb.sorts[sort].values) for i, sort in enumerate(predicate.sorts)]
    for row in islice(product(*others), _INSTANCES // len(values) + 1):
        yield tuple(Atom(predicate.name, (*row[:spot], value, *row[spot + 1 :])) for value in values)


def _excess(backgrounds: _Backgrounds, atoms: tuple[Atom, ...]) -> str | None:
    """By how much the atoms' probabilities of one kind exceed 1; None if they do not."""
    for observed, word in ((True, "unexplained probabilities"), (False, "priors")):
        total = sum(
            backgrounds.of(atom) or 0.0
            for atom in atoms
            if (backgrounds.kb.predicates[atom.predicate].kind == "observation") == observed
        )
        if total > 1 + _SLACK:
            return f"their {word} add up to {total:.4g}"
    return None
