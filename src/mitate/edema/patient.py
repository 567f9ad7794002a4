"""A patient's model from his videos, and what it says of a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mitate.edema.encoder import Encoder, default_encoder, load_encoder
from mitate.edema.participants import Cohort, Participant, Session
from mitate.edema.personal import Change, Estimate, PersonalModel, compare, estimate, personalise
from mitate.edema.protocol import DaySplit, excess_targets, split_days
from mitate.edema.reading import FRAMES, Reading, read_video
from mitate.errors import InputError, MitateError, RefusalError
from mitate.face.embed import SAME_PERSON_COSINE, identity_of, similarity_of
from mitate.face.select import Networks

__all__ = [
    "LeftOut",
    "PatientReadings",
    "Personalised",
    "compare_videos",
    "encoder_of",
    "estimate_video",
    "find_encoder",
    "personalise_patient",
    "read_patient",
]

Step = Callable[[str, float], None]
"""Takes which clip is being read and the share of it that has been read, 0 to 1."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A session that could not be used, and why."""

    participant_id: str
    session_id: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Personalised:
    """A patient's model and what it was made from.

    Attributes:
        model: the model, with the patient's face identity.
        reference: the session that every later clip is compared with.
        labelled: further sessions it learned from.
        later: sessions it has not seen.
        left_out: sessions that could not be used.
    """

    model: PersonalModel
    reference: Session
    labelled: tuple[Session, ...]
    later: tuple[Session, ...]
    left_out: tuple[LeftOut, ...]


def find_encoder(folder: Path | None) -> Encoder:
    """The encoder in `folder`, or the one that comes with mitate.

    Raises:
        InputError: it cannot be read.
    """
    return default_encoder() if folder is None else load_encoder(folder)


def encoder_of(model: PersonalModel, folder: Path | None = None) -> Encoder:
    """The encoder that a model was made with.

    Args:
        model: the patient's.
        folder: where the encoder lies; None is the one that comes with mitate.

    Raises:
        InputError: it is another one.
    """
    encoder = find_encoder(folder)
    if (encoder.sha256, encoder.prior.short_id) != (model.encoder_sha256, model.prior_id):
        raise InputError(
            "the model was made with another encoder or prior than this one",
            where=encoder.root,
            todo="give the encoder that it was made with by --encoder, or make the model again",
        )
    return encoder


@dataclass(frozen=True, slots=True, eq=False)
class PatientReadings:
    """A patient's clips as read, with what is known of each: what a model of him is made from.

    Attributes:
        participant_id: who.
        sessions: the one that every later clip is compared with, then the labelled ones.
        readings: of the same sessions.
        excess_kg: of the same sessions; None only for a reference whose weight is not used.
        later: sessions that were not read.
        left_out: sessions that could not be used.
    """

    participant_id: str
    sessions: tuple[Session, ...]
    readings: tuple[Reading, ...]
    excess_kg: tuple[float | None, ...]
    later: tuple[Session, ...]
    left_out: tuple[LeftOut, ...]

    def model(self, encoder: Encoder) -> Personalised:
        """The patient's model by the encoder that the clips were read with."""
        known = [
            reading.labelled(session, excess)
            for session, reading, excess in zip(self.sessions, self.readings, self.excess_kg, strict=True)
        ]
        identity = identity_of(np.stack([reading.clip.identity for reading in self.readings]))
        model = personalise(
            encoder.prior, known[0], known[1:], participant_id=self.participant_id, identity=identity
        )
        return Personalised(model, self.sessions[0], self.sessions[1:], self.later, self.left_out)

    def labelled_crops(self) -> list[tuple[NDArray[np.uint8], float]]:
        """(crops (n, S, S, 3), excess in kilograms) of each session whose excess is known."""
        pairs = zip(self.readings, self.excess_kg, strict=True)
        return [(reading.clip.crops, excess) for reading, excess in pairs if excess is not None]

    def reread(self, encoder: Encoder) -> PatientReadings:
        """The same clips embedded by another encoder of the same crop size; no video is read again."""
        again = (Reading(reading.clip, encoder.embed(reading.clip.crops)) for reading in self.readings)
        return replace(self, readings=tuple(again))


def personalise_patient(
    cohort: Cohort,
    participant_id: str,
    encoder: Encoder,
    *,
    days: int | None = None,
    frames: int = FRAMES,
    networks: Networks | None = None,
    progress: Step | None = None,
) -> Personalised:
    """Make a patient's model from his first days; arguments and errors as `read_patient`."""
    return read_patient(
        cohort, participant_id, encoder, days=days, frames=frames, networks=networks, progress=progress
    ).model(encoder)


