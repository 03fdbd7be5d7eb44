"""Spot and margin orders of the unified account: their terms as the Pro API spells them.

KuCoin documentation, "Place Order" and "Modify Order" of the Pro API. SPOT trades from the trade account, MARGIN and
CROSS from the cross margin account, ISOLATED from that of the pair. Conditional orders, take-profit and stop-loss are
for FUTURES.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import attrs

from .arguments import Arguments
from .orders import Order, OrderTerms, OrderType, Side
from .pairs import check_margin_mode, tradable_symbol
from .refusals import Reason, Refusal
from .spot_entry import SpotEntry
from .spot_rules import TIMES_IN_FORCE, check_combination, read_cancel_after, read_stp
from .symbols import SpotSymbol
from .venue import Venue

__all__ = ["UtaSpot"]

TradeType = Literal["SPOT", "MARGIN", "CROSS", "ISOLATED"]

SIDES: Mapping[str, Side] = {"BUY": "buy", "SELL": "sell"}
ORDER_TYPES: Mapping[str, OrderType] = {"LIMIT": "limit", "MARKET": "market"}
UNITS: Mapping[str, Literal["base", "quote"]] = {"BASECCY": "base", "QUOTECCY": "quote"}
FUTURES_ONLY = (
    "reduceOnly",
    "closeOrder",
    "triggerDirection",
    "triggerPrice",
    "triggerPriceType",
    "tpTriggerPrice",
    "tpTriggerPriceType",
    "slTriggerPrice",
    "slTriggerPriceType",
)


class UtaSpot:
    """Reads, checks and places; the terms of a change are read here too."""

    def __init__(self, venue: Venue, entry: SpotEntry) -> None:
        self._venue = venue
        self._entry = entry

    def place(self, uid: str, arguments: Arguments, trade_type: TradeType) -> Order:
        """Place an order of `trade_type`; `Refusal` if it breaks a rule or cannot be paid."""
        symbol = tradable_symbol(self._venue, arguments.symbol())
        terms = self._read(arguments, symbol, trade_type)
        self._entry.check(uid, symbol, terms)
        return self._entry.place(uid, terms)

    def _read(self, arguments: Arguments, symbol: SpotSymbol, trade_type: TradeType) -> OrderTerms:
        _refuse_futures_options(arguments)
        margin = trade_type != "SPOT"
        order_type = arguments.choice("orderType", ORDER_TYPES)
        time_in_force = arguments.choice("timeInForce", TIMES_IN_FORCE, "GTC")
        size, funds = _read_amount(arguments, order_type)
        terms = OrderTerms(
            product="margin" if margin else "spot",
            symbol=symbol.symbol,
            side=arguments.choice("side", SIDES),
            order_type=order_type,
            client_oid=arguments.client_oid(required=margin),
            price=arguments.decimal("price"),
            size=size,
            funds=funds,
            time_in_force=time_in_force,
            cancel_after=read_cancel_after(arguments, order_type, time_in_force),
            post_only=arguments.flag("postOnly"),
            stp=read_stp(arguments),
            is_isolated=trade_type == "ISOLATED",
            auto_borrow=_margin_flag(arguments, "autoBorrow", margin=margin),
            auto_repay=_margin_flag(arguments, "autoRepay", margin=margin),
            tags=arguments.text("tags", longest=20, ascii_only=True),
            is_uta=True,
        )
        check_combination(terms)
        if margin:
            check_margin_mode(symbol, terms.is_isolated)
        return terms

    def changed_terms(self, order: Order, arguments: Arguments) -> OrderTerms:
        """The terms of an active order with `newPrice` and `newSize`, which counts what has filled."""
        _refuse_futures_options(arguments)
        if arguments.choice("sizeUnit", UNITS, "base") != "base":
            raise Refusal(Reason.INVALID, "The size of a limit order is in the base currency.")
        price = arguments.decimal("newPrice") or order.terms.price
        size = arguments.decimal("newSize") or order.terms.size
        if (price, size) == (order.terms.price, order.terms.size):
            raise Refusal(Reason.INVALID, "newPrice or newSize must change the order.")
        terms = attrs.evolve(order.terms, price=price, size=size)
        self._entry.check_change(tradable_symbol(self._venue, terms.symbol), terms)
        return terms


def _refuse_futures_options(arguments: Arguments) -> None:
    for name in FUTURES_ONLY:
        if arguments.values.get(name):
            raise Refusal(Reason.INVALID, f"{name} is for FUTURES.")


def _margin_flag(arguments: Arguments, name: str, *, margin: bool) -> bool:
    value = arguments.flag(name)
    if value and not margin:
        raise Refusal(Reason.INVALID, f"{name} is for MARGIN.")
    return value


def _read_amount(arguments: Arguments, order_type: OrderType) -> tuple[Decimal | None, Decimal | None]:
    """(size, funds), one of which is None: `size` with the unit QUOTECCY is money."""
    by_funds = arguments.choice("sizeUnit", UNITS, "base") == "quote"
    amount = arguments.decimal("size")
    if amount is None and order_type == "market":
        raise Refusal(Reason.MISSING_FUNDS if by_funds else Reason.MISSING_MARKET_SIZE)
    if amount is None:
        raise Refusal(Reason.MISSING_SIZE)
    return (None, amount) if by_funds else (amount, None)
