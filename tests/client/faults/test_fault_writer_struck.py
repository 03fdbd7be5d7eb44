"""What strikes the thread that writes at the worst moment: signal handlers and what they raise, Ctrl-C, delays."""

from __future__ import annotations

import contextlib
import signal
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fault_server import PING, FaultServer, Peer, frame, serve
from fault_support import SPOT, client_of, eventually, outcome, place, settled
from test_fault_writer import Caller, Gate, oids

from kucoin_wsapi import (
    ClientClosedError,
    NotSentError,
    OutcomeUnknownError,
    StaleRequestError,
    WSAPIResponse,
)
from kucoin_wsapi._calls import Call
from kucoin_wsapi._connection import Connection
from kucoin_wsapi._poller import Poller
from kucoin_wsapi._wire import Wire

_PATIENCE = 20.0


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """An open one."""
    return Gate(monkeypatch)


@pytest.fixture
def handled() -> Iterator[Callable[[Callable[[], Any]], None]]:
    """``handled(act)``: SIGUSR1 runs ``act()`` from now on."""
    before = signal.getsignal(signal.SIGUSR1)
    yield lambda act: signal.signal(signal.SIGUSR1, lambda *_: act()) and None
    signal.signal(signal.SIGUSR1, before)


def strike_the_socket(event: str = "c_return") -> None:
    """The next write is struck when the socket has done its part (or, ``c_call``, is about to), in the same step."""
    code = Wire.transfer.__code__

    def profile(frame_: Any, happened: str, function: Any) -> None:
        if happened == event and frame_.f_code is code and function.__name__ == "extend":
            sys.setprofile(None)
            signal.raise_signal(signal.SIGUSR1)

    sys.setprofile(profile)


