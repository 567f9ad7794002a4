from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate.body.lift_input import VECTOR
from mitate.body.lift_output import BENDS, TURNS, WIDTH, mirrored_answer, parts_of
from mitate.body.outline import EDGES_DEG, OutlineModel
from mitate.body.recording import ANGLES, CURVE_POINTS, JOINTS

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from tests.body import outline_scenes as scenes  # noqa: E402
from torch import Tensor  # noqa: E402

from mitate.learn.lift_batches import Clip  # noqa: E402
from mitate.learn.lift_net import MOMENTS, LiftNet  # noqa: E402
from mitate.learn.lift_outline import (  # noqa: E402
    _FACTORS,
    _LEAST,
    _MOST,
    _unplaced,
    held_out_curves,
    outline_numbers,
)

Array = NDArray[np.float64]
Floats = NDArray[np.float32]
EDGE = (MOMENTS - 1) // 2
INNER = 10
BIAS, NOISE = np.linspace(1.0, 2.5, CURVE_POINTS), 0.4
SIZES = np.array([1.5, 1.0])


class Answering(LiftNet):
    """Says of each moment what was written down for it: its number is the place of the nose."""

    def __init__(self, answers: Floats) -> None:
        mean, directions = np.zeros(2 * CURVE_POINTS, np.float32), np.eye(2 * CURVE_POINTS, dtype=np.float32)
        super().__init__((mean, directions), (np.zeros(VECTOR, np.float32), np.ones(VECTOR, np.float32)))
        self.answers = answers

    def forward(self, vectors: Tensor, patches: Tensor, low_precision: bool = False) -> Tensor:
        """Answers for the inner moments; of mirrored rows those of a mirrored body."""
        number = vectors[:, EDGE:-EDGE, 0].numpy().round().astype(int)
        said = self.answers[np.abs(number) - 1]
        turned = mirrored_answer(said.reshape(-1, WIDTH)).reshape(said.shape)
        answers: Tensor = torch.from_numpy(np.where(number[..., None] < 0, turned, said))
        return answers


def answer_of(curve: Array, view: scenes.View) -> Floats:
    """(WIDTH,)"""
    lifted, where = scenes.told(curve[None], view), parts_of()
    found = np.zeros(WIDTH)
    found[where["joints"][0]] = lifted.joints.ravel()
    found[where["curve"][0]] = curve.ravel() / 100
    found[where["view"][0]] = np.array(view[1:]) / 30
    found[where["curve_log_error"][0]] = np.log(0.012)
    turn = np.radians(view[0])
    found[where["turns"][0]] = np.tile([np.sin(turn), np.cos(turn)], 2)
    assert len(BENDS) + len(TURNS) == len(ANGLES)
    return found.astype(np.float32)


def true_modes(curve: Array) -> Array:
    return SIZES[:, None, None] * (scenes.modes_of(curve)[:2] / [[[2.0]], [[1.0]]])


def made(
    seed: int,
    turns: list[float],
    *,
    bias: Array | float = BIAS,
    looseness: float = 0.0,
    first: int = 1,
    blank: bool = False,
) -> tuple[list[Clip], Floats]:
    """A clip for each view, and the answers to all of them; moments are numbered from `first` on."""
    rng = np.random.default_rng(seed)
    clips: list[Clip] = []
    answers: list[Floats] = []
    for turn in turns:
        view = (turn, float(rng.normal(0, 4)), float(rng.normal(0, 2)))
        moments = INNER + 2 * EDGE
        vectors = np.zeros((moments, VECTOR), np.float32)
        vectors[:, -5] = 1.0
        patches = np.zeros((moments, 64, 64), np.uint8)
        truth = np.zeros((moments, CURVE_POINTS, 2))
        for i in range(moments):
            true = scenes.back(10.0 + 2 * i)
            wrong = true - np.einsum("m,mij->ij", rng.normal(size=2), true_modes(true))
            centre = scenes.centre_of(true, view)
            places = scenes.laid(true, view) + rng.normal(0, 1.0, 2)
            edge = bias + NOISE * rng.normal(size=CURVE_POINTS)
            if not blank:
                patches[i] = scenes.silhouette(places, edge, view, centre)
            vectors[i, 0], vectors[i, -4:-2] = first + len(answers), centre
            answers.append(answer_of(wrong, view))
            truth[i] = true / 100
        angles = np.zeros((moments, len(ANGLES)), np.float32)
        angles[:, ANGLES.index("pelvis_rotation")] = turn
        clips.append(
            Clip(
                vectors=vectors,
                patches=patches,
                seen=np.ones(moments, bool),
                angles=angles,
                joints=np.zeros((moments, len(JOINTS), 3), np.float32),
                curve=truth.astype(np.float32),
                points=np.zeros((moments, 33, 3), np.float32),
                view=np.array(view, np.float32),
                looseness=looseness,
            )
        )
    return clips, np.stack(answers)


SIDE_ON = [90.0, -90.0, 84.0, -97.0, 100.0, -80.0, 90.0, 95.0]


