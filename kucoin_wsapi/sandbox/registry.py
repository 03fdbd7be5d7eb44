"""Finding orders: by id, by clientOid, by owner. Finished orders stay findable, the newest of them.

Every look-up and every count is O(1).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence

from .orders import Order, OrderStatus, OrderTerms, Product
from .refusals import Reason, Refusal

__all__ = ["OrderRegistry"]


class OrderRegistry:
    """The active orders, and as many finished ones as are to be remembered."""

    def __init__(self, *, remembered: int, unique_client_oids: bool) -> None:
        self._remembered = remembered
        self._used: set[tuple[str, Product, str]] | None = set() if unique_client_oids else None
        self._by_id: dict[str, Order] = {}
        self._by_client_oid: dict[tuple[str, Product, str], Order] = {}
        self._of_user: dict[str, dict[str, Order]] = {}
        self._active: dict[tuple[str, Product], dict[str, dict[str, Order]]] = {}
        self._active_counts: dict[tuple[str, Product], int] = {}
        self._finished: deque[Order] = deque()

    def add(self, order: Order) -> None:
        """Enter a new, active order. It becomes the newest with its clientOid."""
        terms, product = order.terms, order.terms.product
        self._by_id[order.order_id] = order
        self._of_user.setdefault(order.uid, {})[order.order_id] = order
        if terms.client_oid is not None:
            self._by_client_oid[order.uid, product, terms.client_oid] = order
            if self._used is not None:
                self._used.add((order.uid, product, terms.client_oid))
        of_product = self._active.setdefault((order.uid, product), {})
        of_product.setdefault(terms.symbol, {})[order.order_id] = order
        self._active_counts[order.uid, product] = self._active_counts.get((order.uid, product), 0) + 1

    def deactivate(self, order: Order) -> None:
        """Note that an order has reached its final state; the oldest finished one may be forgotten for it."""
        owner = order.uid, order.terms.product
        of_symbol = self._active[owner][order.terms.symbol]
        del of_symbol[order.order_id]
        if not of_symbol:
            del self._active[owner][order.terms.symbol]
        self._active_counts[owner] -= 1
        self._finished.append(order)
        if len(self._finished) > self._remembered:
            self._forget(self._finished.popleft())

    def _forget(self, order: Order) -> None:
        del self._by_id[order.order_id]
        del self._of_user[order.uid][order.order_id]
        if order.terms.client_oid is not None:
            name = order.uid, order.terms.product, order.terms.client_oid
            if self._by_client_oid.get(name) is order:
                del self._by_client_oid[name]

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

    def active(self, uid: str, product: Product, symbol: str) -> Collection[Order]:
        """The active orders of one user, product and symbol, oldest first: a view, which changes with them."""
        return self._active.get((uid, product), {}).get(symbol, {}).values()

    def active_symbols(self, uid: str, product: Product) -> tuple[str, ...]:
        """The symbols on which `uid` has active orders of `product`."""
        return tuple(self._active.get((uid, product), ()))

    def count_active(self, uid: str, products: Iterable[Product], symbol: str) -> int:
        """How many orders of `uid` are active on one symbol."""
        return sum(len(self.active(uid, product, symbol)) for product in products)

    def count_all_active(self, uid: str, products: Iterable[Product]) -> int:
        """How many orders of `uid` are active on all symbols."""
        return sum(self._active_counts.get((uid, product), 0) for product in products)

    def check_client_oid(self, uid: str, terms: OrderTerms) -> None:
        """Refuse a clientOid that an active order of the same product has, or, if so chosen, any order ever had."""
        if terms.client_oid is None:
            return
        older = self.by_client_oid(uid, terms.product, terms.client_oid)
        active = older is not None and older.status is OrderStatus.ACTIVE
        if active or (self._used is not None and (uid, terms.product, terms.client_oid) in self._used):
            raise Refusal(Reason.DUPLICATE_CLIENT_OID)

    def of_user(self, uid: str) -> Iterable[Order]:
        """Every order of `uid` that is remembered, oldest first."""
        return self._of_user.get(uid, {}).values()
