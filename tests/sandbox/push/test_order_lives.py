"""The life of an order as the push sockets of both generations tell it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from order_lives import FUTURES, LIVES, MARKET, SELL, SPOT

V1 = {name: (life[0], life[1]) for name, life in LIVES.items()}
PRO = {name: (life[0], life[2]) for name, life in LIVES.items()}


def do_all(trader, requests):
    """Make the requests, each of which succeeds."""
    for op, args in requests:
        trader.do(op, args)


def check_ends(finals: dict[str, tuple], sandbox) -> None:
    """Each order's last sizes (filled, remaining, canceled) are those of the ledger."""
    assert finals == {
        order.order_id: (order.filled_size, order.remaining_size, order.canceled_size)
        for order in sandbox.orders
    }


@pytest.mark.parametrize(("requests", "expected"), V1.values(), ids=V1)
def test_life_of_an_order_on_the_classic_socket(sandbox, trader, private, requests, expected):
    """Each step is told once, in its order, with the status that belongs to it, and ends where the ledger does."""
    futures = requests[0][0].startswith("futures")
    private.subscribe("/contractMarket/tradeOrders" if futures else "/spotMarket/tradeOrdersV2")
    do_all(trader, requests)
    messages = private.data(len(expected))

    assert [(data["type"], data["status"]) for data in messages] == expected
    names = ("filledSize", "remainSize", "canceledSize")
    told = [data for data in messages if data["type"] != "received"]
    check_ends({data["orderId"]: tuple(Decimal(data[name]) for name in names) for data in told}, sandbox)
    times = [data["ts"] for data in messages]
    assert times == sorted(times)


@pytest.mark.parametrize(("requests", "expected"), PRO.values(), ids=PRO)
def test_life_of_an_order_on_the_pro_socket(sandbox, trader, pro, requests, expected):
    """The same in the other dialect."""
    pro.subscribe("orderAll", tradeType="UNIFIED")
    do_all(trader, requests)
    messages = pro.data(len(expected))

    assert [(data["eT"], data["os"]) for data in messages] == expected
    check_ends(
        {data["oi"]: tuple(Decimal(data[name]) for name in ("fS", "rS", "cS")) for data in messages}, sandbox
    )


def test_received_is_told_by_the_newer_topic_only(trader, private):
    """The older topic of spot begins with what the book, or a trade, makes of the order."""
    private.subscribe("/spotMarket/tradeOrders")
    order_id = trader.do("spot.order", SPOT)["orderId"]
    (data,) = private.data(1)

    assert (data["orderId"], data["type"]) == (order_id, "open")


def test_fields_of_a_received_order(trader, private):
    """Identity and the size that was asked for, nothing else."""
    private.subscribe("/spotMarket/tradeOrdersV2")
    trader.do("spot.order", {**SPOT, "clientOid": "a"})
    message = private.receive()
    expected = "clientOid orderId orderTime orderType originSize side status symbol ts type"

    assert (message["subject"], message["channelType"]) == ("orderChange", "private")
    assert sorted(message["data"]) == sorted(expected.split())
    assert message["data"]["ts"] // 1_000_000 == pytest.approx(message["data"]["orderTime"], abs=1)


def test_fields_of_a_fill(sandbox, trader, private):
    """Price, size, trade, liquidity and fee type are those of the ledger."""
    private.subscribe("/spotMarket/tradeOrdersV2")
    trader.do("spot.order", {**SPOT, **MARKET})
    _, match, filled = private.data(3)
    (fill,) = sandbox.fills

    assert (match["tradeId"], match["liquidity"], match["feeType"]) == (fill.trade_id, "taker", "takerFee")
    assert (Decimal(match["matchPrice"]), Decimal(match["matchSize"])) == (fill.price, fill.size)
    assert "price" not in match
    assert (filled["remainFunds"], filled["remainSize"]) == ("0", "0")
    assert "matchPrice" not in filled


