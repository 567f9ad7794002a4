"""Every page as a screen reader has it: headings, names, errors tied to their boxes, pictures in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.serve.conftest import add_person
from tests.serve.heard import Heard
from tests.serve.pages.face_rows import add_film
from tests.serve.test_languages import WRONG_FORMS
from tests.serve.visitors import World, a_world
from tests.serve.walked import filled, routes_of

from mitate.record.schema import now
from mitate.serve.service import Service
from mitate.serve.words import LANGUAGES

DATED = "[0-9]{4}-[0-9]{2}-[0-9]{2}"  # as somebody typed it, or as a log has it
OF_A_LOG = ("/admin/audit", "/admin/backup")
SAME_HERE = "walk, Kim"  # all who walk have one name, and their tokens another one


@pytest.fixture
def world(service: Service, sign_in: Callable[..., Any]) -> Iterator[World]:
    with a_world(service, sign_in) as made:
        yield made


def faults(html: str, path: str = "") -> list[str]:
    found = [one for one in Heard(html).faults() if SAME_HERE not in one]
    return [one for one in found if not (path in OF_A_LOG and re.search(DATED, one))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_can_be_heard(world: World, sign_in: Callable[..., Any], language: str) -> None:
    anna = world.anna
    herself = sign_in("person", person_id=anna.person_id, language=language)
    staff = sign_in("clinician", "admin", language=language)
    wrong: list[str] = []
    titles: dict[str, set[str]] = {}
    for who in (herself, staff):
        for route in routes_of(who.client.app):
            if route.method != "GET" or route.path.startswith("/api/"):
                continue
            answer = who.client.get(filled(route.path, anna.ids), follow_redirects=False)
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            wrong += [f"{route.path} {answer.status_code}: {one}" for one in faults(answer.text, route.path)]
            if answer.status_code == 200:
                titles.setdefault(Heard(answer.text).title, set()).add(route.path)
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert len(titles) > 40
    assert {title: paths for title, paths in titles.items() if len(paths) > 1} == {}
    assert all(re.fullmatch(r".+ · mitate", title) for title in titles), titles


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_that_came_back_can_be_heard(world: World, sign_in: Callable[..., Any], language: str) -> None:
    anna = world.anna
    every = sign_in("person", "clinician", "admin", person_id=anna.person_id, language=language)
    wrong, seen = [], 0
    for path, form in WRONG_FORMS:
        where = re.sub(r"\{(\w+)\}", lambda gap: anna.ids[gap[1]], path)
        answer = every.client.post(where, data={"csrf": every.csrf, **form})
        if answer.status_code >= 400 and "text/html" in answer.headers.get("content-type", ""):
            seen += 1
            typed = (one for one in faults(answer.text) if not re.search(DATED, one))
            wrong += [f"{path} {form}: {one}" for one in typed]
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert seen > 20


def test_films_in_every_state_can_be_heard(service: Service, sign_in: Callable[..., Any]) -> None:
    person = add_person(service)
    hers = sign_in("person", person_id=person)
    ago = [now() - timedelta(hours=n) for n in range(7)]
    states = ("uploading", "waiting", "reading", "failed")
    films = [add_film(service, person, state, at=at) for state, at in zip(states, ago, strict=False)]
    films += [add_film(service, person, "refused", reason="too_dark", at=ago[4])]
    films += [
        add_film(service, person, "done", kg=kg, context="post", at=at)
        for kg, at in zip((1.9, -0.4), ago[5:], strict=True)
    ]
    paths = [f"/face/{way}/{film}" for film in films for way in ("wait", "result")]
    answers = [hers.client.get(path, follow_redirects=True) for path in (*paths, "/home", "/face/course")]
    assert [one for answer in answers for one in faults(answer.text)] == []


def test_what_is_typed_wrong_of_a_weight_is_not_lost(world: World, sign_in: Callable[..., Any]) -> None:
    nurse = sign_in("clinician")
    form = {"csrf": nurse.csrf, "kg": "665", "at": "2026-11-20T09:30", "kind": "dry", "context": "post"}
    answer = nurse.client.post(f"/clinic/people/{world.anna.person_id}/weights", data=form)
    assert answer.status_code == 422
    shown = Heard(answer.text)
    kilograms = shown.by_id["kg"].facts
    assert kilograms["value"] == "665"
    assert kilograms["aria-invalid"] == "true"
    assert kilograms["aria-describedby"].split() == ["kg-unit", "wrong-kg"]
    assert "cannot be a weight" in shown.by_id["wrong-kg"].heard()
    assert shown.by_id["at"].facts["value"] == "2026-11-20T09:30"
    chosen = [one.facts["value"] for one in shown.root.of("input") if "checked" in one.facts]
    assert "dry" in chosen


WRONG_PAGES = {
    "headings": "<h1>a</h1><h3>b</h3>",
    "same name": '<h1>a</h1><a href="/x">More</a><a href="/y">More</a>',
    "same act": "<h1>a</h1>" + "".join(f'<form action="/{n}"><button>Go</button></form>' for n in "xy"),
    "no label": '<h1>a</h1><input name="x">',
    "loose error": '<h1>a</h1><p class="error" id="e">No.</p>',
    "no reason": '<h1>a</h1><label for="x">X</label><input id="x" aria-invalid="true">',
    "gone": '<h1>a</h1><p aria-labelledby="nobody">a</p>',
    "picture": "<h1>a</h1><svg><path/></svg>",
    "chart": '<h1>a</h1><svg class="chart" role="img" aria-label="x"></svg>',
    "table": "<h1>a</h1><table><tbody><tr><th>x</th></tr></tbody></table>",
    "arrow": "<h1>a</h1><p>3 → 2</p>",
    "dots": "<h1>a</h1><p>0.3 … 2.1 kg</p>",
    "dash": "<h1>a</h1><p>–</p>",
}


@pytest.mark.parametrize("what", WRONG_PAGES)
def test_the_rules_find_what_is_wrong(what: str) -> None:
    page = f"<html><head><title>x</title></head><body><main>{WRONG_PAGES[what]}</main></body></html>"
    assert len(Heard(page).faults()) == 1
