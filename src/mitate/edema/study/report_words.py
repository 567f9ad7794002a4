"""What the study's report says in words: the verdict, what the numbers mean, how it was done, its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mitate.edema.results import INTENDED_USE
from mitate.edema.study.bars import COVERAGE, MAE, PRESENCE, goals
from mitate.edema.study.findings import Extras, Findings
from mitate.edema.study.measures import Answers
from mitate.edema.study.report_numbers import asked, interval, number, told
from mitate.figures import Figure
from mitate.paper.parts import counted

__all__ = [
    "MEANING",
    "PUBLISHED",
    "goals_in_words",
    "how",
    "limits",
    "meaning",
    "not_reached",
    "reporting_items",
    "verdict",
]

PUBLISHED = (
    "Published on 39 real dialysis patients of one clinic: 85 % told right, mean absolute error 0.5 kg; "
    "pre-training gained 15.1 points and 0.243 kg over learning from scratch (Akamatsu and others; NEC and "
    "the University of Tsukuba). Other people, another camera, another split: a scale, not a rival."
)

MEANING = (
    "A session is one film before or after dialysis. Labelled days are the patient's first days, whose "
    "weights the method was given; everything is measured on his later days.",
    "0 labelled days: one reference session after dialysis whose weight is known, and nothing else.",
    "Presence is whether a session was before or after dialysis; guessing reaches 50 %.",
    "Error is in kilograms over dry weight, the estimate against the scales. Where the dry weight was not "
    "given, it was estimated from the labelled days only.",
    "In brackets stands the 95 % interval: were other patients of the same kind drawn, the number would most "
    "likely lie there. It says nothing of other clinics, cameras or lights.",
    "“Frame” means that a single frame was judged by itself; “session” that all its frames were judged "
    "together.",
)


def meaning(simulated: bool) -> list[str]:
    """What the numbers do not mean."""
    lines = [
        "They do not say how well it does on anybody whose dialysis, swelling or camera differs from these.",
        "A goal that is met “with the interval crossing it” may be missed with other patients.",
        "Many figures are compared. Among some hundred intervals of 95 %, several miss by chance alone.",
    ]
    if simulated:
        lines.insert(
            0,
            "They do not say how well it does on real people. Faces, swelling, light and camera were "
            "computed; how a real face swells per litre is known roughly at best, and a computed skin is no "
            "skin.",
        )
    return lines


def _share(figure: Figure) -> str:
    spread = interval(figure)
    return f"{number(figure.value, '%')} %" + (f" (95 % interval {spread})" if spread else "")


def _kilograms(figure: Figure) -> str:
    spread = interval(figure)
    return f"{number(figure.value, 'kg')} kg" + (f" ({spread})" if spread else "")


def verdict(found: Findings, simulated: bool) -> str:
    """What was found, in three sentences."""
    row = found.row
    right, error = (found.figure(metric, row.method, row.days) for metric in (PRESENCE, MAE))
    kind = "simulated patients" if simulated else "patients"
    parts = []
    if right is not None and error is not None:
        after = counted(row.days, "labelled day")
        parts.append(
            f"On {right.n} {kind}, after {after} of each, {row.method} told sessions before dialysis from "
            f"sessions after it in {_share(right)} of {len(row.session.truth_kg)} later sessions, and was "
            f"off by {_kilograms(error)} on average."
        )
    gap = _against_scratch(found)
    if gap:
        parts.append(gap)
    parts.append(goals_in_words(found.figures))
    return " ".join(part for part in parts if part)


def _against_scratch(found: Findings) -> str:
    roles, days = found.roles, found.row.days
    start = f"difference, {roles.shipped} against {roles.scratch}, {days} labelled days, session"
    gaps = {
        metric: next((one for one in found.figures if one.name == f"{metric}, {start}"), None)
        for metric in (PRESENCE, MAE)
    }
    right, error = gaps[PRESENCE], gaps[MAE]
    if right is None or error is None:
        return ""
    return (
        f"Against learning from scratch that is {number(right.value, 'points', plus=True)} points "
        f"({interval(right)}) and {number(error.value, 'kg', plus=True)} kg ({interval(error)})."
    )


def goals_in_words(figures: Sequence[Figure]) -> str:
    """How many goals are met."""
    goals = [figure for figure in figures if figure.bar is not None]
    met = sum(bool(figure.met) for figure in goals)
    if not goals:
        return ""
    if met == len(goals):
        return f"All {len(goals)} goals of the study are met."
    return f"Of {len(goals)} goals of the study {met} are met and {len(goals) - met} are not."


def not_reached(found: Findings) -> list[str]:
    """The goals that are not met, a sentence each; those against each other row last."""
    missed = [one for one in goals(found.figures, found.roles) if one.met is False]
    missed += [one for one in found.figures if one.met is False and one not in missed]
    return [f"{one.name}: {told(one, finer=True)}, asked {asked(one)}" for one in missed]


def how(found: Findings, rows: Sequence[Answers], data: str, extras: Extras) -> Iterator[str]:
    """How it was measured, a sentence each."""
    people = found.row.session.n_participants
    yield f"Measured on: {data}."
    days = ", ".join(str(one) for one in sorted({row.days for row in rows}))
    yield (
        f"{counted(len({row.method for row in rows}), 'row')} of the table, after {days} labelled days, "
        "as far "
        f"as each can do with so few. After {found.row.days} days {counted(people, 'patient')} with later "
        "sessions remain: those with fewer days drop out, so that different numbers of days rest on "
        "different "
        "patients."
    )
    yield (
        "A method is given a held-out patient's first days with their labels, then later sessions without "
        "phase or weight; it cannot read what it is not given."
    )
    yield (
        "Intervals: whole patients are drawn with replacement, 2 000 times, and the 2.5th and 97.5th "
        "percentiles taken (Field and Welsh 2007); differences between rows use the same draws. Shares of 0 "
        "and 100 % have the exact interval of as many patients (Clopper and Pearson 1934)."
    )
    yield "Limits of agreement allow for repeated measures of a patient (Bland and Altman 2007, section 3)."
    yield (
        "Reliability: bins of equally many answers; the calibration error stands beside what perfect "
        "probabilities would show by chance."
    )
    yield (
        "Refusals: kilograms by the method's own doubt, presence by how near its probability is to a half; "
        "sessions of equal doubt are refused alike."
    )
    for name, words in extras.facts.items():
        yield f"{name[:1].upper()}{name[1:]}: {words}."


def limits(simulated: bool) -> list[str]:
    """What this study cannot say."""
    lines = [
        "Patients are few; groups are fewer. No number of patients was calculated beforehand.",
        "The excess is weight over dry weight: food, drink, clothes and a change of true body weight are in "
        "it.",
        "Noise is treated as independent from session to session.",
    ]
    if simulated:
        return [
            "Only simulated patients were examined, made by a program of the same project as those learned "
            "from. Where both are wrong in the same way, every row is flattered.",
            "The strength of the signal is an assumption, in millilitres per kilogram.",
            "Simulated skin is no evidence on fairness to people of any skin.",
            *lines,
        ]
    return ["One cohort: nothing here says how well it does at another clinic.", *lines]


def reporting_items(found: Findings, simulated: bool, data: str, extras: Extras) -> list[tuple[str, str]]:
    """Items of TRIPOD+AI (Collins and others, BMJ 2024;385:e078378), as far as they apply."""
    coverage = found.figure(COVERAGE, found.row.method, found.row.days)
    people = "simulated; no person's data" if simulated else "see the cohort's own papers on consent"
    none = "not stated"
    return [
        ("title", extras.title),
        ("objective", "evaluate estimators of excess fluid from face films under the published protocol"),
        ("source of data", data),
        ("participants", f"{people}; {found.row.session.n_participants} tested at {found.row.days} days"),
        ("data preparation", extras.facts.get("crops", "face crops aligned on bone, 64 pixels")),
        ("outcome", "kilograms over dry weight; before or after dialysis"),
        ("predictors", "pixels of face crops, against a reference session of the same person; nothing else"),
        ("sample size", "that of the published cohort; no calculation"),
        ("missing data", "sessions without weight, and films that are refused, are left out"),
        ("analytical methods", "every row under one interface; see How it was measured"),
        ("class imbalance", "none: a session before and one after a day"),
        ("fairness", "by group below; " + ("simulated skin is no evidence" if simulated else "few patients")),
        ("model output", "kilograms with a 90 % interval, a probability, a doubt"),
        ("training against evaluation", extras.facts.get("people learned from", none)),
        ("performance", "discrimination, error, calibration and coverage with 95 % intervals over patients"),
        ("calibration", f"90 % intervals held {number(coverage.value, '%')} %" if coverage else none),
        ("heterogeneity", "groups, sweeps and left-out nuisances"),
        ("limitations", "listed above"),
        ("intended use", INTENDED_USE),
        ("ethics, consent", "none needed: nobody was filmed" if simulated else "with the cohort"),
        ("protocol, registration", "the goals were written before the study; not registered"),
        ("code, data, model", "this project, Apache-2.0; the tables beside this page"),
        ("patient and public involvement", "none"),
    ]
