"""Orders that wait for a price.

They freeze nothing and are in no book (KuCoin documentation, "Add Order" of futures: `stop`, `stopPriceType` and
`stopPrice`). Who waits is kept sorted by trigger price, so that an order costs nothing while prices stay away from it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from decimal import Decimal
from itertools import count

from .orders import Order
from .prices import Prices, PriceType

__all__ = ["StopOrders"]

_Watch = tuple[str, PriceType, str]


class StopOrders:
    """All orders that wait, of all users."""

    def __init__(self) -> None:
        self._queues: dict[_Watch, list[tuple[Decimal, int, Order]]] = {}
        self._waiting: dict[tuple[str, str], dict[str, Order]] = {}
        self._numbers = count()

    def add(self, order: Order) -> None:
        """Let an order wait for its trigger."""
        trigger = order.terms.trigger
        assert trigger is not None
        watch = (order.terms.symbol, trigger.price_type, trigger.direction)
        rank = trigger.price if trigger.direction == "up" else -trigger.price
        heapq.heappush(self._queues.setdefault(watch, []), (rank, next(self._numbers), order))
        self._waiting.setdefault((order.uid, order.terms.symbol), {})[order.order_id] = order

    def remove(self, order: Order) -> None:
        """Let an order wait no longer."""
        del self._waiting[order.uid, order.terms.symbol][order.order_id]

    def of_user(self, uid: str, symbol: str) -> Iterable[Order]:
        """The waiting orders of one user and symbol, oldest first."""
        return self._waiting.get((uid, symbol), {}).values()

    def count(self, uid: str, symbol: str) -> int:
        """How many orders of one user wait on one symbol."""
        return len(self._waiting.get((uid, symbol), ()))

    def take_due(self, prices: Prices) -> Order | None:
        """Hand out an order whose price is reached; it waits no longer.

        Of those that watch the same price the nearest trigger comes first, else the oldest order.
        """
        due = [queue for queue in self._queues.values() if _is_due(queue, prices)]
        if not due:
            return None
        order = heapq.heappop(min(due, key=lambda queue: queue[0][1]))[2]
        self.remove(order)
        return order


def _is_due(queue: list[tuple[Decimal, int, Order]], prices: Prices) -> bool:
    """Whether the first of a queue has reached its price, once those are dropped that wait no longer."""
    while queue and not queue[0][2].is_waiting:
        heapq.heappop(queue)
    if not queue:
        return False
    terms = queue[0][2].terms
    assert terms.trigger is not None
    return terms.trigger.is_reached(prices.of(terms.symbol).of_type(terms.trigger.price_type))
