"""Run the body's benchmarks: ``python -m benchmarks.body [NAME ...]``; without a name, all of them.

Each writes its rows into docs/benchmarks/body.json; those on recorded data need the shared data:

- ``people``, ``conditions``: simulated people whom the lift has not seen; they are filmed first, in an hour,
  and kept in build/simulated-people.
- ``opensim``: joint angles against OpenSim's.
- ``cmu``: recorded movements, projected into virtual cameras all around and lifted.
- ``cameras``: one man filmed by four cameras at once.
- ``squats``: repetitions on a real clip.
- ``speed``: a 1080p clip beside MediaPipe's own Pose, if MITATE_MEDIAPIPE_PYTHON names its interpreter; for
  when nothing else runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.opensim_angles import DATA, Difference, anatomy, definitions, model_markers, recorded_trials
from benchmarks.parts import Part, absent, run, write
from mitate.body.clip import PoseTrack
from mitate.body.recording import Recording
from mitate.errors import WeightsError
from mitate.figures import Figure

OUT = Path(__file__).parents[1] / "docs" / "benchmarks" / "body.json"
_BUILD = Path(__file__).parents[1] / "build" / "bench"
_BAR_DEG = 1.0


def opensim(out: Path) -> None:
    """Joint angles against OpenSim's: largest and every single difference, in degrees."""
    if absent(DATA):
        return
    trial = model_markers()
    own = f"opensim_reference, {trial.name}, the model's own markers"
    exact, points = definitions(trial), anatomy(trial)
    figures = [
        _worst("angle definitions", exact, "rms", f"{own}, {_frames(exact)}", _BAR_DEG),
        _worst("anatomical frames", points, "rms", f"{own}, {_frames(points)}", None),
        _worst(
            "anatomical frames, constant taken off", points, "rest", f"{own}, {_frames(points)}", _BAR_DEG
        ),
    ]
    for name, one in points.items():
        figures.append(_row(f"anatomical frames, {name}: RMS difference", one.rms, own))
        figures.append(_row(f"anatomical frames, {name}: constant", one.mean, own))
    for recorded in recorded_trials():
        found = definitions(recorded)
        data = f"opensim_reference, {recorded.name}, recorded markers, {_frames(found)}"
        for name, one in found.items():
            figures.append(_row(f"{recorded.name}, {name}: RMS difference", one.rms, data, _BAR_DEG))
    write(out, figures)


def people(out: Path) -> None:
    """Angles and curves on simulated people from every side, beside BlazePose's own; and a picture of it."""
    from benchmarks import body_lift

    if _lift() is not None:
        found = body_lift.all_errors()
        write(out, body_lift.figures(found))
        body_lift.yaw_picture(found, OUT.parents[1] / "pictures" / "body-yaw.png")


def conditions(out: Path) -> None:
    """Conditions of the same people against the truth, and between two angles."""
    from benchmarks import filmed_conditions

    if _lift() is not None:
        write(out, filmed_conditions.condition_figures())


def cmu(out: Path) -> None:
    """The lift's angles against CMU's for every virtual camera, as projected and with a detector's noise."""
    from benchmarks import cmu_errors, cmu_motion, virtual_cameras

    lift = _lift()
    if lift is None or absent(cmu_motion.DATA):
        return
    views = virtual_cameras.cameras()
    for name in cmu_motion.TRIALS:
        movement = cmu_motion.load(name)
        for noisy in (False, True):
            found = cmu_errors.errors(movement, lift, views, seed=0 if noisy else None)
            write(out, cmu_errors.figures(found, noisy=noisy, yaws=noisy and name == "02_06"))


def cameras(out: Path) -> None:
    """Four films of the same instants: how far the angles agree with each other, and with two references."""
    from benchmarks import four_cameras
    from mitate.body.read import Networks

    if not absent(four_cameras.DATA):
        write(out, four_cameras.figures(four_cameras.read_films(Networks.load()), _lift()))


def squats(out: Path) -> None:
    """Repetitions on a real clip."""
    from benchmarks import squats as clip
    from mitate.body.read import read_poses

    lift = _lift()
    if lift is not None and not absent(clip.FILM):
        write(out, clip.figures(lift(read_poses(clip.FILM, masks=True))))


def speed(out: Path) -> None:
    """A 1080p clip through the whole chain, beside MediaPipe."""
    from benchmarks import body_speed

    if not absent(body_speed.SOURCE):
        write(out, body_speed.run(body_speed.film(_BUILD), chain=_lift() is not None))


def _lift() -> Callable[[PoseTrack], Recording] | None:
    """The lift with the committed network; None, and said so, where there is none."""
    from mitate.body.lift import LiftModel, lift

    try:
        LiftModel.load()
    except WeightsError as error:
        print(f"without the lift: {error}", file=sys.stderr)
        return None
    return lift


def _worst(name: str, found: dict[str, Difference], which: str, data: str, bar: float | None) -> Figure:
    value = max(float(getattr(one, which)) for one in found.values())
    return _row(f"{name}: largest RMS difference of {len(found)} coordinates", value, data, bar)


def _row(name: str, value: float, data: str, bar: float | None = None) -> Figure:
    return Figure(f"OpenSim, {name}", value, "degrees", None, None, 1, data, bar, at_least=False)


def _frames(found: dict[str, Difference]) -> str:
    return f"{next(iter(found.values())).frames} frames"


PARTS: dict[str, Part] = {
    "people": people,
    "conditions": conditions,
    "opensim": opensim,
    "cmu": cmu,
    "cameras": cameras,
    "squats": squats,
    "speed": speed,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks."""
    return run(names, PARTS, OUT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
