"""Orders that wait for a price (KuCoin documentation, "Add Order" of futures and "Place Order" of the Pro API)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from core_support import Market, check_laws

from kucoin_wsapi.sandbox.orders import OrderView
from kucoin_wsapi.sandbox.records import futures_record, uta_record

XBT = "XBTUSDTM"
PRICE_TYPES = {"TP": "last", "MP": "mark", "IP": "index"}


def stop(
    market: Market,
    side: str,
    price: str | None,
    size: int,
    trigger: tuple[str, str, str],
    **more: object,
) -> OrderView:
    """An order of alice that waits for (direction, price type, price)."""
    direction, price_type, stop_price = trigger
    return market.futures(
        "alice",
        side,
        price,
        size,
        stop=direction,
        stopPriceType=price_type,
        stopPrice=stop_price,
        **more,
    )


def move(market: Market, symbol: str = XBT, **prices: str) -> None:
    market.exchange.set_prices(symbol, market.now, **{name: Decimal(price) for name, price in prices.items()})


def after(market: Market, order: OrderView) -> OrderView:
    return market.order("alice", "futures", order.order_id)


def open_long(market: Market, lots: int) -> None:
    market.futures("bob", "sell", "67000", lots)
    market.futures("alice", "buy", "67000", lots)


def test_stop_order_freezes_nothing_and_is_in_no_book() -> None:
    """It is active, in the list of stop orders and not in that of open orders, even without any money."""
    market = Market()
    market.exchange.open_account("carol", {"futures": {"USDT": Decimal(1)}})
    args = {"symbol": XBT, "side": "buy", "price": "66000", "size": 50_000, "leverage": 1, "clientOid": "s"}
    trigger = {"stop": "up", "stopPriceType": "MP", "stopPrice": "68000"}
    market.data("carol", "futures.order", args | trigger)

    (waiting,) = market.exchange.futures.stop_orders("carol", XBT)

    assert (waiting.is_active, waiting.is_waiting, waiting.in_book, waiting.hold) == (True, True, False, 0)
    assert market.exchange.futures.open_orders("carol") == ()
    assert market.exchange.futures.stop_orders("carol", "ETHUSDTM") == ()
    record = futures_record(waiting)
    names = ("stop", "stopPriceType", "stopPrice", "stopTriggered", "isActive", "status")
    assert [record[name] for name in names] == ["up", "MP", "68000", False, True, "open"]


@pytest.mark.parametrize("price_type", PRICE_TYPES)
@pytest.mark.parametrize(
    ("direction", "short_of", "at"), [("up", "67999.9", "68000"), ("down", "66000.1", "66000")]
)
def test_stop_order_is_triggered_by_its_own_price(
    price_type: str, direction: str, short_of: str, at: str
) -> None:
    """Reaching the trigger is enough; the other two prices do not count."""
    market = Market()
    order = stop(market, "buy", "60000", 1, (direction, price_type, at))
    others = {name: at for kind, name in PRICE_TYPES.items() if kind != price_type}

    move(market, **others)
    move(market, **{PRICE_TYPES[price_type]: short_of})
    assert after(market, order).is_waiting
    move(market, **{PRICE_TYPES[price_type]: at})

    triggered = after(market, order)
    assert (triggered.is_waiting, triggered.stop_triggered, triggered.in_book) == (False, True, True)
    assert triggered.hold > 0
    assert futures_record(triggered)["stopTriggered"] is True
    assert [each.order_id for each in market.exchange.futures.open_orders("alice")] == [order.order_id]
    check_laws(market.exchange, ["alice", "bob"])


def test_trade_of_somebody_else_triggers_a_stop_on_the_last_price() -> None:
    """A stop-loss sells when a trade reaches its price; the order keeps its id."""
    market = Market()
    open_long(market, 10)
    loss = stop(market, "sell", None, 10, ("down", "TP", "65000"), reduceOnly=True)
    market.exchange.open_account("carol", {"futures": {"USDT": Decimal(10_000)}})
    market.futures("bob", "buy", "65000", 1)
    market.futures("bob", "buy", "64900", 10)

    market.futures("carol", "sell", "65000", 1)

    assert (after(market, loss).filled_size, after(market, loss).average_price) == (10, 64_900)
    assert market.exchange.futures.prices(XBT).last == 64_900
    assert market.exchange.positions("alice")[0].size == 0


def test_stop_order_whose_price_is_reached_already_is_triggered_at_once() -> None:
    """The acknowledgement comes first, what becomes of the order is on its record."""
    market = Market()

    order = stop(market, "buy", "60000", 1, ("down", "IP", "67000"))

    assert (order.is_waiting, order.in_book) == (False, True)


def test_triggered_order_without_funds_is_cancelled() -> None:
    """Checked only now; nothing was promised to it."""
    market = Market()
    order = stop(market, "buy", "67000", 900_000, ("up", "MP", "68000"))

    move(market, mark="68000")

    canceled = after(market, order)
    assert (canceled.is_active, canceled.stop_triggered) == (False, True)
    assert canceled.cancel_reason == "NO_ENOUGH_BALANCE"
    assert futures_record(canceled)["cancelReason"] == "NO_ENOUGH_BALANCE"


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"price": None}, "NO_MAKER"),
        ({"price": "80000"}, "PRICE_OUT_OF_RANGE"),
        ({"price": "68000", "reduceOnly": True}, "CLOSE_ORDER_WITHOUT_POSITION"),
    ],
)
def test_triggered_order_that_would_be_refused_is_cancelled(order: dict[str, object], reason: str) -> None:
    """The reasons are those of KuCoin's "Cancel Reason for Unified Trading"; the price band is that of the moment."""
    market = Market()
    args = {"symbol": XBT, "side": "buy", "size": 1, "clientOid": "s", "leverage": 5, **order}
    args |= {"stop": "up", "stopPriceType": "MP", "stopPrice": "68000"}
    args |= {"type": "market"} if order["price"] is None else {}
    placed = market.data("alice", "futures.order", args)

    move(market, mark="68000")

    assert market.order("alice", "futures", placed["orderId"]).cancel_reason == reason


