"""From face crops of many people to an encoder's folder: network, prior and card.

The people are split: most train the network, the others teach the prior, because a prior learned from people
whom the network has seen is too sure of itself.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mitate.edema.cohort_crops import cohort_crops
from mitate.edema.crops import CropStore, resized
from mitate.edema.encoder import NETWORK, PRIOR, Encoder, both_ways, file_sha256, load_encoder, write_card
from mitate.edema.encoder_card import encoder_card
from mitate.edema.participants import Cohort
from mitate.edema.patient import LeftOut
from mitate.edema.population import (
    FEWEST_FOR_PRIOR,
    Progress,
    embedded_people,
    filmed_people,
    labelled_people,
    learn_prior,
    refuse_existing,
)
from mitate.edema.protocol import guard
from mitate.edema.reading import FRAMES
from mitate.errors import InputError
from mitate.files import new_folder

if TYPE_CHECKING:
    from mitate.learn.batches import TrainingSet
    from mitate.learn.pretrain_settings import PretrainSettings

__all__ = ["PRIOR_SHARE", "make_encoder", "pretrain_cohort", "split_people"]

PRIOR_SHARE = 0.15
_FEWEST_PEOPLE = 6
_PHOTOGRAPHED_SHARE = 0.2  # a few photographed people come back so often that they are a sixth of all


def make_encoder(
    store: CropStore,
    out: Path,
    settings: PretrainSettings,
    *,
    others: CropStore | None = None,
    photographs: CropStore | None = None,
    start: Path | None = None,
    watched: float = 0.05,
    work: Path | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Encoder:
    """Train an encoder on a store of face crops and write its folder, whole or not at all.

    Run again after an interruption it goes on from the last checkpoint.

    Args:
        store: crops of many people; resized where their side is not the settings'.
        out: the folder to make; must not exist or be empty.
        settings: how to train.
        others: crops of other people, who teach the prior; all of `store` then train the network. By default
            some of `store` are kept for it.
        photographs: crops of further people who train the network only, such as real ones whose swelling is
            computed (`mitate.simulate.swell_people`); the card names them apart.
        start: ``checkpoint.pt`` of a former training, whose network is gone on from.
        watched: share of the people who only show how the training goes.
        work: where checkpoint and log lie meanwhile, removed at the end; ``OUT.work`` by default.
        keep: file to which the last checkpoint is moved, for a later `start`; it is deleted otherwise.
        progress: called with what, done, all, and the loss.

    Raises:
        InputError: too few people, somebody in both stores, `out` is in use, or `work` belongs to another
            training.
        MissingExtraError: torch is not installed.
    """
    from mitate.learn.export import export_onnx
    from mitate.learn.pretrain import embed, pretrain

    say = progress or _silent
    refuse_existing(out)
    learners, others = _shared_out(store, others, photographs, settings.seed)
    work = work or out.with_name(f"{out.name}.work")
    training = work / "training"
    step = partial(_stepped, say)
    lessons = _lessons(store, learners, photographs, settings.size, say)
    network, learned = pretrain(lessons, settings, training, held_share=watched, start=start, progress=step)
    with new_folder(out) as folder:
        parity = export_onnx(network, folder / NETWORK, settings.size)
        seen = partial(both_ways, partial(embed, network))
        patients = embedded_people(others, labelled_people(others), seen, settings.size, say)
        network_id = file_sha256(folder / NETWORK)
        prior, figures = learn_prior(patients, store.trained_on, settings.size, network_id, say)
        prior.save(folder / PRIOR)
        card = encoder_card(store, settings, learned, prior, parity, figures, photographs)
        write_card(folder, card)
    if keep is not None:
        (training / "checkpoint.pt").replace(keep)
    _cleared(training)
    return load_encoder(out)


def _stepped(say: Progress, done: int, total: int, losses: Mapping[str, float]) -> None:
    say("training the network", done, total, f"loss {losses['loss']:.3f}")


def _cleared(training: Path) -> None:
    """Remove what lay there meanwhile, and the folder above it where nothing else is in it."""
    shutil.rmtree(training)
    if not any(training.parent.iterdir()):
        training.parent.rmdir()


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
    split_people(filmed_people(cohort), settings.seed)
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
    kept = max(round(PRIOR_SHARE * len(people)), min(FEWEST_FOR_PRIOR, len(people) // 3))
    order = [people[i] for i in np.random.default_rng([seed, 1]).permutation(len(people))]
    return order[kept:], order[:kept]


def _shared_out(
    store: CropStore, others: CropStore | None, photographs: CropStore | None, seed: int
) -> tuple[list[str], CropStore]:
    """Who trains the network, and who teaches the prior; `InputError` where somebody would do both."""
    learners = labelled_people(store)
    if others is None:
        learners, kept = split_people(learners, seed)
        others = store.only(kept)
    guard([*learners, *(photographs.participants if photographs else ())], others.participants)
    return learners, others


def _lessons(
    store: CropStore, learners: Sequence[str], photographs: CropStore | None, size: int, say: Progress
) -> TrainingSet:
    """What the network learns from; people on photographs come as often as makes them their share."""
    lessons = _training_set(store, learners, size, say)
    if photographs is None:
        return lessons
    more = _training_set(photographs, labelled_people(photographs), size, say)
    for _ in range(max(1, round(_PHOTOGRAPHED_SHARE * lessons.people / more.people))):
        lessons = lessons.and_also(more)
    return lessons


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
