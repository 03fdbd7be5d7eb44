"""What each feed event is in the classic dialect. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from .feed_events import (
    BalanceChange,
    BookDelta,
    BookState,
    FeedEvent,
    LeverageChange,
    MarginModeChange,
    OrderChange,
    PositionChange,
    PricesChange,
    Trade,
    WalletChange,
)
from .push_announcing import Announcement
from .push_v1_accounts import (
    announce_balance,
    announce_leverage,
    announce_margin_mode,
    announce_position,
    announce_wallet,
)
from .push_v1_markets import announce_book, announce_delta, announce_prices, announce_trade
from .push_v1_orders import announce_order

__all__ = ["announce"]

_WRITERS: Mapping[type, Callable[[Any], Iterable[Announcement]]] = MappingProxyType(
    {
        OrderChange: announce_order,
        BalanceChange: announce_balance,
        WalletChange: announce_wallet,
        PositionChange: announce_position,
        LeverageChange: announce_leverage,
        MarginModeChange: announce_margin_mode,
        Trade: announce_trade,
        BookDelta: announce_delta,
        BookState: announce_book,
        PricesChange: announce_prices,
    }
)


def announce(event: FeedEvent) -> Iterable[Announcement]:
    """The announcements that an event gives rise to."""
    writer = _WRITERS.get(type(event))
    return () if writer is None else writer(event)
