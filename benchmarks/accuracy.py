"""Presence and kilograms on simulated patients never trained on, by number of labelled days.

Rows: the committed encoder with each patient's Bayesian head; a network of the same shape trained from
scratch on the patient alone; and the patient's own mean. Every method is tested on the same later days.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cohorts import TEST_SEED, Patient, patients, unseen_people
from mitate.edema.encoder import Encoder, default_encoder
from mitate.edema.evaluate import Predictions, difference, evaluate
from mitate.edema.personal import compare, estimate, personalise
from mitate.edema.prior import Prior, SessionEmbeddings
from mitate.figures import Figure, write_figures

__all__ = ["run"]

PARTICIPANTS, DAYS, FRAMES = 60, 8, 10  # at least 39 patients, the published number
LABELLED = (0, 1, 2, 3, 5)
TEST_DAYS = 3  # the last days of each patient
_METRICS = ("presence accuracy", "MAE", "within-patient correlation", "coverage of the 90 % interval")


@dataclass(slots=True)
class Rows:
    """Predictions as they come in, by session and by frame."""

    session: list[tuple[str, bool, float, float, float, float, float]] = field(default_factory=list)
    frame: list[tuple[str, bool, float, float, float, float, float]] = field(default_factory=list)

    def predictions(self, level: str) -> Predictions:
        """All rows of a level."""
        columns = list(zip(*getattr(self, level), strict=True))
        return Predictions(*(np.array(c) for c in columns))


def _embedded(encoder: Encoder, patient: Patient) -> list[SessionEmbeddings]:
    return [
        SessionEmbeddings(
            encoder.embed(crops), s.excess_kg, "pre" if s.phase == "pre" else "post", s.day, s.session_id
        )
        for s, crops in zip(patient.sessions, patient.crops, strict=True)
    ]


def _bayesian(encoder: Encoder, people: list[Patient], labelled_days: int) -> Rows:
    """The patient's model; with no labelled day, one reference session whose weight is not used."""
    rows = Rows()
    for patient in people:
        sessions = _embedded(encoder, patient)
        learning = patient.on(patient.days[: max(1, labelled_days)])
        reference = next((i for i in learning if sessions[i].phase == "post"), None)
        if reference is None:
            continue
        start = sessions[reference]
        if labelled_days == 0:
            start = SessionEmbeddings(start.embeddings, None, "post", start.day, start.session_id)
        own = [sessions[i] for i in learning if i != reference] if labelled_days else []
        model = personalise(encoder.prior, start, own, participant_id=patient.participant_id)
        for i in patient.on(patient.days[-TEST_DAYS:]):
            result = estimate(model, sessions[i].embeddings)
            truth, pre = float(sessions[i].excess_kg or 0.0), sessions[i].phase == "pre"
            low, high = result.interval_90
            rows.session.append(
                (patient.participant_id, pre, truth, result.excess_kg, result.edema_probability, low, high)
            )
            for frame in sessions[i].embeddings:
                one = estimate(model, frame[None])
                said = (one.excess_kg, one.edema_probability, *one.interval_90)
                rows.frame.append((patient.participant_id, pre, truth, *said))
    return rows


def _labels(patient: Patient, which: list[int]) -> list[float]:
    return [float(patient.sessions[i].excess_kg or 0.0) for i in which]


def _kilograms_only(
    people: list[Patient], labelled_days: int, prior: Prior, predicted: list[list[NDArray[np.floating]]]
) -> Rows:
    """Rows of methods that give kilograms only; presence is excess above the middle of the labelled days.

    Args:
        people: the test patients.
        labelled_days: of each.
        prior: the population's, where a patient has no label.
        predicted: for each patient and test session, kilograms of each frame.
    """
    rows = Rows()
    for patient, values_of in zip(people, predicted, strict=True):
        known = _labels(patient, patient.on(patient.days[:labelled_days]))
        middle = float(np.mean(known)) if known else prior.threshold_kg
        reach = 1.645 * (float(np.std(known)) if len(known) > 1 else prior.pre_kg[1])
        for i, values in zip(patient.on(patient.days[-TEST_DAYS:]), values_of, strict=True):
            truth, pre = _labels(patient, [i])[0], patient.sessions[i].phase == "pre"
            for store, found in ((rows.session, [float(values.mean())]), (rows.frame, values.tolist())):
                store.extend(
                    (patient.participant_id, pre, truth, v, float(v > middle), v - reach, v + reach)
                    for v in found
                )
    return rows


