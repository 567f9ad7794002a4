"""Every reason that the code can give has words in both languages, for whoever stands before the camera."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mitate
from mitate.body.refusals import INSTRUCTIONS as OF_BODIES
from mitate.face.refusals import INSTRUCTIONS as OF_FACES
from mitate.serve.told.refused import refusal_told
from mitate.serve.words import LANGUAGES, Say, all_words
from mitate.serve.work.sandbox import CRASHES

SOURCE = Path(mitate.__file__).parent
ROOMS = ("face", "body", "back", "edema", "video", "serve")


def reasons_in_code() -> set[str]:
    """Every string that is handed on as the reason of a refusal."""
    found: set[str] = set()
    for file in (file for room in ROOMS for file in (SOURCE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            named = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
            if name not in ("RefusalError", "refusal", "refused"):
                continue
            given = [*named, *(node.args[:1] if name in ("refusal", "refused") else [])]
            found |= {
                one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)
            }
    return found


def test_every_reason_has_words() -> None:
    reasons = reasons_in_code() | set(OF_FACES) | set(OF_BODIES) | set(CRASHES)
    assert {"no_face", "wrong_movement", "no_consent", "too_big", "half_body"} <= reasons
    absent = {
        reason
        for reason in reasons
        if not {f"told.no_{reason}", f"told.no_{reason}_do"} <= set(all_words())
        and f"photos.no_{reason}" not in all_words()
    }
    assert absent == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_says_what_is_wrong_and_what_to_do(language: str) -> None:
    say = Say(language)
    for reason in (*OF_FACES, *OF_BODIES, *CRASHES, "one that nobody knows"):
        for instrument in ("edema", "back"):
            told = refusal_told({"reason": reason}, instrument, say)
            assert told.headline
            assert all(told.advice)
            assert told.tone == "unsure"
            assert not told.call
    assert refusal_told({"reason": "too_dark"}, "edema", say) != refusal_told(
        {"reason": "too_dark"}, "back", say
    )
    assert refusal_told({}, "edema", say).headline == say("told.no_other")
