"""The pages: every example is run, nothing generated is stale, every link leads somewhere, all is mentioned.

A block of sh or python that cannot be run here has ``<!-- skip: next "reason" -->`` before it, and shows up
as a skipped test with that reason.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import SkipTest

import pytest
from markdown_it import MarkdownIt
from sybil import Document, Example
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser, SkipParser

from mitate.edema.results import Change, Estimate
from mitate.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "two-patients"
RUN = ("sh", "python")
NOT_RUN = ("", "json", "toml")
LONGEST_S = 400  # the first use of the simulator builds its cache


def _build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    if spec is None or spec.loader is None:
        raise InputError("docs/build.py cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _build()
PAGES: list[Path] = build.pages()
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
HAND_WRITTEN = [page for page in PAGES if page.parent.name != "reference"]


def parsed(page: Path, evaluate: Callable[[Example], None]) -> Document:
    python = PythonEvaluator() if evaluate is run_block else evaluate
    return Document.parse(
        str(page), CodeBlockParser("sh", evaluate), CodeBlockParser("python", python), SkipParser()
    )


def run_block(example: Example) -> None:
    """One block of sh in the current folder, stopped at its first failure, with our own commands first."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", str(example.parsed)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    print(done.stdout)
    if done.returncode:
        pytest.fail(
            f"{example.path}:{example.line}: exit code {done.returncode}\n{done.stdout}", pytrace=False
        )


def not_run() -> Iterator[tuple[str, int, str]]:
    """Page, line and reason of every block that is marked as not to be run."""
    for page, name in zip(PAGES, NAMES, strict=True):
        for example in parsed(page, lambda example: None).examples():
            try:
                example.evaluate()
            except SkipTest as skipped:
                yield name, example.line, str(skipped)


def fences(page: Path) -> list[str]:
    """The language of every fenced block, as another parser sees them."""
    return [t.info.strip() for t in MarkdownIt().parse(page.read_text(encoding="utf-8")) if t.type == "fence"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, weights_ready: None) -> Path:
    """What the examples of the pages take for granted: a clinic's cohort, a few clips, a photo, a model."""
    from mitate.edema.cohort import read_cohort
    from mitate.edema.encoder import default_encoder
    from mitate.edema.patient import personalise_patient
    from mitate.video import frames

    folder = tmp_path_factory.mktemp("prepared")
    clinic = folder / "our-clinic"
    shutil.copytree(EXAMPLE, clinic)
    ids = [p.participant_id for p in read_cohort(EXAMPLE).participants]
    for table in ("participants.tsv", "sessions.tsv"):
        text = (clinic / table).read_text(encoding="utf-8")
        for index, known in enumerate(ids, 1):
            text = re.sub(rf"(?m)^{re.escape(known)}\t", f"p{index:02}\t", text)
        (clinic / table).write_text(text, encoding="utf-8")
    cohort = read_cohort(clinic)
    own = [cohort.video_path(s) for s in cohort.sessions_of("p01")]
    for name, clip in {"visit": own[-2], "today": own[-2], "before": own[0], "after": own[1]}.items():
        shutil.copy(clip, folder / f"{name}.mp4")
    for name, clip in {"monday": own[1], "wednesday": own[2]}.items():
        shutil.copy(clip, folder / f"{name}.mp4")
    shutil.copy(cohort.video_path(cohort.sessions_of("p02")[0]), folder / "stranger.mp4")
    for name in ("bend", "later"):
        shutil.copy(ROOT / "examples" / "films" / "forward-bend.mp4", folder / f"{name}.mp4")
    _two_data_sets(folder)
    picture = next(iter(frames(own[0]))).image
    import cv2

    cv2.imwrite(str(folder / "face.jpg"), picture[..., ::-1])
    personalise_patient(cohort, "p01", default_encoder(), days=1, frames=8).model.save(folder / "p01.json")
    return folder


