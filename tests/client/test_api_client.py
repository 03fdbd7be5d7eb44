"""All fourteen operations and raw requests, from the call to the ledger of the sandbox."""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import hmac
import math
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import attrs
import pytest
from scripted_exchange import PATIENCE, ScriptedExchange, stay_silent

from kucoin_wsapi import (
    AuthenticationError,
    BatchError,
    ClientOrderId,
    ConfigurationError,
    FuturesBatchCancel,
    FuturesBatchOrder,
    FuturesCancel,
    FuturesOrder,
    InsufficientFundsError,
    InvalidRequestError,
    MarginCancel,
    MarginOrder,
    NotReadyError,
    RejectedError,
    ReplyTimeoutError,
    SpotCancel,
    SpotModify,
    SpotOrder,
    TransportError,
    UtaAmend,
    UtaCancel,
    UtaOrder,
    WebsocketAPIClient,
    WebsocketClient,
    WsKey,
)
from kucoin_wsapi.sandbox import OrderView, Sandbox

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


def the_order(sandbox: Sandbox, order_id: str) -> OrderView:
    """The order as the exchange's ledger has it."""
    order = sandbox.find_order(order_id=order_id)
    assert order is not None
    return order


def balance(sandbox: Sandbox, account: str, currency: str) -> Decimal:
    """What is available and on hold together."""
    (found,) = (b for b in sandbox.balances if (b.account, b.currency) == (account, currency))
    return found.available + found.hold


# Spot


def test_submit_new_spot_order_rests_in_the_book(sandbox, client):
    """A limit order below the market waits, with its value on hold."""
    response = client.submit_new_spot_order(**RESTING, client_oid="mine", remark="note").result(PATIENCE)
    order = the_order(sandbox, response.data.order_id)
    assert order.is_active
    assert order.in_book
    assert (order.terms.client_oid, order.terms.remark, order.terms.price) == ("mine", "note", Decimal(20000))
    assert (response.data.client_oid, response.op, response.ws_key) == ("mine", "spot.order", SPOT)
    assert order.hold >= 20


def test_a_market_order_by_funds_fills(sandbox, client):
    """Its quote currency is spent and base currency arrives."""
    usdt, btc = balance(sandbox, "trade", "USDT"), balance(sandbox, "trade", "BTC")
    data = client.submit_new_spot_order(symbol="BTC-USDT", side="buy", type="market", funds=100).result().data
    fills = [fill for fill in sandbox.fills if fill.order_id == data.order_id]
    assert fills
    assert balance(sandbox, "trade", "BTC") == btc + sum(fill.size for fill in fills)
    assert balance(sandbox, "trade", "USDT") == usdt - sum(fill.value + fill.fee for fill in fills)


def test_modify_spot_order_replaces_it(sandbox, client):
    """The answer has the new order's id; the old one is cancelled."""
    old = client.submit_new_spot_order(SpotOrder(**RESTING)).result(PATIENCE).data.order_id
    new = client.modify_spot_order(symbol="BTC-USDT", order_id=old, new_price="21000").result().data
    assert not the_order(sandbox, old).is_active
    order = the_order(sandbox, new.new_order_id)
    assert (order.is_active, order.terms.price, order.terms.size) == (True, Decimal(21000), Decimal("0.001"))


def test_cancel_spot_order_cancels_by_either_id(sandbox, client):
    """By the exchange's id and by the caller's."""
    first = client.submit_new_spot_order(**RESTING).result(PATIENCE).data
    second = client.submit_new_spot_order(**RESTING).result(PATIENCE).data
    by_order_id = client.cancel_spot_order(symbol="BTC-USDT", order_id=first.order_id).result(PATIENCE)
    by_client_oid = client.cancel_spot_order(symbol="BTC-USDT", client_oid=second.client_oid).result(PATIENCE)
    assert by_order_id.data.order_id == first.order_id
    assert by_client_oid.data.client_oid == second.client_oid
    assert not any(order.is_active for order in sandbox.orders)


def test_submit_sync_spot_order_tells_the_sizes(sandbox, client):
    """They are those of the ledger, for one that fills and for one that rests."""
    filled = client.submit_sync_spot_order(
        symbol="BTC-USDT", side="buy", type="limit", price="70000", size="0.01", time_in_force="IOC"
    ).result(PATIENCE)
    order = the_order(sandbox, filled.data.order_id)
    assert (filled.data.status, filled.data.deal_size) == ("done", Decimal("0.01"))
    assert order.filled_size == filled.data.deal_size
    resting = client.submit_sync_spot_order(**RESTING).result(PATIENCE).data
    assert (resting.status, resting.deal_size, resting.remain_size) == ("open", 0, Decimal("0.001"))


