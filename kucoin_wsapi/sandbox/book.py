"""An order book with price-time priority.

A side keeps its prices sorted with the best one last, so that taking and finding the best is O(1), and each price
keeps its orders in order of arrival, so that removing any order does not depend on how many rest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from decimal import Decimal

import attrs

from .orders import Order, Side

__all__ = ["Book", "Level"]


@attrs.define(eq=False)
class Level:
    """The orders at one price, oldest first. An OrderedDict, for a dict gets slow when its head is eaten away."""

    price: Decimal
    size: Decimal = Decimal(0)
    orders: OrderedDict[str, Order] = attrs.Factory(OrderedDict)


class _BookSide:
    def __init__(self, side: Side) -> None:
        self._sign = 1 if side == "buy" else -1
        self._ranks: list[Decimal] = []  # price x sign, so that the best price is the last on either side
        self._levels: dict[Decimal, Level] = {}

    def add(self, order: Order, price: Decimal) -> None:
        level = self._levels.get(price)
        if level is None:
            level = self._levels[price] = Level(price)
            rank = price * self._sign
            self._ranks.insert(bisect_left(self._ranks, rank), rank)
        level.orders[order.order_id] = order
        level.size += order.remaining_size

    def remove(self, order: Order, price: Decimal) -> None:
        level = self._levels[price]
        del level.orders[order.order_id]
        level.size -= order.remaining_size
        if not level.orders:
            del self._levels[price]
            del self._ranks[bisect_left(self._ranks, price * self._sign)]

    def reduce(self, price: Decimal, size: Decimal) -> None:
        self._levels[price].size -= size

    def best(self) -> Level | None:
        return self._levels[self._ranks[-1] * self._sign] if self._ranks else None

    def levels(self) -> Iterator[Level]:
        for rank in reversed(self._ranks):
            yield self._levels[rank * self._sign]


class Book:
    """Resting orders of one symbol, by price, then by time."""

    def __init__(self) -> None:
        self._sides: dict[Side, _BookSide] = {"buy": _BookSide("buy"), "sell": _BookSide("sell")}

    def add(self, order: Order) -> None:
        """Let the rest of a limit order wait at the back of the queue of its price."""
        assert order.terms.price is not None
        self._sides[order.terms.side].add(order, order.terms.price)
        order.in_book = True

    def remove(self, order: Order) -> None:
        """Take a resting order out; its sizes must still be those it rests with."""
        assert order.terms.price is not None
        self._sides[order.terms.side].remove(order, order.terms.price)
        order.in_book = False

    def reduce(self, order: Order, size: Decimal) -> None:
        """Tell the book that `size` of a resting order has just been filled."""
        assert order.terms.price is not None
        self._sides[order.terms.side].reduce(order.terms.price, size)

    def best(self, side: Side) -> Level | None:
        """The best level of `side`."""
        return self._sides[side].best()

    def reachable(self, taker_side: Side, limit: Decimal | None) -> Iterator[Level]:
        """The levels a taker of `taker_side` may trade with at `limit` or better, best first."""
        for level in self._sides["sell" if taker_side == "buy" else "buy"].levels():
            if limit is not None and (level.price > limit if taker_side == "buy" else level.price < limit):
                return
            yield level
