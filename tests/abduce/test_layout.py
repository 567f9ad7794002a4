"""Boxes of a drawn proof: none on another, a rule's body left of its head, text within its box."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitate.abduce.answer import Explanation
from mitate.abduce.language import Atom, KnowledgeBase
from mitate.abduce.layout import MARGIN, WIDTH, layout, text_width, wrapped
from mitate.abduce.parse import parse
from mitate.abduce.solve import Reasoner


def case(causes: int, findings: int) -> tuple[KnowledgeBase, Explanation]:
    """Habits that lead to causes, loads that these make, findings from both; some absent, one unexplained."""
    lines = ['source s "A study"']
    for i in range(causes):
        lines.append(
            f'hypothesis habit{i} "sits at a desk for long hours, number {i}" / "長時間の座位{i}" prior 0.3'
        )
        lines.append(
            f'cause cause{i} "the low back bends too much, kind {i}" / "腰が曲がりすぎる{i}" prior 0.01'
        )
        lines.append(f'derived load{i} "the discs of level {i} are loaded" / "椎間板{i}の負荷"')
        lines.append(f"rule h{i}: habit{i} => cause{i} 0.4 source s")
        lines.append(f"rule l{i}: cause{i} and habit{(i + 1) % causes} => load{i} source s")
    for j in range(findings):
        label = f'"a finding with a rather long description, {j}" / "長い所見{j}"'
        lines.append(f"observation o{j} {label} unexplained 0.01")
        source = f"cause{j % causes}" if j % 3 else f"load{j % causes}"
        lines.append(f"rule a_rather_long_name_{j}: {source} => o{j} 0.{j % 8 + 2} source s")
        lines.append(f"observe o{j}" if j % 7 != 6 else f"observe not o{j}")
    lines.append('observation odd "odd" unexplained 0.2\nobserve odd')
    lines.append('observation usual "usual" unexplained 0.8\nobserve usual')
    kb = parse("\n".join(lines))
    return kb, Reasoner(kb).explain(kb.situation, k=1).explanations[0]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("causes", "findings"), [(1, 1), (2, 8), (5, 30)])
def test_no_two_boxes_touch(causes: int, findings: int, language: str) -> None:
    kb, one = case(causes, findings)
    plan = layout(kb, one, language)
    for n, box in enumerate(plan.boxes):
        assert box.x >= MARGIN
        assert box.x + WIDTH <= plan.width
        assert 0 < box.y < box.y + box.height < plan.height
        for other in plan.boxes[n + 1 :]:
            apart = abs(box.x - other.x) >= WIDTH
            assert apart or box.y + box.height < other.y or other.y + other.height < box.y


def test_bodies_stand_left_of_heads_and_findings_last() -> None:
    kb, one = case(5, 30)
    plan = layout(kb, one)
    last = max(box.column for box in plan.boxes)
    for box in plan.boxes:
        for atom in box.sources:
            assert plan.places[atom].column < box.column
        if box.style in ("seen", "failed", "unexplained"):
            assert box.column == last
    styles = {box.style for box in plan.boxes}
    assert {"cause", "hypothesis", "derived", "seen", "failed", "unexplained"} == styles
    assert plan.left_out == 1
    assert {box.atom for box in plan.boxes} >= {step.head for step in one.steps}
    assert Atom("usual") not in plan.places


def test_an_explanation_without_causes_is_drawn_too() -> None:
    kb = parse('source s "x"\nobservation o "o" unexplained 0.2\nobserve o')
    plan = layout(kb, Reasoner(kb).explain(kb.situation).explanations[0])
    assert [box.style for box in plan.boxes] == ["unexplained"]


@settings(max_examples=200)
@given(
    st.text(alphabet="abc 腰痛、WM-", max_size=80),
    st.floats(0.5, 4),
)
def test_lines_fit_and_keep_every_character(text: str, width: float) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert line == line.strip() or len(lines) == 1 or not line.endswith(" ")
        assert text_width(line.rstrip()) <= width + 1e-9 or len(line) == 1
