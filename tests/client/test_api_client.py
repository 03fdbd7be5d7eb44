"""All fourteen operations, from the call to the ledger of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from scripted_exchange import PATIENCE

from kucoin_wsapi import (
    BatchError,
    ClientOrderId,
    FuturesOrder,
    InsufficientFundsError,
    MarginOrder,
    SpotOrder,
    WebsocketAPIClient,
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


# Refused


def test_a_refusal_carries_everything_that_is_known(client):
    """Class by meaning, the exchange's code and text, the request, and that it was sent."""
    order = SpotOrder(symbol="BTC-USDT", side="buy", type="limit", price=60000, size=1000, client_oid="big")
    with pytest.raises(InsufficientFundsError, match="big") as caught:
        client.submit_new_spot_order(order).result(PATIENCE)
    error = caught.value
    assert (error.code, error.op, error.ws_key, error.request) == ("200004", "spot.order", SPOT, order)
    assert error.sent_at is not None
    assert error.response.round_trip > 0
