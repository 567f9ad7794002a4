"""Which packets to decode for pictures spread evenly over a clip, as cheaply as the clip's keyframes allow.

Time is cut into windows of `spacing_s`, and each window gives at most one picture: its keyframe if it has one
(a keyframe decodes alone), else its earliest picture (the one with the fewest pictures to decode before it).
Only packets from a keyframe to the last wanted one of its group reach the decoder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PacketTable:
    """The compressed pictures of a clip in decoding order.

    Attributes:
        times_s: float64, shape (n,), time of showing after the first picture.
        is_key: bool, shape (n,), decodable without any other.
        is_shown: bool, shape (n,), False where the container says to decode but not to show, or damaged.
        first_stamp: time stamp of the first picture, in the stream's ticks.
    """

    times_s: NDArray[np.float64]
    is_key: NDArray[np.bool_]
    is_shown: NDArray[np.bool_]
    first_stamp: int = 0

    def __len__(self) -> int:
        return len(self.times_s)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with each packet.

    Attributes:
        table: the packets.
        fed: bool, shape (n,), hand it to the decoder.
        wanted: bool, shape (n,), deliver its picture.
        is_sparse: whether pictures that are not wanted are left out on purpose.
    """

    table: PacketTable
    fed: NDArray[np.bool_]
    wanted: NDArray[np.bool_]
    is_sparse: bool


def plan(
    table: PacketTable, *, spacing_s: float | None, start_s: float, stop_s: float, keyframes_only: bool
) -> Plan:
    """Choose pictures in [start_s, stop_s], at most one a window of `spacing_s` (None: every picture)."""
    inside = table.is_shown & (table.times_s >= start_s) & (table.times_s <= stop_s)
    if spacing_s is None and not keyframes_only:
        group = _group_of(table)
        last = np.flatnonzero(inside)[-1] if inside.any() else -1
        first_group = group[inside].min() if inside.any() else 0
        # A picture shown before its own keyframe also hangs on the group before it.
        fed = (np.arange(len(table)) <= last) & (group >= first_group - 1)
        return Plan(table, fed=fed, wanted=inside, is_sparse=False)
    candidates = inside & (table.is_key if keyframes_only else ~_leading(table))
    wanted = candidates if spacing_s is None else _one_a_window(table, candidates, spacing_s, start_s)
    return Plan(table, fed=_needed_for(wanted, table), wanted=wanted, is_sparse=True)


def _group_of(table: PacketTable) -> NDArray[np.int64]:
    """Number of the keyframe that each packet follows; 0 before the first one."""
    return np.cumsum(table.is_key).astype(np.int64)


def _leading(table: PacketTable) -> NDArray[np.bool_]:
    """Pictures shown before the keyframe that they follow: they need the group before it too."""
    key_times = np.concatenate([[-np.inf], table.times_s[table.is_key]])
    return np.asarray(table.times_s < key_times[_group_of(table)])


def _one_a_window(
    table: PacketTable, candidates: NDArray[np.bool_], spacing_s: float, start_s: float
) -> NDArray[np.bool_]:
    where = np.flatnonzero(candidates)
    where = where[np.argsort(table.times_s[where], kind="stable")]
    wanted = np.zeros(len(table), dtype=np.bool_)
    chosen, chosen_window, chosen_is_key = -1, -1, False
    previous_time = -math.inf
    for i in where:
        time = float(table.times_s[i])
        window = math.floor((time - start_s) / spacing_s + 0.5)
        if window != chosen_window:
            if chosen >= 0:
                wanted[chosen] = True
                previous_time = float(table.times_s[chosen])
        elif chosen_is_key or not table.is_key[i]:
            continue
        # Half a spacing at least between two pictures, or neighbours across a window's edge are twins.
        if time - previous_time >= spacing_s / 2:
            chosen, chosen_window, chosen_is_key = int(i), window, bool(table.is_key[i])
    if chosen >= 0:
        wanted[chosen] = True
    return wanted


def _needed_for(wanted: NDArray[np.bool_], table: PacketTable) -> NDArray[np.bool_]:
    """Packets from each group's start to its last wanted one, without those shown before the keyframe."""
    group = _group_of(table)
    last = np.full(int(group[-1]) + 1 if len(group) else 1, -1, dtype=np.int64)
    np.maximum.at(last, group[wanted], np.flatnonzero(wanted))
    fed = np.arange(len(table)) <= last[group]
    return np.asarray(fed & ~(_leading(table) & ~wanted))
