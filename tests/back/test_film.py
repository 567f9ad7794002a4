from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.back.bending import recorded, repetitions, seen_by, write_clip

from mitate import video
from mitate.back.canvas import LEFT, LUMBAR, RIGHT, Colour
from mitate.back.film import LONGEST_FILM_S, film_layout, write_film
from mitate.back.movement import Phase
from mitate.body.clip import PoseTrack
from mitate.body.points import INDEX
from mitate.body.recording import Recording
from mitate.errors import InputError

PHASES = repetitions(1, seconds=1.6, rest=0.3)
TIMES = np.concatenate([np.arange(0, 1, 0.1), np.arange(1, 2.2, 0.15)])  # a variable rate
Box = tuple[int, int, int, int]


def filmed(folder: Path, width: int, height: int, *, yaw: float = 70.0) -> tuple[PoseTrack, Recording]:
    recording = recorded(TIMES, PHASES, yaw=yaw)
    track = seen_by(recording, folder / "film.mp4", width=width, height=height)
    write_clip(track.path, track)
    return track, recording


def decoded(path: Path) -> list[tuple[float, NDArray[np.uint8]]]:
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        return [
            (float(f.time or 0), np.asarray(f.to_ndarray(format="rgb24"), np.uint8))
            for f in container.decode(video=0)
        ]


def near(image: NDArray[np.uint8], at: NDArray[np.float64], colour: Colour, reach: int = 3) -> bool:
    """Whether a pixel like `colour` lies within `reach` pixels; compression changes colours."""
    x, y = (round(float(value)) for value in at)
    piece = image[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].astype(int)
    return bool((np.abs(piece - colour).max(axis=2) < 70).any())


@pytest.mark.parametrize(("width", "height"), [(360, 640), (640, 360), (480, 640)])
def test_the_film_has_every_picture_at_its_time_with_the_skeleton_where_the_points_are(
    tmp_path: Path, width: int, height: int
) -> None:
    track, recording = filmed(tmp_path, width, height)
    shares: list[float] = []
    count = write_film(tmp_path / "out.mp4", track, recording, "forward_bend", PHASES, progress=shares.append)
    pictures = decoded(tmp_path / "out.mp4")
    assert count == len(pictures) == len(TIMES)
    assert [time for time, _ in pictures] == pytest.approx(TIMES, abs=1e-3)
    layout = film_layout(width, height)
    assert pictures[0][1].shape == (layout.height, layout.width, 3)
    x, y, _, _ = layout.film
    for row in (0, 8, len(TIMES) - 1):
        for name, colour in (("left_knee", LEFT), ("right_ankle", RIGHT), ("right_elbow", RIGHT)):
            assert near(pictures[row][1], track.points[row, INDEX[name]] + (x, y), colour), (row, name)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_curve_lies_on_the_back(tmp_path: Path) -> None:
    track, recording = filmed(tmp_path, 360, 640, yaw=90)
    write_film(tmp_path / "out.mp4", track, recording, "forward_bend", PHASES)
    image = decoded(tmp_path / "out.mp4")[8][1]
    hips = track.points[8, INDEX["right_hip"]]
    piece = image[int(hips[1]) - 60 : int(hips[1]), int(hips[0]) - 30 : int(hips[0]) + 60].astype(int)
    assert (np.abs(piece - LUMBAR).max(axis=2) < 70).sum() > 20


def test_a_person_who_is_not_seen_is_not_drawn(tmp_path: Path) -> None:
    track, recording = filmed(tmp_path, 360, 640)
    points, visibility, score = track.points.copy(), track.visibility.copy(), track.score.copy()
    points[5], visibility[5], score[5] = np.nan, 0, 0
    angles = {name: values.copy() for name, values in recording.angles.items()}
    angles["trunk_inclination"][5] = np.nan
    gone = replace(track, points=points, visibility=visibility, score=score)
    write_film(tmp_path / "out.mp4", gone, replace(recording, angles=angles), "forward_bend", PHASES)
    image = decoded(tmp_path / "out.mp4")[5][1]
    film = image[: track.height, : track.width].astype(int)
    assert np.abs(film - 150).max() < 40


