"""Connections that end at the worst moment: what was written is unknown, what was not is not sent, nothing twice."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from typing import Any

import pytest
from fault_server import FaultServer, Peer, refusal, refused_port, serve, success, text_frame
from fault_support import EVENTS, SPOT, Recorder, client_of, eventually, outcome, place, settled

from kucoin_wsapi import (
    ClientClosedError,
    ConnectionLostError,
    NotReadyError,
    NotSentError,
    OutcomeUnknownError,
    ProtocolError,
    StaleRequestError,
    TransportError,
    WSAPIResponse,
)
from kucoin_wsapi.options import Backoff


def oids(server: FaultServer) -> list[str]:
    """The client ids of all orders that the server saw, in order."""
    return [request["args"]["clientOid"] for request in server.requests]


def test_everything_in_flight_settles_at_once_when_the_connection_is_reset() -> None:
    """No call waits for its own timeout."""

    def script(peer: Peer) -> None:
        peer.log_in()
        for _ in range(200):
            peer.next_request()
        peer.reset()

    with FaultServer(script, serve) as server, client_of(server, request_timeout=60) as client:
        client.connect(SPOT)
        started = time.monotonic()
        errors = settled(place(client, f"order-{number}") for number in range(200))
        assert time.monotonic() - started < 5
        for number, error in enumerate(errors):
            assert type(error) is ConnectionLostError
            assert error.client_oid == f"order-{number}"
            assert type(error.__cause__) is TransportError
            assert error.generation == 1
        assert len({id(error) for error in errors}) == 200, "each call has an exception of its own"
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert len(server.requests) == 201


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1006, 1008, 1009, 1011, 1012, 1013, 4000, 65535, None])
def test_a_close_frame_with_any_code_is_a_loss(code: int | None) -> None:
    """A clean close is not an answer: in flight is unknown, and the next connection serves."""

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()
        peer.close(code)
        peer.await_end()

    with FaultServer(script, serve) as server, client_of(server) as client:
        recorder = Recorder(client)
        error = outcome(place(client, "lost"))
        assert type(error) is ConnectionLostError
        assert error.__cause__.close_code == code
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["lost", "next"]
        (lost,) = recorder.wait_for("reconnect")
        assert lost.reason is error.__cause__


def test_an_exchange_that_shuts_down_says_so_and_settles_nobody_by_it() -> None:
    """501000 is an event; the close that follows makes the outcome unknown; the retry is immediate."""

    def script(peer: Peer) -> None:
        peer.log_in()
        first, _ = peer.next_request(), peer.next_request()
        peer.say(refusal("501000", "exiting"), success(first))
        peer.close(1001)
        peer.await_end()

    slow = Backoff(base=60, cap=60)
    with FaultServer(script, serve) as server, client_of(server, backoff=slow) as client:
        recorder = Recorder(client)
        first, second = settled([place(client, "first"), place(client, "second")])
        assert isinstance(first, WSAPIResponse)
        assert type(second) is ConnectionLostError
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["first", "second", "next"]
        events = [event.error for event in recorder.wait_for("exception", 2)]
        assert type(events[0]) is ProtocolError
        assert "501000" in str(events[0])


def test_an_order_frame_cut_at_every_byte_is_seen_at_most_once() -> None:
    """The server reads up to each byte of the request and resets: unknown, never repeated, and the next call works."""
    whole: list[int] = []

    def measure(peer: Peer) -> None:
        peer.log_in()
        before = peer.bytes_read - len(peer._buffer)
        peer.next_request()
        whole.append(peer.bytes_read - len(peer._buffer) - before)
        peer.await_end()

    with FaultServer(measure) as server, client_of(server, request_timeout=0.3) as client:
        outcome(place(client, "order-000"))
        assert len(server.requests) == 1
    size = whole[0]
    cuts = range(0, size, 3) if size > 60 else range(size)
    for cut in cuts:

        def script(peer: Peer, cut: int = cut) -> None:
            peer.log_in()
            peer.take(cut)
            peer.reset()

        with FaultServer(script, serve) as server, client_of(server) as client:
            client.connect(SPOT)
            error = outcome(place(client, "order-000"))
            assert isinstance(error, (ConnectionLostError, NotSentError, WSAPIResponse)), error
            sent_elsewhere = oids(server)
            if isinstance(error, OutcomeUnknownError):
                assert sent_elsewhere == [], "an order that may exist was sent again"
            assert isinstance(outcome(place(client, "next")), WSAPIResponse)
            assert oids(server)[-1] == "next"
            assert len(set(oids(server))) == len(oids(server))


def test_an_answer_cut_at_every_byte_is_no_answer() -> None:
    """The server resets or ends the stream after each byte of the answer: only a whole one counts."""
    answer = text_frame(success({"id": "x", "op": "y"}))
    for cut in range(0, len(answer) + 1, 5):

        def script(peer: Peer, cut: int = cut) -> None:
            peer.log_in()
            request = peer.next_request()
            peer.send(text_frame(success(request))[:cut])
            peer.end()
            peer.await_end()

        with FaultServer(script, serve) as server, client_of(server) as client:
            assert type(outcome(place(client, "cut"))) is ConnectionLostError
            assert oids(server) == ["cut"]


def test_seeded_faults_never_send_an_order_twice() -> None:
    """Connections end at random moments under eight threads: each verdict agrees with what the server saw."""
    dice = random.Random(11)
    lifetimes = [dice.randrange(1, 80) for _ in range(10)]

    def script(peer: Peer) -> None:
        peer.log_in()
        lifetime = lifetimes[peer.number] if peer.number < len(lifetimes) else 10**9
        for count in range(lifetime):
            request = peer.next_request()
            if count % 3 or lifetime > 80:
                peer.say(success(request))
        peer.reset() if lifetime % 2 else peer.close(1012)

    options: dict[str, Any] = {"request_timeout": 0.1, "max_send_delay": 0.05}
    with FaultServer(script) as server, client_of(server, **options) as client:
        outcomes: dict[str, Any] = {}

        def trade(trader: int) -> None:
            for number in range(60):
                oid = f"{trader}-{number}"
                outcomes[oid] = outcome(place(client, oid))

        threads = [threading.Thread(target=trade, args=(trader,)) for trader in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        client.close_all()
        server.drain()
        seen = oids(server)
        assert len(outcomes) == 480
        assert len(seen) == len(set(seen)), "an order was sent twice"
        for oid, result in outcomes.items():
            if isinstance(result, NotSentError):
                assert oid not in seen, "a not-sent order arrived"
            elif isinstance(result, WSAPIResponse):
                assert oid in seen
            else:
                assert isinstance(result, OutcomeUnknownError), result
                assert result.client_oid == oid


def test_calls_made_while_down_travel_in_their_order_after_the_reconnection() -> None:
    """First in, first out; the lost one is not among them."""
    let_in = threading.Event()

    def first(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()
        peer.reset()

    def second(peer: Peer) -> None:
        assert let_in.wait(20)
        serve(peer)

    with FaultServer(first, second) as server, client_of(server) as client:
        assert type(outcome(place(client, "lost"))) is ConnectionLostError
        futures = [place(client, f"order-{number}") for number in range(500)]
        withdrawn = futures[100:200]
        assert all(future.cancel() for future in withdrawn)
        let_in.set()
        kept = futures[:100] + futures[200:]
        assert all(isinstance(response, WSAPIResponse) for response in settled(kept))
        expected = [f"order-{number}" for number in range(500) if not 100 <= number < 200]
        assert server.peers[1].requests == server.requests[1:]
        assert oids(server) == ["lost", *expected]


def test_calls_that_waited_too_long_are_stale_and_never_sent() -> None:
    """After an outage no order is sent late by surprise."""
    let_in = threading.Event()

    def script(peer: Peer) -> None:
        assert let_in.wait(20)
        serve(peer)

    with FaultServer(script) as server, client_of(server, max_send_delay=0.2) as client:
        errors = settled(place(client, f"stale-{number}") for number in range(20))
        assert {type(error) for error in errors} == {StaleRequestError}
        let_in.set()
        assert isinstance(outcome(place(client, "fresh")), WSAPIResponse)
        client.close_all()
        server.drain()
        assert oids(server) == ["fresh"]


def test_the_first_retry_after_a_good_connection_is_immediate() -> None:
    """Whatever the backoff is."""

    def dies(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()
        peer.reset()

    slow = Backoff(base=60, cap=60)
    with FaultServer(*[dies] * 8, serve) as server, client_of(server, backoff=slow) as client:
        started = time.monotonic()
        for number in range(8):
            assert type(outcome(place(client, f"lost-{number}"))) is ConnectionLostError
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert time.monotonic() - started < 5
        assert len(server.peers) == 9


def test_quick_losses_do_not_become_a_storm() -> None:
    """A server that lets us in and throws us out gets 15 connections at once, then one every two seconds."""

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.reset()

    with FaultServer(script) as server, client_of(server, backoff=Backoff(base=0.001, cap=0.001)) as client:
        recorder = Recorder(client)
        with contextlib.suppress(TransportError):
            client.connect(SPOT)
        until = time.monotonic() + 2.5
        eventually(lambda: time.monotonic() > until, "two and a half seconds")
        assert 15 <= len(server.peers) <= 18
        assert len(recorder.named("reconnect")) <= len(server.peers)


def test_a_hundred_threads_that_call_at_once_share_one_connection() -> None:
    """Lazy connecting is single-flight."""
    barrier = threading.Barrier(100)
    results: list[Any] = []

    with FaultServer(serve) as server, client_of(server) as client:

        def call(number: int) -> None:
            barrier.wait(20)
            results.append(place(client, f"order-{number}").result(20))

        threads = [threading.Thread(target=call, args=(number,)) for number in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(results) == 100
        assert len(server.peers) == 1
        assert len(set(server.request_ids())) == 100


def test_calls_and_connects_during_an_outage_share_one_attempt() -> None:
    """A hundred threads while the connection is being remade: exactly one new connection."""
    let_in = threading.Event()

    def dies(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()
        peer.reset()

    def waits(peer: Peer) -> None:
        assert let_in.wait(20)
        serve(peer)

    with FaultServer(dies, waits) as server, client_of(server) as client:
        assert type(outcome(place(client, "lost"))) is ConnectionLostError
        errors: list[BaseException] = []

        def call(number: int) -> None:
            try:
                if number % 2:
                    client.connect(SPOT, 20)
                else:
                    place(client, f"order-{number}").result(20)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=call, args=(number,)) for number in range(100)]
        for thread in threads:
            thread.start()
        server.wait_for(lambda: len(server.peers) == 2, "the reconnection")
        let_in.set()
        for thread in threads:
            thread.join(30)
        assert errors == []
        assert len(server.peers) == 2


def test_a_server_that_was_down_is_found_again() -> None:
    """Retrying does not stop by itself; delays stay below the cap."""
    with refused_port() as url, client_of(url, request_timeout=30, max_send_delay=30) as client:
        recorder = Recorder(client)
        future = place(client, "order")
        recorder.wait_for("exception", 10)
        assert not future.done()
        assert client._connections[SPOT].status()[1] == 1
        assert future.cancel()


def test_cancelling_races_with_sending_without_a_trace() -> None:
    """Each call is either cancelled and never seen, or seen and answered."""
    let_in = threading.Event()

    def script(peer: Peer) -> None:
        assert let_in.wait(20)
        serve(peer)

    with FaultServer(script) as server, client_of(server) as client:
        futures = [place(client, f"order-{number}") for number in range(2000)]
        let_in.set()
        cancelled = {number for number, future in enumerate(futures) if number % 2 and future.cancel()}
        kept = [future for number, future in enumerate(futures) if number not in cancelled]
        assert all(isinstance(response, WSAPIResponse) for response in settled(kept))
        assert {future.cancelled() for number, future in enumerate(futures) if number in cancelled} <= {True}
        client.close_all()
        server.drain()
        seen = oids(server)
        assert seen == [f"order-{number}" for number in range(2000) if number not in cancelled]


def test_deadlines_race_with_answers_without_a_contradiction() -> None:
    """Each call ends once: answered in time, or unknown with a late answer as an event."""

    def script(peer: Peer) -> None:
        peer.log_in()
        requests = [peer.next_request() for _ in range(400)]
        for request in requests:
            peer.say(success(request))
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        recorder = Recorder(client)
        client.connect(SPOT)
        futures = [place(client, f"order-{n}", timeout=0.02 + 0.0005 * n) for n in range(400)]
        outcomes = settled(futures)
        answered = [result for result in outcomes if isinstance(result, WSAPIResponse)]
        unknown = [result for result in outcomes if isinstance(result, OutcomeUnknownError)]
        not_sent = [result for result in outcomes if isinstance(result, NotSentError)]
        assert len(answered) + len(unknown) + len(not_sent) == 400
        if not_sent:
            return  # the machine was too slow to write them: the server answers nothing then
        responses = recorder.wait_for("response", 400)
        assert len(responses) == 400
        assert sum(response.late for response in responses) == len(unknown)


def test_a_drop_while_a_backlog_is_sent_tells_each_call_its_own_verdict() -> None:
    """What was written is unknown; the rest stays queued and travels over the next connection, in order."""
    let_in = threading.Event()

    def first(peer: Peer) -> None:
        assert let_in.wait(20)
        peer.log_in()
        for _ in range(10):
            peer.next_request()
        peer.reset()

    with (
        FaultServer(first, serve, receive_buffer=4096) as server,
        client_of(server, max_send_delay=20, request_timeout=20) as client,
    ):
        futures = [place(client, f"order-{number}", remark="x" * 50_000) for number in range(200)]
        let_in.set()
        outcomes = settled(futures)
        kinds = [type(result) for result in outcomes]
        lost = kinds.count(ConnectionLostError)
        assert lost >= 10
        assert (
            kinds == [ConnectionLostError] * lost + [WSAPIResponse] * (200 - lost) or NotReadyError in kinds
        )
        second = [request["args"]["clientOid"] for request in server.peers[1].requests]
        answered = [f"order-{n}" for n, kind in enumerate(kinds) if kind is WSAPIResponse]
        assert second == answered


def test_life_cycle_events_come_once_per_step_and_in_order() -> None:
    """Two losses, a refused attempt and a close; each event knows its connection and its reason."""

    def dies(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()
        peer.reset()

    def refuses(peer: Peer) -> None:
        peer.refuse_upgrade("503 Busy")

    with FaultServer(dies, refuses, dies, serve) as server:
        with client_of(server) as client:
            recorder = Recorder(client)
            trace: list[str] = []
            for name in EVENTS:
                client.on(name, lambda _, name=name: trace.append(name))
            for number in range(2):
                future = place(client, f"lost-{number}")
                future.add_done_callback(lambda _: trace.append("done"))
                outcome(future)
            future = place(client, "order")
            future.add_done_callback(lambda _: trace.append("done"))
            outcome(future)
        assert recorder.life() == [
            *["open", "authenticated", "reconnect"],
            *["reconnected", "authenticated", "reconnect"],
            *["reconnected", "authenticated", "close"],
        ]
        generations = [event.generation for name, event in recorder.events if name in ("reconnect", "close")]
        assert generations == [1, 3, 4]
        reasons = [event.reason for event in recorder.named("reconnect")]
        assert all(type(reason) is TransportError for reason in reasons)
        assert recorder.named("close")[0].reason is None
        first_loss = trace.index("reconnect")
        assert trace[first_loss - 2 : first_loss + 1] == ["done", "exception", "reconnect"]
        assert trace[-3:] == ["done", "response", "close"]


def test_calls_after_close_are_refused_and_nothing_reconnects() -> None:
    """Close wins over every retry."""

    def dies(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()
        peer.reset()

    def hangs(peer: Peer) -> None:
        peer.read_upgrade()
        peer.await_end()

    with FaultServer(dies, hangs) as server, client_of(server) as client:
        outcome(place(client, "lost"))
        server.wait_for(lambda: len(server.peers) == 2, "the attempt that close comes upon")
        client.close_all()
        refused = place(client, "refused")
        assert refused.done()
        assert type(refused.exception()) is ClientClosedError
        eventually(
            lambda: not any(thread.name.startswith("kucoin-wsapi") for thread in threading.enumerate()),
            "the end of whoever could connect",
        )
        server.drain()
        assert len(server.peers) == 2
        assert oids(server) == ["lost"]


def test_senders_a_closer_and_losses_end_in_documented_errors_only() -> None:
    """Eight senders while connections die and the client is closed: no thread dies, every future settles."""

    def script(peer: Peer) -> None:
        peer.log_in()
        for _ in range(40):
            peer.say(success(peer.next_request()))
        peer.reset()

    for seed in range(3):
        with FaultServer(script) as server, client_of(server) as client:
            futures: list[Any] = []
            started = threading.Barrier(9)

            def send(
                sender: int,
                futures: list[Any] = futures,
                started: threading.Barrier = started,
                client: Any = client,
            ) -> None:
                started.wait(20)
                for number in range(50):
                    futures.append(place(client, f"{sender}-{number}"))

            threads = [threading.Thread(target=send, args=(sender,)) for sender in range(8)]
            for thread in threads:
                thread.start()
            started.wait(20)
            wanted = 20 * (seed + 1)
            eventually(lambda wanted=wanted, futures=futures: len(futures) > wanted, "some calls")
            client.close_all()
            for thread in threads:
                thread.join(20)
            assert all(
                isinstance(result, (WSAPIResponse, NotSentError, OutcomeUnknownError))
                for result in settled(futures)
            )
            assert len(futures) == 400
            server.drain()
            assert len(set(server.request_ids())) == len(server.requests)


def test_a_resolver_that_raises_is_a_passing_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name resolution comes back, and so does the client."""
    resolve = socket.getaddrinfo
    broken = [True, True, True]

    def getaddrinfo(*args: Any, **keywords: Any) -> Any:
        if broken and threading.current_thread().name.endswith("-dial"):
            broken.pop()
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(*args, **keywords)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with FaultServer(serve) as server, client_of(server) as client:
        recorder = Recorder(client)
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        errors = [event.error for event in recorder.wait_for("exception", 3)]
        assert all("cannot be resolved" in str(error) for error in errors)