def test_cancel_sync_spot_order_tells_the_sizes(sandbox, client):
    """What was cancelled is what the order had left."""
    order_id = client.submit_new_spot_order(**RESTING).result(PATIENCE).data.order_id
    data = client.cancel_sync_spot_order(symbol="BTC-USDT", order_id=order_id).result(PATIENCE).data
    assert (data.canceled_size, data.deal_size, data.status) == (Decimal("0.001"), 0, "done")
    assert the_order(sandbox, order_id).canceled_size == Decimal("0.001")


# Margin


def test_submit_margin_order_trades_from_the_margin_account(sandbox, client):
    """The trade account stays as it is."""
    trade, margin = balance(sandbox, "trade", "USDT"), balance(sandbox, "margin", "USDT")
    data = client.submit_margin_order(symbol="BTC-USDT", side="buy", type="market", size="0.01").result().data
    assert the_order(sandbox, data.order_id).filled_size == Decimal("0.01")
    assert balance(sandbox, "trade", "USDT") == trade
    assert balance(sandbox, "margin", "USDT") < margin


def test_cancel_margin_order_cancels_it(sandbox, client):
    """The order is in the margin account's name, and gone afterwards."""
    data = client.submit_margin_order(MarginOrder(**RESTING)).result(PATIENCE).data
    assert the_order(sandbox, data.order_id).terms.product == "margin"
    answer = client.cancel_margin_order(symbol="BTC-USDT", order_id=data.order_id).result(PATIENCE)
    assert answer.data.order_id == data.order_id
    assert not the_order(sandbox, data.order_id).is_active


# Futures


def test_submit_futures_order_opens_a_position(sandbox, client):
    """It travels over the futures connection."""
    response = client.submit_futures_order(
        symbol="XBTUSDTM", side="buy", type="market", size=3, leverage=5
    ).result(PATIENCE)
    (position,) = (p for p in sandbox.positions if p.symbol == "XBTUSDTM")
    assert (position.size, position.leverage) == (3, 5)
    assert response.ws_key is FUTURES
    assert "wsApiSpotV1" not in repr(client)


def test_cancel_futures_order_cancels_by_either_id(sandbox, client):
    """By the exchange's id the answer lists it; by the caller's it repeats that."""
    first = client.submit_futures_order(**FUTURES_RESTING).result(PATIENCE).data
    second = client.submit_futures_order(FuturesOrder(**FUTURES_RESTING)).result(PATIENCE).data
    one = client.cancel_futures_order(order_id=first.order_id).result(PATIENCE).data
    other = client.cancel_futures_order(symbol="XBTUSDTM", client_oid=second.client_oid).result(PATIENCE).data
    assert one.cancelled_order_ids == (first.order_id,)
    assert other.client_oid == second.client_oid
    assert not any(order.is_active for order in sandbox.orders)


def test_a_batch_of_futures_orders_reports_each_order(sandbox, client):
    """One that fails does not stop the others, and the result says which is which."""
    batch = [
        FuturesOrder(**FUTURES_RESTING, client_oid="good"),
        FuturesOrder(**{**FUTURES_RESTING, "symbol": "NOSUCH"}, client_oid="bad"),
        FuturesOrder(**FUTURES_RESTING),
    ]
    result = client.submit_multiple_futures_orders(batch).result(PATIENCE).data
    assert [item.ok for item in result] == [True, False, True]
    assert [item.client_oid for item in result][:2] == ["good", "bad"]
    assert {order.order_id for order in sandbox.orders} == {item.order_id for item in result.succeeded}
    with pytest.raises(BatchError) as caught:
        result.raise_if_any_failed()
    assert [item.client_oid for item in caught.value.failed] == ["bad"]
    assert all(order.terms.client_oid for order in sandbox.orders)


