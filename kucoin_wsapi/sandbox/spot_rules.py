"""The rules an order of spot or margin must keep, in the order in which KuCoin is taken to check them.

KuCoin documentation, "Add Order" (spot), "Add Order" (margin), and "Get All Symbols" for sizes and increments.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from .arguments import Arguments
from .orders import OrderTerms, OrderType, Product, Side, TimeInForce
from .refusals import Reason, Refusal
from .registry import OrderRegistry
from .symbols import SpotSymbol
from .venue import NANOSECONDS_PER_MILLISECOND

__all__ = [
    "check_amounts",
    "check_combination",
    "check_registry",
    "check_time_window",
    "known_symbol",
    "read_cancel_after",
    "read_terms",
    "tradable_symbol",
]

SIDES: Mapping[str, Side] = {"buy": "buy", "sell": "sell"}
ORDER_TYPES: Mapping[str, OrderType] = {"limit": "limit", "market": "market"}
TIMES_IN_FORCE: Mapping[str, TimeInForce] = {"GTC": "GTC", "GTT": "GTT", "IOC": "IOC", "FOK": "FOK"}
LONGEST_CANCEL_AFTER = 2_592_000


def check_time_window(arguments: Arguments, now: int) -> None:
    """Refuse an order that arrives later than the client allows; `now` in Unix nanoseconds."""
    window = arguments.integer("allowMaxTimeWindow")
    sent_at = arguments.integer("clientTimestamp")
    if window is None:
        return
    if sent_at is None:
        raise Refusal(Reason.INVALID, "allowMaxTimeWindow needs clientTimestamp.")
    if sent_at + window < now // NANOSECONDS_PER_MILLISECOND:
        raise Refusal(Reason.INVALID, "The order arrived after its allowMaxTimeWindow.")


def known_symbol(symbols: Mapping[str, SpotSymbol], name: str) -> SpotSymbol:
    """The symbol, if it exists."""
    symbol = symbols.get(name)
    if symbol is None:
        raise Refusal(Reason.UNKNOWN_SYMBOL)
    return symbol


def tradable_symbol(symbols: Mapping[str, SpotSymbol], name: str) -> SpotSymbol:
    """The symbol, if it exists and takes orders."""
    symbol = known_symbol(symbols, name)
    if not symbol.enable_trading:
        raise Refusal(Reason.NOT_TRADING)
    return symbol


def read_terms(arguments: Arguments, product: Product) -> OrderTerms:
    """The terms of an order of the classic account: every value readable, and all that must be there, there."""
    arguments.refuse_unsupported("hidden", "iceberg", "visibleSize", "stp", "stop", "stopPrice")
    margin = product == "margin"
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
        remark=arguments.text("remark", longest=20, ascii_only=True),
        tags=arguments.text("tags", longest=20, ascii_only=True),
    )
    check_combination(terms)
    return terms


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
        if terms.price is None:
            raise Refusal(Reason.MISSING_PRICE)
        if terms.size is None:
            raise Refusal(Reason.MISSING_SIZE)
        if terms.funds is not None:
            raise Refusal(Reason.INVALID, "funds are for market orders.")
        return
    if (terms.size is None) == (terms.funds is None):
        raise Refusal(Reason.INVALID, "A market order needs exactly one of size and funds.")
    if terms.price is not None:
        raise Refusal(Reason.INVALID, "A market order has no price.")
    if terms.post_only:
        raise Refusal(Reason.INVALID, "postOnly is for limit orders.")


def check_amounts(symbol: SpotSymbol, terms: OrderTerms) -> None:
    """Sizes, increments and minimum value."""
    if terms.size is not None:
        _check_size(symbol, terms.size)
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
        raise Refusal(Reason.FUNDS_TOO_SMALL)


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
