"""This client, as its users call it, alone and under conditions."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

from kucoin_wsapi import Channel, WebsocketAPIClient, WsKey

from .server import ORDER, trusting

__all__ = ["Beside", "Raw", "Typed", "client_of"]

_SPOT, _UPDATES = WsKey.WS_API_SPOT_V1, WsKey.SPOT_PUBLIC_PRO_V2
_LONG = 600.0  # seconds: longer than any run
MANY = 10_000


def client_of(url: str, ca: str | None, **options: Any) -> WebsocketAPIClient:
    """A client of the benchmark's server."""
    return WebsocketAPIClient(
        "key",
        "secret",
        "passphrase",
        attach_event_listeners=False,
        ws_url=url,
        rest_url="http://127.0.0.1:9",
        ssl_context=trusting(ca),
        **options,
    )


class Raw:
    """``send_ws_api_request`` with the exchange's names."""

    def __init__(self, url: str, ca: str | None) -> None:
        self.client = client_of(url, ca, max_in_flight=2 * MANY)
        self.client.connect_ws_api()
        self._send = self.client.get_ws_client().send_ws_api_request

    def submit(self) -> Future[Any]:
        """Its future."""
        return self._send(_SPOT, "spot.order", ORDER)

    def order(self) -> None:
        """Submit, wait."""
        self._send(_SPOT, "spot.order", ORDER).result()

    def close(self) -> None:
        """The end."""
        self.client.close()


class Typed(Raw):
    """``submit_new_spot_order`` with keywords: checked, given a client id, answered with a typed response."""

    def submit(self) -> Future[Any]:
        """Its future."""
        return self.client.submit_new_spot_order(
            symbol="BTC-USDT", side="buy", type="limit", price="20000", size="0.0001"
        )

    def order(self) -> None:
        """Submit, wait."""
        self.submit().result()


class Beside(Raw):
    """Raw requests beside something else, which goes on exactly while it is measured."""

    def __init__(self, url: str, ca: str | None, what: str) -> None:
        super().__init__(url, ca)
        self._conditions = {
            "updates": self._updates,
            "computing": _computing,
            "computing at 0.5 ms": _computing_in_short_turns,
            "in flight": self._in_flight,
        }
        self._what = what

    def measured(self) -> contextlib.AbstractContextManager[None]:
        """The condition."""
        return self._conditions[self._what]()

    @contextlib.contextmanager
    def _updates(self) -> Iterator[None]:
        client = self.client.get_ws_client()
        seen, enough = 0, threading.Event()

        def count(update: object) -> None:
            nonlocal seen
            seen += 1
            if seen == 100:
                enough.set()

        ticker = Channel("ticker", symbol="BTC-USDT")
        client.connect(_UPDATES)  # again, where it was closed
        client.subscribe(ticker, _UPDATES, handler=count).result()
        if not enough.wait(10):
            raise RuntimeError("no updates came")
        yield
        client.unsubscribe(ticker, _UPDATES).result()
        client.close(_UPDATES)

    @contextlib.contextmanager
    def _in_flight(self) -> Iterator[None]:
        client = self.client.get_ws_client()
        waiting = [client.send_ws_api_request(_SPOT, "held.order", ORDER, timeout=_LONG) for _ in range(MANY)]
        self.order()  # whose answer comes after all of them have been written
        yield
        client.close(_SPOT)
        del waiting
        client.connect(_SPOT)


@contextlib.contextmanager
def _computing_in_short_turns() -> Iterator[None]:
    """With a tenth of the time for which a thread keeps the interpreter while others want it."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(interval / 10)
    with _computing():
        yield
    sys.setswitchinterval(interval)


@contextlib.contextmanager
def _computing() -> Iterator[None]:
    stop = threading.Event()

    def compute() -> None:
        number = 0
        while not stop.is_set():
            for _ in range(1000):
                number = (number * 31 + 7) % 1_000_003

    thread = threading.Thread(target=compute)
    thread.start()
    yield
    stop.set()
    thread.join()
