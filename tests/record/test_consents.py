"""Consents: the last word counts, and taking one back does something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given as holds
from hypothesis import settings
from hypothesis import strategies as st
from tests.record.made import put_capture

from mitate.errors import InputError
from mitate.record import consents
from mitate.record.captures import get_capture
from mitate.record.consents import KINDS, ConsentKind, give, given, history, need, take_back
from mitate.record.errors import ConflictError, MissingError
from mitate.record.opened import Record, open_record
from mitate.record.people import PersonFacts, add_person
from mitate.record.schema import Capture, Check, new_id, now
from mitate.record.vault import Vault

BY = "0" * 32


def test_silence_is_no_consent(record: Record, person: str) -> None:
    with record.database.reading() as session:
        assert not any(given(session, person, kind) for kind in KINDS)
        with pytest.raises(ConflictError):
            need(session, person)


def test_the_last_word_counts_and_all_of_them_are_kept(record: Record, person: str) -> None:
    for agreed in (True, True, False, True):
        with record.database.writing() as session:
            if agreed:
                give(session, person, "research", BY)
            else:
                take_back(record, session, person, "research", BY)
    with record.database.reading() as session:
        assert given(session, person, "research")
        assert not given(session, person, "analyse")
        assert [(one.given, one.by) for one in history(session, person)] == [
            (True, BY),
            (False, BY),
            (True, BY),
        ]


def test_kept_films_go_with_the_consent_to_keep_them_and_what_waits_stays(
    record: Record, person: str
) -> None:
    kept = put_capture(record, person, film=b"film", result={"kind": "edema"})
    waits = put_capture(record, person, film=b"film", state="waiting")
    with record.database.writing() as session:
        give(session, person, "keep_video", BY)
    with record.database.writing() as session:
        assert take_back(record, session, person, "keep_video", BY) == 1
        assert (record.folder / "videos" / f"{kept}.film").exists()  # until the transaction is through
    assert not (record.folder / "videos" / f"{kept}.film").exists()
    assert (record.folder / "videos" / f"{waits}.film").exists()
    with record.database.reading() as session:
        known = get_capture(record, session, kept)
        assert (known.kept, known.result) == (False, {"kind": "edema"})


def test_the_last_word_counts_where_the_clock_was_set_back(
    record: Record, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([now(), now() - timedelta(hours=1), now() - timedelta(days=2)])
    monkeypatch.setattr(consents, "now", lambda: next(moments))
    with record.database.writing() as session:
        give(session, person, "research", BY)
        take_back(record, session, person, "research", BY)
        assert not given(session, person, "research")
        give(session, person, "research", BY)
        assert given(session, person, "research")
        told = [one.given for one in history(session, person) if one.kind == "research"]
        assert told == [True, False, True]


def test_stills_in_results_go_with_the_films(record: Record, person: str) -> None:
    still = [{"at": 1.0, "jpeg": "pixels"}]
    movement = put_capture(record, person, instrument="back", result={"stills": still, "duration_s": 9.0})
    face = put_capture(record, person, result={"kind": "edema"})
    check = new_id()
    with record.database.writing() as session:
        key = record.key(session, person)
        result = key.seal_json({"stills": {"bend": still}, "causes": []}, f"check.result {check}")
        session.add(Check(id=check, person_id=person, sealed=b"", result=result))
        give(session, person, "keep_video", BY)
    with record.database.writing() as session:
        take_back(record, session, person, "keep_video", BY)
    with record.database.reading() as session:
        assert get_capture(record, session, movement).result == {"stills": [], "duration_s": 9.0}
        assert get_capture(record, session, face).result == {"kind": "edema"}
        row = session.get(Check, check)
        assert row is not None
        told = record.key(session, person).open_json(row.result or b"", f"check.result {check}")
    assert told == {"stills": {}, "causes": []}


def test_what_was_undone_leaves_the_films(record: Record, person: str) -> None:
    kept = put_capture(record, person, film=b"film")
    with record.database.writing() as session:
        give(session, person, "keep_video", BY)
    with pytest.raises(ZeroDivisionError), record.database.writing() as session:  # noqa: PT012
        take_back(record, session, person, "keep_video", BY)
        raise ZeroDivisionError
    assert (record.folder / "videos" / f"{kept}.film").exists()
    with record.database.reading() as session:
        assert given(session, person, "keep_video")
        row = session.get(Capture, kept)
        assert row is not None
        assert row.video is not None


def test_nobody_and_no_such_consent(record: Record, person: str) -> None:
    with record.database.writing() as session:
        with pytest.raises(MissingError):
            give(session, "0" * 32, "analyse", BY)
        with pytest.raises(InputError):
            give(session, person, "everything", BY)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def any_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    opened = open_record(tmp_path_factory.mktemp("any"), Vault.new())
    yield opened
    opened.close()


@settings(max_examples=50, deadline=None)
@holds(said=st.lists(st.tuples(st.sampled_from(KINDS), st.booleans()), max_size=12))
def test_consents_are_as_a_dictionary_would_have_them(
    any_record: Record, said: list[tuple[ConsentKind, bool]]
) -> None:
    told = dict.fromkeys(KINDS, False)
    with any_record.database.writing() as session:
        person = add_person(any_record, session, PersonFacts("Hana"), BY)
        for kind, agreed in said:
            if agreed:
                give(session, person, kind, BY)
            else:
                take_back(any_record, session, person, kind, BY)
            told[kind] = agreed
        assert {kind: given(session, person, kind) for kind in KINDS} == told
