"""Who writes to the socket: a caller that is in the middle of it keeps nobody waiting, and loses nobody's order."""

from __future__ import annotations

import signal
import ssl
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fault_server import CLOSE, PING, PONG, FaultServer, Peer, frame, serve, success
from fault_support import SPOT, client_of, eventually, outcome, place, settled

from kucoin_wsapi import (
    NotSentError,
    OutcomeUnknownError,
    WebsocketClient,
    WSAPIResponse,
    _loop,
)
from kucoin_wsapi._calls import Call
from kucoin_wsapi._loop import Loop
from kucoin_wsapi._transport import Transport
from kucoin_wsapi._wire import Wire

_PATIENCE = 20.0


class Gate:
    """Between the threads and the socket: holds one of them back in its next write, before or after the bytes leave.

    ``writes`` are the names of the threads that wrote since ``hold``, with the descriptor that they wrote to.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.writes: list[tuple[str, int]] = []
        self._held = ""
        self._after = False
        self._stopped, self._go_on = threading.Event(), threading.Event()
        self._send = Transport.send.fget
        monkeypatch.setattr(Transport, "send", lambda transport, data: self._pass(transport, data))

    def hold(self, name: str, *, after: bool = False) -> None:
        """The thread with this name, once."""
        self._held, self._after = name, after
        self._stopped.clear()
        self._go_on.clear()
        self.writes.clear()

    def await_stop(self) -> None:
        """Until it is there."""
        assert self._stopped.wait(_PATIENCE)

    def open(self) -> None:
        """It may go on."""
        self._go_on.set()

    def _pass(self, transport: Transport, data: bytes | memoryview) -> int:
        name = threading.current_thread().name
        held, self._held = name == self._held, "" if name == self._held else self._held
        if held and not self._after:
            self._stop()
        self.writes.append((name, transport.fileno()))
        taken: int = self._send(transport)(data)
        if held and self._after:
            self._stop()
        return taken

    def _stop(self) -> None:
        self._stopped.set()
        assert self._go_on.wait(_PATIENCE)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """An open one."""
    return Gate(monkeypatch)


class Caller:
    """Another thread that places one order, and is held back while it writes it."""

    def __init__(self, gate: Gate, client: WebsocketClient, client_oid: str, *, after: bool = False) -> None:
        self.future: Any = None
        self.name = f"caller-{client_oid}"
        self._thread = threading.Thread(target=self._place, args=(client, client_oid), name=self.name)
        gate.hold(self.name, after=after)
        self._thread.start()
        gate.await_stop()

    def _place(self, client: WebsocketClient, client_oid: str) -> None:
        self.future = place(client, client_oid)

    def outcome(self) -> Any:
        """That of its order, once it has returned."""
        self._thread.join(_PATIENCE)
        return outcome(self.future)


def oids(server: FaultServer) -> list[str]:
    """The client ids of all orders that the server saw, in order."""
    return [request["args"]["clientOid"] for request in server.requests]


def test_who_comes_meanwhile_does_not_wait_and_is_written_by_the_same_thread_at_once(gate: Gate) -> None:
    """Two orders find somebody writing: their callers go on, and both leave in one piece, behind the first."""
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        caller = Caller(gate, client, "first")
        futures = [place(client, "second"), place(client, "third")]
        assert client._connections[SPOT].status()[1:] == (2, 1)
        gate.open()
        assert [type(one) for one in [caller.outcome(), *settled(futures)]] == [WSAPIResponse] * 3
        assert oids(server) == ["first", "second", "third"]
        assert [name for name, _ in gate.writes] == [caller.name, caller.name]


def test_what_comes_meanwhile_can_still_be_cancelled(gate: Gate) -> None:
    """It is queued, as long as the bytes before it have not left."""
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        caller = Caller(gate, client, "first")
        future = place(client, "second")
        assert future.cancel()
        gate.open()
        assert isinstance(caller.outcome(), WSAPIResponse)
        assert isinstance(outcome(place(client, "third")), WSAPIResponse)
        assert oids(server) == ["first", "third"]


def test_what_comes_meanwhile_expires_in_time_and_is_never_sent(gate: Gate) -> None:
    """However long the other thread is held up."""
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        caller = Caller(gate, client, "first")
        assert isinstance(outcome(place(client, "second", timeout=0.2)), NotSentError)
        gate.open()
        assert isinstance(caller.outcome(), WSAPIResponse)
        assert isinstance(outcome(place(client, "third")), WSAPIResponse)
        assert oids(server) == ["first", "third"]


def test_an_answer_is_dealt_with_while_its_caller_is_still_writing(gate: Gate) -> None:
    """The exchange may be faster than the return from the system call."""
    answered = threading.Event()
    with FaultServer(serve) as server, client_of(server) as client:
        client.on("response", lambda _: answered.set())
        client.connect(SPOT)
        caller = Caller(gate, client, "first", after=True)
        assert answered.wait(_PATIENCE)
        gate.open()
        assert isinstance(caller.outcome(), WSAPIResponse)


def test_a_socket_is_not_closed_under_the_hands_of_who_writes(gate: Gate) -> None:
    """Its descriptor may belong to another file the moment after."""
    with FaultServer(serve) as server, client_of(server, close_timeout=0.05) as client:
        client.connect(SPOT)
        connection = client._connections[SPOT]
        caller = Caller(gate, client, "first")
        connection.ask_to_close()
        eventually(lambda: connection._loop.wire is None, "the loop gives up the socket")
        behind = place(client, "behind")
        gate.open()
        assert isinstance(caller.outcome(), OutcomeUnknownError)
        assert isinstance(outcome(behind), NotSentError)
        connection.join(_PATIENCE)
        assert connection.ended
        assert gate.writes[0][0] == caller.name
        assert all(descriptor >= 0 for _, descriptor in gate.writes)


def test_a_pong_waits_for_who_writes_and_the_loop_sleeps_meanwhile(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes."""
    held_up = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        assert held_up.wait(_PATIENCE)
        peer.send(frame(PING, b"are you there"))
        request = peer.next_request()
        assert peer.next_frame() == (PONG, b"are you there")
        peer.say(success(request))
        peer.await_end()

    with FaultServer(script) as server, client_of(server) as client:
        client.connect(SPOT)
        loop = client._connections[SPOT]._loop
        caller = Caller(gate, client, "order")
        waits: list[bool] = []
        watch = loop.poller.watch

        def watched(*arguments: Any, writable: bool, **more: Any) -> None:
            waits.append(writable)
            watch(*arguments, writable=writable, **more)

        monkeypatch.setattr(loop.poller, "watch", watched)
        held_up.set()
        eventually(lambda: loop.wire and loop.wire._control and waits, "the pong waits, and the loop sleeps")
        assert not any(waits)
        gate.open()
        assert isinstance(caller.outcome(), WSAPIResponse)


