"""Who is learned from and who is tested on: by participant, and within a participant by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mitate.edema.participants import Participant, Session, dry_weight
from mitate.errors import InputError

__all__ = ["DaySplit", "Split", "excess_targets", "folds", "guard", "split_days", "split_participants"]


def guard(train: Iterable[str], test: Iterable[str]) -> None:
    """Refuse a participant who is on both sides.

    Raises:
        InputError: naming the participants.
    """
    both = sorted(set(train) & set(test))
    if both:
        names = ", ".join(both[:5]) + (" ..." if len(both) > 5 else "")
        raise InputError(
            f"{len(both)} participants are both learned from and tested on: {names}",
            todo="split by participant",
        )


@dataclass(frozen=True, slots=True)
class Split:
    """Participant ids to learn from and to test on; never the same one twice.

    Raises:
        InputError: a participant is on both sides.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]

    def __post_init__(self) -> None:
        guard(self.train, self.test)


@dataclass(frozen=True, slots=True)
class DaySplit:
    """One participant's sessions: those of his first days, and all later ones."""

    train: tuple[Session, ...]
    test: tuple[Session, ...]


def _dealt(participants: Sequence[Participant], count: int, seed: int, by_sex: bool) -> list[list[str]]:
    """Participants dealt like cards onto `count` piles, the sexes one after the other if asked."""
    ids = sorted(participants, key=lambda participant: participant.participant_id)
    if len({participant.participant_id for participant in ids}) != len(ids):
        raise InputError("a participant id stands twice", todo="give each participant one row")
    order = [ids[i] for i in np.random.default_rng(seed).permutation(len(ids))]
    if by_sex:
        order.sort(key=lambda participant: participant.sex)  # stable: shuffled within each sex
    piles: list[list[str]] = [[] for _ in range(count)]
    for index, participant in enumerate(order):
        piles[index % count].append(participant.participant_id)
    return piles


def folds(
    participants: Sequence[Participant], count: int, *, seed: int = 0, by_sex: bool = False
) -> list[Split]:
    """Cross-validation by participant: each one is tested on once. The order of the rows does not matter.

    Raises:
        InputError: fewer participants than folds, or fewer than two folds.
    """
    if not 2 <= count <= len(participants):
        raise InputError(f"{count} folds of {len(participants)} participants cannot be made")
    piles = _dealt(participants, count, seed, by_sex)
    return [
        Split(
            tuple(sorted(name for other in piles if other is not pile for name in other)),
            tuple(sorted(pile)),
        )
        for pile in piles
    ]


def split_participants(
    participants: Sequence[Participant], *, test: float = 0.2, seed: int = 0, by_sex: bool = False
) -> Split:
    """One split by participant.

    Args:
        test: share of participants to test on, in (0, 1); at least one stays on each side.
        by_sex: keep the share about the same in each sex.

    Raises:
        InputError: fewer than two participants, or a share that is not in (0, 1).
    """
    if not 0 < test < 1 or len(participants) < 2:
        raise InputError(f"cannot test on a share of {test} of {len(participants)} participants")
    aim = min(max(round(test * len(participants)), 1), len(participants) - 1)
    order = [pile[0] for pile in _dealt(participants, len(participants), seed, by_sex)]
    # places spread evenly over the order take the same share of every sex
    chosen = set(np.floor((np.arange(aim) + 0.5) * len(order) / aim).astype(int).tolist())
    return Split(
        tuple(sorted(name for i, name in enumerate(order) if i not in chosen)),
        tuple(sorted(name for i, name in enumerate(order) if i in chosen)),
    )


def split_days(sessions: Sequence[Session], days: int) -> DaySplit:
    """One participant's sessions of his first `days` days, and of all later days, each by day.

    Raises:
        InputError: sessions of several participants, or a negative number of days.
    """
    if len({session.participant_id for session in sessions}) > 1 or days < 0:
        raise InputError("days are split for one participant at a time, from 0 days on")
    rank = {"pre": 0, "other": 1, "post": 2}
    order = sorted(sessions, key=lambda session: (session.day, rank[session.phase]))
    first = set(sorted({session.day for session in order})[:days])
    return DaySplit(
        tuple(session for session in order if session.day in first),
        tuple(session for session in order if session.day not in first),
    )


def excess_targets(
    participant: Participant, sessions: Iterable[Session], training: Iterable[Session]
) -> dict[str, float]:
    """Excess in kilograms of each weighed session, by session id.

    The dry weight is the one given or, failing that, estimated from `training` only (`dry_weight`).

    Raises:
        InputError: no dry weight and no weighed training session, or a session of someone else.
    """
    own = list(sessions)
    if any(session.participant_id != participant.participant_id for session in own):
        raise InputError("a session of someone else", where=f"participant {participant.participant_id}")
    dry = dry_weight(participant, training)
    return {session.session_id: session.weight_kg - dry for session in own if session.weight_kg is not None}
