"""The loop of one connection: it waits, reads, lets the protocol decide, and performs what that wants done.

Everything here runs on the loop thread; other threads come in through ``_connection``, whose lock this is.
"""

from __future__ import annotations

import concurrent.futures
import logging
import math
import ssl
import threading
import time
from collections.abc import Callable, Container, Sequence
from typing import Any, Generic, Protocol, TypeVar

from attrs import frozen

from ._actions import Action, Answer, AnswerChallenge, Connect, Disconnect, Emit, Ready, Renew, SendPing
from ._calls import Call
from ._dialling import Dialled, Dialler, Opened, Signature
from ._frames import Opcode, encode_frame
from ._gates import Gate, wall_clock_ms
from ._life import Life
from ._messages import GatewayError, Reply
from ._poller import Poller, suspended_seconds
from ._renewal import Renewal
from ._states import ConnectionState
from ._wire import Wire
from .events import ConnectionEvent, ExceptionEvent
from .exceptions import AuthenticationError, SlowConsumerError, TransportError
from .options import Options, WsKey

__all__ = ["Loop", "Setting"]

_logger = logging.getLogger("kucoin_wsapi")

_SENT_PER_LOCK_HOLD = 64  # so that a backlog does not keep callers waiting
_SUSPENSION = 0.5  # seconds: what is less is the time between two looks at two clocks
_READS_PER_TURN = 64  # so that a flood does not keep deadlines waiting
_WRITES_PER_CALLER = 8  # so that a caller does not write the orders of others for ever
_PATIENCE = 0.05  # seconds: a writer that Ctrl-C has stopped tells nobody


@frozen
class Setting:
    """What a connection gets from its client; ``emit(event)`` must not block, and is called without the lock."""

    ws_key: WsKey
    name: str
    options: Options
    gate: Gate
    ssl_context: Callable[[], ssl.SSLContext]
    emit: Callable[[ConnectionEvent | ExceptionEvent], None]


class SocketProtocol(Protocol):
    """What travels over the socket, as the loop sees it; see ``_protocol``. The loop calls it holding the lock."""

    life: Life

    @property
    def in_flight(self) -> Container[str]:
        """Ids of the calls that were handed to the socket and have not settled."""

    def parse(self, opcode: int, payload: str | bytes) -> Any:
        """One message, for ``receive``; without the lock, and never raising."""

    def receive(self, messages: Sequence[Any], now: float, wall_ms: int) -> list[Action]:
        """Messages came in."""

    @property
    def has_waiting(self) -> bool:
        """Whether something is to be written, now or later."""

    def next_to_send(self, now: float, batch: list[Call] | None = None) -> Call | str | None:
        """What to write next: a call, which is in flight then, a text that belongs to none, or nothing.

        A call is added to ``batch`` before it leaves the queue: whatever strikes in between, it is in one of them.
        """

    def ping_text(self, ping_id: str, wall_ms: int) -> str:
        """An application ping."""

    def next_deadline(self) -> float:
        """When ``expire`` must be called."""

    def expire(self, now: float) -> list[Action]:
        """Time has passed."""

    def woken(self, now: float, slept: float) -> list[Action]:
        """The machine was suspended."""


AnyProtocol = TypeVar("AnyProtocol", bound=SocketProtocol)


def _has_no_answers(answers: Sequence[Answer]) -> None:
    """For a protocol that knows other ends of its calls."""


