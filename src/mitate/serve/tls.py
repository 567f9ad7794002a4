"""A certificate of our own, so that phones on the network may use their camera: browsers ask for TLS.

A small certificate authority is made once in the record's folder; it can vouch only for names and addresses
of local networks (name constraints, RFC 5280, 4.2.1.10), so that trusting it on a phone opens nothing else.
It signs the server's certificate, which is renewed by itself when it ends or the addresses change.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mitate.files import write_bytes
from mitate.record.errors import RecordError
from mitate.record.written import told_plainly
from mitate.serve.addresses import own_addresses

__all__ = ["Certificate", "certificate_for"]

_AUTHORITY_DAYS = 3650
_SERVER_DAYS = 397  # phones refuse longer ones
_RENEW_DAYS = 30
_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7")
_NETWORKS_6 = ("fe80::/10", "::1/128")
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM, and what people compare.

    Attributes:
        authority: the file that a phone is told to trust.
        chain, key: of the server.
        fingerprint: SHA-256 of the authority, in pairs of hexadecimal digits.
        until: when the server's certificate ends.
    """

    authority: Path
    chain: Path
    key: Path
    fingerprint: str
    until: datetime


def certificate_for(hosts: Sequence[str], folder: Path, now: datetime | None = None) -> Certificate:
    """The certificate for these names and addresses; made, renewed or taken as it is.

    Args:
        hosts: names and addresses; those that the authority cannot vouch for are left out.
        folder: for four files; made for its owner only.
        now: the time.

    Raises:
        RecordError: files of it are damaged.
        FullError: the folder cannot be written to.
    """
    moment = now or datetime.now(UTC)
    with told_plainly(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        authority, signing = _authority(folder, moment)
        chain, key = folder / "server.crt", folder / "server.key"
        server = _read(chain) if chain.exists() and key.exists() else None
        named = _permitted(hosts, authority)
        if server is None or not _serves(server, authority, named, moment):
            server = _signed(named, authority, signing, key, moment)
            write_bytes(chain, _pem(server) + _pem(authority))
    digest = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(folder / "authority.crt", chain, key, digest, server.not_valid_after_utc)


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, Key]:
    crt, key = folder / "authority.crt", folder / "authority.key"
    if crt.exists() and key.exists():
        known = _read(crt)
        if known.not_valid_after_utc > now + timedelta(days=_SERVER_DAYS):
            return known, _read_key(key)
    signing = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"mitate on this network ({now:%Y-%m-%d})")])
    names = [x509.DNSName(one) for one in ("localhost", "local", own_addresses().name)]
    networks = (*_NETWORKS, *_NETWORKS_6, *own_addresses().ips)  # an own address that is not private: alone
    addresses = [x509.IPAddress(ipaddress.ip_network(one)) for one in networks]
    made = (
        _builder(name, name, signing.public_key(), now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints([*names, *addresses], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(signing.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )
    _write_key(key, signing)
    write_bytes(crt, _pem(made))
    return made, signing


def _permitted(hosts: Sequence[str], authority: x509.Certificate) -> list[str]:
    """The hosts that the authority can vouch for: one other would make the whole certificate invalid."""
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    names = [one.value for one in limits if isinstance(one, x509.DNSName)]
    networks = [
        one.value for one in limits if isinstance(one.value, ipaddress.IPv4Network | ipaddress.IPv6Network)
    ]

    def good(host: str) -> bool:
        named = _named(host)
        if isinstance(named, x509.IPAddress):
            return any(named.value in network for network in networks)
        return any(host == name or host.endswith(f".{name}") for name in names)

    return [host for host in hosts if good(host)]


def _signed(
    hosts: Sequence[str], authority: x509.Certificate, signing: Key, key: Path, now: datetime
) -> x509.Certificate:
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    made = (
        _builder(name, authority.subject, own.public_key(), now, _SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_named(host) for host in hosts]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
        .sign(signing, hashes.SHA256())
    )
    _write_key(key, own)
    return made


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks of phones differ
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _serves(
    server: x509.Certificate, authority: x509.Certificate, hosts: Sequence[str], now: datetime
) -> bool:
    """Whether a certificate is the authority's, lasts, and names all hosts."""
    if server.issuer != authority.subject or server.not_valid_after_utc < now + timedelta(days=_RENEW_DAYS):
        return False
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {_named(host) for host in hosts} <= set(names)


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise _damaged(path) from error


def _read_key(path: Path) -> Key:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except ValueError as error:
        raise _damaged(path) from error
    if not isinstance(key, Key):
        raise _damaged(path)
    return key


def _damaged(path: Path) -> RecordError:
    return RecordError(
        "this file of the certificate is damaged",
        where=path,
        todo="delete the folder it lies in: another certificate is made, which phones have to trust anew",
    )


def _write_key(path: Path, key: Key) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_bytes(path, pem)
    path.chmod(0o600)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