def read_patient(
    cohort: Cohort,
    participant_id: str,
    encoder: Encoder,
    *,
    days: int | None = None,
    frames: int = FRAMES,
    networks: Networks | None = None,
    progress: Step | None = None,
) -> PatientReadings:
    """Read the clips of a patient's first days.

    The reference is his first usable `post` session (his first usable one where there is none). A dry weight
    that is not given is estimated from these days only.

    Args:
        cohort: that he is in.
        participant_id: who.
        encoder: to read his videos with.
        days: of his days to learn from; None is all, 0 is one reference session, with its weight
            if it was weighed and tells the excess.
        frames: used of a clip at most.
        networks: from `Networks.load()`.
        progress: called with the session's id and the share of its clip that has been read.

    Raises:
        InputError: no such participant, no session with a video, or no dry weight and no weights.
        RefusalError: none of his clips can be used.
        WeightsError: weights are not installed.
    """
    participant = cohort.participant(participant_id)
    split, learned = _learned_from(cohort, participant_id, days)
    weighed = any(s.weight_kg is not None for s in split.train)
    excess = excess_targets(participant, split.train, split.train) if weighed else {}
    reader = _Reader(cohort, encoder, frames, networks or Networks.load(), progress)
    reference, first = reader.reference(learned)
    if days == 0:
        excess = _of_reference(participant, reference)
    used = [(reference, first)]
    for session in learned:
        if session is not reference and session.session_id in excess:
            reading = reader.read(session, identity_from=first)
            if reading is not None:
                used.append((session, reading))
    return PatientReadings(
        participant_id=participant_id,
        sessions=tuple(session for session, _ in used),
        readings=tuple(reading for _, reading in used),
        excess_kg=tuple(excess.get(session.session_id) for session, _ in used),
        later=tuple(s for s in split.test if s is not reference),
        left_out=tuple(reader.left_out),
    )


def _learned_from(cohort: Cohort, participant_id: str, days: int | None) -> tuple[DaySplit, list[Session]]:
    """A patient's days to learn from and later ones, and the sessions with a video among the former."""
    if days is not None and days < 0:
        raise InputError("the number of days must be 0 or more", where="days")
    own = cohort.sessions_of(participant_id)
    split = split_days(own, len({s.day for s in own}) if days is None else days)
    learned = [s for s in (split.train if days != 0 else own) if s.video]
    if not learned:
        raise InputError(
            "no session of these days has a video",
            where=f"{cohort.root / 'sessions.tsv'}, participant {participant_id}",
        )
    return split, learned


def _of_reference(participant: Participant, reference: Session) -> dict[str, float]:
    """Excess of the only session, where it is known: without a dry weight only after dialysis, and zero."""
    known = participant.dry_weight_kg is not None or reference.phase == "post"
    if reference.weight_kg is None or not known:
        return {}
    return excess_targets(participant, [reference], [reference])


class _Reader:
    """Reads one patient's clips, one after the other, and keeps account of those that cannot be used."""

    def __init__(
        self, cohort: Cohort, encoder: Encoder, frames: int, networks: Networks, progress: Step | None
    ) -> None:
        self._cohort, self._encoder, self._frames, self._networks = cohort, encoder, frames, networks
        self._progress = progress or (lambda what, share: None)
        self._last: MitateError | None = None
        self.left_out: list[LeftOut] = []

    def read(self, session: Session, identity_from: Reading | None = None) -> Reading | None:
        """The reading, or None for a clip that is refused."""
        try:
            return read_video(
                self._cohort.video_path(session),
                self._encoder,
                identity=None if identity_from is None else identity_from.clip.identity,
                frames=self._frames,
                networks=self._networks,
                progress=lambda share: self._progress(session.session_id, share),
            )
        except (RefusalError, InputError) as error:
            reason = error.reason if isinstance(error, RefusalError) else "unreadable"
            self.left_out.append(LeftOut(session.participant_id, session.session_id, reason, str(error)))
            self._last = error
            return None

    def reference(self, sessions: list[Session]) -> tuple[Session, Reading]:
        """The first usable post session, else the first usable one; the last refusal is raised."""
        order = sorted(sessions, key=lambda s: s.phase != "post")
        for session in order:
            reading = self.read(session)
            if reading is not None:
                return session, reading
        raise self._last or InputError("there is no session to read")


def estimate_video(
    path: Path,
    model: PersonalModel,
    encoder: Encoder,
    *,
    frames: int = FRAMES,
    networks: Networks | None = None,
    progress: Callable[[float], None] | None = None,
    day: float | None = None,
) -> tuple[Estimate, Reading]:
    """Excess fluid of the model's patient in a new clip, on a day as `personal.estimate` takes it.

    Raises:
        InputError: the file cannot be read, or the model was made with another encoder.
        RefusalError: no usable frames of one person, or of another person than the model's.
        WeightsError: weights are not installed.
    """
    if encoder.sha256 != model.encoder_sha256:
        raise InputError("the model was made with another encoder", where=encoder.root)
    reading = read_video(
        path, encoder, identity=model.identity, frames=frames, networks=networks, progress=progress
    )
    return estimate(model.on(encoder.prior), reading.embeddings, quality=reading.quality, day=day), reading


def compare_videos(
    before: Path,
    after: Path,
    encoder: Encoder,
    *,
    frames: int = FRAMES,
    networks: Networks | None = None,
    progress: Step | None = None,
) -> tuple[Change, Reading, Reading]:
    """Change of excess fluid from one clip to another of any one person, without a model of him.

    Raises:
        InputError: a file cannot be read.
        RefusalError: no usable frames of one person, or two different people.
        WeightsError: weights are not installed.
    """
    networks = networks or Networks.load()
    say = progress or (lambda what, share: None)

    def read(path: Path) -> Reading:
        return read_video(
            path, encoder, frames=frames, networks=networks, progress=lambda share: say(path.name, share)
        )

    first, second = read(before), read(after)
    likeness = similarity_of(first.clip.identity, second.clip.identity)
    if likeness < SAME_PERSON_COSINE:
        raise RefusalError(
            f"the two clips show different people (likeness {likeness:.2f}, needed {SAME_PERSON_COSINE:.2f})",
            reason="wrong_person",
            where=after,
            todo="compare two clips of one person",
        )
    return compare(encoder.prior, first.embeddings, second.embeddings), first, second
