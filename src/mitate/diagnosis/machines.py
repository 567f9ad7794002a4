"""Support vector machines in the dual, one class against the rest, at many costs for little more than one.

Libsvm (Chang and Lin 2011, ACM TIST 2) through scikit-learn's SVC does the work. Two facts about the dual
spare most of it: where no dual is at its bound, a larger cost changes nothing; and where every dual is at its
bound, a smaller cost only makes the same answer smaller.

Where every dual is at its bound, the bias can be anything within a range. Rounding then decides which end of
it libsvm takes, and with one machine a class the biases decide who wins. The middle of it is taken instead.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mitate.errors import InputError

__all__ = ["Machines", "machines"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

_TOLERANCE = 1e-4
_AT_BOUND = 1e-6
_STEPS_A_ROW = 50
_FEWEST_STEPS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Machines:
    """One machine a class against the rest.

    Attributes:
        duals: (K, m) signed weights of the training rows.
        bias: (K,)
    """

    duals: Array
    bias: Array

    def scores(self, kernel: Array) -> Array:
        """(t, K) of inner products (t, m) with the training rows."""
        return np.asarray(kernel @ self.duals.T + self.bias)


@dataclass(frozen=True, slots=True, eq=False)
class _Machine:
    dual: Array
    bias: float
    settled: bool
    """No dual is at its bound."""
    saturated: bool
    """Every dual is at its bound."""


def machines(
    kernel: Array, targets: Rows, n_classes: int, costs: Sequence[float], *, patient: bool = False
) -> dict[float, Machines]:
    """The machines at each cost; both sides of a machine weigh the same, however many rows they have.

    Two classes share one machine, with its sign turned for the first.

    Args:
        kernel: (m, m) inner products of training rows.
        targets: (m,) the class's place, every class being there.
        costs: C of each machine.
        patient: whether to wait for costs at which libsvm takes very long. Otherwise these are not in the
            answer: with few columns and classes that overlap, a large cost takes minutes to end up where a
            smaller one was.

    Raises:
        InputError: a class without rows.
    """
    if set(targets.tolist()) != set(range(n_classes)):
        raise InputError("a class has no training rows", todo="give photos of every class")
    from sklearn import config_context

    kernel, ascending = np.ascontiguousarray(kernel), sorted(costs)
    steps = -1 if patient else max(_FEWEST_STEPS, _STEPS_A_ROW * len(targets))
    places = [1] if n_classes == 2 else list(range(n_classes))
    found: list[dict[float, _Machine]] = []
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for place in places:
            found.append(_path(kernel, targets == place, ascending, steps))
            ascending = [cost for cost in ascending if cost in found[-1]]
    answer = {}
    for cost in ascending:
        duals = np.stack([one[cost].dual for one in found])
        bias = np.array([one[cost].bias for one in found])
        if n_classes == 2:
            duals, bias = np.concatenate([-duals, duals]), np.concatenate([-bias, bias])
        answer[cost] = Machines(duals, bias)
    return answer


def _path(
    kernel: Array, inside: NDArray[np.bool_], costs: Sequence[float], steps: int
) -> dict[float, _Machine]:
    """The machine at each of ascending costs, from the middle downwards and then upwards."""
    found: dict[float, _Machine] = {}
    middle = len(costs) // 2
    below: tuple[float, _Machine] | None = None
    for cost in reversed(costs[:middle]):
        if below is not None and below[1].saturated:
            share = cost / below[0]
            found[cost] = _Machine(share * below[1].dual, share * below[1].bias, False, True)
        else:
            machine = _machine(kernel, inside, cost, steps)
            if machine is not None:
                found[cost] = machine
                below = cost, machine
    last: _Machine | None = None
    for cost in costs[middle:]:
        machine = last if last is not None and last.settled else _machine(kernel, inside, cost, steps)
        if machine is None:
            break
        found[cost] = last = machine
    return found


def _machine(kernel: Array, inside: NDArray[np.bool_], cost: float, steps: int) -> _Machine | None:
    """One class against the rest; None where libsvm has not settled after so many steps."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import SVC

    share = inside.mean()
    weights = np.where(inside, 0.5 / share, 0.5 / (1 - share))  # as class_weight="balanced", in less time
    machine = SVC(C=cost, kernel="precomputed", tol=_TOLERANCE, max_iter=steps)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what has not settled is not used
        machine.fit(kernel, inside.astype(np.int64), sample_weight=weights)
    if machine.fit_status_:
        return None
    dual = np.zeros(len(inside))
    dual[machine.support_] = machine.dual_coef_[0]
    used = np.abs(dual) / (cost * weights)
    if used.min() < 1 - _AT_BOUND:
        return _Machine(dual, float(machine.intercept_[0]), bool(used.max() < 1 - _AT_BOUND), False)
    dual = np.where(inside, cost * weights, -cost * weights)
    reached = kernel @ dual
    return _Machine(dual, -float(reached[inside].max() + reached[~inside].min()) / 2, False, True)
