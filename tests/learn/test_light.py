from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="light is changed with torch")

import torch

from mitate.learn.light import relit


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_no_strength_only_moves_the_picture() -> None:
    images = torch.rand(2, 3, 16, 16, generator=seeded(1)) * 250 + 1
    moved = relit(images, 0.0, seeded(2))
    found = [
        (down, right)
        for down in range(-2, 3)
        for right in range(-2, 3)
        if torch.allclose(
            moved[:, :, 2:-2, 2:-2],
            images.roll((-down, -right), dims=(2, 3))[:, :, 2:-2, 2:-2],
            atol=1e-3,
        )
    ]
    assert len(found) == 1


def test_light_changes_smoothly_over_a_face() -> None:
    images = torch.full((8, 3, 32, 32), 120.0)
    lit = relit(images, 1.0, seeded(3)).log()
    assert float(lit.std(dim=(2, 3)).min()) > 0.02
    step = (lit[..., 1:] - lit[..., :-1]).abs().max()
    assert float(step) < 0.5 * float(lit.amax() - lit.amin())


def test_equal_seeds_give_equal_light() -> None:
    images = torch.rand(2, 3, 16, 16) * 255
    assert torch.equal(relit(images, 1.0, seeded(4)), relit(images, 1.0, seeded(4)))
    assert not torch.equal(relit(images, 1.0, seeded(4)), relit(images, 1.0, seeded(5)))
