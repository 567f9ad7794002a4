from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mitate.errors import MitateError
from mitate.weights import onnx_session

torch = pytest.importorskip("torch", reason="the train extra is not installed")
pytest.importorskip("onnxscript", reason="the train extra is not installed")

from mitate.learn import export  # noqa: E402
from mitate.learn.backbones import FaceNet  # noqa: E402


@pytest.fixture(scope="module")
def net() -> FaceNet:
    torch.manual_seed(1)
    net = FaceNet(32, dim=6)
    net(255 * torch.rand(8, 3, 32, 32))  # so that the normalisation has seen something
    return net.eval()


@pytest.fixture(scope="module")
def exported(net: FaceNet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    path = tmp_path_factory.mktemp("export") / "net.onnx"
    return path, export.export_onnx(net, path, 32)


def test_export_says_what_torch_says(exported: tuple[Path, float], net: FaceNet) -> None:
    path, difference = exported
    assert difference < export.PARITY / 10
    images = np.random.default_rng(2).uniform(0, 255, (5, 3, 32, 32)).astype(np.float32)
    found = onnx_session(path).run(None, {"image": images})[0]
    with torch.no_grad():
        expected = net(torch.from_numpy(images)).numpy()
    assert found.shape == (5, 6)
    assert np.allclose(found, expected, atol=1e-4 * float(np.abs(expected).max()))


@pytest.mark.parametrize("count", [1, 3, 64])
def test_any_number_of_pictures(exported: tuple[Path, float], count: int) -> None:
    images = np.zeros((count, 3, 32, 32), np.float32)
    assert onnx_session(exported[0]).run(None, {"image": images})[0].shape == (count, 6)


def test_the_file_names_no_folder_of_this_machine(exported: tuple[Path, float]) -> None:
    content = exported[0].read_bytes()
    for trace in (str(Path(__file__).parents[2]), str(Path.home()), "site-packages"):
        assert trace.encode() not in content


def test_a_wrong_export_is_not_kept(net: FaceNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "parity", lambda *_: 0.5)
    with pytest.raises(MitateError, match="differs"):
        export.export_onnx(net, tmp_path / "net.onnx", 32)
    assert list(tmp_path.iterdir()) == []
