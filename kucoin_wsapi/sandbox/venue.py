"""What the parts of the exchange share: instruments, books, accounts, orders, fills and the present time.

Every change of an order goes through a method of `Venue`, and every change of a balance through `Funds` (see
`accounts`): whoever wants to tell of changes has these two places to do so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from random import Random

import attrs

from .accounts import Accounts
from .book import Book
from .expiries import Expiries
from .feed import Feed
from .feed_events import OrderChange, OrderEvent, OrderStage, Trade
from .ids import IdSource
from .orders import Fill, Order, OrderStatus, OrderTerms, OrderView, Product, view
from .registry import OrderRegistry
from .roles import role_of
from .symbols import Contract, SpotSymbol

__all__ = ["NANOSECONDS_PER_MILLISECOND", "Switches", "Venue"]

NANOSECONDS_PER_MILLISECOND = 1_000_000
NANOSECONDS_PER_SECOND = 1_000_000_000
ZERO = Decimal(0)


@attrs.frozen
class Switches:
    """What KuCoin's documentation leaves open, or says in two ways: the defaults are what it is most likely to do."""

    refuse_post_only: bool = False
    """Refuse a postOnly order that would take, instead of acknowledging and cancelling it."""
    unique_client_oids: bool = False
    """Refuse a clientOid that any order of the user and product ever had, instead of one of an active order."""
    remembered_orders: int = 200_000
    """So many finished orders are kept, and as many fills of each user; the oldest are forgotten."""


