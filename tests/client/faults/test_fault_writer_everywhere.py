"""Whatever a signal does to the thread that writes, wherever it strikes: every place is tried, one after the other."""

from __future__ import annotations

import contextlib
import dis
import functools
import ssl
import sys
import threading
from collections import Counter
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import pytest
from fault_server import FaultServer, serve
from fault_support import SPOT, client_of, place, settled
from test_fault_writer import oids
from test_fault_writer_struck import tls_contexts

from kucoin_wsapi import NotSentError, WebsocketClient, WSAPIResponse, _wire
from kucoin_wsapi._call_table import CallTable
from kucoin_wsapi._calls import Call
from kucoin_wsapi._connection import Connection
from kucoin_wsapi._loop import Loop
from kucoin_wsapi._protocol import OrderProtocol
from kucoin_wsapi._transport import Transport
from kucoin_wsapi._wire import Wire


def _codes(*functions: Any) -> frozenset[CodeType]:
    return frozenset((one.fget if isinstance(one, property) else one).__code__ for one in functions)


_TRANSFER = Wire.transfer.__code__
_WRITING = _codes(
    Connection.submit,
    Connection._accept,
    Loop.write_on,
    Loop._take_batch,
    Wire.begin,
    Wire.go_on,
    Wire.transfer,
    Wire.conclude,
    Wire.release,
    Wire._was_offered,
    Wire.writable,
    Wire.needs_attention,
    _wire._divide,
    OrderProtocol.submit,
    OrderProtocol.next_to_send,
    OrderProtocol._dispatch,
    CallTable.next_claimed,
    CallTable.next_queued,
    CallTable.dispatch,
    Call.claim,
)
_TAKING_OVER = _codes(
    Connection._accept,
    Loop.pump,
    Wire.take_over,
    Wire.recover,
    Wire.drop_expired,
    Wire.flush,
    Wire._flush_once,
    Wire._send,
    Wire.write,
    Wire.go_on,
    Wire.transfer,
    Wire.conclude,
    Wire._was_offered,
    _wire._divide,
)


@functools.cache
def _operations(code: CodeType) -> dict[int, str]:
    return {one.offset: one.opname for one in dis.get_instructions(code)}


def _may_strike(code: CodeType, last: int | None, here: int) -> bool:
    """Whether Python looks for signals before this instruction, if it comes after that one."""
    if last is None:
        return True
    if last < 0:
        return False
    operation = _operations(code)[last]
    if "JUMP" in operation:
        return "BACKWARD" in operation or (sys.version_info < (3, 11) and here != last + 2)
    return operation == "CALL" or operation.startswith(("CALL_", "RESUME"))


class Strikes:
    """Calls ``act`` once in the thread that enters this, at the ``place``-th of all places in these codes.

    ``met`` is called with the code of every function that begins, before that.
    """

    def __init__(
        self,
        place: int,
        act: Callable[[], None],
        codes: frozenset[CodeType],
        met: Callable[[CodeType], None] = lambda _: None,
    ) -> None:
        self._left, self._act, self._codes, self._met = place, act, codes, met
        self.where = ""
        self._last: dict[FrameType, int] = {}

    def __enter__(self) -> Strikes:
        self._outer = sys.gettrace()
        sys._getframe().f_trace_opcodes = True  # from 3.12 on `settrace` looks whether any frame wants them
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._outer)
        self._last.clear()

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "call":
            self._met(frame.f_code)
            if self.where or frame.f_code not in self._codes:
                return None
            frame.f_trace = self._trace  # without it, 3.13 does not heed what follows
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
        elif event == "exception":
            self._last[frame] = -1  # nobody looks for signals on the way to what catches it
        elif event == "opcode" and not self.where:
            last, here = self._last.get(frame), frame.f_lasti
            self._last[frame] = here
            if _may_strike(frame.f_code, last, here):
                self._left -= 1
                if self._left < 0:
                    self.where = f"{frame.f_code.co_name} line {frame.f_lineno} offset {here}"
                    self._act()
        return self._trace


def in_another_thread(act: Callable[[], Any]) -> None:
    """And wait for that."""
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