def test_a_graceful_end_says_goodbye_when_the_writer_has_returned(gate: Gate) -> None:
    """Its order has been answered already; a renewal or a close is no abnormal end."""
    answered = threading.Event()
    with FaultServer(serve) as server, client_of(server, close_timeout=5) as client:
        client.on("response", lambda _: answered.set())
        client.connect(SPOT)
        connection = client._connections[SPOT]
        caller = Caller(gate, client, "first", after=True)
        assert answered.wait(_PATIENCE)
        connection.ask_to_close()
        eventually(lambda: connection._loop.wire is None, "the loop gives up the socket")
        gate.open()
        assert isinstance(caller.outcome(), WSAPIResponse)
        connection.join(_PATIENCE)
        server.drain()
        assert server.peers[0].frames[-1][0] == CLOSE


def test_a_caller_does_not_write_the_orders_of_others_for_ever(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some rounds it returns, and the loop goes on."""
    monkeypatch.setattr(_loop, "_WRITES_PER_CALLER", 1)
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        caller = Caller(gate, client, "first")
        future = place(client, "second")
        gate.open()
        assert [type(caller.outcome()), type(outcome(future))] == [WSAPIResponse] * 2
        assert [name for name, _ in gate.writes] == [caller.name, client._connections[SPOT]._loop.name]


@pytest.mark.parametrize("sent", [False, True], ids=["before the bytes leave", "after that"])
def test_ctrl_c_in_a_thread_that_writes_for_others_loses_none_of_their_orders(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, *, sent: bool
) -> None:
    """They are written once, by the loop if the thread did not come to it."""
    transfer, transfers = Wire.transfer, []

    def interrupted_the_second_time(wire: Wire, writer: Call | None = None) -> bool:
        transfers.append(wire)
        if len(transfers) == 2 and not sent:
            raise KeyboardInterrupt
        whole = transfer(wire, writer)
        if len(transfers) == 2 and sent:
            raise KeyboardInterrupt
        return whole

    def place_meanwhile() -> None:
        gate.await_stop()
        futures.extend([place(client, "second"), place(client, "third")])
        gate.open()

    futures: list[Any] = []
    with FaultServer(serve) as server, client_of(server) as client:
        client.connect(SPOT)
        monkeypatch.setattr(Wire, "transfer", interrupted_the_second_time)
        gate.hold(threading.current_thread().name)
        others = threading.Thread(target=place_meanwhile)
        others.start()
        with pytest.raises(KeyboardInterrupt):
            place(client, "first")
        others.join(_PATIENCE)
        assert [type(one) for one in settled(futures)] == [WSAPIResponse] * 2
        assert isinstance(outcome(place(client, "next")), WSAPIResponse)
        assert oids(server) == ["first", "second", "third", "next"]


def _at_the(edge: str, function: Callable[..., Any], act: Callable[[], None]) -> Callable[..., Any]:
    """``function``, with ``act`` called once, when it begins or ends."""
    pending = [act]

    def called(*arguments: Any) -> Any:
        if pending and edge == "beginning":
            pending.pop()()
        returned = function(*arguments)
        if pending and edge == "end":
            pending.pop()()
        return returned

    return called


_OWNERS = {Loop.write_on: Loop}


@pytest.mark.parametrize("queued_before", [False, True], ids=["alone", "behind the order of another thread"])
@pytest.mark.parametrize("edge", ["beginning", "end"])
@pytest.mark.parametrize("step", [Wire.transfer, Loop.write_on])
def test_a_signal_handler_that_interrupts_a_write_gets_the_answer_to_its_order(
    monkeypatch: pytest.MonkeyPatch, step: Any, edge: str, *, queued_before: bool
) -> None:
    """It runs in the thread that writes, which goes on after it only; so it has to write by itself."""
    answers: list[Any] = []

    def handle(*_: object) -> None:
        if queued_before:
            other = threading.Thread(target=lambda: futures.append(place(client, "other")))
            other.start()
            other.join(_PATIENCE)
        answers.append(place(client, "handler").result(10))

    futures: list[Any] = []
    before = signal.signal(signal.SIGUSR1, handle)
    try:
        with FaultServer(serve) as server, client_of(server) as client:
            client.connect(SPOT)
            struck = _at_the(edge, step, lambda: signal.raise_signal(signal.SIGUSR1))
            monkeypatch.setattr(_OWNERS.get(step, Wire), step.__name__, struck)
            assert isinstance(outcome(place(client, "interrupted")), WSAPIResponse)
            outcomes = [*answers, *settled(futures)]
            assert [type(one) for one in outcomes] == [WSAPIResponse] * (1 + queued_before)
            assert sorted(oids(server)) == sorted(["interrupted", "handler", *["other"] * queued_before])
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("edge", ["beginning", "end"])
@pytest.mark.parametrize("step", [Wire.begin, Wire.release])
def test_an_order_of_a_signal_handler_that_interrupts_the_bookkeeping_is_sent(
    monkeypatch: pytest.MonkeyPatch, step: Any, edge: str
) -> None:
    """Nobody can wait for an answer there, because the lock is held."""
    futures: list[Any] = []
    before = signal.signal(signal.SIGUSR1, lambda *_: futures.append(place(client, "handler")))
    try:
        with FaultServer(serve) as server, client_of(server) as client:
            client.connect(SPOT)
            struck = _at_the(edge, step, lambda: signal.raise_signal(signal.SIGUSR1))
            monkeypatch.setattr(Wire, step.__name__, struck)
            futures.append(place(client, "interrupted"))
            assert [type(one) for one in settled(futures)] == [WSAPIResponse] * 2
            assert sorted(oids(server)) == ["handler", "interrupted"]
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_over_tls_nobody_reads_while_somebody_writes(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer comes while a caller is inside OpenSSL: it waits."""
    authority = pytest.importorskip("trustme").CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    answer = threading.Event()

    def script(peer: Peer) -> None:
        peer.log_in()
        request = peer.next_request()
        assert answer.wait(_PATIENCE)
        peer.say(success(request))
        while True:
            peer.say(success(peer.next_request()))

    with FaultServer(script, tls=serving) as server, client_of(server, ssl_context=trusting) as client:
        client.connect(SPOT)
        early = place(client, "early")
        caller = Caller(gate, client, "late")
        read, reads = Transport.read, []
        monkeypatch.setattr(Transport, "read", lambda transport: [reads.append(1), read(transport)][1])
        answer.set()
        loop = client._connections[SPOT]._loop
        eventually(lambda: loop._writer_awaited, "the loop wants to read")
        assert not reads
        gate.open()
        assert isinstance(outcome(early), WSAPIResponse)
        assert isinstance(caller.outcome(), WSAPIResponse)
