"""What futures refuse, each with the table of KuCoin's documentation that has its code."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from core_support import START, Market

from kucoin_wsapi.sandbox.contracts import CONTRACTS, ContractStatus
from kucoin_wsapi.sandbox.exchange import Exchange

CLASSIC = {"symbol": "XBTUSDTM", "side": "buy", "price": "60000", "size": 1, "leverage": 5, "clientOid": "f"}
UNIFIED = {
    "tradeType": "FUTURES",
    "symbol": "XBTUSDTM",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "60000",
    "size": "1",
    "leverage": "5",
    "clientOid": "f",
}
STOP = {"stop": "up", "stopPriceType": "TP", "stopPrice": "70000"}
PARAMETERS = "error table, futures: 100001"
UNIFIED_PARAMETERS = "error table, unified account: 106000"
TRIGGERS = "error table, unified account: 401121 and its neighbours, trigger parameters"

CLASSIC_REFUSALS = [
    ("error table, futures: 200003", {"symbol": "NOSUCH"}, "200003", "symbol"),
    (PARAMETERS, {"clientOid": None}, "100001", "clientOid"),
    (PARAMETERS, {"clientOid": "a b"}, "100001", "clientOid"),
    (PARAMETERS, {"clientOid": "a" * 41}, "100001", "clientOid"),
    (PARAMETERS, {"side": None}, "100001", "side"),
    (PARAMETERS, {"type": "stop"}, "100001", "type"),
    (PARAMETERS, {"price": None}, "100001", "price"),
    (PARAMETERS, {"price": 60000}, "100001", "price"),
    (PARAMETERS, {"type": "market"}, "100001", "no price"),
    (PARAMETERS, {"size": None}, "100001", "Exactly one"),
    (PARAMETERS, {"qty": "0.001"}, "100001", "Exactly one"),
    (PARAMETERS, {"size": 1.5}, "100001", "integer"),
    (PARAMETERS, {"size": 0}, "100001", "one lot"),
    (PARAMETERS, {"size": -1}, "100001", "one lot"),
    (PARAMETERS, {"size": 1_000_001}, "100001", "Quantity cannot exceed 1,000,000."),
    (PARAMETERS, {"size": None, "qty": "0.0015"}, "100001", "multiple"),
    (PARAMETERS, {"size": None, "valueQty": "10"}, "100001", "one lot"),
    (PARAMETERS, {"price": "60000.05"}, "100001", "tick"),
    (PARAMETERS, {"leverage": 0}, "100001", "leverage"),
    (PARAMETERS, {"leverage": 2.5}, "100001", "integer"),
    (PARAMETERS, {"timeInForce": "FOK"}, "100001", "timeInForce"),
    (PARAMETERS, {"timeInForce": "GTT"}, "100001", "timeInForce"),
    (PARAMETERS, {"timeInForce": "IOC", "postOnly": True}, "100001", "postOnly"),
    (PARAMETERS, {"type": "market", "price": None, "timeInForce": "RPI"}, "100001", "RPI"),
    (PARAMETERS, {"hidden": True, "postOnly": True}, "100001", "postOnly"),
    (PARAMETERS, {"iceberg": True, "visibleSize": "1", "postOnly": True}, "100001", "postOnly"),
    (PARAMETERS, {"iceberg": True}, "100001", "visibleSize"),
    (PARAMETERS, {"iceberg": True, "visibleSize": "0"}, "100001", "visibleSize"),
    (PARAMETERS, {"iceberg": True, "visibleSize": "2"}, "100001", "visibleSize"),
    (PARAMETERS, {"type": "market", "price": None, "hidden": True}, "100001", "hidden"),
    (PARAMETERS, {"stp": "DC"}, "100001", "stp"),
    (PARAMETERS, {"marginMode": "cross"}, "100001", "marginMode"),
    (PARAMETERS, {"positionSide": "long"}, "100001", "positionSide"),
    (PARAMETERS, {"forceHold": "true"}, "100001", "forceHold"),
    (PARAMETERS, {"stop": "up"}, "100001", "together"),
    (PARAMETERS, {**STOP, "stopPrice": None}, "100001", "together"),
    (PARAMETERS, {**STOP, "stopPriceType": ""}, "100001", "together"),
    (PARAMETERS, {**STOP, "stop": "above"}, "100001", "stop"),
    (PARAMETERS, {**STOP, "stopPriceType": "LP"}, "100001", "stopPriceType"),
    (PARAMETERS, {**STOP, "stopPrice": "70000.05"}, "100001", "tick"),
    (PARAMETERS, {"remark": "r" * 101}, "100001", "remark"),
    ("error table, futures: 300003", {"size": 100_000}, "300003", "Balance"),
    ("error table, futures: 300008", {"type": "market", "price": None}, "300008", "contra"),
    ("error table, futures: 300009", {"reduceOnly": True}, "300009", "No open positions to close."),
    ("error table, futures: 300009", {"closeOrder": True}, "300009", "No open positions to close."),
    ("error table, futures: 300009", {"closeOrder": True, **STOP}, "300009", "No open positions to close."),
    ("error table, futures: 300011", {"price": "70350.1"}, "300011", "70350"),
    ("error table, futures: 300011", {"side": "sell", "price": "1000000.1"}, "300011", "1000000"),
    ("error table, futures: 300012", {"side": "sell", "price": "63649.9"}, "300012", "63650"),
    ("error table, futures: 300016", {"leverage": 126}, "300016", "125"),
    ("error table, futures: 330005", {"marginMode": "CROSS"}, "330005", "margin mode does not match"),
    ("error table, futures: 330011", {"positionSide": "LONG"}, "330011", "position mode does not match"),
]

UNIFIED_REFUSALS = [
    ("error table, unified account: 106100", {"clientOid": None}, "106100", "clientOid"),
    (UNIFIED_PARAMETERS, {"side": "buy"}, "106000", "side"),
    (UNIFIED_PARAMETERS, {"sizeUnit": "LOTS"}, "106000", "sizeUnit"),
    (UNIFIED_PARAMETERS, {"timeInForce": "GTT"}, "106000", "timeInForce"),
    (UNIFIED_PARAMETERS, {"autoBorrow": True}, "106000", "autoBorrow"),
    (UNIFIED_PARAMETERS, {"stp": "DC"}, "106000", "stp"),
    (UNIFIED_PARAMETERS, {"positionSide": "SHORT"}, "106000", "position side"),
    ("error table, unified account: 106054", {"symbol": "NOSUCH"}, "106054", "unknown"),
    ("error table, unified account: 106150", {"size": "100000"}, "106150", "funds"),
    (
        "error table, unified account: 106156",
        {"orderType": "MARKET", "price": None, "size": None},
        "106156",
        "quantity",
    ),
    ("error table, unified account: 106161", {"price": None}, "106161", "price"),
    ("error table, unified account: 106162", {"size": None}, "106162", "quantity"),
    ("error table, unified account: 106164", {"size": "1", "sizeUnit": "QUOTECCY"}, "106164", "low"),
    ("error table, unified account: 106165", {"size": "1000001"}, "106165", "exceed"),
    ("error table, unified account: 106168", {"size": "1.5"}, "106168", "step"),
    ("error table, unified account: 106169", {"price": "60000.05"}, "106169", "step"),
    ("error table, unified account: 106170", {"price": "70350.1"}, "106170", "70350"),
    ("error table, unified account: 106171", {"side": "SELL", "price": "63649.9"}, "106171", "63650"),
    ("error table, unified account: 106174", {"leverage": "126"}, "106174", "125"),
    ("error table, unified account: 106176", {"orderType": "MARKET", "price": None}, "106176", "empty"),
    ("error table, unified account: 106182", {"reduceOnly": True}, "106182", "position"),
    ("error table, unified account: 106182", {"closeOrder": True}, "106182", "position"),
    ("error table, unified account: 401115, margin mode", {"marginMode": "CROSS"}, "401115", "margin mode"),
    (TRIGGERS, {"triggerPrice": "70000"}, "401121", "together"),
    (TRIGGERS, {"triggerDirection": "UP"}, "401121", "together"),
    (TRIGGERS, {"tpTriggerPriceType": "TP"}, "401121", "tpTriggerPrice"),
    (TRIGGERS, {"slTriggerPriceType": "MP"}, "401121", "slTriggerPrice"),
    ("error table, unified account: 106169", {"tpTriggerPrice": "70000.05"}, "106169", "step"),
]

ROWS = [("futures.order", CLASSIC, row) for row in CLASSIC_REFUSALS]
ROWS += [("uta.order", UNIFIED, row) for row in UNIFIED_REFUSALS]


@pytest.mark.parametrize(("op", "base", "row"), ROWS)
def test_order_that_breaks_a_rule_is_refused(
    op: str, base: dict[str, object], row: tuple[str, dict[str, object], str, str]
) -> None:
    """The refusal has the code of its table and says what is wrong; no order exists and no money moved."""
    source, change, code, text = row
    market = Market()
    before = market.exchange.balances("alice")

    answer = market.do("alice", op, {**base, **change})

    assert (answer.code, answer.data) == (code, None), source
    assert text in str(answer.message)
    assert market.exchange.orders("alice") == ()
    assert [b for b in market.exchange.balances("alice") if b.available or b.hold] == list(before)


@pytest.mark.parametrize(("op", "args"), [("futures.order", CLASSIC), ("uta.order", UNIFIED)])
def test_order_all_these_refusals_vary_is_accepted(op: str, args: dict[str, object]) -> None:
    """Otherwise the tables above would prove nothing."""
    assert Market().do("alice", op, args).code == "200000"


def test_order_in_cross_mode_that_is_too_large_has_its_own_code() -> None:
    """Error table, futures: 330008, with the text that the exchange was seen to send."""
    market = Market()
    assert market.exchange.futures.set_margin_mode("alice", "XBTUSDTM", "CROSS").code == "200000"

    answer = market.do("alice", "futures.order", {**CLASSIC, "size": 100_000, "marginMode": "CROSS"})

    assert (answer.code, answer.message) == (
        "330008",
        "Order quantity is too high, insufficient available margin.",
    )


def test_order_without_margin_mode_is_isolated_and_refused_in_cross_mode() -> None:
    """Error table, futures: 330005. Isolated is the default of the order, whatever the symbol is set to."""
    market = Market()
    market.exchange.futures.set_margin_mode("alice", "XBTUSDTM", "CROSS")

    assert market.do("alice", "futures.order", CLASSIC).code == "330005"
    assert market.do("alice", "uta.order", UNIFIED).code == "200000"


@pytest.mark.parametrize(
    ("mode", "side", "text"),
    [
        ("1", None, "Your order is in One-Way Mode, while your account is set to Hedge Mode"),
        ("1", "BOTH", "Your order is in One-Way Mode, while your account is set to Hedge Mode"),
        ("0", "LONG", "Your order is in Hedge Mode, while your account is set to One-Way Mode"),
    ],
)
def test_order_for_the_other_position_mode_is_refused(mode: str, side: str | None, text: str) -> None:
    """Error table, futures: 330012, once a mode has been chosen."""
    market = Market()
    assert market.exchange.futures.set_position_mode("alice", mode).code == "200000"

    answer = market.do("alice", "futures.order", {**CLASSIC, "positionSide": side})

    assert answer.code == "330012"
    assert str(answer.message).startswith(text)


@pytest.mark.parametrize(
    ("status", "order_code", "cancel_code"),
    [
        ("Init", "300002", "300002"),
        ("Paused", "300002", "300002"),
        ("Settled", "300002", "300002"),
        ("Closed", "300002", "300002"),
        ("CancelOnly", "300002", "100004"),
        ("BeingSettled", "300015", "300015"),
    ],
)
def test_contract_that_is_not_open_takes_no_orders(
    status: ContractStatus, order_code: str, cancel_code: str
) -> None:
    """Error table, futures: 300002 and 300015; CancelOnly lets cancels pass, which here find nothing."""
    contracts = [attrs.evolve(contract, status=status) for contract in CONTRACTS]
    exchange = Exchange(contracts=contracts, now=START, market_maker=False)
    named = {"symbol": "XBTUSDTM", "clientOid": "f"}

    assert exchange.execute("alice", "futures.order", CLASSIC, START).code == order_code
    assert exchange.execute("alice", "futures.cancel", named, START).code == cancel_code
    assert exchange.execute("alice", "uta.order", UNIFIED, START).code == "106053"


def test_position_beyond_the_risk_limit_is_refused() -> None:
    """Error table, futures: 300005, and unified account: 106212. What reduces the position is not."""
    contracts = [attrs.evolve(contract, max_risk_limit=Decimal(1000)) for contract in CONTRACTS]
    exchange = Exchange(contracts=contracts, now=START, market_maker=False)
    exchange.open_account("alice", {"futures": {"USDT": Decimal(10_000)}})
    exchange.open_account("bob", {"futures": {"USDT": Decimal(10_000)}})
    order = {**CLASSIC, "price": "67000", "size": 14}
    exchange.execute("bob", "futures.order", {**order, "side": "sell"}, START)
    assert exchange.execute("alice", "futures.order", order, START).code == "200000"

    more = {**order, "size": 1, "clientOid": "g"}
    assert exchange.execute("alice", "futures.order", more, START).code == "300005"
    unified = {**UNIFIED, "size": "2"}
    assert exchange.execute("alice", "uta.order", unified, START).code == "106212"
    assert exchange.execute("alice", "futures.order", {**more, "side": "sell", "size": 28}, START).code == (
        "200000"
    )


@pytest.mark.parametrize("change", [{"qty": "1"}, {"valueQty": "1"}])
def test_inverse_contract_takes_lots_only(change: dict[str, str]) -> None:
    """Error table, futures: 100001. `qty` and `valueQty` are for linear contracts ("Add Order")."""
    market = Market()
    args = {**CLASSIC, "symbol": "XBTUSDM", "size": None, **change}

    assert market.do("alice", "futures.order", args).code == "100001"


def test_contract_without_cross_margin_refuses_it() -> None:
    """Error table, futures: 100001; `supportCross` of the contract's record."""
    contracts = [attrs.evolve(contract, supports_cross=False) for contract in CONTRACTS]
    exchange = Exchange(contracts=contracts, now=START, market_maker=False)

    assert exchange.futures.set_margin_mode("alice", "XBTUSDTM", "CROSS").code == "100001"


