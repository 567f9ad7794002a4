from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from mitate.body.lift_output import ANGLE_UNIT_DEG, BENDS, TURNS, WIDTH, parts_of
from mitate.body.recording import ANGLES
from mitate.errors import InputError

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from tests.learn.lift_clips import clip, write  # noqa: E402
from torch import Tensor  # noqa: E402

from mitate.learn.lift import LiftSettings, LiftTrainer, answers_of, losses_of  # noqa: E402
from mitate.learn.lift_batches import LiftBatch, TargetParts, draw_batch  # noqa: E402

SETTINGS = LiftSettings(minutes=0.0, clips=4, run=12, low_precision=False, dropout=0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("clips")
    for seed in range(4):
        write(place / f"{seed}.npz", clip(seed))
    return place


@pytest.fixture(scope="module")
def batch(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> LiftBatch:
    clips = list(LiftTrainer(folder, tmp_path_factory.mktemp("none"), SETTINGS).clips.values())
    return draw_batch(np.random.default_rng(9), clips, 6, 12, changed=False)


def _losses(trainer: LiftTrainer, batch: LiftBatch) -> dict[str, float]:
    answer = torch.from_numpy(answers_of(trainer.net, batch))
    return {name: float(value) for name, value in losses_of(answer, batch.truth).items()}


def _equal(a: LiftTrainer, b: LiftTrainer) -> bool:
    weights = zip(a.net.state_dict().values(), b.net.state_dict().values(), strict=True)
    first, second = a.optimiser.state_dict()["state"], b.optimiser.state_dict()["state"]
    return all(torch.equal(x, y) for x, y in weights) and all(
        torch.equal(first[key][name], second[key][name])
        for key in first
        for name in ("exp_avg", "exp_avg_sq", "step")
    )


def _steps(trainer: LiftTrainer, count: int, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        trainer._step(rng, list(trainer.clips.values()))
        trainer.steps += 1


def test_a_few_steps_lower_the_loss(folder: Path, tmp_path: Path, batch: LiftBatch) -> None:
    trainer = LiftTrainer(folder, tmp_path, SETTINGS)
    before = _losses(trainer, batch)
    _steps(trainer, 25)
    after = _losses(trainer, batch)
    assert sum(after.values()) < 0.8 * sum(before.values())
    assert after["joints"] < 0.8 * before["joints"]


def test_a_checkpoint_is_gone_on_from(folder: Path, tmp_path: Path, batch: LiftBatch) -> None:
    trainer = LiftTrainer(folder, tmp_path, SETTINGS)
    _steps(trainer, 3)
    trainer.spent_s = 12.5
    trainer.save()
    again = LiftTrainer(folder, tmp_path, SETTINGS)
    assert (again.steps, again.spent_s) == (3, 12.5)
    assert _equal(again, trainer)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    for each in (trainer, again):
        _steps(each, 2, seed=1)
    assert _equal(again, trainer)


def test_the_shape_model_stays_that_of_the_start(folder: Path, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    write(clips / "0.npz", clip(0))
    first = LiftTrainer(clips, tmp_path / "out", SETTINGS)
    first.save()
    write(clips / "1.npz", clip(1))
    again = LiftTrainer(clips, tmp_path / "out", SETTINGS)
    assert len(again.clips) == 2
    assert torch.equal(again.net.time.mean, first.net.time.mean)
    assert torch.equal(again.net.time.directions, first.net.time.directions)


def test_a_save_that_fails_leaves_the_former_one(folder: Path, tmp_path: Path) -> None:
    trainer = LiftTrainer(folder, tmp_path, SETTINGS)
    _steps(trainer, 1)
    trainer.save()
    former = (tmp_path / "checkpoint.pt").read_bytes()
    _steps(trainer, 1)
    (tmp_path / "checkpoint.partial").mkdir()  # nothing can be written there
    with pytest.raises((OSError, RuntimeError)):
        trainer.save()
    assert (tmp_path / "checkpoint.pt").read_bytes() == former
    assert LiftTrainer(folder, tmp_path, SETTINGS).steps == 1


def test_a_save_that_was_cut_off_does_not_matter(folder: Path, tmp_path: Path) -> None:
    trainer = LiftTrainer(folder, tmp_path, SETTINGS)
    trainer.save()
    (tmp_path / "checkpoint.partial").write_bytes(b"half")
    again = LiftTrainer(folder, tmp_path, SETTINGS)
    assert _equal(again, trainer)
    again.save()
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_training_ends_when_its_time_is_over(folder: Path, tmp_path: Path) -> None:
    told: list[tuple[float, Mapping[str, float]]] = []
    trainer = LiftTrainer(folder, tmp_path, LiftSettings(minutes=0.01, clips=2, run=9))
    net = trainer.train(lambda share, losses: told.append((share, losses)))
    assert not net.training
    assert trainer.steps >= 1
    assert trainer.spent_s >= 0.6
    assert told == []  # said about once a minute
    over = LiftTrainer(folder, tmp_path, LiftSettings(minutes=0.01, clips=2, run=9))
    over.train()
    assert over.steps == trainer.steps


@pytest.mark.parametrize("content", [b"", b"nothing", b"PK\x03\x04half"])
def test_a_damaged_checkpoint_is_named(folder: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(content)
    with pytest.raises(InputError, match=r"checkpoint\.pt: the checkpoint cannot be read"):
        LiftTrainer(folder, tmp_path, SETTINGS)


def test_no_clips_no_training(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no training clips"):
        LiftTrainer(tmp_path, tmp_path, SETTINGS)


def _answer(truth: TargetParts) -> Tensor:
    """What a network would say that knows the truth, and is sure of it."""
    inner = slice(4, truth.angles.shape[1] - 4)
    shape = truth.angles[:, inner].shape[:2]
    angles = truth.angles[:, inner]
    bends = angles[..., [ANGLES.index(n) for n in BENDS]] / ANGLE_UNIT_DEG
    turns = np.radians(angles[..., [ANGLES.index(n) for n in TURNS]])
    values = {
        "bends": bends,
        "bend_log_sd": np.full((*shape, len(BENDS)), -4.0),
        "turns": np.stack([np.sin(turns), np.cos(turns)], axis=-1),
        "turn_log_sd": np.full((*shape, len(TURNS)), -4.0),
        "view": truth.tilt[:, inner] / ANGLE_UNIT_DEG,
        "joints": truth.joints[:, inner],
        "curve": truth.curve[:, inner],
        "curve_log_error": np.full((*shape, 1), -6.0),
    }
    answer = np.zeros((*shape, WIDTH), np.float32)
    for name, (where, _) in parts_of().items():
        answer[..., where] = values[name].reshape(*shape, -1)
    laid_out: Tensor = torch.from_numpy(answer)
    return laid_out


def test_nothing_beats_the_truth(batch: LiftBatch) -> None:
    right = {name: float(value) for name, value in losses_of(_answer(batch.truth), batch.truth).items()}
    for name in ("tilt", "joints", "curve"):
        assert right[name] == pytest.approx(0, abs=1e-5)
    torch.manual_seed(0)
    for _ in range(5):
        off = _answer(batch.truth)
        wrong = losses_of(off + 0.1 * torch.randn_like(off), batch.truth)
        assert all(float(value) > right[name] for name, value in wrong.items())


def test_moments_that_nobody_saw_do_not_count(batch: LiftBatch) -> None:
    answer = _answer(batch.truth)
    known = np.ones_like(batch.truth.known)
    known[:, 5] = False
    parts = {name: getattr(batch.truth, name) for name in TargetParts.__dataclass_fields__}
    without = TargetParts(**{**parts, "known": known})
    answer[:, 1] = 1e3  # the moment in question, counted from the fifth
    assert all(float(value) < 1 for value in losses_of(answer, without).values())
    nobody = TargetParts(**{**parts, "known": np.zeros_like(known)})
    assert sum(float(value) for value in losses_of(answer, nobody).values()) == 0.0


@pytest.mark.parametrize("width_deg", [3.0, 12.0])
def test_the_width_that_costs_least_is_that_of_the_errors(batch: LiftBatch, width_deg: float) -> None:
    """Of Laplace errors, whose width is their mean."""
    rng = np.random.default_rng(0)
    answer = _answer(batch.truth)
    where = parts_of()["bends"][0], parts_of()["bend_log_sd"][0]
    noise = rng.laplace(0, width_deg / ANGLE_UNIT_DEG, answer[..., where[0]].shape).astype(np.float32)
    answer[..., where[0]] += torch.from_numpy(noise)
    width = torch.full((), -1.0, requires_grad=True)
    optimiser = torch.optim.Adam([width], 0.05)
    for _ in range(150):
        tried = answer.clone()
        tried[..., where[1]] = width
        optimiser.zero_grad()
        losses_of(tried, batch.truth)["bends"].backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    assert ANGLE_UNIT_DEG * float(torch.exp(width.detach())) == pytest.approx(width_deg, rel=0.15)
