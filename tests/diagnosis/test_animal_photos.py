"""Photographs of animals: pinned, and left out with a word where they are not what was pinned."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from benchmarks import animal_photos
from benchmarks.animal_photos import ANIMALS, CATS, decoded, read

from mitate.errors import InputError

PICTURE = np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)


def test_each_is_pinned_and_has_five_points_or_none() -> None:
    members = [*CATS.values(), *ANIMALS.values()]
    assert len({member.sha256 for member in members}) == len(members) == 8
    for member in members:
        assert "==" in member.package
        assert len(member.sha256) == 64
        assert len(member.points) in (0, 5)


def test_another_file_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(animal_photos, "_KEPT", tmp_path)
    content = bytes(cv2.imencode(".png", PICTURE)[1])
    right = replace(ANIMALS["dog"], sha256=hashlib.sha256(content).hexdigest())
    wrong = replace(right, sha256="0" * 64)
    for member in (right, wrong):
        (tmp_path / member.sha256).write_bytes(content)
    ((name, image),) = read({"a dog": right, "no dog": wrong})
    assert name == "a dog"
    assert (image == PICTURE[..., ::-1]).all()
    assert "left out: no dog: catsordogs==0.0.9" in capsys.readouterr().out
    assert not (tmp_path / wrong.sha256).exists()


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        decoded(b"no picture")
