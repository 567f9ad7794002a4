"""How an encoder and a prior do on patients they have never seen: first days known, later days tested."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mitate.edema.evaluate import Predictions
from mitate.edema.personal import PersonalModel, estimate, personalise
from mitate.edema.prior import Prior
from mitate.edema.sessions import PatientSessions, SessionEmbeddings
from mitate.errors import InputError

__all__ = ["first_days", "trial"]


def first_days(
    sessions: Sequence[SessionEmbeddings], days: int, *, weigh_reference: bool = True
) -> tuple[SessionEmbeddings, list[SessionEmbeddings], list[SessionEmbeddings]]:
    """The reference, the labelled sessions and those to be tested on.

    The reference is the first `post` session (the first session where there is none). Labelled are the other
    sessions of the first `days` days that have an excess; what was captured on the day of the reference but
    is not labelled is used for neither.

    Args:
        sessions: of one patient.
        days: labelled days, 0 or more; with 0 the reference is all that is known, with its excess as in the
            protocol (`study.course`).
        weigh_reference: False withholds the excess of the reference if there are 0 days.

    Raises:
        InputError: no sessions, or fewer than 0 days.
    """
    if not sessions or days < 0:
        raise InputError("a patient's model needs a reference session and 0 or more labelled days")
    order = sorted(sessions, key=lambda s: (s.day, s.phase != "pre"))
    reference = next((s for s in order if s.phase == "post"), order[0])
    known = set(sorted({s.day for s in order})[:days])
    labelled = [s for s in order if s is not reference and s.day in known and s.excess_kg is not None]
    later = [s for s in order if s.day not in known and s.day != reference.day]
    if days == 0 and not weigh_reference:
        reference = SessionEmbeddings(
            reference.embeddings, None, reference.phase, reference.day, reference.session_id
        )
    return reference, labelled, later


def trial(
    prior: Prior,
    patients: Sequence[PatientSessions],
    days: int,
    *,
    frames: bool = False,
    weigh_reference: bool = True,
) -> Predictions:
    """Estimates of every later pre and post session whose excess is known.

    Args:
        prior: learned from other patients.
        patients: whom neither the prior nor the encoder has seen.
        days: labelled days of each; 0 is one reference session with its weight.
        frames: one prediction a frame instead of one a session.
        weigh_reference: False withholds the weight of the reference if there are 0 days.

    Raises:
        InputError: nobody has a later session with a known excess.
    """
    rows: list[tuple[str, bool, float, float, float, float, float]] = []
    for patient in patients:
        reference, labelled, later = first_days(patient.sessions, days, weigh_reference=weigh_reference)
        model = personalise(prior, reference, labelled, participant_id=patient.participant_id)
        for session in later:
            if session.excess_kg is None or session.phase == "other":
                continue
            truth = (patient.participant_id, session.phase == "pre", session.excess_kg)
            rows += [(*truth, *said) for said in _said(model, session, frames)]
    if not rows:
        raise InputError(f"nobody has a session with a known excess after {days} days", where="trial")
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Predictions(*columns)


def _said(
    model: PersonalModel, session: SessionEmbeddings, frames: bool
) -> list[tuple[float, float, float, float]]:
    """Excess, probability and 90 % interval of the session, or of each of its frames."""
    parts = session.embeddings[:, None] if frames else session.embeddings[None]
    results = [estimate(model, part, day=session.day, dialysis=True) for part in parts]
    return [(r.excess_kg, r.edema_probability, *r.interval_90) for r in results]
