"""Cohorts on disk: what is written reads back equal, and whatever is wrong is one message at its line."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.edema.cohort import (
    Cohort,
    Participant,
    Session,
    check_cohort,
    read_cohort,
    write_cohort,
)
from mitate.errors import InputError
from mitate.tables import unwritable

PEOPLE = "participant_id\tsex\tage\tdry_weight_kg\np1\tF\t71\t52.4\np2\tM\t\t\n"
SESSIONS = (
    "participant_id\tsession_id\tday\tphase\tweight_kg\tcaptured_at\tvideo\n"
    "p1\ts1\t1\tpre\t55.0\t2024-05-01T09:00\tvideos/a.mp4\n"
    "p1\ts2\t1\tpost\t52.6\t2024-05-01T13:00\tvideos/b.mp4\n"
    "p2\ts1\t1\tpre\t71.0\t\tvideos/c.mp4\n"
    "p2\ts2\t1\tpost\t\t\tvideos/d.mp4\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make(tmp_path)
    return tmp_path


def make(root: Path, people: str | bytes = PEOPLE, sessions: str | bytes = SESSIONS) -> None:
    (root / "videos").mkdir(exist_ok=True)
    for name in "abcd":
        (root / "videos" / f"{name}.mp4").write_bytes(name.encode())
    for name, text in (("participants", people), ("sessions", sessions)):
        raw = text if isinstance(text, bytes) else text.encode()
        (root / f"{name}.tsv").write_bytes(raw)


def errors(root: Path) -> list[str]:
    return [
        f"{Path(p.file).name}:{p.line}:{p.column} {p.message}"
        for p in check_cohort(root)
        if p.severity == "error"
    ]


def test_a_good_cohort_has_no_problems(root: Path) -> None:
    assert check_cohort(root) == []
    cohort = read_cohort(root)
    assert (cohort.name, cohort.simulated) == (root.name, False)
    assert cohort.participants == (Participant("p1", "F", 71, 52.4), Participant("p2", "M"))
    assert cohort.sessions[0] == Session("p1", "s1", 1, "pre", 55.0, datetime(2024, 5, 1, 9), "videos/a.mp4")
    assert cohort.sessions[3].weight_kg is None
    assert cohort.video_path(cohort.sessions[0]).read_bytes() == b"a"
    assert [s.phase for s in cohort.sessions_of("p1")] == ["pre", "post"]
    assert cohort.participant("p2").sex == "M"
    with pytest.raises(InputError, match="no participant 'p3'"):
        cohort.participant("p3")


def test_cohort_toml_names_the_data(root: Path) -> None:
    text = 'name = "Sakura"\nsimulated = true\nlicence = "CC0"\nother = 1\n'
    (root / "cohort.toml").write_text(text)
    cohort = read_cohort(root)
    assert (cohort.name, cohort.simulated, cohort.licence) == ("Sakura", True, "CC0")
    (root / "cohort.toml").write_text('name = "x"\nsimulated = maybe\n')
    with pytest.raises(InputError, match=r"cohort\.toml:2:\d+: not a TOML file"):
        read_cohort(root)
    (root / "cohort.toml").write_text('simulated = "yes"\n')
    with pytest.raises(InputError, match="simulated must be true or false"):
        read_cohort(root)
    (root / "cohort.toml").write_bytes(b"name = '\xff'")
    assert len(errors(root)) == 1


JAPANESE = PEOPLE.replace("p1", "山田ゆき")
WESTERN = PEOPLE.replace("p1", "Müller-José")


@pytest.mark.parametrize(
    ("encoding", "text", "warned"),
    [
        ("utf-8-sig", JAPANESE, False),
        ("utf-16", JAPANESE, False),
        ("utf-32", JAPANESE, False),
        ("cp932", JAPANESE, True),
        ("latin-1", WESTERN, True),
    ],
)
def test_encodings(root: Path, encoding: str, text: str, warned: bool) -> None:
    name = text.splitlines()[1].split("\t")[0]
    make(root, text.encode(encoding), SESSIONS.replace("p1", name))
    assert read_cohort(root).participants[0].participant_id == name
    found = check_cohort(root)
    assert [p.severity for p in found] == ["warning"] * warned
    assert all(p.line == 2 and name[:2] in p.message for p in found)


@pytest.mark.parametrize("raw", [b"\xff\xfea", PEOPLE.encode("utf-16-le"), b"\xef\xbb\xbfa\nb\xff"])
def test_broken_encodings_are_named(root: Path, raw: bytes) -> None:
    make(root, raw)
    assert "UTF" in errors(root)[0]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n", "  \n", "\n\t\t\t\n"])
def test_line_ends_and_blank_lines(root: Path, end: str) -> None:
    plain = read_cohort(root)
    make(root, PEOPLE.replace("\n", end) + "\n \n", SESSIONS.replace("\n", end))
    assert read_cohort(root) == plain


def test_line_numbers_hold_for_every_line_end(root: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        make(root, sessions=SESSIONS.replace("71.0", "700").replace("\n", end))
        assert errors(root)[0].startswith("sessions.tsv:4:13 weight_kg: 700 kg is outside 20 to 350 kg")


def test_full_width_digits_free_order_and_other_columns(root: Path) -> None:
    plain = read_cohort(root)
    lines = [line.split("\t") for line in SESSIONS.replace("55.0", "５５．０").splitlines()]
    text = "\n".join("\t".join([*line[::-1], "a note"]) for line in lines)
    make(root, PEOPLE.replace("sex", " Sex "), text)
    assert read_cohort(root) == plain


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("55.0", "0", "sessions.tsv:2:13 weight_kg: 0 kg is outside"),
        ("55.0", "55,0", "decimal comma; write 55.0"),
        ("55.0", "55kg", "has a unit"),
        ("55.0", "1e999", "outside"),
        ("55.0", "5_5", "not a number"),
        ("p1\ts2", "p1\ts1", "sessions.tsv:3:4 session 's1' of 'p1' stands already in line 2"),
        ("p2\ts1", "p9\ts1", "participant 'p9' is not in participants.tsv"),
        ("p2\ts1", "\ts1", "participant_id is empty"),
        ("1\tpre\t55", "1\tduring\t55", "phase 'during' is unknown"),
        ("1\tpre\t55", "1.5\tpre\t55", "day '1.5' is not a whole number"),
        ("1\tpre\t55", "1e999\tpre\t55", "is not a whole number"),
        ("1\tpre\t55", "-1\tpre\t55", "is not a whole number"),
        ("1\tpost\t52", "2\tpost\t52", "day 1 of 'p1' has a pre session and no post session"),
        ("1\tpost\t52", "1\tpre\t52", "day 1 has a pre session already in line 2"),
        ("2024-05-01T13:00", "31.5.2024", "is not a date and time"),
        ("2024-05-01T13:00", "0024-05-01T13:00", "the year 24 is not plausible"),
        ("2024-05-01T13:00", "2024-05-01T08:00", "day 1 post was captured before day 1 pre in line 2"),
        ("videos/a.mp4", "videos/z.mp4", "the video 'videos/z.mp4' does not exist"),
        ("videos/a.mp4", "videos", "does not exist"),
        ("videos/a.mp4", "../a.mp4", "not a path below"),
        ("videos/a.mp4", "videos\\..\\..\\a.mp4", "not a path below"),
        ("videos/a.mp4", "/etc/passwd", "not a path below"),
        ("videos/a.mp4", "C:\\a.mp4", "not a path below"),
        ("videos/a.mp4", "v" * 5000, "does not exist"),
        ("videos/b.mp4", "videos/a.mp4", "already the one of line 2"),
        ("videos/b.mp4", "videos/b.mp4\tx", "sessions.tsv:3:49 8 cells, but the first line names 7"),
        ("weight_kg", "weight", "no column 'weight_kg'"),
        ("captured_at", "day", "the column 'day' stands twice"),
        ("\t", ",", "separated by commas"),
        ("\t", ";", "separated by semicolons"),
        (SESSIONS, "", "the table is empty"),
        (SESSIONS, SESSIONS.splitlines()[0], "no sessions"),
        (SESSIONS, SESSIONS + '"' + "x" * 200_000, "not a table"),
    ],
)
def test_each_mistake_has_its_message(root: Path, old: str, new: str, expected: str) -> None:
    assert old in SESSIONS
    make(root, sessions=SESSIONS.replace(old, new))
    assert any(expected in error for error in errors(root)), errors(root)
    with pytest.raises(InputError, match=r"(sessions|participants)\.tsv"):
        read_cohort(root)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("p2\tM", "p1\tM", "participants.tsv:3:1 participant 'p1' stands already in line 2"),
        ("71", "171", "age: 171 years is outside"),
        ("52.4", "5.24", "dry_weight_kg: 5.24 kg is outside"),
        ("52.4", "90", "dry weight 90 kg is 36.2 kg from the typical weight 53.8 kg"),
        (PEOPLE, "participant_id\n", "no column 'sex'"),
        (PEOPLE, PEOPLE.splitlines()[0], "no participants"),
    ],
)
def test_each_mistake_in_participants(root: Path, old: str, new: str, expected: str) -> None:
    make(root, PEOPLE.replace(old, new))
    assert any(expected in error for error in errors(root)), errors(root)


@pytest.mark.parametrize(
    ("people", "sessions", "expected"),
    [
        (("M", "X"), ("", ""), "sex 'X' is not F, M or other"),
        (("52.4", "42"), ("", ""), "dry weight 42 kg is 11.8 kg from"),
        (("p2\tM", "p3\tM\t\t\np2\tM"), ("", ""), "participant 'p3' has no sessions"),
        (("", ""), ("52.6", "56"), "heavier after dialysis"),
        (("", ""), ("videos/a.mp4", ""), "no video"),
    ],
)
def test_warnings_do_not_stop_reading(
    root: Path, people: tuple[str, str], sessions: tuple[str, str], expected: str
) -> None:
    make(
        root,
        PEOPLE.replace(*people) if people[0] else PEOPLE,
        SESSIONS.replace(*sessions) if sessions[0] else SESSIONS,
    )
    read_cohort(root)
    assert [expected in problem.message for problem in check_cohort(root)] == [True]


def test_days_and_dates_go_forward_together(root: Path) -> None:
    later = "p1\ts3\t2\tpost\t52\t2024-04-30\t\np1\ts4\t3\tpost\t52\t2024-05-03T01:00+09:00\t\n"
    make(root, sessions=SESSIONS + later)
    assert errors(root) == ["sessions.tsv:6:17 day 2 post was captured before day 1 post in line 3"]


def test_the_first_error_and_how_many_more(root: Path) -> None:
    make(root, sessions=SESSIONS.replace("55.0", "0").replace("71.0", "700"))
    with pytest.raises(InputError) as caught:
        read_cohort(root)
    message = str(caught.value)
    assert f"{root / 'sessions.tsv'}:2:13: weight_kg: 0 kg" in message
    assert "1 more: run `mitate edema check" in message


def test_links_out_of_the_folder_are_refused(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "a.mp4"
    outside.write_bytes(b"a")
    link = root / "videos" / "a.mp4"
    link.unlink()
    link.symlink_to(outside)
    assert "a link that leaves" in errors(root)[0]
    link.unlink()
    link.symlink_to(link)
    assert "does not exist" in errors(root)[0]


def test_missing_folder_and_tables(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"participants\.tsv: cannot be read"):
        read_cohort(tmp_path / "absent")
    (tmp_path / "participants.tsv").mkdir()
    assert len(errors(tmp_path)) == 2


# --- properties -------------------------------------------------------------------------------------------

_IDS = st.text(min_size=1, max_size=8).filter(lambda text: unwritable(text) is None)
_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1), timezones=st.sampled_from([None, UTC]))


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    names = draw(st.lists(_IDS, min_size=1, max_size=4, unique=True))
    people, sessions = [], []
    for name in names:
        dry = draw(st.floats(40, 90))
        age = draw(st.none() | st.floats(0, 120))
        people.append(Participant(name, draw(st.sampled_from(["F", "M", "other", ""])), age, dry))
        days = draw(st.lists(st.integers(0, 50), max_size=3, unique=True))
        ids = iter(draw(st.lists(_IDS, min_size=6, max_size=6, unique=True)))
        times: Iterator[datetime] = iter(sorted(draw(st.lists(_TIMES, min_size=6, max_size=6)), key=_wall))
        for day in sorted(days):
            for phase, weight in (("pre", dry + 2), ("post", None)):
                sessions.append(Session(name, next(ids), day, phase, weight, next(times)))  # type: ignore[arg-type]
    sessions = sessions or [Session(names[0], "s", 0, "other")]
    return Cohort(
        draw(_NAMES), tuple(people), tuple(sessions), draw(st.booleans()), draw(_NAMES), draw(_NAMES)
    )


def _wall(time: datetime) -> datetime:
    return time.replace(tzinfo=None)


@settings(max_examples=150)
@given(cohorts())
def test_what_is_written_reads_back_equal(tmp_path_factory: pytest.TempPathFactory, cohort: Cohort) -> None:
    root = tmp_path_factory.mktemp("cohort")
    write_cohort(root, cohort)
    assert read_cohort(root) == cohort
    shutil.rmtree(root)


_CELLS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["p1", "pre", "post", "1", "55", "videos/a.mp4", "2024-05-01", "", '"', "..", "NaN", "55,0"]
    ),
    st.floats().map(str),
)


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-16", "surrogatepass")),
        st.lists(st.lists(_CELLS, max_size=9).map("\t".join), max_size=6).map(
            lambda lines: (SESSIONS + "\n".join(lines)).encode("utf-8", "surrogatepass")
        ),
    ),
    st.sampled_from(["participants.tsv", "sessions.tsv", "cohort.toml"]),
)
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, name: str
) -> None:
    root = tmp_path_factory.mktemp("cohort")
    make(root)
    (root / name).write_bytes(raw)
    found = check_cohort(root)
    assert all(problem.message and problem.todo and problem.line >= 0 for problem in found)
    if any(problem.severity == "error" for problem in found):
        with pytest.raises(InputError):
            read_cohort(root)
    else:
        weights = [session.weight_kg for session in read_cohort(root).sessions]
        assert all(weight is None or math.isfinite(weight) for weight in weights)
    shutil.rmtree(root)


@pytest.mark.parametrize("bad", ["", " p", "p\t1", "p\n", "\ud800"])
def test_what_a_table_cannot_hold_is_not_written(tmp_path: Path, bad: str) -> None:
    cohort = Cohort("c", (Participant(bad),), ())
    with pytest.raises(InputError, match="participant_id"):
        write_cohort(tmp_path / "c", cohort)
    with pytest.raises(InputError, match="not text"):
        write_cohort(tmp_path / "c", replace(cohort, participants=(), name="\ud800"))
    assert not (tmp_path / "c").exists()
