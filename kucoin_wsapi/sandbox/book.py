"""An order book with price-time priority, hidden orders and icebergs.

A side keeps its prices sorted, and each price its orders in order of arrival, so that no order costs more for the
others that rest.

KuCoin documentation, "Add Order": hidden orders do not show; of an iceberg shows `visibleSize` at a time. Where that
is silent, hidden orders come after all that shows at their price, and an iceberg whose visible part is filled shows
the next one at the back of the queue.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from decimal import Decimal

import attrs

from .feed import Feed
from .orders import Order, Side
from .sorted_numbers import SortedNumbers

__all__ = ["Book", "Level"]

ZERO = Decimal(0)


@attrs.define(eq=False)
class Level:
    """The orders at one price. OrderedDicts, for a dict gets slow when its head is eaten away."""

    price: Decimal
    size: Decimal = ZERO
    """All that can be taken."""
    shown: Decimal = ZERO
    """What the public sees of it."""
    visible: OrderedDict[str, Order] = attrs.Factory(OrderedDict)
    """Oldest first; an iceberg is as old as the part of it that shows."""
    hidden: OrderedDict[str, Order] = attrs.Factory(OrderedDict)

    def queue_of(self, order: Order) -> OrderedDict[str, Order]:
        """Where an order with these terms waits."""
        return self.hidden if order.terms.hidden else self.visible

    def first(self) -> Order:
        """The order that trades next."""
        return next(iter((self.visible or self.hidden).values()))

    def offers(self) -> Iterator[tuple[Order, Decimal]]:
        """The order that trades, and how much of it, in the sequence in which a taker meets them.

        An iceberg comes twice: what shows of it, and after all that shows the rest, whose parts take turns.
        """
        icebergs = []
        for order in self.visible.values():
            yield order, order.exposed_size
            if order.terms.iceberg:
                icebergs.append(order)
        for order in icebergs:
            yield order, order.remaining_size - order.tip
        for order in self.hidden.values():
            yield order, order.remaining_size


class _BookSide:
    def __init__(self, side: Side) -> None:
        self._sign = 1 if side == "buy" else -1
        self._ranks = SortedNumbers()  # price x sign, so that the best price is the last on either side
        self._shown_ranks = SortedNumbers()  # those at which something shows
        self._levels: dict[Decimal, Level] = {}

    def level(self, price: Decimal) -> Level:
        return self._levels[price]

    def add(self, order: Order, price: Decimal) -> Level:
        level = self._levels.get(price)
        if level is None:
            level = self._levels[price] = Level(price)
            self._ranks.add(price * self._sign)
        if not order.terms.hidden:
            if not level.visible:
                self._shown_ranks.add(price * self._sign)
            level.shown += order.exposed_size
        level.queue_of(order)[order.order_id] = order
        level.size += order.remaining_size
        return level

    def remove(self, order: Order, price: Decimal) -> Level:
        level = self._levels[price]
        del level.queue_of(order)[order.order_id]
        level.size -= order.remaining_size
        if not order.terms.hidden:
            level.shown -= order.exposed_size
            if not level.visible:
                self._shown_ranks.remove(price * self._sign)
        if not level.visible and not level.hidden:
            del self._levels[price]
            self._ranks.remove(price * self._sign)
        return level

    def best(self) -> Level | None:
        rank = self._ranks.last()
        return None if rank is None else self._levels[rank * self._sign]

    def levels(self) -> Iterator[Level]:
        for rank in reversed(self._ranks):
            yield self._levels[rank * self._sign]

    def shown(self) -> Iterator[Level]:
        for rank in reversed(self._shown_ranks):
            yield self._levels[rank * self._sign]


class Book:
    """Resting orders of one symbol, by price, then by time."""

    def __init__(self, symbol: str, feed: Feed, now: int) -> None:
        """Every change of what shows is told to `feed`; `now` is in Unix nanoseconds."""
        self._symbol = symbol
        self._feed = feed
        # Higher after a reset than before it, and, as with KuCoin, lower than the time in milliseconds, with which
        # clients in the field compare it.
        self.sequence: int = now // 1_000_000 * 9 // 10
        """Ascends by one with each change of what shows at a price."""
        self._sides: dict[Side, _BookSide] = {"buy": _BookSide("buy"), "sell": _BookSide("sell")}

    def add(self, order: Order) -> None:
        """Let the rest of a limit order wait at the back of the queue of its price."""
        assert order.terms.price is not None
        if order.terms.iceberg:
            order.tip = _next_tip(order)
        level = self._sides[order.terms.side].add(order, order.terms.price)
        order.in_book = True
        if not order.terms.hidden:
            self._show(order.terms.side, level)

    def remove(self, order: Order) -> None:
        """Take a resting order out; its sizes must still be those it rests with."""
        assert order.terms.price is not None
        exposed = ZERO if order.terms.hidden else order.exposed_size
        level = self._sides[order.terms.side].remove(order, order.terms.price)
        order.in_book = False
        order.tip = ZERO
        if exposed:
            self._show(order.terms.side, level)

    def fill(self, order: Order, size: Decimal) -> None:
        """Tell the book that `size` of a resting order has just been filled; an iceberg may show its next part."""
        level = self._level_of(order)
        level.size -= size
        if order.terms.hidden:
            return
        level.shown -= size
        if order.terms.iceberg:
            order.tip -= size
            if not order.tip and order.remaining_size:
                order.tip = _next_tip(order)
                level.shown += order.tip
                level.visible.move_to_end(order.order_id)
        self._show(order.terms.side, level)

    def shrink(self, order: Order, size: Decimal) -> None:
        """Tell the book that `size` of a resting order has just been cancelled; it keeps its place.

        An iceberg loses first what does not show.
        """
        level = self._level_of(order)
        level.size -= size
        if order.terms.iceberg:
            kept = min(order.tip, order.remaining_size)
            level.shown -= order.tip - kept
            order.tip = kept
        elif not order.terms.hidden:
            level.shown -= size
        if not order.terms.hidden:
            self._show(order.terms.side, level)

    def _show(self, side: Side, level: Level) -> None:
        """What shows at a price has changed, or an iceberg shows as much as before again."""
        self.sequence += 1
        if self._symbol in self._feed.symbols:
            self._feed.level(self._symbol, side, level.price, level.shown, self.sequence)

    def _level_of(self, order: Order) -> Level:
        assert order.terms.price is not None
        return self._sides[order.terms.side].level(order.terms.price)

    def best(self, side: Side) -> Level | None:
        """The best level of `side`, hidden orders included."""
        return self._sides[side].best()

    def shown(self, side: Side) -> Iterator[Level]:
        """The levels of `side` of which the public sees something, best first."""
        return self._sides[side].shown()

    def reachable(self, taker_side: Side, limit: Decimal | None) -> Iterator[Level]:
        """The levels a taker of `taker_side` may trade with at `limit` or better, best first."""
        for level in self._sides["sell" if taker_side == "buy" else "buy"].levels():
            if limit is not None and (level.price > limit if taker_side == "buy" else level.price < limit):
                return
            yield level


def _next_tip(order: Order) -> Decimal:
    assert order.terms.visible_size is not None, "an iceberg has a visible size"
    return min(order.terms.visible_size, order.remaining_size)
