"""`mitate serve` as a real process on loopback: what it prints, what it answers, and how it ends."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from benchmarks.served import own_port

from mitate.record.master import open_vault
from mitate.record.opened import DATABASE, open_record
from mitate.serve.addresses import own_addresses

Start = Callable[..., "Process"]
Typed = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class Process:
    """One that runs, and what it has told when it was ready."""

    running: subprocess.Popen[bytes]
    said: str

    def found(self, pattern: str) -> str:
        """What a pattern finds in what was told."""
        match = re.search(pattern, self.said)
        assert match is not None, self.said
        return match.group(1)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code, once it was asked to end."""
        self.running.send_signal(how)
        return self.running.wait(240)


def typed(*options: object) -> list[str]:
    return [sys.executable, "-m", "mitate", "serve", "--no-browser", *(str(one) for one in options)]


def told_until(stream: int, enough: str, running: subprocess.Popen[bytes]) -> str:
    said = b""
    while enough.encode() not in said:
        ready, _, _ = select.select([stream], [], [], 240)
        try:
            piece = os.read(stream, 65536) if ready else b""
        except OSError:  # the far end of a terminal was closed
            piece = b""
        if not piece:
            running.kill()
            raise AssertionError(f"it ended or said nothing more than: {said.decode()}")
        said += piece
    return said.decode()


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("MITATE_PASSPHRASE", "MITATE_DATABASE", "MITATE_REDIS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def ports() -> Iterator[Callable[[], int]]:
    """Ports that nobody else gets meanwhile."""
    with ExitStack() as held:
        yield lambda: held.enter_context(own_port())


@pytest.fixture
def start(quiet: None) -> Iterator[Start]:
    begun: list[subprocess.Popen[bytes]] = []
    terminals: list[int] = []

    def run(*options: object, enough: str = "Ctrl-C ends it", terminal: bool = False) -> Process:
        if terminal:
            ours, theirs = os.openpty()
            running = subprocess.Popen(typed(*options), stdout=theirs)
            begun.append(running)
            os.close(theirs)
            terminals.append(ours)  # open as long as it runs: it may not be done with its last line
            said = told_until(ours, enough, running)
        else:
            running = subprocess.Popen(typed(*options), stdout=subprocess.PIPE)
            begun.append(running)
            if running.stdout is None:
                raise RuntimeError("no pipe")
            said = told_until(running.stdout.fileno(), enough, running)
        return Process(running, said)

    yield run
    for running in begun:
        running.kill()
        running.wait()
        if running.stdout is not None:
            running.stdout.close()
    for one in terminals:
        os.close(one)


def page(address: str, trust: ssl.SSLContext | None = None) -> tuple[str, bytes]:
    """Where one ends up, and what is there."""
    with urllib.request.urlopen(address, context=trust, timeout=120) as answer:
        return str(answer.url), bytes(answer.read())


def test_it_says_where_it_is_answers_and_ends(start: Start, ports: Callable[[], int], tmp_path: Path) -> None:
    folder, port = tmp_path / "record", ports()
    first = start("--folder", folder, "--no-tls", "--port", port)
    assert first.found("running: (.*)/first") == f"http://127.0.0.1:{port}"
    assert first.found("code for the first start: (.*)\n") == first.found(r"first\?code=(.*)\n")
    assert b"<h1" in page(first.found("running: (.*)\n"))[1]
    ended_at, _ = page(f"http://127.0.0.1:{port}/")
    assert ended_at.endswith("/first")

    beside = start("--folder", folder, "--no-tls", "--port", ports())  # on the same record: both serve it
    assert beside.found("code for the first start: (.*)\n")
    assert page(beside.found("running: (.*)/first") + "/trust")[1]
    assert beside.end(signal.SIGINT) == 0
    assert first.end() == 0
    with pytest.raises(urllib.error.URLError):
        page(f"http://127.0.0.1:{port}/")


def test_over_tls_phones_are_led_to_trust(start: Start, ports: Callable[[], int], tmp_path: Path) -> None:
    port = ports()
    found = start("--folder", tmp_path / "record", "--port", port, "--no-jobs", terminal=True)
    here = found.found(r"running: (http://127\.0\.0\.1:\d+)/first")
    ips = own_addresses().ips
    away = f"http://{ips[0]}:{here.rpartition(':')[2]}" if ips and ":" not in ips[0] else here
    _, steps = page(f"{away}/trust")
    fingerprint = found.found("fingerprint .*: ([0-9A-F:]+)")
    assert fingerprint.encode() in steps
    assert f":{port}".encode() in steps
    if away != here:
        assert "▀" in found.said  # the QR code of that address
        assert page(f"{away}/sign-in")[0] == f"{away}/trust"

    _, authority = page(f"{away}/ca.crt")
    assert authority == (tmp_path / "record/tls/authority.crt").read_bytes()
    trust = ssl.create_default_context(cadata=authority.decode())
    reached, shown = page(f"https://127.0.0.1:{port}/", trust)
    assert (reached, b"<h1" in shown) == (f"https://127.0.0.1:{port}/first", True)
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        page(f"https://127.0.0.1:{port}/", ssl.create_default_context())
    assert found.end() == 0


def test_a_worker_serves_nothing_and_ends(start: Start, tmp_path: Path) -> None:
    found = start("--folder", tmp_path / "record", "--worker")
    assert found.said.strip() == "mitate: working; Ctrl-C ends it"
    assert found.end() == 0


@pytest.mark.usefixtures("quiet")
def test_a_wrong_key_is_told_plainly(mitate: Typed, tmp_path: Path) -> None:
    folder, wrong = tmp_path / "record", tmp_path / "wrong.key"
    open_record(folder, open_vault(folder, key_file=tmp_path / "own.key")).close()
    wrong.write_text("ab" * 32)
    wrong.chmod(0o600)
    options = ("serve", "--no-browser", "--no-tls", "--folder")
    _, _, told = mitate(*options, folder, "--key-file", wrong)
    assert told == "mitate: keys.json: the key file is another record's\n"
    code, said, told = mitate(*options, tmp_path / "new", "--key-file", tmp_path / "new/own.key")
    assert (code, said, told.count("\n"), "outside the record" in told) == (2, "", 1, True)
    assert not (tmp_path / "new" / DATABASE).exists()


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("worker", [[], ["--worker"]])
def test_a_record_whose_server_is_not_named_is_no_first_start(
    mitate: Typed, tmp_path: Path, postgres_url: str, worker: list[str]
) -> None:
    folder, family = tmp_path / "record", tmp_path / "family"
    open_record(folder, open_vault(folder, key_file=tmp_path / "own.key"), postgres_url).close()
    open_record(family, open_vault(family, key_file=tmp_path / "her.key")).close()
    before = sorted(tmp_path.rglob("*"))
    code, said, told = mitate("serve", "--no-browser", "--folder", folder, *worker)
    assert (code, said, told.count("\n")) == (2, "", 1)
    assert told.startswith(f"mitate: {folder}: the tables of this record are in another database")
    assert "Name it by --database, or the environment variable MITATE_DATABASE" in told
    options = ("--folder", family, "--database", postgres_url)
    code, said, told = mitate("serve", "--no-browser", *options, *worker)
    assert (code, said, told.count("\n"), "back it up" in told) == (2, "", 1, True)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.usefixtures("quiet")
def test_a_taken_port_is_told_in_one_line(mitate: Typed, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for tls in ("--tls", "--no-tls"):
            told = mitate("serve", "--no-browser", tls, "--port", port, "--folder", tmp_path / "record")
            assert told == (2, "", f"mitate: port {port}: this port is taken. Choose another by --port\n")


@pytest.mark.usefixtures("quiet")
def test_an_address_of_nobody_is_told_plainly(mitate: Typed, tmp_path: Path) -> None:
    options = ("--no-tls", "--host", "203.0.113.9", "--folder", tmp_path / "record")
    code, said, told = mitate("serve", "--no-browser", *options)
    assert (code, said, told.count("\n"), "no such address" in told) == (2, "", 1, True)
