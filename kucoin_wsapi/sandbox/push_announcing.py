"""An announcement: what a feed event means to those who have subscribed to one topic. Pure."""

from __future__ import annotations

from collections.abc import Callable

import attrs

__all__ = ["Announcement", "Subscription"]


@attrs.frozen
class Announcement:
    """The text for the subscribers of one topic, made when there are any.

    `uid` is whose private matter it is, empty for what everybody may know. `topic` is as its dialect names it.
    """

    uid: str
    topic: str
    write: Callable[[], str]


@attrs.frozen
class Subscription:
    """What one topic with one symbol needs: its announcements, and the users or symbols to be followed for them."""

    uid: str
    topic: str
    symbols: tuple[str, ...] = ()
