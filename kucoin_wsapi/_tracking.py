"""``client.track_order``: the handles of one client, and what they share."""

from __future__ import annotations

import functools
import os
import threading
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from types import MappingProxyType
from typing import Any

from ._calls import ResponseFuture
from ._look_up_thread import LookUpThread
from ._look_ups import LookUps
from ._operations import Action, action_of
from ._order_feeds import OrderFeed
from ._order_tracker import OrderTracker
from ._push_streams import PushStreams
from ._records import OrderName
from ._resolving import subject_of
from ._tracking_answers import is_refusal, new_order_id_of, product_of, read_answer
from .events import ConnectionEvent
from .exceptions import CallError, InvalidRequestError, NotSentError
from .options import WsKey
from .responses import WSAPIResponse

__all__ = ["Tracking"]

_KEYS: Mapping[str, WsKey] = MappingProxyType(
    {
        "spot": WsKey.SPOT_PRIVATE_V1,
        "margin": WsKey.SPOT_PRIVATE_V1,  # one engine, one stream
        "futures": WsKey.FUTURES_PRIVATE_V1,
        "uta": WsKey.PRIVATE_PRO_V2,
    }
)


class Tracking:
    """Makes handles, and tells them what happens to the requests of their orders. Thread-safe.

    Handles are held weakly. ``_lock`` guards ``_feeds``, ``_handles``, ``_requested`` and ``_closed``, after which
    nothing is added.
    """

    def __init__(self, look_ups: LookUps, thread_name: Callable[[], str]) -> None:
        """``thread_name`` is called when the first order is tracked."""
        self._look_ups = look_ups
        self.thread = LookUpThread(thread_name)
        self._lock = threading.RLock()
        self._feeds: dict[WsKey, OrderFeed] = {}
        self._handles: weakref.WeakSet[OrderTracker] = weakref.WeakSet()
        # By the id of the request of their order: what is answered late is known by nothing else.
        self._requested: weakref.WeakValueDictionary[str, OrderTracker] = weakref.WeakValueDictionary()
        self._closed = False
        self._pid = os.getpid()

    # Handles

    def track(
        self,
        client: object,
        streams: PushStreams,
        order: ResponseFuture[Any] | CallError | str | None,
        order_id: str | None,
        product: str | None,
        symbol: str | None,
        trade_type: str | None,
    ) -> OrderTracker:
        """See ``WebsocketClient.track_order``."""
        if isinstance(order, (ResponseFuture, CallError)):
            _check_no_name(order_id, product, symbol, trade_type)
            if isinstance(order, CallError):
                return self.track_error(client, streams, order)
            return self.track_future(client, streams, order)
        name = _named_order(order, order_id, product, symbol, trade_type)
        return self.track_named(client, streams, name)

    def track_future(self, client: object, streams: PushStreams, future: ResponseFuture[Any]) -> OrderTracker:
        """Follow the order of a request, from before its answer."""
        name = OrderName(product_of(future.op), None, client_oid=future.client_oid)
        tracker = self._new(client, streams, name, future.request_id)
        tracker.await_answer()
        # Not by the future's own method, which would have it wait behind callbacks of the user.
        Future.add_done_callback(
            future, functools.partial(_answered, weakref.ref(self), weakref.ref(tracker))
        )
        return tracker

    def track_error(self, client: object, streams: PushStreams, error: CallError) -> OrderTracker:
        """Follow the order of a request that has ended without an answer."""
        subject = subject_of(error, None, None, None)
        if len(subject.orders) != 1:
            raise InvalidRequestError(f"{error.op} has several orders: track them by their client_oid")
        # What is answered late to a cancel or a change says nothing of whether the order was placed.
        places = action_of(error.op) is Action.PLACE
        tracker = self._new(client, streams, subject.orders[0], error.request_id if places else None)
        self.failed(tracker, error)
        return tracker

    def track_named(self, client: object, streams: PushStreams, name: OrderName) -> OrderTracker:
        """Follow an order by one of its ids."""
        if name.product not in _KEYS:
            raise InvalidRequestError(f"product: one of {', '.join(_KEYS)} is needed", field="product")
        if name.symbol is None and name.product != "futures":
            raise InvalidRequestError(f"symbol: needed for {name.product}", field="symbol")
        if name.trade_type is None and name.product == "uta":
            raise InvalidRequestError("trade_type: needed for uta", field="trade_type")
        subject = subject_of(
            name.client_oid or name.order_id or "", name.product, name.symbol, name.trade_type
        )
        tracker = self._new(client, streams, name)
        tracker.look_up_from(name, self._look_ups.certainty(name.client_oid or "", subject))
        return tracker

    def _new(
        self, client: object, streams: PushStreams, name: OrderName, request_id: str | None = None
    ) -> OrderTracker:
        if os.getpid() != self._pid:
            raise InvalidRequestError("this client belongs to the parent process: create one after the fork")
        key = _KEYS[name.product]
        with self._lock:
            feed = self._feeds.get(key)
            if feed is None:
                feed = self._feeds[key] = OrderFeed(key, streams, self.thread)
            tracker = OrderTracker(client, feed, self._look_ups, self.thread, name)
            self._handles.add(tracker)
            if request_id is not None:
                self._requested[request_id] = tracker
            closed = self._closed
        for order_or_client_id in (name.order_id, name.client_oid):
            if order_or_client_id is not None:
                feed.add(tracker, order_or_client_id)
        if closed:
            tracker.close()
        else:
            feed.subscribe()
        return tracker

    # What becomes of requests

    def answered(self, tracker: OrderTracker, future: Future[Any]) -> None:
        """The request of its order has ended."""
        if future.cancelled():
            tracker.refused(CancelledError())
            return
        error = future.exception()
        if isinstance(error, Exception):
            self.failed(tracker, error)
            return
        answer = read_answer(future.result())
        if answer is None:
            tracker.unknowable(InvalidRequestError("the answer names no order"))
        else:
            tracker.accepted(answer)

    def late_answer(self, request_id: str, outcome: object) -> None:
        """A request was answered after its time was up; on the loop thread."""
        with self._lock:
            tracker = self._requested.get(request_id)
        if tracker is None:
            return
        if isinstance(outcome, WSAPIResponse):
            answer = read_answer(outcome)
            if answer is not None:
                tracker.accepted(answer)
        elif isinstance(outcome, CallError) and is_refusal(outcome):
            tracker.refused(outcome)

    def failed(self, tracker: OrderTracker, error: Exception) -> None:
        """The request of its order, or one that was about it, has ended without a success."""
        try:
            assert isinstance(error, CallError), "a request ends with no other"
            subject = subject_of(error, None, None, None)
            if is_refusal(error) and action_of(subject.op) is Action.PLACE:
                tracker.refused(error)
            else:
                tracker.look_up_from(subject.orders[0], self._look_ups.certainty(error, subject))
        except InvalidRequestError as nameless:
            tracker.unknowable(nameless)

    def modifying(self, args: object, future: ResponseFuture[Any]) -> None:
        """A modify is about to be sent; ``args`` are as the exchange names them."""
        feed = self._feeds.get(WsKey.SPOT_PRIVATE_V1)
        if feed is None or not isinstance(args, Mapping):
            return
        for tracker in feed.followers(args.get("orderId"), args.get("clientOid")):
            assert isinstance(tracker, OrderTracker), "nobody else follows"
            number = tracker.being_modified()
            ended = functools.partial(_modify_ended, weakref.ref(self), weakref.ref(tracker), number)
            Future.add_done_callback(future, ended)

    def modify_ended(self, tracker: OrderTracker, number: int, future: Future[Any]) -> None:
        """The modify of its order has ended; ``number`` is which."""
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or isinstance(error, NotSentError):
            tracker.modified(None, number)
        elif isinstance(error, CallError):
            subject = subject_of(error, None, None, None)
            tracker.perhaps_modified(self._look_ups.certainty(error, subject))
        else:
            tracker.modified(new_order_id_of(future.result()), number)

    # The client

    def notice(self, event: ConnectionEvent) -> None:
        """Something has happened on a push connection; on its loop thread."""
        feed = self._feeds.get(event.ws_key)
        if feed is not None:
            feed.notice(event)

    def close(self) -> None:
        """End every wait."""
        with self._lock:
            self._closed = True
            handles = list(self._handles)
        self.thread.stop()
        for tracker in handles:
            tracker.close()

    def abandon(self) -> None:
        """``close`` for a finaliser: takes no lock. Nobody waits: a handle keeps its client."""
        self.thread.abandon()