def _mean(people: list[Patient], labelled_days: int, prior: Prior) -> list[list[NDArray[np.floating]]]:
    """Always the mean of the labelled sessions; of the population where there is none."""
    predicted = []
    for patient in people:
        known = _labels(patient, patient.on(patient.days[:labelled_days]))
        mean = float(np.mean(known)) if known else 0.5 * (prior.pre_kg[0] + prior.post_kg[0])
        tested = patient.on(patient.days[-TEST_DAYS:])
        predicted.append([np.full(len(patient.crops[i]), mean) for i in tested])
    return predicted


def _scratch_one(patient: Patient, labelled_days: int) -> list[NDArray[np.floating]]:
    """A network with random weights, trained on this patient's labelled days only."""
    import torch

    from mitate.learn.backbones import FaceNet
    from mitate.learn.pretrain import embed
    from mitate.learn.transfer import FineTuneSettings, train_from_scratch

    torch.manual_seed(0)
    learning = patient.on(patient.days[:labelled_days])
    known = _labels(patient, learning)
    mean = float(np.mean(known))
    network = FaceNet(patient.crops[0].shape[1], 1)
    sessions = [(patient.crops[i], kg - mean) for i, kg in zip(learning, known, strict=True)]
    train_from_scratch(network, sessions, FineTuneSettings(steps=80, frames=3, learning_rate=1e-3))
    tested = patient.on(patient.days[-TEST_DAYS:])
    return [embed(network, patient.crops[i])[:, 0] + mean for i in tested]


def _scratch(people: list[Patient], labelled_days: int) -> list[list[NDArray[np.floating]]]:
    """`_scratch_one` for everybody, two at a time."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_scratch_one, people, [labelled_days] * len(people)))


def _pairs(encoder: Encoder, people: list[Patient]) -> Rows:
    """Change between two sessions of a day of a person without any model: pre to post, both ways round."""
    rows = Rows()
    for patient in people:
        sessions = _embedded(encoder, patient)
        for day in patient.days:
            pair = patient.on([day])
            if len(pair) != 2:
                continue
            for a, b in (pair, pair[::-1]):
                change = compare(encoder.prior, sessions[a].embeddings, sessions[b].embeddings)
                truth = float(sessions[b].excess_kg or 0.0) - float(sessions[a].excess_kg or 0.0)
                rows.session.append(
                    (
                        patient.participant_id,
                        sessions[b].phase == "pre",
                        truth,
                        change.change_kg,
                        change.increase_probability,
                        *change.interval_90,
                    )
                )
    return rows


def run(out: Path, *, participants: int = PARTICIPANTS, scratch: bool = True) -> list[Figure]:
    """Measure, print and write the table.

    Args:
        out: the figures file.
        participants: test patients, at least 39 for the figures that are published.
        scratch: include the rows trained from scratch, which take minutes.
    """
    encoder = default_encoder()
    store = unseen_people(participants, DAYS, FRAMES, encoder.crop_size)
    people = [p for p in patients(store) if len(p.days) == DAYS]
    data = f"simulated, {len(people)} patients, seed {TEST_SEED}"
    figures: list[Figure] = []

    def add(rows: Rows, label: str) -> None:
        for level in ("session", "frame"):
            if getattr(rows, level):
                found = evaluate(
                    rows.predictions(level), data=data, label=f"{label}, {level}", metrics=_METRICS
                )
                figures.extend(found)
                print("  ".join(f"{f.name}: {f.value:.2f} ({f.low:.2f} to {f.high:.2f})" for f in found))

    for k in LABELLED:
        ours = _bayesian(encoder, people, k)
        add(ours, f"mitate, {k} labelled days")
        mean = _kilograms_only(people, k, encoder.prior, _mean(people, k, encoder.prior))
        add(mean, f"patient's mean, {k} labelled days")
        rivals = {"patient's mean": mean}
        if scratch and k:
            rivals["from scratch"] = _kilograms_only(people, k, encoder.prior, _scratch(people, k))
            add(rivals["from scratch"], f"from scratch, {k} labelled days")
        for name, rival in rivals.items():
            figures += [
                difference(
                    ours.predictions("session"),
                    rival.predictions("session"),
                    metric,
                    data=data,
                    label=f"mitate against {name}, {k} labelled days, session",
                )
                for metric in ("presence accuracy", "MAE")
            ]
    add(_pairs(encoder, people), "comparison of two clips of a day without a model")
    still = unseen_people(participants, 2, 4, encoder.crop_size, strength=0.0)
    data = f"simulated without any swelling, {participants} patients, seed {TEST_SEED}"
    add(_pairs(encoder, list(patients(still))), "control: comparison of faces that do not swell")
    write_figures(out, figures)
    return figures
