"""What the feed of the exchange tells: frozen pictures of each change, in no dialect yet.

Times are Unix nanoseconds. Sizes and prices are as in `orders`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import attrs

from .futures_views import FuturesAccount, Position
from .orders import Fill, MarginMode, OrderView, Side
from .prices import ContractPrices

__all__ = [
    "BalanceChange",
    "BookDelta",
    "BookState",
    "Cause",
    "FeedEvent",
    "LevelChange",
    "LeverageChange",
    "MarginModeChange",
    "OrderChange",
    "OrderEvent",
    "OrderStage",
    "PositionChange",
    "PricesChange",
    "Trade",
    "UnifiedBalance",
    "WalletChange",
]

OrderEvent = Literal["received", "open", "match", "update", "filled", "canceled", "triggered"]
OrderStage = Literal["new", "open", "match", "done"]


@attrs.frozen
class OrderChange:
    """Something happened to an order: what, and where the order stands then.

    The pairs are those of KuCoin documentation, "All Order Events" ("Get Order V2"): received and new; open and open;
    match and match of a taker, match and open of a maker; update with open, match or done; filled and done; canceled
    and done. An order with a trigger starts with open and new, while it waits, and may be triggered.
    """

    event: OrderEvent
    stage: OrderStage
    order: OrderView
    fill: Fill | None = None
    """That of a match, and of the filled that follows it."""
    old_size: Decimal | None = None
    """Of an update, what the order was for before."""

    @property
    def uid(self) -> str:
        """Whose it is."""
        return self.order.uid

    @property
    def is_of_a_stop(self) -> bool:
        """Whether it is about an order that waits for its trigger, or did until now."""
        if self.order.terms.trigger is None:
            return False
        return self.event == "triggered" or not self.order.stop_triggered


@attrs.frozen
class Cause:
    """Why a balance changed."""

    event: Literal["hold", "setted", "other"]
    symbol: str = ""
    order_id: str = ""
    trade_id: str = ""


@attrs.frozen
class BalanceChange:
    """One currency of one account of spot or margin, after a change of it."""

    uid: str
    number: int
    """Of the changes that the feed has told, ascending."""
    account: str
    currency: str
    available: Decimal
    hold: Decimal
    available_change: Decimal
    hold_change: Decimal
    cause: Cause
    time: int


@attrs.frozen
class WalletChange:
    """One currency of a futures account, after a change of it. `version` ascends for each user and currency."""

    uid: str
    version: int
    account: FuturesAccount
    isolated_position_margin: Decimal
    isolated_order_margin: Decimal
    isolated_unrealised_pnl: Decimal
    cross_position_margin: Decimal
    time: int


@attrs.frozen
class UnifiedBalance:
    """All that a user has of one currency, of all accounts together, after a change in one of them."""

    uid: str
    currency: str
    total: Decimal
    """Available, hold, and the margin of isolated positions."""
    hold: Decimal
    """What orders hold, and the margin of positions."""
    equity: Decimal
    """`total` with the unrealised PnL, without what is owed."""
    owed: Decimal
    time: int

    @property
    def available(self) -> Decimal:
        """What is not held."""
        return self.total - self.hold


@attrs.frozen
class PositionChange:
    """A position after it has changed."""

    uid: str
    position: Position
    time: int


@attrs.frozen
class LeverageChange:
    """The leverage of a user's cross positions and orders of one contract is another now."""

    uid: str
    symbol: str
    leverage: int
    time: int


@attrs.frozen
class MarginModeChange:
    """The margin mode of a user's positions and orders of one contract is another now."""

    uid: str
    symbol: str
    mode: MarginMode
    time: int


@attrs.frozen
class Trade:
    """A trade as everybody sees it; `side` is the taker's."""

    symbol: str
    side: Side
    price: Decimal
    size: Decimal
    trade_id: str
    maker_order_id: str
    taker_order_id: str
    sequence: int
    """Of the book before it shows the trade."""
    time: int


@attrs.frozen
class LevelChange:
    """What shows at one price of a book now, zero if nothing."""

    side: Side
    price: Decimal
    size: Decimal
    sequence: int


@attrs.frozen
class BookDelta:
    """What has changed in one book; the sequences of `rows` are without a gap, also to the delta before."""

    symbol: str
    rows: tuple[LevelChange, ...]
    time: int


@attrs.frozen
class BookState:
    """One book as it stands: the best levels of both sides as (price, size), best first, and the last trade."""

    symbol: str
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
    last: Trade | None
    last_price: Decimal
    sequence: int
    time: int


@attrs.frozen
class PricesChange:
    """The mark or index price of a contract has moved."""

    symbol: str
    prices: ContractPrices
    time: int


FeedEvent = (
    OrderChange
    | BalanceChange
    | WalletChange
    | UnifiedBalance
    | PositionChange
    | LeverageChange
    | MarginModeChange
    | Trade
    | BookDelta
    | BookState
    | PricesChange
)
