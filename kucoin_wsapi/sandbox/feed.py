"""The feed: notes what changes in the exchange while it changes, for whoever follows it.

What is kept is little: only users and symbols that somebody follows are noted, and nothing else costs anything. The
notes become events in `feed_report`.
"""

from __future__ import annotations

from decimal import Decimal

import attrs

from .feed_events import (
    Cause,
    FeedEvent,
    LevelChange,
    LeverageChange,
    MarginModeChange,
    OrderChange,
    PricesChange,
    Trade,
)
from .orders import Side

__all__ = ["Feed", "Followed", "FundsNote"]

ZERO = Decimal(0)
OTHER = Cause("other")


@attrs.frozen
class Followed:
    """Whose changes are told: users by their uid, and symbols."""

    uids: frozenset[str] = frozenset()
    symbols: frozenset[str] = frozenset()


@attrs.define(eq=False)
class FundsNote:
    """How one balance has changed, for one cause."""

    available: Decimal = ZERO
    hold: Decimal = ZERO
    available_change: Decimal = ZERO
    hold_change: Decimal = ZERO


class Feed:
    """What has changed since the last report. The exchange writes here, `feed_report` takes it out."""

    def __init__(self) -> None:
        self.uids: frozenset[str] = frozenset()
        """The users whose changes are to be noted; who notes looks here first, as it costs next to nothing."""
        self.symbols: frozenset[str] = frozenset()
        """The same of symbols."""
        self.cause: Cause = OTHER
        """Why the balances of spot and margin change now."""
        self.events: list[FeedEvent] = []
        """What needs no more than a look when it happens, in its order."""
        self.funds: dict[tuple[str, str, str, Cause], FundsNote] = {}
        self.wallets: dict[tuple[str, str], None] = {}
        self.positions: dict[tuple[str, str, str], None] = {}
        self.levels: dict[str, list[LevelChange]] = {}
        self.books: dict[str, None] = {}
        """The symbols whose books or last trades have changed."""
        self.last_trades: dict[str, Trade] = {}
        """The last one of each symbol that was followed when it traded."""

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to report."""
        return not (self.events or self.funds or self.wallets or self.positions or self.books)

    def follow(self, followed: Followed) -> None:
        """Note what happens to these, and to no others."""
        self.uids, self.symbols = followed.uids, followed.symbols

    def order(self, change: OrderChange) -> None:
        """An order of somebody who is followed has changed; what his balances do next is because of that."""
        self.events.append(change)
        order_id = change.order.order_id
        if change.fill is not None:
            self.cause = Cause("setted", change.order.terms.symbol, order_id, change.fill.trade_id)
        elif not (change.stage == "done" and self.cause.trade_id and self.cause.order_id == order_id):
            # What ends an order in a trade is that trade.
            self.cause = Cause("hold", change.order.terms.symbol, order_id)

    def balance(self, uid: str, account: str, currency: str, changed: FundsNote) -> None:
        """A balance of somebody who is followed has changed, by what `changed` says, to what it says."""
        if account == "futures":
            self.wallets[uid, currency] = None
            return
        note = self.funds.setdefault((uid, account, currency, self.cause), FundsNote())
        note.available, note.hold = changed.available, changed.hold
        note.available_change += changed.available_change
        note.hold_change += changed.hold_change

    def position(self, uid: str, symbol: str, side: str, currency: str) -> None:
        """A position of somebody has changed, and with it his wallet."""
        if uid in self.uids:
            self.positions[uid, symbol, side] = None
            self.wallets[uid, currency] = None

    def setting(self, change: LeverageChange | MarginModeChange) -> None:
        """Somebody has chosen something for a contract."""
        if change.uid in self.uids:
            self.events.append(change)

    def trade(self, trade: Trade) -> None:
        """Two orders have traded, in a book that is followed."""
        self.events.append(trade)
        self.last_trades[trade.symbol] = trade
        self.books[trade.symbol] = None

    def level(self, symbol: str, side: Side, price: Decimal, size: Decimal, sequence: int) -> None:
        """What shows at a price of a book that is followed is another now."""
        self.levels.setdefault(symbol, []).append(LevelChange(side, price, size, sequence))
        self.books[symbol] = None

    def prices(self, change: PricesChange) -> None:
        """A contract's prices have been moved by hand."""
        if change.symbol in self.symbols:
            self.events.append(change)
            self.books[change.symbol] = None
