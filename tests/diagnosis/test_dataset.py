"""Data sets on disk: what can be handed in, what is said of it, and that writing and reading agree."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.diagnosis.dataset import check_dataset, read_dataset, write_dataset
from mitate.diagnosis.photographs import Dataset, Photo
from mitate.errors import InputError
from mitate.tables import unwritable

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
    lambda text: unwritable(text) is None
)
GROUPS = st.dictionaries(
    st.sampled_from(["age", "sex", "skin_tone", "source"]), NAMES.filter(lambda t: len(t) > 1), max_size=3
)


def people(root: Path, **counts: int) -> Dataset:
    """Empty files as photos, so many people a class."""
    photos = []
    for label, count in counts.items():
        for number in range(count):
            file = root / "photos" / f"{label}{number}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            photos.append(Photo(file, f"{label}{number}", label, {"sex": "F"}, "yes", "clinic"))
    return Dataset("ours", root, tuple(photos))


def test_what_is_written_is_read_without_problems(tmp_path: Path) -> None:
    dataset = people(tmp_path, a=5, b=6)
    write_dataset(tmp_path, dataset)
    assert check_dataset(tmp_path) == (dataset, ())
    assert read_dataset(tmp_path / "photos.csv") == dataset
    assert (tmp_path / "photos.csv").read_text().splitlines()[1] == "a0,a,photos/a0.jpg,F,yes,clinic"


@settings(max_examples=40)
@given(
    st.lists(st.tuples(NAMES, GROUPS, NAMES | st.just(""), NAMES | st.just("")), min_size=1, max_size=6),
    st.text(max_size=8),
    st.booleans(),
)
def test_any_dataset_comes_back_as_it_was(
    rows: list[tuple[str, dict[str, str], str, str]], name: str, simulated: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        photos = []
        for number, (label, groups, consent, licence) in enumerate(rows):
            (root / f"{number}.png").touch()
            consent = "yes " * bool(consent) + consent
            photos.append(
                Photo(root / f"{number}.png", f"p{number} {label}", label, groups, consent, licence)
            )
        dataset = Dataset(name or "x", root, tuple(photos), simulated)
        try:
            write_dataset(root, dataset)
        except InputError:
            return
        read = check_dataset(root)[0]
        assert read is not None
        assert [(p.file, p.person, p.label, p.consent, p.licence) for p in read.photos] == [
            (p.file, p.person, p.label, p.consent, p.licence) for p in photos
        ]
        for one, other in zip(read.photos, photos, strict=True):
            unknown = {name for name, value in other.groups.items() if name not in one.groups}
            assert one.groups == {k: v for k, v in other.groups.items() if k not in unknown}
            assert all(other.groups[name].casefold() in ("na", "不明") for name in unknown)
        assert read.simulated == simulated
        assert read.name == name or not name


@settings(max_examples=60)
@given(st.binary(max_size=200), st.binary(max_size=60))
def test_no_content_makes_the_check_fail(table: bytes, facts: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "photos.csv").write_bytes(b"person,label,file\n" + table)
        (root / "dataset.toml").write_bytes(facts)
        dataset, problems = check_dataset(root)
        assert dataset is not None or any(problem.severity == "error" for problem in problems)


def test_the_first_error_is_raised_with_its_place_and_how_many_follow(tmp_path: Path) -> None:
    write_dataset(tmp_path, people(tmp_path, a=5, b=5))
    (tmp_path / "photos" / "a1.jpg").unlink()
    (tmp_path / "photos" / "b1.jpg").unlink()
    with pytest.raises(InputError, match=r"photos\.csv:3:6: there is no file .*1 more") as raised:
        read_dataset(tmp_path)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("what", ["nothing", "folder", "file.csv/inside"])
def test_where_there_is_nothing_it_says_so(tmp_path: Path, what: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.csv").touch()
    dataset, problems = check_dataset(tmp_path / what)
    assert dataset is None
    assert problems[0].severity == "error"
    assert problems[0].todo
    with pytest.raises(InputError):
        read_dataset(tmp_path / what)


def test_facts_hold_for_photos_that_say_nothing(tmp_path: Path) -> None:
    write_dataset(tmp_path, people(tmp_path, a=5, b=5))
    (tmp_path / "photos.csv").write_text(
        (tmp_path / "photos.csv").read_text().replace("yes,clinic", ",", 1), encoding="utf-8"
    )
    (tmp_path / "dataset.toml").write_text('name = "N"\nconsent = "research"\nlicence = "CC0"\n')
    dataset = read_dataset(tmp_path)
    assert [photo.consent for photo in dataset.photos[:2]] == ["research", "yes"]
    assert [photo.licence for photo in dataset.photos[:2]] == ["CC0", "clinic"]
    assert dataset.trained_on == "N"


@pytest.mark.parametrize(
    ("facts", "where", "message"),
    [
        ("name = 'a' b", "dataset.toml:1:12", "not a TOML file"),
        ("simulated = 1", "dataset.toml", "simulated must be true or false"),
        ("nmae = 'x'", "dataset.toml", "'nmae' means nothing here"),
    ],
)
def test_wrong_facts_are_named(tmp_path: Path, facts: str, where: str, message: str) -> None:
    write_dataset(tmp_path, people(tmp_path, a=5, b=5))
    (tmp_path / "dataset.toml").write_text(facts)
    (problem,) = check_dataset(tmp_path)[1]
    assert problem.where.endswith(where)
    assert message in problem.message


def test_two_tables_are_one_too_many(tmp_path: Path) -> None:
    write_dataset(tmp_path, people(tmp_path, a=5, b=5))
    (tmp_path / "photos.tsv").touch()
    dataset, (problem,) = check_dataset(tmp_path)
    assert dataset is not None
    assert len(dataset.photos) == 10
    assert problem.severity == "warning"


@pytest.mark.parametrize(
    "photo",
    [
        Photo(Path("a.png"), "", "a"),
        Photo(Path("a.png"), "a", "a\nb"),
        Photo(Path("a.png"), "a", "a", {"label": "x"}),
        Photo(Path("a.png"), "a", "a", {"Age": "x"}),
        Photo(Path("a.png"), "a", "a", {"age": " x"}),
        Photo(Path("a.png"), "a", "a", {}, "\x00"),
    ],
)
def test_what_a_table_cannot_hold_is_not_written(tmp_path: Path, photo: Photo) -> None:
    with pytest.raises(InputError):
        write_dataset(tmp_path, Dataset("x", tmp_path, (photo,)))
    assert not list(tmp_path.iterdir())