def test_sizes_of_an_update(trader, private):
    """What the order was for before, and what it is for now."""
    private.subscribe("/spotMarket/tradeOrders")
    trader.do("spot.order", {**SPOT, "size": "0.003"})
    trader.do("spot.order", {**SELL, "stp": "DC"})
    _, update, ended = private.data(3)

    assert (update["oldSize"], update["size"], update["remainSize"]) == ("0.003", "0.001", "0.001")
    assert (update["originSize"], update["canceledSize"]) == ("0.003", "0.002")
    assert (ended["oldSize"], ended["remainSize"], ended["canceledSize"]) == ("0.002", "0", "0.002")


def test_order_by_funds(trader, private):
    """It has funds instead of a size."""
    private.subscribe("/spotMarket/tradeOrders")
    trader.do("spot.order", {**SPOT, **MARKET, "size": None, "funds": "100"})
    messages = private.data(2)

    for data in messages:
        assert data["originFunds"] == "100"
        assert "originSize" not in data
    assert Decimal(messages[-1]["remainFunds"]) >= 0


def test_fields_of_futures(trader, private):
    """Sizes are texts of lots, times nanoseconds, and there are modes."""
    private.subscribe("/contractMarket/tradeOrders")
    private.subscribe("/contractMarket/tradeOrders:XBTUSDTM")
    trader.do("futures.order", FUTURES)
    every, single = private.receive(), private.receive()
    data = every["data"]

    assert (every["subject"], single["subject"]) == ("orderChange", "symbolOrderChange")
    assert single["data"] == data
    assert (data["size"], data["remainSize"], data["price"]) == ("2", "2", "60000")
    assert (data["marginMode"], data["positionSide"], data["tradeType"]) == ("ISOLATED", "BOTH", "trade")
    assert len(str(data["orderTime"])) == len(str(data["ts"])) == 19


def test_orders_that_wait_are_told_of_on_their_own_topic(sandbox, trader, private):
    """Open while it waits, triggered when its price comes; then it is an order like any other."""
    private.subscribe("/contractMarket/advancedOrders")
    private.subscribe("/contractMarket/tradeOrders")
    stop = {**FUTURES, "stop": "up", "stopPriceType": "MP", "stopPrice": "67100"}
    trader.do("futures.order", stop)
    trader.do("futures.order", {**stop, "clientOid": "g"})
    trader.do("futures.cancel", {"symbol": "XBTUSDTM", "clientOid": "g"})
    sandbox.set_prices("XBTUSDTM", mark=Decimal("67100"))
    told = [
        (message["subject"], message["data"]["type"]) for message in (private.receive() for _ in range(5))
    ]

    assert told == [
        ("stopOrder", "open"),
        ("stopOrder", "open"),
        ("stopOrder", "cancel"),
        ("stopOrder", "triggered"),
        ("orderChange", "open"),
    ]


def test_pro_tells_of_waiting_and_triggered_orders(sandbox, trader, pro):
    """Status 0 while it waits, 1 when it is triggered."""
    pro.subscribe("orderAll", tradeType="UNIFIED")
    stop = {**FUTURES, "stop": "up", "stopPriceType": "MP", "stopPrice": "67100"}
    trader.do("futures.order", stop)
    sandbox.set_prices("XBTUSDTM", mark=Decimal("67100"))
    messages = pro.data(3)

    assert [(data["eT"], data["os"]) for data in messages] == [("OPEN", 0), ("TRIGGER", 1), ("OPEN", 2)]
    assert (messages[0]["tD"], messages[0]["tP"], messages[0]["tPT"]) == ("UP", "67100", "MP")


def test_what_time_does_is_told(sandbox, trader, private):
    """An order that expires is told of, though nobody has asked for anything."""
    private.subscribe("/spotMarket/tradeOrders")
    trader.do("spot.order", {**SPOT, "timeInForce": "GTT", "cancelAfter": 60})
    sandbox.advance(61)

    assert [data["type"] for data in private.data(2)] == ["open", "canceled"]
