"""What one order socket does, without doing it: text, time and events go in, actions come out.

The owner calls every method under one lock, passes ``now`` (monotonic seconds), and performs the returned
actions in their order after releasing it.
"""

from __future__ import annotations

import concurrent.futures
import math
from collections.abc import Callable, Iterable

from . import _verdicts as verdicts
from ._actions import Action, Answer, AnswerChallenge, Connect, Disconnect, Emit, Fail, Ready, Renew, SendPing
from ._call_table import CallTable
from ._calls import Call
from ._clock import ExchangeClock
from ._heartbeat import Heartbeat
from ._journeys import Journeys
from ._messages import Challenge, GatewayError, Message, Pong, Reply, Unrecognised, Welcome, milliseconds
from ._pacing import Pacer
from ._retrying import LoginVerdict, RetrySchedule, judge_login_code
from ._states import TRANSITIONS, ConnectionState, Input
from .events import ConnectionEvent, ConnectionEventName, ExceptionEvent
from .exceptions import (
    AuthenticationError,
    CallError,
    ProtocolError,
    TooManyInFlightError,
    TransportError,
)
from .options import Options, WsKey

__all__ = ["OrderProtocol"]

_S = ConnectionState

_CRASHES_SURVIVED = 2
_UNREADABLE_SURVIVED = 1000  # each is an event; who sends nothing else fills the memory of a slow listener
_RENEWAL_PAUSE = (
    600.0  # seconds before another connection is made ready again, if the last one came to nothing
)
_NO_REFUSAL = frozenset({"", "200000"})


