from __future__ import annotations

import pytest

from mitate.errors import InputError

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from torch import Tensor  # noqa: E402

from mitate.learn.backbones import (  # noqa: E402
    FaceNet,
    SFaceNet,
    SFaceUpper,
    make_backbone,
    standardise,
)


def _pictures(size: int, count: int = 3) -> Tensor:
    pictures: Tensor = 255 * torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(size))
    return pictures


def test_standardised_pictures_do_not_know_the_light() -> None:
    images = _pictures(40)
    gain = torch.tensor([0.7, 1.0, 1.3])[None, :, None, None]
    assert torch.allclose(standardise(images), standardise(gain * images + 9), atol=1e-4)
    middle = standardise(images)[..., 8:32, 8:32]
    assert torch.allclose(middle.mean(dim=(2, 3)), torch.zeros(3, 3), atol=1e-4)
    assert torch.allclose(middle.std(dim=(2, 3), correction=0), torch.ones(3, 3), atol=1e-4)


def test_an_even_picture_is_not_divided_by_nothing() -> None:
    assert (standardise(torch.full((1, 3, 32, 32), 80.0)) == 0).all()


@pytest.mark.parametrize("size", [32, 96])
def test_facenet_gives_one_embedding_a_picture(size: int) -> None:
    net = FaceNet(size, dim=7).eval()
    images = _pictures(size)
    together = net(images)
    assert together.shape == (3, 7)
    assert torch.allclose(together[1:2], net(images[1:2]), atol=1e-5)


def test_facenet_knows_where_in_the_face_something_is() -> None:
    torch.manual_seed(0)
    net = FaceNet(64, dim=8).eval()
    left, right = _pictures(64, 1).repeat(2, 1, 1, 1)
    left[:, 20:30, 12:22] += 80
    right[:, 20:30, 42:52] += 80
    a, b = net(torch.stack([left, right]))
    assert float((a - b).detach().abs().max()) > 1e-3


def test_a_size_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(InputError, match="multiple of 16"):
        FaceNet(100)
    with pytest.raises(InputError, match="112 pixels"):
        make_backbone("sface", 96, 8)
    with pytest.raises(InputError, match="Choose from facenet, sface, sface-upper"):
        make_backbone("resnet", 96, 8)


def test_sface_is_a_backbone_with_gradients(weights_ready: None) -> None:
    net = make_backbone("sface", 112, 16)
    assert isinstance(net, SFaceNet)
    embedding = net(_pictures(112, 2))
    assert embedding.shape == (2, 16)
    embedding.square().sum().backward()
    gradients = [p.grad for p in net.body.parameters() if p.dim() == 4]
    assert len(gradients) == 27
    assert all(g is not None and float(g.abs().max()) > 0 for g in gradients)


def test_the_upper_layers_of_sface_learn_and_the_lower_ones_stay(weights_ready: None) -> None:
    net = make_backbone("sface-upper", 64, 8)
    assert isinstance(net, SFaceUpper)
    before = {name: value.clone() for name, value in net.body.named_parameters()}
    statistics = {name: value.clone() for name, value in net.body.named_buffers()}
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-2)
    net.train()
    net(_pictures(64, 4)).square().sum().backward()
    optimiser.step()
    moved = {name for name, value in net.body.named_parameters() if not torch.equal(value, before[name])}
    learning = {name for name, value in net.body.named_parameters() if value.requires_grad}
    assert moved == learning
    kernels = [value.requires_grad for value in before.values() if value.dim() == 4]
    assert len(kernels) == 27
    found = [value.requires_grad for value in net.body.parameters() if value.dim() == 4]
    assert (found.count(False), found.count(True)) == (19, 8)
    assert all(torch.equal(value, statistics[name]) for name, value in net.body.named_buffers())


def test_the_upper_layers_read_small_crops_one_by_one(weights_ready: None) -> None:
    net = make_backbone("sface-upper", 32, 5).eval()
    images = _pictures(32)
    assert net(images).shape == (3, 5)
    assert torch.allclose(net(images)[1:2], net(images[1:2]), atol=1e-4)
    with pytest.raises(InputError, match="multiple of 16"):
        make_backbone("sface-upper", 100, 8)
