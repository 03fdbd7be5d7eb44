"""Updates for a thread that asks for them: ``for update in client.updates(...)``."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType

from .updates import Update

__all__ = ["Updates"]

_MOST_WAITING = 10_000  # updates of a public stream, beyond which their thread waits


class Updates(Iterator[Update]):
    """The updates of a connection from now on, in their order; iterating blocks until there is one.

    It ends when it, or the client, is closed. ``with`` closes it at the end; one that is forgotten closes itself. Any
    thread may take from it, and close it. Updates of private streams wait without a bound; a public stream that is not
    kept up with is not read for now, see ``SlowConsumerError``.

    ``_changed`` guards ``_waiting`` and ``_closed``.
    """

    def __init__(self, *, bounded: bool, closed: Callable[[Updates], None]) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._waiting: deque[Update] = deque()
        self._closed = False
        self._bounded = bounded
        self._tell_closed = closed

    def put(self, update: Update) -> None:
        """On the thread of the handlers: waits while a bounded one is full."""
        with self._changed:
            while self._bounded and len(self._waiting) >= _MOST_WAITING and not self._closed:
                self._changed.wait()
            if not self._closed:
                self._waiting.append(update)
                self._changed.notify_all()

    def __iter__(self) -> Updates:
        return self

    def __next__(self) -> Update:
        update = self.next()
        if update is None:
            raise StopIteration
        return update

    def next(self, timeout: float | None = None) -> Update | None:
        """The next update, or None when there is none within ``timeout`` seconds (None: for ever) or it is closed."""
        with self._changed:
            if (
                not self._changed.wait_for(lambda: self._waiting or self._closed, timeout)
                or not self._waiting
            ):
                return None
            update = self._waiting.popleft()
            self._changed.notify_all()
            return update

    def close(self) -> None:
        """Take no more updates; those that wait can still be taken. Harmless when it is closed."""
        with self._changed:
            already, self._closed = self._closed, True
            self._changed.notify_all()
        if not already:
            self._tell_closed(self)

    def __enter__(self) -> Updates:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
