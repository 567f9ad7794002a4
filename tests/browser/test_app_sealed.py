"""What waits on a phone, in a real Chromium: sealed, for one account alone, for seven days; or not kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.browser.filming import (
    ROWS,
    SAY,
    FacePage,
    Filmed,
    MovePage,
    Wire,
    captures,
    enter,
    film_enough,
    film_file,
    film_for,
    until,
)
from tests.serve.conftest import add_person

from mitate.serve.service import Service

BOTH = pytest.mark.parametrize("kind", [FacePage, MovePage])
Phone = Callable[..., Any]
TWICE = "(one) => { const form = document.querySelector(one); form.requestSubmit(); form.requestSubmit(); }"
"""Two impatient presses of a form's button."""
OPENINGS = ("\x1aE\xdf\xa3", "ftyp", "webm", "matroska", "moof")
OLD = """async () => {
  const open = indexedDB.open("mitate", 1);
  open.onupgradeneeded = () => {
    open.result.createObjectStore("films", { keyPath: "id" });
    open.result.createObjectStore("parts", { keyPath: ["film", "number"] });
  };
  await new Promise((done) => (open.onsuccess = done));
  const writing = open.result.transaction(["films", "parts"], "readwrite");
  for (const [id, person] of FILMS) {
    writing.objectStore("films").put({ id, person, purpose: "face", facts: { instrument: "edema", context: "pre" },
      type: "video/webm", at: new Date().toISOString(), parts: 2, seconds: 31, state: "ready", capture: null, upload: null });
    for (const number of [0, 1])
      writing.objectStore("parts").put({ film: id, number, part: new Blob(["PLAIN" + number]) });
  }
  await new Promise((done) => (writing.oncomplete = done));
  open.result.close();
}"""  # noqa: E501  # a script


def started(phone: Phone, person: str, kind: type[Filmed], **options: Any) -> Filmed:
    page = phone(person, **options).new_page()
    page.clock.install()
    return kind(page)


@BOTH
def test_what_is_on_the_phone_tells_nothing(kind: type[Filmed], phone: Phone, service: Service) -> None:
    person = add_person(service)
    filmed = started(phone, person, kind)
    filmed.open()
    film_enough(filmed)
    page = filmed.page
    rows = page.evaluate(ROWS)
    assert len(rows["sealed_films"]) == 1
    assert len(rows["sealed_parts"]) >= 2
    assert {tuple(sorted(row)) for row in rows["sealed_films"]} == {("at", "id", "mark", "sealed", "whose")}
    whole = json.dumps(rows) + json.dumps(page.context.storage_state()["origins"])
    for word in (person, "66.5", "forward_bend", "edema", *OPENINGS):
        assert json.dumps(word)[1:-1] not in whole
    nonces = [row["sealed"][:12] for rows_of in rows.values() for row in rows_of]
    assert len(set(nonces)) == len(nonces)
    # Without the server, or without being signed in, there is no key: the page itself can open nothing.
    page.context.clear_cookies()
    assert page.evaluate(f"fetch('/api/v1/people/{person}/device-key').then((told) => told.status)") == 401


def test_another_account_of_the_phone_finds_nothing(phone: Phone, service: Service, wire: Wire) -> None:
    anna, ben = add_person(service, "Anna"), add_person(service, "Ben")
    filmed = started(phone, anna, FacePage)
    filmed.open()
    film_enough(filmed)
    page, context = filmed.page, filmed.page.context
    hers = context.cookies()
    bens = phone(ben).cookies()
    context.clear_cookies()
    context.add_cookies(bens)
    page.goto("/home")
    page.wait_for_load_state("networkidle")  # what is hers is asked for by then
    assert not page.is_visible("#unsent")
    page.goto("/me")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    context.add_cookies(hers)
    page.goto("/home")
    page.wait_for_selector("#unsent button")
    page.click(f"#unsent button:has-text('{SAY('film.js_unsent_send')}')")
    page.wait_for_selector(f"#unsent:has-text('{SAY('film.js_unsent_arrived')}')")
    assert captures(service) == [("edema", "waiting")]
    assert not any(page.evaluate(ROWS).values())


def test_a_part_that_was_changed_ends_the_film_there(phone: Phone, service: Service) -> None:
    filmed = started(phone, add_person(service), FacePage)
    filmed.open()
    film_enough(filmed)
    page = filmed.page
    page.evaluate("""async () => {
      const open = indexedDB.open("mitate");
      await new Promise((done) => (open.onsuccess = done));
      const parts = open.result.transaction("sealed_parts", "readwrite").objectStore("sealed_parts");
      const all = parts.getAll();
      await new Promise((done) => (all.onsuccess = done));
      const [first, second] = all.result;
      parts.put({ ...first, sealed: second.sealed });  // good bytes in another place
      await new Promise((done) => (parts.transaction.oncomplete = done));
      open.result.close();
    }""")
    page.reload()
    page.wait_for_selector("#review:not([hidden])")
    page.click("#send")
    page.wait_for_selector(f"#sent:has-text('{SAY('film.js_upload_empty')}')")
    page.click("#sending .actions button, #sending .actions a")
    assert captures(service) == []


