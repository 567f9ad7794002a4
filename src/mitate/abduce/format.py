"""The canonical text of a rule file: one way to write each statement, comments and the author's order kept.

A statement stands on one line where it fits, else its clauses follow indented. Between statements the
author's blank lines stay, one for many. Comments stay before the statement they stood before; one at the end
of a statement's lines stays there, unless the statement has several, which then all move before it.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from lark import Token

from mitate.abduce.language import Label
from mitate.abduce.parse import statements
from mitate.abduce.statements import Clause, Statement, Written

__all__ = ["WIDTH", "format_text"]

WIDTH = 110
"""The longest line, in characters, where a statement can be broken."""

_INDENT = "    "
_ORDER = ("prior", "unexplained", "source", "note")
_TEXT_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?P<comment>#[^\n]*)')


def format_text(text: str, name: str = "<text>") -> str:
    """The same statements in canonical form. Formatting twice changes nothing more.

    Names are not looked up, so that a file which needs others can be formatted by itself.

    Args:
        text: of one rule file.
        name: what to call it in messages.

    Raises:
        InputError: the text does not parse.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    lines: list[str] = []
    for block in _blocks(text, statements(text, name)):
        if block.gap and lines:
            lines.append("")
        lines.extend(block.lines())
    return "".join(f"{line}\n" for line in lines)


@dataclass(slots=True)
class _Block:
    """A statement with its comments; the last block of a file may be comments only.

    `before` has each comment with whether a blank line stands above it; the first one's is the block's `gap`.
    """

    statement: Statement | None
    gap: bool = False
    apart: bool = False  # a blank line parts the comments from the statement
    before: list[tuple[str, bool]] = field(default_factory=list)
    trailing: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        lines: list[str] = []
        alone = len(self.trailing) == 1
        moved = [] if alone else [(comment, False) for comment in self.trailing]
        for comment, gap in [*self.before, *moved]:
            if gap and lines:
                lines.append("")
            lines.append(comment)
        if self.statement is None:
            return lines
        if self.apart:
            lines.append("")
        lines.extend(_rendered(self.statement))
        if alone:
            lines[-1] += f"  {self.trailing[0]}"
        return lines


def _blocks(text: str, written: Sequence[Statement]) -> list[_Block]:
    blocks = [*map(_Block, written), _Block(None)]
    starts = [*(statement.start.start_pos or 0 for statement in written), len(text)]
    comments = deque(found.span() for found in _TEXT_OR_COMMENT.finditer(text) if found["comment"])
    for index, (block, start) in enumerate(zip(blocks, starts, strict=True)):
        spans: list[tuple[int, int]] = []
        while comments and comments[0][0] < start:
            spans.append(comments.popleft())
        _share(text, spans, start, blocks[index - 1] if index else block, block)
    return blocks


def _share(text: str, spans: list[tuple[int, int]], start: int, previous: _Block, block: _Block) -> None:
    """Give the comments between two statements to the one or the other, and see the blank lines."""
    outside = start  # from here on there are only comments before `block`
    for begin, end in reversed(spans):
        if text[end:outside].strip():
            break
        outside = begin
    for begin, end in spans:
        comment = text[begin:end].rstrip()
        if not _first_on_line(text, begin):
            previous.trailing.append(comment)
        elif begin >= outside:
            block.before.append((comment, _blank_above(text, begin)))
        else:
            previous.before.append((comment, False))
    block.gap = block.before[0][1] if block.before else _blank_above(text, start)
    block.apart = bool(block.before) and _blank_above(text, start)


def _first_on_line(text: str, position: int) -> bool:
    return not text[text.rfind("\n", 0, position) + 1 : position].strip()


def _blank_above(text: str, position: int) -> bool:
    line = text.rfind("\n", 0, position) + 1
    above = text.rfind("\n", 0, max(line - 1, 0)) + 1
    return line > 0 and not text[line:position].strip() and not text[above:line].strip()


