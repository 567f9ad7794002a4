from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from mitate.learn.contrast import (  # noqa: E402
    change_loss,
    contrast_within,
    positives,
    weight_aware_contrast,
    without_own_mean,
)

FloatArray = NDArray[np.float64]


def _scene(seed: int, batch: int = 6, queue: int = 9, dim: int = 5) -> dict[str, NDArray[np.generic]]:
    rng = np.random.default_rng(seed)
    keys = rng.normal(size=(batch + queue, dim))
    return {
        "queries": rng.normal(size=(batch, dim)),
        "keys": keys / np.linalg.norm(keys, axis=1, keepdims=True),
        "labels": rng.integers(0, 2, batch),
        "excess": rng.normal(1, 1, batch),
        "more_labels": rng.integers(0, 2, queue),
        "more_excess": rng.normal(1, 1, queue),
    }


def _loss(scene: dict[str, NDArray[np.generic]], sigma: float, temperature: float = 0.1) -> float:
    t = {name: torch.from_numpy(value) for name, value in scene.items()}
    own = torch.zeros(len(t["queries"]), len(t["keys"]), dtype=torch.bool).fill_diagonal_(True)
    labels = torch.cat([t["labels"], t["more_labels"]])
    excess = torch.cat([t["excess"], t["more_excess"]])
    weights = positives(t["labels"], t["excess"], labels, excess, own, sigma)
    return float(weight_aware_contrast(t["queries"], t["keys"], weights, temperature))


def _log_probabilities(scene: dict[str, NDArray[np.generic]], temperature: float) -> list[list[float]]:
    """log softmax of the similarities, by plain loops."""
    rows = []
    for query in np.asarray(scene["queries"], np.float64):
        unit = query / math.sqrt(sum(x * x for x in query))
        logits = [
            sum(a * b for a, b in zip(unit, key, strict=True)) / temperature for key in scene["keys"].tolist()
        ]
        top = max(logits)
        whole = top + math.log(sum(math.exp(x - top) for x in logits))
        rows.append([x - whole for x in logits])
    return rows


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sigma", [0.2, 0.5, 3.0])
def test_loss_is_that_of_plain_loops(seed: int, sigma: float) -> None:
    scene = _scene(seed)
    labels = [*scene["labels"].tolist(), *scene["more_labels"].tolist()]
    excess = [*scene["excess"].tolist(), *scene["more_excess"].tolist()]
    total = 0.0
    for i, row in enumerate(_log_probabilities(scene, 0.1)):
        kernel = [
            math.exp(-((excess[i] - excess[j]) ** 2) / (2 * sigma**2)) if labels[i] == labels[j] else 0.0
            for j in range(len(labels))
        ]
        total -= sum(a * p for a, p in zip(kernel, row, strict=True)) / sum(kernel)
    assert _loss(scene, sigma) == pytest.approx(total / len(scene["queries"]), rel=1e-6)


def test_without_width_it_discriminates_instances() -> None:
    scene = _scene(1)
    rows = _log_probabilities(scene, 0.1)
    moco = -sum(row[i] for i, row in enumerate(rows)) / len(rows)  # He et al. 2020, equation 1
    assert _loss(scene, 0.0) == pytest.approx(moco, rel=1e-6)


def test_with_infinite_width_it_is_supervised_contrast() -> None:
    scene = _scene(2)
    labels = [*scene["labels"].tolist(), *scene["more_labels"].tolist()]
    total = 0.0
    for i, row in enumerate(_log_probabilities(scene, 0.1)):
        same = [j for j in range(len(labels)) if labels[j] == labels[i]]
        total -= sum(row[j] for j in same) / len(same)  # Khosla et al. 2020, L_out
    assert _loss(scene, math.inf) == pytest.approx(total / len(scene["queries"]), rel=1e-6)
    assert _loss(scene, 1e6) == pytest.approx(_loss(scene, math.inf), rel=1e-6)


@given(st.integers(0, 10_000), st.floats(0.01, 50))
@settings(max_examples=50)
def test_every_query_has_positives_that_sum_to_one(seed: int, sigma: float) -> None:
    scene = {name: torch.from_numpy(value) for name, value in _scene(seed).items()}
    labels = torch.cat([scene["labels"], scene["more_labels"]])
    excess = torch.cat([scene["excess"], scene["more_excess"]])
    own = torch.zeros(6, 15, dtype=torch.bool).fill_diagonal_(True)
    weights = positives(scene["labels"], scene["excess"], labels, excess, own, sigma)
    assert torch.isfinite(weights).all()
    assert (weights >= 0).all()
    assert torch.allclose(weights.sum(dim=1), torch.ones(6, dtype=weights.dtype))
    assert (weights[scene["labels"][:, None] != labels[None]] == 0).all()
    assert (weights.argmax(dim=1) == torch.arange(6)).all()  # nothing is as near as the picture itself


