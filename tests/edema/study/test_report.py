"""The report of drawn answers: what it says, what it must not hold, and the files beside it."""

from __future__ import annotations

import csv
import html.parser
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mitate.edema.study.bars import Roles
from mitate.edema.study.findings import Extras, Section, Sweep, main_figures
from mitate.edema.study.markdown import card_figures, markdown_page, methods_in
from mitate.edema.study.report import write_report
from mitate.edema.study.run import Row
from mitate.errors import InputError
from mitate.figures import Figure

Answered = Callable[..., Row]
Written = tuple[Path, list[Figure], list[Row]]
GROUPS = {"sex": {"men": [f"p{i:02d}" for i in range(9)], "women": [f"p{i:02d}" for i in range(9, 14)]}}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 8


@pytest.fixture(scope="module")
def written(answered: Answered, tmp_path_factory: pytest.TempPathFactory) -> Written:
    quality = {
        "mitate": 0.3,
        "from scratch": 1.0,
        "WeightSupMoCo": 0.5,
        "a <b> & c": 0.8,
        "mitate, fine-tuned": 0.4,
    }
    rows = [answered(name, days, noise=noise) for name, noise in quality.items() for days in (0, 3)]
    strength = {value: answered("mitate", seed=seed) for seed, value in enumerate(("0.5", "1", "2"))}
    left_out = {"light": answered("mitate", seed=3), "<i>expression": answered("mitate", seed=4)}
    further = Figure("direction right", 84.0, "%", 77.0, 90.0, 40, "faces", bar=80.0)
    extras = Extras(
        sweeps=(
            Sweep("signal strength", "times nominal", strength, usual="1"),
            Sweep("left out", "nuisance", left_out, words="One at a time."),
        ),
        sections=(Section("Real faces", "Computed swelling.", (further,), {"a picture": PNG}),),
        notes=("Fewer frames were used.",),
        facts={"people learned from": "200, seed 1"},
        names={"p00": "Patient <0>"},
    )
    out = tmp_path_factory.mktemp("report") / "new"
    figures = write_report(
        out, rows, data="drawn", simulated=True, groups=GROUPS, extras=extras, resamples=60
    )
    return out, figures, rows


