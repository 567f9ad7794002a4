"""Errors of the library as pages tell them: in the reader's language, with what to do."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mitate.errors import InputError, MitateError
from mitate.record.accounts import add_account
from mitate.record.csv_in import apply, read_csv
from mitate.record.errors import ConflictError
from mitate.record.opened import Record
from mitate.record.people import PersonFacts, add_person
from mitate.record.weights import NewWeight
from mitate.serve import troubles
from mitate.serve.service import Service
from mitate.serve.troubles import in_words
from mitate.serve.words import Say, all_words

SOURCE = Path(troubles.__file__).parents[1]

AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def raised(act: Callable[[], object]) -> MitateError:
    with pytest.raises(MitateError) as found:
        act()
    return found.value


def told(error: MitateError, language: str) -> str:
    return str(in_words(Say(language), error.what, error.todo))


@pytest.mark.parametrize(
    ("act", "japanese"),
    [
        (lambda: NewWeight(AT, 665.0), "665 kgという体重は範囲外です"),
        (lambda: NewWeight(datetime(1776, 7, 4, tzinfo=UTC), 66.5), "日付を確かめてください"),
        (lambda: PersonFacts("A", birth_date=date(1776, 7, 4)), "1776-07-04という生年月日"),
        (lambda: PersonFacts("A", height_cm=15.0), "15 cmという身長"),
        (lambda: PersonFacts(" "), "名前を入力してください"),
        (lambda: PersonFacts("A" * 400), "400文字は長すぎます"),
    ],
)
def test_what_cannot_be_is_told_in_japanese(act: Callable[[], object], japanese: str) -> None:
    error = raised(act)
    assert japanese in told(error, "ja")
    assert "lang=" not in told(error, "ja")
    assert told(error, "en").endswith((".", "?"))


def test_names_and_numbers_in_use_are_told_in_japanese(service: Service) -> None:
    record = service.record

    def twice_a_number() -> None:
        with record.database.writing() as session:
            for name in ("A", "B"):
                add_person(record, session, PersonFacts(name, number="7"), "somebody")

    def twice_a_name() -> None:
        with record.database.writing() as session:
            for _ in range(2):
                add_account(record, session, login="nurse", name="N", roles=("clinician",), secret="x")

    assert "番号はほかの患者に使われています" in told(raised(twice_a_number), "ja")
    assert "サインイン名はすでに使われています" in told(raised(twice_a_name), "ja")


@pytest.mark.parametrize(
    ("table", "japanese"),
    [
        ("", "表が空です"),
        ("number,weight\n", "日付の列がありません"),
        ("date,weight\n", "患者番号の列がありません"),
        ("number,date\n1,2026-11-01\n", "体重の列がありません"),
        ("number,number,date,weight\n", "が2つあります"),
    ],
)
def test_tables_that_cannot_be_read_are_told_in_japanese(service: Service, table: str, japanese: str) -> None:
    with service.record.database.reading() as session:
        error = raised(lambda: read_csv(service.record, session, table.encode()))
    assert japanese in told(error, "ja")


LINES = """number,date,weight,context,colour
1,2026-11-01,66.5,pre,blue
1,the first,66.5,pre,
1,2026-02-31,66.5,pre,
1,2026-11-02,six,pre,
1,2026-11-02,6650,pre,
1,2026-11-02,,pre,
9,2026-11-02,66.5,pre,
,2026-11-02,66.5,pre,
1,2026-11-01,67.5,pre,
1,2026-11-02,66.5,dinner,
1,2026-11-02,66.5,pre,,extra
"""


def test_every_refused_line_and_warning_of_a_table_is_told_in_japanese(service: Service) -> None:
    record = service.record
    with record.database.writing() as session:
        add_person(record, session, PersonFacts("A", number="1"), "somebody")
    with record.database.reading() as session:
        found = read_csv(record, session, LINES.encode())
    assert len(found.refused) == 10
    for one in found.refused:
        assert "lang=" not in str(in_words(Say("ja"), one.what, one.todo)), one.what
    for warning in found.warnings:
        assert "lang=" not in str(in_words(Say("ja"), warning)), warning
    assert "10行" in told(raised(lambda: _apply(record, found)), "ja")


def _apply(record: Record, found: object) -> None:
    with record.database.writing() as session:
        apply(record, session, found, "somebody")  # type: ignore[arg-type]


def test_what_is_known_in_english_only_is_escaped_and_told_in_japanese_by_its_kind() -> None:
    error = InputError("the moon is <full>", where="sky", todo="wait")
    assert told(error, "en") == "The moon is &lt;full&gt;. Wait."
    assert told(error, "ja") == Say("ja")("trouble.other")
    conflict = ConflictError("the moon is full")
    assert str(in_words(Say("ja"), conflict.what, None, "ConflictError")) == Say("ja")("trouble.other_now")


def test_patterns_fill_the_gaps_of_their_words_and_the_first_that_fits_is_the_only_one() -> None:
    for pattern, key in troubles.KNOWN:
        gaps = {name.rstrip("2") for name in re.compile(pattern).groupindex}
        for text in all_words()[key].values():
            assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= gaps, key
    for sentence in said_by_the_library():
        fits = {key for pattern, key in troubles.KNOWN if re.fullmatch(pattern, sentence, re.DOTALL)}
        assert len(fits) <= 1, (sentence, fits)


ERRORS = ("InputError", "ConflictError", "DeniedError", "TooMany", "TooLargeError", "SlowError", "BusyError",
          "NotAFilmError", "HostError", "MethodError", "TusError", "FullError", "WeakError")  # fmt: skip
"""Kinds that tell somebody at a page what to mend; a RecordError is for whoever runs mitate."""
AT_A_TERMINAL = (
    "record/cohort_in.py", "record/database.py", "record/master.py", "record/restoring.py", "record/trail.py",
    "serve/running.py", "serve/words.py", "record/audit.py", "serve/api/live.py", "serve/live/pool.py",
    "serve/live/watching.py", "serve/work/arrays.py", "serve/work/kept_movement.py", "serve/work/packed.py",
)  # fmt: skip
"""Modules whose errors are never shown on a page, or only as a film that could not be read."""


def said_by_the_library() -> list[str]:
    """The sentences of errors that record and serve raise, gaps filled with 7."""
    found = []
    for part in ("record", "serve"):
        for file in sorted((SOURCE / part).rglob("*.py")):
            if str(file.relative_to(SOURCE)) not in AT_A_TERMINAL:
                found += sentences_of(ast.parse(file.read_text("utf-8")))
    return found


def sentences_of(tree: ast.AST) -> list[str]:
    found = []
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or getattr(call.func, "id", "") not in ERRORS or not call.args:
            continue
        what = call.args[1] if getattr(call.func, "id", "") == "TusError" else call.args[0]
        if isinstance(what, ast.Constant):
            found.append(str(what.value))
        elif isinstance(what, ast.JoinedStr):
            found.append("".join(filled(part) for part in what.values))
    return found


def filled(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    quoted = isinstance(part, ast.FormattedValue) and part.conversion == ord("r")
    return "'7'" if quoted else "7"


def test_every_error_that_a_page_can_show_is_told_in_both_languages() -> None:
    said = said_by_the_library()
    assert len(said) > 100
    general = {Say("ja")(key) for key in ("trouble.other",)}
    untold = [one for one in said if str(in_words(Say("ja"), one)) in general and one not in IN_FULL]
    assert untold == []
    for one in said:
        assert not re.search("[A-Za-z]{4,}", NAMES.sub("", str(in_words(Say("ja"), one)))), one


IN_FULL = {"no column for the 7"}
"""Sentences with a gap that decides over the words: looked at above, each as it comes."""
NAMES = re.compile("mitate|JPEG|FHIR|PostgreSQL|pg_dump|WebM")
