"""Matching one incoming order: who trades, at what price, and what becomes of the rest.

KuCoin documentation, "Add Order" and the matching rules: price first, then time; trades happen at the resting
order's price. What a trade does to accounts is the engine's business (`spot_engine`, `futures_engine`). The reasons of
cancellation are KuCoin's own ("Cancel Reason for Unified Trading").
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

from .book import Book
from .orders import Order, OrderStatus, OrderTerms

__all__ = ["Engine", "match", "obtainable", "takes_visible"]


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

    def cancel_part(self, order: Order, size: Decimal, reason: str) -> None:
        """Cancel `size`, which is less than what remains; a resting order keeps its place in the queue."""

    def complete(self, order: Order) -> None:
        """Finish an order by funds that has spent what can be spent."""


def match(engine: Engine, book: Book, order: Order, limit: Decimal | None) -> None:
    """Run a new order against `book`, at `limit` or better, then rest, complete or cancel what remains."""
    terms = order.terms
    if terms.only_makes and takes_visible(book, terms, order.remaining_size, limit):
        engine.cancel(order, "POST_ONLY")
        return
    if terms.order_type == "limit" and terms.time_in_force == "FOK" and not _fills_whole(book, order, limit):
        engine.cancel(order, "FOK")
        return
    _take(engine, book, order, limit)
    if order.status is not OrderStatus.ACTIVE:
        return
    if not terms.is_immediate:
        engine.rest(order)
    elif terms.funds is not None and order.filled_size and _is_spent(book, order, limit):
        engine.complete(order)
    else:
        engine.cancel(order, _reason_to_stop(book, terms))


def _take(engine: Engine, book: Book, taker: Order, limit: Decimal | None) -> None:
    while taker.status is OrderStatus.ACTIVE:
        level = next(book.reachable(taker.terms.side, limit), None)
        if level is None:
            return
        wanted = engine.wanted(taker, level.price)
        if wanted <= 0:
            return
        maker = level.first()
        if maker.family == taker.family and taker.terms.stp is not None:
            _prevent_self_trade(engine, taker, maker)
        else:
            engine.settle(taker, maker, level.price, min(wanted, maker.exposed_size))


def _prevent_self_trade(engine: Engine, taker: Order, maker: Order) -> None:
    """Cancel as the taker's `stp` says; the maker's own does not count. A FOK order never comes here."""
    mode = taker.terms.stp
    if mode == "DC" and taker.remaining_size != maker.remaining_size:
        smaller, larger = sorted((taker, maker), key=lambda order: order.remaining_size)
        engine.cancel_part(larger, smaller.remaining_size, "STP")
        engine.cancel(smaller, "STP")
        return
    if mode != "CN":
        engine.cancel(maker, "STP")
    if mode != "CO":
        engine.cancel(taker, "STP")


def takes_visible(book: Book, terms: OrderTerms, missing: Decimal, limit: Decimal | None) -> bool:
    """Whether `missing` would trade with an order neither hidden nor an iceberg, which postOnly must not."""
    for level in book.reachable(terms.side, limit):
        for maker, size in level.offers():
            if not maker.terms.is_concealed:
                return True
            missing -= size
            if missing <= 0:
                return False
    return False


def obtainable(
    book: Book, family: str, terms: OrderTerms, limit: Decimal | None
) -> Iterator[tuple[Decimal, Decimal]]:
    """(price, size) of what an order with these terms can trade, best first, up to where `stp` would end it.

    FOK implies the self-trade prevention CN.
    """
    mode = "CN" if terms.order_type == "limit" and terms.time_in_force == "FOK" else terms.stp
    for level in book.reachable(terms.side, limit):
        for maker, size in level.offers():
            if maker.family != family or mode is None:
                yield level.price, size
            elif mode != "CO":
                return


def _fills_whole(book: Book, taker: Order, limit: Decimal | None) -> bool:
    missing = taker.remaining_size
    for _, size in obtainable(book, taker.family, taker.terms, limit):
        missing -= size
        if missing <= 0:
            return True
    return False


def _is_spent(book: Book, taker: Order, limit: Decimal | None) -> bool:
    """Whether an order by funds stopped because the funds, not the book, came to an end."""
    spent = taker.filled_value == taker.terms.funds
    return spent or next(book.reachable(taker.terms.side, limit), None) is not None


def _reason_to_stop(book: Book, terms: OrderTerms) -> str:
    """Why the rest of an order that never rests is cancelled: price protection, an empty book, or its own price."""
    if terms.order_type == "limit":
        return "IOC"
    return "NO_MAKER" if next(book.reachable(terms.side, None), None) is None else "PRICE_LIMITED"
