"""From face crops of many people to an encoder's folder: network, prior and card.

The people are split: most train the network, the others teach the prior, because a prior learned from people
whom the network has seen is too sure of itself.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.edema.cohort_crops import cohort_crops
from mitate.edema.crops import CropSession, CropStore
from mitate.edema.encoder import CARD, NETWORK, PRIOR, Encoder, file_sha256, load_encoder
from mitate.edema.encoder_card import encoder_card
from mitate.edema.evaluate import Predictions, evaluate
from mitate.edema.participants import Cohort
from mitate.edema.patient import LeftOut
from mitate.edema.prior import Prior, fit_prior
from mitate.edema.reading import FRAMES
from mitate.edema.sessions import PatientSessions, Phase, SessionEmbeddings
from mitate.edema.trial import trial
from mitate.errors import InputError
from mitate.files import write_text

if TYPE_CHECKING:
    from mitate.learn.batches import TrainingSet
    from mitate.learn.pretrain import PretrainSettings

__all__ = [
    "PRIOR_SHARE",
    "Progress",
    "labelled_people",
    "make_encoder",
    "pretrain_cohort",
    "refuse_existing",
    "resized",
    "split_people",
]

PRIOR_SHARE = 0.15
_FEWEST_FOR_PRIOR, _FEWEST_PEOPLE = 12, 6
_TRIAL_DAYS = (0, 1, 2)  # labelled days at which the card says how well the prior does
_TRIAL_METRICS = ("presence accuracy", "MAE", "within-patient correlation", "coverage of the 90 % interval")

Progress = Callable[[str, float, float, str], None]
"""Takes what is being done, how much of it is done, how much there is, and a word on it such as the loss."""


def make_encoder(
    store: CropStore,
    out: Path,
    settings: PretrainSettings,
    *,
    work: Path | None = None,
    progress: Progress | None = None,
) -> Encoder:
    """Train an encoder on a store of face crops and write its folder, whole or not at all.

    Run again after an interruption it goes on from the last checkpoint.

    Args:
        store: crops of many people; resized where their side is not the settings'.
        out: the folder to make; must not exist or be empty.
        settings: how to train.
        work: where checkpoint and log lie meanwhile, removed at the end; ``OUT.work`` by default.
        progress: called with what, done, all, and the loss.

    Raises:
        InputError: too few people, `out` is in use, or `work` belongs to another training.
        MissingExtraError: torch is not installed.
    """
    from mitate.learn.export import export_onnx
    from mitate.learn.pretrain import embed, pretrain

    say = progress or _silent
    refuse_existing(out)
    learners, others = split_people(labelled_people(store), settings.seed)
    work = work or out.with_name(f"{out.name}.work")
    training = work / "training"

    def step(done: int, total: int, losses: Mapping[str, float]) -> None:
        say("training the network", done, total, f"loss {losses['loss']:.3f}")

    network, learned = pretrain(
        _training_set(store, learners, settings.size, say), settings, training, progress=step
    )
    folder = out.with_name(f".{out.name}.part")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        parity = export_onnx(network, folder / NETWORK, settings.size)
        patients = _embedded(store, others, lambda crops: embed(network, crops), settings.size, say)
        prior, figures = _prior(patients, store, settings, file_sha256(folder / NETWORK), say)
        prior.save(folder / PRIOR)
        card = encoder_card(store, settings, learned, prior, parity, figures)
        card["sha256"] = {name: file_sha256(folder / name) for name in (NETWORK, PRIOR)}
        write_text(folder / CARD, json.dumps(card, indent=2, ensure_ascii=False) + "\n")
        if out.exists():
            out.rmdir()
        folder.replace(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(training)
    if not any(work.iterdir()):
        work.rmdir()
    return load_encoder(out)


def pretrain_cohort(
    cohort: Cohort,
    out: Path,
    settings: PretrainSettings,
    *,
    crops: Path | None = None,
    frames: int = FRAMES,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> tuple[Encoder, tuple[LeftOut, ...]]:
    """Train an encoder on a cohort's videos; run again after an interruption it goes on where it stopped.

    Args:
        cohort: participants with weighed sessions and videos.
        out: the folder to make; must not exist or be empty.
        settings: how to train.
        crops: folder where the face crops are kept for another training. By default they lie in ``OUT.work``,
            which is removed at the end.
        frames: used of a clip at most.
        workers, executor: as in `cohort_crops`.
        progress: called with what, done, all, and a word on it.

    Returns:
        The encoder, and the sessions that could not be used.

    Raises:
        InputError: too few participants, nothing usable, or `out` is in use.
        MissingExtraError: torch is not installed.
        WeightsError: weights are not installed.
    """
    import mitate.learn  # noqa: F401 - before hours of reading, whether torch is there

    refuse_existing(out)
    weighed = [s.participant_id for s in cohort.sessions if s.video and s.weight_kg is not None]
    split_people([name for name in dict.fromkeys(weighed) if weighed.count(name) >= 2], settings.seed)
    work = out.with_name(f"{out.name}.work")
    store, left_out = cohort_crops(
        cohort,
        crops or work / "crops",
        size=settings.size,
        frames=frames,
        workers=workers,
        executor=executor,
        progress=progress,
    )
    encoder = make_encoder(store, out, settings, work=work, progress=progress)
    if crops is None:
        shutil.rmtree(work)
    return encoder, left_out


def _silent(what: str, done: float, total: float, detail: str) -> None:
    """Where nobody watches."""


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


def split_people(people: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    """Who trains the network, and who is kept for the prior.

    A share of `PRIOR_SHARE`, but at least 12 people or, of fewer than 36, a third of them are kept.

    Raises:
        InputError: fewer than six people.
    """
    if len(people) < _FEWEST_PEOPLE:
        raise InputError(
            f"an encoder needs at least {_FEWEST_PEOPLE} participants with two weighed sessions each; "
            f"found {len(people)}",
            todo="add participants, or use the encoder that comes with mitate",
        )
    kept = max(round(PRIOR_SHARE * len(people)), min(_FEWEST_FOR_PRIOR, len(people) // 3))
    order = [people[i] for i in np.random.default_rng([seed, 1]).permutation(len(people))]
    return order[kept:], order[:kept]


def resized(crops: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """(n, S, S, 3) crops as (n, size, size, 3), by area, so that nothing is aliased."""
    if crops.shape[1] == size:
        return crops
    import cv2

    return np.stack([cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA) for crop in crops])


def _training_set(store: CropStore, people: Sequence[str], size: int, say: Progress) -> TrainingSet:
    """All labelled crops of these people in memory, with their labels."""
    from mitate.learn.batches import POST, PRE, UNKNOWN, TrainingSet

    sessions = [s for s in store.only(people).sessions if s.excess_kg is not None]
    counts = [s.count for s in sessions]
    crops = np.empty((sum(counts), size, size, 3), np.uint8)
    start = 0
    for number, session in enumerate(sessions):
        crops[start : start + session.count] = resized(store.crops(session), size)
        start += session.count
        if number % 100 == 0 or number + 1 == len(sessions):
            say("loading crops", number + 1, len(sessions), "")
    index = {name: number for number, name in enumerate(people)}
    phases = {"post": POST, "pre": PRE}

    def each(values: list[Any], kind: type[np.generic]) -> NDArray[Any]:
        return np.repeat(np.array(values, kind), counts)

    return TrainingSet(
        crops=crops,
        person=each([index[s.participant_id] for s in sessions], np.int64),
        session=each(list(range(len(sessions))), np.int64),
        phase=each([phases.get(s.phase, UNKNOWN) for s in sessions], np.int64),
        excess_kg=each([s.excess_kg for s in sessions], np.float32),
        trained_on=store.trained_on,
    )


def _embedded(
    store: CropStore,
    people: Sequence[str],
    embed: Callable[[NDArray[np.uint8]], NDArray[np.float32]],
    size: int,
    say: Progress,
) -> list[PatientSessions]:
    """These people's sessions as embeddings."""
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


