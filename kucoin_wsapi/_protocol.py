"""What one order socket does, without doing it: text, time and events go in, actions come out.

The owner calls every method under one lock, passes ``now`` (monotonic seconds), and performs the returned
actions in their order after releasing it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Sequence

from . import _verdicts as verdicts
from ._actions import Action, Answer, AnswerChallenge, Fail
from ._call_table import CallTable
from ._calls import Call
from ._life import Life
from ._messages import (
    Challenge,
    GatewayError,
    Message,
    Pong,
    Reply,
    Unrecognised,
    Welcome,
    encode_ping,
    parse_message,
)
from ._pacing import Pacer
from ._states import ConnectionState
from .exceptions import CallError, ProtocolError, TooManyInFlightError
from .options import Options, WsKey

__all__ = ["OrderProtocol"]

_S = ConnectionState


class OrderProtocol:
    """The order socket V1 of one key: login, requests in flight and their deadlines.

    ``life`` is that of the connection; what befalls that is told to it, and it tells this.
    """

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
        """``pacer`` holds requests to the rate limits; for the rest see ``Life``."""
        self.life: Life = Life(
            ws_key,
            options,
            self,
            random=random,
            predecessor=None if predecessor is None else predecessor.life,
            standing_by=standing_by,
        )
        self.calls = CallTable()
        self.holding = False  # new calls are queued until those in flight are answered
        self._most_open = options.max_in_flight
        self._pacer = pacer
        # When the pacer lets the next queued call go; `inf` unless it holds one in READY.
        self._held_until = math.inf

    # Requests

    def submit(self, call: Call, now: float, *, writable: bool) -> bool:
        """Accept a new call. True: it is claimed and in flight, write it now; False: it is queued.

        Raises a ``NotSentError`` for a call that is refused; the owner settles it with that.
        """
        life, calls, pacer = self.life, self.calls, self._pacer
        if not life.accepting or life.state is _S.CLOSED:
            raise self._refusal(call)
        if len(calls.queued) + len(calls.in_flight) >= self._most_open:
            raise call.error(TooManyInFlightError, f"max_in_flight ({self._most_open}) requests are open")
        if pacer is not None and not pacer.waits:
            self._admit_or_refuse(pacer, call, now)
        # Whoever finds others queued queues behind them, so that nobody overtakes. What has become stale on its way
        # here is queued too, and expires there.
        if (
            writable
            and life.state is _S.READY
            and not calls.queued
            and now < call.stale_at
            and now < call.deadline
            and not self.holding
            and (pacer is None or not pacer.waits or pacer.allowed_at(call) <= now)
        ):
            call.claim_new()
            if pacer is not None:
                pacer.sent(call, now)
            calls.dispatch(call, now, life.generation)
            return True
        calls.enqueue(call)
        return False

    @property
    def has_waiting(self) -> bool:
        """Whether calls are queued."""
        return bool(self.calls.queued)

    def next_to_send(self, now: float, batch: list[Call] | None = None) -> Call | None:
        """The oldest queued call, claimed and in flight: write it now. None when there is nothing to write.

        It is added to ``batch`` before it leaves the queue.
        """
        if self.life.state is not _S.READY or self.holding or self._is_held(now):
            return None
        call = self.calls.next_claimed(now)
        if call is not None:
            if batch is not None:
                batch.append(call)
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

    def _admit_or_refuse(self, pacer: Pacer, call: Call, now: float) -> None:
        room_in = pacer.admit(call, len(self.calls.queued), now)
        if room_in:
            raise verdicts.paced(call, room_in)

    def _dispatch(self, call: Call, now: float) -> None:
        if self._pacer is not None:
            self._pacer.sent(call, now)
        self.calls.dispatch(call, now, self.life.generation)

    def withdraw(self, call_id: str) -> bool:
        """The user cancelled a future; True when its call was queued and now belongs to the caller."""
        return self.calls.queued.pop(call_id, None) is not None

    def take_over(self, calls: Iterable[Call], now: float) -> bool:
        """Accept what another connection has queued, and stand by no more; False when this one is not ready."""
        if not self.life.take_over(now):
            return False
        for call in calls:
            self.calls.enqueue(call)
        return True

    def replaced(self) -> list[Action]:
        """Another connection has taken over what was queued; nothing is in flight."""
        self.calls.take_queued()
        return self.life.replaced()

    # What the exchange says

    def parse(self, opcode: int, payload: str | bytes) -> Message:
        """Text to a message; without the lock."""
        return parse_message(payload) if isinstance(payload, str) else Unrecognised("binary", "")

    def receive(self, messages: Sequence[Message], now: float, wall_ms: int) -> list[Action]:
        """What came over the current connection; ``wall_ms`` is our clock, Unix milliseconds."""
        life = self.life
        for message in messages:
            if life.state is _S.READY or life.state is _S.CLOSING:
                if type(message) is Reply:
                    self._answer(message, now)
                else:
                    self._receive_other(message, now)
            elif life.state is _S.AUTHENTICATING:
                self._receive_during_login(message, now, wall_ms)
        return life.take()

    def _receive_during_login(self, message: Message, now: float, wall_ms: int) -> None:
        life = self.life
        if isinstance(message, Challenge):
            life.challenged()
            life.clock.see(message.timestamp, wall_ms, now)
            life.out.append(AnswerChallenge(life.generation, message.text))
        elif isinstance(message, Welcome):
            if self._pacer is not None:
                self._pacer.messages.clear()
            life.welcomed(message.ping_interval, message.ping_timeout, now)
        elif isinstance(message, (GatewayError, Reply)):
            life.refused(message, now, wall_ms)
        elif isinstance(message, Unrecognised):
            text = f"during the login came a message that is {message.reason}"
            life.attempt_failed(ProtocolError(text), now)

    def _receive_other(self, message: Message, now: float) -> None:
        life = self.life
        if isinstance(message, Pong):
            life.ponged(message.id, now)
        elif isinstance(message, GatewayError):
            text = f"the exchange says {message.code}: {message.text or 'no text'}"
            life.emit_exception(ProtocolError(text), is_ws_api_response=True)
        elif isinstance(message, Unrecognised):
            life.unreadable(message.reason, now)

    def _answer(self, reply: Reply, now: float) -> None:
        life = self.life
        found = self.calls.answered(reply.id)
        if found is None:
            error = ProtocolError(f"an answer with code {reply.code} to no open request: {reply.id[:64]}")
            life.emit_exception(error, is_ws_api_response=True)
            return
        call, late = found
        if call.sent_at is not None:
            life.journeys.answered(life.generation, call.sent_at, now)
        life.out.append(Answer(call, reply, now, late))
        if life.state is _S.CLOSING:
            life.end_when_drained()

    # Time

    def next_deadline(self) -> float:
        """When ``expire`` must be called next (monotonic seconds), ``inf`` for never."""
        return min(self.life.next_deadline(), self._held_until, self.calls.next_deadline())

    def expire(self, now: float) -> list[Action]:
        """Time has passed; call it after everything that could be read has been received."""
        life = self.life
        held_for = self._held_until - now
        if held_for <= 0:
            self._held_until = math.inf  # the owner asks for the next one to send
        for call in self.calls.take_expired(now):
            if 0 < held_for < math.inf and not call.claimed:
                life.out.append(Fail(call, verdicts.paced(call, held_for)))
                continue
            life.out.append(Fail(call, verdicts.expired(call, now, life.reason)))
            if call.written:
                self.calls.remember(call)
                life.heartbeat.probe(now)
        pings = life.pings
        life.expire(now)
        if self._pacer is not None and life.pings > pings:
            self._pacer.messages.sent(now)
        return life.take()

    def woken(self, now: float, slept: float) -> list[Action]:
        """The machine was suspended for ``slept`` seconds, in which ``now`` stood still.

        What waited for a connection is stale, however little of its time has passed by that clock; and whether anybody
        is still there has to be found out.
        """
        life = self.life
        for call in self.calls.take_overslept(now, slept):
            life.out.append(Fail(call, verdicts.overslept(call, slept)))
        life.heartbeat.probe(now)
        return life.take()

    # For the life of the connection

    def ping_text(self, ping_id: str, wall_ms: int) -> str:
        """An application ping."""
        return encode_ping(ping_id, wall_ms)

    @property
    def in_flight(self) -> Container[str]:
        """Ids of the calls that were handed to the socket and have not settled."""
        return self.calls.in_flight

    @property
    def drained(self) -> bool:
        """Whether nothing is in flight."""
        return not self.calls.in_flight

    @property
    def all_arrived(self) -> bool:
        """Whether each request that has timed out is known to have arrived: a later frame has been answered."""
        quiet_since = self.life.journeys.quiet_since
        return all(quiet_since(call.generation, call.sent_at) is not None for call in self.calls.overdue)

    def interrupt(self, reason: Exception) -> None:
        """What was sent will not be answered."""
        self._held_until = math.inf
        self.life.out.extend(Fail(call, verdicts.lost(call, reason)) for call in self.calls.take_in_flight())

    def refuse_waiting(self, reason: Exception | None) -> None:
        """What is queued will not be sent."""
        self.life.out.extend(Fail(call, verdicts.closed(call, reason)) for call in self.calls.take_queued())

    def _refusal(self, call: Call) -> CallError:
        life = self.life
        return verdicts.closed(call, life.reason if life.barred else None)
