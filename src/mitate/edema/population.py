"""What people whom the network has not seen teach about patients: the prior, and how well it does.

Learning it takes minutes and no torch, so a clinic can renew it on its own cohort under a network that it
cannot train.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.edema.crops import CropSession, CropStore, resized
from mitate.edema.encoder import NETWORK, PRIOR, Encoder, load_encoder, write_card
from mitate.edema.evaluate import Predictions, evaluate
from mitate.edema.participants import Cohort
from mitate.edema.prior import Prior, fit_prior
from mitate.edema.sessions import PatientSessions, Phase, SessionEmbeddings
from mitate.edema.trial import trial
from mitate.edema.widths import widths
from mitate.errors import InputError
from mitate.files import new_folder

__all__ = [
    "Progress",
    "embedded_people",
    "filmed_people",
    "labelled_people",
    "learn_prior",
    "refuse_existing",
    "renew_prior",
]

_TRIAL_DAYS = (0, 1, 2, 3, 5)  # labelled days at which the card says how well the prior does
_TRIAL_METRICS = ("presence accuracy", "MAE", "within-patient correlation", "coverage of the 90 % interval")
FEWEST_FOR_PRIOR = 12

Progress = Callable[[str, float, float, str], None]
"""Takes what is being done, how much of it is done, how much there is, and a word on it such as the loss."""


def refuse_existing(out: Path) -> None:
    """Refuse to write over anything.

    Raises:
        InputError: `out` is a file or a folder with something in it.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError(
            "this already exists", where=out, todo="give the name of a new folder, or move it away"
        )


def labelled_people(store: CropStore) -> list[str]:
    """People with two sessions of known excess, in order of appearance."""
    counts: dict[str, int] = {}
    for session in store.sessions:
        if session.excess_kg is not None:
            counts[session.participant_id] = counts.get(session.participant_id, 0) + 1
    return [name for name, count in counts.items() if count >= 2]


def filmed_people(cohort: Cohort) -> list[str]:
    """People with two sessions or more that were weighed and filmed, in order of appearance."""
    found = [s.participant_id for s in cohort.sessions if s.video and s.weight_kg is not None]
    return [name for name in dict.fromkeys(found) if found.count(name) >= 2]


def embedded_people(
    store: CropStore,
    people: Sequence[str],
    embed: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    size: int,
    say: Progress,
) -> list[PatientSessions]:
    """These people's sessions as embeddings; `embed` takes (n, S, S, 3) uint8 crops of side `size`."""
    sessions: dict[str, list[SessionEmbeddings]] = {name: [] for name in people}
    chosen = store.only(people).sessions
    for number, session in enumerate(chosen):
        rows = embed(np.array(resized(store.crops(session), size)))  # a copy: torch wants to own it
        sessions[session.participant_id].append(
            SessionEmbeddings(rows, session.excess_kg, _phase(session), session.day, session.session_id)
        )
        say("embedding people whom it has not seen", number + 1, len(chosen), "")
    return [PatientSessions(name, tuple(own)) for name, own in sessions.items()]


def _phase(session: CropSession) -> Phase:
    phases: dict[str, Phase] = {"pre": "pre", "post": "post"}
    return phases.get(session.phase, "other")


def learn_prior(
    patients: Sequence[PatientSessions],
    trained_on: str,
    crop_size: int,
    encoder_sha256: str,
    say: Progress,
) -> tuple[Prior, list[dict[str, Any]]]:
    """The prior of all of them, and how priors of one half of them do on the other half.

    The errors of one half under the prior of the other also say how wide intervals have to be (`widths`).

    Args:
        patients: people whom the network has not seen.
        trained_on: ``simulated`` or their cohort's name.
        crop_size, encoder_sha256: of the network.
        say: called with what, done, all, and a word.

    Raises:
        InputError: too few of them.
    """
    halves = [list(patients[0::2]), list(patients[1::2])]
    parts = 1 + (len(halves[1]) >= FEWEST_FOR_PRIOR // 2) * 2
    done = 0

    def fit(people: Sequence[PatientSessions]) -> Prior:
        nonlocal done
        prior = fit_prior(
            people,
            encoder_sha256=encoder_sha256,
            trained_on=trained_on,
            crop_size=crop_size,
            progress=lambda share: say("learning the prior", 100 * (done + share) / parts, 100, ""),
        )
        done += 1
        return prior

    if parts == 1:
        return fit(patients), []
    priors = [fit(half) for half in halves]
    found = widths(priors, halves[::-1], _TRIAL_DAYS)
    priors = [found.of(prior, half) for prior, half in zip(priors, halves, strict=True)]
    figures = [row for days in _TRIAL_DAYS for row in _held_out(priors, halves, days, trained_on)]
    return found.of(fit(patients), patients), figures


def _crossed(
    priors: Sequence[Prior], halves: Sequence[Sequence[PatientSessions]], days: int
) -> list[Predictions]:
    """Each half estimated under the prior of the other; nothing where nobody has so many days."""
    try:
        return [trial(prior, half, days) for prior, half in zip(priors, reversed(halves), strict=True)]
    except InputError:
        return []


def _held_out(
    priors: Sequence[Prior], halves: Sequence[Sequence[PatientSessions]], days: int, data: str
) -> Iterator[dict[str, Any]]:
    """Session figures of each half under the prior of the other."""
    parts = _crossed(priors, halves, days)
    if not parts:
        return
    names = ("participant", "is_pre", "truth_kg", "excess_kg", "probability", "low_kg", "high_kg")
    joined = Predictions(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    for figure in evaluate(joined, data=data, label=f"session, {days} labelled days", metrics=_TRIAL_METRICS):
        yield {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in asdict(figure).items()
            if key not in ("bar", "met", "at_least")
        }


def renew_prior(
    encoder: Encoder, store: CropStore, out: Path, *, progress: Progress | None = None
) -> Encoder:
    """A copy of an encoder whose prior is learned anew from other people; the network stays as it is.

    The people must not be those that the network was trained on: a prior learned from them is too sure of
    itself. Their courses should be as long as the use is: what drifts over weeks cannot be learned from days.

    Args:
        encoder: whose network is kept.
        store: crops of people with two weighed sessions or more each.
        out: the new folder; must not exist or be empty.
        progress: called with what, done, all.

    Raises:
        InputError: too few people, or `out` is in use.
    """
    say = progress or (lambda what, done, total, detail: None)
    refuse_existing(out)
    people = labelled_people(store)
    patients = embedded_people(store, people, encoder.embed, encoder.crop_size, say)
    prior, figures = learn_prior(patients, store.trained_on, encoder.crop_size, encoder.sha256, say)
    with new_folder(out) as folder:
        shutil.copyfile(encoder.root / NETWORK, folder / NETWORK)
        prior.save(folder / PRIOR)
        card = encoder.card | {
            "participants": {**encoder.card.get("participants", {}), "prior": prior.n_participants},
            "prior": {
                "trained_on": store.trained_on,
                "participants": prior.n_participants,
                "sessions": prior.n_sessions,
                "days": len({s.day for s in store.sessions}),
            },
            "held_out_by_labelled_days": figures,
        }
        write_card(folder, card)
    return load_encoder(out)
