"""What one push socket does, without doing it: login, subscriptions, updates. Pure, like ``_protocol``.

KuCoin documentation, "Websocket Introduction" of the classic and of the unified account.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Container, Sequence
from types import MappingProxyType

from ._actions import Action, AnswerChallenge, Deliver, ForgetHandlers, SettleSubscription
from ._life import Life
from ._message_window import MessageWindow
from ._messages import GatewayError, Pong, Unrecognised, Welcome, encode_ping
from ._push_messages import Accepted, Push, PushMessage, Refused, encode_v1_ping, parse_push
from ._retrying import LoginVerdict, judge_login_code
from ._states import ConnectionState
from ._subscribing import SubscriptionCall
from ._subscriptions import Settled, SubscriptionTable
from ._topics import Topic, encode_subscription, subscription_key
from .exceptions import AuthenticationError, ProtocolError, SubscriptionError, TransportError, what_happened
from .options import Options, WsKey
from .updates import Update

__all__ = ["PushProtocol"]

_S = ConnectionState
_KEPT_FOR_PINGS = 5  # messages
# KuCoin documentation, "Websocket Introduction" of both accounts; classic futures have no limit.
_MOST_TOPICS = MappingProxyType(
    {
        WsKey.SPOT_PUBLIC_V1: 400,
        WsKey.SPOT_PRIVATE_V1: 400,
        WsKey.SPOT_PUBLIC_PRO_V2: 600,
        WsKey.FUTURES_PUBLIC_PRO_V2: 600,
        WsKey.PRIVATE_PRO_V2: 400,
    }
)
# KuCoin documentation, "Error Codes" of the push sockets: it is busy, or in trouble, or asked too fast.
_PASSING = frozenset({"500", "509"})
_V1_PASSING = _PASSING | {"401", ""}  # a token that has expired, too many connections, trouble


class PushProtocol:
    """The push socket of one key. ``life`` is that of the connection."""

    def __init__(
        self,
        ws_key: WsKey,
        options: Options,
        *,
        random: Callable[[], float],
        predecessor: PushProtocol | None = None,
    ) -> None:
        """What ``predecessor`` had subscribed is wanted still."""
        self.life: Life = Life(
            ws_key,
            options,
            self,
            random=random,
            predecessor=None if predecessor is None else predecessor.life,
            renews=False,
        )
        self.table = SubscriptionTable()
        if predecessor is not None:
            self.table.inherit(predecessor.table)
        self.in_flight: Container[str] = frozenset()
        self._ws_key = ws_key
        self._patience = options.request_timeout
        self._welcome = Welcome(None, None)  # the last one, until the login after it is granted
        self._login_sent = 0  # on the connection of this generation
        self._messages = MessageWindow()
        # When the limit of messages lets the next request go; `inf` unless it holds one.
        self._held_until = math.inf
        # When an answer is due, and to which request; in the order of the times.
        self._answers_due: deque[tuple[float, str]] = deque()

    # What users ask for

    def subscribe(self, call: SubscriptionCall) -> bool:
        """Accept a call; True: there is nothing to wait for. Raises ``SubscriptionError`` for one that is refused."""
        life = self.life
        if not life.accepting or life.state is _S.CLOSED:
            raise self._refusal(call)
        most = _MOST_TOPICS.get(self._ws_key)
        if most is not None and len(self.table.wanted.keys() | {topic.key for topic in call.topics}) > most:
            raise call.error(f"one connection carries {most} topics at most")
        return self.table.subscribe(call)

    def unsubscribe(self, call: SubscriptionCall) -> tuple[bool, list[Settled]]:
        """Accept a call: whether there is nothing to wait for, and the calls that this disappoints."""
        return self.table.unsubscribe(call)

    # What the exchange says

    def parse(self, _: int, payload: str | bytes) -> PushMessage:
        """A frame of text, or of bytes that are text, to a message; without the lock."""
        return parse_push(payload)

    def receive(self, messages: Sequence[PushMessage], now: float, wall_ms: int) -> list[Action]:
        """What came over the current connection."""
        life = self.life
        for message in messages:
            if life.state is _S.READY:
                if type(message) is Push:
                    self._deliver(message, now)
                else:
                    self._receive_answer(message, now)
            elif life.state is _S.AUTHENTICATING:
                self._receive_during_login(message, now, wall_ms)
        return life.take()

    def _deliver(self, push: Push, now: float) -> None:
        topic = subscription_key(push, self.table.wanted) or push.topic
        update = Update(self._ws_key, topic, push.subject, push.raw, now)
        out = self.life.out
        if out and type(out[-1]) is Deliver:
            out[-1].updates.append(update)
        else:
            out.append(Deliver([update]))

    def _receive_during_login(self, message: PushMessage, now: float, wall_ms: int) -> None:
        life = self.life
        login_sent = self._login_sent == life.generation
        if isinstance(message, Welcome) and not login_sent:
            self._welcome = message
            if self._ws_key is WsKey.PRIVATE_PRO_V2:
                self._login_sent = life.generation
                life.challenged()
                life.out.append(AnswerChallenge(life.generation, "login", life.clock.skew))
            else:
                self._ready(now)
        elif isinstance(message, Accepted) and login_sent:
            self._ready(now)
        elif isinstance(message, Refused):
            self._judge_refusal(message, now, wall_ms)
        elif isinstance(message, Unrecognised):
            text = f"during the login came a message that is {message.reason}"
            life.attempt_failed(ProtocolError(text), now)

    def _ready(self, now: float) -> None:
        self._messages.clear()
        self.life.welcomed(self._welcome.ping_interval, self._welcome.ping_timeout, now)
        self.table.connected()

    def _judge_refusal(self, refusal: Refused, now: float, wall_ms: int) -> None:
        life, code = self.life, refusal.code
        text = f"login refused with {code or 'no code'}: {refusal.text or 'no text'}"
        if not self._ws_key.is_pro and code in _V1_PASSING:
            life.attempt_failed(TransportError(text, code=code or None), now)
        elif code:
            life.refused(GatewayError(code, None, None, {"msg": refusal.text or None}), now, wall_ms)
        else:
            life.bar(AuthenticationError(text, message=refusal.text or None))

    def _receive_answer(self, message: PushMessage, now: float) -> None:
        life = self.life
        if isinstance(message, Accepted):
            self._settle(self.table.acknowledged(message.id))
        elif isinstance(message, Refused):
            self._refused(message)
        elif isinstance(message, Pong):
            life.ponged(message.id, now)
        elif isinstance(message, Unrecognised):
            life.unreadable(message.reason, now)

    def _refused(self, refused: Refused) -> None:
        life = self.life
        text = f"{refused.code or 'no code'}: {refused.text or 'no text'}"

        def error(topics: Sequence[Topic]) -> SubscriptionError:
            return SubscriptionError(
                f"the exchange refused it with {text}",
                topics=[topic.key for topic in topics],
                code=refused.code or None,
                message=refused.text or None,
            )

        passing = refused.code in _PASSING or judge_login_code(refused.code) is LoginVerdict.RETRY
        table = self.table
        refusal = (table.put_off if passing else table.refused)(refused.id, error)
        if refusal is None:
            life.emit_exception(ProtocolError(f"the exchange says {text}"))
            return
        self._settle(refusal.failed)
        if refusal.lost:
            gone = [topic.key for topic in refusal.lost if topic.key not in table.wanted]
            life.out.append(ForgetHandlers(gone))  # first: who hears of it may subscribe once more
            life.emit_exception(error(refusal.lost))

    def _settle(self, settled: Sequence[Settled]) -> None:
        self.life.out.extend(SettleSubscription(call, error) for call, error in settled)

    # What is to be sent, and when

    @property
    def has_waiting(self) -> bool:
        """Whether requests wait."""
        return self.table.has_requests

    def next_to_send(self, now: float, batch: object = None) -> str | None:
        """The next request as text, which counts as sent from now on."""
        if self.life.state is not _S.READY or not self.table.has_requests:
            return None
        allowed_at = self._messages.allowed_at(_KEPT_FOR_PINGS)
        self._held_until = allowed_at if allowed_at > now else math.inf
        if allowed_at > now:
            return None
        request = self.table.next_request()
        assert request is not None
        self._messages.sent(now)
        self._answers_due.append((now + self._patience, request.id))
        return encode_subscription(request.id, request.kind, request.topics)

    def ping_text(self, ping_id: str, wall_ms: int) -> str:
        """An application ping."""
        return encode_ping(ping_id, wall_ms) if self._ws_key.is_pro else encode_v1_ping(ping_id)

    def next_deadline(self) -> float:
        """When ``expire`` must be called next (monotonic seconds), ``inf`` for never."""
        deadlines = (call.deadline for call in self.table.waiting)
        answer_due = self._answers_due[0][0] if self._answers_due else math.inf
        return min(self.life.next_deadline(), self._held_until, answer_due, min(deadlines, default=math.inf))

    def expire(self, now: float) -> list[Action]:
        """Time has passed; call it after everything that could be read has been received."""
        life = self.life
        if self._held_until <= now:
            self._held_until = math.inf  # the owner asks for the next one to send
        for call in [call for call in self.table.waiting if call.deadline <= now]:
            missing = self.table.withdraw(call)
            why = "" if life.reason is None else f": {life.reason}"
            error = call.error(f"not acknowledged in time{why}", cause=life.reason, topics=missing)
            life.out.append(SettleSubscription(call, error))
        self._ask_again(now)
        pings = life.pings
        life.expire(now)
        if life.pings > pings:
            self._messages.sent(now)
        return life.take()

    def _ask_again(self, now: float) -> None:
        while self._answers_due and self._answers_due[0][0] <= now:
            _, request_id = self._answers_due.popleft()
            doubtful = [topic.key for topic in self.table.overdue(request_id)]
            if doubtful:
                self.life.emit_exception(
                    SubscriptionError("not acknowledged in time: asking again", topics=doubtful)
                )

    def woken(self, now: float, slept: float) -> list[Action]:
        """The machine was suspended for ``slept`` seconds: find out whether anybody is still there."""
        self.life.heartbeat.probe(now)
        return []

    # For the life of the connection

    @property
    def drained(self) -> bool:
        """Whether a connection that closes has nothing left to wait for: it never has."""
        return True

    @property
    def all_arrived(self) -> bool:
        """Whether nothing that was sent may be on its way still: what is subscribed ends with the connection."""
        return True

    def interrupt(self, reason: Exception) -> None:
        """What was subscribed is no more; it will be again."""
        self._drop_requests()

    def refuse_waiting(self, reason: Exception | None) -> None:
        """Nobody will be answered any more; what was to be unsubscribed is no more."""
        self._drop_requests()
        self._settle(
            [(call, self._ended(call, reason, missing)) for call, missing in self.table.take_waiting()]
        )

    def _drop_requests(self) -> None:
        self._held_until = math.inf
        self._answers_due.clear()
        self._settle(self.table.disconnected())

    def _refusal(self, call: SubscriptionCall) -> SubscriptionError:
        life = self.life
        return self._ended(call, life.reason if life.barred else None)

    def _ended(
        self, call: SubscriptionCall, reason: Exception | None, missing: Sequence[str] | None = None
    ) -> SubscriptionError:
        text = "the client or this connection is closed" if reason is None else what_happened(reason)
        return call.error(text, cause=reason, topics=missing)
