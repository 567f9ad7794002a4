"""How wide intervals have to be: noise and the walk of true weight, found on people outside the fit.

Errors on people whom a prior was not learned from are taken apart by maximum likelihood: what the model
itself is unsure of, noise, noise that grows with how unfamiliar the session is, and variance for each day
since the labelled ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from mitate.edema.levels import learn_levels
from mitate.edema.personal import personalise
from mitate.edema.prior import Prior
from mitate.edema.readout import unfamiliar
from mitate.edema.sessions import PatientSessions
from mitate.edema.trial import first_days

__all__ = ["Widths", "fitted", "widths"]

Array = NDArray[np.float64]

_ROUNDS = 2  # wider noise makes labels count for less, and that the errors change a little
_FEWEST = 50  # errors from which three variances can be told apart
_SLIGHT = 0.01  # share of the noise that a part has before anything is seen of it


@dataclass(frozen=True, slots=True)
class Widths:
    """Parts of the variance of an error.

    Attributes:
        noise: factor on the session's noise variance that a prior's own fit gives.
        growth: share of it that grows with the square of the unfamiliarity, 0 to 1.
        drift: variance of the walk of true weight, kg^2 a day.
    """

    noise: float
    growth: float
    drift: float

    def of(self, prior: Prior, patients: Sequence[PatientSessions]) -> Prior:
        """A prior with these widths; its levels are learned again, since they depend on the walk."""
        levels = learn_levels(patients, self.drift)
        changed = replace(
            prior,
            noise_kg=prior.noise_kg * float(np.sqrt(self.noise)),
            noise_growth=self.growth,
            drift_kg=float(np.sqrt(self.drift)),
        )
        if levels is None:
            return changed
        return replace(
            changed, level_mean=levels.mean, level_covariance=levels.covariance, level_sd=levels.sd
        )


def _errors(prior: Prior, patients: Sequence[PatientSessions], days: int) -> Array:
    """(N, 5): error, the model's own variance, that of the frames, unfamiliarity squared, days since."""
    found = []
    for patient in patients:
        reference, labelled, later = first_days(patient.sessions, days)
        asked = [s for s in later if s.excess_kg is not None]
        if not asked:
            continue
        model = personalise(prior, reference, labelled)
        x = np.ones((len(asked), len(model.mean)))
        x[:, 1:] = prior.project(np.stack([s.centre for s in asked]) - model.reference)
        truth = np.array([s.excess_kg for s in asked], dtype=np.float64)
        frames = prior.frame_noise_kg**2 / np.array([len(s.embeddings) for s in asked])
        own = np.einsum("nq,qk,nk->n", x, model.covariance, x).clip(0)
        strange = unfamiliar(x[:, 1:], prior.typical_change) ** 2
        since = np.abs(np.array([s.day for s in asked]) - model.day)
        found.append(np.column_stack([truth - x @ model.mean, own, frames, strange, since]))
    return np.concatenate(found) if found else np.zeros((0, 5))


def fitted(errors: Array, noise: Array, start: Widths) -> Widths:
    """The widths under which errors are most probable.

    Args:
        errors: (N, 5) error, the model's variance, that of the frames, unfamiliarity squared, days since.
        noise: (N,) noise variance that the fit of the prior gave.
        start: to begin with, and to fall back on where there are few errors.
    """
    if len(errors) < _FEWEST:
        return start
    off, own, frames, strange, since = errors.T
    level = float(noise.mean())
    first = np.log([1.0, 0.1, max(start.drift, _SLIGHT * level)])
    walks = bool(since.any())

    def variances(theta: Array) -> Array:
        steady, growing, drift = np.exp(theta)
        walked = drift * since if walks else 0.0
        return np.asarray(own + frames + noise * (steady + growing * strange) + walked)

    def cost(theta: Array) -> float:
        variance = variances(theta)
        # as much as a few errors would say: keeps what nothing is seen of from running away
        return 0.5 * float(np.sum(off**2 / variance + np.log(variance)) + np.sum((theta - first) ** 2 / 9))

    best = optimize.minimize(cost, first, method="L-BFGS-B", bounds=[(-12, 6)] * 3)
    steady, growing, drift = np.exp(best.x)
    total = float(steady + growing)
    return Widths(total, float(growing / total), float(drift) if walks else start.drift)


def widths(
    priors: Sequence[Prior], others: Sequence[Sequence[PatientSessions]], days: Sequence[int]
) -> Widths:
    """What people outside the fit say of the widths.

    Args:
        priors: each learned from some people.
        others: for each prior, people whom it was not learned from.
        days: numbers of labelled days to look at; 0 is one weighed reference session.
    """
    start = Widths(1.0, 0.0, float(np.mean([prior.drift_kg**2 for prior in priors])))
    found = start
    for _ in range(_ROUNDS):
        rows, noise = [], []
        for prior, people in zip(priors, others, strict=True):
            now = replace(
                prior,
                noise_kg=prior.noise_kg * float(np.sqrt(found.noise)),
                noise_growth=found.growth,
                drift_kg=float(np.sqrt(found.drift)),
            )
            for count in days:
                rows.append(_errors(now, people, count))
                noise.append(np.full(len(rows[-1]), prior.noise_kg**2))
        found = fitted(np.concatenate(rows), np.concatenate(noise), start)
    return found
