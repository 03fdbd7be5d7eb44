"""Which pairs take orders, and from which accounts.

KuCoin documentation, "Get All Symbols" (`enableTrading`, `tradingStartTime`, `isMarginEnabled`) and "Error Code" for
what is refused otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from .orders import OrderTerms
from .refusals import Reason, Refusal
from .symbols import SpotSymbol
from .venue import NANOSECONDS_PER_MILLISECOND, Venue

__all__ = [
    "account_of",
    "cancelable_symbol",
    "check_margin_mode",
    "isolated_account",
    "known_symbol",
    "tradable_symbol",
]


def known_symbol(symbols: Mapping[str, SpotSymbol], name: str) -> SpotSymbol:
    """The symbol, if it exists."""
    symbol = symbols.get(name)
    if symbol is None:
        raise Refusal(Reason.UNKNOWN_SYMBOL)
    return symbol


def tradable_symbol(venue: Venue, name: str) -> SpotSymbol:
    """The symbol, if it exists and takes orders now."""
    symbol = known_symbol(venue.symbols, name)
    if symbol.trading_start is not None and venue.now < symbol.trading_start * NANOSECONDS_PER_MILLISECOND:
        raise Refusal(Reason.NOT_YET_TRADING)
    if symbol.is_in_maintenance:
        raise Refusal(Reason.IN_MAINTENANCE, f"Symbol {name} cant be traded")
    if not symbol.enable_trading:
        raise Refusal(Reason.NOT_TRADING)
    return symbol


def cancelable_symbol(venue: Venue, name: str) -> SpotSymbol:
    """The symbol, if it exists and its orders can be cancelled now."""
    symbol = known_symbol(venue.symbols, name)
    if not symbol.enable_canceling:
        raise Refusal(Reason.NOT_CANCELING)
    return symbol


def check_margin_mode(symbol: SpotSymbol, is_isolated: bool) -> None:
    """A pair may have cross margin, isolated margin or both."""
    if is_isolated and not symbol.is_isolated_margin_enabled:
        raise Refusal(Reason.NO_ISOLATED_MARGIN)
    if not is_isolated and not symbol.is_margin_enabled:
        raise Refusal(Reason.NO_CROSS_MARGIN)


def isolated_account(symbol: str) -> str:
    """The name of the isolated margin account of a pair; every user has one for each pair."""
    return f"isolated:{symbol}"


def account_of(terms: OrderTerms) -> str:
    """The account an order of spot or margin trades from."""
    if terms.product == "spot":
        return "trade"
    return isolated_account(terms.symbol) if terms.is_isolated else "margin"
