"""The code of the first start: one for all processes of a record, and for no other record."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from mitate.record.opened import open_record
from mitate.record.vault import Vault
from mitate.serve.auth.first import SetUp, first_code, may_set_up, set_up


def test_processes_that_start_at_once_show_one_code_and_it_opens(tmp_path: Path, database_url: str) -> None:
    vault, ready = Vault.new(), Barrier(4)
    records = [open_record(tmp_path / "record", vault, database_url) for _ in range(4)]

    def shown(number: int) -> str:
        ready.wait(120)
        return first_code(records[number])

    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(shown, range(4)))
    assert len(codes) == 1
    code = codes.pop()
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", code)
    with records[0].database.reading() as session:
        assert may_set_up(session, "192.168.1.9", code.upper())
        assert not may_set_up(session, "192.168.1.9", code[:-1])
    asked = SetUp(
        kind="clinic", name="Sato", secret="a long password 7", secret_kind="password", language="en"
    )
    set_up(records[1], asked, "192.168.1.9", code)
    assert [first_code(one) for one in records] == [""] * 4
    for one in records:
        one.close()


def test_another_record_has_another_code(tmp_path: Path) -> None:
    one, other = (open_record(tmp_path / name, Vault.new()) for name in ("one", "other"))
    assert first_code(one) == first_code(one) != first_code(other)
    one.close()
    other.close()
