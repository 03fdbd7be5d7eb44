"""The exchange of the sandbox, pure: no I/O, no threads, no clock. Time comes in as Unix nanoseconds.

The caller serialises the calls. Whatever `args` is, `execute` answers and does not raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from itertools import islice
from random import Random

from .accounts import HOUSE
from .answers import SUCCESS, Answer
from .dead_man_switch import DeadManSwitches
from .exactness import EXACT
from .feed import Feed
from .feed_events import FeedEvent, PricesChange
from .feed_report import FeedReport
from .futures_desk import FuturesDesk
from .futures_engine import FuturesEngine
from .futures_views import Position
from .lending import Lender
from .market_maker import MARKET_MAKER, MarketMaker
from .operation_table import operation_table
from .orders import Balance, Fill, Liability, OrderView, Product, Side
from .pairs import isolated_account
from .refusals import SPOT_CODES, Refusal, refused
from .spot_engine import SpotEngine
from .symbols import CONTRACTS, MARGIN_CURRENCIES, SYMBOLS, Contract, MarginCurrency, SpotSymbol
from .venue import Switches, Venue

__all__ = ["HOUSE", "MARKET_MAKER", "Answer", "Exchange"]

PRODUCTS: Mapping[str, tuple[Product, ...]] = {
    "spot": ("spot",),
    "margin": ("margin",),
    "futures": ("futures",),
    "uta": ("spot", "margin", "futures"),
}


class Exchange:
    """Accounts, books, orders and positions of one simulated KuCoin."""

    def __init__(
        self,
        *,
        symbols: Iterable[SpotSymbol] = SYMBOLS,
        contracts: Iterable[Contract] = CONTRACTS,
        seed: int = 0,
        now: int,
        market_maker: bool = True,
        margin_currencies: Iterable[MarginCurrency] = MARGIN_CURRENCIES,
        switches: Switches | None = None,
    ) -> None:
        """`now` is in Unix nanoseconds. Without a market maker the books start, and may stay, empty.

        `switches` settle what KuCoin's documentation leaves open.
        """
        random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._venue = Venue(symbols, contracts, random, now, switches)
        self._lender = Lender(self._venue, margin_currencies)
        self._spot = SpotEngine(self._venue, self._lender)
        self._futures = FuturesEngine(self._venue)
        self.futures: FuturesDesk = FuturesDesk(self._venue, self._futures)
        """Accounts, positions, margin modes, leverage and stop orders of futures."""
        self._report = FeedReport(self._venue, self._futures, self._lender)
        self._switches = DeadManSwitches(self._venue, self._spot)
        self._operations = operation_table(self._venue, self._spot, self._futures)
        self._maker: MarketMaker | None = None
        if market_maker:
            with localcontext(EXACT):
                self._maker = MarketMaker(self._venue, self._spot, self._futures, random)
                self._maker.refresh()

    def open_account(
        self, uid: str, deposits: Mapping[str, Mapping[str, Decimal]], *, master: str | None = None
    ) -> None:
        """Deposit into the accounts of `uid`, e.g. `{"trade": {"USDT": Decimal(1000)}, "margin": {}, "futures": {}}`.

        `master` is the uid of the account whose sub-account this one is. The isolated margin account of a pair is
        "isolated:BTC-USDT". `ValueError` for an unknown account, an amount that is not finite and positive, or a name
        the exchange uses.
        """
        if uid in (HOUSE, MARKET_MAKER):
            raise ValueError(f"the exchange itself is called {uid!r}")
        for account, amounts in deposits.items():
            if account not in ("trade", "margin", "futures", *map(isolated_account, self._venue.symbols)):
                raise ValueError(f"there is no account {account!r}")
            if not all(amount.is_finite() and amount >= 0 for amount in amounts.values()):
                raise ValueError("a deposit must be finite and not negative")
        if master is not None:
            self._venue.masters[uid] = master
        with localcontext(EXACT):
            for account, amounts in deposits.items():
                for currency, amount in amounts.items():
                    self._venue.accounts.funds(uid, account, currency).change(amount)

    def execute(self, uid: str, op: str, args: object, now: int) -> Answer:
        """Do one operation of the order socket, or one that REST alone has, for `uid`.

        Those of REST alone are "spot.test_order", "spot.multi_order", "spot.multi_sync_order", "spot.cancel_size",
        "spot.cancel_symbol", "spot.cancel_all", "margin.test_order" and "margin.cancel_symbol". `args` is decoded JSON
        of any shape; `now` is in Unix nanoseconds. The answer to an order comes after its matching; nothing that
        happens later changes it.
        """
        operation = self._operations.get(op)
        if operation is None:
            return Answer("404000", f"The operation {op} does not exist.")
        run, codes = operation
        with localcontext(EXACT):
            self._pass_time(now)
            try:
                return Answer(SUCCESS, data=run(uid, args))
            except Refusal as refusal:
                return refused(codes, refusal)
            finally:
                self._react()

    def _react(self) -> None:
        """What follows from trades and prices: the market maker replaces what was taken, stop orders are triggered."""
        self._refill()
        while self._futures.trigger_next():
            self._refill()

    def _refill(self) -> None:
        if self._maker is not None:
            self._maker.refresh_if_taken()

    def set_prices(
        self,
        symbol: str,
        now: int,
        *,
        mark: Decimal | None = None,
        index: Decimal | None = None,
        last: Decimal | None = None,
    ) -> None:
        """Move prices of a contract by hand; stop orders that reach theirs are triggered. `now` in Unix nanoseconds.

        The market maker quotes around the mark price. `ValueError` unless the contract exists, and the prices are
        finite and positive.
        """
        if symbol not in self._venue.contracts:
            raise ValueError(f"there is no contract {symbol!r}")
        if not all(price.is_finite() and price > 0 for price in (mark, index, last) if price is not None):
            raise ValueError("a price must be finite and positive")
        with localcontext(EXACT):
            self._pass_time(now)
            self._futures.prices.set(symbol, mark=mark, index=index, last=last)
            self.feed.prices(PricesChange(symbol, self._futures.prices.of(symbol), self._venue.now))
            if mark is not None and self._maker is not None:
                self._maker.move(symbol, mark)
            self._react()

    def set_dead_man_switch(self, uid: str, args: object, now: int) -> Answer:
        """Start, replace or end the timer that cancels the spot orders of `uid`; see `dead_man_switch`."""
        with localcontext(EXACT):
            self._pass_time(now)
            try:
                return Answer(SUCCESS, data=self._switches.set(uid, args))
            except Refusal as refusal:
                return refused(SPOT_CODES, refusal)

    def query_dead_man_switch(self, uid: str, now: int) -> Answer:
        """The timer of `uid`; no data if none runs."""
        with localcontext(EXACT):
            self._pass_time(now)
            return Answer(SUCCESS, data=self._switches.query(uid))

    def pass_time(self, now: int) -> None:
        """Let happen what is due by `now`, in Unix nanoseconds, before somebody looks."""
        with localcontext(EXACT):
            self._pass_time(now)

    def tick(self, now: int) -> None:
        """Let time pass: orders expire, dead-man switches trigger, the market maker refreshes its orders.

        `now` in Unix nanoseconds.
        """
        with localcontext(EXACT):
            self._pass_time(now)
            if self._maker is not None:
                self._maker.refresh()

    def requote(self, now: int) -> None:
        """Let the market maker, if there is one, change one of its orders; `now` in Unix nanoseconds."""
        with localcontext(EXACT):
            self._pass_time(now)
            if self._maker is not None:
                self._maker.requote()

    @property
    def feed(self) -> Feed:
        """Notes what changes for who is followed; see `take_events`."""
        return self._venue.feed

    def take_events(self) -> tuple[FeedEvent, ...]:
        """What has changed since the last call for those who are followed, in the order to be told."""
        with localcontext(EXACT):
            return self._report.take()

    def market_state(self, symbols: Iterable[str]) -> tuple[FeedEvent, ...]:
        """What somebody who starts to follow these symbols begins with: their books, and prices of contracts."""
        with localcontext(EXACT):
            return self._report.state(symbols)

    def next_trigger(self) -> int | None:
        """When the next dead-man switch triggers, in Unix nanoseconds: a tick is due then. None if none is set."""
        return self._switches.next_trigger()

    def _pass_time(self, now: int) -> None:
        while (trigger := self._switches.next_trigger()) is not None and trigger <= now:
            self._expire(trigger)
            self._switches.trigger()
        self._expire(now)

    def _expire(self, now: int) -> None:
        now = max(now, self._venue.now)
        for order in self._venue.expired(now):
            assert order.expires_at is not None
            self._venue.now = max(order.expires_at, self._venue.now)
            self._spot.cancel(order, "ORDER_EXPIRED")
        self._venue.now = now

    def find_order(
        self,
        uid: str,
        product: str,
        *,
        symbol: str | None = None,
        order_id: str | None = None,
        client_oid: str | None = None,
    ) -> OrderView | None:
        """The order as it is now, if `uid` has it; a clientOid finds the newest order that has it.

        `product` is "spot", "margin", "futures" or "uta"; "uta" finds orders of any, however placed.
        """
        order = self._venue.registry.find(
            uid, PRODUCTS[product], symbol=symbol, order_id=order_id, client_oid=client_oid
        )
        if order is None:
            return None
        with localcontext(EXACT):
            return self._venue.view(order)

    def open_orders(self, uid: str, product: str, *, symbol: str | None = None) -> tuple[OrderView, ...]:
        """The active orders of `uid`, by symbol and oldest first; `product` as in `find_order`."""
        registry = self._venue.registry
        with localcontext(EXACT):
            return tuple(
                self._venue.view(order)
                for each in PRODUCTS[product]
                for name in ([symbol] if symbol is not None else registry.active_symbols(uid, each))
                for order in registry.active(uid, each, name)
            )

    def count_open_orders(self, uid: str) -> int:
        """How many orders of `uid` are active, of all products."""
        return self._venue.registry.count_all_active(uid, PRODUCTS["uta"])

    def count_fills(self, uid: str) -> int:
        """How many fills of `uid` are remembered, of all products."""
        return len(self._venue.fills(uid))

    def liabilities(self, uid: str) -> tuple[Liability, ...]:
        """What the margin accounts of `uid` owe, by account and currency."""
        return self._lender.liabilities(uid)

    @property
    def symbols(self) -> Mapping[str, SpotSymbol]:
        """The spot pairs as they are now, by symbol."""
        return self._venue.symbols

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The futures contracts, by symbol."""
        return self._venue.contracts

    def depth(self, symbol: str, side: Side, limit: int | None = None) -> tuple[tuple[Decimal, Decimal], ...]:
        """(price, size) of every level of a book that the public sees, or of the `limit` best ones, best first."""
        levels = islice(self._venue.books[symbol].shown(side), limit)
        return tuple((level.price, level.shown) for level in levels)

    def sequence(self, symbol: str) -> int:
        """That of the last change of what `depth` shows of a book."""
        return self._venue.books[symbol].sequence

    def last_price(self, symbol: str) -> Decimal | None:
        """The price of the last trade, None if there was none."""
        return self._venue.last_prices.get(symbol)

    def replace_symbol(self, symbol: SpotSymbol) -> None:
        """Change the record of a pair that there is, e.g. to suspend its trading. Its reference price must stay."""
        if symbol.reference_price != self._venue.symbols[symbol.symbol].reference_price:
            raise ValueError("the market maker is bound to the reference price")
        self._venue.symbols[symbol.symbol] = symbol

    def orders(self, uid: str) -> tuple[OrderView, ...]:
        """Every order of `uid` that is remembered, oldest first."""
        with localcontext(EXACT):
            return tuple(self._venue.view(order) for order in self._venue.registry.of_user(uid))

    def fills(self, uid: str) -> tuple[Fill, ...]:
        """Every fill of `uid` that is remembered, oldest first."""
        return tuple(self._venue.fills(uid))

    def balances(self, uid: str) -> tuple[Balance, ...]:
        """Every balance of `uid`, by account and currency; HOUSE has the fees, MARKET_MAKER its wealth."""
        return self._venue.accounts.balances(uid)

    def positions(self, uid: str) -> tuple[Position, ...]:
        """Every futures position `uid` has or had, by symbol."""
        with localcontext(EXACT):
            return self._futures.views(uid)
