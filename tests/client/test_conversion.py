"""From requests to the exchange's JSON: names, types, plain digits, and nothing for what is left out."""

import json
import string
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from order_samples import FUTURES_LIMIT, MINIMAL, SPOT_LIMIT, STOP, UTA_LIMIT

from kucoin_wsapi import orders
from kucoin_wsapi._conversion import (
    wire_arguments,
)
from kucoin_wsapi.exceptions import InvalidRequestError
from kucoin_wsapi.orders import (
    ClientOrderId,
    FuturesBatchCancel,
    FuturesBatchOrder,
    FuturesCancel,
    FuturesOrder,
    MarginCancel,
    MarginOrder,
    SpotCancel,
    SpotModify,
    SpotOrder,
    UtaAmend,
    UtaCancel,
    UtaOrder,
    build,
)
from kucoin_wsapi.responses import OrderAck

# The same examples in every run, so that a failure on one machine is a failure on all.
repeatable = settings(derandomize=True, deadline=None, max_examples=100)

FULL_SPOT = SPOT_LIMIT | {
    "client_oid": "c-1",
    "time_in_force": "GTT",
    "cancel_after": 60,
    "post_only": True,
    "hidden": False,
    "iceberg": True,
    "visible_size": "0.05",
    "stp": "CN",
    "remark": "r",
}
FULL_SPOT_WIRE = {
    "symbol": "BTC-USDT",
    "side": "buy",
    "type": "limit",
    "clientOid": "c-1",
    "price": "20000",
    "size": "0.1",
    "timeInForce": "GTT",
    "cancelAfter": 60,
    "postOnly": True,
    "hidden": False,
    "iceberg": True,
    "visibleSize": "0.05",
    "stp": "CN",
    "remark": "r",
}

