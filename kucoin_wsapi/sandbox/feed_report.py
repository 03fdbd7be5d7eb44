"""The report of the feed: what has changed in the exchange since the last one, as events in the order to be told.

Orders and trades come first, as they happened, so that no order ever goes backwards; then what follows from them:
balances, positions, wallets, books.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice

from .feed import Feed
from .feed_events import (
    BalanceChange,
    BookDelta,
    BookState,
    FeedEvent,
    PositionChange,
    PricesChange,
    UnifiedBalance,
    WalletChange,
)
from .futures_engine import FuturesEngine
from .lending import Lender
from .orders import Side
from .venue import Venue

__all__ = ["DEEPEST", "FeedReport"]

DEEPEST = 50
"""Levels of each side that a `BookState` has at the most."""
ZERO = Decimal(0)


class FeedReport:
    """Makes the reports; it keeps what must ascend from one to the next."""

    def __init__(self, venue: Venue, futures: FuturesEngine, lender: Lender) -> None:
        self._venue = venue
        self._lender = lender
        self._futures = futures
        self._changes = 0
        self._versions: dict[tuple[str, str], int] = {}

    def take(self) -> tuple[FeedEvent, ...]:
        """Everything since the last report."""
        feed = self._venue.feed
        if feed.is_silent:
            return ()
        events = (
            *feed.events,
            *self._balances(feed),
            *(self._position(*key) for key in feed.positions),
            *(self._wallet(*key) for key in feed.wallets),
            *self._unified(feed),
            *(BookDelta(symbol, tuple(rows), self._venue.now) for symbol, rows in feed.levels.items()),
            *(self.book(symbol) for symbol in feed.books),
        )
        for notes in (feed.funds, feed.wallets, feed.positions, feed.levels, feed.books):
            notes.clear()
        feed.events.clear()
        return events

    def _balances(self, feed: Feed) -> list[BalanceChange]:
        changes = []
        for (uid, account, currency, cause), note in feed.funds.items():
            if not note.available_change and not note.hold_change:
                continue
            self._changes += 1
            changes.append(
                BalanceChange(
                    uid=uid,
                    number=self._changes,
                    account=account,
                    currency=currency,
                    available=note.available,
                    hold=note.hold,
                    available_change=note.available_change,
                    hold_change=note.hold_change,
                    cause=cause,
                    time=self._venue.now,
                )
            )
        return changes

    def _unified(self, feed: Feed) -> Iterator[UnifiedBalance]:
        """One for each user and currency that something else was told of."""
        touched = {(uid, currency): None for uid, _, currency, _ in feed.funds} | feed.wallets
        for uid, currency in touched:
            funds = [each for each in self._venue.accounts.balances(uid) if each.currency == currency]
            futures = self._futures.wallets.account(uid, currency)
            owed = sum(
                (each.owed for each in self._lender.liabilities(uid) if each.currency == currency), ZERO
            )
            cash = sum((each.available + each.hold for each in funds), ZERO)
            in_futures = sum(
                (each.available + each.hold for each in funds if each.account == "futures"), ZERO
            )
            total = cash - in_futures + futures.wallet_balance
            yield UnifiedBalance(
                uid=uid,
                currency=currency,
                total=total,
                hold=sum((each.hold for each in funds), ZERO) + futures.position_margin,
                equity=total + futures.unrealised_pnl - owed,
                owed=owed,
                time=self._venue.now,
            )

    def _position(self, uid: str, symbol: str, side: str) -> PositionChange:
        position = next(
            each
            for each in self._futures.positions.of_user(uid)
            if each.contract.symbol == symbol and each.side == side
        )
        return PositionChange(uid, position.view(self._futures.prices.mark(symbol)), self._venue.now)

    def _wallet(self, uid: str, currency: str) -> WalletChange:
        version = self._versions[uid, currency] = self._versions.get((uid, currency), 0) + 1
        isolated = unrealised = cross = order_margin = ZERO
        for position in self._futures.positions.of_user(uid):
            if position.contract.settle_currency != currency:
                continue
            mark = self._futures.prices.mark(position.contract.symbol)
            isolated += position.margin
            cross += position.cross_margin(mark)
            if position.margin_mode == "ISOLATED":
                unrealised += position.unrealised_pnl(mark)
        for contract in self._venue.contracts.values():
            if contract.settle_currency == currency:
                order_margin += sum(
                    (
                        order.hold
                        for order in self._venue.registry.active(uid, "futures", contract.symbol)
                        if order.terms.margin_mode == "ISOLATED"
                    ),
                    ZERO,
                )
        return WalletChange(
            uid=uid,
            version=version,
            account=self._futures.wallets.account(uid, currency),
            isolated_position_margin=isolated,
            isolated_order_margin=order_margin,
            isolated_unrealised_pnl=unrealised,
            cross_position_margin=cross,
            time=self._venue.now,
        )

    def state(self, symbols: Iterable[str]) -> tuple[FeedEvent, ...]:
        """The books of these symbols, and the prices of those that are contracts."""
        symbols = tuple(symbols)
        prices = (
            PricesChange(symbol, self._futures.prices.of(symbol), self._venue.now)
            for symbol in symbols
            if symbol in self._venue.contracts
        )
        return (*(self.book(symbol) for symbol in symbols), *prices)

    def book(self, symbol: str) -> BookState:
        """A book as it stands now."""
        venue = self._venue
        last = venue.feed.last_trades.get(symbol)
        contract = venue.contracts.get(symbol)
        reference = venue.symbols[symbol].reference_price if contract is None else contract.reference_price
        return BookState(
            symbol=symbol,
            bids=self._levels(symbol, "buy"),
            asks=self._levels(symbol, "sell"),
            last=last,
            last_price=venue.last_prices.get(symbol, reference),
            sequence=venue.books[symbol].sequence,
            time=venue.now,
        )

    def _levels(self, symbol: str, side: Side) -> tuple[tuple[Decimal, Decimal], ...]:
        levels = self._venue.books[symbol].shown(side)
        return tuple((level.price, level.shown) for level in islice(levels, DEEPEST))