def _rendered(statement: Statement) -> list[str]:
    main, clauses = _main(statement), [_clause(clause) for clause in _in_order(statement)]
    whole = " ".join([*main, *clauses])
    if len(whole) <= WIDTH:
        return [whole]
    if len(" ".join(main)) <= WIDTH:
        return [" ".join(main), *_filled(clauses)]
    if statement.kind == "sort":
        return [main[0], *(_INDENT + part for part in main[1:]), *_filled(clauses)]
    return [main[0], *_filled(main[1:]), *_filled(clauses)]


def _filled(parts: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 1 + len(part) <= WIDTH:
            lines[-1] += f" {part}"
        else:
            lines.append(_INDENT + part)
    return lines


def _main(statement: Statement) -> list[str]:
    """What comes before the clauses, in the parts between which a line may be broken."""
    kind, name, number = statement.kind, statement.name or "", _number(statement.number)
    label = "" if statement.label is None else f" {_label(statement.label)}"
    head = "" if statement.head is None else _atom(statement.head)
    body = [_atom(atom) for atom in statement.body]
    if kind == "title":
        return [f"title{label}"]
    if kind == "source":
        link = [] if statement.url is None else [f"at {_quoted(statement.url)}"]
        return [f"source {name} {_quoted(statement.text)}", *link]
    if kind == "convention":
        return [f"convention {name} {_quoted(statement.text)} at most {number}"]
    if kind == "sort":
        values = [value if words is None else f"{value} {_label(words)}" for value, words in statement.values]
        return [f"sort {name}{label} =", *_listed(values)]
    if kind in ("rule", "never"):
        parts = [body[0], *(f"and {atom}" for atom in body[1:])]
        if kind == "never":
            return [f"rule {name}: never {parts[0]}", *parts[1:]]
        return [f"rule {name}: {parts[0]}", *parts[1:], f"=> {head} {number}".rstrip()]
    if kind == "prior":
        return [f"prior {name}: {head} {number}"]
    if kind == "exclude":
        first, *rest = _listed(body)
        return [f"exclude {name}: {first}", *rest]
    if kind == "unexplained":
        return [f"unexplained {head} {number}"]
    if kind == "ask":
        first, *rest = _listed(body)
        return [f"ask {name}{label} takes {number}", f"reveals {first}", *rest]
    if kind == "observe":
        return [f"observe {'not ' if statement.absent else ''}{head}"]
    if kind == "fact":
        first, *rest = _listed(body)
        return [f"given: {first}", *rest]
    places = f"({', '.join(statement.parameters)})" if statement.parameters else ""
    one_of = [_clause(clause) for clause in statement.clauses if clause.word == "one"]
    return [f"{kind} {name}{places}{label}", *one_of]


def _in_order(statement: Statement) -> list[Clause]:
    clauses = [clause for clause in statement.clauses if clause.word != "one"]
    return sorted(clauses, key=lambda clause: _ORDER.index(str(clause.word)))


def _clause(clause: Clause) -> str:
    if clause.word == "note":
        return f"note {_quoted(clause.text)}"
    if clause.number is not None:
        return f"{clause.word} {_number(clause.number)}"
    return f"{'one of' if clause.word == 'one' else clause.word} {', '.join(clause.names)}"


def _listed(parts: Sequence[str]) -> list[str]:
    return [*(f"{part}," for part in parts[:-1]), parts[-1]]


def _atom(atom: Written) -> str:
    return f"{atom.name}({', '.join(atom.terms)})" if atom.terms else str(atom.name)


def _number(token: Token | None) -> str:
    if token is None:
        return ""
    value = float(token)
    return repr(value).removesuffix(".0") if math.isfinite(value) else str(token)


def _label(label: Label) -> str:
    return f"{_quoted(label.en)} / {_quoted(label.ja)}" if label.ja else _quoted(label.en)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
