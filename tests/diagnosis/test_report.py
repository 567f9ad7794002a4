"""The page says what was found, warns before it boasts, stands alone, and can be read by everybody."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mitate.diagnosis.curve import CurvePoint
from mitate.diagnosis.gallery_measure import GalleryFigures, TopN
from mitate.diagnosis.groups import break_down
from mitate.diagnosis.leaks import find_leaks
from mitate.diagnosis.measures import measure
from mitate.diagnosis.method import Evaluation, Kind
from mitate.diagnosis.photographs import LeftOut, Photo
from mitate.diagnosis.report import ReportContent, verdict, write_report
from mitate.diagnosis.saliency import ClassSaliency
from mitate.errors import InputError

STRANGE = ("<script>alert(1)</script>", "_under & 'quoted'", "$x^2$", "甲状腺")
SINGLE = {"meta", "img", "br", "hr", "link", "input"}


def evaluation(
    labels: tuple[str, ...],
    share: float,
    *,
    name: str,
    kind: Kind = "transfer",
    people: int = 20,
    trusted: bool = False,
    seed: int = 0,
) -> Evaluation:
    """One photo a person; `share` of the people is told right for sure, the others by lot."""
    rng = np.random.default_rng(seed)
    count = len(labels)
    targets = np.repeat(np.arange(count), people)
    told = np.where(rng.uniform(size=len(targets)) < share, targets, rng.integers(0, count, len(targets)))
    scores = 2.0 * np.eye(count)[told] + 0.1 * rng.uniform(size=(len(targets), count))
    likely = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    odds = np.where(np.eye(count)[told] > 0, 0.6, rng.uniform(0, 0.3, scores.shape))
    return Evaluation(
        method=name,
        kind=kind,
        what=f"looks at {name}",
        labels=labels,
        targets=targets,
        persons=np.array([f"p{number}" for number in range(len(targets))]),
        fold=np.arange(len(targets)) % 5,
        scores=scores,
        probabilities=likely if trusted else None,
        p_values=odds if trusted else None,
        chosen=({"cost": 1.0},) * 5,
        seconds=1.5,
    )


def content(
    labels: tuple[str, ...] = ("a", "b", "c"), *, background: float = 0.0, people: int = 20, best: float = 0.9
) -> ReportContent:
    """A report with every part, of made-up people."""
    leaks = {
        name: evaluation(labels, share, name=f"{name}, linear SVM", kind="leak", people=people, seed=place)
        for place, (name, share) in enumerate(
            (("background", background), ("thumbnail", 0.0), ("file", 0.0)), 5
        )
    }
    main = evaluation(labels, best, name="face layer", people=people, trusted=True)
    old = evaluation(labels, 0.5, name="HOG, linear SVM", kind="traditional", people=people, seed=3)
    photos = tuple(
        Photo(
            Path(f"{person}.jpg"),
            person,
            labels[target],
            {"sex": "F" if row % 2 else "M", "source": STRANGE[0] if row % 3 else "x"},
            consent="written",
        )
        for row, (person, target) in enumerate(zip(main.persons.tolist(), main.targets, strict=True))
    )
    heat = np.outer(np.hanning(112), np.hanning(112))
    grey = np.full((112, 112, 3), 120, np.uint8)
    return ReportContent(
        name="made-up faces",
        trained_on="made-up faces",
        photos=photos,
        evaluations=(main, old, *leaks.values()),
        best=main,
        measures=tuple(measure(one, draws=50) for one in (main, old, *leaks.values())),
        left_out=(LeftOut(photos[0], "no_face", "no face was found", "take it from the front"),),
        leaks=find_leaks(leaks, main),
        groups=break_down(main, photos),
        saliency=tuple(
            ClassSaliency(label, heat, grey, True, 6, 0.4, (("nose", 0.6), ("outside", 0.4)), "evidence", 0.1)
            for label in labels
        ),
        curve=tuple(
            CurvePoint(size, 0.5 + 0.1 * place, 0.4, 0.9, 0.02, 3, 60) for place, size in enumerate((5, 10))
        ),
        gallery=GalleryFigures((TopN(1, 0.4, 0.3, 0.5, 0.02),), (), 60, 300, 300, "made-up faces"),
        duplicates=("1.jpg and 2.jpg are one file",),
        skipped=("ImageNet: not installed",),
        notes=("look at the light",),
        versions={"mitate": "0.1.0"},
        model_id="abc",
        seconds=12.0,
    )


class Page(HTMLParser):
    """What stands in a page, and whether it is well made."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in SINGLE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).replace("\u202f", " ").replace("\u00a0", " ").split())


def page_of(told: ReportContent, folder: Path) -> Page:
    path = folder / "report.html"
    write_report(path, told)
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(content(STRANGE[:4]), tmp_path_factory.mktemp("report"))


