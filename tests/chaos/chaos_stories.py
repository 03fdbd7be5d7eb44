"""What the chaos suite trades: orders of all products from their placing to their end.

A story repeats what was certainly not executed, under the same client id, and looks up what may have been: as a
program should. What it learns on the way becomes a claim on the exchange's ledger.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from attrs import evolve, frozen
from chaos_desk import AbandonedError, Desk, Outcome
from chaos_ledger import Claims

from kucoin_wsapi import (
    CallError,
    FuturesBatchCancel,
    FuturesBatchOrder,
    FuturesCancel,
    FuturesOrder,
    MarginCancel,
    MarginOrder,
    NotSentError,
    OrderReport,
    RateLimitedError,
    RejectedError,
    ResponseFuture,
    SpotCancel,
    SpotModify,
    SpotOrder,
    UtaAmend,
    UtaCancel,
    UtaOrder,
    WSAPIResponse,
)

REPEATS = 30  # of a call that was certainly not executed
LAST_ORDERS, LAST_LOOK_UPS = 50, 5
PRODUCTS = ("spot", "sync", "margin", "futures", "uta-spot", "uta-futures")
STYLES = ("resting",) * 5 + ("market", "market", "immediate", "too dear")
PRICES = {
    "resting": ("30000", "40000"),
    "market": None,
    "immediate": ("67100", "67400"),
    "too dear": ("60000",),
}


@frozen
class Placed:
    """An order that is certain to exist."""

    product: str
    symbol: str
    client_oid: str
    order_id: str
    rests: bool


class Stories:
    """Tells stories on one desk; one object per thread."""

    def __init__(
        self, desk: Desk, claims: Claims, random: Random, ids: Callable[[], str], window: int
    ) -> None:
        """``window`` is the time window that some spot orders get, in milliseconds."""
        self._desk = desk
        self._claims = claims
        self._random = random
        self._new_id = ids
        self._window = window
        self._numbers = count(1)

    def tell(self) -> None:
        """One story, from the first call to the last."""
        try:
            if self._random.random() < 0.15:
                self._trade_batch()
            else:
                self._trade_singly()
        except AbandonedError:
            pass

    def tell_the_last(self) -> None:
        """Close the client with orders on their way: each future settles nevertheless, and truly."""
        requests = [self._new_order() for _ in range(LAST_ORDERS)]
        sends = [self._sender(product, order) for product, _, order in requests]
        outcomes = self._desk.call_all(sends, then=self._desk.client.close)
        look_ups = 0
        for (product, style, order), outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, WSAPIResponse):
                self._accepted(product, style, order, outcome)
            elif isinstance(outcome, (NotSentError, RejectedError)):
                self._claims.absent("verdict", order.client_oid, outcome)
            elif (look_ups := look_ups + 1) <= LAST_LOOK_UPS:
                report = self._desk.resolve(outcome).order
                self._claims.report(report)
                if not report.was_placed:
                    self._claims.absent("resolve", order.client_oid, outcome)

    def _trade_singly(self) -> None:
        requests = [self._new_order() for _ in range(self._random.choice([1, 1, 1, 2, 5]))]
        sends = [self._sender(product, order) for product, _, order in requests]
        outcomes = self._desk.call_all(sends)
        for (product, style, order), outcome, send in zip(requests, outcomes, sends, strict=True):
            placed = self._until_placed(product, style, order, outcome, send)
            if placed is not None:
                self._go_on(placed)

    # Orders and how they are sent

    def _new_order(self) -> tuple[str, str, Any]:
        product, style = self._random.choice(PRODUCTS), self._random.choice(STYLES)
        make = {"futures": self._futures, "uta-spot": self._uta, "uta-futures": self._uta}.get(
            product, self._spot
        )
        return product, style, make(product, style)

    def _price(self, style: str) -> str | None:
        prices = PRICES[style]
        return None if prices is None else str(self._random.randint(int(prices[0]), int(prices[-1])))

    def _spot(self, product: str, style: str) -> SpotOrder | MarginOrder:
        fields: dict[str, Any] = {
            "symbol": "BTC-USDT",
            "side": "buy" if style != "market" else self._random.choice(["buy", "sell"]),
            "type": "market" if style == "market" else "limit",
            "price": self._price(style),
            "size": "5000" if style == "too dear" else "0.0001",
            "client_oid": self._new_id(),
        }
        if style == "immediate":
            fields["time_in_force"] = "IOC"
        if product == "margin":
            return MarginOrder(**fields)
        if self._random.random() < 0.3:
            fields |= {
                "client_timestamp": time.time_ns() // 1_000_000,
                "allow_max_time_window": self._window,
            }
        return SpotOrder(**fields)

    def _futures(self, _: str, style: str) -> FuturesOrder:
        fields: dict[str, Any] = {
            "symbol": "XBTUSDTM",
            "side": "buy" if style != "market" else self._random.choice(["buy", "sell"]),
            "type": "market" if style == "market" else "limit",
            "price": self._price(style),
            "size": 900_000 if style == "too dear" else 1,
            "leverage": 5,
            "client_oid": self._new_id(),
        }
        if style == "immediate":
            fields["time_in_force"] = "IOC"
        return FuturesOrder(**fields)

    def _uta(self, product: str, style: str) -> UtaOrder:
        futures = product == "uta-futures"
        too_dear = "900000" if futures else "5000"
        return UtaOrder(
            trade_type="FUTURES" if futures else "SPOT",
            symbol="XBTUSDTM" if futures else "BTC-USDT",
            side="BUY" if style != "market" else self._random.choice(["BUY", "SELL"]),
            order_type="MARKET" if style == "market" else "LIMIT",
            price=self._price(style),
            size=too_dear if style == "too dear" else "1" if futures else "0.0001",
            size_unit="UNIT" if futures else "BASECCY",
            time_in_force="IOC" if style == "immediate" else None,
            leverage=5 if futures else None,
            client_oid=self._new_id(),
        )

    def _sender(self, product: str, order: Any) -> Callable[[], ResponseFuture[Any]]:
        client = self._desk.client
        method: Callable[[Any], ResponseFuture[Any]] = {
            "spot": client.submit_new_spot_order,
            "sync": client.submit_sync_spot_order,
            "margin": client.submit_margin_order,
            "futures": client.submit_futures_order,
            "uta-spot": client.submit_uta_order,
            "uta-futures": client.submit_uta_order,
        }[product]
        return lambda: method(order)

    # Placing

    def _until_placed(
        self, product: str, style: str, order: Any, outcome: Outcome, send: Callable[[], ResponseFuture[Any]]
    ) -> Placed | None:
        """Repeat what was certainly not executed, look up what may have been."""
        client_oid = order.client_oid
        for _ in range(REPEATS):
            if isinstance(outcome, WSAPIResponse):
                return self._accepted(product, style, order, outcome)
            if isinstance(outcome, RejectedError) and not isinstance(outcome, RateLimitedError):
                self._claims.absent("verdict", client_oid, outcome)
                return None
            if not isinstance(outcome, (NotSentError, RateLimitedError)):
                report = self._desk.resolve(outcome).order
                self._claims.report(report)
                if report.was_placed:
                    assert report.order_id is not None
                    self._claims.exists("resolve", client_oid, report.order_id)
                    return Placed(product, order.symbol, client_oid, report.order_id, report.is_live)
                if self._random.random() < 0.5:
                    self._claims.absent("resolve", client_oid, outcome)
                    return None
            if self._random.random() < 0.1:
                kind = "verdict" if isinstance(outcome, (NotSentError, RateLimitedError)) else "resolve"
                self._claims.absent(kind, client_oid, outcome)
                return None
            outcome = self._desk.call(send)
        self._claims.absent("verdict", client_oid, outcome)
        return None

    def _accepted(self, product: str, style: str, order: Any, response: WSAPIResponse[Any]) -> Placed:
        data = response.data
        self._claims.exists("verdict", order.client_oid, data.order_id)
        if product == "sync":
            self._claims.filled_at_least(order.client_oid, data.order_id, data.deal_size)
            if data.status == "done":
                self._claims.done("verdict", data.order_id, response.id)
        return Placed(product, order.symbol, order.client_oid, data.order_id, style == "resting")

    # Changing and cancelling

    def _go_on(self, placed: Placed) -> None:
        if placed.rests and placed.product in ("spot", "sync") and self._random.random() < 0.5:
            replaced = self._modify(placed)
            if replaced is None:
                return
            placed = replaced
        elif placed.rests and placed.product.startswith("uta") and self._random.random() < 0.5:
            self._amend(placed)
        if placed.rests or self._random.random() < 0.3:
            self._cancel(placed)

    def _modify(self, placed: Placed) -> Placed | None:
        """The order that took its place, or the old one; None when that is as far as it goes."""
        price = Decimal(self._random.randint(41_000, 45_000))
        change = SpotModify(symbol=placed.symbol, order_id=placed.order_id, new_price=price)
        outcome = self._desk.call(lambda: self._desk.client.modify_spot_order(change))
        if isinstance(outcome, WSAPIResponse):
            new_id = outcome.data.new_order_id
            self._claims.price("verdict", new_id, price, outcome.id)
            return evolve(placed, order_id=new_id)
        if isinstance(outcome, (NotSentError, RejectedError)):
            self._claims.not_replaced("verdict", placed.order_id, outcome)
            return placed
        old, *new = self._desk.resolve(outcome)
        self._claims.report(old)
        if old.is_live:
            self._claims.not_replaced("resolve", placed.order_id, outcome)
            return placed
        if not new or not new[0].was_placed or new[0].order_id is None:
            self._desk.tally.resolved_wrongly(f"no new order where the old one was replaced: {outcome}")
            return None
        self._claims.price("resolve", new[0].order_id, price, outcome)
        return evolve(placed, order_id=new[0].order_id)

    def _amend(self, placed: Placed) -> None:
        price = Decimal(self._random.randint(41_000, 45_000))
        trade_type = "FUTURES" if placed.product == "uta-futures" else "SPOT"
        change = UtaAmend(
            symbol=placed.symbol, trade_type=trade_type, order_id=placed.order_id, new_price=price
        )
        outcome = self._desk.call(lambda: self._desk.client.amend_uta_order(change))
        if isinstance(outcome, WSAPIResponse):
            self._claims.price("verdict", placed.order_id, price, outcome.id)
        elif isinstance(outcome, (NotSentError, RejectedError)):
            self._claims.add(
                "verdict",
                f"{placed.order_id} was not amended: {outcome}",
                lambda ledger: (
                    (order := ledger.order(placed.order_id)) is not None and order.terms.price != price
                ),
            )
        else:
            report = self._desk.resolve(outcome).order
            assert report.price is not None
            self._claims.price("resolve", placed.order_id, report.price, outcome)

    def _cancel(self, placed: Placed) -> None:
        send = self._canceller(placed)
        outcome = self._desk.call(send)
        for _ in range(REPEATS):
            if isinstance(outcome, WSAPIResponse):
                self._claims.done("verdict", placed.order_id, outcome.id)
                return
            never_executed = isinstance(outcome, (NotSentError, RateLimitedError))
            if not never_executed:
                report = self._desk.resolve(outcome).order
                self._claims.report(report)
                if not report.was_placed:
                    self._desk.tally.resolved_wrongly(f"lost an order that exists: {outcome}")
                    return
                if not report.is_live:
                    self._claims.done("resolve", report.order_id or "", outcome)
                    return
                if isinstance(outcome, RejectedError):
                    self._desk.tally.violated(f"a live order cannot be cancelled: {outcome}")
                    return
            if self._random.random() < 0.2:  # then it must stay as it is
                kind = "verdict" if never_executed else "resolve"
                self._claims.not_cancelled(kind, placed.order_id, outcome)
                return
            outcome = self._desk.call(send)

    def _canceller(self, placed: Placed) -> Callable[[], ResponseFuture[Any]]:
        client = self._desk.client
        by: dict[str, Any] = {"order_id": placed.order_id}
        if self._random.random() < 0.3:
            by = {"client_oid": placed.client_oid}
        if placed.product in ("spot", "sync"):
            spot = SpotCancel(symbol=placed.symbol, **by)
            method = client.cancel_spot_order if placed.product == "spot" else client.cancel_sync_spot_order
            return lambda: method(spot)
        if placed.product == "margin":
            margin = MarginCancel(symbol=placed.symbol, **by)
            return lambda: client.cancel_margin_order(margin)
        if placed.product == "futures":
            futures = FuturesCancel(symbol=placed.symbol, **by)
            return lambda: client.cancel_futures_order(futures)
        trade_type = "FUTURES" if placed.product == "uta-futures" else "SPOT"
        uta = UtaCancel(trade_type=trade_type, symbol=placed.symbol, **by)
        return lambda: client.cancel_uta_order(uta)

    # Batches

    def _trade_batch(self) -> None:
        styles = [
            self._random.choice(("resting", "resting", "too dear")) for _ in range(self._random.randint(1, 5))
        ]
        batch = FuturesBatchOrder(orders=[self._futures("futures", style) for style in styles])
        outcome = self._desk.call(lambda: self._desk.client.submit_multiple_futures_orders(batch))
        for _ in range(REPEATS):
            if not isinstance(outcome, (NotSentError, RateLimitedError)):
                break
            outcome = self._desk.call(lambda: self._desk.client.submit_multiple_futures_orders(batch))
        live = self._placed_of(batch, outcome)
        if live:
            self._cancel_batch(live)

    def _placed_of(self, batch: FuturesBatchOrder, outcome: Outcome) -> list[str]:
        """The ids of the orders of a batch that exist."""
        client_oids = [str(order.client_oid) for order in batch.orders]
        if isinstance(outcome, (NotSentError, RejectedError)):
            for client_oid in client_oids:
                self._claims.absent("verdict", client_oid, outcome)
            return []
        items: Sequence[tuple[str, str | None]]
        if isinstance(outcome, CallError):
            kind, reports = "resolve", tuple(self._desk.resolve(outcome))
            self._note_reports(reports)
            items = [
                (client_oid, report.order_id) for client_oid, report in zip(client_oids, reports, strict=True)
            ]
        else:
            kind = "verdict"
            items = [
                (client_oid, item.order_id)
                for client_oid, item in zip(client_oids, outcome.data, strict=True)
            ]
        for client_oid, order_id in items:
            if order_id is None:
                self._claims.absent(kind, client_oid, outcome)
            else:
                self._claims.exists(kind, client_oid, order_id)
        return [order_id for _, order_id in items if order_id is not None]

    def _note_reports(self, reports: Sequence[OrderReport]) -> None:
        for report in reports:
            self._claims.report(report)

    def _cancel_batch(self, order_ids: Sequence[str]) -> None:
        cancel = FuturesBatchCancel(order_ids=order_ids)
        outcome = self._desk.call(lambda: self._desk.client.cancel_multiple_futures_orders(cancel))
        if isinstance(outcome, WSAPIResponse):
            for item in outcome.data:
                # One that cannot be cancelled has been filled, or cancelled for lack of funds.
                self._claims.done("verdict", item.order_id or "", f"{outcome.id}: {item.code}")
        elif isinstance(outcome, (NotSentError, RejectedError)):
            for order_id in order_ids:
                self._claims.not_cancelled("verdict", order_id, outcome)
        else:
            self._note_reports(reports := tuple(self._desk.resolve(outcome)))
            for report in reports:
                if report.is_live:
                    self._claims.not_cancelled("resolve", report.order_id or "", outcome)
