from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from mitate import weights
from mitate.errors import WeightsError
from mitate.weights import store
from mitate.weights.efficientnet import features_network, read_tensors, write_features_network

WIDTHS = (8, 4, 6, 6)  # of the stem and the three blocks
STRIDES = (1, 2, 1)
KERNELS = (3, 5, 3)
SIDE = 32


@pytest.fixture(scope="module")
def state() -> dict[str, NDArray[Any]]:
    """An EfficientNet-Lite of three blocks, made up."""
    rng = np.random.default_rng(0)
    tensors: dict[str, NDArray[Any]] = {}

    def convolution(name: str, norm: str, out: int, into: int, kernel: int) -> None:
        tensors[f"{name}.weight"] = rng.normal(0, 0.5, (out, into, kernel, kernel)).astype(np.float32)
        for part, low, high in (("weight", 0.5, 2), ("bias", -1, 1), ("running_mean", -1, 1)):
            tensors[f"{norm}.{part}"] = rng.uniform(low, high, out).astype(np.float32)
        tensors[f"{norm}.running_var"] = rng.uniform(0.2, 2, out).astype(np.float32)
        tensors[f"{norm}.num_batches_tracked"] = np.array(7, np.int64)

    convolution("_conv_stem", "_bn0", WIDTHS[0], 3, 3)
    for place, (into, out, kernel) in enumerate(zip(WIDTHS[:-1], WIDTHS[1:], KERNELS, strict=True)):
        block, wide = f"_blocks.{place}.", into if place == 0 else into * 6
        if place:
            convolution(f"{block}_expand_conv", f"{block}_bn0", wide, into, 1)
        convolution(f"{block}_depthwise_conv", f"{block}_bn1", wide, 1, kernel)
        convolution(f"{block}_project_conv", f"{block}_bn2", out, wide, 1)
    convolution("_conv_head", "_bn1", 10, WIDTHS[-1], 1)
    return tensors


@pytest.fixture
def published(state: dict[str, NDArray[Any]], tmp_path: Path) -> Path:
    """The state as torch wrote it before version 1.6; the stem is stored in another order of its axes."""
    torch = pytest.importorskip("torch", reason="the train extra is not installed")
    tensors = OrderedDict((name, torch.from_numpy(array.copy())) for name, array in state.items())
    stem = tensors["_conv_stem.weight"].permute(2, 3, 1, 0).contiguous()
    tensors["_conv_stem.weight"] = stem.permute(3, 2, 0, 1)
    file = tmp_path / "lite.pth"
    torch.save(tensors, file, _use_new_zipfile_serialization=False)
    return file


