"""The way of a new order of spot or margin into the market, the same for every operation that places one.

KuCoin documentation, "Add Order" (spot): what belongs to the request is checked first, then amounts, price
protection, the limits of open orders and the clientOid, and the balance last.
"""

from __future__ import annotations

from .arguments import Arguments
from .orders import Order, OrderTerms
from .pairs import check_margin_mode, known_symbol, tradable_symbol
from .refusals import Reason, Refusal
from .spot_engine import SpotEngine
from .spot_rules import check_amounts, check_price, check_registry, check_time_window, read_terms
from .symbols import SpotSymbol
from .venue import Venue

__all__ = ["SpotEntry"]


class SpotEntry:
    """Reads, checks and places orders."""

    def __init__(self, venue: Venue, engine: SpotEngine) -> None:
        self._venue = venue
        self._engine = engine

    def read_spot(self, uid: str, args: object) -> OrderTerms:
        """The terms of a spot order that keeps every rule but may not be affordable."""
        arguments = Arguments.of(args)
        check_time_window(arguments, self._venue.now)
        symbol = tradable_symbol(self._venue, arguments.symbol())
        terms = read_terms(arguments, "spot")
        self.check(uid, symbol, terms)
        return terms

    def read_margin(self, uid: str, args: object) -> OrderTerms:
        """The terms of a margin order that keeps every rule but may not be affordable."""
        arguments = Arguments.of(args)
        check_time_window(arguments, self._venue.now)
        symbol = known_symbol(self._venue.symbols, arguments.symbol())
        if not (symbol.is_margin_enabled or symbol.is_isolated_margin_enabled):
            raise Refusal(Reason.UNKNOWN_SYMBOL)
        tradable_symbol(self._venue, symbol.symbol)
        terms = read_terms(arguments, "margin")
        check_margin_mode(symbol, terms.is_isolated)
        self.check(uid, symbol, terms)
        return terms

    def check(self, uid: str, symbol: SpotSymbol, terms: OrderTerms) -> None:
        """Every rule about amounts, price, and the other orders of `uid`."""
        check_amounts(symbol, terms)
        check_price(terms, self._engine.protection_price(terms))
        check_registry(self._venue.registry, uid, terms)

    def check_change(self, symbol: SpotSymbol, terms: OrderTerms) -> None:
        """The rules that the changed terms of an active order must keep."""
        check_amounts(symbol, terms)
        check_price(terms, self._engine.protection_price(terms))

    def place(self, uid: str, terms: OrderTerms) -> Order:
        """Enter an order that keeps the rules; `Refusal` if it cannot be paid."""
        return self._engine.submit(uid, terms)

    def affords(self, uid: str, terms: OrderTerms) -> None:
        """`Refusal` if `place` would refuse."""
        self._engine.check(uid, terms)
