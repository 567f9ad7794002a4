"""The API against its own description, asked by schemathesis over loopback; and FHIR by fhir.resources.

Somebody with every role asks every operation of a real server, with ids that are there and ids that are not,
signed in anew for each operation (one of them signs out). Operations that remove come last. The validator of
FHIR is fhir.resources itself, asked here and not by mitate's own code, about what
``python -m mitate.record.fhir`` prints.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.served import served
from benchmarks.service_rows import none_of, write_rows
from mitate.figures import Figure
from mitate.record.accounts import account_of, add_account
from mitate.record.checks import begin
from mitate.record.consents import give
from mitate.record.master import open_vault
from mitate.record.opened import Record, open_record
from mitate.record.people import PersonFacts, add_person
from mitate.record.schema import Login, now
from mitate.record.weights import NewWeight, add_weight
from mitate.serve.auth.logins import begin_login, cookie_name, hashed
from mitate.serve.settings import Settings

__all__ = ["Asked", "ask_all", "main"]

EXAMPLES = 25
"""Of each operation."""
APART_S = 0.03  # a browser may ask 40 times a second


@dataclass(slots=True)
class Asked:
    """What came of it.

    Attributes:
        operations: that were asked.
        requests: in all; by status in `statuses`.
        broken, unlike: answers 5xx, and answers that the description does not know, each told.
    """

    operations: int = 0
    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """Somebody with every role, and ids that are there."""

    account: str
    ids: dict[str, str]


def _furnished(record: Record) -> _Known:
    with record.database.writing() as session:
        person = add_person(record, session, PersonFacts("Somebody", number="1"), "system")
        for kind in ("analyse", "photos"):
            give(session, person, kind, "system")
        add_weight(record, session, person, NewWeight(now(), 71.2), "system")
    with record.database.writing() as session:
        roles = ("person", "clinician", "admin")
        account = add_account(
            record, session, login="all", name="Somebody", roles=roles, secret="-", person_id=person
        )
        return _Known(account.id, {"person": person, "check": begin(record, session, person).id})


def _signed_in(record: Record, known: _Known, origin: str) -> dict[str, str]:
    """Headers of a browser that has just signed in."""
    with record.database.writing() as session:
        token = begin_login(session, account_of(session, known.account))
    with record.database.reading() as session:
        login = session.get(Login, hashed(token))
        csrf = "" if login is None else login.csrf
    name = cookie_name(Settings(record.folder))
    return {"Cookie": f"{name}={token}", "X-CSRF-Token": csrf, "Origin": origin}


def _operations(origin: str) -> Iterator[Any]:
    import schemathesis

    schema: Any = schemathesis.openapi.from_url(f"{origin}/api/v1/openapi.json")
    found = [one.ok() for one in schema.get_all_operations()]
    yield from sorted(found, key=lambda one: one.method.upper() == "DELETE")


def _ask(operation: Any, headers: dict[str, str], ids: dict[str, str], found: Asked) -> None:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi import checks

    promised = (
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
    )
    named = f"{operation.method.upper()} {operation.path}"

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(), there=st.booleans())
    def one(case: Any, there: bool) -> None:
        for name in case.path_parameters or {} if there else ():
            case.path_parameters[name] = ids.get(name.removesuffix("_id"), case.path_parameters[name])
        time.sleep(APART_S)
        answer = case.call(headers=headers)
        found.requests += 1
        found.statuses[answer.status_code] += 1
        for told, asked in ((found.broken, (not_a_server_error,)), (found.unlike, promised)):
            try:
                case.validate_response(answer, checks=list(asked))
            except FailureGroup as error:
                told.append(f"{named}: {error.exceptions[0]}")

    one()
    found.operations += 1


def ask_all() -> Asked:
    """Ask every operation of a real server."""
    found = Asked()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "record"
        vault = open_vault(folder, key_file=folder.with_name(f"{folder.name}.key"))
        record = open_record(folder, vault)
        known = _furnished(record)
        with served(folder) as running:
            for operation in _operations(running.origin):
                _ask(operation, _signed_in(record, known, running.origin), known.ids, found)
        record.close()
    return found


def _fhir() -> Iterator[Figure]:
    """How many resources of the printed examples fhir.resources refuses, of either release."""
    from fhir.resources import get_fhir_model_class as r5
    from fhir.resources.R4B import get_fhir_model_class as r4b
    from pydantic import ValidationError

    ran = [sys.executable, "-m", "mitate.record.fhir"]
    printed = subprocess.run(ran, capture_output=True, text=True, check=True).stdout
    for line in printed.splitlines():
        told = json.loads(line)
        kinds: Counter[str] = Counter()
        refused = 0
        model = {"R4B": r4b, "R5": r5}[told["release"]]
        for one in (told["bundle"], *(entry["resource"] for entry in told["bundle"]["entry"])):
            kinds[one["resourceType"]] += 1
            try:
                model(one["resourceType"]).model_validate(one)
            except ValidationError as error:
                refused += 1
                print(f"{told['release']} {one['resourceType']}: {error}", file=sys.stderr)
        data = f"fhir.resources {version('fhir.resources')}; " + ", ".join(
            f"{number} {kind}" for kind, number in sorted(kinds.items())
        )
        yield Figure(
            f"FHIR {told['release']}: resources of the examples that are refused",
            float(refused),
            "",
            None,
            None,
            kinds.total(),
            data,
            bar=0.0,
            at_least=False,
        )


def main() -> int:
    """Ask, and write the figures."""
    found = ask_all()
    statuses = ", ".join(f"{status}: {number}" for status, number in sorted(found.statuses.items()))
    data = (
        f"schemathesis {version('schemathesis')}, loopback, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}; answers {statuses}"
    )
    for one in (*found.broken[:20], *found.unlike[:20]):
        print(one, file=sys.stderr)
    write_rows(
        [
            Figure("schemathesis: operations", float(found.operations), "", None, None, found.requests, data),
            none_of("schemathesis: answers 5xx", len(found.broken), found.requests, data),
            none_of("schemathesis: answers unlike the description", len(found.unlike), found.requests, data),
            *_fhir(),
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
