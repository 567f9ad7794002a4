"""Names as an observations file writes them: found in the knowledge base, or refused with the nearest one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mitate.abduce.language import Atom, KnowledgeBase, Predicate
from mitate.abduce.names import did_you_mean
from mitate.back._strict_json import shortened
from mitate.errors import InputError

__all__ = ["Completion", "cause_named", "completion", "known"]

_KEY = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(?:\(([^()]*)\))?\s*")


def known(name: object, names: Iterable[str], what: str, where: str) -> str:
    """`name` itself if it is among `names`.

    Raises:
        InputError: it is not; says the nearest one, or some where none is near.
    """
    all_names = list(names)
    if isinstance(name, str) and name in all_names:
        return name
    todo = did_you_mean(name if isinstance(name, str) else "", all_names)
    raise InputError(f"there is no {what} {shortened(name)}", where=where, todo=todo)


@dataclass(frozen=True, slots=True)
class Completion:
    """A key such as ``pain_side`` or ``lumbar_flexion(forward_bend, _)``: what its value has yet to say.

    Attributes:
        terms: of the atom; None at the one place that is open.
        place: of that open place; None if the key is a whole atom, which is then true or false.
        values: of the open place's sort.
        exclusive: whether at most one of `values` can be.
    """

    predicate: Predicate
    terms: tuple[str | None, ...]
    place: int | None = None
    values: tuple[str, ...] = ()
    exclusive: bool = False

    def atom(self, value: str = "") -> Atom:
        """The atom with `value` at the open place."""
        return Atom(self.predicate.name, tuple(value if term is None else term for term in self.terms))


def completion(
    base: KnowledgeBase,
    key: str,
    kinds: Sequence[str],
    where: str,
    movement: str | None = None,
    what: str = "observation",
) -> Completion:
    """What `key` names in `base`.

    Args:
        kinds: of predicates that may stand here.
        what: to call it in messages.
        movement: fills the place of the sort ``movement``, so that `key` has one argument less.

    Raises:
        InputError: no such predicate or constant, or too many or too few arguments.
    """
    found = _KEY.fullmatch(key)
    names = [name for name, predicate in base.predicates.items() if predicate.kind in kinds]
    if not found:
        known(key, names, what, where)
    name, inside = found.groups() if found else (key, None)
    if name in base.predicates and base.predicates[name].kind == "cause" and "cause" not in kinds:
        raise InputError(
            f"{name} is a cause, which is to be found and not observed",
            where=where,
            todo="leave it out, and give what was seen or answered",
        )
    predicate = base.predicates[known(name, names, what, where)]
    arguments = [] if inside is None or not inside.strip() else [part.strip() for part in inside.split(",")]
    terms: dict[int, str] = {}
    free = list(range(len(predicate.sorts)))
    if movement is not None:
        if "movement" not in predicate.sorts:
            raise InputError(
                f"{name} does not depend on a movement", where=where, todo="write it outside the movement"
            )
        terms[predicate.sorts.index("movement")] = movement
        free.remove(predicate.sorts.index("movement"))
    place = _open_place(predicate, free, arguments, where)
    given = [part for part in arguments if part != "_"]
    for index, term in zip((i for i in free if i != place), given, strict=True):
        sort = predicate.sorts[index]
        terms[index] = known(term, base.sorts[sort].values, sort.replace("_", " "), where)
    whole = tuple(terms.get(i) for i in range(len(predicate.sorts)))
    if place is None:
        return Completion(predicate, whole)
    values = tuple(base.sorts[predicate.sorts[place]].values)
    return Completion(predicate, whole, place, values, place in predicate.one_of)


def cause_named(base: KnowledgeBase, text: str, where: str) -> Atom:
    """The cause that `text` names, such as ``restricted_hip_extension(left)``.

    Raises:
        InputError: no such cause, or not which of several.
    """
    found = completion(base, text, ("cause", "hypothesis"), where, what="cause")
    if found.place is not None:
        each = ", ".join(str(found.atom(value)) for value in found.values)
        raise InputError(f"{shortened(text)} is several causes", where=where, todo=f"name one of {each}")
    return found.atom()


def _open_place(predicate: Predicate, free: list[int], arguments: list[str], where: str) -> int | None:
    """The place that the value has to fill: where ``_`` stands, else the exclusive one, else the last."""
    blanks = [free[i] for i, part in enumerate(arguments[: len(free)]) if part == "_"]
    if len(arguments) == len(free) and len(blanks) <= 1:
        return blanks[0] if blanks else None
    if len(arguments) == len(free) - 1 and not blanks:
        exclusive = [place for place in free if place in predicate.one_of]
        return exclusive[0] if len(exclusive) == 1 else free[-1]
    wanted = ", ".join(predicate.sorts[place] for place in free)
    raise InputError(
        f"{predicate.name} has {len(arguments)} arguments here",
        where=where,
        todo=f"write {predicate.name}({wanted})" if free else f"write {predicate.name} alone",
    )