def test_a_resolver_that_hangs_holds_up_one_attempt_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left behind at ``connect_timeout``; when it comes back at last it opens no connection."""
    resolve = socket.getaddrinfo
    hangs, release, returned = [True], threading.Event(), threading.Event()

    def getaddrinfo(*args: Any, **keywords: Any) -> Any:
        if hangs and threading.current_thread().name.endswith("-dial"):
            hangs.pop()
            release.wait(20)
            returned.set()
        return resolve(*args, **keywords)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with FaultServer(serve) as server, client_of(server, connect_timeout=0.3) as client:
        started = time.monotonic()
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert time.monotonic() - started < 3
        release.set()
        assert returned.wait(20)
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert len(server.peers) == 1


def test_close_does_not_wait_for_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the attempt connect when the resolver comes back."""
    resolve = socket.getaddrinfo
    entered, release = threading.Event(), threading.Event()

    def getaddrinfo(*args: Any, **keywords: Any) -> Any:
        if threading.current_thread().name.endswith("-dial"):
            entered.set()
            release.wait(20)
        return resolve(*args, **keywords)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with FaultServer(serve) as server:
        client = client_of(server, connect_timeout=30)
        future = place(client, "order")
        assert entered.wait(20)
        started = time.monotonic()
        client.close_all()
        assert time.monotonic() - started < 3
        assert type(outcome(future)) is ClientClosedError
        dials = [thread for thread in threading.enumerate() if thread.name.endswith("-dial")]
        release.set()
        for thread in dials:
            thread.join(20)
        assert server.peers == []


def test_a_dead_first_address_does_not_use_up_the_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may resolve to an address that refuses; the next one is tried."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **keywords: Any) -> Any:
        found = resolve(host, port, *args, **keywords)
        if threading.current_thread().name.endswith("-dial"):
            with socket.socket() as unused:
                unused.bind(("127.0.0.1", 0))
                dead = unused.getsockname()
            return [(*found[0][:4], dead), *found]
        return found

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with FaultServer(serve) as server, client_of(server) as client:
        assert isinstance(outcome(place(client, "order")), WSAPIResponse)
        assert len(server.peers) == 1
