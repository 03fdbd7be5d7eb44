"""An error in this package itself: everything settles, the connection comes back, and the third time it is closed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fault_server import FaultServer, Peer, serve, success, text_frame
from fault_support import SPOT, Recorder, client_of, eventually, outcome, place, settled

from kucoin_wsapi import (
    ConnectionLostError,
    NotReadyError,
    NotSentError,
    ProtocolError,
    WSAPIResponse,
    _loop,
)
from kucoin_wsapi._messages import Reply
from kucoin_wsapi._protocol import OrderProtocol

pytestmark = pytest.mark.usefixtures("internal_errors_expected")


class Fuse:
    """Makes a method of the protocol raise, as often as it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        self.left = 0
        original = getattr(OrderProtocol, method)

        def blown(protocol: OrderProtocol, *arguments: Any) -> Any:
            if self.left:
                self.left -= 1
                raise ZeroDivisionError("broken on purpose")
            return original(protocol, *arguments)

        monkeypatch.setattr(OrderProtocol, method, blown)


def in_pairs(peer: Peer) -> None:
    """Two requests are answered in one packet."""
    peer.log_in()
    while True:
        first, second = peer.next_request(), peer.next_request()
        peer.say(success(first), success(second))


def test_a_crash_while_an_answer_is_read_settles_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer before it in the packet counts; what was in flight is unknown; the next call is served."""
    original = OrderProtocol._answer
    seen: list[str] = []

    def raise_at_the_second(protocol: OrderProtocol, reply: Reply, now: float) -> None:
        seen.append(reply.id)
        if len(seen) == 2:
            raise ZeroDivisionError("broken on purpose")
        original(protocol, reply, now)

    monkeypatch.setattr(OrderProtocol, "_answer", raise_at_the_second)
    with FaultServer(in_pairs, serve) as server, client_of(server) as client:
        recorder = Recorder(client)
        client.connect(SPOT)
        first, second = settled([place(client, "first"), place(client, "second")])
        assert isinstance(first, WSAPIResponse)
        assert type(second) is ConnectionLostError
        assert type(second.__cause__) is ProtocolError
        assert isinstance(second.__cause__.__cause__, ZeroDivisionError)
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert [request["args"]["clientOid"] for request in server.requests] == ["first", "second", "next"]
        assert recorder.life()[:3] == ["open", "authenticated", "reconnect"]


@pytest.mark.parametrize("method", ["_answer", "next_deadline"])
def test_the_third_crash_closes_the_connection(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """Every call settles, calls after it fail at once with the reason, and ``connect`` makes a new connection."""
    fuse = Fuse(monkeypatch, method)
    with FaultServer(serve) as server, client_of(server) as client:
        recorder = Recorder(client)
        for _ in range(3):
            client.connect(SPOT)
            fuse.left = 1
            error = outcome(place(client, "crashed"))
            assert isinstance(error, (ConnectionLostError, NotSentError, WSAPIResponse))
            eventually(lambda: not fuse.left, "the crash")
        (closed,) = recorder.wait_for("close")
        assert isinstance(closed.reason, ProtocolError)
        eventually(lambda: client._connections[SPOT].ended, "the end of the connection")
        refused = place(client, "refused")
        assert refused.done()
        error = refused.exception()
        assert type(error) is NotReadyError
        assert type(error.__cause__) is ProtocolError
        client.connect(SPOT)
        assert isinstance(outcome(place(client, "again")), WSAPIResponse)
        oids = [request["args"]["clientOid"] for request in server.requests]
        assert "refused" not in oids
        assert len(set(server.request_ids())) == len(server.requests)


def test_crashes_without_end_settle_everything_and_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a loop that cannot do one turn leaves a future open or runs for ever."""
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        fuse = Fuse(monkeypatch, "next_deadline")
        fuse.left = 10**9
        outcomes = settled(place(client, f"order-{number}") for number in range(20))
        assert all(
            isinstance(result, (WSAPIResponse, ConnectionLostError, NotSentError)) for result in outcomes
        )
        eventually(lambda: client._connections[SPOT].ended, "the end of the connection")


def test_a_crash_in_the_middle_of_a_flood_does_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    """While there is no connection the loop sleeps, whatever it had left to read on the old one."""

    def flood(peer: Peer) -> None:
        peer.log_in()
        noise = text_frame({"hello": "x" * 60_000}) * 20
        while True:
            peer.send(noise)

    def mute(peer: Peer) -> None:
        peer.read_upgrade()
        peer.await_end()

    fuse = Fuse(monkeypatch, "next_deadline")
    monkeypatch.setattr(_loop, "_READS_PER_TURN", 1)  # else it may keep up with the server
    with FaultServer(flood, mute) as server, client_of(server, connect_timeout=30) as client:
        client.connect(SPOT)
        connection = client._connections[SPOT]
        eventually(lambda: connection._loop._unread, "more to read than one turn takes")
        fuse.left = 1
        server.wait_for(lambda: len(server.peers) == 2, "the second connection")
        assert connection._thread._thread is not None
        clock = time.pthread_getcpuclockid(connection._thread._thread.ident)
        server.wait_for(lambda: bool(server.peers[1].target), "the second upgrade")
        before, until = time.clock_gettime(clock), time.monotonic() + 0.5
        eventually(lambda: time.monotonic() > until, "half a second")
        assert time.clock_gettime(clock) - before < 0.15
