"""What a sandbox shows of its accounts: frozen pictures, each of one moment."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from .exchange import Exchange
from .futures_views import Position
from .orders import Balance, Fill, Liability, OrderView

__all__ = ["Ledger", "Snapshot", "ledger_of"]


@frozen
class Ledger:
    """One account at one moment: orders and fills, oldest first, what it has and owes, and its futures positions."""

    orders: tuple[OrderView, ...]
    fills: tuple[Fill, ...]
    balances: tuple[Balance, ...]
    positions: tuple[Position, ...]
    liabilities: tuple[Liability, ...]

    def find_order(self, *, order_id: str | None = None, client_oid: str | None = None) -> OrderView | None:
        """The order with this id, or the newest with this clientOid, of any product, if there is one."""
        if (order_id is None) == (client_oid is None):
            raise ValueError("give one of order_id and client_oid")
        for order in reversed(self.orders):
            if order.order_id == order_id if client_oid is None else order.terms.client_oid == client_oid:
                return order
        return None


@frozen
class Snapshot:
    """A whole sandbox at one moment: its time in Unix nanoseconds, and the ledgers by the names of their accounts.

    Two snapshots without anything between them but time have equal `ledgers`.
    """

    time: int
    ledgers: Mapping[str, Ledger]


def ledger_of(exchange: Exchange, uid: str) -> Ledger:
    """The picture of one account."""
    return Ledger(
        orders=exchange.orders(uid),
        fills=exchange.fills(uid),
        balances=exchange.balances(uid),
        positions=exchange.positions(uid),
        liabilities=exchange.liabilities(uid),
    )
