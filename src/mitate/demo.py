"""The main job once from end to end, on the two simulated patients that come with the sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mitate.edema.cohort import Cohort, Session, read_cohort
from mitate.edema.encoder import Encoder, default_encoder
from mitate.edema.patient import Personalised, estimate_video, personalise_patient
from mitate.edema.protocol import excess_targets
from mitate.edema.report import estimate_picture
from mitate.edema.results import Estimate
from mitate.errors import InputError, RefusalError
from mitate.face.select import Networks

__all__ = ["EXAMPLE", "Demonstration", "demonstrate", "find_example"]

EXAMPLE = Path("examples") / "two-patients"

Step = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Demonstration:
    """What was done and what came out.

    Attributes:
        made: the first patient's model and the sessions it was made from.
        session: the session that was estimated; the model has not seen it.
        estimate: of that session.
        truth_kg: its excess by the tables.
        stranger: the second patient.
        refusal: how the second patient's clip was refused by the first one's model, or None if it was not.
        picture, model: files written.
    """

    made: Personalised
    session: Session
    estimate: Estimate
    truth_kg: float
    stranger: str
    refusal: str | None
    picture: Path
    model: Path

    def as_dict(self) -> dict[str, Any]:
        """The demonstration as ``--json`` prints it."""
        return {
            "session_estimated": self.session.session_id,
            "learned_from": [s.session_id for s in (self.made.reference, *self.made.labelled)],
            "stranger": self.stranger,
            "stranger_refused": self.refusal is not None,
            "refusal": self.refusal,
            "picture": self.picture,
            "model": self.model,
            "intended_use": self.estimate.intended_use,
            "participant": self.estimate.participant_id,
            "sessions": 1 + len(self.made.labelled),
            "estimate": {
                "excess_kg": self.estimate.excess_kg,
                "interval_90": self.estimate.interval_90,
                "edema_probability": self.estimate.edema_probability,
                "n_frames": self.estimate.n_frames,
            },
            "truth": {"excess_kg": self.truth_kg},
            "trained_on": self.estimate.trained_on,
        }


def find_example() -> Path:
    """The example cohort of the sources: below the current folder or beside the package.

    Raises:
        InputError: it is in neither.
    """
    for root in (Path(), Path(__file__).parents[2]):
        if (root / EXAMPLE / "sessions.tsv").is_file():
            return root / EXAMPLE
    raise InputError(
        f"the example {EXAMPLE.as_posix()} is not here",
        where=Path().resolve(),
        todo="run this in the folder of the sources, or name the example's folder by --examples",
    )


def demonstrate(
    example: Path,
    out: Path,
    *,
    encoder: Encoder | None = None,
    frames: int = 60,
    progress: Step | None = None,
) -> Demonstration:
    """Make the first patient's model from all his days but the last, and estimate the last day's pre session.

    Args:
        example: a cohort of two participants or more, whose first has two days or more.
        out: folder for the picture and the model.
        encoder: the one that comes with mitate by default.
        frames: used of a clip at most.
        progress: called with what is being read and the share of it.

    Raises:
        InputError: the example is not as described.
        RefusalError: a clip cannot be used.
        WeightsError: weights are not installed.
    """
    cohort = read_cohort(example)
    target, days = _last_pre(cohort)
    encoder = encoder or default_encoder()
    networks = Networks.load()
    say = progress or (lambda what, share: None)
    patient = target.participant_id

    def reading(who: str) -> Step:
        return lambda session, share: say(f"{who}: {session}", share)

    made = personalise_patient(
        cohort, patient, encoder, days=days, frames=frames, networks=networks, progress=reading(patient)
    )
    model = out / f"{patient}.json"
    result, seen = estimate_video(
        cohort.video_path(target),
        made.model,
        encoder,
        frames=frames,
        networks=networks,
        progress=lambda share: say(f"{patient}: {target.session_id}", share),
    )
    other = _someone_else(cohort, patient)
    try:
        estimate_video(cohort.video_path(other), made.model, encoder, frames=frames, networks=networks)
        refusal = None
    except RefusalError as error:
        refusal = str(error)
    learned = [s for s in cohort.sessions_of(patient) if s.day < target.day]
    truth = round(excess_targets(cohort.participant(patient), [target], learned)[target.session_id], 3)
    picture = out / "result.png"
    title = f"{patient}, session {target.session_id} (simulated)" if cohort.simulated else patient
    made.model.save(model)
    estimate_picture(result, seen.clip, picture, title=title, truth_kg=truth)
    return Demonstration(
        made, target, result, truth, other.participant_id, refusal, picture=picture, model=model
    )


def _last_pre(cohort: Cohort) -> tuple[Session, int]:
    """The first participant's last weighed pre session, and how many of his days come before it."""
    if len(cohort.participants) < 2:
        raise InputError("the example needs two participants", where=cohort.root / "participants.tsv")
    first = cohort.participants[0].participant_id
    own = cohort.sessions_of(first)
    pre = [s for s in own if s.phase == "pre" and s.video and s.weight_kg is not None]
    days = sorted({s.day for s in own if pre and s.day < pre[-1].day})
    if not days:
        raise InputError(
            f"the example needs two days of {first!r} with a weighed pre session on the last",
            where=cohort.root / "sessions.tsv",
        )
    return pre[-1], len(days)


def _someone_else(cohort: Cohort, participant_id: str) -> Session:
    for session in cohort.sessions:
        if session.participant_id != participant_id and session.video:
            return session
    raise InputError("the example needs a video of a second participant", where=cohort.root)