def test_tensors_are_read_as_torch_wrote_them(state: dict[str, NDArray[Any]], published: Path) -> None:
    found = read_tensors(published)
    assert list(found) == list(state)
    for name, array in state.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def _by_torch(state: dict[str, NDArray[Any]], images: NDArray[np.float32]) -> NDArray[Any]:
    """EfficientNet-Lite as its authors wrote it: TensorFlow's "same" padding, ReLU6, batch normalisation."""
    torch = pytest.importorskip("torch", reason="the train extra is not installed")
    tensors = {name: torch.from_numpy(array) for name, array in state.items()}
    functional = torch.nn.functional

    def layer(x: Any, name: str, norm: str, stride: int = 1, groups: int = 1, clipped: bool = True) -> Any:
        weight, side = tensors[f"{name}.weight"], x.shape[-1]
        pad = max((-(-side // stride) - 1) * stride + weight.shape[-1] - side, 0)
        x = functional.pad(x, [pad // 2, pad - pad // 2, pad // 2, pad - pad // 2])
        x = functional.conv2d(x, weight, None, stride, 0, 1, groups)
        parts = [tensors[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        x = functional.batch_norm(x, *parts, eps=1e-3)
        return functional.relu6(x) if clipped else x

    x = layer((torch.from_numpy(images) - 127) / 128, "_conv_stem", "_bn0", 2)
    for place, stride in enumerate(STRIDES):
        block, before = f"_blocks.{place}.", x
        if place:
            x = layer(x, f"{block}_expand_conv", f"{block}_bn0")
        x = layer(x, f"{block}_depthwise_conv", f"{block}_bn1", stride, x.shape[1])
        x = layer(x, f"{block}_project_conv", f"{block}_bn2", clipped=False)
        x = x + before if stride == 1 and x.shape == before.shape else x
    return np.asarray(layer(x, "_conv_head", "_bn1").mean((2, 3)).numpy())


def test_the_network_answers_as_torch(state: dict[str, NDArray[Any]], tmp_path: Path) -> None:
    model = features_network(state, STRIDES, SIDE)
    file = tmp_path / "lite.onnx"
    file.write_bytes(model.SerializeToString())
    images = np.random.default_rng(1).uniform(0, 255, (3, 3, SIDE, SIDE)).astype(np.float32)
    (found,) = weights.onnx_session(file).run(None, {"image": images})
    expected = _by_torch(state, images)
    assert expected.std() > 0.1
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert (
        sum(node.op_type == "Add" for node in model.graph.node) == 1
    )  # the last block alone keeps its shape


def test_the_same_state_gives_the_same_bytes(state: dict[str, NDArray[Any]]) -> None:
    one, other = (features_network(state, STRIDES, SIDE).SerializeToString(deterministic=True) for _ in "12")
    assert one == other


def test_a_state_of_something_else_says_what_it_lacks(published: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"lite\.pth: not EfficientNet-Lite0: it has no _blocks\.3"):
        write_features_network(published, tmp_path / "lite.onnx")
    assert not (tmp_path / "lite.onnx").exists()


class _Harmful:
    """A pickle that would run a command."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        import os

        return os.system, (f"touch {self.mark}",)


def _legacy(file: Path, *objects: Any) -> Path:
    file.write_bytes(b"".join(pickle.dumps(one, protocol=2) for one in objects))
    return file


HEAD = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})


def test_nothing_in_the_file_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "run"
    for place in range(5):
        objects: list[Any] = [*HEAD, OrderedDict(), []]
        objects[place] = _Harmful(mark)
        with pytest.raises(WeightsError, match=r"it names \w+\.system"):
            read_tensors(_legacy(tmp_path / "x.pth", *objects))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ((1, 2, 3), "does not begin as one"),
        ((*HEAD[:2], {"little_endian": False}, OrderedDict(), []), "no state dictionary"),
        ((*HEAD, [1], []), "no state dictionary"),
        ((*HEAD, {"a": 1}, []), "something else than tensors"),
        ((*HEAD, {}, ["a"]), "'a'"),
        (HEAD, "Ran out of input"),
    ],
)
def test_another_file_is_one_clear_error(tmp_path: Path, objects: tuple[Any, ...], message: str) -> None:
    with pytest.raises(WeightsError, match=rf"x\.pth: not a file of tensors.*{message}"):
        read_tensors(_legacy(tmp_path / "x.pth", *objects))


def test_a_file_cut_short_or_longer_than_its_storages_is_refused(published: Path) -> None:
    whole = published.read_bytes()
    for length in (0, 10, 100, len(whole) // 2, len(whole) - 1):
        published.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match="not a file of tensors"):
            read_tensors(published)


def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the train extra is not installed")
    file = tmp_path / "x.pth"
    torch.save({"a": torch.arange(6.0)}, file, _use_new_zipfile_serialization=False)
    data = file.read_bytes()
    six = b"K\x06\x85"  # the shape (6,)
    assert data.count(six) == 1
    file.write_bytes(data.replace(six, b"K\x07\x85"))
    with pytest.raises(WeightsError, match="reaches beyond its storage"):
        read_tensors(file)


def test_the_published_network_describes_pictures() -> None:
    weight = weights.find("efficientnet_lite0")
    if weights.check(weight).state != "ok":
        pytest.skip("run: mitate weights install efficientnet_lite0")
    assert len(read_tensors(store.member_path(weight))) == 296
    model = onnx.load(str(weights.path_of("efficientnet_lite0")))
    assert sum(node.op_type == "Conv" for node in model.graph.node) == 49
    images = np.full((2, 3, 224, 224), 127, np.float32)
    (found,) = weights.onnx_session(weights.path_of("efficientnet_lite0")).run(None, {"image": images})
    assert found.shape == (2, 1280)
    assert found.min() >= 0
    assert found.max() <= 6