class Loop(Generic[AnyProtocol]):
    """The loop thread's part of a connection.

    ``lock`` guards the protocol, the wire, and the fields marked with it. It is never held while waiting, connecting,
    settling a future or running user code.
    """

    def __init__(
        self,
        setting: Setting,
        protocol: AnyProtocol,
        *,
        perform: Callable[[Action], None],
        settle: Callable[[Sequence[Answer]], None] = _has_no_answers,
        renew: Callable[[], None],
        handed_over: Callable[[], None],
        may_read: Callable[[], bool] = lambda: True,
    ) -> None:
        """Called on the loop thread, without the lock: ``settle`` for answers, ``perform`` for what else the loop does
        not do itself, ``renew`` when it is time for another connection, and ``handed_over`` when that one has taken
        over. While ``may_read`` says no, the socket is not read; who changes its mind wakes the loop.
        """
        self.name = setting.name
        self._emit = setting.emit
        self._perform_other, self._settle_all = perform, settle
        self._renew, self._handed_over = renew, handed_over
        # Re-entrant, because a signal handler may close the client in a thread that holds it; that only sets flags.
        self.lock = threading.RLock()
        self.protocol = protocol  # lock
        self.wire: Wire | None = None  # lock; None while there is no open socket
        self._writer_ended = threading.Condition(self.lock)  # a writer has noticed that it is waited for
        self._writer_awaited = False  # lock
        # Given up, and whether gracefully; not closed because of a writer.
        self._leaving: list[tuple[Wire, bool]] = []
        self.poller = Poller()
        self._dialler = Dialler(
            setting.gate, setting.options, setting.ssl_context, self.lock, self.poller.wake
        )
        self._may_read = may_read
        self._reading = True  # whether the loop reads; changes at the beginning of a turn
        # Put off until nothing else is to be done; their calls are in no table.
        self._answers: list[Answer] = []
        self._looked_at = time.monotonic()  # when the loop looked last at what has come
        self._unread = False  # the last turn left bytes that a selector may not see
        self._stirred = False  # something else than an answer has come, or has happened, since the last wait
        self._suspended = suspended_seconds()  # how much of it is known
        # What other threads leave for the loop; whoever leaves something wakes it.
        self.openers: list[concurrent.futures.Future[None] | None] = []  # lock
        self.close_asked = False  # lock, or set by a finaliser; never unset
        self.renewal: Renewal[Any] | None = None  # lock; set by `renew`, unset when that has come to nothing
        # Until when the loop sleeps at most (monotonic seconds), reading answers in between: a caller with an earlier
        # deadline wakes it. -inf while it is awake, because it looks at everything before it sleeps again. Set to a
        # time holding the lock only: who leaves a call, holding it, either sees that time or is seen. Woken for
        # nothing does no harm.
        self.sleeps_until = -math.inf

    @property
    def ended(self) -> bool:
        """Whether the connection is closed for good."""
        return self.protocol.life.state is ConnectionState.CLOSED

    def run(self) -> None:
        """Until the connection has ended."""
        armed = math.inf
        while not self.ended:
            try:
                armed = self._turn(armed)
            except Exception as error:
                _logger.exception("internal error on %s", self.name)
                self._settle()
                self.recover(error)
        self._settle()
        renewal = self.renewal
        if renewal is not None and not renewal.done:
            renewal.heir.ask_to_close()  # it would stand by for ever: nobody else may know of it
        with self.lock:
            actions = self.take_openers()  # for those who came after the last look
        self.perform_all(actions)
        while self._leaving:
            with self.lock:
                self._await_writer(self._leaving[0][0])
            self._close_leaving()
        self.poller.close()

    def _turn(self, armed: float) -> float:
        """Deal with what is due, sleep until something happens, read; returns until when it meant to sleep."""
        with self.lock:
            until = self._fall_asleep(armed) if self._is_idle() else -math.inf
        if until <= self._looked_at:
            self._attend()
            if self.ended:
                return armed
            with self.lock:
                until = self._fall_asleep(armed)
        wire = self.wire  # only this thread replaces it
        while self._wait_and_read(wire, until):
            pass
        self.sleeps_until = -math.inf
        if wire is not None and wire.error is not None:
            self._judge_write_error(wire)  # after reading: answers that have arrived count
        return until

    def _wait_and_read(self, wire: Wire | None, until: float) -> bool:
        """Returns whether nothing came but answers: then what the turn has looked at is still so, and it may go on."""
        # Last of all: who is woken by it gets the interpreter when this thread waits.
        self._settle()
        self._stirred = False
        ready = self.poller.wait(until - time.monotonic())
        # Before reading: what could be read by then came in time. Late ourselves (stopped, or starved of the
        # interpreter)? What came meanwhile came before the deadlines that have passed.
        self._looked_at = now = time.monotonic()
        if wire is None:
            return False
        if self._reading and (ready or self._unread or now >= until):
            self._unread = self._read(wire)
        return (
            ready
            and now < until
            and not self.poller.was_woken
            and not self._stirred
            and not self._unread
            and not wire.needs_attention
            and not self.protocol.has_waiting
            and self.renewal is None
            and suspended_seconds() - self._suspended <= _SUSPENSION
        )

    def _is_idle(self) -> bool:
        """Holding the lock: whether there is nothing to do but to wait, if nothing is due, and to read."""
        wire, protocol = self.wire, self.protocol
        return (
            not protocol.has_waiting
            and self.renewal is None
            and not self._leaving
            and not self._unread  # in a flood no time passes in waiting: what is due has to be looked at every turn
            and (wire is None or not wire.needs_attention)
            and not self._has_news()
            and self._reads() is self._reading
            and suspended_seconds() - self._suspended <= _SUSPENSION
        )

    def _attend(self) -> None:
        """Whatever there is to do before the next wait, as of when the loop looked last."""
        if self._leaving:
            self._close_leaving()
        self._catch_up(self._looked_at)
        if self.protocol.has_waiting:
            self._settle()  # what the answers say of the rate limits may let some of it go
        if self.renewal is not None:
            self._hand_over(self._looked_at)
        self._write_what_waits()  # after that, which may have let go what it held

    def _fall_asleep(self, armed: float) -> float:
        """Holding the lock: until when to wait, which is told to the callers."""
        now = time.monotonic()
        wire = self.wire
        self._unread = self._unread and wire is not None
        due = now if (self._unread and self._reading) or self._has_news() else self._next_deadline()
        # An armed time is never extended: else every call made while nothing is in flight would have to wake us.
        until = min(due, armed) if armed > now else due
        self.sleeps_until = until
        if wire is not None:
            # A writer has this looked at again when it leaves something.
            waits = wire.blocked and wire.writer is None
            self.poller.watch(wire.transport, readable=self._reading, writable=waits)
        return until

    def _catch_up(self, now: float) -> None:
        """What other threads have left, and what time has brought; as of ``now``, when the loop looked last."""
        with self.lock:
            actions = self._pause_or_resume(now)
            slept = suspended_seconds() - self._suspended
            if slept > _SUSPENSION:
                self._suspended += slept
                actions += self.protocol.woken(now, slept)
            if self._has_news():
                actions += self._take_news(now)
            if self.protocol.next_deadline() <= now:
                actions += self.protocol.expire(now)
                if self.wire is not None:
                    self.wire.drop_expired(self.protocol.in_flight)
        if actions:
            self._settle()
            self.perform_all(actions)

    def _settle(self) -> None:
        """Perform what was put off."""
        answers, self._answers = self._answers, []
        if answers:
            self._settle_all(answers)

    def _pause_or_resume(self, now: float) -> list[Action]:
        """Holding the lock: do as those wish who handle what is read."""
        reading = self._reads()
        if reading is self._reading:
            return []
        self._reading = reading
        life = self.protocol.life
        if reading:
            life.heartbeat.hear_again(now)
        else:
            life.heartbeat.be_deaf()
            life.emit_exception(
                SlowConsumerError("the handlers do not keep up: the socket is not read for now")
            )
        return life.take()

    def _reads(self) -> bool:
        """Whether to read; a login always is, which brings nothing that anybody has to handle."""
        return self._may_read() or self.protocol.life.state is not ConnectionState.READY

    def _hand_over(self, now: float) -> None:
        with self.lock:
            renewal = self.renewal
            if renewal is None or renewal.done or self.ended or self.close_asked:
                return
            actions = renewal.advance([*self.openers, *self.protocol.life.waiters], now)
            if actions is None:
                return
            self.openers.clear()
        self.perform_all(actions)
        self._handed_over()

    def _next_deadline(self) -> float:
        deadline = self.protocol.next_deadline()
        return deadline if self.renewal is None else min(deadline, self.renewal.next_step)

    def recover(self, error: Exception) -> None:
        with self.lock:
            actions = self.protocol.life.crashed(error, time.monotonic())
        self.perform_all(actions)

    def _has_news(self) -> bool:
        """Holding the lock: whether other threads have left something."""
        if self.openers or self._dialler.has_news:
            return True
        if self.close_asked and self.protocol.life.state not in (
            ConnectionState.CLOSING,
            ConnectionState.CLOSED,
        ):
            return True
        return self.wire is not None and self.wire.error is not None

    def _take_news(self, now: float) -> list[Action]:
        """Holding the lock: give the protocol what other threads have left."""
        protocol = self.protocol
        actions = self.take_openers()
        result = self._dialler.take_result()
        if result is not None:
            actions += self._judge_attempt(result, now)
        signed = self._dialler.take_signature()
        if signed is not None:
            actions += self._judge_signature(*signed, now)
        if self.close_asked:
            actions += protocol.life.close(now)
        return actions

    def _judge_write_error(self, wire: Wire) -> None:
        error = wire.error
        if error is not None and wire is self.wire:
            failure = TransportError(f"cannot write: {error.strerror or type(error).__name__}")
            failure.__cause__ = error
            self._lose(failure)

    def take_openers(self) -> list[Action]:
        actions: list[Action] = []
        openers, self.openers = self.openers, []
        for waiter in openers:
            actions += self.protocol.life.open(time.monotonic(), waiter)
        return actions

    def _judge_attempt(self, result: Dialled, now: float) -> list[Action]:
        protocol = self.protocol
        if isinstance(result, Opened):
            address = result.address
            protocol.life.heartbeat.announced(address.ping_interval, address.ping_timeout)
            self.wire = Wire(result.transport, protocol.life.generation, protocol.parse)
            self._unread = True  # over TLS the first message may have come in the record of the upgrade
            return protocol.life.upgraded(protocol.life.generation)
        if isinstance(result, AuthenticationError):
            return protocol.life.attempt_barred(protocol.life.generation, result)
        if isinstance(result, (GatewayError, Reply)):
            return protocol.life.attempt_refused(protocol.life.generation, result, now, wall_clock_ms())
        return protocol.life.lost(protocol.life.generation, result, now)

    def _judge_signature(self, generation: int, signed: Signature, now: float) -> list[Action]:
        if isinstance(signed, AuthenticationError):
            return self.protocol.life.attempt_barred(generation, signed)
        if isinstance(signed, TransportError):
            return self.protocol.life.lost(generation, signed, now)
        self._write_text(generation, signed)
        return []

    def _read(self, wire: Wire) -> bool:
        """Read and deal with all that is there; returns whether a flood has left more."""
        for _ in range(_READS_PER_TURN):
            if self.wire is not wire:
                return False
            if not self._reads():
                return True
            try:
                read = self._read_alone(wire) if wire.transport.tls else wire.transport.read()
            except OSError as error:
                failure = TransportError(f"the connection broke: {error.strerror or type(error).__name__}")
                failure.__cause__ = error
                self._lose(failure)
                return False
            if read is None:
                return True
            data, more = read
            if data:
                self._receive(wire, data, time.monotonic())
            elif data is not None:
                self._lose(TransportError("the exchange closed the connection"))
            if not more:
                return False
            self._settle()  # there is more to be read: nobody waits for the end of a flood
        return True

    def _read_alone(self, wire: Wire) -> tuple[bytes | None, bool] | None:
        """None: somebody writes. Whatever keeps that one, a signal handler perhaps, what is due does not wait."""
        with self.lock:
            self._await_writer(wire)
            return None if wire.writer is not None else wire.transport.read()

    def _await_writer(self, wire: Wire) -> None:
        """Holding the lock, which others may have meanwhile: until nobody writes without it, but not for long."""
        if wire.writer is not None:
            self._writer_awaited = True
            self._writer_ended.wait(_PATIENCE)
            self._writer_awaited = False

    def _lose(self, error: TransportError) -> None:
        self._stirred = True
        with self.lock:
            actions = self.protocol.life.lost(self.protocol.life.generation, error, time.monotonic())
        self._settle()
        self.perform_all(actions)

    def _receive(self, wire: Wire, data: bytes, now: float) -> None:
        received = wire.decode(data)
        with self.lock:
            protocol = self.protocol
            if protocol.life.heartbeat.heard():
                self._stirred = True
            for frame in received.replies:
                wire.write_control(frame)
            actions = protocol.receive(received.messages, now, wall_clock_ms())
            if received.end is not None:
                actions += protocol.life.lost(protocol.life.generation, received.end, now)
        # Answers are put off until there is nothing else to do; whatever else happens waits for them.
        answers = 0
        while answers < len(actions) and type(actions[answers]) is Answer:
            answers += 1
        self._answers += actions[:answers]  # type: ignore[arg-type]  # they are
        if answers < len(actions):
            self._stirred = True
            self._settle()
            self.perform_all(actions[answers:])

    def _write_what_waits(self) -> None:
        """After what has expired is gone: the rest of a frame, then the queue."""
        while True:
            with self.lock:
                wire = self.wire
                # A writer goes on with the queue, and has the loop look at what it leaves.
                if wire is None or wire.writer is not None or not self.pump(wire):
                    return

    def pump(self, wire: Wire) -> bool:
        """Holding the lock: write what waits; returns whether there may be more."""
        now = time.monotonic()
        wire.recover()
        wire.drop_expired(self.protocol.in_flight)
        wire.flush()
        for _ in range(_SENT_PER_LOCK_HOLD):
            item = None if wire.blocked or wire.error else self.protocol.next_to_send(now)
            if item is None:
                return False
            if isinstance(item, str):
                wire.write_control(encode_frame(Opcode.TEXT, item.encode()))
            else:
                wire.write(item)
        return True

    def write_on(self, wire: Wire, call: Call) -> bool:
        """On the thread of the writer, without the lock: write its call, and what others have queued meanwhile.

        Returns whether the loop has to look.
        """
        rounds = 0
        while True:
            whole = wire.transfer(call)
            with self.lock:
                if wire.writer is not call:
                    return True  # a signal handler has taken over
                wire.interruptible = False
                if not whole:
                    wire.conclude()
                rounds += 1
                waiting = self.protocol.has_waiting
                if waiting and rounds < _WRITES_PER_CALLER and self._take_batch(wire):
                    wire.interruptible = True
                    continue
                wire.release()
                if self._writer_awaited:
                    self._writer_ended.notify_all()
                return waiting or wire.needs_attention or wire is not self.wire

    def _take_batch(self, wire: Wire) -> bool:
        """Holding the lock: have the writer write what is queued, unless it cannot be written now."""
        batch: list[Call] = []
        wire.go_on(batch)
        now = time.monotonic()
        while len(batch) < _SENT_PER_LOCK_HOLD and self.wire is wire and not wire.needs_attention:
            item = self.protocol.next_to_send(now, batch)
            if not isinstance(item, Call):  # streams, whose texts are no calls, have no writer
                break
            item.written = True  # until it is known better
        return bool(batch)

    # What the protocol wants done

    def perform_all(self, actions: list[Action]) -> None:
        for action in actions:
            try:
                self._perform(action)
            except Exception:
                _logger.exception("internal error on %s", self.name)

    def _perform(self, action: Action) -> None:
        if isinstance(action, Emit):
            self._emit(action.event)
        elif isinstance(action, SendPing):
            text = self.protocol.ping_text(action.ping_id, wall_clock_ms())
            self._write_text(action.generation, text)
        elif isinstance(action, Ready):
            action.release()
        elif isinstance(action, Connect):
            self._dialler.start(f"{self.name}-dial", action.clock_skew)
        elif isinstance(action, AnswerChallenge):
            self._dialler.answer(f"{self.name}-sign", action.generation, action.text, action.clock_skew)
        elif isinstance(action, Disconnect):
            self._disconnect(graceful=action.graceful)
        elif isinstance(action, Renew):
            self._renew()
        else:
            self._perform_other(action)

    def _write_text(self, generation: int, text: str) -> None:
        """A frame that belongs to no call."""
        frame = encode_frame(Opcode.TEXT, text.encode())
        with self.lock:
            if self.wire is not None and generation == self.protocol.life.generation:
                self.wire.write_control(frame)

    def _disconnect(self, *, graceful: bool) -> None:
        self._dialler.abandon()
        with self.lock:
            wire, self.wire = self.wire, None
        if wire is not None:
            self.poller.unwatch()
            self._leaving.append((wire, graceful))
            self._close_leaving()

    def _close_leaving(self) -> None:
        """A descriptor must not be closed under the hands of a writer: the number may belong to another file then.

        But what is written must not leave after its verdict; where the end is graceful, all has arrived.
        """
        leaving, self._leaving = self._leaving, []
        for wire, graceful in leaving:
            with self.lock:
                if wire.writer is not None:
                    if not graceful:
                        wire.transport.cut()
                    self._leaving.append((wire, graceful))
                    continue
            wire.close(graceful=graceful)
            with self.lock:
                self.protocol.life.journeys.ended(wire.generation, time.monotonic())