@pytest.mark.parametrize("movement", ["rotation", "side_bend", "one_leg_stance", "backward_bend"])
def test_every_plane_and_a_hidden_back_can_be_drawn(tmp_path: Path, movement: str) -> None:
    recording = recorded(TIMES, PHASES, yaw=0, curve_hidden="the shirt is too loose to show the back")
    track = seen_by(recording, tmp_path / "film.mp4")
    write_clip(track.path, track)
    phases = (Phase(0.3, 0.8, 1.0, "left"), Phase(1.1, 1.4, 1.8, "right"))
    assert write_film(tmp_path / "out.mp4", track, recording, movement, phases) == len(TIMES)


def test_a_film_that_was_thinned_for_reading_is_thinned_alike(tmp_path: Path) -> None:
    track, recording = filmed(tmp_path, 360, 640)
    every = slice(None, None, 3)
    few = replace(
        track,
        times_s=track.times_s[every],
        points=track.points[every],
        visibility=track.visibility[every],
        score=track.score[every],
        world=track.world[every],
        regions=track.regions[every],
        report=replace(track.report, spacing_s=0.3),
    )
    written = write_film(tmp_path / "out.mp4", few, recording, "forward_bend", PHASES)
    assert len(few) - 1 <= written <= len(few) + 1


def test_a_fast_film_is_drawn_at_thirty_pictures_a_second(tmp_path: Path) -> None:
    times = np.arange(0, 1.2, 1 / 60)
    recording = recorded(times, (Phase(0.1, 0.6, 1.1),))
    track = seen_by(recording, tmp_path / "film.mp4")
    write_clip(track.path, track)
    assert 33 <= write_film(tmp_path / "out.mp4", track, recording, "forward_bend", ()) <= 38


def test_a_long_film_is_cut_to_where_the_person_moves(tmp_path: Path) -> None:
    times = np.arange(0, 400, 1.0)
    recording = recorded(times, (Phase(300, 305, 310),))
    track = seen_by(recording, tmp_path / "film.mp4", width=90, height=160)
    write_clip(track.path, track)
    write_film(tmp_path / "out.mp4", track, recording, "forward_bend", (Phase(300, 305, 310),))
    assert [round(time) for time, _ in decoded(tmp_path / "out.mp4")] == list(range(13))
    write_film(tmp_path / "all.mp4", track, recording, "forward_bend", (Phase(100, 200, 300),))
    assert decoded(tmp_path / "all.mp4")[-1][0] == pytest.approx(LONGEST_FILM_S, abs=1.1)


def test_a_film_that_is_gone_or_cannot_be_written_is_told(tmp_path: Path) -> None:
    track, recording = filmed(tmp_path, 360, 640)
    with pytest.raises(InputError):
        write_film(tmp_path / "no" / "out.mp4", track, recording, "forward_bend", PHASES)
    track.path.unlink()
    with pytest.raises(InputError):
        write_film(tmp_path / "out.mp4", track, recording, "forward_bend", PHASES)
    assert not list(tmp_path.iterdir())


@given(st.integers(16, 4000), st.integers(16, 4000))
def test_panels_lie_on_the_canvas_and_cover_neither_the_film_nor_each_other(width: int, height: int) -> None:
    layout = film_layout(width, height)
    names = ("film", "header", "values", "dial", "curve", "course", "footer")
    boxes: dict[str, Box] = {name: getattr(layout, name) for name in names}
    taken = np.zeros((layout.height, layout.width), np.uint8)
    for x, y, w, h in boxes.values():
        assert min(x, y) >= 0
        assert min(w, h) > 0
        piece = taken[y : y + h, x : x + w]
        assert piece.shape == (h, w)
        assert not piece.any()
        piece[...] = 1
    assert layout.width % 2 == layout.height % 2 == 0
    assert max(boxes["film"][2:]) <= max(1280, 640)
    assert layout.letters >= layout.width / 31


def test_the_film_can_be_read_by_this_project_again(tmp_path: Path) -> None:
    track, recording = filmed(tmp_path, 360, 640)
    write_film(tmp_path / "out.mp4", track, recording, "forward_bend", PHASES)
    info = video.probe(tmp_path / "out.mp4")
    assert (info.codec, info.rotation_deg) == ("h264", 0)
    assert info.duration_s == pytest.approx(TIMES[-1] - TIMES[0], abs=1e-3)
