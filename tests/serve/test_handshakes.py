"""Connections to the TLS port before TLS is agreed on: each has its place, and none has it for long."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.serve.timed import HURRIED, Timed, closed, closing, open_still, reset

from mitate.serve.tls import Certificate, certificate_for

HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
"""How a first message of TLS begins that is 512 bytes long."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_for(("127.0.0.1", "localhost"), tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def trust(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate.authority))


@pytest.fixture
def timed(certificate: Certificate) -> Iterator[Timed]:
    with Timed(HURRIED, certificate) as server:
        yield server


def test_handshakes_that_never_finish_fill_their_own_share_only(timed: Timed, trust: ssl.SSLContext) -> None:
    with closing(timed.crowded(HURRIED.of_one)) as silent:
        for number, one in enumerate(silent):
            one.sendall(HELLO[:number])
        with timed.connected() as one:
            assert closed(one)
        assert dict(timed.crowd.by_network) == {"127.0.0.1": HURRIED.of_one}
        assert timed.answers(tls=trust, source="127.0.0.2")
        timed.forward(HURRIED.handshake_s - 1)
        assert all(open_still(one) for one in silent)
        assert timed.answers(tls=trust, source="127.0.0.2")
        timed.forward(2.0)
        assert all(closed(one) for one in silent)
        assert timed.crowd.becomes(0)
        assert timed.answers(tls=trust)


def test_all_together_have_no_more_than_there_is(timed: Timed, trust: ssl.SSLContext) -> None:
    with closing(timed.crowded(6) + timed.crowded(6, "127.0.0.2")):
        with timed.connected("127.0.0.3") as one:
            assert closed(one)
        timed.forward(HURRIED.handshake_s + 1)
        assert timed.crowd.becomes(0)
        assert timed.answers(tls=trust, source="127.0.0.3")


def test_a_handshake_that_trickles_is_no_way_round(timed: Timed) -> None:
    with closing(timed.crowded(1)) as (one,):
        for letter in HELLO[: int(HURRIED.handshake_s) - 1]:
            one.sendall(bytes([letter]))
            timed.forward(1.0)
            assert open_still(one)
        timed.forward(2.0)
        assert closed(one)
        assert timed.crowd.becomes(0)


def test_a_finished_handshake_and_nothing_more_has_the_patience_of_a_head(
    timed: Timed, trust: ssl.SSLContext
) -> None:
    with closing(timed.crowded(1)) as (plain,):
        with trust.wrap_socket(plain, server_hostname="localhost") as one:
            timed.forward(HURRIED.head_s - 1)
            assert timed.crowd.total == 1
            timed.forward(2.0)
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                assert one.recv(1) == b""
        assert timed.crowd.becomes(0)


def plain_http(one: socket.socket, _: ssl.SSLContext) -> None:
    one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert closed(one)


def other_words(one: socket.socket, _: ssl.SSLContext) -> None:
    one.sendall(bytes(range(256)))
    assert closed(one)


def half_and_gone(one: socket.socket, _: ssl.SSLContext) -> None:
    one.sendall(HELLO)
    one.close()


def half_and_killed(one: socket.socket, _: ssl.SSLContext) -> None:
    one.sendall(HELLO)
    reset(one)


def killed_at_once(one: socket.socket, _: ssl.SSLContext) -> None:
    reset(one)


def distrust(one: socket.socket, _: ssl.SSLContext) -> None:
    with pytest.raises(ssl.SSLError):
        ssl.create_default_context().wrap_socket(one, server_hostname="localhost")


def old(one: socket.socket, _: ssl.SSLContext) -> None:
    unlike = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unlike.check_hostname, unlike.verify_mode = False, ssl.CERT_NONE
    unlike.maximum_version = ssl.TLSVersion.TLSv1_2
    unlike.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # the certificate is of another kind
    with pytest.raises((ssl.SSLError, ConnectionError)):
        unlike.wrap_socket(one, server_hostname="localhost")


def killed_after(one: socket.socket, trust: ssl.SSLContext) -> None:
    made = trust.wrap_socket(one, server_hostname="localhost")
    made.sendall(b"GET / HTTP/1.1\r\n")
    reset(made)


@pytest.mark.parametrize(
    "end",
    [plain_http, other_words, half_and_gone, half_and_killed, killed_at_once, distrust, old, killed_after],
)
def test_however_it_ends_its_place_is_free_again(
    timed: Timed, trust: ssl.SSLContext, end: Callable[[socket.socket, ssl.SSLContext], None]
) -> None:
    """No time passes: nobody waits for a patience to end."""
    for _ in range(3):
        with closing(timed.crowded(4)) as ones:
            for one in ones:
                end(one, trust)
        assert timed.crowd.becomes(0)
    assert timed.answers(tls=trust)


class Visitors:
    """Connections from three addresses in every state; what a step does depends on those there are."""

    def __init__(self, timed: Timed, trust: ssl.SSLContext) -> None:
        self.timed, self.trust = timed, trust
        self.there: list[socket.socket] = []

    def step(self, kind: str, number: int) -> None:
        with contextlib.suppress(OSError):  # who was turned away or closed meanwhile
            if kind == "come":
                self.there.append(self.timed.connected(f"127.0.0.{1 + number % 3}"))
            elif kind == "time":
                self.timed.forward(number / 3)
            elif self.there:
                self._one(kind, self.there[number % len(self.there)])

    def _one(self, kind: str, one: socket.socket) -> None:
        if kind == "leave":
            one.close()
        elif kind == "killed":
            reset(one)
        elif kind == "tls" and not isinstance(one, ssl.SSLSocket) and open_still(one):
            place = self.there.index(one)
            one.settimeout(1.0)
            self.there[place] = self.trust.wrap_socket(one, server_hostname="localhost")
        else:
            one.sendall({"half": HELLO, "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}.get(kind, b"?"))


STEPS = st.tuples(
    st.sampled_from(["come", "come", "come", "half", "http", "tls", "leave", "killed", "time"]),
    st.integers(0, 20),
)


@given(st.lists(STEPS, min_size=5, max_size=60))
@settings(max_examples=30)
def test_whoever_comes_and_goes_in_whatever_order_nobody_is_counted_for_ever(
    certificate: Certificate, trust: ssl.SSLContext, steps: list[tuple[str, int]]
) -> None:
    with Timed(HURRIED, certificate) as timed:
        visitors = Visitors(timed, trust)
        for kind, number in steps:
            visitors.step(kind, number)
            timed.forward(0)
            total, by_network = timed.crowd.now()
            assert 0 <= total == sum(by_network.values()) <= HURRIED.most
            assert all(0 < count <= HURRIED.of_one for count in by_network.values())
        for one in visitors.there:
            one.close()
        assert timed.crowd.becomes(0)
        assert not timed.crowd.by_network
        assert timed.answers(tls=trust)
