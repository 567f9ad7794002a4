from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tests.back.clingo_oracle import best_by_clingo
from tests.back.exercise_samples import aims, person, sample

from mitate.abduce.language import Atom
from mitate.back.contraindications import pattern
from mitate.back.dosing import half_minutes
from mitate.back.exercise import Exercise
from mitate.back.exercises import exercises
from mitate.back.selection import Task, select
from mitate.back.weighing import Candidate, apart, chains, goals_served, serving, task_of
from mitate.back.wishes import wishes_of

A, B = Atom("control_impairment", ("flexion",)), Atom("hip_abductor_weakness", ("left",))
_TEXT = {"en": "text", "ja": "文"}


def to(*names: str) -> list[dict[str, Any]]:
    """Steps that lead to other exercises."""
    return [{"text": _TEXT, "exercise": name} for name in names]


def chosen(
    *pool: Exercise, causes: dict[Atom, float], age: float = 50.0, sizes: int = 6, **wishes: Any
) -> set[str]:
    """Names of what is selected for a person with these causes."""
    task = posed(*pool, causes=causes, age=age, sizes=sizes, **wishes)
    return {pool[i].name for i in select(task).items}


def posed(*pool: Exercise, causes: dict[Atom, float], age: float, sizes: int, **wishes: Any) -> Task:
    case, _ = person({}, **wishes)
    return task_of([Candidate(one, sizes) for one in pool], causes, wishes_of(case), age, chains(pool))


def test_which_causes_an_exercise_serves_and_how_strongly() -> None:
    served = [*aims("control_impairment(flexion)"), *aims("control_impairment", strength=1)]
    one = sample("one", serves=served)
    found = serving(one, {A: 0.5, B: 0.4})
    assert [(atom, share, aim.strength) for atom, share, aim in found] == [(A, 0.5, 2)]
    other = Atom("control_impairment", ("frontal",))
    assert [aim.strength for _, _, aim in serving(one, {other: 1.0})] == [1]


def test_versions_of_each_other_whichever_says_so() -> None:
    pool = (
        sample("light", harder=to("middling")),
        sample("middling"),
        sample("heavy", easier=to("middling", "elsewhere")),
        sample("apart"),
    )
    versions = chains(pool)
    assert versions["light"] == {"light", "middling", "heavy"}
    assert versions["heavy"] == versions["middling"] == versions["light"]
    assert versions["apart"] == {"apart"}
    assert apart(pool[0], pool[2], versions) == "version"
    assert apart(pool[0], pool[3], versions) is None


def test_two_harder_versions_of_one_are_not_versions_of_each_other() -> None:
    pool = (sample("light", harder=to("left", "right")), sample("left"), sample("right"))
    assert apart(pool[1], pool[2], chains(pool)) is None


def test_the_same_load_counts_from_level_2_on() -> None:
    one, two, easy = (sample(f"l{i}", level=level, loads=["knee"]) for i, level in enumerate((2, 3, 1)))
    versions = chains((one, two, easy))
    assert apart(one, two, versions) == "load"
    assert apart(one, easy, versions) is None


def test_every_likely_cause_is_served_before_anything_else() -> None:
    for_a = [sample(f"a{i}", serves=aims("control_impairment", strength=3)) for i in range(5)]
    for_b = sample("b", serves=aims("hip_abductor_weakness", strength=1), level=2, start="supine")
    found = chosen(*for_a, for_b, causes={A: 0.95, B: 0.15}, minutes=9)
    assert len(found) == 3
    assert "b" in found


def test_of_two_likely_causes_of_which_one_fits_the_likelier_is_served() -> None:
    for_a = sample("a", serves=aims("control_impairment"), loads=["knee"], level=2)
    for_b = sample("b", serves=aims("hip_abductor_weakness", strength=3), loads=["knee"], level=2)
    assert chosen(for_a, for_b, causes={A: 0.6, B: 0.5}) == {"a"}
    assert chosen(for_a, for_b, causes={A: 0.5, B: 0.6}) == {"b"}


def test_three_at_least_where_three_are_possible() -> None:
    pool = [sample(f"e{i}", kind="mobility", level=2) for i in range(4)]
    assert len(chosen(*pool, causes={}, minutes=20)) == 3
    assert len(chosen(*pool, causes={}, minutes=6)) == 2
    assert chosen(*pool[:1], causes={}, minutes=5) == {"e0"}


def test_no_more_than_six() -> None:
    causes = {Atom("control_impairment", (way,)): 0.9 for way in ("flexion", "frontal")}
    pool = [sample(f"e{i}", serves=aims("control_impairment", strength=3)) for i in range(9)]
    assert len(chosen(*pool, causes=causes, sizes=1, minutes=60)) in (4, 5, 6)
    assert len(chosen(*pool, causes=causes, sizes=1, minutes=60, pain_now=8)) in (3, 4)


def test_goals_draw_what_serves_them() -> None:
    walk = sample("walk", kind="aerobic", parts=["calves"], serves=aims("a"))
    plain = [sample(f"p{i}", kind="posture", serves=aims("control_impairment")) for i in range(3)]
    assert [goal.name for goal in goals_served(walk, ("walk_farther", "sit_longer"))] == ["walk_farther"]
    assert "walk" in chosen(walk, *plain, causes={A: 0.9}, goals=["walk_farther"])


def test_the_old_are_spared_the_floor() -> None:
    lying = [sample(f"l{i}", start="supine", minutes=4) for i in range(3)]
    standing = [sample(f"s{i}", minutes=4) for i in range(3)]
    assert chosen(*lying, *standing, causes={}, age=75) == {"s0", "s1", "s2"}


def test_what_serves_nothing_is_not_added() -> None:
    useful = [sample(f"u{i}", serves=aims("control_impairment")) for i in range(3)]
    stretch = sample("stretch", kind="mobility", serves=aims("hip_abductor_weakness"))
    assert "stretch" not in chosen(*useful, stretch, causes={A: 0.9}, minutes=60)
    assert "stretch" in chosen(*useful, stretch, causes={A: 0.9, B: 0.2}, minutes=60)


@pytest.mark.parametrize("region", ["low_back", "neck"])
def test_the_real_exercises_are_selected_as_well_as_by_clingo(region: str) -> None:
    """Sixteen of those that come with the package, for people with two likely causes and one that is not."""
    pool = [one for one in exercises() if one.region == region and one.level < 3]
    served = sorted({aim.cause for one in pool for aim in one.serves})
    for seed in range(4):
        rng = Random(seed)
        shares = dict(zip(map(pattern, rng.sample(served, 3)), (0.7, 0.3, 0.1), strict=True))
        case, _ = person(
            {}, minutes=rng.choice([10, 20, 30]), pain_now=rng.choice([2, 5]), goals=["sit_longer"]
        )
        candidates = [Candidate(one, half_minutes(one, one.dose)) for one in pool]
        task = task_of(candidates, shares, wishes_of(case), rng.choice([30.0, 70.0]), chains(pool))
        found = select(task)
        assert found.status == "optimal"
        assert found.worth == best_by_clingo(task)
