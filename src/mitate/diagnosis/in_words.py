"""A diagnosis for the terminal: what is left, how likely, what that means, and where it was learned."""

from __future__ import annotations

from mitate.diagnosis.model import SIMULATED
from mitate.diagnosis.results import Candidate, Diagnosis
from mitate.face.refusals import INSTRUCTIONS

__all__ = ["diagnosis_in_words", "percent"]

_NONE = (
    "None of these: the face is unlike the people of every class that was learned. It may be a condition "
    "that was never learned, another kind of face or photo, or chance. It does not mean healthy."
)
_OPEN = "Cannot tell: no class could be ruled out."


def percent(share: float) -> str:
    """A share (0 to 1) as a whole percentage, never 0 and never 100: nothing here is certain."""
    if share < 0.01:
        return "under 1 %"
    return "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def diagnosis_in_words(found: Diagnosis) -> str:
    """Some lines of plain text for a clinician."""
    lines = [_told(found)]
    if found.todo:
        lines.append(f"What to do: {found.todo}.")
    if found.candidates:
        lines += ["", *_table(found), "", *_meaning(found)]
    lines += ["", _origin(found)]
    if found.quality is not None:
        lines.append(f"Quality of the photo: {found.quality:.2f} of 1.")
    said = {SIMULATED, INSTRUCTIONS[found.reason][0] if found.reason in INSTRUCTIONS else ""}
    lines += [f"Note: {note}." for note in found.notes if note not in said]
    lines.append(found.intended_use)
    return "\n".join(lines)


def _told(found: Diagnosis) -> str:
    if found.outcome == "one":
        return f"One class is left: {found.set[0]}."
    if found.outcome == "several":
        return f"Several classes are left, which this photo does not tell apart: {_either(found.set)}."
    if found.outcome == "none_of_these":
        return _NONE
    if found.reason in INSTRUCTIONS:
        return f"Cannot tell: {INSTRUCTIONS[found.reason][0]}."
    return _OPEN


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _table(found: Diagnosis) -> list[str]:
    width = max(len(one.label) for one in found.candidates)
    head = "If it had to be one of these:" if found.outcome == "none_of_these" else "The likeliest first:"
    return [head, *(_row(one, width) for one in found.candidates)]


def _row(one: Candidate, width: int) -> str:
    left = "left" if one.in_set else "ruled out"
    odd = f"{percent(one.p_value)} of its people look at least as odd"
    return f"  {one.label:<{width}}  {percent(one.probability):>9}  {left:<9}  {odd}"


def _meaning(found: Diagnosis) -> list[str]:
    return [
        f"In {found.coverage:g} of 100 people of these classes the true class is among those left.",
        "The first percentages suppose that one of these classes is right, each as common as in the data.",
    ]


def _origin(found: Diagnosis) -> str:
    model = f" Model {found.model_id}." if found.model_id else ""
    if found.trained_on == "simulated":
        return f"Learned from SIMULATED faces only: it says nothing about real people.{model}"
    return f"Learned from: {found.trained_on}.{model}"
