"""The audit trail as it is read."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

from mitate.record.audit import note
from mitate.record.opened import open_record
from mitate.record.schema import now
from mitate.record.trail import Asked, actions_known, as_csv, rows_of
from mitate.record.vault import Vault


def test_rows_are_found_and_told_as_a_table(tmp_path: Path) -> None:
    record = open_record(tmp_path / "record", Vault.new())
    with record.database.writing() as session:
        for number in range(25):
            note(session, f"actor{number % 2}", f"act.{number % 3}", "subject", n=number, text='a,"b"\n')
    with record.database.reading() as session:
        assert [row.seq for row in rows_of(session, Asked(), most=3)] == [25, 24, 23]
        assert [row.seq for row in rows_of(session, Asked(), before=3)] == [2, 1]
        assert {row.action for row in rows_of(session, Asked(action="act.1", actor="actor1"))} == {"act.1"}
        assert rows_of(session, Asked(subject="none")) == []
        assert rows_of(session, Asked(since=now() + timedelta(hours=1))) == []
        assert len(rows_of(session, Asked(until=now() + timedelta(hours=1)))) == 25
        assert actions_known(session) == {"act.0": 9, "act.1": 8, "act.2": 8}
        text = "".join(as_csv(session, Asked(), at_once=4))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [int(row["seq"]) for row in rows] == list(range(25, 0, -1))
    record.close()
