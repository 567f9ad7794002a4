from __future__ import annotations

import numpy as np
import pytest

from mitate.body import lift as body_lift
from mitate.body.lift_input import MASKED, METRIC, PATCH_SIDE, VECTOR
from mitate.body.lift_output import WIDTH, parts_of

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from torch import Tensor  # noqa: E402

from mitate.learn.lift_net import CODE, COMPONENTS, MOMENTS, LiftNet, curve_basis, vector_scale  # noqa: E402

CURVE = parts_of()["curve"][0]


@pytest.fixture(scope="module")
def net() -> LiftNet:
    torch.manual_seed(2)
    rng = np.random.default_rng(0)
    shape = curve_basis(rng.normal(size=(50, 17, 2)))
    net = LiftNet(shape, vector_scale(rng.normal(size=(50, VECTOR)))).eval()
    with torch.no_grad():  # as it begins, the network hardly looks at what it is given
        for weights in net.parameters():
            if weights.ndim > 1:
                weights.mul_(2.0)
    return net


@pytest.fixture(scope="module")
def given() -> tuple[Tensor, Tensor]:
    torch.manual_seed(3)
    patches = torch.randint(0, 256, (2, 13, PATCH_SIDE, PATCH_SIDE)).float()
    return torch.randn(2, 13, VECTOR), patches


def test_the_shape_model_finds_what_curves_are_made_of() -> None:
    rng = np.random.default_rng(1)
    truth = np.linalg.qr(rng.normal(size=(34, 5)))[0].T
    sizes = np.array([5.0, 3.0, 2.0, 1.0, 0.5])
    middle = rng.normal(size=34)
    curves = middle + (rng.normal(size=(4000, 5)) * sizes) @ truth
    mean, directions = curve_basis(curves.reshape(-1, 17, 2))
    assert directions.shape == (COMPONENTS, 34)
    assert mean.dtype == directions.dtype == np.float32
    np.testing.assert_allclose(mean, curves.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(directions[:5], axis=1), sizes, rtol=0.05)
    np.testing.assert_allclose(directions[5:], 0, atol=1e-4)
    back = (directions[:5] / sizes[:, None]) @ truth.T  # both span the same
    np.testing.assert_allclose(back @ back.T, np.eye(5), atol=0.1)


def test_numbers_are_scaled_by_those_that_are_known() -> None:
    rng = np.random.default_rng(4)
    vectors = rng.normal(3, 2, (500, VECTOR)).astype(np.float32)
    vectors[rng.random(vectors.shape) < 0.3] = 0.0
    vectors[:, 5], vectors[:, 6], vectors[:, 7] = 0.0, 0.7, 0.0  # never known, always the same, known once
    vectors[3, 7] = 4.0
    mean, spread = vector_scale(vectors)
    assert mean.dtype == spread.dtype == np.float32
    np.testing.assert_array_equal(mean[[METRIC, MASKED]], 0.0)  # they say yes or no
    np.testing.assert_array_equal(spread[[METRIC, MASKED]], 1.0)
    for column in (0, 1, VECTOR - 1):
        values = vectors[:, column][vectors[:, column] != 0]
        assert mean[column] == pytest.approx(values.mean(), rel=1e-4)
        assert spread[column] == pytest.approx(values.std(), rel=1e-4)
    np.testing.assert_allclose(mean[[5, 6, 7]], [0, 0.7, 4.0], rtol=1e-5)
    np.testing.assert_allclose(spread[[5, 6, 7]], [1.0, 0.02, 0.02], rtol=1e-5)


def test_what_is_not_known_counts_as_usual(net: LiftNet) -> None:
    """A point without visibility may lie anywhere, and so may metres that are said to be missing."""
    torch.manual_seed(4)
    vectors, patches = torch.randn(3, VECTOR), torch.zeros(3, PATCH_SIDE, PATCH_SIDE)
    vectors[:, 66 + 4], vectors[:, METRIC] = 0.0, 0.0
    other = vectors.clone()
    other[:, 8:10] = 5.0
    other[:, 3 * 33 : METRIC] = -2.0
    with torch.no_grad():
        torch.testing.assert_close(net.frame(other, patches), net.frame(vectors, patches))


def test_the_lift_looks_at_as_many_moments_as_it_learned_with() -> None:
    assert body_lift._MOMENTS == MOMENTS


def test_a_run_of_moments_gives_answers_for_the_inner_ones(
    net: LiftNet, given: tuple[Tensor, Tensor]
) -> None:
    with torch.no_grad():
        assert net(*given).shape == (2, 13 - MOMENTS + 1, WIDTH)
        assert net.frame(given[0][0], given[1][0]).shape == (13, CODE)


def test_each_answer_is_that_of_the_nine_moments_around_it(
    net: LiftNet, given: tuple[Tensor, Tensor]
) -> None:
    with torch.no_grad():
        whole = net(*given)
        codes = net.frame(given[0][1], given[1][1])
        for at in range(5):
            alone = net.time(codes[None, at : at + MOMENTS])[0]
            torch.testing.assert_close(whole[1, at], alone, rtol=1e-4, atol=1e-5)
        changed = given[0].clone()
        changed[1, 0] += 1.0  # only the first window sees it
        again = net(changed, given[1])
    assert not torch.allclose(again[1, 0], whole[1, 0], atol=1e-5)
    torch.testing.assert_close(again[1, 1:], whole[1, 1:], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(again[0], whole[0], rtol=1e-4, atol=1e-5)


def test_curves_come_out_of_the_shape_model(net: LiftNet, given: tuple[Tensor, Tensor]) -> None:
    with torch.no_grad():
        curves = net(*given)[..., CURVE].reshape(-1, 34).double()
    off = curves - net.time.mean
    basis = torch.linalg.qr(net.time.directions.double().T).Q
    torch.testing.assert_close(off @ basis @ basis.T, off, rtol=1e-4, atol=1e-5)
    assert off.abs().max() > 1e-3


def test_the_silhouette_counts_and_so_do_the_points(net: LiftNet, given: tuple[Tensor, Tensor]) -> None:
    with torch.no_grad():
        whole = net(*given)
        assert (net(given[0], 255 - given[1]) - whole).abs().max() > 1e-3
        assert (net(-given[0], given[1]) - whole).abs().max() > 1e-3


def test_low_precision_says_nearly_the_same(net: LiftNet, given: tuple[Tensor, Tensor]) -> None:
    with torch.no_grad():
        fine, coarse = net(*given), net(*given, True)
    assert coarse.dtype == torch.float32
    assert (coarse - fine).abs().max() < 0.1 * fine.std()
