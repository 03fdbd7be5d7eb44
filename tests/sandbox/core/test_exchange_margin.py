"""Cross-margin orders, by example (KuCoin documentation, "Add Order" and "Cancel Order" of margin)."""

from __future__ import annotations

from decimal import Decimal

from core_support import Market

ORDER = {"symbol": "BTC-USDT", "side": "buy", "price": "50000", "size": "1", "clientOid": "m"}


def test_margin_order_trades_on_the_spot_book_from_the_margin_account() -> None:
    """A spot seller and a margin buyer meet; each is paid on the account of the order."""
    market = Market()
    market.spot("bob", "sell", "50000", "1")

    data = market.data("alice", "margin.order", ORDER)

    assert market.order("alice", "margin", data["orderId"]).filled_size == 1
    assert market.balance("alice", "margin", "BTC") == (11, 0)
    assert market.balance("alice", "margin", "USDT") == (1_000_000 - 50_050, 0)
    assert market.balance("alice", "trade", "BTC") == (10, 0)


def test_auto_borrow_with_sufficient_funds_borrows_nothing() -> None:
    """The answer names the order and no loan."""
    market = Market()

    data = market.data("alice", "margin.order", {**ORDER, "autoBorrow": True, "autoRepay": True})

    assert data.keys() == {"orderId", "clientOid"}


def test_cancel_releases_the_hold_and_echoes_the_client_oid() -> None:
    """margin.cancel answers with the key that was used."""
    market = Market()
    market.data("alice", "margin.order", ORDER)

    assert market.data("alice", "margin.cancel", {"symbol": "BTC-USDT", "clientOid": "m"}) == {
        "clientOid": "m"
    }
    assert market.balance("alice", "margin", "USDT") == (Decimal(1_000_000), Decimal(0))


def test_spot_operations_do_not_touch_margin_orders() -> None:
    """spot.cancel does not find an order of margin, nor margin.cancel one of spot."""
    market = Market()
    margin_id = market.data("alice", "margin.order", ORDER)["orderId"]
    spot_id = market.spot("alice", "buy", "50000", "1")["orderId"]

    assert market.do("alice", "spot.cancel", {"symbol": "BTC-USDT", "orderId": margin_id}).code == "400100"
    assert market.do("alice", "margin.cancel", {"symbol": "BTC-USDT", "orderId": spot_id}).code == "400100"
