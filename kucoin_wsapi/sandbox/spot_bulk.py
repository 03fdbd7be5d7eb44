"""What can be done to spot orders over REST only: tests, batches, partial cancels and cancels of many.

KuCoin documentation, "Add Order Test", "Batch Add Orders", "Batch Add Orders Sync", "Cancel Partial Order", "Cancel
All Orders By Symbol" and "Cancel All Orders" (spot). Orders of margin are not touched by any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .arguments import Arguments, decimal_text
from .orders import Order
from .pairs import cancelable_symbol, known_symbol
from .refusals import SPOT_CODES, Reason, Refusal, refused
from .spot import sync_reply
from .spot_engine import SpotEngine
from .spot_entry import SpotEntry
from .venue import Venue

__all__ = ["SpotBulkOperations"]

MOST_ORDERS_OF_A_BATCH = 5


class SpotBulkOperations:
    """Each method takes the user and the decoded args, and returns the data of the reply."""

    def __init__(self, venue: Venue, engine: SpotEngine, entry: SpotEntry) -> None:
        self._venue = venue
        self._engine = engine
        self._entry = entry

    def test_order(self, uid: str, args: object) -> Mapping[str, object]:
        """Check an order as `spot.order` does and place none; the id in the data is nobody's."""
        terms = self._entry.read_spot(uid, args)
        self._entry.affords(uid, terms)
        return {"orderId": self._venue.ids.spot_order(self._venue.now), "clientOid": terms.client_oid}

    def multi_order(self, uid: str, args: object) -> list[dict[str, object]]:
        """Place up to 5 limit orders, each judged alone and in turn; the data tells of each."""
        return self._place_all(uid, args, _name)

    def multi_sync_order(self, uid: str, args: object) -> list[dict[str, object]]:
        """As `multi_order`, and the data tells what the first matching left of each."""
        return self._place_all(uid, args, sync_reply)

    def _place_all(
        self, uid: str, args: object, reply: Callable[[Order], dict[str, object]]
    ) -> list[dict[str, object]]:
        items = Arguments.of(args).values.get("orderList")
        if not isinstance(items, list) or not 1 <= len(items) <= MOST_ORDERS_OF_A_BATCH:
            raise Refusal(
                Reason.INVALID, f"orderList must be an array of 1 to {MOST_ORDERS_OF_A_BATCH} orders."
            )
        return [self._place_item(uid, item, reply) for item in items]

    def _place_item(
        self, uid: str, item: object, reply: Callable[[Order], dict[str, object]]
    ) -> dict[str, object]:
        try:
            terms = self._entry.read_spot(uid, item)
            if terms.order_type != "limit":
                raise Refusal(Reason.INVALID, "Only limit orders can be placed in a batch.")
            order = self._entry.place(uid, terms)
        except Refusal as refusal:
            return {"success": False, "failMsg": refused(SPOT_CODES, refusal).message}
        return {**reply(order), "success": True}

    def cancel_size(self, uid: str, args: object) -> Mapping[str, object]:
        """Cancel `cancelSize` of an order, which keeps its place in the queue; all that remains ends it.

        More than what remains is refused: what KuCoin does then is not documented.
        """
        arguments = Arguments.of(args)
        symbol = cancelable_symbol(self._venue, arguments.symbol())
        order_id, client_oid = arguments.identity()
        order = self._venue.registry.find_active(
            uid, ("spot",), symbol=symbol.symbol, order_id=order_id, client_oid=client_oid
        )
        size = arguments.decimal("cancelSize")
        if size is None or size > order.remaining_size:
            raise Refusal(Reason.INVALID, "cancelSize must be at most what remains of the order.")
        if size % symbol.base_increment:
            raise Refusal(Reason.SIZE_STEP)
        if size == order.remaining_size:
            self._engine.cancel(order, "USER")
        else:
            self._engine.cancel_part(order, size, "USER")
        return {"orderId": order.order_id, "cancelSize": decimal_text(size)}

    def cancel_symbol(self, uid: str, args: object) -> str:
        """Cancel every order of one pair."""
        self._cancel(uid, cancelable_symbol(self._venue, Arguments.of(args).symbol()).symbol)
        return "success"

    def cancel_all(self, uid: str, args: object) -> Mapping[str, object]:
        """Cancel every order; the data names the pairs whose orders were, and those that do not cancel now."""
        succeeded, failed = [], []
        for symbol in self._venue.registry.active_symbols(uid, "spot"):
            if known_symbol(self._venue.symbols, symbol).enable_canceling:
                self._cancel(uid, symbol)
                succeeded.append(symbol)
            else:
                failed.append(symbol)
        return {"succeedSymbols": succeeded, "failedSymbols": failed}

    def _cancel(self, uid: str, symbol: str) -> None:
        for order in tuple(self._venue.registry.active(uid, "spot", symbol)):
            self._engine.cancel(order, "USER")


def _name(order: Order) -> dict[str, object]:
    return {"orderId": order.order_id, "clientOid": order.terms.client_oid}
