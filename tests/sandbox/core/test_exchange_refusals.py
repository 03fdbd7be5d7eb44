"""Every refusal, with the code KuCoin's documentation gives it ("Error Code", "Add Order" of each product)."""

from __future__ import annotations

import attrs
import pytest
from core_support import START, Market

from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.symbols import CONTRACTS, SYMBOLS

SPOT = {"symbol": "BTC-USDT", "type": "limit", "side": "buy", "price": "50000", "size": "1"}
MARKET_BUY = {"symbol": "BTC-USDT", "type": "market", "side": "buy"}
MARGIN = {"symbol": "BTC-USDT", "side": "buy", "price": "50000", "size": "1", "clientOid": "m"}
FUTURES = {"symbol": "XBTUSDTM", "side": "buy", "price": "60000", "size": 1, "leverage": 5, "clientOid": "f"}
UTA = {
    "tradeType": "SPOT",
    "symbol": "BTC-USDT",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "50000",
    "size": "1",
}
UTA_FUTURES = {
    "tradeType": "FUTURES",
    "symbol": "XBTUSDTM",
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "60000",
    "size": "1",
    "clientOid": "f",
}
MILLISECONDS = START // 1_000_000

ORDER_NOT_FOUND = "order_not_exist_or_not_allow_to_cancel"
TOO_SMALL = "Order size below the minimum requirement."
STEP = "Order size increment invalid."
NOT_YET = "does not support"

SPOT_REFUSALS = [
    ({"clientTimestamp": MILLISECONDS - 11, "allowMaxTimeWindow": 10}, "400100", "allowMaxTimeWindow"),
    ({"allowMaxTimeWindow": 10}, "400100", "clientTimestamp"),
    ({"symbol": "NO-SUCH"}, "900001", "does not exist"),
    ({"symbol": None}, "400100", "symbol"),
    ({"symbol": ["BTC-USDT"]}, "400100", "symbol"),
    ({"type": "stop"}, "400100", "type"),
    ({"type": None}, "400100", "type"),
    ({"side": "BUY"}, "400100", "side"),
    ({"timeInForce": "GFD"}, "400100", "timeInForce"),
    ({"price": None}, "400100", "price"),
    ({"size": None}, "400100", "size"),
    ({"funds": "10"}, "400100", "funds"),
    ({"price": 50000}, "400100", "decimal string"),
    ({"size": 0.5}, "400100", "decimal string"),
    ({"size": "1e-05"}, "400100", "decimal string"),
    ({"size": "-1"}, "400100", "decimal string"),
    ({"size": "0"}, "400100", "greater than 0"),
    ({"size": "\u0661"}, "400100", "decimal string"),
    ({"size": "9" * 5000}, "400100", "decimal string"),
    ({"postOnly": "true"}, "400100", "boolean"),
    ({"timeInForce": "GTT"}, "400100", "cancelAfter"),
    ({"timeInForce": "GTT", "cancelAfter": 0}, "400100", "cancelAfter"),
    ({"timeInForce": "GTT", "cancelAfter": 2_592_001}, "400100", "cancelAfter"),
    ({"timeInForce": "GTT", "cancelAfter": True}, "400100", "integer"),
    ({"cancelAfter": 10}, "400100", "GTT"),
    ({"clientOid": "a b"}, "400100", "clientOid"),
    ({"clientOid": "a" * 41}, "400100", "clientOid"),
    ({"clientOid": ""}, "400100", "clientOid"),
    ({"clientOid": 7}, "400100", "clientOid"),
    ({"remark": "r" * 21}, "400100", "remark"),
    ({"remark": "\u00e9"}, "400100", "remark"),
    ({"tags": "t" * 21}, "400100", "tags"),
    ({"size": "0.000009"}, "400100", TOO_SMALL),
    ({"size": "10000000001"}, "400100", "maximum"),
    ({"size": "0.000010001"}, "600100", STEP),
    ({"price": "50000.05"}, "600100", "price increment"),
    ({"price": "1", "size": "0.09"}, "600101", "The order funds should more then 0.1 USDT."),
    ({"size": "20"}, "200004", "Balance insufficient!"),
    ({"side": "sell", "size": "10.1"}, "200004", "Balance insufficient!"),
]

MARKET_REFUSALS = [
    ({}, "400100", "exactly one"),
    ({"size": "1", "funds": "1"}, "400100", "exactly one"),
    ({"size": "1", "price": "1"}, "400100", "no price"),
    ({"size": "1", "postOnly": True}, "400100", "postOnly"),
    ({"size": "0.000009"}, "400100", TOO_SMALL),
    ({"funds": "0.09"}, "600101", "The order funds should more then 0.1 USDT."),
    ({"funds": "0.1000001"}, "600100", "increment"),
    ({"funds": "100000000"}, "400100", "maximum"),
    ({"funds": "1000001"}, "200004", "Balance insufficient!"),
    ({"size": "14.95"}, "200004", "Balance insufficient!"),
    ({"side": "sell", "size": "10.1"}, "200004", "Balance insufficient!"),
    ({"side": "sell", "funds": "700000"}, "200004", "Balance insufficient!"),
]

