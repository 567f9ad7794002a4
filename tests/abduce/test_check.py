"""The checker finds each mistake it speaks of, where it stands, and nothing in a sound base."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.abduce.check import Finding, check
from mitate.abduce.parse import parse, read
from mitate.errors import InputError

KNOWLEDGE = Path(__file__).parents[2] / "src/mitate/back/knowledge"

SOUND = """\
source s "Source"
convention e "Convention" at most 3
sort side = left, right
sort grade = little, much
cause stiff(side) prior 0.04 source s
hypothesis sits prior 0.3 source s
derived overload
given old
observation bends(side, grade) one of grade unexplained 0.1 source s
observation aches unexplained 0.2 source s
rule r1: stiff(Side) and old => bends(Side, little) 0.8 source s
rule r2: sits => overload source s
rule r3: overload => aches 0.6 source e
rule r4: sits => stiff(left) 0.1 source s
ask q1 "?" takes 8 reveals aches
ask q2 "?" takes 8 reveals bends(_, _)
observe aches
given: old
"""

# Each: statements after SOUND, the line of the finding there (in SOUND itself: negative), severity, words.
FOUND = {
    "circle": (
        "derived a derived b\nrule c1: a => b source s\nrule c2: b => a source s\n"
        "rule c3: sits => a source s rule c4: b => aches 0.1 source s",
        2,
        "warning",
        "the rules c1, c2 run in a circle",
    ),
    "own body": ("rule c: stiff(X) => stiff(Y) 0.1 source s", 1, "warning", "c concludes its own body"),
    "dead end": (
        "cause a prior 0.1 source s derived d\nrule x: a => d source s",
        1,
        "warning",
        "no observation can",
    ),
    "no prior": (
        "cause a\nrule x: a => aches 0.1 source s",
        1,
        "warning",
        "the cause a has no prior and no rule",
    ),
    "never fires": ("derived a\nrule x: a => aches 0.1 source s", 2, "warning", "x can never fire: nothing"),
    "excluded body": (
        "exclude x: sits, stiff(left) source s\nrule y: sits and stiff(left) => aches 0.1 source s",
        2,
        "warning",
        "the rule y can never fire: sits and stiff(left) exclude each other",
    ),
    "no source": ("rule x: sits => aches 0.1", 1, "warning", "the rule x cites no source"),
    "prior without source": ("prior x: stiff(left) 0.1", 1, "warning", "the prior x cites no source"),
    "exclusion without source": (
        "exclude x: sits, overload",
        1,
        "warning",
        "the exclusion x cites no source",
    ),
    "unexplained without source": (
        "unexplained bends(left, much) 0.1",
        1,
        "warning",
        "the unexplained probability of bends(left, much) cites no source",
    ),
    "heavy convention": (
        "\nrule x: sits => aches 0.7 source e",
        2,
        "error",
        "the rule x makes aches more probable by a factor of 3.5 (0.7 to 0.2), e allows 3",
    ),
    "heavy by a later statement": (
        "unexplained bends(left, _) 0.01 source s\nrule x: sits => bends(A, little) 0.2 source e",
        2,
        "error",
        "makes bends(left, little) more probable by a factor of 20",
    ),
    "heavy prior": (
        "rule x: sits => stiff(right) 0.5 source e",
        1,
        "error",
        "stiff(right) more probable by a factor",
    ),
    "sum of unexplained": (
        "unexplained bends(right, much) 0.95 source s",
        -9,
        "error",
        "of bends(right, _) only one can hold, and their unexplained probabilities add up to 1.05",
    ),
    "sum of priors": (
        "cause a prior 0.5 source s rule x: a => aches 0.3 source s\n"
        "exclude y: a, sits, stiff(left) source s prior z: stiff(left) 0.3 source s",
        2,
        "error",
        "of the exclusion y only one can hold, and their priors add up to 1.1",
    ),
    "unused predicate": ("derived d", 1, "warning", "the derived d is not used"),
    "unused sort": ("sort z = a, b", 1, "warning", "no predicate has an argument of sort z"),
    "unused constant": (
        "sort z = a, b cause c(z) prior 0.1 source s rule x: c(a) => aches 0.1 source s",
        1,
        "warning",
        "of the sort z nothing speaks of b",
    ),
    "unused source": ('source t "T"', 1, "warning", "nothing cites the source t"),
    "nothing asks": (
        "observation o(side) unexplained 0.1 source s\nrule x: sits => o(left) 0.2 source s",
        1,
        "warning",
        "no question reveals o(left)",
    ),
    "present and absent": ("observe not aches", 1, "error", "aches is observed both present and absent"),
    "twice": ("observe aches", 1, "warning", "aches is observed twice"),
    "two of one group": (
        "observe bends(left, little)\nobserve bends(left, much)",
        2,
        "error",
        "bends(left, little) and bends(left, much) exclude each other",
    ),
    "two of an exclusion": (
        "exclude x: aches, bends(Side, much) source s\nobserve bends(left, much)",
        2,
        "error",
        "aches and bends(left, much) exclude each other",
    ),
    "same rule": (
        "rule x: sits => overload 0.5 source s",
        1,
        "warning",
        "the rule x says the same as r2 (kb:12)",
    ),
    "same but for order": (
        "rule x: old and stiff(A) => bends(A, little) 0.5 source s",
        1,
        "warning",
        "the rule x says the same as r1 (kb:11)",
    ),
    "same prior": (
        "prior x: stiff(left) 0.1 source s\nprior y: stiff(left) 0.2 source s",
        2,
        "warning",
        "the prior y replaces x (kb:19)",
    ),
}


def test_a_sound_base_has_no_findings() -> None:
    assert check(parse(SOUND, "kb")) == ()
    assert check(parse("")) == ()


@pytest.mark.parametrize("case", FOUND)
def test_each_mistake_is_found_where_it_stands(case: str) -> None:
    text, line, severity, what = FOUND[case]
    findings = check(parse(SOUND + text, "kb"))
    at = 18 + line if line > 0 else -line
    assert [(f.severity, f.where) for f in findings if what in f.what] == [(severity, f"kb:{at}")], findings
    assert len(findings) == 1, findings


def test_what_is_given_cannot_contradict_itself() -> None:
    text = "sort band = young, old given age(band) one of band cause c prior 0.1\n"
    text += "rule r: age(_) and c => c given: age(young), age(old)"
    errors = [finding for finding in check(parse(text, "kb")) if finding.severity == "error"]
    assert errors == [
        Finding(
            "error",
            "age(young) and age(old) exclude each other and both are said to hold",
            "kb",
            "keep one of them",
        )
    ]


def test_a_base_without_sources_is_told_once() -> None:
    findings = check(parse("cause c prior 0.1\nobservation o unexplained 0.1\nrule r: c => o 0.5", "kb"))
    assert [(f.where, f.what) for f in findings] == [("kb:1", "nothing here cites a source")]


def test_findings_of_several_files_name_theirs(tmp_path: Path) -> None:
    (tmp_path / "a.kb").write_text("derived d", "utf-8")
    (tmp_path / "b.kb").write_text("\nderived e", "utf-8")
    assert [f.where for f in check(read(tmp_path))] == [f"{tmp_path / 'a.kb'}:1", f"{tmp_path / 'b.kb'}:2"]


def test_variables_meet_constants_and_circles_need_rules() -> None:
    # c(X) and c(left) are both concluded and both used, but no rule leads from the one to the other.
    text = """
    sort side = left, right
    derived c(side) derived d derived e cause a prior 0.1 observation o unexplained 0.1
    rule r1: c(_) => o 0.1
    rule r2: d => c(left)
    rule r3: a => d
    rule r4: a => c(X)
    rule r5: c(left) => e
    rule r6: e => o 0.1
    """
    found = [finding.what for finding in check(parse(text))]
    assert not [what for what in found if "circle" in what or "fire" in what or "reached" in what]


def test_a_large_base_is_checked_in_bounded_time() -> None:
    n = 5000
    text = "cause c prior 0.1 observation o unexplained 0.1 " + "".join(f"derived d{i} " for i in range(n))
    text += "rule s: c => d0 " + "".join(f"rule r{i}: d{i} => d{(i + 1) % n} " for i in range(n))
    text += f"sort t = {', '.join(f't{i}' for i in range(200))} given g(t) "
    text += "cause w(t, t, t, t) prior 0.1 exclude x: w(A, B, C, D), w(E, F, G, H)"
    kb = parse(text)
    began = time.process_time()
    findings = check(kb)
    assert time.process_time() - began < 5
    assert any(
        f"the rules {', '.join(f'r{i}' for i in range(6))}, ... run in a circle" in f.what for f in findings
    )


@given(st.sets(st.integers(0, len((SOUND + "".join(FOUND[case][0] for case in FOUND)).splitlines()))))
def test_any_base_that_can_be_read_can_be_checked(dropped: set[int]) -> None:
    lines = (SOUND + "\n".join(case[0] for case in FOUND.values())).splitlines()
    try:
        kb = parse("\n".join(line for number, line in enumerate(lines) if number not in dropped))
    except InputError:
        return
    findings = check(kb)
    assert findings == check(kb)
    assert all(finding.what and finding.where for finding in findings)


@pytest.mark.skipif(not list(KNOWLEDGE.glob("*.kb")), reason="no knowledge base here")
def test_the_low_back_base_has_no_errors() -> None:
    assert [finding for finding in check(read(KNOWLEDGE)) if finding.severity == "error"] == []
