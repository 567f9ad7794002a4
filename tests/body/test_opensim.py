from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitate.body.opensim import Markers, Motion, read_mot, read_trc, write_mot, write_trc
from mitate.errors import InputError

DATA = Path(__file__).parents[2] / "../shared/data/opensim_reference/Pipelines"

TRC = (
    "PathFileType\t4\t(X/Y/Z)\twalk.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
    "  60.00\t60.00\t  2\t\t2\t mm\t60.00\t1\t2\n"
    "Frame#\tTime\tR.ASIS\t\t\tTop Head\t\t\t\n"
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\t\n"
    "\n"
    "1\t0.000\t1\t2\t3\t4\t5\t6\t\n"
    "2\t0.017\t\t\t\t400\t500\t-600.5\n"
)
MOT = (
    "Coordinates\nversion=1\nnRows=2\nnColumns=3\ninDegrees=yes\n\nAngles are in degrees.\n\nendheader\n"
    "time\tpelvis_tilt\tknee_angle_r\n 0.0\t 1.5\t -2\n 0.1\t nan\t 3e1\n"
)


def saved(folder: Path, text: str, name: str = "x.trc") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_markers_in_metres_with_gaps(tmp_path: Path) -> None:
    found = read_trc(saved(tmp_path, TRC))
    assert found.names == ("R.ASIS", "Top Head")
    assert found.rate == 60
    np.testing.assert_allclose(found.time, [0, 0.017])
    np.testing.assert_allclose(found.of("R.ASIS"), [[0.001, 0.002, 0.003], [np.nan] * 3])
    np.testing.assert_allclose(found.of("Top Head")[1], [0.4, 0.5, -0.6005])
    with pytest.raises(InputError, match=r"no marker 'L\.ASIS'"):
        found.of("L.ASIS")


def test_markers_cut_off_at_the_end_of_a_row_are_gaps(tmp_path: Path) -> None:
    found = read_trc(saved(tmp_path, TRC.replace("\t4\t5\t6\t\n", "\n")))
    assert np.isnan(found.of("Top Head")[0]).all()


@given(seed=st.integers(0, 2**32 - 1), unit=st.sampled_from(["m", "cm", "mm"]))
def test_markers_come_back(tmp_path_factory: pytest.TempPathFactory, seed: int, unit: str) -> None:
    rng = np.random.default_rng(seed)
    positions = rng.normal(0, 2, (4, 3, 3))
    positions[rng.random((4, 3)) < 0.3] = np.nan
    markers = Markers(("a", "b.c", "D_1"), 3.0 + np.arange(4) / 100, positions, 100.0)
    path = tmp_path_factory.mktemp("trc") / "x.trc"
    write_trc(path, markers, unit=unit)  # type: ignore[arg-type]
    found = read_trc(path)
    assert (found.names, found.rate) == (markers.names, 100.0)
    np.testing.assert_allclose(found.time, markers.time, rtol=1e-8)
    np.testing.assert_allclose(found.positions, positions, atol=1e-9)


