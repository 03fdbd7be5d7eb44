"""Every local rule refuses what breaks it, naming the field, and lets pass what the exchange may judge."""

from decimal import Decimal
from typing import Any

import pytest
from order_samples import (
    BATCH,
    CANCEL,
    FUTURES_LIMIT,
    FUTURES_MARKET,
    MINIMAL,
    SPOT_CHANGE,
    SPOT_LIMIT,
    SPOT_MARKET,
    STOP,
    UTA_CANCEL,
    UTA_CHANGE,
    UTA_LIMIT,
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

ACCEPTED: list[tuple[type, dict[str, Any], dict[str, Any]]] = [
    *((request_class, fields, {}) for request_class, fields in MINIMAL),
    (SpotOrder, SPOT_MARKET, {"size": None, "funds": 100}),
    (SpotOrder, SPOT_MARKET, {"time_in_force": "IOC"}),
    (SpotOrder, SPOT_MARKET, {"post_only": False, "hidden": False, "iceberg": False}),
    (SpotOrder, SPOT_MARKET, {"stp": "CB"}),
    (SpotOrder, SPOT_LIMIT, {"stp": "DC"}),
    (SpotOrder, SPOT_LIMIT, {"post_only": True, "time_in_force": "FOK"}),
    (SpotOrder, SPOT_LIMIT, {"time_in_force": "GTT", "cancel_after": 1}),
    (SpotOrder, SPOT_LIMIT, {"time_in_force": "GTT", "cancel_after": 2_592_000}),
    (SpotOrder, SPOT_LIMIT, {"time_in_force": "GTT", "cancel_after": -1}),
    (SpotOrder, SPOT_LIMIT, {"iceberg": True, "visible_size": "0.005"}),
    (SpotOrder, SPOT_LIMIT, {"iceberg": True, "hidden": True, "visible_size": "0.1"}),
    (SpotOrder, SPOT_LIMIT, {"remark": "r" * 20, "tags": "t" * 20, "client_oid": "aZ09_-" + "x" * 34}),
    (SpotOrder, SPOT_LIMIT, {"allow_max_time_window": 500, "client_timestamp": 1_742_175_983_882}),
    (SpotOrder, SPOT_LIMIT, {"price": 1, "size": Decimal("1E-5")}),
    (SpotModify, SPOT_CHANGE, {"new_size": "2"}),
    (SpotCancel, CANCEL, {"order_id": None, "client_oid": "client order id 12"}),
    (MarginOrder, SPOT_LIMIT, {"is_isolated": True, "auto_borrow": True, "auto_repay": False}),
    (FuturesOrder, FUTURES_LIMIT, {"size": None, "qty": "0.001"}),
    (FuturesOrder, FUTURES_LIMIT, {"size": None, "value_qty": "10"}),
    (FuturesOrder, FUTURES_LIMIT, {"size": "3", "leverage": "10", "time_in_force": "RPI"}),
    (FuturesOrder, FUTURES_LIMIT, {"size": Decimal("3.0"), "remark": "日" * 100}),
    (FuturesOrder, FUTURES_LIMIT, {"stop": "up", "stop_price": "9", "stop_price_type": "MP"}),
    (FuturesOrder, FUTURES_MARKET, {"side": None, "size": None, "close_order": True}),
    (FuturesOrder, FUTURES_LIMIT, {"iceberg": True, "visible_size": 1}),
    (FuturesCancel, {"client_oid": "a", "symbol": "XBTUSDTM"}, {}),
    (FuturesBatchCancel, {"client_oids": [("XBTUSDTM", "a"), ClientOrderId("XBTUSDTM", "b")]}, {}),
    (UtaOrder, UTA_LIMIT, {"order_type": "market", "price": None, "size_unit": "quoteccy"}),
    (UtaOrder, UTA_LIMIT, {"trade_type": "FUTURES", "size_unit": "UNIT", "time_in_force": "FOK"}),
    (UtaOrder, UTA_LIMIT, {"time_in_force": "gtt", "cancel_after": 10_000_000}),
    (UtaOrder, UTA_LIMIT, {"size": None, "close_order": True}),
    (UtaOrder, UTA_LIMIT, {"trigger_direction": "up", "trigger_price": 3, "trigger_price_type": "tp"}),
    (UtaAmend, UTA_CHANGE, {"new_size": None, "sl_trigger_price": "1", "sl_trigger_price_type": "MP"}),
]


@pytest.mark.parametrize(("request_class", "fields", "changes"), ACCEPTED)
def test_a_request_within_the_rules_is_built(request_class, fields, changes):
    """What the reference allows, or leaves to the exchange, is not refused here."""
    request = build(request_class, fields | changes)

    assert isinstance(request, request_class)


BOOK_ORDER_REFUSALS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (SPOT_LIMIT, {"price": None}, "price", "needed for a limit order"),
    (SPOT_LIMIT, {"size": None}, "size", "needed for a limit order"),
    (SPOT_LIMIT, {"funds": "1"}, "funds", "limit order takes size"),
    (SPOT_MARKET, {"price": "7"}, "price", "market order takes no price, not '7'"),
    (SPOT_MARKET, {"size": None}, "size", "exactly one of size, funds is needed, not none"),
    (SPOT_MARKET, {"funds": "1"}, "size", "exactly one of size, funds is needed, not size and funds"),
    (SPOT_MARKET, {"stp": "DC"}, "stp", "CN, CO or CB"),
    (SPOT_MARKET, {"post_only": True}, "post_only", "only a limit order"),
    (SPOT_MARKET, {"hidden": True}, "hidden", "only a limit order"),
    (SPOT_MARKET, {"iceberg": True, "visible_size": 1}, "iceberg", "only a limit order"),
    (SPOT_LIMIT, {"side": "BUY"}, "side", "one of 'buy', 'sell' is needed, not 'BUY'"),
    (SPOT_LIMIT, {"side": None}, "side", "one of"),
    (SPOT_LIMIT, {"side": ["buy"]}, "side", "one of"),
    (SPOT_LIMIT, {"type": "stop"}, "type", "one of 'limit', 'market'"),
    (SPOT_LIMIT, {"time_in_force": "RPI"}, "time_in_force", "one of"),
    (SPOT_LIMIT, {"time_in_force": "GTT"}, "cancel_after", "needed for time_in_force GTT"),
    (SPOT_LIMIT, {"cancel_after": 5}, "cancel_after", "GTT"),
    (SPOT_LIMIT, {"time_in_force": "GTT", "cancel_after": 0}, "cancel_after", "1 to 2592000"),
    (SPOT_LIMIT, {"time_in_force": "GTT", "cancel_after": -2}, "cancel_after", "or -1"),
    (SPOT_LIMIT, {"time_in_force": "GTT", "cancel_after": 2_592_001}, "cancel_after", "1 to 2592000"),
    (SPOT_LIMIT, {"time_in_force": "GTT", "cancel_after": "60"}, "cancel_after", "whole number"),
    (SPOT_LIMIT, {"time_in_force": "GTT", "cancel_after": True}, "cancel_after", "whole number"),
    (SPOT_LIMIT, {"iceberg": True}, "visible_size", "needed for an iceberg order"),
    (SPOT_LIMIT, {"visible_size": 1}, "visible_size", "iceberg=True"),
    (SPOT_LIMIT, {"iceberg": True, "visible_size": "0.0049"}, "visible_size", "twentieth"),
    (SPOT_LIMIT, {"post_only": "true"}, "post_only", "True or False is needed, not 'true'"),
    (SPOT_LIMIT, {"hidden": 1}, "hidden", "True or False"),
    (SPOT_LIMIT, {"stp": "XX"}, "stp", "one of"),
    (SPOT_LIMIT, {"remark": "r" * 21}, "remark", "at most 20 ASCII characters"),
    (SPOT_LIMIT, {"remark": "é"}, "remark", "ASCII"),
    (SPOT_LIMIT, {"client_oid": ""}, "client_oid", "1 to 40"),
    (SPOT_LIMIT, {"client_oid": "x" * 41}, "client_oid", "1 to 40"),
    (SPOT_LIMIT, {"client_oid": "a b"}, "client_oid", "letters, digits"),
    (SPOT_LIMIT, {"client_oid": "é"}, "client_oid", "letters, digits"),
    (SPOT_LIMIT, {"client_oid": "a\n"}, "client_oid", "letters, digits"),
    (SPOT_LIMIT, {"client_oid": 7}, "client_oid", "letters, digits"),
    (SPOT_LIMIT, {"symbol": ""}, "symbol", "non-empty"),
    (SPOT_LIMIT, {"symbol": " BTC-USDT"}, "symbol", "blanks"),
    (SPOT_LIMIT, {"symbol": 5}, "symbol", "non-empty str"),
    (SPOT_LIMIT, {"symbol": None}, "symbol", "non-empty str"),
]

