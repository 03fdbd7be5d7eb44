"""Who has subscribed to what on the push sockets, and the way of what happens in the exchange to them.

KuCoin sends an order's push before or after the answer to its request, for they travel on different sockets. Here a
seeded source decides it, or the option `push_timing`.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Sequence
from functools import partial
from random import Random
from typing import Protocol

import attrs

from .faults import FaultPlan
from .feed import Followed
from .feed_events import FeedEvent, OrderChange
from .gateway import Gateway
from .options import PushTiming
from .push_announcing import Announcement, Subscription
from .push_outlet import frame

__all__ = ["Announce", "PushHub", "Subscriber"]

Announce = Callable[[FeedEvent], Iterable[Announcement]]


class Subscriber(Protocol):
    """A connection as the hub sees it."""

    @property
    def opcode(self) -> int:
        """Of the frames that it takes."""

    def push(self, topic: str, text: str, data: bytes) -> None:
        """Take what has been announced on a topic; `data` is the frame of `text`."""

    def flush(self) -> None:
        """Send what has been taken."""


@attrs.define(eq=False)
class _Audience:
    """The subscribers of one topic of one user."""

    subscription: Subscription
    members: dict[Subscriber, None] = attrs.Factory(dict)


class PushHub:
    """Runs on the server's thread, `publish` on any."""

    def __init__(
        self,
        gateway: Gateway,
        announce: Announce,
        announce_first: Announce,
        timing: PushTiming,
        seed: int,
        plan: FaultPlan,
    ) -> None:
        """`announce_first` has what a new subscription begins with besides what is announced at every change."""
        self._gateway = gateway
        self._announce = announce
        self._announce_first = announce_first
        self._timing = timing
        self._plan = plan
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._audiences: dict[tuple[str, str], _Audience] = {}
        self._uids: Counter[str] = Counter()
        self._symbols: Counter[str] = Counter()
        self._waiting: deque[tuple[FeedEvent, ...]] = deque()
        self._published = self._delivered = 0
        gateway.publish_to(self.publish)

    def close(self) -> None:
        """Nothing is published any more."""
        self._gateway.publish_to(None)

    def publish(self, events: tuple[FeedEvent, ...]) -> None:
        """Take what has happened; the gateway calls it with its lock held, so that it comes in order."""
        self._waiting.append(events)
        self._published += 1
        if threading.get_ident() != self._thread:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(self._deliver, self._published)
        elif self._is_early(events):
            self._deliver(self._published)
        else:
            # The answer to the request is collected, and sent when the loop turns; this comes a turn later.
            self._loop.call_soon(self._loop.call_soon, self._deliver, self._published)

    def _is_early(self, events: tuple[FeedEvent, ...]) -> bool:
        first = next((event for event in events if isinstance(event, OrderChange)), None)
        if first is not None and self._plan.draw("push-order", first.order.terms.product) is not None:
            return True
        if self._timing == "random":
            return self._random.random() < 0.5
        return self._timing == "before"

    def _deliver(self, up_to: int) -> None:
        """Send what was published, up to the batch of this number; later ones have their own turn."""
        touched: dict[Subscriber, None] = {}
        while self._delivered < up_to and self._waiting:
            self._delivered += 1
            for event in self._waiting.popleft():
                for announcement in self._announce(event):
                    self._distribute(announcement, touched)
        for subscriber in touched:
            subscriber.flush()

    def _distribute(self, announcement: Announcement, touched: dict[Subscriber, None]) -> None:
        audience = self._audiences.get((announcement.uid, announcement.topic))
        if audience is None:
            return
        text = announcement.write()
        data = b""
        for subscriber in audience.members:
            # The topics of a dialect are heard by its own connections only, so that one frame serves all.
            data = data or frame(subscriber.opcode, text)
            subscriber.push(announcement.topic, text, data)
            touched[subscriber] = None

    def subscribe(self, subscriber: Subscriber, subscriptions: Sequence[Subscription]) -> Callable[[], None]:
        """Tell `subscriber` of these topics, which are new to him, from now on.

        What is returned tells him how they stand, lest he wait for a quiet market to move; to be called before
        anything else happens on this thread.
        """
        for subscription in subscriptions:
            key = (subscription.uid, subscription.topic)
            if key not in self._audiences:
                self._audiences[key] = _Audience(subscription)
                self._uids[subscription.uid] += 1
                self._symbols.update(subscription.symbols)
        self._follow()
        symbols = dict.fromkeys(symbol for each in subscriptions for symbol in each.symbols)
        events, published = self._gateway.read(
            lambda exchange: (exchange.market_state(symbols), self._published)
        )
        # Up to here everything is in `events`; only who was there before is told of it as a change.
        self._deliver(published)
        for subscription in subscriptions:
            self._audiences[subscription.uid, subscription.topic].members[subscriber] = None
        return partial(self._begin, subscriber, {each.topic for each in subscriptions}, events)

    def _begin(self, subscriber: Subscriber, topics: Container[str], events: Iterable[FeedEvent]) -> None:
        for event in events:
            for announcement in (*self._announce_first(event), *self._announce(event)):
                if announcement.topic in topics:
                    text = announcement.write()
                    subscriber.push(announcement.topic, text, frame(subscriber.opcode, text))
        subscriber.flush()

    def unsubscribe(self, subscriber: Subscriber, subscription: Subscription) -> None:
        """End that, if it was so."""
        key = (subscription.uid, subscription.topic)
        audience = self._audiences.get(key)
        if audience is None:
            return
        audience.members.pop(subscriber, None)
        if not audience.members:
            del self._audiences[key]
            self._uids[subscription.uid] -= 1
            self._symbols.subtract(subscription.symbols)
            self._follow()

    def _follow(self) -> None:
        uids = frozenset(uid for uid, count in self._uids.items() if count and uid)
        self._gateway.follow(Followed(uids, frozenset(+self._symbols)))
