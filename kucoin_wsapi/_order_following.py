"""Which order a handle shows: found by its ids before its answer has come, and followed through modifies. Pure.

A modify cancels an order and places another one with the same client id (KuCoin documentation, "Modify Order"). Only
what this client has asked for is followed: an order with a client id that was used before may as well be a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from attrs import define, evolve, field

from ._order_life import with_fills, with_report, with_state, with_update
from .account_updates import Fill, OrderUpdate
from .reports import OrderReport
from .tracking import TrackedOrder, TrackedState

__all__ = ["Following"]


@define
class Following:
    """Guarded by its owner's lock.

    Attributes:
        order: what is known of the order that is followed.
        shown: the same; or what it was before, while its cancel may be the first half of a modify.
        by_order_id: it was named by its order id, so that it is never another order.
        confirmed: its order id is certain, not only taken from an update with its client id.
        replacing: modifies of it that are on their way.
        refused: there is no such order, by the exchange's word: what has its client id is another one.
    """

    order: TrackedOrder
    by_order_id: bool = False
    confirmed: bool = False
    replacing: int = 0
    refused: bool = False
    shown: TrackedOrder = field(init=False)
    _others: dict[str, TrackedOrder] = field(factory=dict)  # of the same client id, by order id
    _past: set[str | None] = field(factory=set)  # order ids that it had before modifies
    _begun: int = 0  # modifies of it, which are numbered from 1 as they are sent
    _moved_by: int = 0  # the number of the last one whose answer was followed

    def __attrs_post_init__(self) -> None:
        self.shown = self.order

    def _set(self, order: TrackedOrder) -> None:
        self.order = order
        if not (self.replacing and order.state == "cancelled" and not self.by_order_id):
            self.shown = order

    # News

    def update(self, update: OrderUpdate) -> bool:
        """Take an update of a stream that has one of its ids; whether it is about this order."""
        if self.refused:
            return False
        is_it = self._is_it(update.order_id)
        previous = self.order.previous
        if is_it:
            self._set(with_update(self.order, update))
        elif previous is not None and previous.order_id == update.order_id:
            self._set(evolve(self.order, previous=with_update(previous, update)))
        elif update.client_oid is not None and update.client_oid == self.order.client_oid:
            other = self._others[update.order_id] = with_update(self._other(update.order_id), update)
            self._replaced(other)
        return is_it

    def report(self, report: OrderReport) -> bool:
        """Take what a look-up has found, by one of its ids; whether it is about this order."""
        if self.refused or report.order_id is None:
            return False
        is_it = self._is_it(report.order_id)
        if is_it:
            self._set(with_report(self.order, report))
        else:
            other = self._others[report.order_id] = with_report(self._other(report.order_id), report)
            if self.confirmed:
                self._replaced(other)
            elif _is_later(other, self.order):  # what was heard of first was an older one
                self._set(other)
        self.confirmed = True
        return is_it

    def fills(self, order_id: str, fills: Iterable[Fill], fee: Decimal | None, currency: str | None) -> None:
        """Take the fills that a look-up has found."""
        if order_id == self.order.order_id:
            self._set(with_fills(self.order, fills, fee, currency))

    def state(self, state: TrackedState, **facts: Any) -> None:
        """Take something else that tells its state; ``facts`` are further fields of ``TrackedOrder``."""
        self._set(with_state(self.order, state, **facts))

    def answered(self, order_id: str, **facts: Any) -> bool:
        """Its request has succeeded: this is the order, and the exchange has it; whether it still is this one."""
        self.confirmed = True
        if self._past:  # a modify was answered first
            self._past.add(order_id)
            previous = self.order.previous
            if previous is not None and previous.order_id in (None, order_id):
                previous = with_state(previous, "accepted", order_id=order_id, **facts)
                self._set(evolve(self.order, previous=previous))
            return False
        if self.order.order_id not in (None, order_id):
            # An older order has had the same client id, and its updates were late.
            self._set(self._taken(order_id))
        self.state("accepted", order_id=order_id, **facts)
        return True

    def never_placed(self, error: Exception | None) -> None:
        """The exchange has no such order, by its word (``error``), or because it would have been found."""
        if error is not None:
            self.refused = True
            self._set(with_state(self._fresh(), "never_placed", error=error))
        elif self.order.state == "submitted":
            self.state("never_placed")

    # Modifies

    def being_modified(self) -> int:
        """A modify is about to be sent; returns its number."""
        self.replacing += 1
        self._begun += 1
        return self._begun

    def modified(self, new_order_id: str | None, number: int | None = None) -> None:
        """A modify has ended: with a new order, or without one."""
        self.replacing = max(0, self.replacing - 1)
        if new_order_id is not None and number is not None and not self.by_order_id:
            if number < self._moved_by:  # a later one was answered first
                self._past.add(new_order_id)
            self._moved_by = max(number, self._moved_by)
        if new_order_id is None or new_order_id == self.order.order_id or new_order_id in self._past:
            self._set(self.order)  # the stream may have told of the next one before this answer came
        elif self.by_order_id:
            self._set(evolve(self.order, replaced_by=new_order_id))
        else:
            self._move(new_order_id)

    def _replaced(self, other: TrackedOrder) -> None:
        """There is another order with the same client id: the one that takes its place, if it is the later one."""
        assert other.order_id is not None
        if not self.confirmed or not _is_later(other, self.order):
            return
        known = self.order.order_time is not None and (other.order_time or 0) > self.order.order_time
        if other.order_id in self._past and not known:
            return
        # Answers may come in another order than the modifies were executed in: the time of the exchange decides.
        awaited = self.replacing > 0 and (known or self._moved_by < self._begun)
        may_replace = awaited or other.order_id in self._past
        if may_replace and not self.by_order_id:
            self._move(other.order_id)
        elif self.order.state == "cancelled":
            self._set(evolve(self.order, replaced_by=other.order_id))

    def _move(self, order_id: str) -> None:
        old = with_state(self.order, "cancelled")
        self._past.add(old.order_id)
        self._past.discard(order_id)
        new = with_state(self._taken(order_id), "accepted", order_id=order_id)
        self._set(evolve(new, previous=evolve(old, replaced_by=order_id)))

    def _is_it(self, order_id: str) -> bool:
        return self.order.order_id in (None, order_id)

    def _taken(self, order_id: str) -> TrackedOrder:
        return self._others.pop(order_id) if order_id in self._others else self._fresh()

    def _other(self, order_id: str) -> TrackedOrder:
        return self._others.get(order_id) or self._fresh()

    def _fresh(self) -> TrackedOrder:
        """An order of the same name of which nothing is known."""
        order = self.order
        return TrackedOrder(product=order.product, symbol=order.symbol, client_oid=order.client_oid)


def _is_later(order: TrackedOrder, than: TrackedOrder) -> bool:
    return (order.order_time or 0) >= (than.order_time or 0)
