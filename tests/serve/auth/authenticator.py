"""A passkey made of software: an ES256 authenticator as WebAuthn Level 2 describes one, without a browser."""

from __future__ import annotations

import base64
import json
import os
import struct
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_UP, _UV, _AT = 0x01, 0x04, 0x40


def text(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def raw(content: str) -> bytes:
    """From base64url."""
    return base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))


@dataclass(slots=True)
class Authenticator:
    """One credential; `count` goes on by one with each signature."""

    origin: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    count: int = 0
    user: bytes = b""

    def create(self, options: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """What ``navigator.credentials.create`` gives."""
        self.user = raw(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", 32) + self.credential_id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], _UP | _UV | _AT) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"], **changed)
        return self._credential({"clientDataJSON": text(client), "attestationObject": text(attestation)})

    def get(self, options: dict[str, Any], flags: int = _UP | _UV, **changed: Any) -> dict[str, Any]:
        """What ``navigator.credentials.get`` gives."""
        self.count += 1
        data = self._data(options["rpId"], flags)
        client = self._client("webauthn.get", options["challenge"], **changed)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(signature),
                "userHandle": text(self.user),
            }
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        return sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, asked: str, **changed: Any) -> bytes:
        told = {"type": kind, "challenge": asked, "origin": self.origin, "crossOrigin": False, **changed}
        return json.dumps(told).encode()

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        shown = text(self.credential_id)
        return {"id": shown, "rawId": shown, "type": "public-key", "response": response}
