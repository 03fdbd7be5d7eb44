"""The handle of one order: what it shows, how to wait for it, and when it asks the exchange itself."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar, get_args

from ._fill_reader import LookedUpFills, read_fills
from ._html import facts_table
from ._look_up_thread import LookUpThread
from ._look_ups import LookUps
from ._order_feeds import OrderFeed
from ._order_following import Following
from ._order_inquiry import Inquiry
from ._records import OrderName, report_of
from ._tracking_answers import Answer
from .account_updates import OrderUpdate
from .exceptions import (
    AuthenticationError,
    InvalidRequestError,
    LookUpError,
    ProtocolError,
    TrackingError,
    TrackingTimeoutError,
    what_happened,
)
from .reports import OrderReport
from .tracking import TrackedOrder, TrackingStage

__all__ = ["OrderTracker"]

Handler = TypeVar("Handler", bound=Callable[[TrackedOrder], object])

_PATIENCE = 0.3  # seconds that the stream has to tell of a new order, before it is looked up
_FILL_PATIENCE = 1.0  # seconds that it has to tell of a fill that is missing in what it has told
_EARLY = 0.001


class OrderTracker:
    """Follows one order: ``client.track_order(...)`` makes it. It lasts as long as the program keeps it.

    All methods may be called from any thread. ``_changed`` guards everything that changes.
    """

    def __init__(
        self, client: object, feed: OrderFeed, look_ups: LookUps, thread: LookUpThread, name: OrderName
    ) -> None:
        self._client = client  # must not be collected while somebody waits
        self._pid = os.getpid()
        self._feed = feed
        self._look_ups = look_ups
        self._thread = thread
        self._changed = threading.Condition(threading.RLock())
        order = TrackedOrder(
            product=name.product, symbol=name.symbol, order_id=name.order_id, client_oid=name.client_oid
        )
        named = name.order_id is not None
        self._following = Following(order, by_order_id=named, confirmed=named)
        self._inquiry = Inquiry(self._following, name, time.monotonic())
        self._told = order
        self._handlers: tuple[Callable[[TrackedOrder], object], ...] = ()
        self._untold: deque[TrackedOrder] = deque()
        self._waiters = self._deaf_waiters = 0
        self._closed = self._unknowable = False
        self._due: float | None = None  # when it is looked up next

    # For the program

    @property
    def order(self) -> TrackedOrder:
        """What is known now."""
        return self._following.shown

    @property
    def is_streamed(self) -> bool:
        """Whether the private stream tells of the order now.

        Where it does not, because it is not connected, or refused to this key (``stream_error``), REST is asked, more
        often while somebody waits.
        """
        return self._feed.is_live

    @property
    def stream_error(self) -> Exception | None:
        """Why there is no stream, where the exchange has refused it."""
        return self._feed.reason

    def on_change(self, handler: Handler) -> Handler:
        """Call ``handler(order)`` with a ``TrackedOrder`` at every change from now on; works as a decorator.

        On the thread that the key has for its updates, one after the other, in order. Keep the tracker: a forgotten one
        tells nothing more.
        """
        if not callable(handler):
            raise InvalidRequestError(f"handler: a function is needed, not {handler!r}", field="handler")
        with self._changed:
            self._handlers = (*self._handlers, handler)
        return handler

    def wait(self, until: TrackingStage = "done", timeout: float | None = None) -> TrackedOrder:
        """Wait until the order is as far as that, and return what is known of it then.

        Args:
            until: ``"accepted"``: the exchange has it; ``"resting"``: it is in the book; ``"partly_filled"``: something
                is filled; ``"done"``: filled, cancelled or never placed. An order that is done is never refused: look
                at ``state`` for what it came to.
            timeout: seconds; None: for ever.

        Raises ``TrackingTimeoutError``, or ``TrackingError`` when the client is closed, or nobody can tell any more.
        """
        if until not in get_args(TrackingStage):
            raise InvalidRequestError(
                f"until: one of {', '.join(get_args(TrackingStage))} is needed", field="until"
            )
        return self._wait(lambda order: order.has_reached(until), f"not {until}", timeout)

    def __iter__(self) -> Iterator[TrackedOrder]:
        """What is known now, then what has changed, until the order is done; blocks in between.

        Several changes that come faster than they are taken are one.
        """
        order = self.order
        yield order
        while not order.is_done:
            seen = order
            order = self._wait(lambda order: order is not seen, "unchanged", None)  # noqa: B023  # called at once
            yield order

    def __repr__(self) -> str:
        order = self.order
        name = order.order_id or order.client_oid
        return f"<OrderTracker {order.product} {name}: {order.state}, {order.filled_size} filled>"

    def _repr_html_(self) -> str:
        told = {"is_streamed": self.is_streamed, "stream_error": self.stream_error}
        return self.order._repr_html_() + facts_table("OrderTracker", told)

    def _wait(
        self, enough: Callable[[TrackedOrder], bool], lacking: str, timeout: float | None
    ) -> TrackedOrder:
        if os.getpid() != self._pid and not enough(self.order):
            raise TrackingError("only the parent process follows it", order=self.order)
        with self._changed:
            deaf = self._feed.is_handling  # no update can come while its thread waits here
            self._waiters += 1
            self._deaf_waiters += deaf
            try:  # Ctrl-C may strike from here on, and the start of the thread takes long
                self._inquiry.restart()
                if not enough(self.order):
                    self._plan(self._inquiry.pause(streamed=self._is_heard))
                self._changed.wait_for(lambda: enough(self.order) or self._is_over, timeout)
            finally:
                self._waiters -= 1
                self._deaf_waiters -= deaf
            order = self.order
            if enough(order):
                return order
            over, failure = self._is_over, self._inquiry.failure
        if not over:
            raise TrackingTimeoutError(f"{lacking} after {timeout:g} s: {self!r}", order=order)
        if self._closed:
            raise TrackingError(f"the client is closed: {self!r}", order=order)
        raise TrackingError(
            f"neither stream nor look-ups: {what_happened(failure)}", order=order
        ) from failure

    @property
    def _is_over(self) -> bool:
        """Whether nobody will tell anything more."""
        inquiry = self._inquiry
        nobody = inquiry.is_barred and inquiry.answered and self._feed.is_lost
        return self._closed or self._unknowable or nobody

    @property
    def _is_heard(self) -> bool:
        """Whether the stream tells those who wait."""
        return self._feed.is_live and not self._deaf_waiters

    # News

    def heard(self, update: OrderUpdate, received_at: float) -> None:
        """See ``Follower``."""
        with self._changed:
            if self._following.update(update):
                if self._feed.is_live:
                    self._inquiry.was_told(received_at)
                self._register()
                if self._inquiry.lacks_fills:
                    self._plan(_FILL_PATIENCE)
        self._announce()

    def stream_changed(self) -> None:
        """See ``Follower``."""
        with self._changed:
            if self.order.is_live:
                self._inquiry.ask(time.monotonic())
                if self._feed.is_live or self._feed.reason is not None or self._waiters:
                    self._plan(0.0)
            self._changed.notify_all()

    def await_answer(self) -> None:
        """The request of the order is on its way."""
        with self._changed:
            self._inquiry.answered = False

    def accepted(self, answer: Answer) -> None:
        """The request of the order has succeeded."""
        with self._changed:
            self._unknowable = False  # answered late
            self._inquiry.answered = True
            self._inquiry.name = answer.name
            is_it = self._following.answered(answer.order_id, **answer.facts)
            if is_it and answer.state is not None:
                self._following.state(answer.state, filled_size=answer.filled_size)
            self._register()
            self._inquiry.restart()
            self._plan(_PATIENCE)
        self._announce()

    def refused(self, error: Exception) -> None:
        """The request of the order has ended without one, for certain."""
        with self._changed:
            self._inquiry.answered = True
            self._inquiry.asking_since = None
            self._following.never_placed(error)
        self._announce()

    def look_up_from(self, name: OrderName, certain_at: Callable[[], float]) -> None:
        """Find out over REST whether there is such an order, and go on from there."""
        with self._changed:
            self._inquiry.answered = True
            self._inquiry.name = name
            self._inquiry.certain_at = certain_at
            self._inquiry.restart()
            self._plan(0.0)

    def unknowable(self, error: Exception) -> None:
        """Its request has an unknown outcome, and it has no id by which it could be looked up."""
        with self._changed:
            self._inquiry.failure = error
            self._unknowable = True
            self._changed.notify_all()

    def being_modified(self) -> int:
        """A modify of it is on its way; returns its number."""
        with self._changed:
            return self._following.being_modified()

    def modified(self, new_order_id: str | None, number: int) -> None:
        """A modify has ended: with a new order, or without one."""
        with self._changed:
            self._following.modified(new_order_id, number)
            self._register()
            self._inquiry.ask(time.monotonic())
            self._plan(_PATIENCE)
        self._announce()

    def perhaps_modified(self, certain_at: Callable[[], float]) -> None:
        """It is not known what became of a modify."""
        with self._changed:
            self._inquiry.ask(time.monotonic())
            if self._following.by_order_id or self.order.client_oid is None:
                self._inquiry.certain_at = certain_at
                self._following.modified(None)  # it can only be looked up by its own id
            else:
                self._inquiry.doubt_modify(certain_at)
            self._plan(0.0)
        self._announce()

    def close(self) -> None:
        """The client is closed: nobody tells anything more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _register(self) -> None:
        order = self._following.order
        for order_or_client_id in (order.order_id, order.client_oid):
            if order_or_client_id is not None:
                self._feed.add(self, order_or_client_id)

    def _announce(self) -> None:
        with self._changed:
            order = self._following.shown
            if order is self._told:
                return
            self._told = order
            self._changed.notify_all()
            if not self._handlers:
                return
            self._untold.append(order)
        self._feed.call_back(self._tell)

    def _tell(self) -> None:
        """On the thread of the updates."""
        while self._untold:
            order = self._untold.popleft()
            for handler in self._handlers:
                self._feed.call_back(handler, order)

    # Look-ups, on their thread

    def _plan(self, delay: float) -> None:
        due = time.monotonic() + delay
        if self._due is None or due < self._due:
            # In this order: where Ctrl-C strikes in between, the next plan is not taken for one that is there already.
            self._thread.plan(self.look_up, due)
            self._due = due

    def look_up(self) -> None:
        """Ask REST for what may not have been told."""
        with self._changed:
            asked_at = time.monotonic()
            if self._due is None or asked_at < self._due - _EARLY:
                return  # another one is planned in its place
            self._due = None
            if self._closed or not self._inquiry.is_due(awaited=self._waiters > 0):
                return
            name = self._inquiry.present_name()
        failure: Exception | None = None
        try:
            failure = self._learn(name, asked_at)
        except (AuthenticationError, LookUpError, ProtocolError) as error:
            failure = error.with_traceback(None)
        finally:  # whatever befalls it, who waits is not left alone
            with self._changed:
                self._inquiry.failure = failure
                self._changed.notify_all()
                pause = self._inquiry.pause_after(awaited=self._waiters > 0, streamed=self._is_heard)
                if pause is not None:
                    self._plan(pause)
        self._announce()

    def _learn(self, name: OrderName, asked_at: float) -> Exception | None:
        """Take what a look-up finds; returns why its fills could not be looked up, where they could not."""
        record = self._look_ups.find_order(name)
        report = None if record is None else report_of(name.product, record)
        fills, failure = self._look_up_fills(report)
        with self._changed:
            self._inquiry.found(report, fills, asked_at)
            self._register()
        return failure

    def _look_up_fills(self, report: OrderReport | None) -> tuple[LookedUpFills | None, Exception | None]:
        """Those of the order that was found, unless all are known; and why not, where that has failed."""
        with self._changed:
            name = self._inquiry.fills_wanted(report)
        if name is None:
            return None, None
        try:
            return read_fills(self._look_ups.find_fills(name)), None
        except (AuthenticationError, LookUpError, ProtocolError) as error:
            return None, error.with_traceback(None)
