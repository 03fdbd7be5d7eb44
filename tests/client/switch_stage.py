"""A sandbox with a front before its REST and a relay before its order socket, and clients whose problems are noted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest
from relay import Relay
from rest_front import Call, LostError, RestFront
from scripted_exchange import PATIENCE, eventually

from kucoin_wsapi import (
    Backoff,
    ConnectionEvent,
    DeadManSwitch,
    DeadManSwitchError,
    ExceptionEvent,
    WebsocketAPIClient,
    WsKey,
)
from kucoin_wsapi._dead_man_switch import SwitchKeeper
from kucoin_wsapi.sandbox import Sandbox

SPOT = WsKey.WS_API_SPOT_V1
RESTING: dict[str, Any] = {
    "symbol": "BTC-USDT",
    "side": "buy",
    "type": "limit",
    "price": "20000",
    "size": "0.001",
}
LONG = DeadManSwitch(timeout=86_400)  # not renewed for hours
SHORT = DeadManSwitch(timeout=5)
REFUSAL = {"code": "400007", "msg": "Access denied, requires more permission."}
START = 1_742_175_983.0


class Stage:
    """A sandbox, the front of its REST, a relay before its order socket, and clients of the two."""

    def __init__(self, stack: ExitStack, **options: Any) -> None:
        self.sandbox = stack.enter_context(Sandbox(**options))
        self._options: dict[str, Any] = {**self.sandbox.client_options()}
        self.front = stack.enter_context(RestFront(self._options["rest_url"]))
        port = int(self._options["ws_url"].rpartition(":")[2])
        self.relay = stack.enter_context(closing(Relay(port)))
        self.problems: list[Exception] = []
        self._stack = stack

    def client(self, switch: DeadManSwitch | None = LONG, **more: Any) -> WebsocketAPIClient:
        """A client that has the switch, closed after the test; its problems are noted."""
        options = {
            **self._options,
            "ws_url": f"ws://127.0.0.1:{self.relay.port}",
            "rest_url": self.front.url,
            "backoff": Backoff(base=0.01, cap=0.05),
            "close_timeout": 2.0,
            **more,
        }
        client = WebsocketAPIClient(**options, dead_man_switch=switch, attach_event_listeners=False)
        self._stack.enter_context(closing(client))
        self.listen(client)
        return client

    def listen(self, client: WebsocketAPIClient) -> None:
        """Note the problems of a client."""

        def note(event: ExceptionEvent) -> None:
            if isinstance(event.error, DeadManSwitchError):
                assert event.ws_key is SPOT
                self.problems.append(event.error)

        client.get_ws_client().on("exception", note)

    def armed(self, times: int = 1) -> None:
        """Wait until the exchange has armed the switch so often."""
        eventually(lambda: len(self.front.timeouts()) >= times, "the arming")
        eventually(self.is_armed, "the arming")

    def is_armed(self) -> bool:
        """Whether the timer runs at the exchange."""
        return self.sandbox._gateway.read(lambda exchange: exchange.next_trigger()) is not None

    def is_open(self, order_id: str) -> bool:
        """Whether the order is active."""
        order = self.sandbox.find_order(order_id=order_id)
        assert order is not None
        return order.is_active


def place(client: WebsocketAPIClient) -> str:
    """The id of a new order that rests."""
    return client.submit_new_spot_order(**RESTING).result(PATIENCE).data.order_id


def our_threads() -> list[str]:
    """The names of the threads of clients."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("kucoin-wsapi-")]


class Gate:
    """Holds the request with the given number, from 0, until it is opened."""

    def __init__(self, front: RestFront, number: int) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self._front = front
        self._number = number
        front.before = self._hold

    def _hold(self, call: Call) -> None:
        if self._front.calls.index(call) == self._number:
            self.reached.set()
            assert self.opened.wait(PATIENCE)


@contextmanager
def held(stage: Stage) -> Iterator[None]:
    """REST takes requests and does not answer."""
    released = threading.Event()

    def hold(_: Call) -> None:
        released.wait(PATIENCE)

    stage.front.before = hold
    try:
        yield
    finally:
        released.set()


def lose(lost: bool) -> None:
    """For a hook: end the connection without an answer, if so."""
    if lost:
        raise LostError


def hold_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the thread of a switch run only when its client has been asked to close."""
    run = SwitchKeeper._run

    def late(keeper: SwitchKeeper) -> None:
        eventually(lambda: keeper._over, "the end of the client")
        run(keeper)

    monkeypatch.setattr(SwitchKeeper, "_run", late)


def tell_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a connection tell that it is ready only when its client has been asked to close."""
    emit = SwitchKeeper.emit

    def late(keeper: SwitchKeeper, event: ConnectionEvent | ExceptionEvent) -> None:
        if isinstance(event, ConnectionEvent) and event.name == "authenticated":
            eventually(lambda: keeper._over, "the end of the client")
        emit(keeper, event)

    monkeypatch.setattr(SwitchKeeper, "emit", late)


@contextmanager
def placed_at_once(stage: Stage, client: WebsocketAPIClient) -> Iterator[None]:
    """An order was written while the connection was ready and has not told so: another thread connects it."""
    connecting = threading.Thread(target=client.connect_ws_api)
    connecting.start()
    try:
        eventually(lambda: "wsApiSpotV1: ready" in repr(client), "the connection")
        client.submit_new_spot_order(**RESTING)
        eventually(lambda: stage.sandbox.orders, "the order")
        yield
    finally:
        client.close()
        connecting.join()
