"""The look-up records (KuCoin documentation, "Get Order By OrderId", and "Get Order Details" of the Pro API)."""

from __future__ import annotations

import json

from core_support import Market

from kucoin_wsapi.sandbox.records import futures_record, spot_record, uta_record

MILLISECONDS = 1_000_000


def test_spot_record_of_an_order_filled_at_a_better_price() -> None:
    """The numbers of KuCoin's own sample: bought at 67717.6 with a limit of 70000."""
    market = Market()
    market.spot("bob", "sell", "67717.6", "0.00001")
    order_id = market.spot("alice", "buy", "70000", "0.00001", clientOid="5c52e1", remark="order remarks")[
        "orderId"
    ]

    record = spot_record(market.order("alice", "spot", order_id))

    assert record == {
        "id": order_id,
        "clientOid": "5c52e1",
        "symbol": "BTC-USDT",
        "opType": "DEAL",
        "type": "limit",
        "side": "buy",
        "price": "70000",
        "size": "0.00001",
        "funds": "0.7",
        "dealSize": "0.00001",
        "dealFunds": "0.677176",
        "remainSize": "0",
        "remainFunds": "0.022824",
        "cancelledSize": "0",
        "cancelledFunds": "0",
        "fee": "0.000677176",
        "feeCurrency": "USDT",
        "stp": None,
        "timeInForce": "GTC",
        "postOnly": False,
        "hidden": False,
        "iceberg": False,
        "visibleSize": "0",
        "cancelAfter": 0,
        "channel": "API",
        "remark": "order remarks",
        "tags": None,
        "cancelExist": False,
        "cancelReason": None,
        "tradeType": "TRADE",
        "inOrderBook": False,
        "active": False,
        "tax": "0",
        "createdAt": market.now // MILLISECONDS,
        "lastUpdatedAt": market.now // MILLISECONDS,
    }
    assert list(json.loads(json.dumps(record))) == list(record)


def test_spot_record_of_a_partly_filled_then_canceled_order() -> None:
    """cancelExist, and sizes and funds that add up."""
    market = Market()
    order_id = market.spot("alice", "buy", "50000", "1")["orderId"]
    market.spot("bob", "sell", "50000", "0.4")
    market.wait(2)
    market.data("alice", "spot.cancel", {"symbol": "BTC-USDT", "orderId": order_id})

    record = spot_record(market.order("alice", "spot", order_id))

    names = ["dealSize", "remainSize", "cancelledSize", "funds", "dealFunds", "remainFunds", "cancelledFunds"]
    assert [record[name] for name in names] == ["0.4", "0", "0.6", "50000", "20000", "0", "30000"]
    assert (record["active"], record["cancelExist"], record["cancelReason"]) == (False, True, "USER")
    assert record["lastUpdatedAt"] == market.now // MILLISECONDS


def test_spot_record_of_an_order_of_which_a_part_was_canceled() -> None:
    """It goes on; sizes and funds tell of the part."""
    market = Market()
    order_id = market.spot("alice", "buy", "50000", "1", iceberg=True, visibleSize="0.1", stp="DC")["orderId"]
    args = {"symbol": "BTC-USDT", "orderId": order_id, "cancelSize": "0.6"}
    market.data("alice", "spot.cancel_size", args)

    record = spot_record(market.order("alice", "spot", order_id))

    names = ["remainSize", "cancelledSize", "remainFunds", "cancelledFunds", "active", "cancelReason"]
    assert [record[name] for name in names] == ["0.4", "0.6", "20000", "30000", True, "USER"]
    assert [record[name] for name in ("iceberg", "hidden", "visibleSize", "stp")] == [
        True,
        False,
        "0.1",
        "DC",
    ]


def test_spot_record_of_a_market_order_by_funds_has_no_size_or_price() -> None:
    """Size and price are "0", as KuCoin shows absent amounts."""
    market = Market(market_maker=True)
    args = {"symbol": "BTC-USDT", "type": "market", "side": "buy", "funds": "100"}
    order_id = market.data("alice", "spot.order", args)["orderId"]

    record = spot_record(market.order("alice", "spot", order_id))

    assert (record["price"], record["size"], record["funds"], record["cancelExist"]) == (
        "0",
        "0",
        "100",
        False,
    )


def test_margin_record_has_its_trade_type_and_stop_fields() -> None:
    """The margin look-up adds stop, stopTriggered and stopPrice."""
    market = Market()
    args = {"symbol": "BTC-USDT", "side": "buy", "price": "50000", "size": "1", "clientOid": "m"}
    order_id = market.data("alice", "margin.order", args)["orderId"]

    record = spot_record(market.order("alice", "margin", order_id))

    assert (record["tradeType"], record["stopTriggered"], record["active"]) == ("MARGIN_TRADE", False, True)


def test_futures_record_has_numbers_where_kucoin_has_them() -> None:
    """Sizes are numbers, leverage is a string, orderTime is in nanoseconds, endAt is null while active."""
    market = Market()
    market.futures("bob", "sell", "67000", 1)
    order = market.futures("alice", "buy", "67000", 3, leverage=3, clientOid="f")

    record = futures_record(market.order("alice", "futures", order.order_id))

    names = ["size", "dealSize", "filledSize", "value", "dealValue", "avgDealPrice", "leverage", "orderTime"]
    assert [record[name] for name in names] == [3, 1, 1, "201", "67", "67000", "3", market.now]
    assert (record["isActive"], record["status"], record["endAt"], record["cancelExist"]) == (
        True,
        "open",
        None,
        False,
    )

    market.data("alice", "futures.cancel", {"orderId": order.order_id})
    record = futures_record(market.order("alice", "futures", order.order_id))
    assert (record["isActive"], record["status"], record["cancelExist"]) == (False, "done", True)
    assert record["endAt"] == market.now // MILLISECONDS
    json.dumps(record)


def test_uta_record_speaks_upper_case_and_numbers_of_state() -> None:
    """Live 2, filled 3, partly filled 4, cancelled 5, partly filled then cancelled 6."""
    market = Market()
    live = market.spot("alice", "buy", "40000", "1")["orderId"]
    partly = market.spot("alice", "buy", "50000", "1")["orderId"]
    filled = market.spot("bob", "sell", "50000", "0.5")["orderId"]

    def status(uid: str, order_id: object) -> object:
        return uta_record(market.order(uid, "uta", order_id))["status"]

    assert [status("alice", live), status("bob", filled), status("alice", partly)] == [2, 3, 4]
    for order_id in (live, partly):
        market.data("alice", "spot.cancel", {"symbol": "BTC-USDT", "orderId": order_id})
    assert [status("alice", live), status("alice", partly)] == [5, 6]
    record = uta_record(market.order("alice", "uta", partly))
    names = [
        "side",
        "orderType",
        "tradeType",
        "size",
        "sizeUnit",
        "filledSize",
        "cancelSize",
        "avgPrice",
        "cancelReason",
    ]
    assert [record[name] for name in names] == [
        "BUY",
        "LIMIT",
        "SPOT",
        "1",
        "BASECCY",
        "0.5",
        "0.5",
        "50000",
        "USER",
    ]


def test_uta_record_of_futures_tells_margin_mode_and_lots() -> None:
    """The size unit of futures is UNIT."""
    market = Market()
    order = market.futures("alice", "buy", "60000", 2)

    record = uta_record(market.order("alice", "uta", order.order_id))

    assert (record["sizeUnit"], record["marginMode"], record["leverage"]) == ("UNIT", "ISOLATED", "10")
