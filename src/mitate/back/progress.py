"""What comes next after some sessions: progress, the same, a step back, or stop, by explicit rules.

A diary tells of each session what was done, the pain before and after, whether it had settled by the next
day, and what the coach measured. The traffic light of pain and every number here are this project's judgement
(``expert``): no source that was read gives a rule of progression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from mitate.abduce.language import Label
from mitate.back.diary import Ongoing, Session, Underway
from mitate.back.dosing import dosed, half_minutes, lighter
from mitate.back.exercise import Dose, Exercise, Step
from mitate.back.exercises import exercise, exercises
from mitate.back.planned import Reason
from mitate.back.weighing import apart, chains
from mitate.back.wishes import sayings

__all__ = ["Light", "Next", "Verdict", "light", "next_steps", "renewed"]

Verdict = Literal["progress", "same", "regress", "stop"]
Light = Literal["green", "amber", "red", "unknown"]
RED_PAIN, AMBER_PAIN, RISE = 5.0, 3.0, 2.0
"""Of 10: pain after exercise above these, or a rise by so much, is red or amber."""
GREENS = 2
"""Sessions in a row that must be green and whole before it gets harder."""
RANGE_SHARE, FAULT_SHARE = 0.8, 0.2
"""Of the coach: so much of the prescribed movement at least, faults in so many repetitions at most."""
_SAY = {
    "stop_sign": Label("a sign to stop was told: {what}", "中止のサインがありました：{what}"),
    "red_twice": Label(
        "it hurt too much twice, and there is nothing easier: leave it out and ask your physiotherapist",
        "2回続けて痛みが強く、これより軽い運動がありません。この運動は休み、理学療法士に相談してください",
    ),
    "red": Label(
        "after the last session the pain rose above 5 of 10, or had not settled by the next day: a step back",
        "前回は痛みが10のうち5を超えて強まったか、翌日まで残ったので、一段軽くします",
    ),
    "amber": Label(
        "some pain after exercise is allowed; it should become less before the exercise gets harder",
        "運動後の軽い痛みはかまいません。痛みが減ってから次に進みます",
    ),
    "green": Label(
        "the last two sessions were done whole, well and with little pain",
        "直近の2回は、痛みも少なく、決めた量をきちんとできました",
    ),
    "not_told": Label(
        "the pain after exercise was not told, so nothing changes",
        "運動後の痛みの記録がないので、今のまま続けます",
    ),
    "few": Label("two sessions at this dose come first", "まず、この量で2回行いましょう"),
    "not_whole": Label(
        "the prescribed amount was not yet reached twice", "決めた量をまだ2回続けてできていません"
    ),
    "range": Label("the movement was not yet wide enough", "動きの大きさがまだ足りません"),
    "faults": Label("the form comes first: too many repetitions with a fault", "まず形を整えましょう"),
    "top": Label("there is no harder step: keep it up", "これ以上の段階はありません。このまま続けましょう"),
    "barred": Label(
        "the harder exercise is barred for you, or a question that it depends on was not answered",
        "次の段階の運動は控える必要があるか、確かめておく質問にまだ答えがありません",
    ),
    "clash": Label(
        "the harder exercise would load the same part as another one of your plan",
        "次の段階の運動は、ほかの運動と同じところに負担がかかります",
    ),
    "no_time": Label("the session would become too long", "1回の時間が長くなりすぎます"),
}


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next of one exercise.

    Attributes:
        was: the exercise as it was done; now: as it is to be done, the same object where nothing changes.
        text: what to change, in the words of the exercise's file; None where the dose alone changes.
        lights: of the sessions that counted, the oldest first.
    """

    was: Underway
    verdict: Verdict
    now: Underway
    reason: Reason
    text: Label | None = None
    lights: tuple[Light, ...] = ()

    def as_dict(self, language: str, region: str) -> dict[str, Any]:
        """For JSON."""
        return {
            "exercise": self.was.name,
            "verdict": self.verdict,
            "next": {
                "exercise": self.now.name,
                "title": exercise(self.now.name).title.text(language),
                "dose": msgspec.to_builtins(self.now.dose),
                "rung": self.now.rung,
                "text": None if self.text is None else self.text.text(language),
            },
            "reason": self.reason.as_dict(language, region),
            "lights": list(self.lights),
        }