MARGIN_REFUSALS = [
    ({"clientOid": None}, "400100", "clientOid"),
    ({"symbol": "NO-SUCH"}, "126004", "pair"),
    ({"size": "20"}, "126013", "Insufficient"),
    ({"autoRepay": 1}, "400100", "boolean"),
    ({"size": "0.000009"}, "126003", "minimum"),
]

UTA_REFUSALS = [
    ({"tradeType": None}, "106100", "tradeType"),
    ({"symbol": "NO-SUCH"}, "106054", "unknown"),
    ({"side": "buy"}, "106000", "side"),
    ({"orderType": "limit"}, "106000", "orderType"),
    ({"price": None}, "106161", "price"),
    ({"size": None}, "106162", "quantity"),
    ({"sizeUnit": "QUOTECCY"}, "106162", "quantity"),
    ({"sizeUnit": "UNIT"}, "106000", "sizeUnit"),
    ({"reduceOnly": True}, "106000", "reduceOnly"),
    ({"size": "0.000009"}, "106164", "low"),
    ({"size": "10000000001"}, "106165", "high"),
    ({"size": "0.000010001"}, "106168", "step"),
    ({"price": "50000.05"}, "106169", "step"),
    ({"price": "1", "size": "0.09"}, "301126", "0.1"),
    ({"size": "20"}, "106150", "funds"),
]


def refusals() -> list[tuple[str, dict[str, object], str, str]]:
    tables = [
        ("spot.order", SPOT, SPOT_REFUSALS),
        ("margin.order", MARGIN, MARGIN_REFUSALS),
        ("uta.order", UTA, UTA_REFUSALS),
    ]
    return [
        (op, {**base, **change}, code, text) for op, base, table in tables for change, code, text in table
    ]


@pytest.mark.parametrize(("op", "args", "code", "text"), refusals())
def test_order_that_breaks_a_rule_is_refused(op: str, args: dict[str, object], code: str, text: str) -> None:
    """The refusal has its code and says what is wrong; no order exists and no money moved."""
    market = Market()
    before = market.exchange.balances("alice")

    answer = market.do("alice", op, args)

    assert (answer.code, answer.data) == (code, None)
    assert text in str(answer.message)
    assert market.exchange.orders("alice") == ()
    assert [b for b in market.exchange.balances("alice") if b.available or b.hold] == list(before)


@pytest.mark.parametrize(("change", "code", "text"), MARKET_REFUSALS)
def test_market_order_that_breaks_a_rule_is_refused(change: dict[str, object], code: str, text: str) -> None:
    """With the books of the market maker, so that an order that costs too much is known to."""
    market = Market(market_maker=True)

    answer = market.do("alice", "spot.order", {**MARKET_BUY, **change})

    assert answer.code == code
    assert text in str(answer.message)
    assert market.exchange.orders("alice") == ()


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("spot.order", SPOT),
        ("margin.order", MARGIN),
        ("futures.order", FUTURES),
        ("uta.order", UTA),
        ("uta.order", UTA_FUTURES),
    ],
)
def test_order_all_these_refusals_vary_is_accepted(op: str, args: dict[str, object]) -> None:
    """Otherwise the tables above would prove nothing."""
    assert Market().do("alice", op, args).code == "200000"


@pytest.mark.parametrize(
    ("op", "args", "code"),
    [
        ("spot.order", {**SPOT, "clientOid": "x"}, "400100"),
        ("margin.order", MARGIN, "126044"),
        ("futures.order", FUTURES, "300018"),
        ("uta.order", UTA_FUTURES, "106151"),
    ],
)
def test_client_oid_of_an_active_order_is_refused(op: str, args: dict[str, object], code: str) -> None:
    """KuCoin looks at active orders only; each product has its own code."""
    market = Market()
    market.data("alice", op, args)

    assert market.do("alice", op, args).code == code
    assert market.do("bob", op, args).code == "200000"


