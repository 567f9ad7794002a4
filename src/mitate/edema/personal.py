"""One patient's model: Bayesian linear regression on embedding differences from his own reference session.

The prior comes from a population (`prior`); conditioning on no, one or many labelled sessions is the same
closed form (C. Bishop, Pattern Recognition and Machine Learning, 2006, section 3.3), takes milliseconds and
leaves a file of some kilobytes. True body weight is a random walk over days: labels count for less the older
they are, and an estimate is less certain the longer they are ago.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mitate.edema import mixed, model_file
from mitate.edema.levels import Levels, crossing, own_levels, own_midpoint
from mitate.edema.prior import HORIZON_DAYS, Prior
from mitate.edema.readout import above, interval, noise_variance, read_out, unfamiliar
from mitate.edema.results import INTENDED_USE, Change, Estimate
from mitate.edema.sessions import SessionEmbeddings, checked, frame_weights
from mitate.errors import InputError

__all__ = [
    "INTENDED_USE",
    "Change",
    "Estimate",
    "PersonalModel",
    "compare",
    "estimate",
    "personalise",
    "with_identity",
]

Array = NDArray[np.float64]

_UNFAMILIAR = 3.0  # rms of the difference, in typical changes, from which the result carries a note


@dataclass(frozen=True, slots=True, eq=False)
class PersonalModel:
    """What is known of one patient. Everything `estimate` needs, and nothing of his pictures but averages.

    Attributes:
        basis: (d, D) float32 projection of embedding differences; of the prior, and not in the model's file.
        reference: (D,) mean embedding of the reference session.
        mean, covariance: posterior of [c, w] on `day`, (d+1,) and (d+1, d+1), kilograms.
        typical_change: (d,) sd of projected differences between sessions of one person; of the prior.
        identity: (128,) float32 face identity for the wrong-person check, or empty (0,).
        noise_kg, noise_growth, frame_noise_kg, dof, drift_kg: as in `Prior`.
        threshold_kg: excess from which a session is more likely before than after this patient's dialysis.
        n_labelled: labelled sessions that went in, the reference included if its excess was known.
        encoder_sha256, trained_on, crop_size: of the encoder and the population.
        prior_id: of the prior, see `Prior.short_id`.
        day: the last labelled day (the reference's where nothing is labelled).
        level_mean, level_spread: (2,) a session's excess before and after dialysis on `day`, mean and sd;
            empty where the population does not tell.
    """

    basis: NDArray[np.float32]
    reference: Array
    mean: Array
    covariance: Array
    typical_change: Array
    identity: NDArray[np.float32]
    noise_kg: float
    frame_noise_kg: float
    dof: float
    threshold_kg: float
    n_labelled: int
    participant_id: str = ""
    encoder_sha256: str = ""
    trained_on: str = "unknown"
    crop_size: int = 0
    drift_kg: float = 0.0
    prior_id: str = ""
    day: float = 0.0
    level_mean: Array = field(default_factory=lambda: np.zeros(0))
    level_spread: Array = field(default_factory=lambda: np.zeros(0))
    noise_growth: float = 0.0

    @property
    def model_id(self) -> str:
        """A short name that changes with anything in the model's file."""
        return model_file.short_id(model_file.split(self))

    def save(self, path: Path) -> None:
        """Write to `path`, atomically: some kilobytes; the projection stays with the encoder's prior."""
        model_file.write(Path(path), model_file.split(self))

    @classmethod
    def load(cls, path: Path, prior: Prior | None = None) -> Self:
        """Read what `save` wrote.

        Args:
            path: of the file.
            prior: that the model was made from. None takes the one that comes with mitate, if it is that one;
                if not, `on` has to give it before the model can estimate.

        Raises:
            InputError: missing, damaged or foreign file, or another prior than `prior`.
        """
        facts, arrays = model_file.read(Path(path))
        width = len(arrays["mean"]) - 1
        of_the_prior = {
            "basis": np.zeros((0, len(arrays["reference"])), np.float32),
            "typical_change": np.ones(width),
        }
        whole: dict[str, Any] = {**facts, **arrays, **of_the_prior}
        try:
            model = cls(**whole)
        except TypeError as error:
            raise InputError(
                "this model is damaged: its fields are not the expected ones", where=path
            ) from error
        if prior is not None:
            return model.on(prior)
        from mitate.edema.encoder import default_encoder

        shipped = default_encoder().prior
        return model.on(shipped) if shipped.short_id == model.prior_id else model

    def on(self, prior: Prior) -> Self:
        """The same model with the projection of the prior that it was made from.

        Raises:
            InputError: it was made from another one.
        """
        if prior.short_id != self.prior_id:
            raise InputError(
                "the model was made with another encoder or prior than this one",
                where=f"model of {self.participant_id or 'a patient'}",
                todo="give the encoder that it was made with by --encoder, or make the model again",
            )
        return replace(self, basis=prior.basis, typical_change=prior.typical_change)


def personalise(
    prior: Prior,
    reference: SessionEmbeddings,
    labelled: Sequence[SessionEmbeddings] = (),
    *,
    participant_id: str = "",
    identity: NDArray[np.float32] | None = None,
) -> PersonalModel:
    """A patient's model from one reference session and any number of labelled sessions.

    Args:
        reference: what every later clip is compared with; best a `post` session. Its excess, if known, is
            one more observation.
        labelled: sessions with `excess_kg`; none is allowed. The reference must not be among them.
        identity: (128,) face identity of this person.

    Raises:
        InputError: a labelled session without its excess, or embeddings of another encoder.
    """
    where = f"participant {participant_id}" if participant_id else "personalise"
    _check(prior, reference, labelled, where)
    known = [session for session in (reference, *labelled) if session.excess_kg is not None]
    mean, covariance, day = _posterior(prior, reference, known)
    own = _own_levels(prior, known, day)
    none = np.zeros(0)
    return PersonalModel(
        basis=prior.basis,
        reference=reference.centre,
        mean=mean,
        covariance=covariance,
        typical_change=prior.typical_change,
        identity=np.asarray(() if identity is None else identity, np.float32).reshape(-1),
        noise_kg=prior.noise_kg,
        frame_noise_kg=prior.frame_noise_kg,
        dof=prior.dof,
        threshold_kg=own_midpoint(prior.threshold_kg, prior.threshold_days, known)
        if own is None
        else crossing(own),
        n_labelled=len(known),
        participant_id=participant_id,
        encoder_sha256=prior.encoder_sha256,
        trained_on=prior.trained_on,
        crop_size=prior.crop_size,
        drift_kg=prior.drift_kg,
        prior_id=prior.short_id,
        day=day,
        level_mean=none if own is None else own.mean,
        level_spread=none if own is None else own.spread,
        noise_growth=prior.noise_growth,
    )


def _check(
    prior: Prior, reference: SessionEmbeddings, labelled: Sequence[SessionEmbeddings], where: str
) -> None:
    """Raise `InputError` where a session has embeddings of another encoder, or a labelled one no excess."""
    for session in (reference, *labelled):
        checked(session.embeddings, where, prior.basis.shape[1])
    if any(session.excess_kg is None for session in labelled):
        raise InputError(
            "a labelled session has no excess weight", where=where, todo="give its weight and the dry weight"
        )


def _posterior(
    prior: Prior, reference: SessionEmbeddings, known: Sequence[SessionEmbeddings]
) -> tuple[Array, Array, float]:
    """Mean and covariance of the patient's readout after the sessions known, and the day they are of."""
    x = np.ones((len(known), len(prior.mean)))
    for row, session in enumerate(known):
        x[row, 1:] = prior.project(session.centre - reference.centre)
    y = np.array([session.excess_kg for session in known], dtype=np.float64)
    frames = np.array([len(session.embeddings) for session in known], dtype=np.float64)
    noise = noise_variance(prior, unfamiliar(x[:, 1:], prior.typical_change))
    noise = noise + prior.frame_noise_kg**2 / frames
    since = np.array([session.day - reference.day for session in known], dtype=np.float64)
    last = float(since.max()) if len(since) else 0.0
    start = prior.start(reference.phase)
    mean, covariance = mixed.walked_posterior(*start, x, y, noise, since, last, prior.drift_kg**2)
    return mean, covariance, reference.day + last


def _own_levels(prior: Prior, known: Sequence[SessionEmbeddings], day: float) -> Levels | None:
    """The patient's levels on a day; the population's where his own would stand upside down."""
    if prior.levels is None:
        return None
    own = own_levels(prior.levels, known, prior.drift_kg**2, day)
    return own if own.mean[0] > own.mean[1] else prior.levels


def _elapsed(model: PersonalModel, day: float | None) -> float:
    """Days between the last labelled session and a clip."""
    return HORIZON_DAYS if day is None else abs(float(day) - model.day)


def _notes(unfamiliarity: float, trained_on: str) -> tuple[str, ...]:
    notes = []
    if unfamiliarity > _UNFAMILIAR:
        notes.append(
            f"the picture differs from the reference {unfamiliarity:.1f} times as much as sessions of one "
            "person usually do: film again in the light and at the distance of the reference"
        )
    if trained_on == "simulated":
        notes.append("learned from simulated swelling only")
    return tuple(notes)


def estimate(
    model: PersonalModel,
    embeddings: NDArray[Any],
    *,
    weights: NDArray[Any] | None = None,
    quality: float | None = None,
    day: float | None = None,
    dialysis: bool = False,
) -> Estimate:
    """Excess fluid in a clip of the model's patient.

    Args:
        embeddings: (n, D) frame embeddings of the clip, n >= 1.
        weights: (n,) how much each frame counts, for example its quality; equal if None.
        quality: the capture's quality 0..1, carried into the result.
        day: of the clip, counted as the labelled sessions' days are: true weight may have changed since the
            last of them. None counts as a week.
        dialysis: the clip is from just before or just after dialysis, nobody says which: the patient's usual
            excess at either (`levels`) is then weighed in. False takes any excess for possible, as it is on
            other days and at other hours.

    Raises:
        InputError: embeddings of another width, or not finite; a model read without its prior.
    """
    if not len(model.basis):
        raise InputError(
            "the model was made with another encoder than the one that comes with mitate",
            where=f"model of {model.participant_id or 'a patient'}",
            todo="give the encoder that it was made with by --encoder, or PersonalModel.load its prior",
        )
    frames = checked(embeddings, "embeddings", model.basis.shape[1]).astype(np.float64)
    share = frame_weights(weights, len(frames))
    projected = (frames - model.reference) @ model.basis.T.astype(np.float64)
    rows = np.column_stack([np.ones(len(frames) + 1), np.vstack([share @ projected, projected])])
    values = rows @ model.mean
    uncertain = np.einsum("nq,qk,nk->n", rows, model.covariance, rows).clip(0)
    strange = unfamiliar(rows[:, 1:], model.typical_change)
    effective = np.concatenate([[1 / float(share @ share)], np.ones(len(frames))])
    shown = uncertain + noise_variance(model, strange) + model.frame_noise_kg**2 / effective
    said = read_out(model, values, shown, model.drift_kg**2 * _elapsed(model, day), dialysis)
    unfamiliarity = float(strange[0])
    return Estimate(
        excess_kg=float(said.excess_kg[0]),
        sd_kg=float(said.sd_kg[0]),
        interval_90=(float(said.interval_90[0, 0]), float(said.interval_90[0, 1])),
        edema_probability=float(said.probability[0]),
        threshold_kg=model.threshold_kg,
        frame_excess_kg=said.excess_kg[1:],
        frame_probability=said.probability[1:],
        frame_interval_90=said.interval_90[1:],
        n_frames=len(frames),
        n_labelled=model.n_labelled,
        unfamiliarity=unfamiliarity,
        participant_id=model.participant_id,
        model_id=model.model_id,
        trained_on=model.trained_on,
        quality=quality,
        notes=_notes(unfamiliarity, model.trained_on),
    )


def compare(prior: Prior, before: NDArray[Any], after: NDArray[Any], *, days: float | None = None) -> Change:
    """Change of excess from one clip to another of any one person, without a model of him.

    Exactly antisymmetric: exchanging the clips changes the sign of the change and nothing else.

    Args:
        before, after: frame embeddings (n, D) and (m, D).
        days: between the two clips; None counts as a week.

    Raises:
        InputError: embeddings of another width, or not finite.
    """
    width = prior.basis.shape[1]
    first = checked(before, "before", width).astype(np.float64)
    second = checked(after, "after", width).astype(np.float64)
    difference = prior.project(second.mean(axis=0) - first.mean(axis=0))
    change = float(difference @ prior.mean[1:])
    variance = float(difference @ prior.covariance[1:, 1:] @ difference)
    unfamiliarity = float(unfamiliar(difference, prior.typical_change))
    variance += 2 * float(noise_variance(prior, unfamiliarity)) + prior.drift_kg**2 * (
        HORIZON_DAYS if days is None else abs(days)
    )
    variance += prior.frame_noise_kg**2 * (1 / len(first) + 1 / len(second))
    sd = float(np.sqrt(variance))
    low, high = interval(np.asarray(change), np.asarray(sd), prior.dof)
    return Change(
        change_kg=change,
        sd_kg=sd,
        interval_90=(float(low), float(high)),
        increase_probability=float(above(change, 0.0, sd, prior.dof)),
        n_before=len(first),
        n_after=len(second),
        unfamiliarity=unfamiliarity,
        trained_on=prior.trained_on,
        notes=_notes(unfamiliarity, prior.trained_on),
    )


def with_identity(model: PersonalModel, identity: NDArray[np.float32]) -> PersonalModel:
    """The same model with this person's face identity (128,)."""
    return replace(model, identity=np.asarray(identity, np.float32).reshape(-1))
