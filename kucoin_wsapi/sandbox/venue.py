"""What the parts of the exchange share: instruments, books, accounts, orders, fills and the present time."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import count
from random import Random
from typing import Literal

from .accounts import Accounts
from .book import Book
from .ids import IdSource
from .orders import Fill, Order, OrderStatus, OrderTerms, OrderView, view
from .registry import OrderRegistry
from .symbols import Contract, SpotSymbol

__all__ = ["NANOSECONDS_PER_MILLISECOND", "Venue"]

NANOSECONDS_PER_MILLISECOND = 1_000_000
NANOSECONDS_PER_SECOND = 1_000_000_000


class Venue:
    """The state of the exchange, without the rules."""

    def __init__(
        self, symbols: Iterable[SpotSymbol], contracts: Iterable[Contract], random: Random, now: int
    ) -> None:
        self.symbols = {symbol.symbol: symbol for symbol in symbols}
        self.contracts = {contract.symbol: contract for contract in contracts}
        self.books = {symbol: Book() for symbol in (*self.symbols, *self.contracts)}
        self.accounts = Accounts()
        self.registry = OrderRegistry()
        self.ids = IdSource(random)
        self.now = now
        self._fills: dict[str, list[Fill]] = {}
        self._expiries: list[tuple[int, int, Order]] = []
        self._expiry_numbers = count()

    def new_order(self, uid: str, terms: OrderTerms) -> Order:
        """Accept an order: it gets its id and is active from now on."""
        futures = terms.product == "futures"
        order = Order(
            order_id=self.ids.futures_order() if futures else self.ids.spot_order(self.now),
            uid=uid,
            terms=terms,
            created_at=self.now,
            updated_at=self.now,
        )
        self.registry.add(order)
        return order

    def rest(self, order: Order) -> None:
        """Put the rest of a limit order into its book; a GTT order starts its time there."""
        self.books[order.terms.symbol].add(order)
        if order.terms.cancel_after is not None:
            expiry = self.now + order.terms.cancel_after * NANOSECONDS_PER_SECOND
            heapq.heappush(self._expiries, (expiry, next(self._expiry_numbers), order))

    def expired(self) -> Iterator[Order]:
        """The active orders whose time is over, in order of expiry; each is handed out once."""
        while self._expiries and self._expiries[0][0] <= self.now:
            order = heapq.heappop(self._expiries)[2]
            if order.status is OrderStatus.ACTIVE:
                yield order

    def record_fill(
        self,
        order: Order,
        counter: Order,
        liquidity: Literal["maker", "taker"],
        trade: tuple[str, Decimal, Decimal, Decimal],
        fee_rate: Decimal,
        fee_currency: str,
    ) -> Fill:
        """Book one side of a trade (trade id, price, size, value) on its order, and finish the order if it is full."""
        trade_id, price, size, value = trade
        fill = Fill(
            trade_id=trade_id,
            order_id=order.order_id,
            counter_order_id=counter.order_id,
            uid=order.uid,
            product=order.terms.product,
            symbol=order.terms.symbol,
            side=order.terms.side,
            order_type=order.terms.order_type,
            liquidity=liquidity,
            price=price,
            size=size,
            value=value,
            fee=value * fee_rate,
            fee_rate=fee_rate,
            fee_currency=fee_currency,
            time=self.now,
        )
        self._fills.setdefault(order.uid, []).append(fill)
        order.filled_size += size
        order.filled_value += value
        order.fee += fill.fee
        order.updated_at = self.now
        if order.in_book:
            self.books[order.terms.symbol].reduce(order, size)
        if order.terms.size is not None and not order.remaining_size:
            self.finish(order)
        return fill

    def finish(self, order: Order, cancel_reason: str | None = None) -> None:
        """Bring an order to its final state; what has not filled is cancelled for `cancel_reason`."""
        if order.in_book:
            self.books[order.terms.symbol].remove(order)
        order.canceled_size += order.remaining_size
        if cancel_reason is not None and order.terms.funds is not None:
            order.canceled_funds = order.terms.funds - order.filled_value
        elif order.terms.price is not None:
            order.canceled_funds = order.terms.price * order.canceled_size * self._multiplier(order)
        canceled = cancel_reason is not None or order.canceled_size > 0
        order.status = OrderStatus.CANCELED if canceled else OrderStatus.FILLED
        order.cancel_reason = cancel_reason or order.cancel_reason
        order.updated_at = self.now
        self.registry.deactivate(order)

    def fills(self, uid: str) -> list[Fill]:
        """The fills of `uid`, oldest first: the list itself, which grows."""
        return self._fills.setdefault(uid, [])

    def view(self, order: Order) -> OrderView:
        """The frozen snapshot of `order`."""
        contract = self.contracts.get(order.terms.symbol)
        currency = (
            self.symbols[order.terms.symbol].quote_currency if contract is None else contract.settle_currency
        )
        return view(order, self._multiplier(order), currency)

    def _multiplier(self, order: Order) -> Decimal:
        contract = self.contracts.get(order.terms.symbol)
        return Decimal(1) if contract is None else contract.multiplier
