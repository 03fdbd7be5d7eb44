"""The Pro push sockets: welcome, login on the private one, then subscriptions.

KuCoin documentation, "Websocket Introduction" of the unified account. Who has subscribed to nothing after a minute is
disconnected, and so is who has said nothing for a minute.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Literal

from aiohttp import WSMsgType

from .frame_log import MASK
from .incoming import ENDINGS, MessageLimit, Silence
from .login import LoginRefused
from .push_announcing import Subscription
from .push_connection import PushConnection, PushServices
from .push_pro_channels import ChannelRefused, read_private_channel, read_public_channel
from .push_pro_requests import (
    LOGIN_TEXT,
    ProRequest,
    login_headers,
    read_pro_request,
    write_pong,
    write_result,
    write_welcome,
)
from .push_tokens import TokenRefused, read_token

__all__ = ["ProConversation", "ProSocket"]

ProSocket = Literal["SPOT", "FUTURES", "private"]
MOST_TOPICS = {"SPOT": 600, "FUTURES": 600, "private": 400}
PUBLIC_FACTOR = 3
"""A public connection may send three times as much as a private one."""


class ProConversation:
    """One connection from the welcome to the close. Runs on the server's thread."""

    def __init__(self, kind: ProSocket, connection: PushConnection, services: PushServices) -> None:
        self._kind: ProSocket = kind
        self._connection = connection
        self._socket = connection.socket
        self._outlet = connection.outlet
        self._subscriber = connection.subscriber
        self._services = services
        self._gateway = services.gateway
        self._options = services.options
        self._uid = ""
        self._closing: asyncio.Future[bool] | None = None
        self._known = self._gateway.read(
            lambda exchange: exchange.contracts if kind == "FUTURES" else exchange.symbols
        )

    async def run(self) -> None:
        """The whole of it; returns when the connection is over."""
        token = self._connection.query.get("token")
        if self._kind == "private" and token is not None:
            try:
                if self._services.strikes("push-connect", self._connection.path):
                    raise TokenRefused("token is expired")
                self._uid = read_token(token, self._gateway.now()).uid
            except TokenRefused as refusal:
                self._outlet.say(write_result("", str(refusal)))
                await self._socket.close()
                return
        options = self._options
        self._outlet.say(write_welcome(str(uuid.uuid4()), options.ping_interval, options.ping_timeout))
        silence = Silence(options.push_patience, self._socket.close)
        idle = asyncio.get_running_loop().call_later(options.push_patience, self._end_if_idle)
        try:
            await self._serve(silence)
        finally:
            silence.stop()
            idle.cancel()

    def _end_if_idle(self) -> None:
        if not self._subscriber.topics:
            self._closing = asyncio.ensure_future(self._socket.close())

    async def _serve(self, silence: Silence) -> None:
        limit = MessageLimit(self._message_limit())
        while True:
            message = await self._connection.receive(silence.heard)
            if message.type in ENDINGS:
                return
            if message.type is not WSMsgType.TEXT:
                continue
            request = read_pro_request(message.data)
            if self._connection.note is not None:
                is_login = request is not None and request.action == "auth"
                self._connection.note(MASK if is_login else message.data)
            if request is None:
                continue
            if not limit.admits(self._gateway.now()):
                self._outlet.say(write_result(request.id, "too many requests"))
            elif request.action == "ping" and self._services.strikes("push-ping", self._connection.path):
                await self._socket.close(message=b"ping timeout")
                return
            elif request.action == "ping":
                self._outlet.say(write_pong(request, self._gateway.now()))
            elif request.action == "auth":
                self._authenticate(request)
            else:
                self._change(request)

    def _message_limit(self) -> int | None:
        limit = self._options.push_message_limit
        return limit if limit is None or self._kind == "private" else PUBLIC_FACTOR * limit

    def _authenticate(self, request: ProRequest) -> None:
        times, remote = self._gateway.times_for_signing(), self._connection.request.remote or ""
        try:
            caller = self._services.login.check_rest_headers(
                login_headers(request), LOGIN_TEXT, remote, times
            )
        except LoginRefused as refusal:
            self._outlet.say(write_result(request.id, f"{refusal.code} {refusal.message}"))
        else:
            self._uid = caller.uid
            self._outlet.say(write_result(request.id))

    def _change(self, request: ProRequest) -> None:
        try:
            subscriptions = self._read(request)
            new = sum(not self._subscriber.has(each) for each in subscriptions)
            if request.action == "subscribe" and len(self._subscriber.topics) + new > MOST_TOPICS[self._kind]:
                raise ChannelRefused(f"more than {MOST_TOPICS[self._kind]} topics")
        except ChannelRefused as refusal:
            self._outlet.say(write_result(request.id, str(refusal)))
            return
        answer = write_result(request.id)
        if request.action == "subscribe":
            self._subscriber.subscribe(subscriptions, answer)
        else:
            self._subscriber.unsubscribe(subscriptions, answer)

    def _read(self, request: ProRequest) -> tuple[Subscription, ...]:
        if self._kind == "private":
            return read_private_channel(request.fields, self._uid)
        return read_public_channel(request.fields, self._kind, self._known)
