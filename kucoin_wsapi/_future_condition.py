"""What a future waits on: one object, where the standard library makes seven."""

from __future__ import annotations

import _thread

__all__ = ["FutureCondition"]


class FutureCondition(_thread.RLock):  # type: ignore[misc]  # final for the stubs, not for the interpreters
    """The part of ``threading.Condition`` that ``concurrent.futures`` uses.

    Making a ``Condition`` for each order takes longer than writing the order to the socket, and a kilobyte.
    """

    # Invariant: a lock in it is held, and its waiter sleeps on it, or has just given up. Guarded by this lock. An
    # attribute of the class until somebody waits, so that making one takes no code.
    _waiters: tuple[_thread.LockType, ...] = ()

    def wait(self, timeout: float | None = None) -> bool:
        """Holding it: let go until ``notify_all`` or for ``timeout`` seconds (None: for ever); False: it timed out."""
        waiter = _thread.allocate_lock()
        waiter.acquire()
        self._waiters += (waiter,)
        saved = self._release_save()  # type: ignore[attr-defined]  # what Condition uses, too
        notified = False
        try:
            if timeout is None:
                notified = waiter.acquire()
            else:
                notified = waiter.acquire(True, timeout) if timeout > 0 else waiter.acquire(False)
        finally:
            self._acquire_restore(saved)  # type: ignore[attr-defined]
            if not notified:
                self._waiters = tuple(other for other in self._waiters if other is not waiter)
        return notified

    def notify_all(self) -> None:
        """Holding it: wake all who wait; each goes on when it can have this lock."""
        waiters, self._waiters = self._waiters, ()
        for waiter in waiters:
            waiter.release()
