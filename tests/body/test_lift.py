from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from tests.body.lift_tracks import bending, mirrored, missing, rows

from mitate.body.clip import PoseTrack
from mitate.body.lift import TYPICAL_HEIGHT_M, LiftModel, _unwrapped, _windows, lift
from mitate.body.lift_input import LiftInput, lift_input
from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS, Recording
from mitate.errors import InputError, WeightsError

COMMITTED = Path(str(resources.files("mitate.weights"))) / "lift"
PELVIS, TRUNK = ANGLES.index("pelvis_rotation"), ANGLES.index("trunk_rotation")
Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def model() -> LiftModel:
    if not (COMMITTED / "card.json").is_file():
        pytest.skip("the lift's network is not committed yet")
    return LiftModel.load()


@pytest.fixture(scope="module")
def sure(model: LiftModel) -> LiftModel:
    """The same network, said to be so good that it always shows its curve."""
    return replace(model, card={**model.card, "curve_factor": 1e-4})


@pytest.fixture(scope="module")
def track() -> PoseTrack:
    return bending(np.arange(45) / 30)


def arrays(recording: Recording) -> dict[str, Array]:
    return {
        **{f"angle {name}": values for name, values in recording.angles.items()},
        **{f"error {name}": values for name, values in recording.angle_errors.items()},
        **{name: getattr(recording, name) for name in ("joints", "curve", "curve_error", "yaw", "pitch")},
        **{name: getattr(recording, name) for name in ("roll", "view_errors")},
    }


