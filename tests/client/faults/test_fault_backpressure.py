"""A peer that does not read: callers never wait for it, and what was not sent never travels after its verdict."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from fault_server import PING, FaultServer, Peer, frame, serve, success
from fault_support import SPOT, client_of, eventually, outcome, place, settled

from kucoin_wsapi import (
    ConnectionLostError,
    NotReadyError,
    NotSentError,
    OutcomeUnknownError,
    ReplyTimeoutError,
    StaleRequestError,
    WSAPIResponse,
)
from kucoin_wsapi._poller import Poller
from kucoin_wsapi._transport import Transport


class Valve:
    """Between the client and its socket: what the kernel answers to a write is decided here.

    ``budget`` is how many bytes it still takes (None: all), ``error`` what it raises when nothing is left of it. Who
    changes both while something waits to be written holds ``lock``.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lock = threading.Lock()
        self.budget: int | None = None
        self.error: OSError | None = None
        self._send = Transport.send.fget
        monkeypatch.setattr(Transport, "send", lambda transport, data: self._pass(transport, data))

    def _pass(self, transport: Transport, data: memoryview) -> int:
        with self.lock:
            if self.budget is None:
                return self._take(transport, data)
            if self.budget == 0:
                if self.error is not None:
                    raise self.error
                return 0
            taken = self._take(transport, data[: self.budget])
            self.budget -= taken
            return taken

    def _take(self, transport: Transport, data: bytes | memoryview) -> int:
        send: Callable[[bytes | memoryview], int] = self._send(transport)
        return send(data)


@pytest.fixture
def valve(monkeypatch: pytest.MonkeyPatch) -> Valve:
    """An open valve."""
    return Valve(monkeypatch)


def oids(server: FaultServer) -> list[str]:
    """The client ids of all orders that the server saw, in order."""
    return [request["args"]["clientOid"] for request in server.requests]


