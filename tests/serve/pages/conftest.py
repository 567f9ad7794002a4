"""Who is on the clinic's pages."""

from __future__ import annotations

import pytest
from tests.serve.conftest import add_person
from tests.serve.pages.clinic_rows import add_check, add_model, add_session, add_weight, back_result

from mitate.serve.service import Service

DARK = {
    "kind": "RefusalError", "what": "the face is too dark", "where": None, "todo": "turn on a light",
    "reason": "too_dark",
}  # fmt: skip


@pytest.fixture
def hana(service: Service) -> dict[str, str]:
    """A patient with something of everything, her alarm on; ids by what they are of."""
    person = add_person(service, "Hana <Sato>", number="4711", kind="home")
    record = service.record
    add_weight(record, person, 58.0, days_ago=60, kind="dry")
    weight = add_weight(record, person, 59.1, days_ago=3)
    first = [
        add_session(record, person, days_ago=14 - 2 * n, kg=0.1 * n, context="other", weight_kg=58 + 0.1 * n)
        for n in range(4)
    ]
    model = add_model(record, person, first[:3], left_out=[{"capture": first[3], "reason": "wrong_person"}])
    high = add_session(record, person, days_ago=2, kg=2.2, context="other", model=model)
    refused = add_session(record, person, days_ago=1, state="refused", refusal=DARK)
    return {
        "person": person,
        "weight": weight,
        "session": high,
        "refused": refused,
        "check": add_check(record, person, back_result()),
        "open": add_check(record, person, None, films=0),
    }