def tls_contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For the server, and for the client; skips where what makes certificates is not installed."""
    authority = pytest.importorskip("trustme").CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return serving, trusting


def settled_within(future: Any, seconds: float) -> Any:
    """The outcome, or what waiting for it raised."""
    try:
        return future.result(seconds)
    except Exception as error:
        return error


def test_an_order_of_a_handler_does_not_leave_in_the_middle_of_the_frame_it_interrupts(handled: Any) -> None:
    """The socket has taken a part of the frame, and nobody has looked at that yet."""
    futures: list[Any] = []
    read = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        assert read.wait(_PATIENCE)
        peer.answer_all()

    with FaultServer(script, receive_buffer=4096) as server, client_of(server) as client:
        client.connect(SPOT)
        handled(lambda: futures.append(place(client, "handler")))
        strike_the_socket()
        futures.append(place(client, "interrupted", remark="x" * 20_000_000))
        wire = client._connections[SPOT]._loop.wire
        assert wire is not None
        assert wire._tail, "more than the socket takes"
        read.set()
        assert [type(one) for one in settled(futures)] == [WSAPIResponse] * 2
        assert oids(server) == ["interrupted", "handler"]


@pytest.mark.parametrize("event", ["c_call", "c_return"])
def test_a_handler_gets_the_answer_to_its_order_wherever_it_strikes_at_the_socket(
    handled: Any, event: str
) -> None:
    """What the socket has not taken comes first, and nothing twice."""
    answers: list[Any] = []
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        handled(lambda: answers.append(place(client, "handler").result(10)))
        strike_the_socket(event)
        assert isinstance(outcome(place(client, "interrupted")), WSAPIResponse)
        assert [type(one) for one in answers] == [WSAPIResponse]
        assert oids(server) == ["interrupted", "handler"]


def test_what_a_handler_raises_of_another_order_is_no_verdict_on_the_order_that_is_written(
    handled: Any,
) -> None:
    """``NotSentError`` of that one; this one has left."""
    with FaultServer(serve) as server, client_of(server) as client, client_of(server) as closed:
        closed.connect(SPOT)
        closed.close_all()
        client.connect(SPOT)
        handled(lambda: place(closed, "other").result())
        strike_the_socket()
        with pytest.raises(ClientClosedError):
            place(client, "interrupted")
        assert isinstance(outcome(place(client, "next", timeout=2)), WSAPIResponse)
        assert oids(server) == ["interrupted", "next"]


def test_what_a_handler_raises_is_no_error_of_the_socket(handled: Any) -> None:
    """``TimeoutError`` is an ``OSError``: a handler that waited in vain says nothing of what the socket took."""
    verdicts: list[Any] = []

    def handle() -> None:
        raise TimeoutError

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()  # an answer would be a verdict
        peer.answer_all()

    with FaultServer(script, serve) as server, client_of(server) as client:
        client.on("exception", lambda event: verdicts.append(event.error))
        client.connect(SPOT)
        handled(handle)
        strike_the_socket()
        with contextlib.suppress(TimeoutError):
            verdicts.append(outcome(place(client, "interrupted", timeout=2)))
        assert isinstance(outcome(place(client, "next", timeout=2)), WSAPIResponse)
        assert "interrupted" in oids(server)
        assert not [one for one in verdicts if isinstance(one, NotSentError)]


def test_what_a_handler_raises_does_not_have_a_frame_sent_twice(handled: Any) -> None:
    """``BlockingIOError`` of another file, such as a full pipe."""

    def handle() -> None:
        raise BlockingIOError

    def script(peer: Peer) -> None:
        peer.log_in()
        peer.next_request()  # what has been answered is not sent again
        peer.answer_all()

    with FaultServer(script) as server, client_of(server) as client:
        client.connect(SPOT)
        handled(handle)
        strike_the_socket()
        with contextlib.suppress(BlockingIOError):
            place(client, "interrupted", timeout=2)
        assert isinstance(outcome(place(client, "next", timeout=2)), WSAPIResponse)
        assert oids(server) == ["interrupted", "next"]


@pytest.mark.parametrize("late", [False, True], ids=["before it is claimed", "after that"])
def test_ctrl_c_while_the_order_of_another_thread_is_taken_from_the_queue_does_not_lose_it(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, *, late: bool
) -> None:
    """It settles, sent or not."""
    claim, struck = Call.claim, []

    def interrupted(call: Call) -> bool:
        if call.client_oid != "second" or struck or threading.current_thread() is not threading.main_thread():
            return claim(call)
        struck.append(call)
        if late:
            claim(call)
        raise KeyboardInterrupt

    def place_meanwhile() -> None:
        gate.await_stop()
        futures.extend([place(client, "second", timeout=2), place(client, "third", timeout=2)])
        gate.open()

    futures: list[Any] = []
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        monkeypatch.setattr(Call, "claim", interrupted)
        gate.hold(threading.current_thread().name)
        others = threading.Thread(target=place_meanwhile)
        others.start()
        with pytest.raises(KeyboardInterrupt):
            place(client, "first")
        others.join(_PATIENCE)
        assert struck
        assert [type(one) for one in settled(futures)] == [WSAPIResponse] * 2
        assert oids(server) == ["first", "second", "third"]


def test_over_tls_a_handler_that_interrupts_a_write_gets_the_answer_to_its_order(
    handled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every real connection is one over TLS."""
    serving, trusting = tls_contexts()
    answers: list[Any] = []
    transfer, pending = Wire.transfer, [1]

    def struck(wire: Wire, writer: Call | None = None) -> bool:
        whole = transfer(wire, writer)
        if pending:
            pending.pop()
            signal.raise_signal(signal.SIGUSR1)
        return whole

    with FaultServer(serve, tls=serving) as server, client_of(server, ssl_context=trusting) as client:
        client.connect(SPOT)
        # Without a time limit it would wait for ever: what is to settle the future waits for the handler.
        handled(lambda: answers.append(settled_within(place(client, "handler", timeout=1), 4)))
        monkeypatch.setattr(Wire, "transfer", struck)
        assert isinstance(outcome(place(client, "interrupted")), WSAPIResponse)
        assert [type(one) for one in answers] == [WSAPIResponse]


def test_over_tls_deadlines_are_kept_while_somebody_writes(gate: Gate) -> None:
    """There is something to read, which has to wait; time does not."""
    serving, trusting = tls_contexts()
    ping = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        request = peer.next_request()
        assert ping.wait(_PATIENCE)
        peer.send(frame(PING, b""))
        peer.answer_all()
        assert request

    with FaultServer(script, tls=serving) as server, client_of(server, ssl_context=trusting) as client:
        client.connect(SPOT)
        early = place(client, "early", timeout=0.5)
        caller = Caller(gate, client, "late")
        ping.set()
        try:
            assert isinstance(settled_within(early, 3), Exception)
            assert early.done()
        finally:
            gate.open()
        caller.outcome()


def test_the_loop_goes_on_while_a_lost_socket_waits_for_who_writes(gate: Gate) -> None:
    """It connects again, and the next order is sent; the socket is closed when nobody writes to it any more."""

    def script(peer: Peer) -> None:
        peer.log_in()
        assert lose.wait(_PATIENCE)

    lose = threading.Event()
    with FaultServer(script, serve) as server, client_of(server) as client:
        client.connect(SPOT)
        loop = client._connections[SPOT]._loop
        first = loop.wire
        assert first is not None
        caller = Caller(gate, client, "first")
        lose.set()
        eventually(lambda: loop.wire is not first, "the loop gives up the socket")
        try:
            assert isinstance(settled_within(place(client, "behind"), 5), WSAPIResponse)
            assert first.transport.fileno() >= 0
        finally:
            gate.open()
        assert isinstance(caller.outcome(), OutcomeUnknownError)
        eventually(lambda: first.transport.fileno() < 0, "it is closed")


