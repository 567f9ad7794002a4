"""A population of regressions that differ from person to person: the linear mixed model, fitted by EM.

For person p and observation s, ``y = x·b + noise`` with ``b ~ N(m, S)`` over persons, ``m ~ N(0, A)`` and
noise variance ``sigma^2 + extra`` (`extra` known). Laird & Ware, "Random-effects models for longitudinal
data", Biometrics 38 (1982); Dempster, Laird & Rubin, JRSS B 39 (1977); m is integrated out, as in their
restricted likelihood. Every update is closed form and the (penalised) log evidence never falls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Fit", "Units", "fit_isotropic", "fit_shrunk", "leave_one_out_z", "posterior"]

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
    """

    x: Array
    y: Array
    extra: Array
    mask: NDArray[np.bool_]
    weight: Array

    def chunks(self) -> Iterator[Units]:
        """The same units, a few hundred at a time."""
        for start in range(0, len(self.weight), _CHUNK):
            part = slice(start, start + _CHUNK)
            yield Units(self.x[part], self.y[part], self.extra[part], self.mask[part], self.weight[part])


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The fitted population: mean (q,) and its covariance, spread S (q, q), sigma^2, variance of slopes."""

    mean: Array
    mean_covariance: Array
    spread: Array
    noise: float
    slope_variance: float
    log_evidence: float
    history: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    mean: Array
    mean_covariance: Array
    scatter: Array  # weighted sum over persons of E[(b - m)(b - m)']
    noise: float  # the next sigma^2
    log_evidence: float


def _covariance(units: Units, fit: Fit) -> tuple[Array, Array]:
    """Noise variances (U, n) and inverse covariances of y given m (U, n, n)."""
    variance = np.where(units.mask, fit.noise + units.extra, 1.0)
    full = units.x @ fit.spread @ units.x.transpose(0, 2, 1)
    diagonal = np.arange(full.shape[1])
    full[:, diagonal, diagonal] += variance
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
    inner, squares, count = np.zeros((q, q)), 0.0, 0.0
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
        leverage = np.einsum("unk,ukm,unm->un", inverse, known, inverse)
        diagonal = np.einsum("unn->un", inverse)
        error = variance + variance**2 * (residual**2 + leverage - diagonal)
        share = fit.noise / variance  # of the noise that is not known beforehand
        latent = share**2 * error + share * part.extra
        squares += float((latent * part.mask * weight).sum())
        count += float((part.mask * weight).sum())
    scatter = units.weight.sum() * spread + spread @ inner @ spread
    return _Moments(mean, covariance, (scatter + scatter.T) / 2, squares / count, log_evidence)


def _start(units: Units) -> Fit:
    q = units.x.shape[2]
    variance = float(np.var(units.y[units.mask])) + 1e-6
    slope = float(np.mean(units.x[units.mask][:, 1:] ** 2)) + 1e-12
    each = variance / (slope * (q - 1))
    spread = np.diag([variance / 4, *([each / 4] * (q - 1))])
    return Fit(np.zeros(q), np.eye(q), spread, variance / 2, each, -np.inf)


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
        fit = replace(fit, spread=spread, noise=step.noise, slope_variance=slope)
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


def leave_one_out_z(units: Units, fit: Fit) -> Array:
    """Each observation's error, in sd, when predicted from the same person's others: (N,)."""
    found = []
    for part in units.chunks():
        _, inverse = _covariance(part, fit)
        residual = np.einsum("unk,uk->un", inverse, part.y - part.x @ fit.mean)
        found.append((residual / np.sqrt(np.einsum("unn->un", inverse)))[part.mask])
    return np.concatenate(found)
