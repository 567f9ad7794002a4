"""Run facial diagnosis' benchmarks: ``python -m benchmarks.diagnosis [NAME ...]``; without a name, all.

Each writes its rows into docs/benchmarks/diagnosis.json; those on real photographs need the shared data:

- ``orl``: identity from one photo a person on 40 real people, beside the correlation of pixels.
- ``small_faces``: the same with faces shrunk down to 16 pixels across; and a picture of it.
- ``peer``: the same photos through face_recognition (dlib), if MITATE_DLIB_PYTHON names its interpreter.
- ``strangers``: pictures that are no face, and faces of nobody in the classes, through the whole chain; the
  photographs of animals come out of Python packages, which pip fetches.
- ``speed``: from a face to ranked classes on one core; for when nothing else runs.
- ``five_classes``, ``strengths``, ``learning_curve``, ``sets_and_strangers``, ``planted_leak``,
  ``planted_duplicate``, ``rare_classes``, ``whole_command``: on simulated people
  (`benchmarks.diagnosis_simulated`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.parts import Part, absent, run, write
from mitate.figures import read_figures

OUT = Path(__file__).parents[1] / "docs" / "benchmarks" / "diagnosis.json"


def orl(out: Path) -> None:
    """Identity on real photographs from one photo a person."""
    from benchmarks import orl as faces

    if not absent(faces.DATA):
        write(out, faces.figures(*faces.photos()))


def small_faces(out: Path) -> None:
    """The same with faces shrunk, and a picture."""
    from benchmarks import orl as faces
    from benchmarks import orl_small

    if absent(faces.DATA):
        return
    images, who = faces.photos()
    write(out, orl_small.figures(images, who))
    _draw(out)


def peer(out: Path) -> None:
    """The same photos through face_recognition, and both programs' time."""
    from benchmarks import face_recognition_peer
    from benchmarks import orl as faces

    if not absent(faces.DATA):
        write(out, face_recognition_peer.figures(*faces.photos()))
        _draw(out)


def strangers(out: Path) -> None:
    """Cats, things and nobody of the classes, through the whole chain."""
    from benchmarks import orl as faces
    from benchmarks import strangers as pictures
    from benchmarks import strangers_to_real_faces
    from benchmarks.diagnosis_model import LEARNED_FROM, simulated_model
    from mitate.diagnosis.model_files import load_model

    write(out, pictures.figures(load_model(simulated_model()), LEARNED_FROM))
    if not absent(faces.DATA):
        write(out, strangers_to_real_faces.figures())


def speed(out: Path) -> None:
    """From a face to ranked classes on one core."""
    from benchmarks import diagnosis_speed
    from benchmarks.diagnosis_model import simulated_model

    if not absent(diagnosis_speed.PHOTO):
        write(out, diagnosis_speed.figures(simulated_model()))


def _simulated(name: str) -> Callable[[Path], None]:
    def part(out: Path) -> None:
        from benchmarks.diagnosis_simulated import SIMULATED

        write(out, SIMULATED[name]())

    return part


def _draw(out: Path) -> None:
    from benchmarks import orl_small

    orl_small.picture(read_figures(out), OUT.parents[1] / "pictures" / "diagnosis-small-faces.png")


ON_SIMULATED_PEOPLE = (
    *("five_classes", "strengths", "learning_curve", "sets_and_strangers"),
    *("planted_leak", "planted_duplicate", "rare_classes", "whole_command"),
)

PARTS: dict[str, Part] = {
    "orl": orl,
    "small_faces": small_faces,
    "peer": peer,
    "strangers": strangers,
    **{name: _simulated(name) for name in ON_SIMULATED_PEOPLE},
    "speed": speed,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks."""
    return run(names, PARTS, OUT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
