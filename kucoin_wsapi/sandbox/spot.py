"""The spot operations of the order socket.

KuCoin documentation, "Add Order" (3470133w0), "Cancel Order" (3470134w0) and their REST twins. An asynchronous order
is matched before its answer is returned; what sets it apart from the synchronous one is what the answer tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import attrs

from .arguments import Arguments, decimal_text
from .orders import Order, OrderStatus
from .pairs import cancelable_symbol, tradable_symbol
from .refusals import Reason, Refusal
from .spot_engine import SpotEngine
from .spot_entry import SpotEntry
from .venue import NANOSECONDS_PER_MILLISECOND, Venue

__all__ = ["SpotOperations", "cancel_reply", "sync_reply"]


class SpotOperations:
    """`spot.*`: each method takes the user and the decoded args, and returns the data of the reply."""

    def __init__(self, venue: Venue, engine: SpotEngine, entry: SpotEntry) -> None:
        self._venue = venue
        self._engine = engine
        self._entry = entry

    def order(self, uid: str, args: object) -> Mapping[str, object]:
        """Place an order; the data names it."""
        order = self._entry.place(uid, self._entry.read_spot(uid, args))
        return {"orderId": order.order_id, "clientOid": order.terms.client_oid}

    def sync_order(self, uid: str, args: object) -> Mapping[str, object]:
        """Place an order; the data tells what the first matching left of it."""
        return sync_reply(self._entry.place(uid, self._entry.read_spot(uid, args)))

    def modify(self, uid: str, args: object) -> Mapping[str, object]:
        """Replace an order by one with another price or size; nothing changes if the new one is refused.

        `newSize` counts what has filled. The new order keeps the clientOid and all else that was asked for. Where
        `newSize` is filled already there is no new order, and no new id.
        """
        arguments = Arguments.of(args)
        symbol = tradable_symbol(self._venue, arguments.symbol())
        old = self._find(uid, arguments)
        price, size = arguments.decimal("newPrice"), arguments.decimal("newSize")
        if price is None and size is None:
            raise Refusal(Reason.INVALID, "At least one of newPrice and newSize is required.")
        total = size or old.filled_size + old.remaining_size
        self._entry.check_change(symbol, attrs.evolve(old.terms, price=price or old.terms.price, size=total))
        new_id = None
        if total > old.filled_size:
            new_id = self._replace(uid, old, price or old.terms.price, total - old.filled_size).order_id
        else:
            self._engine.cancel(old, "ALTER_ORDER_CANCEL_OLD_ORDER")
        return {"newOrderId": new_id, "clientOid": old.terms.client_oid}

    def _replace(self, uid: str, old: Order, price: Decimal | None, size: Decimal) -> Order:
        terms = attrs.evolve(old.terms, price=price, size=size)
        if not self._engine.affords_instead(old, terms):
            raise Refusal(Reason.INSUFFICIENT_FUNDS)
        self._engine.check_post_only(terms)
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
        symbol = cancelable_symbol(self._venue, arguments.symbol()).symbol
        order_id, client_oid = arguments.identity()
        return self._venue.registry.find_active(
            uid, ("spot",), symbol=symbol, order_id=order_id, client_oid=client_oid
        )


def cancel_reply(arguments: Arguments) -> dict[str, object]:
    """The id by which a cancel named its order, as the reply echoes it."""
    order_id, client_oid = arguments.identity()
    return {"orderId": order_id} if order_id is not None else {"clientOid": client_oid}


def sync_reply(order: Order) -> dict[str, object]:
    """What a synchronous placing tells of an order that has just been matched."""
    return {
        "orderId": order.order_id,
        "clientOid": order.terms.client_oid,
        "orderTime": order.created_at // NANOSECONDS_PER_MILLISECOND,
        **_sizes(order),
        "matchTime": order.updated_at // NANOSECONDS_PER_MILLISECOND,
    }


def _sizes(order: Order) -> dict[str, object]:
    origin = order.filled_size if order.terms.size is None else order.terms.size
    return {
        "originSize": decimal_text(origin),
        "dealSize": decimal_text(order.filled_size),
        "remainSize": decimal_text(order.remaining_size),
        "canceledSize": decimal_text(order.canceled_size),
        "status": "open" if order.status is OrderStatus.ACTIVE else "done",
    }
