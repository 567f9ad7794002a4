from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from mitate import video
from mitate.back.checking import FilmJob, WatchedFilm, check_files, watch_films
from mitate.errors import InputError, RefusalError

BEND = Path(__file__).parents[2] / "examples" / "films" / "forward-bend.mp4"


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of nobody."""
    path = tmp_path_factory.mktemp("wall") / "wall.mp4"
    video.write(path, [np.full((160, 120, 3), 150, np.uint8)] * 12, frame_rate=10)
    return path


@pytest.fixture(scope="module")
def watched(
    weights_ready: None, wall: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[tuple[WatchedFilm, ...], list[float], Path]:
    """A bend and a wall, read by two processes."""
    shares: list[float] = []
    pictures = tmp_path_factory.mktemp("pictures")
    jobs = [
        FilmJob("forward_bend", BEND, age=60, pictures=pictures),
        FilmJob("squat", wall, pictures=pictures),
    ]
    return watch_films(jobs, workers=2, progress=shares.append), shares, pictures


def test_films_come_back_in_order_with_what_is_wrong_in_its_place(
    watched: tuple[tuple[WatchedFilm, ...], list[float], Path],
) -> None:
    (bend, wall), shares, _ = watched
    assert bend.refusal is None
    assert bend.assessment is not None
    assert bend.assessment.measures.values
    assert bend.assessment.track.masks is None
    assert wall.assessment is None
    assert isinstance(wall.refusal, RefusalError)
    assert wall.refusal.reason == "no_person"
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


def test_stills_show_standing_and_the_farthest_moment(
    watched: tuple[tuple[WatchedFilm, ...], list[float], Path],
) -> None:
    (bend, _), _, pictures = watched
    assert [still.moment for still in bend.stills] == ["standing", "farthest"]
    assert {path.name for path in pictures.iterdir()} == {still.file for still in bend.stills}
    for still in bend.stills:
        picture = cv2.imread(str(pictures / still.file))
        assert picture is not None
        assert picture.shape[:2] == (still.height, still.width)


def test_what_was_read_can_go_from_process_to_process(
    watched: tuple[tuple[WatchedFilm, ...], list[float], Path],
) -> None:
    (bend, _), _, _ = watched
    again = pickle.loads(pickle.dumps(bend))
    assert again.assessment.as_dict() == bend.assessment.as_dict() if bend.assessment else False


def test_one_process_reads_here(wall: Path, weights_ready: None) -> None:
    called: list[bool] = []
    (found,) = watch_films([FilmJob("squat", wall)], workers=1, meanwhile=lambda: called.append(True))
    assert found.refusal is not None
    assert called == [True]


def test_no_films_give_nothing() -> None:
    assert watch_films([]) == ()


def test_files_that_are_no_films_are_told_before_anything_is_read(wall: Path, tmp_path: Path) -> None:
    check_files([FilmJob("squat", wall)])
    with pytest.raises(InputError, match=r"gone\.mp4"):
        check_files([FilmJob("squat", wall), FilmJob("rotation", tmp_path / "gone.mp4")])
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((40, 40, 3), 90, np.uint8))
    with pytest.raises(InputError, match="this is a photo"):
        check_files([FilmJob("squat", tmp_path / "photo.png")])
    (tmp_path / "notes.mp4").write_text("no film")
    with pytest.raises(InputError):
        check_files([FilmJob("squat", tmp_path / "notes.mp4")])


def test_an_interruption_ends_the_processes(weights_ready: None, tmp_path: Path) -> None:
    copy = tmp_path / "bend.mp4"
    shutil.copyfile(BEND, copy)

    def interrupted(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch_films(
            [FilmJob("forward_bend", copy), FilmJob("forward_bend", BEND)], workers=2, progress=interrupted
        )
