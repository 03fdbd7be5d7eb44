"""The spot operations of the order socket.

KuCoin documentation, "Add Order" (3470133w0), "Cancel Order" (3470134w0) and their REST twins. An asynchronous order
is matched before its answer is returned; what sets it apart from the synchronous one is what the answer tells.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from .arguments import Arguments, decimal_text
from .orders import Order, OrderStatus, OrderTerms
from .refusals import Reason, Refusal
from .spot_engine import SpotEngine
from .spot_rules import (
    check_amounts,
    check_registry,
    check_time_window,
    known_symbol,
    read_terms,
    tradable_symbol,
)
from .venue import NANOSECONDS_PER_MILLISECOND, Venue

__all__ = ["SpotOperations", "cancel_reply"]


class SpotOperations:
    """`spot.*`: each method takes the user and the decoded args, and returns the data of the reply."""

    def __init__(self, venue: Venue, engine: SpotEngine) -> None:
        self._venue = venue
        self._engine = engine

    def order(self, uid: str, args: object) -> Mapping[str, object]:
        """Place an order; the data names it."""
        order = self._place(uid, args)
        return {"orderId": order.order_id, "clientOid": order.terms.client_oid}

    def sync_order(self, uid: str, args: object) -> Mapping[str, object]:
        """Place an order; the data tells what the first matching left of it."""
        order = self._place(uid, args)
        milliseconds = self._venue.now // NANOSECONDS_PER_MILLISECOND
        return {
            "orderId": order.order_id,
            "clientOid": order.terms.client_oid,
            "orderTime": milliseconds,
            **_sizes(order),
            "matchTime": milliseconds,
        }

    def _place(self, uid: str, args: object) -> Order:
        arguments = Arguments.of(args)
        check_time_window(arguments, self._venue.now)
        symbol = tradable_symbol(self._venue.symbols, arguments.symbol())
        terms = read_terms(arguments, "spot")
        check_amounts(symbol, terms)
        check_registry(self._venue.registry, uid, terms)
        return self._engine.submit(uid, terms)

    def modify(self, uid: str, args: object) -> Mapping[str, object]:
        """Replace an order by one with another price or size; nothing changes if the new one is refused.

        The new order keeps the clientOid. Where `newSize` is filled already there is no new order, and no new id.
        """
        arguments = Arguments.of(args)
        symbol = tradable_symbol(self._venue.symbols, arguments.symbol())
        old = self._find(uid, arguments)
        price, size = arguments.decimal("newPrice"), arguments.decimal("newSize")
        if price is None and size is None:
            raise Refusal(Reason.INVALID, "At least one of newPrice and newSize is required.")
        changed = attrs.evolve(old.terms, price=price or old.terms.price, size=size or old.terms.size)
        check_amounts(symbol, changed)
        assert changed.size is not None, "a resting order has a size"
        new_id = None
        if changed.size > old.filled_size:
            rest = attrs.evolve(changed, size=changed.size - old.filled_size)
            new_id = self._replace(uid, old, rest).order_id
        else:
            self._engine.cancel(old, "ALTER_ORDER_CANCEL_OLD_ORDER")
        return {"newOrderId": new_id, "clientOid": old.terms.client_oid}

    def _replace(self, uid: str, old: Order, terms: OrderTerms) -> Order:
        if not self._engine.affords_instead(old, terms):
            raise Refusal(Reason.INSUFFICIENT_FUNDS)
        self._engine.cancel(old, "ALTER_ORDER_CANCEL_OLD_ORDER")
        return self._engine.submit(uid, terms)

    def cancel(self, uid: str, args: object) -> Mapping[str, object]:
        """Cancel an order; the data names it as the request did."""
        arguments = Arguments.of(args)
        self._engine.cancel(self._find(uid, arguments), "USER")
        return cancel_reply(arguments)

    def sync_cancel(self, uid: str, args: object) -> Mapping[str, object]:
        """Cancel an order; the data tells its final sizes."""
        arguments = Arguments.of(args)
        order = self._find(uid, arguments)
        self._engine.cancel(order, "USER")
        return {**cancel_reply(arguments), **_sizes(order)}

    def _find(self, uid: str, arguments: Arguments) -> Order:
        symbol = known_symbol(self._venue.symbols, arguments.symbol()).symbol
        order_id, client_oid = arguments.identity()
        return self._venue.registry.find_active(
            uid, ("spot",), symbol=symbol, order_id=order_id, client_oid=client_oid
        )


def cancel_reply(arguments: Arguments) -> dict[str, object]:
    """The id by which a cancel named its order, as the reply echoes it."""
    order_id, client_oid = arguments.identity()
    return {"orderId": order_id} if order_id is not None else {"clientOid": client_oid}


def _sizes(order: Order) -> dict[str, object]:
    origin = order.filled_size if order.terms.size is None else order.terms.size
    return {
        "originSize": decimal_text(origin),
        "dealSize": decimal_text(order.filled_size),
        "remainSize": decimal_text(order.remaining_size),
        "canceledSize": decimal_text(order.canceled_size),
        "status": "open" if order.status is OrderStatus.ACTIVE else "done",
    }