def test_market_order_has_a_limit_of_its_own() -> None:
    """`marketMaxOrderQty` of the contract's record caps market orders only."""
    contracts = [attrs.evolve(contract, market_max_order_size=Decimal(10)) for contract in CONTRACTS]
    exchange = Exchange(contracts=contracts, now=START)
    exchange.open_account("alice", {"futures": {"USDT": Decimal(10_000)}})
    market_order = {**CLASSIC, "type": "market", "price": None, "size": 11}

    answer = exchange.execute("alice", "futures.order", market_order, START)

    assert (answer.code, answer.message) == ("100001", "Quantity cannot exceed 10.")
    assert exchange.execute("alice", "futures.order", {**CLASSIC, "size": 11}, START).code == "200000"


@pytest.mark.parametrize(("stop", "limit", "code"), [({}, 100, "300001"), (STOP, 200, "300004")])
def test_active_and_stop_orders_are_limited_apart(stop: dict[str, str], limit: int, code: str) -> None:
    """Error table, futures: 300001 and 300004. 100 active and 200 stop orders per contract, each its own count."""
    market = Market()
    for number in range(limit):
        market.data("alice", "futures.order", {**CLASSIC, **stop, "clientOid": f"n{number}"})

    other_kind = {} if stop else STOP
    assert market.do("alice", "futures.order", {**CLASSIC, **stop, "clientOid": "last"}).code == code
    assert market.do("alice", "futures.order", {**CLASSIC, **other_kind, "clientOid": "o"}).code == "200000"
    other_symbol = {**CLASSIC, **stop, "symbol": "ETHUSDTM", "price": "2000", "clientOid": "e"}
    assert market.do("alice", "futures.order", {**other_symbol, "stopPrice": None} | stop).code == "200000"


@pytest.mark.parametrize("stop", [{}, STOP])
def test_client_oid_of_an_active_or_waiting_order_is_refused(stop: dict[str, str]) -> None:
    """Error table, futures: 300018; once the order is cancelled its clientOid is free again."""
    market = Market()
    market.data("alice", "futures.order", {**CLASSIC, **stop})

    assert market.do("alice", "futures.order", CLASSIC).code == "300018"
    assert market.do("alice", "uta.order", UNIFIED).code == "106151"
    market.data("alice", "futures.cancel", {"symbol": "XBTUSDTM", "clientOid": "f"})
    assert market.do("alice", "futures.order", CLASSIC).code == "200000"


def test_test_order_is_checked_and_not_placed() -> None:
    """KuCoin documentation, "Add Order Test" (futures): same checks, no order."""
    desk = (market := Market()).exchange.futures

    accepted = desk.test_order("alice", CLASSIC)

    assert (accepted.code, market.exchange.orders("alice")) == ("200000", ())
    assert isinstance(accepted.data, dict)
    assert accepted.data["clientOid"] == "f"
    assert desk.test_order("alice", {**CLASSIC, "size": 100_000}).code == "300003"
    assert market.do("alice", "futures.order", CLASSIC).code == "200000"
