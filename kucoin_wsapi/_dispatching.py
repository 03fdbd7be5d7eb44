"""From the updates of one push connection to the user's handlers, on a thread of their own."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ._callbacks import CallbackThread
from .events import Listeners

if TYPE_CHECKING:
    from .updates import Update

__all__ = ["Dispatcher", "Handler", "TopicHandlers"]

Handler = Callable[["Update"], object]

_MOST_WAITING = 10_000  # updates of a public stream; then its socket is read no more
_FEW_WAITING = 5_000  # until there are so few


class TopicHandlers:
    """Who handles the updates of which topic of one key. Thread-safe.

    ``_lock`` guards the replacement of ``_every`` and of the entries of ``_by_topic`` and ``_brought``; the tuples are
    never changed, so that they can be read without the lock. ``_brought`` has those of ``_by_topic`` that came with a
    subscription, and end with it; the others stay whatever is subscribed.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._every: tuple[Handler, ...] = ()
        self._by_topic: dict[str, tuple[Handler, ...]] = {}
        self._brought: dict[str, tuple[Handler, ...]] = {}

    def add(self, handler: Handler, topics: Sequence[str] | None = None) -> None:
        """Have the updates of these topics handled, or all, until ``remove``; twice by one that is added twice."""
        with self._lock:
            if topics is None:
                self._every = (*self._every, handler)
            for topic in topics or ():
                self._by_topic[topic] = (*self._by_topic.get(topic, ()), handler)

    def remove(self, handler: Handler, topics: Sequence[str] | None = None) -> None:
        """Take back one ``add`` of this handler, the last; harmless where there is none."""
        with self._lock:
            if topics is None:
                self._every = _without(self._every, handler)
            for topic in topics or ():
                _take(self._by_topic, topic, handler)

    def bring(self, handler: Handler, topics: Sequence[str]) -> None:
        """``add`` for one that comes with a subscription."""
        with self._lock:
            self.add(handler, topics)
            for topic in topics:
                self._brought[topic] = (*self._brought.get(topic, ()), handler)

    def take_back(self, handler: Handler, topics: Sequence[str]) -> None:
        """Take back one ``bring`` of this handler, where it was not forgotten meanwhile."""
        with self._lock:
            for topic in topics:
                if _take(self._brought, topic, handler):
                    _take(self._by_topic, topic, handler)

    def forget(self, topics: Sequence[str]) -> None:
        """These topics are subscribed no more: what came with their subscriptions ends."""
        with self._lock:
            for topic in topics:
                for handler in self._brought.pop(topic, ()):
                    _take(self._by_topic, topic, handler)

    def of(self, topic: str) -> tuple[Handler, ...]:
        """The handlers of an update."""
        return self._every + self._by_topic.get(topic, ())


def _take(table: dict[str, tuple[Handler, ...]], topic: str, handler: Handler) -> bool:
    """Whether there was one to take."""
    handlers = table.get(topic, ())
    left = _without(handlers, handler)
    if left:
        table[topic] = left
    else:
        table.pop(topic, None)
    return len(left) < len(handlers)


def _without(handlers: tuple[Handler, ...], handler: Handler) -> tuple[Handler, ...]:
    for index in range(len(handlers) - 1, -1, -1):
        if handlers[index] == handler:
            return handlers[:index] + handlers[index + 1 :]
    return handlers


class Dispatcher:
    """Hands the updates of one key to their handlers, one after the other, in the order in which they came.

    Listeners and handlers are held weakly: threads hold this object, and a handler may hold the client, which must
    still be collected when nobody else does.

    Two counters instead of one, because each is written by one thread only: ``_submitted`` by the loop, ``_handled`` by
    the thread of the handlers. ``full`` is set by the former and unset by the latter, which wakes the loop then; it is
    set before the updates that made it full are handed over, so that their handling looks at it.
    """

    def __init__(
        self, thread: CallbackThread, listeners: Listeners, handlers: TopicHandlers, *, bounded: bool
    ) -> None:
        """``bounded``: at some point it is ``full``."""
        self.thread = thread
        self.full: bool = False
        self._listeners = weakref.ref(listeners)
        self._handlers = weakref.ref(handlers)
        self._bounded = bounded
        self._submitted = self._handled = 0

    def deliver(self, updates: Sequence[Update], wake: Callable[[], None]) -> None:
        """On the loop thread: have the updates handled; ``wake`` is called when it is ``full`` no more."""
        self._submitted += len(updates)
        if self._bounded and self._submitted - self._handled > _MOST_WAITING:
            self.full = True
        self.thread.submit_until_stopped(self._handle, updates, wake)

    def follow(self, predecessor: Dispatcher) -> None:
        """Handle nothing before that one, whose connection has ended, has handled the last of what it has."""
        predecessor.thread.stop()
        self.thread.submit(predecessor.thread.join, None)

    def bring(self, handler: Handler, topics: Sequence[str]) -> None:
        """A handler comes with a subscription."""
        handlers = self._handlers()
        if handlers is not None:
            handlers.bring(handler, topics)

    def forget(self, handler: Handler, topics: Sequence[str]) -> None:
        """What a handler was to handle was not subscribed."""
        handlers = self._handlers()
        if handlers is not None:
            handlers.take_back(handler, topics)

    def forget_all(self, topics: Sequence[str]) -> None:
        """These topics are not subscribed any more."""
        handlers = self._handlers()
        if handlers is not None:
            handlers.forget(topics)

    def _handle(self, updates: Sequence[Update], wake: Callable[[], None]) -> None:
        run = self.thread.run
        for update in updates:
            listeners, handlers = self._listeners(), self._handlers()
            if listeners is not None and listeners.any("update"):
                for handler in listeners.take("update"):
                    run(handler, update)
            if handlers is not None:
                for handler in handlers.of(update.topic):
                    run(handler, update)
            self._handled += 1
            if self.full and self._submitted - self._handled < _FEW_WAITING:
                self.full = False
                wake()
