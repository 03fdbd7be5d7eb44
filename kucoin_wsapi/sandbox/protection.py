"""Take-profit and stop-loss of a unified account's futures order.

KuCoin documentation, "Place Order" (Pro API): `tpTriggerPrice` and `slTriggerPrice`. The documentation does not say
what comes into being; here each is a stop order at the market that may only reduce, on the other side, as large as
what the order has filled so far. When one is triggered the other is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable

from .orders import Order, OrderTerms, Trigger

__all__ = ["Protection"]


class Protection:
    """Which orders protect which."""

    def __init__(self) -> None:
        self._children: dict[str, list[Order]] = {}
        self._parents: dict[str, str] = {}

    def of(self, order: Order) -> list[Order]:
        """The waiting orders that protect `order`."""
        return [child for child in self._children.get(order.order_id, ()) if child.is_waiting]

    def missing(self, order: Order) -> list[OrderTerms]:
        """The terms of the protecting orders that `order` has yet to get for what it has filled."""
        if order.order_id in self._children:
            return []
        triggers = (order.terms.take_profit, order.terms.stop_loss)
        return [_closing_terms(order, trigger) for trigger in triggers if trigger is not None]

    def link(self, order: Order, child: Order) -> None:
        """Note that `child` protects what `order` has filled."""
        self._children.setdefault(order.order_id, []).append(child)
        self._parents[child.order_id] = order.order_id

    def dissolve(self, child: Order) -> Iterable[Order]:
        """The waiting orders that a triggered one makes superfluous; what fills later is protected anew."""
        parent = self._parents.get(child.order_id)
        siblings = [] if parent is None else self._children.pop(parent)
        for sibling in siblings:
            del self._parents[sibling.order_id]
        return [order for order in siblings if order is not child and order.is_waiting]


def _closing_terms(order: Order, trigger: Trigger) -> OrderTerms:
    terms = order.terms
    return OrderTerms(
        product="futures",
        symbol=terms.symbol,
        side="sell" if terms.side == "buy" else "buy",
        order_type="market",
        size=order.filled_size,
        leverage=terms.leverage,
        reduce_only=True,
        margin_mode=terms.margin_mode,
        position_side=terms.position_side,
        trigger=trigger,
        is_uta=terms.is_uta,
    )
