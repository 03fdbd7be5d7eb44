"""When GTT orders expire. KuCoin documentation, "Add Order": `cancelAfter` seconds after entering the book."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from .orders import Order, OrderStatus

__all__ = ["Expiries"]

FEW = 1_000
"""So many finished orders may wait for a time of theirs that no longer matters."""


class Expiries:
    """The orders that wait for their end, soonest first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, str, Order]] = []
        self._finished = 0

    def add(self, order: Order) -> None:
        """Wait for `order.expires_at`."""
        assert order.expires_at is not None
        heapq.heappush(self._waiting, (order.expires_at, order.order_id, order))

    def forget(self) -> None:
        """Note that an order has ended before its time; when most have, all of them are let go."""
        self._finished += 1
        if self._finished > FEW and 2 * self._finished > len(self._waiting):
            self._waiting = [entry for entry in self._waiting if entry[2].status is OrderStatus.ACTIVE]
            heapq.heapify(self._waiting)
            self._finished = 0

    def due(self, now: int) -> Iterator[Order]:
        """The active orders whose time is over, in order of expiry; each is handed out once."""
        while self._waiting and self._waiting[0][0] <= now:
            order = heapq.heappop(self._waiting)[2]
            if order.status is OrderStatus.ACTIVE:
                yield order
