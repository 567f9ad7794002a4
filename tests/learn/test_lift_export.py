from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.body.lift_tracks import bending

from mitate.body.lift import LiftModel
from mitate.body.lift_input import PATCH_SIDE, VECTOR, lift_input
from mitate.body.lift_output import WIDTH, split
from mitate.body.outline import OutlineModel
from mitate.body.recording import ANGLES
from mitate.errors import MitateError
from mitate.weights import onnx_session, own_models, verify_own

torch = pytest.importorskip("torch", reason="the train extra is not installed")
pytest.importorskip("onnxscript", reason="the train extra is not installed")

from tests.learn.lift_clips import clip  # noqa: E402

from mitate.learn import export, lift_export  # noqa: E402
from mitate.learn.lift import LiftSettings, answers_of  # noqa: E402
from mitate.learn.lift_batches import Clip, TargetParts, draw_batch  # noqa: E402
from mitate.learn.lift_export import calibration, export_lift, judged, off_by  # noqa: E402
from mitate.learn.lift_net import CODE, MOMENTS, LiftNet, curve_basis, vector_scale  # noqa: E402
from mitate.learn.lift_outline import held_out_curves  # noqa: E402

# these few clips leave some points of the outline without anybody who shows them
pytestmark = pytest.mark.filterwarnings(
    "ignore:All-NaN slice:RuntimeWarning", "ignore:Mean of empty:RuntimeWarning"
)

TOLD = {"trained_on": "simulated", "people": 3}


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return [clip(seed) for seed in range(3)]


@pytest.fixture(scope="module")
def net(clips: list[Clip]) -> LiftNet:
    torch.manual_seed(5)
    shape = curve_basis(np.concatenate([one.curve for one in clips]))
    scale = vector_scale(np.concatenate([one.vectors for one in clips]))
    return LiftNet(shape, scale).eval()


