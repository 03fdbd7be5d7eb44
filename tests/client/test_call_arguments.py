"""What may be given to a call, typed or raw: what reaches the wire, and what is refused before it does."""

from __future__ import annotations

import concurrent.futures
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import attrs
import pytest
from scripted_exchange import PATIENCE, ScriptedExchange, stay_silent

from kucoin_wsapi import (
    FuturesBatchCancel,
    FuturesBatchOrder,
    FuturesCancel,
    FuturesOrder,
    InvalidRequestError,
    MarginCancel,
    MarginOrder,
    NotReadyError,
    RejectedError,
    ReplyTimeoutError,
    SpotCancel,
    SpotModify,
    SpotOrder,
    UtaAmend,
    UtaCancel,
    UtaOrder,
    WebsocketAPIClient,
    WsKey,
)
from kucoin_wsapi.sandbox import Sandbox

SPOT, FUTURES = WsKey.WS_API_SPOT_V1, WsKey.WS_API_FUTURES_V1
RESTING = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}
FUTURES_RESTING = {"symbol": "XBTUSDTM", "side": "buy", "price": "20000", "size": 2, "leverage": 5}
UTA_RESTING = {
    "trade_type": "SPOT",
    "symbol": "BTC-USDT",
    "side": "BUY",
    "order_type": "LIMIT",
    "price": "20000",
    "size": "0.001",
    "size_unit": "BASECCY",
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A local exchange."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[WebsocketAPIClient]:
    """A client of it."""
    with WebsocketAPIClient(**sandbox.client_options(), attach_event_listeners=False) as client:
        yield client


OBJECTS: list[tuple[str, Any]] = [
    ("submit_new_spot_order", SpotOrder(**RESTING)),
    ("modify_spot_order", SpotModify(symbol="BTC-USDT", order_id="o", new_price=1)),
    ("cancel_spot_order", SpotCancel(symbol="BTC-USDT", order_id="o")),
    ("submit_sync_spot_order", SpotOrder(**RESTING)),
    ("cancel_sync_spot_order", SpotCancel(symbol="BTC-USDT", order_id="o")),
    ("submit_margin_order", MarginOrder(**RESTING)),
    ("cancel_margin_order", MarginCancel(symbol="BTC-USDT", order_id="o")),
    ("submit_futures_order", FuturesOrder(**FUTURES_RESTING)),
    ("cancel_futures_order", FuturesCancel(order_id="o")),
    ("submit_multiple_futures_orders", FuturesBatchOrder(orders=[FuturesOrder(**FUTURES_RESTING)])),
    ("cancel_multiple_futures_orders", FuturesBatchCancel(order_ids=["o"])),
    ("submit_uta_order", UtaOrder(**UTA_RESTING)),
    ("amend_uta_order", UtaAmend(symbol="BTC-USDT", order_id="o", new_price=1)),
    ("cancel_uta_order", UtaCancel(trade_type="SPOT", symbol="BTC-USDT", order_id="o")),
]
METHODS = [name for name, _ in OBJECTS]


def fields_of(request: Any) -> dict[str, Any]:
    """The request's fields as keywords."""
    return {name: value for name, value in attrs.asdict(request, recurse=False).items() if value is not None}


@pytest.fixture
def exchange() -> Iterator[ScriptedExchange]:
    """An exchange that keeps what it receives and never answers."""
    with ScriptedExchange(stay_silent) as exchange:
        yield exchange


@pytest.fixture
def unanswered(exchange: ScriptedExchange) -> Iterator[WebsocketAPIClient]:
    """A client of it."""
    with WebsocketAPIClient(
        **exchange.client_options(), attach_event_listeners=False, close_timeout=0
    ) as client:
        yield client


@pytest.mark.parametrize(("method", "request_object"), OBJECTS, ids=METHODS)
def test_keywords_and_object_put_the_same_on_the_wire(exchange, unanswered, method, request_object):
    """The two ways of asking differ in nothing but the made-up client ids and the request's id."""
    with_id = request_object
    if method.startswith("submit") and hasattr(request_object, "client_oid"):
        with_id = attrs.evolve(request_object, client_oid="same")
    if method == "submit_multiple_futures_orders":
        with_id = FuturesBatchOrder(orders=[FuturesOrder(**FUTURES_RESTING, client_oid="same")])
    first = getattr(unanswered, method)(with_id, timeout=PATIENCE)
    second = getattr(unanswered, method)(**fields_of(with_id), timeout=PATIENCE)
    while len(exchange.requests) < 2:
        assert concurrent.futures.wait([first, second], 0.01).not_done
    one, other = exchange.requests
    assert one.pop("id") == first.request_id
    assert other.pop("id") == second.request_id
    assert one == other
    assert one["op"] == first.op


@pytest.mark.parametrize(("method", "request_object"), OBJECTS, ids=METHODS)
def test_ws_key_chooses_the_connection_and_timeout_the_patience(unanswered, method, request_object):
    """Both go with an object and with keywords, and take the key's name too."""
    future = getattr(unanswered, method)(request_object, ws_key="wsApiFuturesV1", timeout=0.2)
    other = getattr(unanswered, method)(**fields_of(request_object), ws_key=SPOT, timeout=0.2)
    assert (future.ws_key, other.ws_key) == (FUTURES, SPOT)
    for waiting in (future, other):
        with pytest.raises((ReplyTimeoutError, NotReadyError)):
            waiting.result(PATIENCE)


@pytest.mark.parametrize(("method", "request_object"), OBJECTS, ids=METHODS)
def test_object_and_keywords_together_are_refused(exchange, unanswered, method, request_object):
    """Nobody could tell which of them is meant."""
    with pytest.raises(InvalidRequestError, match="not both"):
        getattr(unanswered, method)(request_object, **fields_of(request_object))
    assert exchange.connections == []


@pytest.mark.parametrize(("method", "request_object"), OBJECTS, ids=METHODS)
def test_an_object_of_another_class_is_refused(exchange, unanswered, method, request_object):
    """A cancel is not an order; the message names the class that is needed."""
    wrong = (
        WsKey.WS_API_SPOT_V1
        if "cancel" in method
        else UtaCancel(trade_type="SPOT", symbol="BTC-USDT", order_id="o")
    )
    with pytest.raises(InvalidRequestError):
        getattr(unanswered, method)(wrong)
    with pytest.raises(InvalidRequestError):
        getattr(unanswered, method)({"symbol": "BTC-USDT"})
    assert exchange.connections == []


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_keyword_is_refused_by_name(exchange, unanswered, method):
    """A misspelt field must not be dropped silently."""
    with pytest.raises(InvalidRequestError, match=r"symbl.*the fields of") as caught:
        getattr(unanswered, method)(symbl="BTC-USDT")
    assert caught.value.field == "symbl"
    assert exchange.connections == []


@pytest.mark.parametrize("method", METHODS)
def test_a_call_without_anything_is_refused(exchange, unanswered, method):
    """The message names a field."""
    with pytest.raises(InvalidRequestError, match=r"\w+: ") as caught:
        getattr(unanswered, method)()
    assert caught.value.field
    assert exchange.connections == []


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("price", {"price": 20000.5}),
    ("size", {"size": 0.001}),
    ("price", {"price": Decimal("NaN")}),
    ("price", {"price": "inf"}),
    ("size", {"size": "-1"}),
    ("size", {"size": 0}),
    ("price", {"price": None}),
    ("size", {"size": None}),
    ("funds", {"funds": "10"}),
    ("symbol", {"symbol": ""}),
    ("symbol", {"symbol": None}),
    ("side", {"side": "hold"}),
    ("type", {"type": "stop"}),
    ("client_oid", {"client_oid": "x" * 41}),
    ("client_oid", {"client_oid": "with blank"}),
    ("cancel_after", {"time_in_force": "GTT"}),
    ("post_only", {"post_only": "yes"}),
]


