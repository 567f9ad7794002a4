"""A person's own copy, and tables."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from mitate.record.everything import everything_of
from mitate.record.exports import personal_zip, sessions_csv, weights_csv
from mitate.record.fhir import example
from mitate.record.opened import open_record
from mitate.record.people import PersonFacts, add_person
from mitate.record.schema import Capture, now
from mitate.record.vault import Vault
from mitate.record.weights import NewWeight, add_weight


def test_everything_kept_is_in_the_copy(tmp_path: Path) -> None:
    record = open_record(tmp_path / "record", Vault.new())
    with record.database.writing() as session:
        facts = PersonFacts("Hana Sato", number="17")
        person_id = add_person(record, session, facts, "0" * 32)
        add_weight(record, session, person_id, NewWeight(now(), 54.25), "0" * 32)
        key = record.key(session, person_id)
        capture = Capture(id="a" * 32, person_id=person_id, instrument="edema", state="done", sealed=b"")
        capture.sealed = key.seal_json({"context": "pre"}, f"capture.sealed {capture.id}")
        told = {"estimate": {"excess_kg": 1.5, "interval_90": [1.0, 2.0]}}
        capture.result = key.seal_json(told, f"capture.result {capture.id}")
        session.add(capture)
    with record.database.reading() as session:
        everything = everything_of(record, session, person_id)
    pieces = list(personal_zip(everything, [("a.mp4", iter([b"fi", b"lm"]))]))
    record.close()
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        whole = json.loads(archive.read("everything.json"))
        assert archive.read("films/a.mp4") == b"film"
    assert whole["person"]["name"] == "Hana Sato"
    assert whole["weights"][0]["kg"] == 54.25
    assert whole["captures"][0]["result"]["estimate"]["excess_kg"] == 1.5


def test_tables_are_read_back_by_csv() -> None:
    everything = example()
    sessions = list(csv.DictReader(io.StringIO(sessions_csv(everything))))
    assert [row["excess_kg"] for row in sessions] == ["1.9", ""]
    assert sessions[1]["refused"] == "too_dark"
    assert [row["kg"] for row in csv.DictReader(io.StringIO(weights_csv(everything)))] == ["54.4", "52.5"]


def test_numbers_of_a_table_are_short() -> None:
    everything = example()
    one = everything.captures[0]
    estimate = {**(one.result or {})["estimate"], "excess_kg": 1.9384720983752, "interval_90": [-1e-9, 66.25]}
    text = sessions_csv(replace(everything, captures=(replace(one, result={"estimate": estimate}),)))
    [row] = csv.DictReader(io.StringIO(text))
    assert [row[name] for name in ("excess_kg", "low_kg", "high_kg")] == ["1.93847", "-1e-09", "66.25"]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_formula_stays_text(first: str) -> None:
    everything = example()
    one = everything.captures[0]
    evil = replace(one, facts=replace(one.facts, context=f"{first}HYPERLINK()"))
    text = sessions_csv(replace(everything, captures=(evil,)))
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["context"] == f"'{first}HYPERLINK()"


def test_a_copy_of_much_is_never_held_as_a_whole() -> None:
    piece, most = bytes(1 << 20), 0
    films = [("a.mp4", (piece for _ in range(40)))]
    for given in personal_zip(example(), films):
        most = max(most, len(given))
    assert most < 2 << 20


def test_a_table_says_what_its_kilograms_are_over() -> None:
    everything = example()
    one = everything.captures[0]
    estimated = replace(one, result={**(one.result or {}), "dry_weight": "estimated"})
    entered = replace(one, result={**(one.result or {}), "dry_weight": "entered"})
    reference = replace(one, result={"estimate": None, "dry_weight": "entered"})
    text = sessions_csv(replace(everything, captures=(estimated, entered, reference)))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["excess_kg"], row["dry_weight"]) for row in rows] == [
        ("1.9", "estimated"), ("1.9", "entered"), ("", "")
    ]  # fmt: skip
