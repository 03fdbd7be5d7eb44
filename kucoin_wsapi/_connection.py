"""One connection: the loop thread, the lock, and the socket that the protocol decides about.

Threads that come here: callers (``submit``, ``open``, ``ask_to_close``) and the loop thread (``_run``). Only the loop
thread moves the state.
"""

from __future__ import annotations

import concurrent.futures
import logging
import math
import os
import random
import ssl
import threading
import time
from collections.abc import Callable

from ._actions import Action, Answer, AnswerChallenge, Connect, Disconnect, Emit, Fail, Ready, SendPing
from ._calls import Call
from ._clock import ExchangeClock
from ._dialling import Dialled, Dialler, Signature, wall_clock_ms
from ._frames import Opcode, encode_frame
from ._messages import GatewayError, Reply, encode_ping
from ._outcomes import Outcome, outcome_of
from ._pacing import Pacer
from ._poller import Poller, suspended_seconds
from ._protocol import OrderProtocol
from ._quotas import Quotas, pool_of
from ._states import ConnectionState
from ._transport import Transport
from ._wire import Wire
from .events import ConnectionEvent, ExceptionEvent
from .exceptions import (
    AuthenticationError,
    ClientClosedError,
    NotSentError,
    RateLimitedError,
    TransportError,
    UnreadableReplyError,
)
from .options import Credentials, Options, WsKey
from .responses import WSAPIResponse

__all__ = ["Connection"]

_logger = logging.getLogger("kucoin_wsapi")

_SENT_PER_LOCK_HOLD = 64  # so that a backlog does not keep callers waiting
_SUSPENSION = 0.5  # seconds: what is less is the time between two looks at two clocks
_READS_PER_TURN = 64  # so that a flood does not keep deadlines waiting


