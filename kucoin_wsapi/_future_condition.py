"""What a future waits on: one object, where the standard library makes seven."""

from __future__ import annotations

import _thread
import contextlib

__all__ = ["FutureCondition"]


class FutureCondition(_thread.RLock):  # type: ignore[misc]  # final for the stubs, not for the interpreters
    """The part of ``threading.Condition`` that ``concurrent.futures`` uses.

    Making a ``Condition`` for each order takes longer than writing the order to the socket, and a kilobyte.
    """

    # Invariant: a lock in it is held, and its waiter sleeps on it, or has just given up. Guarded by this lock, and only
    # changed in place, in single steps: a signal handler may wait for the same future between any two lines. An
    # attribute of the class until somebody waits, so that making one takes no code.
    _waiters: list[_thread.LockType] | None = None

    def wait(self, timeout: float | None = None) -> bool:
        """Holding it: let go until ``notify_all`` or for ``timeout`` seconds (None: for ever); False: it timed out."""
        waiter = _thread.allocate_lock()
        waiter.acquire()
        if self._waiters is None:
            self._waiters = []  # a handler that comes in between has left its own when it returns
        waiters = self._waiters
        waiters.append(waiter)
        saved = self._release_save()  # type: ignore[attr-defined]  # what Condition uses, too
        notified = False
        try:
            if timeout is None:
                notified = waiter.acquire()
            else:
                notified = waiter.acquire(True, timeout) if timeout > 0 else waiter.acquire(False)
        finally:
            self._acquire_restore(saved)  # type: ignore[attr-defined]  # likewise
            if not notified:
                with contextlib.suppress(ValueError):  # it was woken when it had just given up
                    waiters.remove(waiter)
        return notified

    def notify_all(self) -> None:
        """Holding it: wake all who wait; each goes on when it can have this lock."""
        waiters = self._waiters
        while waiters:
            waiters.pop(0).release()
