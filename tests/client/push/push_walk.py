"""The push protocol without a socket: one is driven by hand, and what it asks for is read like an exchange reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from kucoin_wsapi._actions import Action, Deliver, Emit, SettleSubscription
from kucoin_wsapi._messages import Welcome
from kucoin_wsapi._push_messages import Accepted, PushMessage, Refused, parse_push
from kucoin_wsapi._push_protocol import PushProtocol
from kucoin_wsapi._states import ConnectionState
from kucoin_wsapi._subscribing import SubscriptionCall, SubscriptionFuture
from kucoin_wsapi._subscriptions import Kind
from kucoin_wsapi._topics import topics_of
from kucoin_wsapi.events import ConnectionEvent, ExceptionEvent
from kucoin_wsapi.exceptions import SubscriptionError, TransportError
from kucoin_wsapi.options import Options, WsKey
from kucoin_wsapi.updates import Update

SPOT = WsKey.SPOT_PUBLIC_V1
LOSS = TransportError("the exchange closed the connection")
OPEN = "open"


def _run_here(function: Callable[..., object], *arguments: object) -> None:
    function(*arguments)


class Driver:
    """The owner of one protocol: performs what it wants done and keeps its verdicts; time is passed in."""

    def __init__(self, key: WsKey = SPOT, random: float = 0.5, **options: Any) -> None:
        self.key = key
        self.now = 1000.0
        self.events: list[ConnectionEvent | ExceptionEvent] = []
        self.updates: list[Update] = []
        self.verdicts: dict[SubscriptionCall, SubscriptionError | None] = {}
        self.pings = 0
        self.others: list[Action] = []
        self.protocol = self.new(random, **options)

    def new(self, random: float = 0.5, **options: Any) -> PushProtocol:
        return PushProtocol(self.key, Options(**options), random=lambda: random)

    # The connection

    def perform(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, SettleSubscription):
                self.settle(action.call, action.error)
            elif isinstance(action, Deliver):
                self.updates += action.updates
            elif isinstance(action, Emit):
                self.events.append(action.event)
            else:
                self.others.append(action)

    def settle(self, call: SubscriptionCall, error: SubscriptionError | None) -> None:
        assert call not in self.verdicts, "a call settles once"
        self.verdicts[call] = error
        call.settle(error)

    def connect(self) -> Driver:
        """From wherever it is to READY."""
        life = self.protocol.life
        self.perform(life.open(self.now))
        if life.state is ConnectionState.BACKOFF:
            self.pass_time(60)
        self.perform(life.upgraded(life.generation))
        self.receive(Welcome(None, None))
        if self.key is WsKey.PRIVATE_PRO_V2:
            self.receive(Accepted("login"))
        assert life.state is ConnectionState.READY
        return self

    def lose(self) -> None:
        life = self.protocol.life
        self.perform(life.lost(life.generation, LOSS, self.now))

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for _ in range(3):
            self.perform(self.protocol.expire(self.now))

    # The user

    def call(self, topics: Any, kind: Kind = "subscribe", timeout: float = 10.0) -> SubscriptionCall:
        future = SubscriptionFuture(_run_here)
        return SubscriptionCall(kind, self.key, topics_of(topics, self.key.value), future, self.now + timeout)

    def subscribe(self, topics: Any, timeout: float = 10.0) -> SubscriptionCall:
        call = self.call(topics, "subscribe", timeout)
        try:
            if self.protocol.subscribe(call):
                self.settle(call, None)
        except SubscriptionError as refusal:
            self.settle(call, refusal)
        return call

    def unsubscribe(self, topics: Any, timeout: float = 10.0) -> SubscriptionCall:
        call = self.call(topics, "unsubscribe", timeout)
        done, settled = self.protocol.unsubscribe(call)
        for other, error in settled:
            self.settle(other, error)
        if done:
            self.settle(call, None)
        return call

    def cancel(self, call: SubscriptionCall) -> None:
        if call.future.cancel() and self.protocol.table.withdraw(call):
            call.future.set_running_or_notify_cancel()

    def verdict(self, call: SubscriptionCall) -> Any:
        """None: well; an exception; or OPEN."""
        return self.verdicts.get(call, OPEN)

    # The exchange

    def sent(self) -> list[dict[str, Any]]:
        """The requests that the limit of messages lets go now."""
        requests = []
        while (text := self.protocol.next_to_send(self.now)) is not None:
            requests.append(json.loads(text))
        return requests

    def asked(self) -> list[str]:
        """The same, in words: ``+topic`` and ``-topic``."""
        return [words(request) for request in self.sent()]

    def receive(self, message: PushMessage) -> None:
        self.protocol.life.heartbeat.heard()
        self.perform(self.protocol.receive([message], self.now, 1_742_175_983_000))

    def say(self, message: object) -> None:
        """Something in JSON."""
        self.receive(parse_push(json.dumps(message)))

    def ack(self, *requests: dict[str, Any]) -> None:
        for request in requests:
            self.receive(Accepted(request["id"]))

    def refuse(self, request: dict[str, Any], code: str = "404", text: str = "topic does not exist") -> None:
        self.receive(Refused(request["id"], code, text))

    def ack_all(self) -> None:
        self.ack(*self.sent())

    # What was told

    @property
    def errors(self) -> list[BaseException]:
        return [event.error for event in self.events if isinstance(event, ExceptionEvent)]

    @property
    def topics(self) -> list[str]:
        return list(self.protocol.table.wanted)


def words(request: dict[str, Any]) -> str:
    """A request as ``+topic`` or ``-topic``."""
    kind = request.get("type") or request["action"].lower()
    topic = request.get("topic")
    if topic is None:
        symbols = request.get("symbols") or [request[name] for name in ("symbol",) if name in request]
        topic = ":".join([request["channel"], *([",".join(symbols)] if symbols else [])])
    return {"subscribe": "+", "unsubscribe": "-"}[kind] + topic