class Balanced(html.parser.HTMLParser):
    """Collects tags left open or closed wrongly, and identifiers."""

    VOID = frozenset({"meta", "br", "img", "path", "use", "rect", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_page_is_whole_and_stands_alone(written: Written) -> None:
    text = (written[0] / "report.html").read_text(encoding="utf-8")
    page = Balanced()
    page.feed(text)
    assert (page.open, page.wrong) == ([], [])
    assert len(set(page.ids)) == len(page.ids)
    assert "<script" not in text
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", text)
    assert "<b> & c" not in text  # names are escaped
    assert "<i>expression" not in text
    assert "Patient <0>" not in text
    assert "nan" not in re.sub(r"<[^>]+>", " ", text).lower().split()
    for link in re.findall(r'href="#([^"]+)"', text):
        assert link in page.ids


def test_page_says_what_it_rests_on_and_names_every_part(written: Written) -> None:
    text = (written[0] / "report.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "SIMULATED patients: these numbers say nothing of real people" in text
    assert text.count("simulated patients") > 20
    for words in (
        "after 3 labelled days of each",
        "goals of the study",
        "Fewer frames were used.",
        "published 85 %",
        "published 0.5 kg",
        "The Brier score taken apart",
        "Worst in presence: sex",
        "Signal strength",
        "One at a time.",
        "Real faces",
        "TRIPOD+AI",
        "Patient by patient",
        "People learned from: 200, seed 1.",
    ):
        assert words in text, words
    assert text.index("after 3 labelled days of each") < text.index("The goals")


def test_figures_are_unique_finite_and_in_the_table(written: Written) -> None:
    out, figures, _ = written
    assert len({one.name for one in figures}) == len(figures)
    for one in figures:
        one.as_row()
        if one.low is not None and one.high is not None and "lower end" not in one.name:
            assert one.low - 1e-9 <= one.high
    with (out / "figures.csv").open(encoding="utf-8", newline="") as stream:
        table = {row["name"]: row for row in csv.DictReader(stream)}
    assert len(table) == len(figures)
    goal = table["MAE, mitate, 3 labelled days, session"]
    assert (goal["bar"], goal["unit"], goal["n"]) == ("0.25", "kg", "14")
    assert goal["met"] in ("yes", "no")
    assert "signal strength 0.5: MAE, mitate, 3 labelled days, session" in table
    assert table["direction right"]["met"] == "yes"
    assert "worst group against all: MAE, mitate, 3 labelled days, session" in table


def test_answers_are_all_there(written: Written) -> None:
    out, _, rows = written
    with (out / "answers.csv").open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert len(table) == sum(len(row.doubt) for row in rows)
    assert table[0]["method"] == "mitate"
    chosen = [one for one in table if (one["method"], one["labelled_days"]) == ("mitate", "3")]
    said = next(row for row in rows if (row.method, row.days) == ("mitate", 3)).session
    assert np.array([float(one["estimate_kg"]) for one in chosen]) == pytest.approx(said.excess_kg, abs=1e-4)
    assert [one["phase"] for one in chosen] == ["pre" if pre else "post" for pre in said.is_pre]
    first = [one["session"] for one in chosen if one["participant"] == "p00"]
    assert first == [str(number) for number in range(1, len(first) + 1)]


def test_markdown_is_of_the_same_numbers(written: Written) -> None:
    out, figures, _ = written
    text = (out / "edema.md").read_text(encoding="utf-8")
    assert text == markdown_page(figures, data="drawn", simulated=True)
    assert "**Simulated patients only.**" in text
    assert methods_in(figures, 3)[0] == "mitate"
    assert set(methods_in(figures)) == {
        "mitate",
        "from scratch",
        "WeightSupMoCo",
        "a <b> & c",
        "mitate, fine-tuned",
    }
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")
    real = markdown_page(figures, data="our clinic", simulated=False)
    assert "Simulated" not in real


def test_card_holds_the_shipped_methods_figures(written: Written) -> None:
    rows = card_figures(written[1])
    assert {row["name"] for row in rows if row["name"].endswith("3 labelled days")} == {
        f"{metric}, {level}, 3 labelled days"
        for metric in (
            "presence accuracy",
            "MAE",
            "within-patient correlation",
            "coverage of the 90 % interval",
        )
        for level in ("session", "frame")
    }
    other = card_figures(written[1], roles=Roles(shipped="WeightSupMoCo"))
    assert len(other) == len(rows)
    assert other != rows


def test_main_figures_leave_out_what_few_ask_for(written: Written) -> None:
    figures = written[1]
    main = main_figures(figures, Roles())
    names = {one.name for one in main}
    assert {one.name for one in figures if one.bar is not None} <= names
    assert "presence AUC, mitate, 3 labelled days, session" in names
    assert "presence AUC, from scratch, 3 labelled days, session" not in names
    assert "MAE, from scratch, 3 labelled days, frame" in names
    assert "MAE, WeightSupMoCo, 0 labelled days, frame" not in names
    assert "MAE, difference, mitate against WeightSupMoCo, 3 labelled days, session" in names
    assert "MAE, difference, mitate against WeightSupMoCo, 0 labelled days, session" not in names
    assert "signal strength 2: MAE, mitate, 3 labelled days, session" in names
    assert len(main) < 0.75 * len(figures)


def test_a_real_cohort_is_not_called_simulated_and_little_is_enough(
    answered: Answered, tmp_path: Path
) -> None:
    row = answered("mitate", 1, people=2)
    same = replace(row, doubt=np.ones(len(row.doubt)))  # nothing to refuse by
    figures = write_report(tmp_path, [same], data="our clinic", simulated=False, resamples=20)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "imulated" not in text
    assert "after 1 labelled day of each" in text.replace("\u00a0", " ")
    assert not any(one.name.startswith("refusing 10 %: MAE") for one in figures)


def test_the_shipped_row_must_be_there(answered: Answered, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not among the rows") as error:
        write_report(tmp_path / "new", [answered("other")], data="d", simulated=True)
    assert error.value.todo is not None
    assert "other" in error.value.todo
    assert not (tmp_path / "new").exists()
