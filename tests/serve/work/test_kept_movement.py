"""What is kept of a movement gives the same measures as the film did."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from tests.serve.work.conftest import EXAMPLES

from mitate.back.assess import assess, assessed
from mitate.errors import InputError
from mitate.plain import plain
from mitate.serve.work.kept_movement import kept, opened
from mitate.serve.work.shown_movement import BONES, skeleton_of


@pytest.mark.usefixtures("weights_ready")
def test_a_film_is_judged_again_without_it() -> None:
    one = assess(EXAMPLES / "films" / "forward-bend.mp4", "forward_bend", age=60, sex="female")
    content = kept(one.track, one.recording)
    assert len(content) < 500_000
    track, recording = opened(content, one.video)
    for part in fields(recording):
        before, after = getattr(one.recording, part.name), getattr(recording, part.name)
        if isinstance(before, np.ndarray):
            np.testing.assert_array_equal(before, after)
        elif part.name.startswith("angle"):
            assert set(before) == set(after)
        else:
            assert before == after
    assert track.report == one.track.report
    assert track.regions == one.track.regions
    again = assessed(track, recording, "forward_bend", age=60, sex="female", model=one.model)
    assert plain(again.as_dict()) == plain(one.as_dict())
    shown = skeleton_of(recording)
    assert len({number for bone in BONES for number in bone}) == len(shown["joints"])
    assert shown["fps"] == pytest.approx(15, abs=3)
    with pytest.raises(InputError):
        opened(content[:-100], Path("film"))
    with pytest.raises(InputError):
        opened(b"", Path("film"))