class Market:
    """A server and a client, and whatever the socket is to take at a time: so many bytes, 0 for none, -1 for all."""

    def __init__(self, server: FaultServer, client: WebsocketClient, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server, self.client = server, client
        self.capacities: list[int] = []
        self.kept: list[Any] = []  # futures of orders that have to be answered
        self.held = ""  # the name of the thread that is held back in its next write
        self.stopped, self.go_on = threading.Event(), threading.Event()
        self._number = 0
        self._send = Transport.send.fget
        monkeypatch.setattr(Transport, "send", property(self._limited))

    def _limited(self, transport: Transport) -> Callable[[Any], int]:
        send = self._send(transport)
        if not self.capacities and not self.held:
            return send  # type: ignore[no-any-return]  # a property of the class, called by hand

        def send_some(data: Any) -> int:
            if self.held and self.held == threading.current_thread().name:
                self.held = ""
                self.stopped.set()
                assert self.go_on.wait(20)
            capacity = self.capacities.pop(0) if self.capacities else -1
            if capacity == 0:
                raise BlockingIOError
            taken: int = send(data if capacity < 0 else bytes(data[:capacity]))
            return taken

        return send_some

    def keep(self, name: str) -> None:
        """Place an order that has to be answered."""
        self.kept.append(place(self.client, f"{name}-{self._number}"))

    def meanwhile(self) -> Callable[[CodeType], None]:
        """When this thread is about to write, another one places two orders."""
        pending = [1]

        def met(code: CodeType) -> None:
            if pending and code is _TRANSFER:
                pending.pop()
                in_another_thread(lambda: [self.keep("other"), self.keep("another")])

        return met

    def hold_a_writer(self) -> threading.Thread:
        """Another thread is about to write an order, if nobody else is."""

        def place_one() -> None:
            self.keep("held")
            self.stopped.set()

        self.stopped.clear()
        self.go_on.clear()
        self.held = "held"
        thread = threading.Thread(target=place_one, name="held")
        thread.start()
        assert self.stopped.wait(20)
        return thread

    def check(self, where: str, *, broken: bool = False) -> None:
        """Nothing hangs, nothing is sent twice, nothing is torn, and the next order works.

        ``broken``: the connection may have been given up. Then what is not sent is not sent.
        """
        try:
            self._check(where, broken=broken)
        finally:
            self._number += 1
            self.kept = []

    def _check(self, where: str, *, broken: bool) -> None:
        self.capacities = []
        self.keep("next")
        outcomes = settled(self.kept)
        seen = [oid for oid in oids(self.server) if oid.endswith(f"-{self._number}")]
        if broken:
            lies = [one for one in outcomes if isinstance(one, NotSentError) and one.client_oid in seen]
            assert not lies, (where, lies)
            self.client.connect(SPOT)
            self.keep("last")
            outcomes = settled(self.kept[-1:])
            seen = [oid for oid in oids(self.server) if oid.endswith(f"-{self._number}")]
        assert [type(one) for one in outcomes] == [WSAPIResponse] * len(outcomes), (where, outcomes)
        assert not [oid for oid, count in Counter(seen).items() if count > 1], (where, seen)
        assert broken or len(self.server.peers) == 1, (where, "the connection was lost")
        if f"other-{self._number}" in seen and f"another-{self._number}" in seen:
            assert seen.index(f"other-{self._number}") < seen.index(f"another-{self._number}"), (where, seen)
        wire = self.client._connections[SPOT]._loop.wire
        assert wire is not None
        assert wire.writable, where


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Any:
    """One without faults."""
    options = {"request_timeout": 2.0, "max_send_delay": 1.0, "close_timeout": 0.01}
    with FaultServer(serve) as server, client_of(server, **options) as client:
        client.connect(SPOT)
        yield Market(server, client, monkeypatch)


CAPACITIES = pytest.mark.parametrize(
    "capacities",
    [[], [5], [0], [-1, 5], [-1, 0]],
    ids=["all", "a part", "none", "a part later", "none later"],
)


def everywhere(attempt: Callable[[int], str]) -> int:
    """Until ``attempt(place)`` says that there is no such place; returns how many there are."""
    failures: list[str] = []
    where, number = "-", 0
    while where and len(failures) < 5:
        try:
            where = attempt(number)
        except AssertionError as failure:
            failures.append(str(failure))
        number += 1
    assert not failures, "\n".join(failures)
    return number


@CAPACITIES
def test_ctrl_c_wherever_it_strikes_loses_no_order_of_others(market: Market, capacities: list[int]) -> None:
    """Nor is any sent twice, and the next one works."""

    def strike() -> None:
        raise KeyboardInterrupt

    def attempt(number: int) -> str:
        market.capacities = list(capacities)
        strikes = Strikes(number, strike, _WRITING, market.meanwhile())
        with contextlib.suppress(KeyboardInterrupt), strikes:
            place(market.client, f"interrupted-{market._number}")
        market.check(strikes.where)
        return strikes.where

    assert everywhere(attempt) > 20


def test_over_tls_ctrl_c_wherever_it_strikes_tells_no_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """And loses nothing, but inside ``SSLSocket``, which is written in Python: there what may have left is in doubt."""
    serving, trusting = tls_contexts()

    def strike() -> None:
        raise KeyboardInterrupt

    # What is in doubt is waited for in vain, so the timeout is no longer than a busy machine needs for what is not.
    options: dict[str, Any] = {"request_timeout": 3.0, "close_timeout": 0.01}
    with (
        FaultServer(serve, tls=serving) as server,
        client_of(server, ssl_context=trusting, **options) as client,
    ):
        client.connect(SPOT)
        market = Market(server, client, monkeypatch)

        def attempt(number: int) -> str:
            strikes = Strikes(number, strike, _WRITING | _codes(ssl.SSLSocket.send), market.meanwhile())
            with contextlib.suppress(KeyboardInterrupt), strikes:
                place(client, f"interrupted-{market._number}")
            market.check(strikes.where, broken=strikes.where.startswith("send "))
            return strikes.where

        assert everywhere(attempt) > 20


@CAPACITIES
def test_an_order_of_a_handler_is_sent_wherever_that_strikes(market: Market, capacities: list[int]) -> None:
    """And the one that it interrupts; where nobody holds the lock, the handler gets the answer."""
    lock = market.client._connections[SPOT]._loop.lock

    def strike() -> None:
        market.keep("handler")
        if not lock._is_owned():  # type: ignore[attr-defined]  # what Condition asks, too
            try:
                market.kept[-1].result(5)
            except Exception as error:
                late.append(repr(error))

    late: list[str] = []

    def attempt(number: int) -> str:
        late.clear()
        market.capacities = list(capacities)
        with Strikes(number, strike, _WRITING, market.meanwhile()) as strikes:
            market.keep("interrupted")
        market.check(strikes.where)
        assert not late, (strikes.where, late)
        return strikes.where

    assert everywhere(attempt) > 20


@CAPACITIES
def test_who_writes_after_a_handler_took_over_is_not_disturbed(market: Market, capacities: list[int]) -> None:
    """By the interrupted thread, which goes on while another one writes."""
    lock = market.client._connections[SPOT]._loop.lock
    threads: list[threading.Thread] = []

    def strike() -> None:
        if not lock._is_owned():  # type: ignore[attr-defined]  # what Condition asks, too
            market.keep("handler")
            settled(market.kept[-1:])
            threads.append(market.hold_a_writer())

    def attempt(number: int) -> str:
        market.capacities = list(capacities)
        with Strikes(number, strike, _WRITING) as strikes:
            market.keep("interrupted")
        market.held = ""
        market.go_on.set()
        while threads:
            threads.pop().join()
        market.check(strikes.where)
        return strikes.where

    assert everywhere(attempt) > 20


def test_what_a_handler_raises_that_has_taken_over_is_raised(market: Market) -> None:
    """It is no error of the socket, though it may be an ``OSError``, as that of ``result`` is."""

    def strike() -> None:
        market.keep("handler")
        raise TimeoutError

    def attempt(number: int) -> str:
        raised: list[BaseException] = []
        strikes = Strikes(number, strike, _WRITING)
        try:
            with strikes:
                place(market.client, f"interrupted-{market._number}")
        except TimeoutError as error:
            raised.append(error)
        assert bool(raised) == bool(strikes.where), strikes.where
        market.check(strikes.where)
        return strikes.where

    assert everywhere(attempt) > 20


def _interrupt() -> None:
    raise KeyboardInterrupt


def _fail() -> None:
    raise TimeoutError


@pytest.mark.parametrize("edge", ["beginning", "end"])
@pytest.mark.parametrize("act", [None, _interrupt, _fail], ids=["an order", "ctrl-c", "an error"])
@pytest.mark.parametrize("capacities", [[], [5], [0, 5]], ids=str)
def test_a_handler_that_has_taken_over_is_interrupted_itself(
    market: Market, monkeypatch: pytest.MonkeyPatch, edge: str, act: Any, capacities: list[int]
) -> None:
    """By the handler of another signal, which places an order or raises something."""
    transfer, wheres, numbers = Wire.transfer, [""], [0]

    def strike() -> None:
        market.keep("second")

    def handle() -> None:
        with Strikes(numbers[0], act or strike, _TAKING_OVER) as strikes:
            try:
                market.keep("first")
            finally:
                wheres[0] = strikes.where

    def struck(wire: Wire, *writer: Call) -> bool:
        if pending and edge == "beginning":
            pending.pop()()
        whole = transfer(wire, *writer)
        if pending and edge == "end":
            pending.pop()()
        return whole

    pending: list[Any] = []
    monkeypatch.setattr(Wire, "transfer", struck)

    def attempt(number: int) -> str:
        market.capacities = list(capacities)
        numbers[0] = number
        pending.append(handle)
        with contextlib.suppress(KeyboardInterrupt, TimeoutError):
            market.keep("interrupted")
        market.check(wheres[0], broken=act is not None)
        return wheres[0]

    assert everywhere(attempt) > 10
