"""The same figures as a page of the docs, and as rows of the encoder's card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mitate.edema.study.bars import COVERAGE, MAE, PRESENCE, Roles, against, figure_name, goals
from mitate.edema.study.measures import Measured, named, parsed
from mitate.edema.study.report_numbers import asked, reached, told
from mitate.edema.study.report_words import PUBLISHED, goals_in_words, meaning
from mitate.figures import Figure

__all__ = ["card_figures", "markdown_page", "methods_in"]

_CORRELATION = "within-patient correlation"
_CARD = (PRESENCE, MAE, _CORRELATION, COVERAGE)


def methods_in(figures: Iterable[Figure], days: int | None = None) -> list[str]:
    """Rows of the study by name, those after `days` labelled days if given; the smallest error first."""
    errors: dict[str, float] = {}
    for figure in figures:
        one = parsed(figure.name)
        if one and one.metric == MAE and one.level == "session" and days in (None, one.days):
            errors[one.method] = min(figure.value, errors.get(one.method, figure.value))
    return sorted(errors, key=lambda method: errors[method])


def card_figures(figures: Iterable[Figure], *, roles: Roles | None = None) -> list[dict[str, Any]]:
    """The shipped method's figures by labelled days, as the encoder's card holds them.

    Names are those of the card: ``presence accuracy, session, 3 labelled days``.
    """
    shipped = (roles or Roles()).shipped
    rows = []
    for figure in figures:
        one = parsed(figure.name)
        if one and one.method == shipped and one.metric in _CARD:
            name = f"{one.metric}, {one.level}, {one.days} labelled days"
            rows.append({**figure.as_row(), "name": name})
    return rows


def markdown_page(
    figures: Sequence[Figure],
    *,
    data: str,
    simulated: bool,
    roles: Roles | None = None,
    title: str = "Oedema: the published protocol",
) -> str:
    """A page of the docs from the figures alone: the verdict, goals, rows, labelled days, refusals, groups.

    Args:
        figures: as `write_report` returned them.
        data: on what they were measured.
        simulated: whether the patients are.
    """
    roles = roles or Roles()
    days = sorted(
        {one.days for figure in figures if (one := parsed(figure.name)) and one.method == roles.shipped}
    )
    key = 3 if 3 in days or not days else days[-1]
    kind = "simulated patients" if simulated else "patients"
    parts = [
        f"# {title}",
        "Written by the program that measured it: `mitate edema benchmark`. "
        + (f"**Simulated patients only.** Data: {data}." if simulated else f"Data: {data}."),
        goals_in_words(figures),
        PUBLISHED,
        "## Goals",
        _goals(figures, roles),
        f"## All rows after {key} labelled days ({kind})",
        _rows(figures, key, "session", roles),
        "By single frames:",
        _rows(figures, key, "frame", roles),
        f"## {roles.shipped} against every other row",
        _rivals(figures, key, roles),
        "## By labelled days, sessions",
        *(_by_days(figures, metric) for metric in (PRESENCE, MAE, COVERAGE)),
        *_others(figures),
        "## What the numbers do not mean",
        "\n".join(f"- {line}" for line in meaning(simulated)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_line(heads), _line(["---"] * len(heads)), *(_line(row) for row in rows)]
    return "\n".join(lines) if len(lines) > 2 else "*Not measured.*"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\u00a0", " ") for cell in cells) + " |"


def _goals(figures: Sequence[Figure], roles: Roles) -> str:
    rows = [
        (
            one.name,
            told(one, finer=True),
            asked(one),
            reached(one) if one.met else f"**{reached(one)}**",
        )
        for one in goals(figures, roles)
    ]
    return _table(["goal", "measured (95 % interval)", "asked", "reached"], rows)


def _rows(figures: Sequence[Figure], days: int, level: str, roles: Roles) -> str:
    heads = [
        "row",
        "presence",
        "MAE",
        "correlation within patients",
        "90 % interval holds",
        f"against {roles.scratch}",
    ]
    rows = []
    for method in methods_in(figures, days):
        cells = [told(named(figures, figure_name(metric, method, days, level))) for metric in _CARD]
        gaps = [
            named(figures, against(metric, method, roles.scratch, days, level)) for metric in (PRESENCE, MAE)
        ]
        gap = "; ".join(told(one, plus=True) for one in gaps if one is not None)
        name = f"**{method}**" if method == roles.shipped else method
        rows.append((name, *cells, gap or "–"))
    return _table(heads, rows)


def _rivals(figures: Sequence[Figure], days: int, roles: Roles) -> str:
    rows = []
    for method in methods_in(figures, days):
        gaps = [
            named(figures, against(metric, roles.shipped, method, days, "session"))
            for metric in (PRESENCE, MAE)
        ]
        if any(gaps):
            rows.append((method, *(told(one, plus=True) for one in gaps)))
    return _table(["minus", "presence", "MAE"], rows)


def _by_days(figures: Sequence[Figure], metric: str) -> str:
    known = {(one.method, one.days): figure for figure in figures if (one := _at_session(figure, metric))}
    days = sorted({day for _, day in known})
    rows = [(method, *(told(known.get((method, day))) for day in days)) for method in methods_in(figures)]
    return f"{metric[:1].upper()}{metric[1:]}:\n\n" + _table(["row", *(f"{day} days" for day in days)], rows)


def _at_session(figure: Figure, metric: str) -> Measured | None:
    one = parsed(figure.name)
    return one if one and one.level == "session" and one.metric == metric else None


def _others(figures: Sequence[Figure]) -> list[str]:
    """Everything that is neither a row's metric nor a difference of rows, as one table."""
    skip = ("lower end of", "upper end of", f"{COVERAGE} (not above)")
    rest = [
        (one.name, told(one), str(one.n))
        for one in figures
        if parsed(one.name) is None and ", difference, " not in one.name and not one.name.startswith(skip)
    ]
    return ["## Agreement, reliability, refusals, groups, sweeps", _table(["figure", "value", "n"], rest)]