def light(one: Session) -> Light:
    """The traffic light of one session: how the pain answered. Judgement.

    Red: above `RED_PAIN` and more than before, or risen by `RISE` and not settled by the next day. Amber:
    above `AMBER_PAIN`, risen by `RISE`, or not settled. Else green; unknown where no pain after it was told.
    """
    if one.pain_after is None:
        return "unknown"
    rise = one.pain_after - (one.pain_after if one.pain_before is None else one.pain_before)
    higher = rise > 0 or one.pain_before is None
    if (one.pain_after > RED_PAIN and higher) or (rise >= RISE and one.settled is False):
        return "red"
    return "amber" if one.pain_after > AMBER_PAIN or rise >= RISE or one.settled is False else "green"


def next_steps(ongoing: Ongoing, sessions: Sequence[Session], *, on: date) -> tuple[Next, ...]:
    """What comes next of each exercise of a programme.

    Args:
        sessions: by date; those before an exercise was last changed, and after `on`, do not count.
        on: from when the next step holds.
    """
    current = list(ongoing.exercises)
    steps = []
    for i, one in enumerate(ongoing.exercises):
        counted = [s for s in sessions if s.exercise == one.name and one.since <= s.date <= on]
        others = current[:i] + current[i + 1 :]
        step = _next(one, counted, others, ongoing, on)
        current[i] = step.now
        steps.append(step)
    signs = [s for s in sessions if s.stop_sign and s.date <= on]
    if signs:
        return tuple(_stop(one, signs[-1].stop_sign) for one in ongoing.exercises)
    return tuple(steps)


def _stop(one: Underway, sign: str) -> Next:
    saying = next(saying for saying in sayings().stop if saying.name == sign)
    reason = Label(_SAY["stop_sign"].en.format(what=saying.en), _SAY["stop_sign"].ja.format(what=saying.ja))
    return Next(one, "stop", one, Reason("progress.stop_sign", reason, saying.source, sign))


def _next(
    one: Underway, sessions: Sequence[Session], others: Sequence[Underway], ongoing: Ongoing, on: date
) -> Next:
    lights = tuple(light(session) for session in sessions)
    if lights and lights[-1] == "red":
        back, text = _easier(one, ongoing, others)
        if back is None:
            twice = lights[-2:] == ("red", "red")
            return Next(
                one, "stop" if twice else "same", one, _why("red_twice" if twice else "red"), None, lights
            )
        return Next(one, "regress", _since(back, on), _why("red"), text, lights)
    rule = _held_back(one, sessions[-GREENS:], lights[-GREENS:])
    if rule:
        return Next(one, "same", one, _why(rule), None, lights)
    forward, text, rule = _harder(one, ongoing, others)
    if forward is None:
        return Next(one, "same", one, _why(rule), None, lights)
    return Next(one, "progress", _since(forward, on), _why("green"), text, lights)


def _why(rule: str) -> Reason:
    return Reason(f"progress.{rule}", _SAY[rule])


def _since(one: Underway, on: date) -> Underway:
    return Underway(one.name, one.dose, one.rung, on)


def _held_back(one: Underway, last: Sequence[Session], lights: Sequence[Light]) -> str:
    """The rule that forbids progress; empty if none does."""
    if lights and lights[-1] != "green":
        return "not_told" if lights[-1] == "unknown" else "amber"
    if len(last) < GREENS:
        return "few"
    if any(colour != "green" for colour in lights):
        return "not_told" if "unknown" in lights else "amber"
    if not all(_whole(session, one.dose) for session in last):
        return "not_whole"
    if any(session.range_share is not None and session.range_share < RANGE_SHARE for session in last):
        return "range"
    if any(session.fault_share is not None and session.fault_share > FAULT_SHARE for session in last):
        return "faults"
    return ""


def _whole(session: Session, dose: Dose) -> bool:
    """Whether all that is prescribed was done: by count, or by the seconds that the coach counted."""
    each = 60.0 if dose.minutes else dose.hold_s
    if each and session.held_s is not None and session.held_s >= each * _prescribed(dose):
        return True
    return session.done is not None and session.done >= _prescribed(dose)


def _prescribed(dose: Dose) -> float:
    """Repetitions in all, those of each side counted, or minutes."""
    if dose.minutes:
        return dose.minutes * dose.sets
    return dose.sets * dose.repetitions * (2 if dose.per_side else 1)


def _harder(
    one: Underway, ongoing: Ongoing, others: Sequence[Underway]
) -> tuple[Underway | None, Label | None, str]:
    """The next step up; None with the rule that keeps one where one is."""
    full = exercise(one.name)
    if one.rung < 0:
        rung = one.rung + 1
        dose = lighter(full.dose) if rung == 0 else full.easier[-rung - 1].dose or lighter(full.dose)
        return _fitting(Underway(one.name, dose, rung, one.since), None, ongoing, others)
    if one.rung == 0 and (grown := _grown(one.dose, full.dose)) != one.dose:
        return _fitting(Underway(one.name, grown, 0, one.since), None, ongoing, others)
    rule = "top"
    for number, step in enumerate(full.harder[one.rung :], one.rung + 1):
        to, text, rule = _fitting(_step(one, full, step, number, ongoing), step, ongoing, others)
        if to is not None:
            return to, text, ""
    return None, None, rule


