"""The alarm on simulated courses: ``python -m benchmarks.edema_alarm [simulated errors rendered choose]``.

The rules were chosen on courses of one seed (`choose`, by name only) and are tested on another's. `errors`
shows what becomes of them where estimates are worse than what the rules were chosen for. `rendered` draws
patients at home, lets an encoder judge them (``EDEMA_ENCODER``, by default the one that comes along),
measures how its estimates err, and tries the alarm with these errors on many courses.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
from scipy.stats import chi2

from benchmarks.parts import Part, run, write
from benchmarks.rows import share
from mitate.edema.alarm import DIALYSIS_RULE, HOME_RULE, AlarmRule, alarm
from mitate.edema.sightings import Course
from mitate.figures import Figure
from mitate.simulate.alarm_trial import AlarmScore, choose_rule, try_alarm
from mitate.simulate.week_courses import DialysisProfile, ErrorModel, HomeProfile

__all__ = ["alarm_rows", "choose", "errors", "false_rate", "rendered", "simulated"]

OUT = Path(__file__).parents[1] / "docs" / "benchmarks" / "edema.json"
LEARNED_ON, TESTED_ON, RENDERED = 8101, 8102, 8103
PROFILES: dict[str, tuple[HomeProfile | DialysisProfile, AlarmRule]] = {
    "home, every day": (HomeProfile(), HOME_RULE),
    "home, every other day": (HomeProfile(every=2), HOME_RULE),
    "dialysis": (DialysisProfile(), DIALYSIS_RULE),
}
_DETECTED, _FALSE = 95.0, 1.0


def false_rate(name: str, score: AlarmScore, data: str, bar: float | None = None) -> Figure:
    """False alarms a month; the 95 % interval is Poisson's (Garwood 1936), widened as courses differ."""
    total, months = int(score.false_alarms.sum()), score.months * len(score.false_alarms)
    low = float(chi2.ppf(0.025, 2 * total) / 2) if total else 0.0
    high = float(chi2.ppf(0.975, 2 * total + 2) / 2)
    mean = float(score.false_alarms.mean())
    wider = float(np.sqrt(max(1.0, score.false_alarms.var() / mean))) if total else 1.0
    rate = total / months
    bounds = (max(0.0, rate - wider * (rate - low / months)), rate + wider * (high / months - rate))
    return Figure(name, rate, "a month", *bounds, len(score.false_alarms), data, bar, at_least=False)


def alarm_rows(name: str, score: AlarmScore, data: str, *, bars: bool = False) -> list[Figure]:
    """What was noticed within two sessions, and how often the alarm was wrong."""
    found = int(score.detected.sum())
    return [
        share(
            f"{name}: noticed within two sessions",
            found,
            len(score.detected),
            data,
            _DETECTED if bars else None,
        ),
        false_rate(f"{name}: false alarms", score, data, _FALSE if bars else None),
    ]


def _told(errors: ErrorModel, count: int, seed: int) -> str:
    (mean, sd), (slope, spread) = errors.shared, errors.slope
    shared = f"{mean:.2f} ± {sd:.2f}" if mean else f"{sd:.2f}"
    return (
        f"simulated courses, {count} with a rise to +1.5 kg and {count} without, seed {seed}; estimates err "
        f"by {errors.session_sd:.2f} kg (sd) a session, {shared} kg in all sessions of a patient, slope "
        f"{slope:.2f} ± {spread:.2f}, {errors.fat_share:.0%} of fat taken for fluid"
    )


def simulated(out: Path, count: int = 1500) -> None:
    """Both rules at the errors that they were chosen for, on courses they were not chosen on."""
    rows: list[Figure] = []
    nominal = ErrorModel()
    for name, (profile, rule) in PROFILES.items():
        score = try_alarm(rule, nominal, profile, count=count, seed=TESTED_ON)
        data = _told(nominal, count, TESTED_ON)
        rows += alarm_rows(f"alarm, {name}", score, data)
        n = len(score.on_share)
        rows.append(
            Figure(
                f"alarm, {name}: ordinary sessions under alarm",
                100 * score.on_share.mean(),
                "%",
                None,
                None,
                n,
                data,
            )
        )
        ahead = np.quantile(score.ahead_days, [0.5, 0.05, 0.95])
        rows.append(
            Figure(
                f"alarm, {name}: days from alarm to +1.5 kg, median", ahead[0], "days", None, None, n, data
            )
        )
    write(out, rows)


def errors(out: Path, count: int = 500) -> None:
    """The same rules where estimates err more or less, and persistently."""
    rows: list[Figure] = []
    nominal = ErrorModel()
    for name, (profile, rule) in PROFILES.items():
        for sd in np.arange(0.1, 0.85, 0.1).round(1).tolist():
            err = replace(nominal, session_sd=sd)
            score = try_alarm(rule, err, profile, count=count, seed=TESTED_ON)
            rows += alarm_rows(f"alarm, {name}, session error {sd} kg", score, _told(err, count, TESTED_ON))
    profile, rule = PROFILES["home, every day"]
    cases: dict[str, tuple[ErrorModel, ErrorModel | None]] = {
        "shared error 0 kg": (replace(nominal, shared=(0.0, 0.0)), None),
        "shared error 0.4 kg": (replace(nominal, shared=(0.0, 0.4)), None),
        "shared error 0.6 kg": (replace(nominal, shared=(0.0, 0.6)), None),
        "shared error 0.4 kg, told 0.2": (replace(nominal, shared=(0.0, 0.4)), nominal),
        "a quarter of fluid not seen": (replace(nominal, slope=(0.75, 0.15)), None),
        "slope differs by 0.3 between patients": (replace(nominal, slope=(1.0, 0.3)), None),
        "all fat taken for fluid": (replace(nominal, fat_share=1.0), None),
        "session error 0.4 kg, told 0.3": (replace(nominal, session_sd=0.4), nominal),
    }
    for name, (err, told) in cases.items():
        score = try_alarm(rule, err, profile, count=count, seed=TESTED_ON, told=told)
        rows += alarm_rows(f"alarm, home, every day, {name}", score, _told(err, count, TESTED_ON))
    fat, fooled = replace(HomeProfile(), fat_drift_sd=0.12), replace(nominal, fat_share=1.0)
    score = try_alarm(rule, fooled, fat, count=count, seed=TESTED_ON)
    data = f"{_told(fooled, count, TESTED_ON)}; fat walks by 0.12 kg a day and is all taken for fluid"
    rows += alarm_rows("alarm, home, every day, true weight drifts", score, data)
    write(out, rows)