@pytest.fixture(scope="module")
def exported(
    net: LiftNet, clips: list[Clip], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("weights") / "lift"
    return out, export_lift(net, clips, out, LiftSettings(), TOLD)


@pytest.mark.parametrize("count", [1, 2, 40])
def test_the_files_say_what_torch_says(
    exported: tuple[Path, dict[str, Any]], net: LiftNet, count: int
) -> None:
    rng = np.random.default_rng(count)
    vectors = rng.normal(size=(count, VECTOR)).astype(np.float32)
    patches = rng.uniform(0, 255, (count, PATCH_SIDE, PATCH_SIDE)).astype(np.float32)
    windows = rng.normal(size=(count, MOMENTS, CODE)).astype(np.float32)
    with torch.no_grad():
        expected = net.frame(torch.from_numpy(vectors), torch.from_numpy(patches)).numpy()
        answers = net.time(torch.from_numpy(windows)).numpy()
    frame, time = (onnx_session(exported[0] / name) for name in ("frame.onnx", "time.onnx"))
    np.testing.assert_allclose(
        frame.run(None, {"vectors": vectors, "patches": patches})[0], expected, atol=1e-4
    )
    np.testing.assert_allclose(time.run(None, {"codes": windows})[0], answers, atol=1e-4)


def test_the_whole_way_says_what_torch_says(exported: tuple[Path, dict[str, Any]], net: LiftNet) -> None:
    track = bending(np.arange(25) / 10, turn_deg=30.0)
    given = lift_input(track)
    with torch.no_grad():
        vectors, patches = torch.from_numpy(given.vectors), torch.from_numpy(given.patches).float()
        expected = net(vectors[None], patches[None])[0].numpy()
    found = LiftModel.load(exported[0])._answered(given.times_s, given.vectors, given.patches)
    np.testing.assert_allclose(found[4:-4], expected, atol=2e-4)


def test_the_card_says_what_it_is(exported: tuple[Path, dict[str, Any]]) -> None:
    out, card = exported
    assert json.loads((out / "card.json").read_text(encoding="utf-8")) == card
    assert card["trained_on"] == "simulated"
    assert card["people"] == 3
    assert card["settings"]["clips"] == LiftSettings().clips
    assert set(card["sd_factor"]) == set(card["held_out"]["median_error_deg"]) == set(ANGLES)
    assert card["held_out"]["people"] == 3
    assert card["held_out"]["moments"] == 3 * (30 - MOMENTS + 1)
    assert 0 <= card["parity"] < 1e-4
    (found,) = own_models(out.parent)
    assert verify_own(found).state == "ok"


def test_the_files_name_no_folder_of_this_machine(exported: tuple[Path, dict[str, Any]]) -> None:
    for name in ("frame.onnx", "time.onnx", "card.json"):
        content = (exported[0] / name).read_bytes()
        for trace in (str(Path(__file__).parents[2]), str(Path.home()), "site-packages"):
            assert trace.encode() not in content


def test_a_wrong_export_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PARITY", -1.0)
    with pytest.raises(MitateError, match="differs"):
        lift_export._export(torch.nn.Linear(3, 2), (torch.ones(2, 3),), ("given",), tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_judge_looks_at_inner_moments_that_were_seen(net: LiftNet, clips: list[Clip]) -> None:
    seen = np.ones(30, bool)
    seen[[0, 10, 11, 29]] = False
    lifted, truth, whose = judged(net, [replace(clips[0], seen=seen), clips[1]])
    np.testing.assert_array_equal(np.bincount(whose), [20, 22])
    inner = np.flatnonzero(seen[4:-4]) + 4
    np.testing.assert_array_equal(truth.angles[whose == 0], clips[0].angles[inner])
    batch = draw_batch(np.random.default_rng(0), [clips[0]], 1, 30, changed=False)
    expected = split(answers_of(net, batch)[0])
    np.testing.assert_allclose(lifted.angles[whose == 0], expected.angles[inner - 4], atol=1e-3)


def test_turns_are_off_by_the_shorter_way() -> None:
    none = np.zeros((1, 1), np.float32)
    said = replace(split(np.zeros((1, WIDTH))), angles=np.full((1, len(ANGLES)), 179.0))
    true = np.full((1, len(ANGLES)), -179.0, np.float32)
    off = off_by(said, TargetParts(true, none, none, none, np.ones(1, bool)))
    np.testing.assert_allclose(off, -2.0, atol=1e-6)


def _with_errors(net: LiftNet, whole: list[Clip], seed: int) -> list[Clip]:
    """Clips whose truth is what the network says, plus errors of a known kind and many sizes."""
    rng = np.random.default_rng(seed)
    off = np.geomspace(0.2, 3.0, len(ANGLES))
    made = []
    for one in whole:
        lifted, _, _ = judged(net, [one])
        angles, curve = one.angles.copy(), one.curve.copy()
        angles[4:-4] = lifted.angles + rng.laplace(0, off * lifted.angle_sd)
        noise = rng.normal(0, 1, lifted.curve.shape) * 0.3 * lifted.curve_error[:, None, None]
        curve[4:-4] = (lifted.curve + noise) / 100
        made.append(replace(one, angles=angles, curve=curve))
    return made


def test_calibrated_errors_hold_68_percent(net: LiftNet, clips: list[Clip]) -> None:
    many = [replace(clips[i % 3]) for i in range(20)]
    card = calibration(net, _with_errors(net, many, 0))
    lifted, truth, _ = judged(net, _with_errors(net, many, 1))  # errors drawn anew
    within = np.abs(off_by(lifted, truth)) <= lifted.angle_sd * np.array(list(card["sd_factor"].values()))
    assert list(card["sd_factor"]) == list(ANGLES)
    np.testing.assert_allclose(within.mean(axis=0), 0.68, atol=0.1)
    off, told = held_out_curves(net, _with_errors(net, many, 2), OutlineModel.of(card))
    assert np.median(off / told) == pytest.approx(card["curve_factor"], rel=0.2)
