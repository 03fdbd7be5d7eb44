"""Spot and margin orders of the unified account (KuCoin documentation, "Place Order", "Modify Order", Pro API)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from core_support import Market

from kucoin_wsapi.sandbox.records import uta_record

BTC = "BTC-USDT"
ORDER = {
    "symbol": BTC,
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "50000",
    "size": "1",
    "clientOid": "u",
}


@pytest.mark.parametrize(
    ("trade_type", "account"),
    [("SPOT", "trade"), ("MARGIN", "margin"), ("CROSS", "margin"), ("ISOLATED", "isolated:BTC-USDT")],
)
def test_trade_type_decides_the_account(trade_type: str, account: str) -> None:
    """The answer echoes what was asked for; cancelling it under that name gives the hold back."""
    market = Market()
    market.exchange.open_account("carol", {account: {"USDT": Decimal(50_050)}})

    placed = market.data("carol", "uta.order", {**ORDER, "tradeType": trade_type})

    assert placed == {
        "orderId": placed["orderId"],
        "tradeType": trade_type,
        "ts": market.now,
        "clientOid": "u",
    }
    assert market.balance("carol", account, "USDT") == (0, 50_050)
    record = uta_record(market.order("carol", "uta", placed["orderId"]))
    assert record["tradeType"] == ("MARGIN" if trade_type == "CROSS" else trade_type)
    canceled = market.data("carol", "uta.cancel", {"tradeType": trade_type, "symbol": BTC, "clientOid": "u"})
    assert (canceled["orderId"], canceled["tradeType"]) == (placed["orderId"], trade_type)
    assert market.balance("carol", account, "USDT") == (50_050, 0)


def test_margin_order_borrows_and_repays() -> None:
    """The answer does not tell of the loan; the liabilities do."""
    market = Market()
    market.exchange.open_account("carol", {"margin": {"USDT": Decimal(20_000)}})
    market.spot("bob", "sell", "50000", "1")
    order = {**ORDER, "tradeType": "MARGIN"}

    data = market.data("carol", "uta.order", {**order, "autoBorrow": True})
    assert data.keys() == {"orderId", "tradeType", "ts", "clientOid"}
    assert [each.owed for each in market.exchange.liabilities("carol")] == [30_050]

    market.spot("bob", "buy", "50000", "1")
    market.data("carol", "uta.order", {**order, "side": "SELL", "autoRepay": True})
    assert market.exchange.liabilities("carol") == ()


def test_margin_order_can_be_amended_and_looked_up() -> None:
    """With and without the trade type, as either account calls it."""
    market = Market()
    order_id = market.data("alice", "uta.order", {**ORDER, "tradeType": "MARGIN"})["orderId"]

    market.data("alice", "uta.amend", {"symbol": BTC, "orderId": order_id, "newPrice": "49000"})
    market.data(
        "alice", "uta.amend", {"symbol": BTC, "clientOid": "u", "newSize": "2", "tradeType": "MARGIN"}
    )

    for product in ("uta", "margin"):
        found = market.order("alice", product, order_id)
        assert (found.terms.price, found.terms.size, found.hold) == (49000, 2, 98_098)


@pytest.mark.parametrize(("mode", "deal", "own_is_active"), [("CN", "0", True), ("CO", "1", False)])
def test_self_trade_prevention_works_as_on_spot(mode: str, deal: str, own_is_active: bool) -> None:
    """The modes are the same."""
    market = Market()
    own = market.spot("alice", "sell", "50000", "1")["orderId"]
    market.spot("bob", "sell", "50000", "1")

    data = market.data("alice", "uta.order", {**ORDER, "tradeType": "SPOT", "stp": mode})

    assert market.order("alice", "uta", data["orderId"]).filled_size == Decimal(deal)
    assert market.order("alice", "spot", own).is_active == own_is_active


def test_amend_beyond_the_price_protection_is_refused() -> None:
    """As a new order would be."""
    market = Market()
    market.spot("bob", "sell", "50000", "1")
    market.data("alice", "uta.order", {**ORDER, "tradeType": "SPOT", "price": "49000"})

    change = {"symbol": BTC, "clientOid": "u", "newPrice": "55000.1"}

    assert market.do("alice", "uta.amend", change).code == "106170"


def test_limits_are_those_of_the_unified_account() -> None:
    """500 orders of a symbol, spot and margin together."""
    market = Market()
    for number in range(500):
        order = {**ORDER, "size": "0.001", "clientOid": f"n{number}"}
        market.data("alice", "uta.order", {**order, "tradeType": ("SPOT", "MARGIN")[number % 2]})

    assert market.do("alice", "uta.order", {**ORDER, "tradeType": "SPOT"}).code == "106206"
