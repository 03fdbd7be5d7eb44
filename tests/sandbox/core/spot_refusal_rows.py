"""The refusals of spot, margin and unified orders that KuCoin documents and the order rules can produce.

Each row has the source of the code, which is a table of KuCoin documentation, "Error Code", or the page of the
operation; what happens before; the operation with its args; and what the text must say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import attrs
from core_support import START, Market

from kucoin_wsapi.sandbox.exchange import Exchange
from kucoin_wsapi.sandbox.symbols import MARGIN_CURRENCIES, SYMBOLS
from kucoin_wsapi.sandbox.venue import Switches

BTC = "BTC-USDT"
LIMIT = {"symbol": BTC, "type": "limit", "side": "buy", "price": "50000", "size": "1", "clientOid": "x"}
MARKET_ORDER = {"symbol": BTC, "type": "market", "side": "buy", "clientOid": "x"}
UTA = {
    "tradeType": "SPOT",
    "symbol": BTC,
    "side": "BUY",
    "orderType": "LIMIT",
    "price": "50000",
    "size": "1",
    "clientOid": "x",
}
UTA_MARKET = {"tradeType": "SPOT", "symbol": BTC, "side": "BUY", "orderType": "MARKET", "clientOid": "x"}
LATE = {"clientTimestamp": START // 1_000_000 - 11, "allowMaxTimeWindow": 10}
CANCEL = {"symbol": BTC, "clientOid": "x"}
UTA_CANCEL = {**CANCEL, "tradeType": "SPOT"}
NOT_CANCELABLE = "order_not_exist_or_not_allow_to_cancel"

Preparation = Callable[[Market], None]
Row = tuple[str, Preparation, str, Mapping[str, object], str]


def nothing(market: Market) -> None:
    """The book is empty, and alice has enough of everything."""


def with_symbol(**changes: object) -> Preparation:
    def prepare(market: Market) -> None:
        market.exchange.replace_symbol(attrs.evolve(SYMBOLS[0], **changes))

    return prepare


def with_ask(market: Market) -> None:
    market.spot("bob", "sell", "40000", "1")


def with_bid(market: Market) -> None:
    market.spot("bob", "buy", "60000", "1")


def with_order(op: str, args: Mapping[str, object], times: int = 1) -> Preparation:
    def prepare(market: Market) -> None:
        for number in range(times):
            name = "x" if times == 1 else f"n{number}"
            market.data("alice", op, {**args, "size": "0.001", "clientOid": name})

    return prepare


def then_suspended(prepare: Preparation) -> Preparation:
    def both(market: Market) -> None:
        prepare(market)
        with_symbol(enable_canceling=False)(market)

    return both


def poor(market: Market) -> None:
    """Alice has no more than 1000 USDT to secure a loan with."""
    for account in ("margin", "isolated:BTC-USDT"):
        market.exchange.open_account("poor", {account: {"USDT": Decimal(1_000)}})


def refusing_post_only(market: Market) -> None:
    market.exchange = Exchange(now=START, market_maker=False, switches=Switches(refuse_post_only=True))
    for uid in ("alice", "bob"):
        market.exchange.open_account(uid, {"trade": {"USDT": Decimal(10**6), "BTC": Decimal(10)}})
    market.spot("bob", "sell", "50000", "1")


def small_pools(market: Market) -> None:
    pools = [attrs.evolve(currency, pool=Decimal(1_000)) for currency in MARGIN_CURRENCIES]
    market.exchange = Exchange(now=START, market_maker=False, margin_currencies=pools)
    market.exchange.open_account("alice", {"margin": {"USDT": Decimal(49_000)}})


def small_allowance(market: Market) -> None:
    allowances = [attrs.evolve(currency, most_per_user=Decimal(1_000)) for currency in MARGIN_CURRENCIES]
    market.exchange = Exchange(now=START, market_maker=False, margin_currencies=allowances)
    market.exchange.open_account("alice", {"margin": {"USDT": Decimal(49_000)}})


SPOT_ROWS: list[Row] = [
    ("error table, spot: 200001", with_symbol(enable_trading=False), "spot.order", LIMIT, "suspended"),
    (
        "error table, spot: 200002",
        then_suspended(with_order("spot.order", LIMIT)),
        "spot.cancel",
        CANCEL,
        "suspended",
    ),
    (
        "error table, spot: 200003",
        with_order("spot.order", LIMIT, 200),
        "spot.order",
        LIMIT,
        "breached the limit",
    ),
    ("error table, spot: 200004", nothing, "spot.order", {**LIMIT, "size": "20"}, "Balance insufficient!"),
    ("error table, spot: 400100", nothing, "spot.order", {**LIMIT, "side": "up"}, "side"),
    ("page 'Add Order' (allowMaxTimeWindow): 400100", nothing, "spot.order", {**LIMIT, **LATE}, "allowMax"),
    ("page 'Add Order' (stp): 400100", nothing, "spot.order", {**LIMIT, "stp": "XX"}, "stp"),
    (
        "page 'Add Order' (stp): 400100",
        nothing,
        "spot.order",
        {**MARKET_ORDER, "size": "1", "stp": "DC"},
        "DC is not for market",
    ),
    (
        "page 'Add Order' (visibleSize): 400100",
        nothing,
        "spot.order",
        {**LIMIT, "iceberg": True},
        "visibleSize",
    ),
    (
        "page 'Add Order' (visibleSize): 400100",
        nothing,
        "spot.order",
        {**LIMIT, "iceberg": True, "visibleSize": "0.049"},
        "1/20",
    ),
    (
        "page 'Add Order' (cancelAfter): 400100",
        nothing,
        "spot.order",
        {**LIMIT, "timeInForce": "GTT"},
        "cancelAfter",
    ),
    (
        "error table, spot: 400100",
        nothing,
        "spot.order",
        {**LIMIT, "size": "0.000001"},
        "Order size below the minimum requirement.",
    ),
    (
        "error table, spot: 400100",
        with_order("spot.order", LIMIT),
        "spot.order",
        LIMIT,
        "validation.createOrder.clientOidDuplicated",
    ),
    ("error table, spot: 400100", nothing, "spot.cancel", CANCEL, NOT_CANCELABLE),
    ("error table, spot: 400100", nothing, "spot.sync_cancel", CANCEL, NOT_CANCELABLE),
    ("error table, spot: 400100", nothing, "spot.modify", {**CANCEL, "newSize": "2"}, NOT_CANCELABLE),
    (
        "error table, spot: 400100",
        nothing,
        "spot.cancel_size",
        {**CANCEL, "cancelSize": "1"},
        NOT_CANCELABLE,
    ),
    (
        "page 'Add Order' (postOnly): 400100",
        refusing_post_only,
        "spot.order",
        {**LIMIT, "postOnly": True},
        "postOnly",
    ),
    ("error table, spot: 400370", with_ask, "spot.order", LIMIT, "44000"),
    ("error table, spot: 400760", with_bid, "spot.order", {**LIMIT, "side": "sell"}, "54000"),
    (
        "error table, spot: 400600",
        with_symbol(trading_start=START // 1_000_000 + 1),
        "spot.order",
        LIMIT,
        "validation.createOrder.symbolNotAvailable",
    ),
    (
        "error table, spot: 600100",
        nothing,
        "spot.order",
        {**LIMIT, "size": "1.000000001"},
        "Order size increment invalid.",
    ),
    ("error table, spot: 600100", nothing, "spot.order", {**LIMIT, "price": "50000.01"}, "increment invalid"),
    (
        "error table, spot: 600100",
        with_symbol(quote_min_size=Decimal(1)),
        "spot.order",
        {**MARKET_ORDER, "funds": "0.5"},
        "Funds below the minimum requirement.",
    ),
    (
        "error table, spot: 600101",
        nothing,
        "spot.order",
        {**LIMIT, "price": "1", "size": "0.09"},
        "The order funds should more then 0.1 USDT.",
    ),
    (
        "error table, spot: 600203",
        with_symbol(is_in_maintenance=True),
        "spot.order",
        LIMIT,
        "BTC-USDT cant be traded",
    ),
    ("error table, spot: 900001", nothing, "spot.order", {**LIMIT, "symbol": "NO-SUCH"}, "does not exist"),
]

MARGIN_ROWS: list[Row] = [
    ("error table, margin: 126003", nothing, "margin.order", {**LIMIT, "size": "0.000001"}, "minimum"),
    ("error table, margin: 126004", nothing, "margin.order", {**LIMIT, "symbol": "NO-SUCH"}, "not exist"),
    (
        "error table, margin: 126004",
        with_symbol(is_margin_enabled=False, is_isolated_margin_enabled=False),
        "margin.order",
        LIMIT,
        "prohibited",
    ),
    (
        "error table, margin: 126006",
        with_symbol(trading_start=START // 1_000_000 + 1),
        "margin.order",
        LIMIT,
        "not available",
    ),
    (
        "error table, margin: 126007",
        with_symbol(is_in_maintenance=True),
        "margin.order",
        LIMIT,
        "cant be traded",
    ),
    ("error table, margin: 126009", with_symbol(enable_trading=False), "margin.order", LIMIT, "suspended"),
    (
        "error table, margin: 126010",
        then_suspended(with_order("margin.order", LIMIT)),
        "margin.cancel",
        CANCEL,
        "suspended",
    ),
    (
        "error table, margin: 126011",
        with_order("margin.order", LIMIT, 200),
        "margin.order",
        LIMIT,
        "Too many",
    ),
    ("error table, margin: 126013", nothing, "margin.order", {**LIMIT, "size": "20"}, "Insufficient"),
    ("error table, margin: 126022", with_ask, "margin.order", LIMIT, "44000"),
    ("error table, margin: 126041", nothing, "margin.order", {**LIMIT, **LATE}, "clientTimestamp"),
    (
        "error table, margin: 126044",
        with_order("margin.order", LIMIT),
        "margin.order",
        LIMIT,
        "duplicate",
    ),
    (
        "error table, margin: 130203",
        poor,
        "margin.order",
        {**LIMIT, "isIsolated": True, "autoBorrow": True},
        "maximum to borrow",
    ),
    ("error table, margin: 130204", small_pools, "margin.order", {**LIMIT, "autoBorrow": True}, "platform"),
    (
        "error table, margin: 130303",
        with_symbol(is_isolated_margin_enabled=False),
        "margin.order",
        {**LIMIT, "isIsolated": True},
        "no isolated",
    ),
    (
        "error table, margin: 130305",
        with_symbol(is_margin_enabled=False),
        "margin.order",
        LIMIT,
        "no cross",
    ),
    (
        "error table, spot: 103000",
        poor,
        "margin.order",
        {**LIMIT, "autoBorrow": True},
        "Exceed the borrowing limit, the remaining borrowable amount is: 4000USDT",
    ),
    (
        "error table, spot: 210014",
        small_allowance,
        "margin.order",
        {**LIMIT, "autoBorrow": True},
        "Exceeds the max. borrowing amount, the remaining amount you can borrow: 1000USDT",
    ),
    ("error table, spot: 400100", nothing, "margin.cancel", CANCEL, NOT_CANCELABLE),
]
