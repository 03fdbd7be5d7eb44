"""What a user would take instead: the same order over other libraries, each as its documentation shows it."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import Any

import aiohttp
import websocket
import websockets.sync.client

from .server import ORDER

__all__ = ["AiohttpClient", "OfficialSdk", "WebsocketClientLibrary", "WebsocketsSync"]

_SIGNATURE = "a signature that nobody checks"


def _request(number: int) -> str:
    return json.dumps({"id": f"6710d8336afcdb-{number}", "op": "spot.order", "args": ORDER})


class WebsocketClientLibrary:
    """websocket-client in one thread."""

    def __init__(self, url: str, ca: str | None) -> None:
        assert ca is None
        self._numbers = itertools.count()
        self._socket = websocket.create_connection(f"{url}/v1/private")
        self._socket.recv()
        self._socket.send(_SIGNATURE)
        self._socket.recv()

    def order(self) -> None:
        """Write, read, decode."""
        self._socket.send(_request(next(self._numbers)))
        assert json.loads(self._socket.recv())["code"] == "200000"

    def close(self) -> None:
        """The end."""
        self._socket.close()


class WebsocketsSync:
    """websockets, its threaded client."""

    def __init__(self, url: str, ca: str | None) -> None:
        assert ca is None
        self._numbers = itertools.count()
        self._socket = websockets.sync.client.connect(f"{url}/v1/private", compression=None)
        self._socket.recv()
        self._socket.send(_SIGNATURE)
        self._socket.recv()

    def order(self) -> None:
        """Write, read, decode."""
        self._socket.send(_request(next(self._numbers)))
        assert json.loads(self._socket.recv())["code"] == "200000"

    def close(self) -> None:
        """The end."""
        self._socket.close()


class OfficialSdk:
    """kucoin-universal-sdk, its trade socket; only the address is changed."""

    def __init__(self, url: str, ca: str | None) -> None:
        from kucoin_universal_sdk.api.client import DefaultClient
        from kucoin_universal_sdk.model.client_option import ClientOptionBuilder
        from kucoin_universal_sdk.model.transport_option import TransportOption
        from kucoin_universal_sdk.model.websocket_option import WebSocketClientOption

        assert ca is None
        builder = ClientOptionBuilder().set_key("key").set_secret("secret").set_passphrase("passphrase")
        builder.set_spot_endpoint("http://127.0.0.1:9").set_futures_endpoint("http://127.0.0.1:9")
        builder.set_transport_option(TransportOption())
        builder.set_websocket_client_option(WebSocketClientOption(reconnect=False, dial_timeout=5.0))
        self._socket: Any = DefaultClient(builder.build()).ws_service().new_uta_private_trade_ws()
        self._socket._ws_service.ENDPOINT = f"{url}/v1/private"
        self._socket.start()

    def order(self) -> None:
        """As its users place one."""
        answer = self._socket.place_order(ORDER)
        assert answer is not None

    def close(self) -> None:
        """The process ends; its own ``stop`` waits for ten seconds."""


class AiohttpClient:
    """aiohttp: what asyncio users have."""

    def __init__(self, url: str, ca: str | None) -> None:
        assert ca is None
        self._loop = asyncio.new_event_loop()
        self._numbers = itertools.count()
        self._session, self._socket = self._loop.run_until_complete(self._connect(url))

    @staticmethod
    async def _connect(url: str) -> tuple[aiohttp.ClientSession, aiohttp.ClientWebSocketResponse]:
        session = aiohttp.ClientSession()
        socket = await session.ws_connect(f"{url}/v1/private")
        await socket.receive_str()
        await socket.send_str(_SIGNATURE)
        await socket.receive_str()
        return session, socket

    def latencies(self, count: int) -> list[int]:
        """One after the other, in one run of the loop."""
        return self._loop.run_until_complete(self._orders(count))

    async def _orders(self, count: int) -> list[int]:
        taken = []
        for _ in range(count):
            start = time.perf_counter_ns()
            await self._socket.send_str(_request(next(self._numbers)))
            assert json.loads(await self._socket.receive_str())["code"] == "200000"
            taken.append(time.perf_counter_ns() - start)
        return taken

    def close(self) -> None:
        """The end."""
        self._loop.run_until_complete(self._session.close())
        self._loop.close()
