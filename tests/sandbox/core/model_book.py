"""A slow and obvious book, written from KuCoin's rules alone, that tests hold the exchange's book against.

It shares nothing with the exchange: orders lie in one list, and every step looks through all of them.
"""

from __future__ import annotations

import copy
from decimal import Decimal

import attrs

ZERO = Decimal(0)
PROTECTION = Decimal("0.0001")
"""The price protection of the symbol under test, as a fraction of the best price that shows."""


@attrs.define
class ModelOrder:
    """`kind` is "plain", "hidden" or "iceberg"; a market order has no price."""

    number: int
    owner: str
    side: str
    price: Decimal | None
    rest: Decimal
    kind: str = "plain"
    visible: Decimal = ZERO
    stp: str | None = None
    post_only: bool = False
    tip: Decimal = ZERO
    arrival: int = 0
    canceled: Decimal = ZERO

    def cancel(self) -> None:
        self.canceled += self.rest
        self.rest = ZERO

    def offered(self) -> Decimal:
        return self.tip if self.kind == "iceberg" else self.rest


@attrs.define
class ModelTrade:
    """Which fee each side paid is "maker" or "taker"."""

    taker: int
    maker: int
    price: Decimal
    size: Decimal
    taker_fee: str
    maker_fee: str


@attrs.define
class ModelBook:
    """Resting orders, and all trades so far."""

    resting: list[ModelOrder] = attrs.Factory(list)
    trades: list[ModelTrade] = attrs.Factory(list)
    arrivals: int = 0

    def enter(self, order: ModelOrder, time_in_force: str) -> str:
        """Match and rest, or not. The answer is "refused", "canceled" or "done"."""
        limit = order.price
        protection = self.protection(order.side)
        if limit is not None and protection is not None and self.is_worse(order.side, limit, protection):
            return "refused"
        if limit is None:
            limit = protection
        if time_in_force == "FOK":
            order.stp = "CN"
            rehearsal = copy.deepcopy(self)
            twin = copy.deepcopy(order)
            rehearsal.take(twin, limit)
            if twin.rest or twin.canceled:
                order.cancel()
                return "canceled"
        if order.post_only and time_in_force == "GTC" and self.would_meet_plain(order, limit):
            order.cancel()
            return "canceled"
        self.take(order, limit, makes=order.post_only and time_in_force == "GTC")
        if order.rest and time_in_force == "GTC" and order.price is not None:
            self.queue(order)
        else:
            order.cancel()
        return "done"

    def would_meet_plain(self, order: ModelOrder, limit: Decimal | None) -> bool:
        rehearsal = copy.deepcopy(self)
        twin = copy.deepcopy(order)
        twin.stp = None
        before = len(rehearsal.trades)
        kinds = {other.number: other.kind for other in self.resting}
        rehearsal.take(twin, limit)
        return any(kinds[trade.maker] == "plain" for trade in rehearsal.trades[before:])

    def protection(self, side: str) -> Decimal | None:
        shown = [
            o.price for o in self.resting if o.side != side and o.kind != "hidden" and o.price is not None
        ]
        if not shown:
            return None
        return min(shown) * (1 + PROTECTION) if side == "buy" else max(shown) * (1 - PROTECTION)

    @staticmethod
    def is_worse(side: str, price: Decimal, than: Decimal) -> bool:
        return price > than if side == "buy" else price < than

    def queue(self, order: ModelOrder) -> None:
        """To the back: the order, or the next part of it that shows."""
        self.arrivals += 1
        order.arrival = self.arrivals
        order.tip = min(order.visible, order.rest)
        if order not in self.resting:
            self.resting.append(order)

    def next_maker(self, side: str, limit: Decimal | None) -> ModelOrder | None:
        candidates = [
            other
            for other in self.resting
            if other.side != side
            and other.price is not None
            and (limit is None or not self.is_worse(side, other.price, limit))
        ]
        candidates.sort(
            key=lambda o: ((o.price if side == "buy" else -o.price), o.kind == "hidden", o.arrival)
        )
        return candidates[0] if candidates else None

    def take(self, taker: ModelOrder, limit: Decimal | None, *, makes: bool = False) -> None:
        while taker.rest:
            maker = self.next_maker(taker.side, limit)
            if maker is None:
                return
            if maker.owner == taker.owner and taker.stp is not None:
                self.prevent(taker, maker)
            else:
                self.trade(taker, maker, makes=makes)
            self.resting = [other for other in self.resting if other.rest]

    def prevent(self, taker: ModelOrder, maker: ModelOrder) -> None:
        if taker.stp == "DC":
            size = min(taker.rest, maker.rest)
            for order in (taker, maker):
                order.rest -= size
                order.canceled += size
                order.tip = min(order.tip, order.rest)
        if taker.stp in ("CO", "CB"):
            maker.cancel()
        if taker.stp in ("CN", "CB"):
            taker.cancel()

    def trade(self, taker: ModelOrder, maker: ModelOrder, *, makes: bool) -> None:
        assert maker.price is not None
        size = min(taker.rest, maker.offered())
        self.trades.append(
            ModelTrade(
                taker.number,
                maker.number,
                maker.price,
                size,
                "maker" if makes and taker.kind == "plain" else "taker",
                "maker" if maker.kind == "plain" else "taker",
            )
        )
        taker.rest -= size
        maker.rest -= size
        maker.tip -= min(size, maker.tip)
        if maker.kind == "iceberg" and maker.rest and not maker.tip:
            self.queue(maker)

    def cancel_part(self, order: ModelOrder, size: Decimal) -> None:
        order.rest -= size
        order.canceled += size
        order.tip = min(order.tip, order.rest)
        self.resting = [other for other in self.resting if other.rest]
