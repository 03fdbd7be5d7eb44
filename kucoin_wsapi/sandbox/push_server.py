"""The push sockets of a sandbox, on the port of the order socket and of REST."""

from __future__ import annotations

import asyncio

from aiohttp import WSCloseCode, web

from .frame_log import FrameLog
from .gateway import Gateway
from .options import SandboxOptions
from .push_hub import PushHub
from .push_outlet import TEXT, Outlet
from .push_subscriber import PushSubscriber
from .push_v1 import announce
from .push_v1_socket import V1Conversation
from .rest_bullet import CLASSIC_PUSH

__all__ = ["PushServer"]

MAXIMUM_READ = 1024 * 1024  # bytes of a message
CLOSE_TIMEOUT = 1.0  # seconds that a client gets to answer a close


class PushServer:
    """Serves every connection of every push socket. Made and used on the server's thread."""

    def __init__(self, gateway: Gateway, options: SandboxOptions, log: FrameLog) -> None:
        self._gateway = gateway
        self._options = options
        self._log = log
        self._hub = PushHub(gateway, announce, options.push_timing, options.seed)
        self._open: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        """What is served where; a slash at the end changes nothing."""
        return [web.get(f"{CLASSIC_PUSH}{{slash:/?}}", self._serve_v1)]

    async def close_all(self) -> None:
        """Closes every connection, as a server that goes away does."""
        self._hub.close()
        closings = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._open))
        await asyncio.gather(*closings)

    async def _serve_v1(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            compress=False, max_msg_size=MAXIMUM_READ, timeout=CLOSE_TIMEOUT, autoping=False
        )
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            return web.Response()  # which reaches nobody: the client has gone
        transport = request.transport
        if transport is None:
            return socket
        _, note_out = self._log.open("push")
        outlet = Outlet(transport, TEXT, note_out)
        subscriber = PushSubscriber(self._hub, outlet)
        self._open.add(socket)
        try:
            await V1Conversation(socket, request, subscriber, outlet, self._gateway, self._options).run()
        except ConnectionResetError:
            pass  # the client has gone; nobody is left to answer
        finally:
            subscriber.end()
            self._open.discard(socket)
        return socket
