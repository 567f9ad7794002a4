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
from scipy import special

from mitate.edema import mixed, model_file
from mitate.edema.levels import Levels, Sides, crossing, own_levels, sides, summary
from mitate.edema.prior import HORIZON_DAYS, Prior
from mitate.edema.results import INTENDED_USE, Change, Estimate
from mitate.edema.sessions import Phase, SessionEmbeddings, checked
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
        try:
            model = cls(
                basis=np.zeros((0, len(arrays["reference"])), np.float32),
                typical_change=np.ones(width),
                **facts,
                **arrays,
            )
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


def _scale(sd: Array | float, dof: float) -> Array:
    """Scale of a Student t that has this sd; the sd itself for the normal."""
    return np.asarray(sd * (1.0 if np.isinf(dof) else np.sqrt((dof - 2) / dof)))


def _interval(value: float, sd: float, dof: float) -> tuple[float, float]:
    quantile = special.ndtri(0.95) if np.isinf(dof) else special.stdtrit(dof, 0.95)
    half = float(_scale(sd, dof) * quantile)
    return value - half, value + half


def _above(value: Array | float, threshold: float, sd: Array | float, dof: float) -> Array:
    z = (np.asarray(value) - threshold) / _scale(sd, dof)
    return np.asarray(special.ndtr(z) if np.isinf(dof) else special.stdtr(dof, z))


def _start(prior: Prior, phase: Phase) -> tuple[Array, Array]:
    """The prior's [c, w], moved to the level of a reference of this phase; the population's is `post`."""
    mean, covariance = prior.mean.copy(), prior.covariance.copy()
    if phase == "post":
        return mean, covariance
    gap = prior.pre_kg[0] - prior.post_kg[0]
    if phase == "pre":
        ratio = prior.pre_kg[1] / prior.post_kg[1] if prior.post_kg[1] > 0 else 1.0
        mean[0] += gap
        covariance[0] *= ratio
        covariance[:, 0] *= ratio
    else:  # either of the two, and nobody knows which
        mean[0] += gap / 2
        covariance[0, 0] += gap**2 / 4
    return mean, covariance


