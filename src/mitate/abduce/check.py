"""What is probably a mistake in a knowledge base that can be read: findings with file and line."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from functools import partial
from itertools import combinations, islice, product

from mitate.abduce.findings import Entry, Finding, error, warning
from mitate.abduce.language import Atom, KnowledgeBase, Rule, Support, is_variable
from mitate.abduce.names import place
from mitate.abduce.odds import covers, heavy, sums
from mitate.abduce.reach import Patterns, circles, possible, useful

__all__ = ["Finding", "check"]

_PAIRS = 200_000  # of atoms that are compared in one place


def check(kb: KnowledgeBase, *, cited: Container[str] = ()) -> tuple[Finding, ...]:
    """All findings, in the order of files and lines.

    Errors are contradictions: observations that exclude each other, probabilities that cannot be, conventions
    that weigh more than they say they may. Everything else is a warning.

    Args:
        kb: the rules.
        cited: names of sources that something else than the rules rests on.
    """
    checks = (
        _circular,
        _pointless,
        _unsupported,
        heavy,
        sums,
        _unused,
        partial(_uncited, elsewhere=cited),
        _unasked,
        _seen,
        _silent,
        _repeated,
    )
    found = [entry for look in checks for entry in look(kb)]
    found.sort(key=lambda entry: (entry[0], entry[1] != "error", entry[2]))
    return tuple(Finding(severity, what, place(kb.files, line), todo) for line, severity, what, todo in found)


def _circular(kb: KnowledgeBase) -> Iterator[Entry]:
    for numbers in circles(kb):
        rules = [kb.rules[number] for number in numbers]
        names = ", ".join(rule.name for rule in rules[:6]) + (", ..." if len(rules) > 6 else "")
        what = (
            f"the rules {names} run in a circle"
            if len(rules) > 1
            else f"the rule {names} concludes its own body"
        )
        yield warning(rules[0].line, what, "nothing can support itself, but look whether this is meant")


def _mentioned(kb: KnowledgeBase) -> Iterator[tuple[Atom, bool]]:
    """Every atom written anywhere, and whether it says what its predicate is for."""
    for rule in kb.rules:
        yield from ((atom, True) for atom in rule.body)
        if rule.head is not None:
            yield rule.head, bool(rule.body)
    for exclusion in kb.exclusions:
        yield from ((atom, True) for atom in exclusion.atoms)
    for question in kb.questions:
        yield from ((atom, True) for atom in question.reveals)
    yield from ((line.atom, False) for line in kb.unexplained)
    yield from ((line.atom, True) for line in kb.situation.observations)
    yield from ((atom, True) for atom in kb.situation.given)


def _pointless(kb: KnowledgeBase) -> Iterator[Entry]:
    """Causes that lead nowhere, or that nothing can bring about."""
    used = {atom.predicate for atom, counts in _mentioned(kb) if counts}
    reaching = useful(kb)
    baseless = _baseless(kb)
    observable = any(predicate.kind == "observation" for predicate in kb.predicates.values())
    for name, predicate in kb.predicates.items():
        if predicate.kind not in ("cause", "hypothesis"):
            continue
        if observable and name in used and name not in reaching:
            yield warning(
                predicate.line,
                f"no observation can be reached from the {predicate.kind} {name}",
                "add a rule that says what it explains",
            )
        if name in baseless:
            yield warning(
                predicate.line,
                f"the {predicate.kind} {name} has no prior and no rule concludes it, so it never holds",
                "give it a prior",
            )


def _baseless(kb: KnowledgeBase) -> set[str]:
    """The causes and hypotheses that can neither be assumed nor derived."""
    concluded = {rule.head.predicate for rule in kb.rules if rule.head is not None}
    return {
        name
        for name, predicate in kb.predicates.items()
        if predicate.kind in ("cause", "hypothesis") and predicate.prior is None and name not in concluded
    }


def _unsupported(kb: KnowledgeBase) -> Iterator[Entry]:
    lines: list[tuple[int, str, Support]] = [
        (rule.line, f"the {'rule' if rule.body else 'prior'} {rule.name}", rule.support) for rule in kb.rules
    ]
    lines += [(line.line, f"the exclusion {line.name}", line.support) for line in kb.exclusions]
    lines += [
        (line.line, f"the unexplained probability of {line.atom}", line.support) for line in kb.unexplained
    ]
    for predicate in kb.predicates.values():
        number = "prior" if predicate.prior is not None else "unexplained probability"
        if predicate.prior is not None or predicate.unexplained is not None:
            lines.append((predicate.line, f"the {number} of {predicate.name}", predicate.support))
    if lines and not kb.sources:
        yield warning(min(line for line, _, _ in lines), "nothing here cites a source", "declare a source")
        return
    for line, what, support in lines:
        if not support.sources:
            yield warning(line, f"{what} cites no source", "cite one, or a convention")


def _unused(kb: KnowledgeBase) -> Iterator[Entry]:
    mentioned = list(_mentioned(kb))
    used = {atom.predicate for atom, counts in mentioned if counts}
    for predicate in kb.predicates.values():
        if predicate.name not in used:
            what = f"the {predicate.kind} {predicate.name} is not used in any rule, exclusion or question"
            yield warning(predicate.line, what, "use or remove it")
    sorted_by = {sort for predicate in kb.predicates.values() for sort in predicate.sorts}
    named: dict[str, set[str]] = {sort: set() for sort in kb.sorts}
    for atom, _ in mentioned:
        for term, of in zip(atom.terms, kb.predicates[atom.predicate].sorts, strict=True):
            named[of].update(kb.sorts[of].values if is_variable(term) else (term,))
    for name, sort in kb.sorts.items():
        idle = [value for value in sort.values if value not in named[name]]
        if name not in sorted_by:
            yield warning(sort.line, f"no predicate has an argument of sort {name}", "use or remove it")
        elif idle:
            yield warning(sort.line, f"of the sort {name} nothing speaks of {', '.join(idle)}", "remove it")


def _uncited(kb: KnowledgeBase, elsewhere: Container[str]) -> Iterator[Entry]:
    cited = {name for support in _supports(kb) for name in support.sources}
    for source in kb.sources.values():
        if source.name not in cited and source.name not in elsewhere:
            yield warning(source.line, f"nothing cites the source {source.name}", "cite or remove it")


def _supports(kb: KnowledgeBase) -> Iterator[Support]:
    yield from (line.support for line in kb.predicates.values())
    yield from (line.support for line in kb.rules)
    yield from (line.support for line in kb.exclusions)
    yield from (line.support for line in kb.unexplained)
    yield from (line.support for line in kb.questions)


def _unasked(kb: KnowledgeBase) -> Iterator[Entry]:
    if not kb.questions:
        return
    revealed = Patterns(atom for question in kb.questions for atom in question.reveals)
    concluded: dict[str, dict[Atom, None]] = {}
    for rule in kb.rules:
        if rule.head is not None:
            concluded.setdefault(rule.head.predicate, {})[rule.head] = None
    for predicate in kb.predicates.values():
        if predicate.kind == "observation" and predicate.name in concluded:
            idle = [str(atom) for atom in concluded[predicate.name] if not revealed.meet(atom)]
            if idle:
                yield warning(predicate.line, f"no question reveals {', '.join(idle[:6])}", "ask for it")


def _seen(kb: KnowledgeBase) -> Iterator[Entry]:
    """Observations that contradict each other or what is given."""
    present: dict[Atom, int] = {}
    absent: dict[Atom, int] = {}
    for observation in kb.situation.observations:
        atom, line = observation.atom, observation.line
        same, opposite = (absent, present) if observation.absent else (present, absent)
        if atom in opposite:
            yield error(line, f"{atom} is observed both present and absent", "keep one of the two")
        elif atom in same:
            yield warning(line, f"{atom} is observed twice", "keep one of the two")
        same.setdefault(atom, line)
    for atom in kb.situation.given:
        present.setdefault(atom, 0)
    for one, other in _Rivals(kb).pairs(present):
        line = max(present[one], present[other])
        yield error(
            line, f"{one} and {other} exclude each other and both are said to hold", "keep one of them"
        )


class _Rivals:
    """Which ground atoms exclude each other."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb = kb
        # Of a predicate: the exclusions, and the places in them, where it stands.
        self.parts: dict[str, list[tuple[int, int]]] = {}
        for number, exclusion in enumerate(kb.exclusions):
            for spot, atom in enumerate(exclusion.atoms):
                self.parts.setdefault(atom.predicate, []).append((number, spot))

    def pairs(self, atoms: Iterable[Atom]) -> Iterator[tuple[Atom, Atom]]:
        """The pairs among `atoms` that cannot both hold."""
        groups: dict[object, Atom] = {}
        excluded = []
        for atom in atoms:
            for spot in self.kb.predicates[atom.predicate].one_of:
                key = atom.predicate, spot, atom.terms[:spot], atom.terms[spot + 1 :]
                first = groups.setdefault(key, atom)
                if first != atom:
                    yield first, atom
            if atom.predicate in self.parts:
                excluded.append(atom)
        for one, other in islice(combinations(excluded, 2), _PAIRS):
            if any(self._apart(one, other)):
                yield one, other

    def _apart(self, one: Atom, other: Atom) -> Iterator[bool]:
        for (number, left), (same, right) in product(self.parts[one.predicate], self.parts[other.predicate]):
            if number == same and left != right:
                atoms = self.kb.exclusions[number].atoms
                pattern = Atom("", atoms[left].terms + atoms[right].terms)
                yield covers(pattern, Atom("", one.terms + other.terms))


