"""What a gallery looks at faces with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mitate.diagnosis.gallery_look import Looker
from mitate.errors import InputError
from mitate.face.embed import FaceEmbedder
from mitate.weights import path_of


def test_views_are_those_of_the_network(weights_ready: None) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (2, 112, 112, 3), dtype=np.uint8)
    looker = Looker.load(views=("plain", "flip"))
    (rows,) = looker(crops)
    assert rows.shape == (2, 2, 128)
    unit = rows / np.linalg.norm(rows, axis=2, keepdims=True)
    np.testing.assert_allclose(unit[:, 1], FaceEmbedder()(np.ascontiguousarray(crops[:, :, ::-1])), atol=1e-4)
    assert looker.look.networks[0][0] == "SFace"


def test_another_network_looks_beside_it(weights_ready: None) -> None:
    looker = Looker.load([path_of("sface")], views=("grey",))
    crops = np.full((1, 112, 112, 3), 90, np.uint8)
    first, second = looker(crops)
    np.testing.assert_array_equal(first, second)
    assert len(looker.look.networks) == 2


def test_what_cannot_look_is_refused(weights_ready: None, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one view"):
        Looker.load(views=())
    with pytest.raises(InputError, match="no such network"):
        Looker.load([tmp_path / "none.onnx"])
    twice = Looker.load(views=("flip", "plain"))
    with pytest.raises(InputError, match="in that order"):
        twice(np.zeros((1, 112, 112, 3), np.uint8))
