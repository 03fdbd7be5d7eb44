"""The life of one connection, whatever travels over it: attempts, login, heartbeat, loss, backoff, renewal, close.

The owner calls every method under one lock, passes ``now`` (monotonic seconds), and performs the returned actions in
their order after releasing it. What comes for an older generation is ignored.
"""

from __future__ import annotations

import concurrent.futures
import math
from collections.abc import Callable
from typing import Protocol

from ._actions import Action, Connect, Disconnect, Emit, Ready, Renew, SendPing
from ._clock import ExchangeClock
from ._heartbeat import Heartbeat
from ._journeys import Journeys
from ._messages import GatewayError, Reply, milliseconds
from ._retrying import LoginVerdict, RetrySchedule, judge_login_code
from ._states import TRANSITIONS, ConnectionState, Input
from .events import ConnectionEvent, ConnectionEventName, ExceptionEvent
from .exceptions import AuthenticationError, ProtocolError, TransportError
from .options import Options, WsKey

__all__ = ["Life", "Traffic"]

_S = ConnectionState

_CRASHES_SURVIVED = 2
_UNREADABLE_SURVIVED = 1000  # each is an event; who sends nothing else fills the memory of a slow listener
_RENEWAL_PAUSE = (
    600.0  # seconds until another connection is made ready again, if the last one came to nothing
)
_NO_REFUSAL = frozenset({"", "200000"})


class Traffic(Protocol):
    """What travels over a connection, as its life sees it."""

    @property
    def drained(self) -> bool:
        """Whether a connection that closes has nothing left to wait for."""

    @property
    def all_arrived(self) -> bool:
        """Whether nothing that was sent may be on its way still; asked when nothing is waited for any more."""

    def interrupt(self, reason: Exception) -> None:
        """The socket is gone, or about to be: what was sent will not be answered."""

    def refuse_waiting(self, reason: Exception | None) -> None:
        """Nothing that waits will be sent: for ``reason``, or because the user closed the connection."""