REQUESTS: list[tuple[orders.Request, Any]] = [
    (
        SpotOrder(**FULL_SPOT, tags="t", allow_max_time_window=500, client_timestamp=1742175983882),
        FULL_SPOT_WIRE | {"tags": "t", "allowMaxTimeWindow": 500, "clientTimestamp": 1742175983882},
    ),
    (
        SpotOrder(symbol="BTC-USDT", side="sell", type="market", funds=100),
        {"symbol": "BTC-USDT", "side": "sell", "type": "market", "funds": "100"},
    ),
    (
        SpotModify(symbol="BTC-USDT", client_oid="a", new_price="49000", new_size=Decimal("1E-5")),
        {"symbol": "BTC-USDT", "clientOid": "a", "newPrice": "49000", "newSize": "0.00001"},
    ),
    (
        SpotModify(symbol="BTC-USDT", order_id="1", new_price=2),
        {"symbol": "BTC-USDT", "orderId": "1", "newPrice": "2"},
    ),
    (SpotCancel(symbol="BTC-USDT", client_oid="a"), {"symbol": "BTC-USDT", "clientOid": "a"}),
    (SpotCancel(symbol="BTC-USDT", order_id="1"), {"symbol": "BTC-USDT", "orderId": "1"}),
    (
        MarginOrder(**FULL_SPOT, is_isolated=True, auto_borrow=False, auto_repay=True),
        FULL_SPOT_WIRE | {"isIsolated": True, "autoBorrow": False, "autoRepay": True},
    ),
    (
        MarginOrder(symbol="BTC-USDT", side="buy", price=1, size=2),
        {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "1", "size": "2"},
    ),
    (
        MarginOrder(symbol="BTC-USDT", side="buy", type="market", funds="1.50"),
        {"symbol": "BTC-USDT", "side": "buy", "type": "market", "funds": "1.50"},
    ),
    (MarginCancel(symbol="BTC-USDT", order_id="1"), {"symbol": "BTC-USDT", "orderId": "1"}),
    (MarginCancel(symbol="BTC-USDT", client_oid="a"), {"symbol": "BTC-USDT", "clientOid": "a"}),
    (
        FuturesOrder(
            **FUTURES_LIMIT | STOP | {"size": "3", "leverage": "5"},
            client_oid="f-1",
            time_in_force="GTC",
            hidden=True,
            iceberg=True,
            visible_size=2,
            reduce_only=True,
            force_hold=True,
            margin_mode="CROSS",
            position_side="LONG",
            stp="CB",
            remark="日",
        ),
        {
            "symbol": "XBTUSDTM",
            "side": "buy",
            "type": "limit",
            "clientOid": "f-1",
            "leverage": 5,
            "size": 3,
            "price": "0.1",
            "timeInForce": "GTC",
            "hidden": True,
            "iceberg": True,
            "visibleSize": "2",
            "reduceOnly": True,
            "forceHold": True,
            "marginMode": "CROSS",
            "positionSide": "LONG",
            "stp": "CB",
            "stop": "down",
            "stopPrice": "9",
            "stopPriceType": "TP",
            "remark": "日",
        },
    ),
    (
        FuturesOrder(symbol="XBTUSDTM", type="market", close_order=True),
        {"symbol": "XBTUSDTM", "type": "market", "closeOrder": True},
    ),
    (
        FuturesOrder(symbol="XBTUSDTM", side="buy", qty="0.001", price=1, post_only=True),
        {
            "symbol": "XBTUSDTM",
            "side": "buy",
            "type": "limit",
            "qty": "0.001",
            "price": "1",
            "postOnly": True,
        },
    ),
    (
        FuturesOrder(symbol="XBTUSDTM", side="buy", value_qty=10, price=1),
        {"symbol": "XBTUSDTM", "side": "buy", "type": "limit", "valueQty": "10", "price": "1"},
    ),
    (FuturesCancel(order_id="1"), {"orderId": "1"}),
    (FuturesCancel(symbol="XBTUSDTM", client_oid="a"), {"symbol": "XBTUSDTM", "clientOid": "a"}),
    (
        FuturesBatchOrder(orders=[FuturesOrder(**FUTURES_LIMIT, client_oid=name) for name in "ab"]),
        [
            {
                "symbol": "XBTUSDTM",
                "side": "buy",
                "type": "limit",
                "clientOid": name,
                "size": 1,
                "price": "0.1",
            }
            for name in "ab"
        ],
    ),
    (FuturesBatchCancel(order_ids=("1", "2")), {"orderIdsList": ["1", "2"]}),
    (
        FuturesBatchCancel(client_oids=[("XRPUSDTM", "a"), ClientOrderId("XBTUSDTM", "b")]),
        {
            "clientOidsList": [
                {"symbol": "XRPUSDTM", "clientOid": "a"},
                {"symbol": "XBTUSDTM", "clientOid": "b"},
            ]
        },
    ),
    (
        UtaOrder(
            **UTA_LIMIT | {"trade_type": "FUTURES"},
            size_unit="UNIT",
            client_oid="u-1",
            time_in_force="GTC",
            post_only=True,
            reduce_only=False,
            stp="CO",
            tags="t",
            position_side="SHORT",
            margin_mode="ISOLATED",
            leverage=3,
            trigger_direction="UP",
            trigger_price="4",
            trigger_price_type="IP",
            tp_trigger_price="5",
            tp_trigger_price_type="TP",
            sl_trigger_price="1",
            sl_trigger_price_type="MP",
            close_order=False,
            auto_borrow=True,
            auto_repay=True,
        ),
        {
            "tradeType": "FUTURES",
            "symbol": "BTC-USDT",
            "side": "BUY",
            "orderType": "LIMIT",
            "size": "1",
            "sizeUnit": "UNIT",
            "price": "2",
            "clientOid": "u-1",
            "timeInForce": "GTC",
            "postOnly": True,
            "reduceOnly": False,
            "stp": "CO",
            "tags": "t",
            "positionSide": "SHORT",
            "marginMode": "ISOLATED",
            "leverage": "3",
            "triggerDirection": "UP",
            "triggerPrice": "4",
            "triggerPriceType": "IP",
            "tpTriggerPrice": "5",
            "tpTriggerPriceType": "TP",
            "slTriggerPrice": "1",
            "slTriggerPriceType": "MP",
            "closeOrder": False,
            "autoBorrow": True,
            "autoRepay": True,
        },
    ),
    (
        UtaOrder(**UTA_LIMIT, time_in_force="GTT", cancel_after=9),
        {
            "tradeType": "SPOT",
            "symbol": "BTC-USDT",
            "side": "BUY",
            "orderType": "LIMIT",
            "size": "1",
            "price": "2",
            "timeInForce": "GTT",
            "cancelAfter": 9,
        },
    ),
    (
        UtaAmend(
            symbol="BTC-USDT",
            order_id="1",
            trade_type="spot",
            new_price="2",
            new_size="3",
            size_unit="baseccy",
            cxl_on_fail=True,
            tp_trigger_price="5",
            tp_trigger_price_type="TP",
            sl_trigger_price="1",
            sl_trigger_price_type="MP",
        ),
        {
            "symbol": "BTC-USDT",
            "orderId": "1",
            "tradeType": "SPOT",
            "newPrice": "2",
            "newSize": "3",
            "sizeUnit": "BASECCY",
            "cxlOnFail": True,
            "tpTriggerPrice": "5",
            "tpTriggerPriceType": "TP",
            "slTriggerPrice": "1",
            "slTriggerPriceType": "MP",
        },
    ),
    (
        UtaAmend(symbol="BTC-USDT", client_oid="a", new_size="3"),
        {"symbol": "BTC-USDT", "clientOid": "a", "newSize": "3"},
    ),
    (
        UtaCancel(trade_type="FUTURES", symbol="XBTUSDTM", order_id="1"),
        {"tradeType": "FUTURES", "symbol": "XBTUSDTM", "orderId": "1"},
    ),
    (
        UtaCancel(trade_type="FUTURES", symbol="XBTUSDTM", client_oid="u-1"),
        {"tradeType": "FUTURES", "symbol": "XBTUSDTM", "clientOid": "u-1"},
    ),
]