def _answered(
    tracking: weakref.ref[Tracking], handle: weakref.ref[OrderTracker], future: Future[Any]
) -> None:
    alive, tracker = tracking(), handle()
    if alive is not None and tracker is not None:
        alive.answered(tracker, future)


def _modify_ended(
    tracking: weakref.ref[Tracking], handle: weakref.ref[OrderTracker], number: int, future: Future[Any]
) -> None:
    alive, tracker = tracking(), handle()
    if alive is not None and tracker is not None:
        alive.modify_ended(tracker, number, future)


def _check_no_name(*names: str | None) -> None:
    """Raises ``InvalidRequestError`` where a request, which says it all, comes with a name besides."""
    if any(name is not None for name in names):
        raise InvalidRequestError("order: a future or an exception comes without ids, product and symbol")


def _named_order(
    client_oid: str | None,
    order_id: str | None,
    product: str | None,
    symbol: str | None,
    trade_type: str | None,
) -> OrderName:
    """What a caller names by ids; raises ``InvalidRequestError``."""
    if (client_oid is None) is (order_id is None):
        raise InvalidRequestError("a future, a CallError, a client_oid or an order_id is needed, one of them")
    for given, value in (("order", client_oid), ("order_id", order_id), ("symbol", symbol)):
        if value is not None and not (isinstance(value, str) and value):
            raise InvalidRequestError(f"{given}: a text is needed, not {value!r}", field=given)
    if product is None:
        raise InvalidRequestError("product: needed with an id", field="product")
    return OrderName(product, symbol, order_id=order_id, client_oid=client_oid, trade_type=trade_type)