def test_the_lines_of_a_trc_are_those_of_opensim(tmp_path: Path) -> None:
    path = tmp_path / "x.trc"
    write_trc(path, Markers(("A", "B"), np.array([0.0]), np.ones((1, 2, 3)), 30.0))
    lines = path.read_text(encoding="utf-8").split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\tx.trc"
    assert lines[2] == "30\t30\t1\t2\tmm\t30\t1\t1"
    assert lines[3] == "Frame#\tTime\tA\t\t\tB\t\t"
    assert lines[4] == "\t\tX1\tY1\tZ1\tX2\tY2\tZ2"
    assert lines[5] == ""
    assert lines[6].split("\t") == ["1", "0", *["1000.000000"] * 6]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("PathFileType", "Path", ":1: this is not a .trc file"),
        ("NumMarkers\t", "", ":3: the header does not state"),
        (" mm", " inch", ":3: unknown unit 'inch'"),
        ("  60.00", "fast", ":3: 'fast' is not a number"),
        ("\t  2\t\t2", "\t2\tmany", ":3: NumMarkers must be a whole number, not 'many'"),
        ("\t  2\t\t2", "\ttwo\t2", ":3: NumFrames must be a whole number"),
        ("Top Head", "R.ASIS", ":4: 2 marker names, 1 of them different"),
        ("2\t0.017", "\n\n2\t0.000", ":10: row 2: time must be a number and grow"),
        ("400", "4oo", ":8: '4oo' is not a number"),
        ("400", "inf", ":8: 'inf' is not a finite number"),
        ("400\t500", "400\t", ":8: marker 2 has some of its coordinates only"),
        ("\t400\t500\t-600.5", "\t400\t500", ":8: 7 cells, but the header needs 8"),
        ("-600.5", "-600.5\t7", ":8: 9 cells, but the header needs 8"),
        ("2\t0.017\t\t\t\t400\t500\t-600.5\n", "", ":7: 1 frames, but NumFrames is 2"),
    ],
)
def test_bad_marker_files(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert TRC.count(old) >= 1
    path = saved(tmp_path, TRC.replace(old, new, 1))
    with pytest.raises(InputError) as error:
        read_trc(path)
    assert f"{path}{told}" in str(error.value)


def test_motion_is_read_as_it_stands(tmp_path: Path) -> None:
    found = read_mot(saved(tmp_path, MOT, "x.mot"))
    assert found.name == "Coordinates"
    assert found.columns == ("pelvis_tilt", "knee_angle_r")
    assert found.in_degrees
    np.testing.assert_array_equal(found.time, [0, 0.1])
    np.testing.assert_array_equal(found.of("knee_angle_r"), [-2, 30])
    np.testing.assert_array_equal(found.of("pelvis_tilt"), [1.5, np.nan])
    with pytest.raises(InputError, match="no column 'hip'"):
        found.of("hip")


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(0, 5))
def test_motion_comes_back(tmp_path_factory: pytest.TempPathFactory, seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    columns = {name: rng.normal(0, 60, rows) for name in ("pelvis_tilt", "hip_flexion_r")}
    path = tmp_path_factory.mktemp("mot") / "x.mot"
    write_mot(path, np.arange(rows) / 30, columns, in_degrees=False)
    found = read_mot(path)
    assert isinstance(found, Motion)
    assert (found.columns, found.in_degrees) == (tuple(columns), False)
    np.testing.assert_allclose(found.time, np.arange(rows) / 30, rtol=1e-8)
    for name, column in columns.items():
        np.testing.assert_allclose(found.of(name), column, rtol=1e-8)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("endheader", "end", ":1: this is not a .mot or .sto file"),
        ("time\t", "frame\t", ":10: the first column must be time"),
        ("knee_angle_r", "pelvis_tilt", ":10: two columns have the same name"),
        ("nRows=2", "nRows=3", ":9: 2 found, but nrows is 3"),
        ("nColumns=3", "nColumns=4", ":9: 3 found, but ncolumns is 4"),
        ("3e1", "", ":12: 2 columns, but the header has 3"),
        ("3e1", "x", ":12: 'x' is not a number"),
        (" 0.1\t", "-0.1\t", ":12: row 2: time must be a number and grow"),
        (" 0.1\t", "nan\t", ":12: row 2: time must be a number and grow"),
    ],
)
def test_bad_motion_files(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = saved(tmp_path, MOT.replace(old, new, 1), "x.mot")
    with pytest.raises(InputError) as error:
        read_mot(path)
    assert f"{path}{told}" in str(error.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for read in (read_trc, read_mot):
        with pytest.raises(InputError, match="cannot be read: No such file"):
            read(tmp_path / "none")
        with pytest.raises(InputError, match="cannot be read"):
            read(tmp_path)
        for content in (b"", b"\x00\xff" * 100, b"\n" * 10):
            path = tmp_path / "bad"
            path.write_bytes(content)
            with pytest.raises(InputError, match="bad:1: this is not"):
                read(path)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for markers, told in (
        (Markers(("a",), np.zeros(1), np.zeros((1, 2, 3)), 30.0), "positions must be 1 × 1 × 3"),
        (Markers(("a b",), np.zeros(1), np.zeros((1, 1, 3)), 30.0), "'a b' is empty or has blanks"),
        (Markers(("a", "a"), np.zeros(1), np.zeros((1, 2, 3)), 30.0), "the same name"),
        (Markers(("a",), np.zeros(1), np.zeros((1, 1, 3)), 0.0), "rate must be above 0"),
        (Markers(("a",), np.zeros(2), np.zeros((2, 1, 3)), 30.0), "row 2: time must"),
    ):
        with pytest.raises(InputError, match=told):
            write_trc(path, markers)
    with pytest.raises(InputError, match="not as long as the time: tilt"):
        write_mot(path, [0.0, 1.0], {"tilt": [1.0]})
    with pytest.raises(InputError, match="not as long as the time"):
        write_mot(path, 0.0, {})
    assert not path.exists()


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared OpenSim reference is not here")
def test_opensims_own_files_come_back(tmp_path: Path) -> None:
    found = sorted(DATA.rglob("*.trc"))
    assert len(found) == 8
    for path in found:
        markers = read_trc(path)
        write_trc(tmp_path / "x.trc", markers)
        again = read_trc(tmp_path / "x.trc")
        np.testing.assert_allclose(again.positions, markers.positions, atol=1e-9)
        assert again.names == markers.names
    for path in [*DATA.rglob("*.mot"), *DATA.rglob("*.sto")]:
        motion = read_mot(path)
        columns = dict(zip(motion.columns, motion.values.T, strict=True))
        write_mot(tmp_path / "x.mot", motion.time, columns, in_degrees=motion.in_degrees)
        again_motion = read_mot(tmp_path / "x.mot")
        np.testing.assert_allclose(again_motion.values, motion.values, rtol=1e-8, atol=1e-12)
        assert again_motion.in_degrees == motion.in_degrees