def _prior(
    patients: Sequence[PatientSessions],
    store: CropStore,
    settings: PretrainSettings,
    encoder_sha256: str,
    say: Progress,
) -> tuple[Prior, list[dict[str, Any]]]:
    """The prior of all of them, and how priors of one half of them do on the other half."""
    halves = [list(patients[0::2]), list(patients[1::2])]
    parts = 1 + (len(halves[1]) >= _FEWEST_FOR_PRIOR // 2) * 2
    done = 0

    def fit(people: Sequence[PatientSessions]) -> Prior:
        nonlocal done
        prior = fit_prior(
            people,
            encoder_sha256=encoder_sha256,
            trained_on=store.trained_on,
            crop_size=settings.size,
            progress=lambda share: say("learning the prior", 100 * (done + share) / parts, 100, ""),
        )
        done += 1
        return prior

    figures: list[dict[str, Any]] = []
    if parts > 1:
        priors = [fit(half) for half in halves]
        figures = [row for days in _TRIAL_DAYS for row in _held_out(priors, halves, days, store.trained_on)]
    return fit(patients), figures


def _held_out(
    priors: Sequence[Prior], halves: Sequence[Sequence[PatientSessions]], days: int, data: str
) -> Iterator[dict[str, Any]]:
    """Session figures of each half under the prior of the other."""
    try:
        parts = [trial(prior, half, days) for prior, half in zip(priors, reversed(halves), strict=True)]
    except InputError:  # nobody has so many days
        return
    names = ("participant", "is_pre", "truth_kg", "excess_kg", "probability", "low_kg", "high_kg")
    joined = Predictions(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    for figure in evaluate(joined, data=data, label=f"session, {days} labelled days", metrics=_TRIAL_METRICS):
        yield {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in asdict(figure).items()
            if key not in ("bar", "met", "at_least")
        }
