"""The study's report: one HTML file with its tables beside it, the verdict first, then what to mistrust.

It follows the items of TRIPOD+AI (Collins and others, BMJ 2024;385:e078378) as far as they apply, needs no
script and no network, and can be printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mitate.edema.results import INTENDED_USE
from mitate.edema.study.bars import Roles
from mitate.edema.study.findings import Extras, Findings, find_out
from mitate.edema.study.markdown import markdown_page
from mitate.edema.study.measures import Answers
from mitate.edema.study.report_rows import days_section, goals_section, rivals_section, rows_section
from mitate.edema.study.report_sessions import (
    agreement_section,
    courses_section,
    extra_section,
    groups_section,
    refusals_section,
    trust_section,
)
from mitate.edema.study.report_sweeps import sweeps_section
from mitate.edema.study.report_words import (
    MEANING,
    PUBLISHED,
    how,
    limits,
    meaning,
    not_reached,
    reporting_items,
    verdict,
)
from mitate.edema.study.tables import write_answers_table, write_figures_table
from mitate.figures import Figure
from mitate.files import write_text
from mitate.paper.page import page
from mitate.paper.parts import card, contents, heading, listed, paragraph, section, table

__all__ = ["write_report"]

_STYLE = """
.missed { font-weight: 700; color: var(--care); }
.small { display: grid; gap: .4rem 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(46%, 12rem), 1fr)); }
.small figure { margin: 0; }
@media print { .small { grid-template-columns: repeat(4, 1fr); } }
"""


def write_report(
    out: Path,
    rows: Sequence[Answers],
    *,
    data: str,
    simulated: bool,
    groups: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    extras: Extras | None = None,
    roles: Roles | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Figure]:
    """Write ``report.html``, ``figures.csv``, ``answers.csv`` and ``edema.md``, each whole or not at all.

    Args:
        out: folder, made if missing.
        rows: of the study; the shipped method must be among them.
        data: on what they were measured, such as ``simulated, 39 patients, seed 7003``.
        simulated: whether the patients are; then every page and drawing says so.
        groups: group → value → participants.
        extras: sweeps, further parts, notes and facts.
        roles: which row is the shipped one, the one from scratch, the published objective.
        resamples, seed: of the intervals.

    Returns:
        Every figure, with its goal where it has one.

    Raises:
        InputError: the shipped method is not among the rows, rows answered other sessions, or a participant
            stands twice in a group.
        OSError: a file cannot be written.
    """
    extras, roles = extras or Extras(), roles or Roles()
    found = find_out(
        rows, data=data, groups=groups or {}, extras=extras, roles=roles, resamples=resamples, seed=seed
    )
    figures = list(found.figures)
    write_figures_table(out / "figures.csv", figures)
    write_answers_table(out / "answers.csv", rows, roles=roles)
    write_text(out / "edema.md", markdown_page(figures, data=data, simulated=simulated, roles=roles))
    write_text(out / "report.html", _page(found, rows, data, simulated, extras))
    return figures


def _page(found: Findings, rows: Sequence[Answers], data: str, simulated: bool, extras: Extras) -> str:
    about = "simulated patients" if simulated else "patients"
    head = [
        f"<header>{heading(1, extras.title)}",
        paragraph(verdict(found, simulated), "verdict"),
        card("care", "Goals that are not met", listed(missed)) if (missed := not_reached(found)) else "",
        paragraph(INTENDED_USE, "soft"),
        "</header>",
    ]
    body = "\n".join(
        [
            section(
                "Read this first",
                card("care", "What the numbers do not mean", listed((*extras.notes, *meaning(simulated)))),
                card("fine", "What they mean", listed(MEANING)),
                paragraph(PUBLISHED),
            ),
            goals_section(found),
            rows_section(found, rows, about),
            days_section(found, rows, about),
            rivals_section(found, rows),
            agreement_section(found, about),
            trust_section(found, about),
            refusals_section(found, about),
            groups_section(found, about, simulated),
            sweeps_section(found, about),
            *(extra_section(one) for one in extras.sections),
            courses_section(found, about, extras.names),
            section("How it was measured", listed(how(found, rows, data, extras))),
            section("Limits", listed(limits(simulated))),
            section(
                "Reporting, item by item",
                paragraph("After TRIPOD+AI (Collins and others, BMJ 2024;385:e078378)."),
                table("Items", ["Item", "Answer"], reporting_items(found, simulated, data, extras)),
                paragraph("Beside this page: figures.csv (every figure) and answers.csv (every session)."),
            ),
        ]
    )
    banner = "SIMULATED patients: these numbers say nothing of real people" if simulated else ""
    inside = "\n".join([*head, contents(body), body])
    for unit in ("%", "kg"):
        inside = inside.replace(f" {unit}", f"\u00a0{unit}")  # a space that does not break
    return page(extras.title, banner, inside, style=_STYLE)
