"""The table of photos: every problem has its line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from mitate.diagnosis.dataset import check_dataset
from mitate.diagnosis.photographs import Dataset
from mitate.tables import Problem

HEADER = ["person", "label", "file", "consent", "licence"]


def checked(
    root: Path, *changes: tuple[int, str], header: str = ",".join(HEADER), separator: str = ","
) -> tuple[Dataset | None, tuple[Problem, ...]]:
    """Two classes of five people, with some lines of the table changed (the first is 1)."""
    lines = [header]
    for number in range(10):
        (root / f"{number}.JPG").touch()
        lines.append(f"p{number},{'ab'[number % 2]},{number}.JPG,yes,ours")
    for line, text in changes:
        lines[line - 1 : line] = [text]
    (root / "photos.csv").write_text("\n".join(lines).replace(",", separator), encoding="utf-8")
    return check_dataset(root)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_whatever_stands_between_the_cells(tmp_path: Path, separator: str) -> None:
    dataset, problems = checked(tmp_path, separator=separator)
    assert not problems
    assert dataset is not None
    assert dataset.labels == ("a", "b")
    assert len(dataset.photos) == 10


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (",b,9.JPG,yes,ours", 1, "person is empty"),
        ("p9,,9.JPG,yes,ours", 4, "label is empty"),
        ("p9,b,,yes,ours", 6, "file is empty"),
        ("p9,b,9x.JPG,yes,ours", 6, "there is no file '9x.JPG'"),
        ("p9,b,../9.JPG,yes,ours", 6, "not below the table's folder"),
        ("p9,b,c:9.JPG,yes,ours", 6, "not below the table's folder"),
        ("p9,b,./1.JPG,yes,ours", 6, "stands already in line 3"),
        ("p9,b,9.JPG,no,ours", 12, "must not be used"),
        ("p9,b,9.JPG,Withdrawn 2021,ours", 12, "must not be used"),
        ("p9,b,9.JPG,同意撤回,ours", 12, "must not be used"),
        ("p8,b,9.JPG,yes,ours", 4, "'p8' is in the class 'b' here and in 'a' in line 10"),
        ("p9,B,9.JPG,yes,ours", 4, "differ only in how they are written"),
        ("p9,b,9.JPG,yes,ours,more", 21, "6 cells, but the first line names 5 columns"),
    ],
)
def test_an_error_has_its_line_and_column(tmp_path: Path, text: str, column: int, message: str) -> None:
    _, problems = checked(tmp_path, (11, text))
    (found,) = [problem for problem in problems if message in problem.message]
    assert (found.severity, found.line, found.column) == ("error", 11, column)
    assert found.todo


def test_a_name_with_other_letters_or_suffix_is_suggested(tmp_path: Path) -> None:
    _, problems = checked(tmp_path, (2, "p0,a,0.jpg,yes,ours"), (3, "p1,b,1.png,yes,ours"))
    assert [problem.todo for problem in problems if problem.line] == [
        "did you mean '0.JPG'?",
        "did you mean '1.JPG'?",
    ]


def test_whole_paths_may_lie_elsewhere(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere.jpg"
    other.touch()
    root = tmp_path / "root"
    root.mkdir()
    dataset, problems = checked(root, (2, f"p0,a,{other},yes,ours"))
    assert not problems
    assert dataset is not None
    assert dataset.photos[0].file == other


def test_other_columns_are_groups_and_what_is_unknown_is_missing(tmp_path: Path) -> None:
    header = "person,label,file,consent,licence,Age,sex"
    dataset, _ = checked(tmp_path, (2, "p0,a,0.JPG,yes,ours,41,n/a"), header=header)
    assert dataset is not None
    assert dataset.photos[0].groups == {"age": "41"}
    assert dataset.photos[1].groups == {}


def test_small_classes(tmp_path: Path) -> None:
    _, problems = checked(tmp_path, (2, "p0,rare,0.JPG,yes,ours"))
    assert [(p.severity, p.message) for p in problems] == [
        ("error", "the class 'rare' has 1 person: nobody can be held out to test it"),
        ("warning", "the class 'a' has 4 people only"),
    ]


def test_one_class_is_none(tmp_path: Path) -> None:
    _, problems = checked(tmp_path, *((line, f"p{line},a,{line - 2}.JPG,yes,ours") for line in range(2, 12)))
    assert [problem.severity for problem in problems] == ["error"]
    assert "only one class" in problems[0].message


def test_nothing_said_of_consent_is_one_warning(tmp_path: Path) -> None:
    _, problems = checked(
        tmp_path, (2, "p0,a,0.JPG,,ours"), (3, "p1,b,1.JPG,no restrictions,ours"), (4, "p2,a,2.JPG,,ours")
    )
    assert [(p.severity, p.message) for p in problems] == [
        ("warning", "nothing is said of consent for 2 of 10 photos")
    ]


def test_simulated_people_need_no_consent(tmp_path: Path) -> None:
    (tmp_path / "dataset.toml").write_text("simulated = true")
    dataset, problems = checked(tmp_path, (2, "p0,a,0.JPG,,"))
    assert not problems
    assert dataset is not None
    assert dataset.trained_on == "simulated"


def test_one_person_of_two_sexes_is_asked_about(tmp_path: Path) -> None:
    header = "person,label,file,consent,licence,sex"
    changes = (2, "p0,a,0.JPG,yes,ours,F"), (4, "p0,a,2.JPG,yes,ours,M")
    (problem,) = [one for one in checked(tmp_path, *changes, header=header)[1] if "elsewhere" in one.message]
    assert (problem.line, problem.column, problem.severity) == (4, 21, "warning")
