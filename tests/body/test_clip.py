from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mitate.body.clip import PoseReport, PoseTrack
from mitate.body.region import Region
from mitate.errors import InputError


def _track(seen: list[bool]) -> PoseTrack:
    count = len(seen)
    score = np.array(seen, np.float32)
    return PoseTrack(
        path=Path("film.mp4"),
        width=64,
        height=48,
        times_s=np.arange(count) / 10,
        points=np.zeros((count, 33, 2), np.float32),
        visibility=np.ones((count, 33), np.float32),
        world=np.zeros((count, 33, 3), np.float32),
        score=score,
        regions=tuple(Region((31.5, 23.5), 32.0, 0.0) if one else None for one in seen),
        report=PoseReport(1.0, count, 0, 0, {}, 0, 0.0, 0.0, 0.1),
    )


@pytest.mark.parametrize(
    ("seen", "gaps"),
    [
        ([True] * 4, ()),
        ([False, True, False, False, True], ((0.0, 0.0), (0.2, 0.3))),
        ([True, False], ((0.1, 0.1),)),
        ([False] * 3, ((0.0, 0.2),)),
    ],
)
def test_gaps_are_runs_of_frames_without_the_person(
    seen: list[bool], gaps: tuple[tuple[float, float], ...]
) -> None:
    track = _track(seen)
    assert len(track) == len(seen)
    np.testing.assert_allclose(track.gaps, np.array(gaps).reshape(-1, 2) if gaps else ())


def test_masks_lie_in_their_regions() -> None:
    track = replace(_track([True, False]), masks=np.full((2, 256, 256), 255, np.uint8))
    mask = track.mask(0)
    assert mask.shape == (48, 64)
    assert mask[24, 32] == 255
    assert mask[24, 5] == 0
    assert not track.mask(1).any()


def test_a_track_without_masks_says_so() -> None:
    with pytest.raises(InputError, match="holds no masks"):
        _track([True]).mask(0)


def test_the_report_goes_into_json() -> None:
    report = _track([True]).report
    assert json.loads(json.dumps(report.as_dict()))["looked_at"] == 1