class Venue:
    """The state of the exchange, without the rules."""

    def __init__(
        self,
        symbols: Iterable[SpotSymbol],
        contracts: Iterable[Contract],
        random: Random,
        now: int,
        switches: Switches | None = None,
    ) -> None:
        self.symbols: dict[str, SpotSymbol] = {symbol.symbol: symbol for symbol in symbols}
        self.contracts: dict[str, Contract] = {contract.symbol: contract for contract in contracts}
        self.feed: Feed = Feed()
        self.books: dict[str, Book] = {
            symbol: Book(symbol, self.feed, now) for symbol in (*self.symbols, *self.contracts)
        }
        self.switches: Switches = Switches() if switches is None else switches
        self.accounts: Accounts = Accounts(self.feed)
        self.registry: OrderRegistry = OrderRegistry(
            remembered=self.switches.remembered_orders, unique_client_oids=self.switches.unique_client_oids
        )
        self.ids: IdSource = IdSource(random)
        self.now = now
        self.masters: dict[str, str] = {}
        """The master account of each sub-account."""
        self.last_prices: dict[str, Decimal] = {}
        """The price of the last trade of each symbol that has had one."""
        self.traded: dict[str, None] = {}
        """The symbols that have traded since the market maker looked; it takes them out."""
        self._fills: dict[str, deque[Fill]] = {}
        self._expiries = Expiries()

    def new_order(self, uid: str, terms: OrderTerms) -> Order:
        """Accept an order: it gets its id and is active from now on."""
        futures = terms.product == "futures"
        order = Order(
            order_id=self.ids.futures_order() if futures else self.ids.spot_order(self.now),
            uid=uid,
            terms=terms,
            created_at=self.now,
            updated_at=self.now,
            family=self.family(uid, terms.product),
        )
        self.registry.add(order)
        self._tell(order, "open" if order.is_waiting else "received", "new")
        return order

    def family(self, uid: str, product: Product) -> str:
        """Whose orders `uid` is kept from trading with, by the name they share.

        KuCoin documentation, "Add Order" (`stp`): on futures an account and all its sub-accounts are one.
        """
        return self.masters.get(uid, uid) if product == "futures" else uid

    def record_loan(self, order: Order, size: Decimal) -> None:
        """Note what has just been borrowed for a new order, under an id of its own."""
        order.borrowed = size
        order.loan_apply_id = self.ids.spot_order(self.now)

    def rest(self, order: Order) -> None:
        """Put the rest of a limit order into its book; a GTT order starts its time when it does so first."""
        self.books[order.terms.symbol].add(order)
        if not order.has_rested:
            order.has_rested = True
            self._tell(order, "open", "open")
        if order.terms.cancel_after is not None and order.expires_at is None:
            order.expires_at = self.now + order.terms.cancel_after * NANOSECONDS_PER_SECOND
            self._expiries.add(order)

    def expired(self, now: int) -> Iterator[Order]:
        """The active orders whose time is over by `now`, in order of expiry; each is handed out once."""
        return self._expiries.due(now)

    def change_terms(self, order: Order, terms: OrderTerms) -> None:
        """Take a resting order out of its book with other terms; it is to be matched anew."""
        self.books[order.terms.symbol].remove(order)
        before = order.terms.size
        self.revise(order, terms)
        self._tell(order, "update", "open", old_size=before)

    def revise(self, order: Order, terms: OrderTerms) -> None:
        """Give an order other terms, with which it stays where it is: in its book, or waiting for its trigger."""
        order.terms = terms
        order.updated_at = self.now

    def trigger(self, order: Order) -> None:
        """Let an order wait no longer; it is to be matched, or cancelled."""
        order.stop_triggered = True
        order.updated_at = self.now
        self._tell(order, "triggered", "new")

    def record_fill(
        self,
        order: Order,
        counter: Order,
        trade: tuple[str, Decimal, Decimal, Decimal],
        fee_rates: tuple[Decimal, Decimal],
        fee_currency: str,
    ) -> Fill:
        """Book one side of a trade (trade id, price, size, value) on its order, and finish the order if it is full.

        `fee_rates` are those of maker and taker.
        """
        trade_id, price, size, value = trade
        role = role_of(order, counter)
        fee_rate = fee_rates[0] if role.fee_type == "makerFee" else fee_rates[1]
        fill = Fill(
            trade_id=trade_id,
            order_id=order.order_id,
            counter_order_id=counter.order_id,
            uid=order.uid,
            product=order.terms.product,
            symbol=order.terms.symbol,
            side=order.terms.side,
            order_type=order.terms.order_type,
            liquidity=role.liquidity,
            price=price,
            size=size,
            value=value,
            fee=value * fee_rate,
            fee_rate=fee_rate,
            fee_currency=fee_currency,
            time=self.now,
            fee_type=role.fee_type,
            force_taker=role.force_taker,
        )
        self._remember(fill)
        if not order.in_book and fill.symbol in self.feed.symbols:
            self.feed.trade(_public(fill, self.books[fill.symbol].sequence))
        self._fill(order, fill)
        return fill

    def _fill(self, order: Order, fill: Fill) -> None:
        order.filled_size += fill.size
        order.filled_value += fill.value
        order.fee += fill.fee
        order.updated_at = self.now
        self._tell(order, "match", "open" if order.in_book else "match", fill=fill)
        if order.in_book:
            self.books[order.terms.symbol].fill(order, fill.size)
        if order.terms.size is not None and not order.remaining_size:
            self.finish(order, fill=fill)

    def _remember(self, fill: Fill) -> None:
        fills = self._fills.get(fill.uid)
        if fills is None:
            fills = self._fills[fill.uid] = deque(maxlen=self.switches.remembered_orders)
        fills.append(fill)
        self.last_prices[fill.symbol] = fill.price
        self.traded[fill.symbol] = None

    def cancel_part(self, order: Order, size: Decimal, reason: str) -> None:
        """Cancel `size`, which is less than what remains; a resting order keeps its place in the queue."""
        assert size < order.remaining_size
        before = order.filled_size + order.remaining_size
        order.canceled_size += size
        if order.terms.price is not None:
            order.canceled_funds = self.value(order.terms.symbol, order.terms.price, order.canceled_size)
        order.cancel_reason = reason
        order.updated_at = self.now
        if order.in_book:
            self.books[order.terms.symbol].shrink(order, size)
        self._tell(order, "update", "open" if order.in_book else "match", old_size=before)

    def finish(self, order: Order, cancel_reason: str | None = None, *, fill: Fill | None = None) -> None:
        """Bring an order to its final state, by its last `fill`; what has not filled is cancelled for a reason."""
        if order.in_book:
            self.books[order.terms.symbol].remove(order)
        before = order.filled_size + order.remaining_size
        order.canceled_size += order.remaining_size
        if cancel_reason is not None and order.terms.funds is not None:
            order.canceled_funds = order.terms.funds - order.filled_value
        elif order.terms.price is not None:
            order.canceled_funds = self.value(order.terms.symbol, order.terms.price, order.canceled_size)
        canceled = cancel_reason is not None or order.canceled_size > 0
        order.status = OrderStatus.CANCELED if canceled else OrderStatus.FILLED
        order.cancel_reason = cancel_reason or order.cancel_reason
        order.updated_at = self.now
        self.registry.deactivate(order)
        if order.expires_at is not None:
            self._expiries.forget()
        if fill is not None or not canceled:
            self._tell(order, "filled", "done", fill=fill)
        elif order.filled_size or cancel_reason == "STP":
            self._tell(order, "update", "done", old_size=before)
        else:
            self._tell(order, "canceled", "done")

    def _tell(
        self,
        order: Order,
        event: OrderEvent,
        stage: OrderStage,
        *,
        fill: Fill | None = None,
        old_size: Decimal | None = None,
    ) -> None:
        if order.uid in self.feed.uids:
            self.feed.order(OrderChange(event, stage, self.view(order), fill, old_size))

    def fills(self, uid: str) -> Collection[Fill]:
        """The fills of `uid`, oldest first, as far as they are remembered."""
        return self._fills.get(uid, ())

    def value(self, symbol: str, price: Decimal, size: Decimal) -> Decimal:
        """What `size` costs at `price`, in the quote (settle) currency."""
        contract = self.contracts.get(symbol)
        return price * size if contract is None else contract.unit_value(price) * size

    def view(self, order: Order) -> OrderView:
        """The frozen snapshot of `order`."""
        terms = order.terms
        contract = self.contracts.get(terms.symbol)
        average = ZERO
        if order.filled_size and contract is None:
            average = order.filled_value / order.filled_size
        elif order.filled_size and contract is not None:
            average = contract.price_of(order.filled_value, order.filled_size)
        return view(
            order,
            value=self.value(terms.symbol, terms.price, terms.size) if terms.price and terms.size else ZERO,
            average_price=average,
            fee_currency=(
                self.symbols[terms.symbol].quote_currency if contract is None else contract.settle_currency
            ),
        )


def _public(fill: Fill, sequence: int) -> Trade:
    """The trade of which `fill` is the taker's side."""
    return Trade(
        symbol=fill.symbol,
        side=fill.side,
        price=fill.price,
        size=fill.size,
        trade_id=fill.trade_id,
        maker_order_id=fill.counter_order_id,
        taker_order_id=fill.order_id,
        sequence=sequence,
        time=fill.time,
    )
