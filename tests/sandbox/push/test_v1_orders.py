"""The life of an order as the classic push sockets tell it, from the tables of "Get Order V2" and "All Order"."""

from __future__ import annotations

import pytest

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "60000", "size": "0.002"}
SPOT_MARKET = {"symbol": "BTC-USDT", "type": "market", "side": "buy", "size": "0.001"}
FUTURES = {"symbol": "XBTUSDTM", "type": "limit", "side": "buy", "price": "60000", "size": 2, "leverage": 3}


def steps(messages: list[dict]) -> list[tuple[str, str]]:
    """What each message tells: event and status."""
    return [(data["type"], data["status"]) for data in messages]


LIVES = {
    "rests and is cancelled": (
        [
            ("spot.order", {**SPOT, "clientOid": "a"}),
            ("spot.cancel", {"symbol": "BTC-USDT", "clientOid": "a"}),
        ],
        [("received", "new"), ("open", "open"), ("canceled", "done")],
    ),
    "takes and is full": (
        [("spot.order", SPOT_MARKET)],
        [("received", "new"), ("match", "match"), ("filled", "done")],
    ),
    "takes nothing at its price": (
        [("spot.order", {**SPOT, "timeInForce": "IOC"})],
        [("received", "new"), ("canceled", "done")],
    ),
    "is postOnly and would take": (
        [("spot.order", {**SPOT, "price": "70000", "postOnly": True})],
        [("received", "new"), ("canceled", "done")],
    ),
    "is met by its owner, who is taker and maker": (
        [
            ("spot.order", {**SPOT, "side": "buy", "price": "67000.1"}),
            ("spot.order", {**SPOT, "side": "sell", "price": "67000.1"}),
        ],
        [
            ("received", "new"),
            ("open", "open"),
            ("received", "new"),
            ("match", "match"),
            ("filled", "done"),
            ("match", "open"),
            ("filled", "done"),
        ],
    ),
    "is prevented from trading with its owner's": (
        [
            ("spot.order", {**SPOT, "price": "67000.1"}),
            ("spot.order", {**SPOT, "side": "sell", "price": "67000.1", "stp": "CN"}),
        ],
        [("received", "new"), ("open", "open"), ("received", "new"), ("update", "done")],
    ),
    "is reduced by its owner's larger one": (
        [
            ("spot.order", {**SPOT, "price": "67000.1", "size": "0.003"}),
            ("spot.order", {**SPOT, "side": "sell", "price": "67000.1", "stp": "DC"}),
        ],
        [
            ("received", "new"),
            ("open", "open"),
            ("received", "new"),
            ("update", "open"),
            ("update", "done"),
        ],
    ),
    "of futures rests and is cancelled": (
        [
            ("futures.order", {**FUTURES, "clientOid": "a"}),
            ("futures.cancel", {"symbol": "XBTUSDTM", "clientOid": "a"}),
        ],
        [("open", "open"), ("canceled", "done")],
    ),
    "of futures takes and is full": (
        [("futures.order", {**FUTURES, "clientOid": "a", "type": "market", "price": None})],
        [("match", "match"), ("filled", "done")],
    ),
}


@pytest.mark.parametrize(("requests", "expected"), LIVES.values(), ids=LIVES)
def test_life_of_an_order(trader, private, requests, expected):
    """Each step is told once, in its order, with the status that belongs to it."""
    futures = requests[0][0].startswith("futures")
    private.subscribe("/contractMarket/tradeOrders" if futures else "/spotMarket/tradeOrdersV2")
    for op, args in requests:
        trader.do(op, args)

    assert steps(private.data(len(expected))) == expected
