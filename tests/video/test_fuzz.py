"""1,000 damaged copies of real clips: none crashes, hangs, or raises anything but a MitateError.

They are read in worker processes, so that a crash inside FFmpeg is seen here as a failure and not as the end
of the test run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mitate import video

FORMS = [
    ("h264", ".mp4"),
    ("h264", ".mkv"),
    ("hevc", ".mov"),
    ("vp8", ".webm"),
    ("vp9", ".webm"),
    ("av1", ".mp4"),
]
FORMS += [("mpeg4", ".avi")]
MUTATIONS = 1000
BATCHES = 4
LIMIT_S = 60

WORKER = """
import sys
from pathlib import Path
import numpy as np
from mitate import video
from mitate.errors import MitateError

def mutated(data, rng):
    data = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        at = int(rng.integers(0, len(data) or 1))
        length = int(rng.integers(1, 1 + min(64, len(data) or 1)))
        kind = int(rng.integers(0, 5))
        if kind == 0:
            for i in range(at, min(at + length, len(data))):
                data[i] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = rng.bytes(length)
        elif kind == 3 and rng.random() < 0.3:
            del data[at:]
        else:
            source = int(rng.integers(0, len(data) or 1))
            data[at : at + length] = data[source : source + length]
    return bytes(data)

folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
clips = [(path.suffix, path.read_bytes()) for path in sorted(folder.glob("clip_*"))]
read = refused = 0
for seed in range(first, last):
    suffix, data = clips[seed % len(clips)]
    path = folder / f"mutated_{first}{suffix}"
    path.write_bytes(mutated(data, np.random.default_rng(seed)))
    calls = video.probe, lambda p: list(video.frames(p)), lambda p: list(video.frames(p, spacing_s=0.2))
    for call in calls:
        print(seed, path.suffix, file=sys.stdout)
        try:
            call(path)
            read += 1
        except MitateError:
            refused += 1
print("done", read, refused)
"""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    rng = np.random.default_rng(0)
    base = np.kron(rng.integers(0, 255, (12, 12, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    images = [np.roll(base, 3 * n, axis=1) for n in range(12)]
    for n, (codec, suffix) in enumerate(FORMS):
        video.write(folder / f"clip_{n}{suffix}", images, frame_rate=12, codec=codec, gop_s=0.5, quality=32)
    return folder


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_mutation_crashes_or_hangs(clips: Path, batch: int) -> None:
    size = MUTATIONS // BATCHES
    first = batch * size
    command = [sys.executable, "-c", WORKER, str(clips), str(first), str(first + size)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    last_line = done.stdout.rsplit("\n", 2)[-2:]
    assert done.returncode == 0, f"ended with {done.returncode} after {last_line}:\n{done.stderr[-3000:]}"
    assert done.stderr == ""
    word, read, refused = done.stdout.split()[-3:]
    assert word == "done"
    assert int(read) + int(refused) == 3 * size
    assert int(read) > size // 4, "most mutations are refused at the door: the test would test little"
    assert int(refused) > size // 10
