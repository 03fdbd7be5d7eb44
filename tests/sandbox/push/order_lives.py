"""The lives of orders: what is done, and what each dialect tells of it.

From the tables of "Get Order V2" and "All Order" of KuCoin's documentation, and of the Pro channel "Order" (event, and
status: 0 waits, 1 triggered, 2 live, 3 filled, 4 partly filled, 5 cancelled, 6 partly filled and cancelled).
"""

from __future__ import annotations

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "67000.1", "size": "0.002"}
SELL = {**SPOT, "side": "sell"}
FUTURES = {
    "symbol": "XBTUSDTM",
    "type": "limit",
    "side": "buy",
    "price": "60000",
    "size": 2,
    "leverage": 3,
    "clientOid": "f",
}
UTA = {
    "tradeType": "SPOT",
    "symbol": "BTC-USDT",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "60000",
    "size": "0.002",
}
MARKET = {"type": "market", "price": None}
RECEIVED = ("received", "new")
RESTS = [RECEIVED, ("open", "open")]
TAKES = [("match", "match"), ("filled", "done")]
MAKES = [("match", "open"), ("filled", "done")]
PRO_RESTS = [("OPEN", 2)]
PRO_TRADES = [("MATCH", 4), ("FILL", 3)]

LIVES = {
    "rests and is cancelled": (
        [
            ("spot.order", {**SPOT, "clientOid": "a"}),
            ("spot.cancel", {"symbol": "BTC-USDT", "clientOid": "a"}),
        ],
        [*RESTS, ("canceled", "done")],
        [*PRO_RESTS, ("CANCEL", 5)],
    ),
    "takes at the market": ([("spot.order", {**SPOT, **MARKET})], [RECEIVED, *TAKES], PRO_TRADES),
    "takes for its funds": (
        [("spot.order", {**SPOT, **MARKET, "size": None, "funds": "100"})],
        [RECEIVED, *TAKES],
        PRO_TRADES,
    ),
    "takes at its price and at once": (
        [("spot.order", {**SPOT, "price": "67100", "timeInForce": "IOC"})],
        [RECEIVED, *TAKES],
        PRO_TRADES,
    ),
    "finds nothing at its price": (
        [("spot.order", {**SPOT, "timeInForce": "IOC"})],
        [RECEIVED, ("canceled", "done")],
        [("CANCEL", 5)],
    ),
    "would not be filled whole": (
        [("spot.order", {**SPOT, "timeInForce": "FOK"})],
        [RECEIVED, ("canceled", "done")],
        [("CANCEL", 5)],
    ),
    "is postOnly and would take": (
        [("spot.order", {**SPOT, "price": "67100", "postOnly": True})],
        [RECEIVED, ("canceled", "done")],
        [("CANCEL", 5)],
    ),
    "is of margin": (
        [("margin.order", {**SPOT, **MARKET, "clientOid": "m"})],
        [RECEIVED, *TAKES],
        PRO_TRADES,
    ),
    "meets its owner's, which makes": (
        [("spot.order", SPOT), ("spot.order", SELL)],
        [*RESTS, RECEIVED, *TAKES, *MAKES],
        [*PRO_RESTS, *PRO_TRADES, *PRO_TRADES],
    ),
    "is partly filled and then cancelled": (
        [
            ("spot.order", {**SPOT, "size": "0.003", "clientOid": "a"}),
            ("spot.order", SELL),
            ("spot.cancel", {"symbol": "BTC-USDT", "clientOid": "a"}),
        ],
        [*RESTS, RECEIVED, *TAKES, ("match", "open"), ("update", "done")],
        [*PRO_RESTS, *PRO_TRADES, ("MATCH", 4), ("CANCEL", 6)],
    ),
    "is cancelled lest it meets its owner's": (
        [("spot.order", SPOT), ("spot.order", {**SELL, "stp": "CN"})],
        [*RESTS, RECEIVED, ("update", "done")],
        [*PRO_RESTS, ("CANCEL", 5)],
    ),
    "has its owner's cancelled": (
        [
            ("spot.order", SPOT),
            ("spot.order", {**SELL, "stp": "CO", "timeInForce": "IOC", "price": "67000.1"}),
        ],
        [*RESTS, RECEIVED, ("update", "done"), ("canceled", "done")],
        [*PRO_RESTS, ("CANCEL", 5), ("CANCEL", 5)],
    ),
    "reduces its owner's larger one": (
        [("spot.order", {**SPOT, "size": "0.003"}), ("spot.order", {**SELL, "stp": "DC"})],
        [*RESTS, RECEIVED, ("update", "open"), ("update", "done")],
        [*PRO_RESTS, ("UPDATE", 2), ("CANCEL", 5)],
    ),
    "is reduced by its owner's smaller one": (
        [("spot.order", SPOT), ("spot.order", {**SELL, "size": "0.003", "stp": "DC", "timeInForce": "IOC"})],
        [*RESTS, RECEIVED, ("update", "match"), ("update", "done"), ("canceled", "done")],
        [*PRO_RESTS, ("UPDATE", 2), ("CANCEL", 5), ("CANCEL", 5)],
    ),
    "is modified": (
        [
            ("spot.order", {**SPOT, "clientOid": "a"}),
            ("spot.modify", {"symbol": "BTC-USDT", "clientOid": "a", "newPrice": "60000"}),
        ],
        [*RESTS, ("canceled", "done"), *RESTS],
        [*PRO_RESTS, ("CANCEL", 5), *PRO_RESTS],
    ),
    "of futures fills what is left of it": (
        [
            ("futures.order", {**FUTURES, **MARKET, "size": 1}),
            ("futures.order", {**FUTURES, **MARKET, "side": "sell", "reduceOnly": True, "clientOid": "g"}),
        ],
        [*TAKES, ("update", "match"), *TAKES],
        [*PRO_TRADES, ("UPDATE", 2), ("MATCH", 4), ("FILL", 6)],
    ),
    "is amended in a unified account, and takes then": (
        [
            ("uta.order", {**UTA, "clientOid": "u"}),
            ("uta.amend", {"tradeType": "SPOT", "symbol": "BTC-USDT", "clientOid": "u", "newSize": "0.003"}),
            ("uta.amend", {"tradeType": "SPOT", "symbol": "BTC-USDT", "clientOid": "u", "newPrice": "67100"}),
        ],
        [*RESTS, ("update", "open"), ("update", "open"), *TAKES],
        [*PRO_RESTS, ("UPDATE", 2), ("UPDATE", 2), *PRO_TRADES],
    ),
    "of futures rests and is cancelled": (
        [("futures.order", FUTURES), ("futures.cancel", {"symbol": "XBTUSDTM", "clientOid": "f"})],
        [("open", "open"), ("canceled", "done")],
        [*PRO_RESTS, ("CANCEL", 5)],
    ),
    "of futures takes at the market": ([("futures.order", {**FUTURES, **MARKET})], TAKES, PRO_TRADES),
    "of futures meets its owner's": (
        [
            ("futures.order", {**FUTURES, "price": "67000.1"}),
            ("futures.order", {**FUTURES, "side": "sell", "price": "67000.1", "clientOid": "g"}),
        ],
        [("open", "open"), *TAKES, *MAKES],
        [*PRO_RESTS, *PRO_TRADES, *PRO_TRADES],
    ),
}
"""What is asked for; the classic (type, status); the Pro (event, status)."""
