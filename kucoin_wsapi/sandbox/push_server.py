"""The push sockets of a sandbox, on the port of the order socket and of REST."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from itertools import starmap
from typing import Any

from aiohttp import WSCloseCode, web

from . import push_pro, push_v1
from .answering import close_with
from .feed_events import FeedEvent
from .frame_log import FrameLog, masked
from .gateway_codes import UNKNOWN_URL
from .push_announcing import Announcement
from .push_connection import PushConnection, PushServices
from .push_hub import PushHub
from .push_outlet import BINARY, TEXT, Outlet
from .push_pro_socket import ProConversation, ProSocket
from .push_subscriber import PushSubscriber
from .push_v1_socket import V1Conversation
from .rest import respond
from .rest_bullet import CLASSIC_PUSH, PRO_PRIVATE_PUSH

__all__ = ["PushServer"]

MAXIMUM_READ = 1024 * 1024  # bytes of a message
CLOSE_TIMEOUT = 1.0  # seconds that a client gets to answer a close


PRO_SOCKETS: tuple[tuple[str, ProSocket], ...] = (
    ("/x-push-spot", "SPOT"),
    ("/x-push-futures", "FUTURES"),
    (PRO_PRIVATE_PUSH, "private"),
)

Converse = Callable[[PushConnection, PushServices], Coroutine[Any, Any, None]]


def announce(event: FeedEvent) -> Iterator[Announcement]:
    """An event in both dialects."""
    yield from push_v1.announce(event)
    yield from push_pro.announce(event)


class PushServer:
    """Serves every connection of every push socket. Made and used on the server's thread."""

    def __init__(self, services: PushServices, log: FrameLog) -> None:
        self._services = services
        self._log = log
        options = services.options
        self._hub = PushHub(
            services.gateway,
            announce,
            push_pro.announce_first,
            options.push_timing,
            options.seed,
            services.plan,
        )
        self._open: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        """What is served where; a slash at the end changes nothing."""
        v1 = partial(self._serve, TEXT, lambda *with_what: V1Conversation(*with_what).run())
        return [web.get(_tolerant(CLASSIC_PUSH), v1), *starmap(self._pro_route, PRO_SOCKETS)]

    def _pro_route(self, path: str, kind: ProSocket) -> web.RouteDef:
        pro = partial(self._serve, BINARY, lambda *with_what: ProConversation(kind, *with_what).run())
        return web.get(_tolerant(path), pro)

    async def close_all(self) -> None:
        """Closes every connection, as a server that goes away does."""
        self._hub.close()
        closings = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._open))
        await asyncio.gather(*closings)

    async def _serve(self, opcode: int, converse: Converse, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            compress=False, max_msg_size=MAXIMUM_READ, timeout=CLOSE_TIMEOUT, autoping=False
        )
        if not socket.can_prepare(request):
            return respond(UNKNOWN_URL)
        with contextlib.suppress(ConnectionResetError):  # the client has gone; nobody is left to answer
            await socket.prepare(request)
            await self._converse(opcode, converse, socket, request)
        return socket if socket.prepared else web.Response()

    async def _converse(
        self, opcode: int, converse: Converse, socket: web.WebSocketResponse, request: web.Request
    ) -> None:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client has gone")
        note_in, note_out = self._log.open("push")
        if note_in is not None:
            note_in(masked(request.path, request.query))
        outlet = Outlet(transport, opcode, note_out)
        close = partial(close_with, socket=socket, transport=transport)
        subscriber = PushSubscriber(self._hub, outlet, self._services.plan, close)
        self._open.add(socket)
        try:
            await converse(PushConnection(socket, request, outlet, subscriber, note_in), self._services)
        finally:
            subscriber.end()
            self._open.discard(socket)


def _tolerant(path: str) -> str:
    return f"{path}{{slash:/?}}"
