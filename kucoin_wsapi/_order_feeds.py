"""The order updates of one private stream, handed to those who follow one of its orders."""

from __future__ import annotations

import functools
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from types import MappingProxyType
from typing import Protocol

from ._look_up_thread import LookUpThread
from ._push_streams import PushStreams
from ._topics import Channel
from .account_updates import OrderUpdate
from .events import ConnectionEvent
from .options import WsKey
from .updates import Update

__all__ = ["Follower", "OrderFeed"]

_TOPICS: Mapping[WsKey, str | Channel] = MappingProxyType(
    {
        WsKey.SPOT_PRIVATE_V1: "/spotMarket/tradeOrdersV2",
        WsKey.FUTURES_PRIVATE_V1: "/contractMarket/tradeOrders",
        WsKey.PRIVATE_PRO_V2: Channel("orderAll"),
    }
)
_PATIENCE = 86_400.0  # seconds to wait for a connection: it is tried again and again anyway


class Follower(Protocol):
    """Who follows an order."""

    def heard(self, update: OrderUpdate, received_at: float) -> None:
        """An update with one of its ids, read at ``received_at`` (monotonic seconds); on the thread of the updates."""

    def stream_changed(self) -> None:
        """The stream has come, so that what it did not tell is to be asked for; or gone. Must not block."""


class OrderFeed:
    """One subscription for all who follow orders of one key; it stays when nobody does any more.

    Followers are held weakly. ``_lock`` guards the replacement of the entries of ``_followers``, which are read without
    it, ``_ids``, and what is known of the stream. It is re-entrant, because a collector may run anywhere; what is
    collected is only noted then, in ``_gone``.
    """

    def __init__(self, key: WsKey, streams: PushStreams, thread: LookUpThread) -> None:
        self._key = key
        self._fields = ("d", "oi", "ci") if key.is_pro else ("data", "orderId", "clientOid")
        self._streams = streams
        self._thread = thread
        self._lock = threading.RLock()
        self._followers: dict[str, tuple[weakref.ref[Follower], ...]] = {}  # by order id and client id
        self._ids: dict[weakref.ref[Follower], tuple[weakref.ref[Follower], set[str]]] = {}
        self._gone: deque[weakref.ref[Follower]] = deque()
        self._asked: Future[tuple[str, ...]] | None = None
        self._live = False
        self._losses = 0  # of the connection
        self._reason: Exception | None = None
        self._ended = False  # the connection, for good

    # Who follows

    def add(self, follower: Follower, order_or_client_id: str) -> None:
        """Let it hear of the order with this id too; harmless when it does already."""
        with self._lock:
            self._forget_gone()
            # While it lives, every reference to it finds the entry; only the one that is kept tells of its end.
            entry = self._ids.get(weakref.ref(follower))
            if entry is None:
                reference = weakref.ref(follower, self._gone.append)
                entry = self._ids[reference] = (reference, set())
            reference, known = entry
            if order_or_client_id not in known:
                known.add(order_or_client_id)
                others = self._followers.get(order_or_client_id, ())
                self._followers[order_or_client_id] = (*others, reference)

    def _forget_gone(self) -> None:
        while self._gone:
            gone = self._gone.popleft()
            for name in self._ids.pop(gone)[1]:
                left = tuple(other for other in self._followers.get(name, ()) if other is not gone)
                if left:
                    self._followers[name] = left
                else:
                    self._followers.pop(name, None)  # Ctrl-C may have struck before it was there

    def followers(self, *names: object) -> Iterator[Follower]:
        """Who follows an order with one of these ids."""
        found = [reference for name in names for reference in self._followers.get(name, ())]  # type: ignore[call-overload]  # ids come as JSON has them
        for reference in dict.fromkeys(found):
            follower = reference()
            if follower is not None:
                yield follower

    @property
    def _all(self) -> Iterator[Follower]:
        with self._lock:
            references = list(self._ids)
        return (follower for reference in references if (follower := reference()) is not None)

    # Updates

    def handle(self, update: Update) -> None:
        """On the thread of the updates. What nobody follows is not even read."""
        if self._gone:
            with self._lock:
                self._forget_gone()
        payload, order_id, client_oid = self._fields
        data = update.raw.get(payload)
        if not isinstance(data, dict):
            return
        names = data.get(order_id), data.get(client_oid)
        followers = self._followers
        if names[0] not in followers and names[1] not in followers:
            return
        news = update.data
        if isinstance(news, OrderUpdate):
            for follower in self.followers(*names):
                follower.heard(news, update.received_at)

    # The stream

    @property
    def is_live(self) -> bool:
        """Whether the exchange tells of every order now."""
        return self._live

    @property
    def is_lost(self) -> bool:
        """Whether it does not, and will not by itself: unlike a connection that is on its way, or tried again."""
        return not self._live and (self._ended or self._reason is not None)

    @property
    def reason(self) -> Exception | None:
        """Why it does not, where the subscription has failed."""
        return self._reason

    @property
    def is_handling(self) -> bool:
        """Whether the calling thread is the one of the updates, which must not wait for any."""
        stream = self._streams.of(self._key)
        return stream is not None and stream.is_handling

    def call_back(self, function: Callable[..., object], *arguments: object) -> None:
        """Run user code on the thread of the updates."""
        stream = self._streams.of(self._key)
        if stream is not None:
            stream.call_back(function, *arguments)

    def subscribe(self) -> None:
        """Have the stream tell of orders, unless it does or will do so.

        Raises ``InvalidRequestError`` when there is no key to subscribe with.
        """
        topic = _TOPICS[self._key]
        with self._lock:
            self._streams.handle(topic, self._key, self.handle)
            asked = self._asked is not None and not self._asked.done()
            if self._streams.has(topic, self._key) and (asked or self._live):
                return
            losses, self._reason, self._ended = self._losses, None, False
            self._asked = future = self._streams.subscribe(None, topic, self._key, None, _PATIENCE)
        # Not by the future's own method, which would have it wait behind callbacks of the user.
        Future.add_done_callback(future, functools.partial(_settled, weakref.ref(self), losses))

    def settled(self, future: Future[tuple[str, ...]], losses: int) -> None:
        """The subscription is acknowledged, or has failed; ``losses`` there were when it was asked for."""
        with self._lock:
            if future.cancelled() or future is not self._asked:
                return
            self._reason = future.exception()  # type: ignore[assignment]  # a SubscriptionError
            again = self._reason is None and losses != self._losses
            self._live = self._reason is None and not again
        if again:  # which of the connections has acknowledged it, nobody knows
            self._thread.plan(self.subscribe, time.monotonic())
        else:
            self._tell()

    def notice(self, event: ConnectionEvent) -> None:
        """On the loop thread of the connection: it is ready again, or gone."""
        if event.name == "authenticated":
            self._thread.plan(self.subscribe, time.monotonic())
        elif event.name in ("reconnect", "close"):
            with self._lock:
                self._losses += 1
                self._live = False
                self._ended = event.name == "close"
            self._tell()

    def _tell(self) -> None:
        for follower in self._all:
            follower.stream_changed()


def _settled(feed: weakref.ref[OrderFeed], losses: int, future: Future[tuple[str, ...]]) -> None:
    alive = feed()
    if alive is not None:
        alive.settled(future, losses)
