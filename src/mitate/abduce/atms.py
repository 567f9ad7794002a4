"""Reads the public ``.atms`` problems: propositional Horn clauses ``a, b -> c.``, one a line.

The convention is that of R. Koitz-Hristov and F. Wotawa's diagnosis problems (collected with
github:nqtuan0192/LinearAlgebraicComputationofAbduction, MIT): atoms that start with ``H`` can be assumed, and
the head of the last clause, ``explain`` or ``obs``, is to be explained. All hypotheses are equally probable,
so that the cheapest explanation is the one with the fewest.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from mitate.abduce.language import (
    Atom,
    KnowledgeBase,
    Label,
    Observation,
    Predicate,
    Rule,
    Situation,
    Support,
)
from mitate.errors import InputError

__all__ = ["PRIOR", "parse_atms", "read_atms"]

PRIOR = math.exp(-1)
"""The prior of each hypothesis: an explanation costs one nat for each hypothesis in it."""

_CLAUSE = re.compile(r"\s*(\w+(?:\s*,\s*\w+)*)\s*->\s*(\w+)\s*\.\s*\Z", re.ASCII)
_PIECE = re.compile(r"\s*(\w+|->|[,.])", re.ASCII)
_MAX_CHARACTERS = 64_000_000
_NONE, _WORDLESS = Support(), Label("")
_SAID = {".": "`.`", ", or ->": "`,` or `->`"}


def read_atms(path: str | Path) -> KnowledgeBase:
    """The problem in a file; otherwise as `parse_atms`."""
    path = Path(path)
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"this file cannot be read: {error.strerror or error}", where=path) from None
    except UnicodeDecodeError:
        raise InputError("this is not UTF-8 text", where=path) from None
    return parse_atms(text, str(path))


def parse_atms(text: str, name: str = "<text>") -> KnowledgeBase:
    """The problem in a text: hypotheses are causes, clauses are certain rules, the goal must be explained.

    Args:
        text: one clause a line; empty lines and ``%`` comments are passed over.
        name: what to call it in messages.

    Raises:
        InputError: a line is no clause (``where`` is ``name:line:column``), or there is none.
    """
    if len(text) > _MAX_CHARACTERS:
        raise InputError("this is too long for one problem", where=name)
    atoms = _Atoms()
    bodies: dict[str, tuple[Atom, ...]] = {}  # many clauses share one
    rules: list[Rule] = []
    for number, line in enumerate(text.splitlines(), 1):
        found = _CLAUSE.match(line)
        if found is None:
            if line.strip() and not line.lstrip().startswith("%"):
                raise _refusal(line, f"{name}:{number}")
            continue
        written, head = found.groups()
        body = bodies.get(written)
        if body is None:
            words = dict.fromkeys("".join(written.split()).split(","))
            body = bodies[written] = tuple(map(atoms.__getitem__, words))
        rules.append(Rule(f"line_{number}", body, atoms[head], 1.0, _NONE, number))
    if not rules:
        raise InputError("there is no clause here", where=name, todo="write clauses such as H_1, H_2 -> e.")
    goal = rules[-1].head
    if goal is None or goal.predicate.startswith("H"):
        raise InputError(
            "the last clause concludes a hypothesis, and should conclude what is to be explained",
            where=f"{name}:{rules[-1].line}",
        )
    predicates = {word: _predicate(word) for word in atoms}
    situation = Situation((Observation(goal, line=rules[-1].line),))
    return KnowledgeBase(
        Label(""), predicates=predicates, rules=tuple(rules), situation=situation, files=(name,)
    )


class _Atoms(dict[str, Atom]):
    """Atoms by name, made when first asked for."""

    def __missing__(self, name: str) -> Atom:
        atom = self[name] = Atom(name)
        return atom


def _predicate(name: str) -> Predicate:
    if name.startswith("H"):
        return Predicate(name, "cause", (), _WORDLESS, prior=PRIOR)
    return Predicate(name, "derived", (), _WORDLESS)


def _refusal(line: str, where: str) -> InputError:
    """What is wrong with a line that is no clause: the first piece that cannot stand where it stands."""
    position, expected, arrow = 0, "a name", False
    while True:
        found = _PIECE.match(line, position)
        piece = found[1] if found else ""
        kind = "a name" if piece.replace("_", "a").isalnum() else piece
        if not found or kind not in expected.split(" or "):
            rest = line[position:]
            column = (
                position + len(rest) - len(rest.lstrip()) + 1
                if found or rest.strip()
                else len(line.rstrip()) + 1
            )
            shown = f"`{piece or rest.strip()[:1]}`" if rest.strip() else "the end of the line"
            return InputError(
                f"{shown} cannot stand here; expected {_SAID.get(expected, expected)}",
                where=f"{where}:{column}",
                todo="a clause reads: H_1, H_2 -> e.",
            )
        position = found.end()
        arrow = arrow or kind == "->"
        if kind == "a name":
            expected = "." if arrow else ", or ->"
        elif kind == ".":
            expected = "the end of the line"
        else:
            expected = "a name"
