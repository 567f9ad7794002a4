from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from mitate.errors import InputError, MissingExtraError, MitateError, RefusalError, WeightsError


def test_message_says_where_what_and_todo() -> None:
    error = InputError("weight 700 kg is impossible", where=Path("sessions.tsv:4"), todo="check the scale")
    assert str(error) == "sessions.tsv:4: weight 700 kg is impossible. Check the scale"


def test_message_without_place_or_advice_is_what_alone() -> None:
    assert str(WeightsError("no network")) == "no network"


@pytest.mark.parametrize("kind", [InputError, WeightsError])
def test_every_error_is_a_mitate_error_and_exits_with_two(kind: type[MitateError]) -> None:
    assert issubclass(kind, MitateError)
    assert kind("x").exit_code == 2


def test_refusal_carries_a_stable_reason() -> None:
    error = RefusalError("too dark", reason="too_dark", where="a.mp4", todo="face a window")
    assert error.as_dict() == {
        "kind": "RefusalError",
        "what": "too dark",
        "where": "a.mp4",
        "todo": "face a window",
        "reason": "too_dark",
    }


def test_missing_extra_names_the_command_that_mends_it() -> None:
    assert "pip install 'mitate[train]'" in str(MissingExtraError("torch", "train"))


def test_as_dict_is_json() -> None:
    assert json.loads(json.dumps(InputError("x", where=Path("a")).as_dict()))["where"] == "a"


def test_error_from_a_worker_process_can_be_shown_here() -> None:
    error = InputError("x", where="a.mp4", todo="do y")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
