"""Japanese pages say nothing in English, English ones nothing in Japanese: every route, every error."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.serve.conftest import add_person
from tests.serve.pages.face_rows import add_film
from tests.serve.spoken import ENGLISH, JAPANESE, foreign
from tests.serve.visitors import World, a_world, ask, in_order
from tests.serve.walked import routes_of

from mitate.record import settings
from mitate.record.audit import note
from mitate.record.schema import Account
from mitate.serve import words
from mitate.serve.auth.tries import FREE
from mitate.serve.service import Service
from mitate.serve.words import LANGUAGES, all_words

SOURCE = Path(words.__file__).parents[1]
# Names, units and signs that Japanese writes in Latin letters, too.
ALLOWED = frozenset(
    (
        *(
            "mitate",
            "kg",
            "cm",
            "MB",
            "GB",
            "px",
            "PIN",
            "QR",
            "ID",
            "URL",
            "UTC",
            "CA",
            "SHA",
            "Web",
            "Home",
        ),
        *("CSV", "ZIP", "JSON", "FHIR", "MP", "MOV", "WebM", "JPEG", "PNG", "ONNX", "JavaScript", "DW"),
        *("iPhone", "iPad", "Android", "SQLite", "PostgreSQL", "pg", "dump", "diagnosis", "ROC", "AUC"),
    )
)
# What people are called in these tests, ids, citations and fingerprints.
GIVEN = re.compile(
    r"(?:Name|Note|Nr|Class)?Qx(?:Anna|Ben)[a-z0-9]*|[0-9a-f]{32}|ab12cd34|abcd-efgh-jkmn|Kim|Hana Sato"
    r"|Ward 3|\[[a-z0-9_, ]+\]|[a-z]+[0-9]{4}(?:_[a-z]+)?|[a-z]+_[a-z_]+|pale otter lantern|sfma"
    r"|fhir r5|a lot|: walk|walk$|mitate(?: [a-z]+)+|--[a-z]+|^(?:blue|coral)$"
)
SWITCH = {"en": "日本語", "ja": "English"}


@pytest.fixture
def world(service: Service, sign_in: Callable[..., Any]) -> Iterator[World]:
    with a_world(service, sign_in) as made:
        yield made


def spoken_in(service: Service, language: str) -> None:
    with service.record.database.writing() as session:
        session.execute(update(Account).values(language=language))


def wrong_words(answer: Any, language: str) -> list[str]:
    """What an answer says in the other language, but for the button that leads to it."""
    if "text/html" in answer.headers.get("content-type", ""):
        page = re.sub(rf'<(button|a)[^>]* lang="[a-z]+">{SWITCH[language]}</\1>', "", answer.text)
        return foreign(page, language, ALLOWED, GIVEN)
    if (
        "application/json" in answer.headers.get("content-type", "")
        and answer.status_code >= 400
        and answer.content
    ):
        told = (answer.json().get("error") or {}).get("told")
        return foreign(f'<p lang="{language}">{told}</p>', language, ALLOWED, GIVEN) if told else ["untold"]
    return []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_route_speaks_one_language(world: World, service: Service, language: str) -> None:
    spoken_in(service, language)
    wrong, seen = [], 0
    for name, whose in (("clinician", world.anna), ("admin", world.anna), ("ben", world.ben)):
        visitor = world.visitors[name]
        visitor.client.cookies.set("language", language)
        for route in in_order(routes_of(visitor.client.app)):  # type: ignore[arg-type]
            answer = ask(visitor, route, whose.ids)
            told = wrong_words(answer, language)
            seen += "text/html" in answer.headers.get("content-type", "")
            wrong += [f"{name}: {route.method} {route.path} {answer.status_code}: {one}" for one in told]
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert seen > 100


def test_pages_before_anybody_has_signed_in(world: World, service: Service) -> None:
    for language in LANGUAGES:
        client = world.visitors["nobody"].client
        client.cookies.set("language", language)
        form = {"csrf": "", "then": "/", "by": "pin", "name": f"QxAnna{language}", "secret": "000000"}
        answers = [client.get("/sign-in"), client.get("/sign-in?by=password"), client.get("/trust")]
        answers += [client.post("/sign-in", data=form, headers=here(service)) for _ in range(FREE + 1)]
        answers += [client.get("/nowhere"), client.post("/trust"), client.get("/", headers={"Host": "evil"})]
        answers += [client.post("/sign-in", content=b"x" * 3_000_000, headers=here(service))]
        statuses = {answer.status_code for answer in answers}
        assert {200, 403, 404, 405, 413, 421, 429} <= statuses, statuses
        assert [one for answer in answers for one in wrong_words(answer, language)] == []


def here(service: Service) -> dict[str, str]:
    return {"Origin": service.settings.origin, "Content-Type": "application/x-www-form-urlencoded"}


PERSON = "/clinic/people/{person}"
WRONG_FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/clinic/new", {"name": " "}),
    ("/clinic/new", {"name": "A", "birth_date": "1776-07-04"}),
    ("/clinic/new", {"name": "A", "birth_date": "the first"}),
    ("/clinic/new", {"name": "A", "height_cm": "tall"}),
    ("/clinic/new", {"name": "A", "height_cm": "15"}),
    (f"{PERSON}/weights", {"kg": "665", "at": "2026-11-20T09:30", "kind": "weight", "context": "pre"}),
    (f"{PERSON}/weights", {"kg": "a lot", "at": "2026-11-20T09:30", "kind": "weight", "context": "pre"}),
    (f"{PERSON}/weights", {"kg": "66.5", "at": "soon", "kind": "weight", "context": "pre"}),
    (f"{PERSON}/weights", {"kg": "66.5"}),
    (f"{PERSON}/film", {"context": "pre", "weight_kg": "a lot"}),
    (f"{PERSON}/erase", {"confirm": "somebody"}),
    ("/clinic/checks/{check}/feedback", {"cause": "restricted_hip_flexion", "verdict": "perhaps"}),
    ("/clinic/import", {"table": "weights"}),
    ("/admin/people", {"login": "x", "secret": "short", "roles": "clinician"}),
    ("/admin/people", {"login": "x", "secret": "739204", "roles": "clinician"}),
    ("/admin/people", {"login": "", "secret": "lantern otter granite", "roles": "clinician"}),
    ("/admin/people", {"login": "x", "secret": "lantern otter granite"}),
    ("/admin/retention", {"uploads_hours": "0", "jobs_days": "1", "backups_days": "1"}),
    ("/admin/key", {"new": "lantern otter granite", "again": "granite"}),
    ("/admin/key", {"new": "short", "again": "short"}),
    ("/confirm", {"secret": "0"}),
    ("/me/secret", {"old": "0", "new": "739204", "again": "739205"}),
    ("/me/secret", {"old": "0", "new": "739204", "again": "739204"}),
    ("/me/tokens", {"label": "x", "days": "9999", "scopes": "read:people"}),
    ("/me/tokens", {"label": "x", "days": "9"}),
    ("/face", {"way": "record"}),
    ("/face", {"way": "record", "context": "pre", "weight": "a lot"}),
    ("/face/consent", {}),
    ("/back/conclude/{check}", {}),
    ("/back/start", {"region": "moon"}),
    ("/back/interview/{check}", {"key": "x", "answer": "y"}),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_that_were_filled_in_wrong(
    world: World, service: Service, sign_in: Callable[..., Any], language: str
) -> None:
    spoken_in(service, language)
    anna = world.anna
    every = sign_in("person", "clinician", "admin", person_id=anna.person_id, language=language)
    every.client.cookies.set("language", language)
    wrong, refused = [], 0
    for path, form in WRONG_FORMS:
        where = re.sub(r"\{(\w+)\}", lambda gap: anna.ids[gap[1]], path)
        answer = every.client.post(where, data={"csrf": every.csrf, **form})
        refused += answer.status_code in (403, 409, 422)
        wrong += [f"{path} {form} {answer.status_code}: {one}" for one in wrong_words(answer, language)]
        assert answer.status_code < 500, path
    assert wrong == []
    assert refused >= len(WRONG_FORMS) - 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_films_in_every_state_and_reason(
    service: Service, sign_in: Callable[..., Any], language: str
) -> None:
    person = add_person(service)
    hers = sign_in("person", person_id=person, language=language)
    reasons = [key.removeprefix("told.no_") for key in all_words() if key.startswith("told.no_")]
    films = [
        add_film(service, person, "refused", reason=one)
        for one in reasons
        if f"told.no_{one}_do" in all_words()
    ]
    films += [add_film(service, person, state) for state in ("uploading", "waiting", "reading", "failed")]
    films += [
        add_film(service, person, "done", kg=kg, context=context)
        for kg, context in ((1.9, "post"), (0.0, "pre"))
    ]
    assert len(films) > 25
    wrong = []
    for film in films:
        for way in ("wait", "result"):
            wrong += wrong_words(hers.client.get(f"/face/{way}/{film}"), language)
    assert wrong == []


NOTING = frozenset(("note", "noted", "note_reading", "note_audit", "_entered"))
TABS = ("overview", "course", "weights", "model", "consent", "export", "erase", "photos")
SWEEPS = {"settings.": tuple(settings.DEFAULTS), "person.": TABS}


def actions() -> set[str]:
    """Every action that anything writes into the audit trail."""
    found = set()
    for part in ("record", "serve", "cli"):
        for file in (SOURCE / part).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(call, ast.Call) and len(call.args) > 2:
                    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                    if name in NOTING:
                        found |= set(named(call.args[3 if name == "_entered" else 2]))
    return found


def named(action: ast.expr) -> Iterator[str]:
    """The actions that an expression can be; none for a name that was handed down."""
    if isinstance(action, ast.IfExp):
        yield from (*named(action.body), *named(action.orelse))
    elif isinstance(action, ast.JoinedStr):
        start = str(action.values[0].value) if isinstance(action.values[0], ast.Constant) else ""
        yield from (start + one for one in SWEEPS[start])
    elif isinstance(action, ast.Constant) and isinstance(action.value, str):
        yield action.value


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_audit_trail_with_every_action(
    service: Service, sign_in: Callable[..., Any], language: str
) -> None:
    written = actions()
    assert len(written) > 60
    untold = {one for one in written if f"audit.action_{one.replace('.', '_')}" not in all_words()}
    assert untold == set()
    kept = {key.removeprefix("audit.action_") for key in all_words() if key.startswith("audit.action_")}
    assert kept - {one.replace(".", "_") for one in written} == set()
    details = {key.removeprefix("audit.detail_"): 7 for key in all_words() if key.startswith("audit.detail_")}
    with service.record.database.writing() as session:
        for one in sorted(written):
            note(session, "system", one, "", **{**details, "kind": "analyse", "roles": ["admin", "person"]})
    client = sign_in("admin", language=language).client
    for way in ("", "?before=30", "?check=true", "?action=person.erased"):
        answer = client.get(f"/admin/audit{way}")
        assert answer.status_code == 200
        assert wrong_words(answer, language) == []


def test_every_word_is_in_its_own_language() -> None:
    for key, texts in all_words().items():
        bare = "".join(text for text, *_ in string.Formatter().parse(texts["ja"]))
        assert [one for one in ENGLISH.findall(GIVEN.sub("", bare)) if one not in ALLOWED] == [], key
        assert not JAPANESE.search(texts["en"]), key


HERS = frozenset(("shell", "auth", "face", "back", "film", "told"))
"""Files of the words that a person of seventy and more reads."""
ONE_WORD = {
    "浮腫": "むくみ",
    "乾燥体重": "ドライウェイト",
    "ドライウエイト": "ドライウェイト",
    "ログイン": "サインイン",
    "ログアウト": "サインアウト",
    "ビデオ": "動画",
    "映像": "動画",
    "ブラウザ(?!ー)": "ブラウザー",
    "フォルダ(?!ー)": "フォルダー",
    "下さい": "ください",
    "出来": "でき",
    "～": "〜",
}
"""What the Japanese words never say, and what they say for it."""


def test_sentences_are_short_and_one_thing_has_one_name() -> None:
    for key, texts in all_words().items():
        for never, said in ONE_WORD.items():
            assert not re.search(never, texts["ja"]), f"{key}: {said}"
        if key.partition(".")[0] in HERS:
            for sentence in re.split(r"[.?!:;] |[.?!]$", texts["en"]):
                assert len(sentence.split()) <= 22, (key, sentence)
            assert all(len(sentence) <= 62 for sentence in re.split("[。？]", texts["ja"])), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_of_the_api_are_told_to_people_in_the_accounts_language(
    service: Service, sign_in: Callable[..., Any], language: str
) -> None:
    hers = sign_in("person", person_id=add_person(service), language=language)
    hers.client.headers["Accept-Language"] = "en" if language == "ja" else "ja"
    answer = hers.client.get("/api/v1/people")
    assert answer.status_code == 403
    assert answer.json()["error"]["told"] == all_words()["shell.failed_denied"][language]
    assert answer.json()["error"]["what"].isascii()
