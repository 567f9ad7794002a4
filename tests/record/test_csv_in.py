"""Tables of clinics: understood or refused line by line, added all or none, and only once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.errors import InputError
from mitate.record.csv_in import apply, read_csv
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record, open_record
from mitate.record.people import PersonFacts, add_people, all_people, get_person
from mitate.record.schema import new_id
from mitate.record.vault import Vault
from mitate.record.weights import weights_of

BY = "0" * 32


@pytest.fixture
def people(record: Record) -> list[str]:
    with record.database.writing() as session:
        return add_people(record, session, [PersonFacts("Hana", "001"), PersonFacts("Taro", "002")], BY)


def weights(record: Record, person: str) -> list[tuple[str, float, str, str]]:
    with record.database.reading() as session:
        return [
            (one.at.astimezone().strftime("%m-%d %H:%M"), one.kg, one.kind, one.context)
            for one in weights_of(record, session, person)
        ]


def take(record: Record, content: bytes, **options: Any) -> tuple[int, int, int]:
    leave = options.pop("leave_out_refused", False)
    with record.database.writing() as session:
        done = apply(
            record, session, read_csv(record, session, content, **options), BY, leave_out_refused=leave
        )
    return done.added, done.known, done.left_out


WIDE = (
    "患者番号{0}日付{0}時刻{0}前体重(kg){0}後体重(kg){0}ドライウェイト\r\n"
    "001{0}2026/3/2{0}8:30{0}66{1}2{0}63{1}4{0}63{1}0\r\n"
)
EXPECTED = [
    ("03-02 08:30", 63.0, "dry", "other"),
    ("03-02 08:30", 63.4, "weight", "post"),
    ("03-02 08:30", 66.2, "weight", "pre"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize(("separator", "point"), [(",", "."), (";", ","), ("\t", ","), (";", ".")])
def test_a_table_as_spreadsheets_save_it(
    record: Record, people: list[str], encoding: str, separator: str, point: str
) -> None:
    content = WIDE.format(separator, point).encode(encoding)
    assert take(record, content) == (3, 0, 0)
    assert sorted(weights(record, people[0]), key=lambda one: one[1]) == EXPECTED
    assert take(record, content) == (0, 3, 0)
    assert len(weights(record, people[0])) == 3


def test_a_long_table_with_contexts_and_kinds(record: Record, people: list[str]) -> None:
    content = (
        b"patient,measured at,kg,phase,kind\n"
        b"001,2026-03-02T08:30:00+09:00,66.2,before,\n"
        b'002,2026-03-02,"70,1",after,\n'
        b"002,2026-03-02,68,,dry weight\n"
    )
    assert take(record, content) == (3, 0, 0)
    assert [one[1:] for one in weights(record, people[1])] in (
        [(70.1, "weight", "post"), (68.0, "dry", "other")],
        [(68.0, "dry", "other"), (70.1, "weight", "post")],
    )
    with record.database.reading() as session:
        at = weights_of(record, session, people[0])[0].at
    assert at == datetime.fromisoformat("2026-03-02T08:30:00+09:00")


BAD = """number,date,time,weight,context
001,2026-03-02,8:30,66.2,pre
009,2026-03-02,8:30,66.2,pre
,2026-03-02,8:30,66.2,pre
001,02.03.2026,8:30,66.2,pre
001,2026-03-03,half past,66.2,pre
001,2026-03-03,8:30,662,pre
001,2026-03-03,8:30,66,2,pre
001,2026-03-03,8:30,,pre
001,2026-03-03,8:30,66.2,sitting
001,2026-03-02,8:30,66.3,pre
001,2126-03-02,8:30,66.3,pre
001,2026-03-02,8:30,66.2,pre
"""


def test_every_refused_line_says_where_what_and_what_to_do(record: Record, people: list[str]) -> None:
    with record.database.reading() as session:
        found = read_csv(record, session, BAD.encode())
    assert [(one.line, one.known) for one in found.rows] == [(2, False), (13, True)]
    assert [(one.line, one.column) for one in found.refused] == [
        (3, "number"), (4, "number"), (5, "date"), (6, "date"), (7, "weight"), (8, ""), (9, "weight"),
        (10, "context"), (11, "weight"), (12, "date"),
    ]  # fmt: skip
    assert all(one.what and one.todo for one in found.refused)
    assert "'009'" in found.refused[0].what
    assert "line 2 has 66.2 kg" in found.refused[8].what


def test_all_or_nothing_unless_the_rest_is_asked_for(record: Record, people: list[str]) -> None:
    with pytest.raises(ConflictError, match="10 lines"):
        take(record, BAD.encode())
    assert weights(record, people[0]) == []
    assert take(record, BAD.encode(), leave_out_refused=True) == (1, 1, 10)
    assert weights(record, people[0]) == [("03-02 08:30", 66.2, "weight", "pre")]


def test_another_weight_for_a_time_in_the_record_is_refused(record: Record, people: list[str]) -> None:
    one = b"number,date,weight\n001,2026-03-02,66.2\n"
    take(record, one)
    with record.database.reading() as session:
        found = read_csv(record, session, one.replace(b"66.2", b"66.3"))
    assert "the record has 66.2 kg" in found.refused[0].what


def test_a_line_that_fails_half_way_leaves_nothing_behind(record: Record, people: list[str]) -> None:
    content = (
        b"number,date,pre,post\n001,2026-03-02,66.2,63\n001,2026-03-03,67,900\n"
        b"001,2026-03-02,66.2,64\n001,2026-03-03,67,63\n"
    )
    assert take(record, content, leave_out_refused=True) == (4, 0, 2)


def test_zeros_that_a_spreadsheet_took_away_are_seen(record: Record, people: list[str]) -> None:
    with record.database.reading() as session:
        found = read_csv(record, session, b"number,date,weight\n1,2026-03-02,66.2\n0,2026-03-02,66.2\n")
    assert [one.what for one in found.refused] == [
        "nobody has the number '1', but there is '001'",
        "nobody has the number '0'",
    ]
    assert "zeros" in (found.refused[0].todo or "")


def test_a_table_of_one_person_needs_no_numbers(record: Record, people: list[str]) -> None:
    content = b"date;weight\n2026-03-02;66,2\n"
    assert take(record, content, person_id=people[1]) == (1, 0, 0)
    assert len(weights(record, people[1])) == 1
    with pytest.raises(InputError, match="no column for the number"):
        take(record, content)
    with pytest.raises(MissingError):
        take(record, content, person_id="0" * 32)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not text"),
        (b"\xff\xfeabc", "is not UTF-16"),
        (b"number,date\n001,2026-03-02\n", "no column of weights"),
        (b"number,weight\n001,66\n", "no column for the date"),
        (b"number,date,weight,kg\n", "stands twice"),
        (b'number,date,weight\n001,2026-03-02,"66' + b"x" * 200_000, "not a table"),
        (b"number,date,weight\n" + b"001,2026-03-02,66\n" * 50_001, "too many"),
        (b"n" * 5_000_001, "larger than 5 MB"),
        ("number,date,weight\n".encode("utf-16-le"), "not text"),
    ],
)
def test_what_is_no_table_is_told_as_a_whole(
    record: Record, people: list[str], content: bytes, what: str
) -> None:
    with record.database.reading() as session, pytest.raises(InputError) as caught:
        read_csv(record, session, content)
    assert what in caught.value.what
    assert caught.value.todo


def test_warnings_name_columns_left_aside_and_times_that_were_not_told(
    record: Record, people: list[str]
) -> None:
    content = "番号,日付,体重,血圧\n001,2026/3/2,66,120\n".encode("cp932")
    with record.database.reading() as session:
        warnings = " ".join(read_csv(record, session, content).warnings)
    assert "血圧" in warnings
    assert "noon" in warnings
    assert "Shift-JIS" in warnings


PEOPLE = (
    "患者番号,氏名,性別,生年月日,身長\n"
    "001,佐藤 花,女,1950/4/1,158\n002,鈴木一郎,男,1949年3月2日,\n"
    ",Ann Lee,F,1960-01-31,171.5\n"
)


def test_people_are_added_once(record: Record) -> None:
    assert take(record, PEOPLE.encode("cp932"), what="people") == (3, 0, 0)
    assert take(record, PEOPLE.encode(), what="people") == (0, 3, 0)
    with record.database.reading() as session:
        everybody = [one.facts for one in all_people(record, session)]
    assert [(one.name, one.sex, one.language, one.height_cm) for one in everybody] == [
        ("Ann Lee", "female", "en", 171.5),
        ("佐藤 花", "female", "ja", 158.0),
        ("鈴木一郎", "male", "ja", None),
    ]


def test_nobody_comes_twice_because_the_number_came_later(record: Record) -> None:
    take(record, PEOPLE.encode(), what="people")
    later = "number,name,sex,birth_date\n003,Ann Lee,F,1960-01-31\n004,Ann Lee,F,1961-01-31\n"
    with record.database.reading() as session:
        found = read_csv(record, session, later.encode(), "people")
    assert [(one.line, one.column) for one in found.refused] == [(2, "number")]
    assert "without a number" in found.refused[0].what
    assert [(one.line, one.known) for one in found.rows] == [(3, False)]  # another Ann Lee


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("001,Somebody Else,F,1950/4/1,158", "number"),
        ("005,,F,1950/4/1,158", "name"),
        ("005,A,X,1950/4/1,158", "sex"),
        ("005,A,F,4/1/1950,158", "birth_date"),
        ("005,A,F,1950/4/1,1.58", "height_cm"),
        ("005,A,F,1950/4/1,tall", "height_cm"),
    ],
)
def test_people_who_cannot_be_are_refused(record: Record, line: str, column: str) -> None:
    take(record, PEOPLE.encode(), what="people")
    with record.database.reading() as session:
        found = read_csv(record, session, f"番号,氏名,性別,生年月日,身長\n{line}\n".encode(), "people")
    assert [one.column for one in found.refused] == [column]


def test_a_table_changes_nobody_who_is_there(record: Record) -> None:
    take(record, PEOPLE.encode(), what="people")
    taller = PEOPLE.replace(",158", ",160")
    assert take(record, taller.encode(), what="people") == (0, 3, 0)
    with record.database.reading() as session:
        hana = next(one.id for one in all_people(record, session) if one.facts.number == "001")
        assert get_person(record, session, hana).height_cm == 158.0


kilograms = st.integers(200, 3500).map(lambda tenth: tenth / 10)
rows = st.lists(
    st.tuples(
        st.sampled_from(["001", "002"]),
        st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)).map(lambda at: at.replace(microsecond=0)),
        kilograms,
        st.sampled_from(["pre", "post", "other"]),
    ),
    max_size=12,
    unique_by=lambda row: (row[0], row[1], row[3]),
)


@settings(max_examples=40, deadline=None)
@given(rows, st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-8-sig", "cp932"]), st.booleans())
def test_what_was_written_is_what_is_read(
    any_record: Record,
    rows: list[tuple[str, datetime, float, str]],
    separator: str,
    encoding: str,
    comma: bool,
) -> None:
    mark = new_id()  # each example has people of its own
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(["番号", "日時", "体重", "前後"])
    for number, at, kg, context in rows:
        told = str(kg).replace(".", ",") if comma else str(kg)
        writer.writerow([f"{mark}{number}", at.isoformat(" "), told, context])
    facts = [PersonFacts("A", f"{mark}001"), PersonFacts("B", f"{mark}002")]
    with any_record.database.writing() as session:
        ids = add_people(any_record, session, facts, BY)
    content = text.getvalue().encode(encoding)
    assert take(any_record, content) == (len(rows), 0, 0)
    assert take(any_record, content) == (0, len(rows), 0)
    with any_record.database.reading() as session:
        found = {
            (number, one.at, one.kg, one.context)
            for number, person in zip(("001", "002"), ids, strict=True)
            for one in weights_of(any_record, session, person)
        }
    assert found == {(number, at.astimezone(), kg, context) for number, at, kg, context in rows}


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6).map(
        lambda table: ("number,date,time,weight,context\n" + "\n".join(map(",".join, table))).encode(
            "utf-8", "surrogatepass"
        )
    ),
    st.sampled_from(["weights", "people"]),
)
def test_any_bytes_are_understood_refused_or_told_as_no_table(
    any_record: Record, content: bytes, what: Any
) -> None:
    with any_record.database.reading() as session:
        try:
            found = read_csv(any_record, session, content, what)
        except InputError:
            return
    assert all(one.line > 0 and one.what and one.todo for one in found.refused)


@pytest.fixture(scope="module")
def any_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    record = open_record(tmp_path_factory.mktemp("any"), Vault.new())
    with record.database.writing() as session:
        add_people(record, session, [PersonFacts("A", "001")], BY)
    yield record
    record.close()


def test_a_line_with_a_weight_far_from_the_others_is_named(record: Record, people: list[str]) -> None:
    def warned(content: str) -> list[str]:
        with record.database.reading() as session:
            found = read_csv(record, session, content.encode()).warnings
        return [one for one in found if "far from" in one]

    head = "number,date,time,weight,dry\n"
    usual = "".join(f"001,2026-03-0{day},8:30,6{day}.2,63.6\n" for day in (2, 4, 6))
    assert warned(head + usual) == []
    [said] = warned(head + usual + "001,2026-03-07,8:30,65.8,36.6\n002,2026-03-07,8:30,36.6,36.0\n")
    assert said.startswith("lines with a weight far from the same person's others: 5; ")
    assert take(record, (head + usual).encode())[0] == 6
    [said] = warned(head + "001,2026-03-08,8:30,36.6,\n")  # against the record as well
    assert ": 2; " in said
