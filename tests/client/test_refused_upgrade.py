"""An upgrade that is answered with something else than 101: what the exchange says is heard, however it is sent."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable

import pytest
from fault_server import FaultServer, GoneError, Peer, refusal, serve
from local_proxy import SPOT, LocalProxy, client_of, first_failure, over_http

from kucoin_wsapi import AuthenticationError

BODY = json.dumps(refusal("400003", "KC-API-KEY not exists.")).encode()


def chunked(body: bytes, size: int) -> list[bytes]:
    """The parts of a body in the chunked coding, one for each chunk."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces] + [b"0\r\n\r\n"]


def answering(fields: bytes, *parts: bytes, end: bool) -> Callable[[Peer], None]:
    """A status that refuses, header fields, and the body in packets of their own; then the end, or silence."""

    def script(peer: Peer) -> None:
        peer.read_upgrade()
        peer.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n" + fields + b"\r\n")
        for part in parts:
            peer.send(part)
        if end:
            peer.end()
        while True:
            peer.fill()

    return script


CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
WAYS = {
    "with its length": answering(LENGTH, BODY, end=False),
    "with its length, in parts": answering(LENGTH, BODY[:7], BODY[7:30], BODY[30:], end=False),
    "until the end": answering(b"", BODY, end=True),
    "until an end that never comes": answering(b"", BODY, end=False),
    "in one chunk": answering(CHUNKED, b"".join(chunked(BODY, 4096)), end=False),
    "in chunks": answering(CHUNKED, *chunked(BODY, 10), end=False),
    "in chunks without the last": answering(CHUNKED, *chunked(BODY, 10)[:-1], end=True),
    "in chunks of which no end comes": answering(CHUNKED, *chunked(BODY, 10)[:-1], end=False),
    "shorter than it says": answering(b"Content-Length: 5000\r\n", BODY, end=True),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_code_in_the_body_is_heard(way: str) -> None:
    """A bad key is fatal and tried once, whatever way the front end has of sending a body."""
    with FaultServer(WAYS[way]) as server, client_of(server.url) as client:
        with pytest.raises(AuthenticationError, match="400003") as caught:
            client.connect(SPOT, 20)
        assert (caught.value.code, caught.value.message) == ("400003", "KC-API-KEY not exists.")
        assert len(server.peers) == 1


def flood(fields: bytes, piece: bytes) -> Callable[[Peer], None]:
    """A refusal whose body goes on for as long as somebody reads it, at most 256 MiB."""

    def script(peer: Peer) -> None:
        peer.read_upgrade()
        peer.send(b"HTTP/1.1 503 Busy\r\n" + fields + b"\r\n")
        for _ in range((1 << 28) // len(piece)):
            peer.send(piece)
        raise AssertionError("the client has read 256 MiB of a refusal")

    return script


FLOODS = {
    "length": (b"Content-Length: %d\r\n" % (1 << 40), b"x" * (1 << 20)),
    "chunks": (CHUNKED, b"%x\r\n%b\r\n" % (1 << 16, b"x" * (1 << 16))),
    "chunk": (CHUNKED, b"7fffffff\r\n" + b"x" * (1 << 20)),
    "end": (b"", b"x" * (1 << 20)),
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_body_without_end_is_cut_off(kind: str) -> None:
    """Little of it is kept in memory, the rest is not read; the next attempt follows."""
    tracemalloc.start()
    try:
        with FaultServer(flood(*FLOODS[kind]), serve) as server, client_of(server.url) as client:
            client.connect(SPOT, 20)
            assert len(server.peers) == 2
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 101 X\r\n" + b"X-Field: y\r\n" * 100_000,
        b"HTTP/1.1 101 X\r\nX-Field: " + b"y" * 10_000_000,
        b"HTTP/1.1 " + b"1" * 10_000_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000,
    ],
    ids=["fields", "field", "status", "continue"],
)
def test_a_head_without_end_is_not_read_for_ever(head: bytes) -> None:
    """The attempt fails within its time, and the next one follows."""

    def script(peer: Peer) -> None:
        peer.read_upgrade()
        while True:
            peer.send(head)

    with FaultServer(script, serve) as server, client_of(server.url, connect_timeout=1.0) as client:
        client.connect(SPOT, 20)
        assert len(server.peers) == 2


def test_no_cookie_of_an_exchange_is_sent_back() -> None:
    """websocket-client would keep it for all connections of the process."""

    def with_cookie(peer: Peer) -> None:
        peer.read_upgrade()
        head, _, rest = peer.switching_protocols().partition(b"\r\n")
        peer.send(head + b"\r\nSet-Cookie: canary=1; Domain=127.0.0.1; Path=/\r\n" + rest)
        raise GoneError

    with FaultServer(with_cookie, serve) as server, client_of(server.url) as client:
        client.connect(SPOT, 20)
        assert "cookie" not in server.peers[1].headers


@pytest.mark.parametrize("fields", ["lower", "split", "extended"])
def test_an_acceptance_may_be_spelled_in_several_ways(fields: str) -> None:
    """Names of fields in any case, a field in two lines, and fields that nobody asked for."""

    def script(peer: Peer) -> None:
        peer.read_upgrade()
        answer = peer.switching_protocols()
        if fields == "lower":
            answer = answer.replace(b"Upgrade: websocket", b"upgrade:WebSocket")
            answer = answer.replace(b"Connection: Upgrade", b"connection: upgrade")
            answer = answer.replace(b"Sec-WebSocket-Accept", b"sec-websocket-accept")
        elif fields == "split":
            twice = b"Connection: keep-alive\r\nConnection: Upgrade\r\n"
            answer = answer.replace(b"Connection: Upgrade\r\n", twice)
        else:
            answer = answer.replace(b"Upgrade: websocket", "X: \u00e4\r\nUpgrade: websocket".encode())
        peer.send(answer)
        peer.check_answer(peer.challenge())
        peer.welcome()
        peer.answer_all()

    with FaultServer(script) as server, client_of(server.url) as client:
        client.connect(SPOT, 20)
        assert len(server.peers) == 1


def test_a_refusal_behind_a_proxy_is_that_of_the_exchange() -> None:
    """The tunnel was granted: what comes through it is judged as without a proxy."""
    way = WAYS["in chunks"]
    with LocalProxy(over_http()) as proxy, FaultServer(way) as server:
        with (
            client_of(server.url, proxy=proxy.url("http")) as client,
            pytest.raises(AuthenticationError, match="400003"),
        ):
            client.connect(SPOT, 20)
        assert len(server.peers) == 1


def test_a_refusal_whose_body_never_comes_is_told_with_its_status() -> None:
    """It is not waited for until the attempt's time is over."""
    with (
        FaultServer(answering(LENGTH, end=False)) as server,
        client_of(server.url, connect_timeout=30) as client,
    ):
        started = time.monotonic()
        assert "refused with HTTP status 401" in str(first_failure(client))
        assert time.monotonic() - started < 15
