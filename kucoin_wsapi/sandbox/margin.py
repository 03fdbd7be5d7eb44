"""The margin operations of the order socket, on the spot books, from the cross or an isolated margin account.

KuCoin documentation, "Add Order" and "Cancel Order" (margin).
"""

from __future__ import annotations

from collections.abc import Mapping

from .arguments import Arguments, decimal_text
from .pairs import cancelable_symbol
from .spot import cancel_reply
from .spot_engine import SpotEngine
from .spot_entry import SpotEntry
from .venue import Venue

__all__ = ["MarginOperations"]

TRADE_TYPES = {"MARGIN_TRADE": "cross", "MARGIN_ISOLATED_TRADE": "isolated"}


class MarginOperations:
    """`margin.*`: each method takes the user and the decoded args, and returns the data of the reply."""

    def __init__(self, venue: Venue, engine: SpotEngine, entry: SpotEntry) -> None:
        self._venue = venue
        self._engine = engine
        self._entry = entry

    def order(self, uid: str, args: object) -> Mapping[str, object]:
        """Place an order; the data names it, and the loan if autoBorrow had to take one."""
        order = self._entry.place(uid, self._entry.read_margin(uid, args))
        reply: dict[str, object] = {"orderId": order.order_id, "clientOid": order.terms.client_oid}
        if order.loan_apply_id is not None:
            reply |= {"borrowSize": decimal_text(order.borrowed), "loanApplyId": order.loan_apply_id}
        return reply

    def test_order(self, uid: str, args: object) -> Mapping[str, object]:
        """Check an order as `order` does and place none; the id in the data is nobody's."""
        terms = self._entry.read_margin(uid, args)
        self._entry.affords(uid, terms)
        return {"orderId": self._venue.ids.spot_order(self._venue.now), "clientOid": terms.client_oid}

    def cancel(self, uid: str, args: object) -> Mapping[str, object]:
        """Cancel an order; the data names it as the request did."""
        arguments = Arguments.of(args)
        symbol = cancelable_symbol(self._venue, arguments.symbol()).symbol
        order_id, client_oid = arguments.identity()
        order = self._venue.registry.find_active(
            uid, ("margin",), symbol=symbol, order_id=order_id, client_oid=client_oid
        )
        self._engine.cancel(order, "USER")
        return cancel_reply(arguments)

    def cancel_symbol(self, uid: str, args: object) -> str:
        """Cancel every order of one pair and `tradeType`, which is MARGIN_TRADE or MARGIN_ISOLATED_TRADE."""
        arguments = Arguments.of(args)
        symbol = cancelable_symbol(self._venue, arguments.symbol()).symbol
        isolated = arguments.choice("tradeType", TRADE_TYPES) == "isolated"
        for order in tuple(self._venue.registry.active(uid, "margin", symbol)):
            if order.terms.is_isolated == isolated:
                self._engine.cancel(order, "USER")
        return "success"
