from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from argon2.low_level import Type, hash_secret_raw
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from mitate.errors import InputError
from mitate.record import outer
from mitate.record.errors import RecordError
from mitate.record.master import KEYS, open_vault, protect, read_keys
from mitate.record.opened import open_record

WORDS = "correct horse battery staple"


class Store(KeyringBackend):
    """A key store that forgets with the process."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(outer.PASSPHRASE, raising=False)
    monkeypatch.setattr(outer, "default_key_file", lambda record: tmp_path / "config" / f"{record}.key")
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "record"


def test_a_passphrase_opens_what_it_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = open_vault(folder, WORDS)
    assert open_vault(folder, WORDS).master == vault.master
    with pytest.raises(RecordError, match="the passphrase is wrong"):
        open_vault(folder, WORDS + "!")
    with pytest.raises(RecordError, match="opened by its passphrase"):
        open_vault(folder)
    monkeypatch.setenv(outer.PASSPHRASE, WORDS)
    assert open_vault(folder).master == vault.master
    kept = (folder / KEYS).read_text()
    assert vault.master.hex() not in kept
    assert vault.check_value not in kept
    if sys.platform != "win32":
        assert (folder / KEYS).stat().st_mode & 0o077 == 0


def test_the_environment_alone_makes_a_record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(outer.PASSPHRASE, WORDS)
    open_vault(folder)
    assert read_keys(folder).way == "passphrase"


def test_the_parameters_are_those_of_the_rfc(folder: Path) -> None:
    open_vault(folder, WORDS)
    kdf = read_keys(folder).kdf
    assert (kdf["passes"], kdf["memory_kib"], kdf["lanes"]) == (3, 65536, 4)
    assert len(bytes.fromhex(kdf["salt"])) == 16


def test_argon2id_against_the_vector_of_another_implementation() -> None:
    # phc-winner-argon2, src/test.c: argon2id, t=2, m=2^8 KiB, p=1, "password", "somesalt".
    kdf = {"name": "argon2id", "salt": b"somesalt".hex(), "passes": 2, "memory_kib": 256, "lanes": 1}
    expected = "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"
    assert outer.from_passphrase("password", kdf).raw.hex() == expected
    assert hash_secret_raw(b"password", b"somesalt", 2, 256, 1, 32, Type.ID).hex() == expected


def test_a_passphrase_is_the_same_from_every_keyboard() -> None:
    kdf = {**outer.new_kdf(), "memory_kib": 64, "passes": 1}
    typed = ["パスフレーズ１２", "ﾊﾟｽﾌﾚｰｽﾞ12"]
    assert outer.from_passphrase(typed[0], kdf) == outer.from_passphrase(typed[1], kdf)


def test_a_short_passphrase_is_refused_and_makes_nothing(folder: Path) -> None:
    with pytest.raises(InputError, match="10 characters"):
        open_vault(folder, "short")
    assert not (folder / KEYS).exists()


def test_a_changed_passphrase_seals_nothing_anew(folder: Path) -> None:
    vault = open_vault(folder, WORDS)
    record = open_record(folder, vault)
    before = (folder / "mitate.sqlite3").read_bytes()
    protect(folder, vault, passphrase="another long passphrase")
    assert open_vault(folder, "another long passphrase").master == vault.master
    with pytest.raises(RecordError, match="wrong"):
        open_vault(folder, WORDS)
    assert (folder / "mitate.sqlite3").read_bytes() == before
    record.close()


def test_a_family_gets_a_key_file_outside_the_record(folder: Path, tmp_path: Path) -> None:
    vault = open_vault(folder)
    (key_file,) = (tmp_path / "config").iterdir()
    assert open_vault(folder).master == vault.master
    with pytest.raises(RecordError, match="has no passphrase"):
        open_vault(folder, WORDS)
    if sys.platform != "win32":
        assert key_file.stat().st_mode & 0o777 == 0o600
        key_file.chmod(0o644)
        with pytest.raises(RecordError, match="others may read"):
            open_vault(folder)
        key_file.chmod(0o600)
    moved = key_file.rename(tmp_path / "stick.key")
    with pytest.raises(RecordError, match="key file is missing"):
        open_vault(folder)
    assert open_vault(folder, key_file=moved).master == vault.master
    moved.write_text("00" * 32)
    with pytest.raises(RecordError, match="another record's"):
        open_vault(folder, key_file=moved)
    for damaged in ("00" * 31, "no key"):
        moved.write_text(damaged)
        with pytest.raises(RecordError, match="no key file"):
            open_vault(folder, key_file=moved)


def test_a_key_file_that_was_named_is_found_again(folder: Path, tmp_path: Path) -> None:
    vault = open_vault(folder, key_file=tmp_path / "own.key")
    assert open_vault(folder).master == vault.master
    with pytest.raises(InputError, match="keeps nobody out"):
        open_vault(tmp_path / "other", key_file=tmp_path / "other" / "in.key")
    with pytest.raises(InputError, match="in one way"):
        open_vault(tmp_path / "third", WORDS, keyring=True)


def test_the_systems_key_store(folder: Path) -> None:
    store = Store()
    keyring.set_keyring(store)
    vault = open_vault(folder, keyring=True)
    assert open_vault(folder).master == vault.master
    store.kept.clear()
    with pytest.raises(RecordError, match="no key of this record"):
        open_vault(folder)


def test_without_a_real_key_store_it_is_refused(folder: Path) -> None:
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    with pytest.raises(RecordError, match="no key store"):
        open_vault(folder, keyring=True)
    assert not (folder / KEYS).exists()


def test_from_a_key_file_to_a_passphrase_and_back(folder: Path, tmp_path: Path) -> None:
    vault = open_vault(folder)
    protect(folder, vault, passphrase=WORDS)
    assert open_vault(folder, WORDS).master == vault.master
    protect(folder, vault, key_file=tmp_path / "own.key")
    assert open_vault(folder).master == vault.master


def test_lost_or_damaged_keys_are_told(folder: Path) -> None:
    open_record(folder, open_vault(folder, WORDS)).close()
    whole = json.loads((folder / KEYS).read_text())
    changes: list[dict[str, object]] = [{"version": 2}, {"wrapped": []}, {"wrapped": ["?"]}, {"way": "none"}]
    changes.append({"kdf": 3})
    for change in changes:
        (folder / KEYS).write_text(json.dumps({**whole, **change}))
        with pytest.raises(RecordError, match="damaged"):
            open_vault(folder, WORDS)
    wrong: list[dict[str, object]] = [
        {"memory_kib": 1 << 40},
        {"salt": "x"},
        {"name": "scrypt"},
        {"lanes": None},
    ]
    for kdf in wrong:
        (folder / KEYS).write_text(json.dumps({**whole, "kdf": {**whole["kdf"], **kdf}}))
        with pytest.raises(RecordError, match="damaged"):
            open_vault(folder, WORDS)
    (folder / KEYS).unlink()
    with pytest.raises(RecordError, match="is missing"):
        open_vault(folder, WORDS)
    assert not (folder / KEYS).exists()
    (folder / KEYS).mkdir()
    with pytest.raises(RecordError, match="cannot be read"):
        open_vault(folder, WORDS)


def test_two_first_starts_make_one_key(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom mitate.record.master import open_vault\n"
        "print(open_vault(Path(sys.argv[1]), key_file=Path(sys.argv[2])).check_value)"
    )
    command = [sys.executable, "-c", code, str(folder), str(tmp_path / "own.key")]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert len({one.communicate(timeout=60)[0] for one in starts}) == 1


def test_nothing_prints_a_key(folder: Path) -> None:
    vault = open_vault(folder, WORDS)
    assert vault.master.hex() not in repr(vault)
    assert repr(vault.master)[2:-1] not in repr(vault)
    assert repr(vault.clinic.raw)[2:-1] not in repr(vault.clinic)
