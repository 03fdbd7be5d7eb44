"""The classic push socket: token, welcome, then subscriptions (KuCoin documentation, "Websocket Introduction").

KuCoin's sockets for spot and for futures are one here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from aiohttp import WSMsgType

from .envelopes import compact_json
from .incoming import ENDINGS, MessageLimit, Silence
from .push_announcing import Subscription
from .push_connection import PushConnection, PushServices
from .push_tokens import TokenRefused, read_token
from .push_v1_requests import (
    RequestRefused,
    V1Request,
    read_v1_request,
    write_ack,
    write_error,
    write_pong,
)
from .push_v1_topics import TopicRefused, read_topic

__all__ = ["V1Conversation"]

MOST_TOPICS = 400
"""Topics of spot that one connection may have; of futures any number."""
FUTURES = "/contract"
"""How the topics of futures begin."""


class V1Conversation:
    """One connection from the welcome to the close. Runs on the server's thread."""

    def __init__(self, connection: PushConnection, services: PushServices) -> None:
        self._connection = connection
        self._socket = connection.socket
        self._outlet = connection.outlet
        self._subscriber = connection.subscriber
        self._services = services
        self._gateway = services.gateway
        self._options = services.options
        self._uid = ""
        self._spot, self._futures = self._gateway.read(
            lambda exchange: (exchange.symbols, exchange.contracts)
        )

    async def run(self) -> None:
        """The whole of it; returns when the connection is over."""
        connect_id = self._connection.query.get("connectId") or uuid.uuid4().hex
        try:
            if self._services.strikes("push-connect", self._connection.path):
                raise TokenRefused("token is expired")
            self._uid = read_token(self._connection.query.get("token", ""), self._gateway.now()).uid
        except TokenRefused as refusal:
            self._outlet.say(write_error(connect_id, 401, str(refusal)))
            await self._socket.close()
            return
        self._outlet.say(compact_json({"id": connect_id, "type": "welcome"}))
        silence = Silence(self._options.push_patience, self._time_out)
        try:
            await self._serve(silence)
        finally:
            silence.stop()

    async def _time_out(self) -> None:
        self._outlet.say(compact_json({"type": "error", "code": 400, "data": "ping timeout"}))
        await self._socket.close(message=b"Bye")

    async def _serve(self, silence: Silence) -> None:
        limit = MessageLimit(self._options.push_message_limit)
        while True:
            message = await self._connection.receive(silence.heard)
            if message.type in ENDINGS:
                return
            if message.type is not WSMsgType.TEXT:
                continue
            if self._connection.note is not None:
                self._connection.note(message.data)
            try:
                request = read_v1_request(message.data)
                if not limit.admits(self._gateway.now()):
                    raise RequestRefused(request.id, 509, "exceed max permits per second")
                if request.action == "ping" and self._services.strikes("push-ping", self._connection.path):
                    await self._time_out()
                    return
                self._answer(request)
            except RequestRefused as refusal:
                self._outlet.say(write_error(refusal.id, refusal.code, refusal.text))

    def _answer(self, request: V1Request) -> None:
        if request.action == "ping":
            self._outlet.say(write_pong(request.id, self._gateway.now()))
            return
        try:
            subscriptions = read_topic(request.topic, self._uid, self._spot, self._futures)
            if request.action == "subscribe":
                self._check_number(subscriptions)
        except TopicRefused as refusal:
            raise RequestRefused(request.id, refusal.code, refusal.text) from None
        answer = write_ack(request.id) if request.wants_answer else None
        if request.action == "subscribe":
            self._subscriber.subscribe(subscriptions, answer)
        else:
            self._subscriber.unsubscribe(subscriptions, answer)

    def _check_number(self, subscriptions: Iterable[Subscription]) -> None:
        asked = [each.topic for each in subscriptions]
        topics = {topic for topic in (*self._subscriber.topics, *asked) if not topic.startswith(FUTURES)}
        if len(topics) > MOST_TOPICS:
            text = f"exceed max subscription count limitation of {MOST_TOPICS} per session"
            raise TopicRefused(509, text)
