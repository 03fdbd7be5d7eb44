"""Unified-account orders, by example (KuCoin documentation, "Place Order", "Modify Order", "Cancel Order", Pro API)."""

from __future__ import annotations

from decimal import Decimal

from core_support import Market

from kucoin_wsapi.sandbox.orders import OrderView

SPOT = {
    "tradeType": "SPOT",
    "symbol": "BTC-USDT",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "50000",
    "size": "1",
}
FUTURES = {
    "tradeType": "FUTURES",
    "symbol": "XBTUSDTM",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "60000",
    "size": "5",
    "clientOid": "u",
}


def place(market: Market, args: dict[str, str], **more: object) -> OrderView:
    data = market.data("alice", "uta.order", {**args, **more})
    return market.order("alice", "uta", data["orderId"])


def test_answer_names_order_trade_type_and_time_in_nanoseconds() -> None:
    """As the captured replies do."""
    market = Market()

    data = market.data("alice", "uta.order", FUTURES)

    assert data == {"orderId": data["orderId"], "tradeType": "FUTURES", "ts": market.now, "clientOid": "u"}


def test_spot_order_trades_on_the_classic_book_and_account() -> None:
    """A classic seller meets a unified buyer."""
    market = Market()
    market.spot("bob", "sell", "50000", "1")

    assert place(market, SPOT).filled_size == 1
    assert market.balance("alice", "trade", "BTC") == (11, 0)


def test_quote_unit_makes_a_market_order_by_funds() -> None:
    """sizeUnit QUOTECCY means the size is money."""
    market = Market(market_maker=True)
    args = {"tradeType": "SPOT", "symbol": "BTC-USDT", "side": "BUY", "orderType": "MARKET", "size": "100"}

    order = place(market, args, sizeUnit="QUOTECCY")

    assert order.terms.funds == 100
    assert Decimal("99.8") < order.filled_value < 100


def test_futures_size_is_in_lots_base_or_value() -> None:
    """UNIT is the default; BASECCY is divided by the multiplier, QUOTECCY by the value of a lot."""
    market = Market()

    sizes = [
        place(market, FUTURES, clientOid="a").terms.size,
        place(market, FUTURES, clientOid="b", size="0.004", sizeUnit="BASECCY").terms.size,
        place(market, FUTURES, clientOid="c", size="200", sizeUnit="QUOTECCY").terms.size,
    ]

    assert sizes == [5, 4, 3]


def test_futures_fill_or_kill_is_honoured() -> None:
    """The unified account has FOK on futures."""
    market = Market()
    market.futures("bob", "sell", "66000", 3)

    order = place(market, FUTURES, price="66000", timeInForce="FOK")

    assert (order.filled_size, order.cancel_reason) == (0, "FOK")


def test_amend_keeps_the_order_and_its_id_but_not_its_place() -> None:
    """The amended order goes behind one that came later."""
    market = Market()
    first = place(market, SPOT)
    market.spot("bob", "buy", "50000", "1")

    data = market.data(
        "alice",
        "uta.amend",
        {"symbol": "BTC-USDT", "orderId": first.order_id, "newSize": "2", "tradeType": "SPOT"},
    )
    market.spot("alice", "sell", "50000", "1")

    assert data == {"orderId": first.order_id, "clientOid": None}
    amended = market.order("alice", "uta", first.order_id)
    assert (amended.terms.size, amended.filled_size, amended.is_active) == (2, 0, True)
    assert amended.hold == 2 * 50_000 * Decimal("1.001")


def test_amend_may_trade_at_once() -> None:
    """A better price that reaches the other side fills."""
    market = Market()
    order = place(market, FUTURES)
    market.futures("bob", "sell", "66000", 5)

    market.data("alice", "uta.amend", {"symbol": "XBTUSDTM", "clientOid": "u", "newPrice": "66000"})

    assert market.order("alice", "uta", order.order_id).status.value == "filled"


def test_amend_below_what_has_filled_completes_the_order() -> None:
    """The rest is cancelled."""
    market = Market()
    order = place(market, FUTURES, price="66000")
    market.futures("bob", "sell", "66000", 3)

    market.data("alice", "uta.amend", {"symbol": "XBTUSDTM", "clientOid": "u", "newSize": "2"})

    after = market.order("alice", "uta", order.order_id)
    assert (after.filled_size, after.canceled_size, after.is_active) == (3, 2, False)


def test_refused_amend_leaves_the_order_unless_asked_to_cancel_it() -> None:
    """cxlOnFail cancels an order that cannot be changed."""
    market = Market()
    order = place(market, SPOT)
    change = {"symbol": "BTC-USDT", "orderId": order.order_id, "newSize": "100"}

    assert market.do("alice", "uta.amend", change).code == "106150"
    assert market.order("alice", "uta", order.order_id).is_active
    assert market.do("alice", "uta.amend", {**change, "cxlOnFail": True}).code == "106150"
    assert not market.order("alice", "uta", order.order_id).is_active


def test_cancel_names_the_order_and_its_trade_type() -> None:
    """By clientOid the answer has the orderId as well."""
    market = Market()
    order = place(market, FUTURES)

    data = market.data(
        "alice", "uta.cancel", {"tradeType": "FUTURES", "symbol": "XBTUSDTM", "clientOid": "u"}
    )

    assert (data["orderId"], data["tradeType"], data["clientOid"]) == (order.order_id, "FUTURES", "u")
    assert market.balance("alice", "futures", "USDT") == (1_000_000, 0)


def test_close_order_closes_the_position() -> None:
    """closeOrder of a unified account takes side and size from the position."""
    market = Market(market_maker=True)
    market.futures("alice", "buy", None, 10)
    args = {
        "tradeType": "FUTURES",
        "symbol": "XBTUSDTM",
        "orderType": "MARKET",
        "closeOrder": True,
        "clientOid": "c",
    }

    market.data("alice", "uta.order", args)

    assert market.exchange.positions("alice")[0].size == 0


def test_amend_may_use_what_the_order_itself_holds() -> None:
    """What is available would not pay for the changed order alone."""
    market = Market()
    spot = place(market, SPOT, size="19")
    futures = place(market, FUTURES, size="15000")

    spot_change = {"symbol": "BTC-USDT", "orderId": spot.order_id, "newPrice": "50001"}
    futures_change = {"symbol": "XBTUSDTM", "orderId": futures.order_id, "newPrice": "60001"}

    assert market.do("alice", "uta.amend", spot_change).code == "200000"
    assert market.do("alice", "uta.amend", futures_change).code == "200000"
