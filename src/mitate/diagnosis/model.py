"""A trained model: from a photo to classes, with what it may be used for and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mitate.diagnosis.calibration import Calibration
from mitate.diagnosis.conformal import COVERAGE, Conformal, in_sets, outcome
from mitate.diagnosis.embedders import Embedder
from mitate.diagnosis.faces_of import Seeing, face_in
from mitate.diagnosis.linear import LinearHead
from mitate.diagnosis.results import Candidate, Diagnosis
from mitate.diagnosis.unlike import Unlike
from mitate.errors import InputError, RefusalError
from mitate.face.refusals import INSTRUCTIONS
from mitate.video import read_photo

__all__ = ["SIMULATED", "DiagnosisModel", "Judged"]

Array = NDArray[np.float64]
Crops = NDArray[np.uint8]

SIMULATED = "learned from simulated faces only; how well it does on real faces is not known"
_POORER = "the photo is poorer than every photo learned from"
_STRANGE = "if the photo is blurred, noisy or strongly compressed, take a better one"
_NOTHING_TOLD = "take another photo: sharp, from the front, in even light; the face may simply not tell"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a model says of many crops.

    Attributes:
        probabilities: (n, K) calibrated; a row sums to one.
        unlike: (n,) how unlike everything learned from, the larger the stranger.
        p_values: (n, K) conformal.
    """

    probabilities: Array
    unlike: Array
    p_values: Array


@dataclass(frozen=True, slots=True, eq=False)
class DiagnosisModel:
    """A model for one set of classes. `mitate.diagnosis.model_files` keeps it in a folder.

    Attributes:
        labels: (K,) the classes, in the order of all rows.
        embedder: the network, cut where its rows are taken.
        own_network: whether the network was fine-tuned for this model (it is then kept with it), or is the
            installed SFace.
        head: from rows to a score a class.
        calibration: from scores to probabilities.
        unlike: how unlike everything learned from.
        conformal: from both to prediction sets.
        trained_on: ``simulated`` or the data set's name.
        least_quality: that of the poorest photo learned from; poorer ones are not judged.
        coverage: of the prediction sets.
        card: see `mitate.diagnosis.card`.
        model_id: a short name that changes with anything in the model; empty until it is saved.
    """

    labels: tuple[str, ...]
    embedder: Embedder
    own_network: bool
    head: LinearHead
    calibration: Calibration
    unlike: Unlike
    conformal: Conformal
    trained_on: str
    card: Mapping[str, Any]
    least_quality: float = 0.0
    coverage: float = COVERAGE
    model_id: str = ""

    def judge(self, crops: Crops) -> Judged:
        """What it says of crops (n, 112, 112, 3), uint8 RGB on the five-point ArcFace template.

        Raises:
            InputError: the crops have another shape or type.
            WeightsError: the network is not installed, or damaged.
        """
        rows = self.embedder(crops)
        probabilities = self.calibration.probabilities(self.head.scores(rows))
        unlike = self.unlike.of(rows)
        return Judged(probabilities, unlike, self.conformal.p_values(probabilities, unlike))

    def predict_crop(
        self, crop: Crops, quality: float | None = None, failing: tuple[str, ...] = ()
    ) -> Diagnosis:
        """What it says of one crop.

        Args:
            crop: (112, 112, 3) uint8 RGB.
            quality: of the photo, 0 to 1; None where it is not known, and then nothing is refused for it.
            failing: what is wrong with the photo, the gravest first: keys of `INSTRUCTIONS`.

        Raises:
            InputError, WeightsError: as for `judge`.
        """
        if quality is not None and quality < self.least_quality and failing:
            what, todo = INSTRUCTIONS[failing[0]]
            return self._refused(failing[0], todo, quality, (what, _POORER))
        judged = self.judge(np.asarray(crop)[None])
        probabilities, p_values = judged.probabilities[0], judged.p_values[0]
        inside = in_sets(p_values, self.coverage)
        order = np.lexsort((-p_values, -probabilities))
        found = outcome(p_values, self.coverage)
        advice = {"cannot_tell": _NOTHING_TOLD, "none_of_these": _STRANGE}
        return Diagnosis(
            outcome=found,
            candidates=tuple(
                Candidate(self.labels[k], float(probabilities[k]), float(p_values[k]), bool(inside[k]))
                for k in order
            ),
            coverage=100.0 * self.coverage,
            reason="nothing_ruled_out" if found == "cannot_tell" else "",
            todo=advice.get(found, ""),
            quality=quality,
            model_id=self.model_id,
            trained_on=self.trained_on,
            notes=self._notes(quality, failing),
        )

    def predict(self, photo: Path | NDArray[np.uint8], seeing: Seeing | None = None) -> Diagnosis:
        """What it says of one photo. A photo without a usable face gives ``cannot_tell`` with the reason.

        Args:
            photo: a JPEG, PNG or HEIC file, or (H, W, 3) uint8 RGB.
            seeing: the networks that find a face; load them once for many photos. Loaded here if None.

        Raises:
            InputError: the file is missing or is no photo.
            WeightsError: weights are not installed.
        """
        image = photo if isinstance(photo, np.ndarray) else read_photo(photo).image
        try:
            face = face_in(image, seeing or Seeing.load())
        except RefusalError as error:
            return self._refused(error.reason, error.todo or "", None, (error.what,))
        return self.predict_crop(face.crop, face.quality, face.notes)

    def _refused(self, reason: str, todo: str, quality: float | None, why: tuple[str, ...]) -> Diagnosis:
        return Diagnosis(
            outcome="cannot_tell",
            candidates=(),
            coverage=100.0 * self.coverage,
            reason=reason,
            todo=todo,
            quality=quality,
            model_id=self.model_id,
            trained_on=self.trained_on,
            notes=(*why, *self._notes(None, ())),
        )

    def _notes(self, quality: float | None, failing: tuple[str, ...]) -> tuple[str, ...]:
        notes = [f"{INSTRUCTIONS[one][0]}: {INSTRUCTIONS[one][1]}" for one in failing]
        if quality is not None and quality < self.least_quality:
            notes.append(_POORER)
        if self.trained_on == "simulated":
            notes.append(SIMULATED)
        return tuple(notes)

    def checked(self) -> DiagnosisModel:
        """This model, if its parts fit together.

        Raises:
            InputError: they do not.
        """
        classes, width = len(self.labels), len(self.unlike.mean)
        if classes < 2 or len(set(self.labels)) != classes:
            raise InputError("a model needs two classes or more, each with a name of its own")
        shapes = {
            "head": self.head.weights.shape == (classes, width) and self.head.mean.shape == (width,),
            "bias": self.head.bias.shape == (classes,),
            "calibration": self.calibration.offsets.shape == (classes,),
            "prediction sets": len(self.conformal.group) == classes and self.conformal.by_unlike is not None,
            "coverage": 0.0 < self.coverage < 1.0,
            "origin": bool(self.trained_on),
        }
        wrong = [name for name, fits in shapes.items() if not fits]
        if wrong:
            raise InputError(f"the model's parts do not belong together: {', '.join(wrong)}")
        return self