WINDOW = {"allow_max_time_window": 5, "client_timestamp": 1}

REFUSED: list[tuple[type, dict[str, Any], dict[str, Any], str, str]] = [
    *((SpotOrder, *case) for case in BOOK_ORDER_REFUSALS),
    *((MarginOrder, *case) for case in BOOK_ORDER_REFUSALS),
    (SpotOrder, SPOT_LIMIT, {"tags": "t" * 21}, "tags", "at most 20"),
    (SpotOrder, SPOT_LIMIT, {"tags": 3}, "tags", "at most 20"),
    (SpotOrder, SPOT_LIMIT, {"allow_max_time_window": 5}, "client_timestamp", "allow_max_time_window"),
    (SpotOrder, SPOT_LIMIT, WINDOW | {"allow_max_time_window": 0}, "allow_max_time_window", "at least 1"),
    (SpotOrder, SPOT_LIMIT, WINDOW | {"client_timestamp": 1.5}, "client_timestamp", "whole number"),
    (MarginOrder, SPOT_LIMIT, {"is_isolated": "yes"}, "is_isolated", "True or False"),
    (MarginOrder, SPOT_LIMIT, {"auto_borrow": 0}, "auto_borrow", "True or False"),
    (MarginOrder, SPOT_LIMIT, {"auto_repay": 0}, "auto_repay", "True or False"),
    (SpotModify, SPOT_CHANGE, {"order_id": None}, "order_id", "exactly one of order_id, client_oid"),
    (SpotModify, SPOT_CHANGE, {"client_oid": "a"}, "order_id", "exactly one of order_id, client_oid"),
    (SpotModify, SPOT_CHANGE, {"new_price": None}, "new_price", "at least one of new_price, new_size"),
    (SpotModify, SPOT_CHANGE, {"new_price": "0"}, "new_price", "above zero"),
    *(
        (request_class, CANCEL, changes, "order_id", rule)
        for request_class in (SpotCancel, MarginCancel)
        for changes, rule in [
            ({"order_id": None}, "exactly one"),
            ({"client_oid": "a"}, "exactly one"),
            ({"order_id": 5}, "non-empty str"),
            ({"order_id": ""}, "non-empty str"),
        ]
    ),
    (FuturesOrder, FUTURES_LIMIT, {"size": None}, "size", "exactly one of size, qty, value_qty"),
    (FuturesOrder, FUTURES_LIMIT, {"qty": 1}, "size", "not size and qty"),
    (FuturesOrder, FUTURES_LIMIT, {"qty": 1, "close_order": True}, "size", "at most one"),
    (FuturesOrder, FUTURES_LIMIT, {"size": None, "reduce_only": True}, "size", "exactly one"),
    (FuturesOrder, FUTURES_LIMIT, {"size": 0}, "size", "whole number of at least 1"),
    (FuturesOrder, FUTURES_LIMIT, {"size": "1.5"}, "size", "whole number"),
    (FuturesOrder, FUTURES_LIMIT, {"size": 1.0}, "size", "whole number"),
    (FuturesOrder, FUTURES_LIMIT, {"size": True}, "size", "whole number"),
    (FuturesOrder, FUTURES_LIMIT, {"size": Decimal("NaN")}, "size", "whole number"),
    (FuturesOrder, FUTURES_LIMIT, {"size": Decimal("1E+999999")}, "size", "whole number"),
    (FuturesOrder, FUTURES_LIMIT, {"leverage": "0"}, "leverage", "at least 1"),
    (FuturesOrder, FUTURES_LIMIT, {"leverage": 2.5}, "leverage", "whole number"),
    (FuturesOrder, FUTURES_LIMIT, {"side": None}, "side", "needed unless close_order=True"),
    (FuturesOrder, FUTURES_LIMIT, {"side": "long"}, "side", "one of"),
    (FuturesOrder, FUTURES_LIMIT, {"price": None}, "price", "needed for a limit order"),
    (FuturesOrder, FUTURES_MARKET, {"price": 1}, "price", "market order takes no price"),
    (FuturesOrder, FUTURES_LIMIT, {"time_in_force": "FOK"}, "time_in_force", "'GTC', 'IOC', 'RPI'"),
    (FuturesOrder, FUTURES_LIMIT, {"time_in_force": "GTT"}, "time_in_force", "'GTC', 'IOC', 'RPI'"),
    (FuturesOrder, FUTURES_LIMIT, {"post_only": True, "time_in_force": "IOC"}, "post_only", "IOC"),
    (FuturesOrder, FUTURES_LIMIT, {"post_only": True, "hidden": True}, "post_only", "hidden"),
    (
        FuturesOrder,
        FUTURES_LIMIT,
        {"post_only": True, "iceberg": True, "visible_size": 1},
        "post_only",
        "iceberg",
    ),
    (FuturesOrder, FUTURES_MARKET, {"post_only": True}, "post_only", "only a limit order"),
    (FuturesOrder, FUTURES_LIMIT, {"iceberg": True}, "visible_size", "needed for an iceberg"),
    (FuturesOrder, FUTURES_LIMIT, {"visible_size": 1}, "visible_size", "iceberg=True"),
    (FuturesOrder, FUTURES_LIMIT, {"stp": "DC"}, "stp", "'CN', 'CO', 'CB'"),
    (FuturesOrder, FUTURES_LIMIT, {"margin_mode": "isolated"}, "margin_mode", "'ISOLATED', 'CROSS'"),
    (FuturesOrder, FUTURES_LIMIT, {"position_side": "buy"}, "position_side", "'BOTH', 'LONG', 'SHORT'"),
    *(
        (FuturesOrder, FUTURES_LIMIT, STOP | {missing: None}, missing, "it is missing")
        for missing in ("stop", "stop_price", "stop_price_type")
    ),
    (FuturesOrder, FUTURES_LIMIT, STOP | {"stop": "UP"}, "stop", "'up', 'down'"),
    (FuturesOrder, FUTURES_LIMIT, STOP | {"stop_price_type": "last"}, "stop_price_type", "'TP', 'MP', 'IP'"),
    (FuturesOrder, FUTURES_LIMIT, {"remark": "r" * 101}, "remark", "at most 100 characters"),
    (FuturesOrder, FUTURES_LIMIT, {"client_oid": "a.b"}, "client_oid", "letters, digits"),
    (FuturesOrder, FUTURES_LIMIT, {"force_hold": "no"}, "force_hold", "True or False"),
    (FuturesOrder, FUTURES_LIMIT, {"reduce_only": "no"}, "reduce_only", "True or False"),
    (FuturesOrder, FUTURES_LIMIT, {"close_order": "no"}, "close_order", "True or False"),
    (FuturesCancel, {}, {}, "order_id", "exactly one"),
    (FuturesCancel, {"order_id": "1"}, {"client_oid": "a", "symbol": "X"}, "order_id", "exactly one"),
    (FuturesCancel, {"client_oid": "a"}, {}, "symbol", "needed where client_oid is given"),
    (FuturesBatchOrder, BATCH, {"orders": []}, "orders", "1 to 20 orders"),
    (
        FuturesBatchOrder,
        BATCH,
        {"orders": BATCH["orders"] * 21},
        "orders",
        "1 to 20 orders are needed, not 21",
    ),
    (FuturesBatchOrder, BATCH, {"orders": [FUTURES_LIMIT]}, "orders", "every item is a FuturesOrder"),
    (FuturesBatchOrder, BATCH, {"orders": BATCH["orders"][0]}, "orders", "iterable"),
    (FuturesBatchOrder, BATCH, {"orders": None}, "orders", "iterable"),
    (FuturesBatchCancel, {}, {}, "order_ids", "exactly one of order_ids, client_oids"),
    (FuturesBatchCancel, {"order_ids": ["1"], "client_oids": [("X", "a")]}, {}, "order_ids", "exactly one"),
    (FuturesBatchCancel, {"order_ids": []}, {}, "order_ids", "at least one"),
    (FuturesBatchCancel, {"order_ids": "123"}, {}, "order_ids", "iterable"),
    (FuturesBatchCancel, {"order_ids": [1]}, {}, "order_ids", "non-empty str"),
    (FuturesBatchCancel, {"order_ids": [""]}, {}, "order_ids", "non-empty str"),
    (FuturesBatchCancel, {"client_oids": []}, {}, "client_oids", "at least one"),
    (FuturesBatchCancel, {"client_oids": "ab"}, {}, "client_oids", "pair"),
    (FuturesBatchCancel, {"client_oids": ["ab"]}, {}, "client_oids", "pair"),
    (FuturesBatchCancel, {"client_oids": [("X", "a", "b")]}, {}, "client_oids", "pair"),
    (FuturesBatchCancel, {"client_oids": [("X", 1)]}, {}, "client_oid", "non-empty str"),
    (UtaOrder, UTA_LIMIT, {"trade_type": "OPTION"}, "trade_type", "'SPOT', 'FUTURES', 'MARGIN'"),
    (UtaOrder, UTA_LIMIT, {"trade_type": None}, "trade_type", "one of"),
    (UtaOrder, UTA_LIMIT, {"side": "LONG"}, "side", "'BUY', 'SELL'"),
    (UtaOrder, UTA_LIMIT, {"order_type": "STOP"}, "order_type", "'LIMIT', 'MARKET'"),
    (UtaOrder, UTA_LIMIT, {"size": None}, "size", "needed unless close_order=True"),
    (UtaOrder, UTA_LIMIT, {"size_unit": "lots"}, "size_unit", "'BASECCY', 'QUOTECCY', 'UNIT'"),
    (UtaOrder, UTA_LIMIT, {"size_unit": "UNIT"}, "size_unit", "trade_type is FUTURES"),
    (UtaOrder, UTA_LIMIT, {"price": None}, "price", "needed for a limit order"),
    (UtaOrder, UTA_LIMIT, {"order_type": "MARKET"}, "price", "market order takes no price"),
    (UtaOrder, UTA_LIMIT, {"client_oid": "x" * 41}, "client_oid", "1 to 40"),
    (UtaOrder, UTA_LIMIT, {"time_in_force": "DAY"}, "time_in_force", "one of"),
    (UtaOrder, UTA_LIMIT, {"time_in_force": "GTT"}, "cancel_after", "needed for time_in_force GTT"),
    (UtaOrder, UTA_LIMIT, {"cancel_after": 5}, "cancel_after", "GTT"),
    (
        UtaOrder,
        UTA_LIMIT,
        {"trade_type": "FUTURES", "time_in_force": "GTT", "cancel_after": 5},
        "time_in_force",
        "GTC, IOC, FOK or RPI",
    ),
    (UtaOrder, UTA_LIMIT, {"tags": "t" * 21}, "tags", "at most 20 characters"),
    (UtaOrder, UTA_LIMIT, {"stp": "NO"}, "stp", "one of"),
    (UtaOrder, UTA_LIMIT, {"position_side": "UP"}, "position_side", "one of"),
    (UtaOrder, UTA_LIMIT, {"margin_mode": "NONE"}, "margin_mode", "one of"),
    (UtaOrder, UTA_LIMIT, {"leverage": 0}, "leverage", "above zero"),
    (UtaOrder, UTA_LIMIT, {"post_only": 1}, "post_only", "True or False"),
    (UtaOrder, UTA_LIMIT, {"trigger_direction": "UP"}, "trigger_price", "needed where trigger_direction"),
    (UtaOrder, UTA_LIMIT, {"trigger_price_type": "TP"}, "trigger_price", "needed where trigger_price_type"),
    (UtaOrder, UTA_LIMIT, {"tp_trigger_price_type": "TP"}, "tp_trigger_price", "it is missing"),
    (UtaOrder, UTA_LIMIT, {"sl_trigger_price_type": "TP"}, "sl_trigger_price", "it is missing"),
    (UtaAmend, UTA_CHANGE, {"order_id": "1"}, "order_id", "exactly one"),
    (UtaAmend, UTA_CHANGE, {"client_oid": None}, "order_id", "exactly one"),
    (UtaAmend, UTA_CHANGE, {"new_size": None}, "new_price", "at least one"),
    (UtaAmend, UTA_CHANGE, {"cxl_on_fail": "no"}, "cxl_on_fail", "True or False"),
    (UtaAmend, UTA_CHANGE, {"tp_trigger_price_type": "TP"}, "tp_trigger_price", "it is missing"),
    (UtaAmend, UTA_CHANGE, {"sl_trigger_price_type": "TP"}, "sl_trigger_price", "it is missing"),
    (UtaCancel, UTA_CANCEL, {"order_id": None}, "order_id", "exactly one"),
    (UtaCancel, UTA_CANCEL, {"client_oid": "a"}, "order_id", "exactly one"),
    (UtaCancel, UTA_CANCEL, {"trade_type": 3}, "trade_type", "one of"),
]


@pytest.mark.parametrize(("request_class", "fields", "changes", "field", "rule"), REFUSED)
def test_a_broken_rule_is_refused_by_field_and_rule(request_class, fields, changes, field, rule):
    """The error carries the Python name of the field, begins with it and states the rule."""
    with pytest.raises(InvalidRequestError) as caught:
        build(request_class, fields | changes)

    assert field == caught.value.field
    assert str(caught.value).startswith(f"{field}: ")
    assert rule in str(caught.value)
