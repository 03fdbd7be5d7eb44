"""What the fault tests share: a client of a fault server, orders, and waiting with a deadline."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from fault_server import API_KEY, API_PASSPHRASE, API_SECRET, FaultServer

from kucoin_wsapi import WebsocketClient, WsKey
from kucoin_wsapi.options import Backoff

SPOT = WsKey.WS_API_SPOT_V1
EVENTS = ("open", "reconnected", "authenticated", "reconnect", "close", "response", "exception")

_PATIENCE = 20.0


def client_of(server: FaultServer | str, **options: Any) -> WebsocketClient:
    """A client of a server, or of a URL, that does not wait long for anything."""
    url = server if isinstance(server, str) else server.url
    defaults = {"connect_timeout": 5.0, "close_timeout": 0.2, "backoff": Backoff(base=0.01, cap=0.05)}
    return WebsocketClient(API_KEY, API_SECRET, API_PASSPHRASE, ws_url=url, **defaults | options)


def place(client: WebsocketClient, client_oid: str, *, timeout: float | None = None, **more: Any) -> Any:
    """Send an order; returns its future."""
    params = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "1", "size": "1"}
    return client.send_ws_api_request(
        SPOT, "spot.order", params | {"clientOid": client_oid} | more, timeout=timeout
    )


def settled(futures: Iterable[Any]) -> list[Any]:
    """The outcomes of all futures, responses and exceptions, in order; none may stay open."""
    wanted = list(futures)
    _, open_ones = concurrent.futures.wait(wanted, timeout=_PATIENCE)
    assert not open_ones, f"{len(open_ones)} of {len(wanted)} futures never settled"
    return [future.exception() or future.result() for future in wanted]


def outcome(future: Any) -> Any:
    """The outcome of one future."""
    return settled([future])[0]


def eventually(happened: Callable[[], object], what: str) -> None:
    """Until ``happened()`` is true."""
    deadline = time.monotonic() + _PATIENCE
    pause = threading.Event()
    while not happened():
        assert time.monotonic() < deadline, f"it never happened: {what}"
        pause.wait(0.002)


class Recorder:
    """All events of a client, in order, as (name, event)."""

    def __init__(self, client: WebsocketClient) -> None:
        self.events: list[tuple[str, Any]] = []
        for name in EVENTS:
            client.on(name, lambda event, name=name: self.events.append((name, event)))

    def named(self, name: str) -> list[Any]:
        """The events of one name."""
        return [event for found, event in list(self.events) if found == name]

    def life(self) -> list[str]:
        """The names of the life-cycle events, in order."""
        return [name for name, _ in list(self.events) if name not in ("response", "exception")]

    def wait_for(self, name: str, count: int = 1) -> list[Any]:
        """The events of one name, once there are ``count`` of them."""
        eventually(lambda: len(self.named(name)) >= count, f"{count} events {name!r}")
        return self.named(name)