def rendered(out: Path, count: int = 14, courses: int = 1000) -> None:
    """Patients who are drawn, seen and judged; then many courses with the errors that were measured."""
    import cv2
    import torch

    from mitate.edema.encoder import default_encoder, load_encoder
    from mitate.simulate.head import load_head
    from mitate.simulate.person import sample_person
    from mitate.simulate.rendered_courses import judged, measured_errors
    from mitate.simulate.week_courses import home_courses, home_visits

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    given = os.environ.get("EDEMA_ENCODER")
    encoder = load_encoder(Path(given)) if given else default_encoder()
    profile = HomeProfile(days=32, every=2, missed=0.1, onset=(16.0, 16.0), rise_kg_per_day=(0.3, 0.6))
    drawn = home_courses(np.random.default_rng(RENDERED), count, profile, rising=True)
    head = load_head()
    shown, said, noticed, asked, early = [], [], 0, 0, 0
    for number in range(count):
        visits = home_visits(drawn, number)
        sightings, shared = judged(sample_person(head, RENDERED, number), visits, encoder)
        later = visits[3:]
        shown.append(np.array([v.fluid_kg + v.puffiness_kg for v in later]))
        said.append(np.array([s.excess_kg for s in sightings]))
        found = alarm(Course(tuple(sightings), shared), HOME_RULE)
        days = np.array([v.day for v in later])
        two = np.flatnonzero(days >= drawn.reached[number])[:2]
        early += int(found.sounded[days <= drawn.onset[number]].sum())
        if len(two) == 2:
            asked += 1
            noticed += bool(found.on[two].any())
        print(f"  {number + 1} of {count} patients judged", flush=True)
    measured = measured_errors(shown, said)
    card = encoder.card.get("name", "encoder")
    data = (
        f"simulated, {count} rendered patients at home, seed {RENDERED}, 4 frames a session, 3 weighed "
        f"ordinary days, {card} {encoder.sha256[:8]}"
    )
    rows = [share("alarm, rendered: noticed within two sessions", noticed, asked, data)]
    for what, value, unit in (
        ("false alarms before the rise", float(early), ""),
        ("error of a session, sd", measured.session_sd, "kg"),
        ("error shared by a patient's sessions, sd", measured.shared[1], "kg"),
        ("kilograms said for one of fluid", measured.slope[0], ""),
    ):
        rows.append(Figure(f"alarm, rendered: {what}", value, unit, None, None, count, data))
    write(out, rows + _with_errors(measured, courses))


def _with_errors(measured: ErrorModel, courses: int) -> list[Figure]:
    """The alarm at home on many courses, told with these errors."""
    rows = []
    for name, (kind, rule) in PROFILES.items():
        if isinstance(kind, HomeProfile):
            score = try_alarm(rule, measured, kind, count=courses, seed=TESTED_ON)
            rows += alarm_rows(
                f"alarm, {name}, with the errors of rendered patients",
                score,
                _told(measured, courses, TESTED_ON),
                bars=True,  # the goal is asked of the encoder that comes along, not of assumed errors
            )
    return rows


def choose(out: Path, count: int = 500) -> None:
    """Show which rules are best on the courses to learn from; writes nothing, `alarm.py` holds the choice."""
    for kind, profiles, steps, pulls in (
        ("home", ["home, every day", "home, every other day"], (0.2, 0.25, 0.3, 0.35), (inf, 15.0)),
        ("dialysis", ["dialysis"], (0.12, 0.15, 0.2, 0.25, 0.3), (inf,)),
    ):
        rules = [
            AlarmRule(0.75, chance, 0.75 * chance, step_kg=step, pull_days=pull)
            for step in steps
            for pull in pulls
            for chance in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
        ]
        for least in (0.96, 0.97, 0.98):
            rule, score = choose_rule(
                rules,
                [ErrorModel()],
                [PROFILES[p][0] for p in profiles],
                count=count,
                seed=LEARNED_ON,
                least_detection=least,
            )
            told = f"step {rule.step_kg}, pull {rule.pull_days}, from {rule.probability}"
            print(
                f"  {kind}, at least {least:.0%} noticed: {told}; {score.false_per_month:.2f} false a month"
            )


PARTS: dict[str, Part] = {"simulated": simulated, "errors": errors, "rendered": rendered}


def main(names: Sequence[str]) -> int:
    """Run the named parts, or all but `choose`."""
    return run(names, PARTS | ({"choose": choose} if "choose" in names else {}), OUT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
