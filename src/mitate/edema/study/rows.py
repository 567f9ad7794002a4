"""All rows of the table, made once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mitate.edema.crops import CropStore
from mitate.edema.population import Progress
from mitate.edema.study.bayes import BayesianHead
from mitate.edema.study.calibrated import Calibrated, PointMethod, calibrate, read_errors, write_errors
from mitate.edema.study.course import LABELLED_DAYS
from mitate.edema.study.courses import courses_of_store
from mitate.edema.study.features import forget
from mitate.edema.study.finetuned import FineTuned
from mitate.edema.study.frozen import FROZEN, make_frozen
from mitate.edema.study.mesh import make_mesh
from mitate.edema.study.method import Method
from mitate.edema.study.scratch import Scratch
from mitate.edema.study.simple import patient_mean

__all__ = ["rows"]

_SCRATCH_PEOPLE, _SCRATCH_FRAMES = 10, 10  # training for each of them takes seconds: few do


def rows(
    encoders: Mapping[str, Path],
    prior_store: CropStore,
    work: Path,
    *,
    quick: bool = False,
    finetune: str | None = None,
    scratch: Scratch | None = None,
    progress: Progress | None = None,
) -> list[Method]:
    """The rows in the table's order; what has to be learned for them lies in `work` from then on.

    Args:
        encoders: row's name → encoder's folder, each under its Bayesian head.
        prior_store: other people than those of the test and than those the encoders were trained on.
        work: folder; a second call goes on where the first one stopped.
        quick: leaves out the rows that take long: fine-tuning, and SFace, which is slow on a processor.
        finetune: which of the encoders is fine-tuned on each patient too; the last one if None.
        scratch: how the networks from scratch are trained; one small network for each patient if `quick`.
        progress: called with what is being done, how much of it is done, how much there is, and a word.

    Raises:
        InputError: too few people, or an encoder's folder that is none.
        WeightsError: a network is not installed (``mitate weights install efficientnet_lite0``).
        MissingExtraError: torch is not installed.
    """
    found: list[Method] = [
        _calibrated(patient_mean(prior_store), prior_store, len(prior_store.participants), 1),
        make_mesh(prior_store, work / "mesh", progress=progress),
        _scratch(prior_store, scratch or Scratch(seeds=1 if quick else 2), work, progress),
    ]
    for name in FROZEN:
        if not (quick and name == "face recognition"):
            place = work / name.replace(" ", "-").lower()
            found.append(make_frozen(name, prior_store, place, progress=progress))
    forget()  # people of the prior are not met again
    found += [BayesianHead(folder, name=name) for name, folder in encoders.items()]
    chosen = finetune or (list(encoders)[-1] if encoders else None)
    if chosen is not None and not quick:
        found.append(FineTuned(encoders[chosen], name=f"{chosen}, fine-tuned on the patient"))
    return found


def _scratch(store: CropStore, method: Scratch, work: Path, progress: Progress | None) -> Calibrated:
    say = progress or (lambda what, done, total, detail: None)
    say("from scratch: trying it on people", 0, 1, "")
    kept = work / "from-scratch.json"
    asked = f"{method!r} on {_SCRATCH_PEOPLE} of {len(store.participants)} people, {store.trained_on}"
    errors = read_errors(kept, asked)
    if errors is None:
        errors = _calibrated(method, store, _SCRATCH_PEOPLE, _SCRATCH_FRAMES).errors
        write_errors(kept, asked, errors)
    say("from scratch: trying it on people", 1, 1, "")
    return Calibrated(method, errors)


def _calibrated(method: PointMethod, store: CropStore, people: int, frames: int) -> Calibrated:
    chosen = store.only(store.participants[:people])
    return calibrate(method, courses_of_store(chosen, frames=frames), LABELLED_DAYS)
