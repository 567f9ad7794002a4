from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mitate.errors import InputError

torch = pytest.importorskip("torch", reason="the train extra is not installed")

from mitate.learn.batches import TrainingSet  # noqa: E402
from mitate.learn.pretrain_settings import OBJECTIVES, PretrainSettings  # noqa: E402
from mitate.learn.trainer import Trainer  # noqa: E402

SETTINGS = PretrainSettings(
    objective="both", size=16, dim=8, epochs=3, people=4, sessions=3, queue=20, low_precision=False
)


def _equal(a: Trainer, b: Trainer) -> bool:
    weights = zip(a.encoder.state_dict().values(), b.encoder.state_dict().values(), strict=True)
    slow = zip(a.slow.state_dict().values(), b.slow.state_dict().values(), strict=True)
    return (
        all(torch.equal(x, y) for pairs in (weights, slow) for x, y in pairs)
        and torch.equal(a.score.weight, b.score.weight)
        and torch.equal(a.keys, b.keys)
    )


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_lowers_its_loss(training_set: TrainingSet, objective: str) -> None:
    settings = replace(SETTINGS, objective=objective, epochs=12, momentum=0.9)
    history = Trainer(training_set, settings, None).run()
    assert len(history) == 12
    assert np.isfinite(history).all()
    if objective in ("change", "both"):
        assert np.mean(history[-2:]) < 0.7 * history[0]
    else:  # a queue that fills makes contrast harder at first
        assert np.mean(history[-2:]) < max(history)


def test_the_same_seed_gives_the_same_network(training_set: TrainingSet) -> None:
    first, second = (Trainer(training_set, SETTINGS, None) for _ in range(2))
    first.run()
    torch.manual_seed(99)  # the state of torch outside does not matter
    second.run()
    other = Trainer(training_set, replace(SETTINGS, seed=1), None)
    other.run()
    assert _equal(first, second)
    assert not _equal(first, other)


class _StopError(Exception):
    pass


@pytest.mark.parametrize("at", [1, 4, 5])
def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(
    training_set: TrainingSet, tmp_path: Path, at: int
) -> None:
    def stop(step: int, steps: int, losses: Mapping[str, float]) -> None:
        if step == at:
            raise _StopError

    whole = Trainer(training_set, SETTINGS, None)
    whole.run()
    with pytest.raises(_StopError):
        Trainer(training_set, SETTINGS, tmp_path).run(stop, checkpoint_every_s=0.0)
    rest = Trainer(training_set, SETTINGS, tmp_path)
    assert rest.step == at - 1
    rest.run()
    assert rest.step == whole.step
    assert _equal(whole, rest)


_CHILD = """
import sys, time, numpy, torch
from mitate.learn.batches import TrainingSet
from mitate.learn.pretrain_settings import PretrainSettings
from mitate.learn.trainer import Trainer
from pathlib import Path
arrays = numpy.load(sys.argv[1])
data = TrainingSet(*(arrays[n] for n in ("crops", "person", "session", "phase", "excess_kg")), "test")
settings = PretrainSettings(objective="both", size=16, dim=8, epochs=3, people=4, sessions=3, queue=20,
                            low_precision=False)
def tell(step, steps, losses):
    print(step, flush=True)
    time.sleep(0.05)
Trainer(data, settings, Path(sys.argv[2])).run(tell, checkpoint_every_s=0.0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_a_killed_run_goes_on(training_set: TrainingSet, tmp_path: Path) -> None:
    names = ("crops", "person", "session", "phase", "excess_kg")
    np.savez(tmp_path / "data.npz", **{name: getattr(training_set, name) for name in names})
    command = [sys.executable, "-c", _CHILD, str(tmp_path / "data.npz"), str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) == 4:
                child.send_signal(signal.SIGKILL)
                break
    assert child.returncode == -signal.SIGKILL
    whole = Trainer(training_set, SETTINGS, None)
    whole.run()
    rest = Trainer(training_set, SETTINGS, tmp_path / "run")
    assert 3 <= rest.step < whole.step or rest.step == whole.total_steps
    rest.run()
    assert _equal(whole, rest)


def test_a_checkpoint_of_another_run_is_refused(training_set: TrainingSet, tmp_path: Path) -> None:
    Trainer(training_set, SETTINGS, tmp_path).save()
    with pytest.raises(InputError, match="other settings"):
        Trainer(training_set, replace(SETTINGS, learning_rate=1e-4), tmp_path)
    fewer, _ = training_set.split(0.25, 0)
    with pytest.raises(InputError, match="other data"):
        Trainer(fewer, SETTINGS, tmp_path)
    Trainer(training_set, replace(SETTINGS, threads=2), tmp_path)  # threads do not change what is learned
    torch.set_num_threads(1)


def test_a_training_goes_on_from_another_with_further_people(
    training_set: TrainingSet, tmp_path: Path
) -> None:
    first = Trainer(training_set, SETTINGS, tmp_path / "first")
    first.run()
    more, start = training_set.and_also(training_set), tmp_path / "first" / "checkpoint.pt"
    second = Trainer(more, SETTINGS, tmp_path / "second", start)
    assert second.step == 0
    assert second.data.people == 2 * training_set.people
    weights = zip(first.encoder.state_dict().values(), second.encoder.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in weights)
    second.run()
    third = Trainer(more, SETTINGS, None)
    third.run()
    assert not _equal(second, third)
    with pytest.raises(InputError, match="other settings or other data"):
        Trainer(more, SETTINGS, tmp_path / "second")
    with pytest.raises(InputError, match="another network"):
        Trainer(more, replace(SETTINGS, dim=5), None, start)