def _two_data_sets(folder: Path) -> None:
    """The simulated syndromes that come along, two people of each class set aside as another clinic's."""
    example = ROOT / "examples" / "diagnosis"
    header, *rows = (example / "photos.csv").read_text(encoding="utf-8").splitlines()
    place = header.split(",").index("label")
    classes = sorted({row.split(",")[place] for row in rows})
    by_class = {one: [row for row in rows if row.split(",")[place] == one] for one in classes}
    for name, part in {"our-faces": slice(None, -2), "others": slice(-2, None)}.items():
        shutil.copytree(example, folder / name)
        kept = [row for one in classes for row in by_class[one][part]]
        (folder / name / "photos.csv").write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    "name", [n for n, page in zip(NAMES, PAGES, strict=True) if set(fences(page)) & set(RUN)]
)
def test_every_block_runs(name: str, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "here"
    shutil.copytree(prepared, folder, copy_function=os.link)
    monkeypatch.chdir(folder)
    for example in parsed(ROOT / name, run_block).examples():
        try:
            example.evaluate()
        except SkipTest:
            continue  # listed by the next test


@pytest.mark.parametrize(("name", "line", "reason"), list(not_run()))
def test_blocks_that_are_not_run(name: str, line: int, reason: str) -> None:
    assert len(reason.split()) >= 4
    pytest.skip(f"{name}:{line}: {reason}")


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_run_or_says_why(name: str) -> None:
    ran: list[Example] = []
    told = sum(page == name for page, _, _ in not_run())
    for example in parsed(ROOT / name, ran.append).examples():
        try:
            example.evaluate()
        except SkipTest:
            continue
    found = fences(ROOT / name)
    assert len(ran) + told == sum(language in RUN for language in found)
    assert set(found) <= {*RUN, *NOT_RUN}


def test_nothing_generated_is_stale() -> None:
    stale = [str(page.relative_to(ROOT)) for page in build.fill(check=True)]
    assert not stale, f"run: python docs/build.py --fill (stale: {', '.join(stale)})"


def test_every_command_and_option_is_mentioned() -> None:
    prose = "\n".join(page.read_text(encoding="utf-8") for page in HAND_WRITTEN)
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    for name, command in build.walk():
        if not hasattr(command, "commands"):
            assert re.search(rf"{name}\b|make {name.split()[-1]}\b", prose), f"no page tells of {name}"
        section = reference.partition(f" {name}\n")[2].partition("\n##")[0]
        for param in command.params:
            if param.param_type_name == "option" and param.name != "help":
                assert f"`{param.opts[0]}" in section, f"{name} {param.opts[0]}"


def test_every_module_is_mentioned() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    names = [line.split("`")[1] for line in build.modules().splitlines()[2:]]
    assert len(names) > 40
    for name in names:
        assert f"`{name}`" in text


def test_every_field_of_a_result_is_explained() -> None:
    text = (ROOT / "docs" / "concepts" / "results.md").read_text(encoding="utf-8")
    parts = text.partition("## Change")
    for kind, part in ((Estimate, parts[0]), (Change, parts[2])):
        for field in fields(kind):
            assert f"`{field.name}`" in part, f"{kind.__name__}.{field.name}"


def links(page: Path) -> Iterator[str]:
    """Targets of the links and images of a page."""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        for child in token.children or []:
            target = child.attrGet("href") or child.attrGet("src")
            if target:
                yield str(target)


def anchors(page: Path) -> set[str]:
    """Of the headings, as both GitHub and the site's generator make them."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    titles = [after.content for t, after in pairwise(tokens) if t.type == "heading_open"]
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.lower())) for title in titles}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        assert goal.exists(), f"{name}: {target}"
        if page.parent != ROOT:
            assert goal.is_relative_to(ROOT / "docs"), f"{name}: {target} is not part of the site"
        if anchor:
            assert anchor in anchors(goal), f"{name}: {target}"


def test_no_file_names_a_registry_or_a_place_on_this_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    hosts = "|".join(["pypi" + r"\.org", "python" + "hosted", "hugging" + r"face\.co", "anaconda" + r"\.org"])
    places = "|".join(f"/{name}/" for name in ("work", "tmp", "root", "home", "Users"))
    forbidden = re.compile(rf"{hosts}|(?<![\w.~}}*-])(?:{places})[\w.]")
    found = []
    for name in listed.stdout.splitlines():
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in content[:8000]:
            lines = content.decode(errors="replace").splitlines()
            found += [f"{name}:{i}: {line}" for i, line in enumerate(lines, 1) if forbidden.search(line)]
    assert not found, "\n".join(found)


ROW: dict[str, Any] = {
    "name": "MAE, mitate, 3 labelled days, session",
    "value": 0.6123,
    "unit": "kg",
    "low": 0.5,
    "high": 0.71,
    "n": 39,
    "data": "simulated, 39 patients",
    "bar": 0.5,
    "met": False,
}


def tables(folder: Path, monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, Any]]) -> Callable[[str], str]:
    (folder / "benchmarks").mkdir()
    for room in ("main", "edema"):
        (folder / "benchmarks" / f"{room}.json").write_text(json.dumps(rows))
    monkeypatch.setattr(build, "DOCS", folder)
    figures: Callable[[str], str] = build.figures
    return figures


def test_figures_become_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = {
        **ROW,
        "name": "speed",
        "value": 12.34,
        "unit": "×",
        "low": None,
        "high": None,
        "bar": 10.0,
        "met": True,
    }
    made = tables(tmp_path, monkeypatch, [ROW, {**fast, "data": "a film"}])
    table = made("main speed | MAE, mitate, *")
    assert "| speed (1) | 12.3 × | | 39 | ≥ 10: met |" in table
    assert (
        "| MAE, mitate, 3 labelled days, session (2) | 0.61 kg | 0.50 to 0.71 | 39 | ≤ 0.50: **not met** |"
        in table
    )
    assert table.index("speed") < table.index("MAE")
    assert "(1) a film; (2) simulated, 39 patients." in table
    assert made("main nothing like it") == "*Not measured yet.*\n"


@pytest.mark.parametrize(
    ("value", "bar", "met", "said"),
    [
        (0.0, 0.0, True, "≤ 0.00: met"),
        (1000.0, 1000.0, True, "≥ 1 000: met"),
        (2.0, 0.0, False, "≤ 0.00: **not met**"),
        (3.0, 2.0, True, "≥ 2.00: met"),
    ],
)
def test_a_goal_tells_its_side(value: float, bar: float, met: bool, said: str) -> None:
    assert build.goal({"value": value, "bar": bar, "met": met}) == said


def test_days_stand_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {**ROW, "name": f"{metric}, {method}, {days} labelled days, session"}
        for metric in ("presence accuracy", "MAE")
        for method in ("mitate", "patient's own mean", "from scratch")
        for days in (0, 10, 2)
        if days or method != "from scratch"
    ]
    tables(tmp_path, monkeypatch, rows)
    lines = build.by_days().splitlines()
    assert [line.split(" | ")[0] for line in lines[2:5]] == ["| 0", "| 2", "| 10"]
    assert [line.count("0.61 kg (0.50 to 0.71)") for line in lines[2:5]] == [3, 5, 5]
    assert lines[2].count("–") == 2


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.5, "0.50"), (-0.25, "−0.25"), (12.34, "12.3"), (700.0, "700"), (7, "7"), (12345.6, "12 346")],
)
def test_numbers_have_sensible_digits(value: float, said: str) -> None:
    assert build.number(value) == said


def test_a_part_must_end_and_be_known() -> None:
    with pytest.raises(SystemExit, match="no <!-- end -->"):
        build.filled("<!-- generated: refusals -->\n", "page")
    with pytest.raises(SystemExit, match="no generated part 'nothing'"):
        build.filled("<!-- generated: nothing -->\n<!-- end -->", "page")


def test_filling_twice_changes_nothing() -> None:
    once = build.filled("a\n<!-- generated: refusals -->\nformer\n<!-- end -->\nb\n", "page")
    assert "former" not in once
    assert "`no_face`" in once
    assert once.startswith("a\n")
    assert once.endswith("<!-- end -->\nb\n")
    assert build.filled(once, "page") == once