def test_cancel_multiple_futures_orders_reports_each_cancel(sandbox, client):
    """By the exchange's ids and by the caller's; an unknown one fails alone."""
    batch = [FuturesOrder(**FUTURES_RESTING, client_oid=f"order-{number}") for number in range(4)]
    placed = client.submit_multiple_futures_orders(orders=batch).result(PATIENCE).data
    ids = [item.order_id for item in placed]
    first = client.cancel_multiple_futures_orders(order_ids=[*ids[:2], "unknown"]).result(PATIENCE).data
    assert [item.ok for item in first] == [True, True, False]
    second = client.cancel_multiple_futures_orders(
        client_oids=[("XBTUSDTM", "order-2"), ClientOrderId("XBTUSDTM", "order-3")]
    ).result(PATIENCE)
    assert [item.ok for item in second.data] == [True, True]
    assert not any(order.is_active for order in sandbox.orders)


# Unified account


def test_the_three_operations_of_the_unified_account(sandbox, client):
    """An order is placed, amended and cancelled, over the spot connection."""
    placed = client.submit_uta_order(**UTA_RESTING).result(PATIENCE)
    order_id = placed.data.order_id
    assert placed.ws_key is SPOT
    assert the_order(sandbox, order_id).terms.is_uta
    amended = client.amend_uta_order(
        symbol="BTC-USDT", trade_type="SPOT", order_id=order_id, new_price="21000"
    ).result(PATIENCE)
    assert the_order(sandbox, amended.data.order_id).terms.price == Decimal(21000)
    client.cancel_uta_order(trade_type="SPOT", symbol="BTC-USDT", order_id=amended.data.order_id).result(
        PATIENCE
    )
    assert not any(order.is_active for order in sandbox.orders)


# What holds for every method

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


# Raw requests


def test_a_raw_request_is_sent_and_answered_as_it_is(sandbox, client):
    """Wire names in, the exchange's own data out; no client id is made up."""
    ws_client = client.get_ws_client()
    args = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "20000", "size": "0.001"}
    response = ws_client.send_ws_api_request("wsApiSpotV1", "spot.order", args).result(PATIENCE)
    assert response.data == response.raw["data"]
    order = the_order(sandbox, response.data["orderId"])
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
        {"when": object()},
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


# Connecting


def test_connect_ws_api_returns_when_orders_can_be_sent(client):
    """The connection is ready, and nothing else was opened."""
    client.connect_ws_api(FUTURES, timeout=PATIENCE)
    assert "wsApiFuturesV1: ready" in repr(client)
    assert "wsApiSpotV1" not in repr(client)
    client.get_ws_client().connect_all(PATIENCE)
    assert "wsApiSpotV1: ready" in repr(client)


def test_a_refused_key_raises_from_connect_and_from_calls_with_code_and_text(sandbox):
    """The exchange's own words, at once, from wherever the key is used first."""
    options = {**sandbox.client_options(), "api_secret": "mistyped"}
    with WebsocketAPIClient(**options, attach_event_listeners=False) as client:
        with pytest.raises(AuthenticationError, match="400004") as caught:
            client.connect_ws_api(timeout=PATIENCE)
        assert caught.value.code == "400004"
        assert caught.value.message
        assert "mistyped" not in str(caught.value)
        future = client.submit_futures_order(**FUTURES_RESTING, timeout=PATIENCE)
        with pytest.raises(NotReadyError, match="400004") as unsent:
            future.result(PATIENCE)
        assert isinstance(unsent.value.__cause__, AuthenticationError)


