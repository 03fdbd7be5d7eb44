"""The margin operations of the order socket: cross margin on the spot books, from the margin account.

The sandbox does not lend yet, and it has no isolated margin accounts. autoBorrow with sufficient funds borrows
nothing; an order that would have to borrow is refused with 130204, an isolated one with 130304. As nobody owes
anything, autoRepay has nothing to repay. KuCoin documentation, "Add Order" and "Cancel Order" (margin).
"""

from __future__ import annotations

from collections.abc import Mapping

from .arguments import Arguments
from .refusals import Reason, Refusal
from .spot import cancel_reply
from .spot_engine import SpotEngine
from .spot_rules import (
    check_amounts,
    check_registry,
    known_symbol,
    read_terms,
    tradable_symbol,
)
from .symbols import SpotSymbol
from .venue import Venue

__all__ = ["MarginOperations"]


class MarginOperations:
    """`margin.*`: each method takes the user and the decoded args, and returns the data of the reply."""

    def __init__(self, venue: Venue, engine: SpotEngine) -> None:
        self._venue = venue
        self._engine = engine

    def order(self, uid: str, args: object) -> Mapping[str, object]:
        """Place an order; the data names it and never tells of a loan."""
        arguments = Arguments.of(args)
        symbol = tradable_symbol(self._venue.symbols, self._symbol(arguments).symbol)
        terms = read_terms(arguments, "margin")
        if arguments.flag("isIsolated"):
            raise Refusal(Reason.ISOLATED_MARGIN)
        auto_borrow, _ = arguments.flag("autoBorrow"), arguments.flag("autoRepay")
        check_amounts(symbol, terms)
        check_registry(self._venue.registry, uid, terms)
        try:
            order = self._engine.submit(uid, terms)
        except Refusal as refusal:
            if auto_borrow and refusal.reason is Reason.INSUFFICIENT_FUNDS:
                raise Refusal(Reason.LENDING) from refusal
            raise
        return {"orderId": order.order_id, "clientOid": terms.client_oid}

    def cancel(self, uid: str, args: object) -> Mapping[str, object]:
        """Cancel an order; the data names it as the request did."""
        arguments = Arguments.of(args)
        symbol = self._symbol(arguments).symbol
        order_id, client_oid = arguments.identity()
        order = self._venue.registry.find_active(
            uid, ("margin",), symbol=symbol, order_id=order_id, client_oid=client_oid
        )
        self._engine.cancel(order, "USER")
        return cancel_reply(arguments)

    def _symbol(self, arguments: Arguments) -> SpotSymbol:
        symbol = known_symbol(self._venue.symbols, arguments.symbol())
        if not symbol.is_margin_enabled:
            raise Refusal(Reason.UNKNOWN_SYMBOL)
        return symbol
