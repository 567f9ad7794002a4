"""The choice of packets, over made-up clips: no decoder is needed to check what it promises."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mitate.video._plan import PacketTable, plan


@st.composite
def tables(draw: st.DrawFn) -> PacketTable:
    """Clips with any keyframes, a variable rate, and pictures stored out of order within a group."""
    gaps = draw(st.lists(st.floats(0.001, 2.0), min_size=1, max_size=60))
    times = np.cumsum([0.0, *gaps[1:]])
    is_key = np.array(draw(st.lists(st.booleans(), min_size=len(times), max_size=len(times))), dtype=np.bool_)
    is_key[0] = True
    order = np.arange(len(times))
    for at in draw(st.lists(st.integers(0, max(0, len(times) - 2)), max_size=20)):
        if at + 1 < len(times) and not is_key[order[at]] and order[at] > 0:
            order[[at, at + 1]] = order[[at + 1, at]]
    return PacketTable(times[order], is_key[order], np.ones(len(times), dtype=np.bool_))


spacings = st.floats(0.01, 10)


@given(table=tables(), spacing=spacings, start=st.floats(0, 5), length=st.floats(0, 60))
def test_at_most_one_a_window_and_never_twins(
    table: PacketTable, spacing: float, start: float, length: float
) -> None:
    chosen = plan(table, spacing_s=spacing, start_s=start, stop_s=start + length, keyframes_only=False)
    times = np.sort(table.times_s[chosen.wanted])
    assert len(times) <= math.ceil(length / spacing) + 1
    assert all(start <= time <= start + length for time in times)
    assert all(later - earlier >= spacing / 2 - 1e-9 for earlier, later in pairwise(times))


@given(table=tables(), spacing=spacings)
def test_no_stretch_of_two_spacings_is_passed_over(table: PacketTable, spacing: float) -> None:
    """Where there are pictures to choose, the next chosen one is never much more than two windows on."""
    chosen = plan(table, spacing_s=spacing, start_s=0, stop_s=math.inf, keyframes_only=False)
    times = np.sort(table.times_s[chosen.wanted])
    key_times = np.concatenate([[-np.inf], table.times_s[table.is_key]])
    is_leading = table.times_s < key_times[np.cumsum(table.is_key)]
    offered = np.sort(table.times_s[~is_leading])
    for time in offered:
        assert np.abs(times - time).min() <= 1.5 * spacing + 1e-9


@given(table=tables(), spacing=st.none() | spacings, keys=st.booleans(), start=st.floats(0, 5))
def test_all_that_a_wanted_picture_hangs_on_is_fed(
    table: PacketTable, spacing: float | None, keys: bool, start: float
) -> None:
    chosen = plan(table, spacing_s=spacing, start_s=start, stop_s=math.inf, keyframes_only=keys)
    group = np.cumsum(table.is_key)
    key_times = np.concatenate([[-np.inf], table.times_s[table.is_key]])
    is_leading = table.times_s < key_times[group]
    for i in np.flatnonzero(chosen.wanted):
        key = np.flatnonzero(table.is_key[: i + 1])[-1]
        assert chosen.fed[[j for j in range(key, i + 1) if not is_leading[j] or j == i]].all()
        assert not (is_leading[i] and chosen.is_sparse)
    assert not (keys and (chosen.wanted & ~table.is_key).any())


@given(table=tables())
def test_without_spacing_every_picture_is_wanted(table: PacketTable) -> None:
    chosen = plan(table, spacing_s=None, start_s=0, stop_s=math.inf, keyframes_only=False)
    assert chosen.wanted.all()
    assert chosen.fed.all()


def test_keyframes_are_taken_where_they_are_near_enough() -> None:
    """Three minutes, a keyframe each second, a picture wanted each 0.6 s: a quarter is decoded."""
    times = np.arange(5400) / 30
    table = PacketTable(times, np.arange(5400) % 30 == 0, np.ones(5400, dtype=np.bool_))
    chosen = plan(table, spacing_s=0.6, start_s=0, stop_s=math.inf, keyframes_only=False)
    assert chosen.wanted.sum() == 301
    assert (chosen.wanted & table.is_key).sum() == 180
    assert chosen.fed.sum() < 5400 * 0.3