class OrderProtocol:
    """The order socket V1 of one key: login, requests in flight, heartbeat, deadlines, backoff."""

    def __init__(
        self,
        ws_key: WsKey,
        options: Options,
        *,
        random: Callable[[], float],
        pacer: Pacer | None = None,
        predecessor: OrderProtocol | None = None,
        standing_by: bool = False,
    ) -> None:
        """``pacer`` holds requests to the rate limits; ``predecessor`` is that of the connection that this replaces,
        at once or, ``standing_by``, when it is told to ``take_over``.
        """
        self.ws_key = ws_key
        self.state = _S.IDLE
        self.generation = 0  # number of the current or last attempt; what belongs to another one is ignored
        self.calls = CallTable()
        self.journeys: Journeys = Journeys() if predecessor is None else predecessor.journeys
        self.reason: Exception | None = None  # why there was no ready connection, last time there was none
        self.barred = False  # CLOSED, or about to be, for `reason`, not because the user asked for it
        self.clock: ExchangeClock = ExchangeClock() if predecessor is None else predecessor.clock
        self._options = options
        self._schedule = RetrySchedule(options.backoff, random)
        self._heartbeat = Heartbeat()
        self._pacer = pacer
        self._held_until = (
            math.inf
        )  # when the pacer lets the next queued call go; `inf` unless it holds one in READY
        self._pings = 0
        self._ping_sent_at = -math.inf
        # Monotonic seconds, `inf` where nothing is due. Each belongs to its states: the end of an attempt to CONNECTING
        # and AUTHENTICATING, the next attempt to BACKOFF, the end of patience to CLOSING.
        self._attempt_ends = self._retry_at = self._closing_ends = math.inf
        self._renew_at = math.inf  # when another connection shall be made ready; `inf` unless READY
        self.waiters: list[concurrent.futures.Future[None]] = []  # of those waiting for READY
        self.holding = False  # new calls are queued until those in flight are answered
        self._standing_by = standing_by  # another connection goes on until this one takes over
        self._accepting = True  # False from the moment close is asked for
        self._been_ready = standing_by  # the next socket is a reconnection
        self._resynced = False  # a clock refusal has been answered by a re-sync since the last welcome
        self._crashes = 0
        self._unreadable = 0  # messages of this connection
        self._out: list[Action] = []

    # What the user asks for

    def submit(self, call: Call, now: float, *, writable: bool) -> bool:
        """Accept a call. True: it is claimed and in flight, write it now; False: it is queued.

        Raises a ``NotSentError`` for a call that is refused; the owner settles it with that.
        """
        if not self._accepting or self.state is _S.CLOSED:
            raise self._refusal(call)
        if len(self.calls) >= self._options.max_in_flight:
            reason = f"max_in_flight ({self._options.max_in_flight}) requests are open"
            raise call.error(TooManyInFlightError, reason)
        # Whoever finds others queued queues behind them, so that nobody overtakes. What has become stale on its way
        # here is queued too, and expires there.
        in_time = now < call.stale_at and now < call.deadline
        pacer = self._pacer
        if pacer is not None and not pacer.waits:
            self._charge_or_refuse(pacer, call, now)
        if (
            self.state is _S.READY
            and writable
            and in_time
            and not self.calls.queued
            and not self.holding
            and (pacer is None or not pacer.waits or pacer.allowed_at(call) <= now)
        ):
            call.claim()
            self._dispatch(call, now)
            return True
        self.calls.enqueue(call)
        return False

    def next_to_send(self, now: float) -> Call | None:
        """The oldest queued call, claimed and in flight: write it now. None when there is nothing to write."""
        if self.state is not _S.READY or self.holding or self._is_held(now):
            return None
        call = self.calls.next_claimed(now)
        if call is not None:
            self._dispatch(call, now)
        return call

    def _is_held(self, now: float) -> bool:
        pacer = self._pacer
        if pacer is None or not pacer.waits:
            return False
        call = self.calls.next_queued()
        # Those behind it wait too, even where they draw on another pool: an account uses one pool of a connection.
        allowed_at = now if call is None else pacer.allowed_at(call)
        self._held_until = allowed_at if allowed_at > now else math.inf
        return allowed_at > now

    def _charge_or_refuse(self, pacer: Pacer, call: Call, now: float) -> None:
        allowed_at = pacer.allowed_at(call)
        if allowed_at > now:
            raise verdicts.paced(call, allowed_at - now)
        pacer.charge(call, now)

    def _dispatch(self, call: Call, now: float) -> None:
        if self._pacer is not None and self._pacer.waits:
            self._pacer.charge(call, now)
        self.calls.dispatch(call, now, self.generation)

    def withdraw(self, call_id: str) -> bool:
        """The user cancelled a future; True when its call was queued and now belongs to the caller."""
        return self.calls.queued.pop(call_id, None) is not None

    def open(self, now: float, waiter: concurrent.futures.Future[None] | None = None) -> list[Action]:
        """Connect now; ``waiter`` is released when the connection is ready, or has failed for good."""
        if waiter is not None:
            self.waiters = [other for other in self.waiters if not other.cancelled()]
            self.waiters.append(waiter)
        if self.state in (_S.READY, _S.CLOSING, _S.CLOSED):
            self._release_waiters()
        elif self.state is _S.IDLE:
            self._connect(Input.OPEN, now)
        elif self.state is _S.BACKOFF:
            self._retry_at = min(self._retry_at, self._schedule.next_allowed(now))
        return self._take()

    def stop_accepting(self) -> None:
        """From now on calls are refused; ``close`` follows."""
        self._accepting = False

    def close(self, now: float) -> list[Action]:
        """Close: what is queued is not sent; what is in flight may be answered within ``close_timeout``."""
        self._accepting = False
        if self.state is _S.READY:
            self._fail_queued()
            self._move(Input.CLOSE)
            self._heartbeat.stop()
            self._closing_ends = now + self._options.close_timeout
            self._end_when_drained()
        elif self.state not in (_S.CLOSING, _S.CLOSED):
            self._end(Input.CLOSE)
        self._release_waiters()
        return self._take()

    def take_over(self, calls: Iterable[Call], now: float) -> bool:
        """Accept what another connection has queued, and stand by no more; False when this one is not ready."""
        if self.state is not _S.READY or not self._accepting:
            return False
        self._standing_by = False
        self._renew_at = now + self._options.max_connection_age
        for call in calls:
            self.calls.enqueue(call)
        return True

    def replaced(self) -> list[Action]:
        """Another connection has taken over what was queued, and who waited; nothing is in flight."""
        self.calls.take_queued()
        self.waiters.clear()
        self._accepting = False
        self._drop_socket(graceful=True)
        self._retry_at = math.inf
        self._move(Input.REPLACED)
        return self._take()

    # What becomes of an attempt and of a socket. What belongs to an older generation is ignored.

    def upgraded(self, generation: int) -> list[Action]:
        """The socket of an attempt is open."""
        if generation == self.generation and self.state is _S.CONNECTING:
            self._move(Input.UPGRADED, "reconnected" if self._been_ready else "open")
        return self._take()

    def attempt_refused(
        self, generation: int, error: GatewayError | Reply, now: float, wall_ms: int
    ) -> list[Action]:
        """The exchange refused the login with a code, in the body of a refused upgrade."""
        if generation == self.generation and self.state is _S.CONNECTING:
            self._judge_refusal(error, now, wall_ms)
        return self._take()

    def attempt_barred(self, generation: int, error: Exception) -> list[Action]:
        """An attempt failed for a reason of our own that will not pass, such as a signer that raises."""
        if generation == self.generation and self.state in (_S.CONNECTING, _S.AUTHENTICATING):
            self._bar(error)
        return self._take()

    def lost(self, generation: int, error: Exception, now: float) -> list[Action]:
        """An attempt failed for a reason that may pass, or a socket ended or broke."""
        if generation == self.generation:
            self._connection_lost(error, now)
        return self._take()

    def heard(self) -> None:
        """Something came in, whatever it is: the connection lives."""
        self._heartbeat.heard()

    def receive(self, message: Message, now: float, wall_ms: int) -> list[Action]:
        """One message of the current connection; ``wall_ms`` is our clock, Unix milliseconds."""
        if self.state is _S.READY or self.state is _S.CLOSING:
            if type(message) is Reply:
                self._answer(message, now)
            else:
                self._receive_other(message, now)
        elif self.state is _S.AUTHENTICATING:
            self._receive_during_login(message, now, wall_ms)
        return self._take()

    def crashed(self, error: Exception, now: float) -> list[Action]:
        """An error in this package: drop the socket and settle everything; the third time for good."""
        self._crashes += 1
        reason = ProtocolError(f"internal error: {type(error).__name__}: {error}")
        reason.__cause__ = error
        if self.state is _S.CLOSED:
            return self._take()
        self.reason = reason
        was_ready = self.state is _S.READY
        self._fail_in_flight(reason)
        if self._crashes > _CRASHES_SURVIVED or not self._accepting:
            self.barred = self._accepting
            self._end(Input.CRASHED_AGAIN, reason)
            self._release_waiters()
        else:
            self._out.extend(Fail(call, verdicts.closed(call, reason)) for call in self.calls.take_queued())
            self._move(Input.CRASHED, "reconnect" if was_ready else None, reason)
            self._drop_socket()
            self._retry_at = self._schedule.next_after_failure(now)
        return self._take()

    # Time

    def next_deadline(self) -> float:
        """When ``expire`` must be called next (monotonic seconds), ``inf`` for never."""
        return min(
            self._attempt_ends,
            self._retry_at,
            self._closing_ends,
            self._heartbeat.ping_at,
            self._heartbeat.silent_at,
            self._held_until,
            self._renew_at,
            self.calls.next_deadline(),
        )

    def expire(self, now: float) -> list[Action]:
        """Time has passed; call it after everything that could be read has been received."""
        held_for = self._held_until - now
        if held_for <= 0:
            self._held_until = math.inf  # the owner asks for the next one to send
        for call in self.calls.take_expired(now):
            if 0 < held_for < math.inf and not call.claimed:
                self._out.append(Fail(call, verdicts.paced(call, held_for)))
                continue
            self._out.append(Fail(call, verdicts.expired(call, now, self.reason)))
            if call.written:
                self.calls.remember(call)
                self._heartbeat.probe(now)
        if self.state is _S.CLOSING:
            self._end_when_drained()
        if now >= self._closing_ends:
            self._connection_lost(TransportError("closed before the answer came"), now)
        elif now >= self._heartbeat.silent_at:
            self._connection_lost(TransportError("no sign of life after a ping"), now)
        elif now >= self._attempt_ends:
            seconds = self._options.connect_timeout
            self._attempt_failed(TransportError(f"no welcome within {seconds:g} s"), now)
        elif now >= self._retry_at:
            self._connect(Input.RETRY, now)
        elif now >= self._renew_at:
            self._renew_at = now + _RENEWAL_PAUSE  # should that one not come to take over
            self._out.append(Renew())
        elif now >= self._heartbeat.ping_at:
            self._pings += 1
            self._heartbeat.pinged(now)
            self._ping_sent_at = now
            if self._pacer is not None:
                self._pacer.sent(now)
            self._out.append(SendPing(self.generation, f"ping-{self._pings}"))
        return self._take()

    def woken(self, now: float, slept: float) -> list[Action]:
        """The machine was suspended for ``slept`` seconds, in which ``now`` stood still.

        What waited for a connection is stale, however little of its time has passed by that clock; and whether anybody
        is still there has to be found out.
        """
        for call in self.calls.take_overslept(now, slept):
            self._out.append(Fail(call, verdicts.overslept(call, slept)))
        self._heartbeat.probe(now)
        return self._take()

    # Calls

    def _answer(self, reply: Reply, now: float) -> None:
        found = self.calls.answered(reply.id)
        if found is None:
            error = ProtocolError(f"an answer with code {reply.code} to no open request: {reply.id[:64]}")
            self._emit_exception(error, is_ws_api_response=True)
            return
        call, late = found
        if call.sent_at is not None:
            self.journeys.answered(self.generation, call.sent_at, now)
        self._out.append(Answer(call, reply, now, late))
        if self.state is _S.CLOSING:
            self._end_when_drained()

    def _fail_queued(self) -> None:
        self._out.extend(Fail(call, self._refusal(call)) for call in self.calls.take_queued())

    def _fail_in_flight(self, reason: Exception) -> None:
        self._out.extend(Fail(call, verdicts.lost(call, reason)) for call in self.calls.take_in_flight())

    def _refusal(self, call: Call) -> CallError:
        return verdicts.closed(call, self.reason if self.barred else None)

    # Login

    def _connect(self, how: Input, now: float) -> None:
        self.generation = self.journeys.next_generation()
        self._move(how)
        self._schedule.started(now)
        self._retry_at = math.inf
        self._attempt_ends = now + self._options.connect_timeout
        self._out.append(Connect(self.generation, self.clock.skew))

    def _receive_during_login(self, message: Message, now: float, wall_ms: int) -> None:
        if isinstance(message, Challenge):
            self._move(Input.CHALLENGED)
            self.clock.see(message.timestamp, wall_ms, now)
            self._out.append(AnswerChallenge(self.generation, message.text))
        elif isinstance(message, Welcome):
            self._welcomed(message, now)
        elif isinstance(message, (GatewayError, Reply)):
            self._judge_refusal(message, now, wall_ms)
        elif isinstance(message, Unrecognised):
            text = f"during the login came a message that is {message.reason}"
            self._attempt_failed(ProtocolError(text), now)

    def _welcomed(self, welcome: Welcome, now: float) -> None:
        options = self._options
        self._heartbeat.start(
            now, options.ping_interval or welcome.ping_interval, options.pong_timeout or welcome.ping_timeout
        )
        self._attempt_ends = math.inf
        if self._pacer is not None:
            self._pacer.connected()
        self._unreadable = 0
        self._renew_at = math.inf if self._standing_by else now + options.max_connection_age
        self._schedule.succeeded()
        self._been_ready = True
        self._resynced = False
        self.reason = None
        self._move(Input.WELCOMED, "authenticated")
        self._release_waiters()

    def _judge_refusal(self, refusal: GatewayError | Reply, now: float, wall_ms: int) -> None:
        # Documented without an id; some gateways send one.
        code, raw = refusal.code, refusal.raw
        message = None if raw.get("msg") is None else str(raw["msg"])
        if code in _NO_REFUSAL:
            self._attempt_failed(ProtocolError("during the login came the answer to a request"), now)
            return
        verdict = judge_login_code(code)
        text = f"login refused with {code}: {message or 'no text'}"
        if verdict is LoginVerdict.RESYNC:
            self.clock.see(milliseconds(raw.get("inTime")), wall_ms, now)
            skew = self.clock.skew_seconds
            text += "" if skew is None else f" (the exchange's clock minus ours is {skew:+g} s)"
        if verdict is LoginVerdict.RESYNC and not self._resynced:
            self._resynced = True
            self._attempt_failed(TransportError(text, code=code), now, at_once=True)
        elif verdict is LoginVerdict.RETRY:
            self._attempt_failed(TransportError(text, code=code), now)
        else:
            self._bar(AuthenticationError(text, code=code, message=message))

    def _attempt_failed(self, error: Exception, now: float, *, at_once: bool = False) -> None:
        self.reason = error
        self._move(Input.REFUSED)
        self._drop_socket()
        self._emit_exception(error)
        schedule = self._schedule
        self._retry_at = schedule.next_allowed(now) if at_once else schedule.next_after_failure(now)

    def _bar(self, error: Exception) -> None:
        self.barred = True
        self.reason = error
        self._emit_exception(error)
        self._end(Input.BARRED, error)
        self._release_waiters()

    # The life of a ready connection

    def _receive_other(self, message: Message, now: float) -> None:
        if isinstance(message, Pong):
            if message.id == f"ping-{self._pings}":
                self.journeys.answered(self.generation, self._ping_sent_at, now)
        elif isinstance(message, GatewayError):
            text = f"the exchange says {message.code}: {message.text or 'no text'}"
            self._emit_exception(ProtocolError(text), is_ws_api_response=True)
        elif isinstance(message, Unrecognised):
            self._emit_exception(ProtocolError(f"a message that is {message.reason}"))
            self._unreadable += 1
            if self._unreadable > _UNREADABLE_SURVIVED:
                self._connection_lost(TransportError("too many unreadable messages"), now)

    def _connection_lost(self, error: Exception, now: float) -> None:
        if self.state is _S.READY:
            self.reason = error
            self._fail_in_flight(error)
            self._move(Input.LOST, "reconnect", error)
            self._drop_socket()
            self._retry_at = self._schedule.next_allowed(now)
        elif self.state in (_S.CONNECTING, _S.AUTHENTICATING):
            self._attempt_failed(error, now)
        elif self.state is _S.CLOSING:
            self._fail_in_flight(error)
            self._end(Input.LOST)

    def _end_when_drained(self) -> None:
        if not self.calls.in_flight:
            self._end(Input.DRAINED, graceful=True)

    def _end(self, how: Input, reason: Exception | None = None, *, graceful: bool = False) -> None:
        """The last transition: settle what was never sent, drop the socket, say so."""
        self._fail_queued()
        self._drop_socket(graceful=graceful)
        self._retry_at = self._closing_ends = math.inf
        self._move(how, None if self._standing_by else "close", reason)

    def _drop_socket(self, *, graceful: bool = False) -> None:
        self._attempt_ends = self._held_until = self._renew_at = math.inf
        self._heartbeat.stop()
        self._out.append(Disconnect(graceful=graceful))

    def _release_waiters(self) -> None:
        waiters, self.waiters = self.waiters, []
        error: Exception | None = None
        if self.state is not _S.READY:
            error = self.reason if self.barred else TransportError("the client or this connection is closed")
        self._out.extend(Ready(waiter, error) for waiter in waiters)

    def _move(
        self, how: Input, event: ConnectionEventName | None = None, reason: Exception | None = None
    ) -> None:
        """The only place where the state changes."""
        self.state = TRANSITIONS[self.state, how]
        if event is not None:
            skew = self.clock.skew_seconds if event == "authenticated" else None
            self._out.append(Emit(ConnectionEvent(event, self.ws_key, self.generation, reason, skew)))

    def _emit_exception(self, error: Exception, *, is_ws_api_response: bool = False) -> None:
        event = ExceptionEvent(self.ws_key, error, is_ws_api_response, generation=self.generation)
        self._out.append(Emit(event))

    def _take(self) -> list[Action]:
        out = self._out
        if out:
            self._out = []
        return out
