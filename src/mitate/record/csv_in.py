"""Weights and people from a clinic's own tables (CSV, RFC 4180, and what spreadsheets make of it).

First a look at what would be done (`read_csv`), then all of it or nothing (`apply`). What is there already is
left as it is, so that the same file can be taken in twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy.orm import Session

from mitate.errors import InputError
from mitate.record import csv_words as words
from mitate.record.audit import note
from mitate.record.csv_lines import MOST_BYTES, BadCell, Line, no_extra, parted, read_lines, word_in
from mitate.record.errors import ConflictError
from mitate.record.opened import Record
from mitate.record.people import PersonFacts, add_people, all_people, numbers_of, plain_number
from mitate.record.weights import NewWeight, far_off, put_weights, weights_of

__all__ = [
    "MOST_BYTES",
    "Applied",
    "CsvPreview",
    "PersonLine",
    "Refused",
    "WeightLine",
    "apply",
    "new_weights",
    "read_csv",
]

What = Literal["weights", "people"]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that cannot be taken in: its number from 1, the column, what is wrong and what to do."""

    line: int
    column: str
    what: str
    todo: str


@dataclass(frozen=True, slots=True)
class WeightLine:
    """A weight that was understood; `known` where it is in the record already."""

    line: int
    person_id: str
    number: str
    weight: NewWeight
    known: bool = False


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person who was understood; `known` where she is in the record already."""

    line: int
    facts: PersonFacts
    known: bool = False


@dataclass(frozen=True, slots=True)
class CsvPreview:
    """What a table would bring.

    Attributes:
        what: weights or people.
        rows: understood, in the order of the table; a line with several weights makes several.
        refused: lines that cannot be taken in, with the reason.
        warnings: in plain words, such as columns that were left aside.
    """

    what: What
    rows: tuple[WeightLine, ...] | tuple[PersonLine, ...]
    refused: tuple[Refused, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def new(self) -> int:
        """How many rows are not in the record yet."""
        return sum(not row.known for row in self.rows)


@dataclass(frozen=True, slots=True)
class Applied:
    """How many rows were added, were known before, and were left out as refused."""

    added: int
    known: int
    left_out: int


def read_csv(
    record: Record, session: Session, content: bytes, what: What = "weights", person_id: str | None = None
) -> CsvPreview:
    """Look at a table; nothing is written.

    Args:
        record: open.
        session: reading or writing.
        content: of the file: UTF-8, UTF-16 with its mark or Shift-JIS; commas, semicolons or tabs.
        what: it holds.
        person_id: whose weights, for a table without a column of numbers.

    Raises:
        InputError: no table, too large, or without the columns that are needed.
        MissingError: no such person.
    """
    if what == "people":
        lines, warnings = read_lines(content, words.PEOPLE, ("name",))
        found, refused = _people(record, session, lines)
        return CsvPreview(what, tuple(found), tuple(refused), tuple(warnings))
    needed = ("date",) if person_id is not None else ("number", "date")
    lines, warnings = read_lines(content, words.WEIGHTS, needed)
    if not set(lines[0].cells if lines else {"weight": ""}) & {"weight", "pre", "post", "dry"}:
        raise InputError(
            "no column of weights", where="line 1", todo="name a column weight, 体重, dry weight or DW"
        )
    if person_id is not None:
        record.key(session, person_id)
    numbers = {} if person_id is not None else numbers_of(all_people(record, session, counts=False))
    zeroless = {number.lstrip("0"): number for number in numbers}
    taken = _Taken(record, session)
    rows: list[WeightLine] = []
    refused, untimed = [], 0
    for line in lines:
        try:
            whose = person_id or _whose(line, numbers, zeroless)
            several, timed = _weights(line)
            rows += taken.take(line, whose, several)
            untimed += not timed
        except BadCell as bad:
            refused.append(Refused(line.line, *bad.told))
    if untimed:
        warnings.append(
            f"lines without a time of day: {untimed}; their weights are taken as of noon, "
            "and a film is matched to a weight of at most three hours before or after it"
        )
    if far := taken.far(rows):
        warnings.append(
            f"lines with a weight far from the same person's others: {', '.join(map(str, far))}; "
            "see whether digits changed places, or a line is somebody else's"
        )
    return CsvPreview(what, tuple(rows), tuple(refused), tuple(warnings))


def apply(
    record: Record, session: Session, preview: CsvPreview, by: str, *, leave_out_refused: bool = False
) -> Applied:
    """Write down what `read_csv` understood in this same transaction: all of it or nothing.

    Raises:
        ConflictError: lines were refused, and leaving them out was not asked for.
    """
    if preview.refused and not leave_out_refused:
        first = preview.refused[0]
        raise ConflictError(
            f"{len(preview.refused)} lines cannot be taken in, the first because: {first.what}",
            where=f"line {first.line}",
            todo="mend them, or say that they are to be left out; nothing was added",
        )
    if preview.what == "people":
        people = cast(tuple[PersonLine, ...], preview.rows)
        add_people(record, session, [row.facts for row in people if not row.known], by)
    else:
        _apply_weights(record, session, preview, by)
    return Applied(preview.new, len(preview.rows) - preview.new, len(preview.refused))


def new_weights(preview: CsvPreview) -> dict[str, list[NewWeight]]:
    """By person, in the order of ids, the weights that are not in the record yet."""
    new: dict[str, list[NewWeight]] = {}
    for row in preview.rows:
        if isinstance(row, WeightLine) and not row.known:
            new.setdefault(row.person_id, []).append(row.weight)
    return dict(sorted(new.items()))  # two tables at once then wait for each other, and not both for ever


def _apply_weights(record: Record, session: Session, preview: CsvPreview, by: str) -> None:
    for person_id, own in new_weights(preview).items():
        put_weights(record.key(session, person_id), session, person_id, own, by)
        note(session, by, "weights.imported", person_id, number=len(own))


def _whose(line: Line, numbers: dict[str, str], zeroless: dict[str, str]) -> str:
    number = line.cells["number"]
    if not number:
        raise BadCell("number", "no patient's number", "say whose weight it is")
    plain = plain_number(number)
    whose = numbers.get(plain)
    if whose is None:
        bare = plain.lstrip("0")
        like = zeroless.get(bare) if bare else None
        if like is not None:
            raise BadCell(
                "number",
                f"nobody has the number {number[:40]!r}, but there is {like!r}",
                "a spreadsheet may have taken the zeros away: make the column text, and write them again",
            )
        raise BadCell("number", f"nobody has the number {number[:40]!r}", "see the number, or add her first")
    return whose


def _weights(line: Line) -> tuple[list[NewWeight], bool]:
    no_extra(line)
    cells = line.cells
    moment = words.moment_of(cells["date"], cells.get("time", ""))
    if isinstance(moment, str):
        raise BadCell("date", *parted(moment))
    context = word_in(line, "context", words.CONTEXTS)
    kind = word_in(line, "kind", words.KINDS)
    found = []
    for column in ("weight", "pre", "post", "dry"):
        if not cells.get(column, ""):
            continue
        kg = words.kg_of(cells[column])
        if isinstance(kg, str):
            raise BadCell(column, *parted(kg))
        here = "dry" if column == "dry" or (column == "weight" and kind == "dry") else "weight"
        phase = column if column in ("pre", "post") else "other" if here == "dry" else context
        found.append(_checked(column, moment[0], kg, here, phase))
    if not found:
        raise BadCell("weight", "no weight", "give it in kilograms, or delete the line")
    return found, moment[1]


def _checked(column: str, at: datetime, kg: float, kind: str, context: str) -> NewWeight:
    try:
        return NewWeight(at, kg, cast(Any, kind), cast(Any, context), "csv")
    except InputError as error:
        where = "date" if error.where == "at" else column
        raise BadCell(where, error.what, error.todo or "correct it") from error


def _people(record: Record, session: Session, lines: list[Line]) -> tuple[list[PersonLine], list[Refused]]:
    seen = {
        same: one.facts for one in all_people(record, session, counts=False) for same in _sames(one.facts)
    }
    rows, refused = [], []
    for line in lines:
        try:
            facts = _person(line)
            before = seen.get(_sames(facts)[0])
            if before is not None and _person_key(before) != _person_key(facts):
                raise BadCell(
                    "number",
                    "another name or birth date is known under this number",
                    "see whether it is the same person",
                )
            namesake = seen.get(_person_key(facts))
            if before is None and facts.birth_date and namesake and not namesake.number:
                raise BadCell(
                    "number",
                    "somebody of this name and birth date is here without a number",
                    "write the number on that person's page, then take the table again",
                )
        except BadCell as bad:
            refused.append(Refused(line.line, *bad.told))
            continue
        rows.append(PersonLine(line.line, facts, known=before is not None))
        if before is None:
            seen |= dict.fromkeys(_sames(facts), facts)
    return rows, refused


def _sames(facts: PersonFacts) -> tuple[tuple[object, ...], ...]:
    """What makes somebody the same: first her number, else her name and birth date."""
    by_name = _person_key(facts)
    return ((plain_number(facts.number),), by_name) if facts.number else (by_name,)


def _person_key(facts: PersonFacts) -> tuple[object, ...]:
    return words.plain(facts.name), facts.birth_date


def _person(line: Line) -> PersonFacts:
    no_extra(line)
    told: dict[str, Any] = {name: line.cells.get(name, "") for name in ("name", "number", "note")}
    sex = line.cells.get("sex", "")
    told["sex"] = word_in(line, "sex", words.SEXES) if sex else None
    told["language"] = word_in(line, "language", words.LANGUAGES) or words.language_of(told["name"])
    for name, read in (("birth_date", words.day_of), ("height_cm", words.height_of)):
        if line.cells.get(name, ""):
            value = read(line.cells[name])
            if isinstance(value, str):
                raise BadCell(name, *parted(value))
            told[name] = value
    try:
        return PersonFacts(**told)
    except InputError as error:
        raise BadCell(error.where or "", error.what, error.todo or "correct it") from error


@dataclass(frozen=True, slots=True)
class _Taken:
    """Weights by what makes them the same, those of the record and those of the lines before."""

    record: Record
    session: Session
    kg: dict[tuple[str, datetime, str, str], float] = field(default_factory=dict)
    lines: dict[tuple[str, datetime, str, str], int] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)

    def take(self, line: Line, whose: str, several: list[NewWeight]) -> list[WeightLine]:
        """The weights of one line, all or none of them."""
        self._read(whose)
        for one in several:
            same = (whose, one.at, one.kind, one.context)
            before = self.kg.get(same, one.kg)
            if before != one.kg:
                place = f"line {self.lines[same]}" if same in self.lines else "the record"
                what = f"{place} has {before:g} kg for the same time"
                raise BadCell("weight", what, "correct one of the two")
        rows = []
        for one in several:
            same = (whose, one.at, one.kind, one.context)
            rows.append(WeightLine(line.line, whose, line.cells.get("number", ""), one, same in self.kg))
            if same not in self.kg:
                self.kg[same], self.lines[same] = one.kg, line.line
        return rows

    def far(self, rows: list[WeightLine]) -> list[int]:
        """Numbers of the lines whose new weights are far from all else that is known of the same person."""
        known: dict[str, list[tuple[datetime, float]]] = {}
        for (whose, at, _, _), kg in self.kg.items():
            known.setdefault(whose, []).append((at, kg))
        found = set()
        for row in rows:
            new = row.weight.at, row.weight.kg
            others = known[row.person_id].copy()
            others.remove(new)
            if not row.known and far_off(others, *new) is not None:
                found.add(row.line)
        return sorted(found)

    def _read(self, whose: str) -> None:
        if whose not in self.people:
            self.people.add(whose)
            for one in weights_of(self.record, self.session, whose):
                self.kg[(whose, one.at, one.kind, one.context)] = one.kg
