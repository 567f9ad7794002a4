from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mitate.errors import MissingExtraError
from mitate.simulate import anny_model


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "warp", None)
    with pytest.raises(MissingExtraError, match=r"mitate\[simulate\]"):
        anny_model.load_anny()


def test_a_build_that_fails_leaves_nothing_and_the_next_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(cache: Path, part: str, *, stop: bool) -> None:
        for name in ("load_data_1.safetensors", "build_compact_model_data_1.safetensors"):
            (cache / "v14").mkdir(exist_ok=True)
            (cache / "v14" / name).write_bytes(b"whole")
            if stop:
                raise KeyboardInterrupt

    folder = tmp_path / "cache" / "anny"
    monkeypatch.setattr(anny_model, "_load", lambda cache, part: load(cache, part, stop=True))
    with pytest.raises(KeyboardInterrupt):
        anny_model._build(folder, "head")
    assert [p.name for p in folder.parent.iterdir()] == ["anny.lock"]
    (folder.parent / ".anny.killed" / "v14").mkdir(parents=True)
    monkeypatch.setattr(anny_model, "_load", lambda cache, part: load(cache, part, stop=False))
    anny_model._build(folder, "head")
    assert sorted(p.name for p in folder.parent.iterdir()) == ["anny", "anny.lock"]
    assert [p.name for p in folder.rglob("*.safetensors")] == ["build_compact_model_data_1.safetensors"]
    monkeypatch.setattr(anny_model, "_load", lambda cache, part: pytest.fail("built again"))
    anny_model._build(folder, "head")
