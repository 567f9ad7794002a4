"""The certificate as a phone would meet it: by real TLS on loopback."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from mitate.record.errors import RecordError
from mitate.serve.tls import Certificate, certificate_for

HOSTS = ("192.168.7.20", "fd12::7", "desk.local", "localhost", "127.0.0.1")


def _greets(certificate: Certificate, name: str) -> bool:
    """Whether a client that trusts the authority goes through with a handshake for `name`."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate.chain, certificate.key)
    asking = ssl.create_default_context(cafile=str(certificate.authority))
    ours, theirs = socket.socketpair()

    def serve() -> None:
        with theirs:
            try:
                serving.wrap_socket(theirs, server_side=True).close()
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with ours, asking.wrap_socket(ours, server_hostname=name):
            return True
    except ssl.SSLCertVerificationError:
        return False
    finally:
        thread.join()


@pytest.mark.parametrize("name", HOSTS)
def test_a_phone_that_trusts_the_authority_connects_by_every_name(tmp_path: Path, name: str) -> None:
    assert _greets(certificate_for(HOSTS, tmp_path / "tls"), name)


def test_other_names_are_refused(tmp_path: Path) -> None:
    made = certificate_for(HOSTS, tmp_path / "tls")
    assert not _greets(made, "192.168.7.21")
    assert not _greets(made, "example.org")


def test_the_authority_cannot_vouch_for_the_world(tmp_path: Path) -> None:
    made = certificate_for(("example.org", "203.0.113.9", "desk.local"), tmp_path / "tls")
    server = x509.load_pem_x509_certificate(made.chain.read_bytes())
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.value for name in names] == ["desk.local"]


def test_it_stays_until_an_address_changes_or_it_ends(tmp_path: Path) -> None:
    first = certificate_for(HOSTS, tmp_path)
    authority = first.authority.read_bytes()
    again = certificate_for(HOSTS[:2], tmp_path)
    assert again.until == first.until
    moved = certificate_for(("10.0.0.4", *HOSTS), tmp_path)
    assert _greets(moved, "10.0.0.4")
    later = certificate_for(HOSTS, tmp_path, datetime.now(UTC) + timedelta(days=380))
    assert later.until > first.until
    assert later.authority.read_bytes() == authority  # phones need not trust anew
    assert later.key.stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_told_plainly(tmp_path: Path) -> None:
    certificate_for(HOSTS, tmp_path)
    (tmp_path / "authority.crt").write_text("no certificate")
    with pytest.raises(RecordError, match="damaged"):
        certificate_for(HOSTS, tmp_path)