def holdable(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Events to hold back a loop that has woken up (cleared: it stops there), and to see that it is held back."""
    go_on, stopped = threading.Event(), threading.Event()
    go_on.set()
    wait = Poller.wait

    def held_back(self: Poller, seconds: float) -> bool:
        ready = wait(self, seconds)
        if not go_on.is_set():
            stopped.set()
            assert go_on.wait(20)
        return ready

    monkeypatch.setattr(Poller, "wait", held_back)
    return go_on, stopped


def test_a_frame_of_which_nothing_left_is_not_sent_and_never_travels_later(valve: Valve) -> None:
    """The socket's buffer is full; the order expires; then there is room again."""
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        valve.budget = 0
        first, second = place(client, "expires", timeout=0.2), place(client, "waits")
        error = outcome(first)
        assert type(error) is NotReadyError
        assert error.client_oid == "expires"
        assert not second.done()
        valve.budget = None
        assert isinstance(outcome(second), WSAPIResponse)
        assert oids(server) == ["waits"]
        assert len(server.peers) == 1


def test_a_frame_of_which_nothing_left_becomes_stale_like_any_other(valve: Valve) -> None:
    """An order that the socket takes too late is not sent late by surprise, whatever its timeout."""
    with FaultServer(serve) as server, client_of(server, max_send_delay=0.2) as client:
        client.connect(SPOT)
        valve.budget = 0
        started = time.monotonic()
        held_up, queued = settled([place(client, "held up", timeout=5), place(client, "queued", timeout=5)])
        assert time.monotonic() - started < 3
        assert type(held_up) is StaleRequestError
        assert type(queued) is StaleRequestError
        valve.budget = None
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["next"]


def test_a_process_that_was_stopped_sends_nothing_stale(
    valve: Valve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop wakes up late, and the socket has room again: what has become stale meanwhile stays unsent."""
    go_on, stopped = holdable(monkeypatch)
    with FaultServer(serve) as server, client_of(server, max_send_delay=0.2) as client:
        client.connect(SPOT)
        valve.budget = 0
        go_on.clear()
        futures = [place(client, "held up"), place(client, "queued")]
        assert stopped.wait(20)
        valve.budget = None
        stale_at = time.monotonic() + 0.3
        eventually(lambda: time.monotonic() > stale_at, "the end of the delay")
        go_on.set()
        assert [type(error) for error in settled(futures)] == [StaleRequestError, StaleRequestError]
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["next"]


@pytest.mark.parametrize("budget", [1, 2, 6, 7, 50])
def test_a_partly_written_frame_is_unknown_and_what_waits_behind_it_is_not_sent(
    valve: Valve, budget: int
) -> None:
    """The rest of the frame may still leave; nothing else may leave before it, or after its own verdict."""
    with FaultServer(serve) as server, client_of(server, max_send_delay=0.2) as client:
        client.connect(SPOT)
        valve.budget = budget
        torn, behind = settled([place(client, "torn", timeout=0.4), place(client, "behind", timeout=0.4)])
        assert type(torn) is ReplyTimeoutError
        assert type(behind) is StaleRequestError
        valve.budget = None
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["torn", "next"]


def test_a_frame_that_left_before_the_socket_broke_is_unknown(valve: Valve) -> None:
    """A frame waits whole, leaves whole, and then the write of the pong behind it fails."""
    waiting = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        assert waiting.wait(20)
        peer.send(frame(PING, b"!"))
        peer.next_request()
        peer.await_end()

    with FaultServer(script, serve) as server, client_of(server) as client:
        client.connect(SPOT)
        valve.budget = 0
        future = place(client, "order")
        wire = client._connections[SPOT]._loop.wire
        assert wire is not None
        size = len(wire._unsent[0].frame)
        waiting.set()
        eventually(lambda: wire._control, "the pong waits behind the order")
        with valve.lock:
            valve.error = ConnectionResetError("broken on purpose")
            valve.budget = size
        server.wait_for(lambda: oids(server) == ["order"], "the arrival of the order")
        valve.budget = None
        error = outcome(future)
        assert type(error) is ConnectionLostError
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["order", "next"]


def test_a_write_error_that_took_nothing_is_not_sent(valve: Valve) -> None:
    """The socket broke before the first byte: repeating is safe, and the next call uses a new connection."""
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        valve.budget, valve.error = 0, BrokenPipeError("broken on purpose")
        future = place(client, "broken")
        valve.budget = None
        error = outcome(future)
        assert type(error) is NotReadyError
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["next"]
        assert len(server.peers) == 2


@pytest.mark.parametrize("budget", [1, 2, 3, 4, 8, 9, 10, 100])
def test_a_write_error_in_the_middle_of_a_frame_is_unknown(valve: Valve, budget: int) -> None:
    """A byte that left is a byte that may have been read."""
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        valve.budget = budget
        future = place(client, "torn")
        valve.error = ConnectionResetError("broken on purpose")
        eventually(future.done, "the end of the call")
        valve.budget = None
        assert type(outcome(future)) is ConnectionLostError
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["next"]


def test_answers_that_have_arrived_count_although_a_write_failed(
    valve: Valve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in the socket's buffer is read before the connection is given up."""
    go_on, stopped = holdable(monkeypatch)

    def script(peer: Peer) -> None:
        peer.log_in()
        request = peer.next_request()
        go_on.clear()
        peer.say(success(request))
        peer.await_end()

    with FaultServer(script, serve) as server, client_of(server) as client:
        client.connect(SPOT)
        answered = place(client, "answered")
        assert stopped.wait(20)
        valve.budget, valve.error = 0, BrokenPipeError("broken on purpose")
        broken = place(client, "broken")
        valve.budget = None
        go_on.set()
        assert isinstance(outcome(answered), WSAPIResponse)
        assert type(outcome(broken)) is NotReadyError


def test_a_peer_that_asks_and_does_not_read_is_left(valve: Valve) -> None:
    """Answers to protocol pings do not pile up without bound behind a full buffer."""
    held_up = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        assert held_up.wait(20)
        for _ in range(200):
            peer.send(frame(PING, b"x" * 125) * 100)
        peer.await_end()

    with FaultServer(script, serve) as server, client_of(server, max_send_delay=20) as client:
        client.connect(SPOT)
        valve.budget = 0
        future = place(client, "order")
        held_up.set()
        server.wait_for(lambda: len(server.peers) == 2, "another connection")
        valve.budget = None
        error = outcome(future)
        assert type(error) is NotReadyError
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["next"]


def test_a_server_that_stops_reading_blocks_no_caller_and_gets_nothing_late() -> None:
    """Twenty megabytes into a socket that nobody reads: no caller waits, and each verdict agrees with the record."""
    read_again = threading.Event()
    padding = "x" * 400_000

    def script(peer: Peer) -> None:
        peer.log_in()
        assert read_again.wait(20)
        peer.read_on()

    options: dict[str, Any] = {"max_send_delay": 0.4, "request_timeout": 0.6, "pong_timeout": 0.2}
    with (
        FaultServer(script, serve, receive_buffer=4096) as server,
        client_of(server, **options) as client,
    ):
        client.connect(SPOT)
        started = time.monotonic()
        futures = [place(client, f"order-{number}", remark=padding) for number in range(50)]
        assert time.monotonic() - started < 3, "a caller waited for the peer"
        outcomes = settled(futures)
        assert all(
            isinstance(result, (NotSentError, OutcomeUnknownError, WSAPIResponse)) for result in outcomes
        )
        # On a busy machine the last ones are submitted when the next connection, which is served, has come.
        answered = {
            future.client_oid
            for future, result in zip(futures, outcomes, strict=True)
            if isinstance(result, WSAPIResponse)
        }
        not_sent = {error.client_oid for error in outcomes if isinstance(error, NotSentError)}
        unknown = {error.client_oid for error in outcomes if isinstance(error, OutcomeUnknownError)}
        assert not_sent
        assert unknown
        assert isinstance(outcome(place(client, "next", timeout=10)), WSAPIResponse)
        read_again.set()
        client.close_all()
        server.drain()
        arrived = oids(server)
        assert len(arrived) == len(set(arrived))
        assert not_sent.isdisjoint(arrived)
        assert answered <= set(arrived)
        assert set(arrived) <= unknown | answered | {"next"}


def test_small_orders_into_a_full_buffer_keep_their_verdicts() -> None:
    """The buffer fills up at some byte of some frame: sent ones are unknown, the others not sent and never seen."""
    read_again = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        assert read_again.wait(20)
        peer.read_on()

    options: dict[str, Any] = {"max_send_delay": 0.5, "request_timeout": 0.8, "pong_timeout": 30}
    with FaultServer(script, receive_buffer=4096) as server, client_of(server, **options) as client:
        client.connect(SPOT)
        futures = []
        connection = client._connections[SPOT]
        while connection.status()[1] < 1500:  # more than any buffer of the kernel takes
            futures.append(place(client, f"order-{len(futures)}", remark="x" * 12_000))
        outcomes = settled(futures)
        not_sent = {error.client_oid for error in outcomes if isinstance(error, NotSentError)}
        assert not_sent
        assert len(server.peers) == 1
        read_again.set()
        client.close_all()
        server.drain()
        arrived = oids(server)
        assert len(arrived) == len(set(arrived))
        assert not_sent.isdisjoint(arrived)


def test_what_was_never_answered_does_not_leave_the_buffer_when_its_connection_has_ended() -> None:
    """Else a look-up concludes from the end of the connection that there is no order, and then it comes."""
    read_again = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        assert read_again.wait(20)
        peer.read_on()

    options: dict[str, Any] = {"request_timeout": 0.3, "pong_timeout": 30}
    with FaultServer(script, receive_buffer=4096) as server, client_of(server, **options) as client:
        client.connect(SPOT)
        error = outcome(place(client, "stuck", remark="x" * 12_000))
        assert type(error) is ReplyTimeoutError
        connection = client._connections[SPOT]
        client.close_all()
        eventually(
            lambda: connection.quiet_since(error.generation, error.sent_at) is not None,
            "the end of the connection",
        )
        read_again.set()
        server.drain()
        assert oids(server) == []