def _threshold(prior: Prior, sessions: Sequence[SessionEmbeddings]) -> float:
    """The population's midpoint between pre and post, shrunk towards the patient's own by his days."""
    own = {
        phase: [s.excess_kg for s in sessions if s.phase == phase and s.excess_kg is not None]
        for phase in ("pre", "post")
    }
    days = min(len(own["pre"]), len(own["post"]))
    if days == 0:
        return prior.threshold_kg
    midpoint = float(np.mean(own["pre"]) + np.mean(own["post"])) / 2
    return (prior.threshold_days * prior.threshold_kg + days * midpoint) / (prior.threshold_days + days)


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
    width = prior.basis.shape[1]
    where = f"participant {participant_id}" if participant_id else "personalise"
    for session in (reference, *labelled):
        checked(session.embeddings, where, width)
    if any(session.excess_kg is None for session in labelled):
        raise InputError(
            "a labelled session has no excess weight", where=where, todo="give its weight and the dry weight"
        )
    known = [session for session in (reference, *labelled) if session.excess_kg is not None]
    centre = reference.centre
    x = np.ones((len(known), len(prior.mean)))
    for row, session in enumerate(known):
        x[row, 1:] = prior.project(session.centre - centre)
    y = np.array([session.excess_kg for session in known], dtype=np.float64)
    frames = np.array([len(session.embeddings) for session in known], dtype=np.float64)
    noise = noise_variance(prior, unfamiliar(x[:, 1:], prior.typical_change))
    noise = noise + prior.frame_noise_kg**2 / frames
    since = np.array([session.day - reference.day for session in known], dtype=np.float64)
    last = float(since.max()) if len(since) else 0.0
    mean, covariance = mixed.walked_posterior(
        *_start(prior, reference.phase), x, y, noise, since, last, prior.drift_kg**2
    )
    day = reference.day + last
    own = _own_levels(prior, known, day)
    none = np.zeros(0)
    return PersonalModel(
        basis=prior.basis,
        reference=centre,
        mean=mean,
        covariance=covariance,
        typical_change=prior.typical_change,
        identity=np.zeros(0, np.float32)
        if identity is None
        else np.asarray(identity, np.float32).reshape(-1),
        noise_kg=prior.noise_kg,
        frame_noise_kg=prior.frame_noise_kg,
        dof=prior.dof,
        threshold_kg=_threshold(prior, known) if own is None else crossing(own),
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


def _own_levels(prior: Prior, known: Sequence[SessionEmbeddings], day: float) -> Levels | None:
    """The patient's levels on a day; the population's where his own would stand upside down."""
    if prior.levels is None:
        return None
    own = own_levels(prior.levels, known, prior.drift_kg**2, day)
    return own if own.mean[0] > own.mean[1] else prior.levels


def _weights(weights: NDArray[Any] | None, frames: int) -> Array:
    if weights is None:
        return np.full(frames, 1 / frames)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (frames,) or not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
        raise InputError(f"frame weights must be {frames} numbers, none negative and not all zero")
    return np.asarray(given / given.sum())


def unfamiliar(difference: Array, typical_change: Array) -> Array:
    """Root mean square of projected differences (..., d), in typical changes."""
    return np.asarray(np.sqrt(np.mean((difference / typical_change) ** 2, axis=-1)))


def noise_variance(of: PersonalModel | Prior, unfamiliarity: Array | float) -> Array:
    """Noise of a session that differs so much from the reference, kg^2; frames come on top."""
    grown = 1 - of.noise_growth + of.noise_growth * np.asarray(unfamiliarity) ** 2
    return np.asarray(of.noise_kg**2 * grown)


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
        notes.append("learned from simulated faces only")
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
    share = _weights(weights, len(frames))
    projected = (frames - model.reference) @ model.basis.T.astype(np.float64)
    rows = np.column_stack([np.ones(len(frames) + 1), np.vstack([share @ projected, projected])])
    values = rows @ model.mean
    uncertain = np.einsum("nq,qk,nk->n", rows, model.covariance, rows).clip(0)
    unfamiliarity = float(unfamiliar(rows[0, 1:], model.typical_change))
    effective = np.concatenate([[1 / float(share @ share)], np.ones(len(frames))])
    shown = uncertain + float(noise_variance(model, unfamiliarity)) + model.frame_noise_kg**2 / effective
    walked = model.drift_kg**2 * _elapsed(model, day)
    sd = np.sqrt(shown + walked)
    whole = (float(values[0]), float(sd[0]), _interval(float(values[0]), float(sd[0]), model.dof))
    if model.level_mean.size:
        # weight that has walked since lifts both levels with it, so it does not blur which one this is
        found = sides(values, shown, model.level_mean, model.level_spread)
        probability = found.before
        if dialysis:
            whole = summary(Sides(found.before[0], found.mean[0], found.variance[0]), walked)
            values = (found.before * found.mean[:, 0]) + (1 - found.before) * found.mean[:, 1]
    else:
        probability = _above(values, model.threshold_kg, sd, model.dof)
    return Estimate(
        excess_kg=whole[0],
        sd_kg=whole[1],
        interval_90=whole[2],
        edema_probability=float(probability[0]),
        threshold_kg=model.threshold_kg,
        frame_excess_kg=values[1:],
        frame_probability=probability[1:],
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
    return Change(
        change_kg=change,
        sd_kg=sd,
        interval_90=_interval(change, sd, prior.dof),
        increase_probability=float(_above(change, 0.0, sd, prior.dof)),
        n_before=len(first),
        n_after=len(second),
        unfamiliarity=unfamiliarity,
        trained_on=prior.trained_on,
        notes=_notes(unfamiliarity, prior.trained_on),
    )


def with_identity(model: PersonalModel, identity: NDArray[np.float32]) -> PersonalModel:
    """The same model with this person's face identity (128,)."""
    return replace(model, identity=np.asarray(identity, np.float32).reshape(-1))