@pytest.mark.parametrize(("field", "change"), WRONG)
def test_a_wrong_field_is_named_and_nothing_is_sent(exchange, unanswered, field, change):
    """Not even a connection is made."""
    with pytest.raises(InvalidRequestError, match=f"^{field}: ") as caught:
        unanswered.submit_new_spot_order(**{**RESTING, **change})
    assert caught.value.field == field
    assert exchange.connections == []


@pytest.mark.parametrize("timeout", [0, -1, math.nan, math.inf, "3", True, Decimal(3)])
def test_a_wrong_timeout_is_refused(exchange, unanswered, timeout):
    """It names the argument and the rule."""
    with pytest.raises(InvalidRequestError, match=r"timeout: .*seconds") as caught:
        unanswered.submit_new_spot_order(**RESTING, timeout=timeout)
    assert caught.value.field == "timeout"
    assert exchange.connections == []


@pytest.mark.parametrize("ws_key", ["wsApiSpotV2", None, 1, ["wsApiSpotV1"]])
def test_a_wrong_ws_key_of_a_call_is_refused_as_an_argument_of_the_call(exchange, unanswered, ws_key):
    """Like every other argument of a call, and naming the known keys."""
    with pytest.raises(InvalidRequestError, match="wsApiFuturesV1") as caught:
        unanswered.submit_new_spot_order(**RESTING, ws_key=ws_key)
    assert caught.value.field == "ws_key"
    assert exchange.connections == []


