"""``mitate serve``: the web app for phones and tablets, on this machine."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mitate.cli.printing import program

if TYPE_CHECKING:
    from mitate.record.vault import Vault
    from mitate.serve.service import Service
    from mitate.serve.start import Running

__all__ = ["serve"]

_KEYS, _SERVERS = "The master key", "Several machines"
Folder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Of the record; by default in your own data folder.")
]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="8443, or 8080 without TLS.")]
Tls = Annotated[bool, typer.Option("--tls/--no-tls", help="Without TLS only this machine is served.")]
ShowIt = Annotated[bool, typer.Option("--browser/--no-browser", help="Open this machine's browser.")]
Example = Annotated[
    bool, typer.Option("--demo", help="With two simulated patients, in a folder of their own.")
]
Ask = Annotated[bool, typer.Option("--passphrase", help="Ask for the passphrase.", rich_help_panel=_KEYS)]
Keyring = Annotated[
    bool, typer.Option("--keyring", help="From the system's key store.", rich_help_panel=_KEYS)
]
KeyFile = Annotated[Path | None, typer.Option(metavar="FILE", help="From this file.", rich_help_panel=_KEYS)]
Database = Annotated[
    str | None,
    typer.Option(metavar="URL", envvar="MITATE_DATABASE", help="PostgreSQL.", rich_help_panel=_SERVERS),
]
Redis = Annotated[
    str | None, typer.Option(metavar="URL", envvar="MITATE_REDIS", help="Redis.", rich_help_panel=_SERVERS)
]
Worker = Annotated[bool, typer.Option("--worker", help="Do jobs only, no pages.", rich_help_panel=_SERVERS)]
Jobs = Annotated[
    bool, typer.Option("--jobs/--no-jobs", help="Leave jobs to workers.", rich_help_panel=_SERVERS)
]
Live = Annotated[bool, typer.Option("--live/--no-live", help="Look at pictures of running cameras.")]
Host = Annotated[str | None, typer.Option(metavar="ADDRESS", help="To listen on.", rich_help_panel=_SERVERS)]
Origin = Annotated[
    str | None, typer.Option(metavar="URL", help="What browsers reach it by.", rich_help_panel=_SERVERS)
]
Proxies = Annotated[
    str,
    typer.Option("--proxy", metavar="ADDRESSES", help="Believe these proxies.", rich_help_panel=_SERVERS),
]


def serve(
    folder: Folder = None,
    port: Port = None,
    tls: Tls = True,
    browser: ShowIt = True,
    example: Example = False,
    ask: Ask = False,
    keyring: Keyring = False,
    key_file: KeyFile = None,
    database: Database = None,
    redis: Redis = None,
    worker: Worker = False,
    jobs: Jobs = True,
    live: Live = True,
    host: Host = None,
    origin: Origin = None,
    proxies: Proxies = "",
) -> None:
    """The web app: phones and tablets on your network film, this machine reads; nothing leaves it.

    Example: `mitate serve`

    Opens the browser and prints a QR code for phones. Ctrl-C ends it; what was begun goes on next time.
    """
    from mitate.record.whereabouts import need_place
    from mitate.serve.start import Options, own_folder, work
    from mitate.serve.start import serve as run

    _quiet_logs()
    place = folder or (Path("mitate-demo") / "record" if example else own_folder())
    need_place(place, database, may_begin=True)
    options = Options(
        place,
        _vault(place, ask=ask, keyring=keyring, key_file=key_file, example=example),
        port=port,
        tls=tls,
        host=host,
        origin=origin,
        proxies=proxies,
        database_url=database,
        redis_url=redis,
        works=jobs,
        live=live,
    )
    if worker:
        work(options, lambda: print("mitate: working; Ctrl-C ends it", flush=True))
        return
    told: list[str] = []
    before = (lambda service: told.extend(_with_example(service))) if example else (lambda service: None)
    run(options, lambda running: _greet(running, browser, told), before)


def _vault(folder: Path, *, ask: bool, keyring: bool, key_file: Path | None, example: bool) -> Vault:
    from mitate.record.master import open_vault

    if example and key_file is None and not (ask or keyring):
        key_file = folder.with_name("example.key")  # of nobody: it may lie beside
    phrase = typer.prompt("passphrase", hide_input=True, err=True) if ask else None
    return open_vault(folder, passphrase=phrase, keyring=keyring, key_file=key_file)


def _with_example(service: Service) -> list[str]:
    from mitate.demo import find_example
    from mitate.serve.example import fill

    return list(fill(service, find_example()))


def _greet(running: Running, browser: bool, told: list[str]) -> None:
    """Say where the app is found, and open it."""
    here = f"{running.here}/first?code={running.code}" if running.code else running.here
    lines = [f"mitate is running: {here}"]
    if running.for_phones:
        lines += [f"phones and tablets on this network: {running.for_phones}", _qr(running.for_phones)]
        lines += [f"certificate's fingerprint (SHA-256): {running.settings.fingerprint}"]
    if running.code:
        lines += [f"code for the first start: {running.code}"]
    lines += [*told, f"record: {running.settings.folder}; Ctrl-C ends it; {program()} record --help"]
    print("\n".join(line for line in lines if line), flush=True)
    if browser and sys.stdout.isatty():
        import webbrowser

        with suppress(webbrowser.Error):
            webbrowser.open(here)


def _qr(address: str) -> str:
    """A QR code in half blocks; none where nobody would see it."""
    if not sys.stdout.isatty():
        return ""
    import io

    import segno

    drawn = io.StringIO()
    segno.make(address, error="m").terminal(drawn, compact=True)
    return drawn.getvalue().rstrip()


def _quiet_logs() -> None:
    import logging

    from mitate.serve.jobs.queue import BellTrouble

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(BellTrouble())
    logging.getLogger("mitate.serve").setLevel(logging.INFO)
