"""A film to an answer over mitate's REST API, with nothing but Python's standard library.

    MITATE_TOKEN=mitate_... python api_client.py https://192.168.1.20:8443 visit.mp4 --authority mitate.crt

Makes a patient (or takes the one of this number), notes consent and a dry weight, sends the film piece by
piece (tus 1.0: a broken connection goes on where it was), and waits for the words.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

PIECE = 4 * 1024 * 1024
TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime", ".mkv": "video/x-matroska"}


class Mitate:
    """A mitate server, by its address and a token with the scopes read:people and write:people."""

    def __init__(self, address: str, token: str, authority: str | None = None) -> None:
        self._address, self._token = address.rstrip("/"), token
        self._trust = ssl.create_default_context(cafile=authority) if address.startswith("https:") else None

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[Any, Any]:
        """The answer and its headers; SystemExit with the server's own words where it refuses."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        told = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        request = urllib.request.Request(f"{self._address}{path}", raw, told, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60, context=self._trust) as answer:
                content = answer.read()
                return (json.loads(content) if content else None), answer.headers
        except urllib.error.HTTPError as error:
            if error.code == 409 and method == "PATCH":
                return None, error.headers
            raise SystemExit(f"{method} {path}: {error.code} {error.read().decode()[:500]}") from None

    def person(self, number: str, dry_weight_kg: float | None) -> str:
        """The id of the patient with this number, made if there is none."""
        found, _ = self.ask("GET", f"/api/v1/people?q={urllib.parse.quote(number)}")
        for one in found["people"]:
            if one["number"] == number:
                return str(one["id"])
        made, _ = self.ask("POST", "/api/v1/people", {"name": number, "number": number})
        person = str(made["id"])
        self.ask("PUT", f"/api/v1/people/{person}/consents/analyse", {"given": True})
        if dry_weight_kg is not None:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            weight = {"at": now, "kg": dry_weight_kg, "kind": "dry"}
            self.ask("POST", f"/api/v1/people/{person}/weights", weight)
        return person

    def send(self, person: str, film: Path, context: str) -> str:
        """Send a film of a face; the id of the session it makes."""
        content = film.read_bytes()
        facts = {
            "instrument": "edema",
            "context": context,
            "length": len(content),
            "content_type": TYPES[film.suffix.lower()],
        }
        once = {"Idempotency-Key": uuid.uuid4().hex}
        begun, _ = self.ask("POST", f"/api/v1/people/{person}/captures", facts, once)
        tus = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
        offset = 0
        while offset < len(content):
            piece = content[offset : offset + PIECE]
            try:
                self.ask("PATCH", begun["upload"], piece, {**tus, "Upload-Offset": str(offset)})
            except OSError:  # the network: ask how far it came, and go on from there
                time.sleep(2)
            _, told = self.ask("HEAD", begun["upload"], headers={"Tus-Resumable": "1.0.0"})
            offset = int(told["Upload-Offset"])
        return str(begun["id"])

    def wait(self, capture: str) -> dict[str, Any]:
        """The session once it is read or refused."""
        while True:
            told, _ = self.ask("GET", f"/api/v1/captures/{capture}")
            if told["state"] in ("done", "refused", "failed"):
                return dict(told)
            time.sleep(1)


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("address")
    parser.add_argument("film", type=Path)
    parser.add_argument("--authority", help="the certificate that mitate made (its page /ca.crt)")
    parser.add_argument("--number", default="example-1", help="the patient's number in the clinic")
    parser.add_argument("--dry-weight", type=float)
    parser.add_argument("--context", choices=("pre", "post", "other"), default="other")
    typed = parser.parse_args()
    mitate = Mitate(typed.address, os.environ["MITATE_TOKEN"], typed.authority)
    person = mitate.person(typed.number, typed.dry_weight)
    found = mitate.wait(mitate.send(person, typed.film, typed.context))
    print(found["state"])
    told = found["told"]
    if told:
        print(told["headline"])
        print("\n".join([*told["lines"], *told["advice"]]))


if __name__ == "__main__":
    main()
