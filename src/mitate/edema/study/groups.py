"""Whom it serves worse: the same measures by sex, age, skin tone and light, and the worst group named.

Groups differ in their patients, so that a group's interval says how far its patients may stand for others; a
group of few is shown but not judged. The worst of many groups looks bad by chance alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mitate.edema.evaluate import METRICS, Predictions, bootstrapped, evaluate
from mitate.edema.study.bars import COVERAGE, MAE, PRESENCE
from mitate.errors import InputError
from mitate.figures import Figure

__all__ = ["FEWEST", "GroupResult", "Groups", "by_group", "group_figures", "worst"]

Groups = Mapping[str, Mapping[str, Sequence[str]]]
"""Group → value → ids of participants."""

FEWEST = 5
"""Patients below which a group is shown but not judged."""

_MEASURES = (PRESENCE, MAE, "bias", COVERAGE)


@dataclass(frozen=True, slots=True)
class GroupResult:
    """Patients with one value of a group.

    Attributes:
        group, value: such as ``skin tone`` and ``dark``.
        patients, sessions: how many were tested.
        figures: by metric, with intervals over the group's patients.
        gaps: by metric, this group minus all patients, with intervals over all patients.
    """

    group: str
    value: str
    patients: int
    sessions: int
    figures: Mapping[str, Figure]
    gaps: Mapping[str, Figure]

    @property
    def judged(self) -> bool:
        """Whether there are enough patients."""
        return self.patients >= FEWEST


def by_group(
    predictions: Predictions,
    groups: Groups,
    *,
    data: str,
    label: str,
    resamples: int = 2000,
    seed: int = 0,
) -> list[GroupResult]:
    """Every value of every group that divides the patients, in the groups' order.

    Args:
        data, label: of the figures; the label such as ``mitate, 3 labelled days, session``.

    Raises:
        InputError: a participant with two values of one group.
    """
    results = []
    for group, values in groups.items():
        ids = [name for members in values.values() for name in members]
        if len(set(ids)) < len(ids):
            raise InputError("a participant stands in two values of one group", where=group)
        present = {value: np.isin(predictions.participant, list(who)) for value, who in values.items()}
        present = {value: mask for value, mask in present.items() if mask.any()}
        if len(present) < 2:
            continue
        for value, mask in present.items():
            own = Predictions(
                *(getattr(predictions, name)[mask] for name in Predictions.__dataclass_fields__)
            )
            told = f"{group} {value}"
            figures = evaluate(own, data=data, metrics=_MEASURES, resamples=resamples, seed=seed)
            gaps = {
                metric: _gap(predictions, own, metric, (told, label), data, resamples, seed)
                for metric in (PRESENCE, MAE)
            }
            named = {one.name: replace(one, name=f"{told}: {one.name}, {label}") for one in figures}
            results.append(GroupResult(group, value, own.n_participants, int(mask.sum()), named, gaps))
    return results


def _gap(
    everyone: Predictions,
    own: Predictions,
    metric: str,
    told: tuple[str, str],
    data: str,
    resamples: int,
    seed: int,
) -> Figure:
    """The group minus all patients, both of the same draw of all patients."""
    unit, prepare = METRICS[metric]
    ids = np.unique(everyone.participant)
    at = np.searchsorted(ids, np.unique(own.participant))
    inside, overall = prepare(own), prepare(everyone)
    figure = bootstrapped(
        f"{told[0]} against all: {metric}, {told[1]}",
        "points" if unit == "%" else unit,
        lambda weights: inside(weights[:, at]) - overall(weights),
        len(ids),
        data=data,
        resamples=resamples,
        seed=seed,
    )
    return replace(figure, n=own.n_participants)


def worst(results: Iterable[GroupResult], metric: str) -> GroupResult | None:
    """The judged group with the lowest accuracy or the largest error; None where none is judged."""
    judged = [one for one in results if one.judged]
    if not judged:
        return None
    sign = -1.0 if METRICS[metric][0] == "%" else 1.0
    return max(judged, key=lambda one: sign * one.figures[metric].value)


def group_figures(results: Sequence[GroupResult]) -> list[Figure]:
    """All figures of all groups, and the worst group's gap once more under its own name."""
    figures = [figure for one in results for figure in (*one.figures.values(), *one.gaps.values())]
    for metric in (PRESENCE, MAE):
        found = worst(results, metric)
        if found is not None:
            gap = found.gaps[metric]
            told = f"{found.group} {found.value}"
            name = gap.name.replace(told, "worst group", 1)
            figures.append(replace(gap, name=name, data=f"{gap.data}; worst is {told}"))
    return figures
