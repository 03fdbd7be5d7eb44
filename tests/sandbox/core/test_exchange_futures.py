"""Futures orders, by example (KuCoin documentation, "Add Order" and "Cancel Order" of futures)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from core_support import Market

from kucoin_wsapi.sandbox.futures_views import Position

XBT = "XBTUSDTM"


def position(market: Market, uid: str) -> Position:
    (only,) = market.exchange.positions(uid)
    return only


def open_long(market: Market, lots: int) -> None:
    """Let alice buy `lots` at 67000 from bob."""
    market.futures("bob", "sell", "67000", lots)
    market.futures("alice", "buy", "67000", lots)


def test_resting_order_holds_margin_and_fees() -> None:
    """100 lots at 67000 are worth 6700: a tenth as margin, 0.06 % to open and 0.06 % of 1.1 times that to close."""
    market = Market()

    order = market.futures("alice", "buy", "67000", 100)

    assert re.fullmatch("[0-9]{18}", order.order_id)
    expected = Decimal(670) + Decimal(6700) * Decimal("0.0006") * (1 + Decimal("1.1"))
    assert market.balance("alice", "futures", "USDT") == (1_000_000 - expected, expected)


def test_position_margin_is_that_of_kucoins_example() -> None:
    """Value 91.6945 at leverage 5: 18.3389 of initial margin and 0.06602004 for closing."""
    market = Market()
    market.futures("bob", "sell", "67000", 1)
    lots = market.futures("alice", "buy", "67000", 1, leverage=5)

    margin = position(market, "alice").margin
    value = lots.filled_value

    assert value == 67
    assert margin == value / 5 + value * (1 + Decimal(1) / 5) * Decimal("0.0006")


def test_profit_of_a_closed_long_is_the_difference_of_values() -> None:
    """Bought at 67000 and sold at 68000, 100 lots of 0.001 earn 100 USDT before fees."""
    market = Market()
    open_long(market, 100)
    market.futures("bob", "buy", "68000", 100)

    market.futures("alice", "sell", "68000", 100)

    closed = position(market, "alice")
    fees = (Decimal(6700) + Decimal(6800)) * Decimal("0.0006")
    assert (closed.size, closed.margin, closed.realised_pnl, closed.fees) == (0, 0, 100, fees)
    assert market.balance("alice", "futures", "USDT") == (1_000_000 + 100 - fees, Decimal(0))
    assert position(market, "bob").realised_pnl == -100


def test_part_of_a_position_closes_in_proportion() -> None:
    """Closing a quarter realises a quarter of the profit and frees a quarter of the margin."""
    market = Market()
    open_long(market, 100)
    margin = position(market, "alice").margin
    market.futures("bob", "buy", "68000", 25)

    market.futures("alice", "sell", "68000", 25)

    after = position(market, "alice")
    assert (after.size, after.realised_pnl, after.margin) == (75, 25, margin * 3 / 4)
    assert after.unrealised_pnl == 0


def test_larger_opposite_order_turns_the_position() -> None:
    """Selling 150 against a long of 100 leaves a short of 50 entered at the new price."""
    market = Market()
    open_long(market, 100)
    market.futures("bob", "buy", "68000", 150)

    market.futures("alice", "sell", "68000", 150)

    turned = position(market, "alice")
    assert (turned.size, turned.entry_value, turned.realised_pnl) == (-50, -3400, 100)


def test_reducing_order_holds_nothing() -> None:
    """A resting sell within a long position freezes no margin; lots beyond it do."""
    market = Market()
    open_long(market, 100)
    before = market.balance("alice", "futures", "USDT")

    market.futures("alice", "sell", "70000", 60)
    assert market.balance("alice", "futures", "USDT") == before
    beyond = market.futures("alice", "sell", "70000", 60)

    assert beyond.hold == 20 * 70 * (Decimal("0.1") + Decimal("0.0006") * Decimal("2.1"))


def test_reducing_order_without_hold_is_canceled_when_its_position_is_gone() -> None:
    """The system cancels what would suddenly open a position nobody paid for."""
    market = Market()
    open_long(market, 100)
    resting = market.futures("alice", "sell", "70000", 60)
    market.futures("bob", "buy", "67000", 100)

    market.futures("alice", "sell", None, 100)

    after = market.order("alice", "futures", resting.order_id)
    assert (after.is_active, after.cancel_reason) == (False, "NO_MARGIN_SIZE_LARGER_THAN_POSITION")


def test_reduce_only_cancels_what_exceeds_the_position() -> None:
    """Of 150 lots against a long of 100, 50 are cancelled at once and 100 close the position."""
    market = Market()
    open_long(market, 100)
    market.futures("bob", "buy", "68000", 200)

    order = market.futures("alice", "sell", "68000", 150, reduceOnly=True)

    assert (order.filled_size, order.canceled_size, order.is_active) == (100, 50, False)
    assert position(market, "alice").size == 0


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_reduce_only_needs_an_opposite_position(side: str) -> None:
    """With no position, or one on the same side, there is nothing to reduce."""
    market = Market()
    if side == "buy":
        open_long(market, 10)
    args = {"symbol": XBT, "side": side, "price": "67000", "size": 1, "clientOid": "r", "reduceOnly": True}

    assert market.do("alice", "futures.order", args).code == "300009"


def test_close_order_closes_everything_without_side_or_size() -> None:
    """closeOrder takes both from the position."""
    market = Market(market_maker=True)
    market.futures("alice", "sell", None, 30)

    market.data(
        "alice", "futures.order", {"symbol": XBT, "type": "market", "closeOrder": True, "clientOid": "c"}
    )

    assert position(market, "alice").size == 0


def test_market_order_stops_at_the_price_band() -> None:
    """A market sell does not reach a buy more than 5 % below the mark price."""
    market = Market()
    market.futures("bob", "buy", "67000", 10)
    market.futures("bob", "buy", "100", 10)

    order = market.futures("alice", "sell", None, 20)

    assert (order.filled_size, order.canceled_size) == (10, 10)


def test_sell_that_improves_its_price_is_still_covered() -> None:
    """A low sell is filled at the higher bid, whose larger margin the hold must allow for."""
    market = Market()
    market.exchange.open_account("carol", {"futures": {"USDT": Decimal("6.75")}})
    market.futures("bob", "buy", "70000", 1)
    args = {"symbol": XBT, "side": "sell", "price": "64000", "size": 1, "leverage": 10, "clientOid": "c"}

    assert market.do("carol", "futures.order", args).code == "300003"
    market.exchange.open_account("carol", {"futures": {"USDT": Decimal("0.4")}})
    assert market.do("carol", "futures.order", args).code == "200000"
    assert position(market, "carol").size == -1


@pytest.mark.parametrize(
    ("amount", "lots"),
    [({"size": 3}, 3), ({"size": "3"}, 3), ({"qty": "0.003"}, 3), ({"valueQty": "250"}, 3)],
)
def test_size_may_be_lots_base_currency_or_value(amount: dict[str, object], lots: int) -> None:
    """qty is divided by the multiplier, valueQty by price and multiplier, rounded down."""
    market = Market()
    args = {"symbol": XBT, "side": "buy", "price": "67000", "leverage": 3, "clientOid": "a", **amount}

    order_id = market.data("alice", "futures.order", args)["orderId"]

    assert market.order("alice", "futures", order_id).terms.size == lots


def test_minimal_order_of_kucoins_own_probe_is_accepted() -> None:
    """Numbers as strings, a price far below the market."""
    market = Market()
    args = {
        "clientOid": "order1",
        "symbol": XBT,
        "side": "buy",
        "type": "limit",
        "price": "0.1",
        "leverage": "1",
        "size": "1",
        "timeInForce": "GTC",
        "marginMode": "ISOLATED",
    }

    assert market.do("alice", "futures.order", args).code == "200000"


def test_cancel_by_order_id_and_by_client_oid_answer_differently() -> None:
    """By orderId a list of cancelled ids, by clientOid the clientOid."""
    market = Market()
    first = market.futures("alice", "buy", "60000", 1, clientOid="a")
    market.futures("alice", "buy", "60000", 1, clientOid="b")

    by_id = market.data("alice", "futures.cancel", {"orderId": first.order_id})
    by_client_oid = market.data("alice", "futures.cancel", {"symbol": XBT, "clientOid": "b"})

    assert by_id == {"cancelledOrderIds": [first.order_id]}
    assert by_client_oid == {"clientOid": "b"}
    assert market.balance("alice", "futures", "USDT") == (1_000_000, 0)


def test_batch_judges_each_order_alone() -> None:
    """One refused item neither stops nor undoes the others, and the batch itself succeeds."""
    market = Market()
    good = {"symbol": XBT, "side": "buy", "price": "60000", "size": 1, "leverage": 5}
    items = [{**good, "clientOid": "1"}, {**good, "clientOid": "1"}, "garbage", {**good, "clientOid": "2"}]

    answer = market.do("alice", "futures.multi_order", items)

    assert answer.code == "200000"
    assert isinstance(answer.data, list)
    assert [item["code"] for item in answer.data] == ["200000", "300018", "100001", "200000"]
    assert [item["orderId"] is None for item in answer.data] == [False, True, True, False]
    assert [item["clientOid"] for item in answer.data] == ["1", "1", None, "2"]
    assert answer.data[0]["msg"] == "success"


def test_batch_cancel_tells_of_each_order() -> None:
    """Item success is "200", as KuCoin's schema shows it; an unknown order has its own code."""
    market = Market()
    order = market.futures("alice", "buy", "60000", 1, clientOid="a")
    market.futures("alice", "buy", "60000", 1, clientOid="b")

    by_id = market.do("alice", "futures.multi_cancel", {"orderIdsList": [order.order_id, "1", 5]}).data
    items = [{"symbol": XBT, "clientOid": "b"}, {"symbol": XBT, "clientOid": "b"}]
    by_client_oid = market.do("alice", "futures.multi_cancel", {"clientOidsList": items}).data

    assert isinstance(by_id, list)
    assert isinstance(by_client_oid, list)
    assert [item["code"] for item in by_id] == ["200", "100004", "100001"]
    assert by_client_oid == [
        {"orderId": None, "clientOid": "b", "code": "200", "msg": "success"},
        {"orderId": None, "clientOid": "b", "code": "100004", "msg": "The order cannot be canceled."},
    ]


