"""Losses that shape an embedding: contrast that knows pre/post and weight, and change within one person."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["change_loss", "contrast_within", "positives", "weight_aware_contrast", "without_own_mean"]


def positives(
    labels: Tensor, excess: Tensor, key_labels: Tensor, key_excess: Tensor, own: Tensor, sigma: float
) -> Tensor:
    """How much each key is a positive of each query, rows summing to one.

    a_ij = 1[y_i = y_j] · exp(−(w_i − w_j)² / 2σ²), the weight of WeightSupMoCo (Akamatsu et al., IEEE JBHI
    2022, reconstructed in this project's notes from the abstract and from y-aware InfoNCE, Dufumier et al.,
    MICCAI 2021). Weights must be comparable across patients: use excess over dry weight.

    Args:
        labels, excess: (B,) phase and kilograms of the queries.
        key_labels, key_excess: (K,) of the keys.
        own: (B, K) true where the key is another view of the query's own picture.
        sigma: kilograms. 0 is instance discrimination (MoCo), infinity is supervised contrast (SupMoCo).
    """
    if sigma == 0:
        return own.to(excess.dtype)
    same = (labels[:, None] == key_labels[None, :]).to(excess.dtype)
    if not math.isinf(sigma):
        gap = excess[:, None] - key_excess[None, :]
        same = same * torch.exp(-0.5 * (gap / sigma) ** 2)
    return same / same.sum(dim=1, keepdim=True)


def weight_aware_contrast(queries: Tensor, keys: Tensor, weights: Tensor, temperature: float = 0.1) -> Tensor:
    """L_i = −Σ_j a_ij log softmax_j(q_i·k_j / τ), averaged over queries.

    Args:
        queries: (B, D), normalised here.
        keys: (K, D) unit vectors of the momentum encoder and its queue, without gradient.
        weights: (B, K) from `positives`.
        temperature: τ.
    """
    logits = F.normalize(queries, dim=1) @ keys.T / temperature
    return -(weights * logits.log_softmax(dim=1)).sum(dim=1).mean()


def contrast_within(
    queries: Tensor,
    keys: Tensor,
    person: Tensor,
    labels: Tensor,
    excess: Tensor,
    sigma: float,
    temperature: float = 0.1,
) -> Tensor:
    """`weight_aware_contrast` where a query's keys are the same person's alone, so that faces do not count.

    Args:
        queries: (B, D), normalised here.
        keys: (B, D) unit vectors of the momentum encoder for the same sessions, without gradient.
        person, labels, excess: (B,) of both.
        sigma, temperature: as in `positives` and `weight_aware_contrast`.
    """
    own = torch.eye(len(person), dtype=torch.bool, device=person.device)
    alike = person[:, None] == person[None, :]
    weights = positives(labels, excess, labels, excess, own, sigma) * alike
    weights = weights / weights.sum(dim=1, keepdim=True)
    logits = (F.normalize(queries, dim=1) @ keys.T / temperature).masked_fill(~alike, -torch.inf)
    logged = logits.log_softmax(dim=1).masked_fill(~alike, 0.0)
    return -(weights * logged).sum(dim=1).mean()


def without_own_mean(embeddings: Tensor, person: Tensor) -> Tensor:
    """Each row minus the mean of its person's rows: what is left is how a session differs from the others.

    Args:
        embeddings: (B, D).
        person: (B,) integers from 0 on. Somebody with one row gets zeros.
    """
    people = int(person.max()) + 1
    total = torch.zeros(people, embeddings.shape[1], dtype=embeddings.dtype, device=embeddings.device)
    total = total.index_add(0, person, embeddings)
    count = torch.bincount(person, minlength=people).clamp_min(1)
    return embeddings - (total / count[:, None])[person]


def change_loss(scores: Tensor, excess: Tensor, person: Tensor, delta: float = 1.5) -> Tensor:
    """Change between any two sessions of one person, in kilograms, antisymmetric by construction.

    The prediction for a pair is the difference of two scores, so swapping the pictures changes its sign. The
    loss is Huber's over all pairs of one person in the batch (Akamatsu et al., WACV 2025, learn a change from
    pairs of one person's faces; the linear form makes the later patient model a closed formula).

    Args:
        scores: (B,) kilograms up to a constant of each person.
        excess: (B,) kilograms.
        person: (B,) integers.
        delta: kilograms beyond which errors count linearly.
    """
    upper = torch.triu(person[:, None] == person[None, :], diagonal=1)
    i, j = upper.nonzero(as_tuple=True)
    if len(i) == 0:
        return scores.sum() * 0.0
    return F.huber_loss(scores[i] - scores[j], excess[i] - excess[j], delta=delta)