@pytest.mark.parametrize(("request_object", "expected"), REQUESTS)
def test_a_request_becomes_its_wire_arguments(request_object, expected):
    """Every field has its wire name and type; what was not given is not sent."""
    arguments = wire_arguments(request_object)

    assert expected == arguments
    # JSON types, beyond Python's equality of True with 1.
    assert json.dumps(expected, sort_keys=True) == json.dumps(arguments, sort_keys=True)


def test_every_field_of_every_request_is_in_the_table_above():
    """A new field cannot be forgotten there."""
    written = {}
    for request, _ in REQUESTS:
        names = {name for name in type(request).__slots__ if getattr(request, name, None) is not None}
        written.setdefault(type(request), set()).update(names - {"__weakref__"})

    for request_class in get_args(orders.Request):
        assert set(request_class.__slots__) - {"__weakref__"} == written[request_class]


positive = st.decimals("1E-30", "1E+30", allow_nan=False, allow_infinity=False)


@repeatable
@given(amount=positive, exponential=st.booleans())
def test_an_amount_on_the_wire_is_plain_and_exact(amount, exponential):
    """Digits and a point, equal to what was given, whether as Decimal or as exponent text."""
    given_amount = f"{amount:e}" if exponential else amount
    order = SpotOrder(**SPOT_LIMIT | {"price": given_amount})

    text = wire_arguments(order)["price"]

    assert Decimal(text) == amount
    assert set(text) <= set(string.digits + ".")


@repeatable
@given(digits=st.from_regex(r"[1-9][0-9]{0,9}(\.[0-9]{1,12})?", fullmatch=True))
def test_plain_text_goes_out_as_it_was_written(digits):
    """Trailing zeros included."""
    order = SpotOrder(**SPOT_LIMIT | {"price": digits})

    assert digits == wire_arguments(order)["price"]


client_oids = st.none() | st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)
flags = st.none() | st.booleans()
limit_orders = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(["BTC-USDT", "XBTUSDTM"]),
        "side": st.sampled_from(["buy", "sell"]),
        "type": st.just("limit"),
        "price": positive | positive.map(str),
        "size": st.integers(1, 10**12),
        "client_oid": client_oids,
        "hidden": flags,
        "time_in_force": st.sampled_from([None, "GTC", "IOC"]),
        "stp": st.sampled_from([None, "CN", "CO", "CB"]),
        "remark": st.none() | st.text(string.ascii_letters, max_size=20),
    }
)


@repeatable
@given(fields=limit_orders, request_class=st.sampled_from([SpotOrder, MarginOrder, FuturesOrder]))
def test_an_order_comes_back_from_its_json(fields, request_class):
    """Nothing is lost on the wire: the order rebuilt from decoded JSON is the order."""
    names = {"clientOid": "client_oid", "timeInForce": "time_in_force"}
    order = build(request_class, fields)

    decoded = json.loads(json.dumps(wire_arguments(order)))

    assert None not in decoded.values()
    assert build(request_class, {names.get(name, name): value for name, value in decoded.items()}) == order


@pytest.mark.parametrize(
    "stranger", [OrderAck("1"), ClientOrderId("XBTUSDTM", "a"), {"symbol": "BTC-USDT"}, None]
)
def test_only_requests_are_converted(stranger):
    """Anything else would go out under names that the exchange does not know."""
    with pytest.raises(InvalidRequestError, match=f"{type(stranger).__name__} is no request"):
        wire_arguments(stranger)


@pytest.mark.parametrize(("request_class", "fields"), MINIMAL)
def test_arguments_are_json_without_null(request_class, fields):
    """Absent options are left out, never null."""
    assert "null" not in json.dumps(wire_arguments(request_class(**fields)))
