"""Finding orders: by id, by clientOid, by owner. Finished orders stay findable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .orders import Order, OrderStatus, OrderTerms, Product
from .refusals import Reason, Refusal

__all__ = ["OrderRegistry"]


class OrderRegistry:
    """Every order ever accepted, and which of them are active."""

    def __init__(self) -> None:
        self._by_id: dict[str, Order] = {}
        self._by_client_oid: dict[tuple[str, Product, str], Order] = {}
        self._of_user: dict[str, list[Order]] = {}
        self._active: dict[tuple[str, Product, str], dict[str, Order]] = {}
        self._active_count: dict[str, int] = {}

    def add(self, order: Order) -> None:
        """Enter a new, active order. It becomes the newest with its clientOid."""
        terms = order.terms
        self._by_id[order.order_id] = order
        self._of_user.setdefault(order.uid, []).append(order)
        if terms.client_oid is not None:
            self._by_client_oid[order.uid, terms.product, terms.client_oid] = order
        self._active.setdefault((order.uid, terms.product, terms.symbol), {})[order.order_id] = order
        self._active_count[order.uid] = self._active_count.get(order.uid, 0) + 1

    def deactivate(self, order: Order) -> None:
        """Note that an order has reached its final state."""
        del self._active[order.uid, order.terms.product, order.terms.symbol][order.order_id]
        self._active_count[order.uid] -= 1

    def by_id(self, uid: str, order_id: str) -> Order | None:
        """The order, if it belongs to `uid`."""
        order = self._by_id.get(order_id)
        return order if order is not None and order.uid == uid else None

    def by_client_oid(self, uid: str, product: Product, client_oid: str) -> Order | None:
        """The newest order with this clientOid. Only the newest can be active, as active ones exclude new ones."""
        return self._by_client_oid.get((uid, product, client_oid))

    def find(
        self,
        uid: str,
        products: Sequence[Product],
        *,
        symbol: str | None,
        order_id: str | None,
        client_oid: str | None,
    ) -> Order | None:
        """The order with this orderId, or else with this clientOid, if its product and symbol are as given."""
        candidates: list[Order | None]
        if order_id is not None:
            candidates = [self.by_id(uid, order_id)]
        elif client_oid is not None:
            candidates = [self.by_client_oid(uid, product, client_oid) for product in products]
        else:
            candidates = []
        found = [
            order
            for order in candidates
            if order is not None
            and order.terms.product in products
            and (symbol is None or order.terms.symbol == symbol)
        ]
        found.sort(key=lambda order: (order.status is OrderStatus.ACTIVE, order.created_at))
        return found[-1] if found else None

    def find_active(
        self,
        uid: str,
        products: Sequence[Product],
        *,
        symbol: str | None,
        order_id: str | None,
        client_oid: str | None,
    ) -> Order:
        """As `find`, but `Refusal` unless the order is active: only such an order can be changed or cancelled."""
        order = self.find(uid, products, symbol=symbol, order_id=order_id, client_oid=client_oid)
        if order is None or order.status is not OrderStatus.ACTIVE:
            raise Refusal(Reason.ORDER_NOT_FOUND if order_id is not None else Reason.CLIENT_OID_NOT_FOUND)
        return order

    def active(self, uid: str, product: Product, symbol: str) -> Iterable[Order]:
        """The active orders of one user, product and symbol, oldest first."""
        return self._active.get((uid, product, symbol), {}).values()

    def count_active(self, uid: str, products: Iterable[Product], symbol: str) -> int:
        """How many orders of `uid` are active on one symbol."""
        return sum(len(self._active.get((uid, product, symbol), ())) for product in products)

    def count_all_active(self, uid: str) -> int:
        """How many orders of `uid` are active on all symbols."""
        return self._active_count.get(uid, 0)

    def check_client_oid(self, uid: str, terms: OrderTerms) -> None:
        """Refuse a clientOid that an active order of the same product has; finished orders do not count."""
        if terms.client_oid is None:
            return
        older = self.by_client_oid(uid, terms.product, terms.client_oid)
        if older is not None and older.status is OrderStatus.ACTIVE:
            raise Refusal(Reason.DUPLICATE_CLIENT_OID)

    def of_user(self, uid: str) -> Iterable[Order]:
        """Every order of `uid`, oldest first."""
        return self._of_user.get(uid, ())