def test_loss_beyond_the_margin_and_the_balance_is_owed() -> None:
    """Nothing is liquidated: the account goes below zero, the winner is paid in full, and margin is refused."""
    market = Market()
    market.exchange.open_account("carol", {"futures": {"USDT": Decimal(100)}})
    market.futures("bob", "sell", "70000", 100)
    market.futures("carol", "buy", "70000", 100, leverage=100)
    market.futures("bob", "buy", "64000", 100)

    market.futures("carol", "sell", "64000", 100)

    fees = (Decimal(7000) + Decimal(6400)) * Decimal("0.0006")
    assert market.balance("carol", "futures", "USDT") == (100 - 600 - fees, 0)
    assert position(market, "bob").realised_pnl == 600
    args = {"symbol": XBT, "side": "buy", "price": "60000", "size": 1, "leverage": 100, "clientOid": "c"}
    assert market.do("carol", "futures.order", args).code == "300003"


def test_lots_that_reduce_fill_before_lots_that_open() -> None:
    """The margin held for the opening lots stays until the position is closed."""
    market = Market()
    open_long(market, 100)
    resting = market.futures("alice", "sell", "68000", 120)

    market.futures("bob", "buy", "68000", 50)

    assert resting.hold > 0
    assert market.order("alice", "futures", resting.order_id).hold == resting.hold