def test_it_is_well_made_and_stands_alone(whole: Page) -> None:
    assert whole.open == []
    assert not whole.all("script")
    assert not whole.all("link")
    for _, attrs in whole.tags:
        for name in ("src", "href", "xlink:href"):
            assert attrs.get(name, "#").startswith(("#", "data:image/png;base64,"))
        assert not any(name.startswith("on") for name in attrs)
    ids = [attrs["id"] for _, attrs in whole.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_everybody_can_read_it(whole: Page) -> None:
    assert whole.all("html")[0]["lang"] == "en"
    assert all(attrs.get("alt") for attrs in whole.all("img"))
    drawings = [attrs for attrs in whole.all("svg") if "aria-hidden" not in attrs]
    assert len(drawings) == 6
    assert all(attrs["role"] == "img" for attrs in drawings)
    assert len(whole.all("title")) == 1 + len(drawings)
    assert all("scope" in attrs for attrs in whole.all("th"))
    ids = {attrs["id"] for _, attrs in whole.tags if "id" in attrs}
    assert all(attrs["aria-labelledby"] in ids for attrs in whole.all("section"))
    assert all(attrs["href"][1:] in ids for attrs in whole.all("a"))
    levels = [int(tag[1]) for tag, _ in whole.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_strange_names_stay_what_they_are(whole: Page) -> None:
    for name in STRANGE:
        assert name in whole.text


def test_every_part_is_there_and_warnings_come_first(whole: Page) -> None:
    parts = [
        "Read this first",
        "All methods side by side",
        "Which classes are confused",
        "Telling one class from the others",
        "Can the probabilities be taken at their word?",
        "Sets of classes instead of one answer",
        "Would more people help?",
        "For whom it works worse",
        "Where on the face the evidence lies",
        "Rare classes by likeness",
        "The photos",
        "How it was measured",
        "What it is for, and what the numbers do not mean",
    ]
    headings = [word for word in whole.words if word in parts]
    assert headings[0] == parts[0]
    assert headings[-len(parts[1:]) :] == parts[1:]
    for words in ("take it from the front", "1.jpg and 2.jpg are one file", "ImageNet: not installed"):
        assert words in whole.text
    assert "written (80 photos)" in whole.text


def test_the_only_pictures_are_mean_faces(whole: Page) -> None:
    assert len(whole.all("img")) == len(STRANGE)
    assert "No photo of a person is in this report" in whole.text


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_faces_are_called_so(tmp_path: Path, simulated: bool) -> None:
    told = content()
    told = replace(told, trained_on="simulated") if simulated else told
    page = page_of(told, tmp_path)
    assert ("SIMULATED" in page.text) == simulated
    assert verdict(told).startswith("On simulated faces, ") == simulated


def test_the_verdict_has_the_gain_and_how_sure_it_is() -> None:
    told = content()
    words = verdict(told).replace("\u202f", " ")
    right = told.best.right.mean()
    assert f"{100 * right:.0f} % of photos (95 % interval" in words
    assert "60 people in 3 classes" in words
    assert "more than the strongest row that must not work (" in words
    assert "more than the best older way (HOG)" in words
    assert "guessing reaches 33 %" in words


def test_a_planted_leak_is_in_the_verdict_and_comes_first(tmp_path: Path) -> None:
    told = content(background=0.95)
    assert "cannot be trusted, because the background alone tells the classes apart" in verdict(told)
    page = page_of(told, tmp_path)
    cards = [attrs["class"] for tag, attrs in page.tags if tag == "div" and "card" in attrs.get("class", "")]
    assert cards[0] == "card alarm"
    assert cards == sorted(cards, key=["card alarm", "card care", "card fine"].index)
    assert "Leak: the background alone tells the classes apart" in page.text


def test_guessing_is_called_nothing() -> None:
    assert verdict(content(best=0.0)).startswith("Nothing was found:")


def test_what_is_not_surely_better_is_said(tmp_path: Path) -> None:
    told = content(best=0.5)
    assert "not surely more than the best older way" in verdict(told)
    assert "face layer is not surely better than HOG" in page_of(told, tmp_path).text


def test_few_people_and_missing_consent_are_warned_of(tmp_path: Path) -> None:
    told = content(people=6)
    told = replace(
        told,
        photos=tuple(replace(photo, consent="", groups={}) for photo in told.photos),
        groups=(),
        leaks=None,
    )
    text = page_of(told, tmp_path).text
    assert "Few people" in text
    assert "Consent is not recorded" in text
    assert "No groups were given" in text
    assert "Leaks of photo style were not looked for" in text


def test_the_least_that_can_be_reported(tmp_path: Path) -> None:
    main = evaluation(("a", "b"), 0.8, name="alone")
    photos = tuple(
        Photo(Path("x.jpg"), str(person), "ab"[target])
        for person, target in zip(main.persons, main.targets, strict=True)
    )
    page = page_of(ReportContent("two", "two", photos, (main,), main), tmp_path)
    assert "Sets of classes" not in page.text
    assert "No photo was found twice" in page.text


def test_many_classes_are_drawn_and_not_tabled(tmp_path: Path) -> None:
    labels = tuple(f"class {number}" for number in range(14))
    main = evaluation(labels, 0.8, name="alone", people=10, trusted=True)
    photos = tuple(
        Photo(Path("x.jpg"), str(person), labels[target])
        for person, target in zip(main.persons, main.targets, strict=True)
    )
    page = page_of(ReportContent("many", "many", photos, (main,), main), tmp_path)
    assert not [attrs for attrs in page.all("table") if attrs["class"] == "matrix"]
    assert len([attrs for attrs in page.all("svg") if "role" in attrs]) == 6
    assert "8 others, with larger areas" in page.text


def test_the_same_content_is_the_same_file(tmp_path: Path) -> None:
    told = content()
    for name in ("one.html", "two.html"):
        write_report(tmp_path / name, told)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_another_method_or_measures_of_others_are_refused(tmp_path: Path) -> None:
    told = content()
    with pytest.raises(InputError, match="not among its evaluations"):
        write_report(tmp_path / "x.html", replace(told, best=evaluation(("a", "b"), 1.0, name="other")))
    with pytest.raises(InputError, match="not those of the evaluations"):
        write_report(tmp_path / "x.html", replace(told, measures=(measure(told.best, draws=10),)))
    assert not list(tmp_path.iterdir())
