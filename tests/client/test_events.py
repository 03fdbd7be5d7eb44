"""What is announced, in which order, how often, and to whom."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from event_trace import Trace
from scripted_exchange import PATIENCE, Connection, ScriptedExchange, acknowledge, eventually, stay_silent

from kucoin_wsapi import (
    AuthenticationError,
    Backoff,
    ConnectionEvent,
    ConnectionLostError,
    ExceptionEvent,
    OrderNotFoundError,
    ProtocolError,
    RejectedError,
    ReplyTimeoutError,
    TransportError,
    WebsocketAPIClient,
    WSAPIResponse,
    WsKey,
)
from kucoin_wsapi.sandbox import Sandbox

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


def test_a_quiet_life_is_open_authenticated_response_close(exchange):
    """Each once, with key and generation and without a reason."""
    with new_client(exchange) as client:
        trace = Trace(client)
        client.submit_new_spot_order(**RESTING).result(PATIENCE)
    assert trace.names == ["open", "authenticated", "response", "close"]
    assert [event for name, event in trace.events if name != "response"] == [
        ConnectionEvent("open", SPOT, 1),
        ConnectionEvent("authenticated", SPOT, 1, clock_skew=client.clock_skew),
        ConnectionEvent("close", SPOT, 1),
    ]


def test_each_key_has_events_of_its_own(exchange):
    """Two connections, two times everything."""
    with new_client(exchange) as client:
        trace = Trace(client)
        client.get_ws_client().connect_all(PATIENCE)
    for name in ("open", "authenticated", "close"):
        assert {event.ws_key for event in trace.all(name)} == {key for key in WsKey if key.is_for_orders}
        assert len(trace.all(name)) == 2


def test_after_a_loss_comes_reconnect_then_reconnected_then_authenticated():
    """`reconnect` has the old generation and the reason; the new socket has the next number."""
    with ScriptedExchange() as exchange, new_client(exchange) as client:
        trace = Trace(client)
        for number in range(1, 4):
            client.connect_ws_api(timeout=PATIENCE)
            trace.wait_for("authenticated", number)
            exchange.connections[-1].drop()
            trace.wait_for("reconnect", number)
        trace.wait_for("authenticated", 4)
    assert trace.names == [
        "open",
        "authenticated",
        *["reconnect", "reconnected", "authenticated"] * 3,
        "close",
    ]
    assert [event.generation for _, event in trace.events] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    for event in trace.all("reconnect"):
        assert isinstance(event.reason, TransportError)
    assert all(event.reason is None for name, event in trace.events if name != "reconnect")


def test_calls_in_flight_settle_before_reconnect_is_announced():
    """Settle, then done-callbacks, then their `exception` events, then `reconnect`: each once."""
    with ScriptedExchange(stay_silent) as exchange, new_client(exchange) as client:
        order: list[str] = []
        ws_client = client.get_ws_client()
        futures: list[Any] = []
        settled_first: list[bool] = []
        ws_client.on("exception", lambda event: order.append(f"exception {event.error.client_oid}"))

        @ws_client.on("reconnect")
        def reconnect(event: ConnectionEvent) -> None:
            order.append("reconnect")
            settled_first.append(all(future.done() for future in futures))

        for oid in ("a", "b", "c"):
            future = client.submit_new_spot_order(**RESTING, client_oid=oid)
            future.add_done_callback(lambda f: order.append(f"callback {f.client_oid}"))
            futures.append(future)
        eventually(lambda: len(exchange.requests) == 3, "the orders")
        exchange.connections[0].drop()
        for future in futures:
            with pytest.raises(ConnectionLostError):
                future.result(PATIENCE)
        eventually(lambda: settled_first, "reconnect")
    assert settled_first == [True]
    assert order == [
        *("callback a", "exception a", "callback b", "exception b", "callback c", "exception c"),
        "reconnect",
    ]


def test_close_comes_last_after_what_it_settles():
    """The calls that it leaves without an answer are told before."""
    with ScriptedExchange(stay_silent) as exchange:
        client = new_client(exchange)
        trace = Trace(client)
        future = client.submit_new_spot_order(**RESTING, timeout=60)
        eventually(lambda: exchange.requests, "the order")
        client.close()
        client.close()
    assert trace.names == ["open", "authenticated", "exception", "close"]
    assert trace.all("exception")[0].error is future.exception()
    assert trace.all("close")[0].reason is None


def test_an_answer_wakes_its_waiter_then_its_callbacks_then_the_handlers():
    """The same order for a success and for a refusal, for each of many orders."""
    codes = ["200000", "400100"] * 10
    ready = threading.Event()

    def answer(connection: Connection, request: dict[str, Any]) -> None:
        ready.wait(PATIENCE)
        code = codes[int(request["args"]["clientOid"])]
        connection.send({"id": request["id"], "op": request["op"], "code": code, "data": {"orderId": "o"}})

    with ScriptedExchange(answer) as exchange, new_client(exchange) as client:
        order: list[tuple[str, str, bool]] = []
        futures = [client.submit_new_spot_order(**RESTING, client_oid=str(n)) for n in range(len(codes))]

        def note(kind: str, oid: str) -> None:
            order.append((kind, oid, futures[int(oid)].done()))

        client.get_ws_client().on("response", lambda response: note("handler", response.request.client_oid))
        client.get_ws_client().on("exception", lambda event: note("handler", event.error.client_oid))
        for future in futures:
            future.add_done_callback(lambda f: note("callback", f.client_oid))
        ready.set()
        eventually(lambda: len(order) == 2 * len(codes), "all of them")
    expected = [(kind, str(n), True) for n in range(len(codes)) for kind in ("callback", "handler")]
    assert order == expected


def test_the_client_comes_back_when_the_exchange_does():
    """The sandbox stops and starts again with its orders; the client reconnects and cancels one."""
    with (
        Sandbox() as sandbox,
        WebsocketAPIClient(
            **sandbox.client_options(), attach_event_listeners=False, backoff=Backoff(base=0.05, cap=0.1)
        ) as client,
    ):
        trace = Trace(client)
        order_id = client.submit_new_spot_order(**RESTING).result(PATIENCE).data.order_id
        sandbox.stop()
        trace.wait_for("reconnect")
        trace.wait_for("exception")
        sandbox.start()
        client.connect_ws_api(timeout=PATIENCE)
        assert client.cancel_spot_order(symbol="BTC-USDT", order_id=order_id).result(PATIENCE)
        assert not sandbox.orders[0].is_active
    life = [name for name in trace.names if name not in ("exception", "response")]
    assert life == ["open", "authenticated", "reconnect", "reconnected", "authenticated", "close"]
    assert all(isinstance(event.error, TransportError) for event in trace.all("exception"))


def test_a_response_event_is_the_response_itself(exchange):
    """The same object that the future has, telling that it answers a request."""
    with new_client(exchange) as client:
        trace = Trace(client)
        response = client.submit_new_spot_order(**RESTING).result(PATIENCE)
    (event,) = trace.all("response")
    assert isinstance(event, WSAPIResponse)
    assert event is response
    assert event.is_ws_api_response
    assert not event.late


def test_a_refusal_is_an_exception_event_that_answers_a_request(exchange):
    """With the error that the future raises; no `response` event beside it."""

    def refuse(connection: Connection, request: dict[str, Any]) -> None:
        connection.send(
            {"id": request["id"], "op": request["op"], "code": "400100", "msg": "order not exist"}
        )

    exchange.answer = refuse
    with new_client(exchange) as client:
        trace = Trace(client)
        future = client.cancel_spot_order(symbol="BTC-USDT", order_id="gone")
        with pytest.raises(RejectedError):
            future.result(PATIENCE)
    (event,) = trace.all("exception")
    assert event == ExceptionEvent(SPOT, future.exception(), True, False, 1)
    assert trace.all("response") == []


@pytest.mark.parametrize("code", ["200000", "400100"])
def test_a_late_answer_is_an_event_marked_late(code):
    """The future has timed out and stays so; what became of the order is told all the same."""
    held: list[tuple[Connection, dict[str, Any]]] = []

    def hold(connection: Connection, request: dict[str, Any]) -> None:
        held.append((connection, request))

    with ScriptedExchange(hold) as exchange, new_client(exchange) as client:
        trace = Trace(client)
        client.connect_ws_api(timeout=PATIENCE)
        future = client.submit_new_spot_order(**RESTING, timeout=0.3, client_oid="late-one")
        with pytest.raises(ReplyTimeoutError):
            future.result(PATIENCE)
        eventually(lambda: held, "the order")
        connection, request = held[0]
        data = {"orderId": "o1", "clientOid": "late-one"} if code == "200000" else None
        connection.send(
            {"id": request["id"], "op": request["op"], "code": code, "msg": "not exist", "data": data}
        )
        if code == "200000":
            event = trace.wait_for("response")
            assert (event.late, event.data.order_id, event.request.client_oid) == (True, "o1", "late-one")
        else:
            event = trace.wait_for("exception", 2)
            assert event.late
            assert event.is_ws_api_response
            assert isinstance(event.error, OrderNotFoundError | RejectedError)
            assert event.error.client_oid == "late-one"
        assert isinstance(future.exception(), ReplyTimeoutError)
        connection.send({"id": request["id"], "op": request["op"], "code": code, "data": data})
        eventually(
            lambda: [e for e in trace.all("exception") if isinstance(e.error, ProtocolError)], "the second"
        )


def test_an_answer_to_nothing_is_an_exception_event_and_harms_nobody():
    """An unknown id, a code without an id, and text that is no JSON: the orders go on."""

    def answer(connection: Connection, request: dict[str, Any]) -> None:
        connection.send({"id": "unknown", "op": "spot.order", "code": "200000", "data": {}})
        connection.send({"code": "4001002", "msg": "bad"})
        connection.send("not json")
        acknowledge(connection, request)

    with ScriptedExchange(answer) as exchange, new_client(exchange) as client:
        trace = Trace(client)
        assert client.submit_new_spot_order(**RESTING).result(PATIENCE).code == "200000"
    assert trace.names == ["open", "authenticated", *["exception"] * 3, "response", "close"]
    assert all(isinstance(event.error, ProtocolError) for event in trace.all("exception"))
    assert [event.is_ws_api_response for event in trace.all("exception")] == [True, True, False]


def test_a_refused_login_is_one_exception_and_a_close_with_the_reason():
    """In this order; `open` came before, because the socket was up."""
    with ScriptedExchange(refusal={"code": "400003", "msg": "no such key"}) as exchange:
        client = new_client(exchange)
        trace = Trace(client)
        with pytest.raises(AuthenticationError):
            client.connect_ws_api(timeout=PATIENCE)
        client.close()
    assert trace.names == ["open", "exception", "close"]
    error = trace.all("exception")[0].error
    assert isinstance(error, AuthenticationError)
    assert trace.all("close")[0].reason is error
