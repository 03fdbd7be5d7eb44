"""Every documented refusal of spot, margin and unified orders, and the order of the checks that lead to them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from core_support import START, Market
from spot_refusal_rows import (
    BTC,
    LATE,
    LIMIT,
    MARGIN_ROWS,
    SPOT_ROWS,
    Preparation,
    poor,
    with_ask,
)
from uta_refusal_rows import UNIFIED_ROWS


@pytest.mark.parametrize(
    ("source", "prepare", "op", "args", "text"), [*SPOT_ROWS, *MARGIN_ROWS, *UNIFIED_ROWS]
)
def test_documented_refusal(
    source: str, prepare: Preparation, op: str, args: Mapping[str, object], text: str
) -> None:
    """The code of the source, a text that says what is wrong, no data; no order came or went, and no money moved."""
    market = Market()
    prepare(market)
    uid = "poor" if prepare is poor else "alice"
    orders, money = market.exchange.orders(uid), spendable(market, uid)

    answer = market.do(uid, op, args)

    assert (answer.code, answer.data) == (source.rpartition(": ")[2], None)
    assert text in str(answer.message)
    assert market.exchange.orders(uid) == orders
    assert spendable(market, uid) == money
    assert market.exchange.liabilities(uid) == ()


def spendable(market: Market, uid: str) -> list[object]:
    return [balance for balance in market.exchange.balances(uid) if balance.available or balance.hold]


def test_checks_come_in_their_order() -> None:
    """An order with every fault at once is refused for one after the other, as each is repaired."""
    market = Market()
    with_ask(market)
    for number in range(200):
        market.data(
            "alice", "spot.order", {**LIMIT, "price": "1", "clientOid": "x" if not number else f"n{number}"}
        )
    wrong: dict[str, object] = {
        **LIMIT,
        **LATE,
        "symbol": "NO-SUCH",
        "side": "up",
        "size": "0.0000000001",
        "price": "50000.01",
    }
    repairs: list[tuple[dict[str, object], str]] = [
        ({}, "400100 The order arrived after"),
        ({"clientTimestamp": START // 1_000_000}, "900001"),
        ({"symbol": BTC}, "400100 side"),
        ({"side": "buy"}, "400100 Order size below"),
        ({"size": "0.0100000001"}, "600100 Order size"),
        ({"size": "0.00001"}, "600100 Order price"),
        ({"price": "1"}, "600101"),
        ({"price": "50000", "size": "1000"}, "400370"),
        ({"price": "44000"}, "200003"),
    ]
    for repair, expected in repairs:
        wrong |= repair
        answer = market.do("alice", "spot.order", wrong)
        assert f"{answer.code} {answer.message}".startswith(expected)

    market.data("alice", "spot.cancel", {"symbol": BTC, "clientOid": "n1"})
    assert "clientOidDuplicated" in str(market.do("alice", "spot.order", wrong).message)
    assert market.do("alice", "spot.order", {**wrong, "clientOid": "other"}).code == "200004"
