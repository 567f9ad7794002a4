"""The selection against trying every choice, and against clingo, which is told the same in its own words."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.back.clingo_oracle import best_by_clingo

from mitate.back.selection import Burden, Reward, Task, select, worth


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    number = draw(st.integers(1, 9))
    some = st.lists(st.integers(0, number - 1), min_size=1, max_size=number, unique=True).map(
        lambda items: tuple(sorted(items))
    )
    pairs = st.tuples(st.integers(0, number - 1), st.integers(0, number - 1)).filter(lambda p: p[0] < p[1])
    return Task(
        sizes=tuple(draw(st.lists(st.integers(1, 12), min_size=number, max_size=number))),
        budget=draw(st.integers(0, 40)),
        most=draw(st.integers(0, 6)),
        apart=tuple(draw(st.lists(pairs, max_size=6, unique=True))) if number > 1 else (),
        rewards=tuple(
            Reward(draw(some), draw(st.integers(1, 500)), draw(st.integers(1, 4)))
            for _ in range(draw(st.integers(0, 7)))
        ),
        burdens=tuple(Burden(draw(some), draw(st.integers(1, 200))) for _ in range(draw(st.integers(0, 7)))),
    )


def best_of_all(task: Task) -> int:
    """By trying every choice."""
    items = range(len(task.sizes))
    choices = (frozenset(c) for k in range(len(items) + 1) for c in combinations(items, k))
    return max(worth(task, choice) for choice in choices if task.allows(choice))


@given(task=tasks())
@settings(max_examples=150)
def test_nothing_is_worth_more_than_what_is_selected(task: Task) -> None:
    found = select(task)
    assert found.status == "optimal"
    assert task.allows(frozenset(found.items))
    assert found.worth == worth(task, frozenset(found.items)) == best_of_all(task)
    assert select(task) == found


def large(seed: int, number: int) -> Task:
    """A task as large as the exercises of a region make it."""
    rng = Random(seed)

    def some(share: int) -> tuple[int, ...]:
        return tuple(sorted(rng.sample(range(number), rng.randint(1, max(1, number // share)))))

    rewards = [Reward(tuple(range(number)), 6000, least) for least in (1, 2, 3)]
    for _ in range(rng.randint(2, 6)):
        items, share = some(3), rng.random()
        rewards += [Reward(items, int(24000 * (1 + share)))] if share > 0.4 else []
        rewards += [Reward(items[k:] or items, int(1 + 400 * share)) for k in range(3)]
        rewards += [Reward(items, int(1 + 300 * share), 2)]
    rewards += [Reward(some(2), rng.randint(20, 150)) for _ in range(5)]
    sizes = tuple(rng.randint(2, 12) for _ in range(number))
    burdens = [Burden((i,), 25 + 7 * size) for i, size in enumerate(sizes)]
    pairs = {tuple(sorted(rng.sample(range(number), 2))) for _ in range(number)}
    return Task(
        sizes,
        rng.choice([10, 20, 40]),
        6,
        tuple((one, two) for one, two in sorted(pairs)),
        tuple(rewards),
        (*burdens, Burden(some(2), 60)),
    )


@pytest.mark.parametrize("seed", range(12))
def test_as_good_as_the_optimum_of_clingo(seed: int) -> None:
    task = large(seed, 24)
    found = select(task)
    assert found.status == "optimal"
    assert task.allows(frozenset(found.items))
    assert found.worth == best_by_clingo(task)


def test_of_nothing_nothing_is_selected() -> None:
    assert select(Task((), 40, 6)).items == ()
    assert select(Task((5,), 4, 6, rewards=(Reward((0,), 10),))).items == ()
    assert select(Task((5,), 5, 6, rewards=(Reward((0,), 10),))).items == (0,)
    assert select(Task((5,), 5, 6, burdens=(Burden((0,), 10),))).items == ()
    assert select(Task((1, 1), 5, 6, rewards=(Reward((0, 1), 10, 3),))).worth == 0


def test_a_search_that_is_stopped_says_so() -> None:
    found = select(large(1, 40), time_limit_s=0.0)
    assert found.status == "stopped"
    assert large(1, 40).allows(frozenset(found.items))
