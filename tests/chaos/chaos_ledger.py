"""What the client said of orders, held against what the exchange has in its books."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from kucoin_wsapi import OrderReport
from kucoin_wsapi.sandbox import OrderStatus, OrderView

BY_USER = "USER"
REPLACED = "ALTER_ORDER_CANCEL_OLD_ORDER"  # of an order that made way for its modified twin


class Ledger:
    """The orders of the exchange after everything has come to rest."""

    def __init__(self, orders: Iterable[OrderView]) -> None:
        self._by_id: dict[str, OrderView] = {}
        self._by_client_oid: defaultdict[str, list[OrderView]] = defaultdict(list)
        for order in orders:
            self._by_id[order.order_id] = order
            self._by_client_oid[order.terms.client_oid or ""].append(order)

    def order(self, order_id: str | None) -> OrderView | None:
        """By the exchange's id."""
        return self._by_id.get(order_id or "")

    def orders(self, client_oid: str) -> list[OrderView]:
        """Those with a client id, oldest first."""
        return self._by_client_oid.get(client_oid, [])

    def last(self, client_oid: str) -> OrderView | None:
        """The newest with a client id, which is the one that replaced the others."""
        return next(reversed(self.orders(client_oid)), None)

    def placed_twice(self) -> list[str]:
        """Client ids under which there is more than one order, not counting those that a modify replaced."""
        return [
            client_oid
            for client_oid, orders in self._by_client_oid.items()
            if client_oid and sum(order.cancel_reason != REPLACED for order in orders) > 1
        ]


Check = Callable[[Ledger], bool]


class Claims:
    """Statements about the ledger that must be true in the end. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: list[tuple[str, str, Check]] = []

    def add(self, kind: str, text: str, check: Check) -> None:
        """``kind`` is "verdict" or "resolve", whoever made the statement."""
        with self._lock:
            self._claims.append((kind, text, check))

    def __len__(self) -> int:
        return len(self._claims)

    def broken(self, ledger: Ledger) -> list[tuple[str, str]]:
        """The statements that are not true, and who made them."""
        return [(kind, text) for kind, text, check in self._claims if not check(ledger)]

    # What is said of orders

    def exists(self, kind: str, client_oid: str, order_id: str | None) -> None:
        """The order with this client id is there, under this id."""
        self.add(
            kind,
            f"{client_oid} exists as {order_id}",
            lambda ledger: order_id in [order.order_id for order in ledger.orders(client_oid)],
        )

    def absent(self, kind: str, client_oid: str, why: object) -> None:
        """There has never been an order with this client id."""
        self.add(kind, f"{client_oid} was never placed: {why}", lambda ledger: not ledger.orders(client_oid))

    def filled_at_least(self, client_oid: str, order_id: str | None, size: Decimal) -> None:
        """As much as an answer said, or more since."""
        self.add(
            "verdict",
            f"{client_oid} has filled {size}",
            lambda ledger: (order := ledger.order(order_id)) is not None and order.filled_size >= size,
        )

    def done(self, kind: str, order_id: str, why: object) -> None:
        """It can no longer fill."""
        self.add(
            kind,
            f"{order_id} is done: {why}",
            lambda ledger: (order := ledger.order(order_id)) is not None and not order.is_active,
        )

    def not_cancelled(self, kind: str, order_id: str, why: object) -> None:
        """We have not cancelled it, whatever the exchange may have done for lack of funds."""
        self.add(
            kind,
            f"{order_id} was not cancelled: {why}",
            lambda ledger: (
                (order := ledger.order(order_id)) is not None and order.status is not OrderStatus.CANCELED
            ),
        )

    def price(self, kind: str, order_id: str | None, price: Decimal, why: object) -> None:
        """It is limited to this price."""
        self.add(
            kind,
            f"{order_id} costs {price}: {why}",
            lambda ledger: (order := ledger.order(order_id)) is not None and order.terms.price == price,
        )

    def not_replaced(self, kind: str, order_id: str, why: object) -> None:
        """No modify has taken its place."""
        self.add(
            kind,
            f"{order_id} was not replaced: {why}",
            lambda ledger: (order := ledger.order(order_id)) is not None and order.cancel_reason != REPLACED,
        )

    def report(self, report: OrderReport) -> None:
        """What `resolve` found, allowing for what can happen later."""
        if report.was_placed:
            self.add("resolve", f"{report}", lambda ledger: _agrees(report, ledger.order(report.order_id)))


def _agrees(report: OrderReport, order: OrderView | None) -> bool:
    if order is None or (report.client_oid or order.terms.client_oid) != order.terms.client_oid:
        return False
    if report.is_live:
        return order.filled_size >= report.filled_size
    wanted = OrderStatus.FILLED if report.state == "filled" else OrderStatus.CANCELED
    return order.status is wanted and order.filled_size == report.filled_size
