from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mitate.edema.encoder import CARD, NETWORK, PRIOR, Encoder, default_encoder, load_encoder
from mitate.errors import InputError
from mitate.weights import own_models, verify_own


@pytest.fixture
def copy(tiny_encoder: Encoder, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_encoder.root, tmp_path / "copy"))


@pytest.mark.parametrize("count", [1, 64, 65, 130])
def test_every_crop_is_embedded_in_order(tiny_encoder: Encoder, count: int) -> None:
    crops = np.random.default_rng(count).integers(0, 256, (count, 32, 32, 3)).astype(np.uint8)
    blocks = crops.reshape(count, 4, 8, 4, 8, 3).mean(axis=(2, 4)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(tiny_encoder.embed(crops), blocks.reshape(count, 48), rtol=1e-5)


@pytest.mark.parametrize("shape", [(0, 32, 32, 3), (2, 31, 32, 3), (32, 32, 3), (1, 32, 32, 4)])
def test_crops_of_another_shape(tiny_encoder: Encoder, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="this encoder reads crops"):
        tiny_encoder.embed(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("name", [NETWORK, PRIOR, CARD])
def test_a_missing_part(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(InputError, match=name):
        load_encoder(copy)


@pytest.mark.parametrize("card", ["", "[]", "{}", '{"crop_size": "x", "trained_on": "y"}'])
def test_a_damaged_card(copy: Path, card: str) -> None:
    (copy / CARD).write_text(card, encoding="utf-8")
    with pytest.raises(InputError, match="card cannot be read"):
        load_encoder(copy)


@pytest.mark.parametrize("card", [{"crop_size": 3, "trained_on": "x"}, {"crop_size": 32, "trained_on": ""}])
def test_an_impossible_card(copy: Path, card: dict[str, object]) -> None:
    (copy / CARD).write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(InputError, match="impossible"):
        load_encoder(copy)


def test_a_network_and_a_prior_of_two_encoders(copy: Path) -> None:
    content = (copy / NETWORK).read_bytes()
    (copy / NETWORK).write_bytes(content + b"\x00")
    with pytest.raises(InputError, match="do not belong together"):
        load_encoder(copy)


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        load_encoder(tmp_path / "nowhere")


def test_the_encoder_that_comes_along_says_what_it_was_trained_on() -> None:
    encoder = default_encoder()
    assert encoder.trained_on == encoder.prior.trained_on == "simulated"
    assert encoder.prior.crop_size == encoder.crop_size
    assert encoder.card["intended_use"]
    model = next(m for m in own_models() if m.folder == encoder.root)
    assert model.bytes <= 20e6
    assert verify_own(model).state == "ok"
