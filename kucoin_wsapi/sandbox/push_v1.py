"""What each feed event is in the classic dialect. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from .feed_events import FeedEvent, OrderChange
from .push_announcing import Announcement
from .push_v1_orders import announce_order

__all__ = ["announce"]

_WRITERS: Mapping[type, Callable[[Any], Iterable[Announcement]]] = MappingProxyType(
    {OrderChange: announce_order}
)


def announce(event: FeedEvent) -> Iterable[Announcement]:
    """The announcements that an event gives rise to."""
    writer = _WRITERS.get(type(event))
    return () if writer is None else writer(event)
