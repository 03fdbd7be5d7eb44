"""Whatever comes as args, the exchange answers: a refusal, or an order that was legal by accident."""

from __future__ import annotations

import json

import pytest
from core_support import Market, check_laws
from hypothesis import given, settings
from hypothesis import strategies as st

OPERATIONS = [
    "spot.order",
    "spot.sync_order",
    "spot.modify",
    "spot.cancel",
    "spot.sync_cancel",
    "spot.test_order",
    "spot.multi_order",
    "spot.multi_sync_order",
    "spot.cancel_size",
    "spot.cancel_symbol",
    "spot.cancel_all",
    "margin.order",
    "margin.cancel",
    "margin.test_order",
    "margin.cancel_symbol",
    "futures.order",
    "futures.cancel",
    "futures.multi_order",
    "futures.multi_cancel",
    "uta.order",
    "uta.amend",
    "uta.cancel",
]
ARGUMENT_NAMES = """symbol type side price size funds clientOid orderId timeInForce cancelAfter postOnly hidden remark
    tags stp iceberg visibleSize cancelSize orderList autoRepay
    allowMaxTimeWindow clientTimestamp newPrice newSize leverage qty valueQty reduceOnly closeOrder marginMode
    positionSide isIsolated autoBorrow tradeType orderType sizeUnit cxlOnFail orderIdsList clientOidsList"""
ARGUMENT_WORDS = """BTC-USDT XBTUSDTM limit market buy sell LIMIT MARKET BUY SELL SPOT MARGIN ISOLATED FUTURES CN DC
    MARGIN_TRADE GTC GTT IOC FOK 1 0.1 60000 a"""
NAMES = st.sampled_from(ARGUMENT_NAMES.split())
WORDS = st.sampled_from(ARGUMENT_WORDS.split())
SCALARS = st.one_of(WORDS, WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=50))
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=20)
    ),
    max_leaves=40,
)


@pytest.mark.parametrize("op", OPERATIONS)
@settings(derandomize=True, max_examples=25, deadline=None)
@given(args=JSON)
def test_any_json_gets_an_answer(op: str, args: object) -> None:
    """No exception, a code of digits, data that is JSON, and the laws still hold."""
    market = Market()
    market.spot("alice", "buy", "50000", "1", clientOid="a")

    answer = market.do("alice", op, args)

    assert answer.code.isdecimal()
    assert (answer.message is None) == (answer.code == "200000")
    json.dumps(answer.data, allow_nan=False)
    check_laws(market.exchange, ["alice", "bob"])


WRONG_SHAPES = [None, 1, "x", [], {}, [None], [[]], {"symbol": {}}, {"symbol": "\ud800"}, 1e999]


@pytest.mark.parametrize("op", OPERATIONS)
def test_wrong_shapes_are_refused(op: str) -> None:
    """Arrays for objects, objects for arrays, and things that are neither.

    A batch of futures succeeds though its items do not, and a cancel of everything looks at no argument.
    """
    market = Market()

    codes = {market.do("alice", op, args).code for args in WRONG_SHAPES}

    assert "200000" not in codes or op in ("futures.multi_order", "spot.cancel_all")


def test_user_without_an_account_has_no_funds() -> None:
    """An unknown user is refused for lack of money, and never owns anything."""
    market = Market()
    args = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "50000", "size": "1"}

    assert market.do("nobody", "spot.order", args).code == "200004"
    assert (
        market.exchange.orders("nobody")
        == market.exchange.fills("nobody")
        == market.exchange.positions("nobody")
    )
