"""From the updates of one push connection to the user's handlers, on a thread of their own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from ._callbacks import CallbackThread
from .updates import Update

__all__ = ["Dispatcher"]

Handler = Callable[[Update], object]

_MOST_WAITING = 10_000  # updates of a public stream; then its socket is read no more
_FEW_WAITING = 5_000  # until there are so few


class Dispatcher:
    """Hands the updates of one key to their handlers, one after the other, in the order in which they came.

    Two counters instead of one, because each is written by one thread only: ``_submitted`` by the loop, ``_handled`` by
    the thread of the handlers. ``_paused`` is set by the loop and unset by that thread.
    """

    def __init__(
        self,
        thread: CallbackThread,
        *,
        listeners: Callable[[], Sequence[Handler]],
        bounded: bool,
        resume: Callable[[], None],
    ) -> None:
        """``listeners`` are those of all updates; ``bounded``: the loop is to pause when too many wait, and ``resume``
        is called, on the thread of the handlers, when it may go on.
        """
        self.thread = thread
        self._listeners = listeners
        self._bounded = bounded
        self._resume = resume
        self._handlers: dict[Hashable, tuple[Handler, ...]] = {}  # replaced, never changed
        self._submitted = self._handled = 0
        self._paused = False

    def deliver(self, updates: Sequence[Update]) -> bool:
        """On the loop thread: have the updates handled; returns whether to pause."""
        self._submitted += len(updates)
        pause = self._bounded and not self._paused and self._submitted - self._handled > _MOST_WAITING
        if pause:
            self._paused = True  # before the updates can have been handled
        self.thread.submit(self._handle, updates)
        return pause

    def _handle(self, updates: Sequence[Update]) -> None:
        for update in updates:
            for handler in (*self._listeners(), *self._handlers.get(update.topic, ())):
                self.thread.run(handler, update)
            self._handled += 1
            if self._paused and self._submitted - self._handled < _FEW_WAITING:
                self._paused = False
                self._resume()