def test_limit_price_far_from_the_market_is_judged_when_the_order_is_triggered() -> None:
    """A stop at 75000 with a limit of 75100 is no order at a price 12 % above the mark price."""
    market = Market()
    order = stop(market, "buy", "75100", 1, ("up", "MP", "75000"))

    move(market, mark="75000")

    assert after(market, order).in_book


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("up", "IP", "67100"), ("up", "IP", "67500")),
        (("up", "IP", "67500"), ("up", "MP", "67100")),
        (("up", "IP", "67500"), ("up", "IP", "67500")),
    ],
)
def test_triggered_orders_go_to_market_one_by_one(
    first: tuple[str, str, str], second: tuple[str, str, str]
) -> None:
    """Of those that watch the same price the nearer trigger first, else the older order."""
    market = Market()
    nearer_is_older = first[1] != second[1] or first == second
    names = ("older", "younger") if nearer_is_older else ("younger", "older")
    terms = {names[0]: first, names[1]: second}
    orders = {name: stop(market, "buy", "66000", 5, terms[name]) for name in ("older", "younger")}
    market.exchange.set_prices(XBT, market.now, mark=Decimal(68_000), index=Decimal(68_000))

    market.futures("bob", "sell", "66000", 5)

    assert [after(market, orders[name]).filled_size for name in names] == [5, 0]


def test_triggered_order_triggers_the_next() -> None:
    """Each trade moves the last price on."""
    market = Market()
    for price in ("67100", "67200", "67300"):
        market.futures("bob", "sell", price, 1)
    orders = [stop(market, "buy", None, 1, ("up", "TP", price)) for price in ("67050", "67100", "67200")]

    market.futures("bob", "sell", "67060", 1)
    market.futures("alice", "buy", "67060", 1)

    assert [after(market, order).average_price for order in orders[:3]] == [67_100, 67_200, 67_300]


