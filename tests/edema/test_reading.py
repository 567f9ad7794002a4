from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.edema.cohort import Session
from mitate.edema.encoder import Encoder
from mitate.edema.reading import read_video
from mitate.errors import InputError, RefusalError
from mitate.face.select import Networks


def test_a_film_of_a_real_face(portrait_cohort: Path, tiny_encoder: Encoder, networks: Networks) -> None:
    told: list[float] = []
    reading = read_video(
        portrait_cohort / "videos/a0pre.mp4", tiny_encoder, networks=networks, progress=told.append
    )
    count = len(reading.clip)
    assert 4 <= count <= 8
    assert reading.clip.crops.shape == (count, 32, 32, 3)
    np.testing.assert_array_equal(reading.embeddings, tiny_encoder.embed(reading.clip.crops))
    assert 0 < reading.quality <= 1
    assert np.abs(reading.clip.angles).max() < 25
    assert reading.clip.report.turned_deg == 0
    assert told[-1] == 1.0
    row = reading.labelled(Session("a", "s1", 3, "pre"), 1.5)
    assert (row.excess_kg, row.phase, row.day, row.session_id) == (1.5, "pre", 3, "a s1")


def test_crops_are_upright_however_the_camera_was_held(
    portrait: Callable[[str], NDArray[np.uint8]], tiny_encoder: Encoder, networks: Networks, tmp_path: Path
) -> None:
    upright = portrait("person_b_1")
    crops = []
    for name, picture in (("up", upright), ("side", np.rot90(upright)), ("down", np.rot90(upright, 2))):
        cv2.imwrite(str(tmp_path / f"{name}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        crops.append(read_video(tmp_path / f"{name}.png", tiny_encoder, networks=networks).clip.crops[0])
    for turned in crops[1:]:
        assert np.corrcoef(crops[0].ravel(), turned.ravel())[0, 1] > 0.9


def test_somebody_else_is_refused(portrait_cohort: Path, tiny_encoder: Encoder, networks: Networks) -> None:
    videos = portrait_cohort / "videos"
    who = read_video(videos / "a0pre.mp4", tiny_encoder, networks=networks).clip.identity
    read_video(videos / "a1pre.mp4", tiny_encoder, identity=who, networks=networks)
    read_video(videos / "b0pre.mp4", tiny_encoder, identity=np.zeros(0), networks=networks)
    with pytest.raises(RefusalError) as refused:
        read_video(videos / "b0pre.mp4", tiny_encoder, identity=who, networks=networks)
    assert refused.value.reason == "wrong_person"


def test_fewer_frames_on_request(portrait_cohort: Path, tiny_encoder: Encoder, networks: Networks) -> None:
    path = portrait_cohort / "videos/a0pre.mp4"
    assert len(read_video(path, tiny_encoder, frames=2, networks=networks).embeddings) == 2


def test_no_file(tmp_path: Path, tiny_encoder: Encoder, networks: Networks) -> None:
    with pytest.raises(InputError):
        read_video(tmp_path / "none.mp4", tiny_encoder, networks=networks)
