"""Presence and kilograms on simulated patients never trained on, by number of labelled days.

Rows: the committed encoder with each patient's Bayesian head; a network of the same shape trained from
scratch on the patient alone; and the patient's own mean. Every method is tested on the same later days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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


def _simple(
    people: list[Patient],
    labelled_days: int,
    prior: Prior,
    predict: Callable[[Patient, list[int]], Predictor],
) -> Rows:
    """Methods that give kilograms only; presence is excess above the middle of the labelled days."""
    rows = Rows()
    for patient in people:
        learning = patient.on(patient.days[:labelled_days])
        excess = [float(patient.sessions[i].excess_kg or 0.0) for i in learning]
        middle = float(np.mean(excess)) if excess else prior.threshold_kg
        spread = float(np.std(excess)) if len(excess) > 1 else prior.pre_kg[1]
        predictor = predict(patient, learning)
        for i in patient.on(patient.days[-TEST_DAYS:]):
            values = predictor(patient.crops[i])
            truth = float(patient.sessions[i].excess_kg or 0.0)
            pre = patient.sessions[i].phase == "pre"
            reach = 1.645 * spread
            whole = float(values.mean())
            for store, found in ((rows.session, [whole]), (rows.frame, [float(v) for v in values])):
                store.extend(
                    (patient.participant_id, pre, truth, v, float(v > middle), v - reach, v + reach)
                    for v in found
                )
    return rows


Predictor = Callable[[NDArray[np.uint8]], NDArray[np.floating]]


def _mean(prior: Prior) -> Callable[[Patient, list[int]], Predictor]:
    """Always the mean of the labelled sessions; of the population where there is none."""

    def fit(patient: Patient, learning: list[int]) -> Predictor:
        known = [float(patient.sessions[i].excess_kg or 0.0) for i in learning]
        mean = float(np.mean(known)) if known else 0.5 * (prior.pre_kg[0] + prior.post_kg[0])
        return lambda crops: np.full(len(crops), mean)

    return fit


def _scratch(size: int) -> Callable[[Patient, list[int]], Predictor]:
    """A network with random weights, trained on this patient's labelled days only."""
    import torch

    from mitate.learn.backbones import FaceNet
    from mitate.learn.pretrain import embed
    from mitate.learn.transfer import FineTuneSettings, train_from_scratch

    settings = FineTuneSettings(steps=80, frames=3, learning_rate=1e-3)

    def fit(patient: Patient, learning: list[int]) -> Predictor:
        torch.manual_seed(0)
        network = FaceNet(size, 1)
        sessions = [(patient.crops[i], float(patient.sessions[i].excess_kg or 0.0)) for i in learning]
        mean = float(np.mean([kg for _, kg in sessions]))
        train_from_scratch(network, [(c, kg - mean) for c, kg in sessions], settings)
        return lambda crops: embed(network, crops)[:, 0] + mean

    return fit


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
        mean = _simple(people, k, encoder.prior, _mean(encoder.prior))
        add(mean, f"patient's mean, {k} labelled days")
        rivals = {"patient's mean": mean}
        if scratch and k:
            rivals["from scratch"] = _simple(people, k, encoder.prior, _scratch(encoder.crop_size))
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
