"""Who took part and what was captured: the rows of a cohort, and the dry weight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mitate.edema.sessions import Phase
from mitate.errors import InputError

__all__ = ["Cohort", "Participant", "Session", "dry_weight"]


@dataclass(frozen=True, slots=True)
class Participant:
    """One person: sex "F", "M", "other" or "" (not told), age in years, dry weight in kilograms if known."""

    participant_id: str
    sex: str = ""
    age: float | None = None
    dry_weight_kg: float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One capture of one person.

    Attributes:
        participant_id, session_id: together unique.
        day: number of the treatment day of this person; later days have larger numbers.
        phase: "pre", "post" or "other" with respect to dialysis.
        weight_kg: None when he was not weighed.
        captured_at: None when not told.
        video: path below the cohort's folder with forward slashes; "" if there is none.
    """

    participant_id: str
    session_id: str
    day: int
    phase: Phase
    weight_kg: float | None = None
    captured_at: datetime | None = None
    video: str = ""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Participants and sessions, in the order of their tables. `root` does not count for equality."""

    name: str
    participants: tuple[Participant, ...]
    sessions: tuple[Session, ...]
    simulated: bool = False
    consent: str = ""
    licence: str = ""
    root: Path = field(default=Path(), compare=False)

    def participant(self, participant_id: str) -> Participant:
        """The participant of this id.

        Raises:
            InputError: there is none.
        """
        for participant in self.participants:
            if participant.participant_id == participant_id:
                return participant
        raise InputError(
            f"no participant {participant_id!r}",
            where=self.root / "participants.tsv",
            todo="use one of: " + ", ".join(p.participant_id for p in self.participants[:10]),
        )

    def sessions_of(self, participant_id: str) -> tuple[Session, ...]:
        """His sessions by day, pre before post."""
        rank = {"pre": 0, "other": 1, "post": 2}
        own = [session for session in self.sessions if session.participant_id == participant_id]
        return tuple(sorted(own, key=lambda session: (session.day, rank[session.phase])))

    def video_path(self, session: Session) -> Path:
        """Where the session's video lies.

        Raises:
            InputError: the session has none.
        """
        if not session.video:
            raise InputError(
                f"session {session.session_id!r} of {session.participant_id!r} has no video",
                where=self.root / "sessions.tsv",
            )
        return self.root / session.video


def dry_weight(participant: Participant, training_sessions: Iterable[Session]) -> float:
    """Dry weight in kilograms: the one given, or estimated from training sessions only.

    Estimated as the mean weight after dialysis, which is what dialysis aims at; without a weighed post
    session as the lowest weight. Pass training days only: a test day's weight must not enter its target.

    Raises:
        InputError: not given and no training session was weighed.
    """
    if participant.dry_weight_kg is not None:
        return participant.dry_weight_kg
    own = [s for s in training_sessions if s.participant_id == participant.participant_id]
    post = [s.weight_kg for s in own if s.weight_kg is not None and s.phase == "post"]
    if post:
        return sum(post) / len(post)
    weights = [s.weight_kg for s in own if s.weight_kg is not None]
    if not weights:
        raise InputError(
            "the dry weight is not given and no training session was weighed",
            where=f"participant {participant.participant_id}",
            todo="fill dry_weight_kg in participants.tsv",
        )
    return min(weights)
