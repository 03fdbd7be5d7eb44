"""Matching one incoming order: who trades, at what price, and what becomes of the rest.

KuCoin documentation, "Add Order" and the matching rules: price first, then time; trades happen at the resting
order's price. What a trade does to accounts is the engine's business (`spot_engine`, `futures_engine`).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from .book import Book
from .orders import Order, OrderStatus

__all__ = ["Engine", "match"]


class Engine(Protocol):
    """What matching needs to know of a product."""

    def wanted(self, taker: Order, price: Decimal) -> Decimal:
        """How much `taker` still wants at `price`, in steps of the instrument."""

    def settle(self, taker: Order, maker: Order, price: Decimal, size: Decimal) -> None:
        """Exchange `size` at `price` between the two owners and update both orders."""

    def rest(self, order: Order) -> None:
        """Put what remains of a limit order into the book."""

    def cancel(self, order: Order, reason: str) -> None:
        """Cancel what remains of an order and release its hold."""

    def complete(self, order: Order) -> None:
        """Finish an order by funds that has spent what can be spent."""


def match(engine: Engine, book: Book, order: Order, limit: Decimal | None) -> None:
    """Run a new order against `book`, at `limit` or better, then rest, complete or cancel what remains."""
    terms = order.terms
    immediate = terms.order_type == "market" or terms.time_in_force in ("IOC", "FOK")
    if terms.post_only and not immediate and next(book.reachable(terms.side, limit), None) is not None:
        engine.cancel(order, "POST_ONLY")
        return
    fill_or_kill = terms.order_type == "limit" and terms.time_in_force == "FOK"
    if fill_or_kill and not _fills_whole(book, order, limit):
        engine.cancel(order, "FOK")
        return
    _take(engine, book, order, limit)
    if order.status is not OrderStatus.ACTIVE:
        return
    if not immediate:
        engine.rest(order)
    elif terms.funds is not None and order.filled_size and _is_spent(book, order, limit):
        engine.complete(order)
    else:
        engine.cancel(order, "IOC")


def _take(engine: Engine, book: Book, taker: Order, limit: Decimal | None) -> None:
    while taker.status is OrderStatus.ACTIVE:
        level = next(book.reachable(taker.terms.side, limit), None)
        if level is None:
            return
        wanted = engine.wanted(taker, level.price)
        if wanted <= 0:
            return
        maker = next(iter(level.orders.values()))
        engine.settle(taker, maker, level.price, min(wanted, maker.remaining_size))


def _fills_whole(book: Book, taker: Order, limit: Decimal | None) -> bool:
    """Whether a fill-or-kill order can fill. It counts no order of its owner: FOK implies self-trade prevention CN."""
    missing = taker.remaining_size
    for level in book.reachable(taker.terms.side, limit):
        for maker in level.orders.values():
            if maker.uid == taker.uid:
                return False
            missing -= maker.remaining_size
            if missing <= 0:
                return True
    return False


def _is_spent(book: Book, taker: Order, limit: Decimal | None) -> bool:
    """Whether an order by funds stopped because the funds, not the book, came to an end."""
    spent = taker.filled_value == taker.terms.funds
    return spent or next(book.reachable(taker.terms.side, limit), None) is not None