def known(values: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether anything, and whether everything of each moment is finite."""
    finite = np.isfinite(values.reshape(len(values), int(np.prod(values.shape[1:]))))
    return np.asarray(finite.any(axis=1)), np.asarray(finite.all(axis=1))


def test_every_number_of_a_recording_is_there(track: PoseTrack, sure: LiftModel) -> None:
    recording = lift(track, height_m=1.7, model=sure)
    assert set(recording.angles) == set(recording.angle_errors) == set(ANGLES)
    assert recording.joints.shape == (45, len(JOINTS), 3)
    assert recording.curve.shape == (45, CURVE_POINTS, 2)
    for name, values in arrays(recording).items():
        assert len(values) == 45, name
        assert np.isfinite(values).all(), name
        assert name.startswith(("error", "curve_error", "view")) <= bool((values > 0).all())
    assert (recording.height_m, recording.height_known) == (1.7, True)
    assert recording.trained_on == sure.card["trained_on"]
    assert recording.curve_hidden == ""
    np.testing.assert_array_equal(recording.yaw, recording.angles["pelvis_rotation"])
    np.testing.assert_array_equal(recording.times_s, track.times_s)


@pytest.mark.parametrize("masks", [True, False])
def test_nobody_seen_is_nothing_known(model: LiftModel, masks: bool) -> None:
    nobody = missing(bending(np.arange(8) / 10, masks=masks), np.ones(8, bool))
    recording = lift(nobody, model=model)
    assert not recording.known.any()
    assert recording.curve_hidden
    for name, values in arrays(recording).items():
        assert np.isnan(values).all(), name


def test_no_frames_at_all(model: LiftModel) -> None:
    recording = lift(bending(np.zeros(0)), model=model)
    assert len(recording) == 0
    assert recording.joints.shape == (0, len(JOINTS), 3)
    assert recording.curve_hidden


@pytest.mark.parametrize("smooth", [True, False])
def test_a_gap_stays_a_gap_and_nothing_else_does(track: PoseTrack, sure: LiftModel, smooth: bool) -> None:
    gone = np.zeros(45, bool)
    gone[[0, 7, 8]] = True
    gone[20:34] = True
    recording = lift(missing(track, gone), height_m=1.6, model=sure, smooth=smooth)
    np.testing.assert_array_equal(recording.known, ~gone)
    for name, values in arrays(recording).items():
        some, every = known(values)
        np.testing.assert_array_equal(some, ~gone, err_msg=name)
        np.testing.assert_array_equal(every, ~gone, err_msg=name)


def test_what_lies_behind_a_gap_does_not_reach_over_it(track: PoseTrack, model: LiftModel) -> None:
    gone = np.zeros(45, bool)
    gone[20:34] = True
    both = lift(missing(track, gone), model=model)
    first = lift(rows(missing(track, gone), slice(0, 20)), model=model)
    # the scale and the home of the hips are the whole clip's: this body keeps both
    for name in ANGLES:
        np.testing.assert_allclose(both.angles[name][:20], first.angles[name], atol=0.05, err_msg=name)


def test_lost_points_that_are_not_the_trunk_leave_the_rest_known(track: PoseTrack, sure: LiftModel) -> None:
    points, visibility, world = track.points.copy(), track.visibility.copy(), track.world.copy()
    limbs = slice(27, 33)  # the feet; hands that are not seen are not known
    points[10:20, limbs], visibility[10:20, limbs], world[10:20, limbs] = np.nan, 0.0, np.nan
    recording = lift(replace(track, points=points, visibility=visibility, world=world), model=sure)
    assert all(known(values)[1].all() for values in arrays(recording).values())


def test_one_frame(track: PoseTrack, sure: LiftModel) -> None:
    photo = lift(rows(track, slice(3, 4)), height_m=1.6, model=sure)
    assert all(values.shape[0] == 1 and np.isfinite(values).all() for values in arrays(photo).values())
    same = replace(rows(track, np.full(20, 3)), times_s=np.arange(20) / 30)
    still = lift(same, height_m=1.6, model=sure)
    for name, values in arrays(photo).items():
        np.testing.assert_allclose(arrays(still)[name][10], values[0], rtol=1e-3, atol=1e-3, err_msg=name)


def test_the_rate_of_the_film_hardly_matters(model: LiftModel) -> None:
    fine = bending(np.arange(121) / 30)
    coarse = rows(fine, slice(0, None, 6))
    often = lift(fine, height_m=1.6, model=model)
    seldom = lift(coarse, height_m=1.6, model=model)
    inner = slice(2, -2)
    for name in ANGLES:
        off = (seldom.angles[name] - often.angles[name][::6])[inner]
        off = np.abs((off + 180) % 360 - 180)
        allowed = np.median(often.angle_errors[name])
        assert np.median(off) < 0.35 * allowed, name
    off_joints = np.linalg.norm(seldom.joints - often.joints[::6], axis=2)[inner]
    assert np.median(off_joints) < 0.02  # metres


def test_a_turning_body_turns_without_jumps(model: LiftModel) -> None:
    times = np.arange(90) / 15
    recording = lift(bending(times, turn_deg=-170.0 + 60.0 * times), model=model, smooth=False)
    for name in ("pelvis_rotation", "trunk_rotation"):
        assert np.abs(np.diff(recording.angles[name])).max() <= 180.0
    apart = recording.angles["trunk_rotation"] - recording.angles["pelvis_rotation"]
    assert abs(np.median(apart)) <= 180.0


@given(
    steps=hnp.arrays(np.float64, 20, elements=st.floats(-170, 170)),
    start=st.floats(-500, 500),
    twist=st.floats(-170, 170),
    gone=hnp.arrays(np.bool_, 20),
)
@settings(max_examples=60)
def test_turns_are_unwrapped(steps: Array, start: float, twist: float, gone: NDArray[np.bool_]) -> None:
    turn = start + np.cumsum(np.where(gone, 0.0, steps))
    angles = np.zeros((20, len(ANGLES)))
    angles[:, PELVIS], angles[:, TRUNK] = turn, turn + twist
    wrapped = (angles + 180) % 360 - 180
    wrapped[gone] = np.nan
    found = _unwrapped(wrapped, ~gone)
    np.testing.assert_array_equal(np.isnan(found).any(axis=1), gone)
    if not gone.all():
        for column in (PELVIS, TRUNK):
            off = (found[:, column] - angles[:, column])[~gone] / 360
            np.testing.assert_allclose(off, np.round(off[0]), atol=1e-6)
        apart = (found[:, TRUNK] - found[:, PELVIS])[~gone]
        np.testing.assert_allclose(apart, twist, atol=1e-6)
        others = [i for i in range(len(ANGLES)) if i not in (PELVIS, TRUNK)]
        np.testing.assert_array_equal(found[~gone][:, others], wrapped[~gone][:, others])


@pytest.mark.parametrize("smooth", [True, False])
def test_lengths_go_with_the_height_and_nothing_else_does(
    track: PoseTrack, sure: LiftModel, smooth: bool
) -> None:
    small = lift(track, height_m=1.2, model=sure, smooth=smooth)
    tall = lift(track, height_m=2.1, model=sure, smooth=smooth)
    rtol = 1e-5 if smooth else 1e-12
    for name, values in arrays(small).items():
        factor = 2.1 / 1.2 if name in ("joints", "curve", "curve_error") else 1.0
        np.testing.assert_allclose(arrays(tall)[name], factor * values, rtol=rtol, atol=rtol, err_msg=name)


def test_an_unknown_height_makes_the_curve_less_sure(track: PoseTrack, sure: LiftModel) -> None:
    told = lift(track, height_m=TYPICAL_HEIGHT_M, model=sure)
    assumed = lift(track, model=sure)
    assert (assumed.height_m, assumed.height_known) == (TYPICAL_HEIGHT_M, False)
    np.testing.assert_array_equal(assumed.curve, told.curve)
    middle = told.curve.mean(axis=1, keepdims=True)
    size = np.linalg.norm(told.curve - middle, axis=2).mean(axis=1)
    assert (assumed.curve_error > told.curve_error + 0.04 * size).all()
    for name in ANGLES:
        np.testing.assert_array_equal(assumed.angle_errors[name], told.angle_errors[name])


@pytest.mark.parametrize(("with_mask", "shown"), [(0.0, False), (0.3, False), (0.7, True)])
def test_without_silhouettes_there_is_no_curve(sure: LiftModel, with_mask: float, shown: bool) -> None:
    track = bending(np.arange(20) / 10)
    regions = tuple(r if i < 20 * with_mask else None for i, r in enumerate(track.regions))
    bare = replace(track, regions=regions) if with_mask else replace(track, masks=None)
    recording = lift(bare, height_m=1.6, model=sure)
    assert recording.known.all()
    assert bool(recording.curve_hidden) is not shown
    assert np.isfinite(recording.curve).all() == shown
    assert np.isfinite(recording.curve_error).all() == shown
    if not shown:
        assert "outline of the body was not read" in recording.curve_hidden
        assert np.isnan(recording.curve).all()


def test_a_curve_that_is_too_unsure_is_not_shown(track: PoseTrack, model: LiftModel) -> None:
    unsure = replace(model, card={**model.card, "curve_factor": 1e3})
    recording = lift(track, height_m=1.6, model=unsure)
    assert "film from the side" in recording.curve_hidden
    assert np.isnan(recording.curve).all()
    assert np.isfinite(recording.joints).all()


def test_factors_of_the_card_multiply_errors(track: PoseTrack, model: LiftModel) -> None:
    doubled = {name: 2.0 * float(factor) for name, factor in model.card["sd_factor"].items()}
    wider = lift(track, model=replace(model, card={**model.card, "sd_factor": doubled}))
    usual = lift(track, model=model)
    for name in ANGLES:
        np.testing.assert_allclose(wider.angle_errors[name], 2 * usual.angle_errors[name], rtol=1e-12)
        np.testing.assert_array_equal(wider.angles[name], usual.angles[name])


def test_a_mirrored_film_gives_the_mirrored_person(track: PoseTrack, model: LiftModel) -> None:
    straight = lift(track, height_m=1.6, model=model)
    turned = lift(mirrored(track), height_m=1.6, model=model)
    for name in ("trunk_inclination", "lumbar_flexion", "thoracic_flexion"):
        off = turned.angles[name] - straight.angles[name]
        assert np.abs(off).max() < 1.0, name
    off = turned.angles["knee_flexion_left"] - straight.angles["knee_flexion_right"]
    assert np.abs(off).max() < 1.0
    off = turned.angles["trunk_list"] + straight.angles["trunk_list"]
    assert np.abs(off).max() < 1.0


def test_answers_do_not_depend_on_how_many_are_asked_for(model: LiftModel) -> None:
    long = lift_input(bending(np.arange(300) / 30))
    part = slice(150, 290)  # on both sides of the end of the first batch
    some = LiftInput(long.times_s[part], long.vectors[part], long.patches[part], long.seen[part], 1.0)
    edge = 13  # 0.4 s that a moment looks around
    whole, alone = model.answers(long)[part], model.answers(some)
    np.testing.assert_allclose(alone[edge:-edge], whole[edge:-edge], rtol=1e-4, atol=1e-4)


@given(
    gaps=hnp.arrays(np.float64, 30, elements=st.floats(0.01, 0.6)),
    slope=st.floats(-3, 3),
)
@settings(max_examples=40)
def test_windows_are_read_between_frames_and_never_across_gaps(gaps: Array, slope: float) -> None:
    times = np.cumsum(gaps)
    stretch = np.concatenate([[0], np.cumsum(np.diff(times) > 0.35)])
    codes = np.stack([slope * times, stretch], axis=1).astype(np.float32)
    windows = _windows(times, codes)
    assert windows.shape == (30, 9, 2)
    np.testing.assert_allclose(windows[:, 4], codes, atol=1e-4)
    np.testing.assert_allclose(windows[:, :, 1], np.repeat(stretch[:, None], 9, axis=1), atol=1e-4)
    first = np.array([times[stretch == s].min() for s in stretch])[:, None]
    last = np.array([times[stretch == s].max() for s in stretch])[:, None]
    at = np.clip(times[:, None] + 0.1 * np.arange(-4, 5), first, last)
    np.testing.assert_allclose(windows[:, :, 0], slope * at, atol=2e-4)


@pytest.mark.parametrize("height", [0.0, -1.6, 0.79, 2.41, 160.0, float("nan"), float("inf")])
def test_nobody_has_such_a_height(track: PoseTrack, height: float) -> None:
    with pytest.raises(InputError, match=r"height: a height of .* Give it in metres"):
        lift(track, height_m=height)


def test_the_network_is_loaded_once(model: LiftModel) -> None:
    assert LiftModel.load() is model


@pytest.fixture
def copied(model: LiftModel, tmp_path: Path) -> Path:
    folder = tmp_path / "lift"
    shutil.copytree(COMMITTED, folder)
    return folder


def _with_card(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        change(card)
        (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")

    return damage


def _not_a_network(folder: Path) -> None:
    (folder / "frame.onnx").write_bytes(b"nothing")
    digest = hashlib.sha256(b"nothing").hexdigest()
    _with_card(lambda card: card.update(sha256={**dict(card["sha256"]), "frame.onnx": digest}))(folder)  # type: ignore[call-overload]


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no folder": shutil.rmtree,
    "no card": lambda folder: (folder / "card.json").unlink(),
    "no network": lambda folder: (folder / "time.onnx").unlink(),
    "half a network": lambda folder: (folder / "time.onnx").write_bytes(b"half"),
    "not a network": _not_a_network,
    "not JSON": lambda folder: (folder / "card.json").write_bytes(b"{\xff"),
    "a list": lambda folder: (folder / "card.json").write_text("[]", encoding="utf-8"),
    "an angle less": _with_card(lambda card: card["sd_factor"].pop("trunk_list")),  # type: ignore[attr-defined]
    "no curve factor": _with_card(lambda card: card.pop("curve_factor")),
    "no outline": _with_card(lambda card: card.pop("outline")),
    "half an outline": _with_card(lambda card: card["outline"].pop("sd")),  # type: ignore[attr-defined]
    "a factor of zero": _with_card(lambda card: card.update(curve_factor=0.0)),
    "a factor that is none": _with_card(lambda card: card.update(curve_factor=float("nan"))),
    "no source": _with_card(lambda card: card.update(trained_on="")),
}


def test_a_copy_of_the_network_says_the_same(copied: Path, track: PoseTrack, model: LiftModel) -> None:
    given_ = lift_input(rows(track, slice(0, 5)))
    np.testing.assert_array_equal(LiftModel.load(copied).answers(given_), model.answers(given_))


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_weights_are_told(copied: Path, kind: str) -> None:
    DAMAGE[kind](copied)
    with pytest.raises(WeightsError, match="lift") as told:
        LiftModel.load(copied)
    assert str(copied) in str(told.value.where)