class Life:
    """The state of one connection and all that moves it."""

    def __init__(
        self,
        ws_key: WsKey,
        options: Options,
        traffic: Traffic,
        *,
        random: Callable[[], float],
        predecessor: Life | None = None,
        standing_by: bool = False,
        renews: bool = True,
    ) -> None:
        """``predecessor`` is that of the connection that this replaces, at once or, ``standing_by``, when it is told to
        ``take_over``. ``renews``: it asks to be replaced itself when it is old.
        """
        self.ws_key = ws_key
        self.state = _S.IDLE
        self.generation = 0  # number of the current or last attempt; what belongs to another one is ignored
        self.journeys: Journeys = Journeys() if predecessor is None else predecessor.journeys
        self.reason: Exception | None = None  # why there was no ready connection, last time there was none
        self.barred = False  # CLOSED, or about to be, for `reason`, not because the user asked for it
        self.clock: ExchangeClock = ExchangeClock() if predecessor is None else predecessor.clock
        self.heartbeat = Heartbeat()
        self.waiters: list[concurrent.futures.Future[None]] = []  # of those waiting for READY
        self.accepting = True  # False from the moment close is asked for
        self.out: list[Action] = []  # what the next method that ends returns
        self._options = options
        self._traffic = traffic
        self._schedule = RetrySchedule(options.backoff, random)
        # Monotonic seconds, `inf` where nothing is due. Each belongs to its states: the end of an attempt to CONNECTING
        # and AUTHENTICATING, the next attempt to BACKOFF, the end of patience to CLOSING, the renewal to READY.
        self._attempt_ends = self._retry_at = self._closing_ends = self._renew_at = math.inf
        self._renews = renews
        self._standing_by = standing_by  # another connection goes on until this one takes over
        self._been_ready = standing_by  # the next socket is a reconnection
        self._resynced = False  # a clock refusal has been answered by a re-sync since the last welcome
        self.pings = 0  # sent so far
        self._ping_sent_at = -math.inf
        self._crashes = 0
        self._unreadable = 0  # messages of this connection

    def take(self) -> list[Action]:
        """What is to be done, once."""
        out, self.out = self.out, []
        return out

    # What the user asks for

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
        return self.take()

    def close(self, now: float) -> list[Action]:
        """Close: what waits is not sent; what is in flight may be answered within ``close_timeout``."""
        self.accepting = False
        if self.state is _S.READY:
            self._refuse_waiting()
            self._move(Input.CLOSE)
            self.heartbeat.stop()
            self._renew_at = math.inf
            self._closing_ends = now + self._options.close_timeout
            self.end_when_drained()
        elif self.state not in (_S.CLOSING, _S.CLOSED):
            self._end(Input.CLOSE)
        self._release_waiters()
        return self.take()

    def take_over(self, now: float) -> bool:
        """Stand by no more: the predecessor stops now. False when this one is not ready."""
        if self.state is not _S.READY or not self.accepting:
            return False
        self._standing_by = False
        self._renew_at = now + self._options.max_connection_age
        return True

    def replaced(self) -> list[Action]:
        """Another connection has taken over what waited, and who waited; nothing is in flight."""
        self.waiters.clear()
        self.accepting = False
        self._drop_socket(graceful=True)
        self._retry_at = math.inf
        self._move(Input.REPLACED)
        return self.take()

    # What becomes of an attempt

    def _connect(self, how: Input, now: float) -> None:
        self.generation = self.journeys.next_generation()
        self._move(how)
        self._schedule.started(now)
        self._retry_at = math.inf
        self._attempt_ends = now + self._options.connect_timeout
        self.out.append(Connect(self.generation, self.clock.skew))

    def upgraded(self, generation: int) -> list[Action]:
        """The socket of an attempt is open."""
        if generation == self.generation and self.state is _S.CONNECTING:
            self._move(Input.UPGRADED, "reconnected" if self._been_ready else "open")
        return self.take()

    def attempt_refused(
        self, generation: int, error: GatewayError | Reply, now: float, wall_ms: int
    ) -> list[Action]:
        """The exchange refused the login with a code, in the body of a refused upgrade."""
        if generation == self.generation and self.state is _S.CONNECTING:
            self.refused(error, now, wall_ms)
        return self.take()

    def attempt_barred(self, generation: int, error: Exception) -> list[Action]:
        """An attempt failed for a reason that will not pass, such as a signer that raises."""
        if generation == self.generation and self.state in (_S.CONNECTING, _S.AUTHENTICATING):
            self.bar(error)
        return self.take()

    def challenged(self) -> None:
        """The exchange asks for proof of the secret."""
        self._move(Input.CHALLENGED)

    def welcomed(self, ping_interval: float | None, ping_timeout: float | None, now: float) -> None:
        """The exchange has accepted the login; it announces the intervals (seconds), or not."""
        options = self._options
        self.heartbeat.start(
            now, options.ping_interval or ping_interval, options.pong_timeout or ping_timeout
        )
        self._attempt_ends = math.inf
        self._unreadable = 0
        if self._renews and not self._standing_by:
            self._renew_at = now + options.max_connection_age
        self._schedule.succeeded()
        self._been_ready = True
        self._resynced = False
        self.reason = None
        self._move(Input.WELCOMED, "authenticated")
        self._release_waiters()

    def refused(self, refusal: GatewayError | Reply, now: float, wall_ms: int) -> None:
        """The login was answered with a code; ``wall_ms`` is our clock, Unix milliseconds."""
        # Documented without an id; some gateways send one.
        code, raw = refusal.code, refusal.raw
        message = None if raw.get("msg") is None else str(raw["msg"])
        if code in _NO_REFUSAL:
            self.attempt_failed(ProtocolError("during the login came the answer to a request"), now)
            return
        verdict = judge_login_code(code)
        text = f"login refused with {code}: {message or 'no text'}"
        if verdict is LoginVerdict.RESYNC:
            if self.state is _S.CONNECTING:
                self.clock.doubt()  # there was no challenge, which would have shown it as it is now
            self.clock.see(milliseconds(raw.get("inTime")), wall_ms, now)
            skew = self.clock.skew_seconds
            text += "" if skew is None else f" (the exchange's clock minus ours is {skew:+g} s)"
        if verdict is LoginVerdict.RESYNC and not self._resynced:
            self._resynced = True
            self.attempt_failed(TransportError(text, code=code), now, at_once=True)
        elif verdict is LoginVerdict.RETRY:
            self.attempt_failed(TransportError(text, code=code), now)
        else:
            self.bar(AuthenticationError(text, code=code, message=message))

    def attempt_failed(self, error: Exception, now: float, *, at_once: bool = False) -> None:
        """Not ready, for a reason that may pass: again later."""
        self.reason = error
        self._move(Input.REFUSED)
        self._drop_socket()
        self.emit_exception(error)
        schedule = self._schedule
        self._retry_at = schedule.next_allowed(now) if at_once else schedule.next_after_failure(now)

    def bar(self, error: Exception) -> None:
        """Not ready, for a reason that will not pass: the end."""
        self.barred = True
        self.reason = error
        self.emit_exception(error)
        self._end(Input.BARRED, error)
        self._release_waiters()

    # What becomes of a socket

    def ponged(self, ping_id: str, now: float) -> None:
        """A ping was answered."""
        if ping_id == f"ping-{self.pings}":
            self.journeys.answered(self.generation, self._ping_sent_at, now)

    def unreadable(self, reason: str, now: float) -> None:
        """A message of a ready connection made no sense."""
        self.emit_exception(ProtocolError(f"a message that is {reason}"))
        self._unreadable += 1
        if self._unreadable > _UNREADABLE_SURVIVED:
            self.connection_lost(TransportError("too many unreadable messages"), now)

    def lost(self, generation: int, error: Exception, now: float) -> list[Action]:
        """An attempt failed for a reason that may pass, or a socket ended or broke."""
        if generation == self.generation:
            self.connection_lost(error, now)
        return self.take()

    def connection_lost(self, error: Exception, now: float) -> None:
        """The current one."""
        if self.state is _S.READY:
            self.reason = error
            self._traffic.interrupt(error)
            self._move(Input.LOST, None if self._standing_by else "reconnect", error)
            self._drop_socket()
            self._retry_at = self._schedule.next_allowed(now)
        elif self.state in (_S.CONNECTING, _S.AUTHENTICATING):
            self.attempt_failed(error, now)
        elif self.state is _S.CLOSING:
            self._traffic.interrupt(error)
            self._end(Input.LOST)

    def crashed(self, error: Exception, now: float) -> list[Action]:
        """An error in this package: drop the socket and settle everything; the third time for good."""
        self._crashes += 1
        reason = ProtocolError(f"internal error: {type(error).__name__}: {error}")
        reason.__cause__ = error
        if self.state is _S.CLOSED:
            return self.take()
        self.reason = reason
        was_ready = self.state is _S.READY
        self._traffic.interrupt(reason)
        if self._crashes > _CRASHES_SURVIVED or not self.accepting:
            self.barred = self.accepting
            self._end(Input.CRASHED_AGAIN, reason)
            self._release_waiters()
        else:
            self._traffic.refuse_waiting(reason)
            self._move(Input.CRASHED, "reconnect" if was_ready else None, reason)
            self._drop_socket()
            self._retry_at = self._schedule.next_after_failure(now)
        return self.take()

    # Time

    def next_deadline(self) -> float:
        """When ``expire`` must be called next (monotonic seconds), ``inf`` for never."""
        heartbeat = self.heartbeat
        return min(
            self._attempt_ends,
            self._retry_at,
            self._closing_ends,
            self._renew_at,
            heartbeat.ping_at,
            heartbeat.silent_at,
        )

    def expire(self, now: float) -> None:
        """Time has passed; after everything that could be read has been received."""
        if self.state is _S.CLOSING:
            self.end_when_drained()
        if now >= self._closing_ends:
            self.connection_lost(TransportError("closed before the answer came"), now)
        elif now >= self.heartbeat.silent_at:
            self.connection_lost(TransportError("no sign of life after a ping"), now)
        elif now >= self._attempt_ends:
            seconds = self._options.connect_timeout
            self.attempt_failed(TransportError(f"no welcome within {seconds:g} s"), now)
        elif now >= self._retry_at:
            self._connect(Input.RETRY, now)
        elif now >= self._renew_at:
            self._renew_at = now + _RENEWAL_PAUSE  # should that one not come to take over
            self.out.append(Renew())
        elif now >= self.heartbeat.ping_at:
            self.pings += 1
            self.heartbeat.pinged(now)
            self._ping_sent_at = now
            self.out.append(SendPing(self.generation, f"ping-{self.pings}"))

    # The end

    def end_when_drained(self) -> None:
        """While CLOSING, after something has settled."""
        if self._traffic.drained:
            self._end(Input.DRAINED, graceful=True)

    def _end(self, how: Input, reason: Exception | None = None, *, graceful: bool = False) -> None:
        """The last transition: settle what was never sent, drop the socket, say so."""
        self._refuse_waiting()
        self._drop_socket(graceful=graceful)
        self._retry_at = self._closing_ends = math.inf
        self._move(how, None if self._standing_by else "close", reason)

    def _refuse_waiting(self) -> None:
        self._traffic.refuse_waiting(self.reason if self.barred else None)

    def _drop_socket(self, *, graceful: bool = False) -> None:
        self._attempt_ends = self._renew_at = math.inf
        self.heartbeat.stop()
        # A socket that is closed gracefully goes on delivering what was written; what has timed out unanswered must not
        # arrive any more when its connection counts as ended, as a look-up concludes from that.
        self.out.append(Disconnect(graceful=graceful and self._traffic.all_arrived))

    def _release_waiters(self) -> None:
        waiters, self.waiters = self.waiters, []
        error: Exception | None = None
        if self.state is not _S.READY:
            error = self.reason if self.barred else TransportError("the client or this connection is closed")
        self.out.extend(Ready(waiter, error) for waiter in waiters)

    # What is told

    def _move(
        self, how: Input, event: ConnectionEventName | None = None, reason: Exception | None = None
    ) -> None:
        """The only place where the state changes."""
        self.state = TRANSITIONS[self.state, how]
        if event is not None:
            skew = self.clock.skew_seconds if event == "authenticated" else None
            self.out.append(Emit(ConnectionEvent(event, self.ws_key, self.generation, reason, skew)))

    def emit_exception(self, error: Exception, *, is_ws_api_response: bool = False) -> None:
        """Something went wrong that belongs to no request."""
        event = ExceptionEvent(self.ws_key, error, is_ws_api_response, generation=self.generation)
        self.out.append(Emit(event))
