"""What each feed event is in the Pro dialect. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from .feed_events import (
    BookDelta,
    BookState,
    FeedEvent,
    LeverageChange,
    OrderChange,
    PositionChange,
    Trade,
    UnifiedBalance,
)
from .push_announcing import Announcement
from .push_pro_accounts import announce_balance, announce_leverage, announce_position
from .push_pro_markets import announce_book, announce_delta, announce_first_book, announce_trade
from .push_pro_orders import announce_order

__all__ = ["announce", "announce_first"]

_WRITERS: Mapping[type, Callable[[Any], Iterable[Announcement]]] = MappingProxyType(
    {
        OrderChange: announce_order,
        UnifiedBalance: announce_balance,
        PositionChange: announce_position,
        LeverageChange: announce_leverage,
        Trade: announce_trade,
        BookDelta: announce_delta,
        BookState: announce_book,
    }
)


def announce(event: FeedEvent) -> Iterable[Announcement]:
    """The announcements that an event gives rise to."""
    writer = _WRITERS.get(type(event))
    return () if writer is None else writer(event)


def announce_first(event: FeedEvent) -> Iterable[Announcement]:
    """What an event of a new subscription's beginning gives rise to besides."""
    return announce_first_book(event) if isinstance(event, BookState) else ()
