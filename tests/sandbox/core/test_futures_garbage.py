"""Futures orders of which any part is nonsense: the exchange answers, and its laws hold."""

from __future__ import annotations

import json
from decimal import Decimal

from core_support import Market, check_laws
from hypothesis import given, settings
from hypothesis import strategies as st

CLASSIC = {
    "symbol": "XBTUSDTM",
    "side": "buy",
    "type": "limit",
    "price": "67000",
    "size": 1,
    "leverage": 5,
    "clientOid": "f",
}
UNIFIED = {
    "tradeType": "FUTURES",
    "symbol": "XBTUSDTM",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "67000",
    "size": "1",
    "clientOid": "f",
}
NAMES = """symbol side type orderType price size qty valueQty sizeUnit leverage timeInForce postOnly hidden iceberg
    visibleSize reduceOnly closeOrder forceHold marginMode positionSide stp stop stopPriceType stopPrice remark tags
    triggerDirection triggerPrice triggerPriceType tpTriggerPrice tpTriggerPriceType slTriggerPrice
    slTriggerPriceType autoBorrow autoRepay"""
WORDS = """XBTUSDM ETHUSDTM buy sell BUY SELL limit market LIMIT MARKET GTC IOC FOK RPI CN CO CB DC up down UP DOWN TP
    MP IP BOTH LONG SHORT ISOLATED CROSS UNIT BASECCY QUOTECCY 0 1 -1 3 0.001 66000 67000 1e5 999999999999999999"""
TEXTS = st.sampled_from(WORDS.split())
SCALARS = st.one_of(st.booleans(), st.integers(), st.none(), st.floats(), st.text(max_size=8))
VALUES = st.one_of(TEXTS, TEXTS, SCALARS, st.just([]), st.just({}))


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    order=st.sampled_from([("futures.order", CLASSIC), ("uta.order", UNIFIED)]),
    nonsense=st.dictionaries(st.sampled_from(NAMES.split()), VALUES, min_size=1, max_size=4),
    mark=st.sampled_from(["0.05", "65000", "67000", "990000"]),
)
def test_order_with_nonsense_gets_an_answer(
    order: tuple[str, dict[str, object]], nonsense: dict[str, object], mark: str
) -> None:
    """No exception, a code of digits, data that is JSON; whatever the price does afterwards."""
    market = Market()
    market.futures("bob", "sell", "67000", 3)
    op, args = order

    answer = market.do("alice", op, {**args, **nonsense})
    market.exchange.set_prices("XBTUSDTM", market.now, mark=Decimal(mark), last=Decimal(mark))

    assert answer.code.isdecimal()
    json.dumps(answer.data, allow_nan=False)
    check_laws(market.exchange, ["alice", "bob"])