@pytest.mark.parametrize("order_type", [SpotOrder, MarginOrder])
def test_an_order_without_a_client_oid_gets_a_new_one_each_time(exchange, unanswered, order_type):
    """So that it can be looked up; the given request stays as it was."""
    method: Callable[..., Any] = (
        unanswered.submit_new_spot_order if order_type is SpotOrder else unanswered.submit_margin_order
    )
    order = order_type(**RESTING)
    futures = [method(order) for _ in range(100)]
    assert order.client_oid is None
    assert len({future.client_oid for future in futures}) == 100
    assert all(future.client_oid.isalnum() and len(future.client_oid) <= 32 for future in futures)


def test_a_raw_request_is_sent_and_answered_as_it_is(sandbox, client):
    """Wire names in, the exchange's own data out; no client id is made up."""
    ws_client = client.get_ws_client()
    args = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}
    response = ws_client.send_ws_api_request("wsApiSpotV1", "spot.order", args).result(PATIENCE)
    assert response.data == response.raw["data"]
    order = sandbox.find_order(order_id=response.data["orderId"])
    assert order is not None
    assert order.is_active
    assert response.request == args
    cancelled = ws_client.send_ws_api_request(
        SPOT, "spot.cancel", {"symbol": "BTC-USDT", "orderId": order.order_id}
    ).result(PATIENCE)
    assert cancelled.data["orderId"] == order.order_id


def test_a_raw_request_of_an_operation_that_is_newer_than_the_package_goes_out(exchange, unanswered):
    """Its parameters may be a list, and nest."""
    future = unanswered.get_ws_client().send_ws_api_request(
        FUTURES, "futures.newer_thing", [{"clientOid": "é", "deep": {"er": [1, None, True]}}], timeout=1
    )
    with pytest.raises(ReplyTimeoutError):
        future.result(PATIENCE)
    (request,) = exchange.requests
    assert request["op"] == "futures.newer_thing"
    assert request["args"] == [{"clientOid": "é", "deep": {"er": [1, None, True]}}]


def test_an_operation_that_the_exchange_does_not_know_is_a_refusal(client):
    """With the exchange's code and text."""
    future = client.get_ws_client().send_ws_api_request(SPOT, "spot.nonsense", {})
    with pytest.raises(RejectedError) as caught:
        future.result(PATIENCE)
    assert caught.value.code in str(caught.value)
    assert caught.value.op == "spot.nonsense"


CIRCULAR: dict[str, Any] = {}
CIRCULAR["self"] = CIRCULAR


@attrs.frozen
class Foreign:
    """A class that is no request of this package."""

    symbol: str = "BTC-USDT"


@pytest.mark.parametrize(
    "params",
    [
        {"price": Decimal(1)},
        {"price": math.nan},
        {"price": math.inf},
        {"when": pytest},  # a module: nothing that JSON knows, and its repr is the same in every process
        {"raw": b"bytes"},
        {("a", "b"): 1},
        CIRCULAR,
        None,
        "text",
        7,
        Foreign(),
        Foreign,
    ],
    ids=repr,
)
def test_raw_parameters_that_are_not_json_are_refused_at_once(exchange, unanswered, params):
    """As an error of the call that names the parameter; nothing is sent."""
    with pytest.raises(InvalidRequestError, match=r"^params: ") as caught:
        unanswered.get_ws_client().send_ws_api_request(SPOT, "spot.order", params)
    assert caught.value.field == "params"
    assert exchange.connections == []


@pytest.mark.parametrize("operation", ["", None, 5])
def test_an_operation_that_is_no_text_is_refused(exchange, unanswered, operation):
    """It names the argument."""
    with pytest.raises(InvalidRequestError, match=r"^operation: "):
        unanswered.get_ws_client().send_ws_api_request(SPOT, operation, {})
    assert exchange.connections == []


def test_parameters_may_be_changed_after_the_call(exchange, unanswered):
    """What was sent, and what errors report, is what was given."""
    args = {"symbol": "BTC-USDT", "clientOid": "mine"}
    future = unanswered.get_ws_client().send_ws_api_request(SPOT, "spot.cancel", args, timeout=0.5)
    args["symbol"] = "changed"
    with pytest.raises(ReplyTimeoutError) as caught:
        future.result(PATIENCE)
    assert caught.value.request == {"symbol": "BTC-USDT", "clientOid": "mine"}
    assert caught.value.client_oid == "mine"
    assert exchange.requests[0]["args"]["symbol"] == "BTC-USDT"