def _silent(kb: KnowledgeBase) -> Iterator[Entry]:
    """Rules whose body cannot hold, unless that is said of one of its causes already."""
    rivals, baseless = _Rivals(kb), _baseless(kb)
    for rule, could in zip(kb.rules, possible(kb), strict=True):
        if not could:
            if baseless.isdisjoint(atom.predicate for atom in rule.body):
                yield warning(
                    rule.line, f"the rule {rule.name} can never fire: nothing brings its body about"
                )
        else:
            ground = [atom for atom in rule.body if not any(atom.variables())]
            for one, other in rivals.pairs(dict.fromkeys(ground)):
                what = f"the rule {rule.name} can never fire: {one} and {other} exclude each other"
                yield warning(rule.line, what)
                break


def _repeated(kb: KnowledgeBase) -> Iterator[Entry]:
    seen: dict[object, Rule] = {}
    for rule in kb.rules:
        key = _shape(rule)
        first = seen.setdefault(key, rule)
        if first is rule:
            continue
        where = place(kb.files, first.line)
        if rule.body:
            what = f"the rule {rule.name} says the same as {first.name} ({where})"
            yield warning(rule.line, what, "the two count as two chances; keep one")
        else:
            what = f"the prior {rule.name} replaces {first.name} ({where})"
            yield warning(rule.line, what, "keep one")


def _shape(rule: Rule) -> object:
    """What two rules share that differ in names of variables and order of the body only."""
    names: dict[str, str] = {}
    body = sorted(
        rule.body, key=lambda atom: (atom.predicate, ["" if is_variable(t) else t for t in atom.terms])
    )
    for atom in (*body, *([] if rule.head is None else [rule.head])):
        for variable in atom.variables():
            names.setdefault(variable, f"V{len(names)}")
    return tuple(atom.bind(names) for atom in body), None if rule.head is None else rule.head.bind(names)
