"""How a thread that waits for an answer is woken, where the system has a way that leaves the interpreter alone.

Who is woken by the release of a lock finds the interpreter taken by the thread that has released it, sleeps again, and
is woken a second time: two switches of threads more for each order. A write to an ``eventfd`` (Linux) lets go of the
interpreter first.
"""

from __future__ import annotations

import errno
import math
import os
import select
from collections import deque
from collections.abc import Callable

__all__ = ["LONGEST_WAIT", "WakeUp", "WakeUps"]

_MOST = 64  # descriptors; more threads that wait at once do so on locks
_SIZE = 8  # bytes of what is read from an eventfd, and written to it
LONGEST_WAIT = 1.0  # seconds: a child that is forked by a signal handler in a wait may take the ring away
_LONGEST_WAIT_MS = int(LONGEST_WAIT * 1000)
_ONE = (1).to_bytes(_SIZE, "little")  # the order of bytes does not matter: it is only not to be zero
# How a system says that there is no eventfd to be had, or not for this program.
_REFUSALS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENODEV, errno.ENOMEM, errno.EPERM, errno.EACCES, errno.ENOSYS}
)


class WakeUp:
    """For one thread at a time to sleep on. A ring counts until the next ``wait``, however many there were."""

    def __init__(self) -> None:
        """Raises ``OSError`` when no descriptor is left."""
        self._opened: list[int] = []
        # Opened and kept in one step: between two Ctrl-C would leave a descriptor that nobody closes. `read` does not
        # wait: what has rung may be gone when `poll` has returned, where a child shares it.
        self._opened.extend(map(os.eventfd, (0,), (os.EFD_NONBLOCK | os.EFD_CLOEXEC,)))
        self._descriptor = self._opened[0]
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)

    def wait(self, seconds: float) -> None:
        """Sleep until it rings, or for these ``seconds``, of which no more than ``LONGEST_WAIT`` count.

        Raises what a signal handler does.
        """
        if self._poll.poll(_LONGEST_WAIT_MS if seconds >= LONGEST_WAIT else math.ceil(seconds * 1000)):
            try:
                os.read(self._descriptor, _SIZE)
            except BlockingIOError:  # a child has taken it
                return

    def ring(self) -> None:
        """Wake who sleeps; from any thread."""
        os.write(self._descriptor, _ONE)

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        # Not before: whoever is about to ring has this object.
        for descriptor in self.__dict__.get("_opened", ()):
            close(descriptor)


class WakeUps:
    """Those of one client, which its threads share. From any thread, without a lock."""

    def __init__(self) -> None:
        # Invariant: with those in use there are `_MOST`, or fewer after Ctrl-C or when it is closed. None is to be made
        # by whoever takes it. What is taken, or given back, is so in one step.
        has_one = hasattr(os, "eventfd")
        self._free: deque[WakeUp | None] = deque([None] * _MOST if has_one else ())
        self._closed = False

    def take(self) -> WakeUp | None:
        """One that nobody else has, to be given back; None: wait in another way."""
        try:
            free = self._free.pop()
        except IndexError:
            return None
        try:
            return free or WakeUp()
        except OSError as error:
            self._free.append(None)
            if error.errno not in _REFUSALS:  # a signal handler has raised it, a `TimeoutError` perhaps
                raise
            return None  # the program needs what descriptors there are for something else

    def give_back(self, wake_up: WakeUp) -> None:
        """It may still ring for what has been waited for."""
        self._free.append(wake_up)
        if self._closed:  # looked at afterwards: either this or `close` finds it
            self._free.clear()

    def close(self) -> None:
        """Nobody will wait any more, or not in this way."""
        self._closed = True
        self._free.clear()
