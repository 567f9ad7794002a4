from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mitate import weights
from mitate.errors import WeightsError
from mitate.weights import store


def test_cache_is_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MITATE_CACHE", str(tmp_path / "x"))
    assert weights.cache_dir() == tmp_path / "x"
    monkeypatch.setenv("MITATE_CACHE", "~/x")
    assert weights.cache_dir() == Path.home() / "x"


def test_cache_is_the_users_own_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MITATE_CACHE", raising=False)
    assert weights.cache_dir().name == "mitate"
    assert weights.cache_dir().is_absolute()


def test_an_empty_cache_lacks_everything(cache: Path) -> None:
    assert {check.state for check in weights.verify()} == {"missing"}
    assert not cache.exists(), "looking must not write"


def test_an_optional_weight_is_not_lacking_but_may_be_damaged(cache: Path) -> None:
    assert "efficientnet_lite0" not in {check.name for check in weights.verify()}
    place = store.path(weights.find("efficientnet_lite0"))
    place.parent.mkdir(parents=True)
    place.write_bytes(b"x")
    assert {check.name: check.state for check in weights.verify()}["efficientnet_lite0"] == "damaged"


def test_a_change_of_one_byte_is_seen(cache: Path, package: Any) -> None:
    plain = package.weights[0]
    store.path(plain).parent.mkdir(parents=True)
    data = package.members[plain.member]
    store.path(plain).write_bytes(data)
    assert weights.check(plain).state == "ok"
    store.path(plain).write_bytes(bytes([data[0] ^ 1]) + data[1:])
    assert weights.check(plain).state == "damaged"
    assert "sha256" in weights.check(plain).reason
    store.path(plain).write_bytes(data[:-1])
    assert f"{len(data) - 1:,} bytes instead of {len(data):,}" in weights.check(plain).reason


@pytest.mark.parametrize("note", ["", "{", "[]", '{"bytes": 3}', '{"bytes": "x", "sha256": "y"}'])
def test_a_derived_file_without_a_usable_note_is_damaged(cache: Path, package: Any, note: str) -> None:
    net = package.weights[1]
    store.path(net).parent.mkdir(parents=True)
    store.path(net).write_bytes(b"abc")
    assert weights.check(net).state == "damaged"
    store.manifest_path(net).write_text(note)
    assert weights.check(net).state == "damaged"


def test_a_cache_that_cannot_be_read_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MITATE_CACHE", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot be read"):
        weights.verify()