class Connection:
    """The connection of one ``WsKey``.

    ``_lock`` guards the protocol, every read and write of the socket, and the fields marked with it. It is never held
    while waiting, connecting, settling a future or running user code.
    """

    def __init__(
        self,
        ws_key: WsKey,
        credentials: Credentials | None,
        options: Options,
        *,
        name: str,
        ssl_context: Callable[[], ssl.SSLContext],
        quotas: Quotas,
        settled: Callable[[Call, Outcome, bool], None],
        emit: Callable[[ConnectionEvent | ExceptionEvent], None],
        predecessor: Connection | None = None,
    ) -> None:
        """``settled(call, outcome, late)`` and ``emit(event)`` must not block; they are called without the lock.

        ``predecessor`` has ended; this one takes its place and knows what became of its frames.
        """
        self.name = name
        self._credentials = credentials
        self._options = options
        self._quotas = quotas
        self._settled = settled
        self._emit = emit
        self._pid = os.getpid()
        # Re-entrant, because a signal handler may close the client in a thread that holds it; that only sets flags.
        self._lock = threading.RLock()
        previous = None if predecessor is None else predecessor._protocol
        self._protocol: OrderProtocol = OrderProtocol(  # lock
            ws_key,
            options,
            random=random.random,
            pacer=None if options.pacing == "off" else Pacer(quotas, waits=options.pacing == "wait"),
            predecessor=previous,
        )
        self._wire: Wire | None = None  # lock; None while there is no open socket
        self._thread: threading.Thread | None = None  # lock; set once
        self._poller = Poller()
        self._dialler = Dialler(ws_key, credentials, options, ssl_context, self._lock, self._poller.wake)
        self._unread = False  # loop thread only: the last turn left bytes that a selector may not see
        self._suspended = suspended_seconds()  # loop thread only: how much of it is known
        # What other threads leave for the loop; whoever leaves something wakes it.
        self._openers: list[concurrent.futures.Future[None] | None] = []  # lock
        self._close_asked = False  # lock, or set by `abandon`; never unset
        # Until when the loop sleeps at most (monotonic seconds): a caller with an earlier deadline wakes it. -inf while
        # it is awake, because it looks at everything before it sleeps again.
        self._sleeps_until = -math.inf  # lock

    # Any thread

    def submit(self, call: Call) -> None:
        """Accept a call: it is written now if that is possible, and it settles in any case."""
        try:
            if os.getpid() != self._pid:
                text = "this client belongs to the parent process: create one after the fork"
                raise call.error(ClientClosedError, text)
            with self._lock:
                wake = self._accept(call)
                start = self._thread is None
        except NotSentError as refusal:
            call.settle(refusal.with_traceback(None))
            self._settled(call, refusal, False)
            return
        self._alert(start=start, wake=wake)

    def _accept(self, call: Call) -> bool:
        """Holding the lock: write or queue; returns whether the loop has to look."""
        wire = self._wire
        writable = wire is not None and wire.writable
        if not self._protocol.submit(call, time.monotonic(), writable=writable):
            if self._protocol.state is ConnectionState.IDLE and not self._openers:
                self._openers.append(None)
            return True
        assert wire is not None
        wire.write(call)
        return not wire.writable or call.deadline < self._sleeps_until

    def withdraw(self, call: Call) -> None:
        """The user has cancelled the future of a call."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            owned = self._protocol.withdraw(call.id)
        if owned:
            call.claim()  # which tells those who wait for it in `concurrent.futures.wait`

    def open(self) -> concurrent.futures.Future[None]:
        """Connect if need be; the future settles when the connection is ready or has failed for good."""
        waiter: concurrent.futures.Future[None] = concurrent.futures.Future()
        with self._lock:
            start = self._thread is None
            self._openers.append(waiter)
            actions = self._protocol_open() if self._protocol.state is ConnectionState.CLOSED else []
        self._perform_all(actions)
        self._alert(start=start, wake=True)
        return waiter

    def ask_to_close(self) -> None:
        """Refuse calls from now on, and let the loop settle the rest; returns at once."""
        with self._lock:
            self._protocol.stop_accepting()
            self._close_asked = True
            start = self._thread is None
        self._alert(start=start, wake=True)

    def abandon(self) -> None:
        """``ask_to_close`` for a finaliser: takes no lock, because the interrupted thread may hold it."""
        if os.getpid() == self._pid:
            self._close_asked = True
            self._poller.wake()

    def join(self, timeout: float) -> None:
        """Wait up to ``timeout`` seconds for the loop to end; at once when called on it."""
        with self._lock:
            thread = self._thread
        # Not alive: it has ended, or the frame that starts it is the very one that a signal handler has interrupted.
        if thread is not None and thread.is_alive() and thread is not threading.current_thread():
            thread.join(max(0.0, timeout))
            if thread.is_alive():
                _logger.warning("thread %s has not ended within %.1f s", self.name, timeout)

    def status(self) -> tuple[ConnectionState, int, int]:
        """The state, and the numbers of calls queued and in flight."""
        with self._lock:
            calls = self._protocol.calls
            return self._protocol.state, len(calls.queued), len(calls.in_flight)

    def quiet_since(self, generation: int | None, sent_at: float | None) -> float | None:
        """Since when a frame written at ``sent_at`` cannot be on its way any more (monotonic seconds); None: it may."""
        return self._protocol.journeys.quiet_since(generation, sent_at)

    @property
    def reason(self) -> Exception | None:
        """Why there was no ready connection, last time there was none."""
        return self._protocol.reason

    @property
    def clock(self) -> ExchangeClock:
        """What the last login showed of the exchange's clock; to be read only."""
        return self._protocol.clock

    @property
    def ended(self) -> bool:
        """Whether it is closed for good."""
        return self._protocol.state is ConnectionState.CLOSED

    def _alert(self, *, start: bool, wake: bool) -> None:
        if start:
            self._start()
        elif wake:
            self._poller.wake()

    def _start(self) -> None:
        # Under the lock, so that nobody joins a thread that has not started; the new thread needs no lock to start.
        with self._lock:
            if self._thread is not None:
                self._poller.wake()
                return
            thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            try:
                self._thread = thread
                thread.start()
                return
            except RuntimeError as error:  # no more threads, or the interpreter is shutting down
                self._thread = None
                if isinstance(
                    error.__context__, KeyboardInterrupt
                ):  # which the start of a thread can turn into this
                    raise error.__context__ from None
                failure = error
            except (
                BaseException
            ):  # Ctrl-C, and nobody knows whether it runs: `_is_the_loop` decides if it does
                self._thread = None
                raise
        self._recover(failure)

    # The loop thread

    def _is_the_loop(self) -> bool:
        with self._lock:
            self._thread = self._thread or threading.current_thread()
            return self._thread is threading.current_thread()

    def _run(self) -> None:
        if not self._is_the_loop():
            return
        armed = math.inf
        while not self.ended:
            try:
                armed = self._turn(armed)
            except Exception as error:
                _logger.exception("internal error on %s", self.name)
                self._recover(error)
        with self._lock:
            actions = self._protocol_open()  # for those who came after the last look
        self._perform_all(actions)
        self._poller.close()

    def _turn(self, armed: float) -> float:
        """Sleep until something happens, and deal with all of it; returns the time until which it meant to sleep."""
        now = time.monotonic()
        with self._lock:
            wire = self._wire
            self._unread = self._unread and wire is not None
            due = now if self._unread or self._has_news() else self._protocol.next_deadline()
            # An armed time is never extended: else every call made while nothing is in flight would have to wake us.
            until = min(due, armed) if armed > now else due
            self._sleeps_until = until
            if wire is not None:
                self._poller.watch(wire.transport, writable=wire.transport.blocked)
        ready = self._poller.wait(until - now)
        now = time.monotonic()  # before reading: what could be read by then came in time
        with self._lock:
            self._sleeps_until = -math.inf
            actions = self._take_news(now) if self._has_news() else []
            slept = suspended_seconds() - self._suspended
            if slept > _SUSPENSION:
                self._suspended += slept
                actions += self._protocol.woken(now, slept)
        self._perform_all(actions)
        # Late ourselves (stopped, or starved of the interpreter)? What came meanwhile came before the deadlines below.
        if wire is not None and (ready or self._unread or now >= until):
            self._unread = self._read(wire)
        with self._lock:
            # After reading: answers that have arrived count, although a write has failed.
            actions = self._judge_write_error(now) + self._protocol.expire(now)
            if self._wire is not None:
                self._wire.drop_expired(self._protocol.calls.in_flight)
        self._perform_all(actions)
        self._write_what_waits()
        return until

    def _recover(self, error: Exception) -> None:
        with self._lock:
            actions = self._protocol.crashed(error, time.monotonic())
        self._perform_all(actions)

    def _has_news(self) -> bool:
        """Holding the lock: whether other threads have left something."""
        if self._openers or self._dialler.has_news:
            return True
        if self._close_asked and self._protocol.state not in (
            ConnectionState.CLOSING,
            ConnectionState.CLOSED,
        ):
            return True
        return self._wire is not None and self._wire.error is not None

    def _take_news(self, now: float) -> list[Action]:
        """Holding the lock: give the protocol what other threads have left."""
        protocol = self._protocol
        actions = self._protocol_open()
        result = self._dialler.take_result()
        if result is not None:
            actions += self._judge_attempt(result, now)
        signed = self._dialler.take_signature()
        if signed is not None:
            actions += self._judge_signature(*signed, now)
        if self._close_asked:
            actions += protocol.close(now)
        return actions

    def _judge_write_error(self, now: float) -> list[Action]:
        error = None if self._wire is None else self._wire.error
        if error is None:
            return []
        failure = TransportError(f"cannot write: {error.strerror or type(error).__name__}")
        failure.__cause__ = error
        return self._protocol.lost(self._protocol.generation, failure, now)

    def _protocol_open(self) -> list[Action]:
        actions: list[Action] = []
        openers, self._openers = self._openers, []
        for waiter in openers:
            actions += self._protocol.open(time.monotonic(), waiter)
        return actions

    def _judge_attempt(self, result: Dialled, now: float) -> list[Action]:
        protocol = self._protocol
        if isinstance(result, Transport):
            self._wire = Wire(result, protocol.generation)
            self._unread = True  # over TLS the first message may have come in the record of the upgrade
            return protocol.upgraded(protocol.generation)
        if isinstance(result, AuthenticationError):
            return protocol.attempt_barred(protocol.generation, result)
        if isinstance(result, (GatewayError, Reply)):
            return protocol.attempt_refused(protocol.generation, result, now, wall_clock_ms())
        return protocol.lost(protocol.generation, result, now)

    def _judge_signature(self, generation: int, signed: Signature, now: float) -> list[Action]:
        if isinstance(signed, AuthenticationError):
            return self._protocol.attempt_barred(generation, signed)
        if isinstance(signed, TransportError):
            return self._protocol.lost(generation, signed, now)
        self._write_text(generation, signed)
        return []

    def _read(self, wire: Wire) -> bool:
        """Read and deal with all that is there; returns whether a flood has left more."""
        for _ in range(_READS_PER_TURN):
            try:
                with self._lock:
                    if self._wire is not wire:
                        return False
                    data, more = wire.read()
            except OSError as error:
                failure = TransportError(f"the connection broke: {error.strerror or type(error).__name__}")
                failure.__cause__ = error
                self._lose(failure)
                return False
            if data:
                self._receive(wire, data, time.monotonic())
            elif data is not None:
                self._lose(TransportError("the exchange closed the connection"))
            if not more:
                return False
        return True

    def _lose(self, error: TransportError) -> None:
        with self._lock:
            actions = self._protocol.lost(self._protocol.generation, error, time.monotonic())
        self._perform_all(actions)

    def _receive(self, wire: Wire, data: bytes, now: float) -> None:
        received = wire.decode(data)
        actions: list[Action] = []
        try:
            with self._lock:
                protocol = self._protocol
                protocol.heard()
                for frame in received.replies:
                    wire.write_control(frame)
                wall_ms = wall_clock_ms()
                for message in received.messages:
                    actions += protocol.receive(message, now, wall_ms)
                if received.end is not None:
                    actions += protocol.lost(protocol.generation, received.end, now)
        finally:
            # Calls that were answered have left the tables already: nobody else would settle them.
            self._perform_all(actions)

    def _write_what_waits(self) -> None:
        """After what has expired is gone: the rest of a frame, then the queue."""
        with self._lock:
            if self._wire is not None:
                self._wire.flush()
        while True:
            now = time.monotonic()
            with self._lock:
                for _ in range(_SENT_PER_LOCK_HOLD):
                    wire = self._wire
                    if wire is None or not wire.writable:
                        return
                    call = self._protocol.next_to_send(now)
                    if call is None:
                        return
                    wire.write(call)

    # What the protocol wants done

    def _perform_all(self, actions: list[Action]) -> None:
        for action in actions:
            try:
                self._perform(action)
            except Exception as error:
                _logger.exception("internal error on %s", self.name)
                if isinstance(action, Answer) and not action.late:
                    text = f"internal error: {type(error).__name__}"
                    action.call.settle(action.call.error(UnreadableReplyError, text, error))

    def _perform(self, action: Action) -> None:
        if isinstance(action, Answer):
            outcome = outcome_of(action.call, action.reply, action.received_at, action.late)
            if not action.late:
                action.call.settle(outcome)
            self._settled(action.call, outcome, action.late)
            self._see_quota(action.call, outcome, action.received_at)
        elif isinstance(action, Fail):
            action.call.settle(action.error)
            self._settled(action.call, action.error, False)
        elif isinstance(action, Emit):
            self._emit(action.event)
        elif isinstance(action, SendPing):
            self._write_text(action.generation, encode_ping(action.ping_id, wall_clock_ms()))
        elif isinstance(action, Ready):
            action.release()
        elif isinstance(action, Connect):
            self._dialler.start(f"{self.name}-dial", action.clock_skew)
        elif isinstance(action, AnswerChallenge):
            self._dialler.sign(f"{self.name}-sign", action.generation, action.text)
        elif isinstance(action, Disconnect):
            self._disconnect(graceful=action.graceful)

    def _see_quota(self, call: Call, outcome: Outcome, now: float) -> None:
        response = outcome if isinstance(outcome, WSAPIResponse) else getattr(outcome, "response", None)
        pool = pool_of(call.op)
        if pool is None or response is None:
            return
        if response.rate_limit is not None:
            self._quotas.reported(pool, response.rate_limit, now, call.quota_position)
        if isinstance(outcome, RateLimitedError):
            self._quotas.refused(pool, outcome.reset_after, now)
        elif call.charge is not None:
            self._quotas.passed(pool)

    def _write_text(self, generation: int, text: str) -> None:
        """A frame that belongs to no call."""
        frame = encode_frame(Opcode.TEXT, text.encode())
        with self._lock:
            if self._wire is not None and generation == self._protocol.generation:
                self._wire.write_control(frame)

    def _disconnect(self, *, graceful: bool) -> None:
        self._dialler.abandon()
        with self._lock:
            wire, self._wire = self._wire, None
        if wire is not None:
            self._poller.unwatch()
            if graceful:
                wire.transport.close()
            else:
                wire.transport.abort()
            with self._lock:
                self._protocol.journeys.ended(wire.generation, time.monotonic())
