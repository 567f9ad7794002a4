"""What a population teaches about a new patient: how embeddings move with kilograms, and how that varies.

``excess_kg(session) = c_p + (mean embedding - mean embedding of the reference session) · w_p + u_p(day) +
noise``, with ``[c_p, w_p]`` normal over patients (see `mixed`). The patient's constant c_p absorbs what is
unknown about his reference session; u_p is a random walk over days that starts there: true body weight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mitate.edema import _record, mixed
from mitate.edema.levels import Levels, learn_levels, learn_midpoint
from mitate.edema.sessions import PatientSessions, Phase, SessionEmbeddings, checked
from mitate.errors import InputError

__all__ = ["HORIZON_DAYS", "PatientSessions", "Phase", "Prior", "SessionEmbeddings", "fit_prior"]

Array = NDArray[np.float64]

_KIND, _VERSION = "mitate edema prior", 2
HORIZON_DAYS = 7.0  # since the labelled days, where nobody says how many
_DIMENSIONS = (4, 8, 16, 32, 64)
_SELECTION_PATIENTS = 300  # more do not change which dimension wins, only how long it takes
_NORMAL_FROM = 60.0  # degrees of freedom from which Student's t is taken as normal


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """A population's knowledge, as a new patient's model starts from it.

    Attributes:
        basis: (d, D) float32; an embedding difference x becomes ``basis @ x``.
        mean, covariance: of [c, w] for a new patient, (d+1,) and (d+1, d+1); kilograms.
        noise_kg, frame_noise_kg: sigma_s of a session and sigma_f of one frame's share.
        dof: degrees of freedom of the errors' Student t; inf is normal.
        threshold_kg, threshold_days: presence threshold where there are no levels, and how many of a
            patient's own days weigh as much as the population's threshold.
        pre_kg, post_kg: mean and sd of excess before and after dialysis.
        typical_change: (d,) sd of projected differences between two sessions of one person.
        n_participants, n_sessions: how many it was learned from.
        encoder_sha256, trained_on, crop_size: of the encoder and its data.
        noise_growth: share of the session's noise that grows with the square of its unfamiliarity, 0 to 1.
        drift_kg: sd of the random walk of true body weight, kilograms per square root of a day.
        level_mean, level_covariance, level_sd: (2,), (2, 2), (2,) usual excess before and after dialysis, see
            `levels.Levels`; empty where the population does not tell.
    """

    basis: NDArray[np.float32]
    mean: Array
    covariance: Array
    typical_change: Array
    noise_kg: float
    frame_noise_kg: float
    dof: float
    threshold_kg: float
    threshold_days: float
    pre_kg: tuple[float, float]
    post_kg: tuple[float, float]
    n_participants: int
    n_sessions: int
    log_evidence: float
    encoder_sha256: str = ""
    trained_on: str = "unknown"
    crop_size: int = 0
    drift_kg: float = 0.0
    level_mean: Array = field(default_factory=lambda: np.zeros(0))
    level_covariance: Array = field(default_factory=lambda: np.zeros((0, 0)))
    level_sd: Array = field(default_factory=lambda: np.zeros(0))
    noise_growth: float = 0.0

    @property
    def levels(self) -> Levels | None:
        """Usual excess before and after dialysis; None where the population does not tell."""
        return Levels(self.level_mean, self.level_covariance, self.level_sd) if self.level_mean.size else None

    @property
    def short_id(self) -> str:
        """A short name of the projection: models refer to it and leave it out of their files."""
        arrays: dict[str, NDArray[Any]] = {"basis": self.basis, "typical_change": self.typical_change}
        return _record.digest({"encoder": self.encoder_sha256}, arrays)[:16]

    def start(self, phase: Phase) -> tuple[Array, Array]:
        """Mean and covariance of [c, w] where the reference is of this phase; the population's is `post`."""
        mean, covariance = self.mean.copy(), self.covariance.copy()
        if phase == "post":
            return mean, covariance
        gap = self.pre_kg[0] - self.post_kg[0]
        if phase == "pre":
            ratio = self.pre_kg[1] / self.post_kg[1] if self.post_kg[1] > 0 else 1.0
            mean[0] += gap
            covariance[0] *= ratio
            covariance[:, 0] *= ratio
        else:  # either of the two, and nobody knows which
            mean[0] += gap / 2
            covariance[0, 0] += gap**2 / 4
        return mean, covariance

    def project(self, difference: Array) -> Array:
        """Embedding differences (..., D) in the model's coordinates (..., d)."""
        return np.asarray(difference @ self.basis.T.astype(np.float64))

    def save(self, path: Path) -> None:
        """Write to `path`, atomically."""
        facts, arrays = _record.split(self)
        _record.write(Path(path), _KIND, _VERSION, facts, arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: missing, damaged or foreign file.
        """
        version, facts, arrays = _record.read(Path(path), _KIND, (1, _VERSION))
        if version == 1:  # one sd for every horizon; now a walk that reaches it at the usual one
            facts["drift_kg"] = facts.get("drift_kg", 0.0) / np.sqrt(HORIZON_DAYS)
        return _record.join(cls, Path(path), _KIND, facts, arrays)


def _references(sessions: Sequence[SessionEmbeddings], count: int) -> list[int]:
    """Which sessions to take as the reference: post sessions if any, spread over time from the first."""
    order = sorted(range(len(sessions)), key=lambda i: sessions[i].day)
    choice = [i for i in order if sessions[i].phase == "post"] or order
    picks = np.linspace(0, len(choice) - 1, min(count, len(choice))).round().astype(int)
    return [choice[int(i)] for i in dict.fromkeys(picks.tolist())]


@dataclass(frozen=True, slots=True, eq=False)
class _Gathered:
    """Centres and targets per patient, and covariances over all of them."""

    centres: list[Array]
    excess: list[Array]
    frames: list[Array]
    days: list[Array]
    references: list[list[int]]
    between: Array  # (D, D) covariance of session centres about their patient's mean
    within: Array  # (D, D) covariance of frames about their session's centre


def _gather(patients: Sequence[PatientSessions], references: int) -> _Gathered:
    width = patients[0].sessions[0].embeddings.shape[1]
    between, within = np.zeros((width, width)), np.zeros((width, width))
    sessions_free, frames_free = 0, 0
    gathered: tuple[list[Array], list[Array], list[Array], list[Array], list[list[int]]] = (
        [],
        [],
        [],
        [],
        [],
    )
    for patient in patients:
        for session in patient.sessions:
            checked(session.embeddings, f"participant {patient.participant_id}", width)
        centres = np.stack([session.centre for session in patient.sessions])
        off = centres - centres.mean(axis=0)
        between += off.T @ off
        sessions_free += len(centres) - 1
        for session, centre in zip(patient.sessions, centres, strict=True):
            scatter = session.embeddings - centre
            within += scatter.T @ scatter
            frames_free += len(scatter) - 1
        known = [i for i, session in enumerate(patient.sessions) if session.excess_kg is not None]
        chosen = _references([patient.sessions[i] for i in known], references)
        gathered[0].append(centres[known])
        gathered[1].append(np.array([patient.sessions[i].excess_kg for i in known], dtype=np.float64))
        gathered[2].append(np.array([len(patient.sessions[i].embeddings) for i in known], dtype=np.float64))
        gathered[3].append(np.array([patient.sessions[i].day for i in known], dtype=np.float64))
        gathered[4].append(chosen)
    return _Gathered(*gathered, between / max(sessions_free, 1), within / max(frames_free, 1))


def _units(data: _Gathered, basis: Array, frame_variance: float, limit: int | None = None) -> mixed.Units:
    persons = range(len(data.centres))[:limit]
    rows = [(p, reference) for p in persons for reference in data.references[p]]
    longest = max(len(data.excess[p]) for p in persons)
    shape = (len(rows), longest)
    x = np.zeros((*shape, len(basis) + 1))
    y, extra, days = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    mask, weight = np.zeros(shape, dtype=bool), np.zeros(len(rows))
    for row, (p, reference) in enumerate(rows):
        n = len(data.excess[p])
        x[row, :n, 0] = 1
        x[row, :n, 1:] = (data.centres[p] - data.centres[p][reference]) @ basis.T
        y[row, :n] = data.excess[p]
        extra[row, :n] = frame_variance / data.frames[p]
        days[row, :n] = data.days[p] - data.days[p][reference]
        mask[row, :n] = True
        weight[row] = 1 / len(data.references[p])
    return mixed.Units(x, y, extra, mask, weight, days)


def _bases(data: _Gathered, dim: int | None) -> list[tuple[Array, Array]]:
    """Candidate projections by size: the leading directions in which sessions of one person differ.

    Each as it is and whitened, since a faint direction may carry the signal.
    """
    values, vectors = np.linalg.eigh(data.between)
    values, vectors = values[::-1], vectors[:, ::-1]
    rank = int((values > values[0] * 1e-10).sum()) if values[0] > 0 else 0
    if rank == 0:
        raise InputError("all sessions of each participant have the same embedding: nothing can be learned")
    sizes = {min(size, rank) for size in (_DIMENSIONS if dim is None else (dim,))}
    scales = [(size, np.sqrt(values[:size])) for size in sorted(sizes)]
    return [
        ((vectors[:, :size] / np.sqrt(np.mean(scale**2))).T, (vectors[:, :size] / scale).T)
        for size, scale in scales
    ]


def _select(data: _Gathered, dim: int | None, step: Callable[[float], None]) -> Array:
    """The projection under which the targets are most probable (evidence of the isotropic model).

    Sizes are tried from the smallest; two in a row that do not help end the search.
    """
    best, winner, worse = -np.inf, None, 0
    candidates = _bases(data, dim)
    for index, pair in enumerate(candidates):
        worse += 1
        for basis in pair:
            fit = mixed.fit_isotropic(_units(data, basis, 0.0, _SELECTION_PATIENTS), max_iter=60, tol=1e-5)
            if fit.log_evidence > best:
                best, winner, worse = fit.log_evidence, basis, 0
        step((index + 1) / len(candidates))
        if worse == 2:
            break
    if winner is None:
        raise InputError("no model of this population can be fitted: the evidence is not finite")
    return winner


def _tails(z: Array) -> float:
    """Degrees of freedom of Student's t by the fourth moment; inf unless tails are significantly heavy."""
    excess = float(np.mean(z**4) / np.mean(z**2) ** 2 - 3)
    if excess < 2 * np.sqrt(24 / len(z)):
        return float("inf")
    dof = 4 + 6 / excess
    return float("inf") if dof > _NORMAL_FROM else dof


def _usable(patients: Sequence[PatientSessions]) -> list[PatientSessions]:
    known = [p for p in patients if sum(s.excess_kg is not None for s in p.sessions) >= 2]
    if len(known) < 2:
        raise InputError(
            f"a population needs two or more participants with two weighed sessions each; found {len(known)}",
            todo="add participants, or weights and dry weights to their sessions",
        )
    return known


def _frame_variance(data: _Gathered, basis: Array, fit: mixed.Fit) -> float:
    """Scatter of single frames' predictions about their session's, kg^2, by the population's mean slope.

    Adding the spread of slopes between patients would credit more frames with more than they bring: what a
    patient's posterior reads out of a frame is far steadier than what his prior might have.
    """
    slope = fit.mean[1:]
    return float(slope @ basis @ data.within @ basis.T @ slope)


def fit_prior(
    patients: Sequence[PatientSessions],
    *,
    dim: int | None = None,
    references: int = 3,
    encoder_sha256: str = "",
    trained_on: str = "unknown",
    crop_size: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Prior:
    """Learn from a population what `personal.personalise` starts from.

    Each patient enters once for each of up to `references` of his post sessions taken as the reference,
    together weighing as one patient: the same asymmetry as in use. The projection (dimension, whitened or
    not) is the one with the highest evidence; the spread over patients is shrunk towards an isotropic one
    by d + 3 pseudo-patients; the uncertainty of the population's mean is added to the spread, so that few
    patients give wider intervals, not overconfident ones.

    Args:
        patients: at least two with two weighed sessions each; sessions without excess inform the noise only.
        dim: dimensions to keep, or None to choose.
        progress: called with the fraction done, 0 to 1.

    Raises:
        InputError: too few patients, or embeddings of different widths.
    """
    step = progress or (lambda fraction: None)
    known = _usable(patients)
    data = _gather(known, references)
    basis = _select(data, dim, lambda fraction: step(0.6 * fraction)).astype(np.float32).astype(np.float64)
    first = mixed.fit_isotropic(_units(data, basis, 0.0))
    frame_variance = _frame_variance(data, basis, first)
    step(0.75)
    units = _units(data, basis, frame_variance)
    fit = mixed.fit_shrunk(units, replace(first, noise=max(first.noise, 1e-8)), pseudo=len(basis) + 3.0)
    levels, both = learn_midpoint(known), learn_levels(known, fit.drift)
    step(1.0)
    prior = Prior(
        basis=basis.astype(np.float32),
        mean=fit.mean,
        covariance=fit.spread + fit.mean_covariance,
        typical_change=np.sqrt(2 * np.diag(basis @ data.between @ basis.T)),
        noise_kg=float(np.sqrt(fit.noise)),
        frame_noise_kg=float(np.sqrt(frame_variance)),
        dof=_tails(mixed.leave_one_out_z(units, fit)),
        threshold_kg=levels.threshold,
        threshold_days=levels.days,
        pre_kg=levels.pre,
        post_kg=levels.post,
        n_participants=len(known),
        n_sessions=int(sum(len(y) for y in data.excess)),
        log_evidence=fit.log_evidence,
        encoder_sha256=encoder_sha256,
        trained_on=trained_on,
        crop_size=crop_size,
        drift_kg=float(np.sqrt(fit.drift)),
    )
    if both is None:
        return prior
    return replace(prior, level_mean=both.mean, level_covariance=both.covariance, level_sd=both.sd)
