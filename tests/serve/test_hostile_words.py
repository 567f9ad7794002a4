"""Names, notes and labels that would be markup: every page of every role shows them as text."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import select
from tests.serve.visitors import a_world, ask
from tests.serve.walked import Walked, routes_of

from mitate.record.people import change_person
from mitate.record.schema import Account
from mitate.record.settings import put
from mitate.serve.app import create_app
from mitate.serve.auth.tokens import make_token
from mitate.serve.service import Service

EVIL = "'\"></script></title></textarea><svg/onload=alert(1)>{{7*7}}<a href=javascript:x>"
VISITORS = ("anna", "clinician", "admin")


class Found(HTMLParser):
    """What a page would run, or be led astray by."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.shown = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if any(name.startswith("on") or name in ("style", "srcdoc") for name in told):
            self.wrong.append(f"{tag} {sorted(told)}")
        ours = told.get("type") == "application/json" or "/static/" in told.get("src", "")
        if tag == "script" and not ours:
            self.wrong.append("a script of its own")
        for name in ("href", "src", "action", "formaction"):
            if told.get(name, "").strip().lower().startswith(("javascript:", "vbscript:", "//", "http")):
                self.wrong.append(f"{name} leads elsewhere")
        self.shown = self.shown or any(EVIL[:20] in value for value in told.values())

    def handle_data(self, data: str) -> None:
        self.shown = self.shown or "<svg/onload=alert(1)>" in data
        if "49<a" in data:
            self.wrong.append("a template in a template")


def poison(service: Service, person: str, account_id: str) -> None:
    """Evil words wherever somebody may write some."""
    record = service.record
    with record.database.writing() as session:
        facts = {"name": EVIL, "number": EVIL[:40], "note": EVIL, "call_name": EVIL[:80]}
        change_person(record, session, person, account_id, **facts, call_phone="<b>1")
        put(session, "clinic", dict.fromkeys(("name", "call_name", "call_phone"), EVIL))
        for row in session.scalars(select(Account)):
            about = f"account.sealed {row.id}"
            told = record.vault.clinic.open_json(row.sealed, about)
            row.sealed = record.vault.clinic.seal_json({**told, "name": EVIL, "login": EVIL + row.id}, about)
            make_token(session, row, EVIL[:80], ("read:people",))


def relanguage(service: Service, language: str) -> None:
    with service.record.database.writing() as session:
        for row in session.scalars(select(Account)):
            row.language = language


@pytest.mark.parametrize("language", ["en", "ja"])
def test_words_stay_words(service: Service, sign_in: Callable[..., Any], language: str) -> None:
    with a_world(service, sign_in) as world:
        anna = world.anna
        poison(service, anna.person_id, anna.account_id)
        relanguage(service, language)
        pages = [one for one in routes_of(create_app(service)) if shows(one)]
        seen = 0
        for name in VISITORS:
            for route in pages:
                answer = ask(world.visitors[name], route, anna.ids)
                if answer.headers.get("content-type", "").startswith("text/html"):
                    found = Found()
                    found.feed(answer.text)
                    assert found.wrong == [], (name, route.path)
                    seen += found.shown
                elif answer.headers.get("content-type", "").startswith("image/svg"):
                    assert "onload" not in answer.text
    assert seen > 20  # they do stand there


def shows(route: Walked) -> bool:
    return route.method == "GET" and route.path != "/sign-out"