def test_change_loss_is_hubers_over_pairs_of_one_person() -> None:
    rng = np.random.default_rng(5)
    scores, excess, person = rng.normal(0, 2, 7), rng.normal(0, 2, 7), np.array([0, 0, 0, 1, 1, 2, 0])
    terms = []
    for i in range(7):
        for j in range(i + 1, 7):
            if person[i] == person[j]:
                gap = abs((scores[i] - scores[j]) - (excess[i] - excess[j]))
                terms.append(0.5 * gap**2 if gap <= 1.5 else 1.5 * (gap - 0.75))
    loss = change_loss(*(torch.from_numpy(x) for x in (scores, excess, person)))
    assert float(loss) == pytest.approx(sum(terms) / len(terms), rel=1e-9)


@given(st.integers(0, 10_000), st.floats(-20, 20))
@settings(max_examples=50)
def test_change_has_no_direction_and_no_zero_point(seed: int, offset: float) -> None:
    rng = np.random.default_rng(seed)
    scores, excess = (torch.from_numpy(rng.normal(size=8)) for _ in range(2))
    person = torch.from_numpy(rng.integers(0, 3, 8))
    loss = change_loss(scores, excess, person)
    order = torch.from_numpy(rng.permutation(8))
    assert torch.allclose(change_loss(scores[order], excess[order], person[order]), loss)
    assert torch.allclose(change_loss(-scores, -excess, person), loss)  # pictures swapped in every pair
    assert torch.allclose(change_loss(scores + offset * person, excess, person), loss, atol=1e-9)


def test_change_loss_of_single_sessions_teaches_nothing() -> None:
    scores = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = change_loss(scores, torch.tensor([0.0, 5.0]), torch.tensor([0, 1]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == 0.0
    assert scores.grad is not None
    assert (scores.grad == 0).all()


def test_gradients_agree_with_finite_differences() -> None:
    scene = {name: torch.from_numpy(value) for name, value in _scene(3).items()}
    labels = torch.cat([scene["labels"], scene["more_labels"]])
    excess = torch.cat([scene["excess"], scene["more_excess"]])
    own = torch.zeros(6, 15, dtype=torch.bool).fill_diagonal_(True)
    weights = positives(scene["labels"], scene["excess"], labels, excess, own, 0.5)
    queries = scene["queries"].clone().requires_grad_(True)
    assert torch.autograd.gradcheck(lambda q: weight_aware_contrast(q, scene["keys"], weights), (queries,))
    scores = torch.randn(6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    person = torch.tensor([0, 0, 1, 1, 1, 0])
    assert torch.autograd.gradcheck(
        lambda s: change_loss(s, scene["excess"], person), (scores.requires_grad_(True),)
    )


def test_what_a_person_is_like_on_average_is_taken_away() -> None:
    generator = torch.Generator().manual_seed(5)
    person = torch.tensor([0, 0, 2, 2, 2, 1])
    rows = torch.randn(6, 4, generator=generator)
    moved = without_own_mean(rows + 10.0 * person[:, None], person)
    torch.testing.assert_close(moved, without_own_mean(rows, person), atol=1e-5, rtol=1e-5)
    expected = np.stack(
        [
            r - rows.numpy()[person.numpy() == p].mean(axis=0)
            for r, p in zip(rows.numpy(), person.numpy(), strict=True)
        ]
    )
    np.testing.assert_allclose(without_own_mean(rows, person).numpy(), expected, atol=1e-6)
    assert not without_own_mean(rows, person)[5].any()


@given(seed=st.integers(0, 1000), sigma=st.sampled_from([0.0, 0.5, math.inf]))
@settings(max_examples=25, deadline=None)
def test_within_a_person_is_the_contrast_of_each_person_alone(seed: int, sigma: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    person = torch.tensor([0, 0, 0, 1, 1, 2])
    queries, keys = (torch.randn(6, 4, generator=generator) for _ in range(2))
    keys = keys / keys.norm(dim=1, keepdim=True)
    labels, excess = torch.tensor([0, 1, 1, 0, 1, 0]), torch.randn(6, generator=generator)
    told = contrast_within(queries, keys, person, labels, excess, sigma)
    alone = []
    for who in range(3):
        rows = person == who
        mine = torch.eye(int(rows.sum()), dtype=torch.bool)
        weights = positives(labels[rows], excess[rows], labels[rows], excess[rows], mine, sigma)
        alone.append(weight_aware_contrast(queries[rows], keys[rows], weights) * rows.sum())
    torch.testing.assert_close(told, torch.stack(alone).sum() / 6)
