"""Connections that look alive and are not, and connections that look dead and are not."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from fault_server import PING, PONG, FaultServer, Peer, frame, serve, success
from fault_support import SPOT, Recorder, client_of, eventually, outcome, place

from kucoin_wsapi import ConnectionLostError, ReplyTimeoutError, TransportError, WSAPIResponse


def test_the_announced_interval_is_kept_and_pings_are_as_documented() -> None:
    """An id, the op and a timestamp as a number; each with an id of its own, no faster than announced."""

    def script(peer: Peer) -> None:
        peer.log_in(ping_interval=1000, ping_timeout=5000)
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        started = time.monotonic()
        client.connect(SPOT)
        server.wait_for(lambda: len(server.peers[0].pings) == 2, "two pings")
        assert time.monotonic() - started > 1.8
        pings = server.peers[0].pings
        assert len({ping["id"] for ping in pings}) == 2
        for ping in pings:
            assert set(ping) == {"id", "op", "timestamp"}
            assert abs(ping["timestamp"] - time.time_ns() // 1_000_000) < 20_000
        assert len(server.peers) == 1


def test_a_mute_server_is_found_out_within_the_announced_times() -> None:
    """It reads, keeps the connection open and answers nothing: a ping without an answer ends the connection."""

    def mute(peer: Peer) -> None:
        peer.log_in(ping_interval=1000, ping_timeout=300)
        peer.read_on()

    with FaultServer(mute, serve) as server, client_of(server, request_timeout=60) as client:
        recorder = Recorder(client)
        started = time.monotonic()
        client.connect(SPOT)
        error = outcome(place(client, "lost"))
        assert type(error) is ConnectionLostError
        assert "no sign of life" in str(error.__cause__)
        assert 1.2 < time.monotonic() - started < 6
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert len(server.peers[0].pings) == 1
        (lost,) = recorder.wait_for("reconnect")
        assert type(lost.reason) is TransportError


def test_an_answer_that_is_overdue_makes_the_client_ask_at_once() -> None:
    """A mute server is found out after the first timeout, not after the ping interval."""

    def mute(peer: Peer) -> None:
        peer.log_in()
        peer.read_on()

    with FaultServer(mute, serve) as server, client_of(server, pong_timeout=0.3) as client:
        recorder = Recorder(client)
        client.connect(SPOT)
        assert type(outcome(place(client, "silent", timeout=0.2))) is ReplyTimeoutError
        recorder.wait_for("reconnect")
        assert len(server.peers[0].pings) == 1
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert [request["args"]["clientOid"] for request in server.requests] == ["silent", "next"]


def test_a_server_that_answers_pings_but_no_orders_keeps_its_connection() -> None:
    """The calls end at their own deadlines; the link is not at fault."""

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()
        peer.next_request()
        peer.say(success(peer.next_request()))
        peer.await_end()

    with FaultServer(script) as server, client_of(server, pong_timeout=0.5) as client:
        client.connect(SPOT)
        for number in range(2):
            assert type(outcome(place(client, f"silent-{number}", timeout=0.2))) is ReplyTimeoutError
        assert isinstance(outcome(place(client, "answered")), WSAPIResponse)
        assert len(server.peers) == 1


_SIGNS_OF_LIFE: tuple[Callable[[Peer, dict[str, Any]], None], ...] = (
    lambda peer, ping: peer.pong(ping),
    lambda peer, ping: peer.say({"id": "another", "op": "pong"}),
    lambda peer, ping: peer.say({"op": "pong"}),
    lambda peer, ping: peer.say({"hello": "world"}),
    lambda peer, ping: peer.send(frame(PING, b"")),
    lambda peer, ping: peer.send(frame(PONG, b"unasked")),
    lambda peer, ping: peer.send(b"\x81"),
)


def test_anything_that_comes_in_is_a_sign_of_life() -> None:
    """Only silence is death: a pong of any kind, any message, any control frame, even a byte."""

    def script(peer: Peer) -> None:
        peer.log_in(ping_interval=1000, ping_timeout=700)
        ping = peer.next_message()
        assert ping["op"] == "ping"
        _SIGNS_OF_LIFE[peer.number](peer, ping)
        peer.next_message()
        peer.await_end()

    with FaultServer(script) as server, contextlib.ExitStack() as clients:
        for _ in _SIGNS_OF_LIFE:
            clients.enter_context(client_of(server)).connect(SPOT)
        server.wait_for(lambda: all(len(peer.pings) == 2 for peer in server.peers), "second pings")
        assert len(server.peers) == len(_SIGNS_OF_LIFE)


def test_a_late_pong_is_waited_for() -> None:
    """Nine tenths of the announced time are not a timeout, and an order in between is answered."""

    def script(peer: Peer) -> None:
        peer.log_in(ping_interval=1000, ping_timeout=2000)
        ping = peer.next_message()
        request = peer.next_request()
        peer.say(success(request))
        until = time.monotonic() + 1.0
        eventually(lambda: time.monotonic() > until, "a late pong")
        peer.pong(ping)
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        client.connect(SPOT)
        server.wait_for(lambda: bool(server.peers[0].pings), "the ping")
        assert isinstance(outcome(place(client, "first")), WSAPIResponse)
        assert isinstance(outcome(place(client, "second")), WSAPIResponse)
        assert len(server.peers) == 1


@pytest.mark.parametrize(
    ("interval", "timeout"),
    [(0, 0), (-1, -1), (10**400, 10**400), ("x", None), (1.5, []), (True, False)],
    ids=range(6),
)
def test_nonsense_in_the_welcome_is_replaced_by_what_is_documented(interval: Any, timeout: Any) -> None:
    """No storm of pings, no crash, no connection that is never checked."""

    def script(peer: Peer) -> None:
        peer.log_in(ping_interval=interval, ping_timeout=timeout)
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        for number in range(20):
            assert isinstance(outcome(place(client, f"order-{number}")), WSAPIResponse)
        assert server.peers[0].pings == []
        heartbeat = client._connections[SPOT]._loop.protocol.life.heartbeat
        assert (heartbeat.interval, heartbeat.timeout) == (18.0, 10.0)


def test_protocol_pings_are_answered_in_their_order() -> None:
    """Each with its own payload, behind one another, also many at once."""

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.send(b"".join(frame(PING, b"%d" % number) for number in range(100)))
        for number in range(100):
            assert peer.next_frame() == (PONG, b"%d" % number)
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        client.connect(SPOT)
        server.wait_for(lambda: len(server.peers[0].frames) == 101, "the proof and a hundred pongs")
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)


def test_an_outage_and_an_idle_connection_cost_no_time() -> None:
    """The loop sleeps until it has something to do."""

    def silent(peer: Peer) -> None:
        peer.read_upgrade()
        peer.await_end()

    for script in (serve, silent):
        with FaultServer(script) as server, client_of(server, connect_timeout=30) as client:
            future = place(client, "order", timeout=0.2)
            outcome(future)
            thread = client._connections[SPOT]._thread._thread
            assert thread is not None
            clock = time.pthread_getcpuclockid(thread.ident)
            before, until = time.clock_gettime(clock), time.monotonic() + 0.5
            eventually(lambda until=until: time.monotonic() > until, "half a second")
            assert time.clock_gettime(clock) - before < 0.1
