from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mitate.edema.study.answers import read_answers, write_answers
from mitate.edema.study.method import Answer


def _answers(frames: list[int], seed: int) -> list[Answer]:
    rng = np.random.default_rng(seed)
    made = []
    for count in frames:
        excess, chance, doubt, low, high = rng.normal(size=5)
        a, b, c, d = rng.normal(size=(4, count))
        interval = (float(low), float(high))
        made.append(Answer(float(excess), float(chance), interval, a, b, c, d, float(doubt)))
    return made


@given(frames=st.lists(st.integers(1, 5), min_size=1, max_size=6), seed=st.integers(0, 9))
def test_what_is_written_is_read_bit_for_bit(frames: list[int], seed: int, tmp_path_factory: object) -> None:
    made = _answers(frames, seed)
    path = Path(str(tmp_path_factory.mktemp("answers"))) / "deep" / "one.npz"  # type: ignore[attr-defined]
    write_answers(path, made)
    read = read_answers(path)
    assert read is not None
    for one, other in zip(made, read, strict=True):
        for name in Answer.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert [file.name for file in path.parent.iterdir()] == ["one.npz"]


def test_what_is_missing_cut_short_or_foreign_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.npz"
    assert read_answers(path) is None
    write_answers(path, _answers([2, 3], 0))
    whole = path.read_bytes()
    for content in (b"", whole[:50], whole[: len(whole) // 2], whole[:-5], b"not a zip at all"):
        path.write_bytes(content)
        assert read_answers(path) is None
    np.savez(path, other=np.zeros(2))
    assert read_answers(path) is None
    np.savez(path, excess_kg=np.array([{}], dtype=object))  # nothing is ever unpickled
    assert read_answers(path) is None
