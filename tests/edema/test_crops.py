from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mitate.edema.crops import CropSession, CropStore, is_crop_store, open_crops, write_shard
from mitate.errors import InputError


def shard(
    root: Path, name: str, counts: list[int], seed: int = 0, size: int = 8, source: str = "simulated"
) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(seed)
    parts = [rng.integers(0, 256, (count, size, size, 3)).astype(np.uint8) for count in counts]
    sessions = [
        CropSession(f"{name}{i % 2}", f"s{i}", i, "pre", 1.5, None, "F", 70, sum(counts[:i]), count)
        for i, count in enumerate(counts)
    ]
    write_shard(root, name, np.concatenate(parts), sessions, source)
    return parts


@given(counts=st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=3))
def test_each_session_gets_its_own_crops_back(
    tmp_path_factory: pytest.TempPathFactory, counts: list[list[int]]
) -> None:
    root = tmp_path_factory.mktemp("store")
    written = [part for i, row in enumerate(counts) for part in shard(root, f"p{i}", row, seed=i)]
    store = open_crops(root)
    assert len(store) == sum(map(sum, counts))
    assert (store.size, store.trained_on) == (8, "simulated")
    for session, crops in zip(store.sessions, written, strict=True):
        np.testing.assert_array_equal(store.crops(session), crops)
    np.testing.assert_array_equal(np.concatenate(list(store.blocks())), np.concatenate(written))


def test_some_people_only(tmp_path: Path) -> None:
    written = shard(tmp_path, "p", [2, 3, 1])
    store = open_crops(tmp_path)
    assert store.participants == ("p0", "p1")
    one: CropStore = store.only(["p1"])
    assert [s.session_id for s in one.sessions] == ["s1"]
    np.testing.assert_array_equal(one.crops(one.sessions[0]), written[1])


def test_half_a_shard_is_no_shard(tmp_path: Path) -> None:
    shard(tmp_path, "a", [2])
    shard(tmp_path, "b", [3])
    (tmp_path / "b.json").unlink()
    (tmp_path / ".c.npy.part").write_bytes(b"half")
    assert len(open_crops(tmp_path)) == 2


def test_an_empty_folder_is_no_store(tmp_path: Path) -> None:
    assert not is_crop_store(tmp_path)
    with pytest.raises(InputError, match="no face crops"):
        open_crops(tmp_path)


def test_a_cohort_is_no_store(tmp_path: Path) -> None:
    shard(tmp_path, "a", [1])
    assert is_crop_store(tmp_path)
    (tmp_path / "sessions.tsv").write_text("", encoding="utf-8")
    assert not is_crop_store(tmp_path)


@pytest.mark.parametrize("other", [{"size": 16}, {"source": "clinic"}])
def test_shards_that_do_not_belong_together(tmp_path: Path, other: dict[str, object]) -> None:
    shard(tmp_path, "a", [1])
    shard(tmp_path, "b", [1], **other)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="mixed"):
        open_crops(tmp_path)


@pytest.mark.parametrize("text", ["", "[1]", "{}", json.dumps({"sessions": [{"who": 1}]})])
def test_a_damaged_index(tmp_path: Path, text: str) -> None:
    shard(tmp_path, "a", [1])
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="not an index"):
        open_crops(tmp_path)
