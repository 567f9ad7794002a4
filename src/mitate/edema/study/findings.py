"""All that is found in the rows of the study: what the report draws, and every figure with its goal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mitate.edema.evaluate import Predictions, evaluate
from mitate.edema.study.agreement import Agreement, agreement
from mitate.edema.study.bars import COVERAGE, MAE, PRESENCE, Roles, figure_name, with_bars
from mitate.edema.study.calibration import Reliability, interval_reliability, reliability
from mitate.edema.study.groups import GroupResult, Groups, by_group, group_figures
from mitate.edema.study.measures import Answers, find, measure, parsed
from mitate.edema.study.risk import RiskCurve, indecision, risk_curve, risk_figures
from mitate.errors import InputError
from mitate.figures import Figure

__all__ = ["KEY_DAYS", "Extras", "Findings", "Section", "Sweep", "SweepFound", "find_out", "main_figures"]

KEY_DAYS = 3
"""Labelled days of which the report is mostly about."""

_SWEPT = (PRESENCE, MAE, COVERAGE)
_MAIN = (PRESENCE, MAE, COVERAGE, "within-patient correlation")


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """One row of the study under several conditions.

    Attributes:
        title: such as ``signal strength``; figures are named ``signal strength 0.5: MAE, ...``.
        axis: what changes, with its unit, such as ``times the nominal strength``.
        rows: value → answers. Where every value is a number it is drawn as a curve, otherwise (left-out
            nuisances) as a mark each.
        words: what it shows and how it was made, in plain sentences.
        usual: the value that all else in the report was measured at, if it is among them.
        data: on what it was measured; the study's data where empty.
    """

    title: str
    axis: str
    rows: Mapping[str, Answers]
    words: str = ""
    usual: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A further part of the report, measured elsewhere.

    Attributes:
        title, words: plain.
        figures: a row of a table each.
        pictures: words → a PNG's or JPEG's bytes, or SVG markup.
    """

    title: str
    words: str = ""
    figures: tuple[Figure, ...] = ()
    pictures: Mapping[str, bytes | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Extras:
    """What a report may hold beyond the rows.

    Attributes:
        title: of the report.
        sweeps, sections: in the order in which they are shown.
        notes: what to know before reading anything, a sentence each.
        facts: how it was made, name → words, such as ``people pre-trained on`` → ``14 000, seed 7001``.
        names: patient → a short name for the drawings of courses; ids where not given.
    """

    title: str = "Facial oedema: the published protocol"
    sweeps: tuple[Sweep, ...] = ()
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class SweepFound:
    """A sweep with its figures: value → metric → figure."""

    sweep: Sweep
    values: Mapping[str, Mapping[str, Figure]]


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What was found.

    Attributes:
        figures: all, with their goals.
        row: the shipped method after `KEY_DAYS` labelled days, or after as many as there are.
        agreement: None with too few sessions.
        reliability, levels: of its probability, and of its intervals at `calibration.LEVELS`.
        risks: refusals by its doubt (kilograms) and by how near its probability is to a half (presence);
            without those whose doubts are all alike.
        groups: of its sessions.
        sweeps: with their figures.
        roles: which row is which.
    """

    figures: tuple[Figure, ...]
    row: Answers
    agreement: Agreement | None
    reliability: Reliability
    levels: tuple[Figure, ...]
    risks: tuple[RiskCurve, ...]
    groups: tuple[GroupResult, ...]
    sweeps: tuple[SweepFound, ...]
    roles: Roles

    @property
    def label(self) -> str:
        """``mitate, 3 labelled days, session``."""
        return f"{self.row.method}, {self.row.days} labelled days, session"

    def figure(self, metric: str, method: str, days: int, level: str = "session") -> Figure | None:
        """The figure of a row, None where it was not measured."""
        name = figure_name(metric, method, days, level)
        return next((one for one in self.figures if one.name == name), None)


def main_figures(figures: Iterable[Figure], roles: Roles) -> list[Figure]:
    """The figures that a reader of the docs asks for, of some thousand.

    All goals; of every row presence, error, correlation and coverage, by session after any number of days and
    by frame after `KEY_DAYS`; differences between rows after `KEY_DAYS` by session; and all that is told of
    the shipped method alone.
    """
    found = []
    for figure in figures:
        one = parsed(figure.name)
        if one is not None:
            own = one.method == roles.shipped or one.metric in _MAIN
            shown = own and (one.level == "session" or one.days == KEY_DAYS)
        else:
            late = f", {KEY_DAYS} labelled days, session"
            shown = ", difference, " not in figure.name or figure.name.endswith(late)
        if shown or figure.bar is not None:
            found.append(figure)
    return found


def find_out(
    rows: Sequence[Answers],
    *,
    data: str,
    groups: Groups,
    extras: Extras,
    roles: Roles,
    resamples: int = 2000,
    seed: int = 0,
) -> Findings:
    """Measure everything.

    Raises:
        InputError: the shipped method is not among the rows, or what `measure` refuses.
    """
    row = _key_row(rows, roles)
    label = f"{row.method}, {row.days} labelled days, session"

    agreed = None
    if _repeated(row.session):
        agreed = agreement(row.session, data=data, label=label, resamples=resamples, seed=seed)
    reliable = reliability(row.session, data=data, label=label, resamples=resamples, seed=seed)
    levels = interval_reliability(row.session, data=data, label=label, resamples=resamples, seed=seed)
    risks = _risks(row, data, label, resamples, seed)
    grouped = by_group(row.session, groups, data=data, label=label, resamples=resamples, seed=seed)
    sweeps = tuple(_swept(sweep, data, resamples, seed) for sweep in extras.sweeps)
    figures = measure(rows, data=data, roles=roles, resamples=resamples, seed=seed)
    more = [
        *(agreed.figures if agreed else ()),
        reliable.error,
        *levels,
        *(figure for curve in risks for figure in risk_figures(curve, label)),
        *group_figures(grouped),
        *(one for found in sweeps for by_metric in found.values.values() for one in by_metric.values()),
        *(one for section in extras.sections for one in section.figures),
    ]
    return Findings(
        (*figures, *with_bars(more, roles)),
        row,
        agreed,
        reliable,
        tuple(levels),
        risks,
        tuple(grouped),
        sweeps,
        roles,
    )


def _key_row(rows: Sequence[Answers], roles: Roles) -> Answers:
    days = sorted({row.days for row in rows if row.method == roles.shipped})
    if not days:
        raise InputError(
            f"the shipped method {roles.shipped!r} is not among the rows",
            todo="name it by Roles, one of: " + ", ".join(dict.fromkeys(row.method for row in rows)),
        )
    chosen = KEY_DAYS if KEY_DAYS in days else days[-1]
    row = find(rows, roles.shipped, chosen)
    if row is None:
        raise InputError("the shipped method has no answers", where=roles.shipped)
    return row


def _repeated(predictions: Predictions) -> bool:
    many = predictions.n_participants
    return many > 1 and len(predictions.truth_kg) > many


def _risks(row: Answers, data: str, label: str, resamples: int, seed: int) -> tuple[RiskCurve, ...]:
    curves = []
    for risk, doubt in (("MAE", row.doubt), ("presence error", indecision(row.session))):
        if float(doubt.max()) > float(doubt.min()):
            curves.append(
                risk_curve(
                    row.session,
                    doubt,
                    "MAE" if risk == "MAE" else "presence error",
                    data=data,
                    label=label,
                    resamples=resamples,
                    seed=seed,
                )
            )
    return tuple(curves)


def _swept(sweep: Sweep, data: str, resamples: int, seed: int) -> SweepFound:
    values = {}
    for value, row in sweep.rows.items():
        label = f"{row.method}, {row.days} labelled days, session"
        found = evaluate(row.session, data=sweep.data or data, metrics=_SWEPT, resamples=resamples, seed=seed)
        values[value] = {
            one.name: replace(one, name=f"{sweep.title} {value}: {one.name}, {label}") for one in found
        }
    return SweepFound(sweep, values)
