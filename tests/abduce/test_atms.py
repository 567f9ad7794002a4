"""The public `.atms` problems are read whole, and a line that is no clause is named with its column."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.abduce.atms import parse_atms, read_atms
from mitate.abduce.language import Atom, Observation
from mitate.errors import InputError

FMEA = Path(__file__).parents[2] / "../shared/data/fmea_abduction"


def test_a_problem_becomes_causes_certain_rules_and_a_goal() -> None:
    kb = parse_atms("H_1->e_1.\n\n% a comment\n H_1 , H_2,e_1 -> e_2 . \ne_1,e_2,e_1->explain.", "f")
    assert {name: (p.kind, p.prior) for name, p in kb.predicates.items()} == {
        "H_1": ("cause", math.exp(-1)),
        "H_2": ("cause", math.exp(-1)),
        "e_1": ("derived", None),
        "e_2": ("derived", None),
        "explain": ("derived", None),
    }
    assert [str(rule) for rule in kb.rules] == [
        "H_1 => e_1",
        "H_1 and H_2 and e_1 => e_2",
        "e_1 and e_2 => explain",
    ]
    assert [(rule.name, rule.line) for rule in kb.rules] == [("line_1", 1), ("line_4", 4), ("line_5", 5)]
    assert kb.situation.observations == (Observation(Atom("explain"), line=5),)
    assert kb.files == ("f",)


@pytest.mark.skipif(not FMEA.is_dir(), reason="the shared FMEA problems are not here")
def test_every_public_problem_follows_the_convention() -> None:
    paths = sorted(FMEA.glob("*/*.atms"))
    assert len(paths) > 180
    for path in paths:
        kb = read_atms(path)
        goal = kb.situation.observations[0].atom
        heads = [rule.head for rule in kb.rules]
        assert goal.predicate in ("explain", "obs")
        assert heads.count(goal) == 1
        assert not any(goal in rule.body for rule in kb.rules)
        assert not any(kb.predicates[head.predicate].kind == "cause" for head in heads if head is not None)
        assert len(kb.rules) == path.read_text("utf-8").count("->")


REFUSED = {
    "H_1 -> ": (7, "the end of the line cannot stand here; expected a name"),
    "H_1, -> e.": (6, "`->` cannot stand here; expected a name"),
    "H_1 -> e": (9, "the end of the line cannot stand here; expected `.`"),
    "H_1 -> e. x": (11, "`x` cannot stand here; expected the end of the line"),
    "-> e.": (1, "`->` cannot stand here; expected a name"),
    "H_1 e -> f.": (5, "`e` cannot stand here; expected `,` or `->`"),
    "H_1 ; b -> c.": (5, "`;` cannot stand here; expected `,` or `->`"),
    "é -> b.": (1, "`é` cannot stand here; expected a name"),
    "a -> b, c.": (7, "`,` cannot stand here; expected `.`"),
}


@pytest.mark.parametrize("line", REFUSED)
def test_each_broken_line_is_named(line: str) -> None:
    column, what = REFUSED[line]
    with pytest.raises(InputError) as caught:
        parse_atms(f"a -> b.\n{line}\nb -> c.", "f")
    assert (caught.value.where, caught.value.what) == (f"f:2:{column}", what)


def test_problems_without_a_goal_and_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no clause"):
        parse_atms("% nothing\n")
    with pytest.raises(InputError, match="concludes a hypothesis") as caught:
        parse_atms("a -> b.\nb -> H_1.", "f")
    assert caught.value.where == "f:2"
    with pytest.raises(InputError, match="cannot be read"):
        read_atms(tmp_path / "absent.atms")
    (tmp_path / "x.atms").write_bytes(b"\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        read_atms(tmp_path / "x.atms")


@given(st.text("H_1e ,->.\n%\té", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        kb = parse_atms(text, "f")
    except InputError:
        return
    assert kb.rules


def test_a_hundred_thousand_lines_are_read_at_once() -> None:
    text = "\n".join(f"H_{i % 3000}, e_{i % 977},e_{i % 7} -> e_{i * 31 % 5000}." for i in range(100_000))
    began = time.process_time()
    assert len(parse_atms(text).rules) == 100_000
    assert time.process_time() - began < 4  # measured 0.7