def _fitting(
    to: Underway, step: Step | None, ongoing: Ongoing, others: Sequence[Underway]
) -> tuple[Underway | None, Label | None, str]:
    """The step if it is allowed; None with the rule that forbids it."""
    one, versions = exercise(to.name), chains(exercises())
    if to.name in ongoing.barred:
        return None, None, "barred"
    beside = [exercise(other.name) for other in others]
    if any(apart(one, other, versions) for other in beside):
        return None, None, "clash"
    used = sum(half_minutes(exercise(other.name), other.dose) for other in others)
    if used + half_minutes(one, to.dose) > 2 * ongoing.minutes:
        return None, None, "no_time"
    return to, None if step is None else Label(step.text.en, step.text.ja), ""


def _step(one: Underway, full: Exercise, step: Step, rung: int, ongoing: Ongoing) -> Underway:
    """Where a step of the ladder leads: to another exercise as one begins with it, or to another dose."""
    if step.exercise:
        other = exercise(step.exercise)
        return Underway(other.name, dosed(other, ongoing.irritability, ongoing.age).dose, 0, one.since)
    return Underway(one.name, step.dose or one.dose, rung, one.since)


def _grown(dose: Dose, full: Dose) -> Dose:
    """A step from a lowered dose towards the full one: repetitions or minutes, then the hold, then sets."""
    if dose.minutes < full.minutes:
        return msgspec.structs.replace(
            dose, minutes=min(full.minutes, dose.minutes + max(1.0, dose.minutes // 4))
        )
    if dose.repetitions < full.repetitions:
        return msgspec.structs.replace(dose, repetitions=min(full.repetitions, dose.repetitions + 2))
    if dose.hold_s < full.hold_s:
        return msgspec.structs.replace(dose, hold_s=min(full.hold_s, dose.hold_s + 5))
    return (
        msgspec.structs.replace(dose, sets=min(full.sets, dose.sets + 1)) if dose.sets < full.sets else dose
    )


def _easier(
    one: Underway, ongoing: Ongoing, others: Sequence[Underway]
) -> tuple[Underway | None, Label | None]:
    """The next step down; None where there is none."""
    full = exercise(one.name)
    if one.rung > 0:
        below = full.harder[one.rung - 2].dose if one.rung >= 2 else None
        return Underway(one.name, below or full.dose, one.rung - 1, one.since), None
    least = lighter(full.dose)
    if one.rung == 0 and one.dose.sets > 1:
        return _underway(one, msgspec.structs.replace(one.dose, sets=one.dose.sets - 1)), None
    if (
        one.rung == 0
        and _prescribed(one.dose) + one.dose.hold_s
        > _prescribed(msgspec.structs.replace(least, sets=1)) + least.hold_s
    ):
        return _underway(one, lighter(one.dose)), None
    for number, step in enumerate(full.easier[-one.rung :], 1 - one.rung):
        to, text, _ = _fitting(_step(one, full, step, -number, ongoing), step, ongoing, others)
        if to is not None:
            return to, text
    return None, None


def _underway(one: Underway, dose: Dose) -> Underway:
    return Underway(one.name, dose, one.rung, one.since)


def renewed(ongoing: Ongoing, steps: Sequence[Next], language: str) -> dict[str, Any]:
    """The programme's document with the next steps in it, to be read again; what was stopped is gone."""
    rows = []
    for row, step in zip(ongoing.document["exercises"], steps, strict=True):
        if step.verdict == "stop":
            continue
        one = exercise(step.now.name)
        rows.append(
            {
                **row,
                "name": one.name,
                "title": one.title.text(language),
                "kind": one.kind,
                "level": one.level,
                "steps": list(one.steps.text(language)),
                "dose": msgspec.to_builtins(step.now.dose),
                "rung": step.now.rung,
                "since": step.now.since.isoformat(),
                "minutes": half_minutes(one, step.now.dose) / 2,
            }
        )
    inside = [row["name"] for row in rows]
    left_out = [one for one in ongoing.document.get("left_out", []) if one.get("name") not in inside]
    minutes = sum(row["minutes"] for row in rows)
    return {**ongoing.document, "exercises": rows, "minutes": minutes, "left_out": left_out}