@pytest.mark.parametrize("tls", [False, True])
def test_what_is_written_to_a_socket_that_was_given_up_never_leaves(gate: Gate, *, tls: bool) -> None:
    """Its verdict is known by then; who has looked the order up, and not found it, has repeated it perhaps."""
    broken = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        assert broken.wait(_PATIENCE)
        peer.send(frame(PING, b"", reserved=7))
        peer.read_on()

    serving, trusting = tls_contexts() if tls else (None, None)
    options = {"ssl_context": trusting} if tls else {}
    with (
        FaultServer(script, serve, tls=serving) as server,
        client_of(server, **options) as client,
    ):
        client.connect(SPOT)
        loop = client._connections[SPOT]._loop
        first = loop.wire
        assert first is not None
        caller = Caller(gate, client, "late")
        if tls:  # nobody reads while it writes
            client._connections[SPOT].ask_to_close()
        broken.set()
        try:
            eventually(lambda: first in [wire for wire, _ in loop._leaving], "the loop gives up the socket")
        finally:
            gate.open()
        assert isinstance(caller.outcome(), OutcomeUnknownError)
        eventually(lambda: first.transport.fileno() < 0, "it is closed")
        client.close_all()
        server.drain()
        assert oids(server) == []


def test_what_comes_meanwhile_becomes_stale_in_time(gate: Gate) -> None:
    """However late its answer might be."""
    with FaultServer(serve) as server, client_of(server, max_send_delay=0.3) as client:
        client.connect(SPOT)
        caller = Caller(gate, client, "first")
        behind = place(client, "behind", timeout=60)
        try:
            assert isinstance(settled_within(behind, 3), StaleRequestError)
        finally:
            gate.open()
        caller.outcome()
        assert oids(server) == ["first"]


def test_the_loop_does_not_turn_in_vain_while_somebody_writes(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pong waits until that is over."""
    ping = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        assert ping.wait(_PATIENCE)
        peer.send(frame(PING, b""))
        peer.answer_all()

    waits: list[float] = []
    with FaultServer(script) as server, client_of(server) as client:
        client.connect(SPOT)
        wire = client._connections[SPOT]._loop.wire
        assert wire is not None
        caller = Caller(gate, client, "first")
        wait = Poller.wait
        monkeypatch.setattr(Poller, "wait", lambda poller, s: [waits.append(s), wait(poller, s)][1])
        ping.set()
        try:
            eventually(lambda: wire._control, "a pong waits")
            waits.clear()
            threading.Event().wait(0.2)
            assert len(waits) < 20
        finally:
            gate.open()
        assert isinstance(caller.outcome(), WSAPIResponse)


def test_a_handler_does_not_have_orders_of_other_threads_overtake_each_other(
    gate: Gate, handled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that the interrupted thread was about to write comes first: the next may be its cancel."""
    transfer, transfers = Wire.transfer, []

    def struck(wire: Wire, writer: Call | None = None) -> bool:
        transfers.append(1)
        if len(transfers) == 2:
            signal.raise_signal(signal.SIGUSR1)
        return transfer(wire, writer)

    def in_another_thread(act: Callable[[], Any]) -> threading.Thread:
        thread = threading.Thread(target=act)
        thread.start()
        return thread

    def place_the_order() -> None:
        gate.await_stop()
        futures.append(place(client, "order"))
        gate.open()

    def handle() -> None:
        in_another_thread(lambda: futures.append(place(client, "its cancel"))).join(_PATIENCE)
        futures.append(place(client, "handler"))

    futures: list[Any] = []
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        handled(handle)
        monkeypatch.setattr(Wire, "transfer", struck)
        gate.hold(threading.current_thread().name)
        other = in_another_thread(place_the_order)
        futures.append(place(client, "first"))
        other.join(_PATIENCE)
        assert [type(one) for one in settled(futures)] == [WSAPIResponse] * 4
        assert oids(server) == ["first", "order", "its cancel", "handler"]


def test_an_order_that_a_signal_handler_ends_by_raising_is_not_sent_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody has its future, as after Ctrl-C: SIGTERM often raises ``SystemExit``."""

    def script(peer: Peer) -> None:
        assert go_on.wait(_PATIENCE)
        serve(peer)

    go_on = threading.Event()
    with FaultServer(script) as server, client_of(server) as client:
        submit = Connection.submit

        def struck(connection: Connection, call: Call) -> None:
            submit(connection, call)
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(Connection, "submit", struck)
            with pytest.raises(SystemExit):
                place(client, "interrupted")
        go_on.set()
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["next"]