def test_what_lay_there_unsealed_is_sealed_or_removed(phone: Phone, service: Service) -> None:
    anna = add_person(service)
    page = phone(anna).new_page()
    page.goto("/api/v1/openapi.json")
    page.evaluate(OLD.replace("FILMS", json.dumps([["a" * 32, anna], ["b" * 32, "0" * 32]])))
    page.goto("/home")
    page.wait_for_selector("#unsent button")
    rows = page.evaluate(ROWS)
    assert (rows["films"], rows["parts"]) == ([], [])
    assert [row["id"] for row in rows["sealed_films"]] == ["a" * 32]
    assert "PLAIN" not in json.dumps(rows)
    page.click(f"#unsent button:has-text('{SAY('film.js_unsent_send')}')")
    page.wait_for_selector("#unsent p:text-matches('film', 'i')")


def test_after_seven_days_it_is_gone_whoever_opens_the_page(phone: Phone, service: Service) -> None:
    filmed = started(phone, add_person(service), FacePage)
    filmed.open()
    film_for(filmed, 22)
    page = filmed.page
    page.evaluate("""async () => {
      const open = indexedDB.open("mitate");
      await new Promise((done) => (open.onsuccess = done));
      const films = open.result.transaction("sealed_films", "readwrite").objectStore("sealed_films");
      const all = films.getAll();
      await new Promise((done) => (all.onsuccess = done));
      const at = new Date(Date.now() - 8 * 86400e3).toISOString();
      for (const row of all.result) films.put({ ...row, id: "f".repeat(32), at });
      await new Promise((done) => (films.transaction.oncomplete = done));
      open.result.close();
    }""")
    page.context.clear_cookies()
    page.goto("/sign-in")
    until(page, f"async () => !JSON.stringify(await ({ROWS})()).includes('{'f' * 32}')")
    assert len(page.evaluate(ROWS)["sealed_films"]) == 1


def test_signing_out_asks_what_to_do_with_what_is_left(phone: Phone, service: Service) -> None:
    filmed = started(phone, add_person(service), MovePage)
    filmed.open()
    film_enough(filmed)
    page = filmed.page
    for way, left in (("leave_keep", 1), ("leave_delete", 0)):
        cookies = page.context.cookies()
        page.goto("/me")
        page.evaluate(TWICE, "main form[action='/sign-out']")
        page.wait_for_selector(f"text={SAY('film.js_leave_title')}")
        assert "1" in page.inner_text(".tone-watch")
        assert page.locator(".tone-watch").count() == 1
        page.click(f"text={SAY(f'film.js_{way}')}")
        page.wait_for_url("**/sign-in")
        assert len(page.evaluate(ROWS)["sealed_films"]) == left
        if left:
            page.context.add_cookies(cookies)
            again(service, page)


def again(service: Service, page: Any) -> None:
    """Signed in once more."""
    from mitate.record.schema import Account

    with service.record.database.reading() as session:
        account = session.query(Account.id).filter(Account.person_id.is_not(None)).one()[0]
    enter(page.context, service, account, page.url)


def test_erasing_somebody_takes_what_waits_here_along(phone: Phone, service: Service) -> None:
    hana = add_person(service, number="P-7")
    context = phone(add_person(service, "Nurse"), "clinician", "person")
    page = context.new_page()
    page.goto(f"/clinic/people/{hana}")
    page.route("**/api/v1/uploads/*", lambda route: route.abort())
    page.set_input_files("#film", film_file())
    page.click("form[data-upload] button:not([data-here])")
    page.wait_for_selector("[data-upload-told]:has-text('network')")
    assert len(page.evaluate(ROWS)["sealed_films"]) == 1
    page.goto(f"/clinic/people/{hana}/erase")
    for word, left in (("P-8", 1), ("P-7", 0)):
        page.fill("#confirm", word)
        page.evaluate(TWICE, "form[data-erases]")
        page.wait_for_selector("#wrong" if left else "[data-erased]")
        until(page, f"async () => (await ({ROWS})()).sealed_films.length === {left}")


def test_where_nothing_can_be_sealed_nothing_is_kept_and_the_page_says_so(
    phone: Phone,
    service: Service,
    wire: Wire,
) -> None:
    page = phone(add_person(service), origin=wire.origin.replace("127.0.0.1", "testserver")).new_page()
    page.route("**/api/v1/uploads/*", lambda route: route.abort())
    filmed = FacePage(page)
    filmed.choose(film_file())
    page.wait_for_selector(f"#sent:has-text('{SAY('film.js_upload_waiting_open')}')")
    assert not page.evaluate("isSecureContext")
    assert not any(page.evaluate(ROWS).values())
    page.unroute("**/api/v1/uploads/*")
    page.wait_for_url("**/face/wait/*")
    assert captures(service) == [("edema", "waiting")]
