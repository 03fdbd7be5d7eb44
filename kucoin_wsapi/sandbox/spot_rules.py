"""The rules an order of spot or margin must keep, in the order in which KuCoin is taken to check them.

KuCoin documentation, "Add Order" (spot), "Add Order" (margin), and "Get All Symbols" for sizes and increments.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from .arguments import Arguments
from .orders import OrderTerms, OrderType, Product, SelfTradePrevention, Side, TimeInForce
from .refusals import Reason, Refusal
from .registry import OrderRegistry
from .symbols import SpotSymbol
from .venue import NANOSECONDS_PER_MILLISECOND

__all__ = [
    "check_amounts",
    "check_combination",
    "check_price",
    "check_registry",
    "check_time_window",
    "read_cancel_after",
    "read_stp",
    "read_terms",
]

SIDES: Mapping[str, Side] = {"buy": "buy", "sell": "sell"}
ORDER_TYPES: Mapping[str, OrderType] = {"limit": "limit", "market": "market"}
SELF_TRADE_PREVENTIONS: Mapping[str, SelfTradePrevention] = {"CN": "CN", "CO": "CO", "CB": "CB", "DC": "DC"}
TIMES_IN_FORCE: Mapping[str, TimeInForce] = {"GTC": "GTC", "GTT": "GTT", "IOC": "IOC", "FOK": "FOK"}
LONGEST_CANCEL_AFTER = 2_592_000
MOST_PARTS_OF_AN_ICEBERG = 20


def check_time_window(arguments: Arguments, now: int) -> None:
    """Refuse an order that arrives later than the client allows; `now` in Unix nanoseconds."""
    window = arguments.integer("allowMaxTimeWindow")
    sent_at = arguments.integer("clientTimestamp")
    if window is None:
        return
    if sent_at is None:
        raise Refusal(Reason.TIME_WINDOW, "allowMaxTimeWindow needs clientTimestamp.")
    if sent_at + window < now // NANOSECONDS_PER_MILLISECOND:
        raise Refusal(Reason.TIME_WINDOW)


def read_terms(arguments: Arguments, product: Product) -> OrderTerms:
    """The terms of an order of the classic account: every value readable, and all that must be there, there."""
    for name in ("stop", "stopPrice"):
        if arguments.values.get(name):
            raise Refusal(Reason.INVALID, f"{name}: stop orders are not placed by this operation.")
    margin = product == "margin"
    iceberg, hidden = arguments.flag("iceberg"), arguments.flag("hidden")
    order_type = arguments.choice("type", ORDER_TYPES, "limit" if margin else None)
    time_in_force = arguments.choice("timeInForce", TIMES_IN_FORCE, "GTC")
    terms = OrderTerms(
        product=product,
        symbol=arguments.symbol(),
        side=arguments.choice("side", SIDES),
        order_type=order_type,
        client_oid=arguments.client_oid(required=margin),
        price=arguments.decimal("price"),
        size=arguments.decimal("size"),
        funds=arguments.decimal("funds"),
        time_in_force=time_in_force,
        cancel_after=read_cancel_after(arguments, order_type, time_in_force),
        post_only=arguments.flag("postOnly"),
        hidden=hidden and not iceberg,
        iceberg=iceberg,
        visible_size=arguments.decimal("visibleSize") if iceberg else None,
        stp=read_stp(arguments),
        is_isolated=margin and arguments.flag("isIsolated"),
        auto_borrow=margin and arguments.flag("autoBorrow"),
        auto_repay=margin and arguments.flag("autoRepay"),
        remark=arguments.text("remark", longest=20, ascii_only=True),
        tags=arguments.text("tags", longest=20, ascii_only=True),
    )
    check_combination(terms)
    return terms


def read_stp(arguments: Arguments) -> SelfTradePrevention | None:
    """The self-trade prevention, None if there is none."""
    if arguments.values.get("stp") is None:
        return None
    return arguments.choice("stp", SELF_TRADE_PREVENTIONS)


def read_cancel_after(arguments: Arguments, order_type: OrderType, time_in_force: TimeInForce) -> int | None:
    """Seconds before a GTT order expires; None for any other order."""
    seconds = arguments.integer("cancelAfter")
    if order_type == "limit" and time_in_force == "GTT":
        if seconds is None or not 1 <= seconds <= LONGEST_CANCEL_AFTER:
            raise Refusal(
                Reason.INVALID, f"GTT needs cancelAfter between 1 and {LONGEST_CANCEL_AFTER} seconds."
            )
        return seconds
    if order_type == "limit" and seconds not in (None, -1, 0):
        raise Refusal(Reason.INVALID, "cancelAfter needs timeInForce GTT.")
    return None


def check_combination(terms: OrderTerms) -> None:
    """A limit order has price and size; a market order has exactly one of size and funds, and no price."""
    if terms.order_type == "limit":
        _check_limit_order(terms)
    else:
        _check_market_order(terms)


def _check_limit_order(terms: OrderTerms) -> None:
    if terms.price is None:
        raise Refusal(Reason.MISSING_PRICE)
    if terms.size is None:
        raise Refusal(Reason.MISSING_SIZE)
    if terms.funds is not None:
        raise Refusal(Reason.INVALID, "funds are for market orders.")
    if terms.iceberg and terms.visible_size is None:
        raise Refusal(Reason.INVALID, "An iceberg order needs visibleSize.")


def _check_market_order(terms: OrderTerms) -> None:
    if (terms.size is None) == (terms.funds is None):
        raise Refusal(Reason.INVALID, "A market order needs exactly one of size and funds.")
    if terms.price is not None:
        raise Refusal(Reason.INVALID, "A market order has no price.")
    if terms.post_only or terms.is_concealed:
        raise Refusal(Reason.INVALID, "postOnly, hidden and iceberg are for limit orders.")
    if terms.stp == "DC":
        raise Refusal(Reason.INVALID, "stp DC is not for market orders.")


def check_amounts(symbol: SpotSymbol, terms: OrderTerms) -> None:
    """Sizes, increments and minimum value."""
    if terms.size is not None:
        _check_size(symbol, terms.size)
        _check_visible_size(symbol, terms.size, terms.visible_size)
    if terms.price is not None and terms.price % symbol.price_increment:
        raise Refusal(Reason.PRICE_STEP)
    if terms.funds is not None:
        _check_funds(symbol, terms.funds)
    elif terms.size is not None and terms.price is not None:
        _check_value(symbol, terms.size * terms.price)


def _check_size(symbol: SpotSymbol, size: Decimal) -> None:
    if size < symbol.base_min_size:
        raise Refusal(Reason.SIZE_TOO_SMALL)
    if size > symbol.base_max_size:
        raise Refusal(Reason.SIZE_TOO_LARGE)
    if size % symbol.base_increment:
        raise Refusal(Reason.SIZE_STEP)


def _check_visible_size(symbol: SpotSymbol, size: Decimal, visible: Decimal | None) -> None:
    if visible is None:
        return
    if visible < symbol.base_min_size or visible * MOST_PARTS_OF_AN_ICEBERG < size:
        raise Refusal(
            Reason.INVALID,
            f"visibleSize must be at least 1/{MOST_PARTS_OF_AN_ICEBERG} of size, and the minimum size.",
        )
    if visible % symbol.base_increment:
        raise Refusal(Reason.SIZE_STEP)


def check_price(terms: OrderTerms, protection: Decimal | None) -> None:
    """The price protection of limit orders: none may reach further than `protection`, if there is such a price."""
    if terms.price is None or protection is None:
        return
    if terms.side == "buy" and terms.price > protection:
        raise Refusal(Reason.PRICE_TOO_HIGH, f"The price is above the highest one allowed, {protection:f}.")
    if terms.side == "sell" and terms.price < protection:
        raise Refusal(Reason.PRICE_TOO_LOW, f"The price is below the lowest one allowed, {protection:f}.")


def _check_funds(symbol: SpotSymbol, funds: Decimal) -> None:
    if funds > symbol.quote_max_size:
        raise Refusal(Reason.FUNDS_TOO_LARGE)
    if funds % symbol.quote_increment:
        raise Refusal(Reason.FUNDS_STEP)
    _check_value(symbol, funds)
    if funds < symbol.quote_min_size:
        raise Refusal(Reason.FUNDS_BELOW_MINIMUM)


def _check_value(symbol: SpotSymbol, value: Decimal) -> None:
    if value < symbol.min_funds:
        raise Refusal(
            Reason.FUNDS_TOO_SMALL,
            f"The order funds should more then {symbol.min_funds} {symbol.quote_currency}.",
        )


def check_registry(registry: OrderRegistry, uid: str, terms: OrderTerms) -> None:
    """Room for one more active order, and no active order with the same clientOid.

    KuCoin documentation, "Add Order": 200 active orders per pair and 2000 per user, spot and margin together; 500 and
    3000 in a unified account.
    """
    per_symbol, per_user = (500, 3000) if terms.is_uta else (200, 2000)
    products: tuple[Product, ...] = ("spot", "margin", "futures") if terms.is_uta else ("spot", "margin")
    if (
        registry.count_active(uid, products, terms.symbol) >= per_symbol
        or registry.count_all_active(uid, products) >= per_user
    ):
        raise Refusal(Reason.TOO_MANY_ORDERS)
    registry.check_client_oid(uid, terms)
