"""A population of regressions that differ from person to person: the linear mixed model, fitted by EM.

For person p and observation s, ``y = x·b + u(day) + noise`` with ``b ~ N(m, S)`` over persons,
``m ~ N(0, A)``, noise variance ``sigma^2 + extra`` (`extra` known) and u a random walk over days that is 0 on
the day of the reference (`brownian`). Laird & Ware, "Random-effects models for longitudinal data", Biometrics
38 (1982); Dempster, Laird & Rubin, JRSS B 39 (1977); m is integrated out, as in their restricted likelihood.
Every update is closed form and the (penalised) log evidence never falls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Fit",
    "Units",
    "brownian",
    "fit_isotropic",
    "fit_shrunk",
    "leave_one_out_z",
    "posterior",
    "walked_posterior",
]

Array = NDArray[np.float64]

_CHUNK = 512  # persons at a time: keeps the memory of a cohort of thousands to some tens of megabytes
_INTERCEPT_VARIANCE = 100.0  # kg^2, a nearly flat prior on the population's mean intercept


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Padded observations of U persons, at most n each.

    Args:
        x: (U, n, q) design, first column 1; rows of padding are all zero.
        y: (U, n) targets, kilograms; zero in padding.
        extra: (U, n) known part of the noise variance, kg^2.
        mask: (U, n) true where an observation is.
        weight: (U,) how much each unit counts (a person seen from three references is three units of 1/3).
        days: (U, n) days since the reference, zero in padding; None where nothing walks.
    """

    x: Array
    y: Array
    extra: Array
    mask: NDArray[np.bool_]
    weight: Array
    days: Array | None = None

    def chunks(self) -> Iterator[Units]:
        """The same units, a few hundred at a time."""
        for start in range(0, len(self.weight), _CHUNK):
            part = slice(start, start + _CHUNK)
            days = None if self.days is None else self.days[part]
            yield Units(
                self.x[part], self.y[part], self.extra[part], self.mask[part], self.weight[part], days
            )

    def walk(self) -> Array:
        """(U, n, n) covariance of the random walk at one square kilogram a day."""
        return brownian(np.zeros_like(self.y) if self.days is None else self.days)

    def steps(self) -> float:
        """How many independent steps the walks show: distinct days other than the reference's, weighted."""
        if self.days is None:
            return 0.0
        order = np.sort(np.where(self.mask, self.days, 0.0), axis=1)
        distinct = (np.diff(order, axis=1) > 0).sum(axis=1)  # the reference's zero is among them
        return float(self.weight @ distinct)