def test_a_refused_key_is_tried_again_only_when_connect_asks_for_it():
    """Calls fail without a new connection; `connect_ws_api` makes one, and works once the key does."""
    refusal = {"code": "400003", "msg": "KC-API-KEY not exists.", "inTime": 1, "outTime": 2}
    with (
        ScriptedExchange(refusal=refusal) as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        for _ in range(5):
            with pytest.raises(NotReadyError, match="400003"):
                client.submit_new_spot_order(**RESTING).result(PATIENCE)
        assert len(exchange.connections) == 1
        with pytest.raises(AuthenticationError, match="400003"):
            client.connect_ws_api(timeout=PATIENCE)
        assert len(exchange.connections) == 2
        exchange.refusal = None
        client.connect_ws_api(timeout=PATIENCE)
        assert client.submit_new_spot_order(**RESTING, timeout=0.2).ws_key is SPOT
        assert len(exchange.connections) == 3


def test_connect_ws_api_raises_at_its_deadline_with_the_last_reason():
    """A passing trouble is retried until then."""
    with ScriptedExchange() as gone:
        options = gone.client_options()
    with WebsocketAPIClient(**options, attach_event_listeners=False) as client:
        started = time.monotonic()
        with pytest.raises(TransportError, match=r"wsApiSpotV1.*0\.5 s.*refused"):
            client.connect_ws_api(timeout=0.5)
        assert 0.4 < time.monotonic() - started < 10


def test_connect_ws_api_raises_at_its_deadline_when_the_exchange_says_nothing():
    """The socket is open, but no challenge comes."""
    with (
        ScriptedExchange(challenge=False) as exchange,
        WebsocketAPIClient(**exchange.client_options(), attach_event_listeners=False) as client,
    ):
        with pytest.raises(TransportError, match="not ready"):
            client.connect_ws_api(timeout=0.3)
        with pytest.raises(TransportError, match="not ready"):
            client.connect_ws_api(timeout=0.1)


@pytest.mark.parametrize("timeout", [-1, math.nan, "3", True])
def test_a_wrong_timeout_of_connect_is_refused(exchange, unanswered, timeout):
    """Before anything is opened."""
    with pytest.raises(ValueError, match="timeout: "):
        unanswered.connect_ws_api(timeout=timeout)
    assert exchange.connections == []


def test_a_client_without_a_key_says_so():
    """It can be made, for what needs no key, but not trade."""
    with WebsocketAPIClient(attach_event_listeners=False) as client:
        with pytest.raises(AuthenticationError, match="no credentials"):
            client.connect_ws_api(timeout=PATIENCE)
        with pytest.raises(NotReadyError, match="no credentials"):
            client.submit_new_spot_order(**RESTING).result(PATIENCE)


# Options


def test_from_env_reads_the_key(sandbox, monkeypatch):
    """Both clients do; options go beside it."""
    options = sandbox.client_options()
    for name in ("api_key", "api_secret", "api_passphrase"):
        monkeypatch.setenv(f"KUCOIN_{name.upper()}", options.pop(name))
    with WebsocketAPIClient.from_env(**options, attach_event_listeners=False) as client:
        assert client.submit_new_spot_order(**RESTING).result(PATIENCE).code == "200000"
    with WebsocketClient.from_env(**options) as ws_client:
        ws_client.connect(SPOT, PATIENCE)


def test_from_env_names_what_is_missing(monkeypatch):
    """All of it."""
    monkeypatch.setenv("KUCOIN_API_KEY", "key")
    monkeypatch.setenv("KUCOIN_API_SECRET", "")
    monkeypatch.delenv("KUCOIN_API_PASSPHRASE", raising=False)
    with pytest.raises(ConfigurationError, match=r"KUCOIN_API_SECRET, KUCOIN_API_PASSPHRASE") as caught:
        WebsocketAPIClient.from_env()
    assert "KUCOIN_API_KEY" not in str(caught.value)


def test_enable_ns_makes_the_gateways_times_nanoseconds(sandbox):
    """As sent; without it they are milliseconds."""
    options = sandbox.client_options()
    with WebsocketAPIClient(**options, attach_event_listeners=False, enable_ns=True) as client:
        response = client.submit_new_spot_order(**RESTING).result(PATIENCE)
        assert abs(response.in_time - time.time_ns()) < 60 * 10**9
        assert response.out_time >= response.in_time
    with WebsocketAPIClient(**options, attach_event_listeners=False) as client:
        response = client.submit_new_spot_order(**RESTING).result(PATIENCE)
        assert abs(response.in_time - time.time() * 1000) < 60 * 10**3


def test_a_broker_signs_as_partner(sandbox):
    """The right key is let in, a wrong one is refused with the exchange's code."""
    options = {**sandbox.client_options(), **sandbox.partner_options()}
    with WebsocketAPIClient(**options, attach_event_listeners=False) as client:
        client.connect_ws_api(timeout=PATIENCE)
    wrong = {**options, "partner_key": "wrong"}
    with (
        WebsocketAPIClient(**wrong, attach_event_listeners=False) as client,
        pytest.raises(AuthenticationError, match="40020"),
    ):
        client.connect_ws_api(timeout=PATIENCE)


def test_a_custom_signer_makes_every_signature(sandbox):
    """It is called with message and secret, for the URL and for the challenge."""
    messages: list[str] = []

    def sign(message: str, secret: str) -> str:
        messages.append(message)
        return base64.b64encode(hmac.digest(secret.encode(), message.encode(), hashlib.sha256)).decode()

    options = sandbox.client_options()
    with WebsocketAPIClient(**options, attach_event_listeners=False, sign_message=sign) as client:
        client.connect_ws_api(timeout=PATIENCE)
    assert any(message.startswith(options["api_key"]) for message in messages)
    assert options["api_passphrase"] in messages
    assert any(message.startswith('{"sessionId"') for message in messages)


@pytest.mark.parametrize("when", ["url", "challenge"])
def test_a_signer_that_raises_is_an_authentication_error_without_the_secret(sandbox, when, caplog):
    """Its exception's text may hold the secret, so only its kind is told; it is not tried in a loop."""
    calls: list[str] = []

    def sign(message: str, secret: str) -> str:
        calls.append(message)
        if when == "url" or message.startswith("{"):
            raise RuntimeError(f"cannot use {secret}")
        return base64.b64encode(hmac.digest(secret.encode(), message.encode(), hashlib.sha256)).decode()

    options = sandbox.client_options()
    with WebsocketAPIClient(**options, attach_event_listeners=False, sign_message=sign) as client:
        with pytest.raises(AuthenticationError, match="RuntimeError") as caught:
            client.connect_ws_api(timeout=PATIENCE)
        attempts = len(calls)
        with pytest.raises(NotReadyError, match="RuntimeError"):
            client.submit_new_spot_order(**RESTING).result(PATIENCE)
        assert len(calls) == attempts
    assert options["api_secret"] not in f"{caught.value!r} {caught.value.__cause__!r} {caplog.text}"
    assert caught.value.__context__ is None


def test_a_signer_that_returns_no_text_is_an_authentication_error(sandbox):
    """It would otherwise break the connection's thread."""
    options = sandbox.client_options()
    with (
        WebsocketAPIClient(
            **options, attach_event_listeners=False, sign_message=lambda message, secret: b"bytes"
        ) as client,
        pytest.raises(AuthenticationError, match="sign_message"),
    ):
        client.connect_ws_api(timeout=PATIENCE)


def test_a_signer_that_returns_no_text_for_the_challenge_is_an_authentication_error(sandbox):
    """Also then nothing breaks, and the key is not hammered."""

    def sign(message: str, secret: str) -> Any:
        if message.startswith("{"):
            return None
        return base64.b64encode(hmac.digest(secret.encode(), message.encode(), hashlib.sha256)).decode()

    options = sandbox.client_options()
    with (
        WebsocketAPIClient(**options, attach_event_listeners=False, sign_message=sign) as client,
        pytest.raises(AuthenticationError, match="sign_message"),
    ):
        client.connect_ws_api(timeout=PATIENCE)


def test_ws_url_may_name_another_host_for_each_key(sandbox):
    """By key or by its name; both exchanges get what is theirs."""
    options = sandbox.client_options()
    with Sandbox() as other:
        urls = {SPOT: options["ws_url"], "wsApiFuturesV1": other.client_options()["ws_url"]}
        with WebsocketAPIClient(**{**options, "ws_url": urls}, attach_event_listeners=False) as client:
            client.submit_new_spot_order(**RESTING).result(PATIENCE)
            client.submit_futures_order(**FUTURES_RESTING).result(PATIENCE)
        assert [order.terms.product for order in sandbox.orders] == ["spot"]
        assert [order.terms.product for order in other.orders] == ["futures"]


@pytest.mark.parametrize("region", ["global", "EU", "AU"])
def test_every_region_can_trade(sandbox, region):
    """The order socket has one host for all of them, or the one that is given."""
    with WebsocketAPIClient(
        **sandbox.client_options(), attach_event_listeners=False, api_region=region
    ) as client:
        client.connect_ws_api(timeout=PATIENCE)


def test_an_unknown_option_is_refused_by_name(sandbox):
    """A misspelt option must not be dropped silently."""
    with pytest.raises(ConfigurationError, match=r"pingInterval.*ping_interval"):
        WebsocketAPIClient(**sandbox.client_options(), pingInterval=3)


def test_a_refusal_carries_everything_that_is_known(client):
    """Class by meaning, the exchange's code and text, the request, and that it was sent."""
    order = SpotOrder(symbol="BTC-USDT", side="buy", type="limit", price=60000, size=1000, client_oid="big")
    with pytest.raises(InsufficientFundsError, match="big") as caught:
        client.submit_new_spot_order(order).result(PATIENCE)
    error = caught.value
    assert (error.code, error.op, error.ws_key, error.request) == ("200004", "spot.order", SPOT, order)
    assert error.sent_at is not None
    assert error.response.round_trip > 0
