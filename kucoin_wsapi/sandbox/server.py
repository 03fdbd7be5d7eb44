"""A thread that serves one sandbox: the order socket and REST on one port."""

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import Future

from aiohttp import web

from .faults import FaultPlan
from .frame_log import FrameLog
from .gateway import Gateway
from .gateway_codes import UNKNOWN_URL
from .login import Login
from .options import SandboxOptions
from .order_socket import OrderSocket
from .push_connection import PushServices
from .push_server import PushServer
from .rest import MAXIMUM_BODY, Rest, respond
from .rest_bullet import bullets

MOVE = 0.005  # seconds between two moves of a market that is never quiet
MOST_BEHIND = 0.02  # seconds of moves that are made at once
TICK = 0.2  # seconds between two looks of the exchange at the clock
SHUTDOWN_TIMEOUT = 0.2  # seconds that a handler gets to end by itself


class Server:
    """Serves from its construction to `stop`, both called on the user's thread.

    The constructor returns when connections are accepted, and raises OSError when the port is taken.
    """

    def __init__(self, gateway: Gateway, options: SandboxOptions, plan: FaultPlan, port: int) -> None:
        self._gateway = gateway
        self._options = options
        self._plan = plan
        self._listener = _listen(options.host, port)
        self.port: int = self._listener.getsockname()[1]
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._ended: Future[None] = Future()
        self._orders: OrderSocket | None = None
        name = f"kucoin-sandbox-{self.port}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._loop, self._stop_requested = self._started.result()

    @property
    def connections(self) -> int:
        """How many connections of the order socket there are now."""
        return 0 if self._orders is None else self._orders.connections

    def stop(self) -> None:
        """Closes every connection and ends the thread, once; raises what the thread died of, if it did."""
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself; the reason is raised below
            self._loop.call_soon_threadsafe(self._stop_requested.set)
        self._thread.join()
        self._ended.result()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that starts or stops the server
            outcome = self._ended if self._started.done() else self._started
            outcome.set_exception(error)
        else:
            self._ended.set_result(None)
        finally:
            self._listener.close()

    async def _serve(self) -> None:
        login = Login(self._options.accounts, reuse_window=self._options.reuse_window)
        log = FrameLog(self._options.log, self._gateway.now)
        orders = self._orders = OrderSocket(self._gateway, login, self._options, self._plan, log)
        push = PushServer(PushServices(self._gateway, login, self._options, self._plan), log)
        tokens = bullets(self._options.ping_interval, self._options.ping_timeout)
        runner = web.AppRunner(
            _application(orders, push, Rest(self._gateway, login, self._plan, log, tokens)),
            access_log=None,  # it would show the signed URLs
            shutdown_timeout=SHUTDOWN_TIMEOUT,
        )
        await runner.setup()
        try:
            await web.SockSite(runner, self._listener).start()
            stop_requested = asyncio.Event()
            self._started.set_result((asyncio.get_running_loop(), stop_requested))
            await self._tick_until(stop_requested)
        finally:
            await runner.cleanup()

    async def _tick_until(self, stop_requested: asyncio.Event) -> None:
        pace = self._options.market_pace
        mover = asyncio.create_task(_move_market(self._gateway, pace)) if pace else None
        try:
            while not stop_requested.is_set():
                due = self._gateway.tick()
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(stop_requested.wait(), min(TICK, due))
        finally:
            if mover is not None:
                mover.cancel()


async def _move_market(gateway: Gateway, pace: float) -> None:
    """Replace `pace` orders of the market maker a second; what was missed for lack of time is not made up for."""
    clock = asyncio.get_running_loop().time
    seen, owed = clock(), 0.0
    while True:
        await asyncio.sleep(MOVE)
        now = clock()
        owed = min(owed + pace * (now - seen), pace * MOST_BEHIND)
        seen = now
        while owed >= 1:
            owed -= 1
            gateway.requote()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _application(orders: OrderSocket, push: PushServer, rest: Rest) -> web.Application:
    async def serve_order_socket(request: web.Request) -> web.StreamResponse:
        if not web.WebSocketResponse().can_prepare(request):
            return respond(UNKNOWN_URL)
        return await orders.serve(request)

    async def close_connections(_: web.Application) -> None:
        await asyncio.gather(orders.close_all(), push.close_all())

    application = web.Application(client_max_size=MAXIMUM_BODY)
    application.on_shutdown.append(close_connections)
    application.add_routes(rest.routes())
    application.add_routes(push.routes())
    # Every other URL: the order socket tells clients of a wrong path so in its own way.
    application.router.add_route("*", "/{path:.*}", serve_order_socket)
    return application