@pytest.mark.parametrize(
    ("op", "args", "code", "text"),
    [
        ("spot.cancel", {"symbol": "BTC-USDT", "orderId": "1"}, "400100", ORDER_NOT_FOUND),
        ("spot.sync_cancel", {"symbol": "BTC-USDT", "clientOid": "1"}, "400100", ORDER_NOT_FOUND),
        ("spot.cancel", {"symbol": "BTC-USDT"}, "400100", "Exactly one"),
        ("spot.cancel", {"symbol": "BTC-USDT", "orderId": "1", "clientOid": "1"}, "400100", "Exactly one"),
        ("spot.cancel", {"orderId": "1"}, "400100", "symbol"),
        ("spot.modify", {"symbol": "BTC-USDT", "orderId": "1", "newPrice": "1"}, "400100", ORDER_NOT_FOUND),
        ("margin.cancel", {"symbol": "BTC-USDT", "orderId": "1"}, "400100", ORDER_NOT_FOUND),
        ("futures.cancel", {"orderId": "1"}, "100004", "The order cannot be canceled."),
        (
            "futures.cancel",
            {"clientOid": "1", "symbol": "XBTUSDTM"},
            "100004",
            "The order cannot be canceled.",
        ),
        ("futures.cancel", {"clientOid": "1"}, "100001", "symbol"),
        ("futures.multi_order", {}, "100001", "array"),
        ("futures.multi_order", [], "100001", "array"),
        ("futures.multi_order", [FUTURES] * 21, "100001", "array"),
        ("futures.multi_cancel", {}, "100001", "Exactly one"),
        ("futures.multi_cancel", {"orderIdsList": [], "clientOidsList": []}, "100001", "Exactly one"),
        ("futures.multi_cancel", {"orderIdsList": "1"}, "100001", "array"),
        ("uta.cancel", {"tradeType": "SPOT", "symbol": "BTC-USDT", "orderId": "1"}, "106052", "not found"),
        ("uta.cancel", {"tradeType": "SPOT", "symbol": "BTC-USDT", "clientOid": "1"}, "106102", "not found"),
        ("uta.amend", {"symbol": "BTC-USDT", "orderId": "1", "newSize": "2"}, "106052", "not found"),
        ("spot.order", [], "400100", "object"),
        ("spot.fetch", {}, "404000", "spot.fetch"),
    ],
)
def test_request_about_no_order_is_refused(op: str, args: object, code: str, text: str) -> None:
    """Unknown, unreadable or incomplete."""
    answer = Market().do("alice", op, args)

    assert answer.code == code
    assert text in str(answer.message)


@pytest.mark.parametrize("change", [{}, {"newPrice": "0.05"}, {"newSize": "0.000001"}, {"newSize": "1e1"}])
def test_modify_obeys_the_rules_of_an_order(change: dict[str, str]) -> None:
    """And leaves the order as it is if it does not."""
    market = Market()
    old = market.spot("alice", "buy", "50000", "1")

    answer = market.do("alice", "spot.modify", {"symbol": "BTC-USDT", "orderId": old["orderId"], **change})

    assert answer.code in ("400100", "600100")
    assert market.order("alice", "spot", old["orderId"]).is_active


def test_sizes_are_checked_before_the_balance() -> None:
    """An order with several faults is refused for the first one in KuCoin's order of checks."""
    market = Market()
    wrong = {**SPOT, "symbol": "NO-SUCH", "side": "up", "size": "0.000000001", "price": "50000.01"}
    codes = []
    for repair in ({}, {"symbol": "BTC-USDT"}, {"side": "buy"}, {"size": "100.000000001"}, {"size": "100"}):
        wrong |= repair
        codes.append(market.do("alice", "spot.order", wrong).code)
    wrong["price"] = "50000"
    codes.append(market.do("alice", "spot.order", wrong).code)

    assert codes == ["900001", "400100", "400100", "600100", "600100", "200004"]


@pytest.mark.parametrize(
    ("op", "args", "limit", "code"),
    [
        ("spot.order", {**SPOT, "size": "0.001"}, 200, "200003"),
        ("futures.order", FUTURES, 100, "300001"),
        ("uta.order", {**UTA, "size": "0.001"}, 500, "106206"),
    ],
)
def test_active_orders_are_limited(op: str, args: dict[str, object], limit: int, code: str) -> None:
    """200 per spot pair, 100 per contract, 500 per symbol of a unified account."""
    market = Market()
    for number in range(limit):
        market.data("alice", op, {**args, "clientOid": f"n{number}"})

    assert market.do("alice", op, {**args, "clientOid": "last"}).code == code


def test_market_order_on_an_empty_futures_book_is_refused() -> None:
    """Futures refuse it with 300008, spot accepts and cancels it."""
    args = {"symbol": "XBTUSDTM", "side": "buy", "type": "market", "size": 1, "leverage": 5, "clientOid": "f"}

    assert Market().do("alice", "futures.order", args).code == "300008"


@pytest.mark.parametrize(
    ("op", "args", "code"),
    [
        ("spot.order", SPOT, "200001"),
        ("margin.order", MARGIN, "126009"),
        ("futures.order", FUTURES, "300002"),
        ("uta.order", UTA, "106053"),
    ],
)
def test_symbol_that_does_not_trade_takes_no_orders(op: str, args: dict[str, object], code: str) -> None:
    """A suspended market has its own codes."""
    exchange = Exchange(
        symbols=[attrs.evolve(symbol, enable_trading=False) for symbol in SYMBOLS],
        contracts=[attrs.evolve(contract, status="Paused") for contract in CONTRACTS],
        now=START,
        market_maker=False,
    )

    assert exchange.execute("alice", op, args, START).code == code
