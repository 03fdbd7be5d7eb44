"""Updates for a thread that asks for them: ``for update in client.updates(...)``."""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType

from .exceptions import TransportError
from .updates import Update

__all__ = ["UpdateBuffer", "Updates"]

_MOST_WAITING = 10_000  # updates of a public stream, beyond which their thread waits
_LONGEST_WAIT = threading.TIMEOUT_MAX


class UpdateBuffer:
    """What waits for one iterator. Apart from it, so that it can be collected while somebody puts something in here.

    ``_changed`` guards ``_waiting`` and ``_closed``, which is never unset.
    """

    def __init__(self, *, bounded: bool) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._waiting: deque[Update] = deque()
        self._closed = False
        self._bounded = bounded
        self._iterator: weakref.ref[Updates] | None = None  # held for what happens at its end

    def end_with(self, iterator: Updates, forget: Callable[[], None]) -> None:
        """Close when the iterator is collected, and ``forget`` then."""
        buffer = weakref.ref(self)

        def collected(_: object) -> None:
            there = buffer()
            if there is not None:
                there.close()
                forget()

        self._iterator = weakref.ref(iterator, collected)

    def put(self, update: Update) -> None:
        """On the thread of the handlers: waits while a bounded one is full."""
        with self._changed:
            while self._bounded and len(self._waiting) >= _MOST_WAITING and not self._closed:
                self._changed.wait()
            if not self._closed:
                self._waiting.append(update)
                self._changed.notify_all()

    def take(self, timeout: float | None) -> Update | None:
        """The next one, once there is one; None when there is none in time, or no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout)
            if not self._waiting:
                return None
            update = self._waiting.popleft()
            self._changed.notify_all()
            return update

    def close(self) -> None:
        """Nothing more comes. The second time takes no lock, which a thread that was stopped for good may hold."""
        if not self._closed:
            with self._changed:
                self._closed = True
                self._changed.notify_all()


class Updates(Iterator["Update"]):
    """The updates of a connection from now on, in their order; iterating blocks until there is one.

    It ends when it, or the client, is closed or forgotten; the updates that wait then can still be taken. ``with``
    closes it at the end. Any thread may take from it, and close it. Updates of private streams wait without a bound; a
    public stream that is not kept up with is not read for now, see ``SlowConsumerError``.
    """

    def __init__(self, buffer: UpdateBuffer, forget: Callable[[], None]) -> None:
        """``forget`` ends what fills ``buffer``."""
        self._buffer = buffer
        self._forget = forget
        self._pid = os.getpid()

    def __iter__(self) -> Updates:
        return self

    def __next__(self) -> Update:
        update = self.next()
        if update is None:
            raise StopIteration
        return update

    def next(self, timeout: float | None = None) -> Update | None:
        """The next update, or None when there is none within ``timeout`` seconds (None: for ever) or it is closed.

        Raises ``TransportError`` in a forked child, where none will come.
        """
        if os.getpid() != self._pid:
            raise TransportError("these updates belong to the parent process: create a client after the fork")
        return self._buffer.take(None if timeout is None else min(timeout, _LONGEST_WAIT))

    def close(self) -> None:
        """Take no more updates; those that wait can still be taken. Harmless when it is closed."""
        if os.getpid() == self._pid:
            self._buffer.close()
            self._forget()

    def __enter__(self) -> Updates:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