@pytest.fixture(scope="module")
def people() -> tuple[list[Clip], LiftNet]:
    clips, answers = made(1, SIDE_ON)
    return clips, Answering(answers).eval()


@pytest.fixture(scope="module")
def numbers(people: tuple[list[Clip], LiftNet]) -> dict[str, list[list[float]]]:
    return outline_numbers(people[1], people[0])


def test_what_skin_adds_comes_back(numbers: dict[str, list[list[float]]]) -> None:
    bias = np.array(numbers["bias"])
    assert bias.shape == (len(EDGES_DEG) - 1, CURVE_POINTS)
    # 80 moments, each laid a little elsewhere
    np.testing.assert_allclose(bias[0], BIAS, atol=0.6)
    assert np.sqrt(np.mean((bias[0] - BIAS) ** 2)) < 0.3
    np.testing.assert_array_equal(bias[1:], 0.0)  # nobody was seen from there
    sd = np.array(numbers["sd"])
    assert (sd[1:] == _MOST).all()


def test_the_noise_comes_back_times_a_factor(numbers: dict[str, list[list[float]]]) -> None:
    sd = np.array(numbers["sd"][0])
    assert (sd >= _LEAST).all()
    factors = np.median(sd) / (np.array(_FACTORS) * NOISE)
    assert np.abs(np.log(factors)).min() < 0.35
    assert np.median(sd) < 3.5 * NOISE  # it is worth looking at


def test_how_curves_go_wrong_comes_back(
    numbers: dict[str, list[list[float]]], people: tuple[list[Clip], LiftNet]
) -> None:
    modes = np.array(numbers["modes"])
    assert modes.shape == (8, 2 * CURVE_POINTS)
    inner = range(EDGE, INNER + EDGE)
    put_in = [true_modes(scenes.back(10.0 + 2 * i)).reshape(2, -1) for i in inner]
    expected = np.mean([one.T @ one for one in put_in], axis=0)
    found = modes.T @ modes
    assert np.trace(found) == pytest.approx(np.trace(expected), rel=0.35)
    assert np.linalg.norm(found - expected) < 0.4 * np.linalg.norm(expected)
    np.testing.assert_allclose(modes[:, -2:], 0.0, atol=1e-4)  # S1 is the origin of both
    sizes = np.linalg.norm(modes, axis=1)
    assert (np.diff(sizes) <= 1e-4).all()


def test_people_that_nobody_measured_are_set_right(
    numbers: dict[str, list[list[float]]],
) -> None:
    others, answers = made(2, [88.0, -93.0])
    net = Answering(answers).eval()
    blind = OutlineModel.of({"outline": {**numbers, "sd": (1e4 * np.array(numbers["sd"])).tolist()}})
    before, _ = held_out_curves(net, others, blind)
    after, told = held_out_curves(net, others, OutlineModel.of({"outline": numbers}))
    assert after.shape == told.shape == (2 * INNER,)
    assert after.mean() < 0.7 * before.mean()
    assert (told > 0).all()
    assert (told < 1.2).all()  # the network said 1.2


def test_wide_clothes_do_not_tell_what_skin_adds(
    numbers: dict[str, list[list[float]]], people: tuple[list[Clip], LiftNet]
) -> None:
    clips, net = people
    assert isinstance(net, Answering)
    loose, answers = made(3, [90.0, -90.0], bias=4.0, looseness=0.7, first=1 + len(net.answers))
    both = Answering(np.concatenate([net.answers, answers])).eval()
    assert outline_numbers(both, clips + loose)["bias"] == numbers["bias"]


def test_moments_without_the_person_say_nothing(people: tuple[list[Clip], LiftNet]) -> None:
    clips, net = people
    seen = np.ones(INNER + 2 * EDGE, bool)
    seen[EDGE : EDGE + 4] = False
    some = [replace(clips[0], seen=seen)]
    numbers = outline_numbers(net, some)
    off, told = held_out_curves(net, some, OutlineModel.of({"outline": numbers}))
    assert len(off) == len(told) == INNER - 4
    assert len(numbers["modes"]) == INNER - 4


def test_pictures_without_an_outline_make_it_count_for_nothing() -> None:
    clips, answers = made(4, [90.0], blank=True)
    numbers = outline_numbers(Answering(answers).eval(), clips)
    assert (np.array(numbers["sd"]) == _MOST).all()
    assert (np.array(numbers["bias"]) == 0).all()


def test_a_shift_of_all_is_taken_away_and_an_arm_left() -> None:
    curve = scenes.back(30.0)
    normal = scenes.towards_back(curve)
    offset = normal @ np.array([2.0, -1.0])
    np.testing.assert_allclose(_unplaced(offset, normal), 0.0, atol=0.05)
    offset[5:8] += 4.0
    rest = _unplaced(offset, normal)
    np.testing.assert_allclose(rest[5:8], 4.0, atol=0.6)
    assert np.abs(np.delete(rest, [5, 6, 7])).max() < 0.5
    offset[3] = np.nan
    np.testing.assert_array_equal(np.isnan(_unplaced(offset, normal)), np.isnan(offset))
    offset[:10] = np.nan
    assert np.isnan(_unplaced(offset, normal)).all()
