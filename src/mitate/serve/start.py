"""From options to a running app: record, queue, certificate, listeners."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from mitate.record.opened import Record, open_record, own_folder
from mitate.record.vault import Vault
from mitate.serve.addresses import Addresses, own_addresses
from mitate.serve.app import create_app
from mitate.serve.auth.first import first_code
from mitate.serve.doorway import Doorway, trust_only
from mitate.serve.jobs.consumer import run_worker, start
from mitate.serve.jobs.queue import open_queue
from mitate.serve.live.pool import LivePool
from mitate.serve.own_process import keep_to_oneself
from mitate.serve.running import Listener, free_port, run
from mitate.serve.service import Service
from mitate.serve.settings import Settings
from mitate.serve.tls import Certificate, certificate_for

__all__ = ["Options", "Running", "own_folder", "serve", "work"]

TLS_PORT, PLAIN_PORT = 8443, 8080
_EVERYWHERE, _HERE = "0.0.0.0", "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Options:
    """How to run the app.

    Attributes:
        folder: of the record.
        vault: its keys.
        port: for TLS, or for plain connections without it; None is 8443 or 8080, or the next that is free.
        tls: whether with a certificate of our own; without, only this machine is served unless `host` says.
        host: address to listen on; None is all with TLS, this machine without.
        origin: what browsers reach it by, where a proxy stands before it.
        proxies: addresses of such proxies, by commas; ``*`` where nobody else can reach this port.
        database_url, redis_url, works, live: as in `Settings`.
    """

    folder: Path
    vault: Vault
    port: int | None = None
    tls: bool = True
    host: str | None = None
    origin: str | None = None
    proxies: str = ""
    database_url: str | None = None
    redis_url: str | None = None
    works: bool = True
    live: bool = True


@dataclass(frozen=True, slots=True)
class Running:
    """What whoever started the app has to know.

    Attributes:
        here: address for this machine's own browser.
        for_phones: address for the QR code; empty where phones cannot reach it.
        settings: of the run.
        code: of the first start; empty once there is an account.
    """

    here: str
    for_phones: str
    settings: Settings
    code: str


def serve(options: Options, ready: Callable[[Running], None], before: Callable[[Service], None]) -> None:
    """Run the app until somebody ends it.

    Args:
        options: how.
        ready: called once it answers.
        before: called with the service before it answers.

    Raises:
        InputError: a port is taken.
        RecordError: the record cannot be opened.
    """
    keep_to_oneself()
    addresses = own_addresses()
    certificate = certificate_for(addresses.hosts, options.folder / "tls") if options.tls else None
    settings, port, plain = _settings(options, addresses, certificate)
    with ExitStack() as closing:
        record = open_record(options.folder, options.vault, options.database_url)
        closing.callback(record.close)
        service = _service(record, settings)
        if service.live is not None:
            closing.callback(service.live.close)
        before(service)
        code = first_code(record)
        if options.works:
            closing.callback(start(service).stop)
        listeners = _listeners(service, options, certificate, port, plain)
        here = settings.origin if certificate is None else f"http://{_HERE}:{plain}"
        phones = f"http://{addresses.ips[0]}:{plain}/" if certificate and addresses.ips else ""
        run(listeners, lambda: ready(Running(here, phones, settings, code)), options.proxies)


def work(options: Options, ready: Callable[[], None]) -> None:
    """Do jobs and nothing else until somebody ends it; errors as `serve`."""
    keep_to_oneself()
    settings = Settings(
        options.folder, database_url=options.database_url, redis_url=options.redis_url, live=False
    )
    record = open_record(options.folder, options.vault, options.database_url)
    try:
        run_worker(_service(record, settings), ready=ready)
    finally:
        record.close()


def _service(record: Record, settings: Settings) -> Service:
    return Service(record, open_queue(settings), settings, LivePool() if settings.live else None)


def _settings(
    options: Options, addresses: Addresses, certificate: Certificate | None
) -> tuple[Settings, int, int]:
    """Settings, the port of the app and, with TLS, that of the doorway."""
    settings = Settings(
        options.folder,
        database_url=options.database_url,
        redis_url=options.redis_url,
        works=options.works,
        live=options.live,
        fronted=options.origin is not None or options.proxies != "",
    )
    if certificate is None:
        host = options.host or _HERE
        port = options.port or free_port(PLAIN_PORT, host)
        origin, *others = [f"http://{_bracketed(name)}:{port}" for name in _names(host, addresses)]
        if options.origin is not None:
            origin, others = options.origin, others if host == _HERE else []
        return replace(settings, origin=origin, origins=tuple(others)), port, 0
    port = options.port or free_port(TLS_PORT)
    plain = free_port(PLAIN_PORT)
    origins = [f"https://{_bracketed(host)}:{port}" for host in addresses.hosts]
    settings = replace(
        settings,
        origin=options.origin or origins[0],
        origins=tuple(origins),
        authority=certificate.authority,
        fingerprint=certificate.fingerprint,
    )
    return settings, port, plain


def _listeners(
    service: Service, options: Options, certificate: Certificate | None, port: int, plain: int
) -> list[Listener]:
    if certificate is None:
        return [Listener(create_app(service), options.host or _HERE, port)]
    near = (f"http://localhost:{plain}",)
    here = replace(service.settings, origin=f"http://{_HERE}:{plain}", origins=near)
    doorway = Doorway(create_app(replace(service, settings=here)), trust_only(service))
    return [
        Listener(create_app(service), options.host or _EVERYWHERE, port, certificate),
        Listener(doorway, options.host or _EVERYWHERE, plain),
    ]


def _names(host: str, addresses: Addresses) -> tuple[str, ...]:
    """What browsers may call the address that is listened on."""
    if host == _HERE:
        return (_HERE, "localhost")
    return addresses.hosts if host in (_EVERYWHERE, "::") else (host,)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