def test_market_buy_goes_no_deeper_than_it_was_checked_for() -> None:
    """An order ahead of it that vanishes during the matching does not make it pay a worse price."""
    market = Market()
    open_long(market, 10)
    market.futures("alice", "sell", "68000", 10, clientOid="covering")
    market.futures("alice", "sell", "67500", 10, clientOid="opening")
    market.futures("bob", "sell", "70000", 10)

    order = market.futures("bob", "buy", None, 15)

    assert market.exchange.find_order("alice", "futures", client_oid="covering") is not None
    assert (order.filled_size, order.canceled_size) == (10, 5)


def test_orders_that_only_reduce_may_together_exceed_the_position() -> None:
    """A take-profit and a stop-loss for all of it; when one has filled a part, the other is too large and goes."""
    market = Market()
    open_long(market, 10)
    profit = market.futures("alice", "sell", "70000", 10, reduceOnly=True)
    stop = {"stop": "down", "stopPriceType": "MP", "stopPrice": "66000"}
    loss = market.futures("alice", "sell", "68000", 10, reduceOnly=True, **stop)
    market.exchange.set_prices(XBT, market.now, mark=Decimal(66_000))
    assert market.order("alice", "futures", loss.order_id).in_book

    market.futures("bob", "buy", "68000", 4)

    gone = market.order("alice", "futures", profit.order_id)
    assert (gone.is_active, gone.cancel_reason) == (False, "NO_MARGIN_SIZE_LARGER_THAN_POSITION")
    assert market.order("alice", "futures", loss.order_id).remaining_size == 6


def test_order_without_margin_yields_to_older_promises_of_the_position() -> None:
    """With a reduceOnly order for all of it, an ordinary one beside it is taken to open, and holds margin."""
    market = Market()
    open_long(market, 10)
    market.futures("alice", "sell", "70000", 10, reduceOnly=True)

    beside = market.futures("alice", "sell", "70000", 10)

    assert beside.hold == 10 * 70 * (Decimal("0.1") + Decimal("0.0006") * Decimal("2.1"))
