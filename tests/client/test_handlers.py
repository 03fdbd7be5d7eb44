"""Adding and removing handlers, and what a handler may do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from event_trace import NAMES, Trace
from scripted_exchange import PATIENCE, ScriptedExchange

from kucoin_wsapi import (
    ConfigurationError,
    ConnectionEvent,
    InvalidRequestError,
    WebsocketAPIClient,
    WebsocketClient,
    WsKey,
)

SPOT = WsKey.WS_API_SPOT_V1
RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}


def new_client(exchange: ScriptedExchange, **more: Any) -> WebsocketAPIClient:
    """A client of the exchange that logs nothing."""
    options = {**exchange.client_options(), "close_timeout": 0.2, **more}
    return WebsocketAPIClient(**options, attach_event_listeners=False)


@pytest.fixture
def exchange() -> Iterator[ScriptedExchange]:
    """An exchange that accepts every order."""
    with ScriptedExchange() as exchange:
        yield exchange


def test_on_is_chainable_and_a_decorator(exchange):
    """The decorated function stays what it was."""
    with new_client(exchange) as client:
        ws_client = client.get_ws_client()
        heard: list[str] = []
        assert ws_client.on("open", lambda _: heard.append("one")) is ws_client
        assert ws_client.once("open", lambda _: heard.append("two")) is ws_client

        @ws_client.on("open")
        def three(event: ConnectionEvent) -> None:
            heard.append("three")

        @ws_client.once("open")
        def four(event: ConnectionEvent) -> None:
            heard.append("four")

        assert three.__name__ == "three"
        client.connect_ws_api(timeout=PATIENCE)
    assert heard == ["one", "two", "three", "four"]


def test_once_hears_one_event_and_on_every_one(exchange):
    """Also when both are the same function."""
    with new_client(exchange) as client:
        heard: list[str] = []
        ws_client = client.get_ws_client()
        ws_client.once("response", lambda response: heard.append("once"))
        ws_client.on("response", lambda response: heard.append("on"))
        for _ in range(3):
            client.submit_new_spot_order(**RESTING).result(PATIENCE)
    assert heard == ["once", "on", "on", "on"]


ORDER_KEYS = [key for key in WsKey if key.is_for_orders]


def test_once_is_once_also_when_events_come_from_two_connections(exchange):
    """Two loops announce at the same time; one of them wins."""
    heard: list[object] = []
    for _ in range(20):
        with new_client(exchange) as client:
            ws_client = client.get_ws_client().once("authenticated", heard.append)
            threads = [threading.Thread(target=ws_client.connect, args=(key, PATIENCE)) for key in ORDER_KEYS]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
    assert len(heard) == 20


def test_off_stops_a_handler(exchange):
    """A method too, of whoever added it; one that does not listen is no mistake."""

    class Listener:
        def __init__(self) -> None:
            self.heard = 0

        def hear(self, event: object) -> None:
            self.heard += 1

    with new_client(exchange) as client:
        ws_client = client.get_ws_client()
        gone, stays, never = Listener(), Listener(), Listener()
        ws_client.on("response", gone.hear).on("response", stays.hear).once("response", never.hear)
        assert ws_client.off("response", gone.hear) is ws_client
        ws_client.off("response", never.hear).off("response", never.hear).off("open", stays.hear)
        client.submit_new_spot_order(**RESTING).result(PATIENCE)
    assert (gone.heard, stays.heard, never.heard) == (0, 1, 0)


def test_a_handler_may_remove_itself(exchange):
    """While its event is being delivered."""
    with new_client(exchange) as client:
        ws_client = client.get_ws_client()
        heard: list[object] = []

        def hear(event: object) -> None:
            heard.append(event)
            ws_client.off("response", hear)

        ws_client.on("response", hear)
        for _ in range(3):
            client.submit_new_spot_order(**RESTING).result(PATIENCE)
            ran = threading.Event()
            client.submit_new_spot_order(**RESTING).add_done_callback(lambda _, ran=ran: ran.set())
            assert ran.wait(PATIENCE)
    assert len(heard) == 1


@pytest.mark.parametrize("method", ["on", "once", "off"])
@pytest.mark.parametrize("event", ["opened", "", "OPEN", None, 1])
def test_an_unknown_event_is_refused_and_the_known_ones_are_told(method, event):
    """A handler that never hears anything would be a silent mistake."""
    ws_client = WebsocketClient()
    with pytest.raises((ConfigurationError, InvalidRequestError), match="authenticated"):
        getattr(ws_client, method)(event, print)


def test_a_decorator_for_an_unknown_event_is_refused_before_the_function():
    """At the line of the decorator."""
    with pytest.raises(ValueError, match="authenticated"):
        WebsocketClient().on("opened")


def test_a_handler_that_cannot_be_called_is_refused():
    """When it is added, not when the event comes."""
    with pytest.raises(ValueError, match="handler"):
        WebsocketClient().on("open", "print")  # type: ignore[arg-type]  # the mistake under test


def test_an_error_in_any_handler_stops_neither_the_others_nor_the_orders(exchange, caplog):
    """Each is reported once as an `exception` event of no connection, and logged."""
    with new_client(exchange) as client:
        ws_client = client.get_ws_client()

        def fail(event: object) -> None:
            raise RuntimeError("mine")

        for name in NAMES:
            ws_client.on(name, fail)
        trace = Trace(client)
        client.connect_ws_api(timeout=PATIENCE)
        trace.wait_for("authenticated")
        exchange.connections[0].drop()
        trace.wait_for("authenticated", 2)
        assert client.submit_new_spot_order(**RESTING).result(PATIENCE).code == "200000"
        trace.wait_for("response")
    life = [name for name in trace.names if name != "exception"]
    assert life == [
        *("open", "authenticated", "reconnect", "reconnected", "authenticated", "response", "close")
    ]
    reports = trace.all("exception")
    assert len(reports) == len(life)
    assert {str(event.error) for event in reports} == {"mine"}
    assert {event.ws_key for event in reports} == {None}
    # One for each event above, and one for each time the handler of `exception` itself failed.
    assert sum(bool(record.exc_info) for record in caplog.records) == 2 * len(life)


def test_a_handler_may_be_added_while_events_come(exchange):
    """From another thread, without disturbing the delivery."""
    with new_client(exchange) as client:
        ws_client = client.get_ws_client()
        heard: list[object] = []
        stop = threading.Event()

        def add_and_remove() -> None:
            while not stop.is_set():
                ws_client.on("open", print)
                ws_client.off("open", print)

        meddler = threading.Thread(target=add_and_remove)
        meddler.start()
        ws_client.on("response", heard.append)
        for _ in range(200):
            client.submit_new_spot_order(**RESTING).result(PATIENCE)
        stop.set()
        meddler.join(PATIENCE)
    assert len(heard) == 200