@pytest.mark.parametrize("by", ["orderId", "clientOid", "list", "all"])
def test_stop_orders_can_be_cancelled(by: str) -> None:
    """By orderId, by clientOid and symbol, in a list, or all stop orders of a symbol; they are never triggered then."""
    market = Market()
    order = stop(market, "buy", "60000", 1, ("up", "MP", "68000"), clientOid="s")
    if by == "orderId":
        market.data("alice", "futures.cancel", {"orderId": order.order_id})
    elif by == "clientOid":
        market.data("alice", "futures.cancel", {"symbol": XBT, "clientOid": "s"})
    elif by == "list":
        market.do("alice", "futures.multi_cancel", {"orderIdsList": [order.order_id]})
    else:
        answer = market.exchange.futures.cancel_stop_orders("alice", XBT)
        assert answer.data == {"cancelledOrderIds": [order.order_id]}

    move(market, mark="69000")

    assert (after(market, order).cancel_reason, after(market, order).stop_triggered) == ("USER", False)
    assert market.exchange.futures.stop_orders("alice") == ()


def test_cancelling_all_orders_leaves_the_stop_orders_and_the_other_way_round() -> None:
    """Each call has its own kind, of one contract or of all."""
    market = Market()
    desk = market.exchange.futures
    waiting = stop(market, "buy", "60000", 1, ("up", "MP", "68000"))
    resting = market.futures("alice", "buy", "60000", 1)
    other = market.futures("alice", "buy", "2500", 1, symbol="ETHUSDTM")

    assert desk.cancel_orders("alice", "ETHUSDTM").data == {"cancelledOrderIds": [other.order_id]}
    assert desk.cancel_orders("alice").data == {"cancelledOrderIds": [resting.order_id]}
    assert [order.order_id for order in desk.stop_orders("alice")] == [waiting.order_id]
    assert desk.cancel_stop_orders("alice").data == {"cancelledOrderIds": [waiting.order_id]}
    assert desk.cancel_orders("alice").data == {"cancelledOrderIds": []}
    assert desk.cancel_orders("alice", "NOSUCH").code == "200003"


def test_close_order_with_a_stop_closes_the_position_of_the_moment() -> None:
    """It grew and turned since the order was placed."""
    market = Market()
    open_long(market, 10)
    args = {"symbol": XBT, "type": "market", "closeOrder": True, "clientOid": "c"}
    placed = market.data(
        "alice", "futures.order", {**args, "stop": "down", "stopPriceType": "MP", "stopPrice": "66000"}
    )
    market.futures("bob", "buy", "67000", 50)
    market.futures("alice", "sell", "67000", 30)
    market.futures("bob", "sell", "66000", 50, clientOid="ask")

    move(market, mark="66000")

    closed = market.order("alice", "futures", placed["orderId"])
    assert (closed.terms.side, closed.filled_size) == ("buy", 20)
    assert next(iter(market.exchange.positions("alice"))).size == 0


def test_market_maker_quotes_around_the_mark_price_so_that_stops_fill() -> None:
    """A stop at the market meets somebody at the new price."""
    market = Market(market_maker=True)
    market.futures("alice", "buy", None, 10)
    loss = stop(market, "sell", None, 10, ("down", "MP", "60000"), reduceOnly=True)

    move(market, mark="60000")

    assert after(market, loss).filled_size == 10
    assert abs(after(market, loss).average_price - 60_000) < 100
    check_laws(market.exchange, ["alice", "bob"])


UNIFIED = {
    "tradeType": "FUTURES",
    "symbol": XBT,
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "67000",
    "size": "10",
    "leverage": "5",
    "clientOid": "u",
}


def place(market: Market, **more: object) -> OrderView:
    return market.order("alice", "uta", market.data("alice", "uta.order", {**UNIFIED, **more})["orderId"])


def test_unified_trigger_order_waits_like_a_classic_one() -> None:
    """triggerDirection, triggerPrice and triggerPriceType; the last price is the default. State 0 is not triggered."""
    market = Market()
    order = place(market, triggerDirection="UP", triggerPrice="68000", price="66000")
    record = uta_record(order)
    assert (record["status"], record["triggerDirection"], record["triggerPriceType"]) == (0, "UP", "TP")
    assert [each.order_id for each in market.exchange.futures.stop_orders("alice")] == [order.order_id]

    market.data("alice", "uta.amend", {"symbol": XBT, "orderId": order.order_id, "newSize": "4"})
    move(market, last="68000")

    live = market.order("alice", "uta", order.order_id)
    assert (live.in_book, live.terms.size, uta_record(live)["status"]) == (True, 4, 2)


