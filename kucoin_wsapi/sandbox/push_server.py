"""The push sockets of a sandbox, on the port of the order socket and of REST."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from aiohttp import WSCloseCode, web

from . import push_pro, push_v1
from .answering import close_with
from .faults import FaultPlan
from .feed_events import FeedEvent
from .frame_log import FrameLog
from .gateway import Gateway
from .gateway_codes import UNKNOWN_URL
from .login import Login
from .options import SandboxOptions
from .push_announcing import Announcement
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

Converse = Callable[[web.WebSocketResponse, PushSubscriber, Outlet], Awaitable[None]]


def announce(event: FeedEvent) -> Iterator[Announcement]:
    """An event in both dialects."""
    yield from push_v1.announce(event)
    yield from push_pro.announce(event)


class PushServer:
    """Serves every connection of every push socket. Made and used on the server's thread."""

    def __init__(
        self, gateway: Gateway, login: Login, options: SandboxOptions, plan: FaultPlan, log: FrameLog
    ) -> None:
        self._gateway = gateway
        self._login = login
        self._options = options
        self._plan = plan
        self._log = log
        self._hub = PushHub(
            gateway, announce, push_pro.announce_first, options.push_timing, options.seed, plan
        )
        self._open: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        """What is served where; a slash at the end changes nothing."""
        pro = [web.get(_tolerant(path), partial(self._serve_pro, kind)) for path, kind in PRO_SOCKETS]
        return [web.get(_tolerant(CLASSIC_PUSH), self._serve_v1), *pro]

    async def close_all(self) -> None:
        """Closes every connection, as a server that goes away does."""
        self._hub.close()
        closings = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._open))
        await asyncio.gather(*closings)

    async def _serve_v1(self, request: web.Request) -> web.StreamResponse:
        async def converse(socket: web.WebSocketResponse, subscriber: PushSubscriber, outlet: Outlet) -> None:
            await V1Conversation(
                socket, request, subscriber, outlet, self._gateway, self._options, self._plan
            ).run()

        return await self._serve(request, TEXT, converse)

    async def _serve_pro(self, kind: ProSocket, request: web.Request) -> web.StreamResponse:
        async def converse(socket: web.WebSocketResponse, subscriber: PushSubscriber, outlet: Outlet) -> None:
            await ProConversation(
                kind,
                socket,
                request,
                subscriber,
                outlet,
                self._gateway,
                self._login,
                self._options,
                self._plan,
            ).run()

        return await self._serve(request, BINARY, converse)

    async def _serve(self, request: web.Request, opcode: int, converse: Converse) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            compress=False, max_msg_size=MAXIMUM_READ, timeout=CLOSE_TIMEOUT, autoping=False
        )
        if not socket.can_prepare(request):
            return respond(UNKNOWN_URL)
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            return web.Response()  # which reaches nobody: the client has gone
        transport = request.transport
        if transport is None:
            return socket
        _, note_out = self._log.open("push")
        outlet = Outlet(transport, opcode, note_out)
        subscriber = PushSubscriber(
            self._hub, outlet, self._plan, partial(close_with, socket=socket, transport=transport)
        )
        self._open.add(socket)
        try:
            await converse(socket, subscriber, outlet)
        except ConnectionResetError:
            pass  # the client has gone; nobody is left to answer
        finally:
            subscriber.end()
            self._open.discard(socket)
        return socket


def _tolerant(path: str) -> str:
    return f"{path}{{slash:/?}}"
