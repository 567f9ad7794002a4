"""Draw docs/pictures/back-measure.png: what `mitate back measure --out` draws of the example film.

Run from the repository: ``python docs/pictures/back_measure.py``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np

from mitate import video
from mitate.back.assess import assess
from mitate.back.outputs import write_results
from mitate.cli.printing import plain

ROOT = Path(__file__).resolve().parents[2]
FILM = ROOT / "examples" / "films" / "forward-bend.mp4"


def main() -> None:
    """Measure, annotate, and keep the moments of standing and of the first peak side by side."""
    found = assess(FILM, "forward_bend", age=67, sex="male", height_m=1.76)
    first = found.measures.phases[0]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        write_results(found, out, plain(found.as_dict()))
        frames = list(video.frames(out / "annotated.mp4"))
        wanted = (first.start_s, first.peak_s)
        shown = [min(frames, key=lambda frame: abs(frame.time_s - at)).image for at in wanted]
    picture = np.hstack(shown)
    cv2.imwrite(str(Path(__file__).with_name("back-measure.png")), picture[..., ::-1])


if __name__ == "__main__":
    main()