def brownian(days: Array, others: Array | None = None) -> Array:
    """Covariance of a random walk of one square kilogram a day that is zero on day 0, to both sides of it.

    Args:
        days: (..., n) days, before (negative) or after 0.
        others: (..., m); `days` themselves if None.

    Returns:
        (..., n, m): the smaller distance from day 0 on the same side, zero across it.
    """
    others = days if others is None else others
    first, second = days[..., :, None], others[..., None, :]
    # min(|s|, |t|) on the same side; |s| + |t| = |s - t| across it, which makes this zero
    return np.asarray((np.abs(first) + np.abs(second) - np.abs(first - second)) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The fitted population.

    Attributes:
        mean, mean_covariance: m (q,) and its covariance (q, q).
        spread: S (q, q).
        noise, drift: sigma^2 in kg^2, and the walk's variance in kg^2 a day.
        slope_variance: of the elements of m, as its prior has it.
        log_evidence: of the targets.
        history: the objective before each update.
    """

    mean: Array
    mean_covariance: Array
    spread: Array
    noise: float
    slope_variance: float
    log_evidence: float
    history: tuple[float, ...] = ()
    drift: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    mean: Array
    mean_covariance: Array
    scatter: Array  # weighted sum over persons of E[(b - m)(b - m)']
    noise: float  # the next sigma^2
    drift: float  # the next variance a day
    log_evidence: float


def _covariance(units: Units, fit: Fit) -> tuple[Array, Array]:
    """Noise variances (U, n) and inverse covariances of y given m (U, n, n)."""
    variance = np.where(units.mask, fit.noise + units.extra, 1.0)
    full = units.x @ fit.spread @ units.x.transpose(0, 2, 1)
    diagonal = np.arange(full.shape[1])
    full[:, diagonal, diagonal] += variance
    if fit.drift > 0:
        full += fit.drift * units.walk()
    return variance, np.asarray(np.linalg.inv(full), np.float64)


def _population(units: Units, fit: Fit) -> tuple[Array, Array, float]:
    """Posterior mean and covariance of m, and the log evidence of y."""
    q = units.x.shape[2]
    precision, moment, log_likelihood = np.zeros((q, q)), np.zeros(q), 0.0
    for part in units.chunks():
        _, inverse = _covariance(part, fit)
        weighted = inverse @ part.x * part.weight[:, None, None]
        flat = weighted.reshape(-1, q)
        precision += flat.T @ part.x.reshape(-1, q)
        moment += flat.T @ part.y.reshape(-1)
        quadratic = np.einsum("un,unk,uk->u", part.y, inverse, part.y)
        log_determinant = -np.linalg.slogdet(inverse)[1]
        counts = part.mask.sum(axis=1)
        log_likelihood -= 0.5 * float(
            part.weight @ (quadratic + log_determinant + counts * np.log(2 * np.pi))
        )
    prior = np.full(q, fit.slope_variance)
    prior[0] = _INTERCEPT_VARIANCE
    covariance = np.linalg.inv(precision + np.diag(1 / prior))
    covariance = (covariance + covariance.T) / 2
    mean = covariance @ moment
    log_likelihood += 0.5 * float(moment @ mean + np.linalg.slogdet(covariance)[1] - np.log(prior).sum())
    return mean, covariance, log_likelihood


def _expect(units: Units, fit: Fit) -> _Moments:
    """The E step: posterior moments of every person's coefficients and of the noise."""
    mean, covariance, log_evidence = _population(units, fit)
    q = len(mean)
    spread = fit.spread
    inner, squares, count, walked = np.zeros((q, q)), 0.0, 0.0, 0.0
    for part in units.chunks():
        variance, inverse = _covariance(part, fit)
        gain = inverse @ part.x  # (U, n, q): the person's shift is spread @ gain' @ residual
        residual = np.einsum("unk,uk->un", inverse, part.y - part.x @ mean)
        known = part.x @ covariance @ part.x.transpose(0, 2, 1)
        score = np.einsum("unq,un->uq", part.x, residual)
        weight = part.weight[:, None]
        inner += (score * weight).T @ score
        weighted = (gain * weight[..., None]).reshape(-1, q)
        inner += weighted.T @ (known @ gain).reshape(-1, q) - weighted.T @ part.x.reshape(-1, q)
        doubt = inverse @ known @ inverse
        leverage = np.einsum("unn->un", doubt)
        if fit.drift > 0:
            walk = part.walk()
            found = np.einsum("un,unk,uk->u", residual, walk, residual)
            walked += float(part.weight @ (found + np.einsum("unk,unk->u", doubt - inverse, walk)))
        diagonal = np.einsum("unn->un", inverse)
        error = variance + variance**2 * (residual**2 + leverage - diagonal)
        share = fit.noise / variance  # of the noise that is not known beforehand
        latent = share**2 * error + share * part.extra
        squares += float((latent * part.mask * weight).sum())
        count += float((part.mask * weight).sum())
    scatter = units.weight.sum() * spread + spread @ inner @ spread
    drift = fit.drift + (fit.drift**2 * walked / units.steps() if fit.drift > 0 else 0.0)
    return _Moments(mean, covariance, (scatter + scatter.T) / 2, squares / count, drift, log_evidence)


def _start(units: Units) -> Fit:
    q = units.x.shape[2]
    variance = float(np.var(units.y[units.mask])) + 1e-6
    slope = float(np.mean(units.x[units.mask][:, 1:] ** 2)) + 1e-12
    each = variance / (slope * (q - 1))
    spread = np.diag([variance / 4, *([each / 4] * (q - 1))])
    length = 0.0 if units.days is None else float(np.abs(units.days).max())
    drift = variance / 20 / length if length > 0 else 0.0
    return Fit(np.zeros(q), np.eye(q), spread, variance / 2, each, -np.inf, drift=drift)


def _iterate(units: Units, fit: Fit, target: Array | None, pseudo: float, max_iter: int, tol: float) -> Fit:
    history: list[float] = []
    persons = float(units.weight.sum())
    for _ in range(max_iter):
        step = _expect(units, fit)
        objective = step.log_evidence
        if target is None:
            spread = np.zeros_like(step.scatter)
            np.fill_diagonal(spread, np.mean(np.diag(step.scatter)[1:]) / persons)
            spread[0, 0] = step.scatter[0, 0] / persons
        else:
            log_determinant = np.linalg.slogdet(fit.spread)[1]
            objective -= 0.5 * pseudo * float(log_determinant + np.trace(np.linalg.solve(fit.spread, target)))
            spread = (step.scatter + pseudo * target) / (persons + pseudo)
        slope = float(np.mean(step.mean[1:] ** 2 + np.diag(step.mean_covariance)[1:]))
        # mean and evidence belong to the parameters that went in: returned together, they are consistent
        fit = replace(
            fit, mean=step.mean, mean_covariance=step.mean_covariance, log_evidence=step.log_evidence
        )
        history.append(objective)
        if len(history) > 1 and objective - history[-2] < tol * (1 + abs(objective)):
            break
        settled = fit
        fit = replace(fit, spread=spread, noise=step.noise, drift=step.drift, slope_variance=slope)
    else:
        fit = settled
    return replace(fit, history=tuple(history))


def fit_isotropic(units: Units, *, max_iter: int = 200, tol: float = 1e-7) -> Fit:
    """Fit with persons' slopes spread alike in every direction: three variances, sound for few persons.

    `history` of the result holds the log evidence before each update; it never falls.
    """
    return _iterate(units, _start(units), None, 0.0, max_iter, tol)


def fit_shrunk(units: Units, start: Fit, *, pseudo: float, max_iter: int = 200, tol: float = 1e-7) -> Fit:
    """Fit a full spread, shrunk to `start`'s as an inverse-Wishart prior worth `pseudo` persons would.

    `history` holds the log evidence plus the log prior of the spread; it never falls.
    """
    return _iterate(units, start, start.spread, pseudo, max_iter, tol)


def posterior(mean: Array, covariance: Array, x: Array, y: Array, variance: Array) -> tuple[Array, Array]:
    """One person's coefficients given observations: Gaussian conditioning, stable for none, one or many.

    Args:
        mean, covariance: prior of the coefficients, (q,) and (q, q).
        x, y, variance: design (n, q), targets (n,), noise variances (n,); n may be 0.

    Returns:
        Posterior mean (q,) and covariance (q, q).
    """
    gain = np.linalg.solve(x @ covariance @ x.T + np.diag(variance), x @ covariance).T
    rest = np.eye(len(mean)) - gain @ x
    # Joseph's form: stays symmetric and positive however small the noise is
    updated = rest @ covariance @ rest.T + gain @ np.diag(variance) @ gain.T
    return mean + gain @ (y - x @ mean), (updated + updated.T) / 2


def walked_posterior(
    mean: Array,
    covariance: Array,
    x: Array,
    y: Array,
    variance: Array,
    days: Array,
    day: float,
    drift: float,
) -> tuple[Array, Array]:
    """`posterior` where the first coefficient walks over days: its value on `day`, and the other ones.

    Args:
        mean, covariance: of the coefficients on day 0, (q,) and (q, q).
        x, y, variance: as in `posterior`; the first column of x is 1.
        days: (n,) of the observations.
        day: of the answer.
        drift: variance of the walk a day.
    """
    if drift == 0:
        return posterior(mean, covariance, x, y, variance)
    before = covariance.copy()
    before[0, 0] += drift * abs(day)
    cross = covariance @ x.T
    cross[0] += drift * brownian(np.array([day]), days)[0]
    joint = x @ covariance @ x.T + drift * brownian(days) + np.diag(variance)
    gain = np.linalg.solve(joint, cross.T).T
    updated = before - gain @ cross.T
    return mean + gain @ (y - x @ mean), (updated + updated.T) / 2


def leave_one_out_z(units: Units, fit: Fit) -> Array:
    """Each observation's error, in sd, when predicted from the same person's others: (N,)."""
    found = []
    for part in units.chunks():
        _, inverse = _covariance(part, fit)
        residual = np.einsum("unk,uk->un", inverse, part.y - part.x @ fit.mean)
        found.append((residual / np.sqrt(np.einsum("unn->un", inverse)))[part.mask])
    return np.concatenate(found)
