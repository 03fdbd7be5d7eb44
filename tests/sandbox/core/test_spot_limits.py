"""Price protection, open-order limits, clientOids, and the switches (KuCoin documentation, "Add Order")."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from core_support import SECOND, START, Market, check_laws

from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.symbols import SYMBOLS
from kucoin_wsapi.sandbox.venue import Switches

BTC = "BTC-USDT"
LIMIT = {"symbol": BTC, "type": "limit", "side": "buy", "price": "50000", "size": "0.001"}
RICH = {"trade": {"USDT": Decimal(10**9), "BTC": Decimal(10**4)}, "futures": {"USDT": Decimal(10**9)}}


def exchange_with(switches: Switches) -> Exchange:
    exchange = Exchange(now=START, market_maker=False, switches=switches)
    for uid in ("alice", "bob"):
        exchange.open_account(uid, RICH)
    return exchange


def test_limit_order_may_reach_ten_percent_beyond_the_best_price() -> None:
    """With a best ask of 50000 a buy at 55000 is taken and one at 55000.1 refused; sells likewise below the bid."""
    market = Market()
    market.spot("alice", "sell", "50000", "0.1")
    market.spot("alice", "buy", "40000", "0.1")
    buy, sell = {**LIMIT, "size": "0.01"}, {**LIMIT, "size": "0.01", "side": "sell"}

    codes = [
        market.do("bob", "spot.order", {**order, "price": price}).code
        for order, price in ((buy, "55000.1"), (buy, "55000"), (sell, "35999.9"), (sell, "36000"))
    ]

    assert codes == ["400370", "200000", "400760", "200000"]


def test_limit_order_is_free_where_nobody_shows() -> None:
    """An empty book, or one of hidden orders, has no best price to protect."""
    market = Market()
    market.spot("alice", "sell", "50000", "0.1", hidden=True)

    assert market.spot("bob", "buy", "90000", "0.1")["dealSize"] == "0.1"


def test_market_order_stops_where_the_protection_begins() -> None:
    """With asks at 1.20, 1.32 and 1.33 (x 10000) a market buy does not pay more than 1.32; the rest is cancelled."""
    market = Market()
    for price in ("12000", "13200", "13300"):
        market.spot("alice", "sell", price, "1")

    args = {"symbol": BTC, "type": "market", "side": "buy", "size": "3"}
    reply = market.data("bob", "spot.sync_order", args)

    assert (reply["dealSize"], reply["canceledSize"], reply["status"]) == ("2", "1", "done")
    assert market.order("bob", "spot", reply["orderId"]).cancel_reason == "PRICE_LIMITED"


def test_market_order_by_funds_stops_there_too() -> None:
    """What it could not spend is cancelled and was never gone."""
    market = Market()
    for price in ("12000", "13300"):
        market.spot("alice", "sell", price, "1")

    args = {"symbol": BTC, "type": "market", "side": "buy", "funds": "20000"}
    order = market.order("bob", "spot", market.data("bob", "spot.order", args)["orderId"])

    assert (order.filled_size, order.canceled_funds, order.cancel_reason) == (1, 8000, "PRICE_LIMITED")
    assert market.balance("bob", "trade", "USDT") == (Decimal(1_000_000 - 12_012), 0)


def test_market_order_without_a_maker_says_so() -> None:
    """The reason on the record is another than that of an IOC order."""
    market = Market()
    args = {"symbol": BTC, "type": "market", "side": "buy", "size": "1"}

    order = market.order("bob", "spot", market.data("bob", "spot.order", args)["orderId"])

    assert (order.cancel_reason, order.canceled_size) == ("NO_MAKER", 1)


def test_two_hundred_orders_of_a_pair_include_margin() -> None:
    """Spot and margin share the limit of a pair; a cancelled order makes room."""
    market = Market()
    for number in range(200):
        op = "margin.order" if number % 2 else "spot.order"
        market.data("alice", op, {**LIMIT, "clientOid": f"n{number}"})

    assert market.do("alice", "spot.order", LIMIT).code == "200003"
    assert market.do("alice", "margin.order", {**LIMIT, "clientOid": "m"}).code == "126011"
    assert market.do("bob", "spot.order", LIMIT).code == "200000"
    market.data("alice", "spot.cancel", {"symbol": BTC, "clientOid": "n0"})
    assert market.do("alice", "spot.order", LIMIT).code == "200000"


def test_two_thousand_orders_of_a_user_are_of_spot_and_margin_alone() -> None:
    """Over eleven pairs; futures orders do not count."""
    exchange = many_pairs(11)
    for number in range(2_000):
        args = {**LIMIT, "symbol": f"C{number % 11}-USDT"}
        assert exchange.execute("alice", "spot.order", args, START).code == "200000"

    assert exchange.execute("alice", "spot.order", {**LIMIT, "symbol": "C10-USDT"}, START).code == "200003"


def many_pairs(count: int) -> Exchange:
    """An exchange with copies of one pair under other names, and one futures order."""
    pairs = [
        attrs.evolve(SYMBOLS[0], symbol=f"C{number}-USDT", base_currency=f"C{number}")
        for number in range(count)
    ]
    exchange = Exchange(now=START, symbols=pairs, market_maker=False)
    exchange.open_account("alice", RICH)
    order = {
        "symbol": "XBTUSDTM",
        "side": "buy",
        "price": "60000",
        "size": 1,
        "leverage": 5,
        "clientOid": "f",
    }
    assert exchange.execute("alice", "futures.order", order, START).code == "200000"
    return exchange


def test_client_oid_can_be_made_unique_for_ever() -> None:
    """By a switch; without it only active orders count."""
    exchange = exchange_with(Switches(unique_client_oids=True))
    args = {**LIMIT, "clientOid": "once"}
    exchange.execute("alice", "spot.order", args, START)
    exchange.execute("alice", "spot.cancel", {"symbol": BTC, "clientOid": "once"}, START)

    answer = exchange.execute("alice", "spot.order", args, START)

    assert (answer.code, answer.message) == ("400100", "validation.createOrder.clientOidDuplicated")
    assert exchange.execute("bob", "spot.order", args, START).code == "200000"


def test_post_only_can_be_made_a_refusal() -> None:
    """By a switch: no order exists then, and a change that would make one take leaves it as it is."""
    exchange = exchange_with(Switches(refuse_post_only=True))
    exchange.execute("alice", "spot.order", {**LIMIT, "side": "sell"}, START)
    args = {**LIMIT, "postOnly": True, "clientOid": "p"}

    answer = exchange.execute("bob", "spot.order", args, START)

    assert (answer.code, exchange.orders("bob")) == ("400100", ())
    assert "postOnly" in str(answer.message)
    assert exchange.execute("bob", "spot.order", {**args, "price": "49999"}, START).code == "200000"
    modify = {"symbol": BTC, "clientOid": "p", "newPrice": "50000"}
    assert exchange.execute("bob", "spot.modify", modify, START).code == "400100"
    assert exchange.execute("bob", "uta.amend", modify, START).code == "106210"
    assert exchange.orders("bob")[0].is_active


def test_oldest_finished_orders_are_forgotten() -> None:
    """So many finished orders and fills are kept as is chosen; active ones always are."""
    exchange = exchange_with(Switches(remembered_orders=10))
    first = exchange.execute("alice", "spot.order", {**LIMIT, "clientOid": "kept", "price": "49000"}, START)
    for number in range(30):
        exchange.execute("alice", "spot.order", {**LIMIT, "side": "sell", "clientOid": f"s{number}"}, START)
        exchange.execute("bob", "spot.order", {**LIMIT, "timeInForce": "IOC", "clientOid": "i"}, START)

    assert isinstance(first.data, dict)
    assert exchange.find_order("alice", "spot", order_id=str(first.data["orderId"])) is not None
    assert exchange.find_order("alice", "spot", client_oid="s29") is not None
    assert exchange.find_order("alice", "spot", client_oid="s20") is None
    assert exchange.find_order("bob", "spot", client_oid="i") is not None
    assert len(exchange.orders("alice")) + len(exchange.orders("bob")) == 11
    assert len(exchange.fills("alice")) == len(exchange.fills("bob")) == 10
    check_laws(exchange, ["alice", "bob"])


@pytest.mark.parametrize("amend", [False, True])
def test_good_till_time_order_keeps_its_end(amend: bool) -> None:
    """The time runs from its entering the book, whatever changes then and however many others come and go."""
    market = Market()
    order_id = market.spot("alice", "buy", "50000", "1", timeInForce="GTT", cancelAfter=100)["orderId"]
    for _ in range(1_500):
        other = market.spot("alice", "buy", "50000", "0.01", timeInForce="GTT", cancelAfter=1000)
        market.data("alice", "spot.cancel", {"symbol": BTC, "orderId": other["orderId"]})
    market.wait(60)
    if amend:
        market.data("alice", "uta.amend", {"symbol": BTC, "orderId": order_id, "newSize": "2"})
    market.wait(39)
    assert market.order("alice", "spot", order_id).is_active

    market.wait(1)

    assert market.order("alice", "spot", order_id).cancel_reason == "ORDER_EXPIRED"


def test_time_window_is_judged_by_the_time_of_arrival() -> None:
    """clientTimestamp + allowMaxTimeWindow may be as late as the request arrives, to the millisecond."""
    market = Market()
    sent_at = START // 1_000_000
    args = {**LIMIT, "clientTimestamp": sent_at, "allowMaxTimeWindow": 2_000}
    market.now = START + 2 * SECOND
    in_time = market.do("alice", "spot.order", args).code
    market.now += 1_000_000

    assert (in_time, market.do("alice", "spot.order", args).code) == ("200000", "400100")