def protect(market: Market, filled: int) -> OrderView:
    """A buy of 10 with take-profit at 70000 and stop-loss at 65000, `filled` of which are filled."""
    order = place(market, tpTriggerPrice="70000", slTriggerPrice="65000", slTriggerPriceType="MP")
    market.futures("bob", "sell", "67000", filled)
    return order


def test_take_profit_and_stop_loss_come_with_the_first_fill_and_grow_with_the_next() -> None:
    """They are stop orders at the market that only reduce, as large as what has filled."""
    market = Market()
    order = place(market, tpTriggerPrice="70000", slTriggerPrice="65000", slTriggerPriceType="MP")
    assert market.exchange.futures.stop_orders("alice") == ()
    assert (uta_record(order)["tpTriggerPrice"], uta_record(order)["slTriggerPriceType"]) == ("70000", "MP")

    market.futures("bob", "sell", "67000", 4)
    market.futures("bob", "sell", "67000", 3)

    children = market.exchange.futures.stop_orders("alice")
    assert [child.terms.size for child in children] == [7, 7]
    assert [child.terms.reduce_only for child in children] == [True, True]
    triggers = [child.terms.trigger for child in children]
    assert [(each.direction, each.price_type) for each in triggers if each] == [("up", "TP"), ("down", "MP")]
    check_laws(market.exchange, ["alice", "bob"])


@pytest.mark.parametrize(("moved", "price"), [("last", "70000"), ("mark", "65000")])
def test_one_of_the_two_closes_the_position_and_the_other_goes(moved: str, price: str) -> None:
    """One cancels the other."""
    market = Market()
    protect(market, 10)
    market.futures("bob", "buy", "66500", 10)

    move(market, **{moved: price})

    orders = market.exchange.orders("alice")
    assert market.exchange.positions("alice")[0].size == 0
    assert market.exchange.futures.stop_orders("alice") == ()
    assert {order.cancel_reason for order in orders if order.terms.trigger} == {None, "SYSTEM_CANCEL"}


def test_what_fills_after_a_stop_loss_is_protected_anew() -> None:
    """The order still rests when its first part is closed."""
    market = Market()
    order = protect(market, 4)
    market.data("alice", "uta.amend", {"symbol": XBT, "orderId": order.order_id, "newPrice": "66000"})
    market.futures("bob", "buy", "66500", 4)
    move(market, mark="65000")
    assert market.exchange.futures.stop_orders("alice") == ()
    move(market, mark="67000")

    market.futures("bob", "sell", "66000", 3)

    assert len(market.exchange.futures.stop_orders("alice")) == 2


def test_take_profit_may_be_amended_until_something_has_filled() -> None:
    """Later the orders stand on their own and can be cancelled by their ids."""
    market = Market()
    order = place(market, tpTriggerPrice="70000")
    change = {"symbol": XBT, "orderId": order.order_id, "tpTriggerPrice": "71000"}

    assert market.do("alice", "uta.amend", change).code == "200000"
    market.futures("bob", "sell", "67000", 1)

    (child,) = market.exchange.futures.stop_orders("alice")
    assert child.terms.trigger is not None
    assert child.terms.trigger.price == 71_000
    assert market.do("alice", "uta.amend", {**change, "tpTriggerPrice": "72000"}).code == "106000"
    assert (
        market.do("alice", "uta.amend", {**change, "newSize": "5", "tpTriggerPrice": None}).code == "200000"
    )


@pytest.mark.parametrize(
    ("symbol", "price"), [("NOSUCH", "1"), (XBT, "0"), (XBT, "-1"), (XBT, "NaN"), (XBT, "Infinity")]
)
def test_price_that_cannot_be_is_refused(symbol: str, price: str) -> None:
    """By hand only prices of contracts that exist, finite and positive."""
    with pytest.raises(ValueError, match=r"."):
        move(Market(), symbol=symbol, mark=price)
